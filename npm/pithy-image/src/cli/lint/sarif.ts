/** Findings in SARIF 2.1.0, which GitHub's code scanning and others read. */
import { relative } from "node:path";
import type { Location, Log, ReportingDescriptor, Result } from "sarif";
import { ownVersion } from "../package-json.ts";
import { PAGES } from "./pages.generated.ts";
import type { Linted, PlacedFinding } from "./targets.ts";

export function sarif(linted: readonly Linted[]): Log {
  const all = linted.flatMap(({ file, findings }) => findings.map((finding) => ({ file, finding })));
  const codes = [...new Set(all.map(({ finding }) => finding.code))].sort();
  const results = all.map(({ file, finding }) => resultOf(finding, file, codes.indexOf(finding.code)));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "pithy-image", version: ownVersion(), rules: codes.map(rule) } }, results }],
  };
}

function rule(code: PlacedFinding["code"]): ReportingDescriptor {
  const { title, text } = PAGES[code];
  return {
    id: code,
    shortDescription: { text: plain(title) },
    fullDescription: { text: plain(text.split("\n\n")[0] ?? title) },
    help: { text: plain(text), markdown: text },
  };
}

const plain = (markdown: string): string => markdown.replaceAll("`", "").replaceAll("\n", " ");

function resultOf({ code, severity, message, hint, place }: PlacedFinding, file: string, ruleIndex: number): Result {
  const region = place && { region: { startLine: place.line, startColumn: place.column } };
  const uri = relative("", place?.file ?? file)
    .split(/[\\/]/)
    .map(encodeURIComponent)
    .join("/");
  const location: Location = { physicalLocation: { artifactLocation: { uri, uriBaseId: "%SRCROOT%" }, ...region } };
  return {
    ruleId: code,
    ruleIndex,
    level: severity === "error" ? "error" : "warning",
    message: { text: `${message} ${hint}` },
    locations: [location],
  };
}
