/** `pithy-image cache`: looks after the context cache. */
import type { Command } from "commander";
import { host } from "#host";
import { bytes } from "../../../pithy-image-preview/src/text/quantity.ts";
import { unwrap } from "../core/backend.ts";
import { fail } from "./envelope.ts";
import { examples } from "./help.ts";
import { print, printJson } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** What a cache holds, and what was removed from it. */
interface CacheReport {
  readonly path: string;
  readonly contexts: number;
  readonly bytes: number;
  readonly inUse: number;
  readonly knownFiles: number;
  readonly removed: readonly string[];
  readonly freed: number;
  readonly broken: readonly string[];
  readonly leftovers: number;
  readonly freedLeftovers: number;
}

const COMMANDS: Readonly<Record<string, string>> = {
  info: "say where it is, and what it holds",
  prune: "remove what was not used for a week, and beyond 4 GiB what was not used for a day",
  clear: "remove all but what running processes use, and what killed ones left behind",
  verify: "read all of it, and remove what is broken; exits with 1 if it is in use, and is kept",
};

/** Adds the commands to the program. */
export function cache(program: Command): void {
  const command = program
    .command("cache")
    .summary("look after the cache of packed contexts")
    .description(
      "Looks after the context cache: packed contexts, and the digests of files whose sizes and times are what they were. Any number of processes may use it meanwhile.",
    )
    .addHelpText("after", examples("npx pithy-image cache info", "npx pithy-image cache prune"));
  for (const [name, summary] of Object.entries(COMMANDS)) {
    command
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
      .option("--json", "print the result as JSON")
      .addHelpText("after", examples(`npx pithy-image cache ${name}`, `npx pithy-image cache ${name} --json`))
      .action(({ json }: { json?: true }) => run(name, json));
  }
}

async function run(name: string, json: boolean | undefined): Promise<void> {
  const { keepUp } = host.backend();
  if (!keepUp)
    throw new UsageError(
      "WebAssembly keeps no cache, and is used here: there is no native addon, or PITHY_IMAGE_BACKEND is `wasm`.",
    );
  const report = unwrap<CacheReport>(await keepUp(name, { cache: host.cacheDirectory() }));
  const { broken } = report;
  if (broken.length > 0) fail("cache_broken", `Broken and in use: ${broken.join(", ")}.`, REPAIR);
  if (json) printJson(report);
  else print(text(name, report));
}

const REPAIR = "Packing replaces it: run again what uses it, or end that and repeat `pithy-image cache verify`.";

function text(name: string, report: CacheReport): string {
  const { contexts, inUse, removed, broken, leftovers, freedLeftovers } = report;
  const rows = [
    ["path", report.path],
    ["contexts", `${contexts}, ${bytes(report.bytes)}${inUse > 0 ? `, ${inUse} in use` : ""}`],
    ["known files", String(report.knownFiles)],
    ...(leftovers > 0 ? [["left behind", `${bytes(leftovers)}, by killed processes`]] : []),
    ...(name === "info" ? [] : [["removed", `${removed.length}, ${bytes(report.freed)}`]]),
    ...removed.map((archivePath) => ["", archivePath]),
    ...(freedLeftovers > 0 ? [["", `what killed processes left behind, ${bytes(freedLeftovers)}`]] : []),
    ...(broken.length > 0 ? [["broken", `${broken.length}, kept since in use`]] : []),
    ...broken.map((archivePath) => ["", archivePath]),
    ...(broken.length > 0 ? [["", REPAIR]] : []),
  ];
  return rows.map(([label = "", value = ""]) => `${label.padEnd(13)}${value}\n`).join("");
}
