import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { ImageBuilder } from "./builder.ts";
import { find, load } from "./cli/module.ts";
import { open } from "./cli/open.ts";
import { type Shown, writeSite } from "./cli/page.ts";
import { serve } from "./cli/serve.ts";
import { describe } from "./cli/text.ts";
import { UsageError } from "./cli/usage-error.ts";
import { buildPithyJauntImage } from "./preset.ts";

const HELP = `pithy-image show [file]   shows an image: its Dockerfile, what is sent, and its names

  file               a module whose default export is an image; when not given, the path in
                     the field "pithyImage" of package.json, or else daytona/image.ts
  --root <dir>       where local paths start; PITHY_IMAGE_ROOT or the current directory when not given
  --json             everything as JSON
  --web              in the browser, and again whenever the module or a file below the root changes
  --port <number>    the port of --web on 127.0.0.1; a free one when not given
  --no-open          --web opens no browser
  --out <dir>        writes a static site, to be looked at by others
  --baseline <file>  for --web and --out, what to compare with: a definition as JSON, a module, or
                     the spec.json of a site
  --demo             the image of Pithy Jaunt, on the example's own files

Examples
  npx pithy-image show
  npx pithy-image show lib/image.ts --json
  npx pithy-image show --web
  npx pithy-image show --out site --baseline main/spec.json
  npx pithy-image show --demo
`;

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const [command, file, surplus] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (command !== "show") throw new UsageError(`Unknown command: ${command}. There is \`show\`.`);
  if (surplus !== undefined) throw new UsageError(`One file at a time: ${surplus} is one too many.`);
  if (values.demo && file !== undefined) throw new UsageError("--demo shows an image of its own: leave the file out.");
  const { image, title, root } = values.demo ? demo(values.root) : ofModule(find(file), values.root);
  const shown: Shown = { image, title, root, baseline: values.baseline };
  if (values.web) return serveUntilStopped(shown, file, values);
  if (values.out !== undefined) return writeOut(values.out, shown);
  if (values.baseline !== undefined) throw new UsageError("--baseline goes with --web or --out.");
  const resolved = await (await image()).resolve({ root });
  process.stdout.write(values.json ? `${JSON.stringify(resolved, null, 2)}\n` : describe(resolved));
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      allowNegative: true,
      options: {
        baseline: text,
        demo: flag,
        help: { ...flag, short: "h" },
        json: flag,
        open: { type: "boolean", default: true },
        out: text,
        port: { type: "string", default: "0" },
        root: text,
        web: flag,
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

const ofModule = (path: string, root: string | undefined) => ({
  image: () => load(path),
  title: relative(process.cwd(), path),
  root,
});

const demo = (root: string | undefined) => ({
  image: async (): Promise<ImageBuilder> => buildPithyJauntImage(),
  title: "Pithy Jaunt",
  root: root ?? fileURLToPath(new URL("../../demo/", import.meta.url)),
});

async function writeOut(directory: string, shown: Shown): Promise<void> {
  await writeSite(resolve(directory), shown);
  process.stdout.write(`${directory} is written. Browsers want it from a server: \`npx serve ${directory}\`.\n`);
}

/** Serves until the process is stopped. */
async function serveUntilStopped(shown: Shown, file: string | undefined, { port, open: opens }: Values): Promise<void> {
  if (!/^\d+$/.test(port ?? "")) throw new UsageError(`--port is a number: ${port} is none.`);
  const root = resolve(shown.root ?? (process.env.PITHY_IMAGE_ROOT || "."));
  const watched = [root, ...(file === undefined ? [] : [dirname(resolve(file))])];
  const served = await serve(shown, watched, Number(port));
  process.stdout.write(`${served.url}\n`);
  if (opens && process.stdout.isTTY) open(served.url);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void served.close());
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError || (error instanceof Error && error.name === "PithyImageError");
  process.stderr.write(`${usage ? (error as Error).message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = usage ? 2 : 1;
});
