// All states that the page is looked at in.
import { Image } from "pithy-image";
import { type PageSpec, previewSpec } from "pithy-image-preview/server";
import { BAD, bad, GOOD, good, odd, oddContents } from "./odd.ts";
import {
  AFTER,
  after,
  BEFORE,
  before,
  DOCKERFILE_AFTER,
  DOCKERFILE_BEFORE,
  everyKind,
  imported,
  project,
} from "./project.ts";

const baseline = await previewSpec(before(), { root: project(BEFORE) });
const spec = await previewSpec(after(), { root: project(AFTER) });
const dockerfileBefore = await previewSpec(imported(), { root: project(DOCKERFILE_BEFORE) });
const dockerfile = await previewSpec(imported(), { root: project(DOCKERFILE_AFTER) });
const careless = await previewSpec(Image.debianSlim("3.12").user("nobody").aptInstall("git"));
const wrong = await previewSpec(Image.debianSlim("3.12").aptInstall("git curl"));

const RULES = {
  pipe_to_shell: {
    title: "A download that is run unseen",
    text: "What is `downloaded` may change.\n\n## Bad\n\n```dockerfile\nRUN curl https://a.example | sh\n```\n",
  },
};
const goodSpec = await previewSpec(good(), { root: project(GOOD) });
const badSpec = await previewSpec(bad(), { root: project(BAD) });
const oddSpec = await previewSpec(odd("\u202e").addFile(`/srv/${"long".repeat(40)}`, "x"), {
  root: project(oddContents("\u202e", "unbroken".repeat(12))),
});

/** A state of the page. */
export interface Sight {
  page?: PageSpec;
  /** What must be there before it is looked at. */
  ready: string;
  /** Whether it has several images. */
  repeats?: boolean;
}

/** What is looked at. */
export const SIGHTS: Record<string, Sight> = {
  image: { page: { spec: baseline, title: "daytona/image.ts" }, ready: "[role=tree]" },
  change: { page: { spec, baseline, title: "daytona/image.ts" }, ready: "[role=tree]" },
  files: { page: { spec: spec.definition }, ready: ".pithy-drop" },
  dockerfile: { page: { spec: dockerfile }, ready: "[role=tree]" },
  "dockerfile-change": { page: { spec: dockerfile, baseline: dockerfileBefore }, ready: ".pithy-own-changes" },
  "dockerfile-files": { page: { spec: imported().toJSON(), baseline: dockerfileBefore }, ready: ".pithy-drop" },
  steps: { page: { spec: everyKind().toJSON() }, ready: ".pithy-dockerfile" },
  findings: { page: { spec: careless }, ready: ".pithy-finding" },
  problems: { page: { spec: wrong }, ready: ".pithy-problem" },
  broken: { page: { spec, error: "SyntaxError: Unexpected token\n  at daytona/image.ts:3:7" }, ready: ".pithy-notice" },
  unloaded: { page: { error: "daytona/image.ts:3:7: Error: no" }, ready: ".notice:not([hidden])" },
  several: {
    page: {
      images: [
        { name: "agent", title: "agent", spec, baseline },
        { name: "web", title: "web", spec: wrong },
        { name: "worker", title: "worker", error: "daytona/worker.ts:3:7: Error: no" },
      ],
    },
    ready: "[role=tree]",
    repeats: true,
  },
  start: { ready: "textarea" },
  review: {
    page: { spec: badSpec, baseline: goodSpec, rules: RULES, title: "daytona/image.ts" },
    ready: ".pithy-dangers",
  },
  odd: { page: { spec: oddSpec, title: `${"a-long-name-".repeat(12)}.ts` }, ready: "[role=tree]" },
};
