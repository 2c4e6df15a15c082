"""Models behind a server: what is sent, and what a policy survives."""

from __future__ import annotations

import base64
import io
import json
import os
import runpy
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from policies.api import EndpointError, EndpointPolicy, endpoint
from policies.context import Context
from policies.policy import Generation
from policies.tiny import tiny_policy
from vl_envs.games.env import GameEnv

pytest.importorskip("openai")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
OFFLINE = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any], int], None]


def say(handler: BaseHTTPRequestHandler, body: object, status: int = 200, **headers: str) -> None:
    """Answer a request with JSON, or with raw bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def completion(text: str | None, reason: str = "stop", usage: bool = True) -> dict[str, Any]:
    """Give an answer as the protocol has it."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    counts = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    whole = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [choice],
    }
    return {**whole, "usage": counts} if usage else whole


class Server:
    """A real server on this machine."""

    def __init__(self, reply: Reply) -> None:
        self.requests: list[dict[str, Any]] = []
        self.at_once = self.most_at_once = 0
        lock, server = threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    number = len(server.requests)
                    server.requests.append(body)
                    server.at_once += 1
                    server.most_at_once = max(server.most_at_once, server.at_once)
                try:
                    reply(self, body, number)
                except BrokenPipeError:
                    pass  # who asked has gone
                finally:
                    with lock:
                        server.at_once -= 1

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Reply], Server]]:
    """Start servers that end with the test; the client hardly waits."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)
    monkeypatch.setattr("openai._base_client.MAX_RETRY_DELAY", 0.02)
    running: list[Server] = []

    def start(reply: Reply) -> Server:
        running.append(Server(reply))
        return running[-1]

    yield start
    for server in running:
        server.http.shutdown()
        server.http.server_close()


def seen(text: str = "What now?", shade: int = 7) -> Context:
    """Give a context with one observation."""
    context = Context()
    context.observe({"image": np.full((8, 12, 3), shade, np.uint8), "text": text})
    return context


def test_what_is_sent(serve: Callable[[Reply], Server]) -> None:
    """All turns in order, each picture once, pixel by pixel; and what comes back is the answer."""
    server = serve(lambda handler, _, __: say(handler, completion("<act>go</act>")))
    policy = endpoint(f"openai:{server.url}#m", max_tokens=9, temperature=0.5, extra={"top_p": 0.9})
    context = seen()
    context.answer(Generation("<act>look</act>"))
    context.observe({"image": np.full((8, 12, 3), 7, np.uint8), "text": "Nothing new."})
    (generation,) = policy.act([context])
    assert generation.text == "<act>go</act>" and generation.stopped
    (asked,) = server.requests
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("m", 9, 0.5)
    assert asked["top_p"] == 0.9
    first, second, third = asked["messages"]
    picture, text = first["content"]
    png = base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/png;base64,"))
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), context.observations[0]["image"])
    assert text == {"type": "text", "text": "What now?"} and first["role"] == "user"
    assert second == {"role": "assistant", "content": "<act>look</act>"}
    assert third["content"] == [{"type": "text", "text": "Nothing new."}]
    policy.act([seen()], greedy=True)
    assert server.requests[1]["temperature"] == 0


def test_answers_keep_their_places_and_are_counted(serve: Callable[[Reply], Server]) -> None:
    """However slow the first is; no more at a time than allowed; tokens and cost add up."""

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        text = body["messages"][-1]["content"][-1]["text"]
        time.sleep(0.3 if text == "0" else 0.05)
        say(handler, completion(text, usage=text != "3"))

    server = serve(reply)
    policy = EndpointPolicy(server.url, "m", concurrency=3, prices=(2.0, 10.0))
    said = policy.act([seen(str(number)) for number in range(9)])
    assert [generation.text for generation in said] == [str(number) for number in range(9)]
    assert 2 <= server.most_at_once <= 3
    assert (policy.usage.requests, policy.usage.uncounted) == (9, 1)
    assert (policy.usage.prompt_tokens, policy.usage.completion_tokens) == (800, 80)
    assert policy.usage.cost == pytest.approx(8 * (100 * 2 + 10 * 10) / 1e6)
    assert policy.act([]) == []


def test_busy_failing_and_broken_servers_are_asked_again(
    serve: Callable[[Reply], Server],
) -> None:
    """429 with a wait, 500, a connection that breaks, no JSON, JSON of something else."""

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any], number: int) -> None:
        if number == 0:
            say(handler, {"error": {"message": "slow down"}}, 429, Retry_After="0")
        elif number == 1:
            say(handler, {"error": {"message": "oops"}}, 500)
        elif number == 2:
            handler.close_connection = True
            handler.connection.close()
        elif number == 3:
            say(handler, b"<html>a proxy's page</html>")
        elif number == 4:
            say(handler, {"hello": "world"})
        else:
            say(handler, completion("at last", reason="length"))

    server = serve(reply)
    policy = EndpointPolicy(server.url, "m", retries=5)
    (generation,) = policy.act([seen()])
    assert generation.text == "at last" and not generation.stopped
    assert policy.usage.requests == 1 and policy.usage.retries == 5


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (lambda h, _, __: say(h, {"error": {"message": "no such model"}}, 404), "404.*such model"),
        (lambda h, _, __: say(h, {"error": {"message": "busy"}}, 429, Retry_After="0"), "429"),
        (lambda h, _, __: say(h, {"error": {"message": "broken"}}, 500), "500"),
        (lambda h, _, __: say(h, b"nonsense"), "no answer of a model in 3 attempts"),
        (lambda h, _, __: time.sleep(1.5), "did not answer in 3 attempts"),
    ],
)
def test_what_does_not_pass_is_told(
    serve: Callable[[Reply], Server], reply: Reply, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the address and what the server said; the key is in none."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    policy = EndpointPolicy(serve(reply).url, "m", retries=2, timeout=0.3)
    with pytest.raises(EndpointError, match=told) as error:
        policy.act([seen()])
    assert policy.url in str(error.value) and "secret" not in str(error.value)


def test_an_empty_answer_is_an_answer(serve: Callable[[Reply], Server]) -> None:
    """A refusal, or a thought that used up all tokens, is what the model said."""
    server = serve(lambda handler, _, __: say(handler, completion(None, reason="length")))
    (generation,) = EndpointPolicy(server.url, "m").act([seen()])
    assert generation.text == "" and not generation.stopped and len(server.requests) == 1


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("evaluate.py", ("--env", "VLGames/CoinDilemma-v0", "--tasks", "2")),
        (
            "vs_bench.py",
            ("--games", "coin_dilemma", "--parts", "reasoning", "perception", "--samples", "3"),
        ),
    ],
)
def test_scripts_take_it(
    serve: Callable[[Reply], Server],
    script: str,
    options: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """``--policy openai:URL#MODEL``; what it took is shown at the end."""
    server = serve(lambda handler, _, __: say(handler, completion('{"action": "<UP>"}')))
    call = [script, "--policy", f"openai:{server.url}#m", *options]
    monkeypatch.setattr("sys.argv", call)
    runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    assert f"requests={len(server.requests)}" in capsys.readouterr().out.replace("\n", "")
    assert server.requests


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("openai:http://localhost:8000/v1", "expected openai:URL#MODEL"),
        ("http://localhost#m", "expected openai:URL#MODEL"),
        ("openai:localhost#m", "expected an address"),
        ("openai:file:///etc/passwd#m", "expected an address"),
        ("openai:http://localhost:8000/v1#", "name of a model"),
    ],
)
def test_wrong_names_say_what_is_right(name: str, match: str) -> None:
    """The form is told, with an example."""
    with pytest.raises(ValueError, match=match):
        endpoint(name)


def test_wrong_numbers_are_refused() -> None:
    """Before anything is asked."""
    with pytest.raises(ValueError, match="concurrency must be"):
        EndpointPolicy("http://localhost/v1", "m", concurrency=0)


def test_a_real_server_answers(tmp_path: Path) -> None:
    """`transformers serve` with the tiny model: greedy answers are those of the model itself."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    env = GameEnv("tic_tac_toe", image_size=32, dialect="arft", thought=False, prompt="brief")
    policy = tiny_policy(env.vocabulary(), 32, env.parser, max_new_tokens=6, grid=2)
    policy.save(tmp_path / "tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(tmp_path / "tiny")]
    command += ["--device", "cpu", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=OFFLINE)
    try:
        asked = EndpointPolicy(
            f"http://127.0.0.1:{port}/v1", str(tmp_path / "tiny"), max_tokens=6, retries=60
        )
        observation, _ = env.reset(seed=0)
        context = Context()
        context.observe(observation)
        (said,) = asked.act([context], greedy=True)
        (own,) = policy.act([context], greedy=True)
    finally:
        server.terminate()
        server.wait(20)
    assert said.text.split() == own.text.split()
    assert asked.usage.requests == 1
