/** Cloudflare's runtime, with Cloudflare's tool. */
import { onTestFinished, test } from "vitest";
import { ask, expectIdentity } from "./identity.ts";
import { serve } from "./process.ts";
import { freshProject, tool } from "./project.ts";

test("a worker", async () => {
  const cwd = await freshProject(["wrangler"]);
  const env = { CLOUDFLARE_CF_FETCH_ENABLED: "false", XDG_CONFIG_HOME: cwd };
  const server = await serve(
    (port) => [tool("wrangler"), "dev", "--ip", "127.0.0.1", "--port", port, "--inspector-port", "0"],
    cwd,
    env,
  );
  onTestFinished(() => server.stop());
  expectIdentity(JSON.parse(await ask(server)), "wasm");
});
