/** The commands that the documentation shows: each is there, with its options. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DOCUMENTS } from "../documents.ts";
import { CLI, node, TOP } from "./helpers.ts";

const PLACES = [...DOCUMENTS, "examples/github-action/images.yml"];

/** A command up to a comment, a redirection, another command or the end of Markdown's comment. */
const COMMAND = /npx pithy-image ((?:(?!-->)[^#\n>|`;])*)/g;

const commands = new Set(
  PLACES.flatMap((name) =>
    [...readFileSync(join(TOP, name), "utf8").matchAll(COMMAND)].map(([, words = ""]) =>
      words.replace(/ -- .*/, "").trim(),
    ),
  ),
);

describe("the documentation", () => {
  test("shows commands", () => expect(commands.size).toBeGreaterThan(10));

  test.each([...commands])("pithy-image %s", async (words) => {
    const args = words.replaceAll(/"[^"]*"/g, "main").split(/\s+/);
    expect(await node([CLI, ...args, "--help"])).toMatchObject({ code: 0, stderr: "" });
  });
});
