// Images that begin with a Dockerfile of the user's: its lines, what changed in them, and the files that they take.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Image } from "pithy-image";
import { type PageSpec, previewSpec } from "pithy-image-preview/server";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { dockerfileOf, focusOn, NARROW, stepsOf, useBrowser, verdictOf } from "./browser.ts";
import { drop } from "./drop.ts";
import { type Contents, DOCKERFILE_AFTER, DOCKERFILE_BEFORE, imported, project } from "./project.ts";

const { open } = useBrowser();

const root = project(DOCKERFILE_BEFORE);
const spec = await previewSpec(imported(), { root });
const FILE = (DOCKERFILE_BEFORE["daytona/Dockerfile"] ?? "").split("\n");

const TALL = { viewport: { width: 1440, height: 2000 } };
const dockerfile = dockerfileOf;
const importStep = (page: Page) =>
  stepsOf(page)
    .getByRole("listitem")
    .filter({ hasText: /Starts from the Dockerfile/ });

/** Rows that are shown for a text of a Dockerfile. */
async function shown(text: string): Promise<Page> {
  const image = Image.fromDockerfile("Dockerfile");
  const page = await open({ spec: await previewSpec(image, { root: project({ Dockerfile: text }) }) }, TALL);
  await dockerfile(page).locator(".pithy-line").first().waitFor();
  return page;
}

/** The words of a line that have a class of highlight.js. */
const words = (page: Page, kind: string): Promise<string[]> =>
  dockerfile(page).locator(`.hljs-${kind}`).allInnerTexts();

describe("a Dockerfile of the user's", () => {
  test("is shown whole, with the lines between its instructions", async () => {
    const page = await open({ spec }, TALL);
    const lines = dockerfile(page).locator(".pithy-line");
    await lines.first().waitFor();
    const text = (await lines.locator("code").allInnerTexts()).map((line) => line.replace("\u200b", ""));
    expect(`${text.join("\n")}\n`).toBe(spec.resolved?.dockerfile);
    expect(await lines.locator(".pithy-number").allInnerTexts()).toEqual(text.map((_, index) => `${index + 1}`));
    expect(text).toEqual(expect.arrayContaining(["# The agent's image.", "# between two instructions", "FROM here"]));
  });

  test("has the place in the file at each of its instructions", async () => {
    const page = await open({ spec }, TALL);
    const rows = dockerfile(page)
      .getByRole("listitem")
      .filter({ has: page.locator(".pithy-file-place") });
    await rows.first().waitFor();
    const found = await rows.evaluateAll((all) =>
      all.map((row) => ["code", ".pithy-file-place"].map((part) => row.querySelector(part)?.textContent ?? "")),
    );
    expect(found).toHaveLength(10);
    for (const [code = "", place = ""] of found) {
      const [file, line] = place.split(":");
      expect(file).toBe("daytona/Dockerfile");
      expect(FILE[Number(line) - 1]?.split(" ")[0]).toBe(code.split(" ")[0]);
    }
  });

  test("is one step, which has all of its lines", async () => {
    const page = await open({ spec }, TALL);
    await importStep(page).locator(".pithy-purpose").click();
    const chosen = dockerfile(page).locator(".pithy-chosen");
    await expect.poll(() => chosen.count()).toBe(11); // with what unpacks its files
    await dockerfile(page).getByText("openai").click();
    expect(await dockerfile(page).locator("[aria-current=true]").innerText()).toContain("pip install");
    expect(await importStep(page).getAttribute("aria-current")).toBe("true");
    await dockerfile(page).getByText("STOPSIGNAL").or(dockerfile(page).getByText("USER")).click();
    expect(await page.locator(".pithy-steps [aria-current=true]").innerText()).toContain("USER node");
  });

  test("has lines that belong to no step, which choose none", async () => {
    const page = await open({ spec }, TALL);
    const comment = dockerfile(page).getByRole("listitem").filter({ hasText: "# between two instructions" });
    await comment.click();
    expect(await comment.getAttribute("aria-current")).toBe("true");
    expect(await page.locator(".pithy-marked, .pithy-chosen, .pithy-steps [aria-current=true]").count()).toBe(0);
    await page.keyboard.press("Home");
    await dockerfile(page).getByText("PY=3.12").click();
    expect(await dockerfile(page).locator("[aria-current=true]").innerText()).toContain("PY=3.12");
  });

  test("has its lines in the step where there is no room beside it", async () => {
    const page = await open({ spec }, { viewport: NARROW });
    await importStep(page).locator(".pithy-purpose").click();
    const lines = importStep(page).locator(".pithy-step-lines .pithy-line");
    expect((await lines.last().innerText()).replace(/\s+/g, " ")).toMatch(/WORKDIR \/app ?:22$/);
  });

  test("has colours that follow its instructions", async () => {
    const page = await open({ spec }, TALL);
    await dockerfile(page).locator(".hljs-keyword").first().waitFor();
    const keywords = await words(page, "keyword");
    expect(keywords.filter((word) => /^from$/i.test(word))).toEqual(["FROM", "from", "FROM"]); // not the heredoc's
    expect(await words(page, "comment")).toEqual(
      FILE.filter((line) => /^\s*#/.test(line) && !line.includes("run, too")),
    );
    expect((await words(page, "string")).join("\n")).not.toContain("openai");
  });
});

describe("texts of all kinds are shown as they are:", () => {
  test.each<[string, string]>([
    ["lines that end as on Windows", "# escape=`\r\nFROM a:1\r\nRUN dir `\r\n  c:\\\r\n"],
    ["a single line that does not end", "from a:1"],
    [
      "heredocs with what looks like markup, quotes and instructions",
      "FROM a:1\nRUN <<A <<-'B'\n</a> \"'`\nUSER x\nA\n\tB\nUSER y\n",
    ],
    ["a heredoc of blanks and comments", "FROM a:1\nRUN <<A\n\n# no\n\\\nA\n"],
    ["odd characters", "FROM a:1\nENV A=\u00e9\u{1f600}\u2028 B='</' C=\"$\"\n#\ttab\n\n\n"],
    ["blanks around everything", "\n \n  FROM a:1\n\t RUN  a \\ \n \t\n # c\n  b\n\n \n"],
  ])("%s", async (_, text) => {
    const page = await shown(text);
    const lines = await dockerfile(page)
      .locator(".pithy-line code")
      .evaluateAll((all) => all.map((one) => one.textContent));
    const seen = lines.map((line) => line?.replace("\u200b", ""));
    expect(seen).toEqual(text.replace(/\n$/, "").replaceAll("\r", "").replaceAll("\u2028", "\\u2028").split("\n"));
  });

  test("thousands of lines, of which the document has those in view", async () => {
    const lines = Array.from({ length: 2_100 }, (_, index) => (index % 2 ? `RUN echo ${index}` : `# comment ${index}`));
    const text = ["FROM a:1", ...lines].join("\n");
    const was = await previewSpec(Image.fromDockerfile("Dockerfile"), { root: project({ Dockerfile: text }) });
    const now = await previewSpec(Image.fromDockerfile("Dockerfile"), {
      root: project({ Dockerfile: text.replaceAll("echo", "true") }),
    });
    const page = await open({ spec: now, baseline: was });
    await page.getByText("1,038 more changed instructions").waitFor();
    await importStep(page).locator(".pithy-purpose").click();
    expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(2_500);
    await focusOn(dockerfile(page));
    await page.keyboard.press("End");
    await dockerfile(page).getByTitle("Dockerfile:2101").waitFor();
    expect(await importStep(page).getAttribute("aria-current")).toBe("true");
  });
});

describe("a change of a Dockerfile", () => {
  const baseline = spec;
  const changed = (contents: Contents) => previewSpec(imported(), { root: project(contents) });
  const own = (page: Page) => importStep(page).locator(".pithy-own-changes");
  const opened = async (contents: Contents, more: Partial<PageSpec> = {}) => {
    const page = await open({ spec: await changed(contents), baseline, ...more }, TALL);
    await verdictOf(page).getByText("changed; ").waitFor();
    return page;
  };
  const edited = (from: string, to: string): Contents => ({
    ...DOCKERFILE_BEFORE,
    "daytona/Dockerfile": (DOCKERFILE_BEFORE["daytona/Dockerfile"] ?? "").replace(from, to),
  });

  test("has the changed instructions with their lines in the file", async () => {
    const page = await opened(DOCKERFILE_AFTER);
    expect(await importStep(page).locator(".pithy-badge").innerText()).toBe("changed");
    expect(await own(page).locator(".pithy-own-place").allInnerTexts()).toEqual([
      "daytona/Dockerfile:6",
      "daytona/Dockerfile:16: the files differ",
      "daytona/Dockerfile:22",
      "daytona/Dockerfile:23",
    ]);
    const why = page.getByText(
      "From step 1 fromDockerfile on: its instruction at daytona/Dockerfile:6 changed and others.",
    );
    expect(await why.locator("code").allInnerTexts()).toEqual(["daytona/Dockerfile:6"]);
    const lines = (change: string) => own(page).locator(`.pithy-${change} code`).allInnerTexts();
    expect(await lines("removed")).toEqual(["    openai \\", "WORKDIR /app"]);
    expect(await lines("added")).toEqual(["    openai>1 \\", "WORKDIR /srv", "RUN true"]);
    const rows = dockerfile(page).locator(".pithy-added");
    await expect.poll(() => rows.count()).toBe(5); // with what unpacks the files, and copies them
  });

  test("is one of files alone where only files changed", async () => {
    const page = await opened({ ...DOCKERFILE_BEFORE, "src/main.py": "print(2)\n" });
    expect(await importStep(page).locator(".pithy-badge").innerText()).toBe("files changed");
    expect(await own(page).count()).toBe(0);
  });

  test("may be one of comments alone", async () => {
    const page = await opened(edited("between two", "after some"));
    expect(await own(page).innerText()).toBe("Only comments, blank lines or directives changed.");
    expect(await dockerfile(page).locator(".pithy-added").innerText()).toContain("after some");
  });

  test("may be one of ends of lines, which then are seen", async () => {
    const page = await opened(edited('CMD ["python"]\n', 'CMD ["python"]\r\n'));
    expect(await own(page).locator("code").allInnerTexts()).toEqual(['CMD ["python"]', 'CMD ["python"]␍']);
  });

  test("is not what is not known: a definition without its files has no removed lines", async () => {
    const page = await open({ spec: imported().toJSON(), baseline }, TALL);
    await page.getByText("no step changed").waitFor();
    await page.getByText("Changes to the files are unknown").waitFor();
    expect(await page.locator(".pithy-removed, .pithy-added").count()).toBe(0);
  });
});

describe("the files of a definition that begins with a Dockerfile", () => {
  const definition = imported().toJSON();
  const names = async (page: Page, { imageDigest }: { imageDigest: string }) => page.getByText(imageDigest).waitFor();
  /** Says what a browser does not see. */
  const executable = (page: Page) => page.getByRole("button", { name: "execution.sh is executable" }).click();
  const waits = (page: Page) => page.getByText("unknown until").first().waitFor();

  test("are the Dockerfile alone, until it is here", async () => {
    const page = await open({ spec: definition });
    await waits(page);
    expect(await page.locator(".pithy-needs li").allInnerTexts()).toEqual(["daytona/Dockerfile"]);
    await page.getByText("The Dockerfile says which other files are needed.").waitFor();
    await page.getByText("only what is added to it: its own text is not here yet").waitFor();
    expect(await page.getByRole("button", { name: "Copy Dockerfile" }).count()).toBe(0);
    expect(await dockerfile(page).locator("code").allInnerTexts()).toEqual(['ENV A="1"', "USER node", "run id"]);
  });

  test("are found in a dropped root, with its `.dockerignore`", async () => {
    const page = await open({ spec: definition });
    await waits(page);
    await drop(page, root);
    await executable(page);
    await names(page, await imported().resolve({ root }));
    expect(await page.getByRole("region", { name: "The files are not here yet" }).count()).toBe(0);
    await page.getByRole("button", { name: "Copy Dockerfile" }).waitFor();
    expect(await page.getByRole("tree", { name: "Left out" }).innerText()).toContain("**/node_modules");
    const tree = page.getByRole("tree", { name: "Files" });
    const script = tree.getByRole("treeitem", { name: /^daytona\/execution\.sh/ });
    expect((await script.innerText()).replace(/\s+/g, " ")).toContain("daytona/execution.sh → /app/execution.sh 0755");
    expect(await tree.getByRole("treeitem", { name: /^main\.py/ }).innerText()).toContain("/srv/app/main.py");
  });

  test("so are they where the browser gives no handles", async () => {
    const page = await open({ spec: definition });
    await page.evaluate(() => Reflect.deleteProperty(DataTransferItem.prototype, "getAsFileSystemHandle"));
    await waits(page);
    await drop(page, root);
    await executable(page);
    await names(page, await imported().resolve({ root }));
  });

  test("are none but the Dockerfile itself, dropped alone, where it takes no others", async () => {
    const image = Image.fromDockerfile("daytona/Dockerfile");
    const directory = project({ "daytona/Dockerfile": "FROM a:1\nRUN true" });
    const page = await open({ spec: image.toJSON() });
    await waits(page);
    await drop(page, join(directory, "daytona/Dockerfile"));
    await names(page, await image.resolve({ root: directory }));
  });

  test("that are missing are named with the line of the Dockerfile, and can be dropped after", async () => {
    const page = await open({ spec: definition });
    await waits(page);
    await drop(page, join(root, "daytona"));
    const problem = page.getByRole("region", { name: "Problems" }).locator(".pithy-problem").first();
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(/daytona\/Dockerfile, line 16: src /);
    await drop(page, root);
    await executable(page);
    await names(page, await imported().resolve({ root }));
  });

  test("that are another folder are refused, which says what is missing", async () => {
    const page = await open({ spec: definition });
    await waits(page);
    await drop(page, mkdtempSync(join(tmpdir(), "pithy-image-preview-")));
    await page.getByRole("region", { name: "Problems" }).getByText("daytona/Dockerfile").first().waitFor();
  });
});
