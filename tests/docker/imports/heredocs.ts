/** Heredocs, alone and beside local files. */
import { TAR } from "./archives.ts";
import { type Import, NEWER, TREE } from "./import.ts";

export const HEREDOCS: readonly Import[] = [
  {
    promise: "commands are in heredocs",
    dockerfile: `FROM busybox:1
COPY a.txt /srv/
RUN <<EOF
record one
COPY b.txt /srv/ || true
FROM=x record "$FROM"
EOF
RUN <<-"END" cat > /srv/out && record two
	kept $HOME
	COPY a b
	END
RUN <<EOF
#!/bin/cat
FROM scratch
EOF
RUN <<one cat <<two > /srv/two
first
one
second
two
COPY b.txt /srv/
`,
    on: NEWER,
  },
  {
    promise: "files are in heredocs",
    dockerfile: `FROM busybox:1
ARG NAME=world
COPY <<EOF /srv/hello
hello $NAME
COPY a.txt /x
EOF
COPY <<"EOF" /srv/raw
hello $NAME \\
EOF
COPY <<-EOF /srv/tabs
	tab
		two
	EOF
ADD <<EOF /srv/added/name
added
EOF
COPY --chown=node --chmod=755 <<EOF /srv/tool
#!/bin/sh
record tool
EOF
RUN /srv/tool
`,
    on: NEWER,
  },
  {
    promise: "heredocs and local files are copied together",
    dockerfile: `FROM busybox:1
COPY <<one a.txt <<two b.txt /srv/
1
one
2
two
COPY app/main.py <<EOF /opt/
x
EOF
ADD c.md <<"EOF" /opt/added/
$x
EOF
`,
    on: NEWER,
  },
  {
    promise: "heredocs are in a file whose lines end as on Windows",
    dockerfile: `FROM busybox:1
COPY <<EOF a.txt /srv/
x
EOF
RUN <<EOF
record x
EOF
COPY app /srv/app
`.replaceAll("\n", "\r\n"),
    on: NEWER,
  },
  {
    promise: "heredocs and archives are added together",
    files: { ...TREE, "t.tar": TAR },
    dockerfile: "FROM busybox:1\nADD <<EOF t.tar a.txt app/lib /srv/\nx\nEOF\n",
    on: NEWER,
  },
  {
    promise: "a mount and a heredoc are together",
    dockerfile: `FROM busybox:1
RUN --mount=type=bind,source=app,target=/in <<EOF
record $(ls /in)
cp /in/main.py /srv/
EOF
`,
    on: NEWER,
  },
];
