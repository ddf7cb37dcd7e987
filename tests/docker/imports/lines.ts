/** Lines, comments, blanks, directives. */
import { type Import, LEGACY, NEWER, TREE } from "./import.ts";

export const LINES: readonly Import[] = [
  {
    promise: "comments and blank lines are anywhere, in continued lines too",
    dockerfile: `# a comment

# FROM nosuch
FROM busybox:1

# COPY nothing /
COPY a.txt \\
  # in between
  b.txt \\

  # and again
     c.md \\
  /srv/
  # indented
RUN record one \\
# COPY x y
  two && \\

  record three # four
ENV A=1 \\
  # no
  B=2
`,
  },
  {
    promise: "lines end as on Windows",
    dockerfile: `# comment
FROM busybox:1
COPY a.txt \\
  b.txt \\
  /srv/
RUN record one \\
  two
ENV A=1
COPY ["c.md", "/srv/"]
CMD ["x"]
`.replaceAll("\n", "\r\n"),
  },
  {
    promise: "the file begins with a byte order mark",
    dockerfile: "\ufeffFROM busybox:1\nCOPY a.txt /srv/\n",
    on: NEWER,
  },
  {
    promise: "the file begins with a byte order mark and a directive",
    dockerfile: "\ufeff# escape=`\nFROM busybox:1\nCOPY app `\n  /srv/\n",
    on: NEWER,
  },
  {
    promise: "blanks are after the character that continues a line, and other blanks between words",
    dockerfile: "FROM busybox:1\nCOPY a.txt \\   \n  b.txt \\\t\n /srv/\nCOPY\vc.md\f/srv/\n",
    on: NEWER,
  },
  {
    promise: "the character that continues a line is another",
    files: { ...TREE, "x y": "xy\n" },
    dockerfile: `# escape=\`
FROM busybox:1
COPY a.txt \`
  b.txt \`
  /srv/
COPY c.md /srv/c\\d
RUN record one \`
  two\\n 'a\\b'
ENV P=C:\\dir Q=a\`\${NOT}
COPY ["x y", "/srv/3/"]
`,
  },
  {
    promise: "no newline is at the end of the last line, which is a copy",
    dockerfile: "FROM busybox:1\nRUN record x\nCOPY a.txt b.txt /srv/",
  },
  {
    promise: "keywords are in any case, blanks and tabs anywhere",
    dockerfile:
      "from busybox:1 As Base\n\tCopy\ta.txt \t /srv/1  \n  cOpY  --chown=node   b.txt    /srv/2\nrun   record   x\t y \n" +
      'FROM\tbase\ncopy --from=Base /srv/1 /srv/3\nadd\tapp\t/srv/4\nworkdir   /srv \ncmd [ "a" ,\t"b" ]\n',
  },
  {
    promise: "a syntax line is for BuildKit alone",
    dockerfile: "# syntax=docker/dockerfile:1\n# escape=\\\n\nFROM busybox:1\nCOPY a.txt /srv/\n",
    on: LEGACY,
  },
  {
    promise: "a check line is at the top",
    dockerfile: "# check=skip=all\nFROM busybox:1\nCOPY a.txt /srv/\nCMD x\n",
    on: NEWER,
  },
  {
    promise: "directives after the first comment are comments",
    dockerfile: "# hello\n# escape=`\nFROM busybox:1\nCOPY a.txt \\\n  /srv/\n",
  },
  {
    promise: "a file without files of its own",
    dockerfile: "FROM busybox:1\nRUN record x\nENV A=1\n",
    on: NEWER,
  },
  {
    promise: "a long Dockerfile of many instructions",
    dockerfile: `FROM busybox:1\n${Array.from({ length: 40 }, (_, n) => `COPY a.txt b.txt /srv/${n}/\n`).join("")}`,
    on: NEWER,
  },
];
