/** `ARG`, `ENV` and build arguments, in sources and in what they lead to. */
import { BUILDKIT, type Import, NEWER, SCRIPT, TREE } from "./import.ts";

export const VARIABLES: readonly Import[] = [
  {
    promise: "sources have variables, with defaults and alternatives",
    dockerfile: `FROM busybox:1
ARG NAME=a
ARG NONE
ARG EMPTY=
ENV EXT=txt DIR=app
COPY $NAME.txt /srv/1
COPY \${NAME}.\${EXT} /srv/2
COPY \${EMPTY:-b}.txt /srv/3
COPY \${NONE:-c}.md /srv/4
COPY \${NAME:+b}.txt /srv/5
COPY $DIR/lib /srv/$DIR
COPY ["\${DIR}/main.py", "/srv/$NAME/"]
COPY $NONE/a.txt /srv/6
COPY *.$EXT /srv/7/
`,
    on: NEWER,
  },
  {
    promise: "an argument of before the first stage is known to stages that ask for it",
    dockerfile: `ARG BASE=busybox
ARG NAME=b
ARG UNUSED
FROM $BASE:1 AS one
ARG NAME
COPY $NAME.txt /srv/1
FROM \${BASE}:1
COPY --from=one /srv/1 /srv/1
ARG NAME=c
COPY $NAME.md /srv/3
ARG BASE
RUN record "$BASE" "$NAME" "$UNUSED"
`,
    on: NEWER,
  },
  {
    promise: "the environment wins over arguments",
    dockerfile: `FROM busybox:1
ARG NAME=b
ENV NAME=a
COPY $NAME.txt /srv/1
ENV NAME=b OLD=$NAME
COPY $OLD.txt $NAME.txt /srv/2/
ENV OLDER c.md
COPY $OLDER /srv/3
RUN record "$NAME" "$OLD" "$OLDER"
`,
    options: { buildArgs: { NAME: "c" } },
  },
  {
    promise: "stages and sources are named by the platform that BuildKit builds for",
    dockerfile: `FROM busybox:1 AS base-amd64
COPY a.txt /srv/1
FROM busybox:1 AS base-arm64
COPY missing /srv/1
FROM base-$TARGETARCH
ARG TARGETARCH
ARG TARGETVARIANT
COPY dist/$TARGETARCH$TARGETVARIANT /srv/2
`,
    files: { ...TREE, "dist/amd64": "x" },
    on: BUILDKIT,
  },
  {
    promise: "the environment of a stage is inherited",
    dockerfile: `FROM busybox:1 AS base
ENV NAME=a
ARG DIR=app
COPY $DIR/main.py /srv/1
FROM base AS next
ENV EXT=txt
FROM next
COPY $NAME.$EXT /srv/2
`,
  },
  {
    promise: "the arguments of a stage are inherited, as BuildKit has it",
    dockerfile: `FROM busybox:1 AS base
ARG NAME=a
ARG OTHER
FROM base AS next
COPY \${NAME:-c}.txt /srv/1
FROM next
COPY \${NAME}.txt $OTHER /srv/2/
RUN record "$NAME" "$OTHER"
`,
    options: { buildArgs: { OTHER: "b.txt" } },
    on: BUILDKIT,
  },
  {
    promise: "variables before the first stage are with trees of files after it",
    dockerfile: `# comment
ARG TAG=0
ARG DIR=app
FROM busybox:$TAG
ARG DIR
COPY $DIR /srv
RUN record $DIR
`,
    options: { buildArgs: { TAG: "1", DIR: "app/lib" } },
    on: NEWER,
  },
  {
    promise: "build arguments are given from outside, for all stages",
    dockerfile: `ARG VERSION=0
FROM busybox:$VERSION AS one
ARG NAME=a
ARG EMPTY=full
COPY $NAME.txt /srv/1
RUN record "$NAME" "$VERSION" "$EMPTY"
FROM busybox:\${VERSION}
ARG NAME
ARG EMPTY
ARG VERSION
COPY $NAME.txt /srv/2
COPY --from=one /srv/1 /var/record/0 /srv/
RUN record "$NAME" "$VERSION" "$EMPTY"
ENV KEPT=$NAME
LABEL name=$NAME
`,
    options: { buildArgs: { VERSION: "1", NAME: "b", EMPTY: "" } },
  },
  {
    promise: "build arguments have any text",
    dockerfile: `FROM busybox:1
ARG QUOTED
ARG DOLLAR=x
ARG BACK
ARG LONG
RUN record "$QUOTED" "$DOLLAR" "$BACK" "$LONG"
ENV QUOTED=$QUOTED DOLLAR=\${DOLLAR} BACK="$BACK"
RUN record "$QUOTED" "$DOLLAR" "$BACK"
`,
    options: {
      buildArgs: {
        QUOTED: `it's "so" # x`,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is to arrive as it is
        DOLLAR: "$HOME ${PATH} $$",
        BACK: "a\\b \\\\ \\$ end\\",
        LONG: "  blanks  ",
      },
    },
    on: NEWER,
  },
  {
    promise: "arguments refer to arguments",
    dockerfile: `ARG TAG=1
ARG BASE=busybox:$TAG
FROM $BASE
ARG NAME=a
ARG FILE=$NAME.txt
ARG QUOTED="\${FILE}"
ARG SINGLE='b.txt'
COPY $FILE /srv/1
COPY $QUOTED /srv/2
COPY $SINGLE /srv/3
ARG NAME=b
COPY $NAME.txt $FILE /srv/4/
RUN record $FILE $NAME $QUOTED
`,
    on: NEWER,
  },
  {
    promise: "several arguments are on one line",
    dockerfile: `FROM busybox:1
ARG NAME=a EXT=txt NONE
COPY $NAME.$EXT /srv/1
RUN record $NAME $EXT "$NONE"
`,
    options: { buildArgs: { EXT: "txt", NAME: "b" } },
    on: NEWER,
  },
  {
    promise: "arguments of the platform have the values that are given",
    files: { "bin-amd64": SCRIPT, "bin-arm64": "no\n", "linux/x": "x\n", none: "n\n" },
    dockerfile: `FROM busybox:1
ARG TARGETARCH
ARG TARGETOS
ARG TARGETVARIANT=none
COPY bin-$TARGETARCH /bin/tool
COPY \${TARGETOS}/x /srv/
COPY \${TARGETVARIANT} /srv/none
RUN tool && record $TARGETARCH $TARGETOS $TARGETVARIANT $TARGETPLATFORM
`,
    options: { buildArgs: { TARGETARCH: "amd64", TARGETOS: "linux" } },
    on: NEWER,
  },
  {
    promise: "quotes and escapes in values and sources are taken away",
    files: { ...TREE, "x y.txt": "xy\n", $D: "d\n" },
    dockerfile: String.raw`FROM busybox:1
ENV A="a.txt" B='b.txt' C=c\.md D=\$D E='$D' F="x y.txt"
COPY $A /srv/1
COPY $B /srv/2
COPY $C /srv/3
COPY ["$D", "/srv/4"]
COPY ["$E", "/srv/5"]
COPY ["$F", "/srv/6"]
COPY "a.txt" /srv/7
COPY 'b.txt' /srv/8
COPY a".txt" /srv/9
`,
    on: NEWER,
  },
  {
    promise: "parts of values are taken away and replaced",
    dockerfile: `FROM busybox:1
ARG NAME=v1.a.txt
COPY \${NAME#v1.} /srv/1
COPY \${NAME##*1.} /srv/2
ARG OTHER=b.txt.bak
COPY \${OTHER%.bak} /srv/3
COPY \${OTHER%%.*}.txt /srv/4
COPY \${OTHER/.bak/} /srv/5
ARG EMPTY=
COPY \${EMPTY-a}b.txt \${EMPTY+c.md} /srv/6/
`,
    on: NEWER,
  },
];
