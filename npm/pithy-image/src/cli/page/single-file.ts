/** The page in one file, with its data in it. */
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DATA_ID, type PageSpec } from "../../../../pithy-image-preview/src/protocol.ts";
import { plainText } from "../../../../pithy-image-preview/src/review/plain.ts";
import { UsageError } from "../usage-error.ts";
import { writeTogether } from "../write.ts";

/** The built page, without data. */
const TEMPLATE = fileURLToPath(new URL("../single-file.html", import.meta.url));

/** Whether a path names a page in one file, rather than a directory. */
export const isSingleFile = (path: string): boolean => /\.html?$/i.test(path);

/** Writes the page with its data: as a new file, or in place of one that was written before. */
export function writeSingleFile(path: string, spec: PageSpec): void {
  requireOwn(path);
  writeTogether([{ path, content: singleFile(spec) }]);
}

/** The page. No text in the data can end its element: `<` is escaped, which is the same in JSON. */
function singleFile(spec: PageSpec): string {
  if (!existsSync(TEMPLATE)) throw new UsageError("This build has no page. Run `npm run build`.");
  const [start, end, ...others] = readFileSync(TEMPLATE, "utf8").split(PLACE);
  if (end === undefined || others.length > 0) throw new Error(`${TEMPLATE} has no place for the data.`);
  const page = `${start}${PLACE}${JSON.stringify(spec).replaceAll("<", "\\u003c")}${end}`;
  return page.replace("[text]", () => escaped(plainText(spec)));
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** The data of a page that was written, as text. */
export function readSingleFile(path: string): string {
  const [data] = readFileSync(path, "utf8").split(PLACE)[1]?.split("</script>") ?? [];
  if (data === undefined) throw new UsageError(`${path} was not written by \`show --out\`.`);
  return data;
}

/** What stands before the data. */
const PLACE = `<script id="${DATA_ID}" type="application/json">`;

/** What stands near the beginning of each page that was written. */
const MARK = '<meta name="generator" content="pithy-image show --out" />';

/** Bytes in which the mark is looked for. */
const HEAD = 512;

/** Refuses a file of somebody else. */
function requireOwn(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (found.isSymbolicLink()) throw new UsageError(`${path} is a link, which would be followed. Remove it.`);
  if (!found.isFile())
    throw new UsageError(`${path} is not a file. Name another one, or a directory without \`.html\`.`);
  if (headOf(path).includes(MARK)) return;
  throw new UsageError(`${path} was not written by \`show --out\`. Name a new file.`);
}

function headOf(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(HEAD);
    return bytes.toString("utf8", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
