"""What the tests share: repositories, the stand-ins, and how the scripts are run."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from stand_ins import StandIns

EXAMPLE = Path(__file__).parents[2] / "examples" / "pithy-jaunt"
SECRET = "whsec_bm90IGEgcmVhbCBzZWNyZXQ="
TOKEN = "ghp_0123456789abcdefThisIsTheToken"
KEY = "sk-ThisIsTheKeyOfTheModel"


def git(repository: Path, *args: str) -> str:
    """Runs git there, and returns what it prints."""
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    command = ["git", *identity, "-C", str(repository), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def commit_all(repository: Path) -> None:
    """Commits what is there."""
    git(repository, "add", "--all", "--force")
    git(repository, "commit", "--quiet", "--message", "Begin")


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home of its own, and nothing of the developer's."""
    kept = ("PATH", "LANG", "LC_ALL")
    for name in set(os.environ) - set(kept):
        monkeypatch.delenv(name)
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    (tmp_path / "home/.gitconfig").write_text("[init]\ndefaultBranch = main\n")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with some files, to be copied."""
    top = tmp_path_factory.mktemp("example")
    git(top, "init", "--quiet", "--initial-branch=main")
    (top / "README.md").write_text("# An app\n\nIt says teh truth.\n")
    (top / "bin").mkdir()
    (top / "bin/run").write_text("#!/bin/sh\necho run\n")
    (top / "bin/run").chmod(0o755)
    (top / ".gitignore").write_text("dist/\n.env\n")
    commit_all(top)
    return top


@pytest.fixture
def checkout(example: Path, tmp_path: Path) -> Path:
    """A repository with some files."""
    return shutil.copytree(example, tmp_path / "checkout")


@pytest.fixture
def origin(tmp_path: Path, checkout: Path) -> Path:
    """The same as a bare repository, to be cloned and pushed to."""
    bare = tmp_path / "repositories/octo/app.git"
    git(checkout, "clone", "--quiet", "--bare", str(checkout), str(bare))
    git(bare, "config", "http.receivepack", "true")
    return bare


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StandIns]:
    """The stand-ins."""
    (tmp_path / "repositories").mkdir(exist_ok=True)
    with StandIns(tmp_path / "repositories", SECRET, TOKEN) as standing:
        yield standing
        standing.shutdown()


@pytest.fixture(scope="session")
def runner() -> ModuleType:
    """`agent-runner.py`, as a module."""
    spec = importlib.util.spec_from_file_location("agent_runner", EXAMPLE / "daytona/agent-runner.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["agent_runner"] = module
    spec.loader.exec_module(module)
    return module


@dataclass
class Outcome:
    """How a script ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The last line on standard output."""
        parsed: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return parsed


@dataclass
class Task:
    """A task, to be done by `execution.sh`."""

    env: dict[str, str]
    tmp: Path

    def start(self, **env: str | None) -> subprocess.Popen[str]:
        """Starts it with further variables; `None` takes one away."""
        variables = {name: value for name, value in {**self.env, **env}.items() if value is not None}
        return subprocess.Popen(
            [str(EXAMPLE / "daytona/execution.sh")],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def do(self, **env: str | None) -> Outcome:
        """Runs it to its end, and checks that it leaves nothing behind."""
        process = self.start(**env)
        out, err = process.communicate(timeout=120)
        assert list(self.tmp.iterdir()) == [], err
        return Outcome(process.returncode, out, err)


@pytest.fixture
def task(server: StandIns, origin: Path, tmp_path: Path) -> Task:
    """A task on the bare repository, with a model and a webhook."""
    env = {
        "WEBHOOK_SECONDS": "60",
        "TARGET_REPO": str(origin),
        "TASK_ID": "7",
        "TASK_DESCRIPTION": "Fix the typo",
        "OPENAI_API_KEY": KEY,  # the client that starts faster
        "OPENAI_BASE_URL": f"{server.url}/v1",
        "WEBHOOK_URL": f"{server.url}/hook",
        "WEBHOOK_SECRET": SECRET,
        "GITHUB_API_URL": f"{server.url}/api/v3",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return Task(env, tmp_path / "tmp")
