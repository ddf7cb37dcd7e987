#!/usr/bin/env bash
#
# Does one task in a Git repository: clones it, makes a branch, has the agent change files, commits, pushes, and opens a
# pull request. Needs bash, git, curl, jq and python3 with `openai` and `anthropic`.
#
# Environment, needed:
#   TARGET_REPO         the repository: an https: or ssh: URL, git@host:owner/name, a file: URL or an absolute path
#   TASK_ID             the name of the task, such as 123
#   TASK_DESCRIPTION    the task, in words
#   ANTHROPIC_API_KEY or OPENAI_API_KEY, and whatever else agent-runner.py reads
#
# Environment, optional:
#   BASE_BRANCH         the branch to begin with; the repository's default branch when not given
#   BRANCH_NAME         the branch to make; `pithy-jaunt/<TASK_ID>` when not given. If the repository already has it,
#                       the task fails before the agent starts: no branch is ever overwritten.
#   GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL
#   GITHUB_TOKEN        to clone, to push and to open a pull request; only the GitHub of GITHUB_API_URL gets it. Without
#                       a token no pull request is opened. Do not give it the right to change workflows.
#   GITHUB_API_URL      `https://api.github.com` when not given
#   WEBHOOK_URL         where to report progress and the result
#   WEBHOOK_SECRET      signs the reports; needed with WEBHOOK_URL
#   WEBHOOK_SECONDS     how long a report of progress may take: 5 when not given
#   DRY_RUN=1           ends after the commit: nothing is pushed, and the result has a `patch`
#
# The last line on standard output is the result, as JSON; all else goes to standard error. In both, `***` stands for a
# secret. The exit code is 0 if the task succeeded or nothing needed to change, 1 if it failed, 2 if the environment is
# wrong, and 128 plus the number of the signal that stopped it.
#
# Webhooks are POST requests as https://www.standardwebhooks.com specifies, so that its libraries can verify them:
#   webhook-id          the same in each retry: ignore one that you have seen
#   webhook-timestamp   seconds since 1970: refuse what is more than five minutes old
#   webhook-signature   `v1,` and the base64 of the HMAC-SHA256 of `<id>.<timestamp>.<body>`. The key is the part of
#                       WEBHOOK_SECRET after `whsec_`, decoded from base64; without `whsec_`, the secret's own bytes.
# The body is `{"type": …, "timestamp": …, "data": {"taskId": …, …}}`. There may be many of the first type; then comes
# exactly one of the others, unless the machine is lost or the process is killed with SIGKILL:
#   task.progress       step: clone, branch, agent, commit, push or pull_request
#   task.succeeded      branch, baseBranch, commit, changedFiles, summary, pullRequestUrl or null, dryRun; patch if so
#   task.unchanged      summary: the agent found nothing to change, and nothing was pushed
#   task.failed         step (also configure), reason; branch and commit if they were pushed
# A report that is not taken is retried for some seconds, then given up with a warning: the task goes on.

# Single quotes hold the backticks of messages and the variables of jq; the task is a variable of the environment.
# shellcheck disable=SC2016,SC2154
set -Eeuo pipefail
set -m # Each command that `run` starts has a process group of its own, which can be ended as a whole.

# What most commands need not know. Git, curl and the agent are given what they need while they need it.
readonly SECRETS=(GITHUB_TOKEN WEBHOOK_SECRET WEBHOOK_URL ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN OPENAI_API_KEY)
export -n "${SECRETS[@]}" TARGET_REPO
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
readonly NOT_IN_CREDENTIALS='[[:space:][:cntrl:]"\]'

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly here dry_run=${DRY_RUN:-0}
api=${GITHUB_API_URL:-https://api.github.com}
api=${api%/}
step=configure reason='' code=1 child='' has_result='' is_progress_lost='' result_seconds=30
webhook='' repository='' origin='' slug='' git_user='' git_password=''
base='' branch='' commit='' summary='' subject='' pull_request=''

# --- Output -----------------------------------------------------------------------------------------------------------

# Sets REPLY to a text without secrets. What is shorter is a key for show, such as `none`, and a word of many texts.
hide_secrets() {
  local name secret
  REPLY=$1
  for name in "${SECRETS[@]}" git_password; do
    secret=${!name:-}
    ((${#secret} < 8)) || REPLY=${REPLY//"$secret"/***}
  done
}

# The same, without credentials in URLs.
redact() {
  local rest
  hide_secrets "$1"
  rest=$REPLY REPLY=''
  while [[ ${rest} =~ ^(.*://)[^/[:space:]]*@(.*)$ ]]; do
    rest=${BASH_REMATCH[1]%://} REPLY="://***@${BASH_REMATCH[2]}${REPLY}"
  done
  REPLY=$rest$REPLY
}

# Copies lines, redacted and without what a terminal would act on. Neither a signal ends it nor a reader that has gone, so
# that others can write: the end of its input does.
copy_lines() {
  local line
  trap '' HUP INT PIPE TERM
  while IFS= read -r line || [[ -n $line ]]; do
    redact "${line//$'\t'/ }"
    printf '%s\n' "${REPLY//[[:cntrl:]]/?}" || true
  done
}

log() { printf 'pithy-jaunt: %s\n' "$1"; }

# --- Commands and signals ---------------------------------------------------------------------------------------------

# Runs a command in the background, where it does not keep signals waiting.
run() {
  local status=0
  "$@" </dev/null &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

# Ends the task with a failure: its reason, and the exit code.
fail() {
  reason=$1 code=${2:-1}
  exit "$code"
}

on_signal() {
  [[ -z $child ]] || kill -TERM -- "-$child" || true
  result_seconds=4 # a task that is cancelled is killed after five
  fail "Stopped by SIG$1." "$((128 + $2))"
}

# Runs git; on failure, the task fails with what git says.
git_or_fail() {
  local problem=$1
  shift
  git_with_credentials "$@" || fail "$problem: $(tail -n 5 -- "$work/output" | tr '\n' ' ')"
}

# Git has the credentials in its environment alone; the helper of `configure_git` reads them there.
git_with_credentials() {
  GIT_USER=$git_user GIT_PASSWORD=$git_password run git "$@" >"$work/output" 2>&1
}

# --- Reports ----------------------------------------------------------------------------------------------------------

# Writes a report: its type, a filter that makes its data, and the arguments of the filter.
write_report() {
  local type=$1 data=$2
  shift 2
  redact "${TASK_ID:-}"
  jq --null-input --compact-output --arg type "$type" --arg taskId "$REPLY" "$@" \
    "{\$type, timestamp: (now | todate), data: ({\$taskId} + ($data))}" >"$work/report"
}

# The headers of a webhook, for the body on standard input, as lines of a configuration of curl.
readonly SIGN='
import base64, hashlib, hmac, os, sys, time, uuid
secret = os.environ["WEBHOOK_SECRET"]
key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
name, now = f"msg_{uuid.uuid4().hex}", int(time.time())
signature = base64.b64encode(hmac.digest(key, f"{name}.{now}.".encode() + sys.stdin.buffer.read(), hashlib.sha256))
for header in f"id: {name}", f"timestamp: {now}", f"signature: v1,{signature.decode()}":
    print(f"header = \"webhook-{header}\"")
'

# Posts the report. What is secret goes to curl by its standard input: arguments can be seen by others.
post_report() {
  local seconds=$1 headers url status
  [[ -n $webhook ]] || return 0
  headers=$(WEBHOOK_SECRET=$WEBHOOK_SECRET python3 -c "$SIGN" <"$work/report") || return
  url=${webhook//\\/\\\\}
  status=$(printf 'url = "%s"\n%s\n' "${url//\"/\\\"}" "$headers" |
    curl --config - --silent --show-error --fail --output /dev/null --write-out '%{http_code}' --proto '=http,https' \
      --connect-timeout 5 --max-time "$((seconds < 10 ? seconds : 10))" --retry 3 --retry-connrefused --retry-max-time "$seconds" \
      --header 'content-type: application/json' --data-binary "@$work/report") || return
  [[ $status == 2?? ]]
}

# Begins a step.
begin() {
  step=$1
  log "$2"
  [[ -z $is_progress_lost ]] || return 0
  write_report task.progress '{$step}' --arg step "$step"
  run post_report "${WEBHOOK_SECONDS:-5}" && return
  is_progress_lost=1
  log 'warning: The webhook does not take reports. The next one will be the result.'
}

# Prints and posts the result, which is done once, whatever happens.
report_result() {
  trap '' HUP INT TERM
  write_report "$@"
  has_result=1
  cat -- "$work/report" >&3 || true
  post_report "$result_seconds" || log 'warning: The webhook did not take the result.'
}

# --- The beginning and the end ----------------------------------------------------------------------------------------

finish() {
  local status=$?
  trap '' HUP INT TERM
  trap - ERR
  set +e
  if [[ -z $has_result ]]; then
    ((status)) || status=1
    redact "${reason:-Ended with exit code $status.}"
    REPLY=${REPLY:0:2000}
    log "Failed in the step $step: $REPLY"
    report_result task.failed '{$step, $reason} + if $commit == "" then {} else {$branch, $commit} end' \
      --arg step "$step" --arg reason "$REPLY" --arg branch "$branch" --arg commit "$commit"
  fi
  [[ -z $child ]] || kill -KILL -- "-$child"
  cd /
  rm -rf -- "$work"
  exec >&4 2>&4
  wait "$printer"
  exit "$status"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/pithy-jaunt.XXXXXX")
readonly work clone=$work/clone
mkfifo -- "$work/log"
exec 3>&1 4>&2
copy_lines <"$work/log" >&4 3>&- &
readonly printer=$!
exec >"$work/log" 2>&1
trap 'reason=${reason:-Line $LINENO failed with exit code $?.}' ERR
trap finish EXIT
trap 'on_signal HUP 1' HUP
trap 'on_signal INT 2' INT
trap 'on_signal TERM 15' TERM

# --- Steps ------------------------------------------------------------------------------------------------------------

# Refuses what is missing or wrong in the environment.
configure() {
  local name
  configure_webhook
  for name in TARGET_REPO TASK_ID TASK_DESCRIPTION; do
    [[ ${!name:-} =~ [^[:space:]] ]] || fail "\`$name\` is not set, or empty." 2
  done
  [[ ! $TARGET_REPO$TASK_ID =~ [[:cntrl:]] ]] || fail '`TARGET_REPO` or `TASK_ID` has a control character.' 2
  [[ ! ${GITHUB_TOKEN:-} =~ $NOT_IN_CREDENTIALS ]] || fail '`GITHUB_TOKEN` has a space, a quote or a line end in it.' 2
  [[ $dry_run =~ ^[01]$ ]] || fail "\`DRY_RUN\` must be 1 or 0, got \`$dry_run\`." 2
  branch=${BRANCH_NAME:-pithy-jaunt/$TASK_ID}
  name=${BRANCH_NAME:+BRANCH_NAME}
  check_branch "${name:-TASK_ID}" "$branch"
  [[ -z ${BASE_BRANCH:-} ]] || check_branch BASE_BRANCH "$BASE_BRANCH"
  configure_repository
  configure_git
}

check_branch() {
  git -C "$work" check-ref-format --branch "$2" &>/dev/null ||
    fail "\`$1\` does not make a valid branch name: \`$2\`." 2
}

configure_webhook() {
  [[ -n ${WEBHOOK_URL:-} ]] || return 0
  [[ $WEBHOOK_URL =~ ^https?://[^[:space:][:cntrl:]]+$ ]] || fail '`WEBHOOK_URL` must be an http: or https: URL.' 2
  [[ -n ${WEBHOOK_SECRET:-} ]] || fail '`WEBHOOK_SECRET` is not set: it signs what is sent to `WEBHOOK_URL`.' 2
  [[ $WEBHOOK_SECRET != whsec_* || $WEBHOOK_SECRET =~ ^whsec_([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$ ]] ||
    fail '`WEBHOOK_SECRET` must be base64 after `whsec_`.' 2
  [[ ${WEBHOOK_SECONDS:-5} =~ ^[1-9][0-9]*$ ]] || fail '`WEBHOOK_SECONDS` must be a whole number.' 2
  webhook=$WEBHOOK_URL
}

# Sets the repository's URL without credentials, the origin that gets the credentials, these, and owner/name on GitHub.
configure_repository() {
  local github path='[A-Za-z0-9_.-]+'
  [[ $api =~ ^(https?://)(api\.)?([^/@[:space:]]+)(/.*)?$ ]] || fail "\`GITHUB_API_URL\` must be a URL, got \`$api\`." 2
  github=${BASH_REMATCH[1]}${BASH_REMATCH[3]}
  repository=$TARGET_REPO
  # A token is of no use over ssh.
  if [[ -n ${GITHUB_TOKEN:-} && $repository =~ ^(git@([^:/]+):|ssh://git@([^/]+)/)(.+)$ ]]; then
    [[ ${BASH_REMATCH[2]}${BASH_REMATCH[3]} != "${github#*://}" ]] || repository=$github/${BASH_REMATCH[4]}
  fi
  if [[ $repository =~ ^(https?://)(([^/]*)@)?([^/@]+)(/.*)$ ]]; then
    origin=${BASH_REMATCH[1]}${BASH_REMATCH[4]} repository=${BASH_REMATCH[1]}${BASH_REMATCH[4]}${BASH_REMATCH[5]}
    configure_credentials "$github" "${BASH_REMATCH[3]}"
  elif [[ ! $repository =~ ^(ssh://|file:///|/|[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9_.][A-Za-z0-9_.-]*:) ]]; then
    fail '`TARGET_REPO` must be an https:, ssh: or file: URL, git@host:owner/name, or an absolute path.' 2
  fi
  [[ $origin != "$github" || ! ${repository#"$origin"} =~ ^/($path/$path)/?$ ]] || slug=${BASH_REMATCH[1]%.git}
}

# Credentials in the URL are for its own host; the token is for GitHub.
configure_credentials() {
  local github=$1 given=$2
  if [[ -n $given ]]; then
    git_user=$(decoded "${given%%:*}") git_password=$(decoded "${given#*:}") # A token may stand alone.
  elif [[ -n ${GITHUB_TOKEN:-} && $origin == "$github" ]]; then
    git_user=x-access-token git_password=$GITHUB_TOKEN
  fi
  [[ ! $git_user$git_password =~ $NOT_IN_CREDENTIALS ]] ||
    fail 'The credentials in `TARGET_REPO` have a space, a quote or a line end in them.' 2
  [[ -z $git_password || $origin =~ ^(https://|http://(127\.0\.0\.1|localhost)(:|$)) ]] ||
    fail 'Credentials are only sent over https:.' 2
}

# What is percent-encoded in a URL.
decoded() {
  local text=${1//\\/\\\\}
  printf '%b' "${text//%/\\x}"
}

# Git's settings for this task, which come after the user's own.
configure_git() {
  local file=$work/gitconfig user=${GIT_CONFIG_GLOBAL:-${HOME:-}/.gitconfig}
  [[ ! -f $user ]] || git config --file "$file" include.path "$user"
  # A repository that is mounted may belong to somebody else. Work in the background would outlive the task.
  cat >>"$file" <<'END'
[safe]
  directory = *
[commit]
  gpgSign = false
[gc]
  auto = 0
[maintenance]
  auto = false
[http]
  lowSpeedLimit = 1000
  lowSpeedTime = 60
END
  if [[ -n $git_password ]]; then
    git config --file "$file" credential.helper ''
    git config --file "$file" "credential.$origin.helper" \
      '!f() { [ "$1" != get ] || printf "username=%s\npassword=%s\n" "$GIT_USER" "$GIT_PASSWORD"; }; f'
  fi
  export GIT_CONFIG_GLOBAL=$file GIT_TERMINAL_PROMPT=0
}

clone_repository() {
  local options=(--quiet --depth 1 --no-tags --config core.hooksPath=/dev/null)
  [[ -z ${BASE_BRANCH:-} ]] || options+=(--branch "$BASE_BRANCH")
  git_or_fail 'The repository cannot be cloned' clone "${options[@]}" -- "$repository" "$clone"
  cd -- "$clone"
  base=${BASE_BRANCH:-$(git symbolic-ref --short HEAD)}
}

# Git keeps branches in files: one excludes all that would be in a directory of its name.
make_branch() {
  local names=("$branch" "$branch/*") parent=$branch
  while [[ $parent == */* ]]; do
    parent=${parent%/*}
    names+=("$parent")
  done
  git_or_fail 'The branches of the repository cannot be listed' ls-remote --heads origin "${names[@]/#/refs/heads/}"
  [[ ! -s $work/output ]] ||
    fail "The repository already has a branch \`$(sed 's|.*refs/heads/||;q' "$work/output")\`. Delete it, or set \`BRANCH_NAME\`."
  git_or_fail 'The branch cannot be made' switch --quiet --create "$branch"
}

# The agent gets the keys of models, and no other secret.
agent() {
  export ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN OPENAI_API_KEY
  exec python3 "$here/agent-runner.py" --repository "$clone" >"$work/answer"
}

run_agent() {
  local status=0
  run agent || status=$?
  ((status == 0)) || fail "The agent failed: $(jq -er .error "$work/answer" || echo "exit code $status")"
  redact "$(jq -r .summary "$work/answer")"
  summary=${REPLY:0:200}
  summary=${summary:-Task $TASK_ID}
  # In a terminal or on a page, nothing in it may hide or reverse text.
  subject=$(jq --null-input --raw-output --arg text "$summary" '$text | gsub("[\\p{Cc}\\p{Cf}]+"; " ")')
}

commit_changes() {
  redact "$TASK_DESCRIPTION"
  printf '%s\n\n%s\n\nTask: %s\n' "$subject" "$REPLY" "$TASK_ID" >"$work/message"
  export GIT_AUTHOR_NAME=${GIT_AUTHOR_NAME:-Pithy Jaunt} GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL:-agent@pithy-jaunt.invalid}
  export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
  git_or_fail 'The changes cannot be committed' commit --quiet --no-verify --cleanup=whitespace --file "$work/message"
}

push_branch() {
  git_or_fail 'The branch cannot be pushed' push --quiet origin "HEAD:refs/heads/$branch"
  commit=$(git rev-parse HEAD)
}

open_pull_request() {
  redact "$TASK_DESCRIPTION"
  jq --null-input --arg title "$subject" --arg head "$branch" --arg base "$base" --arg body "${REPLY:0:60000}" \
    '{$title, $head, $base, $body}' >"$work/request"
  run ask_github "$api/repos/$slug/pulls" || fail "The pull request cannot be opened: $(github_reason)"
  pull_request=$(jq -er .html_url "$work/output") || fail 'GitHub did not say where the pull request is.'
}

ask_github() {
  printf 'header = "authorization: Bearer %s"\n' "$GITHUB_TOKEN" |
    curl --config - --silent --show-error --fail-with-body --location --output "$work/output" --proto '=http,https' \
      --connect-timeout 10 --max-time 30 --retry 2 --header 'accept: application/vnd.github+json' \
      --header 'x-github-api-version: 2022-11-28' --header 'content-type: application/json' \
      --data-binary "@$work/request" --url "$1" 2>"$work/curl"
}

# What GitHub says is wrong, or else curl.
github_reason() {
  jq -er '[.message, (.errors[]? | .message? // empty)] | join(" ")' "$work/output" 2>/dev/null ||
    tail -n 1 -- "$work/curl"
}

# The change. JSON holds no text in another encoding than UTF-8, so that such files are in it as binary ones.
patch() {
  local show=(diff-tree -p --binary --root --no-commit-id HEAD)
  git "${show[@]}" >"$work/text"
  if iconv -f UTF-8 -t UTF-8 "$work/text" &>/dev/null; then
    cat -- "$work/text"
  else
    printf '* -diff\n' >"$work/attributes"
    git -c "core.attributesFile=$work/attributes" "${show[@]}"
  fi
}

succeed() {
  : >"$work/patch"
  git diff-tree -r --root --no-commit-id --name-only -z HEAD >"$work/changed"
  if ((dry_run)); then
    hide_secrets "$(patch && printf .)" # the last line ends belong to it
    printf '%s' "${REPLY%.}" >"$work/patch"
  fi
  report_result task.succeeded '{$branch, $baseBranch, $commit, changedFiles: ($changed | split("\u0000")[:-1]),
      $summary, pullRequestUrl: (if $url == "" then null else $url end), dryRun: ($patch != "")}
      + if $patch == "" then {} else {$patch} end' \
    --arg branch "$branch" --arg baseBranch "$base" --arg commit "$(git rev-parse HEAD)" --arg summary "$summary" \
    --arg url "$pull_request" --rawfile changed "$work/changed" --rawfile patch "$work/patch"
}

main() {
  configure
  begin clone 'Cloning the repository'
  clone_repository
  begin branch "Making the branch $branch"
  make_branch
  begin agent 'Running the agent'
  run_agent
  begin commit 'Committing the changes'
  git_or_fail 'The changes cannot be staged' add --all
  if git diff --cached --quiet; then
    log "Nothing changed: $summary"
    report_result task.unchanged '{$summary}' --arg summary "$summary"
    return
  fi
  commit_changes
  if ((!dry_run)); then
    begin push "Pushing the branch $branch"
    push_branch
    if [[ -n ${GITHUB_TOKEN:-} && -n $slug ]]; then
      begin pull_request 'Opening a pull request'
      open_pull_request
    fi
  fi
  log "Done${pull_request:+: $pull_request}"
  succeed
}

main
