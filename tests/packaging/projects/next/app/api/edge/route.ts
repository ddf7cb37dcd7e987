import { identity } from "../../../identity";

export const runtime = "edge";

export const GET = async () => Response.json(await identity());
