// The package in pages of others: with React 18 and 19, beside styles of their own, in a shadow root, on a server.
import { Image } from "pithy-image";
import { ImagePreview } from "pithy-image-preview";
import { previewSpec } from "pithy-image-preview/server";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { useBrowser } from "./browser.ts";
import { hostPage } from "./host.ts";
import { BEFORE, before, project } from "./project.ts";

const spec = await previewSpec(before(), { root: project(BEFORE) });
const other = await previewSpec(Image.base("debian:12").env({ OTHER: "1" }));

const PAGE = `<!doctype html>
<html lang="en"><head><title>Another page</title><link rel="stylesheet" href="./host.css"></head>
<body><p id="own">Their own words</p><div id="here"></div><div id="shadow"></div>
<script type="module" src="./host.js"></script></body></html>`;

/** Rules for whole elements, as many pages have them. */
const HOST_CSS = "button { background: rgb(255, 0, 0); border-radius: 0 } p { color: rgb(0, 0, 255); margin: 50px }";

const HOST_JS = `
import { createElement, StrictMode, version } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { ImagePreview, mountPreview } from "pithy-image-preview";
const [spec, other] = await (await fetch("./spec.json")).json();
const shadow = document.querySelector("#shadow").attachShadow({ mode: "open" });
globalThis.hydrate = () => {
  const app = createElement(StrictMode, null, createElement(ImagePreview, { spec }));
  const html = renderToString(app);
  const element = document.body.appendChild(Object.assign(document.createElement("div"), { id: "hydrated", innerHTML: html }));
  const onRecoverableError = (error) => console.error(error);
  hydrateRoot(element, app, { onRecoverableError });
  return html;
};
const inside = shadow.appendChild(document.createElement("div"));
Object.assign(globalThis, { version, spec, other, mountPreview, preview: mountPreview(document.querySelector("#here"), { spec, theme: "dark" }) });
mountPreview(inside, { spec: other });
`;

describe.each([
  ["19", "pithy-image-tests-preview"],
  ["18", "pithy-image-tests-preview-react-18"],
])("React %s", async (version, owner) => {
  const { open } = useBrowser(await hostPage({ "index.html": PAGE, "host.css": HOST_CSS, "host.js": HOST_JS }, owner));

  test("mounts, shows something else, and leaves nothing behind", async () => {
    const page = await open([spec, other] as never);
    await page
      .locator("#here")
      .getByText(spec.resolved?.imageDigest ?? "")
      .waitFor();
    expect(await page.evaluate("version")).toMatch(new RegExp(`^${version}\\.`));
    await page.evaluate("preview.update({ spec: other })");
    await page
      .locator("#here")
      .getByText(other.resolved?.imageDigest ?? "")
      .waitFor();
    await page.evaluate("preview.unmount()");
    expect(await page.locator("#here").innerHTML()).toBe("");
  });

  test.each<[string, string, string]>([
    ["no spec", "{ spec: { nonsense: 1 } }", "`spec.steps` must be a list, and is missing."],
    [
      "no definition",
      "{ spec: { definition: null, resolved: {} } }",
      "`spec.definition` must be a definition, and is null.",
    ],
    [
      "a step that is none",
      "{ spec: { steps: [1] } }",
      "`spec.steps[0]` must be an object with one field, its call, and is 1.",
    ],
    [
      "half of a resolved image",
      "{ spec: { ...other, resolved: {} } }",
      "`spec.resolved.contexts` must be a list, and is missing.",
    ],
    ["no plan", "{ spec: other, plan: { steps: 1 } }", "`plan.files` must be a list, and is missing."],
    ["a baseline that is none", "{ spec: other, baseline: [] }", "`baseline` must be a definition"],
    ["what no check foresees", "{ spec: { ...other, resolved: { ...other.resolved, files: [{ path: 1 }] } } }", ""],
  ])("says what is wrong where it is, and leaves the page alone: %s", async (_, props, message) => {
    const page = await open([spec, other] as never, {}, { ignoring: /TypeError|The above error occurred/ });
    await page
      .locator("#here")
      .getByText(spec.resolved?.imageDigest ?? "")
      .waitFor();
    await page.evaluate(`preview.update(${props})`);
    const alert = page.locator("#here").getByRole("alert");
    expect(await alert.innerText()).toContain(`The image cannot be shown: ${message.replaceAll("`", "")}`);
    expect(await page.locator("#own").innerText()).toBe("Their own words");
    await page.evaluate("preview.update({ spec: other })");
    await page
      .locator("#here")
      .getByText(other.resolved?.imageDigest ?? "")
      .waitFor();
    expect(await alert.count()).toBe(0);
  });

  test("takes over what a server rendered, in strict mode", async () => {
    // React 18 says so because what renders is a browser here, and effects are chosen by that.
    const page = await open([spec, other] as never, {}, { ignoring: /useLayoutEffect does nothing on the server/ });
    await expect.poll(() => page.evaluate("typeof preview")).toBe("object");
    expect(await page.evaluate("hydrate()")).not.toContain(" style="); // which a strict policy forbids
    const row = page.locator("#hydrated").getByText("Works in");
    await expect
      .poll(async () => {
        await row.click();
        return page.locator("#hydrated .pithy-steps [aria-current=true]").count();
      })
      .toBe(1);
  });

  test("says which step was chosen, and begins with one", async () => {
    const page = await open([spec, other] as never);
    await expect.poll(() => page.evaluate("typeof preview")).toBe("object");
    await page.evaluate(
      `globalThis.chosen = []; preview.unmount();
       mountPreview(document.querySelector("#here"), { spec, defaultSelected: "/steps/1", onSelect: (step) => chosen.push(step) })`,
    );
    const here = page.locator("#here");
    expect(await here.locator(".pithy-steps [aria-current=true]").innerText()).toContain(
      "Installs the Debian packages",
    );
    await here.getByText("Works in").click();
    await here.locator(".pithy-dockerfile").getByText("FROM", { exact: true }).last().click();
    expect(await page.evaluate("chosen")).toEqual(["/steps/6", "/steps/0"]);
  });

  test("has a theme from outside, and the scheme of the page around it", async () => {
    const page = await open([spec, other] as never, { colorScheme: "dark" });
    const style = (selector: string, property: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    const panel = "#shadow .pithy-panel";
    await page.locator(panel).first().waitFor();
    expect(await style(panel, "background-color")).toBe("rgb(255, 255, 255)"); // the host is light, whatever the reader prefers
    await page.evaluate("document.documentElement.style.colorScheme = 'dark'");
    expect(await style(panel, "background-color")).not.toBe("rgb(255, 255, 255)");
    await page.evaluate("document.body.style.setProperty('--pithy-back', 'rgb(1, 2, 3)')");
    expect(await style(panel, "background-color")).toBe("rgb(1, 2, 3)");
  });

  test("brings its styles, and leaves those of the page alone", async () => {
    const page = await open([spec, other] as never);
    const style = (selector: string, property: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    await page.locator("#here .pithy-button").first().waitFor();
    expect(await style("#own", "color")).toBe("rgb(0, 0, 255)");
    expect(await style("#here .pithy-purpose", "margin-top")).toBe("0px");
    expect(await style("#here .pithy-button", "border-top-left-radius")).toBe("6px");
    expect(await style("#here .pithy-button", "background-color")).not.toBe("rgb(255, 0, 0)");
    expect(await style("#here > .pithy", "color-scheme")).toBe("dark");
    expect(await style("#shadow .pithy-button", "border-top-left-radius")).toBe("6px");
  });
});

test("a server renders the summary, the steps and the Dockerfile", () => {
  const html = renderToString(
    createElement(ImagePreview, { spec, baseline: spec, plan: undefined, title: "An image" }),
  );
  const text = html.replaceAll(/<[^>]*>/g, "");
  for (const words of ["An image", "7 steps", "Installs the Debian packages git, curl and wget.", "apt-get install"]) {
    expect(text).toContain(words);
  }
});

test("what a server prepares has no path of that server", async () => {
  const root = project(BEFORE);
  const prepared = await previewSpec(before().aptInstall("one two"), { root });
  for (const text of [JSON.stringify(await previewSpec(before(), { root })), JSON.stringify(prepared)]) {
    expect(text).not.toContain(root);
    expect(text).not.toContain(process.cwd());
  }
  expect(Object.values(prepared.callSites ?? {})).toContainEqual(expect.stringMatching(/^project\.ts:\d+:\d+$/));
});

test("what a server prepares is plain data, which crosses as JSON", () => {
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  expect(Object.getPrototypeOf(spec.resolved)).toBe(Object.prototype);
});

test("what is wrong with a file does not tell where the root is", async () => {
  const root = project({});
  const { problems = [] } = await previewSpec(Image.base("a:1").addLocalFile("nope.txt", "/x"), { root });
  expect(problems[0]?.message).toContain("`nope.txt`");
  expect(JSON.stringify(problems)).not.toContain(root);
  const outside = await previewSpec(Image.base("a:1").addLocalFile("/etc/passwd", "/x"), { root });
  expect(outside.problems?.length).toBe(1);
});

test("the value of an argument is masked by its name", async () => {
  const key = "q8Zr2LkV9mXw4TnB7cJd5HsF";
  const spec = await previewSpec(Image.base("debian:12").arg("BUILD_TOKEN", key));
  expect(spec.isMasked).toBe(true);
  expect(JSON.stringify(spec)).not.toContain(key);
});

test("the data of a preview holds no secret", async () => {
  const key = "q8Zr2LkV9mXw4TnB7cJd5HsF";
  const spec = await previewSpec(Image.base("debian:12").env({ API_KEY: key }));
  expect(spec.resolved?.dockerfile).toContain('API_KEY="***"');
  expect(JSON.stringify(spec)).not.toContain(key);
});
