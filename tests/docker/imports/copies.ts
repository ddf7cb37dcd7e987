/** `COPY` of local files. */
import { BUILDKIT, type Import, LEGACY, NEWER, SCRIPT, TREE } from "./import.ts";

export const COPIES: readonly Import[] = [
  {
    promise: "a file is copied to a name, into a directory, and over what is there",
    dockerfile: `FROM busybox:1
COPY a.txt /srv/x.txt
COPY a.txt /srv/
COPY b.txt /opt
COPY b.txt /srv/new/deep/
COPY c.md /srv/x
COPY b.txt /srv/x
COPY run.sh /bin/run
RUN run
`,
  },
  {
    promise: "several files are copied at once, executable bits with them",
    dockerfile: `FROM busybox:1
COPY a.txt run.sh /srv/
COPY ["b.txt", "c.md", "/srv/json/"]
RUN /srv/run.sh
`,
  },
  {
    promise: "several sources have a destination without a slash at its end, as BuildKit has it",
    dockerfile: `FROM busybox:1
COPY a.txt b.txt /srv/last
COPY app a.txt /srv/directory
COPY *.txt /opt/.
`,
    on: BUILDKIT,
  },
  {
    promise: "of a directory its content is copied, links and empty directories with it",
    dockerfile: `FROM busybox:1
COPY app /srv/1
COPY app/ /srv/2/
COPY app /opt
COPY app/empty /srv/empty/
COPY ./app/lib/. /srv/3
`,
  },
  {
    promise: "files and directories are copied together, of directories the content",
    dockerfile: "FROM busybox:1\nCOPY a.txt app app/lib c.md /srv/\n",
  },
  {
    promise: "the whole context is copied, the Dockerfile with it",
    dockerfile: `FROM busybox:1
WORKDIR /srv/all
COPY . .
WORKDIR /srv/other
COPY ./ ./here/
COPY / /srv/slash
`,
  },
  {
    promise: "destinations start at the working directory",
    dockerfile: `FROM busybox:1
WORKDIR /srv
WORKDIR w
COPY a.txt .
COPY b.txt ./
COPY a.txt b.txt sub/
COPY c.md name
COPY app ../up
COPY app/lib deep/er/lib/
WORKDIR /
COPY c.md srv/root
`,
  },
  {
    promise: "wildcards match names, those with a leading dot too",
    dockerfile: `FROM busybox:1
COPY *.txt /srv/star/
COPY ?.txt /srv/mark/
COPY [a-b].* /srv/set/
COPY [^a].txt /srv/not/
COPY a* /srv/a/
COPY app/*/x /srv/within/
COPY app/lib/*/deep.txt /srv/one/
COPY */main.py /srv/main/
`,
  },
  {
    promise: "a wildcard matches everything, and of directories the content is copied",
    files: { a: "a\n", ".b": "b\n", "c/d": "d\n", "c/e/f": "f\n", "c/g": { link: "d" }, "c/h": { link: "e" } },
    dockerfile: "FROM busybox:1\nCOPY * /srv/\nCOPY c/* /opt/\n",
  },
  {
    promise: "two stars match one part of a path",
    files: { ...TREE, "deep.txt": "0\n", "lib/deep.txt": "1\n", "lib/x/deep.txt": "2\n" },
    dockerfile: "FROM busybox:1\nCOPY **/deep.txt /srv/\nCOPY app/**/x/*.txt /opt/\n",
  },
  {
    promise: "a wildcard that matches one file may have a name as its destination, or be one of several",
    dockerfile: "FROM busybox:1\nCOPY run.* /srv/runner\nCOPY app/li[b] /srv/lib\nCOPY package*.json c.md /srv/\n",
  },
  {
    promise: "a wildcard that matches nothing copies nothing, and does not match through links, as BuildKit has it",
    files: { ...TREE, way: { link: "app/lib" } },
    dockerfile: "FROM busybox:1\nCOPY nothing*.json /srv/1/\nCOPY w*/top.txt /srv/2/\nCOPY way/t* /srv/3/\n",
    on: BUILDKIT,
  },
  {
    promise: "sets of characters are those of Docker, and braces none",
    files: {
      "!.txt": "1\n",
      "a.txt": "2\n",
      "b.txt": "3\n",
      "é.txt": "4\n",
      "{a,b}.txt": "5\n",
      "app/[id]/page": "6\n",
      "app/i/page": "7\n",
    },
    dockerfile: `FROM busybox:1
COPY [!a].txt /srv/1/
COPY {a,b}.txt /srv/2/
COPY ?.txt [é-ü].txt /srv/3/
COPY app/[id]/page /srv/4/
COPY app/[[]id]/page /srv/5/
COPY a.txt [^b].txt /srv/6/
`,
  },
  {
    promise: "what a wildcard might mean is taken literally when it is escaped",
    files: { "a[1].txt": "1\n", "a1.txt": "2\n", "b]": "3\n" },
    dockerfile: 'FROM busybox:1\nCOPY a[[]1].txt /srv/1/\nCOPY ["a[[]1].txt", "b]", "/srv/2/"]\n',
  },
  {
    promise: "stars and question marks are taken literally when they are escaped, as the legacy builder has it",
    files: { "b*": "3\n", bb: "4\n", "q?": "5\n", qq: "6\n" },
    dockerfile: 'FROM busybox:1\nCOPY b[*] /srv/1/\nCOPY ["q[?]", "/srv/2/"]\n',
    on: LEGACY,
  },
  {
    promise: "sources may be written with slashes, dots and detours",
    dockerfile: `FROM busybox:1
COPY /a.txt /srv/1
COPY ./b.txt /srv/2
COPY .//app///main.py /srv/3
COPY app/../a.txt /srv/4
COPY app/lib/../main.py /srv/5
COPY app/lib/../bin /srv/6
COPY /./app/./lib/ /srv/7
COPY ./*.txt /srv/8/
COPY /app/lib/* /srv/9/
`,
  },
  {
    promise: "a link as a source is what it points to",
    files: {
      ...TREE,
      "to-file": { link: "a.txt" },
      "to-deep": { link: "app/lib/x/deep.txt" },
      "to-directory": { link: "app/lib" },
      "to-link": { link: "to-file" },
      "app/to-above": { link: "../b.txt" },
    },
    dockerfile: `FROM busybox:1
COPY to-file /srv/1
COPY to-file to-deep /srv/many/
COPY to-directory /srv/2
COPY to-directory/ /srv/3/
COPY to-link /srv/4
COPY app/to-above /srv/5
COPY app/up /srv/into/
`,
  },
  {
    promise: "links to directories on the way are followed",
    files: { ...TREE, way: { link: "app" }, "d/up": { link: "../app/lib" } },
    dockerfile: "FROM busybox:1\nCOPY way/main.py /srv/1\nCOPY d/up/x /srv/2\n",
  },
  {
    promise: "a link to a directory is on the way to a directory",
    files: { ...TREE, way: { link: "app" } },
    dockerfile: "FROM busybox:1\nCOPY way/lib /srv/\n",
  },
  {
    promise: "links lead to links, and back up",
    files: {
      "a/b/f": "f\n",
      "a/g": "g\n",
      g: "no\n",
      one: { link: "two" },
      two: { link: "a" },
      "a/l": { link: "b/../b" },
    },
    dockerfile: "FROM busybox:1\nCOPY one/l/f /srv/1\n",
  },
  {
    promise: "links that a wildcard matches",
    files: { ...TREE, "l-file": { link: "a.txt" }, "l-directory": { link: "app/lib" } },
    dockerfile: "FROM busybox:1\nCOPY l-f* /srv/1/\nCOPY l-d* /srv/2/\nCOPY app/l* /srv/3/\n",
  },
  {
    promise: "names with blanks and quotes are copied",
    files: { "with blank.txt": "1\n", "dir with blank/a b": "2\n", 'qu"ote': "3\n", "ap'os": "4\n" },
    dockerfile: String.raw`FROM busybox:1
COPY ["with blank.txt", "/srv/with blank.txt"]
COPY [ "dir with blank" , "/srv/dir with/" ]
COPY ["qu\\\"ote", "ap\\'os", "/srv/"]
COPY with*.txt /srv/2/
`,
  },
  {
    promise: "names are of any script, and begin with anything",
    files: {
      "grüße.txt": "1\n",
      "日本/語": "2\n",
      "😀": "3\n",
      "#hash": "4\n",
      "-dash": "5\n",
      "~tilde": "6\n",
      "a=b": "7\n",
    },
    dockerfile: `FROM busybox:1
COPY grüße.txt /srv/grüße.txt
COPY 日本 /srv/日本/
COPY 😀 #hash -dash ~tilde a=b /srv/
COPY gr*e.txt /srv/star/
`,
  },
  {
    promise: "names with dollars and backslashes are escaped",
    files: { a$b: "1\n", "a\\b": "2\n", $HOME: "3\n" },
    dockerfile: String.raw`FROM busybox:1
COPY a\$b /srv/1
COPY ["a\\$b", "/srv/2"]
COPY \$HOME /srv/3
`,
  },
  {
    promise: "owners are given by name, number and variable",
    dockerfile: `FROM busybox:1
ARG WHO=node
COPY --chown=node a.txt /srv/1
COPY --chown=node:staff app /srv/2
COPY --chown=7:8 app/lib app/bin /srv/3/
COPY --chown=$WHO:\${WHO} *.txt /srv/4/
COPY --chown=0 b.txt /srv/5
COPY --chown=1000:50 run.sh /srv/6/deep/run
`,
  },
  {
    promise: "files are root's under another user, unless an owner is given",
    dockerfile: `FROM busybox:1
USER node
COPY a.txt /srv/
COPY --chown=node app /home/node/app
RUN record $(id -un)
`,
    on: NEWER,
  },
  {
    promise: "modes are given for files and directories",
    dockerfile: `FROM busybox:1
COPY --chmod=600 a.txt /srv/1
COPY --chmod=0750 app /srv/2
COPY --chown=node --chmod=4711 run.sh /srv/3
COPY --chmod=755 *.txt /srv/4/
ADD --chmod=640 b.txt /srv/5
`,
    on: BUILDKIT,
  },
  {
    promise: "a mode is a variable or symbolic",
    dockerfile: `FROM busybox:1
ARG MODE=0600
COPY --chmod=$MODE a.txt /srv/1
COPY --chmod=u=rwX,go=rX app /srv/2
COPY --chmod=a+x b.txt /srv/3
`,
    on: NEWER,
  },
  {
    promise: "layers may be independent of those before",
    dockerfile: `FROM busybox:1
WORKDIR /srv/w
COPY --link a.txt b.txt ./
COPY --link --chown=1000:50 app /srv/app/
COPY --link=false c.md /srv/
COPY --link --chmod=700 run.sh /srv/new/run
ADD --link c.md /srv/added/
`,
    on: NEWER,
  },
  {
    promise: "what is excluded is not copied",
    dockerfile: `FROM busybox:1
COPY --exclude=*.md . /srv/1/
COPY --exclude=lib --exclude=**/tool app /srv/2/
ADD --exclude=*.txt --exclude=!a.txt . /srv/3/
COPY --exclude=deep.txt app/lib/x app/lib/y /srv/4/
COPY --exclude=a* *.txt /srv/5/
ARG LIB=lib
COPY --exclude=/bin --exclude=$LIB app /srv/6/
`,
    on: NEWER,
    since: 28,
  },
  {
    promise: "copies go over each other, and through links of the image",
    files: {
      "one/x": "1\n",
      "one/sub/only": "o\n",
      "two/x": SCRIPT,
      "two/sub/more": "m\n",
      "rootfs/bin/tool": SCRIPT,
      "rootfs/etc/motd": "be kind\n",
    },
    dockerfile: `FROM busybox:1
COPY one /srv/m
COPY two /srv/m/
COPY two/x /sbin/x
COPY one/x /bin/
COPY rootfs/etc /etc
COPY rootfs/bin /usr/local/bin
RUN tool && /srv/m/x
`,
  },
  {
    promise: "a tree of a root file system is copied to the root",
    files: { "rootfs/opt/tool": SCRIPT, "rootfs/etc/motd": "be kind\n", "rootfs/srv/deep/x": "x\n" },
    dockerfile: "FROM busybox:1\nCOPY rootfs/ /\nRUN /opt/tool\n",
  },
  {
    promise: "a directory is copied into a directory behind a link",
    dockerfile: "FROM busybox:1\nCOPY app/bin /bin\nCOPY app/lib /lib/\nRUN tool\n",
    on: NEWER,
  },
  {
    promise: "one source goes to many places",
    dockerfile: `FROM busybox:1
COPY app /srv/1
COPY app /srv/2
COPY app/lib /srv/3
COPY app/lib/x/deep.txt app/lib /srv/4/
COPY app/main.py /srv/5/
`,
    on: NEWER,
  },
];
