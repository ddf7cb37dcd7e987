/** Work off the event loop: it can be followed, stopped and shared, and it leaves nothing behind. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { backend, Image, PithyImageError, type Progress } from "pithy-image";
import { describe, expect, test } from "vitest";
import { errorOf, files, modules, node, problemsOf, rejectionOf } from "./helpers.ts";

const base = Image.base("debian:12-slim");
const MIB = 2 ** 20;

/** So much that no machine hashes it before a test counts as hanging. */
const ENDLESS = 4 * 2 ** 40;

/** A directory with one file of zeros, which takes no room on the disk and some time to hash. */
function large(size: number): string {
  const root = files({ large: "" });
  truncateSync(join(root, "large"), size);
  return root;
}

const image = base.addLocalFile("large", "/large");

/** What nobody caught while `work` ran, and a while after. */
async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const caught: unknown[] = [];
  const listener = (reason: unknown) => void caught.push(reason);
  process.on("unhandledRejection", listener);
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    process.off("unhandledRejection", listener);
  }
  return caught;
}

describe("aborting", () => {
  test("a signal that is aborted already rejects with its reason, before any work", async () => {
    const reason = new Error("changed my mind");
    const root = "/no/such/directory";
    expect(await rejectionOf(image.resolve({ root, signal: AbortSignal.abort(reason) }))).toBe(reason);
    const resolved = await base.addFile("/a", "a").resolve();
    expect(await rejectionOf(resolved.pack({ signal: AbortSignal.abort("any value") }))).toBe("any value");
  });

  test("a signal that is aborted in the middle stops the work, and rejects with its reason", async () => {
    const root = large(ENDLESS);
    const reason = { why: "in the middle" };
    const controller = new AbortController();
    let [reports, afterAbort] = [0, 0];
    const onProgress = () => {
      reports += 1;
      if (controller.signal.aborted) afterAbort += 1;
      controller.abort(reason);
    };
    const caught = await unhandled(async () => {
      expect(await rejectionOf(image.resolve({ root, signal: controller.signal, onProgress }))).toBe(reason);
    });
    expect(caught).toEqual([]);
    expect(reports).toBeGreaterThan(0);
    expect(afterAbort).toBeLessThan(4);
    truncateSync(join(root, "large"), 10);
    expect((await image.resolve({ root })).files).toMatchObject([{ size: 10 }]);
  });

  test("AbortSignal.timeout rejects with its TimeoutError", async () => {
    const error = await rejectionOf(image.resolve({ root: large(ENDLESS), signal: AbortSignal.timeout(20) }));
    expect(error).toBeInstanceOf(DOMException);
    expect((error as DOMException).name).toBe("TimeoutError");
  });

  test("aborting while packing rejects with the reason, and a later packing is complete", async () => {
    const resolved = await image.resolve({ root: large(64 * MIB + 1) });
    const controller = new AbortController();
    const packing = resolved.pack({ signal: controller.signal });
    controller.abort("enough");
    expect(await rejectionOf(packing)).toBe("enough");
    const [packed] = await resolved.pack();
    expect(statSync(packed?.sourcePath ?? "").size).toBe(64 * MIB + 1);
  });

  test("aborting after the end changes nothing", async () => {
    const controller = new AbortController();
    const resolved = await base.resolve({ signal: controller.signal });
    controller.abort();
    expect(resolved.dockerfile).toBe("FROM debian:12-slim\n");
  });

  test("a signal shared by many keeps no listener of those that ended", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove.apply(signal, args);
    };
    await Promise.all(Array.from({ length: 10 }, () => base.resolve({ signal })));
    await rejectionOf(base.addLocalFile("no", "/a").resolve({ signal }));
    expect(listeners).toBe(0);
  });

  test("two thousand aborts leave no memory behind", async () => {
    const root = files({ large: "x".repeat(200_000) });
    const script = modules({
      "abort.mjs": `
        import { Image } from "pithy-image";
        const image = Image.base("debian:12").addLocalFile("large", "/large");
        const round = async (count) => {
          for (let i = 0; i < count; i += 20) {
            await Promise.all(Array.from({ length: 20 }, async () => {
              const controller = new AbortController();
              const resolving = image.resolve({ root: ${JSON.stringify(root)}, signal: controller.signal });
              controller.abort();
              await resolving.then(() => { throw new Error("it was not rejected") }, (error) => {
                if (error !== controller.signal.reason) throw error;
              });
            }));
          }
          globalThis.gc();
          return process.memoryUsage().rss / 2 ** 20;
        };
        await round(400);
        const before = await round(400);
        const after = await round(2000);
        console.log(JSON.stringify({ before, after }));
      `,
    });
    const { code, stdout, stderr } = await node(["--expose-gc", join(script, "abort.mjs")]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { before, after } = JSON.parse(stdout) as { before: number; after: number };
    expect(after - before).toBeLessThan(24);
  });
});

describe("progress", () => {
  test("the last report is complete, and none goes back", async () => {
    const root = files(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`tree/${i}`, "x".repeat(i)])));
    truncateSync(join(root, "tree/49"), 100 * MIB);
    const reports: Progress[] = [];
    const tree = base.addLocalDir("tree", "/tree").addLocalFile("tree/1", "/one");
    await tree.resolve({ root, onProgress: (progress) => void reports.push(progress) });
    const bytes = (48 * 49) / 2 + 100 * MIB + 1;
    expect(reports.at(-1)).toEqual({ work: "read", files: 51, totalFiles: 51, bytes, totalBytes: bytes });
    for (const [i, report] of reports.entries()) {
      expect(report.totalFiles).toBe(51);
      expect(report.totalBytes).toBe(bytes);
      expect(report.files).toBeGreaterThanOrEqual(reports[i - 1]?.files ?? 0);
      expect(report.bytes).toBeGreaterThanOrEqual(reports[i - 1]?.bytes ?? 0);
    }
  });

  test("hashing and packing are reported as reading is", async () => {
    const root = files({ "tree/a": "a", "tree/b": "bcd" });
    const ends: Progress[] = [];
    const onProgress = (progress: Progress) => {
      if (progress.files === progress.totalFiles) ends.push(progress);
    };
    const end = { files: 2, totalFiles: 2, bytes: 4, totalBytes: 4 };
    const resolved = await base.addLocalDir("tree", "/tree").resolve({ root, snapshotRef: true, onProgress });
    expect(ends.splice(0)).toEqual([
      { work: "read", ...end },
      { work: "hash", ...end },
    ]);
    await resolved.pack({ onProgress });
    expect(ends.splice(0)).toEqual([{ work: "pack", ...end }]);
    await new Response(resolved.contextTar({ onProgress })).bytes();
    expect(ends.splice(0)).toEqual([{ work: "pack", ...end }]);
  });

  test("packing can be stopped by what onProgress throws", async () => {
    const resolved = await image.resolve({ root: files({ large: "abc" }) });
    const own = new Error("mine");
    const onProgress = () => {
      throw own;
    };
    expect(await rejectionOf(resolved.pack({ onProgress }))).toBe(own);
    expect(await resolved.pack()).toHaveLength(1);
  });

  test("the last report has come when the promise is settled, each time", async () => {
    const root = files({ large: "abc" });
    const missing: number[] = [];
    for (let i = 0; i < 300; i += 1) {
      let last: Progress | undefined;
      const onProgress = (progress: Progress) => {
        last = progress;
      };
      await image.resolve({ root, onProgress });
      if (last?.bytes !== 3) missing.push(i);
    }
    expect(missing).toEqual([]);
  });

  test("what onProgress throws is what the promise is rejected with, and the work stops", async () => {
    const own = new Error("mine");
    let calls = 0;
    const caught = await unhandled(async () => {
      const resolving = image.resolve({
        root: large(ENDLESS),
        onProgress: () => {
          calls += 1;
          throw own;
        },
      });
      expect(await rejectionOf(resolving)).toBe(own);
    });
    expect(calls).toBe(1);
    expect(caught).toEqual([]);
  });

  test("an onProgress that rejects is as one that throws, also after the last report", async () => {
    const own = new Error("mine");
    const later = () => new Promise<void>((_, reject) => setTimeout(() => reject(own), 50));
    const caught = await unhandled(async () => {
      const rejects = async () => {
        throw own;
      };
      expect(await rejectionOf(image.resolve({ root: large(ENDLESS), onProgress: rejects }))).toBe(own);
      const root = files({ large: "abc" });
      expect(await rejectionOf(image.resolve({ root, onProgress: later }))).toBe(own);
      const resolved = await image.resolve({ root });
      expect(await rejectionOf(resolved.pack({ onProgress: later }))).toBe(own);
    });
    expect(caught).toEqual([]);
  });

  test("a signal ends the wait for an onProgress that never settles", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = () => {
      setTimeout(() => controller.abort(reason), 50);
      return new Promise<void>(() => {});
    };
    const resolving = image.resolve({ root: files({ large: "abc" }), signal: controller.signal, onProgress });
    expect(await rejectionOf(resolving)).toBe(reason);
  });
});

describe("sharing", () => {
  test("many at once give what one gives", async () => {
    const root = files(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`tree/${i}`, `${i}`])));
    const tree = base.addLocalDir("tree", "/tree");
    const expected = tree.resolveSync({ root });
    const packedSync = expected.packSync();
    const results = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const resolved = await tree.resolve({ root });
        return { resolved, packed: await resolved.pack() };
      }),
    );
    for (const { resolved, packed } of results) {
      expect(JSON.stringify(resolved)).toBe(JSON.stringify(expected));
      expect(packed).toEqual(packedSync);
    }
  });

  test("what is packed already is not written again", async () => {
    const inline = base.addFile("/a", `packed once ${process.pid}`);
    const [first] = await (await inline.resolve()).pack();
    const inode = statSync(first?.sourcePath ?? "").ino;
    const [second] = (await inline.resolve()).packSync();
    expect(second).toEqual(first);
    expect(statSync(second?.sourcePath ?? "").ino).toBe(inode);
  });

  test.each<[string, (path: string) => void]>([
    ["is cut short", (path) => truncateSync(path, 1)],
    ["has other bytes of the same length", (path) => writeFileSync(path, "x".repeat(statSync(path).size))],
  ])("a packed file that %s is written again", async (name, change) => {
    const content = `${name} ${process.pid}`;
    const resolved = base.addFile("/a", content).resolveSync();
    const [packed] = resolved.packSync();
    change(packed?.sourcePath ?? "");
    const [again] = resolved.packSync();
    expect(readFileSync(again?.sourcePath ?? "", "utf8")).toBe(content);
  });
});

describe("a file that changes between resolving and packing", () => {
  const changes: [string, (path: string) => void][] = [
    ["longer", (path) => writeFileSync(path, "before and after")],
    ["shorter", (path) => truncateSync(path, 1)],
    [
      "other bytes of the same length and time",
      (path) => {
        const { atime, mtime } = statSync(path);
        writeFileSync(path, "BEFORE");
        utimesSync(path, atime, mtime);
      },
    ],
  ];

  test.each(changes)("%s: an error that names it, and the line that added it", async (name, change) => {
    const root = files({ "dir/a.txt": "before", "a.txt": "before" });
    for (const changing of [base.addLocalFile("a.txt", `/${name}`), base.addLocalDir("dir", `/${name}`)]) {
      const resolved = await changing.resolve({ root });
      const path = join(root, resolved.files[0]?.path ?? "");
      change(path);
      const error = await rejectionOf(resolved.pack());
      expect(error).toBeInstanceOf(PithyImageError);
      const { problems, message } = error as PithyImageError;
      expect(problemsOf(error as PithyImageError)).toEqual([
        { code: "source_changed", path: expect.stringMatching(/^\/steps\/1\/addLocal(File|Dir)\/source$/) },
      ]);
      expect(message).toContain(path);
      expect(problems[0]?.callSite).toMatch(/async\.test\.ts:\d+:\d+$/);
      expect(errorOf(() => resolved.packSync()).code).toBe("source_changed");
    }
  });
});

describe("the event loop", () => {
  /** The turns of the event loop until some work ends. */
  async function turnsOf(work: Promise<unknown>): Promise<number> {
    let [turns, isOver] = [0, false];
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (; !isOver; turns++) await new Promise((done) => setImmediate(done));
    return turns;
  }

  test("it runs on while a file is resolved that takes forever", async () => {
    const stop = new AbortController();
    const resolving = rejectionOf(image.resolve({ root: large(ENDLESS), signal: stop.signal }));
    for (let i = 0; i < 20; i++) await new Promise((done) => setTimeout(done, 1));
    await readFile(new URL(import.meta.url));
    stop.abort("enough");
    expect(await resolving).toBe("enough");
  });

  test("it runs on while a large file is resolved and packed", async () => {
    const root = large(96 * MIB);
    const resolving = image.resolve({ root });
    expect(await turnsOf(resolving)).toBeGreaterThan(10);
    expect(await turnsOf((await resolving).pack())).toBeGreaterThan(10);
  });

  test("errors of a large resolve come as rejections, and none is lost", async () => {
    const caught = await unhandled(async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => base.addLocalFile(`no-${i}`, "/a").resolve()),
      );
      for (const [i, result] of results.entries()) {
        expect(result).toMatchObject({ status: "rejected", reason: { code: "source_missing" } });
        expect(String(result.status === "rejected" && result.reason)).toContain(`\`no-${i}\``);
      }
    });
    expect(caught).toEqual([]);
  });
});

describe("a process", () => {
  const module = (body: string) => modules({ "main.mjs": `import { Image } from "pithy-image";\n${body}` });

  test.each([
    ["only imports", ""],
    ["resolves", 'await Image.base("a:1").addLocalFile("main.mjs", "/a").resolve({ onProgress() {} });'],
    ["resolves without waiting", 'Image.base("a:1").resolve().then(() => process.stdout.write(""));'],
    ["packs", 'await (await Image.base("a:1").addFile("/a", "a").resolve()).pack();'],
    [
      "aborts",
      'await Image.base("a:1").addLocalFile("main.mjs", "/a").resolve({ signal: AbortSignal.abort() }).catch(() => 0);',
    ],
  ])("that %s exits by itself", async (_, body) => {
    const cwd = module(`${body}\nconsole.log("end");`);
    const outcome = await node(["main.mjs"], { cwd });
    expect(outcome).toEqual({ code: 0, stdout: "end\n", stderr: "" });
  });

  test("that leaves a rejection unhandled reports the whole error", async () => {
    const cwd = module('Image.base("a:1").aptInstall("a b").resolve();');
    const { code, stderr } = await node(["main.mjs"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("Invalid Debian package: `a b`");
    expect(stderr).toMatch(/main\.mjs:2:19 /);
  });
});

describe("packing", () => {
  test.runIf(backend() === "native")(
    "that is aborted in the middle of a file leaves nothing in the cache",
    async () => {
      const resolved = await image.resolve({ root: large(512 * MIB) });
      const cache = files();
      const [before, aborting] = [process.env.PITHY_IMAGE_CACHE, new AbortController()];
      process.env.PITHY_IMAGE_CACHE = cache;
      const packing = resolved.pack({ signal: aborting.signal });
      process.env.PITHY_IMAGE_CACHE = before;
      const started = () =>
        existsSync(join(cache, "v1")) && readdirSync(join(cache, "v1")).some((name) => /^tmp-/.test(name));
      while (!started()) await new Promise((done) => setTimeout(done, 1));
      aborting.abort(new Error("enough"));

      expect(await rejectionOf(packing)).toMatchObject({ message: "enough" });
      expect(readdirSync(join(cache, "v1")).filter((name) => name.startsWith("tmp-"))).toEqual([]);
      expect(readdirSync(join(cache, "v1/ctx"))).toEqual([]);
    },
  );
});

describe("the root of a call", () => {
  test("is that of the moment, whatever the program does next", async () => {
    const root = files({ here: "text" });
    const script = `
      import { Image } from "pithy-image";
      const image = Image.base("a:1").addLocalFile("here", "/here");
      process.chdir(${JSON.stringify(root)});
      const pending = [image.resolve(), image.resolve({ root: "." })];
      process.chdir("/");
      process.env.PITHY_IMAGE_ROOT = ${JSON.stringify(root)};
      pending.push(image.resolve());
      delete process.env.PITHY_IMAGE_ROOT;
      console.log(new Set((await Promise.all(pending)).map(({ root }) => root)).size);`;
    const cwd = modules({ "main.mjs": script });
    expect(await node(["main.mjs"], { cwd, env: { PITHY_IMAGE_ROOT: undefined } })).toMatchObject({
      code: 0,
      stdout: "1\n",
    });
  });
});

test("calls that stage the same file at once all have it whole", async () => {
  const size = 3_000_000;
  const resolved = await Image.base("debian:12").addFile("/big", new Uint8Array(size).fill(7)).resolve();
  const packed = await Promise.all(Array.from({ length: 4 }, () => resolved.pack()));
  for (const [context] of packed) expect(statSync(context?.sourcePath ?? "").size).toBe(size);
});
