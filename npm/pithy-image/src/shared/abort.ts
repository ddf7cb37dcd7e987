/** Signals that end calls. One may end hundreds at once: whatever their number, it has one listener, and none afterwards. */

/** The callbacks of a signal, and the one listener that calls them. */
interface Subscribers {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const subscribersOf = new WeakMap<AbortSignal, Subscribers>();

/** Calls a function when a signal is aborted, at once if it already is. Returns a function that cancels this, also repeatedly. */
export function whenAborted(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal?.aborted) callback();
  if (!signal || signal.aborted) return () => {};
  const subscribers = subscribersOf.get(signal) ?? subscribe(signal);
  const own = () => callback();
  subscribers.callbacks.add(own);
  return () => {
    subscribers.callbacks.delete(own);
    if (subscribers.callbacks.size === 0) leave(signal, subscribers);
  };
}

function subscribe(signal: AbortSignal): Subscribers {
  const callbacks = new Set<() => void>();
  const listener = () => {
    leave(signal, subscribers);
    for (const callback of callbacks) callback();
  };
  const subscribers = { callbacks, listener };
  signal.addEventListener("abort", listener);
  subscribersOf.set(signal, subscribers);
  return subscribers;
}

/** Removes the listener. By now the signal may have another one, which stays. */
function leave(signal: AbortSignal, subscribers: Subscribers): void {
  signal.removeEventListener("abort", subscribers.listener);
  if (subscribersOf.get(signal) === subscribers) subscribersOf.delete(signal);
}

/** What work resolves to, or rejects with, unless a signal is aborted before; the work goes on then. */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    const unlink = whenAborted(signal, () => reject(signal?.reason));
    work.then(resolve, reject).finally(unlink);
  });
}

/** A signal of its own that is also aborted with others, until `unlink` is called. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(): void;
  unlink(): void;
}

/** Makes a signal that is aborted with any of the others. `AbortSignal.any` cannot be undone, and leaks in some versions of Node. */
export function linkedTo(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const stop = new AbortController();
  const links = signals.map((signal) => whenAborted(signal, () => stop.abort(signal?.reason)));
  return {
    signal: stop.signal,
    abort: () => stop.abort(),
    unlink: () => {
      for (const unlink of links) unlink();
    },
  };
}
