/** A mistake in the call of the program, which its author sees without a stack. */
export class UsageError extends Error {}
