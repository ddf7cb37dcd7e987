/** Many items, in parts between which the event loop runs on. */

/** Milliseconds for which it may wait. */
const SLICE = 10;

/** Items that are dealt with in about a millisecond. */
const PART = 1_000;

/** The parts of a list. After a while, the next one comes in another turn of the event loop, unless the signal is aborted. */
export async function* inTurns<Item>(items: readonly Item[], signal: AbortSignal): AsyncGenerator<readonly Item[]> {
  let began = performance.now();
  for (let at = 0; at < items.length; at += PART) {
    if (performance.now() - began >= SLICE) {
      await turn();
      began = performance.now();
    }
    signal.throwIfAborted();
    yield items.slice(at, at + PART);
  }
}

/** The next turn. Browsers put off timers, those of a hidden page for a minute. */
function turn(): Promise<void> {
  return new Promise((done) => {
    if (typeof MessageChannel !== "function") return setTimeout(done);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
}
