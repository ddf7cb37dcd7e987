/** What an image says of itself. */
import { type Import, NEWER } from "./import.ts";

export const CONFIGURATION: readonly Import[] = [
  {
    promise: "everything that an image says of itself",
    dockerfile: `FROM busybox:1
MAINTAINER Someone <some@one>
LABEL a=1 "b c"="d e" f='g'
LABEL multi="one \\
two" \\
  last=3
LABEL old style label
ENV A=1 B="two words" C=it\\ is
ENV OLD style value
EXPOSE 80 443/tcp 53/udp 8000-8002
VOLUME /data /more
VOLUME ["/json volume"]
STOPSIGNAL SIGUSR1
USER node:staff
WORKDIR /home/node/w
HEALTHCHECK --interval=5s --timeout=3s --start-period=1m --retries=2 CMD record healthy || exit 1
COPY a.txt /srv/
ENTRYPOINT ["record", "entry"]
CMD ["arg", "two words"]
`,
  },
  {
    promise: "shell forms of commands, and a shell of its own",
    dockerfile: `FROM busybox:1
SHELL ["/bin/sh", "-e", "-c"]
RUN record one; record two
HEALTHCHECK CMD ["record", "x"]
COPY run.sh /run.sh
ENTRYPOINT /run.sh && record "$0"
CMD echo $HOME
`,
    on: NEWER,
  },
  {
    promise: "a check of health is taken away, and an entrypoint and a command of before",
    dockerfile: `FROM busybox:1 AS base
HEALTHCHECK CMD true
ENTRYPOINT ["a"]
CMD ["b"]
FROM base
HEALTHCHECK NONE
ENTRYPOINT []
CMD []
`,
    on: NEWER,
  },
  {
    promise: "a check of health has an interval of its own at the start",
    dockerfile: "FROM busybox:1\nHEALTHCHECK --start-period=1m --start-interval=2s CMD true\n",
    on: NEWER,
  },
  {
    promise: "instructions for images that begin with this one are kept, their sources those of later",
    dockerfile: `FROM busybox:1
ONBUILD COPY . /app
ONBUILD ADD later.txt /srv/
ONBUILD RUN record later \\
  more
ONBUILD ENV A=1
COPY a.txt /srv/
`,
  },
  {
    promise: "instructions that a stage keeps are run by the stage that begins with it",
    dockerfile: `FROM busybox:1 AS base
ONBUILD ENV A=1
ONBUILD RUN record "$A"
COPY b.txt /srv/
FROM base
COPY c.md /srv/
RUN record "$A"
`,
  },
  {
    promise: "working directories and users of variables",
    dockerfile: `FROM busybox:1
ENV TOP=/srv WHO=node
WORKDIR $TOP/one
USER \${WHO}
WORKDIR /home/$WHO
USER 0:0
COPY a.txt $TOP/
COPY b.txt b.txt
`,
    on: NEWER,
  },
];
