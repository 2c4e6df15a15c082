"""Searches over the network: a Search-R1 retrieval server, and the web through serper.dev."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from vl_envs.core.bm25 import clean_query
from vl_envs.tool.search import NO_WORDS, SearchResult, passage_of, text_field
from vl_envs.tool.search_task import Passage

MAX_BYTES = 2_000_000
"""The longest answer that is read; one search result is some kilobytes."""

SERPER_URL = "https://google.serper.dev/search"
SERPER_KEY = "SERPER_API_KEY"


@dataclass(frozen=True)
class Api:
    """What one kind of server is asked, and how its answer reads.

    Attributes:
        body: makes the JSON to post from query and ``top_k``.
        passages: reads the JSON that comes back; raises ValueError naming what it expected.
        key: a header, and the environment variable that holds its value.
    """

    body: Callable[[str, int], Mapping[str, object]]
    passages: Callable[[Any], list[Passage]]
    key: tuple[str, str] | None = None


class _Failure(Exception):
    """Why a request came to nothing.

    Attributes:
        again: another try may help.
        persistent: see `SearchResult`.
    """

    def __init__(self, message: str, *, again: bool = False, persistent: bool = True) -> None:
        super().__init__(message)
        self.again = again
        self.persistent = persistent


REST = 30.0
"""Seconds for which a server is not asked again after all tries on it failed."""
_RESTING: dict[str, tuple[float, str]] = {}  # URL -> until when, and what was wrong


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it could lead query and key to another host."""

    def redirect_request(self, *_: object) -> None:
        """Decline, which makes the redirect an HTTPError."""
        return


@dataclass(frozen=True)
class WebSearch:
    """A search by posting JSON to a server; holds plain data only, so that it can be pickled.

    The query travels in the JSON body alone, never in the URL, a header or a file name. A call
    takes at most ``(retries + 1) * timeout + (2 ** retries - 1) * backoff`` seconds. A server on
    which all tries failed is left alone for `REST` seconds: until then every search of this process
    fails at once, so that a dead server does not hold up hundreds of environments one by one.

    Attributes:
        url: where to post, http or https.
        api: what to post, and how to read the answer.
        timeout: seconds that one try may take, from looking up the name to the last byte.
        retries: further tries after no answer, a broken one, HTTP 429 or 5xx.
        backoff: seconds before the second try; doubled before each further one.
        cache: a folder of answers, one file each, or None; failures are not kept.
    """

    url: str
    api: Api
    timeout: float = 10.0
    retries: int = 3
    backoff: float = 0.5
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a URL that cannot be posted to; make the cache's folder."""
        _check_url(self.url)
        if self.cache is not None:
            Path(self.cache).mkdir(parents=True, exist_ok=True)

    def __call__(self, query: str, top_k: int) -> SearchResult:
        """Return what the server found; see `vl_envs.tool.search.Search`."""
        query = clean_query(query)
        if not query:
            return NO_WORDS
        body = json.dumps(self.api.body(query, top_k)).encode()
        passages = self._recall(body)
        if passages is None:
            until, message = _RESTING.get(self.url, (0.0, ""))
            if time.monotonic() < until:
                return SearchResult((), message, persistent=True)
            try:
                passages = self._fetch(body)
            except _Failure as failure:
                if failure.again:
                    _RESTING[self.url] = time.monotonic() + REST, str(failure)
                return SearchResult((), str(failure), failure.persistent)
            self._remember(body, passages)
        return SearchResult(tuple(passages[:top_k]))

    def _fetch(self, body: bytes) -> list[Passage]:
        """Ask the server, again and again where that may help."""
        for attempt in range(self.retries + 1):
            try:
                answer = self._within_timeout(body)
                break
            except _Failure as failure:
                if not failure.again:
                    raise
                if attempt == self.retries:
                    tried = f"{failure} (tried {attempt + 1} times)"
                    raise _Failure(tried, again=True) from failure
            time.sleep(self.backoff * 2**attempt)
        try:
            read = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise _Failure("expected JSON from the server, got something else") from error
        try:
            return self.api.passages(read)
        except ValueError as error:
            raise _Failure(str(error)) from error

    def _within_timeout(self, body: bytes) -> bytes:
        """Make one try in a thread of its own.

        A socket's time-out starts anew with every packet and does not cover looking up the name;
        waiting for the thread covers everything.
        """
        outcome: SimpleQueue[bytes | _Failure] = SimpleQueue()
        Thread(target=lambda: outcome.put(self._try(body)), daemon=True).start()
        try:
            answer = outcome.get(timeout=self.timeout)
        except Empty:
            raise self._late() from None
        if isinstance(answer, _Failure):
            raise answer
        return answer

    def _late(self) -> _Failure:
        return _Failure(f"the server did not answer within {self.timeout:g} s", again=True)

    def _try(self, body: bytes) -> bytes | _Failure:
        """Post ``body`` once; any failure is returned as a `_Failure`, not raised."""
        deadline = time.monotonic() + self.timeout
        headers = {"Content-Type": "application/json", "User-Agent": "vl-envs"}
        try:
            if self.api.key is not None:
                headers[self.api.key[0]] = _read_key(self.api.key[1])
            request = Request(self.url, body, headers, method="POST")
            with build_opener(_NoRedirect).open(request, timeout=self.timeout) as response:
                announced = response.length  # None if the server does not say
                answer = bytearray()
                while len(answer) != announced and (chunk := response.read1(65536)):
                    answer += chunk
                    if len(answer) > MAX_BYTES:
                        return _Failure(f"the server sent more than {MAX_BYTES:,} bytes")
                    if time.monotonic() > deadline:  # nobody waits any more: end the thread
                        return self._late()
                if announced is not None and len(answer) < announced:
                    return _Failure("the server broke off in mid-answer", again=True)
                return bytes(answer)
        except HTTPError as error:
            error.close()
            return _status_failure(error.code)
        except TimeoutError:
            return self._late()
        except (OSError, HTTPException) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                return self._late()
            return _Failure("the server could not be reached or broke off", again=True)
        except ValueError as error:
            return _Failure(str(error))

    def _entry(self, body: bytes) -> Path | None:
        """Name the cache's file for ``body``: a hash, whatever the query holds."""
        if self.cache is None:
            return None
        digest = hashlib.sha256(self.url.encode() + b"\n" + body).hexdigest()
        return Path(self.cache) / f"{digest}.json"

    def _recall(self, body: bytes) -> list[Passage] | None:
        """Read a kept answer; a file that does not read as one is as good as none."""
        entry = self._entry(body)
        if entry is None:
            return None
        try:
            kept = json.loads(entry.read_bytes())
            return [passage_of(item, "cache") for item in kept] if type(kept) is list else None
        except (OSError, ValueError, RecursionError):
            return None

    def _remember(self, body: bytes, passages: list[Passage]) -> None:
        """Keep an answer; written aside and moved, so that no reader ever sees half of it."""
        entry = self._entry(body)
        if entry is None:
            return
        kept = json.dumps([{"id": p.id, "title": p.title, "text": p.text} for p in passages])
        with contextlib.suppress(OSError):  # a full disk must not cost the answer that we have
            handle, aside = tempfile.mkstemp(dir=entry.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(kept)
                Path(aside).replace(entry)
            finally:
                Path(aside).unlink(missing_ok=True)


def _status_failure(code: int) -> _Failure:
    """Say what an HTTP status means for the search."""
    if code == 429 or code >= 500:
        return _Failure(f"the server answered HTTP {code}", again=True)
    if code in (400, 413, 422):  # the one kind of failure that another query may mend
        return _Failure(f"the server refused the query (HTTP {code})", persistent=False)
    what = "a redirect, which is not followed" if code < 400 else "which is not worth a retry"
    return _Failure(f"the server answered HTTP {code}, {what}")


def _check_url(url: str) -> None:
    """Raise ValueError unless ``url`` is a plain http or https address."""
    expected = f"expected a URL such as 'http://localhost:8000/retrieve', got {url!r}"
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{expected}: only printable ASCII without blanks can be sent")
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it checks it
    except ValueError as error:
        raise ValueError(f"{expected}: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{expected}: only http and https are spoken")
    if not parts.hostname or parts.username is not None:
        raise ValueError(f"{expected}: it needs a host, and no user name or password")


def _read_key(variable: str) -> str:
    """Read an API key from the environment; it is never kept, so it is never pickled or shown."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ValueError(f"the environment variable {variable} is not set; it must hold the key")
    if not key.isascii() or not key.isprintable():
        raise ValueError(f"the environment variable {variable} does not hold a key: odd characters")
    return key


def _retriever_body(query: str, top_k: int) -> dict[str, object]:
    return {"queries": [query], "topk": top_k, "return_scores": True}


def _retriever_passages(answer: Any) -> list[Passage]:
    expected = 'expected {"result": [[{"document": ..., "score": ...}]]} from the server'
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, list) or len(result) != 1 or not isinstance(result[0], list):
        raise ValueError(f"{expected}, with one list for the one query")
    passages = []
    for rank, item in enumerate(result[0], start=1):
        if not isinstance(item, dict) or "document" not in item:
            raise ValueError(f"{expected}, and result {rank} has no document")
        where = f"{expected}; document {rank}"
        passages.append(passage_of(item["document"], where, default_id=f"result {rank}"))
    return passages


def _serper_body(query: str, top_k: int) -> dict[str, object]:
    return {"q": query, "num": top_k}


def _serper_passages(answer: Any) -> list[Passage]:
    expected = 'expected {"organic": [{"title", "snippet", "link"}]} from the server'
    organic = answer.get("organic") if isinstance(answer, dict) else None
    if not isinstance(organic, list):
        raise ValueError(expected)
    passages = []
    for rank, item in enumerate(organic, start=1):
        where = f"{expected}; result {rank}"
        link, title = text_field(item, "link", where), text_field(item, "title", where)
        # A page without a description comes without a snippet.
        text = text_field(item, "snippet", where) if "snippet" in item else ""
        passages.append(Passage(link, title, text))
    return passages


RETRIEVER = Api(_retriever_body, _retriever_passages)
SERPER = Api(_serper_body, _serper_passages, key=("X-API-KEY", SERPER_KEY))


def open_retriever(url: str, *, cache: str | Path | None = None) -> WebSearch:
    """Search through Search-R1's retrieval server at ``url``; no path means ``/retrieve``.

    Raises:
        ValueError: ``url`` is no http or https URL.
    """
    _check_url(url)
    parts = urlsplit(url)
    path = "/retrieve" if parts.path in ("", "/") else parts.path
    return WebSearch(parts._replace(path=path, fragment="").geturl(), RETRIEVER, cache=cache)


def open_serper(*, cache: str | Path | None = None, _url: str = SERPER_URL) -> WebSearch:
    """Search the web through serper.dev, with the key in ``SERPER_API_KEY``.

    Raises:
        ValueError: the environment variable is missing.
    """
    _read_key(SERPER_KEY)
    return WebSearch(_url, SERPER, cache=cache)
