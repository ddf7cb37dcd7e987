/** Dockerfiles that are not imported. */
import { TAR } from "./archives.ts";
import { type Import, TREE } from "./import.ts";

/** A Dockerfile that is not imported: for what, and what Docker does with it. */
export interface Refused extends Omit<Import, "calls" | "byHand" | "on"> {
  readonly code: string;
  /** Docker's newest builder builds it: what would be of it here is nothing that can be sent, or known before the build. */
  readonly isBuilt?: true;
}

/** What is refused instead of making another image. */
export const REFUSED: readonly Refused[] = [
  {
    promise: "a source is missing",
    dockerfile: "FROM busybox:1\nCOPY a.txt missing /srv/\n",
    code: "source_missing",
  },
  {
    promise: "a pattern matches a link to nothing",
    dockerfile: "FROM busybox:1\nCOPY app/d* /srv/\n",
    code: "source_missing",
  },
  {
    promise: "the source of a mount is missing",
    dockerfile: "FROM busybox:1\nRUN --mount=type=bind,source=missing,target=/in true\n",
    code: "source_missing",
  },
  {
    promise: "a source is left out by `.dockerignore`",
    files: { ...TREE, ".dockerignore": "app\n" },
    dockerfile: "FROM busybox:1\nCOPY app /srv/\n",
    code: "source_ignored",
  },
  {
    promise: "a source is a link in a circle",
    files: { circle: { link: "circle" } },
    dockerfile: "FROM busybox:1\nCOPY circle /srv/\n",
    code: "link_outside_source",
  },
  {
    promise: "the target is no stage",
    dockerfile: "FROM busybox:1 AS one\n",
    options: { target: "two" },
    code: "unknown_stage",
  },
  {
    promise: "a copy is from the stage that it is in",
    dockerfile: "FROM busybox:1\nCOPY --from=0 /a /b\n",
    code: "invalid_dockerfile",
  },
  {
    promise: "a heredoc does not end",
    dockerfile: "FROM busybox:1\nCOPY <<EOF /srv/x\nx\n",
    code: "invalid_dockerfile",
  },
  {
    promise: "a variable is set by an argument behind it, which the legacy builder does not see",
    dockerfile: "FROM busybox:1\nENV ONE=a\nARG ONE=b\nCOPY $ONE.txt /srv/1\n",
    code: "unknown_variable",
    isBuilt: true,
  },
  {
    promise: "an argument is asked for again without its value, which builders take for different things",
    dockerfile: "FROM busybox:1\nARG NAME=a\nARG NAME\nCOPY $NAME.txt /srv/1\n",
    code: "unknown_variable",
    isBuilt: true,
  },
  {
    promise: "a source is outside of the context, which BuildKit looks for inside",
    dockerfile: "FROM busybox:1\nCOPY ../a.txt /srv/\n",
    code: "source_outside_root",
    isBuilt: true,
  },
  {
    promise: "a pattern adds archives with other files",
    files: { "x1.txt": "1\n", "x2.tar": TAR },
    dockerfile: "FROM busybox:1\nADD x* /srv/\n",
    code: "invalid_dockerfile",
    isBuilt: true,
  },
  {
    promise: "a stage has a name that ours has",
    dockerfile: "FROM busybox:1 AS pithy-files\n",
    code: "invalid_name",
    isBuilt: true,
  },
  {
    promise: "what a stage keeps for those that begin with it copies local files",
    dockerfile: "FROM busybox:1 AS base\nONBUILD COPY a.txt /srv/\nFROM base\n",
    code: "invalid_dockerfile",
    isBuilt: true,
  },
  {
    promise: "a source has a variable that the base image may have",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is to stay as it is
    dockerfile: "FROM busybox:1\nCOPY ${NAME:-a}.txt /srv/\n",
    code: "unknown_variable",
    isBuilt: true,
  },
  {
    promise: "a build argument is given that nobody asks for",
    dockerfile: "FROM busybox:1\n",
    options: { buildArgs: { NAME: "x" } },
    code: "unknown_variable",
    isBuilt: true,
  },
];
