// The style sheets of hosts: none of them changes the component, wherever it stands among the sheets of the page.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { compile } from "tailwindcss";
import { expect, test } from "vitest";
import { sampled } from "../sample.ts";
import { useBrowser } from "./browser.ts";
import { hostPage } from "./host.ts";
import { SIGHTS } from "./sights.ts";

const { resolve } = createRequire(import.meta.url);
const sheet = (path: string): Promise<string> => readFile(resolve(path), "utf8");

/** What Tailwind's compiler emits for a page with these classes. */
async function tailwind(source: string, classes: string[]): Promise<string> {
  const loadStylesheet = async (id: string, base: string) => {
    const path = resolve(id === "tailwindcss" ? "tailwindcss/index.css" : id);
    return { path, base, content: await sheet(path) };
  };
  return (await compile(source, { loadStylesheet })).build(classes);
}

/** A page that styles what is in one of its elements: heavier than the rules of any library. */
const BY_ID = `
  #here :is(a, button, code, h2, h3, header, label, li, ol, p, pre, section, span, strong, table, td, textarea, th, ul):not(.x, [x]) {
    margin: 3px; border: 2px solid red; background: yellow; color: red; font: 30px serif; text-transform: uppercase;
  }
  #here :is(p, summary, li)::before { content: "x"; padding: 9px }
  body { letter-spacing: 2px; word-spacing: 5px; text-indent: 9px; white-space: nowrap; cursor: help; font: 30px serif; color: red }
  html { font-size: 62.5% }
`;

const HOSTS: Record<string, string> = {
  Bootstrap: await sheet("bootstrap/dist/css/bootstrap.css"),
  Tailwind: await tailwind('@import "tailwindcss";', ["mt-8", "border"]), // in layers
  "Tailwind's preflight in no layer": await tailwind('@import "tailwindcss/preflight.css";', []),
  Pico: await sheet("@picocss/pico/css/pico.css"),
  "GitHub's Markdown": await sheet("github-markdown-css/github-markdown.css"),
  "a page with rules by an id": BY_ID,
};

const PAGE = `<!doctype html>
<html lang="en"><head><title>A host</title><link rel="stylesheet" href="./host.css"></head>
<body><main class="markdown-body"><div id="here"></div><div id="own"></div></main><script type="module" src="./host.js"></script></body></html>`;

/** The room for the component is the host's: it has to be the same for a comparison. */
const HOST_CSS = `
#here { position: absolute; inset: 0 auto auto 0; width: 1200px }
#own { position: absolute; inset: 0 auto auto 1250px; width: 600px }
`;

const HOST_JS = `
import { createElement } from "react";
import { mountPreview } from "pithy-image-preview";
const sights = await (await fetch("./spec.json")).json();
for (const [name, { error: notice, ...props }] of Object.entries(sights)) {
  const element = document.querySelector("#here").appendChild(Object.assign(document.createElement("div"), { id: name }));
  mountPreview(element, { ...props, notice, anchorPrefix: name });
}
mountPreview(document.querySelector("#own"), {
  className: "mt-8 border",
  style: { maxWidth: "500px", "--pithy-line-strong": "rgb(1, 2, 3)" },
  notice: createElement("button", { className: "btn btn-primary" }, "Their own"),
});
`;

const { open } = useBrowser(await hostPage({ "index.html": PAGE, "host.css": HOST_CSS, "host.js": HOST_JS }));

/** All kinds of things that the component shows. */
const SHOWN = ["change", "review", "dockerfile-change", "files", "findings", "problems", "broken", "start"];

const SCHEMES = ["light", "dark"] as const;
const CASES = Object.keys(HOSTS).flatMap((host) => SCHEMES.map((colorScheme) => ({ host, colorScheme })));

test.each(sampled("hosts", CASES, 1 / 3))(
  "$host changes nothing, before or after the component's own styles, in $colorScheme",
  async ({ host, colorScheme }) => {
    const page = await openAll(colorScheme);
    for (const place of ["before", "after"] as const) {
      expect(await page.evaluate(differences, { css: HOSTS[host] ?? "", place }), place).toEqual([]);
    }
  },
);

test("what a host wishes of the outermost element, the variables and its own elements is done", async () => {
  const page = await open({} as never);
  await page.locator("#own textarea").waitFor();
  const style = (selector: string, property: string) =>
    page.locator(selector).evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  await page.evaluate(addSheets, [HOSTS.Bootstrap ?? "", HOSTS.Tailwind ?? ""]);
  expect(await style("#own .pithy", "margin-top")).toBe("32px");
  expect(await style("#own .pithy", "border-top-width")).toBe("1px");
  expect(await style("#own .pithy", "width")).toBe("500px");
  expect(await style("#own textarea", "border-top-color")).toBe("rgb(1, 2, 3)");
  expect(await style("#own .btn", "padding-left")).toBe("12px");
  expect(await style("#own .btn", "border-top-left-radius")).toBe("6px");
  await page.evaluate(() => document.querySelector<HTMLElement>("#own")?.style.setProperty("visibility", "hidden"));
  expect(await style("#own textarea", "visibility")).toBe("hidden");
});

/** Puts style sheets before those of the component; this runs in the page. */
function addSheets(all: string[]): void {
  const sheets = all.map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  document.adoptedStyleSheets = [...sheets, ...document.adoptedStyleSheets];
}

/** A page with all of it, and all in it open. */
async function openAll(colorScheme: "light" | "dark"): Promise<Page> {
  const sights = Object.fromEntries(SHOWN.map((name) => [name, SIGHTS[name]?.page ?? {}]));
  const page = await open(sights as never, { colorScheme });
  await page.evaluate((scheme) => {
    const { dataset, style } = document.documentElement;
    Object.assign(dataset, { theme: scheme, bsTheme: scheme }); // as Pico and Bootstrap have it
    style.colorScheme = scheme;
  }, colorScheme);
  const within = (name: string) => page.locator(`#${name}`);
  for (const name of SHOWN)
    await within(name)
      .locator(SIGHTS[name]?.ready ?? "")
      .first()
      .waitFor();
  const change = within("change");
  await change.getByRole("treeitem").getByText("main.py", { exact: true }).click();
  await change.locator(".pithy-file-text .pithy-diff").waitFor();
  await change.getByRole("button", { name: "Largest first" }).click();
  await change.locator(".pithy-area").first().waitFor();
  await within("review").getByRole("button", { name: "Side by side" }).first().click();
  for (const summary of await within("review").locator("summary").all()) await summary.click();
  await within("start").locator("textarea").fill('{ "format": "pithy-image/1", "steps": [{ "nope": {} }] }');
  await within("start").getByRole("button", { name: "Show the image" }).click();
  await within("start").locator(".pithy-problem").first().waitFor();
  await addProgress(page);
  return page;
}

/** The bar that is there while files are read, which is over too soon to be looked at. */
const addProgress = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const bar = Object.assign(document.createElement("div"), { className: "pithy-progress" });
    bar.append(Object.assign(document.createElement("progress"), { max: 3, value: 1 }), "1 of 3 files");
    document.querySelector("#files .pithy-drop")?.append(bar);
  });

/** What looks otherwise with a style sheet than without it; this runs in the page. */
function differences({ css, place }: { css: string; place: "before" | "after" }): string[] {
  /** What the component says of its outermost element, all else of which is the host's. */
  const OF_ROOT = [
    "color",
    "font-family",
    "font-size",
    "line-height",
    "text-align",
    "display",
    "box-sizing",
    "color-scheme",
  ];

  const styleOf = (element: Element, pseudo: string): string[] => {
    const style = getComputedStyle(element, pseudo);
    const isAbsent =
      pseudo === "::marker"
        ? style.display !== "list-item"
        : /^::(before|after)/.test(pseudo) && style.content === "none";
    if (isAbsent) return [];
    const names = element.matches(".pithy") ? OF_ROOT : [...style].filter((name) => !name.startsWith("--"));
    return names.map((name) => `${pseudo} ${name}: ${style.getPropertyValue(name)}`);
  };

  const boxOf = (element: Element, root: Element): string => {
    const [box, around] = [element.getBoundingClientRect(), root.getBoundingClientRect()];
    const numbers = [box.x - around.x, box.y - around.y, box.width, box.height];
    return `box: ${numbers.map((number) => number.toFixed(1)).join(" ")}`;
  };

  const nameOf = (element: Element | null): string =>
    element === null || element.id === "here"
      ? ""
      : `${nameOf(element.parentElement)} > ${element.localName}.${element.className}`;

  /** The box of each element, and all styles of one of each kind. */
  const look = (): Map<string, Set<string>> => {
    const seen = new Map<string, Set<string>>();
    for (const root of document.querySelectorAll("#here .pithy")) {
      for (const element of [root, ...root.querySelectorAll("*")]) {
        if (!element.checkVisibility()) continue;
        const name = nameOf(element);
        const facts =
          seen.get(name) ??
          new Set(
            ["", "::before", "::after", "::marker", "::placeholder"].flatMap((pseudo) => styleOf(element, pseudo)),
          );
        seen.set(name, facts.add(boxOf(element, root)));
      }
    }
    return seen;
  };

  const own = [...document.adoptedStyleSheets];
  const host = new CSSStyleSheet();
  host.replaceSync(css);
  const plain = look();
  document.adoptedStyleSheets = place === "before" ? [host, ...own] : [...own, host];
  const dressed = look();
  document.adoptedStyleSheets = own;
  const less = (one: typeof plain, other: typeof plain, sign: string) =>
    [...one].flatMap(([name, facts]) =>
      [...facts].filter((fact) => !other.get(name)?.has(fact)).map((fact) => `${sign} ${name} ${fact}`),
    );
  return [...less(plain, dressed, "-"), ...less(dressed, plain, "+")];
}
