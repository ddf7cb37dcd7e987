/** What a project decides about rules: in package.json, and in the arguments. */
import { LINT_RULES } from "../../image/lint.ts";
import { aBoolean, type Check, describeMistakes, fields, optional } from "../../shared/check.ts";
import type { LintRules } from "../../shared/wire.generated.ts";
import { applicationPackage } from "../package-json.ts";
import { UsageError } from "../usage-error.ts";
import type { Policy } from "./targets.ts";

const POLICY: Check = optional(
  fields<Policy>({ rules: optional(LINT_RULES), pedantic: optional(aBoolean) }, "a field of it"),
);

/** The policy of package.json, with what the arguments say instead. */
export function policyOf(rules?: LintRules, pedantic?: true): Policy {
  const { pithyImageLint: written } = applicationPackage() ?? {};
  const mistakes = POLICY(written, "");
  if (mistakes.length > 0) {
    throw new UsageError(`The field "pithyImageLint" of package.json is wrong: ${describeMistakes(mistakes, "it")}`);
  }
  const policy = (written ?? {}) as Policy;
  return { pedantic: pedantic ?? policy.pedantic, rules: { ...policy.rules, ...rules } };
}

/** The rules of an argument, `unpinned_base=off`, with those of the arguments before it. */
export function addRule(text: string, before: LintRules = {}): LintRules {
  const [code = "", level = ""] = text.split("=");
  const rules = { [code]: level };
  const mistakes = LINT_RULES(rules, "");
  if (mistakes.length > 0) throw new UsageError(`\`--rule ${text}\`: ${describeMistakes(mistakes, "it")}`);
  return { ...before, ...(rules as LintRules) };
}
