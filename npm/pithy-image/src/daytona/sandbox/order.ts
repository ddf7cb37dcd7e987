/** What is requested for a sandbox. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { ApiCall } from "../api-call.ts";
import type { UnbuiltSnapshot } from "../failure.ts";
import { lockedImage } from "../locked-image.ts";
import { sdkImageOf } from "../sdk-image.ts";
import type { CreateSandboxOptions } from "./sandbox-options.ts";
import { LABELS } from "./sandbox-record.ts";

/** The request for a sandbox. */
export interface Order {
  /** Its name, unique within the organization. */
  readonly name: string;
  /** Distinguishes it from another sandbox with that name. */
  readonly nonce: string;
  /** The parameters of the SDK's `create`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** The image that is built, if any. */
  readonly resolved?: ResolvedImage;
  /** The snapshot that it is created from, if any. */
  readonly snapshot?: UnbuiltSnapshot;
}

/** The order for the options. */
export async function orderOf(call: ApiCall, options: CreateSandboxOptions): Promise<Order> {
  const { image, root, resources, snapshot } = options;
  const order = commonOf(call, options);
  if (snapshot !== undefined) return ofSnapshot(order, { name: snapshot });
  if (!image) {
    const { snapshotName: name, imageName, imageDigest } = lockedImage(options.lock, options.imageName);
    return ofSnapshot(order, { name, imageName }, { [LABELS.image]: imageDigest, [LABELS.lock]: imageName });
  }
  const resolved = await call.resolve(image, root);
  const sdkImage = await call.race(sdkImageOf(resolved, call.connection.Image, { signal: call.signal }));
  const labelled = withLabels(order, { [LABELS.image]: resolved.imageDigest });
  return { ...labelled, resolved, params: { ...labelled.params, image: sdkImage, ...(resources && { resources }) } };
}

/** The same order for a snapshot; its name is the label where the digest is not known. */
export function ofSnapshot(
  order: Order,
  snapshot: UnbuiltSnapshot,
  labels: Readonly<Record<string, string>> = { [LABELS.image]: snapshot.name },
): Order {
  const labelled = withLabels(order, labels);
  return { ...labelled, snapshot, params: { ...labelled.params, snapshot: snapshot.name } };
}

const withLabels = (order: Order, labels: Readonly<Record<string, string>>): Order => ({
  ...order,
  params: { ...order.params, labels: { ...(order.params.labels as object), ...labels } },
});

function commonOf({ connection }: ApiCall, options: CreateSandboxOptions): Order {
  const nonce = crypto.randomUUID();
  const { ttlMinutes, envVars, params, name = `pithy-${nonce}` } = options;
  const end = connection.hasWarmPools ? { ttlMinutes } : { autoStopInterval: ttlMinutes, autoDeleteInterval: 0 };
  const labels = { ...options.labels, [LABELS.nonce]: nonce };
  return { name, nonce, params: { ...params, ...(envVars && { envVars: { ...envVars } }), name, labels, ...end } };
}
