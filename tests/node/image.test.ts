/** The builder: what a call takes, what it refuses, and what it leaves alone. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import {
  backend,
  buildPithyJauntImage,
  type Definition,
  Image,
  PithyImageError,
  type PythonSeries,
  ResolvedImage,
} from "pithy-image";
import { afterEach, describe, expect, test, vi } from "vitest";
import { errorOf, executable, files, HERE, problemsOf, thrownBy } from "./helpers.ts";

const base = Image.base("debian:12-slim");

/** For calls that TypeScript refuses, and JavaScript makes. */
const wrong = <T>(value: unknown): T => value as T;

/** The step that a call makes. */
const step = (image: Image) => image.toJSON().steps[1];

const cyclicList: unknown[] = ["a"];
cyclicList.push(cyclicList);
const cyclicObject: Record<string, unknown> = { A: "1" };
cyclicObject.B = cyclicObject;

afterEach(() => void vi.unstubAllEnvs());

describe("immutability", () => {
  test("every call returns a new image and leaves its own as it was", () => {
    const before = JSON.stringify(base);
    const results = [
      base.pipInstall("a"),
      base.aptInstall("a"),
      base.addLocalFile("a", "/a"),
      base.addLocalDir("a", "/a"),
      base.addFile("/a", "a"),
      base.runCommands("a"),
      base.runScript("a"),
      base.env({ A: "a" }),
      base.pathPrepend("/a"),
      base.workdir("/a"),
      base.user("a"),
      base.label({ a: "a" }),
      base.entrypoint(["a"]),
      base.cmd(["a"]),
      base.refresh("a"),
    ];
    expect(new Set([base, ...results]).size).toBe(16);
    expect(results.map((image) => image.toJSON().steps.length)).toEqual(results.map(() => 2));
    expect(JSON.stringify(base)).toBe(before);
  });

  test("forks of one image know nothing of each other", () => {
    const common = base.aptInstall("git");
    const [one, two] = [common.env({ A: "1" }), common.env({ A: "2" })];
    expect(one.toDockerfile()).toContain('ENV A="1"');
    expect(one.toDockerfile()).not.toContain('"2"');
    expect(two.toDockerfile()).toContain('ENV A="2"');
    expect(common.toDockerfile()).not.toContain("ENV");
  });

  test("values count as they were at the call, however they change later", () => {
    const packages = ["numpy"];
    const options = { findLinks: ["https://example.com/a"], pre: true };
    const variables: Record<string, string> = { A: "1" };
    const argv = ["echo", "a"];
    const bytes = new Uint8Array([1, 2, 3]);
    const image = base.pipInstall(packages, options).env(variables).runCommands(argv).addFile("/b", bytes);
    const before = JSON.stringify(image);
    packages.push("pandas");
    options.findLinks.push("https://example.com/b");
    options.pre = false;
    variables.A = "2";
    argv[1] = "b";
    bytes.fill(9);
    expect(JSON.stringify(image)).toBe(before);
    expect(before).not.toMatch(/pandas|example.com\/b|"2"|"b"/);
  });

  test("what toJSON returns is the caller's own", () => {
    const image = base.env({ A: "1" });
    const json = image.toJSON();
    json.steps.length = 0;
    expect(image.toJSON().steps).toHaveLength(2);
  });

  test("a prefix of a thousand steps stays what it was, whatever is built on it", () => {
    let image = base;
    for (let i = 0; i < 1000; i += 1) image = image.env({ [`A${i}`]: "x" });
    const before = image.resolveSync().imageDigest;
    expect(image.env({ B: "x" }).resolveSync().imageDigest).not.toBe(before);
    expect(image.resolveSync().imageDigest).toBe(before);
  });
});

describe("the argument shapes of the Daytona SDK", () => {
  test("a string is a list of one", () => {
    expect(base.pipInstall("numpy").toDockerfile()).toBe(base.pipInstall(["numpy"]).toDockerfile());
    expect(base.aptInstall("git").toDockerfile()).toBe(base.aptInstall(["git"]).toDockerfile());
  });

  test("lists in lists are flattened", () => {
    const nested = wrong<string[]>([["numpy"], [["pandas"], "scipy"]]);
    expect(base.pipInstall(nested).toDockerfile()).toBe(base.pipInstall(["numpy", "pandas", "scipy"]).toDockerfile());
  });

  test("commands are strings for the shell and lists for a program, in one call", () => {
    expect(base.runCommands("echo $HOME", ["echo", "$HOME"]).toDockerfile()).toBe(
      'FROM debian:12-slim\nRUN echo $HOME\nRUN ["echo", "$HOME"]\n',
    );
  });

  test("an option that is undefined is an option not given", () => {
    const options = { pre: undefined, indexUrl: undefined, findLinks: undefined, extraOptions: undefined };
    expect(JSON.stringify(base.pipInstall("numpy", options))).toBe(JSON.stringify(base.pipInstall("numpy")));
    expect(JSON.stringify(Image.debianSlim(undefined, undefined))).toBe(JSON.stringify(Image.debianSlim()));
  });

  test("options of pip alone are a step: they may name what to install", () => {
    expect(base.pipInstall([], { extraOptions: "-r /tmp/requirements.txt" }).toDockerfile()).toContain("-r /tmp/req");
  });

  test("no packages, no variables and no commands make no step", () => {
    const image = base.pipInstall([]).aptInstall([]).env({}).label({}).runCommands();
    expect(image.toDockerfile()).toBe("FROM debian:12-slim\n");
  });
});

describe("values that are none", () => {
  const cases: [string, string, () => unknown][] = [
    ["undefined base", "/steps/0/base", () => Image.base(wrong(undefined))],
    ["null Python series", "/steps/0/debianSlim/python", () => Image.debianSlim(wrong(null))],
    ["a Python series as a number", "/steps/0/debianSlim/python", () => Image.debianSlim(wrong(3.12))],
    ["undefined packages", "/steps/1/pipInstall/packages/0", () => base.pipInstall(wrong(undefined))],
    ["a null package", "/steps/1/aptInstall/packages/1", () => base.aptInstall(["git", wrong(null)])],
    ["packages as a set", "/steps/1/aptInstall/packages/0", () => base.aptInstall(wrong(new Set(["git"])))],
    ["an undefined destination", "/steps/1/addLocalFile", () => base.addLocalFile("a", wrong(undefined))],
    ["undefined content", "/steps/1/addFile", () => base.addFile("/a", wrong(undefined))],
    ["null content", "/steps/1/addFile/text", () => base.addFile("/a", wrong(null))],
    ["an ArrayBuffer as content", "/steps/1/addFile/text", () => base.addFile("/a", wrong(new ArrayBuffer(2)))],
    ["an undefined command", "/steps/1/runCommands/commands/0", () => base.runCommands(wrong(undefined))],
    ["a list in an argument list", "/steps/1/runCommands/commands/0/0", () => base.runCommands([wrong(["a"])])],
    ["an undefined script", "/steps/1/runScript", () => base.runScript(wrong(undefined))],
    ["undefined variables", "/steps/1/env", () => base.env(wrong(undefined))],
    ["null variables", "/steps/1/env/variables", () => base.env(wrong(null))],
    ["variables as a map", "/steps/1/env/variables", () => base.env(wrong(new Map([["A", "1"]])))],
    ["variables as a list", "/steps/1/env/variables", () => base.env(wrong(["A=1"]))],
    ["an undefined variable", "/steps/1/env/variables/A", () => base.env({ A: wrong(undefined) })],
    ["a null variable", "/steps/1/env/variables/A", () => base.env({ A: wrong(null) })],
    ["a variable that is a number", "/steps/1/env/variables/PORT", () => base.env({ PORT: wrong(3000) })],
    ["a variable that is a function", "/steps/1/env/variables/A", () => base.env({ A: wrong(() => "a") })],
    ["an undefined label", "/steps/1/label/labels/a", () => base.label({ a: wrong(undefined) })],
    ["an undefined user", "/steps/1/user", () => base.user(wrong(undefined))],
    ["an undefined directory", "/steps/1/workdir", () => base.workdir(wrong(undefined))],
    ["an undefined entrypoint", "/steps/1/entrypoint", () => base.entrypoint(wrong(undefined))],
    ["an entrypoint as a string", "/steps/1/entrypoint/command", () => base.entrypoint(wrong("sleep infinity"))],
    ["an undefined token", "/steps/1/refresh", () => base.refresh(wrong(undefined))],
    ["NaN as a mode", "/steps/1/addFile/mode", () => base.addFile("/a", "a", { mode: Number.NaN })],
    ["a mode as text", "/steps/1/addFile/mode", () => base.addFile("/a", "a", { mode: wrong("755") })],
    ["a function as a mode", "/steps/1/addFile/mode", () => base.addFile("/a", "a", { mode: wrong(() => 0) })],
    ["a BigInt as a mode", "/steps/1/addFile", () => base.addFile("/a", "a", { mode: wrong(10n) })],
    ["a list that holds itself", "/steps/1/pipInstall", () => base.pipInstall(wrong(cyclicList))],
    ["a command that holds itself", "/steps/1/cmd", () => base.cmd(wrong(cyclicList))],
    ["an object that holds itself", "/steps/1/env", () => base.env(wrong(cyclicObject))],
  ];

  test.each(cases)("%s: the error names the step and the line", (_, path, call) => {
    const error = errorOf(() => (call() as Image).toDockerfile());
    expect(error.problems.map((problem) => problem.path)).toEqual([path]);
    expect(error.problems[0]?.callSite).toMatch(/image\.test\.ts:\d+:\d+$/);
    expect(error.message).toContain(path.replace(/^\/steps\/\d+\//, "").replaceAll("/", "."));
    expect(error.problems[0]?.hint).not.toBe("");
  });

  test.each([
    ["a second package", () => base.pipInstall("numpy", wrong("pandas"))],
    ["a list", () => base.aptInstall("git", wrong(["curl"]))],
    ["a number", () => base.addLocalFile("a", "/a", wrong(0o755))],
    ["true", () => Image.debianSlim("3.12", wrong(true))],
    ["null", () => base.runScript("a", wrong(null))],
  ])("%s where options are meant is refused, not dropped", (_, call) => {
    expect(errorOf(() => call().toDockerfile()).problems).toHaveLength(1);
  });

  test.each([
    ["fromJSON of undefined", () => Image.fromJSON(wrong(undefined))],
    ["fromJSON of null", () => Image.fromJSON(wrong(null))],
    ["fromJSON of a function", () => Image.fromJSON(wrong(() => 1))],
    ["fromJSON of a BigInt", () => Image.fromJSON(wrong(1n))],
    ["from undefined", () => Image.from(wrong(undefined))],
    ["from an object of another kind", () => Image.from(wrong({}))],
    ["a root that is the URL of no file", () => base.toDockerfile({ root: new URL("https://example.com/") })],
    ["a root that is a number", () => base.toDockerfile({ root: wrong(5) })],
  ])("%s is an error of ours", (_, call) => {
    expect(errorOf(call).problems).toHaveLength(1);
  });

  test("a root may be a file URL", () => {
    const { root } = Image.base("a")
      .addLocalFile("image.test.ts", "/a")
      .resolveSync({ root: new URL(".", import.meta.url) });
    expect(root).toBe(import.meta.dirname);
  });

  test("what a getter of the caller throws is the caller's", () => {
    const own = new Error("mine");
    const variables = {
      get A(): string {
        throw own;
      },
    };
    expect(thrownBy(() => base.env(variables))).toBe(own);
  });
});

describe("JSON", () => {
  test("an image survives the way through JSON text and through data", () => {
    const image = buildPithyJauntImage({ pip: ["httpx"] })
      .runCommands("a", ["b", "é\u2028\u0000".slice(0, 2)])
      .runScript("a\nb", { shell: ["bash", "-c"] })
      .env({ A: '$x `y` "z" \\ \'' })
      .addFile("/a", new Uint8Array([0, 255]), { mode: 0o600, chown: "1:1" })
      .label({ b: "1", a: "2" })
      .refresh("x");
    const json = image.toJSON();
    expect(json).toMatchObject({ format: "pithy-image/1", edition: "2026-12" });
    expect(Image.fromJSON(JSON.stringify(image)).toJSON()).toEqual(json);
    expect(Image.fromJSON(json).toJSON()).toEqual(json);
    expect(JSON.parse(JSON.stringify({ image }))).toEqual({ image: json });
  });

  test("toJSON is what the calls said, before anything is checked", () => {
    const image = base.aptInstall(["jq", "curl", "jq"]).runCommands("  a  ");
    expect(image.toJSON()).toEqual({
      format: "pithy-image/1",
      edition: "2026-12",
      steps: [
        { base: { image: "debian:12-slim" } },
        { aptInstall: { packages: ["jq", "curl", "jq"] } },
        { runCommands: { commands: ["  a  "] } },
      ],
    });
  });

  test("a definition without an edition is of the first one", () => {
    const { edition: _, ...rest } = base.toJSON();
    expect(Image.fromJSON(wrong<Definition>(rest)).toJSON()).toEqual(base.toJSON());
  });

  test("Image.from takes the steps of any image", () => {
    const image = base.env({ A: "1" });
    expect(Image.from(image)).not.toBe(image);
    expect(Image.from(image).toJSON()).toEqual(image.toJSON());
    expect(Image.from({ toJSON: () => image.toJSON() }).toDockerfile()).toBe(image.toDockerfile());
  });

  const envelope = (steps: string) => `{"format":"pithy-image/1","steps":[{"base":{"image":"a:1"}}${steps}]}`;
  test.each([
    ["text that is no JSON", "{", ["invalid_json", ""]],
    ["nothing", "", ["invalid_json", ""]],
    ["another format", '{"format":"x","steps":[{"base":{"image":"a:1"}}]}', ["unknown_format", "/format"]],
    ["another edition", envelope("").replace(",", ',"edition":"1999-01",'), ["unknown_format", "/edition"]],
    ["no steps", '{"format":"pithy-image/1"}', ["missing_field", ""]],
    ["an empty list of steps", '{"format":"pithy-image/1","steps":[]}', ["missing_base", ""]],
    ["an unknown step", envelope(',{"aptinstall":{}}'), ["unknown_step", "/steps/1"]],
    ["a step as a list", envelope(',{"workdir":["/a"]}'), ["wrong_type", "/steps/1/workdir"]],
    ["a definition as a list", '["pithy-image/1","2026-12",[{"base":{"image":"a:1"}}]]', ["wrong_type", ""]],
    ["an unknown field", envelope(',{"workdir":{"path":"/","pat":"/"}}'), ["unknown_field", "/steps/1/workdir/pat"]],
    ["a field beside the steps", envelope("").replace("{", '{"x":1,'), ["unknown_field", "/x"]],
    [
      "a key twice",
      envelope(',{"env":{"variables":{"A":"1","A":"2"}}}'),
      ["duplicate_key", "/steps/1/env/variables/A"],
    ],
    ["an unpaired surrogate", envelope(',{"user":{"user":"\\ud800"}}'), ["lone_surrogate", "/steps/1/user/user"]],
    ["a second base", envelope(',{"base":{"image":"b:1"}}'), ["base_not_first", "/steps/1/base"]],
  ])("fromJSON refuses %s", (_, text, [code, path]) => {
    expect(problemsOf(errorOf(() => Image.fromJSON(text)))).toEqual([{ code, path }]);
  });

  test("fromJSON says all that is wrong at once, in order", () => {
    const text = envelope(',{"aptinstall":{}},{"workdir":{"path":""}},{"env":{"variables":{"A B":"1"}}}');
    expect(problemsOf(errorOf(() => Image.fromJSON(text))).map(({ code }) => code)).toEqual([
      "unknown_step",
      "empty",
      "invalid_env_name",
    ]);
  });
});

describe("keys and bytes", () => {
  test("numeric keys are refused where they cannot be, and sorted with the others where they can", () => {
    expect(errorOf(() => base.env({ "10": "a" }).toDockerfile()).code).toBe("invalid_env_name");
    const image = base.label({ b: "1", "10": "2", a: "3", "9": "4" });
    expect(image.toDockerfile()).toContain('LABEL "10"="2" "9"="4" "a"="3" "b"="1"');
  });

  test("`__proto__` and `constructor` are names like any other", () => {
    const variables = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    const image = base.env(variables);
    expect(image.toDockerfile()).toContain('ENV __proto__="x" constructor="y"');
    expect(Image.fromJSON(JSON.stringify(image)).toDockerfile()).toBe(image.toDockerfile());
    expect(Image.fromJSON(image.toJSON()).toDockerfile()).toBe(image.toDockerfile());
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test("a file of bytes holds every byte, in any view", () => {
    const all = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7 + (i >> 8)) % 256);
    const padded = new Uint8Array(all.length + 20);
    padded.set(all, 10);
    const view = padded.subarray(10, 10 + all.length);
    const sha256 = `sha256:${createHash("sha256").update(all).digest("hex")}`;
    const ofAnotherRealm = runInNewContext("Uint8Array.from(all)", { all: [...all] }) as Uint8Array;
    expect(ofAnotherRealm).not.toBeInstanceOf(Uint8Array);
    for (const bytes of [all, view, Buffer.from(all), ofAnotherRealm]) {
      const resolved = base.addFile("/b", bytes).resolveSync();
      expect(resolved.files).toMatchObject([{ path: "/b", size: all.length, digest: sha256, mode: 0o644 }]);
      const [packed] = resolved.packSync();
      expect(readFileSync(packed?.sourcePath ?? "").equals(all)).toBe(true);
    }
  });

  test("text and the same text as bytes are one file", () => {
    const text = "é\r\n\u0000😀";
    const [a, b] = [base.addFile("/a", text), base.addFile("/a", new TextEncoder().encode(text))];
    expect(a.resolveSync().imageDigest).toBe(b.resolveSync().imageDigest);
  });

  test("an empty file is a file", () => {
    expect(base.addFile("/a", "").resolveSync().files).toMatchObject([{ path: "/a", size: 0 }]);
    expect(base.addFile("/a", new Uint8Array()).toDockerfile()).toBe(base.addFile("/a", "").toDockerfile());
  });
});

describe("the root", () => {
  const image = base.addLocalFile("a.txt", "/a.txt");

  test("local paths start at the given root, then at PITHY_IMAGE_ROOT, then at the current directory", () => {
    const [given, variable] = [files({ "a.txt": "given" }), files({ "a.txt": "variable" })];
    const inline = (text: string) => base.addFile("/a.txt", text).toDockerfile();
    vi.stubEnv("PITHY_IMAGE_ROOT", variable);
    expect(image.toDockerfile({ root: given })).toBe(inline("given"));
    expect(image.toDockerfile()).toBe(inline("variable"));
    expect(image.resolveSync().root).toBe(variable);
    vi.stubEnv("PITHY_IMAGE_ROOT", "");
    expect(base.addLocalFile("setup.ts", "/a").resolveSync().root).toBe(process.cwd());
  });

  test("a relative root starts at the current directory", () => {
    expect(base.addLocalFile("node/setup.ts", "/a").resolveSync({ root: ".." }).root).toBe(join(HERE, ".."));
  });

  test("where the root lies and when its files changed do not matter; content and executable bit do", () => {
    const [one, two, other, bit] = ["x", "x", "y", "x"].map((text) => files({ "a.txt": text }));
    executable(join(bit ?? "", "a.txt"));
    const digest = (root: string | undefined) => image.resolveSync({ root }).imageDigest;
    expect(digest(one)).toBe(digest(two));
    expect(new Set([one, other, bit].map(digest)).size).toBe(3);
  });

  test("an image without local files needs no root, and names none", () => {
    const resolved = base.addFile("/a", "a").resolveSync({ root: "/no/such/directory" });
    expect(resolved.root).toBeUndefined();
  });

  test("a root that is not there is said, with what to do", () => {
    const error = errorOf(() => image.toDockerfile({ root: "/no/such/directory" }));
    expect(problemsOf(error)).toEqual([{ code: "invalid_root", path: "" }]);
    expect(error.message).toMatch(/`\/no\/such\/directory`.*\n.*PITHY_IMAGE_ROOT/);
  });
});

describe("the context cache", () => {
  test.runIf(backend() === "native")("PITHY_IMAGE_CACHE names it, and nobody else can enter", () => {
    const cache = join(files(), "deep/cache");
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    const [packed] = base.addFile("/a", "a").resolveSync().packSync();
    expect(packed?.sourcePath.startsWith(`${cache}/`)).toBe(true);
    expect(statSync(join(cache, "v1")).mode & 0o777).toBe(0o700);
  });

  test("one that cannot be used is said, with what to do", () => {
    const file = join(files({ file: "" }), "file");
    vi.stubEnv("PITHY_IMAGE_CACHE", file);
    const error = errorOf(() => base.addFile("/a", "a").resolveSync().packSync());
    expect(error.code).toBe("cache_unusable");
    expect(error.message).toContain("PITHY_IMAGE_CACHE");
  });

  test("one where nothing can ever be made is said, too", () => {
    vi.stubEnv("PITHY_IMAGE_CACHE", "/proc/none/cache");
    expect(errorOf(() => base.addFile("/a", "a").resolveSync().packSync()).code).toBe("cache_unusable");
  });

  test("an image without contexts needs none", async () => {
    vi.stubEnv("PITHY_IMAGE_CACHE", "/proc/none/cache");
    expect(base.resolveSync().packSync()).toEqual([]);
    expect(await (await base.resolve()).pack()).toEqual([]);
  });

  test("one that becomes unusable is said", () => {
    const cache = join(files(), "cache");
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    base.addFile("/a", "a").resolveSync().packSync();
    const [own = ""] = backend() === "native" ? ["v1"] : readdirSync(cache);
    rmSync(join(cache, own, "ctx"), { recursive: true });
    writeFileSync(join(cache, own, "ctx"), "a file, and not a directory");
    expect(errorOf(() => base.addFile("/b", "b").resolveSync().packSync()).code).toBe("cache_unusable");
  });

  test("resolving writes nothing", () => {
    const cache = join(files(), "cache");
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    base.addFile("/a", "a").resolveSync();
    expect(existsSync(cache)).toBe(false);
  });
});

describe("what is resolved", () => {
  test("the names agree with what they are made of", () => {
    const resolved = base.addFile("/a", "a").addFile("/b", "b").resolveSync();
    expect(resolved).toBeInstanceOf(ResolvedImage);
    const { dockerfile, contextHashes, snapshotRef } = resolved;
    const hash = createHash("sha256").update(dockerfile + [...contextHashes].sort().join(""));
    expect(snapshotRef).toBe(`daytona-${hash.digest("hex")}:daytona`);
    const packed = resolved.packSync();
    const md5 = packed.map(({ sourcePath, archivePath }) =>
      createHash("md5").update(archivePath).update(readFileSync(sourcePath)).digest("hex"),
    );
    expect(contextHashes).toEqual(md5);
  });

  test("a snapshot's name differs with the image, the resources, the region and the class", () => {
    const [one, two] = [base.resolveSync(), base.env({ A: "1" }).resolveSync()];
    const names = [
      one.snapshotName(),
      two.snapshotName(),
      one.snapshotName({ resources: { cpu: 2 } }),
      one.snapshotName({ resources: { cpu: 4 } }),
      one.snapshotName({ region: "eu" }),
      one.snapshotName({ sandboxClass: "gpu" }),
      one.snapshotName({ prefix: "acme/agent" }),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(names[6]).toMatch(/^acme\/agent-[0-9a-f]+$/);
    expect(one.snapshotName({ resources: { gpuType: "H100" } })).toBe(
      one.snapshotName({ resources: { gpuType: ["H100"] } }),
    );
    expect(one.snapshotName({ resources: { memory: 4, cpu: 2 } })).toBe(
      base.resolveSync().snapshotName({ resources: { cpu: 2, memory: 4 } }),
    );
    expect(errorOf(() => one.snapshotName({ prefix: "http://x" })).code).toBe("invalid_snapshot_name");
    expect(errorOf(() => one.snapshotName({ resources: wrong({ cpus: 2 }) })).message).toContain("`cpu`");
  });

  test("Pithy Jaunt's image takes its options and refuses others", () => {
    const root = files({ "scripts/execution.sh": "#!/bin/sh\n", "scripts/agent-runner.py": "" });
    const image = buildPithyJauntImage({ python: "3.13", apt: ["ripgrep"], pip: ["httpx"], scripts: "scripts" });
    expect(image.toDockerfile({ root })).toMatch(/^FROM python:3\.13.*ripgrep.*httpx.*\/app\/agent-runner\.py/s);
    expect(errorOf(() => buildPithyJauntImage(wrong({ pips: [] }))).message).toContain("`pip`");
  });
});

describe("errors", () => {
  const broken = () => {
    const root = files({ "a.txt": "" });
    const image = Image.debianSlim("3.12")
      .aptInstall("git curl")
      .pipInstall(["-r requirements.txt", ""])
      .env({ "MY KEY": "x" })
      .workdir("$HOME/app")
      .runCommands(["apt-get update", "apt-get upgrade"])
      .addFile("/run.sh", "", { mode: 755 })
      .addLocalDir("a.txt", "/b", wrong({ excludes: ["x"] }));
    return errorOf(() => image.toDockerfile({ root }));
  };

  test("everything that is wrong is said at once, with lines, and reads well", () => {
    const text = broken()
      .message.replaceAll(`${HERE}/`, "")
      .replaceAll(/\.ts:\d+:\d+/g, ".ts:LINE:COLUMN");
    expect(text).toMatchInlineSnapshot(`
      "8 problems in the image:
        image.test.ts:LINE:COLUMN aptInstall.packages.0
          Invalid Debian package: \`git curl\`.
          Give each package as an entry of its own: \`git\`, \`git=1:2.39.5-0+deb12u2\` or \`libc6:amd64\`. (invalid_package)
        image.test.ts:LINE:COLUMN pipInstall.packages.0
          \`-r requirements.txt\` is an option of pip, not a package.
          Pass options of pip in \`extraOptions\`, and a file of requirements to \`pipInstallFromRequirements\`. (invalid_requirement)
        image.test.ts:LINE:COLUMN pipInstall.packages.1
          The package is empty.
          Name a package, or leave the entry out. (empty)
        image.test.ts:LINE:COLUMN env.variables.MY KEY
          Invalid environment variable name: \`MY KEY\`.
          Names have letters, digits, \`_\`, \`.\` and \`-\`, and do not begin with a digit. (invalid_env_name)
        image.test.ts:LINE:COLUMN workdir.path
          \`$HOME/app\` would have to be expanded, but paths in the image are literal.
          Write the path out, such as \`/root\` for \`$HOME\`. (variable_not_expanded)
        image.test.ts:LINE:COLUMN runCommands.commands.0
          An array is one program and its arguments, but \`apt-get update\` is not a program.
          For several commands, pass each as an argument of its own: \`runCommands("…", "…")\`. (invalid_command)
        image.test.ts:LINE:COLUMN addFile.mode
          The mode 755 is decimal, and means 0o1363.
          Write \`0o755\`. (invalid_mode)
        image.test.ts:LINE:COLUMN addLocalDir.excludes
          Unknown field: \`excludes\`.
          Did you mean \`exclude\`? (unknown_field)"
    `);
  });

  test("the list of problems is data, in the order of the definition", () => {
    const error = broken();
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("PithyImageError");
    expect(error.code).toBe(error.problems[0]?.code);
    const steps = error.problems.map(({ path }) => Number(path.split("/")[2]));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const lines = error.problems.map(({ callSite }) => Number(callSite?.split(":").at(-2)));
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(new Set(lines).size).toBe(new Set(steps).size);
    for (const problem of error.problems) {
      expect(problem).toEqual({
        code: expect.stringMatching(/^[a-z_]+$/),
        message: expect.stringMatching(/\.$/),
        hint: expect.stringMatching(/[.?]$/),
        path: expect.stringMatching(/^\/steps\/\d+/),
        callSite: expect.stringMatching(/^\/.*image\.test\.ts:\d+:\d+$/),
      });
    }
  });

  test("problems of files come together as well", () => {
    const image = base.addLocalFile("no", "/a").addLocalDir("neither", "/b");
    const error = errorOf(() => image.toDockerfile({ root: files() }));
    expect(problemsOf(error)).toEqual([
      { code: "source_missing", path: "/steps/1/addLocalFile/source" },
      { code: "source_missing", path: "/steps/2/addLocalDir/source" },
    ]);
  });

  test.each<[string, string, () => unknown]>([
    ["a Python version", "unknown_python", () => Image.debianSlim(wrong("2.7"))],
    ["a package", "wrong_type", () => base.pipInstall(wrong(["a", 1]))],
    ["packages", "wrong_type", () => base.pipInstall(wrong(undefined))],
    ["an argument of a command", "wrong_type", () => base.runCommands(wrong(["a", 1]))],
    ["a variable", "wrong_type", () => base.env({ A: wrong(1) })],
    ["an entrypoint", "wrong_type", () => base.entrypoint(wrong("sleep infinity"))],
    ["a part of an entrypoint", "wrong_type", () => base.entrypoint(wrong(["sleep", 1]))],
    ["a command", "wrong_type", () => base.cmd(wrong("bash"))],
  ])("%s that the Daytona SDK refuses is refused at the call, in the words of resolve", (_, code, call) => {
    const error = errorOf(call);
    expect(error.code).toBe(code);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]?.callSite).toContain(`${HERE}/image.test.ts:`);
  });

  test("every Python series of the types is one that the core knows, and no other", () => {
    const [problem] = errorOf(() => Image.debianSlim(wrong("2.7"))).problems;
    const known = problem?.hint.match(/3\.\d+/g) ?? [];
    const series: PythonSeries[] = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];
    expect(known.slice(0, series.length)).toEqual(series);
    for (const each of series) expect(Image.debianSlim(each).toDockerfile()).toContain(`FROM python:${each}.`);
  });

  test("the words of such an error are those of a definition with the same mistake", () => {
    const { format, edition, steps } = base.toJSON();
    const definition = { format, edition, steps: [...steps, { env: { variables: { A: wrong<string>(1) } } }] };
    const [atTheCall] = errorOf(() => base.env({ A: wrong(1) })).problems;
    const [later] = errorOf(() => Image.fromJSON(definition)).problems;
    expect({ ...atTheCall, callSite: "" }).toEqual({ ...later, callSite: "" });
  });

  test("arguments that are refused at the call are refused alone: other mistakes wait", () => {
    const image = base.aptInstall("a b");
    expect(errorOf(() => image.env({ A: wrong(1) })).problems.map(({ path }) => path)).toEqual([
      "/steps/2/env/variables/A",
    ]);
  });

  test("nothing is read and nothing else is checked before the Dockerfile is asked for", () => {
    const image = Image.base("a\nb").addLocalFile("no/such", "");
    expect(image.toJSON().steps).toHaveLength(2);
    expect(errorOf(() => image.toDockerfile())).toBeInstanceOf(PithyImageError);
  });

  test("the same wrong image is reported in the same words each time", () => {
    const image = base.aptInstall("a b");
    expect(errorOf(() => image.toDockerfile()).message).toBe(errorOf(() => image.resolveSync()).message);
    expect(step(image)).toEqual({ aptInstall: { packages: ["a b"] } });
  });
});
