"""`test-task-execution-local.sh` on this machine; `tests/docker` has it in the image."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import EXAMPLE, KEY, Outcome, git
from stand_ins import StandIns, changes

FIX = {"path": "README.md", "edits": [{"old": "teh", "new": "the"}]}


@dataclass
class Application:
    """A copy of the application, where the script may leave things."""

    top: Path

    def __call__(self, *arguments: str | Path, cwd: Path | None = None, **env: str) -> Outcome:
        command = [str(self.top / "scripts/test-task-execution-local.sh"), *map(str, arguments)]
        done = subprocess.run(
            command,
            env={**os.environ, **env},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "" or "--help" in arguments
        return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def application(tmp_path: Path, server: StandIns) -> Application:
    top = tmp_path / "an app"
    for directory in ("daytona", "scripts"):
        shutil.copytree(EXAMPLE / directory, top / directory)
    lines = [f"OPENAI_API_KEY='{KEY}'", f'OPENAI_BASE_URL="{server.url}/v1"', "TASK_ID=7", "NO_PROXY=x"]
    (top / ".env.local").write_text("\n".join([*lines, "AGENT_MODEL=$(touch pwned)`touch pwned`", "PATH=/nowhere\n"]))
    return Application(top)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_the_change_is_left_as_a_patch(
    application: Application, server: StandIns, checkout: Path, tmp_path: Path
) -> None:
    server.answers.model = [changes(FIX, summary="Fix \x1b[2Ja typo")]
    outcome = application("--host", "checkout", "Fix the typo", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    assert "Running the task on this machine.\n" in outcome.err
    assert "Done: Fix ?[2Ja typo\n  README.md\nNothing was pushed." in outcome.err
    patch = application.top / ".pithy-jaunt/7.patch"
    assert f"to apply it: git apply '{patch}'" in outcome.err
    git(checkout, "apply", str(patch))
    assert (checkout / "README.md").read_text() == "# An app\n\nIt says the truth.\n"
    assert git(checkout, "branch", "--format=%(refname:short)") == "main\n"
    assert (application.top / ".pithy-jaunt/.gitignore").read_text() == "*\n"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert server.to_model[0]["model"] == "$(touch pwned)`touch pwned`"
    assert not [*application.top.rglob("pwned"), *tmp_path.glob("pwned")]


def test_a_part_of_a_repository_stands_for_all_of_it(
    application: Application, server: StandIns, checkout: Path
) -> None:
    server.answers.model = [changes(FIX)]
    outcome = application("--host", checkout / "bin", "Fix the typo")
    assert outcome.code == 0, outcome.err
    assert "Done: " in outcome.err


@pytest.mark.parametrize("form", ["{}", "file://{}"])
def test_push_leaves_a_branch(
    application: Application, server: StandIns, checkout: Path, tmp_path: Path, form: str
) -> None:
    server.answers.model = [changes(FIX)]
    (checkout / "README.md").write_text("teh")
    (tmp_path / "bin").mkdir()
    for engine in ("docker", "podman", "buildah"):
        (tmp_path / "bin" / engine).symlink_to("/bin/false")
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    outcome = application("--push", form.format(checkout), "Fix the typo", TASK_ID="from-env", PATH=path)
    assert "Running the task on this machine, not in the image: neither docker nor podman nor" in outcome.err
    assert "note: The task does not see the changes that are not committed." in outcome.err
    assert outcome.code == 0, outcome.err
    commit = git(checkout, "rev-parse", "pithy-jaunt/from-env").strip()
    assert f"Pushed {commit} to the branch pithy-jaunt/from-env." in outcome.err
    assert not list(application.top.glob(".pithy-jaunt/*.patch"))


def test_a_failure_is_reported_with_its_code(application: Application, checkout: Path) -> None:
    outcome = application("--host", checkout, "Fix the typo")
    assert outcome.code == 1
    assert "The task failed in the step agent: The agent failed: The request to the model failed" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "Give a repository and a task"),
        (["only-a-repository"], "Give a repository and a task"),
        (["a", "b", "c"], "Give a repository and a task"),
        (["--pus", "a", "b"], "Unknown option: `--pus`."),
        (["--host", "--image", "a", "b"], "--host and --image exclude each other."),
        (["--host", "--engine", "podman", "a", "b"], "--engine and --network are for the image"),
        (["a", "b", "--network"], "--network needs a value."),
        (["a", ""], "The task is empty."),
        (["nowhere", "b"], "There is no directory `nowhere`."),
        (["--", "--nowhere", "b"], "There is no directory `--nowhere`."),
        ([".", "b"], "Git cannot use"),
    ],
)
def test_wrong_usage_is_refused(application: Application, tmp_path: Path, arguments: list[str], reason: str) -> None:
    outcome = application(*arguments, cwd=tmp_path)
    assert outcome.code == 2
    assert reason in outcome.err
    assert not (application.top / ".pithy-jaunt").exists()


def test_help_says_how_to_use_it(application: Application) -> None:
    outcome = application("--help")
    assert outcome.code == 0
    assert outcome.out.startswith("Usage: scripts/test-task-execution-local.sh [options] <repository>")
