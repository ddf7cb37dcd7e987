/** The data of the page that shows an image in a browser. */
import { prepare } from "../../../../pithy-image-preview/src/prepare.ts";
import type { PageSpec } from "../../../../pithy-image-preview/src/protocol.ts";
import { maskSecrets } from "../../core/mask.ts";
import type { ImageBuilder } from "../../image/builder.ts";
import { reported } from "../../image/lint.ts";
import type { Plan } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { messageOf } from "../checks/finding.ts";
import { policyOf } from "../lint/policy.ts";
import { resolveImage } from "../module.ts";
import { type Before, type Compared, mayChange, readPast } from "../plan/baseline.ts";
import { published, publishedPlan } from "./published.ts";

/** An image that is shown. */
export interface ShownImage extends Compared {
  /** Loads it again at each call. */
  load(signal: AbortSignal): Promise<ImageBuilder>;
  readonly title: string;
}

/** What is shown, and compared with what. */
export interface Shown {
  readonly image: ShownImage;
  readonly baseline: string | undefined;
}

/** What the page has in place of what cannot be made. */
type OnError = (error: unknown) => Pick<PageSpec, "error">;

/** The error ends the command. */
export const throwError: OnError = (error) => {
  throw error;
};

/** The page shows the error: its author is likely to look there. */
export const showError: OnError = (error) => ({ error: messageOf(error) });

/** Makes the data of the page, without secrets, as it is at each call. */
export function pageMaker({ image, baseline }: Shown, onError: OnError): (signal: AbortSignal) => Promise<PageSpec> {
  const past = pastReader(baseline, [image]);
  return async (signal) => {
    let [before, failure]: [Before | undefined, Pick<PageSpec, "error">] = [undefined, {}];
    try {
      before = (await past(signal)).get(image.name);
    } catch (error) {
      failure = onError(error);
    }
    const page = { ...failure, ...(await imageData(image, before, signal, onError)) };
    return JSON.parse(maskSecrets(JSON.stringify(page))) as PageSpec;
  };
}

type Past = ReadonlyMap<string, Before>;

/** Reads the baseline: once, unless it may change. */
function pastReader(against: string | undefined, images: readonly Compared[]): (signal: AbortSignal) => Promise<Past> {
  if (against === undefined) return async () => new Map();
  let kept: Past | undefined;
  return async (signal) => {
    const past = kept ?? (await readPast(against, images, signal));
    if (!mayChange(against)) kept = past;
    return past;
  };
}

async function imageData(
  { title, root, load }: ShownImage,
  before: Before | undefined,
  signal: AbortSignal,
  onError: OnError,
): Promise<PageSpec> {
  const compared = { title, ...(before?.spec && { baseline: before.spec }) };
  try {
    const image = await load(signal);
    const { spec, resolved } = await prepare(image, () => resolveImage(image, root, { signal }));
    const findings = resolved?.lint(policyOf());
    const found = { ...spec, ...(spec.resolved && findings && { resolved: { ...spec.resolved, findings } }) };
    return { ...compared, spec: published(found), ...(resolved && planned(before, resolved)) };
  } catch (error) {
    return { ...compared, ...onError(error) };
  }
}

/** The plan, so that the page need not compute it; none since an image with mistakes. */
function planned(before: Before | undefined, resolved: ResolvedImage): { plan?: Plan } {
  if (!before || before.spec?.problems) return {};
  const plan = before.plan(resolved);
  return { plan: publishedPlan({ ...plan, findings: reported(plan.findings, policyOf()) }) };
}
