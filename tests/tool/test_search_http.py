"""Searches on a server: the protocol, and what they survive."""

from __future__ import annotations

import json
import pickle
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.tool.hostile import HOSTILE
from vl_envs.core.bm25 import MAX_QUERY
from vl_envs.tool import search_http
from vl_envs.tool.search import open_search
from vl_envs.tool.search_http import (
    MAX_BYTES,
    RETRIEVER,
    SERPER_KEY,
    WebSearch,
    open_retriever,
    open_serper,
)
from vl_envs.tool.search_task import Passage

Reply = Callable[[BaseHTTPRequestHandler, int], None]


@dataclass
class Server:
    """A real server on this machine, whose ``reply`` answers request number 0, 1, 2 …."""

    reply: Reply
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    url: str = ""

    def search(self, **kwargs: Any) -> WebSearch:
        """Search this server, without much patience."""
        return WebSearch(
            f"{self.url}/retrieve", RETRIEVER, **{"timeout": 5, "backoff": 0, **kwargs}
        )


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Reply], Server]]:
    """Start servers that end with the test."""
    # A port may come back: what an earlier test's server on it did must not be held against this.
    monkeypatch.setattr(search_http, "_RESTING", {})
    running: list[ThreadingHTTPServer] = []

    def start(reply: Reply) -> Server:
        server = Server(reply)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.requests.append((self.path, headers, json.loads(body)))
                server.reply(self, len(server.requests) - 1)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        http = Quiet(("127.0.0.1", 0), Handler)
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(http)
        server.url = f"http://127.0.0.1:{http.server_port}"
        return server

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str | int
) -> None:
    """Answer a request."""
    handler.send_response(status)
    for name, value in {"Content-Length": len(body), **headers}.items():
        handler.send_header(name, str(value))
    handler.end_headers()
    handler.wfile.write(body)


def found(*documents: object) -> bytes:
    """Write documents as Search-R1's server does."""
    return json.dumps({"result": [[{"document": d, "score": 1.0} for d in documents]]}).encode()


TOWN = found({"id": "1", "contents": '"Ba-ko"\nA town.'}, {"id": 2, "title": "B", "text": "b"})
PASSAGES = (Passage("1", "Ba-ko", "A town."), Passage("2", "B", "b"))


def well(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Answer as a good server does."""
    send(handler, TOWN)


@pytest.mark.parametrize("form", ["http:{}", "{}", "http:{}/retrieve", "{}/", "{}/retrieve"])
def test_retrieval_server_is_asked_by_the_protocol(
    form: str, serve: Callable[[Reply], Server]
) -> None:
    """Every form of the URL posts the same request, and both forms of a document are read."""
    server = serve(well)
    search = open_search(form.format(server.url))
    result = pickle.loads(pickle.dumps(search))("where is\nBa-ko \ud800\x00?", 2)  # noqa: S301
    assert result.passages == PASSAGES and result.error is None
    path, headers, body = server.requests[0]
    assert path == "/retrieve" and headers["content-type"] == "application/json"
    assert body == {"queries": ["where is Ba-ko ? ?"], "topk": 2, "return_scores": True}
    assert len(search("again", 1).passages) == 1  # however many the server sends


def test_other_paths_are_kept_and_ids_may_be_missing(serve: Callable[[Reply], Server]) -> None:
    """A URL with a path is taken as it is; Search-R1's web server gives documents no ids."""
    server = serve(lambda handler, _: send(handler, found({"contents": "T\nt"})))
    assert open_retriever(f"{server.url}/v1/find?x=1")("q", 1).passages[0].title == "T"
    assert server.requests[0][0] == "/v1/find?x=1"


@pytest.mark.parametrize("query", HOSTILE)
def test_a_query_stays_in_the_body(
    query: str, serve: Callable[[Reply], Server], tmp_path: Path
) -> None:
    """Neither path, headers nor the cache's file names hold anything of the query."""
    server = serve(well)
    result = server.search(cache=tmp_path)(query, 2)
    assert (result.error is None) == bool(server.requests)
    for path, headers, body in server.requests:
        assert path == "/retrieve" and "x" not in headers
        assert len(body["queries"][0]) <= MAX_QUERY
    assert all(len(file.name) == 69 and file.suffix == ".json" for file in tmp_path.iterdir())


def test_flaky_server_is_asked_again(serve: Callable[[Reply], Server]) -> None:
    """Two failures are forgotten, with pauses that double; a third try succeeds."""

    def flaky(handler: BaseHTTPRequestHandler, number: int) -> None:
        send(handler, TOWN if number == 2 else b"", 200 if number == 2 else 500 - 71 * number)

    server = serve(flaky)
    start = time.perf_counter()
    assert server.search(backoff=0.05)("q", 2).passages == PASSAGES
    assert time.perf_counter() - start >= 0.15 and len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "tries", "persistent", "says"),
    [
        (500, 3, True, "HTTP 500 (tried 3 times)"),
        (429, 3, True, "HTTP 429 (tried 3 times)"),
        (401, 1, True, "HTTP 401"),
        (404, 1, True, "HTTP 404"),
        (400, 1, False, "refused the query (HTTP 400)"),
        (302, 1, True, "a redirect, which is not followed"),
        (307, 1, True, "a redirect, which is not followed"),
        (204, 1, True, "expected JSON"),
    ],
)
def test_http_errors(
    status: int, tries: int, persistent: bool, says: str, serve: Callable[[Reply], Server]
) -> None:
    """What may pass is tried again, what may not is not; only a refused query is not our fault."""
    target = serve(well)
    location = f"{target.url}/retrieve"
    server = serve(lambda handler, _: send(handler, b"", status, Location=location))
    result = server.search(retries=2)("q", 2)
    assert result.passages == () and result.persistent == persistent
    assert result.error is not None and says in result.error
    assert len(server.requests) == tries and not target.requests


def slow(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Say nothing for long."""
    time.sleep(1.5)


def drip(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Send a byte now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(30):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def drip_header(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Never come to the end of the headers."""
    for _ in range(30):
        handler.wfile.write(b"H")
        time.sleep(0.05)


@pytest.mark.parametrize("reply", [slow, drip, drip_header])
def test_a_slow_server_costs_no_more_than_the_time_out(
    reply: Reply, serve: Callable[[Reply], Server]
) -> None:
    """The whole try is bounded, not every packet of it."""
    start = time.perf_counter()
    result = serve(reply).search(timeout=0.2, retries=1)("q", 2)
    assert time.perf_counter() - start < 1.2
    assert result.persistent and result.error is not None
    assert "did not answer within 0.2 s (tried 2 times)" in result.error


def reset(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Hang up without a word."""
    option = struct.pack("ii", 1, 0)  # no lingering: the other side sees a reset
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    handler.connection.close()


def break_off(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Promise more than is sent."""
    send(handler, TOWN, **{"Content-Length": len(TOWN) + 10})


def gibberish(handler: BaseHTTPRequestHandler, _: int) -> None:
    """Answer in no protocol."""
    handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")


@pytest.mark.parametrize("reply", [reset, break_off, gibberish])
def test_broken_connections(reply: Reply, serve: Callable[[Reply], Server]) -> None:
    """A connection that breaks is tried again, then told."""
    server = serve(reply)
    result = server.search(retries=1)("q", 2)
    assert result.persistent and result.error is not None and "broke off" in result.error
    assert "tried 2 times" in result.error and len(server.requests) == 2


def test_nobody_listens() -> None:
    """A closed port and an unknown host are errors for the agent, not exceptions."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = WebSearch(url, RETRIEVER, timeout=5, retries=0)("q", 2)
    assert result.persistent and result.error is not None and "not be reached" in result.error


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "expected JSON"),
        (b"\xff\xfe\xfd", "expected JSON"),
        (b"[" * 200_000, "expected JSON"),
        (b"1" * 10_000, "from the server"),
        (b"NaN", "one list for the one query"),
        (b"[]", "one list for the one query"),
        (b'{"result": []}', "one list for the one query"),
        (b'{"result": [{}]}', "one list for the one query"),
        (b'{"result": [[1]]}', "result 1 has no document"),
        (found("text"), "document 1: expected an object with 'contents', got str 'text'"),
        (found({"id": 1}), "field 'contents': expected text, got nothing"),
        (found({"id": [], "contents": ""}), "field 'id': expected text, got list []"),
        (b" " * (MAX_BYTES + 1), "more than 2,000,000 bytes"),
    ],
)
def test_malformed_answers(body: bytes, says: str, serve: Callable[[Reply], Server]) -> None:
    """An answer of another shape is told with what was expected, and is not asked for again."""
    server = serve(lambda handler, _: send(handler, body))
    result = server.search()("q", 2)
    assert result.persistent and result.passages == () and len(server.requests) == 1
    assert result.error is not None and says in result.error


def test_cache_answers_without_the_server(serve: Callable[[Reply], Server], tmp_path: Path) -> None:
    """A kept answer is found by another process; failures and half files are not kept."""
    server = serve(lambda handler, number: send(handler, TOWN, 200 if number else 404))
    search = server.search(cache=tmp_path / "deep" / "cache")
    assert search("q", 2).error is not None
    for _ in range(2):
        assert search("q", 2).passages == PASSAGES
    assert len(server.requests) == 2
    assert pickle.loads(pickle.dumps(search))(" q ", 2).passages == PASSAGES  # noqa: S301
    assert len(server.requests) == 2
    search("q", 1)
    search("other", 2)
    assert len(server.requests) == 4 and len(list((tmp_path / "deep" / "cache").iterdir())) == 3


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"id": 1}', b'[{"id": 1}]', b"[" * 99_999]
)
def test_corrupt_cache_is_ignored(
    content: bytes, serve: Callable[[Reply], Server], tmp_path: Path
) -> None:
    """A file that does not read as an answer is asked for and written anew."""
    server = serve(well)
    search = server.search(cache=tmp_path)
    search("q", 2)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    for _ in range(2):
        assert search("q", 2).passages == PASSAGES
    assert len(server.requests) == 2


def test_serper(serve: Callable[[Reply], Server], monkeypatch: pytest.MonkeyPatch) -> None:
    """The key travels in its header only, never in a pickle; a result may lack its snippet."""
    monkeypatch.setenv(SERPER_KEY, "secret\n")
    pages = [
        {"title": "T", "snippet": "s", "link": "http://x", "position": 1},
        {"title": "U", "link": "http://y"},
    ]
    server = serve(lambda handler, _: send(handler, json.dumps({"organic": pages}).encode()))
    search = open_serper(_url=server.url)
    assert b"secret" not in pickle.dumps(search) and "secret" not in repr(search)
    expected = (Passage("http://x", "T", "s"), Passage("http://y", "U", ""))
    assert search("who?", 3).passages == expected
    _, headers, body = server.requests[0]
    assert headers["x-api-key"] == "secret" and body == {"q": "who?", "num": 3}
    monkeypatch.delenv(SERPER_KEY)
    late = search("who?", 3)
    assert late.persistent and late.error is not None and SERPER_KEY in late.error


@pytest.mark.parametrize(
    "answer", [[], {}, {"organic": {}}, {"organic": [1]}, {"organic": [{"title": "T"}]}]
)
def test_malformed_serper_answers(
    answer: object, serve: Callable[[Reply], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another shape is told with what was expected."""
    monkeypatch.setenv(SERPER_KEY, "secret")
    server = serve(lambda handler, _: send(handler, json.dumps(answer).encode()))
    result = open_serper(_url=server.url)("q", 2)
    assert result.persistent and result.error is not None and "organic" in result.error


def test_a_key_of_odd_characters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that would not fit in a header fails at construction, without being shown."""
    monkeypatch.setenv(SERPER_KEY, "se\ncret")
    with pytest.raises(ValueError, match="odd characters") as error:
        open_serper()
    assert "cret" not in str(error.value)


def test_a_dead_server_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """After all tries failed, further searches fail at once; later the server is asked again."""
    asked: list[bytes] = []

    def dead(self: WebSearch, body: bytes) -> search_http._Failure:
        asked.append(body)
        return search_http._Failure("the server answered HTTP 503", again=True)

    monkeypatch.setattr(WebSearch, "_try", dead)
    search = WebSearch("http://127.0.0.1:9/rests", RETRIEVER, retries=2, backoff=0.0)
    for _ in range(5):
        result = search("a query", 1)
        assert result.persistent and "HTTP 503" in (result.error or "")
    assert len(asked) == 3  # the tries of the first search
    monkeypatch.setitem(search_http._RESTING, search.url, (0.0, ""))
    assert search("a query", 1).persistent
    assert len(asked) == 6
