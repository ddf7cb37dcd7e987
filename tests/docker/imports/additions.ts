/** `ADD` of local files, and of archives. */
import { gzipSync } from "node:zlib";
import { BZIP2, TAR, XZ } from "./archives.ts";
import { type Import, NEWER, TREE } from "./import.ts";

export const ADDITIONS: readonly Import[] = [
  {
    promise: "files and directories are added as they are copied",
    dockerfile: `FROM busybox:1
WORKDIR /srv
ADD a.txt 1
ADD app 2/
ADD *.txt app/l* 3/
ADD --chown=node:staff app/lib 4
ADD ["b.txt", "c.md", "./5/"]
ADD . all
`,
  },
  {
    promise: "archives that are added are unpacked, with owners, modes and links of their own",
    files: { "t.tar": TAR, "t.tar.gz": gzipSync(TAR), "t.tgz": gzipSync(TAR), noname: TAR },
    dockerfile: `FROM busybox:1
ADD t.tar /srv/1
ADD t.tar.gz /srv/2/
WORKDIR /srv/w
ADD t.tgz .
ADD noname /srv/3
RUN /srv/1/packed/run
`,
  },
  {
    promise: "archives of other kinds are unpacked",
    files: { "t.tar.xz": XZ, "t.tar.bz2": BZIP2 },
    dockerfile: "FROM busybox:1\nADD t.tar.xz /srv/1/\nADD t.tar.bz2 /srv/2/\n",
  },
  {
    promise: "files, archives and directories are added at once",
    files: { ...TREE, "t.tar": TAR, "g.gz": gzipSync("x") },
    dockerfile: 'FROM busybox:1\nADD a.txt t.tar app g.gz /srv/\nADD ["t.tar", "c.md", "/opt/"]\n',
  },
  {
    promise: "archives with an owner are unpacked",
    files: { "t.tar": TAR, "a.txt": "a\n" },
    dockerfile: "FROM busybox:1\nADD --chown=1000:50 t.tar a.txt /srv/1/\n",
  },
  {
    promise: "what only looks like an archive is added as a file",
    files: {
      "a.tar": "no tar\n",
      "b.gz": gzipSync("no tar either\n"),
      "c.zip": "PK\u0003\u0004",
      empty: "",
      "e.tar": Buffer.alloc(1024),
    },
    dockerfile: `FROM busybox:1
ADD a.tar b.gz c.zip empty e.tar /srv/1/
ADD b.gz /srv/2
ADD a.tar /srv/3.tar
`,
  },
  {
    promise: "archives in a directory that is added stay archives",
    files: { "d/t.tar": TAR, "d/sub/t.tgz": gzipSync(TAR), "d.tar/a.txt": "a\n" },
    dockerfile: "FROM busybox:1\nADD d /srv/1\nADD . /srv/2/\nADD d.tar /srv/3\n",
  },
  {
    promise: "a link to an archive that is added is unpacked",
    files: { "t.tar": TAR, l: { link: "t.tar" }, "d/l": { link: "../t.tar" } },
    dockerfile: "FROM busybox:1\nADD l /srv/1/\nADD d/l /srv/2/\n",
  },
  {
    promise: "an archive is copied as it is",
    files: { "t.tar": TAR, "t.tgz": gzipSync(TAR), "d/t.tar": TAR },
    dockerfile: "FROM busybox:1\nCOPY t.tar t.tgz /srv/\nCOPY d /srv/d\nCOPY *.tar /opt/\n",
  },
  {
    promise: "an archive is added over what the image has",
    files: { "t.tar": TAR, "d/packed/f": "old\n", "d/packed/more": "m\n" },
    dockerfile: "FROM busybox:1\nCOPY d /srv\nADD t.tar /srv/\nADD t.tar /opt/new/\n",
  },
  {
    promise: "whether an archive is unpacked can be said",
    files: { "t.tar": TAR, "t.tgz": gzipSync(TAR) },
    dockerfile: `FROM busybox:1
ADD --unpack=false t.tar /srv/1/
ADD --unpack=true t.tgz /srv/2/
ADD --unpack t.tar /srv/3/
`,
    on: NEWER,
    since: 28,
  },
];
