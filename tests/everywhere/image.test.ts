/** The API, wherever it runs. */
import {
  backend,
  buildPithyJauntImage,
  Image,
  init,
  type LocalFile,
  PithyImageError,
  type Progress,
} from "pithy-image";
import { beforeAll, describe, expect, test } from "vitest";

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const run: LocalFile = { path: "run.sh", bytes: encode("#!/bin/sh\n") };
const withRun = () => Image.base("debian:12").addLocalFile("run.sh", "/run.sh");

/** What a promise is rejected with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error("it was not rejected")),
    (error: unknown) => error,
  );

const codesOf = async (promise: Promise<unknown>): Promise<string[]> => {
  const error = await rejection(promise);
  if (!(error instanceof PithyImageError)) throw error;
  return error.problems.map(({ code }) => code);
};

beforeAll(() => init());

test("the expected core is at work", () => {
  expect(backend()).toBe(import.meta.env.EXPECTED_BACKEND);
});

describe("an image without local files", () => {
  test("is resolved, with a name for its snapshot", async () => {
    const image = Image.debianSlim("3.12", { buildTools: false })
      .aptInstall(["jq", "curl"])
      .env({ __proto__: "not given", A: "1" } as Record<string, string>)
      .label({ constructor: "kept" } as Record<string, string>)
      .addFile("/app/config.json", "{}");
    const resolved = await image.resolve();
    expect(resolved.dockerfile).toBe(image.toDockerfile());
    expect(resolved.imageDigest).toBe("sha256:a47c0a28d69e46d8a1f218443826f3869b630c5b6559fee8c6b553216defc9b9");
    expect(resolved.snapshotName({ prefix: "acme/agent" })).toBe("acme/agent-23f0dda6e6df9672da0e");
    expect(resolved.root).toBeUndefined();
  });

  test("has its own names for keys of a definition", () => {
    const text =
      '{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}},{"env":{"variables":{"__proto__":"x"}}}]}';
    expect(Image.fromJSON(text).toDockerfile()).toBe('FROM a:1\nENV __proto__="x"\n');
  });
});

describe("mistakes", () => {
  test("are reported with the line that made the step", () => {
    const image = Image.base("debian:12").aptInstall("git curl");
    try {
      image.toDockerfile();
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof PithyImageError)) throw error;
      expect(error.problems[0]).toMatchObject({ code: "invalid_package", path: "/steps/1/aptInstall/packages/0" });
      expect(error.problems[0]?.callSite).toMatch(/image\.test\.ts(\?[^:]*)?:\d+:\d+$/);
    }
  });

  test("that JSON can have are the same in every core", () => {
    for (const [text, code] of [
      ['{"format":"pithy-image/1","steps":[{"base":{"image":"a:1","image":"b:1"}}]}', "duplicate_key"],
      [
        '{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}},{"workdir":{"path":"\\ud800"}}]}',
        "lone_surrogate",
      ],
      ['{"format":"pithy-image/1","steps":[{"base":{"image":"a:1","tag":"b"}}]}', "unknown_field"],
      ["nonsense", "invalid_json"],
    ]) {
      try {
        Image.fromJSON(text ?? "");
        expect.unreachable();
      } catch (error) {
        expect((error as PithyImageError).code).toBe(code);
      }
    }
  });
});

describe("an outline", () => {
  test("has the Dockerfile except for unknown digests, what is needed, and whose lines they are", () => {
    const { dockerfile, needs, instructions } = buildPithyJauntImage().outline();
    expect(dockerfile).toMatch(/COPY \["ctx\/\?{32}\/execution\.sh", "\/app\/execution\.sh"\]\n/);
    expect(needs.map(({ path, kind }) => [path, kind])).toEqual([
      ["daytona/execution.sh", "file"],
      ["daytona/agent-runner.py", "file"],
    ]);
    expect(instructions[0]).toEqual({ line: 1, lines: 1, step: "/steps/0" });
    const copies = instructions.filter(({ line }) => dockerfile.split("\n")[line - 1]?.startsWith("COPY"));
    expect(copies.map(({ step }) => step)).toEqual(needs.map(({ step }) => step));
  });

  test("and call sites have the same pointers, also in stages", () => {
    const image = Image.base("debian:12").stage("web", Image.base("node:22-slim").runCommands("npm run build"));
    const sites = image.callSites();
    expect(Object.keys(sites)).toEqual(["/steps/0", "/steps/1", "/steps/1/stage/steps/0", "/steps/1/stage/steps/1"]);
    expect(Object.values(sites).every((site) => site.includes("image.test.ts"))).toBe(true);
    const steps = new Set(image.outline().instructions.map(({ step }) => step));
    expect([...steps].every((step) => step in sites)).toBe(true);
  });
});

describe("files that are given", () => {
  test("may be bytes, a File, and handles of files and directories", async () => {
    const file = new File([encode("#!/bin/sh\n")], "run.sh");
    const handle = { kind: "file", name: "run.sh", getFile: async () => file } as const;
    const directory = {
      kind: "directory",
      name: "my-app",
      async *values() {
        yield handle;
      },
    } as const;
    const digests = [[run], [file], [handle], [directory]].map(
      async (files) => (await withRun().resolveFiles(files, { executable: [] })).imageDigest,
    );
    expect(new Set(await Promise.all(digests)).size).toBe(1);
  });

  test("in a folder that was picked are looked for in it, or below it if that has what is needed", async () => {
    const picked = (path: string) =>
      Object.defineProperty(new File([encode("#!/bin/sh\n")], "run.sh"), "webkitRelativePath", { value: path });
    const { imageDigest } = await withRun().resolveFiles([run]);
    expect((await withRun().resolveFiles([picked("my-app/run.sh")])).imageDigest).toBe(imageDigest);
    const below = Image.base("debian:12").addLocalFile("daytona/run.sh", "/run.sh");
    expect((await below.resolveFiles([picked("daytona/run.sh")])).imageDigest).toBe(imageDigest);
    expect((await below.resolveFiles([picked("a/daytona/run.sh")], { root: "a" })).imageDigest).toBe(imageDigest);
    expect(await codesOf(below.resolveFiles([picked("a/daytona/run.sh")], { root: "." }))).toEqual(["source_missing"]);
  });

  test("in a folder that was picked are ignored by the rules in it, when all of it is wanted", async () => {
    const picked = (path: string, text: string) =>
      Object.defineProperty(new File([encode(text)], "file"), "webkitRelativePath", { value: path });
    const project = (folder: string) => [
      picked(`${folder}/.dockerignore`, ".env\n"),
      picked(`${folder}/.env`, "SECRET=1\n"),
      picked(`${folder}/agent/run.sh`, "true\n"),
    ];
    const paths = async (source: string, folder: string) =>
      (await Image.base("debian:12").addLocalDir(source, "/app").resolveFiles(project(folder))).files.map(
        ({ path }) => path,
      );
    expect(await paths(".", "my-app")).toEqual([".dockerignore", "agent", "agent/run.sh"]);
    expect(await paths("agent", "agent")).toEqual(["agent/run.sh"]);
    const both = Image.base("debian:12").addLocalDir(".", "/app").addLocalFile("agent/run.sh", "/run.sh");
    const generated = { path: "agent/generated", bytes: encode("") };
    const folder = [
      picked("agent/.dockerignore", ".env\n"),
      picked("agent/.env", "SECRET=1\n"),
      picked("agent/run.sh", ""),
    ];
    expect(await codesOf(both.resolveFiles([...folder, generated]))).toEqual(["source_missing"]);
  });

  test("are read as on a disk: without what git keeps, and with a finding for a script that Linux cannot start", async () => {
    const given = [
      { path: "app/.git/HEAD", bytes: encode("ref") },
      { path: "app/lib/.git", bytes: encode("gitdir: /x") },
      { path: "app/run.sh", bytes: encode("#!/bin/sh\r\n") },
    ];
    const { files, ignored, findings } = await Image.base("debian:12").addLocalDir("app", "/app").resolveFiles(given);
    expect(files.map(({ path }) => path)).toEqual(["app/lib", "app/run.sh"]);
    expect(ignored.map(({ path, line }) => [path, line])).toEqual([
      ["app/.git/", undefined],
      ["app/lib/.git", undefined],
    ]);
    expect(findings.map(({ code, path }) => [code, path])).toEqual([["crlf_script", "/steps/1/addLocalDir/source"]]);
  });

  test("are executable if it is said; a finding tells where it is not known", async () => {
    const file = new File([encode("#!/bin/sh\n")], "run.sh");
    const unknown = await withRun().resolveFiles([file]);
    expect(unknown.findings.map(({ code }) => code)).toEqual(["executable_unknown"]);
    const known = await withRun().resolveFiles([file], { executable: ["run.sh"] });
    expect(known.findings).toEqual([]);
    expect(known.files[0]?.mode).toBe(0o755);
    expect(known.imageDigest).not.toBe(unknown.imageDigest);
    expect((await withRun().resolveFiles([{ ...run, executable: true }])).imageDigest).toBe(known.imageDigest);
    const written = await withRun().resolveFiles([file], { executable: ["./run.sh"] });
    expect(written.imageDigest).toBe(known.imageDigest);
    for (const path of ["", ".", "../run.sh", "a\\run.sh"]) {
      expect(await codesOf(withRun().resolveFiles([file], { executable: [path] }))).toEqual(["invalid_path"]);
    }
    const withMode = Image.base("debian:12").addLocalFile("run.sh", "/run.sh", { mode: 0o755 });
    expect((await withMode.resolveFiles([file])).findings).toEqual([]);
  });

  test("are read once as long as they are kept, and again afterwards", async () => {
    let reads = 0;
    const part = (start: number, end: number) => ({
      async arrayBuffer() {
        reads += 1;
        return encode("#!/bin/sh\n").slice(start, end).buffer;
      },
    });
    const file = { name: "run.sh", size: 10, slice: part, arrayBuffer: part(0, 10).arrayBuffer };
    const handle = { kind: "file", name: "run.sh", getFile: async () => ({ ...file }) } as const;
    for (const files of [[file], [handle]]) {
      const end = new AbortController();
      const digest = async (executable: string[], list: LocalFile[] = files) =>
        (await withRun().resolveFiles(list, { executable, keepUntil: end.signal })).imageDigest;
      reads = 0;
      const [plain, executable] = [await digest([]), await digest(["run.sh"])];
      expect(plain).not.toBe(executable);
      expect(await digest([])).toBe(plain);
      expect(reads).toBe(1);
      await digest([], [...files]); // another list
      expect(reads).toBe(2);
      end.abort();
      const before = reads;
      expect(await digest(["run.sh"])).toBe(executable);
      expect(reads).toBeGreaterThan(before);
      expect((await withRun().resolveFiles(files, { executable: [] })).imageDigest).toBe(plain);
    }
  });

  test("that are kept serve several calls at a time, each of which is cancelled by itself", async () => {
    const files = [new File([encode("#!/bin/sh\n")], "run.sh"), new File([encode("x")], "x")];
    const digest = async (image: Image, more: object = {}) => (await image.resolveFiles(files, more)).imageDigest;
    const other = Image.base("debian:12").addLocalFile("x", "/x");
    const expected = [await digest(withRun()), await digest(other)];
    const end = new AbortController();
    const kept = { keepUntil: end.signal };
    const stop = new AbortController();
    const cancelled = rejection(digest(withRun(), { ...kept, signal: stop.signal }));
    const both = Promise.all([digest(withRun(), kept), digest(other, kept)]);
    stop.abort(new Error("enough"));
    expect(String(await cancelled)).toBe("Error: enough");
    expect(await both).toEqual(expected);
    const last = digest(other, kept);
    end.abort(); // what was begun is finished
    expect(await last).toBe(expected[1]);
    expect(await digest(withRun(), kept)).toBe(expected[0]);
  });

  test("in handles that are kept are listed once, whole, also by calls at the same time and after a failure", async () => {
    let listings = 0;
    const file = (name: string) => ({ kind: "file", name, getFile: async () => new File([name], name) }) as const;
    const source = {
      kind: "directory",
      name: "src",
      async *values() {
        listings += 1;
        yield file("a");
        if (listings === 1) throw new Error("the stick was pulled out");
        await new Promise((done) => setTimeout(done));
        yield file("b");
      },
    } as const;
    const image = Image.base("a:1").addLocalDir("src", "/src");
    const end = new AbortController();
    const list = [source, { path: "x", bytes: encode("x") }];
    const kept = { keepUntil: end.signal, executable: [] };
    expect(await codesOf(image.resolveFiles(list, kept))).toEqual(["source_unreadable"]);
    const both = await Promise.all([image.resolveFiles(list, kept), image.resolveFiles(list, kept)]);
    for (const { files } of both) expect(files.map(({ path }) => path)).toEqual(["src/a", "src/b"]);
    expect(listings).toBe(2);
    end.abort();
  });

  test("are resolved, however early the signal is aborted until which they are kept", async () => {
    const end = new AbortController();
    const file = new File([encode("#!/bin/sh\n")], "run.sh");
    const others = Array.from({ length: 3000 }, (_, index) => new File([], `other-${index}`));
    Object.defineProperty(file, "webkitRelativePath", {
      get() {
        end.abort(); // while the files are being sent
        return "my-app/run.sh";
      },
    });
    const options = { keepUntil: end.signal, executable: ["run.sh"] };
    const { files } = await withRun().resolveFiles([...others, file], { ...options, root: "my-app" });
    expect(files.map(({ path }) => path)).toEqual(["run.sh"]);
  });

  test("that are missing, doubled or misplaced are errors that name them", async () => {
    expect(await codesOf(withRun().resolveFiles([]))).toEqual(["source_missing"]);
    expect(await codesOf(withRun().resolveFiles([run, run]))).toEqual(["duplicate_key"]);
    for (const path of ["/run.sh", "../run.sh", "a//run.sh", ""]) {
      expect(await codesOf(withRun().resolveFiles([{ ...run, path }]))).toEqual(["invalid_path"]);
    }
    expect(await codesOf(withRun().resolveFiles([run, { ...run, path: "run.sh/x" }]))).toEqual(["source_wrong_kind"]);
    expect(await codesOf(withRun().resolveFiles([run], { root: "nowhere" }))).toEqual(["invalid_root"]);
  });

  test("that cannot be read say why", async () => {
    const arrayBuffer = () => Promise.reject(new Error("the stick was pulled out"));
    const broken = Object.assign(new File(["x"], "run.sh"), { arrayBuffer, slice: () => ({ arrayBuffer }) });
    const error = await rejection(
      withRun().resolveFiles([{ kind: "file", name: "run.sh", getFile: async () => broken }]),
    );
    expect(String(error)).toContain("the stick was pulled out");
  });

  test("of many megabytes are read in parts, with progress, and give the digest of the whole", async () => {
    const bytes = new Uint8Array(24 * 1024 * 1024).map((_, i) => i % 251);
    const seen: Progress[] = [];
    const file = new File([bytes], "run.sh");
    const resolved = await withRun().resolveFiles([file], {
      executable: [],
      onProgress: (progress) => seen.push(progress),
    });
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    expect(resolved.files[0]?.digest).toBe(`sha256:${hex}`);
    expect(seen.length).toBeGreaterThan(1);
    const all = { files: 1, totalFiles: 1, bytes: bytes.length, totalBytes: bytes.length };
    expect(seen.filter(({ files }) => files === 1)).toEqual([
      { work: "read", ...all },
      { work: "hash", ...all },
    ]);
  });

  test("that are many come in parts, and all of them", async () => {
    const names = Array.from({ length: 2_345 }, (_, i) => `src/${i % 7}/${i}.txt`);
    const files = names.map((path) => ({ path, bytes: new TextEncoder().encode(path) }));
    const image = Image.base("debian:12").addLocalDir("src", "/src");
    const resolved = await image.resolveFiles(files);
    const paths = resolved.files.filter(({ kind }) => kind === "file").map(({ path }) => path);
    expect(paths.toSorted()).toEqual(names.toSorted());
    expect((await image.resolveFiles(files.toReversed())).snapshotRef).toBe(resolved.snapshotRef);
  });

  test("are no longer read once the signal is aborted, or progress throws", async () => {
    const file = new File([new Uint8Array(64 * 1024 * 1024)], "run.sh");
    const reason = new Error("enough");
    expect(await rejection(withRun().resolveFiles([file], { signal: AbortSignal.abort(reason) }))).toBe(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    expect(await rejection(withRun().resolveFiles([file], { signal: controller.signal, onProgress }))).toBe(reason);
    const thrown = withRun().resolveFiles([file], {
      onProgress() {
        throw reason;
      },
    });
    expect(await rejection(thrown)).toBe(reason);
  });
});
