/** Files and directories: what is copied, where it lands, with which mode and whose. */
import { gzipSync } from "node:zlib";
import { Image } from "pithy-image";
import { Header } from "tar";
import { describe, expect, inject, test } from "vitest";
import { BuildError, build } from "./build.ts";
import { BUILDERS } from "./docker-api.ts";
import { bytesOf, type Local, type Locals, writeLocals } from "./file-tree.ts";
import { NAMES, ODD } from "./hostile.ts";
import { checkRows, type Row } from "./row.ts";

const BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const SCRIPT: Local = { text: "#!/bin/sh\nrecord ran\n", mode: 0o755 };
const GZIP = gzipSync("x");
const busybox = Image.base("busybox:1");
/** A tar that Docker would unpack. */
const TAR = archive();
const MODES = [
  0o000, 0o400, 0o600, 0o640, 0o644, 0o664, 0o666, 0o700, 0o755, 0o777, 0o1777, 0o2755, 0o4755, 0o6711, 0o7777,
];
const LONG = Array.from({ length: 30 }, (_, level) => `${level}-${"long name ".repeat(5)}x`).join("/");

checkRows([
  {
    promise: "a local file arrives with its bytes and its executable bit, whatever the other bits",
    locals: {
      "run.sh": { text: "x", mode: 0o700 },
      "data.bin": BYTES,
      private: { text: "p", mode: 0o600 },
      open: { text: "o", mode: 0o666 },
      group: { text: "g", mode: 0o654 },
      empty: "",
    },
    image: (base) =>
      ["run.sh", "data.bin", "private", "open", "group", "empty"].reduce(
        (image, name) => image.addLocalFile(name, `/srv/${name}`),
        base,
      ),
    arrives: {
      files: {
        "/srv/run.sh": { mode: 0o755, bytes: "x" },
        "/srv/data.bin": { bytes: bytesOf(BYTES) },
        "/srv/private": "p",
        "/srv/open": "o",
        "/srv/group": "g",
        "/srv/empty": "",
      },
    },
  },
  {
    promise: "a mode that is asked for arrives, all 12 bits of it",
    image: (base) => MODES.reduce((image, mode) => image.addFile(`/srv/${mode.toString(8)}`, "x", { mode }), base),
    arrives: { files: Object.fromEntries(MODES.map((mode) => [`/srv/${mode.toString(8)}`, { mode, bytes: "x" }])) },
  },
  {
    promise: "a file can be run that was added with a mode",
    locals: { "run.sh": "#!/bin/sh\nrecord ran\n" },
    image: (base) => base.addLocalFile("run.sh", "/usr/local/bin/run", { mode: 0o755 }).runCommands(["run"]),
    arrives: {
      files: { "/usr/local/bin/run": { mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" } },
      calls: [{ args: ["ran"] }],
    },
  },
  {
    promise: "text and bytes given in the code arrive to the byte",
    image: (base) =>
      base
        .addFile("/srv/text", "a\r\nb\rc\n\u2028é👩\0\ufeff")
        .addFile("/srv/bytes", BYTES)
        .addFile("/srv/nothing", "")
        .addFile("/srv/large", "0123456789abcdef".repeat(100_000)),
    arrives: {
      files: {
        "/srv/text": "a\r\nb\rc\n\u2028é👩\0\ufeff",
        "/srv/bytes": { bytes: bytesOf(BYTES) },
        "/srv/nothing": "",
        "/srv/large": "0123456789abcdef".repeat(100_000),
      },
    },
  },
  {
    promise: "one file goes to several places, with several modes",
    locals: { "a.txt": "a" },
    image: (base) =>
      base
        .addLocalFile("a.txt", "/srv/1")
        .addLocalFile("a.txt", "/srv/2", { mode: 0o600 })
        .addLocalFile("a.txt", "/srv/3", { mode: 0o755 })
        .addLocalFile("a.txt", "/srv/4")
        .addFile("/srv/5", "a"),
    arrives: {
      files: {
        "/srv/1": "a",
        "/srv/2": { mode: 0o600, bytes: "a" },
        "/srv/3": { mode: 0o755, bytes: "a" },
        "/srv/4": "a",
        "/srv/5": "a",
      },
    },
  },
  {
    promise: "a later file takes the place of an earlier one",
    image: (base) => base.addFile("/srv/a", "1", { mode: 0o600, chown: "node" }).addFile("/srv/a", "2"),
    arrives: { files: { "/srv/a": "2" } },
  },
  {
    promise: "a destination with a slash at its end takes the file under its own name",
    locals: { "dir/a.txt": "a", [`dir/${ODD}`]: "odd" },
    image: (base) => base.addLocalFile("dir/a.txt", "/srv/new/").addLocalFile(`dir/${ODD}`, "/srv/new/"),
    arrives: { files: { "/srv/new/a.txt": "a", [`/srv/new/${ODD}`]: "odd" } },
  },
  {
    promise: "a destination that is a directory takes the file under its own name",
    locals: { "dir/a.txt": "a", "dir/b.txt": "b" },
    image: (base) =>
      base
        .addLocalFile("dir/a.txt", "/tmp")
        .addLocalFile("dir/b.txt", "/srv", { mode: 0o600 })
        .workdir("/opt/x")
        .addLocalFile("dir/a.txt", ".")
        .addFile("/home/node", "h"),
    arrives: {
      workdir: "/opt/x",
      files: {
        "/tmp/a.txt": "a",
        "/srv/b.txt": { mode: 0o600, bytes: "b" },
        "/opt/x/a.txt": "a",
        "/home/node/node": "h",
      },
    },
  },
  {
    promise: "a name that Docker would take for a pattern is `file` in a destination that turns out to be a directory",
    locals: { "[id].tsx": "x", "a b.tsx": "y" },
    image: (base) => base.addLocalFile("[id].tsx", "/srv").addLocalFile("a b.tsx", "/opt"),
    arrives: { files: { "/srv/file": "x", "/opt/a b.tsx": "y" } },
  },
  {
    promise: "names may look like variables",
    locals: { "$id.tsx": "x", "d/${a}": "y" },
    image: (base) =>
      base.addLocalFile("$id.tsx", "/srv/").addLocalFile("$id.tsx", "/opt/$id.tsx").addLocalDir("d", "/srv"),
    arrives: { files: { "/srv/$id.tsx": "x", "/opt/$id.tsx": "x", "/srv/${a}": "y" } },
  },
  {
    promise: "a file's destination passes through a link of the image",
    locals: { tool: SCRIPT },
    image: (base) =>
      base.addLocalFile("tool", "/bin/tool").addFile("/sbin/other", "x", { mode: 0o700 }).runCommands(["tool"]),
    arrives: {
      files: {
        "/usr/bin/tool": { mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" },
        "/usr/sbin/other": { mode: 0o700, bytes: "x" },
      },
      calls: [{ args: ["ran"] }],
    },
  },
  {
    promise: "an owner is named, with or without a group",
    locals: { "a.txt": "a" },
    image: (base) =>
      base
        .addLocalFile("a.txt", "/srv/1", { chown: "node" })
        .addLocalFile("a.txt", "/srv/2", { chown: "node:staff" })
        .addFile("/srv/3", "3", { chown: "12:34" })
        .addFile("/srv/4", "4", { chown: "root:node", mode: 0o640 })
        .addFile("/srv/5", "5", { chown: "1000" }),
    arrives: {
      files: {
        "/srv/1": { owner: "1000:1000", bytes: "a" },
        "/srv/2": { owner: "1000:50", bytes: "a" },
        "/srv/3": { owner: "12:34", bytes: "3" },
        "/srv/4": { owner: "0:1000", bytes: "4", mode: 0o640 },
        "/srv/5": { owner: "1000:1000", bytes: "5" },
      },
    },
  },
  {
    promise: "files are root's after `user`, too",
    image: (base) =>
      base.user("node").addFile("/srv/a", "a").workdir("/home/node").addFile("b", "b", { chown: "node" }),
    arrives: {
      user: "node",
      workdir: "/home/node",
      files: { "/srv/a": "a", "/home/node/b": { owner: "1000:1000", bytes: "b" } },
    },
  },
  {
    promise: "a directory arrives with links, empty directories and executable bits",
    locals: {
      "app/main.py": "print()\n",
      "app/bin/tool": SCRIPT,
      "app/empty": { directory: true },
      "app/deep/er/data": BYTES,
      "app/link": { link: "deep/er/data" },
      "app/deep/up": { link: "../main.py" },
      "app/to-directory": { link: "deep" },
      "app/dangling": { link: "nowhere/at/all" },
      "app/circle": { link: "circle" },
      "app/.hidden/.x": "",
    },
    image: (base) => base.addLocalDir("app", "/srv/app").runCommands(["/srv/app/bin/tool"]),
    arrives: {
      files: {
        "/srv/app/main.py": "print()\n",
        "/srv/app/bin/tool": { mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" },
        "/srv/app/empty": { kind: "directory" },
        "/srv/app/deep/er/data": { bytes: bytesOf(BYTES) },
        "/srv/app/link": { target: "deep/er/data" },
        "/srv/app/deep/up": { target: "../main.py" },
        "/srv/app/to-directory": { target: "deep" },
        "/srv/app/dangling": { target: "nowhere/at/all" },
        "/srv/app/circle": { target: "circle" },
        "/srv/app/.hidden/.x": "",
      },
      calls: [{ args: ["ran"] }],
    },
  },
  {
    promise: "the root itself arrives, with a file called Dockerfile and one called .dockerignore in it",
    locals: { Dockerfile: "FROM nowhere\n", ".dockerignore": "", "Dockerfile.dockerignore": "", "ctx/x/y": "y" },
    image: (base) => base.addLocalDir(".", "/srv"),
    arrives: {
      files: {
        "/srv/Dockerfile": "FROM nowhere\n",
        "/srv/.dockerignore": "",
        "/srv/Dockerfile.dockerignore": "",
        "/srv/ctx/x/y": "y",
      },
    },
  },
  {
    promise: "an empty directory arrives",
    locals: { empty: { directory: true }, full: { directory: true }, "full/a": "a" },
    image: (base) => base.addLocalDir("empty", "/srv/empty").addLocalDir("full", "/srv/none", { exclude: ["a"] }),
    arrives: { files: { "/srv/empty": { kind: "directory" }, "/srv/none": { kind: "directory" } } },
  },
  {
    promise: "a directory's destination starts at the working directory, and is that directory with `.`",
    locals: { "a/x": "x", "b/y": "y" },
    image: (base) => base.workdir("/srv/w").addLocalDir("a", "sub/dir").addLocalDir("b", "."),
    arrives: { workdir: "/srv/w", files: { "/srv/w/sub/dir/x": "x", "/srv/w/y": "y" } },
  },
  {
    promise: "a directory goes into directories of the image whose links, modes and owners stay",
    locals: { "a/tool": SCRIPT, "a/sub/x": "x" },
    image: (base) =>
      ["/bin", "/tmp", "/root", "/var/tmp", "/lib", "/home/node"]
        .reduce((image, directory) => image.addLocalDir("a", directory), base)
        .runCommands(["tool"], "tool"),
    arrives: {
      files: Object.fromEntries(
        ["/usr/bin", "/tmp", "/root", "/var/tmp", "/usr/lib", "/home/node"].flatMap((directory) => [
          [`${directory}/tool`, { mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" }],
          [`${directory}/sub/x`, "x"],
        ]),
      ),
      calls: [{ args: ["ran"] }, { args: ["ran"] }],
    },
  },
  {
    promise: "a directory with an owner: all in it is that owner's, links and empty directories too",
    locals: { "a/x": "x", "a/sub/y": SCRIPT, "a/link": { link: "x" }, "a/empty": { directory: true } },
    image: (base) =>
      base
        .addLocalDir("a", "/srv/1", { chown: "node:staff" })
        .addLocalDir("a", "/srv/2", { chown: "7:8" })
        .addLocalDir("a", "/srv/3"),
    arrives: { files: { ...owned("/srv/1", "1000:50"), ...owned("/srv/2", "7:8"), ...owned("/srv/3", "0:0") } },
  },
  {
    promise: "directories are merged: later files win, those that are only in the earlier stay",
    locals: { "a/x": "1", "a/sub/only-a": "a", "b/x": SCRIPT, "b/sub/only-b": "b" },
    image: (base) => base.addLocalDir("a", "/srv/m").addLocalDir("b", "/srv/m"),
    arrives: {
      files: {
        "/srv/m/x": { mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" },
        "/srv/m/sub/only-a": "a",
        "/srv/m/sub/only-b": "b",
      },
    },
  },
  {
    promise: "one directory goes to several places",
    locals: { "a/x": "x", "a/link": { link: "x" } },
    image: (base) =>
      base
        .addLocalDir("a", "/srv/1")
        .addLocalDir("a", "/srv/2", { exclude: ["link"] })
        .addLocalDir("./a/", "/opt"),
    arrives: {
      files: {
        "/srv/1/x": "x",
        "/srv/1/link": { target: "x" },
        "/srv/2/x": "x",
        "/opt/x": "x",
        "/opt/link": { target: "x" },
      },
    },
  },
  {
    promise: "names that are odd in every way arrive in a directory: files, links, directories and targets",
    locals: { ...oddTree("a") },
    image: (base) => base.addLocalDir("a", `/srv/${ODD}`),
    arrives: {
      files: Object.fromEntries(
        Object.entries(oddTree(`/srv/${ODD}`)).map(([path, local]) => [
          path,
          typeof local === "object" && "link" in local ? { target: local.link } : (local as string),
        ]),
      ),
    },
  },
  {
    promise: "a path of more than a thousand bytes arrives, and a link to it",
    locals: { [`a/${LONG}`]: "x", "a/link": { link: LONG } },
    image: (base) => base.addLocalDir("a", "/srv"),
    arrives: { files: { [`/srv/${LONG}`]: "x", "/srv/link": { target: LONG } } },
  },
  {
    promise: "archives and compressed files arrive as they are, alone and in a directory",
    locals: { "a.tar": TAR, "a.gz": GZIP, "d/a.tar": TAR, "d/tree.tar": TAR, "d/a.tgz": GZIP },
    image: (base) => base.addLocalFile("a.tar", "/srv/").addLocalFile("a.gz", "/srv/").addLocalDir("d", "/srv/d"),
    arrives: {
      files: {
        "/srv/a.tar": { bytes: bytesOf(TAR) },
        "/srv/a.gz": { bytes: bytesOf(GZIP) },
        "/srv/d/a.tar": { bytes: bytesOf(TAR) },
        "/srv/d/tree.tar": { bytes: bytesOf(TAR) },
        "/srv/d/a.tgz": { bytes: bytesOf(GZIP) },
      },
    },
  },
  {
    promise: "a local file that is a link arrives as the file that it points to",
    locals: { real: { text: "r", mode: 0o755 }, link: { link: "real" }, "d/up": { link: "../real" } },
    image: (base) =>
      base.addLocalFile("link", "/srv/l").addLocalFile("d/up", "/srv/").addLocalFile("link", "/srv/m", { mode: 0o600 }),
    arrives: {
      files: {
        "/srv/l": { mode: 0o755, bytes: "r" },
        "/srv/up": { mode: 0o755, bytes: "r" },
        "/srv/m": { mode: 0o600, bytes: "r" },
      },
    },
  },
  {
    promise: "root as an owner is as none, and takes no bit away",
    locals: { "d/x": "x" },
    image: (base) =>
      base
        .addFile("/srv/a", "a", { mode: 0o4755, chown: "root:root" })
        .addFile("/srv/b", "b", { chown: "0" })
        .user("node")
        .addLocalDir("d", "/srv", { chown: "root" })
        .addLocalFile("d/x", "/srv/c"),
    arrives: {
      user: "node",
      files: { "/srv/a": { mode: 0o4755, bytes: "a" }, "/srv/b": "b", "/srv/x": "x", "/srv/c": "x" },
    },
  },
  {
    promise: "what git keeps does not arrive, unless it is asked for",
    locals: { "a/.git/HEAD": "h", "a/x": "x", "a/sub/.git": "gitdir: ../.git/modules/sub\n" },
    image: (base) => base.addLocalDir("a", "/srv/1").addLocalDir("a", "/srv/2", { exclude: ["!.git"] }),
    arrives: {
      files: {
        "/srv/1/x": "x",
        "/srv/1/sub": { kind: "directory" },
        "/srv/2/x": "x",
        "/srv/2/sub": { kind: "directory" },
        "/srv/2/.git": { kind: "directory" },
        "/srv/2/.git/HEAD": "h",
      },
    },
  },
  {
    promise: "trees and files that meet go together: directories, and files and links",
    locals: {
      "file/x": "f",
      "link/x": { link: "y" },
      "dir/x/k": "k",
      "more/x/l": "l",
      "to/l": { link: "real" },
      "to/real": { directory: true },
    },
    image: (base) =>
      base
        .addLocalDir("file", "/srv/1")
        .addLocalDir("link", "/srv/1")
        .addLocalDir("link", "/srv/2")
        .addLocalDir("file", "/srv/2")
        .addLocalDir("dir", "/srv/3")
        .addLocalDir("more", "/srv/3")
        .addLocalDir("dir", "/srv/3/x/deep")
        .addFile("/srv/3/x", "n")
        .addLocalDir("link", "/srv/4")
        .addFile("/srv/4/x", "n")
        .addLocalDir("to", "/srv/5")
        .addLocalDir("dir", "/srv/5/l")
        .addFile("/srv/5/l/m/n", "n"),
    arrives: {
      files: {
        "/srv/1/x": { target: "y" },
        "/srv/2/x": "f",
        "/srv/3/x/k": "k",
        "/srv/3/x/l": "l",
        "/srv/3/x/deep/x/k": "k",
        "/srv/3/x/x": "n",
        "/srv/4/x": { target: "y" },
        "/srv/4/y": "n",
        "/srv/5/l": { target: "real" },
        "/srv/5/real/x/k": "k",
        "/srv/5/real/m/n": "n",
      },
    },
  },
  {
    promise: "what is left out does not arrive",
    locals: {
      "a/.env": "s",
      "a/x": "x",
      "a/sub/.env": "s",
      "a/sub/y": "y",
      "a/node_modules/z/i.js": "z",
      rules: "**/.env\n",
    },
    image: (base) => base.addLocalDir("a", "/srv", { exclude: ["node_modules"], ignoreFile: "rules" }),
    arrives: { files: { "/srv/x": "x", "/srv/sub/y": "y" } },
  },
]);

checkRows(
  Object.entries(NAMES).map(
    ([what, name]): Row => ({
      promise: `a local file of any name arrives: ${what}`,
      locals: { [`src/${name}`]: { text: name, mode: 0o755 } },
      image: (base) => base.addLocalFile(`src/${name}`, "/srv/").addLocalFile(`src/${name}`, "/srv/w", { mode: 0o600 }),
      arrives: {
        files: {
          [`/srv/${name}`]: { mode: 0o755, bytes: bytesOf(name) },
          "/srv/w": { mode: 0o600, bytes: bytesOf(name) },
        },
      },
    }),
  ),
);

describe.each(BUILDERS)("%s", (builder) => {
  const locals: Locals = { "file/x": "f", "link/x": { link: "y" }, "dir/x/k": "k", "loop/x": { link: "x" } };
  const socket = inject("socket");

  test.concurrent.each([
    ["a directory and a file", "file", "dir"],
    ["a directory and a link", "link", "dir"],
    ["a file and a directory", "dir", "file"],
    ["a link and a directory", "dir", "link"],
  ])("refused before, since BuildKit fails and the legacy engine replaces: %s", async (_, one, other) => {
    const root = writeLocals(locals);
    const [first, second] = [one, other].map((tree) => (image: Image) => image.addLocalDir(tree, "/srv")) as [Add, Add];
    await expect(second(first(busybox)).resolve({ root })).rejects.toMatchObject({ code: "conflicting_copies" });
    // Nobody knows what a command does, so that nothing is refused after one.
    const built = build(second(first(busybox).runCommands("true")), { builder, root, socket });
    if (builder === "legacy") await built;
    else await expect(built).rejects.toThrow(/cannot (copy to non-directory|replace to directory)/);
  });

  test.concurrent.each([
    ["a file", "file"],
    ["a link without end", "loop"],
  ])("refused before, since no engine builds it: a destination behind %s", async (_, tree) => {
    const root = writeLocals(locals);
    const image = busybox.addLocalDir(tree, "/srv");
    const add: Add = (image) => image.addFile("/srv/x/y", "y");
    await expect(add(image).resolve({ root })).rejects.toMatchObject({ code: "conflicting_copies" });
    await expect(build(add(image.runCommands("true")), { builder, root, socket })).rejects.toThrow(BuildError);
  });
});

/** Adds a copy to an image. */
type Add = (image: Image) => Image;

/** The tree `a` of the row about owners. */
function owned(directory: string, owner: string): Record<string, object> {
  return {
    [directory]: { kind: "directory", owner },
    [`${directory}/x`]: { owner, bytes: "x" },
    [`${directory}/sub`]: { kind: "directory", owner },
    [`${directory}/sub/y`]: { owner, mode: 0o755, bytes: "#!/bin/sh\nrecord ran\n" },
    [`${directory}/link`]: { owner, target: "x" },
    [`${directory}/empty`]: { kind: "directory", owner },
  };
}

/** Each odd name as a file, as a directory with such a file, and as a link to such a file. */
function oddTree(top: string): Locals {
  return Object.fromEntries(
    Object.values(NAMES).flatMap((name): [string, Local][] => [
      [`${top}/files/${name}`, name],
      [`${top}/directories/${name}/${name}`, "x"],
      [`${top}/links/${name}`, { link: `../files/${name}` }],
    ]),
  );
}

/** A tar of one file. */
function archive(): Buffer {
  const block = Buffer.alloc(2048);
  new Header({ path: "inside", size: 1, mode: 0o644, type: "File" }).encode(block);
  block.write("x", 512);
  return block;
}
