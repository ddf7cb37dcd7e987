/**
 * Images of pithy-image, handed to the real SDKs: what the API and its storage get is what was resolved.
 */
import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ImageBuilder, ImageStatics, ResolvedImage } from "pithy-image";
import { describe, expect, type onTestFinished, test } from "vitest";
import { type DaytonaFixture, ORGANIZATION, type S3Server, startDaytona } from "./fixture.ts";
import { SDKS, type Sdk, type SdkModule } from "./sdks.ts";

type PithyImage = typeof import("pithy-image") & typeof import("pithy-image/daytona");

const require = createRequire(import.meta.url);
const EXAMPLE = fileURLToPath(new URL("../../examples/pithy-jaunt", import.meta.url));

/** The package, in the module format that the application has the SDK in. */
async function pithyImage(format: Sdk["format"]): Promise<PithyImage> {
  if (format === "cjs") return { ...require("pithy-image"), ...require("pithy-image/daytona") } as PithyImage;
  return { ...(await import("pithy-image")), ...(await import("pithy-image/daytona")) };
}

interface Setting extends DaytonaFixture {
  readonly sdk: SdkModule;
  readonly pithy: PithyImage;
  readonly client: InstanceType<SdkModule["Daytona"]>;
  /** Where the local files are. */
  readonly root: string;
}

/** A fresh Daytona that ends with the test, a client of it, and files for an image. */
async function setting({ load, format }: Sdk, finished: typeof onTestFinished): Promise<Setting> {
  const [fixture, sdk, pithy] = await Promise.all([startDaytona(), load(), pithyImage(format)]);
  finished(fixture.stop);
  const root = join(fixture.s3.scratch, "project");
  await writeFiles(root);
  return { ...fixture, sdk, pithy, client: new sdk.Daytona(fixture.config), root };
}

const SCRIPT = "#!/bin/sh\nexec python /srv/app/main.py\n";
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const ODD = `/etc/a b/[c] $d 'e' "f".conf`;

/** Files whose modes do not depend on the umask. */
async function writeFiles(root: string): Promise<void> {
  const files: [path: string, content: string | Buffer, mode: number][] = [
    ["run.sh", SCRIPT, 0o755],
    ["app/main.py", "print('hello')\n", 0o644],
    ["app/nested/deeper/data.bin", BYTES, 0o644],
    ["app/nested/tool", SCRIPT, 0o755],
  ];
  for (const directory of ["app/nested/deeper", "app/empty"]) await mkdir(join(root, directory), { recursive: true });
  for (const [path, content, mode] of files) {
    await writeFile(join(root, path), content);
    await chmod(join(root, path), mode);
  }
  await symlink("nested/deeper/data.bin", join(root, "app/link"));
}

/** An image with every kind of source. */
function sample<Image extends ImageBuilder>(Image: ImageStatics<Image>): Image {
  return Image.debianSlim("3.12")
    .pipInstall(["openai"])
    .addLocalFile("run.sh", "/usr/local/bin/run")
    .addLocalDir("app", "/srv/app")
    .addFile(ODD, "key = 'é'\n", { mode: 0o600 });
}

/** What an archive holds, as `tar` unpacks it: by path, kind and mode, and the content or a link's target. */
function unpack(s3: S3Server, archive: Buffer): Record<string, [what: string, content: string]> {
  const directory = mkdtempSync(join(s3.scratch, "tar-"));
  execFileSync("tar", ["-xpf", "-", "-C", directory, "--no-same-owner"], { input: archive });
  const entries = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(directory, entry);
      const status = lstatSync(path);
      const mode = (status.mode & 0o7777).toString(8);
      if (status.isSymbolicLink()) return [entry, ["link", readlinkSync(path)]];
      if (status.isDirectory()) return [entry, [`directory ${mode}`, ""]];
      return [entry, [`file ${mode}`, readFileSync(path, "latin1")]];
    }),
  );
}

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

const keyOf = (hash: string): string => `${ORGANIZATION}/${hash}/context.tar`;

/** The files that the runner finds in the uploaded contexts. */
async function uploads(s3: S3Server): Promise<Record<string, [what: string, content: string]>> {
  const archives = await Promise.all((await s3.keys()).map((key) => s3.read(key)));
  const files = archives.flatMap((archive) => Object.entries(unpack(s3, archive)));
  return Object.fromEntries(files.filter(([, [what]]) => what.startsWith("file")));
}

/** What the runner should find: what a separate resolve packed. */
async function packed(resolved: ResolvedImage): Promise<Record<string, [what: string, content: string]>> {
  const contexts = await resolved.pack();
  return Object.fromEntries(
    contexts.map(({ archivePath, sourcePath }) => {
      const mode = ((lstatSync(sourcePath).mode & 0o7777) | 0o600) & ~0o022;
      return [archivePath, [`file ${mode.toString(8)}`, readFileSync(sourcePath, "latin1")]];
    }),
  );
}

/** What a sandbox or a snapshot of the stand-in shows of a resolved image. */
const buildOf = ({ dockerfile, contextHashes, snapshotRef }: ResolvedImage) => ({
  dockerfileContent: dockerfile,
  contextHashes,
  ref: snapshotRef,
});

/** What was thrown; a test that expects an error fails without one. */
function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error("nothing was thrown")),
    (thrown: unknown) => thrown,
  );
}

describe.concurrent.each(SDKS)("$name: a bound image", (entry) => {
  test("arrives as it was resolved: Dockerfile, hashes, ref, and every file with its mode", async ({
    onTestFinished,
  }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const resolved = await sample(pithy.Image).resolve({ root });
    const image = sample(pithy.bindImage(sdk.Image, { root }));

    const sandbox = await client.create({ image });

    expect(sandbox).toMatchObject({ id: api.sandboxes[0]?.id, state: "started" });
    expect(api.sandboxes).toMatchObject([buildOf(resolved)]);
    expect(image.dockerfile).toBe(resolved.dockerfile);
    expect(await s3.keys()).toEqual(resolved.contextHashes.map(keyOf).sort());
    expect(await uploads(s3)).toEqual(await packed(resolved));
    const [script, app, odd] = resolved.contexts.map(({ archivePath }, index) => {
      const hash = resolved.contextHashes[index] ?? "";
      return s3.read(keyOf(hash)).then((archive) => unpack(s3, archive)[archivePath]);
    });
    expect(await script).toEqual(["file 755", SCRIPT]);
    const tree = async (context: typeof app) => unpack(s3, Buffer.from((await context)?.[1] ?? "", "latin1"));
    expect(await tree(app)).toEqual({
      empty: ["directory 755", ""],
      link: ["link", "nested/deeper/data.bin"],
      "main.py": ["file 644", "print('hello')\n"],
      nested: ["directory 755", ""],
      "nested/deeper": ["directory 755", ""],
      "nested/deeper/data.bin": ["file 644", BYTES.toString("latin1")],
      "nested/tool": ["file 755", SCRIPT],
    });
    expect(Object.values(await tree(odd))).toEqual([["file 600", latin1("key = 'é'\n")]]);
  });

  test("is uploaded once: an equal image from another directory adds no object and no build", async ({
    onTestFinished,
  }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const other = join(s3.scratch, "another checkout");
    await writeFiles(other);
    await client.create({ image: sample(pithy.bindImage(sdk.Image, { root })) });
    const keys = await s3.keys();

    await client.create({ image: sample(pithy.bindImage(sdk.Image, { root: other })) });

    expect(keys).toHaveLength(3);
    expect(await s3.keys()).toEqual(keys);
    expect(api.sandboxes[1]?.ref).toBe(api.sandboxes[0]?.ref);
    expect(api.sandboxes[1]?.log).toBe(api.sandboxes[0]?.log);
  });

  test("makes the snapshot that was resolved", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const resolved = await sample(pithy.Image).resolve({ root });
    const image = sample(pithy.bindImage(sdk.Image, { root }));

    const snapshot = await client.snapshot.create({ name: "team/app:1", image });

    expect(snapshot).toMatchObject({ name: "team/app:1", state: "active" });
    expect(api.snapshots).toMatchObject([buildOf(resolved)]);
    expect(await uploads(s3)).toEqual(await packed(resolved));
  });

  test("takes a snapshot's entrypoint without being changed", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const entrypoint = ["/usr/local/bin/run", "--name", `O'Brien "x"`];
    const resolved = await sample(pithy.Image).entrypoint(entrypoint).resolve({ root });
    const image = sample(pithy.bindImage(sdk.Image, { root }));
    const [before, { dockerfile }] = [JSON.stringify(image), image];

    await client.snapshot.create({ name: "app", image, entrypoint });

    expect(api.snapshots).toMatchObject([{ ...buildOf(resolved), entrypoint }]);
    expect([JSON.stringify(image), image.dockerfile]).toEqual([before, dockerfile]);
    expect(dockerfile).not.toContain("ENTRYPOINT");
  });

  test("is refused a snapshot's entrypoint once its files are no longer those that were sent", async ({
    onTestFinished,
  }) => {
    const { api, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const image = await sample(pithy.bindImage(sdk.Image, { root })).prepare();
    await writeFile(join(root, "run.sh"), "#!/bin/sh\necho changed\n");

    const error = await rejectionOf(client.snapshot.create({ name: "app", image, entrypoint: ["/usr/local/bin/run"] }));

    expect(error).toMatchObject({ name: "PithyImageError", problems: [{ code: "source_changed" }] });
    expect(api.snapshots).toEqual([]);
  });

  test("takes a snapshot's entrypoint in the root that it was prepared with", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const entrypoint = ["/usr/local/bin/run"];
    const resolved = await sample(pithy.Image).entrypoint(entrypoint).resolve({ root });
    const image = await sample(pithy.bindImage(sdk.Image)).prepare({ root });

    await client.snapshot.create({ name: "app", image, entrypoint });

    expect(api.snapshots).toMatchObject([{ ...buildOf(resolved), entrypoint }]);
  });

  test("that was prepared is sent as it was then, even if its files are gone", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const resolved = await sample(pithy.Image).resolve({ root });
    const expected = await packed(resolved);
    const image = await sample(pithy.bindImage(sdk.Image)).prepare({ root });
    await rm(root, { recursive: true });

    await client.create({ image });

    expect(api.sandboxes).toMatchObject([buildOf(resolved)]);
    expect(await uploads(s3)).toEqual(expected);
  });

  test("that was not prepared is read when it is first sent, and stays what was read", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const image = sample(pithy.bindImage(sdk.Image, { root }));
    await writeFile(join(root, "run.sh"), "#!/bin/sh\necho changed before\n");
    const resolved = await sample(pithy.Image).resolve({ root });

    await client.create({ image });
    await writeFile(join(root, "run.sh"), "#!/bin/sh\necho changed after\n");
    await client.create({ image });

    expect(api.sandboxes).toMatchObject([buildOf(resolved), buildOf(resolved)]);
    expect(JSON.stringify(await uploads(s3))).toContain("echo changed before");
    expect(await s3.keys()).toHaveLength(3);
  });

  test("arrives whole in every sandbox when several are made at once", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const Image = pithy.bindImage(sdk.Image, { root });
    const resolved = await sample(pithy.Image).resolve({ root });
    const image = sample(Image);

    await Promise.all([image, image, sample(Image)].map((image) => client.create({ image })));

    const build = { ...buildOf(resolved), state: "started" };
    expect(api.sandboxes).toMatchObject([build, build, build]);
    expect(await s3.keys()).toEqual(resolved.contextHashes.map(keyOf).sort());
    expect(await uploads(s3)).toEqual(await packed(resolved));
  });

  test("is not changed by a create, nor are frozen parameters in its way", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const image = sample(pithy.bindImage(sdk.Image, { root }));
    const before = JSON.stringify(image);
    Object.freeze(image);

    // The SDK itself writes the language into the parameters when they have none.
    await client.create(Object.freeze({ image, language: "python", envVars: Object.freeze({ TASK_ID: "test-123" }) }));
    await client.snapshot.create(Object.freeze({ name: "app", image }));

    expect(JSON.stringify(image)).toBe(before);
    expect(api.sandboxes).toMatchObject([{ request: { env: { TASK_ID: "test-123" } } }]);
    expect(api.snapshots[0]?.ref).toBe(api.sandboxes[0]?.ref);
  });

  test("with mistakes is refused before anything is uploaded or made, with all of them", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const image = pithy
      .bindImage(sdk.Image, { root })
      .debianSlim("3.12")
      .addLocalFile("missing.sh", "/app/missing.sh")
      .addLocalDir("nowhere", "/srv");

    for (const creating of [client.create({ image }), client.snapshot.create({ name: "app", image })]) {
      const error = await rejectionOf(creating);
      expect(error).toBeInstanceOf(pithy.PithyImageError);
      expect(error).toMatchObject({ problems: [{ code: "source_missing" }, { code: "source_missing" }] });
      expect(String(error)).toMatch(/handover\.test\.ts:\d+.*`missing\.sh` does not exist.*`nowhere` does not exist/s);
    }
    expect(api.requests).toEqual([]);
    expect(await s3.keys()).toEqual([]);
  });

  test("has no entrypoint by a stray word", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy } = await setting(entry, onTestFinished);
    const image = pithy
      .bindImage(sdk.Image)
      .base("debian:12")
      .runCommands('echo ENTRYPOINT ["a"]', ["echo", "ENTRYPOINT b"])
      .runScript("echo x\nENTRYPOINT c\n")
      .env({ ONE: "ENTRYPOINT d" })
      .label({ two: "ENTRYPOINT e" })
      .addFile("/srv/ENTRYPOINT f", "x")
      .workdir("/srv/ENTRYPOINT g")
      .cmd(["ENTRYPOINT h"]);

    await client.create({ image });

    expect(api.sandboxes).toMatchObject([{ entrypoint: ["sleep", "infinity"] }]);
  });

  test("has its entrypoint to the letter", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy } = await setting(entry, onTestFinished);
    const argv = ["/bin/sh", "-c", `echo "it's" '\${HOME}' \\ \`x\` ENTRYPOINT ["y"]\u2028\u2029\té\n😀`, " # "];

    await client.create({ image: pithy.bindImage(sdk.Image).base("debian:12").entrypoint(["a"]).entrypoint(argv) });

    expect(api.sandboxes.map(({ entrypoint }) => entrypoint)).toEqual([[...argv]]);
  });

  test("gives its snapshot a name that the API takes", async ({ onTestFinished }) => {
    const { api, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const resources = { cpu: 2, memory: 4, disk: 8 };
    const image = sample(pithy.bindImage(sdk.Image, { root }));
    const resolved = await image.resolve({ root });
    const names = [{ prefix: "acme/agent:v1", resources }, { resources }, {}].map((o) => resolved.snapshotName(o));

    for (const name of names) await client.snapshot.create({ name, image, resources });

    expect(new Set(names).size).toBe(3);
    expect(names[0]).toMatch(/^acme\/agent:v1/);
    expect(api.snapshots.map(({ name, state }) => [name, state])).toEqual(names.map((name) => [name, "active"]));
    expect(api.snapshots[0]?.request).toMatchObject(resources);
  });
});

describe.concurrent.each(SDKS)("$name: a plain image of the SDK", (entry) => {
  test("arrives as it was resolved", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy, root } = await setting(entry, onTestFinished);
    const resolved = await sample(pithy.Image).resolve({ root });
    const image = await pithy.toDaytonaImage(sample(pithy.Image), sdk.Image, { root });

    await client.create({ image });
    await client.snapshot.create({ name: "app", image });

    expect(Object.getPrototypeOf(image)).toBe(sdk.Image.prototype);
    expect(api.sandboxes).toMatchObject([buildOf(resolved)]);
    expect(api.snapshots).toMatchObject([buildOf(resolved)]);
    expect(await uploads(s3)).toEqual(await packed(resolved));
  });

  test.for([
    ["begins with a comment", "# mine\nFROM debian:12\nRUN true\n"],
    ["has lines that end as on Windows", "FROM debian:12\r\nRUN true\r\n"],
    ["does not end its last line", "from debian:12"],
  ] as const)("has the text of a Dockerfile that %s", async ([, text], { onTestFinished }) => {
    const { sdk, pithy, root } = await setting(entry, onTestFinished);
    await writeFile(join(root, "Dockerfile"), text);

    const image = await pithy.toDaytonaImage(pithy.Image.fromDockerfile("Dockerfile"), sdk.Image, { root });

    expect([image.dockerfile, image.contextList]).toEqual([text, []]);
  });

  test("is not made of an image with mistakes", async ({ onTestFinished }) => {
    const { pithy, root, sdk } = await setting(entry, onTestFinished);
    const image = pithy.Image.base("debian:12").addLocalFile("missing.sh", "/app/missing.sh");

    const error = await rejectionOf(pithy.toDaytonaImage(image, sdk.Image, { root }));

    expect(error).toBeInstanceOf(pithy.PithyImageError);
    expect(error).toMatchObject({ problems: [{ code: "source_missing" }] });
  });
});

describe.concurrent.each(SDKS)("$name: the image of Pithy Jaunt", (entry) => {
  const scripts = async () => {
    const read = (name: string) => readFile(join(EXAMPLE, "daytona", name), "latin1");
    return { "execution.sh": await read("execution.sh"), "agent-runner.py": await read("agent-runner.py") };
  };

  test("arrives with its scripts, executable", async ({ onTestFinished }) => {
    const { api, s3, client, sdk, pithy } = await setting(entry, onTestFinished);
    const resolved = await pithy.buildPithyJauntImage().resolve({ root: EXAMPLE });

    await client.create({ image: pithy.bindImage(sdk.Image, { root: EXAMPLE }).from(pithy.buildPithyJauntImage()) });

    expect(api.sandboxes).toMatchObject([{ ...buildOf(resolved), entrypoint: ["sleep", "infinity"] }]);
    const sent = Object.entries(await uploads(s3)).map(([path, file]) => [path.split("/").at(-1), file]);
    const expected = Object.entries(await scripts()).map(([name, content]) => [name, ["file 755", content]]);
    expect(Object.fromEntries(sent)).toEqual(Object.fromEntries(expected));
  });

  test("becomes the snapshot `pithy-jaunt-dev`, whose log is reported", async ({ onTestFinished }) => {
    const { api, client, pithy } = await setting(entry, onTestFinished);
    const resolved = await pithy.buildPithyJauntImage().resolve({ root: EXAMPLE });
    const logs: string[] = [];

    const snapshot = await pithy.createPithyJauntSnapshot(client, undefined, {
      root: EXAMPLE,
      onLogs: (chunk) => logs.push(chunk),
    });

    expect(snapshot).toMatchObject({ name: "pithy-jaunt-dev", state: "active" });
    expect(api.snapshots).toMatchObject([{ ...buildOf(resolved), name: "pithy-jaunt-dev" }]);
    expect(logs.join("\n")).toMatch(/#1 FROM python:3\.12.*Successfully built/s);
  });

  test("becomes a snapshot with the options given, which stay as they are", async ({ onTestFinished }) => {
    const { api, client, s3, sdk, pithy } = await setting(entry, onTestFinished);
    const root = join(s3.scratch, "jaunt");
    await cp(join(EXAMPLE, "daytona"), join(root, "scripts"), { recursive: true });
    const image = Object.freeze({ scripts: "scripts", pip: Object.freeze(["httpx"]) as string[] });
    const resources = Object.freeze({ cpu: 4, memory: 8 });

    const options = Object.freeze({ ...image, root, resources, deadline: 30, Image: sdk.Image });
    await pithy.createPithyJauntSnapshot(client, "team/jaunt:2", options);

    const resolved = await pithy.buildPithyJauntImage(image).resolve({ root });
    expect(api.snapshots).toMatchObject([{ ...buildOf(resolved), name: "team/jaunt:2", request: resources }]);
    expect(resolved.dockerfile).toContain("httpx");
  });

  test("is one snapshot, for whoever asks for it at once or later", async ({ onTestFinished }) => {
    const { api, client, pithy } = await setting(entry, onTestFinished);
    const states: string[] = [];
    const create = () => pithy.createPithyJauntSnapshot(client, "app", { root: EXAMPLE });

    const [first, second] = await Promise.all([create(), create()]);
    const third = await pithy.createPithyJauntSnapshot(client, "app", {
      root: EXAMPLE,
      onState: (state) => states.push(state),
    });

    expect(new Set([first.id, second.id, third.id]).size).toBe(1);
    expect(api.snapshots).toHaveLength(1);
    expect(states).toEqual(["active"]);
  });

  test("does not take a snapshot of its name that holds another image", async ({ onTestFinished }) => {
    const { client, pithy } = await setting(entry, onTestFinished);
    await pithy.createPithyJauntSnapshot(client, "taken", { root: EXAMPLE });

    const error = await rejectionOf(pithy.createPithyJauntSnapshot(client, "taken", { root: EXAMPLE, pip: ["httpx"] }));

    expect(error).toBeInstanceOf(pithy.PithyImageError);
    expect(error).toMatchObject({ code: "conflict" });
  });

  test("says what it waits for", async ({ onTestFinished }) => {
    const { api, client, pithy } = await setting(entry, onTestFinished);
    const message = "Snapshot quota exceeded";
    api.fail({ answer: { method: "POST", path: "/snapshots", status: 403, message } });
    const reasons: string[] = [];
    const onWait = (reason: string) => reasons.push(reason);

    await pithy.createPithyJauntSnapshot(client, "app", { root: EXAMPLE, onWait });

    expect(reasons).toEqual([message]);
  });

  test("tells why its build failed, and the log up to there", async ({ onTestFinished }) => {
    const { api, client, pithy } = await setting(entry, onTestFinished);
    api.fail({ build: { reason: "exit code: 100", log: "E: Unable to locate package" } });
    const logs: string[] = [];

    const creating = pithy.createPithyJauntSnapshot(client, "app", { root: EXAMPLE, onLogs: (log) => logs.push(log) });

    expect(await rejectionOf(creating)).toMatchObject({ code: "build_failed", reason: "exit code: 100" });
    expect(logs.join("\n")).toContain("E: Unable to locate package");
  });

  test("without its scripts becomes no snapshot", async ({ onTestFinished }) => {
    const { api, client, pithy, root } = await setting(entry, onTestFinished);

    const error = await rejectionOf(pithy.createPithyJauntSnapshot(client, "app", { root }));

    expect(error).toBeInstanceOf(pithy.PithyImageError);
    expect(error).toMatchObject({ problems: [{ code: "source_missing" }, { code: "source_missing" }] });
    expect(api.requests).toEqual([]);
  });

  test("becomes no snapshot once its signal has fired", async ({ onTestFinished }) => {
    const { api, client, pithy } = await setting(entry, onTestFinished);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);

    const error = await rejectionOf(pithy.createPithyJauntSnapshot(client, "app", { root: EXAMPLE, signal }));

    expect(error).toMatchObject({ code: "aborted", cause: reason });
    expect(api.requests).toEqual([]);
  });
});
