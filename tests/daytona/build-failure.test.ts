/** The instruction at which a build failed, in logs as the two builders write them, and as little as they say. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Image, type ResolvedImage } from "pithy-image";
import { beforeAll, describe, expect, test } from "vitest";
import { failedInstruction, namesStep } from "../../npm/pithy-image/src/daytona/build-failure.ts";
import { bound, failureOf } from "./bound.ts";
import { SDKS } from "./sdks.ts";

const DOCKERFILE = `# A comment.
ARG V=1

FROM busybox:1 AS tools
RUN make -j \\
    # said between
    all

FROM busybox:1
COPY --from=tools /bin/x /bin/x
RUN <<EOF
echo hi
EOF
RUN make all
run echo "$V" && test -e /x
`;

const imported = () => Image.fromDockerfile("daytona/Dockerfile", { context: "." }).env({ A: "1" }).runCommands("id");

let root: string;
let image: ResolvedImage;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "pithy-image-failure-"));
  mkdirSync(join(root, "daytona"));
  writeFileSync(join(root, "daytona/Dockerfile"), DOCKERFILE);
  image = await imported().resolve({ root });
});

const BEGUN = [
  "#1 [internal] load build definition from Dockerfile",
  "#2 [tools 1/2] FROM docker.io/library/busybox:1",
  "#3 CACHED [stage-1 1/6] FROM docker.io/library/busybox:1",
  "#4 [tools 2/2] RUN make -j     all",
];
const program = (command: string) => `process "/bin/sh -c ${command}" did not complete successfully: exit code: 2`;

describe("a failed build is found", () => {
  test.each<[string, number, readonly string[], string?]>([
    ["in a stage with a name", 5, [...BEGUN, `ERROR: ${program("make -j     all")}`]],
    [
      "while what began later is cancelled",
      5,
      [
        ...BEGUN,
        "#5 [stage-1 4/5] RUN make all",
        `ERROR: ${program("make -j     all")}`,
        `ERROR: ${program("make all")}: context canceled: context canceled`,
      ],
    ],
    [
      "by the reason alone, where the log has no error",
      5,
      [...BEGUN, "#5 [stage-1 4/5] RUN make all"],
      program("make -j     all"),
    ],
    [
      "though a program says `ERROR: ` too",
      14,
      [...BEGUN, "#5 [stage-1 4/5] RUN make all", "ERROR: no rule", `ERROR: ${program("make all")}`, "ERROR: done"],
    ],
    [
      "in the last of two builds in one log",
      14,
      [
        ...BEGUN,
        `ERROR: ${program("make -j     all")}`,
        ...BEGUN,
        "#5 [stage-1 4/5] RUN make all",
        `ERROR: ${program("make all")}`,
      ],
    ],
    ["in a heredoc", 11, [...BEGUN, "#5 [stage-1 3/5] RUN <<EOF (echo hi...)", `ERROR: ${program("echo hi\\n")}`]],
    [
      "though variables have their values",
      15,
      [...BEGUN, '#5 [stage-1 5/5] RUN echo "1" && test -e /x', `ERROR: ${program('echo \\"$V\\" && test -e /x')}`],
    ],
    [
      "in what an older BuildKit says",
      15,
      [
        ...BEGUN,
        '#5 [stage-1 5/5] RUN echo "1" && test -e /x',
        'ERROR: executor failed running [/bin/sh -c echo "$V" && test -e /x]: exit code: 1',
      ],
    ],
    [
      "at a file that another stage does not have",
      10,
      [
        ...BEGUN,
        "#5 [stage-1 2/5] COPY --from=tools /bin/x /bin/x",
        "#6 [stage-1 9/9] RUN other",
        'ERROR: failed to calculate checksum of ref a::b: "/bin/x": not found',
      ],
    ],
    [
      "as the last that began, when nothing is said of it",
      14,
      [...BEGUN, "#5 [stage-1 4/5] RUN make all"],
      "timed out",
    ],
    [
      "by the builder's count",
      10,
      ["Step 5/10 : COPY --from=tools /bin/x /bin/x"],
      "COPY failed: stat bin/x: file does not exist",
    ],
    ["not in a build inside of it", 14, ["Step 7/10 : RUN make all", "Step 1/2 : FROM scratch"]],
    ["by a client's line", 14, ["Dockerfile:14"]],
    [
      "by the line at which a builder refuses the text",
      11,
      [],
      "dockerfile parse error on line 12: unknown instruction: ECHO",
    ],
    ["by the line in older words", 11, [], "failed to create LLB definition: dockerfile parse error line 12: unknown"],
  ])("%s", (_, line, log, reason) => {
    const failed = failedInstruction({ steps: log.filter(namesStep), reason }, image);
    expect(failed?.source).toBe(`daytona/Dockerfile:${line}`);
    expect(failed?.callSite).toContain("build-failure.test.ts:");
  });

  test("has its lines without the ends that Windows gives them", async () => {
    const windows = mkdtempSync(join(tmpdir(), "pithy-image-failure-"));
    writeFileSync(join(windows, "Dockerfile"), "FROM a:1\r\nRUN true && \\\r\n  false\r\n");
    const resolved = await Image.fromDockerfile("Dockerfile").resolve({ root: windows });
    const steps = ["#4 [2/2] RUN true &&   false", `ERROR: ${program("true &&   false")}`];
    expect(failedInstruction({ steps }, resolved)).toMatchObject({
      instruction: "RUN true && \\\n  false",
      source: "Dockerfile:2",
    });
  });

  test("has no line of the file where the instruction is a call's own", () => {
    const steps = ["#9 [stage-1 6/6] RUN id", `ERROR: ${program("id")}`];
    const failed = failedInstruction({ steps }, image);
    expect(failed).toMatchObject({ instruction: "RUN id", source: undefined });
    expect(failed?.callSite).toContain("build-failure.test.ts:");
  });

  test.each<[string, readonly string[], string?]>([
    ["an empty log", []],
    ["what is not an instruction", [...BEGUN, "#5 exporting to image"], "no space left on device"],
    [
      "a base that cannot be pulled",
      ["#2 [internal] load metadata for docker.io/library/nope:9", "ERROR: no such host"],
    ],
    [
      "a command that is not in the Dockerfile",
      [...BEGUN.slice(0, 3), "#4 [stage-1 1/5] RUN echo", `ERROR: ${program("echo")}`],
    ],
  ])("nowhere in %s", (_, log, reason) => {
    expect(failedInstruction({ steps: log.filter(namesStep), reason }, image)).toBeUndefined();
  });
});

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("both calls say the line of the file beside that of the call, however long the log is", async ({
    onTestFinished,
  }) => {
    const setting = await bound(sdk, onTestFinished);
    const reason = program("make all");
    const log = [...BEGUN, "#5 [stage-1 4/5] RUN make all", "x\n".repeat(5_000), `ERROR: ${reason}`].join("\n");

    setting.api.fail({ build: { reason, log } });
    const failure = await failureOf(setting.createSandbox({ image: imported(), root, ttlMinutes: 30 }));
    setting.api.fail({ build: { reason, log } });
    const another = await failureOf(setting.ensureSnapshot(imported().user("0"), { root }));

    for (const { source, instruction, message } of [failure, another]) {
      expect([source, instruction]).toEqual(["daytona/Dockerfile:14", "RUN make all"]);
      expect(message).toMatch(/build-failure\.test\.ts:\d+:\d+ daytona\/Dockerfile:14: /);
    }
  });

  test("a reason that is a sentence ends ours", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    const reason = "Builder ran out of disk.";

    setting.api.fail({ build: { reason } });
    const failure = await failureOf(setting.createSandbox({ image: imported(), root, ttlMinutes: 30 }));
    setting.api.fail({ build: { reason } });
    const another = await failureOf(setting.ensureSnapshot(imported().user("0"), { root }));

    for (const { message } of [failure, another]) expect(message).toMatch(/: Builder ran out of disk\.\n/);
  });
});
