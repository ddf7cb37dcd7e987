/** A build that fails is found in the user's own Dockerfile, in what both builders really write. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Image } from "pithy-image";
import { describe, expect, inject, test } from "vitest";
import { failedInstruction, namesStep } from "../../npm/pithy-image/src/daytona/build-failure.ts";
import { repacked, uploaded } from "./context.ts";
import { BUILDERS, type Builder, DockerApi } from "./docker-api.ts";

interface Failure {
  readonly name: string;
  readonly dockerfile: string;
  /** The line that fails. */
  readonly line: number;
  /** The builder that does not fail. */
  readonly not?: Builder;
}

const FAILURES: readonly Failure[] = [
  {
    name: "a command in the last of several stages, with comments, blank lines and variables",
    dockerfile: `# A comment.
ARG V=1

FROM busybox:1 AS Build
WORKDIR /
WORKDIR /made
RUN echo a && \\
    # said between
    echo b
from busybox:1
ARG V
ENV E=two
COPY --from=Build /bin/sh /copied
COPY src /srv/
run echo "one  $E \${V}" && \\
  sh -c 'exit 3' # $E
USER 1
`,
    line: 15,
  },
  { name: "a list", dockerfile: 'FROM busybox:1\nRUN ["true"]\nRUN ["sh", "-c", "echo \\"hi\\"; exit 2"]\n', line: 3 },
  {
    name: "the second of two equal commands",
    dockerfile: "FROM busybox:1\nRUN test ! -e /b\n\nRUN touch /b\nRUN test ! -e /b\n",
    line: 5,
  },
  {
    name: "a file that another stage does not have",
    dockerfile: "FROM busybox:1 AS a\nRUN true\nFROM scratch\n\nCOPY --from=a /nope /x\n",
    line: 5,
  },
  {
    name: "a stage while another one is built",
    dockerfile: `FROM busybox:1 AS a
RUN sleep 1; false
FROM busybox:1 AS b
RUN sleep 3; true
FROM busybox:1
COPY --from=a /bin/sh /a
COPY --from=b /bin/sh /b
`,
    line: 2,
  },
  {
    name: "with more output than an error shows",
    dockerfile: `FROM busybox:1\n${"RUN true\n".repeat(10)}WORKDIR /q\nRUN seq 1 5000; echo 'ERROR: none'; false\n`,
    line: 13,
  },
  {
    name: "after what a base does first",
    dockerfile: "FROM busybox:1 AS a\nONBUILD RUN true\nFROM a\nRUN true; true\nRUN false\n",
    line: 5,
  },
  {
    name: "a heredoc, which older engines refuse",
    dockerfile: "FROM busybox:1\n\nRUN <<EOF\necho hi\nfalse\nEOF\nUSER 1\n",
    line: 3,
    not: "legacy", // newer ones run nothing of it
  },
  { name: "with flags", dockerfile: "FROM busybox:1\nRUN --mount=type=tmpfs,target=/t true && false\n", line: 2 },
  {
    name: "with lines that end as on Windows, and another escape",
    dockerfile: "# escape=`\r\nFROM busybox:1\r\nRUN true && `\r\n  true\r\nRUN true && `\r\n  false\r\n",
    line: 5,
  },
];

describe.each(BUILDERS)("%s", (builder) => {
  test.for(FAILURES.filter(({ not }) => not !== builder))("$name", async ({ dockerfile, line }) => {
    const root = mkdtempSync(join(process.env.PITHY_IMAGE_TEST_SCRATCH ?? "", "failure-"));
    for (const [path, text] of Object.entries({ "daytona/Dockerfile": dockerfile, "src/a": "a", "src/b/c": "c" })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const resolved = await Image.fromDockerfile("daytona/Dockerfile", { context: "." }).user("0").resolve({ root });
    const context = await repacked(resolved.dockerfile, await Promise.all((await resolved.pack()).map(uploaded)));

    const { log, error } = await new DockerApi(inject("socket")).build(context, builder);

    const failed = failedInstruction({ steps: log.split("\n").filter(namesStep), reason: error }, resolved);
    expect({ log, source: failed?.source }).toEqual({ log, source: `daytona/Dockerfile:${line}` });
    expect(failed?.callSite).toContain("failures.test.ts:");
  });
});

/** Steps that fail, and the line of the call that made each: the marker stands at its end. */
const CALLS: readonly [name: string, image: () => Image][] = [
  [
    "a command of a stage",
    () =>
      Image.base("busybox:1")
        .stage("tools", Image.base("busybox:1").runCommands("true").runCommands("echo no && exit 3")) // fails
        .copyFrom("tools", "/bin/sh", "/copied"),
  ],
  [
    "a script that is so long that it is sent as a file",
    () =>
      Image.base("busybox:1")
        .workdir("/app")
        .runScript(`${"# a comment that makes it long\n".repeat(3000)}echo two\nfalse\n`) // fails
        .user("1"),
  ],
  [
    "a script given as a file",
    () =>
      Image.base("busybox:1").addFile("/app/run.sh", "#!/bin/sh\nexit 4\n", { mode: 0o755 }).runCommands("/app/run.sh"), // fails
  ],
];

describe.each(BUILDERS)("%s: a call", (builder) => {
  test.for(CALLS)("%s", async ([, makeImage]) => {
    const resolved = await makeImage().resolve();
    const context = await repacked(resolved.dockerfile, await Promise.all((await resolved.pack()).map(uploaded)));

    const { log, error } = await new DockerApi(inject("socket")).build(context, builder);

    const failed = failedInstruction({ steps: log.split("\n").filter(namesStep), reason: error }, resolved);
    const line = Number(/failures\.test\.ts:(\d+):/.exec(failed?.callSite ?? "")?.[1]);
    const source = readFileSync(fileURLToPath(import.meta.url), "utf8").split("\n")[line - 1];
    expect({ log, source }).toEqual({ log, source: expect.stringContaining("// fails") });
  });
});
