/** The data of the page that shows an image in a browser. */
import { sep } from "node:path";
import { maskedData, planWithoutSecrets, withoutSecrets } from "../../../../pithy-image-preview/src/data/secrets.ts";
import type { PageImage, PageSpec } from "../../../../pithy-image-preview/src/protocol.ts";
import { planWithoutDirectories, withoutDirectories } from "../../../../pithy-image-preview/src/server/places.ts";
import { prepare, withDisk } from "../../../../pithy-image-preview/src/server/prepare.ts";
import { textsOf } from "../../../../pithy-image-preview/src/server/texts.ts";
import { maskSecrets } from "../../core/mask.ts";
import type { ImageBuilder } from "../../image/builder.ts";
import { reported } from "../../image/lint.ts";
import type { Plan } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { type Finding, isImageError } from "../../shared/errors.ts";
import { messageOf } from "../checks/finding.ts";
import { PAGES } from "../lint/pages.generated.ts";
import { policyOf } from "../lint/policy.ts";
import { LOCK_FILE } from "../lock-file.ts";
import { resolveImage } from "../module.ts";
import { ModuleError } from "../module-error.ts";
import { type Before, type Compared, mayChange, type ReadPast, readPast, type ShownBefore } from "../plan/baseline.ts";

/** An image that is shown. */
export interface ShownImage extends Compared {
  /** Loads it again at each call. */
  load(signal: AbortSignal): Promise<ImageBuilder>;
  readonly title: string;
}

/** What is shown, and compared with what. */
export interface Shown {
  /** One, or several below each other. */
  readonly images: readonly ShownImage[];
  readonly baseline: string | undefined;
  /** Where lines of code are shown. */
  readonly sourceLink: string | undefined;
  /** Whether they are all images of the application. */
  readonly areAll: boolean;
}

/** What the page has in place of what cannot be made. */
type OnError = (error: unknown) => PageError;

interface PageError {
  readonly error: string;
}

/** The error ends the command. */
export const throwError: OnError = (error) => {
  throw error;
};

/** The page shows the error, with its place first: its author is likely to look there. */
export const showError: OnError = (error) => ({ error: errorText(error) });

const errorText = (error: unknown): string => withoutDirectory(locatedText(error));

function locatedText(error: unknown): string {
  if (error instanceof ModuleError) return error.located;
  if (!isImageError(error) || error.problems.length === 0) return messageOf(error);
  const texts = error.problems.map(({ callSite, path, message, hint }) => `${callSite ?? path}: ${message}\n${hint}`);
  return texts.join("\n\n");
}

const withoutDirectory = (text: string): string => text.replaceAll(`${process.cwd()}${sep}`, "");

/** Makes the data of the page, without secrets, as it is at each call. */
export function pageMaker(
  { images, baseline, sourceLink, areAll }: Shown,
  onError: OnError,
): (signal: AbortSignal) => Promise<PageSpec> {
  const past = pastReader(baseline, images);
  return async (signal) => {
    const before = await past(signal).catch(onError);
    const made: PageImage[] = [];
    for (const image of images) {
      made.push(
        withoutOtherSecrets({
          ...(await imageData(image, baseline === "lock" ? LOCK_FILE : baseline, before, signal, onError)),
          sourceLink,
        }),
      );
    }
    const gone = areAll && !isError(before) ? (before?.gone ?? []) : [];
    return { ...pageOf(images, made), ...(gone.length > 0 && { gone: maskedData(gone, maskSecrets) }) };
  };
}

/** Masks what is beside the specs and the plan. They are most of it, and are masked already. */
function withoutOtherSecrets({ spec, baseline, plan, ...others }: PageImage): PageImage {
  const masked = maskedData<PageImage>(others, maskSecrets);
  return { ...masked, ...(spec && { spec }), ...(baseline && { baseline }), ...(plan && { plan }) };
}

/** One image is shown by itself. */
function pageOf(images: readonly ShownImage[], made: readonly PageImage[]): PageSpec {
  const [only, another] = made;
  if (only && !another) return only;
  const named = images.map(({ name }, index) => ({ ...made[index], name, title: name }));
  return { title: named.map(({ name }) => name).join(", "), images: named };
}

/** The earlier versions of the images; `undefined` if they are not compared with anything. */
type Past = ReadPast | undefined;

/** Reads the baseline: once, unless it may change. */
function pastReader(against: string | undefined, images: readonly Compared[]): (signal: AbortSignal) => Promise<Past> {
  if (against === undefined) return async () => undefined;
  let kept: Past | undefined;
  return async (signal) => {
    const past = kept ?? (await readPast(against, images, signal));
    if (!mayChange(against)) kept = past;
    return past;
  };
}

/** Entries of what was left out that are looked at for their sizes: as many as take some seconds. */
const ENTRIES = 1_000_000;

async function imageData(
  { name, title, root, load }: ShownImage,
  baselineTitle: string | undefined,
  past: Past | PageError,
  signal: AbortSignal,
  onError: OnError,
): Promise<PageImage> {
  const before = isError(past) ? undefined : past?.of.get(name);
  const compared = async (resolved?: ResolvedImage): Promise<PageImage> => ({
    title,
    ...(isError(past) ? past : await comparedWith(past, before, resolved)),
    baselineTitle,
  });
  try {
    const image = await load(signal);
    const { spec, resolved } = await prepare(image, () => resolveImage(image, root, { signal }));
    const findings = resolved?.lint(policyOf());
    const change = resolved ? planned(before, resolved) : {};
    const found = { ...spec, ...(spec.resolved && findings && { resolved: { ...spec.resolved, findings } }) };
    const beside = { others: before?.spec?.resolved?.files, entries: ENTRIES, signal };
    const whole = await withDisk(found, resolved, maskSecrets, beside);
    return {
      ...(await compared(resolved)),
      spec: withoutSecrets(withoutDirectories(whole, [process.cwd(), root]), maskSecrets),
      rules: pagesOf([...(findings ?? []), ...(change.plan?.findings ?? [])]),
      ...change,
    };
  } catch (error) {
    return { ...(await compared()), ...onError(error) };
  }
}

/** The pages of the rules that found something. */
const pagesOf = (findings: readonly Finding[]): PageImage["rules"] =>
  Object.fromEntries(findings.map(({ code }) => [code, PAGES[code]]));

const isError = (past: Past | PageError): past is PageError => past !== undefined && "error" in past;

/** The earlier version, with the texts that differ from those of the image. */
async function comparedWith(
  past: Past,
  before: ShownBefore | undefined,
  resolved: ResolvedImage | undefined,
): Promise<Pick<PageImage, "baseline" | "isNew" | "error">> {
  if (past && !before) return { isNew: true };
  if (before?.failure) return { error: `The baseline cannot be loaded. ${errorText(before.failure)}` };
  const { spec, readText } = before ?? {};
  const files = spec?.resolved?.files;
  if (!spec || !files || !readText) return spec ? { baseline: spec } : {};
  return { baseline: { ...spec, texts: await textsOf(files, readText, maskSecrets, resolved?.files) } };
}

/** The plan, so that the page need not compute it; none since an image with mistakes. */
function planned(before: Before | undefined, resolved: ResolvedImage): { plan?: Plan } {
  if (!before || before.failure || before.spec?.problems) return {};
  const plan = before.plan(resolved);
  const shown = { ...plan, findings: reported(plan.findings, policyOf()) };
  const masked = planWithoutSecrets(shown, resolved.definition, maskSecrets);
  return { plan: planWithoutDirectories(masked, [process.cwd()]) };
}
