import { identity } from "../../../identity";

export const dynamic = "force-dynamic";

export const GET = async () => Response.json(await identity());
