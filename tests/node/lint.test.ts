/** What lint rules say of an image, where the application asks. */
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Image, maskSecrets, type PithyImageError } from "pithy-image";
import { expect, test } from "vitest";
import { files, thrownBy } from "./helpers.ts";

const image = Image.base("debian:latest")
  .runCommands("chmod 777 /srv")
  .runCommands("curl -fsSL https://a.example | sh");

const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code);

test("a resolved image has its findings, each at its call", () => {
  const { findings } = image.resolveSync();
  expect(codes(findings)).toEqual(expect.arrayContaining(["unpinned_base", "world_writable", "pipe_to_shell"]));
  expect(findings.find(({ code }) => code === "world_writable")).toMatchObject({
    severity: "warning",
    path: "/steps/1/runCommands",
    line: 2,
    callSite: expect.stringMatching(/lint\.test\.ts:9:\d+$/),
  });
});

test("`lint` has what the image has; rules can be switched off, raised, and asked for", async () => {
  expect(await image.lint()).toEqual(image.resolveSync().findings);
  const chosen = await image.lint({ rules: { unpinned_base: "off", world_writable: "error" } });
  expect(codes(chosen)).not.toContain("unpinned_base");
  expect(chosen.find(({ code }) => code === "world_writable")?.severity).toBe("error");
  await expect(image.lint({ rules: { unpined_base: "off" } as never })).rejects.toThrow(
    "Did you mean `unpinned_base`?",
  );
  await expect(image.lint({ rules: { unpinned_base: "loud" } as never })).rejects.toThrow(
    '"off", "warning" or "error"',
  );
  await expect(image.lint({ rule: {} } as never)).rejects.toThrow("`rule` is not an option");
});

test("a silence is for the step before it, changes no key, and is a finding where it silences nothing", () => {
  const silenced = Image.base("debian:12")
    .runCommands("chmod 777 /srv")
    .silence("world_writable", "Every user of the image works there.")
    .runCommands("chmod 777 /opt");
  const plain = Image.base("debian:12").runCommands("chmod 777 /srv").runCommands("chmod 777 /opt");
  expect(silenced.resolveSync().imageDigest).toBe(plain.resolveSync().imageDigest);
  expect(silenced.resolveSync().findings.map(({ code, path }) => [code, path])).toEqual([
    ["world_writable", "/steps/3/runCommands"],
  ]);
  const unused = Image.base("debian:12").silence("world_writable", "There was one.").resolveSync().findings;
  expect(unused).toMatchObject([{ code: "unused_silence", path: "/steps/1/silence", severity: "warning" }]);
  const misspelt = Image.base("debian:12")
    .silence("world_writeable" as never, "There was one.")
    .resolveSync().findings;
  expect(misspelt).toMatchObject([{ code: "unused_silence", hint: "Did you mean `world_writable`?" }]);
  const error = thrownBy(() => Image.base("debian:12").silence("world_writable", " ").resolveSync()) as PithyImageError;
  expect(error.problems).toMatchObject([{ code: "empty", path: "/steps/1/silence/reason" }]);
});

test("a comment silences a rule for the next instruction of a Dockerfile", () => {
  const text = "FROM debian:12\n# pithy-image silence=cd_alone It must exist.\nRUN cd /tmp\nRUN cd /var\n";
  const root = files({ Dockerfile: text });
  const { findings } = Image.fromDockerfile("Dockerfile").resolveSync({ root });
  expect(findings).toMatchObject([{ code: "cd_alone", source: "Dockerfile:4", path: "/steps/0/fromDockerfile" }]);
  const bare = files({ Dockerfile: text.replace(" It must exist.", "") });
  expect(Image.fromDockerfile("Dockerfile").resolveSync({ root: bare }).findings).toMatchObject([
    { code: "cd_alone", source: "Dockerfile:3" },
    { code: "cd_alone", source: "Dockerfile:4" },
    { code: "unused_silence", source: "Dockerfile:2", message: "`cd_alone` is not silenced here: there is no reason." },
  ]);
});

test("files that are sent are looked at, by name and by content", () => {
  const root = files({
    "app/.env": "A=1\n",
    "app/key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n",
    "app/node_modules/a/index.js": "",
  });
  const { findings } = Image.base("debian:12").addLocalDir("app", "/app").resolveSync({ root });
  expect(codes(findings).sort()).toEqual(["dependencies_sent", "env_file_sent", "private_key_sent"]);
  expect(findings.every(({ path }) => path === "/steps/1/addLocalDir/source")).toBe(true);
});

test("a silence of what is found in files is unused only where the files are known", () => {
  const silenced = Image.base("debian:12").addLocalDir("app", "/app").silence("env_file_sent", "It has no secrets.");
  expect(silenced.outline().findings).toEqual([]);
  const [without, having] = [files({ "app/a": "" }), files({ "app/.env": "A=1\n" })];
  expect(codes(silenced.resolveSync({ root: without }).findings)).toEqual(["unused_silence"]);
  expect(silenced.resolveSync({ root: having }).findings).toEqual([]);
});

test("what is seen in a file is kept with its digest, and goes when the file changes", async () => {
  const many = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`app/${i}`, "a\n"]));
  const root = files({ ...many, "app/key": "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n" });
  for (const file of readdirSync(join(root, "app"))) utimesSync(join(root, "app", file), 1e9, 1e9); // old enough to be kept
  const image = Image.base("debian:12").addLocalDir("app", "/app");
  const codesNow = async () => codes((await image.resolve({ root, snapshotRef: true })).findings);
  expect([await codesNow(), await codesNow()]).toEqual([["private_key_sent"], ["private_key_sent"]]);
  writeFileSync(join(root, "app/key"), "-----BEGIN PUBLIC KEY-----\nb3BlbnNzaC1rZXk=\n");
  expect(await codesNow()).toEqual([]);
});

const KEY = "q8Zr2LkV9mXw4TnB7cJd5HsF";

test("no message shows a secret, and what asks for the exact text has it", () => {
  const secret = Image.base("debian:12").env({ API_KEY: KEY });
  const { findings, dockerfile } = secret.resolveSync();
  expect(findings).toMatchObject([{ code: "secret_in_variable", severity: "error" }]);
  expect(JSON.stringify(findings)).not.toContain(KEY);
  expect(dockerfile).toContain(KEY);
  expect(JSON.stringify(secret)).toContain(KEY);
  const wrong = Image.base(`https://me:${KEY}@registry.example/debian`);
  expect((thrownBy(() => wrong.resolveSync()) as Error).message).not.toContain(KEY);
});

test("secrets are masked, and nothing else", () => {
  expect(maskSecrets(`{"API_KEY":"${KEY}","URL":"https://me:${KEY}@git.corp/a"}`)).toBe(
    '{"API_KEY":"***","URL":"https://me:***@git.corp/a"}',
  );
  expect(maskSecrets("ENV API_KEY=$API_KEY")).toBe("ENV API_KEY=$API_KEY");
});
