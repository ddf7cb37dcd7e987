/** What the key is allowed to do. */
import type { ApiCall } from "../../daytona/api-call.ts";
import { hintFor, isFine, messageIn } from "../../daytona/failure.ts";
import type { Access } from "../../daytona/http.ts";
import { type Finding, findings } from "./finding.ts";

/** What needs each permission. */
const NEEDED: Readonly<Record<string, string>> = {
  "write:sandboxes": "`createSandbox`, `startTask` and warm pools",
  "delete:sandboxes": "`reapSandboxes`, and `createSandbox` to delete what fails to start",
  "write:snapshots": "`snapshot ensure` and `ensureSnapshot`",
  "delete:snapshots": "`snapshot prune`, `pruneSnapshots`, and `snapshot ensure` to replace what failed to build",
};

/** A finding for each permission that the key lacks: one key for everything is not required. */
export async function checkPermissions(call: ApiCall<Access>): Promise<Finding[]> {
  const { ok, warning, problem } = findings("permissions");
  const response = await call.ask("GET", ["api-keys", "current"]);
  const { status, data } = response;
  if (status === 403) return [problem(`Daytona refuses the key: ${messageIn(data)} (403).`, hintFor(response))];
  const { permissions } = Object(data) as { permissions?: unknown };
  if (!isFine(response) || !Array.isArray(permissions)) {
    return [
      warning(`Daytona does not say what the key is allowed to do (${status}).`, "See the key in the dashboard."),
    ];
  }
  const lacking = Object.entries(NEEDED).filter(([permission]) => !permissions.includes(permission));
  if (lacking.length === 0) return [ok("the key may create and delete snapshots and sandboxes")];
  return lacking.map(([permission, what]) =>
    warning(`The key lacks \`${permission}\`.`, `It is needed for ${what}: if you use that, create a key with it.`),
  );
}
