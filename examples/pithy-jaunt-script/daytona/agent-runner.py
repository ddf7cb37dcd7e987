#!/usr/bin/env python3
"""Asks a model to do the task at hand in the current directory, and prints its answer as one line of JSON."""

import json
import os
import subprocess
import sys

import anthropic


def main() -> int:
    task = os.environ["TASK_ID"]
    files = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout
    prompt = f"{os.environ.get('TASK_DESCRIPTION', task)}\n\nThe repository's files:\n{files}"
    answer = anthropic.Anthropic().messages.create(
        model=os.environ.get("AGENT_MODEL", "claude-sonnet-4-5"),
        max_tokens=4096,
        messages=[{"role": "user", "content": prompt}],
    )
    print(json.dumps({"task": task, "answer": "".join(block.text for block in answer.content if block.type == "text")}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
