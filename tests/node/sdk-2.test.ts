/**
 * SDK 2.x has clients and images for two platforms. What it gives is met here in mimics, by the names that its documentation has.
 */
import { Image, PithyDaytonaError } from "pithy-image";
import { bindImage, createPithyJauntSnapshot, pithyDaytona, toDaytonaImage } from "pithy-image/daytona";
import { Daytona as Client, Image as SdkImage } from "sdk-latest";
import { describe, expect, test } from "vitest";

/** The image builder of v2: no file can be added to it. */
class ImageBuilder {
  static fromRegistry(): ImageBuilder {
    return new ImageBuilder();
  }

  static fromDockerfile(): ImageBuilder {
    return new ImageBuilder();
  }

  pipInstall = () => this;

  toDockerfile = () => "FROM debian:12\n";
}

/** An image that v2 has built. */
class BuiltImage {
  readonly id = "img_1";
  readonly state = "ready";
}

/** A class whose images have fields where ours have getters. */
class WithFields {
  readonly dockerfile = "FROM debian:12\n";
  readonly contextList = [];

  static base(): WithFields {
    return new WithFields();
  }
}

class Version2 {
  readonly images = {};
  readonly snapshots = {};

  create = async () => ({});
  get = async () => ({});
}

/** The root client. Its platforms are made when they are asked for. */
class Root {
  get v0(): Client {
    return new Client({ apiKey: "key", apiUrl: "http://daytona.invalid/api", useDeprecatedPolling: true });
  }

  get v2(): Version2 {
    return new Version2();
  }
}

const daytona = new Root();
const errorOf = async (call: () => unknown): Promise<string> => {
  try {
    await call();
  } catch (error) {
    if (error instanceof PithyDaytonaError) return error.message;
    throw error;
  }
  return "it succeeded";
};

test("what belongs to `daytona.v0` works", () => {
  expect(pithyDaytona({ daytona: daytona.v0, Image: SdkImage }).createSandbox).toBeTypeOf("function");
  expect(bindImage(SdkImage).base("debian:12").dockerfile).toBe("FROM debian:12\n");
});

describe("the client", () => {
  test.for<[what: string, client: unknown, message: string]>([
    ["the root", daytona, "`daytona` is the root client of SDK 2.x, which creates nothing itself."],
    ["`daytona.v2`", daytona.v2, "`daytona` is a client of Daytona v2, which has another API."],
  ])("%s is refused, and the error says what to pass", async ([, client, message]) => {
    for (const call of [
      () => pithyDaytona({ daytona: client as Client, Image: SdkImage }),
      () => createPithyJauntSnapshot(client as Client),
    ]) {
      expect(await errorOf(call)).toBe(
        `${message}\nPass \`daytona.v0\`: pithy-image works with Daytona v0, today's platform. (configuration)`,
      );
    }
  });

  test("anything else is refused, and the error says what works", async () => {
    expect(await errorOf(() => pithyDaytona({ daytona: {} as Client, Image: SdkImage }))).toContain(
      "Pass `new Daytona()` of `@daytonaio/sdk` or `@daytona/sdk` (0.115 to 0.x), or `daytona.v0` of SDK 2.x.",
    );
  });
});

describe("the class of images", () => {
  const image = Image.base("debian:12").addFile("/file", "a");
  const refused: readonly [what: string, Class: unknown, message: string][] = [
    ["`ImageBuilder`", ImageBuilder, "is `ImageBuilder` of Daytona v2, which sends no files. Pass the `Image` class"],
    ["an image that v2 has built", BuiltImage, "must be the `Image` class of your Daytona SDK"],
    ["one whose images would hide our files", WithFields, "must be the `Image` class of your Daytona SDK"],
  ];

  test.for(refused)("%s is refused, so that no image is sent without its files", async ([, Class, message]) => {
    const SdkClass = Class as typeof SdkImage;
    expect(await errorOf(() => bindImage(SdkClass))).toContain(message);
    expect(await errorOf(() => toDaytonaImage(image, SdkClass))).toContain(message);
    expect(await errorOf(() => pithyDaytona({ daytona: daytona.v0, Image: SdkClass }))).toContain(message);
  });

  test("an SDK that drops files is noticed before anything is sent", async () => {
    class Dropping {
      readonly #dockerfile: string;

      constructor(image: string) {
        this.#dockerfile = `FROM ${image}\n`;
      }

      static base = (image: string): Dropping => new Dropping(image);

      get dockerfile(): string {
        return this.#dockerfile;
      }

      get contextList(): [] {
        return [];
      }
    }

    await expect(toDaytonaImage(image, Dropping)).rejects.toThrow("The Daytona SDK changed the image");
  });
});
