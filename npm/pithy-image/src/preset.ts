import { backend, toWire, unwrap } from "./backend.ts";
import { Image } from "./image.ts";
import type { Definition, PithyJauntOptions } from "./wire.generated.ts";

/**
 * The image of Pithy Jaunt's sandboxes: Python 3.12 on Debian with git, curl, jq and the clients of OpenAI and
 * Anthropic, and `daytona/execution.sh` and `daytona/agent-runner.py`, executable, in `/app`. Both must exist below the
 * root when the image is resolved.
 *
 * `daytona.create` takes only images of the SDK's own class, and silently none else: bind it first, with
 * `bindImage(SdkImage).from(…)` of `pithy-image/daytona`.
 *
 * @example
 * ```ts
 * const image = buildPithyJauntImage({ pip: ["httpx"] });
 * console.log(image.toDockerfile());
 * ```
 */
export function buildPithyJauntImage(options: PithyJauntOptions = {}): Image {
  return Image.fromJSON(unwrap<Definition>(backend().pithyJaunt(toWire(options))));
}
