/** A mistake in how the program was called, which is printed without a stack. */
export class UsageError extends Error {}
