import { identity } from "./identity";

export default {
  fetch: async () => Response.json(await identity()),
};
