/** Work that Ctrl-C ends in order. */
import { setImmediate } from "node:timers/promises";
import { keepForJson } from "../envelope.ts";
import { unfinishedModule } from "../module.ts";
import { printError } from "../print.ts";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Runs work that the first signal aborts, and that cleans up then; the second ends the program at once. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  const end = (name: keyof typeof SIGNALS) => {
    process.exitCode = 128 + SIGNALS[name];
    if (stop.signal.aborted) process.exit();
    keepForJson({ code: "interrupted", message: `Ended by ${name}.` });
    stop.abort(new Error(`Ended by ${name}.`));
  };
  for (const name of names) process.on(name, end);
  try {
    await work(stop.signal);
  } catch (error) {
    await setImmediate(); // a signal that came while the work blocked is noticed only now
    if (!stop.signal.aborted) throw error;
    printError("Interrupted.\n");
    if (unfinishedModule() !== undefined) void setImmediate().then(() => process.exit()); // nobody waits for it any longer
  } finally {
    for (const name of names) process.off(name, end);
  }
}
