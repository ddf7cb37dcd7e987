/** Where the page leads from a line of code. */
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { editorLink, repositoryLink } from "../../npm/pithy-image/src/cli/page/source-link.ts";

const JOB = { GITHUB_SERVER_URL: "https://host.example", GITHUB_REPOSITORY: "me/app", GITHUB_SHA: "1a2b" };
const here = process.cwd();

test.each([
  ["at the top", here, "https://host.example/me/app/blob/1a2b/{path}#L{line}"],
  ["below it", dirname(here), `https://host.example/me/app/blob/1a2b/${basename(here)}/{path}#L{line}`],
  ["elsewhere", join(here, "other"), undefined],
  ["in no job", undefined, undefined],
])("to the repository's host: %s", (_, top, link) => {
  expect(repositoryLink({ ...JOB, GITHUB_WORKSPACE: top })).toBe(link);
});

test("to the editor whose terminal it is, and to no other", () => {
  expect(editorLink({ TERM_PROGRAM: "vscode" })).toBe(`vscode://file${here}/{path}:{line}:{column}`);
  expect(editorLink({ TERM_PROGRAM: "other" })).toBeUndefined();
});
