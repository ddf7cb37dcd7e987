/** What is requested for a sandbox. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import type { UnbuiltSnapshot } from "../failure.ts";
import type { HttpRequest } from "../http.ts";
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
  /** The parameters of the SDK's `create`, without the labels. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Its labels, ours included. */
  readonly labels: Readonly<Record<string, string>>;
  /** The image that is built, if any. */
  readonly resolved?: ResolvedImage;
  /** The snapshot that it is created from, if any. */
  readonly snapshot?: UnbuiltSnapshot;
  /** Its region; that of the client if it is not known. */
  readonly region?: string | undefined;
}

/** A snapshot, and the region in which sandboxes can be created from it, if it is known. */
interface PlacedSnapshot extends UnbuiltSnapshot {
  readonly region?: string | undefined;
}

/** The order for the options. */
export async function orderOf(call: ApiCall, options: CreateSandboxOptions): Promise<Order> {
  const { image, root, resources, snapshot, region } = options;
  const order = commonOf(call, options);
  if (snapshot !== undefined) return ofSnapshot(order, { name: snapshot, region });
  if (!image) {
    const { snapshotName: name, imageName, imageDigest, region } = lockedImage(options.lock, options.imageName);
    return ofSnapshot(order, { name, imageName, region }, { [LABELS.image]: imageDigest, [LABELS.lock]: imageName });
  }
  const resolved = await call.resolve(image, root);
  const sdkImage = await call.race(sdkImageOf(resolved, call.connection.Image, call.watch));
  const labelled = withLabels(order, { [LABELS.image]: resolved.imageDigest });
  const params = { ...labelled.params, image: sdkImage, ...(resources && { resources }) };
  return { ...labelled, resolved, region, params };
}

/** The same order for a snapshot; its name is the label where the digest is not known. */
export function ofSnapshot(
  order: Order,
  { region, ...snapshot }: PlacedSnapshot,
  labels: Readonly<Record<string, string>> = { [LABELS.image]: snapshot.name },
): Order {
  const labelled = withLabels(order, labels);
  return { ...labelled, snapshot, region, params: { ...labelled.params, snapshot: snapshot.name } };
}

/** The SDK's request for an order. The SDK itself knows only the region of the client. */
export function placed(request: HttpRequest, { region }: Order): HttpRequest {
  if (region === undefined) return request;
  return { ...request, data: JSON.stringify({ ...JSON.parse(String(request.data)), target: region }) };
}

const withLabels = (order: Order, labels: Readonly<Record<string, string>>): Order => ({
  ...order,
  labels: { ...order.labels, ...labels },
});

function commonOf({ connection }: ApiCall, options: CreateSandboxOptions): Order {
  const nonce = crypto.randomUUID();
  const { ttlMinutes, envVars, params, reuse } = options;
  const name = reuse === undefined ? (options.name ?? `pithy-${nonce}`) : `pithy-reuse-${reuse}`;
  const labels = { ...options.labels, [LABELS.nonce]: nonce, ...(reuse !== undefined && { [LABELS.reuse]: reuse }) };
  const own = { ...(envVars && { envVars: { ...envVars } }), name };
  return {
    name,
    nonce,
    labels,
    params: { ...idleStop(options), ...params, ...own, ...endOf(connection, ttlMinutes) },
  };
}

/**
 * What runs in the background does not count as activity, so that a sandbox that is idle must not stop before its end. Where
 * Daytona knows no other end, or does not honour it, this is the end. Pausing excludes stopping.
 */
const idleStop = ({ ttlMinutes, params = {} }: Pick<CreateSandboxOptions, "ttlMinutes" | "params">): object =>
  "autoPauseInterval" in params ? {} : { autoStopInterval: ttlMinutes };

/** What ends a sandbox. Where there is no time to live, it is deleted as soon as it stops. */
const endOf = ({ hasWarmPools }: Connection, ttlMinutes: number): object =>
  hasWarmPools ? { ttlMinutes } : { autoDeleteInterval: 0 };
