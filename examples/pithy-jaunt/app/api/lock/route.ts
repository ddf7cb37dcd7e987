import { parseLock } from "pithy-image";
import lock from "@/pithy-image.lock.json" with { type: "json" };

export const runtime = "edge";

/** The snapshots that production runs, by the names of the images. */
export function GET(): Response {
  const images = Object.entries(parseLock(lock).images);
  return Response.json(Object.fromEntries(images.map(([name, { snapshotName }]) => [name, snapshotName])));
}
