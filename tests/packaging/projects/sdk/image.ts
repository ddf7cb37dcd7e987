/** What applications write: one import gives the class and the type, in every place where a type stands. */
import { Image as SdkImage } from "@daytonaio/sdk";
import { Image as PlainImage } from "pithy-image";
import { type BoundImage, type BoundImageClass, bindImage } from "pithy-image/daytona";
import { Image as OtherImage } from "pithy-image/daytona-sdk";
import { type CreateSandboxFromImageParams, Daytona, Image } from "pithy-image/daytonaio-sdk";

export function buildImage(): Image {
  return Image.debianSlim("3.12").runCommands("apt-get install -y git").pipInstall(["openai"]).workdir("/app");
}

export const image: Image = buildImage();

export class Agent {
  image: Image = buildImage();

  with(image: Image): this {
    this.image = image.env({ AGENT: "1" });
    return this;
  }
}

export const isImage = (value: unknown): value is Image => value instanceof Image;

export const create = (daytona: Daytona): Promise<object> => daytona.create({ image: new Agent().with(image).image });

/** The same for a copy of the SDK that the application imports itself. */
export const Bound: BoundImageClass<SdkImage> = bindImage(SdkImage);
export type Bound = BoundImage<SdkImage>;
export const bound: Bound = Bound.from(image);

export const sdkImage: SdkImage = image;

export const accepted: CreateSandboxFromImageParams[] = [{ image }, { image: bound }, { image: "debian:12" }];

export const refused: CreateSandboxFromImageParams[] = [
  // @ts-expect-error the SDK would create a default sandbox
  { image: PlainImage.debianSlim("3.12") },
  // @ts-expect-error and so it would with an image of another package
  { image: OtherImage.debianSlim("3.12") },
];

console.log(
  JSON.stringify({
    sdk: [image, bound, sdkImage].map((each) => each instanceof SdkImage),
    own: [isImage(image), bound instanceof Bound, isImage(OtherImage.base("a:1")), isImage(SdkImage.base("a:1"))],
    client: typeof Daytona,
    dockerfile: image.dockerfile,
  }),
);
