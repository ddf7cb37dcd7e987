/** `daytonaConfig`: what it reads, what it refuses, and that no log has the key. */
import { inspect } from "node:util";
import { daytonaConfig, PithyImageError } from "pithy-image/daytona";
import { type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { SDKS } from "pithy-image-tests-daytona/sdks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorOf, HERE, node } from "./helpers.ts";

const KEY = "dtn_very_secret";
const env = (more: Readonly<Record<string, string | undefined>> = {}) => ({ DAYTONA_API_KEY: KEY, ...more });

describe("the environment", () => {
  test("says what a client needs, without blanks around it", () => {
    const given = {
      DAYTONA_API_KEY: ` ${KEY}\n`,
      DAYTONA_API_URL: " https://daytona.example/api ",
      DAYTONA_TARGET: "eu",
    };
    const { client, useDeclarativeImage, snapshotName } = daytonaConfig(given);
    expect({ ...client }).toEqual({ apiKey: KEY, apiUrl: "https://daytona.example/api", target: "eu" });
    expect({ useDeclarativeImage, snapshotName }).toEqual({ useDeclarativeImage: true, snapshotName: undefined });
  });

  test("of the process is read when none is given", async () => {
    const text =
      'import { daytonaConfig } from "pithy-image/daytona"; console.log({ ...daytonaConfig().client }.apiKey)';
    const args = ["--input-type=module", "--eval", text];
    expect(await node(args, { cwd: HERE, env: env() })).toEqual({ code: 0, stdout: `${KEY}\n`, stderr: "" });
  });

  test.each([
    [undefined, true],
    ["", true],
    ["  ", true],
    ["true", true],
    ["1", true],
    ["Yes", true],
    [" ON ", true],
    ["false", false],
    ["0", false],
    ["NO", false],
    ["off\t", false],
  ])("with DAYTONA_USE_DECLARATIVE_IMAGE %j uses declarative images: %j", (value, uses) => {
    const given = env({ DAYTONA_USE_DECLARATIVE_IMAGE: value, DAYTONA_SNAPSHOT_NAME: "agent-1" });
    expect(daytonaConfig(given)).toMatchObject({ useDeclarativeImage: uses, snapshotName: "agent-1" });
  });

  test.each(["maybe", "tru", "yes please", "2", "null"])(
    "with DAYTONA_USE_DECLARATIVE_IMAGE %j is refused",
    (value) => {
      const { code, message } = errorOf(() => daytonaConfig(env({ DAYTONA_USE_DECLARATIVE_IMAGE: value })));
      expect(code).toBe("configuration");
      expect(message).toContain("`DAYTONA_USE_DECLARATIVE_IMAGE` must be `true` or `false`");
    },
  );

  test("without declarative images names a snapshot", () => {
    const given = env({ DAYTONA_USE_DECLARATIVE_IMAGE: "no", DAYTONA_SNAPSHOT_NAME: " " });
    expect(errorOf(() => daytonaConfig(given)).message).toContain("`DAYTONA_SNAPSHOT_NAME` is not set");
  });

  test("is refused once, for all that is wrong", () => {
    const wrong = { DAYTONA_USE_DECLARATIVE_IMAGE: "off", DAYTONA_API_KEY: " ", DAYTONA_API_URL: "daytona.example" };
    const error = errorOf(() => daytonaConfig(wrong));
    expect(error).toBeInstanceOf(PithyImageError);
    const names = error.message.match(/DAYTONA_[A-Z_]+(?=` is not)/g);
    expect(names).toEqual(["DAYTONA_SNAPSHOT_NAME", "DAYTONA_API_KEY", "DAYTONA_API_URL"]);
  });

  test("is refused without showing a key that is in the wrong variable", () => {
    expect(errorOf(() => daytonaConfig({ DAYTONA_API_URL: KEY })).message).not.toContain(KEY);
  });
});

describe("the key", () => {
  const config = daytonaConfig(env({ DAYTONA_TARGET: "us" }));

  test.each<[string, () => string]>([
    ["console.log", () => inspect(config)],
    ["console.log of the client", () => inspect(config.client)],
    ["console.dir with everything", () => inspect(config, { depth: null, showHidden: true })],
    ["a printer without our hook", () => inspect(config, { customInspect: false })],
    ["JSON.stringify", () => JSON.stringify(config)],
    ["JSON.stringify of the client", () => JSON.stringify({ nested: [config.client] })],
    ["String", () => `${config} ${config.client}`],
    ["an error's message", () => new Error(String(config.client)).message],
  ])("is not in what %s prints", (_, print) => {
    expect(print()).not.toContain(KEY);
  });

  test("is said to be there, with the rest as it is", () => {
    expect(inspect(config.client)).toBe("{ apiKey: '[redacted]', target: 'us' }");
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({ client: { apiKey: "[redacted]", target: "us" } });
  });

  test("is in copies", () => {
    expect(config.client.apiKey).toBe(KEY);
    expect({ ...config.client, target: "eu" }).toEqual({ apiKey: KEY, target: "eu" });
    expect(structuredClone(config.client)).toEqual({ apiKey: KEY, target: "us" });
    expect(Object.assign({}, config.client).apiKey).toBe(KEY);
  });
});

describe("a client", () => {
  let standIn: DaytonaFixture;
  beforeAll(async () => {
    standIn = await startDaytona();
  });
  afterAll(() => standIn.stop());

  test.each(SDKS.map((sdk) => [sdk.name, sdk] as const))(
    "of %s reaches Daytona with it, whole or spread",
    async (_, sdk) => {
      const { Daytona } = await sdk.load();
      const { apiKey, apiUrl, target } = standIn.config;
      const { client } = daytonaConfig({ DAYTONA_API_KEY: apiKey, DAYTONA_API_URL: apiUrl, DAYTONA_TARGET: target });
      const sandbox = await new Daytona({ ...client, useDeprecatedPolling: true }).create();
      expect(sandbox.id).toBe(standIn.api.sandboxes.at(-1)?.id);
      const whole = new Daytona(client);
      expect((await whole.get(sandbox.id)).id).toBe(sandbox.id);
      await (whole as { [Symbol.asyncDispose]?: () => Promise<void> })[Symbol.asyncDispose]?.();
    },
  );
});
