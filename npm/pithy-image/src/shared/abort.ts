/** Signals that end calls. One may end hundreds at once: whatever their number, it has one listener, and none afterwards. */

/** What listens to a signal: one listener for all. */
interface Audience {
  readonly acts: Set<() => void>;
  readonly listener: () => void;
}

const audiences = new WeakMap<AbortSignal, Audience>();

/** Calls a function when a signal is aborted, at once if it already is. Returns a function that cancels this. */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal?.aborted) act();
  if (!signal || signal.aborted) return () => {};
  const audience = audiences.get(signal) ?? listenTo(signal);
  const own = () => act();
  audience.acts.add(own);
  return () => {
    audience.acts.delete(own);
    if (audience.acts.size === 0) leave(signal, audience);
  };
}

function listenTo(signal: AbortSignal): Audience {
  const acts = new Set<() => void>();
  const listener = () => {
    leave(signal, audience);
    for (const act of acts) act();
  };
  const audience = { acts, listener };
  signal.addEventListener("abort", audience.listener);
  audiences.set(signal, audience);
  return audience;
}

function leave(signal: AbortSignal, { listener }: Audience): void {
  signal.removeEventListener("abort", listener);
  audiences.delete(signal);
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
