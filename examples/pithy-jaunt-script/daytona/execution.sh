#!/bin/sh
# Clones the repository of a task and hands it to the agent.
set -eu

: "${TARGET_REPO:?the address of the repository to work on}"
: "${TASK_ID:?the name of the task}"

work=$(mktemp -d)
git clone --depth 1 -- "$TARGET_REPO" "$work"
cd "$work"
exec python /app/agent-runner.py
