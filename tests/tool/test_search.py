"""Search backends: what they find, what they refuse, and what they survive."""

from __future__ import annotations

import importlib.util
import json
import pickle
import random
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.bm25 import MAX_QUERY, clean_query, words
from vl_envs.tool import search_http
from vl_envs.tool.search import BM25Search, Search, TantivySearch, open_search, read_corpus
from vl_envs.tool.search_http import (
    MAX_BYTES,
    RETRIEVER,
    SERPER_KEY,
    WebSearch,
    open_retriever,
    open_serper,
)
from vl_envs.tool.search_task import Passage

WORLD = (
    Passage("c", "Côte d'Ivoire", "Côte d'Ivoire has the capital Yamoussoukro."),
    Passage("b", "Ba-ko", "Ba-ko is a town of 1,432 people."),
    Passage("a", "Łódź", "Łódź is a town in Poland."),
    Passage("d", "北京", "北京是中国的首都。"),
)
HOSTILE = (
    "",
    " \n\t",
    "\x00",
    "\ud800",
    "🙈" * 9,
    "-" * 5000,
    "x" * 10**6,
    "a b " * 10**5,
    '"}]\r\nX: y',
)
needs_tantivy = pytest.mark.skipif(
    importlib.util.find_spec("tantivy") is None, reason="needs the extra 'search'"
)


def ids(search: Search, query: str, top_k: int = 4) -> list[str]:
    """Search, and give the ids of what was found."""
    result = search(query, top_k)
    assert result.error is None
    return [passage.id for passage in result.passages]


# ---------------------------------------------------------------------------------------- BM25


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.N. in 1945!", ["the", "u", "n", "in", "1945"]),
        ("Côte COTE São_Tomé", ["cote", "cote", "sao", "tome"]),
        ("Ba-ko", ["ba", "ko", "bako"]),
        ("Ba\u2010ko – Bo", ["ba", "ko", "bo", "bako"]),
        ("- -- -a a- 3-4", ["a", "a", "3", "4", "34"]),
        ("Łódź Straße İzmir Tromsø", ["lodz", "strasse", "izmir", "tromso"]),
        ("北京2008 is", ["北", "京", "2008", "is"]),
        ("\ud800\x00", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    """Case, accents, hyphens and scripts are split as the docstring says."""
    assert words(text) == expected


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_cut_for_ascii_finds_the_same_words(text: str) -> None:
    """A text of ASCII is split as if it had gone through the pattern for all scripts."""
    through_pattern = [word for word in words(f"é {text}") if word != "e"]
    assert [word for word in words(text) if word != "e"] == through_pattern


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("cote d’ivoire", "c"),
        ("COTE", "c"),
        ("Bako", "b"),
        ("ba-ko", "b"),
        ("ko", "b"),
        ("lodz", "a"),
        ("1432", None),
        ("首都", "d"),
        ("nowhere", None),
        ("!?", None),
    ],
)
def test_bm25_finds_a_name_however_it_is_spelt(query: str, best: str | None) -> None:
    """Accents, hyphens and scripts do not hide a passage; unknown words find nothing."""
    found = ids(BM25Search(WORLD), query)
    assert found[:1] == ([] if best is None else [best])


def test_equal_scores_are_ordered_by_id() -> None:
    """Ties do not depend on the order in which the passages came."""
    passages = [Passage(f"{number:02}", "same", "words") for number in range(40)]
    for seed in range(3):
        random.Random(seed).shuffle(passages)
        assert ids(BM25Search(passages), "same words", 3) == ["00", "01", "02"]
        assert len(ids(BM25Search(passages), "same", 100)) == 40


def test_order_and_repetition_of_words_do_not_count() -> None:
    """The same words find the same, to the last bit."""
    search = BM25Search(WORLD)
    assert (search.scores("town in Poland") == search.scores("Poland in in TOWN poland")).all()


def test_no_passages_and_no_words() -> None:
    """An empty corpus finds nothing, and an empty query is the agent's mistake."""
    assert ids(BM25Search(()), "anything") == []
    assert ids(BM25Search([Passage("a", "", "")]), "anything") == []
    empty = BM25Search(WORLD)(" \x00 ", 4)
    assert empty.error is not None and "no words" in empty.error and not empty.persistent


def test_scores_are_those_of_bm25s() -> None:
    """Our scorer agrees with the library's on random corpora."""
    bm25s = pytest.importorskip("bm25s")
    rng = random.Random(0)
    for size in (1, 2, 30):
        texts = [" ".join(rng.choices("abcdefgh", k=rng.randint(1, 9))) for _ in range(size)]
        library = bm25s.BM25()
        library.index([text.split() for text in texts], show_progress=False)
        ours = BM25Search([Passage(f"{n:02}", "", text) for n, text in enumerate(texts)])
        known = sorted({word for text in texts for word in text.split()})[:3]
        expected = library.get_scores(known)
        np.testing.assert_allclose(ours.scores(" ".join(known)), expected, rtol=1e-5)


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=()), max_size=60), st.integers(1, 5))
def test_bm25_survives_any_query(query: str, top_k: int) -> None:
    """No text raises, results are bounded and the same twice, in a pickled copy too."""
    search = BM25Search(WORLD)
    result = search(query, top_k)
    assert len(result.passages) <= top_k
    assert result == search(query, top_k) == pickle.loads(pickle.dumps(search))(query, top_k)  # noqa: S301


@given(st.text(st.characters(exclude_categories=())))
def test_clean_query(query: str) -> None:
    """What is left can be encoded and printed on one line, and does not change any more."""
    clean = clean_query(query)
    assert clean.encode() == clean_query(clean).encode() and len(clean.splitlines()) <= 1
    assert len(clean) <= MAX_QUERY and "\x00" not in clean


@pytest.mark.parametrize("query", HOSTILE)
def test_bm25_survives_hostile_queries_quickly(query: str) -> None:
    """A megabyte, control characters and lone surrogates are queries like others."""
    start = time.perf_counter()
    BM25Search(WORLD)(query, 4)
    assert time.perf_counter() - start < 0.5


# ------------------------------------------------------------------------------- corpus files


def write_corpus(path: Path, *lines: object) -> Path:
    """Write a JSONL file; text is a raw line, anything else JSON."""
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


def test_corpus_file_is_read(tmp_path: Path) -> None:
    """Title and text part at the first line break; quotes around a title and blank lines go."""
    path = write_corpus(
        tmp_path / "corpus.jsonl",
        {"id": "7", "contents": '"Ba-ko"\nA town.\nOn a river.'},
        "",
        {"id": 8, "title": "Łódź", "text": "A city \ud800."},
    )
    assert list(read_corpus(path)) == [
        Passage("7", "Ba-ko", "A town.\nOn a river."),
        Passage("8", "Łódź", "A city ?."),
    ]
    assert ids(open_search(f"jsonl:{path}"), "lodz") == ["8"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "line 2: expected one JSON object"),
        ("[" * 100_000, "line 2: expected one JSON object"),
        ("[1]", "line 2: expected an object with 'contents', got list [1]"),
        ('{"id": "1"}', "line 2: field 'contents': expected text, got nothing"),
        ('{"id": "1", "contents": 3}', "line 2: field 'contents': expected text, got int 3"),
        ('{"contents": "a"}', "line 2: field 'id': expected text, got nothing"),
        ('{"id": true, "contents": "a"}', "line 2: field 'id': expected text, got bool True"),
    ],
)
def test_malformed_corpus_names_line_and_field(tmp_path: Path, line: str, expected: str) -> None:
    """The error says where it is, what was expected and what came."""
    path = write_corpus(tmp_path / "corpus.jsonl", {"id": "0", "contents": "fine"}, line)
    with pytest.raises(ValueError) as error:
        open_search(f"jsonl:{path}")
    assert expected in str(error.value) and str(path) in str(error.value)


def test_missing_empty_and_binary_corpus(tmp_path: Path) -> None:
    """A file that is not there, holds nothing or is no text is refused by name."""
    with pytest.raises(ValueError, match=r"no corpus at .*expected a JSONL file"):
        open_search(f"jsonl:{tmp_path / 'none'}")
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ValueError, match="at least one passage"):
        open_search(f"jsonl:{tmp_path / 'empty'}")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\n")
    with pytest.raises(ValueError, match="line 1: expected one JSON object in UTF-8"):
        open_search(f"jsonl:{tmp_path / 'binary'}")


@needs_tantivy
@pytest.mark.parametrize("cached", [False, True])
def test_tantivy_finds_what_bm25_finds(tmp_path: Path, cached: bool) -> None:
    """Same words, same ties, through a pickle, from memory and from the disk."""
    rows = [{"id": p.id, "title": p.title, "text": p.text} for p in WORLD]
    rows += [{"id": f"t{n:02}", "title": "tie", "text": "same"} for n in range(30, 0, -1)]
    path = write_corpus(tmp_path / "corpus.jsonl", *rows)
    cache = tmp_path / "cache" if cached else None
    search = TantivySearch(path, cache)
    for one in (search, pickle.loads(pickle.dumps(search)), TantivySearch(path, cache)):  # noqa: S301
        for query in ("cote d'ivoire", "Bako", "首都", "nowhere", "+tie -same: [* TO"):
            assert ids(one, query) == ids(BM25Search(read_corpus(path)), query)
        assert ids(one, "same tie", 3) == ["t01", "t02", "t03"]
    assert not cached or len(list((tmp_path / "cache").iterdir())) == 1
    for query in HOSTILE:
        search(query, 4)


# ------------------------------------------------------------------------------------- servers

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


# --------------------------------------------------------------------------- the search= kwarg


def test_bm25_is_over_the_given_passages() -> None:
    """``bm25`` searches what it is given."""
    assert ids(open_search("bm25", WORLD), "Poland") == ["a"]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("bm52", "Did you mean 'bm25'"),
        ("", "unknown search backend ''"),
        ("jsnl:/corpus", "Did you mean 'jsonl'"),
        ("bm25:x", "expected 'bm25'"),
        ("jsonl", "expected 'jsonl:PATH'"),
        ("http:", "expected 'http:URL'"),
        ("http:localhost:8000", "only http and https"),
        ("http:file:///etc/passwd", "only http and https"),
        ("http:ftp://host/x", "only http and https"),
        ("http://", "needs a host"),
        ("http://me:secret@host", "no user name"),
        ("http://host:port", "expected a URL"),
        ("http://host:99999", "expected a URL"),
        ("http://host/a b", "printable ASCII"),
        ("http://host/\r\nX: y", "printable ASCII"),
        ("serper", SERPER_KEY),
        ("serper:key", "expected 'serper'"),
    ],
)
def test_unusable_specs(spec: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec that cannot work fails at once and says what would."""
    monkeypatch.delenv(SERPER_KEY, raising=False)
    with pytest.raises(ValueError) as error:
        open_search(spec, WORLD)
    assert says in str(error.value)


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
