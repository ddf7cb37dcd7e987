import { host } from "#host";
import { toWire, unwrap } from "../core/backend.ts";
import { captureCallSite, describeCallSite } from "../shared/call-site.ts";
import type { OrUndefined } from "../shared/types.ts";
import type { Definition, Step, PithyJauntOptions as WireOptions } from "../shared/wire.generated.ts";
import { fields, numberAsText, withoutStrictContext } from "./arguments.ts";
import { Image } from "./image.ts";
import { hasRootedPath } from "./local-paths.ts";
import { remembered } from "./recording.ts";
import type { FromDockerfileOptions, PythonSeries } from "./step-options.ts";

/** Options of the image of Pithy Jaunt's sandboxes: see {@link buildPithyJauntImage}. */
export interface PithyJauntOptions
  extends OrUndefined<Omit<WireOptions, "node" | "python" | "requirements" | "scripts">> {
  /** Python series; `3.12` when not given. */
  python?: PythonSeries | undefined;
  /** Version of Node.js to add, such as `22`; none when not given. */
  node?: number | string | undefined;
  /** Requirements file below the root to install too; none when not given. */
  requirements?: string | URL | undefined;
  /** Directory below the root with `execution.sh` and `agent-runner.py`; `daytona` when not given. */
  scripts?: string | URL | undefined;
}

/**
 * The image of Pithy Jaunt's sandboxes: Python 3.12 on Debian with git, curl, jq and the clients of OpenAI and
 * Anthropic, and `daytona/execution.sh` and `daytona/agent-runner.py`, executable, in `/app`. Both must exist below the
 * root when the image is resolved. Node.js, the GitHub CLI, Playwright's Chromium and a requirements file are optional.
 *
 * `daytona.create` accepts only images of the SDK's own class, and silently ignores others: pass it through
 * `Image.from(…)` of `pithy-image/daytonaio-sdk` or `pithy-image/daytona-sdk`.
 *
 * @example
 * ```ts
 * buildPithyJauntImage({ pip: ["httpx"], node: 22, githubCli: true });
 * // FROM python:3.12.10-slim-bookworm
 * // COPY --from=node:22-bookworm-slim …
 * // RUN python -m pip install --no-cache-dir openai anthropic httpx
 * // COPY ["ctx/…/execution.sh", "/app/execution.sh"]
 * // COPY ["ctx/…/agent-runner.py", "/app/agent-runner.py"]
 * // ENTRYPOINT ["sleep", "infinity"]
 * ```
 */
export function buildPithyJauntImage(options: PithyJauntOptions = {}): Image {
  const node = options?.node;
  const wire = node === undefined ? options : { ...options, node: numberAsText(node) };
  const site = captureCallSite(buildPithyJauntImage);
  const definition = unwrap<Definition>(host.backend().pithyJaunt(toWire(wire)), () => describeCallSite(site));
  const { steps } = definition;
  return steps.some(hasRootedPath) ? remembered(Image, steps, site) : Image.fromJSON(definition);
}

/** Options of the image of Pithy Jaunt's own Dockerfile: see {@link buildPithyJauntImageFromDockerfile}. */
export interface PithyJauntDockerfileOptions extends FromDockerfileOptions {
  /** Path of the Dockerfile below the root; `daytona/Dockerfile` when not given. */
  path?: string | URL | undefined;
}

/**
 * The image of a Dockerfile that Pithy Jaunt's sandboxes had before: `daytona/Dockerfile`, whose paths start at the root.
 *
 * @param options - Those of {@link ImageStatics.fromDockerfile}, whose `context` is the root when not given, and `path`.
 *
 * @example
 * ```ts
 * buildPithyJauntImageFromDockerfile().env({ LOG_LEVEL: "debug" });
 * // FROM …
 * // COPY …
 * // ENV LOG_LEVEL="debug"
 * ```
 */
export function buildPithyJauntImageFromDockerfile(options: PithyJauntDockerfileOptions = {}): Image {
  const { path = "daytona/Dockerfile", context = ".", ...others } = options;
  const step = { fromDockerfile: fields({ source: path, context }, withoutStrictContext(others)) } as Step;
  return remembered(Image, [step], captureCallSite(buildPithyJauntImageFromDockerfile));
}
