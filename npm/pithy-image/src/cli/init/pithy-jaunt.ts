/** The files of Pithy Jaunt, which the package brings along: those of its example. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { PackageJson } from "../package-json.ts";
import type { NewFile } from "../write.ts";
import type { Application, Written } from "./application.ts";
import { runScript } from "./commands.ts";
import { place, placed } from "./layout.ts";
import { added } from "./manifest.ts";

const DIRECTORY = fileURLToPath(new URL("../../demo/", import.meta.url));
const MANIFEST = "package.json";
const ENVIRONMENT = ".env.example";
const IMAGE = "lib/daytona/declarative-image.ts";
const TEST = "test-declarative-image.ts";

/** The application's own names in place of those of the example. */
export function pithyJaunt(application: Application): Written {
  const { layout } = application;
  const { [MANIFEST]: manifest = "{}", [ENVIRONMENT]: environment = "", ...others } = contents();
  const files = Object.entries(others).map(([path, content]) =>
    placed({ path, content: renamed(content, application), isExecutable: content.startsWith("#!") }, layout),
  );
  const { scripts = {} } = JSON.parse(manifest) as PackageJson;
  const fields = {
    scripts: scriptsFor(application, scripts, Object.keys(others)),
    pithyImage: place(IMAGE, layout),
  };
  return {
    files: [...files, ...environmentFile(environment), ...added(application.manifest, fields)],
    test: place(TEST, layout),
  };
}

/** What the package has of the example, by paths. */
function contents(): Record<string, string> {
  const entries = readdirSync(DIRECTORY, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => relative(DIRECTORY, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(DIRECTORY, path), "utf8")]));
}

function renamed(content: string, application: Application): string {
  const { name: sdk } = application.sdk;
  return content
    .replaceAll('"@daytonaio/sdk"', `"${sdk}"`)
    .replaceAll('"pithy-image/daytonaio-sdk"', `"pithy-image/${sdk.slice(1).replace("/", "-")}"`)
    .replaceAll('app: "pithy-jaunt"', `app: ${JSON.stringify(application.name ?? "pithy-jaunt")}`)
    .replaceAll(/npm run ([\w:]+)/g, (_, name: string) => runScript(application, name));
}

/** The scripts of the example that are not those of every application with Next.js. */
const scriptsFor = (
  { layout }: Application,
  scripts: NonNullable<PackageJson["scripts"]>,
  paths: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(scripts)
      .map(([name, command]) => [name, String(command).split(" ")] as const)
      .filter(([, [program]]) => program !== "next")
      .map(([name, words]) => [
        name,
        words.map((word) => (paths.includes(word) ? place(word, layout) : word)).join(" "),
      ]),
  );

/** The variables, below those that the application has already. */
function environmentFile(content: string): NewFile[] {
  if (!existsSync(ENVIRONMENT)) return [{ path: ENVIRONMENT, content }];
  const before = readFileSync(ENVIRONMENT, "utf8");
  if (before.includes("DAYTONA_API_KEY")) return [{ path: ENVIRONMENT, content: before }];
  return [{ path: ENVIRONMENT, content: `${before.trimEnd()}\n\n${content}`, isAddition: true }];
}
