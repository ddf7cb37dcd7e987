/** An image of the SDK's own class, or something else, where an image of ours is meant: the error says what to import. */
import { Image, PithyImageError, planBetween } from "pithy-image";
import { bindImage, pithyDaytona, toDaytonaImage } from "pithy-image/daytona";
import { Image as SdkImage0115 } from "sdk-0115";
import { Image as SdkImageDaytona } from "sdk-daytona";
import { Daytona, Image as SdkImage } from "sdk-latest";
import { describe, expect, test } from "vitest";
import { errorOf, files, rejectionOf } from "./helpers.ts";

const OWN =
  /of the Daytona SDK's own class\.\s+Import `Image` from `pithy-image\/daytonaio-sdk` or `pithy-image\/daytona-sdk`/;

describe.each([
  ["the newest SDK", SdkImage],
  ["the oldest SDK", SdkImage0115],
  ["the other package", SdkImageDaytona],
])("an image of %s", (_, Sdk) => {
  const own = Sdk.base("debian:12") as never;
  const image = Image.base("debian:12");

  test.each<[string, () => unknown]>([
    ["Image.from", () => Image.from(own)],
    ["from of a bound class", () => bindImage(SdkImage).from(own)],
    ["stage", () => image.stage("tools", own)],
    ["resolved.plan", () => image.resolveSync().plan(own)],
    ["planBetween", () => planBetween(own, image.resolveSync())],
  ])("is refused by %s", (_, call) => {
    expect(errorOf(call).message).toMatch(OWN);
  });

  test.each<[string, () => Promise<unknown>]>([
    ["plan", () => image.plan(own)],
    ["toDaytonaImage", () => toDaytonaImage(own, SdkImage)],
    ["ensureSnapshot", () => calls().ensureSnapshot(own)],
    ["verifySnapshot", () => calls().verifySnapshot("a", own)],
    ["createSandbox", () => calls().createSandbox({ image: own, ttlMinutes: 1 })],
  ])("is refused by %s", async (_, call) => {
    const error = await rejectionOf(call());
    expect(error).toBeInstanceOf(PithyImageError);
    expect((error as Error).message).toMatch(OWN);
  });
});

/** Nothing is sent: the mistakes are found before. */
const calls = () =>
  pithyDaytona({
    daytona: new Daytona({ apiKey: "a", apiUrl: "http://127.0.0.1:9", useDeprecatedPolling: true }),
    Image: SdkImage,
  });

test.each([
  ["ours", Image.base("a:1")],
  ["the SDK's", SdkImage.base("a:1")],
])("an image of %s in `copyFrom`, which takes names, is refused at the call", (_, tools) => {
  const { message, problems } = errorOf(() => Image.base("a:1").copyFrom(tools as never, "/a", "/b"));
  expect(message).toContain("`copyFrom` takes the name of a stage or of a registry's image, got an object.");
  expect(message).toContain('image.stage("tools", tools)');
  expect(problems[0]?.callSite).toMatch(/mistaken-images\.test\.ts/);
});

test("a cache that cannot be used is called a problem with the cache", () => {
  const cache = `${files({ file: "" })}/file`;
  const before = process.env.PITHY_IMAGE_CACHE;
  process.env.PITHY_IMAGE_CACHE = cache;
  try {
    const { message } = errorOf(() => Image.base("a:1").addFile("/a", "a").resolveSync().packSync());
    expect(message).toMatch(/^A problem with the cache:\n/);
    expect(message).toContain(`\`${cache}\``);
    expect(message).toContain("Set `PITHY_IMAGE_CACHE` to a directory that you own and can write to.");
  } finally {
    if (before === undefined) delete process.env.PITHY_IMAGE_CACHE;
    else process.env.PITHY_IMAGE_CACHE = before;
  }
});
