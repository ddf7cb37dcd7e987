import { gzipSync } from "node:zlib";
import { Image } from "pithy-image";
import { previewSpec } from "pithy-image-preview/server";
import { expect, test } from "vitest";
import { dockerfileOf, focusOn, stepsOf, useBrowser } from "./browser.ts";
import { type Contents, project } from "./project.ts";

const { open } = useBrowser();

const STEPS = 500;
const FILES = 5000;

const contents: Contents = {};
for (let index = 0; index < FILES; index++) contents[`src/part-${index % 50}/file-${index}.txt`] = `${index}`;

const first = Image.base("debian:12").addLocalDir("src", "/src");
let image = first;
for (let index = 2; index < STEPS; index++) image = image.env({ [`NAME_${index}`]: `${index}` });
const root = project(contents);
const spec = await previewSpec(image, { root });

/** More elements make a page slow. */
const MANY = 20_000;

test(`${STEPS} steps and ${FILES} files: all steps are in the document, and of the files what is in view`, async () => {
  const page = await open({ spec });
  const elements = () => page.evaluate(() => document.querySelectorAll("*").length);
  await page.getByText(`${STEPS} steps`).first().waitFor();
  await page.getByText(`${FILES.toLocaleString("en")} files`).waitFor();
  expect(await elements()).toBeLessThan(MANY);

  expect(await stepsOf(page).getByRole("listitem").count()).toBe(STEPS);
  await focusOn(stepsOf(page));
  await page.keyboard.press("End");
  expect(await stepsOf(page).locator("[aria-current=true]").innerText()).toContain(`NAME_${STEPS - 1}`);
  const chosen = dockerfileOf(page).locator("[aria-current=true]");
  await expect.poll(() => chosen.innerText()).toContain(`NAME_${STEPS - 1}`);
  expect(await elements()).toBeLessThan(MANY);

  const tree = page.getByRole("tree", { name: "Files" });
  await tree.getByRole("treeitem", { name: /^part-0/ }).click();
  await page.keyboard.press("End");
  await tree.getByRole("treeitem", { name: /^part-9/ }).waitFor();
  expect(await elements()).toBeLessThan(MANY);
});

test(`the data of ${FILES} files is at most 100 KB with gzip`, async () => {
  const files = await previewSpec(first, { root });
  expect(gzipSync(JSON.stringify(files)).length).toBeLessThanOrEqual(100_000);
});

test("the mouse over a step costs no more than the rows in view", async () => {
  const page = await open({ spec });
  await page.getByText("NAME_2=").first().waitFor();
  const changes = await page.evaluate(async () => {
    let count = 0;
    const begun = new Promise<void>((done) => {
      const observer = new MutationObserver((records) => {
        count += records.length;
        done();
      });
      observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    const rows = [...document.querySelectorAll(".pithy-steps li")].slice(0, 2);
    for (const row of rows) row.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    await begun;
    for (let frames = 0; frames < 5; frames += 1) await new Promise(requestAnimationFrame);
    return count;
  });
  expect(changes).toBeLessThan(20);
});
