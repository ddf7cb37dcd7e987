/** Several stages, and targets. */
import { BUILDKIT, type Import, NEWER } from "./import.ts";

export const STAGES: readonly Import[] = [
  {
    promise: "stages are named by number, by name, and in any case",
    dockerfile: `FROM busybox:1 AS First
COPY a.txt /a
FROM busybox:1
COPY b.txt /b
FROM first AS third
COPY c.md /c
FROM busybox:1
COPY --from=0 /a /srv/0
COPY --from=1 /b /srv/1
COPY --from=THIRD /a /c /srv/2/
COPY --from=First --chown=node /a /srv/3
COPY --from=busybox:1 /etc/group /srv/4
`,
  },
  {
    promise: "a stage begins with a stage, and has all of it",
    dockerfile: `FROM busybox:1 AS base
ENV A=1
WORKDIR /srv
USER node
COPY a.txt .
ENTRYPOINT ["record"]
FROM base AS again
COPY b.txt .
RUN record "$A"
FROM again
COPY c.md .
CMD ["x"]
`,
    on: NEWER,
  },
  {
    promise: "the target is a stage by name, and what comes after it is not built",
    dockerfile: `FROM busybox:1 AS one
COPY a.txt /srv/
LABEL from=one
FROM one AS two
COPY b.txt /srv/
ENTRYPOINT ["record", "two"]
FROM nosuch:1 AS three
COPY nothing.txt /srv/
RUN exit 1
`,
    options: { target: "TWO" },
  },
  {
    promise: "the target is the last stage",
    dockerfile: "FROM busybox:1 AS a\nCOPY a.txt /\nFROM busybox:1 AS b\nCOPY --from=a /a.txt /b\n",
    options: { target: "b" },
    on: NEWER,
  },
  {
    promise: "stages that are not needed are not built, and their files need not be there",
    dockerfile: `FROM busybox:1 AS tests
COPY no-such-directory /t
RUN exit 1
FROM nosuch:1 AS docs
COPY docs /docs
FROM busybox:1 AS build
COPY a.txt /a
FROM busybox:1 AS extra
COPY --from=build /a /srv/extra
COPY also-missing /srv/
FROM busybox:1
COPY --from=build /a /srv/
COPY --from=2 /a /srv/b
`,
    on: BUILDKIT,
  },
  {
    promise: "an image begins with nothing",
    dockerfile: `FROM busybox:1 AS build
COPY . /src
RUN mkdir /out && cp -r /src/app /out/app
FROM scratch
COPY --from=build /out /
COPY --from=build /usr/bin/busybox /bin/sh
COPY a.txt /etc/a.txt
ENV PATH=/bin
CMD ["/bin/sh"]
`,
  },
  {
    promise: "what is copied from stages and images is left alone, wildcards and all",
    dockerfile: `FROM busybox:1 AS build
WORKDIR /out
COPY app/lib .
RUN ln -s top.txt link && touch one.o two.o
FROM busybox:1
ARG FROM=x
COPY --from=build /out/*.o /srv/1/
COPY --from=build out/link /srv/2
COPY --from=build /out/\${FROM}/ /srv/3
COPY --chown=7:8 --from=build ["/out", "/srv/4"]
COPY a.txt /srv/
`,
  },
  {
    promise: "a platform is given that is the machine's",
    dockerfile: "FROM --platform=linux/amd64 busybox:1\nCOPY a.txt /srv/\n",
    on: NEWER,
  },
];
