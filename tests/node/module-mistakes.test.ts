/** What is wrong with an image's module: where, with an excerpt, and what was probably meant. No stack. */
import { describe, expect, test } from "vitest";
import { CLI, modules, node } from "./helpers.ts";

const IMPORT = 'import { Image } from "pithy-image";\n';

async function mistake(name: string, content: Record<string, string>, ...more: string[]): Promise<string> {
  const cwd = modules(content);
  const { code, stdout, stderr } = await node([CLI, "show", name, ...more], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  if (more.length === 0) expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.replaceAll(`${cwd}/`, "");
}

describe.each(["ts", "mjs"])("in a module that ends with .%s", (extension) => {
  const file = `image.${extension}`;
  const of = (text: string, more: Record<string, string> = {}) => mistake(file, { [file]: text, ...more });

  test("a typo in a call", async () => {
    const text = `${IMPORT}export default Image.debianSlim("3.12")\n  .env({ A: "1" })\n  .aptInstal(["git"]);\n`;
    expect(await of(text)).toBe(
      [
        `${file}:4:4: \`aptInstal\` is not a call of an image.`,
        '  2 | export default Image.debianSlim("3.12")',
        '  3 |   .env({ A: "1" })',
        '> 4 |   .aptInstal(["git"]);',
        "    |    ^",
        "  5 |",
        "Did you mean `aptInstall`?",
        "",
      ].join("\n"),
    );
  });

  test("a typo in a call that begins an image", async () => {
    expect(await of(`${IMPORT}export default Image.debianSlm("3.12");\n`)).toMatch(
      /^image\.\w+:2:22: `debianSlm` is not a call of `Image`\.\n.*\nDid you mean `debianSlim`\?\n$/s,
    );
  });

  test("a typo in a call of a function that makes the image", async () => {
    const text = `${IMPORT}export default async () => Image.base("a:1").workDir("/app");\n`;
    expect(await of(text)).toMatch(/:2:46: `workDir` is not a call of an image\..*Did you mean `workdir`\?\n$/s);
  });

  test.each([
    ["pithy-imag", "The package `pithy-imag` is not installed.", "Did you mean `pithy-image`?"],
    ["@/lib/x", "`@/lib/x` is an alias.", "Import it by its relative path: only bundlers know such aliases."],
    ["left-pad-2", "The package `left-pad-2` is not installed.", "Install it: `npm i left-pad-2`."],
    ["@acme/tool/x", "The package `@acme/tool` is not installed.", "Install it: `npm i @acme/tool`."],
    [
      "pithy-image/daytona-sd",
      "`pithy-image/daytona-sd` is not an entry of the package `pithy-image`.",
      "Did you mean `pithy-image/daytona-sdk`?",
    ],
    ["./bas.mjs", "`./bas.mjs` does not exist.", "Did you mean `./base.mjs`?"],
    ["./base.js", "`./base.js` does not exist.", "Did you mean `./base.mjs`?"],
    ["./lib/no.mjs", "`./lib/no.mjs` does not exist.", "Correct the path."],
  ])("an import of %s", async (specifier, message, hint) => {
    const text = `import { Image } from "${specifier}";\nexport default Image.base("a:1");\n`;
    const stderr = await of(text, { "base.mjs": "export const base = 1;\n" });
    expect(stderr).toContain(`${file}:1:23: ${message}\n> 1 | import { Image } from "${specifier}";\n`);
    expect(stderr.endsWith(`\n${hint}\n`)).toBe(true);
  });

  test.each([
    ["Imag", "pithy-image", "Did you mean `Image`?"],
    ["bse", "./base.mjs", "Did you mean `base`?"],
    ["elsewhere", "./base.mjs", "It exports `base`."],
  ])("an import of `%s`, which %s does not export", async (name, specifier, hint) => {
    const text = `import {\n  type Definition,\n  ${name},\n} from "${specifier}";\nexport default ${name}.base("a:1");\n`;
    const plain = extension === "ts" ? text : text.replace("  type Definition,\n", "");
    const line = extension === "ts" ? 3 : 2;
    const stderr = await of(plain, { "base.mjs": "export const base = 1;\n" });
    expect(stderr).toContain(`${file}:${line}:3: \`${specifier}\` does not export \`${name}\`.\n`);
    expect(stderr.endsWith(`\n${hint}\n`)).toBe(true);
  });

  test("a syntax error", async () => {
    expect(await of(`${IMPORT}export default Image.base("a:1"\n  .env({});\n`)).toBe(
      [
        `${file}:3:11: Syntax error: Unexpected token, expected ",".`,
        '  1 | import { Image } from "pithy-image";',
        '  2 | export default Image.base("a:1"',
        "> 3 |   .env({});",
        "    |           ^",
        "  4 |",
        "Correct it there, or just before.",
        "",
      ].join("\n"),
    );
  });

  test("`process.exit()`", async () => {
    expect(await of(`${IMPORT}process.exit(0);\nexport default Image.base("a:1");\n`)).toBe(
      `${file} ends the process while it is loaded.\nAn image module must not call \`process.exit()\`.\n`,
    );
  });

  test("a promise that nothing settles", async () => {
    expect(await of(`${IMPORT}await new Promise(() => {});\nexport default Image.base("a:1");\n`)).toBe(
      `${file} never finishes loading.\nIt waits for a promise that nothing settles: look for \`await\`.\n`,
    );
  });

  test("the class instead of an image", async () => {
    expect(await of(`${IMPORT}export default Image;\n`)).toBe(
      `${file} exports the class \`Image\`, not an image.\nBegin an image: \`export default Image.debianSlim("3.12")\`.\n`,
    );
  });

  test.each(["base('debian:12')", "debianSlim('3.12')"])("an image of the SDK's own class, by %s", async (call) => {
    expect(await of(`import { Image } from "@daytonaio/sdk";\nexport default Image.${call};\n`)).toBe(
      `${file} exports an image of the Daytona SDK's own class.\nImport \`Image\` from \`pithy-image/daytonaio-sdk\` instead: the calls are the same.\n`,
    );
  });

  test("the class of the SDK", async () => {
    expect(await of('import { Image } from "@daytonaio/sdk";\nexport default Image;\n')).toContain(
      "exports the class `Image`",
    );
  });
});

test("a mistake in a module that the image's module imports is shown there", async () => {
  const content = {
    "image.ts": 'import { base } from "./lib/base.ts";\nexport default base();\n',
    "lib/base.ts": `${IMPORT}\nexport const base = () =>\n  Image.base("a:1").enve({});\n`,
  };
  expect(await mistake("image.ts", content)).toMatch(/^lib\/base\.ts:4:21: `enve` .*Did you mean `env`\?\n$/s);
  const missing = { ...content, "lib/base.ts": 'import "./none.ts";\nexport const base = 1;\n' };
  expect(await mistake("image.ts", missing)).toMatch(/^lib\/base\.ts:1:8: `\.\/none\.ts` does not exist\./);
});

test("a call that other values lack is the module's own defect: an excerpt, and its stack without ours", async () => {
  const cwd = modules({ "image.ts": "const text = 'a';\nexport default text.replaceAllOf('b');\n" });
  const { code, stderr } = await node([CLI, "show", "image.ts"], { cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^.*image\.ts:2:\d+\n {2}1 \| const text.*\n> 2 \| export default text.*\n {4}\| +\^\n.*\n\nTypeError: .*replaceAllOf is not a function\n {4}at .*image\.ts:2:\d+\n$/s,
  );
  expect(stderr.match(/^ {4}at /gm)).toHaveLength(1);
  const { stderr: whole } = await node([CLI, "show", "image.ts", "--verbose"], { cwd });
  expect(whole).toMatch(/^ {4}at .*dist\/cli\/main\.mjs/m);
});

describe("a wrong environment variable", () => {
  const image = { "image.mjs": `${IMPORT}export default Image.base("a:1");\n` };

  test.each([
    ["natve", "Did you mean `native`? Set it to `native` or `wasm`, or unset it."],
    ["rust", "Set it to `native` or `wasm`, or unset it."],
  ])("PITHY_IMAGE_BACKEND=%s is no defect", async (value, hint) => {
    const { code, stderr } = await node([CLI, "show", "image.mjs"], {
      cwd: modules(image),
      env: { PITHY_IMAGE_BACKEND: value },
    });
    expect({ code, stderr }).toEqual({ code: 2, stderr: `Invalid \`PITHY_IMAGE_BACKEND\`: \`${value}\`.\n${hint}\n` });
  });

  test("PITHY_IMAGE_STRICT=yes neither", async () => {
    const { code, stderr } = await node([CLI, "show", "image.mjs"], {
      cwd: modules({
        "image.mjs": `${IMPORT}const image = Image.base("a:1");\nimage.user("x");\nexport default image;\n`,
      }),
      env: { PITHY_IMAGE_STRICT: "yes" },
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "Invalid `PITHY_IMAGE_STRICT`: `yes`.\nSet it to `1`, or unset it.\n",
    });
  });
});

test("a module that is still loading after ten seconds is named", async () => {
  const cwd = modules({
    // The clock of the process: ten seconds are over at once.
    "clock.mjs": `const { setTimeout } = globalThis;
globalThis.setTimeout = (work, delay, ...more) => setTimeout(work, delay === 10_000 ? 0 : delay, ...more);
const { write } = process.stderr;
globalThis.printed = new Promise((resolve) => {
  process.stderr.write = (...given) => { resolve(); return write.apply(process.stderr, given); };
});\n`,
    // It waits for what is printed, and for nothing else.
    "image.mjs": `${IMPORT}const busy = setInterval(() => {}, 1_000_000);
await globalThis.printed;
clearInterval(busy);
export default Image.base("a:1");\n`,
  });
  const { code, stdout, stderr } = await node(["--import", "./clock.mjs", CLI, "show", "image.mjs"], { cwd });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `${cwd}/image.mjs is still loading: it waits for something.\n`,
  });
  expect(stdout).toMatch(/^FROM a:1\n/);
});

test("with --verbose, a mistake has its stack as well", async () => {
  const content = { "image.mjs": `${IMPORT}export default Image;\n` };
  expect(await mistake("image.mjs", content, "--verbose")).toMatch(/exports the class `Image`.*\n {4}at /s);
});
