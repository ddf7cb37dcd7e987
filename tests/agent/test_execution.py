"""`execution.sh`, with real repositories, the real runner and the providers' real clients."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest
from conftest import KEY, SECRET, TOKEN, Task, commit_all, git
from stand_ins import Reply, StandIns, changes

FIX = {"path": "README.md", "edits": [{"old": "teh", "new": "the"}]}


def steps(server: StandIns) -> list[str]:
    return [report["data"]["step"] for report in server.reports if report["type"] == "task.progress"]


def results(server: StandIns) -> list[str]:
    return [report["type"] for report in server.reports if report["type"] != "task.progress"]


def test_a_task_goes_from_clone_to_pushed_branch(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX, summary="Fix a typo")]
    outcome = task.do()
    assert outcome.code == 0, outcome.err
    assert git(origin, "show", "pithy-jaunt/7:README.md") == "# An app\n\nIt says the truth.\n"
    assert git(origin, "log", "-1", "--format=%an <%ae>%n%B", "pithy-jaunt/7").split("\n") == [
        *("Pithy Jaunt <agent@pithy-jaunt.invalid>", "Fix a typo", "", "Fix the typo", "", "Task: 7", "", "")
    ]
    commit = git(origin, "rev-parse", "pithy-jaunt/7").strip()
    assert outcome.result["type"] == "task.succeeded"
    assert outcome.result["data"] == {
        **{"taskId": "7", "branch": "pithy-jaunt/7", "baseBranch": "main", "commit": commit, "dryRun": False},
        **{"changedFiles": ["README.md"], "summary": "Fix a typo", "pullRequestUrl": None},
    }
    assert server.reports[-1] == outcome.result
    assert steps(server) == ["clone", "branch", "agent", "commit", "push"]
    assert len(results(server)) == 1


def test_further_tasks_run_in_the_same_sandbox(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX), changes({"path": "new.txt", "content": "new\n"})]
    assert task.do().code == 0
    assert task.do(TASK_ID="8").code == 0
    assert git(origin, "ls-tree", "--name-only", "pithy-jaunt/8").split() == [
        ".gitignore",
        "README.md",
        "bin",
        "new.txt",
    ]


def test_a_branch_that_exists_is_never_overwritten(task: Task, server: StandIns, origin: Path) -> None:
    git(origin, "branch", "taken")
    before = git(origin, "rev-parse", "taken")
    outcome = task.do(BRANCH_NAME="taken")
    assert outcome.code == 1
    reason = "The repository already has a branch `taken`. Delete it, or set `BRANCH_NAME`."
    assert outcome.result["data"] == {"taskId": "7", "step": "branch", "reason": reason}
    assert server.to_model == []
    assert git(origin, "rev-parse", "taken") == before


@pytest.mark.parametrize("taken", ["pithy-jaunt", "pithy-jaunt/7/deeper"])
def test_a_branch_in_the_way_is_found_before_the_model_is_asked(
    task: Task, server: StandIns, origin: Path, taken: str
) -> None:
    git(origin, "branch", taken)
    outcome = task.do()
    assert outcome.code == 1
    assert outcome.result["data"]["reason"].startswith(f"The repository already has a branch `{taken}`.")
    assert server.to_model == []


def test_a_summary_is_a_subject_whatever_is_in_it(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX, summary="# Correct\x1b[31m \u202e a word")]
    assert task.do().code == 0
    assert git(origin, "log", "-1", "--format=%s", "pithy-jaunt/7") == "# Correct [31m   a word\n"


def test_the_text_of_a_task_is_data(task: Task, server: StandIns, origin: Path, tmp_path: Path) -> None:
    text = f'-n "it\'s" $(touch {tmp_path}/pwned) `touch {tmp_path}/pwned`; %s \\n ${{HOME}}\n--amend\n\n#no comment'
    server.answers.model = [changes({"path": "-n $(touch x)", "content": "x"})]
    outcome = task.do(TASK_DESCRIPTION=text, GIT_AUTHOR_NAME="O'Neil $(id) Jr")
    assert outcome.code == 0, outcome.err
    assert outcome.result["data"]["changedFiles"] == ["-n $(touch x)"]
    assert text in server.to_model[0]["messages"][1]["content"]
    assert text in git(origin, "log", "-1", "--format=%B", "pithy-jaunt/7")
    assert git(origin, "log", "-1", "--format=%an", "pithy-jaunt/7") == "O'Neil $(id) Jr\n"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("TARGET_REPO", None, "`TARGET_REPO` is not set"),
        ("TASK_ID", None, "`TASK_ID` is not set"),
        ("TASK_DESCRIPTION", None, "`TASK_DESCRIPTION` is not set"),
        ("TARGET_REPO", "--upload-pack=touch pwned", "`TARGET_REPO` must be"),
        ("TARGET_REPO", "-u", "`TARGET_REPO` must be"),
        ("TARGET_REPO", "ext::sh -c 'touch pwned'", "`TARGET_REPO` must be"),
        ("TARGET_REPO", "-oProxyCommand=x@host:a", "`TARGET_REPO` must be"),
        ("TARGET_REPO", "relative/path", "`TARGET_REPO` must be"),
        ("TARGET_REPO", "https://a/b\nhost=c", "has a control character"),
        ("TARGET_REPO", "https://a:b%0ahost=c@d/e", "The credentials in `TARGET_REPO` have a space"),
        ("GITHUB_TOKEN", "a\n", "`GITHUB_TOKEN` has a space, a quote or a line end in it"),
        ("TARGET_REPO", "http://a:b@example.com/e", "Credentials are only sent over https:"),
        ("TASK_ID", "a b", "`TASK_ID` does not make a valid branch name: `pithy-jaunt/a b`"),
        ("BRANCH_NAME", "-f", "`BRANCH_NAME` does not make a valid branch name"),
        ("BRANCH_NAME", "a..b", "`BRANCH_NAME` does not make a valid branch name"),
        ("BRANCH_NAME", "@{-1}", "`BRANCH_NAME` does not make a valid branch name"),
        ("BASE_BRANCH", "--all", "`BASE_BRANCH` does not make a valid branch name"),
        ("DRY_RUN", "yes", "`DRY_RUN` must be 1 or 0"),
        ("WEBHOOK_SECRET", None, "`WEBHOOK_SECRET` is not set"),
        ("WEBHOOK_SECRET", "whsec_%%", "`WEBHOOK_SECRET` must be base64"),
        ("WEBHOOK_SECRET", "whsec_abc", "`WEBHOOK_SECRET` must be base64"),
        ("TASK_DESCRIPTION", " \n", "`TASK_DESCRIPTION` is not set, or empty"),
        ("WEBHOOK_SECONDS", "soon", "`WEBHOOK_SECONDS` must be a whole number"),
        ("WEBHOOK_URL", "-o/tmp/x", "`WEBHOOK_URL` must be"),
    ],
)
def test_a_wrong_environment_is_refused(
    task: Task, server: StandIns, name: str, value: str | None, reason: str
) -> None:
    is_about_webhook = name.startswith("WEBHOOK")
    outcome = task.do(**({} if is_about_webhook else {"WEBHOOK_URL": None}), **{name: value})
    assert outcome.code == 2
    assert outcome.result["data"]["step"] == "configure"
    assert reason in outcome.result["data"]["reason"]
    assert server.requests == []


def test_a_wrong_environment_is_reported_too(task: Task, server: StandIns) -> None:
    assert task.do(TARGET_REPO="-u").code == 2
    assert results(server) == ["task.failed"]


def test_a_pull_request_is_opened_with_the_token(task: Task, server: StandIns, origin: Path, tmp_path: Path) -> None:
    git(origin, "branch", "develop")
    seen: dict[str, str] = {}

    def look() -> None:
        commands = [path for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        seen["commands"] = "".join(_read(path) for path in commands)
        agent = next(path for path in commands if "agent-runner.py" in _read(path) and str(tmp_path) in _read(path))
        seen["agent"] = _read(agent.parent / "environ")
        (clone,) = (tmp_path / "tmp").glob("*/clone")
        seen["config"] = _read(clone / ".git/config") + _read(clone.parent / "gitconfig")

    helper = f"!f() {{ touch '{tmp_path}/asked'; }}; f"
    git(tmp_path, "config", "--file", str(tmp_path / "home/.gitconfig"), "credential.helper", helper)
    server.answers.before_model = look
    server.answers.model = [changes(FIX, summary="Fix a typo")]
    url = f"{server.url}/octo/app.git"
    outcome = task.do(TARGET_REPO=url, GITHUB_TOKEN=TOKEN, BASE_BRANCH="develop")
    assert outcome.code == 0, outcome.err
    assert outcome.result["data"]["pullRequestUrl"] == "https://github.example/octo/app/pull/1"
    (request,) = server.asked("/api/v3/")
    assert (request.method, request.path) == ("POST", "/api/v3/repos/octo/app/pulls")
    assert request.headers["accept"] == "application/vnd.github+json"
    assert request.json == {"title": "Fix a typo", "head": "pithy-jaunt/7", "base": "develop", "body": "Fix the typo"}
    assert steps(server)[-2:] == ["push", "pull_request"]
    assert "agent-runner.py" in seen["commands"]
    assert TOKEN not in seen["commands"] + seen["agent"] + seen["config"]
    assert SECRET not in seen["commands"] + seen["agent"]
    assert KEY not in seen["commands"]
    assert f"url = {url}\n" in seen["config"]
    assert not (tmp_path / "asked").exists(), "another helper would be given the token to keep"


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_the_token_goes_to_github_alone(task: Task, server: StandIns) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    outcome = task.do(TARGET_REPO=f"{elsewhere}/octo/app.git", GITHUB_TOKEN=TOKEN)
    assert outcome.code == 1
    assert outcome.result["data"]["step"] == "clone"
    assert server.asked("/octo/app.git")
    assert [it for it in server.requests if "authorization" in it.headers] == []


def test_credentials_in_the_url_are_used_and_hidden(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX)]
    url = server.url.replace("//", "//some%20one:p%40ss%2Fword@")
    outcome = task.do(TARGET_REPO=f"{url}/octo/app")
    assert outcome.code == 2, "a blank is in no credential"
    assert server.asked(".git") == []
    url = server.url.replace("//", "//x-access-token:" + TOKEN.replace("T", "%54") + "@")
    outcome = task.do(TARGET_REPO=f"{url}/octo/app.git")
    assert outcome.code == 0, outcome.err
    assert git(origin, "rev-parse", "pithy-jaunt/7")
    outcome = task.do(TARGET_REPO=f"{url}/octo/none.git")
    assert (outcome.code, outcome.result["data"]["step"]) == (1, "clone")
    everything = outcome.out + outcome.err + "".join(str(report) for report in server.reports)
    assert TOKEN not in everything
    assert "%54" not in everything


def test_secrets_are_hidden_wherever_they_turn_up(task: Task, server: StandIns, origin: Path) -> None:
    secrets = f"{KEY} {TOKEN} {SECRET} https://me:secret@host/ \x1b[31m"
    server.answers.model = [changes(FIX, summary=f"Use {secrets}")]
    outcome = task.do(GITHUB_TOKEN=TOKEN, TASK_DESCRIPTION=f"Why is {KEY} not {TOKEN}?")
    assert outcome.code == 0, outcome.err
    assert outcome.result["data"]["summary"] == "Use *** *** *** https://***@host/ \x1b[31m"
    assert "Why is *** not ***?" in git(origin, "log", "-1", "--format=%B", "pithy-jaunt/7")
    everything = outcome.out + outcome.err + "".join(str(report) for report in server.reports)
    assert not [it for it in (KEY, TOKEN, SECRET, "me:secret", f"{server.url}/hook") if it in everything]
    assert "\x1b" not in outcome.out + outcome.err


def test_the_token_also_serves_an_address_for_ssh(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX)]
    url = server.url.replace("http://", "ssh://git@")
    outcome = task.do(TARGET_REPO=f"{url}/octo/app.git", GITHUB_TOKEN=TOKEN)
    assert outcome.code == 0, outcome.err
    assert server.asked("/api/v3/repos/octo/app/pulls")


def test_nothing_changed_is_a_result_of_its_own(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(summary="It is \x1b[2J fixed already")]
    outcome = task.do()
    assert outcome.code == 0
    assert outcome.result["type"] == "task.unchanged"
    assert outcome.result["data"] == {"taskId": "7", "summary": "It is \x1b[2J fixed already"}
    assert "Nothing changed: It is ?[2J fixed already\n" in outcome.err
    assert results(server) == ["task.unchanged"]
    assert git(origin, "branch", "--format=%(refname:short)") == "main\n"


def test_a_dry_run_pushes_nothing_and_has_a_patch(task: Task, server: StandIns, origin: Path, checkout: Path) -> None:
    tab = {"path": "bin/new", "content": "#!/bin/sh\n\tssh://git@host/x", "executable": True}
    server.answers.model = [changes(FIX, tab)]
    outcome = task.do(DRY_RUN="1", TARGET_REPO=f"file://{origin}", OPENAI_API_KEY="diff")  # a key for show
    assert outcome.code == 0, outcome.err
    assert outcome.result["data"]["dryRun"] is True
    assert git(origin, "branch", "--format=%(refname:short)") == "main\n"
    (checkout / "patch").write_text(outcome.result["data"]["patch"])
    git(checkout, "apply", "patch")
    assert (checkout / "README.md").read_text() == "# An app\n\nIt says the truth.\n"
    assert (checkout / "bin/new").read_text() == "#!/bin/sh\n\tssh://git@host/x"
    assert (checkout / "bin/new").stat().st_mode & 0o111 == 0o111


def test_the_patch_of_a_dry_run_applies_whatever_the_encoding_of_a_file(
    task: Task, server: StandIns, origin: Path, checkout: Path
) -> None:
    (checkout / "latin").write_bytes(b"caf\xe9\n")
    commit_all(checkout)
    git(checkout, "push", "--quiet", str(origin), "HEAD:main")
    server.answers.model = [changes({"path": "latin", "delete": True}, FIX)]
    outcome = task.do(DRY_RUN="1")
    (checkout / "the.patch").write_text(outcome.result["data"]["patch"])
    git(checkout, "apply", "the.patch")
    assert not (checkout / "latin").exists()
    assert "the truth" in (checkout / "README.md").read_text()


def test_a_task_begins_an_empty_repository(task: Task, server: StandIns, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "empty.git")
    server.answers.model = [changes({"path": "README.md", "content": "# New\n"})]
    outcome = task.do(TARGET_REPO=str(tmp_path / "empty.git"))
    assert outcome.code == 0, outcome.err
    assert git(tmp_path / "empty.git", "show", "pithy-jaunt/7:README.md") == "# New\n"


def test_a_failure_says_its_step_and_reason(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [Reply(status=401)]
    outcome = task.do()
    assert outcome.code == 1
    assert outcome.result["data"]["step"] == "agent"
    assert outcome.result["data"]["reason"].startswith(
        "The agent failed: The request to the model failed: Error code: 401"
    )
    assert results(server) == ["task.failed"]
    assert git(origin, "branch", "--format=%(refname:short)") == "main\n"


def test_a_refused_push_says_why(task: Task, server: StandIns, origin: Path) -> None:
    hook = origin / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho branches are frozen >&2\nexit 1\n")
    hook.chmod(0o755)
    server.answers.model = [changes(FIX)]
    outcome = task.do()
    assert outcome.code == 1
    assert outcome.result["data"]["step"] == "push"
    assert "branches are frozen" in outcome.result["data"]["reason"]


def test_a_refused_pull_request_says_why_and_what_is_pushed(task: Task, server: StandIns, origin: Path) -> None:
    server.answers.model = [changes(FIX)]
    problem = {"message": "Validation Failed", "errors": [{"message": "The base is protected."}, {"code": "custom"}]}
    server.answers.pull = (422, problem)
    outcome = task.do(TARGET_REPO=f"{server.url}/octo/app.git", GITHUB_TOKEN=TOKEN)
    assert outcome.code == 1
    commit = git(origin, "rev-parse", "pithy-jaunt/7").strip()
    reason = "The pull request cannot be opened: Validation Failed The base is protected."
    assert outcome.result["data"] == {
        **{"taskId": "7", "step": "pull_request", "reason": reason, "branch": "pithy-jaunt/7", "commit": commit}
    }


def test_a_webhook_that_refuses_does_not_fail_the_task(task: Task, server: StandIns) -> None:
    server.answers.model = [changes(FIX)]
    server.answers.hook = [400] * 10
    outcome = task.do()
    assert outcome.code == 0, outcome.err
    assert outcome.result["type"] == "task.succeeded"
    assert outcome.err.count("warning:") == 2
    assert len(server.asked("/hook")) == 2, "one progress report, and the result"


def test_a_report_is_sent_again_under_the_same_id(task: Task, server: StandIns) -> None:
    server.answers.model = [changes(FIX)]
    server.answers.hook = [503]
    assert task.do().code == 0
    first, second, *_ = server.asked("/hook")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert len(results(server)) == 1


def test_a_redirect_is_no_delivery(task: Task, server: StandIns) -> None:
    server.answers.model = [changes(FIX)]
    server.answers.hook = [301] * 2
    assert task.do().err.count("warning:") == 2


def test_a_reader_that_goes_away_does_not_end_the_task(task: Task, server: StandIns) -> None:
    server.answers.model = [changes(FIX)]
    process = task.start()
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    assert process.wait(60) == 0
    assert results(server) == ["task.succeeded"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_task_with_one_result(
    task: Task, server: StandIns, origin: Path, tmp_path: Path, number: signal.Signals
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def wait() -> None:
        is_asked.set()
        may_answer.wait(60)

    server.answers.before_model = wait
    server.answers.model = [changes(FIX)] * 9
    process = task.start()
    assert is_asked.wait(60)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    may_answer.set()
    assert process.returncode == 128 + number
    assert out.count("\n") == 1
    assert results(server) == ["task.failed"]
    assert server.reports[-1]["data"] == {"taskId": "7", "step": "agent", "reason": f"Stopped by {number.name}."}
    assert list((tmp_path / "tmp").iterdir()) == []
    assert git(origin, "branch", "--format=%(refname:short)") == "main\n"
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in _read(path)]


def test_hooks_and_settings_of_the_repository_and_the_user_do_not_run(
    task: Task, server: StandIns, checkout: Path, origin: Path, tmp_path: Path
) -> None:
    hooks = tmp_path / "template/hooks"
    hooks.mkdir(parents=True)
    for name in ("post-checkout", "pre-commit", "commit-msg", "pre-push"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\nexit 1\n")
        (hooks / name).chmod(0o755)
    (tmp_path / "home/.gitconfig").write_text(
        f"[init]\ntemplateDir = {tmp_path}/template\n[commit]\ngpgSign = true\n[diff]\nnoprefix = true\n"
    )
    (checkout / ".gitattributes").write_text("*.md filter=evil diff=evil\n")
    commit_all_without_hooks(checkout)
    git(checkout, "push", "--quiet", str(origin), "HEAD:main")
    server.answers.model = [changes(FIX)]
    outcome = task.do()
    assert outcome.code == 0, outcome.err
    assert not (tmp_path / "pwned").exists()


def commit_all_without_hooks(checkout: Path) -> None:
    git(checkout, "config", "commit.gpgSign", "false")
    commit_all(checkout)
