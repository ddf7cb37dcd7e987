/** How images begin. */
import type { AnyImage } from "../shared/types.ts";
import type { Definition, FromDockerfile } from "../shared/wire.generated.ts";
import { definitionOf, fields, withoutStrictContext } from "./arguments.ts";
import { adopted, begun, read } from "./recording.ts";
import type { DebianSlimOptions, FromDockerfileOptions, PythonSeries } from "./step-options.ts";

/** A call for each name: a class that implements it and lacks one does not compile. */
export type Calls<Name extends string> = Readonly<Record<Name, (...given: never[]) => unknown>>;

/**
 * Where images begin.
 *
 * @example
 * ```ts
 * const agent = <T>(Image: ImageStatics<T>): T => Image.base("debian:12-slim");
 * agent(bindImage(SdkImage));
 * // FROM debian:12-slim
 * ```
 */
export abstract class ImageStatics<Instance> implements Calls<"base" | "debianSlim" | "fromDockerfile"> {
  /**
   * Begins with any image: `FROM <image>`.
   *
   * @example
   * ```ts
   * Image.base("node:22-slim");
   * // FROM node:22-slim
   * ```
   */
  base(image: string): Instance {
    return begun(this, { base: { image } });
  }

  /**
   * Begins with the official slim Python image on Debian 12: `FROM python:3.12.10-slim-bookworm` and the like, then one
   * layer with all that the Daytona SDK's `debianSlim` leaves: gcc, gfortran and build-essential with what Debian
   * recommends beside them, the newest pip, a debconf that does not ask, and apt's package lists, so that later commands
   * can `apt-get install`.
   *
   * @param python - Series; `3.13` when not given.
   * @param options - `{ buildTools: false }` leaves that layer out, with the package lists.
   *
   * @example
   * ```ts
   * Image.debianSlim("3.12", { buildTools: false });
   * // FROM python:3.12.10-slim-bookworm
   * ```
   */
  debianSlim(python?: PythonSeries, options?: DebianSlimOptions): Instance {
    return begun(this, { debianSlim: fields({ python: (python as string) === "" ? undefined : python }, options) });
  }

  /**
   * Begins with a Dockerfile: all of its text stays as it is, except for what names local files. Those are sent beside it: what
   * `COPY`, `ADD` and `RUN --mount=type=bind` take from the build context. Ignored is what `<Dockerfile>.dockerignore` says, or
   * else `.dockerignore` in the context, and `.git` unless a source names it.
   *
   * @param path - Path of the Dockerfile below the root: relative to it, absolute, with `~`, or a `file:` URL.
   * @param options - `context`: the build context, the directory of the Dockerfile when not given; `target`: the stage that is
   *   the image, the last one when not given; `buildArgs`: values of what the Dockerfile declares with `ARG`.
   *
   * @example
   * ```ts
   * Image.fromDockerfile("daytona/Dockerfile", { context: ".", target: "agent", buildArgs: { NODE: "22" } }).user("node");
   * // ARG NODE="22"
   * // FROM scratch AS pithy-files
   * // ADD ["ctx/…/tree.tar", "/…/"]
   * // FROM node:$NODE-slim AS agent
   * // COPY --from=pithy-files /…/daytona /app
   * // USER node
   * ```
   */
  fromDockerfile(path: string | URL, options?: FromDockerfileOptions): Instance {
    return begun(this, { fromDockerfile: fields({ source: path }, withoutStrictContext(options)) as FromDockerfile });
  }

  /**
   * Reads a definition.
   *
   * @throws PithyImageError with everything that is wrong with it.
   *
   * @example
   * ```ts
   * const text = JSON.stringify(image);
   * Image.fromJSON(text).toDockerfile() === image.toDockerfile();
   * // true
   * ```
   */
  fromJSON(definition: string | Definition): Instance {
    return read(this, this.fromJSON, definition);
  }

  /**
   * An image of this class with the steps of any other.
   *
   * @example
   * ```ts
   * const Bound = bindImage(SdkImage);
   * Bound.from(buildPithyJauntImage()) instanceof SdkImage;
   * // true
   * ```
   */
  from(image: AnyImage): Instance {
    return adopted(this, image) ?? read(this, this.from, definitionOf(image));
  }
}

/**
 * A class of images. Only its static functions make instances.
 *
 * @example
 * ```ts
 * const Bound: ImageClass<BoundImage<SdkImage>> = bindImage(SdkImage);
 * Bound.base("debian:12-slim") instanceof Bound;
 * // true
 * ```
 */
export interface ImageClass<Instance> extends ImageStatics<Instance> {
  /** What every image of this class has. */
  readonly prototype: Instance;
  /** Whether a value is an image of this class. */
  [Symbol.hasInstance](value: unknown): value is Instance;
}
