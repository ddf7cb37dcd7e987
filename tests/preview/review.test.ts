// A bad change, as a reviewer meets it.
import { Image } from "pithy-image";
import { type PreparedSpec, previewSpec } from "pithy-image-preview/server";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { inLine, NARROW, stepsOf, useBrowser, verdictOf } from "./browser.ts";
import { drop } from "./drop.ts";
import { BAD, bad, GOOD, good, KEY } from "./odd.ts";
import { project } from "./project.ts";

const { open } = useBrowser();

let baseline: PreparedSpec;
let spec: PreparedSpec;
let page: Page;

beforeAll(async () => {
  baseline = await previewSpec(good(), { root: project(GOOD) });
  spec = await previewSpec(bad(), { root: project(BAD) });
});

describe("what is dangerous", () => {
  test("is said on top, by its severity, and in a list that leads to the steps", async () => {
    page = await open({ spec, baseline });
    await verdictOf(page).getByText("changed; ").waitFor();
    expect(inLine(await verdictOf(page).locator(".pithy-summary").innerText())).toBe(
      "Changed; 6 of 6 steps built again 2 errors, 6 warnings, all new",
    );
    const lines = (await verdictOf(page).getByRole("list", { name: "What the change brought" }).innerText()).split(
      "\n",
    );
    expect(lines.slice(0, 2)).toEqual([
      "error API_KEY holds a secret, which everybody who uses the image can read. 6 env",
      expect.stringMatching(/^error keys\/id_ed25519 is a private key/),
    ]);
    expect(lines).toHaveLength(8);
    const findings = page.getByRole("region", { name: "Findings" }).getByRole("listitem");
    const rows = (await findings.allInnerTexts()).map(inLine);
    const expected = [
      /^error API_KEY holds a secret.* secret_in_variable new 6 env/,
      /^error keys\/id_ed25519 is a private key.* private_key_sent new 4 addLocalDir/,
      /^warning python:latest .* unpinned_base new 1 base/,
      /^warning .*evil\.example\.net.* pipe_to_shell new 2 runCommands/,
      /^warning chmod 777 .* world_writable new 5 runScript/,
      /^warning The image runs as root now.* user_removed new/,
      /^warning A checksum .* checksum_removed new 2 runCommands/,
      /^warning evil\.example\.net is a new host.* download_host_changed new 2 runCommands/,
    ];
    expect(rows).toHaveLength(expected.length);
    for (const what of expected) expect(rows).toContainEqual(expect.stringMatching(what));
    await findings.first().getByRole("link", { name: "6 env" }).click();
    expect(await stepsOf(page).locator("[aria-current=true]").innerText()).toContain("API_KEY");
  });

  test("that was there before is not called new", async () => {
    page = await open({ spec, baseline: spec });
    await verdictOf(page)
      .getByText(/^2 errors, \d warnings, none new$/)
      .waitFor();
    expect(await verdictOf(page).getByRole("list", { name: "What the change brought" }).count()).toBe(0);
  });

  test("is at its step as well", async () => {
    page = await open({ spec, baseline });
    const step = stepsOf(page).getByRole("listitem").filter({ hasText: "Copies what is in keys" });
    expect(inLine(await step.locator(".pithy-finding-error").innerText())).toMatch(/is a private key/);
  });

  test("is said of an image alone, too", async () => {
    page = await open({ spec: { ...spec, callSites: {} } });
    const summary = page.getByRole("region", { name: "Summary" });
    expect(inLine(await summary.locator(".pithy-summary").innerText())).toMatch(/^6 steps 2 errors, 3 warnings/);
  });

  test("that is about no step is in the list", async () => {
    const [finding] = spec.resolved?.findings ?? [];
    if (!spec.resolved || !finding) throw new Error("no finding");
    const whole = { ...finding, path: "", message: "It is all too large." };
    page = await open({ spec: { ...spec, resolved: { ...spec.resolved, findings: [whole] } } });
    await page.getByRole("region", { name: "Findings" }).getByText("It is all too large.").waitFor();
  });

  test("is explained by the page of its rule, where that is here", async () => {
    const text = "What is `downloaded` may change.\n\n## Bad\n\n```dockerfile\nRUN curl a | sh\n```\n";
    page = await open({ spec, baseline, rules: { pipe_to_shell: { title: "Run unseen", text } } });
    const row = page
      .getByRole("region", { name: "Findings" })
      .getByRole("listitem")
      .filter({ hasText: "pipe_to_shell" });
    expect(await row.getByText("Run unseen").isVisible()).toBe(false);
    await row.getByText("pipe_to_shell").click();
    await row.getByText("What is downloaded may change.").waitFor();
    expect(await row.locator("pre").innerText()).toBe("RUN curl a | sh");
  });

  test("shows no secret anywhere", async () => {
    page = await open({ spec, baseline });
    await verdictOf(page).waitFor();
    expect(await page.content()).not.toContain(KEY);
  });

  test("shows none of a bare definition either, once the core is there, and computes its names from it", async () => {
    const image = (key: string) =>
      Image.base("a:1.2").arg("TOKEN", key).env({ API_KEY: key }).addLocalDir("src", "/app");
    const root = project(GOOD);
    const { imageDigest } = await image(KEY).resolve({ root });
    page = await open({ spec: image(KEY).toJSON(), baseline: image(KEY.replace("q", "p")).toJSON() });
    await verdictOf(page).locator(".pithy-strip").waitFor();
    await page.getByText("unknown until").first().waitFor();
    expect(await page.content()).not.toMatch(/[qp]8Zr2LkV9/);
    await drop(page, root);
    await page.getByText(imageDigest).waitFor();
    await page.getByText("Secrets are masked here as ***.").waitFor();
    expect(await page.content()).not.toMatch(/[qp]8Zr2LkV9/);
  });
});

describe("a text of several lines", () => {
  const diffOf = (page: Page) => stepsOf(page).getByRole("figure", { name: "script" });

  test("is compared line by line, and word by word within a line", async () => {
    page = await open({ spec, baseline });
    const diff = diffOf(page);
    expect(inLine(await diff.getByText("lines added").innerText())).toBe("2 lines added, 1 line removed");
    expect(await diff.locator(".pithy-diff-line.pithy-removed").allInnerTexts()).toEqual([
      expect.stringContaining(".venv/bin/pip install --upgrade pip"),
    ]);
    expect((await diff.locator("ins").allInnerTexts()).join("")).toContain("openai");
  });

  test("is shown whole, and side by side", async () => {
    const long = (last: string) => Image.base("a:1").runScript(`${"echo same\n".repeat(30)}${last}\n`);
    page = await open({ spec: await previewSpec(long("after")), baseline: await previewSpec(long("before")) });
    const diff = diffOf(page);
    const lines = diff.locator(".pithy-diff-line");
    await expect.poll(() => lines.count()).toBe(5);
    await diff.getByRole("button", { name: "Changes only" }).click();
    await expect.poll(() => lines.count()).toBe(32);
    await diff.getByRole("button", { name: "Side by side" }).click();
    const last = diff.locator(".pithy-diff-pair").last();
    expect((await last.locator("code").allInnerTexts()).map(inLine)).toEqual(["removed: before", "added: after"]);
  });

  test("leads from change to change, with its buttons in view", async () => {
    const part = `${"echo same\n".repeat(60)}`;
    const three = (word: string) => Image.base("a:1").runScript(`${word} 1\n${part}${word} 2\n${part}${word} 3\n`);
    page = await open({ spec: await previewSpec(three("after")), baseline: await previewSpec(three("before")) });
    const diff = diffOf(page);
    await diff.getByRole("button", { name: "Changes only" }).click();
    const [next, previous] = ["Next", "Previous"].map((which) => diff.getByRole("button", { name: `${which} change` }));
    const steps = [
      [previous, 3],
      [next, 1],
      [next, 2],
      [previous, 1],
    ] as const;
    for (const [button, change] of steps) {
      await button?.press("Enter");
      await expect.poll(() => diff.getByRole("status").innerText()).toBe(`change ${change} of 3`);
      const current = diff.locator(".pithy-diff-current");
      expect((await current.locator("code").allInnerTexts()).map(inLine)).toEqual([
        `removed: before ${change}`,
        `added: after ${change}`,
      ]);
      for (const row of [current.first(), current.last(), next]) {
        expect(await row?.evaluate(isSeen), `change ${change}`).toBe(true);
      }
    }
  });

  test("has its buttons where a mouse presses them, also beside a long text that is cut, below the head of a host", async () => {
    const [was, now] = ["a", "b"].map((word) => `${word} 1\n${"same\n".repeat(30)}${word} 2\n`);
    const image = (text = "") => Image.base("a:1").addFile(`/srv/${"long/".repeat(80)}x`, text);
    const specs = { spec: await previewSpec(image(now)), baseline: await previewSpec(image(was)) };
    page = await open(specs, { viewport: { width: 320, height: 568 } });
    await page.evaluate(() => {
      const host = new CSSStyleSheet();
      const head = "display: block; position: sticky; z-index: 1; top: 0; height: 60px; background: red";
      host.replaceSync(`body::before { content: "Host"; ${head} } :root { --pithy-top: 60px }`);
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, host];
    });
    const diff = stepsOf(page).getByRole("figure", { name: "text" });
    for (const at of [1, 2, 1]) {
      await diff.getByRole("button", { name: "Next change" }).click();
      await expect.poll(() => diff.getByRole("status").innerText()).toBe(`change ${at} of 2`);
    }
    expect(await diff.locator(".pithy-diff-current").last().evaluate(isSeen)).toBe(true);
    expect(await diff.getByRole("button", { name: "Next change" }).evaluate(isSeen)).toBe(true);
  });

  test("of one change leads to it where the text is shown whole", async () => {
    const long = (first: string) => Image.base("a:1").runScript(`${"echo same\n".repeat(90)}${first}\n`);
    page = await open({ spec: await previewSpec(long("after")), baseline: await previewSpec(long("before")) });
    const diff = diffOf(page);
    const next = diff.getByRole("button", { name: "Next change" });
    await diff.getByRole("button", { name: "Changes only" }).waitFor();
    expect(await next.count()).toBe(0);
    await diff.getByRole("button", { name: "Changes only" }).click();
    await next.click();
    expect(await diff.locator(".pithy-diff-current").last().evaluate(isSeen)).toBe(true);
  });
});

describe("addresses", () => {
  test("lead to a step, and choose it", async () => {
    page = await open({ spec, baseline });
    await page.goto(`${page.url()}#step-5`);
    await page.reload();
    const chosen = stepsOf(page).locator("[aria-current=true]");
    await chosen.waitFor();
    expect(await chosen.locator(".pithy-call").innerText()).toBe("runScript");
    await expect.poll(() => isInView(page, "#step-5")).toBe(true);
  });

  test("lead to a finding", async () => {
    page = await open({ spec, baseline }, { viewport: NARROW });
    await page.goto(`${page.url()}#finding-7`);
    await page.reload();
    await page.locator("#finding-7").waitFor();
    await expect.poll(() => isInView(page, "#finding-7")).toBe(true);
  });

  test("are those of the strip", async () => {
    page = await open({ spec, baseline });
    await verdictOf(page).getByText("changed; ").waitFor();
    const cells = page.getByRole("list", { name: "Steps at a glance" }).getByRole("link");
    const labels = await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-label")));
    expect(labels).toEqual([
      "1 base: changed",
      "2 runCommands: changed",
      "3 addLocalDir: changed",
      "4 addLocalDir: added",
      "5 runScript: changed",
      "6 env: changed",
      "6 user: removed",
    ]);
    await cells.nth(4).click();
    expect(new URL(page.url()).hash).toBe("#step-5");
    await expect.poll(() => isInView(page, "#step-5")).toBe(true);
  });

  test("leave the way back to where the page was, and choose once more what another click has left", async () => {
    page = await open({ spec, baseline });
    await verdictOf(page).getByText("changed; ").waitFor();
    const linkTo = (step: string) => verdictOf(page).locator(".pithy-answer-main").getByRole("link", { name: step });
    const chosen = stepsOf(page).locator("[aria-current=true] .pithy-call");
    await page.evaluate(() => scrollTo(0, 40));
    for (const [step, call] of [
      ["5 runScript", "runScript"],
      ["6 env", "env"],
    ] as const) {
      await linkTo(step).click();
      await expect.poll(() => chosen.allInnerTexts()).toEqual([call]);
    }
    await page.goBack();
    await expect.poll(() => chosen.allInnerTexts()).toEqual(["runScript"]);
    await page.goBack();
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(40);
    await linkTo("5 runScript").click();
    await stepsOf(page).getByRole("listitem").first().locator(".pithy-purpose").click();
    await expect.poll(() => chosen.allInnerTexts()).toEqual(["base"]);
    await linkTo("5 runScript").click({ modifiers: ["Control"] });
    expect(await chosen.allInnerTexts()).toEqual(["base"]);
    await linkTo("5 runScript").click();
    await expect.poll(() => chosen.allInnerTexts()).toEqual(["runScript"]);
  });
});

const isInView = (page: Page, selector: string): Promise<boolean> =>
  page.locator(selector).evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });

/** Whether the middle of an element is in view, and nothing lies over it. */
function isSeen(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}

test("addresses lead to a file, which they open", async () => {
  page = await open({ spec, baseline });
  await page.goto(`${page.url()}#file-src%2Fmain.py`);
  await page.reload();
  const files = page.getByRole("region", { name: "Files", exact: true });
  await files.getByRole("figure", { name: "src/main.py" }).waitFor();
  await files.getByRole("link", { name: "src/main.py" }).click();
  expect(new URL(page.url()).hash).toBe("#file-src%2Fmain.py");
});

test("all of it is reached by keys alone", async () => {
  page = await open({ spec, baseline });
  await verdictOf(page).getByText("changed; ").waitFor();
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "",
    );
  const tabTo = async (wanted: RegExp) => {
    for (let presses = 0; presses < 120; presses++) {
      await page.keyboard.press("Tab");
      if (wanted.test(await focused())) return;
    }
    throw new Error(`Tab does not lead to ${wanted}`);
  };
  await tabTo(/^1 base: changed$/);
  for (let step = 1; step < 5; step++) await page.keyboard.press("ArrowRight");
  expect(await focused()).toBe("5 runScript: changed");
  await page.keyboard.press("Enter");
  expect(await stepsOf(page).locator("[aria-current=true] .pithy-call").innerText()).toBe("runScript");
  await tabTo(/^5Runs a script/);
  await page.keyboard.press("End");
  expect(await stepsOf(page).locator("[aria-current=true]").innerText()).toContain("removed");
  await page.keyboard.press("Home");
  expect(await focused()).toMatch(/Starts from/);
  await tabTo(/FROM python/);
  await page.keyboard.press("ArrowDown");
  expect(await focused()).toMatch(/RUN/);
  await tabTo(/^Largest first$/);
  await tabTo(/^src/);
  while (!(await focused()).startsWith("id_ed25519")) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page
    .getByRole("region", { name: "Files", exact: true })
    .getByRole("figure", { name: /id_ed25519/ })
    .waitFor();
});

test("is printed whole, and selected whole", async () => {
  const many = Array.from({ length: 150 }, (_, index) => index);
  const long = many.reduce((image, index) => image.env({ [`NAME_${index}`]: "x" }), Image.base("a:1"));
  page = await open({ spec: await previewSpec(long) }, { viewport: { width: 1440, height: 600 } });
  await stepsOf(page).waitFor();
  const selected = await page.evaluate(() => {
    getSelection()?.selectAllChildren(document.body);
    return getSelection()?.toString() ?? "";
  });
  for (const name of ["NAME_0=x", "NAME_149=x"]) expect(selected).toContain(name);
  await page.emulateMedia({ media: "print" });
  const cut = await page.evaluate(
    () =>
      [...document.querySelectorAll(".pithy-list")].filter(
        ({ clientHeight, scrollHeight }) => scrollHeight > clientHeight + 1,
      ).length,
  );
  expect(cut).toBe(0);
});

test("long commands are cut until they are chosen", async () => {
  const command = `echo ${"one two three ".repeat(200)}`;
  page = await open({ spec: await previewSpec(Image.base("a:1").runCommands(command).workdir("/a")) });
  const row = stepsOf(page).getByRole("listitem").nth(1);
  const height = async () => (await row.boundingBox())?.height ?? 0;
  expect(await height()).toBeLessThan(220);
  await row.locator(".pithy-purpose").click();
  await expect.poll(height).toBeGreaterThan(400);
});

describe("the wheel", () => {
  test.each([
    ["wide", { width: 1440, height: 700 }],
    ["narrow", NARROW],
  ])("scrolls the page wherever the mouse is: %s", async (_, viewport) => {
    page = await open({ spec, baseline }, { viewport });
    await stepsOf(page).waitFor();
    for (const name of ["Steps", "Dockerfile", "Files"]) {
      const region = page.getByRole("region", { name, exact: true });
      await region.scrollIntoViewIfNeeded();
      const box = await region.boundingBox();
      if (!box) throw new Error(name);
      await page.mouse.move(box.x + box.width / 2, Math.max(Math.min(box.y + box.height / 2, viewport.height - 5), 5));
      const there = () => page.evaluate(() => scrollY);
      for (let turns = 0; turns < 30 && (await there()) > 0; turns++) await page.mouse.wheel(0, -400);
      await expect.poll(there).toBe(0);
    }
  });
});

test("call sites lead to the repository's host, and to nothing else", async () => {
  const callSites = { "/steps/0": "lib/im age.ts:3:7", "/steps/1": "lib/image.ts:4:7" };
  const link = async (sourceLink: string) => {
    const page = await open({ spec: { ...spec, callSites }, sourceLink });
    await stepsOf(page).locator(".pithy-call-site").first().waitFor();
    return stepsOf(page)
      .locator("a.pithy-call-site")
      .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href));
  };
  expect(await link("https://host.example/blob/1a2b/{path}#L{line}")).toEqual([
    "https://host.example/blob/1a2b/lib/im%20age.ts#L3",
    "https://host.example/blob/1a2b/lib/image.ts#L4",
  ]);
  expect(await link("javascript:alert('{path}')")).toEqual([]);
});
