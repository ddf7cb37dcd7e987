import { lintedImage } from "../../../lib/linted";

export const dynamic = "force-dynamic";

export const GET = async () => Response.json(await lintedImage({ name: "agent" }).lint());
