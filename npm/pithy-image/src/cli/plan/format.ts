/** Formats a plan for a terminal, and for a comment on a pull request. */
import { changeSummary, fieldName, formerPlace, valueText } from "../../../../pithy-image-preview/src/review/words.ts";
import { bytes } from "../../../../pithy-image-preview/src/text/quantity.ts";
import type { Plan, PlanStep } from "../../image/plan.ts";
import type { FieldChange } from "../../shared/wire.generated.ts";
import { findingLine, shortPath } from "../lint/line.ts";
import { inline, type Part } from "../print.ts";
import type { Remote } from "./remote.ts";

/** The plan of one image. */
export interface PlannedImage {
  readonly name: string;
  /** Absent if the image is new or removed. */
  readonly plan: Plan | undefined;
  readonly steps: number;
  readonly snapshotBefore: string | undefined;
  /** Absent if the image is removed. */
  readonly snapshotAfter?: string;
  readonly uploads: readonly { readonly size: number }[];
  readonly remote: Remote;
}

/** Whether the same snapshot can be used: neither the image nor its machine changed. */
export const isSame = ({ plan, snapshotBefore, snapshotAfter }: PlannedImage): boolean =>
  plan?.unchanged === true && (snapshotBefore === undefined || snapshotBefore === snapshotAfter);

const STYLES = {
  added: "green",
  changed: "yellow",
  moved: "yellow",
  removed: "red",
  rebuilt: "cyan",
  kept: "dim",
} as const;

/** A plan for a terminal. */
export function planText(image: PlannedImage): Part[] {
  const { plan } = image;
  const changed = plan && !plan.unchanged ? plan : undefined;
  const lines: Part[] = [
    `${image.name}: ${summary(image)}`,
    ...(changed?.steps ?? []).flatMap((step): Part[] => [
      [STYLES[step.change], inline(`  ${step.change.padEnd(8)} ${called(step)}${place(step)}${formerly(step)}`)],
      ...changes(step).map((line) => inline(`             ${line}`)),
    ]),
    ...(changed?.files ?? []).map(
      (file): Part => [STYLES[file.change], inline(`  ${file.change.padEnd(8)} ${fileText(file)}`)],
    ),
    ...(changed?.findings ?? []).map(
      (finding): Part => [finding.severity === "error" ? "red" : "yellow", inline(`  ${findingLine(finding)}`)],
    ),
    ...names(image).map(([what, value]) => inline(`  ${what.padEnd(8)} ${value}`)),
  ];
  return lines.flatMap((line) => [line, "\n"]);
}

/** Lines that a cell of a table has at most. */
const CELL_LINES = 40;

/** A plan as Markdown. */
export function planMarkdown(image: PlannedImage): string {
  const { plan, name } = image;
  const changed = plan && !plan.unchanged ? plan : undefined;
  const steps = (changed?.steps ?? []).map((step) => {
    const lines = changes(step);
    const rest = lines.length > CELL_LINES ? [`… ${count(lines.length - CELL_LINES, "more line")}`] : [];
    const fields = [...lines.slice(0, CELL_LINES).map(code), ...rest].join("<br>");
    const cells = [step.change, code(called(step)), `${code(place(step).trim())}${formerly(step)}`.trim(), fields];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const table = steps.length > 0 ? ["", "| change | step | where | what |", "| --- | --- | --- | --- |", ...steps] : [];
  const files = (changed?.files ?? []).map((file) => `- ${file.change} ${code(fileText(file))}`);
  const list = files.length > 0 ? ["", "Files:", "", ...files] : [];
  const found = (changed?.findings ?? []).map((finding) => `- ${escaped(findingLine(finding))}`);
  const findings = found.length > 0 ? ["", "Findings:", "", ...found] : [];
  const rest = names(image).map(([what, value]) => `- ${what}: ${MARKED[what]?.(value) ?? value}`);
  return `${[`### ${escaped(name)}: ${escaped(summary(image))}`, ...table, ...list, ...findings, "", ...rest].join("\n")}\n`;
}

function summary(image: PlannedImage): string {
  const { plan, steps, remote, snapshotAfter } = image;
  if (snapshotAfter === undefined) return "removed";
  if (!plan) return `new, ${count(steps, "step")}`;
  if (isSame(image)) return `unchanged${age(remote)}`;
  if (plan.unchanged) return "unchanged, for another machine";
  return changeSummary(plan, steps);
}

function age(remote: PlannedImage["remote"]): string {
  const days = typeof remote === "object" && "days" in remote ? remote.days : undefined;
  if (days === undefined) return "";
  return days === 0 ? "; built today" : `; built ${count(days, "day")} ago`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;

const called = ({ call, stage }: PlanStep): string => (stage === undefined ? call : `${stage}/${call}`);

const place = ({ callSite }: PlanStep): string => (callSite === undefined ? "" : `  ${shortPath(callSite)}`);

const formerly = (step: PlanStep): string => {
  const place = formerPlace(step);
  return place === undefined ? "" : ` (${place})`;
};

/** What changed in a step, as far as it is known. */
function changes({ call, fields }: PlanStep): string[] {
  if (call === "fromDockerfile" && fields?.length === 0) return ["only comments, blank lines or directives"];
  return (fields ?? []).flatMap(fieldLines);
}

/** An instruction of the user's own Dockerfile: `/daytona~1Dockerfile:12`. Fields of steps have other names. */
const INSTRUCTION = /^\/[^/]+:\d+$/;

function fieldLines({ path, before, after }: FieldChange): string[] {
  const field = fieldName(path);
  const isText = INSTRUCTION.test(path) || [before, after].some((text) => textLines(text).length > 1);
  if (isText) return changedLines(field, textLines(before), textLines(after));
  const [was, is] = [valueText(before, path), valueText(after, path)];
  if (before === undefined) return [`${field}: + ${is}`];
  if (after === undefined) return [`${field}: - ${was}`];
  return [`${field}: ${was} → ${is}`];
}

const textLines = (text: unknown): string[] => (typeof text === "string" ? text.split("\n") : []);
const withoutReturn = (line: string): string => line.replace(/\r$/, "");

/** The lines of a text that changed, such as an instruction, behind the first one; the digests of its files say nothing to a reader. */
function changedLines(place: string, old: readonly string[], now: readonly string[]): string[] {
  const [before, after] = [old.map(withoutReturn), now.map(withoutReturn)];
  if (before.join("\n") === after.join("\n")) return [`${place}: the ends of its lines differ`];
  if (withoutDigests(before) === withoutDigests(after)) return [`${place}: the files differ`];
  const start = before.findIndex((line, index) => line !== after[index]);
  const same = start < 0 ? Math.min(before.length, after.length) : start;
  let end = 0;
  while (end < Math.min(before.length, after.length) - same && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return [
    place,
    ...(same > 0 ? [`  ${after[0]}`] : []),
    ...(same > 1 ? ["  …"] : []),
    ...before.slice(same, before.length - end).map((line) => `- ${line}`),
    ...after.slice(same, after.length - end).map((line) => `+ ${line}`),
  ];
}

const withoutDigests = (lines: readonly string[]): string => lines.join("\n").replaceAll(/\/[0-9a-f]{32}\//g, "//");

function fileText({ path, destination, differs }: Plan["files"][number]): string {
  const to = destination === undefined ? "" : ` → ${destination}`;
  return `${path}${to}${differs.length > 0 ? ` (${differs.join(", ")})` : ""}`;
}

function names(image: PlannedImage): [string, string][] {
  const { uploads, plan } = image;
  const size = uploads.reduce((sum, upload) => sum + upload.size, 0);
  const uploaded: [string, string][] =
    uploads.length > 0 ? [["upload", `${bytes(size)} in ${count(uploads.length, "file")}`]] : [];
  const isVague = plan?.steps.some(({ change, fields }) => change === "changed" && fields === undefined);
  const hint: [string, string][] = isVague ? [["hint", "`--against <commit>` shows what changed in a step"]] : [];
  return [...uploaded, ...snapshotNames(image), ...daytona(image), ...hint];
}

function snapshotNames({ snapshotBefore, snapshotAfter = "none" }: PlannedImage): [string, string][] {
  const isOne = snapshotBefore === undefined || snapshotBefore === snapshotAfter;
  if (isOne && snapshotAfter === "none") return []; // a commit does not say which it had
  return [["snapshot", isOne ? snapshotAfter : `${snapshotBefore} → ${snapshotAfter}`]];
}

function daytona({ remote, snapshotAfter }: PlannedImage): [string, string][] {
  if (remote === undefined) return [];
  if (remote === "none")
    return [["Daytona", `does not have it${snapshotAfter === undefined ? "" : ": it will be built"}`]];
  if ("unknown" in remote) return [["Daytona", `could not be reached: ${remote.unknown}`]];
  const isReady = remote.state === "active" && snapshotAfter !== undefined;
  return [["Daytona", isReady ? "has it: nothing is built" : `has it: its state is ${remote.state}`]];
}

/** Formats the values of these in Markdown. */
const MARKED: Readonly<Record<string, (value: string) => string>> = {
  snapshot: (value) => code(value),
  Daytona: (value) => escaped(value),
};

/** Code in Markdown, which may contain backticks. */
function code(text: string): string {
  if (text === "") return "";
  const ticks = "`".repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const pad = ticks.length > 1 ? " " : "";
  return `${ticks}${pad}${text.replaceAll(/[\r\n]+/g, "↵")}${pad}${ticks}`;
}

/** Text without markup or mentions. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\\`*_<>|[\]#]/g, "\\$&")
    .replaceAll("@", "&#64;")
    .replaceAll(/\s+/g, " ");
