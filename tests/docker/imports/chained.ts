/** Calls after the import. */
import { Image } from "pithy-image";
import { type Import, NEWER, SCRIPT, TREE } from "./import.ts";

const START = 'FROM busybox:1\nCOPY a.txt /srv/\nENV A=1\nRUN record "$A"\n';

export const CHAINED: readonly Import[] = [
  {
    promise: "calls come after the import: commands, environment, directories and users",
    dockerfile: START,
    calls: (image) =>
      image
        .env({ A: "2", B: "b" })
        .runCommands('record "$A" "$B"')
        .workdir("/srv/w")
        .user("node")
        .runCommands("record two", ["record", "three"]),
    byHand: `${START}ENV A=2 B=b
RUN record "$A" "$B"
WORKDIR /srv/w
USER node
RUN record two
RUN ["record", "three"]
`,
  },
  {
    promise: "local files are added after the import, from the root",
    at: "docker/Dockerfile",
    files: { "docker/a.txt": "a\n", "b.txt": "b\n", "dir/x": "x\n", "dir/run": SCRIPT },
    dockerfile: START,
    options: { context: "docker" },
    calls: (image) =>
      image.addLocalFile("b.txt", "/srv/b").addLocalDir("dir", "/srv/dir", { chown: "node" }).addFile("/srv/c", "c"),
    byHand: `FROM busybox:1 AS files
RUN mkdir -p /x/dir && echo b > /x/b && echo x > /x/dir/x && printf '#!/bin/sh\\nrecord ran\\n' > /x/dir/run \\
  && chmod 755 /x/dir/run && printf c > /x/c
${START}COPY --from=files /x/b /srv/b
COPY --from=files --chown=node /x/dir /srv/dir
COPY --from=files /x/c /srv/c
`,
  },
  {
    promise: "what an image says of itself is set after the import",
    dockerfile: `${START}ENTRYPOINT ["no"]\nCMD ["no"]\nLABEL a=1 b=2\n`,
    calls: (image) =>
      image.label({ b: "3", c: "4" }).expose(80).volume("/data").entrypoint(["record", "entry"]).cmd(["arg"]),
    byHand: `${START}LABEL a=1 b=3 c=4
EXPOSE 80
VOLUME /data
ENTRYPOINT ["record", "entry"]
CMD ["arg"]
`,
    on: NEWER,
  },
  {
    promise: "calls come after an import without a newline at its end",
    dockerfile: START.trimEnd(),
    calls: (image) => image.runCommands("record more"),
    byHand: `${START}RUN record more\n`,
    on: NEWER,
  },
  {
    promise: "calls are written in the file's own escape character",
    dockerfile: `# escape=\`\n${START}`,
    calls: (image) =>
      image
        .env({ B: 'a\\b "c" $A `d`' })
        .workdir("/srv/x y")
        .runCommands("record a \\\n  b", 'record "$B" `echo c`')
        .addLocalFile("b.txt", "/srv/b.txt"),
    byHand: String.raw`${START}ENV B="a\\b \"c\" \$A ${"`d`"}"
WORKDIR "/srv/x y"
RUN record a b
RUN record "$B" ${"`echo c`"}
COPY b.txt /srv/b.txt
`,
  },
  {
    promise: "calls come after a file whose lines end as on Windows",
    dockerfile: START.replaceAll("\n", "\r\n"),
    calls: (image) => image.runCommands("record a").env({ Z: "z" }),
    byHand: `${START}RUN record a\nENV Z=z\n`,
    on: NEWER,
  },
  {
    promise: "calls come after the target",
    dockerfile: `FROM busybox:1 AS one\nCOPY a.txt /srv/\nFROM nosuch:1 AS two\nCOPY --from=one /x /\n`,
    options: { target: "one" },
    calls: (image) => image.runCommands("record one").addLocalFile("b.txt", "/srv/"),
    byHand: "FROM busybox:1 AS one\nCOPY a.txt /srv/\nRUN record one\nCOPY b.txt /srv/\n",
  },
  {
    promise: "calls come after comments and blank lines, and a last line without a newline",
    dockerfile: `${START}\n# COPY b.txt /srv/ \\\n\n# end`,
    calls: (image) => image.runCommands("record more"),
    byHand: `${START}RUN record more\n`,
    on: NEWER,
  },
  {
    promise: "further instructions come after the import, with a context of their own",
    files: { ...TREE, "other/x": "x\n", "other/.dockerignore": "y\n", "other/y": "y\n" },
    dockerfile: START,
    calls: (image) =>
      image
        .dockerfileCommands(["COPY app/lib \\\n  /srv/lib", "USER node"])
        .dockerfileCommands("COPY --chown=node . /srv/other", "other"),
    byHand: `FROM busybox:1 AS other
COPY other/x other/.dockerignore /other/
${START}COPY app/lib /srv/lib
USER node
COPY --from=other --chown=node /other /srv/other
`,
    on: NEWER,
  },
  {
    promise: "a stage is added after the import",
    dockerfile: `FROM busybox:1 AS first\nCOPY b.txt /b\n${START}COPY --from=0 /b /srv/\nCOPY app /srv/app\n`,
    calls: (image) =>
      image.stage("made", Image.base("busybox:1").addFile("/x", "x\n")).copyFrom("made", "/x", "/srv/x"),
    byHand: `FROM busybox:1 AS first
COPY b.txt /b
FROM busybox:1 AS made
RUN echo x > /x
${START}COPY --from=0 /b /srv/
COPY app /srv/app
COPY --from=made /x /srv/x
`,
    on: NEWER,
  },
  {
    promise: "calls know the stage's variables, working directory and shell",
    dockerfile: `FROM busybox:1
ARG NAME=x
ENV B=b
WORKDIR /srv/w
SHELL ["record", "shell"]
`,
    options: { buildArgs: { NAME: "y" } },
    calls: (image) => image.runCommands("$NAME $B", ["record", "exec"]).addLocalFile("a.txt", "here.txt"),
    byHand: `FROM busybox:1
ARG NAME=y
ENV B=b
WORKDIR /srv/w
SHELL ["record", "shell"]
RUN $NAME $B
RUN ["record", "exec"]
COPY a.txt here.txt
`,
    on: NEWER,
  },
];
