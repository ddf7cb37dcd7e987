/** Every entry, by the names that applications use, and what does not compile. */
import { Daytona, Image as SdkImage } from "@daytonaio/sdk";
import { type AnyImage, buildPithyJauntImage, Image, type Lock, type PythonSeries, parseLock } from "pithy-image";
import {
  type CreateSandboxOptions,
  type EnsureSnapshotOptions,
  PithyDaytonaError,
  pithyDaytona,
  type SnapshotSource,
} from "pithy-image/daytona";
import { Image as OtherImage } from "pithy-image/daytona-sdk";
import { Image as BoundImage } from "pithy-image/daytonaio-sdk";
import { withPithyImage } from "pithy-image/next";

export const config: { output: string } = withPithyImage({ output: "standalone" });

const client = new Daytona({ apiKey: "key" });
const { createSandbox, ensureSnapshot } = pithyDaytona({ daytona: client, Image: SdkImage });
const lock: Lock = parseLock({ format: "pithy-image-lock/1", images: {} });
const series = "3.12" as PythonSeries;

export const images: AnyImage[] = [
  Image.debianSlim(series),
  BoundImage.base("a"),
  OtherImage.base("a"),
  buildPithyJauntImage(),
];
export const sources: SnapshotSource[] = [lock, Image.base("a"), BoundImage.base("a"), "debian:12"];
export const options: CreateSandboxOptions[] = [
  { lock, ttlMinutes: 60 },
  { image: BoundImage.base("a"), ttlMinutes: 60, resources: { cpu: 1 } },
  { snapshot: "a", ttlMinutes: 60, region: "eu" },
];

export async function start(more: EnsureSnapshotOptions): Promise<string> {
  try {
    await ensureSnapshot(Image.base("a"), more);
    const sandbox = await createSandbox({ lock, envVars: { TASK_ID: "7" }, ttlMinutes: 60 });
    return sandbox.id;
  } catch (error) {
    return error instanceof PithyDaytonaError ? error.code : "unknown";
  }
}

export const refused = (): unknown[] => [
  // @ts-expect-error two of them
  createSandbox({ lock, snapshot: "a", ttlMinutes: 60 }),
  // @ts-expect-error none of them
  createSandbox({ ttlMinutes: 60 }),
  // @ts-expect-error nothing
  ensureSnapshot({}),
  // @ts-expect-error an image of the SDK's own class
  ensureSnapshot(SdkImage.base("a")),
  // @ts-expect-error an unknown series
  Image.debianSlim("3.7"),
];
