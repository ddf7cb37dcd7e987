/** Calls whose results are dropped: said however an image is used, once a call, at its line. */
import { Image } from "pithy-image";
import { bindImage, toDaytonaImage } from "pithy-image/daytona";
import { Image as SdkImage } from "sdk-latest";
import { afterEach, describe, expect, test, vi } from "vitest";
import { errorOf, HERE, rejectionOf, warnings } from "./helpers.ts";

const Bound = bindImage(SdkImage);

afterEach(() => void vi.unstubAllEnvs());

/** An image on which a call was made in vain, and what follows it. */
function withDroppedCall(): Image {
  const image = Bound.base("a:1");
  image.env({ A: "1" });
  return image;
}

describe("is said where the image is", () => {
  test.each<[string, (image: Image) => unknown]>([
    ["shown", (image) => image.toDockerfile()],
    ["resolved", (image) => image.resolve()],
    ["resolved, blocking", (image) => image.resolveSync()],
    ["resolved against given files", (image) => image.resolveFiles([])],
    ["outlined", (image) => image.outline()],
    ["planned", (image) => image.plan(Image.base("a:1"))],
    ["a baseline", (image) => Image.base("a:1").plan(image)],
    ["written as JSON", (image) => JSON.stringify(image)],
    ["a stage of another", (image) => Image.base("a:1").stage("a", image)],
    ["taken by another class", (image) => Image.from(image)],
    ["made an image of the SDK", (image) => toDaytonaImage(image, SdkImage)],
    ["read by the SDK", (image) => (image as unknown as SdkImage).dockerfile],
    ["prepared", (image) => (image as unknown as ReturnType<typeof Bound.base>).prepare()],
  ])("%s", async (_, use) => {
    const image = withDroppedCall();
    const reported = await warnings(async () => {
      await use(image);
      await use(image);
    });
    expect(reported).toMatchObject([{ name: "PithyImageWarning", code: "PITHY_IMAGE_DROPPED_CALL" }]);
    expect(reported[0]?.message).toMatch(new RegExp(`^${HERE}/dropped-calls\\.test\\.ts:\\d+:\\d+: .*\`env\``));
    expect(reported[0]?.message).toContain("`image = image.env(…)`");
  });

  test("whatever its class", async () => {
    const image = Image.base("a:1");
    image.env({ A: "1" });
    expect(await warnings(() => image.toDockerfile())).toHaveLength(1);
  });

  test("once for a chain of calls, at its first", async () => {
    const image = Bound.base("a:1");
    image.env({ A: "1" }).user("a").workdir("/a");
    const reported = await warnings(() => image.dockerfile);
    expect(reported.map(({ message }) => /`(\w+)`/.exec(message)?.[1])).toEqual(["env"]);
  });

  test("without a line where lines are not recorded", async () => {
    const { captureCallSites } = await import("pithy-image");
    captureCallSites(false);
    const image = withDroppedCall();
    captureCallSites(true);
    const [warning] = await warnings(() => image.toDockerfile());
    expect(warning?.message).toMatch(/^The result of `env` was not used/);
  });
});

describe("is not said of", () => {
  test("a base with branches that are used later", async () => {
    const reported = await warnings(async () => {
      const base = Bound.base("a:1");
      const [one, two] = [base.env({ A: "1" }), base.env({ A: "2" }).user("a")];
      await one.resolve();
      expect(two.dockerfile).toContain("USER");
    });
    expect(reported).toEqual([]);
  });

  test("a base and its branches that are used together", async () => {
    const reported = await warnings(async () => {
      const base = Bound.base("a:1");
      const branches = [base.env({ A: "1" }), base.env({ A: "2" }).user("a")];
      await Promise.all([base, ...branches].map((image) => image.resolve()));
    });
    expect(reported).toEqual([]);
  });

  test("a base and its branches that are used one after the other", async () => {
    const reported = await warnings(async () => {
      const base = Bound.base("a:1");
      const branches = [base.env({ A: "1" }), base.env({ A: "2" })];
      for (const image of [base, ...branches]) await image.resolve();
    });
    expect(reported).toEqual([]);
  });

  test("a base that an image made from it is compared with, or has as a stage", async () => {
    const reported = await warnings(async () => {
      const base = Bound.base("a:1");
      await base.env({ A: "1" }).plan(base);
      base.env({ A: "2" }).stage("a", base).toDockerfile();
    });
    expect(reported).toEqual([]);
  });

  test("a branch that was used, however it was", async () => {
    const reported = await warnings(async () => {
      const base = Bound.base("a:1");
      base.env({ A: "1" }).toDockerfile();
      JSON.stringify(base.env({ A: "2" }));
      Image.from(base.env({ A: "3" }));
      Image.base("b:1").stage("b", base.env({ A: "4" }));
      await base.env({ A: "5" }).resolve();
      base.toDockerfile();
    });
    expect(reported).toEqual([]);
  });
});

describe("is an error where that is asked for:", () => {
  const message = /1 env|`env` was not used/;

  test("by the class", () => {
    const image = bindImage(SdkImage, { strict: true }).base("a:1");
    image.env({ A: "1" });
    const error = errorOf(() => image.dockerfile);
    expect(errorOf(() => image.dockerfile).message).toBe(error.message);
    expect(error.code).toBe("dropped_call");
    expect(error.message).toMatch(message);
    expect(error.problems[0]?.callSite).toContain(`${HERE}/dropped-calls.test.ts:`);
  });

  test("by the class that takes the image", () => {
    const Strict = bindImage(SdkImage, { strict: true });
    expect(errorOf(() => Strict.from(withDroppedCall())).code).toBe("dropped_call");
    expect(errorOf(() => Strict.base("b:1").stage("a", withDroppedCall())).code).toBe("dropped_call");
  });

  test("by the call, which has the last word", async () => {
    expect(String(await rejectionOf(withDroppedCall().resolve({ strict: true })))).toMatch(message);
    const image = bindImage(SdkImage, { strict: true }).base("a:1");
    image.env({ A: "1" });
    expect(await warnings(() => image.resolve({ strict: false }))).toHaveLength(1);
  });

  test("but branches that are used at the same time are no error", async () => {
    const base = bindImage(SdkImage, { strict: true }).base("a:1");
    const branches = [base.env({ A: "1" }), base.env({ A: "2" })];
    expect(await Promise.all([base, ...branches].map(async (image) => (await image.resolve()).steps.length))).toEqual([
      1, 2, 2,
    ]);
  });

  test("by the environment, unless the class says otherwise", async () => {
    vi.stubEnv("PITHY_IMAGE_STRICT", "1");
    expect(errorOf(() => withDroppedCall().toDockerfile()).code).toBe("dropped_call");
    const image = bindImage(SdkImage, { strict: false }).base("a:1");
    image.env({ A: "1" });
    expect(await warnings(() => image.dockerfile)).toHaveLength(1);
  });

  test("an invalid value of the environment variable is refused", () => {
    vi.stubEnv("PITHY_IMAGE_STRICT", "yes");
    expect(() => withDroppedCall().toDockerfile()).toThrow("Invalid `PITHY_IMAGE_STRICT`: `yes`.");
  });
});
