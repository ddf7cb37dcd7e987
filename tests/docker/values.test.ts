/** Values of variables, labels and arguments, and settings of the image. */
import { NAMES, ODD, VALUES } from "./hostile.ts";
import { checkRows, type Row } from "./row.ts";

checkRows(
  Object.entries(VALUES).map(
    ([what, value]): Row => ({
      promise: `a value arrives to the byte: ${what}`,
      image: (base) => base.env({ VALUE: value }).runCommands(["record", value, value]).entrypoint(["sleep", value]),
      arrives: {
        env: { VALUE: value },
        calls: [{ args: [value, value], env: { VALUE: value } }],
        entrypoint: ["sleep", value],
      },
    }),
  ),
);

checkRows([
  {
    promise: "odd values stand side by side in one instruction",
    image: (base) => base.env(numbered("V", VALUES)).label(numbered("v", VALUES)),
    arrives: { env: numbered("V", VALUES), labels: numbered("v", VALUES) },
  },
  {
    promise: "variables of several calls: the last value counts, earlier ones reach the steps between",
    image: (base) => base.env({ A: "1", B: "2" }).runCommands(["record"]).env({ A: "3" }).runCommands(["record"]),
    arrives: {
      env: { A: "3", B: "2" },
      calls: [{ env: { A: "1", B: "2" } }, { env: { A: "3", B: "2" } }],
    },
  },
  {
    promise: "names of variables may have dots and dashes, and be words of the Dockerfile",
    image: (base) => base.env({ "a.b-c": "1", ENTRYPOINT: "2", FROM: "3", _: "4" }),
    arrives: { env: { "a.b-c": "1", ENTRYPOINT: "2", FROM: "3", _: "4" } },
  },
  {
    promise: "keys of labels may have quotes, dollars, backslashes and hashes",
    image: (base) => base.label({ 'a"b': "1", "it's": "2", $c: "3", "d\\": "4", "#e": "5", "org.x/y-z": "6" }),
    arrives: { labels: { 'a"b': "1", "it's": "2", $c: "3", "d\\": "4", "#e": "5", "org.x/y-z": "6" } },
  },
  {
    promise: "a label's key can be the word that Daytona looks for",
    image: (base) => base.label({ ENTRYPOINT: "ENTRYPOINT" }).entrypoint(["true"]),
    arrives: { labels: { ENTRYPOINT: "ENTRYPOINT" }, entrypoint: ["true"] },
  },
  {
    promise: "a directory is put before the image's `PATH`, and the later call first",
    image: (base) => base.pathPrepend("/opt/a b/bin").pathPrepend(`/opt/$5 "x" 'y' \\z`).runCommands(["record"]),
    arrives: {
      env: { PATH: `/opt/$5 "x" 'y' \\z:/opt/a b/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
      calls: [{}],
    },
  },
  {
    promise: "programs are found in a directory put before `PATH`",
    image: (base) =>
      base
        .addFile("/opt/[t]/hello", "#!/bin/sh\nrecord hi\n", { mode: 0o755 })
        .pathPrepend("/opt/[t]")
        .runCommands("hello"),
    arrives: {
      env: { PATH: "/opt/[t]:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
      files: { "/opt/[t]/hello": { mode: 0o755, bytes: "#!/bin/sh\nrecord hi\n" } },
      calls: [{ args: ["hi"] }],
    },
  },
  {
    promise: "the last entrypoint and the last command win, wherever they are called",
    image: (base) => base.entrypoint(["a"]).cmd(["b"]).entrypoint(["sleep", "1"]).cmd(["c", "d"]).env({ A: "1" }),
    arrives: { entrypoint: ["sleep", "1"], cmd: ["c", "d"], env: { A: "1" } },
  },
  {
    promise: "a command alone leaves the image without an entrypoint",
    image: (base) => base.cmd(["bash", "-l"]),
    arrives: { cmd: ["bash", "-l"] },
  },
  {
    promise: "`refresh` changes nothing that arrives",
    image: (base) => base.refresh(`2026-12 "$HOME" \\ ' #`).runCommands(["record"]),
    arrives: { calls: [{ env: { PITHY_IMAGE_REFRESH: `2026-12 "$HOME" \\ ' #` } }] },
  },
]);

checkRows(
  Object.entries(NAMES).map(
    ([what, name]): Row => ({
      promise: `a working directory and a destination have any name: ${what}`,
      image: (base) => base.workdir(`/srv/${name}`).addFile(`sub/${name}/${name}`, name).runCommands(["record"]),
      arrives: {
        workdir: `/srv/${name}`,
        files: { [`/srv/${name}/sub/${name}/${name}`]: name },
        calls: [{ cwd: `/srv/${name}` }],
      },
    }),
  ),
);

checkRows([
  {
    promise: "a user is a name, with the group of its own",
    image: (base) => base.user("node").runCommands(["record"], "record"),
    arrives: { user: "node", calls: [{ user: "1000:1000" }, { user: "1000:1000" }] },
  },
  {
    promise: "a user has another group",
    image: (base) => base.user("node:staff").runCommands(["record"]),
    arrives: { user: "node:staff", calls: [{ user: "1000:50" }] },
  },
  {
    promise: "a user and a group are numbers that nobody has",
    image: (base) => base.user("1234:5678").runCommands(["record"]),
    arrives: { user: "1234:5678", calls: [{ user: "1234:5678" }] },
  },
  {
    promise: "users change between steps",
    image: (base) => base.user("node").runCommands(["record"]).user("0").runCommands(["record"]).user("1000:0"),
    arrives: { user: "1000:0", calls: [{ user: "1000:1000" }, { user: "0:0" }] },
  },
  {
    promise: "a working directory of a user belongs to that user on BuildKit, to root on the legacy engine",
    image: (base) => base.user("node").workdir("/srv/x"),
    arrives: { user: "node", workdir: "/srv/x", files: { "/srv/x": { kind: "directory", owner: "1000:1000" } } },
    differs: { legacy: { files: { "/srv/x": { kind: "directory", owner: "0:0" } } } },
  },
  {
    promise: "odd names stand below each other",
    image: (base) => base.workdir(`/srv/${ODD}`).workdir(ODD).addFile(`/opt/${ODD}/${ODD}`, "x", { mode: 0o640 }),
    arrives: {
      workdir: `/srv/${ODD}/${ODD}`,
      files: { [`/srv/${ODD}/${ODD}`]: { kind: "directory" }, [`/opt/${ODD}/${ODD}`]: { mode: 0o640, bytes: "x" } },
    },
  },
  {
    promise: "a relative destination may begin with a byte order mark",
    image: (base) => base.addFile("\ufeffx", "x"),
    arrives: { files: { "/\ufeffx": "x" } },
  },
  {
    promise: "a working directory is cleaned, and a relative one starts at the one before",
    image: (base) => base.workdir("/srv//a/./b/../c/").workdir("d").runCommands(["record"]),
    arrives: { workdir: "/srv/a/c/d", files: { "/srv/a/c/d": { kind: "directory" } }, calls: [{ cwd: "/srv/a/c/d" }] },
  },
]);

/** The values under short names. */
function numbered(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.values(values).map((value, index) => [`${prefix}${index}`, value]));
}
