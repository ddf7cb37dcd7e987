/** The snapshot of Pithy Jaunt's image, in one call. */

import type { PithyJauntOptions } from "../image/preset.ts";
import { buildPithyJauntImage } from "../image/preset.ts";
import type { ResolveOptions, StagedContext } from "../shared/types.ts";
import type { Resources } from "../shared/wire.generated.ts";
import type { CallOptions } from "./call.ts";
import type { DaytonaClient } from "./client.ts";
import { pithyDaytona } from "./pithy-daytona.ts";
import type { Resolvable, SdkImageClass, SdkImageParts } from "./sdk-image.ts";

/** The part of the SDK's client that makes snapshots: see {@link createPithyJauntSnapshot}. */
export interface SnapshotClient extends DaytonaClient {
  /** The client's snapshots. */
  readonly snapshot: { create(params: never, options?: never): Promise<unknown> };
}

/** What a client's `snapshot.create` answers, and so {@link createPithyJauntSnapshot}. */
export type SnapshotOf<Client extends SnapshotClient> = Awaited<ReturnType<Client["snapshot"]["create"]>>;

/** Options of {@link createPithyJauntSnapshot}, those of the image among them. */
export interface CreateSnapshotOptions extends PithyJauntOptions, Omit<ResolveOptions, "signal">, CallOptions {
  /** The SDK's image class, if its client insists on an instance; any object with the right fields will do today. */
  Image?: SdkImageClass<SdkImageParts> | undefined;
  /** Called with each part of the build's log. */
  onLogs?: ((chunk: string) => void) | undefined;
  /** Told each state, once. */
  onState?: ((state: string) => void) | undefined;
  /** The machine that sandboxes of the snapshot get. */
  resources?: Resources | undefined;
}

/**
 * Makes sure that there is a snapshot of Pithy Jaunt's image, and waits for it. Any number of processes may call it at once.
 *
 * @param daytona - A client of the SDK.
 * @param name - Name of the snapshot. One of that name that holds another image is error `conflict`.
 * @throws PithyImageError
 *
 * @example
 * ```ts
 * const snapshot = await createPithyJauntSnapshot(daytona, "pithy-jaunt-dev", { onLogs: console.log });
 * snapshot.name;
 * // pithy-jaunt-dev
 * ```
 */
export async function createPithyJauntSnapshot<Client extends SnapshotClient>(
  daytona: Client,
  name: string = "pithy-jaunt-dev",
  options: CreateSnapshotOptions = {},
): Promise<SnapshotOf<Client>> {
  const { Image = PlainImage, onLogs, onState, onProgress, resources, root, signal, deadline, ...others } = options;
  const image = buildPithyJauntImage(others);
  const watched: Resolvable = {
    resolve: (how) => image.resolve({ ...how, onProgress }),
    refresh: (token) => image.refresh(token),
  };
  const { ensureSnapshot } = pithyDaytona({ daytona, Image });
  const ensured = await ensureSnapshot(watched, { name, root, resources, signal, deadline, onLog: onLogs, onState });
  return ensured.snapshot as SnapshotOf<Client>;
}

/** Stands for the SDK's class where any object with the right fields will do. */
class PlainImage implements SdkImageParts {
  readonly contextList: StagedContext[] = [];
  readonly dockerfile: string;

  constructor(dockerfile: string) {
    this.dockerfile = dockerfile;
  }

  static base(image: string): PlainImage {
    return new PlainImage(`FROM ${image}\n`);
  }
}
