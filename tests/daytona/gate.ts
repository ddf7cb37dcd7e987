/** Requests that wait until a test lets them go. */

/** What holds requests, given as their fault's `until`: all that come until it is opened. */
export class Gate {
  /** Lets go what is held, and what comes. */
  open: () => void = () => {};
  /** Says that a request has come. */
  arrive: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
  /** Kept when the first request has come. */
  readonly arrived = new Promise<void>((resolve) => {
    this.arrive = resolve;
  });

  readonly until = (): Promise<void> => {
    this.arrive();
    return this.#opened;
  };
}
