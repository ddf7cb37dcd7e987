/** Many items, in parts between which the event loop runs on. */

/** Items that are dealt with in about a millisecond. */
const PART = 1_000;

/** The parts of a list, one in each turn of the event loop; the first at once. */
export async function* inTurns<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += PART) {
    if (at > 0) await new Promise((done) => setTimeout(done));
    yield items.slice(at, at + PART);
  }
}
