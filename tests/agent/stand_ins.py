"""One local server for all that a task talks to: models, a webhook, GitHub's API and its repositories.

It speaks the protocols of Anthropic and OpenAI as far as their clients need it, answers with what a test gave it, and
records what it was asked.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the model answers: calls of tools, or text; or what goes wrong instead."""

    calls: tuple[tuple[str, object], ...] = ()
    text: str = ""
    is_cut_off: bool = False
    is_refused: bool = False
    status: int = 200
    raw: bytes | None = None


def changes(*given: Json, summary: str = "Change files") -> Reply:
    """The model ends with these changes."""
    return Reply(calls=(("change_files", {"summary": summary, "changes": list(given)}),))


@dataclass
class Request:
    """Something that was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """Its body."""
        parsed: Json = json.loads(self.body)
        return parsed


@dataclass
class Answers:
    """What the server answers with."""

    model: list[Reply] = field(default_factory=list)
    hook: list[int] = field(default_factory=list)
    """Status codes of the next webhooks; 204 for all others."""
    pull: tuple[int, Json] = (201, {"html_url": "https://github.example/octo/app/pull/1"})
    before_model: Callable[[], None] = lambda: None


class StandIns(ThreadingHTTPServer):
    """The server; `url` is where it listens."""

    daemon_threads = True

    def __init__(self, repositories: Path, secret: str, token: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories, self.secret, self.token = repositories, secret, token
        self.answers = Answers()
        self.requests: list[Request] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def asked(self, *parts: str) -> list[Request]:
        """The requests whose path has one of these parts."""
        return [it for it in self.requests if any(part in it.path for part in parts)]

    @property
    def to_model(self) -> list[Json]:
        """What the model was asked."""
        return [it.json for it in self.asked("/messages", "/chat/completions", "/responses")]

    @property
    def reports(self) -> list[Json]:
        """The webhooks that were taken, each once; their signatures were checked."""
        taken = {it.headers["webhook-id"]: it for it in self.asked("/hook") if it.headers["taken"]}
        return [it.json for it in taken.values()]


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: StandIns

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is recorded."""

    def _handle(self) -> None:
        body = self._body()
        request = Request(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.server.requests.append(request)
        path = urlsplit(self.path).path
        if path == "/hook":
            self._hook(request)
        elif path.startswith("/api/v3/"):
            self._github(request)
        elif ".git" in path:
            self._git(request)
        else:
            self._model(path)

    do_GET = do_POST = _handle

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: Json | bytes, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hook(self, request: Request) -> None:
        status = self.server.answers.hook.pop(0) if self.server.answers.hook else 204
        Webhook(self.server.secret).verify(request.body, request.headers)
        request.headers["taken"] = "yes" if status == 204 else ""
        self._send(status, b"")

    def _github(self, request: Request) -> None:
        is_allowed = request.headers.get("authorization") == f"Bearer {self.server.token}"
        self._send(*(self.server.answers.pull if is_allowed else (401, {"message": "Bad credentials"})))

    def _git(self, request: Request) -> None:
        """A repository over HTTP, for who has the token."""
        accepted = [f"x-access-token:{self.server.token}", "some one:p@ss/word"]
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() not in accepted:
            return self._send(401, b"", {"www-authenticate": 'Basic realm="git"'})
        url = urlsplit(self.path)
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_USER": "someone",
        }
        done = subprocess.run(
            ["git", "http-backend"],
            env={**os.environ, **variables},
            input=request.body,
            capture_output=True,
            check=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self._send(int(headers.pop("Status", "200").split()[0]), body, headers)
        return None

    def _model(self, path: str) -> None:
        self.server.answers.before_model()
        replies = self.server.answers.model
        reply = replies.pop(0) if replies else Reply(status=400)
        if reply.raw is not None or reply.status != 200:
            error: Json = {"error": {"type": "error", "message": "It went wrong."}}
            return self._send(reply.status, reply.raw or error, {"retry-after-ms": "1"})
        return self._send(200, PROTOCOLS[path](reply))


def _anthropic(reply: Reply) -> Json:
    calls = [
        {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}
        for number, (name, arguments) in enumerate(reply.calls)
    ]
    reason = (
        "refusal" if reply.is_refused else "max_tokens" if reply.is_cut_off else "tool_use" if calls else "end_turn"
    )
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "a-model",
        "content": [*([{"type": "text", "text": reply.text}] if reply.text else []), *calls],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 5},
    }


def _chat(reply: Reply) -> Json:
    calls = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": _as_text(arguments)}}
        for number, (name, arguments) in enumerate(reply.calls)
    ]
    message: Json = {"role": "assistant", "content": reply.text or None, "refusal": "No." if reply.is_refused else None}
    choice = {
        "index": 0,
        "message": {**message, **({"tool_calls": calls} if calls else {})},
        "finish_reason": "length" if reply.is_cut_off else "tool_calls" if calls else "stop",
    }
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "a-model",
        "choices": [choice],
        "usage": usage,
    }


def _responses(reply: Reply) -> Json:
    refusal = {"type": "refusal", "refusal": "No."}
    text = {"type": "output_text", "text": reply.text, "annotations": []}
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [refusal if reply.is_refused else text],
    }
    calls = [
        {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": name}
        | {"arguments": _as_text(arguments), "status": "completed"}
        for number, (name, arguments) in enumerate(reply.calls)
    ]
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "a-model",
        "status": "incomplete" if reply.is_cut_off else "completed",
        "output": [*([message] if reply.text or reply.is_refused else []), *calls],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15, **details},
    }


def _as_text(arguments: object) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


PROTOCOLS: dict[str, Callable[[Reply], Json]] = {
    "/v1/messages": _anthropic,
    "/v1/chat/completions": _chat,
    "/v1/responses": _responses,
}
