"""`agent-runner.py`: what it asks the model, with the providers' real clients, and what it lets a model do."""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import KEY, Outcome, commit_all, git
from stand_ins import Json, Reply, StandIns, changes

FIX = {"path": "README.md", "edits": [{"old": "teh", "new": "the"}]}
FIXED = "# An app\n\nIt says the truth.\n"
APIS = ["messages", "chat", "responses"]


@dataclass
class Runner:
    """Runs the program in this process: to import a client takes long."""

    module: ModuleType
    checkout: Path

    def __call__(self, *arguments: str) -> Outcome:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = self.module.main(["--repository", str(self.checkout), *arguments])
        assert out.getvalue().count("\n") == 1
        return Outcome(code, out.getvalue(), err.getvalue())


def use(monkeypatch: pytest.MonkeyPatch, server: StandIns, api: str) -> None:
    """Chooses one of the three protocols, as a user would."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "AGENT_OPENAI_API"):
        monkeypatch.delenv(name, raising=False)
    if api == "messages":
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        return
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    if api == "responses":
        monkeypatch.setenv("AGENT_OPENAI_API", api)


@pytest.fixture
def run(runner: ModuleType, checkout: Path, server: StandIns, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setenv("TASK_DESCRIPTION", "Fix the typo")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    use(monkeypatch, server, "messages")
    return Runner(runner, checkout)


def files(top: Path) -> dict[str, tuple[int, bytes]]:
    """All files, with their modes."""
    found = (path for path in top.rglob("*") if ".git" not in path.parts and path.is_file() and not path.is_symlink())
    return {str(path.relative_to(top)): (path.stat().st_mode & 0o777, path.read_bytes()) for path in found}


# What is asked.


@pytest.mark.parametrize("api", APIS)
def test_the_model_reads_and_changes_files(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    use(monkeypatch, server, api)
    server.answers.model = [Reply(calls=(("read_files", {"paths": ["README.md"]}),)), changes(FIX, summary="Fix it")]
    outcome = run()
    assert outcome.code == 0, outcome.err
    assert (run.checkout / "README.md").read_text() == FIXED
    assert {**outcome.result, "model": ""} == {
        **{"ok": True, "summary": "Fix it", "changes": [{"path": "README.md", "change": "modified"}], "model": ""},
        "usage": {"input": 20, "output": 10},
    }
    first, second = server.to_model
    assert {tool.get("name") or tool["function"]["name"] for tool in first["tools"]} == {"read_files", "change_files"}
    assert "Fix the typo" in json.dumps(first)
    assert "bin/run" in json.dumps(first)
    assert "teh truth" not in json.dumps(first)
    assert "teh truth" in json.dumps(second)
    headers = server.requests[0].headers
    assert KEY in (headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer "))


@pytest.mark.parametrize("api", APIS)
def test_an_answer_that_is_not_valid_is_sent_back_with_the_reasons(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    use(monkeypatch, server, api)
    wrong = {"path": "README.md", "edits": [{"old": "tea", "new": "the"}]}
    server.answers.model = [
        Reply(text="Here you are."),
        changes(wrong, {"path": "/etc/x", "content": ""}),
        changes(FIX),
    ]
    outcome = run()
    assert outcome.code == 0, outcome.err
    _, second, third = (json.dumps(request) for request in server.to_model)
    assert "Call `read_files` or `change_files`" in second
    assert "`README.md` has the `old` text of edit 1 0 times, not once." in third
    assert "`/etc/x` must be relative to the repository" in third


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(calls=(("change_files", {"changes": []}),)), "`change_files.summary`: Field required."),
        (
            changes({"path": "a", "content": "x", "mod": 1}),
            "`change_files.changes.0.mod`: Unexpected keyword argument.",
        ),
        (changes({"path": "a", "content": 1}), "`change_files.changes.0.content`: Input should be a valid string."),
        (Reply(calls=(("run_shell", {"command": "id"}),)), "There is no tool `run_shell`."),
        (changes({"path": "a"}), "`a` must have exactly one of `content`, `edits` and `delete`."),
        (changes({"path": "a", "content": "", "delete": True}), "must have exactly one of"),
        (changes({"path": "none", "delete": True}), "`none` does not exist."),
        (changes({"path": "a", "content": "\0"}), "`a` would be binary: its text has a NUL character."),
        (changes(FIX, FIX), "`README.md` is changed 2 times."),
        (changes({"path": "a", "content": ""}, {"path": "a/b", "content": ""}), "`a/b` is below `a`, which is a file."),
        (Reply(calls=changes(FIX).calls, is_cut_off=True), "The answer was cut off at 16000 tokens."),
        (Reply(text="…", is_cut_off=True), "The answer was cut off at 16000 tokens."),
    ],
)
def test_answers_that_stay_wrong_end_the_task(run: Runner, server: StandIns, reply: Reply, reason: str) -> None:
    before = files(run.checkout)
    server.answers.model = [reply] * 9
    outcome = run()
    assert outcome.code == 3, outcome.err
    assert reason in outcome.result["error"]
    assert len(server.to_model) == 4
    assert files(run.checkout) == before


@pytest.mark.parametrize("arguments", ["[1", "", "null", '{"summary": "\\ud800", "changes": []}'])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_arguments_that_are_not_json_are_sent_back(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str, arguments: str
) -> None:
    use(monkeypatch, server, api)
    server.answers.model = [Reply(calls=(("change_files", arguments),)), changes(FIX)]
    outcome = run()
    assert outcome.code == 0, outcome.err
    assert "Correct this and call the tool again." in json.dumps(server.to_model[1])


@pytest.mark.parametrize("api", APIS)
def test_a_request_that_fails_is_repeated_by_the_client(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str
) -> None:
    use(monkeypatch, server, api)
    server.answers.model = [Reply(status=429), Reply(status=503), changes(FIX)]
    assert run().code == 0
    assert len(server.to_model) == 3
    monkeypatch.setenv("AGENT_MAX_RETRIES", "1")
    server.answers.model = [Reply(status=500)] * 9
    outcome = run()
    assert outcome.code == 1
    assert outcome.result["error"].startswith("The request to the model failed: ")
    assert len(server.to_model) == 5


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("raw", [b"<html>It works!</html>", b"{}", b'{"choices": null, "content": 1, "output": 1}'])
def test_an_endpoint_that_is_not_compatible_is_an_error(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str, raw: bytes
) -> None:
    use(monkeypatch, server, api)
    server.answers.model = [Reply(raw=raw)] * 20
    assert run().code in (1, 3)


@pytest.mark.parametrize("api", APIS)
def test_a_refusal_is_final(run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, api: str) -> None:
    use(monkeypatch, server, api)
    server.answers.model = [Reply(is_refused=True)]
    outcome = run()
    assert outcome.code == 1
    assert "The model refused the task: " in outcome.result["error"]


def test_the_number_of_requests_is_limited(run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_MAX_TURNS", "2")
    server.answers.model = [Reply(calls=(("read_files", {"paths": ["README.md"]}),))] * 9
    assert run().code == 3
    assert len(server.to_model) == 2


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"TASK_DESCRIPTION": " "}, "`TASK_DESCRIPTION` is not set"),
        ({"ANTHROPIC_API_KEY": ""}, "No key is set"),
        ({"OPENAI_API_KEY": "x"}, "Choose one with `AGENT_PROVIDER`"),
        ({"AGENT_PROVIDER": "openai"}, "`OPENAI_API_KEY` is not set"),
        ({"AGENT_PROVIDER": "antropic"}, "`AGENT_PROVIDER` must be `anthropic` or `openai`, got `antropic`"),
        ({"AGENT_MAX_FILES": "-1"}, "`AGENT_MAX_FILES` must be a positive whole number, got `-1`"),
        ({"AGENT_MAX_FILE": "1"}, "There is no limit `AGENT_MAX_FILE`. The limits are AGENT_MAX_BYTES, "),
        ({"OPENAI_API_KEY": "x", "AGENT_PROVIDER": "openai", "AGENT_OPENAI_API": "v1"}, "`AGENT_OPENAI_API` must be"),
    ],
)
def test_a_wrong_environment_is_refused(
    run: Runner, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], reason: str
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    outcome = run()
    assert outcome.code == 2
    assert reason in outcome.result["error"]


@pytest.mark.parametrize(
    ("env", "chosen"),
    [
        ({}, ("anthropic", "messages", "claude-sonnet-5-5")),
        ({"ANTHROPIC_API_KEY": "", "OPENAI_API_KEY": "x"}, ("openai", "responses", "gpt-6.2-sol")),
        (
            {"AGENT_PROVIDER": "openai", "OPENAI_API_KEY": "x", "OPENAI_BASE_URL": "y"},
            ("openai", "chat", "gpt-6.2-sol"),
        ),
        ({"AGENT_MODEL": "another"}, ("anthropic", "messages", "another")),
    ],
)
def test_the_provider_is_the_one_whose_key_is_set(runner: ModuleType, env: Json, chosen: tuple[str, str, str]) -> None:
    given = {"TASK_DESCRIPTION": "x", "ANTHROPIC_API_KEY": "x", **env}
    settings = runner.Settings.of(given)
    assert (settings.provider, settings.api, settings.model) == chosen


def test_help_is_the_documentation(run: Runner, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run.module.main(["--help"])
    assert ended.value.code == 0
    assert "Exit codes: 0 the changes are applied" in capsys.readouterr().out


# What is sent of the repository.


def shown(run: Runner, server: StandIns, *paths: str) -> dict[str, Any]:
    """What the model gets when it reads files."""
    server.answers.model = [Reply(calls=(("read_files", {"paths": list(paths)}),)), changes()]
    assert run().code == 0
    result: dict[str, Any] = json.loads(server.to_model[-1]["messages"][-1]["content"][0]["content"])
    return result


def test_what_is_ignored_binary_secret_or_elsewhere_is_not_sent(run: Runner, server: StandIns, tmp_path: Path) -> None:
    top = run.checkout
    (tmp_path / "outside").write_text("do not send this")
    secrets = [".env", ".env.local", "deploy/id_rsa", "server.PEM", ".npmrc", ".aws/config"]
    for path in ["dist/app.js", *secrets, "new.txt", ".env.example"]:
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_text("do not send this" if path in ("dist/app.js", *secrets) else "send this")
    (top / "image.png").write_bytes(b"\x89PNG\0")
    (top / "latin.txt").write_bytes(b"\xe9")
    (top / "link").symlink_to(tmp_path / "outside")
    (top / "links").symlink_to(tmp_path)
    git(top, "add", "--force", ".env", "link", "links")
    hidden = ["dist/app.js", *secrets, "link", "links/outside", "../outside", str(tmp_path / "outside"), ".git/config"]
    contents = shown(run, server, *hidden, "image.png", "latin.txt", "new.txt", ".env.example")
    assert contents == {
        **{path: {"error": "There is no such file, or it may not be read."} for path in hidden},
        **{"image.png": {"error": "The file is binary."}, "latin.txt": {"error": "The file is binary."}},
        **{"new.txt": {"text": "send this"}, ".env.example": {"text": "send this"}},
    }
    listed = server.to_model[0]["messages"][0]["content"].split("The files of the repository:\n\n")[1].split("\n")
    assert listed == [".env.example", ".gitignore", "README.md", "bin/run", "image.png", "latin.txt", "new.txt"]


def test_how_much_is_sent_is_limited(run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(100):
        (run.checkout / f"{number:03}.txt").write_text("x" * 100)
    (run.checkout / "large.txt").write_text("x" * 401)
    monkeypatch.setenv("AGENT_MAX_CONTEXT_BYTES", "400")
    monkeypatch.setenv("AGENT_MAX_FILE_BYTES", "400")
    contents = shown(run, server, "000.txt", "large.txt", "001.txt", "002.txt")
    assert contents["000.txt"] == {"text": "x" * 100}
    assert contents["large.txt"] == {"error": "The file is larger than 400 bytes."}
    assert contents["002.txt"] == {"error": "The limit of what may be read is reached."}
    assert "… and 80 more, which are not listed." in server.to_model[0]["messages"][0]["content"]


# What is written.

OUTSIDE = "must be relative to the repository, without `.`, `..` and empty parts"
GIT = "is in Git's own directory"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../outside", OUTSIDE),
        ("/outside", OUTSIDE),
        ("a/../../outside", OUTSIDE),
        ("./README.md", OUTSIDE),
        ("a//b", OUTSIDE),
        ("bin/", OUTSIDE),
        ("", "must have 1 to 4096 bytes"),
        ("a" * 256, "has a part of more than 255 bytes"),
        ("a\nb", "must not have control characters or backslashes"),
        ("..\\outside", "must not have control characters or backslashes"),
        (".git/hooks/post-checkout", GIT),
        (".GIT/config", GIT),
        ("sub/.Git", GIT),
        (".git /config", GIT),
        (".git./config", GIT),
        (".git::$INDEX_ALLOCATION/config", GIT),
        ("GIT~1/config", GIT),
        (".g\u200cit/config", GIT),
        ("links/outside", "leads through `links`, which is a link"),
        ("links/new/deep", "leads through `links`, which is a link"),
        ("link", "is a link"),
        ("dangling", "is a link"),
        ("README.md/x", "is below `README.md`, which is a file"),
        ("bin", "is not a regular file"),
        ("pipe", "is not a regular file"),
        ("module/x", "is in a submodule"),
        ("module", "is in a submodule"),
        ("worktree/x", "is in `worktree`, which is another repository"),
        ("dist/app.js", "is ignored by Git"),
        (".env.production", "may hold secrets, and is neither read nor changed"),
        ("image.png", "is binary"),
    ],
)
def test_a_path_that_is_not_a_file_of_the_repository_is_refused(
    run: Runner, server: StandIns, tmp_path: Path, path: str, reason: str
) -> None:
    top = run.checkout
    outside = tmp_path / "outside"
    outside.write_text("as it was")
    (top / "links").symlink_to(tmp_path)
    (top / "link").symlink_to(outside)
    (top / "dangling").symlink_to(tmp_path / "new")
    (top / "image.png").write_bytes(b"\x89PNG\0")
    os.mkfifo(top / "pipe")
    (top / "worktree").mkdir()
    (top / "worktree/.git").write_text("gitdir: /elsewhere\n")
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{git(top, 'rev-parse', 'HEAD').strip()},module")
    before, git_before = files(top), sorted((top / ".git").rglob("*"))
    server.answers.model = [changes({"path": "good.txt", "content": "x"}, {"path": path, "content": "written"})] * 4
    outcome = run()
    assert outcome.code == 3
    assert f"{reason}." in outcome.result["error"]
    assert files(top) == before, "all or nothing"
    assert sorted((top / ".git").rglob("*")) == git_before
    assert outside.read_text() == "as it was"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("AGENT_MAX_FILES", "2", "3 files are changed; the limit is 2."),
        ("AGENT_MAX_FILE_BYTES", "9", "`b` would have 10 bytes; the limit is 9."),
        ("AGENT_MAX_BYTES", "29", "30 bytes are written; the limit is 29."),
    ],
)
def test_what_is_written_is_limited(
    run: Runner, server: StandIns, monkeypatch: pytest.MonkeyPatch, name: str, limit: str, reason: str
) -> None:
    monkeypatch.setenv(name, limit)
    server.answers.model = [changes(*({"path": path, "content": "é" * 5} for path in "bcd"))] * 4
    outcome = run()
    assert outcome.code == 3
    assert reason in outcome.result["error"]


def test_all_kinds_of_changes_are_applied_and_modes_and_line_ends_kept(run: Runner, server: StandIns) -> None:
    top = run.checkout
    (top / "windows.txt").write_bytes(b"one\r\ntwo\r\n")
    (top / "old").mkdir()
    (top / "old/file").write_text("x")
    commit_all(top)
    server.answers.model = [
        changes(
            {"path": "bin/run", "content": "#!/bin/sh\necho ran\n"},
            {"path": "windows.txt", "edits": [{"old": "one\ntwo", "new": "1\n2"}, {"old": "2", "new": "3"}]},
            {"path": "old/file", "delete": True},
            {"path": "new/deep/tool", "content": "#!/bin/sh\n", "executable": True},
            {"path": ":(nosuch)*.txt", "content": "-"},
            {"path": "README.md", "content": "# An app\n\nIt says teh truth.\n"},
        )
    ]
    outcome = run()
    assert outcome.code == 0, outcome.err
    assert {(it["path"], it["change"]) for it in outcome.result["changes"]} == {
        *(("bin/run", "modified"), ("windows.txt", "modified"), ("old/file", "deleted"), ("new/deep/tool", "created")),
        (":(nosuch)*.txt", "created"),
    }
    written = files(top)
    assert written["bin/run"] == (0o755, b"#!/bin/sh\necho ran\n")
    assert written["windows.txt"] == (0o644, b"1\r\n3\r\n")
    assert written["new/deep/tool"] == (0o755, b"#!/bin/sh\n")
    assert not (top / "old").exists()
    assert len(written) == 6, "no temporary file stays"


def test_changes_are_undone_if_one_cannot_be_written(run: Runner, server: StandIns) -> None:
    before = files(run.checkout)
    server.answers.model = [
        changes(
            {"path": "bin/run", "delete": True},
            FIX,
            {"path": "new/file", "content": "x"},
            {"path": "new/large", "content": "x" * 5000},
        )
    ]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        outcome = run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert outcome.code == 4
    assert "Nothing was changed." in outcome.result["error"]
    assert files(run.checkout) == before
    assert not (run.checkout / "new").exists()


def test_a_dry_run_prints_the_diff_and_writes_nothing(run: Runner, server: StandIns) -> None:
    before = files(run.checkout)
    server.answers.model = [changes(FIX, {"path": "new", "content": "\x1b[2J\n"}, {"path": "bin/run", "delete": True})]
    outcome = run("--dry-run")
    assert outcome.code == 0
    assert "--- a/README.md\n+++ b/README.md\n" in outcome.err
    assert "-It says teh truth.\n+It says the truth.\n" in outcome.err
    assert "--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+\\u001b[2J\n" in outcome.err
    assert "--- a/bin/run\n+++ /dev/null\n" in outcome.err
    assert files(run.checkout) == before


def test_the_key_is_hidden(run: Runner, server: StandIns) -> None:
    server.answers.model = [changes(FIX, summary=f"It is {KEY}")]
    outcome = run()
    assert outcome.result["summary"] == "It is ***"
    assert KEY not in outcome.out + outcome.err


def test_a_directory_without_a_repository_is_refused(run: Runner, server: StandIns) -> None:
    shutil.rmtree(run.checkout / ".git")
    outcome = run()
    assert outcome.code == 2
    assert server.requests == []
