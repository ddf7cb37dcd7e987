/** Commands, scripts, and the programs of packages: what a program is called with. */
import { VALUES } from "./hostile.ts";
import { checkRows } from "./row.ts";

const ALL = Object.values(VALUES);
/** A word of a shell line that is this value to any shell. */
const word = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;

/** Each call in it is to arrive. */
const SCRIPT = String.raw`
# a comment
record 'a
b' '$HOME'   # another
record "$HOME"
record "$(cat <<EOF
line 1
  \$X \\ \`id\`
line 3
EOF
)"
record c \
  d
if [ -d /tmp ]; then
	record "[x]"
fi
`;

checkRows([
  {
    promise: "a list is a program and its arguments, which no shell touches",
    image: (base) => base.env({ A: "no" }).runCommands(["record", "$A", "*", "a;b", "", " ", ...ALL, "a\nb\n", "\n"]),
    arrives: { env: { A: "no" }, calls: [{ args: ["$A", "*", "a;b", "", " ", ...ALL, "a\nb\n", "\n"] }] },
  },
  {
    promise: "a line is read by the shell, with its quotes",
    image: (base) =>
      base.env({ A: "1  2" }).runCommands(`record $A "$A" '$A' \\$A a\\ b "c d"; record $((1+2)) && record \`echo x\``),
    arrives: {
      env: { A: "1  2" },
      calls: [{ args: ["1", "2", "1  2", "$A", "$A", "a b", "c d"] }, { args: ["3"] }, { args: ["x"] }],
    },
  },
  {
    promise: "quoted words of a line arrive, whatever is in them",
    image: (base) => base.runCommands(`record ${ALL.map(word).join(" ")}`),
    arrives: { calls: [{ args: ALL }] },
  },
  {
    promise: "a line over several lines is joined, its comments and empty lines dropped",
    image: (base) => base.runCommands("record a \\\n  b \\\r\n# no\n\n  c'd \\\ne' && \\\n  record f"),
    arrives: { calls: [{ args: ["a", "b", "cd e"] }, { args: ["f"] }] },
  },
  {
    promise: "several commands run in order, each in a shell of its own",
    image: (base) => base.runCommands("A=1; cd /tmp; record $A", "record x$A", ["record", "3"]),
    arrives: { calls: [{ args: ["1"], cwd: "/tmp" }, { args: ["x"], cwd: "/" }, { args: ["3"] }] },
  },
  {
    promise: "lines may begin with what Docker could take for something else",
    image: (base) =>
      base.runCommands(
        "[ -d /tmp ] && record 1",
        "# comment",
        `"record" 2`,
        "record $((1<<1)) $((6>>1))",
        ": 3</dev/null && record 4",
      ),
    arrives: { calls: [{ args: ["1"] }, { args: ["2"] }, { args: ["2", "3"] }, { args: ["4"] }] },
  },
  {
    promise: "a script has many lines, quotes, comments, heredocs and continued lines",
    image: (base) => base.runScript(SCRIPT),
    arrives: {
      calls: [
        { args: ["a\nb", "$HOME"] },
        { args: ["/root"] },
        { args: ["line 1\n  $X \\ `id`\nline 3"] },
        { args: ["c", "d"] },
        { args: ["[x]"] },
      ],
    },
  },
  {
    promise: "a script holds any text",
    image: (base) =>
      base.runScript(
        ALL.map((value) => `record ${word(value)}\n`)
          .slice(0, 30)
          .join(""),
      ),
    arrives: { calls: ALL.slice(0, 30).map((value) => ({ args: [value] })) },
  },
  {
    promise: "a script with CRLF line ends is a script with LF",
    image: (base) => base.runScript("\r\nrecord a\r\nrecord 'b\r\nc'\r\n"),
    arrives: { calls: [{ args: ["a"] }, { args: ["b\nc"] }] },
  },
  {
    promise: "a script is given to the program that is asked for",
    image: (base) => base.runScript("$1 'x'\n", { shell: ["record", "-e", "-c"] }),
    arrives: { calls: [{ args: ["-e", "-c", "$1 'x'"] }] },
  },
  {
    promise: "the word that Daytona looks for may stand in commands, scripts and destinations",
    image: (base) =>
      base
        .runCommands("record ENTRYPOINT ['no']", ["record", "ENTRYPOINT", "ENTRYPOINT x", "ENTRYPOINT\n"])
        .runScript("record ENTRYPOINT\nrecord 'ENTRYPOINT\tx'")
        .addFile("/srv/ENTRYPOINT x", "ENTRYPOINT no\n")
        .workdir("/srv/ENTRYPOINT\u00a0y")
        .entrypoint(["echo", "ENTRYPOINT x", "ENTRYPOINT", "\u2028y\u2029"]),
    arrives: {
      calls: [
        { args: ["ENTRYPOINT", "[no]"] },
        { args: ["ENTRYPOINT", "ENTRYPOINT x", "ENTRYPOINT\n"] },
        { args: ["ENTRYPOINT"] },
        { args: ["ENTRYPOINT\tx"] },
      ],
      files: { "/srv/ENTRYPOINT x": "ENTRYPOINT no\n", "/srv/ENTRYPOINT\u00a0y": { kind: "directory" } },
      workdir: "/srv/ENTRYPOINT\u00a0y",
      entrypoint: ["echo", "ENTRYPOINT x", "ENTRYPOINT", "\u2028y\u2029"],
    },
  },
  {
    promise: "pip gets requirements and options as they are written",
    image: (base) =>
      base.pipInstall(
        ["numpy<2", "uvicorn[standard]>=0.1,!=0.2", "x @ https://h/x.whl?a=b&c=d#e", 'y; python_version < "3"'],
        {
          findLinks: ["/a b"],
          indexUrl: "https://u:p$w@h/simple",
          extraIndexUrls: ["https://h/2"],
          pre: true,
          extraOptions: "--no-deps --upgrade",
        },
      ),
    arrives: {
      calls: [
        {
          program: "python",
          args: [
            ...[
              "-m",
              "pip",
              "install",
              "--no-cache-dir",
              "--find-links",
              "/a b",
              "--index-url",
              "https://u:p$w@h/simple",
            ],
            ...["--extra-index-url", "https://h/2", "--pre", "numpy<2"],
            ...["uvicorn[standard]>=0.1,!=0.2", "x @ https://h/x.whl?a=b&c=d#e", 'y; python_version < "3"'],
            ...["--no-deps", "--upgrade"],
          ],
        },
      ],
    },
  },
  {
    promise: "apt gets sorted packages, asks nothing, and leaves no lists behind",
    image: (base) =>
      base.addFile("/var/lib/apt/lists/x", "x").aptInstall(["jq", "git=1:2.39.5-0+deb12u2", "libc6:amd64", "jq"]),
    arrives: {
      calls: [
        { program: "apt-get", args: ["update"] },
        {
          program: "apt-get",
          args: ["install", "-y", "--no-install-recommends", "git=1:2.39.5-0+deb12u2", "jq", "libc6:amd64"],
          env: { DEBIAN_FRONTEND: "noninteractive" },
        },
      ],
    },
  },
]);
