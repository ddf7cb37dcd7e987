/** Arguments that the Daytona SDK refuses at the call: programs rely on the error there. All others are checked later. */
import type { Step } from "../shared/wire.generated.ts";
import { PYTHON_SERIES } from "./step-options.ts";

const isString = (value: unknown): value is string => typeof value === "string";

const areStrings = (values: unknown): boolean => Array.isArray(values) && values.every(isString);

/** Whether the core may refuse a step for such an argument; only then it is asked, so that it need not be loaded before. */
export function isRefusedAtOnce(step: Step): boolean {
  if ("debianSlim" in step) {
    const { python } = step.debianSlim;
    return python !== undefined && !(PYTHON_SERIES as readonly string[]).includes(python);
  }
  if ("pipInstall" in step) return !areStrings(step.pipInstall.packages);
  if ("runCommands" in step) return step.runCommands.commands.some((each) => Array.isArray(each) && !areStrings(each));
  if ("env" in step) return !Object.values(step.env.variables ?? {}).every(isString);
  if ("entrypoint" in step) return !areStrings(step.entrypoint.command);
  return "cmd" in step && !areStrings(step.cmd.command);
}
