import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Image, type ImageBuilder, lockEntry, planBetween } from "pithy-image";
import { type PreparedSpec, previewSpec, type ResolvedRecord } from "pithy-image-preview/server";
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { dockerfileOf, inLine, stepsOf, useBrowser, verdictOf } from "./browser.ts";
import { AFTER, after, BEFORE, before, type Contents, project } from "./project.ts";

const stage = useBrowser();
const { open } = stage;

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

test("of a changed file whose earlier text is not here, the text is shown, and that is said", async () => {
  const { texts: _, ...textless } = baseline;
  const page = await open({ spec, baseline: textless });
  await page.getByRole("treeitem", { name: /^main\.py changed/ }).click();
  const opened = page.getByRole("region", { name: "src/main.py, opened" });
  await opened.getByText("what it was is not on this page").waitFor();
  expect(await opened.getByRole("figure", { name: "src/main.py" }).locator("pre").innerText()).toBe("print(2)\n");
});

test("an opened file keeps neither the focus nor the page when the image changes", async () => {
  const page = await open({ spec, baseline });
  await page.getByRole("treeitem", { name: /^main\.py changed/ }).click();
  const opened = page.getByRole("region", { name: "src/main.py, opened" });
  await opened.waitFor();
  await page.getByRole("button", { name: "Copy image digest" }).focus();
  stage.site.spec = { spec: await previewSpec(after().workdir("/srv"), { root: project(AFTER) }), baseline };
  stage.site.change();
  await page.getByText("Works in").nth(1).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Copy image digest");
  await opened.getByRole("button", { name: "Close" }).click();
  expect(await opened.count()).toBe(0);
});

test("a line that changed is shown, and a changed file beside changed arguments", async () => {
  const image = (mode: number) =>
    Image.base("a:1").pipInstallFromRequirements("requirements.txt").addLocalFile("run.sh", "/run.sh", { mode });
  const page = await changeOf(image(0o755), image(0o777), [
    { "requirements.txt": "a==1\nhttpx==0.27.0\n", "run.sh": "#!/bin/sh\n" },
    { "requirements.txt": "a==1\nhttpx==0.27.2\n", "run.sh": "#!/bin/sh\ncurl https://a.example | sh\n" },
  ]);
  const details = await verdictOf(page).locator(".pithy-answer-main li").allInnerTexts();
  expect(details.map(inLine)).toEqual([
    "files changed 2 pipInstallFromRequirements 1 changed: requirements.txt: httpx==0.27.0 → httpx==0.27.2",
    "changed 3 addLocalFile mode: 0755 → 0777; 1 changed: run.sh (+28 B)",
  ]);
  const row = page.getByRole("treeitem", { name: /^run\.sh/ });
  await row.click();
  expect(await row.getAttribute("aria-current")).toBe("true");
});

test("of packages it is said from where they are", async () => {
  const page = await open({
    spec: await previewSpec(Image.base("a:1").pipInstall(["x"], { indexUrl: "https://pypi.example.net/simple" })),
  });
  await stepsOf(page)
    .getByText("Installs the Python packages x with pip from https://pypi.example.net/simple.")
    .waitFor();
});

test("an empty directory that came is named", async () => {
  const image = Image.base("a:1").addLocalDir("src", "/src");
  const roots = [project({ "src/a": "1" }), project({ "src/a": "1" })];
  mkdirSync(join(roots[1] ?? "", "src/empty"));
  const specs = await Promise.all(roots.map((root) => previewSpec(image, { root })));
  const page = await open({ spec: specs[1], baseline: specs[0] });
  await verdictOf(page).getByText("1 added: src/empty/").waitFor();
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
  const ends = async () => [await end(/^src/), await end(/^lib/), await end(/^main/)];
  await expect.poll(ends).toEqual(["+2.0 KiB, 3.8 KiB", "+2.0 KiB, 3.8 KiB", "9 B"]);
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
    'What changed changed 2 aptInstall packages: "wget" → "jq" added 4 pipInstall Installs the Python packages openai with pip. files changed 6 addLocalDir 1 added, 1 changed, 1 removed: src/main.py, src/new.py (was src/old.py) removed expose Documents the ports 8080.',
    "Why it is built again From step 2 aptInstall on: its arguments changed.",
    expect.stringContaining(`What is uploaded ${size} of `),
  ]);
  expect((await verdict.getByRole("row").allInnerTexts()).map(inLine)).toEqual([
    "source archive before to upload",
    `src ${size} ${size} ${size}`,
    `daytona/execution.sh 39 B 39 B nothing`,
  ]);
  const first = stepsOf(page).getByRole("listitem").filter({ hasText: "From here the image is built again." });
  expect(await first.locator(".pithy-purpose").innerText()).toContain("Debian packages");
});

test("a change of files alone keeps everything before them", async () => {
  const [was, now] = [await previewSpec(after(), { root: project(BEFORE) }), spec];
  const page = await open({ spec: now, baseline: was });
  await verdictOf(page).getByText("what it copies changed.").waitFor();
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

/** A page of two images, compared on a server or, without files, here. */
async function changeOf(was: ImageBuilder, now: ImageBuilder, contents: [Contents, Contents] = [{}, {}]) {
  const roots = contents.map(project);
  const [one, other] = [await previewSpec(was, { root: roots[0] }), await previewSpec(now, { root: roots[1] })];
  const page = await open({ spec: other, baseline: one });
  await verdictOf(page).locator(".pithy-strip").waitFor();
  return page;
}

const summaryOf = (page: Page) => verdictOf(page).locator(".pithy-summary strong").innerText();
const whyOf = (page: Page) =>
  verdictOf(page).locator(".pithy-answer", { hasText: "Why it is built again" }).innerText();

const detailOf = async (page: Page) =>
  inLine(await verdictOf(page).locator(".pithy-answer-main .pithy-quiet").first().innerText());

test("a step that only sets a command is not built", async () => {
  const page = await changeOf(Image.base("a:1").cmd(["one"]), Image.base("a:1").cmd(["two"]));
  expect(await summaryOf(page)).toBe("Changed; 0 of 2 steps built again");
});

test("a removed step has no lines, and none of the step that stands there now", async () => {
  const base = Image.base("debian:12");
  const page = await changeOf(base.aptInstall("git").runCommands("echo other"), base.runCommands("echo other"), [
    {},
    {},
  ]);
  const removed = stepsOf(page).getByRole("listitem").filter({ hasText: "removed" });
  await removed.locator(".pithy-purpose").click();
  expect(await removed.getAttribute("aria-current")).toBe("true");
  expect(await removed.locator(".pithy-step-lines").count()).toBe(0);
});

test("what follows a stage does not follow the steps in it, which have reasons of their own", async () => {
  const image = (tools: ImageBuilder) => Image.base("a:1").stage("tools", tools).copyFrom("tools", "/x", "/x");
  const [few, more] = [image(Image.base("b:1")), image(Image.base("b:1").runCommands("true"))];
  const copied = "Why it is built again From step 3 copyFrom on: what it is built on or copies from changed.";
  expect(inLine(await whyOf(await changeOf(more, few)))).toBe(copied);
  const page = await changeOf(few, more);
  expect(inLine(await whyOf(page))).toBe(`${copied} Stage tools from step 2.2 runCommands on: it is new.`);
  const cells = page.getByRole("list", { name: "Stage tools at a glance" }).getByRole("link");
  expect(await cells.allInnerTexts()).toEqual(["2.1", "2.2"]);
});

test("a change far into a long command is shown where it is", async () => {
  const command = (end: string) => Image.base("a:1").runCommands(`echo ${"word ".repeat(40)}${end}`);
  const page = await changeOf(command("before"), command("after"));
  expect(await detailOf(page)).toMatch(/^commands: ….*before" → ….*after"$/);
});

test("a file of which only the mode changed says so", async () => {
  const image = (mode: number) => Image.base("a:1").addLocalFile("run.sh", "/run.sh", { mode });
  const contents = { "run.sh": "#!/bin/sh\n" };
  const page = await changeOf(image(0o644), image(0o755), [contents, contents]);
  await page.getByRole("treeitem", { name: /^run\.sh/ }).click();
  await page.getByText("its mode was 0644, is 0755").first().waitFor();
});

test("a file that moved says where it was, unless it has another content or none", async () => {
  const image = Image.base("a:1").addLocalDir("s", "/s");
  const was = project({ "s/a.txt": "1\n", "s/b.txt": "1\n", "s/c.txt": "2\n", "s/empty": "" });
  const now = project({ "s/d/a.txt": "1\n", "s/d/b.txt": "1\n", "s/d/c.txt": "3\n", "s/d/empty": "" });
  chmodSync(join(now, "s/d/a.txt"), 0o755);
  const [spec, baseline] = [await previewSpec(image, { root: now }), await previewSpec(image, { root: was })];
  const page = await open({ spec, baseline });
  await verdictOf(page).locator(".pithy-answer-main").waitFor();
  expect(await detailOf(page)).toBe(
    "4 added, 4 removed: s/d/c.txt (+2 B), s/d/empty, s/d/a.txt (was s/a.txt, mode 0644 → 0755), " +
      "s/d/b.txt (was s/b.txt) and 2 more",
  );
  await page.getByRole("treeitem", { name: /a\.txt.*was s\/a\.txt/ }).click();
  await page.getByRole("region", { name: "s/d/a.txt, opened" }).getByText("1", { exact: true }).waitFor();
  await page.getByRole("treeitem", { name: /a\.txt.*is s\/d\/a\.txt now/ }).click();
  await page.getByRole("region", { name: "s/a.txt, opened" }).getByText("s/a.txt, 2 B: it is s/d/a.txt now.").waitFor();
});

test("a step that moved says where it stood", async () => {
  const env = (image: ImageBuilder, value: string) => image.env({ A: value });
  const rest = (image: ImageBuilder) => image.runCommands("a").runCommands("b");
  const base = Image.base("a:1");
  const page = await changeOf(env(rest(base), "1"), rest(env(base, "2")));
  expect(inLine(await whyOf(page))).toContain("From step 2 env on: it moved.");
  expect(await detailOf(page)).toBe('was step 4; variables.A: "1" → "2"');
  const cells = page.getByRole("list", { name: "Steps at a glance" }).getByRole("link");
  expect(await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")))).toEqual([
    "1 base: kept",
    "2 env: moved",
    "3 runCommands: rebuilt",
    "4 runCommands: rebuilt",
  ]);
  const row = stepsOf(page).getByRole("listitem").filter({ hasText: "moved" });
  expect(inLine(await row.locator(".pithy-origin").first().innerText())).toContain("env moved was step 4");
  const back = await changeOf(rest(env(base, "1")), env(rest(base), "1"));
  expect(inLine(await whyOf(back))).toContain("From step 2 runCommands on: env, which stood before it, moved.");
});

test("of a stage that has another name, only the name changed, and none of its files", async () => {
  const contents = { "s/a.txt": "a" };
  const image = (name: string) =>
    Image.base("a:1").stage(name, Image.base("b:1").addLocalDir("s", "/s")).copyFrom(name, "/s", "/s");
  const page = await changeOf(image("web"), image("app"), [contents, { ...contents, "s/b.txt": "b" }]);
  const named = verdictOf(page).locator(".pithy-answer-main li");
  expect((await named.allInnerTexts()).map(inLine)).toEqual([
    'changed 2 stage name: "web" → "app"',
    "files changed 2.2 addLocalDir 1 added: s/b.txt (+1 B)",
    'changed 3 copyFrom from: "web" → "app"',
  ]);
  const same = await changeOf(image("web"), image("app"), [contents, contents]);
  expect(await summaryOf(same)).toBe("Changed; 0 of 5 steps built again");
  expect(await same.getByRole("tree", { name: "Files" }).locator(".pithy-badge").count()).toBe(0);
});

test("what is found about a removed step leads to it", async () => {
  const image = (image: ImageBuilder) => image.workdir("/a").runCommands("true");
  const base = Image.base("a:1.2").workdir("/b");
  const page = await changeOf(image(base.user("nobody")), image(base));
  const dangers = verdictOf(page).getByRole("list", { name: "What the change brought" });
  await dangers.getByRole("link", { name: "user", exact: true }).click();
  const chosen = stepsOf(page).locator("[aria-current=true]");
  expect(inLine(await chosen.locator(".pithy-origin").first().innerText())).toBe("user removed");
  await chosen.getByText("The image runs as root now").waitFor();
  expect(await stepsOf(page).getByText("The image runs as root now").count()).toBe(1);
  const found = page.getByRole("region", { name: "Findings" }).getByRole("listitem").filter({ hasText: "root now" });
  await found.getByRole("link", { name: "user", exact: true }).waitFor();
});

test("a directory that went from one place and came to another is there", async () => {
  const image = (destination: string) => Image.base("a:1").addLocalDir("s", destination);
  const contents = { "s/d/a.txt": "a" };
  const page = await changeOf(image("/x"), image("/y"), [contents, contents]);
  const tree = page.getByRole("tree", { name: "Files" });
  const badges = async () => {
    const rows = await tree.getByRole("treeitem").all();
    return Promise.all(
      rows.map(async (row) => [
        inLine(await row.locator(".pithy-node-name").innerText()),
        inLine(await row.locator(".pithy-badge").innerText()),
      ]),
    );
  };
  await expect.poll(badges).toEqual([
    ["s", "files changed"],
    ["d", "files changed"],
    ["a.txt", "added"],
    ["a.txt", "removed"],
  ]);
});

test("long lines, and texts of many lines, are compared without an end to the wait", async () => {
  const image = (letter: string) =>
    Image.base("a:1").runScript(`${`${letter} `.repeat(30_000)}\n${`${letter}\n`.repeat(1_500)}`);
  const page = await changeOf(image("a"), image("b"));
  await page.getByText("1,501 lines added, 1,501 lines removed").waitFor();
});

test("the arguments of an import are shown beside its instructions", async () => {
  const text = "FROM a:1 AS one\nRUN true\nFROM one AS two\nRUN false\n";
  const image = (target: string) => Image.fromDockerfile("Dockerfile", { target });
  const page = await changeOf(image("one"), image("two"), [{ Dockerfile: text }, { Dockerfile: text }]);
  expect(inLine(await whyOf(page))).toContain("its arguments changed.");
  expect(await detailOf(page)).toMatch(/^target: "one" → "two"; Dockerfile:3: \+ FROM one AS two; /);
});

test("files stand under the step, and in the stage, that they go to", async () => {
  const contents = { "s/a.txt": "a", "s/b.txt": "b" };
  const image = Image.base("a:1")
    .stage("tools", Image.base("b:1").addLocalFile("s/a.txt", "/x"))
    .addLocalFile("s/a.txt", "/x")
    .addLocalDir("s", "/app")
    .addLocalDir("s", "/app2");
  const page = await open({ spec: await previewSpec(image, { root: project(contents) }) });
  await page.getByRole("treeitem").first().waitFor();
  const rows = await page.getByRole("tree", { name: "Files" }).getByRole("treeitem").allInnerTexts();
  expect(rows.map(inLine).sort()).toEqual([
    "a.txt → /app/a.txt 0644 1 B",
    "a.txt → /app2/a.txt 0644 1 B",
    "b.txt → /app/b.txt 0644 1 B",
    "b.txt → /app2/b.txt 0644 1 B",
    "s → /app 2 B",
    "s → /app2 2 B",
    "s/a.txt → /x 0644 1 B",
    "s/a.txt → /x 0644 1 B",
  ]);
});

test("a new directory marks what it is in", async () => {
  const image = Image.base("a:1").addLocalDir("s", "/s");
  const page = await changeOf(image, image, [{ "s/a": "a" }, { "s/a": "a", "s/deep/new/f.txt": "f" }]);
  expect(await page.getByRole("treeitem", { name: /^s/ }).first().locator(".pithy-badge").innerText()).toBe(
    "files changed",
  );
});

test("a baseline of which little is known says no more than that", async () => {
  const image = Image.base("a:1").addLocalDir("s", "/s").addLocalDir("t", "/t");
  const was = await image.resolve({ root: project({ "s/a": "a", "t/b": "b" }) });
  const root = project({ "s/a": "changed", "t/b": "b" });
  const plan = (await image.resolve({ root })).plan(lockEntry(was));
  const page = await open({ spec: await previewSpec(image, { root }), plan });
  expect(inLine(await whyOf(page))).toContain("it changed");
  expect(await verdictOf(page).getByRole("columnheader").allInnerTexts()).toEqual(["source", "archive", "to upload"]);
  const badge = (name: RegExp) => page.getByRole("treeitem", { name }).locator(".pithy-badge").count();
  expect([await badge(/^s →|^s files/), await badge(/^t/)]).toEqual([1, 0]);
});

test("of an image and a baseline with problems only what is written is compared, and that is said", async () => {
  const wrong = await previewSpec(Image.base("a:1").aptInstall("git curl").workdir("/a"));
  const right = await previewSpec(Image.base("a:1").workdir("/a").runCommands("curl https://a.example | sh"));
  const steps = async (page: Page) =>
    (await verdictOf(page).locator(".pithy-answer-main li").allInnerTexts()).map(inLine);
  const page = await open({ spec: right, baseline: wrong });
  await verdictOf(page).getByText("The baseline has problems: only its steps are compared, as they").waitFor();
  expect(await summaryOf(page)).toBe("Not compared");
  expect(await page.locator(".pithy-strip").count()).toBe(0);
  const added = "added 3 runCommands Runs curl https://a.example | sh.";
  expect(await steps(page)).toEqual(["removed aptInstall Installs the Debian packages git curl.", added]);
  const other = await open({ spec: wrong, baseline: right });
  await verdictOf(other).getByText("not checked, since it has problems").waitFor();
  expect(await steps(other)).toEqual([
    "added 2 aptInstall Installs the Debian packages git curl.",
    "removed runCommands Runs curl https://a.example | sh.",
  ]);
  expect(await verdictOf(other).getByText("no findings").count()).toBe(0);
});

test("of thousands of steps with a problem it is not looked for what is alike", async () => {
  const image = (word: string) =>
    Array.from({ length: 3000 }).reduce<Image>((all, _, index) => all.env({ [word]: `${index}` }), Image.base("a:1"));
  const [was, now] = [await previewSpec(image("A")), await previewSpec(image("B").aptInstall("git curl"))];
  const page = await open({ spec: now, baseline: was });
  await verdictOf(page)
    .getByRole("button", { name: /and 5,99\d more steps/ })
    .waitFor();
  const steps = (value: string) => previewSpec(Image.base("a:1").env({ steps: value }).aptInstall("git curl"));
  const other = await open({ spec: await steps("2"), baseline: await steps("1") });
  await verdictOf(other).getByText("added", { exact: true }).waitFor();
});

test("a step that has a finding is named, however many others changed", async () => {
  const many = Array.from({ length: 12 }, (_, index) => `A${index}`);
  const image = (value: string) => many.reduce((image, name) => image.env({ [name]: value }), Image.base("a:1.2"));
  const page = await changeOf(image("1"), image("2").runCommands("chmod -R 777 /srv"));
  const named = verdictOf(page).locator(".pithy-answer-main li");
  await expect.poll(() => named.count()).toBe(9);
  expect((await named.allInnerTexts()).map(inLine).slice(-2)).toEqual([
    "added 14 runCommands Runs chmod -R 777 /srv.",
    "and 5 more steps",
  ]);
  await verdictOf(page).getByRole("button", { name: "and 5 more steps" }).click();
  await expect.poll(() => named.count()).toBe(13);
});

test("a baseline may have a name", async () => {
  const page = await open({ spec, baseline, baselineTitle: "origin/main" });
  expect(await page.locator(".pithy-against").innerText()).toBe("Compared with origin/main");
});

test("a baseline that does not have the former steps says so", async () => {
  const steps = (value: string) => Image.base("a:1").env({ A: value }).resolve();
  const plan = (await steps("2")).plan(await steps("1"));
  const page = await open({ spec, plan, baselineTitle: "pithy-image.lock.json" });
  await page.getByText("Compared with pithy-image.lock.json, of which only digests are here").waitFor();
});

test("of thousands of steps, those that are kept have one cell together", async () => {
  const calls = Array.from({ length: 300 }, (_, index) => `echo ${index}`);
  const image = (all: string[]) => all.reduce((image, call) => image.runCommands(call), Image.base("a:1"));
  const page = await changeOf(image(calls), image([...calls, "true"]));
  const cells = page.getByRole("list", { name: "Steps at a glance" }).getByRole("listitem");
  expect((await cells.allInnerTexts()).map(inLine)).toEqual(["1", "… 300 kept", "302"]);
  const other = await changeOf(image(calls), image(calls.map((call) => `${call}!`)));
  await expect
    .poll(() => other.getByRole("list", { name: "Steps at a glance" }).getByRole("listitem").count())
    .toBe(81);
  const twice = calls.map((call, index) => (index % 30 === 29 && index < 250 ? `${call}!` : call));
  const last = await changeOf(image(calls), image(twice));
  const words = async () =>
    (await last.getByRole("list", { name: "Steps at a glance" }).getByRole("listitem").allInnerTexts()).join(" ");
  await expect.poll(words).toMatch(/61 62 … 28 rebuilt 91 92 … 28 rebuilt/);
  stage.site.spec = { spec: await previewSpec(image(calls)), baseline: await previewSpec(image([...calls, "true"])) };
  stage.site.change();
  await expect.poll(words).toBe("1 … 300 kept −");
});

test("of a large tree what changed is shown at first, each opened by its address as well", async () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`src/${index % 60}/${index}.txt`, "a\n"]));
  const changed = { ...many, "src/7/67.txt": "b\n", "src/zz/new.bin": "x".repeat(3000) };
  const image = Image.base("a:1").addLocalDir("src", "/src");
  const page = await changeOf(image, image, [many, changed]);
  await verdictOf(page).getByText("1 added, 1 changed: src/zz/new.bin (+2.9 KiB), src/7/67.txt").waitFor();
  const tree = page.getByRole("tree", { name: "Files" });
  const names = async () => (await tree.locator(".pithy-node-name").allInnerTexts()).map(inLine);
  await expect.poll(names).toEqual(["src", "7", "67.txt", "zz", "new.bin"]);
  await page.getByRole("button", { name: "Changes only" }).click();
  await expect.poll(async () => (await names()).length).toBeGreaterThan(1);
  expect(await names()).not.toContain("new.bin");
});
