/** Images as instances of the Daytona SDK's own class, in each version and module format. Nothing is sent. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildPithyJauntImage, type Definition, Image } from "pithy-image";
import { bindImage, toDaytonaImage } from "pithy-image/daytona";
import { Image as DaytonaImage } from "sdk-daytona";
import { Image as EsmImage } from "sdk-latest";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { errorOf, files, HERE, rejectionOf, run, tool, warnings } from "./helpers.ts";

const require = createRequire(import.meta.url);

/** The newest types serve for all: the calls used here are the same. */
type SdkImageClass = typeof EsmImage;
const required = (alias: string) => (require(alias) as { Image: SdkImageClass }).Image;

const SDKS: [string, SdkImageClass][] = [
  ["@daytonaio/sdk 0.115 (CommonJS)", required("sdk-0115")],
  ["@daytonaio/sdk 0.218 (CommonJS)", required("sdk-latest")],
  ["@daytonaio/sdk 0.218 (ES module)", EsmImage],
  ["@daytona/sdk 0.216 (CommonJS)", required("sdk-daytona")],
  ["@daytona/sdk 0.216 (ES module)", DaytonaImage as unknown as SdkImageClass],
];

let root: string;
beforeEach(() => {
  root = files({ "run.sh": "#!/bin/sh\n", "src/a.ts": "a", "src/empty/": "" });
});

describe.each(SDKS)("%s", (_, SdkImage) => {
  const bind = () => bindImage(SdkImage, { root });

  test("every image is an instance of the SDK's class, after every call", () => {
    const Bound = bind();
    const images = [
      Bound.base("a:1"),
      Bound.debianSlim(),
      Bound.from(Image.base("a:1")),
      Bound.fromJSON(Image.base("a:1").toJSON()),
      Bound.base("a:1").aptInstall("git").pipInstall("a").env({ A: "1" }).addFile("/a", "a").user("a").refresh("a"),
    ];
    for (const image of images) {
      expect(image instanceof SdkImage).toBe(true);
      expect(image instanceof Bound).toBe(true);
    }
    expect(SdkImage.base("a:1") instanceof Bound).toBe(false);
    expect(Image.base("a:1") instanceof SdkImage).toBe(false);
  });

  test("the SDK reads our Dockerfile and packed files", () => {
    const image = bind().base("a:1").addLocalFile("run.sh", "/run.sh").addLocalDir("src", "/src");
    const resolved = image.resolveSync({ root });
    expect(image.dockerfile).toBe(resolved.dockerfile);
    expect(image.contextList.map(({ archivePath }) => archivePath)).toEqual(
      resolved.contexts.map(({ archivePath }) => archivePath),
    );
    for (const { sourcePath, archivePath } of image.contextList) {
      expect(sourcePath.endsWith(`/${archivePath}`)).toBe(true);
      expect(readFileSync(sourcePath).length).toBeGreaterThan(0);
    }
  });

  test("files are read once, at the first reading or in prepare(), and not before", async () => {
    const make = () => bind().base("a:1").addLocalFile("run.sh", "/run.sh");
    const [read, prepared, later] = [make(), make(), make()];
    const first = read.dockerfile;
    expect(await prepared.prepare()).toBe(prepared);
    writeFileSync(join(root, "run.sh"), "changed");
    expect(read.dockerfile).toBe(first);
    expect(read.contextList).toEqual(read.contextList);
    expect(prepared.dockerfile).toBe(first);
    expect(prepared.contextList).toEqual(read.contextList);
    expect(later.dockerfile).not.toBe(first);
    rmSync(join(root, "run.sh"));
    expect((await read.prepare()).dockerfile).toBe(first);
    expect((await prepared.prepare({ root: "/no/such/directory" })).dockerfile).toBe(first);
  });

  test("what is shown is what is sent: the root that was bound or prepared counts for every reading", async () => {
    const elsewhere = mkdtempSync(join(root, "elsewhere-"));
    writeFileSync(join(elsewhere, "run.sh"), "another");
    const prepared = await bind().base("a:1").addLocalFile("run.sh", "/run.sh").prepare({ root: elsewhere });
    const bound = bindImage(SdkImage, { root: elsewhere }).base("a:1").addLocalFile("run.sh", "/run.sh");
    const text = Image.base("a:1").addLocalFile("run.sh", "/run.sh").toDockerfile({ root: elsewhere });
    for (const image of [prepared, bound, prepared.env({ A: "1" }).env({})]) {
      expect(image.dockerfile).toBe(image.toDockerfile());
      expect((await image.resolve()).dockerfile).toBe(image.dockerfile);
    }
    expect([prepared.dockerfile, bound.dockerfile]).toEqual([text, text]);
  });

  test("what was packed long ago is packed again when it is asked for", async () => {
    const image = await bind().base("a:1").addLocalFile("run.sh", "/run.sh").prepare();
    const [context] = image.contextList;
    rmSync(context?.sourcePath ?? "");
    expect(existsSync(image.contextList[0]?.sourcePath ?? "")).toBe(true);
    image.contextList.push({ sourcePath: "x", archivePath: "x" });
    expect(image.contextList).toHaveLength(1);
  });

  test("toDaytonaImage makes a plain image of the SDK with the same text and contexts", async () => {
    const image = buildPithyJauntImage({ scripts: "." }).addLocalDir("src", "/src").runCommands('echo "$HOME"');
    writeFileSync(join(root, "execution.sh"), "a");
    writeFileSync(join(root, "agent-runner.py"), "b");
    const plain = await toDaytonaImage(image, SdkImage, { root });
    const bound = await bind().from(image).prepare();
    expect(Object.getPrototypeOf(plain)).toBe(SdkImage.prototype);
    expect(plain.dockerfile).toBe(bound.dockerfile);
    expect(plain.contextList).toEqual(bound.contextList);
    expect(plain.contextList).toHaveLength(3);
  });

  test("fromDockerfile and dockerfileCommands make images of the SDK's class", async () => {
    writeFileSync(join(root, "Dockerfile"), "FROM node:22-slim\nCOPY run.sh /app/\nUSER node");
    writeFileSync(join(root, "run.sh"), "a");
    const image = bind().fromDockerfile(join(root, "Dockerfile"), { strictContext: true });
    // An older SDK gave a promise.
    expect(await image).toBe(image);
    expect(image).toBeInstanceOf(SdkImage);
    const added = image.dockerfileCommands(["COPY run.sh /b", "USER root"], root, { strictContext: true });
    const lines = added.dockerfile.split("\n");
    expect(lines.map((line) => line.replace(/ctx.[0-9a-f]{32}/, "…"))).toEqual([
      "FROM node:22-slim",
      "COPY …/run.sh /app/",
      "USER node",
      "COPY …/run.sh /b",
      "USER root",
      "",
    ]);
    const sent = [...added.contextList].map(({ sourcePath, archivePath }) => [
      archivePath,
      readFileSync(sourcePath, "utf8"),
    ]);
    expect(sent).toEqual([[expect.stringMatching(/^ctx\/[0-9a-f]{32}\/run\.sh$/), "a"]]);
  });

  test("a wrong image throws from the SDK's own reading, with all that is wrong", () => {
    const image = bind().base("a:1").aptInstall("a b").workdir("");
    expect(errorOf(() => image.dockerfile).problems).toHaveLength(2);
    expect(errorOf(() => image.contextList).problems).toHaveLength(2);
  });

  test("the SDK's own images stay as they were", () => {
    bind();
    const own = SdkImage.base("a:1").runCommands("a");
    expect(own.dockerfile).toBe("FROM a:1\nRUN a\n");
    expect(own.contextList).toEqual([]);
  });
});

test("an image of one copy of the SDK is none of another: the class that is bound must be the client's", () => {
  for (const [name, SdkImage] of SDKS) {
    const image = bindImage(SdkImage).base("a:1");
    expect(SDKS.filter(([, other]) => image instanceof other).map(([name]) => name)).toEqual([name]);
  }
});

describe("a bound image", () => {
  test("is immutable, as any image of ours", () => {
    const base = bindImage(EsmImage).base("a:1");
    const [one, two] = [base.env({ A: "1" }), base.env({ A: "2" })];
    expect([one, two, base].map(({ dockerfile }) => dockerfile)).toEqual([
      'FROM a:1\nENV A="1"\n',
      'FROM a:1\nENV A="2"\n',
      "FROM a:1\n",
    ]);
  });

  test("takes any image: of this package in either module format, bound elsewhere, or as a definition", () => {
    const expected = 'FROM a:1\nENV A="1"\n';
    const Bound = bindImage(EsmImage);
    const { Image: CjsImage } = require("pithy-image") as { Image: typeof Image };
    const definition: Definition = Image.base("a:1").env({ A: "1" }).toJSON();
    const sources = [
      Image.base("a:1").env({ A: "1" }),
      CjsImage.base("a:1").env({ A: "1" }),
      bindImage(required("sdk-0115")).base("a:1").env({ A: "1" }),
      { toJSON: () => definition },
    ];
    for (const source of sources) {
      const image = Bound.from(source);
      expect(image).toBeInstanceOf(EsmImage);
      expect(image.dockerfile).toBe(expected);
    }
    expect(errorOf(() => Bound.from(EsmImage.base("a:1") as never)).message).toContain(
      "is an image of the Daytona SDK's own class",
    );
  });

  test("is the same image as an unbound one", () => {
    const bound = bindImage(EsmImage).debianSlim("3.12").aptInstall("git");
    const unbound = Image.debianSlim("3.12").aptInstall("git");
    expect(JSON.stringify(bound)).toBe(JSON.stringify(unbound));
    expect(bound.resolveSync().imageDigest).toBe(unbound.resolveSync().imageDigest);
  });

  test("resolves with the root it was bound with when the SDK reads it, and with prepare's own", async () => {
    const Bound = bindImage(EsmImage, { root: "/no/such/directory" });
    const image = Bound.base("a:1").addLocalFile("run.sh", "/run.sh");
    expect(errorOf(() => image.dockerfile).code).toBe("invalid_root");
    expect((await image.prepare({ root })).contextList).toHaveLength(1);
    vi.stubEnv("PITHY_IMAGE_ROOT", root);
    expect(bindImage(EsmImage).from(image).contextList).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  test("prepare stops with its signal, and can be called again", async () => {
    const image = bindImage(EsmImage, { root }).base("a:1").addLocalFile("run.sh", "/run.sh");
    expect(await rejectionOf(image.prepare({ signal: AbortSignal.abort("enough") }))).toBe("enough");
    expect((await image.prepare()).contextList).toHaveLength(1);
  });
});

describe("a call whose result is dropped", () => {
  const Bound = bindImage(EsmImage);

  test("is reported with its line when the image is handed over, once", async () => {
    const image = Bound.base("a:1");
    image.env({ A: "1" });
    const line = Number(new Error().stack?.split("\n")[1]?.match(/:(\d+):\d+\)?$/)?.[1]) - 1;
    const reported = await warnings(() => [image.dockerfile, image.contextList, image.dockerfile]);
    expect(reported).toMatchObject([{ name: "PithyImageWarning", code: "PITHY_IMAGE_DROPPED_CALL" }]);
    expect(reported[0]?.message).toContain("`env`");
    expect(reported[0]?.message).toContain(`${HERE}/daytona-class.test.ts:${line}:`);
    expect(reported[0]?.message).toContain("`image = image.env(…)`");
  });

  test("what should be known of an image is a warning at its hand-over, once", async () => {
    const image = bindImage(EsmImage).base("a:1").user("node").aptInstall("git");
    const reported = await warnings(() => [image.dockerfile, image.contextList, image.dockerfile]);
    expect(reported).toMatchObject([{ name: "PithyImageWarning", code: "PITHY_IMAGE_FINDING" }]);
    expect(reported[0]?.message).toMatch(/daytona-class\.test\.ts:\d+:\d+: `aptInstall` runs as `node`/);
  });

  test("each one is reported, also after prepare", async () => {
    const image = Bound.base("a:1");
    image.env({ A: "1" });
    image.aptInstall("git");
    const reported = await warnings(async () => (await image.prepare()).dockerfile);
    expect(reported.map(({ message }) => /`(\w+)`/.exec(message)?.[1])).toEqual(["env", "aptInstall"]);
  });

  test.each<[string, () => unknown]>([
    ["a chain", () => Bound.base("a:1").env({ A: "1" }).user("a").dockerfile],
    [
      "a variable that is assigned again",
      () => {
        let image = Bound.base("a:1");
        image = image.env({ A: "1" });
        image = image.user("a");
        return image.dockerfile;
      },
    ],
    [
      "forks that were used before",
      () => {
        const base = Bound.base("a:1");
        return [base.env({ A: "1" }), base.env({ A: "2" }), base].map(({ dockerfile }) => dockerfile);
      },
    ],
    [
      "a fork that was built upon, printed or resolved",
      () => {
        const base = Bound.base("a:1");
        base.env({ A: "1" }).user("a").toDockerfile();
        base.env({ A: "2" }).toDockerfile();
        JSON.stringify(base.env({ A: "3" }));
        Bound.from(base.env({ A: "4" }));
        return base.dockerfile;
      },
    ],
    [
      "the last of several forks",
      () => {
        const base = Bound.base("a:1");
        const [one, two] = [base.env({ A: "1" }), base.env({ A: "2" })];
        return [one.dockerfile, two.dockerfile];
      },
    ],
  ])("is not %s", async (_, work) => {
    expect(await warnings(work)).toEqual([]);
  });
});

test("the types hold: an image that the SDK would ignore does not compile", async () => {
  expect(await run(tool("tsc"), ["--noEmit", "--project", HERE])).toEqual({ code: 0, stdout: "", stderr: "" });
});
