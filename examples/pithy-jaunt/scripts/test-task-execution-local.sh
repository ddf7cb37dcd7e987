#!/usr/bin/env bash
#
# See `usage` below.

# Single quotes hold the backticks of messages, and programs of other languages.
# shellcheck disable=SC2016
set -euo pipefail
unset CDPATH

usage() {
  cat <<'END'
Usage: scripts/test-task-execution-local.sh [options] <repository> "<task>"

Does a task as a sandbox does, with the image and the scripts as they are now: clones the repository, has the agent change
it, and commits. It is a dry run unless you say --push: then the change is left as a patch, which you can apply.

  <repository>       a URL, or the path of a repository on this machine
  --push             push the branch to the repository and, with GITHUB_TOKEN, open a pull request
  --dry-run          push nothing (the default)
  --host             run on this machine, not in the image
  --image            run in the image, or fail; without either option, in the image if docker, podman or buildah works
  --engine <engine>  the engine to run the image with: docker, podman, buildah, or a socket
  --network <name>   the container's network: `host` reaches a model or webhook on this machine
  --help             print this

The variables OPENAI_*, ANTHROPIC_*, AGENT_*, GITHUB_*, GIT_AUTHOR_*, WEBHOOK_*, BASE_BRANCH, BRANCH_NAME and TASK_ID are
taken from the environment and, where that has none, from .env.local. daytona/execution.sh says what they mean.

  scripts/test-task-execution-local.sh https://github.com/owner/repo "Update README.md"
  scripts/test-task-execution-local.sh --push ~/src/app "Fix the failing date test"

The exit code is 0 if the task succeeded or nothing needed to change, 1 if it failed, and 2 for wrong usage.
END
}

app=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly app kept=$app/.pithy-jaunt # what this script leaves on this machine: patches, and Python's packages
readonly VARIABLES='^(OPENAI_|ANTHROPIC_|AGENT_|GITHUB_|GIT_AUTHOR_|WEBHOOK_|(BASE_BRANCH|BRANCH_NAME|TASK_ID)$)'

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  exit "${2:-1}"
}

wrong_usage() { fail "$1 See --help." 2; }

# --- What is asked for ------------------------------------------------------------------------------------------------

place='' engine='' network='' dry_run=1 words=()
while (($#)); do
  case $1 in
    --help | -h) usage && exit ;;
    --push) dry_run=0 ;;
    --dry-run) dry_run=1 ;;
    --host | --image)
      [[ -z $place || $place == "${1#--}" ]] || wrong_usage '--host and --image exclude each other.'
      place=${1#--}
      ;;
    --engine | --network)
      [[ -n ${2:-} ]] || wrong_usage "$1 needs a value."
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --)
      shift
      words+=("$@")
      break
      ;;
    -*) wrong_usage "Unknown option: \`$1\`." ;;
    *) words+=("$1") ;;
  esac
  shift
done
((${#words[@]} == 2)) || wrong_usage 'Give a repository and a task, each as one argument.'
[[ $place != host || -z $engine$network ]] || wrong_usage '--engine and --network are for the image, not for --host.'
[[ ${words[1]} =~ [^[:space:]] ]] || wrong_usage 'The task is empty.'

export TARGET_REPO=${words[0]} TASK_DESCRIPTION=${words[1]} DRY_RUN=$dry_run
directory='' # of a repository on this machine
if [[ $TARGET_REPO == file://* ]]; then
  directory=$(node -p 'url.fileURLToPath(process.env.TARGET_REPO)')
elif [[ ! $TARGET_REPO =~ ^([a-z+]+://|[^/]+@[^/]+:) ]]; then
  directory=$TARGET_REPO
fi
if [[ -n $directory ]]; then
  [[ -d $directory ]] || fail "There is no directory \`$directory\`." 2
  directory=$(cd -- "$directory" && pwd)
  common=$(git -C "$directory" rev-parse --path-format=absolute --git-common-dir) ||
    fail "Git cannot use \`$directory\` as a repository; see above." 2
  if [[ $(git -C "$directory" rev-parse --is-inside-work-tree) == true ]]; then
    directory=$(git -C "$directory" rev-parse --show-toplevel) # of which this may be a part
  fi
  [[ -z $(git --no-optional-locks -C "$directory" status --porcelain 2>/dev/null) ]] ||
    say 'note: The task does not see the changes that are not committed.'
  TARGET_REPO=$directory
fi

# Names and values of `.env.local`, which is read as Node reads it, and never run.
if [[ -f $app/.env.local ]]; then
  while IFS= read -r -d '' name && IFS= read -r -d '' value; do
    [[ $name =~ $VARIABLES && -z ${!name:-} ]] || continue
    export "$name=$value"
  done < <(node -e 'for (const each of Object.entries(util.parseEnv(fs.readFileSync(process.argv[1], "utf8"))))
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(each[0])) process.stdout.write(each.join("\0") + "\0")' "$app/.env.local")
fi
export TASK_ID=${TASK_ID:-local-$(date +%Y%m%d-%H%M%S)}

# --- Where it runs ----------------------------------------------------------------------------------------------------

works() {
  case $1 in
    docker) docker version && docker buildx version ;;
    *) "$1" info ;;
  esac &>/dev/null
}

if [[ $place != host && -z $engine ]]; then
  for name in docker podman buildah; do
    if works "$name"; then
      engine=$name
      break
    fi
  done
  [[ -n $engine || $place != image ]] || fail 'Neither docker nor podman nor buildah works here.'
fi

in_image() {
  local options=(--engine "$engine" --quiet) name command=/app/execution.sh
  say "Running the task in the image, with $engine."
  [[ -z $network ]] || options+=(--network "$network")
  if [[ -n $directory ]]; then
    [[ $common == "$directory" || $common == "$directory"/* ]] ||
      fail "\`$directory\` is a linked worktree, which needs \`$common\`: give that, or use --host." 2
    [[ $directory != *:* ]] || fail "The path of a repository that is mounted must not have a colon: \`$directory\`." 2
    TARGET_REPO=/repository
    if ((dry_run)); then
      options+=(--volume "$directory:/repository:ro")
    else
      options+=(--volume "$directory:/repository")
      # What the container's root has written into Git's directory belongs to who has the rest.
      command='start=$(mktemp); /app/execution.sh; code=$?; cd /repository/.git 2>/dev/null || cd /repository
        find . -user 0 -newer "$start" -exec chown --no-dereference --reference /repository {} +; exit $code'
    fi
  fi
  # Names alone: values would be seen among the arguments.
  while IFS= read -r name; do
    options+=(--env "$name")
  done < <(compgen -e | grep -E "$VARIABLES|^(TARGET_REPO|TASK_DESCRIPTION|DRY_RUN)$")
  cd -- "$app"
  npx --no-install pithy-image run "${options[@]}" -- "$command"
}

on_host() {
  local program
  if [[ $place == host ]]; then
    say 'Running the task on this machine.'
  else
    say 'Running the task on this machine, not in the image: neither docker nor podman nor buildah works here.'
  fi
  for program in git curl jq python3; do
    command -v "$program" >/dev/null || fail "\`$program\` is not installed; the task needs it."
  done
  has_packages python3 || use_packages
  "$app/daytona/execution.sh"
}

has_packages() {
  "$1" -c 'import importlib.util, sys
sys.exit(not all(map(importlib.util.find_spec, ("anthropic", "openai"))))' 2>/dev/null
}

# Uses Python's packages that this script keeps, and installs them at the first time.
use_packages() {
  if ! has_packages "$kept/python/bin/python3"; then
    say "Installing the Python packages \`openai\` and \`anthropic\` into $kept/python, for this script alone."
    python3 -m venv --clear "$kept/python" >&2 || fail 'The environment of Python cannot be made; see above.'
    "$kept/python/bin/python3" -m pip install --quiet --disable-pip-version-check openai anthropic >&2 ||
      fail 'The packages cannot be installed; see above.'
  fi
  PATH=$kept/python/bin:$PATH
}

# --- The task, and its result -----------------------------------------------------------------------------------------

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p -- "$kept"
printf '*\n' >"$kept/.gitignore"

code=0
if [[ -n $engine ]]; then
  in_image </dev/null >"$work/out" || code=$?
else
  on_host </dev/null >"$work/out" || code=$?
fi
patch=$kept/${TASK_ID//\//-}.patch

# Says what came of it; the texts may be a model's, and are printed without what a terminal would act on.
PATCH=$patch ENDED=$code node - "$work/out" <<'END' >&2
const fs = require("node:fs");
const { PATCH, ENDED } = process.env;
const last = fs.readFileSync(process.argv[2], "utf8").trimEnd().split("\n").at(-1);
const print = (text) => console.log(text.replace(/[\p{Cc}\p{Cf}]/gu, "?"));
let result;
try {
  result = JSON.parse(last);
} catch {
  print(`The task has no result; it ended with exit code ${ENDED}.`);
  process.exit();
}
const { type, data } = result;
if (type === "task.unchanged") print(`Nothing changed: ${data.summary}`);
if (type === "task.failed") print(`The task failed in the step ${data.step}: ${data.reason}`);
if (type === "task.succeeded") {
  print(`Done: ${data.summary}`);
  for (const file of data.changedFiles) print(`  ${file}`);
  if (data.dryRun) fs.writeFileSync(PATCH, data.patch);
  if (data.dryRun) print(`Nothing was pushed. The change is in ${PATCH}; to apply it: git apply '${PATCH}'`);
  else print(`Pushed ${data.commit} to the branch ${data.branch}.`);
  if (data.pullRequestUrl) print(`Opened ${data.pullRequestUrl}`);
}
END
# What did not start has other codes.
exit "$((code > 2 ? 1 : code))"
