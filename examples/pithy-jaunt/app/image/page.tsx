import { parseLock } from "pithy-image";
import { ImagePreview } from "pithy-image-preview";
import { previewSpec } from "pithy-image-preview/server";
import { buildPithyJauntImage } from "@/lib/daytona/declarative-image";
import lock from "@/pithy-image.lock.json" with { type: "json" };

export const dynamic = "force-dynamic";

/** What the code says, and what differs in what production runs. */
export default async function Page() {
  const image = buildPithyJauntImage();
  const [running] = Object.values(parseLock(lock).images);
  const plan = running && (await image.resolve()).plan(running);
  const notice = plan?.unchanged === false ? `Production still runs ${running?.snapshotName}.` : undefined;
  return <ImagePreview title="Sandbox image" spec={await previewSpec(image)} plan={plan} notice={notice} />;
}
