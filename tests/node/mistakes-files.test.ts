/**
 * Mistakes of the Daytona SDK with local files, by number: each is shown with the installed SDK, and then that ours does
 * not make it.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { bindImage } from "pithy-image/daytona";
import { entriesOf, send } from "pithy-image-tests-daytona/uploader";
import { describe, expect, test, vi } from "vitest";
import { errorOf, files, rejectionOf } from "./helpers.ts";
import { enter, instructions, kept, keyOf, lastLine, Ours, Sdk, sent } from "./mistakes.ts";

/** What is in the tree that an image of ours sends, as `type path`. */
async function tree(image: { contextList: { sourcePath: string; archivePath: string }[] }): Promise<string[]> {
  const { entries } = await sent(image);
  const tar = entries.find(({ path }) => path.endsWith("/tree.tar"));
  return (await entriesOf(tar?.content)).map(({ type, path }) => `${type} ${path}`);
}

describe("paths on this machine", () => {
  const checkouts = () => [files({ "a.txt": "same" }), files({ "a.txt": "same" })];

  test("(2) the key does not know where the project lies: no absolute path, nor one from home", async () => {
    const theirs = checkouts().map((root) => Sdk.base("a:1").addLocalFile(join(root, "a.txt"), "/a.txt"));
    const [one, other] = await Promise.all(theirs.map(keyOf));
    expect(one).not.toBe(other);

    vi.stubEnv("HOME", checkouts()[0]);
    expect(lastLine(Sdk.base("a:1").addLocalFile("~/a.txt", "/a.txt"))).toBe(`COPY ${process.env.HOME}/a.txt /a.txt`);
    vi.unstubAllEnvs();

    const ours = checkouts().flatMap((root) =>
      ["a.txt", join(root, "a.txt")].map((path) => bindImage(Sdk, { root }).base("a:1").addLocalFile(path, "/a.txt")),
    );
    const keys = await Promise.all(ours.map(keyOf));
    expect(keys).toEqual(ours.map((image) => image.resolveSync().snapshotRef));
    expect(new Set(keys).size).toBe(1);
    for (const path of ["/srv/a.txt", "~/a.txt"]) {
      expect(errorOf(() => Ours.base("a:1").addLocalFile(path, "/a.txt").dockerfile).code).toBe("source_outside_root");
    }
  });

  test("(3) `./a`, `a` and `a/` are one path", async () => {
    enter(files({ "a/b.txt": "b" }));
    const spellings = ["a", "./a", "a/", "a/../a"];
    const theirs = spellings.map((path) => Sdk.base("a:1").addLocalDir(path, "/a").dockerfile);
    expect(new Set(theirs).size).toBe(4);
    const ours = spellings.map((path) => keyOf(Ours.base("a:1").addLocalDir(path, "/a")));
    expect(new Set(await Promise.all(ours)).size).toBe(1);
  });

  test.each(["a b.txt", "[id].tsx", "$x.txt", "*.txt", "a?.txt", "a\\b.txt", "it's.txt", 'a"b.txt'])(
    "(4) a file named `%s` is that file",
    async (name) => {
      enter(files({ [name]: "meant" }));
      const [, copy] = DockerfileParser.parse(Sdk.base("a:1").addLocalFile(name, "/x").dockerfile).getInstructions();
      // Bare words: a blank is a second source, and the rest are a pattern, a variable, a quote or an escape to Docker.
      expect(copy?.getRawArgumentsContent()).toBe(`${name} /x`);

      const image = Ours.base("a:1").addLocalFile(name, "/x");
      const written = image.dockerfile.split("\n").flatMap((line) => /\[.*\]$/.exec(line)?.[0] ?? []);
      for (const [source] of written.map((list) => JSON.parse(list) as string[])) {
        expect(source).not.toMatch(/[[\]$*?\\'"]/);
      }
      const { entries } = await sent(image);
      const inside = await Promise.all(
        entries.map(({ path, content }) => (path.endsWith("/tree.tar") ? entriesOf(content) : [{ content }])),
      );
      const contents = inside.flat().map(({ content }) => content.toString());
      expect(contents.filter((content) => content !== "")).toEqual(["meant"]);
    },
  );

  test("(5) paths start at the root of the image, not where the process happens to be later", async () => {
    const [first, later] = [files({ "a.txt": "first" }), files({ "a.txt": "later" })];
    enter(first);
    const theirs = Sdk.base("a:1").addLocalFile("a.txt", "/a.txt");
    const ours = bindImage(Sdk, { root: "." }).base("a:1").addLocalFile("a.txt", "/a.txt");
    const prepared = await Ours.base("a:1").addLocalFile("a.txt", "/a.txt").prepare();
    process.chdir(later);
    expect(kept((await sent(theirs)).entries)).toEqual(["a.txt later"]);
    for (const image of [ours, prepared]) {
      expect(kept((await sent(image)).entries)).toEqual([expect.stringMatching(/\/a\.txt first$/)]);
    }
  });

  test("(8) a path above the root is refused, where the SDK sends another file", async () => {
    const top = files({ "x.txt": "another", "project/a/x.txt": "meant", "project/a/sub/b": "" });
    enter(join(top, "project/a/sub"));
    const theirs = Sdk.base("a:1").addLocalFile("../x.txt", "/x.txt");
    expect((await sent(theirs)).entries.map(({ content }) => content.toString())).toEqual(["another"]);

    const error = errorOf(() => Ours.base("a:1").addLocalFile("../x.txt", "/x.txt").dockerfile);
    expect(error.code).toBe("source_outside_root");
  });
});

describe("what is sent", () => {
  test("(6) files that change between hash and upload do not arrive under the hash of others", async () => {
    const root = enter(files({ "a.txt": "before" }));
    const change = () => writeFileSync(join(root, "a.txt"), "after");
    const theirs = Sdk.base("a:1").addLocalFile("a.txt", "/a.txt");
    const { hashes: meant } = await send(theirs.contextList);
    const raced = await send(theirs.contextList, change);
    expect(raced.hashes).toEqual(meant);
    expect(kept(raced.entries)).toEqual(["a.txt after"]);

    writeFileSync(join(root, "a.txt"), "before");
    const ours = Ours.base("a:1").addLocalFile("a.txt", "/a.txt");
    const { contextHashes } = ours.resolveSync();
    const { hashes, entries } = await send(ours.contextList, change);
    expect(hashes).toEqual(contextHashes);
    expect(kept(entries)).toEqual([expect.stringMatching(/\/a\.txt before$/)]);
  });

  test("(7) a link to a file arrives as the file, a link in a directory as the link", async () => {
    const root = enter(files({ "real.txt": "real", "d/b.txt": "b" }));
    symlinkSync("real.txt", join(root, "link.txt"));
    symlinkSync("b.txt", join(root, "d/link"));
    const { entries } = await sent(Sdk.base("a:1").addLocalFile("link.txt", "/a").addLocalDir("d", "/d"));
    // Of which the runner makes empty files.
    expect(entries.filter(({ type }) => type === "SymbolicLink").map(({ path }) => path)).toEqual([
      "link.txt",
      "d/link",
    ]);

    const file = await sent(Ours.base("a:1").addLocalFile("link.txt", "/a"));
    expect(file.entries).toMatchObject([{ type: "File", content: Buffer.from("real") }]);
    expect(await tree(Ours.base("a:1").addLocalDir("d", "/d"))).toContain("SymbolicLink link");
  });

  test("(9) a file that is added twice is sent, and counted, once", async () => {
    enter(files({ "a.txt": "a" }));
    const theirs = Sdk.base("a:1").addLocalFile("a.txt", "/a").addLocalFile("a.txt", "/b");
    const ours = Ours.base("a:1").addLocalFile("a.txt", "/a").addLocalFile("a.txt", "/b");
    const repeated = (await sent(theirs)).hashes;
    expect(repeated).toEqual([repeated[0], repeated[0]]);
    expect((await sent(ours)).hashes).toHaveLength(1);
  });

  test("(10) what is not to leave the machine can be left out", async () => {
    const secrets = [".env", ".git/config", "node_modules/a/index.js"];
    enter(files(Object.fromEntries([...secrets, "main.py"].map((path) => [`app/${path}`, "x"]))));
    const theirs = (await sent(Sdk.base("a:1").addLocalDir("app", "/app"))).entries.map(({ path }) => path);
    expect(theirs).toEqual(expect.arrayContaining(secrets.map((path) => `app/${path}`)));

    const ours = Ours.base("a:1").addLocalDir("app", "/app", { exclude: [".git", "**/node_modules", "**/.env"] });
    expect((await tree(ours)).filter((entry) => entry.startsWith("File"))).toEqual(["File main.py"]);
    enter(files({ "app/.env": "x", "app/main.py": "x", ".dockerignore": "**/.env\n" }));
    expect(await tree(Ours.base("a:1").addLocalDir("app", "/app"))).toEqual(["Directory .", "File main.py"]);
  });

  test("(11) an empty directory is sent, and does not fail the build", async () => {
    const root = enter(files({ "empty/": "" }));
    const theirs = await sent(Sdk.base("a:1").addLocalDir("empty", "/data"));
    // The runner drops directories: nothing is left for COPY to find.
    expect(kept(theirs.entries)).toEqual([]);

    mkdirSync(join(root, "empty/inner"));
    const ours = Ours.base("a:1").addLocalDir("empty", "/data");
    expect(kept((await sent(ours)).entries)).toHaveLength(1);
    expect(await tree(ours)).toEqual(["Directory .", "Directory inner"]);
    expect(lastLine(ours)).toMatch(/^COPY --from=pithy-files \["\/[0-9a-f]{32}\/", "\/data\/"\]$/);
  });

  test("(26) an instruction that reads files which nobody sends is refused", () => {
    enter(files({ "a.txt": "a" }));
    const instructions = ["ADD a.txt /a", "RUN --mount=type=bind,source=a.txt,target=/a cat /a"];
    expect(Sdk.base("a:1").dockerfileCommands(instructions).contextList).toEqual([]);
    for (const instruction of instructions) {
      const error = errorOf(() => Ours.base("a:1").raw(instruction).dockerfile);
      expect(error.problems).toMatchObject([{ code: "invalid_instruction", path: "/steps/1/raw/instruction" }]);
    }
  });

  test("(28) a missing file is noticed before anything is sent", async () => {
    const root = enter(files({ "a.txt": "a" }));
    const theirs = Sdk.base("a:1").addLocalFile("a.txt", "/a").dockerfileCommands(["COPY missing.txt /b"]);
    const ours = Ours.base("a:1").addLocalFile("a.txt", "/a").addLocalFile("missing.txt", "/b");
    rmSync(join(root, "a.txt"));
    expect(instructions(theirs.dockerfile)).toHaveLength(3);
    expect(String(await rejectionOf(sent(theirs)))).toMatch(/Path does not exist: a\.txt/);

    const error = errorOf(() => ours.dockerfile);
    expect(error.problems.map(({ code, path }) => [code, path])).toEqual([
      ["source_missing", "/steps/1/addLocalFile/source"],
      ["source_missing", "/steps/2/addLocalFile/source"],
    ]);
    expect(errorOf(() => ours.contextList).problems).toHaveLength(2);
  });
});
