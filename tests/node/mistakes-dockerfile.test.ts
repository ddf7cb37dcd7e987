/**
 * Mistakes of the Daytona SDK with Dockerfiles, by number: each is shown with the installed SDK, and then that ours does not
 * make it.
 */
import { join } from "node:path";
import { Image } from "pithy-image";
import { entriesOf } from "pithy-image-tests-daytona/uploader";
import { expect, test } from "vitest";
import { errorOf, files } from "./helpers.ts";
import { enter, kept, Ours, Sdk, sent } from "./mistakes.ts";

type Sent = Parameters<typeof sent>[0];

/** What the SDK's own import sends, by the paths at the runner. */
const theirPaths = async (image: Sent): Promise<string[]> => kept((await sent(image)).entries).sort();

/** The files that ours sends, as they are or in trees. */
async function ourPaths(image: Sent): Promise<string[]> {
  const { entries } = await sent(image);
  const trees = entries.filter(({ path }) => path.endsWith("/tree.tar"));
  const packed = (await Promise.all(trees.map(({ content }) => entriesOf(content)))).flat();
  const plain = entries.filter(({ path, type }) => type === "File" && !path.endsWith("/tree.tar"));
  return kept([...plain, ...packed])
    .map((entry) => entry.replace(/^ctx\/[0-9a-f]{32}\//, ""))
    .sort();
}

test("(26) what ADD and mounts take is sent", async () => {
  enter(
    files({
      Dockerfile: "FROM a:1\nADD a.txt /a\nRUN --mount=type=bind,source=b.txt,target=/b cat /b\n",
      "a.txt": "a",
      "b.txt": "b",
    }),
  );
  expect(Sdk.fromDockerfile("Dockerfile").contextList).toEqual([]);
  expect(await ourPaths(Ours.fromDockerfile("Dockerfile"))).toEqual(["a.txt a", "b.txt b"]);
});

test("(27) variables, heredocs and other escape characters are read as Docker reads them", async () => {
  const text = "# escape=`\nFROM a:1\nARG DIR=src\nCOPY $DIR/a.txt `\n  /a\nRUN <<EOF\nCOPY secret.txt /s\nEOF\n";
  const root = enter(files({ Dockerfile: text, "src/a.txt": "a", "secret.txt": "s" }));
  // The variable is looked for as a file, and a line of a script is an instruction to it.
  const theirs = Sdk.fromDockerfile("Dockerfile").contextList.map(({ sourcePath }) => sourcePath);
  expect(theirs).not.toContain(join(root, "src/a.txt"));
  expect(theirs).toContain(join(root, "secret.txt"));

  expect(await ourPaths(Ours.fromDockerfile("Dockerfile"))).toEqual(["a.txt a"]);
});

test("(27) what a wildcard matches is sent, and what an ignore file leaves out is not", async () => {
  const tree = {
    "a.txt": "a",
    ".env": "KEY",
    "sub/b.txt": "b",
    ".dockerignore": "**/.env\nDockerfile\n.dockerignore\n",
  };
  enter(files({ Dockerfile: "FROM a:1\nCOPY . /app/\nCOPY *.txt /t/\n", ...tree }));
  expect((await theirPaths(Sdk.fromDockerfile("Dockerfile"))).join()).toContain(".env");
  expect(new Set(await ourPaths(Ours.fromDockerfile("Dockerfile")))).toEqual(new Set(["a.txt a", "sub/b.txt b"]));
});

test("(29) a Dockerfile takes no files from outside of its context", () => {
  const root = files({
    "app/Dockerfile": "FROM a:1\nCOPY ../secret.txt /s\nCOPY /etc/hostname /h\n",
    "secret.txt": "s",
  });
  enter(join(root, "app"));
  const theirs = Sdk.fromDockerfile("Dockerfile").contextList.map(({ sourcePath }) => sourcePath);
  expect(theirs).toEqual([join(root, "secret.txt"), "/etc/hostname"]);

  const error = errorOf(() => Ours.fromDockerfile("Dockerfile").dockerfile);
  expect(error.problems.map(({ code, message }) => [code, message.includes("line 2")])).toEqual([
    ["source_outside_root", true],
  ]);
  // An absolute path starts at the context, as it does for Docker.
  enter(files({ Dockerfile: "FROM a:1\nCOPY /etc/hostname /h\n", "etc/hostname": "mine" }));
  expect(Ours.fromDockerfile("Dockerfile").contextList).toHaveLength(1);
});

test("(30) calls after an import take effect, also where the Dockerfile is copied along", async () => {
  enter(files({ Dockerfile: "FROM a:1\nCOPY . /app", "a.txt": "a" }));
  const theirs = Sdk.fromDockerfile("Dockerfile").env({ A: "1" });
  // At the runner the Dockerfile of the context takes the place of the one that was sent with `ENV`.
  expect((await theirPaths(theirs)).find((entry) => /(^|\/)Dockerfile /.test(entry))).toBeDefined();
  // Without a newline at its end, even the text is broken.
  expect(theirs.dockerfile).toContain("COPY . /appENV");

  const ours = Ours.fromDockerfile("Dockerfile").env({ A: "1" });
  expect(ours.dockerfile).toMatch(/\nCOPY --from=pithy-files \/[0-9a-f]{32}\/\. \/app\nENV A="1"\n$/);
  expect((await sent(ours)).entries.map(({ path }) => path)).not.toContain("Dockerfile");
  const unfinished = files({ Dockerfile: "FROM a:1\nRUN a \\" });
  const image = Image.fromDockerfile("Dockerfile");
  expect(image.resolveSync({ root: unfinished }).dockerfile).toBe("FROM a:1\nRUN a \\");
  expect(errorOf(() => image.env({ A: "1" }).resolveSync({ root: unfinished })).code).toBe("invalid_dockerfile");
});
