// What is shown cannot make itself look like something else.
import { Image } from "pithy-image";
import { previewSpec } from "pithy-image-preview/server";
import { expect, test } from "vitest";
import { stepsOf, useBrowser } from "./browser.ts";
import { odd, oddContents } from "./odd.ts";
import { project } from "./project.ts";

const { open } = useBrowser();

const REVERSED = "\u202e";
const UNSEEN = ["\u202e", "\u2066", "\u200b", "\u00ad", "\u061c", "\ufeff", "\u{e0041}", "\u0007", "\u001b"];

test("control, bidirectional and invisible characters are escapes, wherever they are", async () => {
  const [baseline, spec] = [
    await previewSpec(odd(""), { root: project(oddContents("")) }),
    await previewSpec(odd(REVERSED), { root: project(oddContents(REVERSED)) }),
  ];
  const page = await open({ spec, baseline, title: `a${REVERSED}b`, error: `at ${REVERSED}x` });
  await page.getByText("changed; ").waitFor();
  await page.getByText("left\\u202eout.log").waitFor();
  for (const step of await stepsOf(page).getByRole("listitem").all()) await step.click();
  const said = await page.evaluate(() => ({
    text: document.body.innerText,
    attributes: [...document.querySelectorAll("body *")].flatMap((element) =>
      [...element.attributes].map(({ value }) => value),
    ),
  }));
  expect(said.text.split("\n").filter((line) => line.includes(REVERSED))).toEqual([]);
  expect(said.attributes.filter((value) => value.includes(REVERSED))).toEqual([]);
  for (const text of [
    "a\\u202etxt.exe",
    "/srv/\\u202eapp",
    "value\\u202e",
    "echo \\u202ehi",
    "label\\u202e",
    "a\\u202eb",
  ]) {
    expect(said.text).toContain(text);
  }
});

test.each(UNSEEN)("so are others: %j", async (character) => {
  const page = await open({
    spec: Image.base("debian:12")
      .env({ A: `x${character}y` })
      .toJSON(),
  });
  const purpose = stepsOf(page).locator(".pithy-purpose").nth(1);
  const shown = [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
    .join("");
  expect(await purpose.innerText()).toBe(`Sets A=x${shown}y in the environment.`);
});

test("emoji of several characters, and other scripts, are what they are", async () => {
  const value = "👩🏽‍💻 ❤️ שלום 日本 é";
  const page = await open({ spec: Image.base("debian:12").env({ A: value }).toJSON() });
  expect(await stepsOf(page).locator(".pithy-purpose").nth(1).innerText()).toBe(`Sets A=${value} in the environment.`);
});
