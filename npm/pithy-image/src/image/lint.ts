/** Which findings are reported, and how severe they are. */
import { aBoolean, type Check, type Fields, fields, must, optional } from "../shared/check.ts";
import type { Finding } from "../shared/errors.ts";
import { RULE_CODES } from "../shared/rules.generated.ts";
import type { LintOptions } from "../shared/types.ts";
import type { LintRules } from "../shared/wire.generated.ts";
import { RESOLVING } from "./resolve-options.ts";

/** The findings that are to be reported, with the severities that the project gives them. */
export function reported(
  findings: readonly Finding[],
  { rules = {}, pedantic = false }: Pick<LintOptions, "rules" | "pedantic">,
): Finding[] {
  return findings.flatMap((finding) => {
    const level = rules[finding.code] ?? finding.severity;
    if (level === "off" || (level === "pedantic" && !pedantic)) return [];
    return [{ ...finding, severity: level }];
  });
}

const LEVELS: readonly unknown[] = ["off", "warning", "error"];

const LEVEL: Check = optional(must('"off", "warning" or "error"', (level) => LEVELS.includes(level), true));

/** What a project decides about rules. */
export const LINT_RULES: Check = fields<LintRules>(
  Object.fromEntries(RULE_CODES.map((code) => [code, LEVEL])) as Fields<LintRules>,
  "a lint rule",
);

export const LINT_OPTIONS: Check = optional(
  fields<LintOptions>({ ...RESOLVING, rules: optional(LINT_RULES), pedantic: optional(aBoolean) }),
);
