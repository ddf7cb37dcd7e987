import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The page as one file without a core, into which the command line writes the data. It opens from a disk. */
const singleFile: UserConfig = defineConfig({
  root: "page",
  publicDir: false,
  resolve: { alias: { "pithy-image": path("page/no-core.ts") } },
  plugins: [inlined()],
  build: {
    outDir: "dist", // not beside what the package publishes: it is a part of the command line
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: path("page/single-file.ts"),
      output: { codeSplitting: false },
    },
  },
});

/** Puts scripts and styles into the template, under a policy that allows nothing else. */
function inlined(): Plugin {
  return {
    name: "inlined",
    enforce: "post",
    generateBundle(_options, bundle) {
      const files = Object.values(bundle);
      const code = files.map((file) => (file.type === "chunk" ? file.code : "")).join("");
      const script = inElement(code.replaceAll("__VITE_PRELOAD__", "[]")); // Vite would do so later: nothing is preloaded
      const style = files
        .map((file) => (file.type === "asset" ? String(file.source) : ""))
        .join("")
        .trim();
      for (const name of Object.keys(bundle)) delete bundle[name];
      const parts = [
        ['content="[policy]"', `content="${policyFor(script, style)}"`],
        ['href="[icon]"', `href="${icon()}"`],
        ["<style></style>", `<style>${style}</style>`],
        ['<script type="module"></script>', `<script type="module">${script}</script>`],
      ] as const;
      const template = readFileSync(path("page/single-file.html"), "utf8");
      const source = parts.reduce((html, [place, part]) => html.replace(place, () => part), template);
      this.emitFile({ type: "asset", fileName: "single-file.html", source });
    },
  };
}

/** A script that does not end its element, nor begins what looks like another: such text is only in strings. */
const inElement = (script: string): string => script.trim().replace(/<(?=\/?script|!--)/gi, "\\x3c");

const policyFor = (script: string, style: string): string =>
  [
    "default-src 'none'",
    `script-src '${hash(script)}'`,
    `style-src '${hash(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

const hash = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

const icon = (): string => `data:image/svg+xml;base64,${readFileSync(path("page/icon.svg"), "base64")}`;

export default singleFile;
