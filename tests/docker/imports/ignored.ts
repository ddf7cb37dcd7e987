/** Contexts, and what is left out of them. */
import { BUILDKIT, type Import, NEWER, SCRIPT, TREE } from "./import.ts";

export const IGNORED: readonly Import[] = [
  {
    promise: "what `.dockerignore` leaves out is not copied, by whichever instruction",
    files: {
      ...TREE,
      "app/debug.log": "l\n",
      "top.log": "l\n",
      "node_modules/x/i.js": "x\n",
      ".dockerignore": "# comment\n\n*.md\n**/*.log\n/node_modules\napp/lib/*\n!app/lib/top.txt\n!top.log\n",
    },
    dockerfile: "FROM busybox:1\nCOPY . /srv/1\nADD app /srv/2\nCOPY *.log app/m* /srv/3/\nCOPY app/lib /srv/4\n",
  },
  {
    promise: "`.dockerignore` leaves out everything but what it names",
    files: { ...TREE, ".dockerignore": "*\n!app\napp/bin\n!*.txt\nb.txt\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/1\nCOPY app /srv/2\n",
  },
  {
    promise: "`.dockerignore` leaves a directory empty, or one file deep in it",
    files: { ...TREE, "d/x": "x\n", "e/f/g": "g\n", ".dockerignore": "app/**\n!app/lib/x/*.txt\nd/*\ne\n!e/f/g\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/1\nCOPY d /srv/2\nCOPY app /srv/3\nCOPY e/f /srv/4\n",
  },
  {
    promise: "a wildcard whose files are all ignored copies nothing, as BuildKit has it",
    files: { ...TREE, ".dockerignore": "*.md\n" },
    dockerfile: "FROM busybox:1\nCOPY *.md /srv/1/\nCOPY *.md a.txt /srv/2/\n",
    on: NEWER,
  },
  {
    promise: "`.dockerignore` leaves out itself and the Dockerfile",
    files: { ...TREE, ".dockerignore": "Dockerfile\n.dockerignore\napp\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/\n",
  },
  {
    promise: "`.dockerignore` leaves out links, empty directories, and what has odd names",
    files: { ...TREE, "a b": "ab\n", é: "e\n", ".dockerignore": "app/link\napp/empty\na b\né\n**/.rc\napp/l?b?\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/\n",
  },
  {
    promise: "an ignore file of the Dockerfile's own wins over that of the context",
    files: { ...TREE, ".dockerignore": "a.txt\n", "Dockerfile.dockerignore": "b.txt\napp/lib\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/\n",
    on: BUILDKIT,
  },
  {
    promise: "a Dockerfile in a directory has an ignore file of its own, whose patterns start at the context",
    at: "docker/dev.Dockerfile",
    files: { ...TREE, ".dockerignore": "a.txt\n", "docker/dev.Dockerfile.dockerignore": "app/lib\n*.md\ndocker\n" },
    dockerfile: "FROM busybox:1\nCOPY . /srv/\n",
    options: { context: "." },
    on: BUILDKIT,
  },
  {
    promise: "a mount has what is not ignored",
    files: { ...TREE, ".dockerignore": "*.md\napp/lib\n" },
    dockerfile: "FROM busybox:1\nRUN --mount=type=bind,target=/in find /in | sort > /srv/list\n",
    on: BUILDKIT,
  },
  {
    promise: "the context is a directory above the Dockerfile's, or its own",
    at: "daytona/Dockerfile",
    files: { ...TREE, "daytona/x.sh": SCRIPT },
    dockerfile: "FROM busybox:1\nCOPY daytona/x.sh a.txt /srv/\nCOPY app /srv/app\nCOPY . /srv/all\n",
    options: { context: "." },
  },
  {
    promise: "the context is the Dockerfile's directory when nothing else is said",
    at: "sub/Dockerfile",
    files: {
      "sub/a.txt": "a\n",
      "sub/d/b": "b\n",
      "a.txt": "other\n",
      ".dockerignore": "**\n",
      "sub/.dockerignore": "d\n",
    },
    dockerfile: "FROM busybox:1\nCOPY . /srv/\nCOPY a.txt /opt/\n",
  },
  {
    promise: "the context is a directory elsewhere",
    at: "docker/Dockerfile",
    files: { ...TREE, "docker/x": "x\n" },
    dockerfile: "FROM busybox:1\nCOPY lib/x main.py /srv/\nCOPY . /srv/all\n",
    options: { context: "app" },
  },
  {
    promise: "what git keeps is copied when it is asked for",
    files: { ".git/HEAD": "ref\n", ".git/refs/x": "1\n", "a.txt": "a\n" },
    dockerfile: "FROM busybox:1\nCOPY .git/HEAD /srv/\nCOPY .git /srv/git\nCOPY a.txt /srv/\n",
  },
];
