/** `RUN --mount=type=bind` of local files. */
import { BUILDKIT, type Import, NEWER, TREE } from "./import.ts";

export const MOUNTS: readonly Import[] = [
  {
    promise: "a command has files, directories and the whole context for its time",
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,source=a.txt,target=/in/a.txt record "$(cat /in/a.txt)"
RUN --mount=type=bind,source=app,target=/in/app cp -r /in/app /srv/app
RUN --mount=type=bind,target=/in/all ls -A /in/all > /srv/list && cp /in/all/b.txt /srv/
RUN --mount=target=/in/x,source=app/lib record $(ls /in/x)
RUN --mount=type=bind,source=.,target=/in ls -A /in > /srv/dot
`,
    on: BUILDKIT,
  },
  {
    promise: "a mount has other names for its settings, and may be written to",
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,src=/app,dst=/in,rw touch /in/new && ls /in > /srv/1
RUN --mount=type=bind,source=./app/,destination=/in,readonly=false touch /in/new && ls /in > /srv/2
RUN --mount=type=bind,source=app/bin,target=/in,ro ls /in > /srv/4
RUN --mount=type=bind,"source=a.txt",target=/in/a.txt,readonly cat /in/a.txt > /srv/3
`,
    on: BUILDKIT,
  },
  {
    promise: "several mounts of all kinds are together",
    dockerfile: `FROM busybox:1 AS build
COPY c.md /out/c.md
FROM busybox:1
WORKDIR /srv/w
RUN --mount=type=bind,source=a.txt,target=/in/a --mount=type=bind,source=app/lib,target=/in/lib \\
    --mount=type=bind,from=build,source=/out,target=/in/out --mount=type=tmpfs,target=/scratch \\
    --mount=type=cache,target=/cache,id=x \\
    touch /scratch/x /cache/y && cat /in/a /in/lib/top.txt /in/out/c.md > all
RUN --mount=type=cache,target=/cache,id=x record $(ls /cache)
`,
    on: BUILDKIT,
  },
  {
    promise: "a mount has a target that starts at the working directory",
    dockerfile: `FROM busybox:1
WORKDIR /srv/w
RUN --mount=type=bind,source=a.txt,target=in/a.txt cp in/a.txt b.txt
RUN --mount=type=bind,target=. record $(ls)
`,
    on: BUILDKIT,
  },
  {
    promise: "a mount of the exec form and under a shell of its own",
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,source=app/bin,target=/in ["/in/tool"]
SHELL ["/bin/sh", "-ec"]
RUN --mount=type=bind,source=run.sh,target=/in/run /in/run; record after
`,
    on: BUILDKIT,
  },
  {
    promise: "a mount has variables",
    dockerfile: `FROM busybox:1
ARG DIR=app/lib
ENV TO=/in
RUN --mount=type=bind,source=$DIR,target=\${TO} record $(ls $TO)
`,
    options: { buildArgs: { DIR: "app" } },
    on: NEWER,
  },
  {
    promise: "links are mounted as what they point to",
    files: { ...TREE, "to-lib": { link: "app/lib" }, "to-file": { link: "a.txt" } },
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,source=to-lib,target=/in ls /in > /srv/1
RUN --mount=type=bind,source=to-file,target=/in/a.txt cat /in/a.txt > /srv/2
RUN --mount=type=bind,source=app/lib/../bin,target=/in/bin ls /in/bin > /srv/3
`,
    on: NEWER,
  },
  {
    promise: "a mount has links, executable files and empty directories",
    files: { ...TREE, "to-app": { link: "app" } },
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,source=app,target=/in ls -lAn /in | awk '{print $1, $3, $4, $9, $10, $11}' > /srv/1 && /in/bin/tool
`,
    on: BUILDKIT,
  },
];
