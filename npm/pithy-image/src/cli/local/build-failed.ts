/** A build that failed, as an error: where, why, and what to do. */
import { failedInstruction } from "../../daytona/build-failure.ts";
import { withoutFullStop } from "../../daytona/failure.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { BuildReport } from "./build-report.ts";

/** What engines write before the reason itself. */
const PREFIX =
  /^(?:failed to build: |failed to solve(?: with frontend dockerfile\.v0)?: |Error response from daemon: )+/;

/** What is wrong outside of the image, by the engine's words, and what to do about it. */
const CAUSES: readonly (readonly [words: RegExp, hint: string])[] = [
  [
    /connection to the engine was lost|code = (?:Unavailable|Canceled)|daemon running\?/,
    "The engine ended while it was building. Start it again; its own log may say why.",
  ],
  [/no space left on device/i, "The engine's disk is full. Remove what it does not need: `docker system prune`."],
  [
    /short-name .* did not resolve|unqualified-search registries/,
    'Podman does not know where the base image is. Add `unqualified-search-registries = ["docker.io"]` to /etc/containers/registries.conf: Daytona looks there.',
  ],
  [
    /exec format error|exec user process caused/i,
    "This machine cannot run programs of the platform. Install QEMU, as by `docker run --privileged --rm tonistiigi/binfmt --install all`, or build for your own with `--platform`.",
  ],
  [
    /no such host|lookup .* on |dial tcp|i\/o timeout|TLS handshake|network is unreachable|connection refused|server misbehaving|Temporary failure in name resolution/i,
    "The registry was not reached. Check the network and its proxy; the engine fetches base images by itself.",
  ],
  [
    /unauthorized|authentication required|pull access denied|denied: |no basic auth|authorization failed|no active session/i,
    "Log in to the registry (`docker login <registry>`), or correct the name of the base image.",
  ],
  [
    /manifest unknown|: not found$|manifest for .* not found/i,
    "Correct the name or the tag of the image, or the path.",
  ],
];

/** The error of a build that failed. */
export function buildFailed(engine: string, image: ResolvedImage, report: BuildReport): PithyDaytonaError {
  const { steps, reason: words, tail } = report.failure;
  const reason = words && withoutFullStop(words.replace(PREFIX, "").trim());
  const at = failedInstruction({ steps, reason }, image);
  const [, hint] = CAUSES.find(([pattern]) => pattern.test(reason ?? tail)) ?? [];
  return new PithyDaytonaError({
    ...at,
    code: "build_failed",
    message: `${engine} could not build the image${reason ? `: ${reason}` : ""}${at ? `, at \`${at.instruction}\`` : ""}.`,
    hint: hint ?? "Correct the image.",
    reason,
    log: tail || undefined,
    retryable: false,
  });
}
