/** What a page shows of an image that is full of secrets. They are no real ones. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Image, maskSecrets } from "pithy-image";
import { expect, test } from "vitest";
import { CLI, files, modules, node } from "./helpers.ts";

/** A secret for each place, so that a failure names the place. */
const secret = (place: string): string => `${place}Zr2LkV9mXw4TnB7cJd5HsF6gPy`;

const KEY = btoa(`-----BEGIN RSA PRIVATE KEY-----\n${secret("key")}\n-----END RSA PRIVATE KEY-----\n`);

const IMAGE = `import { Image } from "pithy-image";
export default Image.base("debian:12")
  .env({
    DATABASE_URL: "postgres://u:${secret("url")}@db/x",
    STORAGE: "AccountName=a;AccountKey=${secret("azure")}==;EndpointSuffix=core.windows.net",
    HOOK: "https://hooks.slack.com/services/T04ABCDEF/B05GHIJKL/${secret("hook")}",
    KEY_DATA: "${KEY}",
    PASSPHRASE: "correct horse ${secret("phrase")}",
    MYPASS: 'a"b\\\\${secret("mypass")}',
    DB_PASS: "swordfishwordfish",
    SHOWN: "a value that stays",
  })
  .arg("SERVICE_PASSWORD", "${secret("arg")}")
  .runCommands(
    "curl -H 'Authorization: Bearer ${secret("bearer")}' https://a.example.org",
    "curl -u admin:${secret("curl")} https://a.example.org && echo 'and this'",
    "mysql -u root -p${secret("mysql")} shop",
    "echo root:${secret("chpasswd")} | chpasswd",
    "aws configure set aws_secret_access_key ${secret("aws")}",
    ["sshpass", "-p", "${secret("words")}", "ssh", "a@b"],
  )
  .entrypoint(["mysql", "-u", "root", "-p${secret("entrypoint")}"])
  .cmd(["app", "--token", "${secret("cmd")}", "--verbose"])
  .runScript("set -e\\nTOKEN=${secret("script")}\\nsshpass -p '${secret("sshpass")}' ssh a@b\\n")
  .addFile("/root/.netrc", "machine a.example.org\\n  login me\\n  password ${secret("netrc")}\\n")
  .addFile("/etc/token", new TextEncoder().encode("token: ${secret("bytes")}\\n"))
  .addFile("/etc/motd", new TextEncoder().encode("Be kind.\\n"))
  .addLocalDir("app", "/app");
`;

const APP = {
  "app/a.json": `{ "secretAccessKey": "${secret("json")}", "region": "eu-west-1" }\n`,
  "app/b.yaml": `database:\n  password: ${secret("yaml")}\n  host: db\n`,
  "app/c.env": `PASSWORD=${secret("dotenv")}\nMODE=production\n`,
  "app/d.py": `headers = {"Authorization": "Bearer ${secret("python")}"}\n\ndef login(password: str): ...\n`,
};

const BYTES = btoa(`token: ${secret("bytes")}\n`);

test("a page shows no secret of an image, and the rest", async () => {
  const cwd = modules({ "package.json": "{}", "image.mjs": IMAGE, ...APP });
  expect(await node([CLI, "show", "image.mjs", "--out", "site"], { cwd })).toMatchObject({ code: 0 });
  await node([CLI, "show", "image.mjs", "--out", "page.html"], { cwd });
  const json = await node([CLI, "show", "image.mjs", "--json"], { cwd });
  const planted = [...`${IMAGE}${Object.values(APP).join("")}`.matchAll(/\w+Zr2LkV9mXw4TnB7cJd5HsF6gPy/g)].map(
    ([it]) => it,
  );
  expect(planted.length).toBe(22);
  const spec = readFileSync(join(cwd, "site/spec.json"), "utf8");
  for (const shown of [spec, readFileSync(join(cwd, "page.html"), "utf8"), json.stdout]) {
    expect(planted.filter((text) => shown.includes(text))).toEqual([]);
    for (const text of [BYTES.slice(8, 40), KEY.slice(48), "swordfish", "correct horse"])
      expect(shown).not.toContain(text);
    expect(shown).toContain("a value that stays");
    expect(shown).toContain(btoa("Be kind.\n"));
  }
  const { definition, isMasked, texts } = JSON.parse(spec).spec;
  expect(isMasked).toBe(true);
  expect(definition.steps[1].env.variables ?? definition.steps[1].env).toMatchObject({
    DATABASE_URL: "postgres://u:***@db/x",
    STORAGE: "AccountName=a;AccountKey=***;EndpointSuffix=core.windows.net",
    PASSPHRASE: "***",
    MYPASS: "***",
    DB_PASS: "***",
  });
  expect(Object.values(texts)).toEqual(
    expect.arrayContaining([
      '{ "secretAccessKey": "***", "region": "eu-west-1" }\n',
      "database:\n  password: ***\n  host: db\n",
      "PASSWORD=***\nMODE=production\n",
      'headers = {"Authorization": "Bearer ***"}\n\ndef login(password: str): ...\n',
    ]),
  );
});

test("a change of the words of a command shows none of them, nor its plan", async () => {
  const image = (value: string) =>
    `import { Image } from "pithy-image";\nexport default Image.base("a:1").cmd(["mysql", "-u", "root", "-p${value}", "shop"]);\n`;
  const cwd = modules({ "package.json": "{}", "before.mjs": image(secret("was")), "image.mjs": image(secret("is")) });
  await node([CLI, "show", "image.mjs", "--out", "site", "--baseline", "before.mjs"], { cwd });
  const text = readFileSync(join(cwd, "site/spec.json"), "utf8");
  expect(text).not.toContain("Zr2LkV9mXw4TnB7cJd5HsF6gPy");
  const { plan, spec } = JSON.parse(text);
  expect(plan.steps[1].fields).toEqual([{ path: "/command/3", before: "-p***", after: "-p***" }]);
  expect(spec.definition.steps[1].cmd.command).toEqual(["mysql", "-u", "root", "-p***", "shop"]);
});

test("a variable of a script is named without the escape before it", () => {
  const root = files({});
  const { findings } = Image.base("debian:12")
    .runScript(`set -e\nTOKEN=${secret("script")}\n`)
    .resolveSync({ root });
  expect(findings.map(({ message }) => message)).toContainEqual(expect.stringContaining("`TOKEN` holds a secret"));
});

test("what is only named is shown", () => {
  for (const text of ["DB_PASS=$DB_PASS", "docker run -p 8080:80 -u node", "token: <your token>", "password: string"]) {
    expect(maskSecrets(text)).toBe(text);
  }
  expect(maskSecrets(`docker login -p ${secret("docker")}`)).toBe("docker login -p ***");
});
