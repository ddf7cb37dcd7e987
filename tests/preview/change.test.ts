import { planBetween } from "pithy-image";
import { type PreparedSpec, previewSpec, type ResolvedRecord } from "pithy-image-preview/server";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { dockerfileOf, inLine, stepsOf, useBrowser, verdictOf } from "./browser.ts";
import { AFTER, after, BEFORE, before, project } from "./project.ts";

const { open } = useBrowser();

const baseline = await previewSpec(before(), { root: project(BEFORE) });
const spec = await previewSpec(after(), { root: project(AFTER) });

/** Rows of the steps, as `[change, purpose]`. */
const steps = (page: Awaited<ReturnType<typeof open>>) =>
  stepsOf(page)
    .getByRole("listitem")
    .evaluateAll((rows) =>
      rows.map((row) => [
        row.querySelector(".pithy-badge")?.textContent ?? "",
        row.querySelector(".pithy-purpose")?.textContent ?? "",
      ]),
    );

test("steps that came, went and changed are reported, and those whose files did", async () => {
  const page = await open({ spec, baseline });
  await verdictOf(page).getByText("changed; ").waitFor();
  expect(await steps(page)).toEqual([
    ["", "Starts from Python 3.12 on Debian 12, with compilers."],
    ["changed", "Installs the Debian packages git, curl and [old: wget][new: jq]."],
    ["", "Sets LOG=info in the environment."],
    ["added", "Installs the Python packages openai with pip."],
    ["", "Copies the file daytona/execution.sh to /app/execution.sh, mode 0755."],
    ["files changed", "Copies what is in src to /srv/app, without *.log."],
    ["removed", "Documents the ports 8080."],
    ["", "Works in /app from here on."],
  ]);
  const changed = stepsOf(page)
    .getByRole("listitem")
    .filter({ hasText: /Installs the Debian packages/ });
  expect(await changed.locator("del, ins").allTextContents()).toEqual(["[old: wget]", "[new: jq]"]);
});

test("the Dockerfile has what is new beside what it replaces", async () => {
  const page = await open({ spec, baseline }, { viewport: { width: 1440, height: 2000 } });
  const lines = dockerfileOf(page);
  await lines.locator(".pithy-added").first().waitFor();
  const [gone, come] = [
    await lines.locator(".pithy-removed").allInnerTexts(),
    await lines.locator(".pithy-added").allInnerTexts(),
  ];
  const instructions = (dockerfile = "") => dockerfile.trim().split("\n");
  const [was, now] = [instructions(baseline.resolved?.dockerfile), instructions(spec.resolved?.dockerfile)];
  const only = (these: string[], those: string[]) => these.filter((line) => !those.includes(line));
  const text = (rows: string[]) =>
    rows.map((row) =>
      row
        .replace(/^(removed|added):/, "")
        .replace(/^\s*[+−]\s*/, "")
        .trim(),
    );
  expect(text(gone)).toEqual(only(was, now));
  expect(text(come)).toEqual(only(now, was));
});

test("files that came, went and changed are reported", async () => {
  const page = await open({ spec, baseline });
  const tree = page.getByRole("tree", { name: "Files" });
  const change = (name: RegExp) => tree.getByRole("treeitem", { name }).locator(".pithy-badge").first();
  expect(await change(/^new\.py/).innerText()).toBe("added");
  expect(await change(/^main\.py/).innerText()).toBe("changed");
  expect(await change(/^old\.py/).innerText()).toBe("removed");
  expect(
    await tree
      .getByRole("treeitem", { name: /^util\.py/ })
      .locator(".pithy-badge")
      .count(),
  ).toBe(0);
});

test("the texts of changed files are compared, in the tree and at their step", async () => {
  const page = await open({ spec, baseline });
  await page.getByRole("treeitem", { name: /^main\.py/ }).click();
  const texts = (place: Locator) =>
    place.getByRole("figure", { name: "src/main.py" }).locator("code").allTextContents();
  const expected = ["src/main.py", "removed: print([old: 1])", "added: print([new: 2])"];
  await expect.poll(() => texts(page.getByRole("region", { name: "Files" }))).toEqual(expected);
  const step = stepsOf(page).getByRole("listitem").filter({ hasText: "Copies what is in src" });
  await step.locator(".pithy-purpose").click();
  await expect.poll(() => texts(step)).toEqual(expected);
});

test("directories say by how much they grew", async () => {
  const [was, now] = [{ ...BEFORE }, { ...BEFORE, "src/lib/more.py": "x".repeat(2048) }];
  const [one, other] = [
    await previewSpec(before(), { root: project(was) }),
    await previewSpec(before(), { root: project(now) }),
  ];
  const page = await open({ spec: other, baseline: one });
  const tree = page.getByRole("tree", { name: "Files" });
  const end = async (name: RegExp) =>
    (await tree.getByRole("treeitem", { name }).locator(".pithy-node-growth, .pithy-node-end").allInnerTexts())
      .filter(Boolean)
      .join(", ");
  expect([await end(/^src/), await end(/^lib/), await end(/^main/)]).toEqual([
    "+2.0 KiB, 3.8 KiB",
    "+2.0 KiB, 3.8 KiB",
    "9 B",
  ]);
});

test("says what changed, why it is built again, and what is to be uploaded, in the words of `plan`", async () => {
  const page = await open({ spec, baseline });
  const there = new Set(baseline.resolved?.contexts.map(({ archivePath }) => archivePath));
  const [upload, another] = spec.resolved?.contexts.filter(({ archivePath }) => !there.has(archivePath)) ?? [];
  expect([upload?.source, another]).toEqual(["src", undefined]);
  const size = `${((upload?.size ?? 0) / 1024).toFixed(1)} KiB`;
  const verdict = verdictOf(page);
  await verdict.getByText("changed; 6 of 7 steps built again").waitFor();
  const answers = await verdict.locator(".pithy-answer").allInnerTexts();
  expect(answers.map(inLine)).toEqual([
    'What changed changed 2 aptInstall packages.2 was "wget", is "jq" added 4 pipInstall files changed 6 addLocalDir src/main.py, src/new.py, src/old.py removed expose',
    'Why it is built again From step 2 aptInstall on: its arguments changed: packages.2 was "wget", is "jq".',
    expect.stringContaining(`What is uploaded ${size} of `),
  ]);
  expect((await verdict.getByRole("row").allInnerTexts()).map(inLine)).toEqual([
    "source size before to upload",
    `src ${size} ${size} ${size}`,
    `daytona/execution.sh 39 B 39 B nothing`,
  ]);
  const first = stepsOf(page).getByRole("listitem").filter({ hasText: "From here the image is built again." });
  expect(await first.locator(".pithy-purpose").innerText()).toContain("Debian packages");
});

test("a change of files alone keeps everything before them", async () => {
  const [was, now] = [await previewSpec(after(), { root: project(BEFORE) }), spec];
  const page = await open({ spec: now, baseline: was });
  await verdictOf(page).getByText("what it copies changed: src/main.py, src/new.py and 1 more").waitFor();
  expect(await verdictOf(page).getByRole("link", { name: "6 addLocalDir", exact: true }).count()).toBe(2);
});

test("a plan that a server prepared is shown without loading the core", async () => {
  const side = ({ definition, resolved }: PreparedSpec) => ({ ...(resolved as ResolvedRecord), definition });
  const page = await open({ spec, baseline, plan: planBetween(side(baseline), side(spec)) });
  await verdictOf(page).getByText("changed; 6 of 7 steps built again").waitFor();
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(loaded.filter((name) => name.endsWith(".wasm"))).toEqual([]);
});

test("says that nothing changed", async () => {
  const page = await open({ spec, baseline: spec });
  await verdictOf(page).getByText("unchanged").waitFor();
  await verdictOf(page).getByText("Nothing that was not there before.").waitFor();
  expect(await page.locator(".pithy-badge").count()).toBe(0);
  expect(await page.getByText("as before").count()).toBe(2);
});

test("a definition whose files are not here is compared without them", async () => {
  const page = await open({ spec: spec.definition, baseline });
  await page.getByText("Changes to the files are unknown until the files are here.").waitFor();
  await verdictOf(page).getByText("changed; ").waitFor();
  const changes = (await steps(page)).filter(([change]) => change !== "");
  expect(changes.map(([change]) => change)).toEqual(["changed", "added", "removed"]);
});
