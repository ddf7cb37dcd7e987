import { relative } from "node:path";
import { Image } from "pithy-image";
import { previewSpec } from "pithy-image-preview/server";
import { describe, expect, test } from "vitest";
import { dockerfileOf, focusOn, inLine, NARROW, stepsOf, useBrowser } from "./browser.ts";
import { BEFORE, before, everyKind, project } from "./project.ts";

const { open } = useBrowser();

const root = project(BEFORE);
const image = before();
const spec = await previewSpec(image, { root });

/** The text of a list's rows, without what stands between words. */
const tidy = (texts: string[]): string[] => texts.map(inLine);

describe("steps", () => {
  test("are reported in their order, with what each is for and the line that made it", async () => {
    const page = await open({ spec });
    const steps = stepsOf(page).getByRole("listitem");
    await expect.poll(() => steps.count()).toBe(7);
    expect(tidy(await page.locator(".pithy-purpose").allInnerTexts())).toEqual([
      "Starts from Python 3.12 on Debian 12, with compilers.",
      "Installs the Debian packages git, curl and wget.",
      "Sets LOG=info in the environment.",
      "Copies the file daytona/execution.sh to /app/execution.sh, mode 0755.",
      "Copies what is in src to /srv/app, without *.log.",
      "Documents the ports 8080.",
      "Works in /app from here on.",
    ]);
    const places = await page
      .locator(".pithy-call-site")
      .evaluateAll((all) => all.map((one) => one.getAttribute("title")));
    expect(places).toEqual(Object.values(image.callSites()).map((place) => relative("", place)));
    expect(places[0]).toMatch(/^project\.ts:\d+:\d+$/);
  });

  test("of every kind are explained", async () => {
    const definition = everyKind().toJSON();
    const page = await open({ spec: definition });
    const list = stepsOf(page);
    await list.getByRole("listitem").first().waitFor();
    const rows = await list
      .getByRole("listitem")
      .evaluateAll((all) =>
        all.map((row) => [".pithy-call", ".pithy-purpose"].map((part) => row.querySelector(part)?.textContent ?? "")),
      );
    const seen = new Map(rows.map(([kind = "", purpose = ""]) => [kind, purpose]));
    const kinds = new Set([...definition.steps.flatMap(Object.keys), "base"]);
    expect([...seen.keys()].sort()).toEqual([...kinds].sort());
    for (const purpose of seen.values()) expect(purpose).toMatch(/^[A-Z](?!nknown| step whose).{5,}/);
  });

  test("have their findings, and say how many there are", async () => {
    const careless = Image.debianSlim("3.12").user("nobody").aptInstall("git");
    const page = await open({ spec: await previewSpec(careless) });
    const summary = page.getByRole("region", { name: "Summary" });
    expect(inLine(await summary.innerText())).toMatch(/^3 steps 1 error/);
    const step = stepsOf(page)
      .getByRole("listitem")
      .filter({ hasText: /Installs the Debian packages/ });
    const [finding] = (await careless.resolve()).findings;
    expect(finding).toBeDefined();
    expect(await step.locator(".pithy-finding").innerText()).toContain(finding?.message.split("`")[0]);
  });
});

describe("the Dockerfile", () => {
  test("is whole, numbered and coloured", async () => {
    const page = await open({ spec }, { viewport: { width: 1440, height: 2000 } });
    const lines = dockerfileOf(page).locator(".pithy-line code");
    await lines.first().waitFor();
    expect(`${(await lines.allInnerTexts()).join("\n")}\n`).toBe(spec.resolved?.dockerfile);
    expect(await lines.locator(".hljs-keyword").first().innerText()).toBe("FROM");
    expect(await page.locator(".pithy-dockerfile .pithy-number").allInnerTexts()).toEqual(
      spec.resolved?.instructions.map(({ line }) => `${line}`),
    );
  });

  test("is copied to the byte", async () => {
    const page = await open({ spec });
    await page.getByRole("button", { name: "Copy Dockerfile" }).click();
    await page.getByRole("status").getByText("The Dockerfile is in the clipboard.").waitFor({ state: "attached" });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(spec.resolved?.dockerfile);
  });

  test("shows the lines of the step under the mouse, and the step of a line", async () => {
    const page = await open({ spec });
    const steps = stepsOf(page);
    const dockerfile = dockerfileOf(page);
    await steps.getByText("Copies what is in").hover();
    expect(tidy(await dockerfile.locator(".pithy-marked code").allInnerTexts())).toEqual([
      expect.stringMatching(/^ADD \["ctx\/\w{32}\/tree.tar"/),
      expect.stringMatching(/^COPY --from=pithy-files/),
    ]);
    await dockerfile.getByText("EXPOSE").hover();
    expect(await steps.locator(".pithy-marked").innerText()).toContain("Documents the ports");
    await page.mouse.move(0, 0);
    await expect.poll(() => page.locator(".pithy-marked").count()).toBe(0);
  });

  test("keeps what was clicked in one list chosen in the other", async () => {
    const page = await open({ spec });
    const chosen = (name: string) => page.getByRole("list", { name, exact: true }).locator("[aria-current=true]");
    await page.getByText("Documents the ports").click();
    expect(await chosen("Dockerfile").innerText()).toContain("EXPOSE 8080");
    await page.getByText("WORKDIR", { exact: true }).click();
    expect(await chosen("Steps").innerText()).toContain("Works in");
  });

  test("is beside the step where there is room, else the chosen step has its lines", async () => {
    const wide = await open({ spec });
    await wide.getByText("Documents the ports").click();
    expect(await wide.locator(".pithy-step-lines").isVisible()).toBe(false);
    const narrow = await open({ spec }, { viewport: NARROW });
    await narrow.getByText("Documents the ports").click();
    expect(await narrow.locator(".pithy-step-lines").innerText()).toContain("EXPOSE 8080");
  });

  test("is walked through with keys", async () => {
    const page = await open({ spec });
    const steps = stepsOf(page);
    const dockerfile = dockerfileOf(page);
    const active = (list: typeof steps) => list.locator("[aria-current=true]").innerText();
    await page.keyboard.press("Tab");
    await focusOn(steps);
    expect(await active(steps)).toContain("Starts from Python");
    await page.keyboard.press("ArrowDown");
    expect(await active(steps)).toContain("Installs the Debian packages");
    expect(await dockerfile.locator("[aria-current=true]").innerText()).toContain("apt-get install");
    await page.keyboard.press("End");
    expect(await active(steps)).toContain("Works in");
    await focusOn(dockerfile);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    expect(await active(dockerfile)).toContain("ADD");
    expect(await active(steps)).toContain("Copies what is in");
  });
});

describe("files", () => {
  test("are a tree of what each step sends, with sizes, modes and destinations", async () => {
    const page = await open({ spec });
    const tree = page.getByRole("tree", { name: "Files" });
    await tree.waitFor();
    const rows = tidy(await tree.getByRole("treeitem").allInnerTexts());
    expect(rows).toEqual([
      "daytona/execution.sh → /app/execution.sh 0755 39 B",
      "src → /srv/app 1.8 KiB",
      "lib 1.8 KiB",
      "util.py → /srv/app/lib/util.py 0644 1.8 KiB",
      "main.py → /srv/app/main.py 0644 9 B",
      "old.py → /srv/app/old.py 0644 5 B",
    ]);
  });

  test("of a directory that is sent twice are each at the step that sends them", async () => {
    const twice = Image.base("a:1")
      .addLocalDir("src", "/one", { exclude: ["*.log", "lib"] })
      .addLocalDir("src/lib", "/two");
    const page = await open({ spec: await previewSpec(twice, { root: project(BEFORE) }) });
    const tree = page.getByRole("tree", { name: "Files" });
    await tree.waitFor();
    expect(tidy(await tree.getByRole("treeitem").allInnerTexts())).toEqual([
      "src → /one 14 B",
      "main.py → /one/main.py 0644 9 B",
      "old.py → /one/old.py 0644 5 B",
      "src/lib → /two 1.8 KiB",
      "util.py → /two/util.py 0644 1.8 KiB",
    ]);
  });

  test("stand with the largest first where that is wanted, and as areas", async () => {
    const page = await open({ spec });
    const names = async () =>
      tidy(await page.getByRole("tree", { name: "Files" }).locator(".pithy-node-name").allInnerTexts());
    await page.getByRole("button", { name: "Largest first" }).click();
    await expect.poll(names).toEqual(["src", "lib", "util.py", "main.py", "old.py", "daytona/execution.sh"]);
    const areas = page.locator(".pithy-area");
    expect(await areas.evaluateAll((all) => all.map((area) => area.getAttribute("title")))).toEqual([
      "src/lib/util.py: 1.8 KiB",
      "daytona/execution.sh: 39 B",
      "src/main.py: 9 B",
      "src/old.py: 5 B",
    ]);
  });

  test("are opened by a click and by a key", async () => {
    const page = await open({ spec });
    await page.getByRole("treeitem", { name: /^main\.py/ }).click();
    expect(await page.getByRole("figure", { name: "src/main.py" }).locator("pre").innerText()).toBe("print(1)\n");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    expect(await focused()).toBe("src/main.py, opened");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("figure", { name: "src/main.py" }).count()).toBe(0);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await page.getByRole("figure", { name: "src/old.py" }).locator("pre").innerText()).toBe("pass\n");
  });

  test("that are binary or large say so", async () => {
    const contents = { ...BEFORE, "src/old.py": "a\0b", "src/main.py": "x".repeat(70_000) };
    const page = await open({ spec: await previewSpec(before(), { root: project(contents) }) });
    for (const [name, why] of [
      [/^main\.py/, "it is larger than 64.0 KiB"],
      [/^old\.py/, "it is binary, was dropped here, or"],
    ] as const) {
      await page.getByRole("treeitem", { name }).click();
      await page.getByText(`its text is not on this page: ${why}`).waitFor();
    }
  });

  test("are opened and closed with keys", async () => {
    const page = await open({ spec });
    const tree = page.getByRole("tree", { name: "Files" });
    await tree.getByRole("treeitem", { name: /^src/ }).click();
    await expect.poll(() => tree.getByRole("treeitem").count()).toBe(2);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => tree.getByRole("treeitem").count()).toBe(6);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^lib/);
  });

  test("that were left out are reported with the line that did it", async () => {
    const page = await open({ spec });
    const tree = page.getByRole("tree", { name: "Left out" });
    await tree.waitFor();
    await page.getByText("2 paths by 2 rules, 26 B").waitFor();
    expect(tidy(await tree.getByRole("treeitem").allInnerTexts())).toEqual([
      "**/node_modules .dockerignore:1, 1 path 20 B",
      "src/node_modules/ 1 file 20 B",
      "*.log exclude:1, 1 path 6 B",
      "src/debug.log 6 B",
    ]);
  });
});

describe("names", () => {
  test.each([
    ["image digest", spec.resolved?.imageDigest],
    ["snapshot ref", spec.resolved?.snapshotRef],
  ])("the %s is copied whole", async (name, value) => {
    const page = await open({ spec });
    await page.getByRole("button", { name: `Copy ${name}` }).click();
    await page.getByText(`The ${name} is in the clipboard.`).waitFor({ state: "attached" });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  });
});

test("what a server resolved is shown without loading the core", async () => {
  const page = await open({ spec });
  await page.getByRole("tree", { name: "Files" }).waitFor();
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  expect(loaded.filter((name) => name.endsWith(".wasm"))).toEqual([]);
});
