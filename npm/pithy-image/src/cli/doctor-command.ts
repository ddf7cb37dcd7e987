/** `pithy-image doctor`: checks that everything is in place. */
import type { Command } from "commander";
import { checkApi } from "./checks/api.ts";
import { checkCache } from "./checks/cache.ts";
import type { Finding } from "./checks/finding.ts";
import { checkImages } from "./checks/images.ts";
import { checkNext } from "./checks/next.ts";
import { checkBackend, checkVersions } from "./checks/versions.ts";
import { fail } from "./envelope.ts";
import { examples, hasColors } from "./help.ts";
import { type Part, printJson, printParts } from "./print.ts";

interface Options {
  root?: string;
  json?: true;
}

const COLORS = { ok: "green", warning: "yellow", problem: "red" } as const;

/** Adds the command to the program. */
export function doctor(program: Command): void {
  program
    .command("doctor")
    .summary("check files, versions, credentials and configuration")
    .description(
      "Checks the images and their files, versions, credentials, access to Daytona, the cache, the configuration of Next.js, and the lock. Secrets are not shown. Exits with 1 if there is a problem.",
    )
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--json", "the findings as JSON")
    .addHelpText("after", examples("npx pithy-image doctor", "npx pithy-image doctor --json"))
    .action(run);
}

async function run({ root, json }: Options, command: Command): Promise<void> {
  const [api, images, next] = await Promise.all([checkApi(), checkImages(root), checkNext()]);
  const found = [...checkVersions(), checkBackend(), ...images, ...api, checkCache(), ...next];
  if (json) printJson({ findings: found });
  else printParts(asParts(found), hasColors(command));
  const count = found.filter(({ level }) => level === "problem").length;
  if (count > 0) fail("problems_found", count === 1 ? "A problem was found." : `${count} problems were found.`);
}

function asParts(found: readonly Finding[]): Part[] {
  const lines = found.flatMap(({ level, check, message, hint }): Part[] => {
    const [first, ...rest] = message.split("\n");
    const below = [...rest, ...(hint ? [hint] : [])].map((line) => `\n${" ".repeat(22)}${line}`);
    return [[COLORS[level], level.padEnd(8)], ` ${check.padEnd(12)} ${first}${below.join("")}\n`];
  });
  const count = (level: Finding["level"]) => found.filter((finding) => finding.level === level).length;
  return [...lines, `\nproblems: ${count("problem")}, warnings: ${count("warning")}\n`];
}
