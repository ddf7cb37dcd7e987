/** What an error says besides its message. */
export interface UsageDetails {
  /** Why, for programs: `invalid_input` when not given. */
  readonly code?: string;
  /** What to do, if the message does not say it. */
  readonly hint?: string;
}

/** The code of mistakes in the arguments. */
export const USAGE: UsageDetails = { code: "usage" };

/** A mistake in how the program was called, or in what it was given, which is printed without a stack. */
export class UsageError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  /** The message and the hint. */
  get text(): string {
    return this.hint ? `${this.message}\n${this.hint}` : this.message;
  }

  constructor(message: string, { code = "invalid_input", hint }: UsageDetails = {}) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
