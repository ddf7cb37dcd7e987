/** Names and links, and where a root and a cache really are. */
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Image } from "pithy-image";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { errorOf, files, rejectionOf } from "./helpers.ts";

const base = Image.base("debian:12");
const source = (path: string) => base.addLocalFile(path, "/a");

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("a link", () => {
  test.each(["file/../real", "file/", "file/.", "file/below"])(
    "to `%s` leads nowhere, since a file has nothing below it",
    (target) => {
      const root = files({ file: "", real: "" });
      symlinkSync(target, join(root, "link"));
      expect(errorOf(() => source("link").resolveSync({ root })).code).toBe("source_missing");
    },
  );

  test.each(["directory/../real", "./real", "directory//below/../../real"])("to `%s` is followed", (target) => {
    const root = files({ "directory/below/": "", real: "real" });
    symlinkSync(target, join(root, "link"));
    expect(source("link").resolveSync({ root }).files).toMatchObject([{ size: 4 }]);
  });

  test("that is absolute is followed in a root with a backslash in its name", () => {
    const root = join(files({ "a\\b/real": "real" }), "a\\b");
    symlinkSync(join(root, "real"), join(root, "link"));
    expect(source("link").resolveSync({ root }).files).toMatchObject([{ size: 4 }]);
  });

  test("whose target is not UTF-8 is an error, unless it is left out", () => {
    const root = files({ "app/file": "" });
    symlinkSync(Buffer.from([0xff]), join(root, "app/link"));
    const app = (exclude: string[]) => base.addLocalDir("app", "/app", { exclude });
    expect(errorOf(() => app([]).resolveSync({ root })).code).toBe("invalid_file_name");
    const { files: taken, ignored } = app(["link"]).resolveSync({ root });
    expect(taken.map(({ path }) => path)).toEqual(["app/file"]);
    expect(ignored).toMatchObject([{ path: "app/link" }]);
  });
});

test("a name that macOS has taken apart is the whole one, also where Node has no navigator", async () => {
  const platform = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
  onTestFinished(() => void Object.defineProperty(process, "platform", platform));
  vi.stubGlobal("navigator", undefined);
  Object.defineProperty(process, "platform", { ...platform, value: "darwin" });
  const apart = { path: "cafe\u0301", bytes: new Uint8Array(4) };
  expect((await source("caf\u00e9").resolveFiles([apart])).files).toMatchObject([{ size: 4 }]);
});

describe("a context cache in a source", () => {
  test.each(["app", ".", "link"])("`%s` is refused, since packing would change it every time", async (path) => {
    const root = files({ "app/file": "" });
    symlinkSync("app", join(root, "link"));
    const cache = join(root, "app/cache");
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    const resolved = await base.addLocalDir(path, "/app").resolve({ root });
    for (const error of [errorOf(() => resolved.packSync()), await rejectionOf(resolved.pack())]) {
      expect(error).toMatchObject({ problems: [{ code: "cache_unusable", path: "/steps/1/addLocalDir/source" }] });
      expect(String(error)).toContain("`app/cache`");
    }
    expect(existsSync(cache)).toBe(false);
  });

  test("is used if it is left out, or lies beside", () => {
    const root = files({ "app/file": "" });
    const place = (cache: string) => vi.stubEnv("PITHY_IMAGE_CACHE", join(root, cache));
    place("app/cache");
    const resolved = base.addLocalDir("app", "/app", { exclude: ["cache"] }).resolveSync({ root });
    expect(resolved.packSync()).toHaveLength(1);
    place("app-cache");
    expect(
      base
        .addLocalDir("app", "/app", { exclude: ["cache"] })
        .resolveSync({ root })
        .packSync(),
    ).toHaveLength(1);
  });

  test("is found through a link to it", () => {
    const root = files({ "app/file": "" });
    mkdirSync(join(root, "app/cache"));
    symlinkSync("app/cache", join(root, "cache"));
    vi.stubEnv("PITHY_IMAGE_CACHE", join(root, "cache"));
    const resolved = base.addLocalDir("app", "/app").resolveSync({ root });
    expect(errorOf(() => resolved.packSync()).code).toBe("cache_unusable");
  });
});
