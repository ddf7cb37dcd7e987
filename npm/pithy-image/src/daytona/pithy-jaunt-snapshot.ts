/** The snapshot of Pithy Jaunt's image, in one call. */

import type { PithyJauntOptions } from "../image/preset.ts";
import { buildPithyJauntImage } from "../image/preset.ts";
import { aFunction, anything, type Check, type Fields, fields, optional } from "../shared/check.ts";
import { RESOURCES } from "../shared/resources.ts";
import type { PackedContext, ResolveOptions } from "../shared/types.ts";
import type { Resources } from "../shared/wire.generated.ts";
import { CALL_OPTIONS, type CallOptions } from "./call.ts";
import type { DaytonaClient } from "./client.ts";
import { checkGiven } from "./failure.ts";
import { pithyDaytona } from "./pithy-daytona.ts";
import { SDK_IMAGE, type SdkImageClass, type SdkImageParts } from "./sdk-image.ts";
import type { EnsureSnapshotOptions } from "./snapshot/ensure-options.ts";

/** The part of the SDK's client that creates snapshots: see {@link createPithyJauntSnapshot}. */
export interface SnapshotClient extends DaytonaClient {
  /** The client's snapshots. */
  readonly snapshot: { create(params: never, options?: never): Promise<unknown> };
}

/** What a client's `snapshot.create` returns, and thus {@link createPithyJauntSnapshot}. */
export type SnapshotOf<Client extends SnapshotClient> = Awaited<ReturnType<Client["snapshot"]["create"]>>;

/** The options of the image, which the core checks. */
const IMAGE_OPTIONS: Fields<PithyJauntOptions> = {
  python: anything,
  apt: anything,
  pip: anything,
  node: anything,
  githubCli: anything,
  playwright: anything,
  requirements: anything,
  files: anything,
  scripts: anything,
};

/** Options of {@link createPithyJauntSnapshot}, including those of the image. */
export interface CreateSnapshotOptions
  extends PithyJauntOptions,
    Pick<ResolveOptions, "root" | "onProgress">,
    Pick<EnsureSnapshotOptions, "replace" | "check">,
    CallOptions {
  /** The SDK's image class, if its client requires an instance; today any object with the right fields works. */
  Image?: SdkImageClass<SdkImageParts> | undefined;
  /** Called with each part of the build's log. */
  onLogs?: ((chunk: string) => void) | undefined;
  /** Called with each state, once. */
  onState?: ((state: string) => void) | undefined;
  /** Called with Daytona's words when it says that something is not possible yet, and the call waits and tries again. */
  onWait?: ((reason: string) => void) | undefined;
  /** The machine that sandboxes of the snapshot get. */
  resources?: Resources | undefined;
}

const OPTIONS: Check = fields<CreateSnapshotOptions>({
  ...CALL_OPTIONS,
  ...IMAGE_OPTIONS,
  Image: optional(SDK_IMAGE),
  onLogs: optional(aFunction),
  onState: optional(aFunction),
  onWait: optional(aFunction),
  onProgress: optional(aFunction),
  replace: anything, // `ensureSnapshot` checks these
  check: anything,
  resources: optional(RESOURCES),
  root: anything,
});

/**
 * Ensures that there is a snapshot of Pithy Jaunt's image, and waits for it. Any number of processes may call it at once.
 *
 * @param daytona - A client of the SDK.
 * @param name - Name of the snapshot. If it holds another image, such as the one before an edit, the error has the code `conflict`
 * and says what differs; with `replace: true` it is replaced.
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
  checkGiven("createPithyJauntSnapshot", options, OPTIONS, "The third argument");
  const { Image = PlainImage, onLogs, onState, onWait, onProgress, resources, replace, check, ...more } = options;
  const { root, signal, deadline, ...others } = more;
  const { ensureSnapshot } = pithyDaytona({ daytona, Image });
  const how = { resources, replace, check, root, signal, deadline, onProgress };
  const ensured = await ensureSnapshot(buildPithyJauntImage(others), { ...how, name, onLog: onLogs, onState, onWait });
  return ensured.snapshot as SnapshotOf<Client>;
}

/** Takes the place of the SDK's class where any object with the right fields works. */
class PlainImage implements SdkImageParts {
  readonly #contexts: PackedContext[] = [];
  readonly #dockerfile: string;

  constructor(dockerfile: string) {
    this.#dockerfile = dockerfile;
  }

  get dockerfile(): string {
    return this.#dockerfile;
  }

  get contextList(): PackedContext[] {
    return this.#contexts;
  }

  static base(image: string): PlainImage {
    return new PlainImage(`FROM ${image}\n`);
  }
}
