/** `COPY --parents`, which needs a frontend of Dockerfile 1.20 or newer. */
import { type Import, SCRIPT, TREE } from "./import.ts";

const FILES = {
  ...TREE,
  "web/package.json": "0\n",
  "web/a/package.json": "1\n",
  "web/b/package.json": "2\n",
  "web/b/src/run.js": SCRIPT,
  lib: { link: "app/lib" },
};

export const PARENTS: readonly Import[] = [
  {
    promise: "the first line names a frontend",
    dockerfile: "# syntax=docker/dockerfile:1\nFROM busybox:1\nCOPY app /srv/app\nCOPY a.txt /srv/\n",
    on: ["frontend"],
  },
  {
    promise: "parents of files and directories are kept",
    files: FILES,
    dockerfile: `# syntax=docker/dockerfile:1
FROM busybox:1
COPY --parents app/main.py ./app/lib/x /a.txt /srv/1/
COPY --parents app/lib/ web /srv/2
COPY --parents . /srv/3/
COPY --parents ["app/empty", "app/link", "/srv/4/"]
COPY --parents=false app/lib /srv/5/
COPY --parents lib /srv/6/
`,
    on: ["frontend"],
  },
  {
    promise: "parents of what patterns match are kept, at any depth",
    files: FILES,
    dockerfile: `# syntax=docker/dockerfile:1
FROM busybox:1
COPY --parents **/package.json /srv/1/
COPY --parents web/*/package.json app/lib/**/deep.txt /srv/2/
COPY --parents web/**/*.js* *.txt /srv/3/
COPY --parents app/l* app/*/ /srv/4/
COPY --parents nothing* **/no/where /srv/5/
`,
    on: ["frontend"],
  },
  {
    promise: "parents begin behind the pivot",
    files: FILES,
    dockerfile: `# syntax=docker/dockerfile:1
FROM busybox:1
ARG DIR=lib
WORKDIR /srv/w
COPY --parents web/./b/src ./
COPY --parents ./web/./*/package.json /srv/1/
COPY --parents web/./**/package.json app/./$DIR/x a.txt /srv/2/
COPY --parents app/./lib/./y /srv/3/
`,
    on: ["frontend"],
  },
  {
    promise: "parents are with owners, modes, layers and what is excluded",
    files: { ...FILES, ".dockerignore": "app/lib/y\n" },
    dockerfile: `# syntax=docker/dockerfile:1
FROM busybox:1
COPY --parents --chown=node:staff app/lib /srv/1/
COPY --parents --chmod=700 app/lib/x /srv/2/
COPY --parents --link app/bin a.txt /srv/3/
COPY --parents --exclude=**/deep.txt --exclude=*.py app **/package.json /srv/4/
`,
    on: ["frontend"],
  },
];
