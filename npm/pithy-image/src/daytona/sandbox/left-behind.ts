/** What Daytona does about a sandbox that could not be deleted. */
import type { Order } from "./order.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** The parameters of an order that end its sandbox. */
interface End {
  readonly ttlMinutes?: number;
  readonly autoStopInterval?: number;
}

/** A sandbox that may remain, and until when. One whose creation was not seen has only its name. */
export function leftBehind(
  { name, params }: Pick<Order, "name" | "params">,
  record: SandboxRecord | undefined,
): string {
  const what = record ? `sandbox ${record.id}` : `sandbox \`${name}\`, if it was created`;
  return `${what}; ${endOf(params, record)}`;
}

function endOf({ ttlMinutes, autoStopInterval = 0 }: End, record: SandboxRecord | undefined): string {
  const otherwise = "it stays until `reapSandboxes` deletes it";
  if (ttlMinutes !== undefined) {
    if (!record) return `Daytona deletes it ${ttlMinutes} minutes after its creation`;
    return record.autoDestroyAt ? `Daytona deletes it at ${record.autoDestroyAt}` : otherwise; // older servers know no end
  }
  if (autoStopInterval === 0) return otherwise;
  return `once it has started, Daytona deletes it after ${autoStopInterval} idle minutes; if it never starts, ${otherwise}`;
}
