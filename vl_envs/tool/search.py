"""What an agent searches with: the interface, BM25 over passages, and the ``search=`` kwarg.

Searches that go over the network live in `vl_envs.tool.search_http`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from vl_envs.core.bm25 import BM25Index, Scores, clean_query, words
from vl_envs.core.errors import require, unknown
from vl_envs.tool.search_task import Passage


@dataclass(frozen=True)
class SearchResult:
    """What one search found.

    Attributes:
        passages: best first, at most ``top_k``; empty if nothing matches.
        error: a message for the agent if the search could not be made, else None.
        persistent: the search itself is broken (retries are exhausted, or the server talks
            nonsense): not the agent's fault, so the episode should not be learned from.
    """

    passages: tuple[Passage, ...]
    error: str | None = None
    persistent: bool = False


class Search(Protocol):
    """A search engine: any text is a query, none makes it raise or hang."""

    def __call__(self, query: str, top_k: int) -> SearchResult:
        """Return the ``top_k`` (at least 1) passages that fit ``query`` best."""


NO_WORDS = SearchResult((), "the query has no words; write what to search for")


class BM25Search:
    """`BM25Index` over the titles and texts of passages; equal scores are ordered by passage id."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        """Index ``passages``; no passages at all is a search that finds nothing."""
        # In the order of ids, a stable sort by score is all that ties need.
        self._passages = tuple(sorted(passages, key=attrgetter("id")))
        self._index = BM25Index(f"{passage.title}\n{passage.text}" for passage in self._passages)

    def scores(self, query: str) -> Scores:
        """Score every passage, in the order of ids; 0 where no word is shared."""
        return self._index.scores(query)

    def __call__(self, query: str, top_k: int) -> SearchResult:
        """Return the best passages; see `Search`."""
        if not clean_query(query):
            return NO_WORDS
        best = self._index.best(self.scores(query), top_k)
        return SearchResult(tuple(self._passages[index] for index in best))


class TantivySearch:
    """BM25 by tantivy (Rust), for a corpus file too large for `BM25Search`; same words, same ties.

    A pickled copy carries the path and indexes again, unless ``cache`` keeps the index on disk.
    """

    def __init__(self, path: str | Path, cache: str | Path | None = None) -> None:
        """Index the corpus at ``path``, in memory or once and for all under ``cache``.

        Raises:
            ImportError: tantivy is not installed.
            ValueError: the corpus cannot be read; says where.
        """
        self._arguments = (path, cache)
        self._tantivy = tantivy = require("tantivy", "search")
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("passage", stored=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        self._index = self._fill(None) if cache is None else self._open(Path(cache))
        self._searcher = self._index.searcher()

    def __reduce__(self) -> tuple[type[TantivySearch], tuple[object, ...]]:
        """Pickle the arguments: an index is native memory."""
        return type(self), self._arguments

    def _open(self, cache: Path) -> Any:
        """Open the index kept under ``cache``, making it first if this corpus is new there."""
        path = Path(self._arguments[0]).resolve()
        if not path.is_file():
            raise _no_corpus(self._arguments[0])
        state = path.stat()
        name = f"{path}\n{state.st_size}\n{state.st_mtime_ns}\n1".encode("utf-8", "surrogateescape")
        home = cache / f"tantivy-{hashlib.sha256(name).hexdigest()[:16]}"
        if not home.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            scratch = tempfile.mkdtemp(dir=cache)
            try:
                self._fill(scratch)
                with contextlib.suppress(OSError):  # another process was quicker: take its index
                    Path(scratch).rename(home)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return self._tantivy.Index.open(str(home))

    def _fill(self, home: str | None) -> Any:
        """Read the corpus into a new index at ``home``, or in memory."""
        index = self._tantivy.Index(self._schema, path=home)
        writer = index.writer(heap_size=128_000_000, num_threads=1)
        for passage in read_corpus(self._arguments[0]):
            text = " ".join(words(f"{passage.title}\n{passage.text}"))
            stored = json.dumps([passage.id, passage.title, passage.text])
            writer.add_document(self._tantivy.Document(words=text, passage=stored))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return index

    def __call__(self, query: str, top_k: int) -> SearchResult:
        """Return the best passages; see `Search`."""
        if not clean_query(query):
            return NO_WORDS
        tantivy = self._tantivy
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "words", word, "freq"))
            for word in sorted(set(words(clean_query(query))))
        ]
        if not terms:
            return SearchResult(())
        # tantivy breaks ties by place in the index; look further until no tie is cut in two.
        limit = top_k + 1
        while True:
            hits = self._searcher.search(tantivy.Query.boolean_query(terms), limit).hits
            if len(hits) < limit or hits[-1][0] < hits[top_k - 1][0] or limit > 1000:
                break
            limit *= 2
        found = []
        for score, address in hits:
            document = self._searcher.doc(address)
            found.append((-score, Passage(*json.loads(document["passage"][0]))))
        found.sort(key=lambda pair: (pair[0], pair[1].id))
        return SearchResult(tuple(passage for _, passage in found[:top_k]))


def text_field(document: object, name: str, where: str) -> str:
    """Read a text out of a JSON object; lone surrogates, which UTF-8 cannot carry, become ``?``.

    Raises:
        ValueError: it is missing or no text; names the field, what was expected and what came.
    """
    if not isinstance(document, dict):
        raise ValueError(f"{where}: expected an object with {name!r}, got {seen(document)}")
    value = document.get(name)
    if not isinstance(value, str):
        came = seen(value) if name in document else "nothing"
        raise ValueError(f"{where}: field {name!r}: expected text, got {came}")
    return value.encode("utf-8", "replace").decode()


def passage_of(document: object, where: str, default_id: str | None = None) -> Passage:
    r"""Read a passage as Search-R1 writes it: ``{"id", "contents": "title\ntext"}``.

    ``{"id", "title", "text"}`` is read too.

    Args:
        document: what JSON gave.
        where: says where it stood, for the error.
        default_id: stands in for a missing ``id``; None if there must be one.

    Raises:
        ValueError: the shape is another; see `text_field`.
    """
    if isinstance(document, dict) and {"title", "text"} <= document.keys():
        title, text = text_field(document, "title", where), text_field(document, "text", where)
    else:
        title, _, text = text_field(document, "contents", where).partition("\n")
        title = title.strip().strip('"')
    assert isinstance(document, dict)
    if default_id is not None and "id" not in document:
        return Passage(default_id, title, text)
    number = document.get("id")
    if isinstance(number, int) and not isinstance(number, bool):
        return Passage(str(number), title, text)
    return Passage(text_field(document, "id", where), title, text)


def seen(value: object) -> str:
    """Describe what came instead of what was expected, at bearable length."""
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 60 else shown[:57] + '...'}"


def _no_corpus(path: str | Path) -> ValueError:
    return ValueError(
        f"no corpus at {str(path)!r}: expected a JSONL file with one object "
        '{"id": ..., "contents": "title\\ntext"} a line'
    )


def read_corpus(path: str | Path) -> Iterator[Passage]:
    """Read a corpus in Search-R1's format line by line, skipping blank lines.

    Raises:
        ValueError: the file or a line of it cannot be read; names path, line, field, what was
            expected and what came.
    """
    if not Path(path).is_file():
        raise _no_corpus(path)
    empty = True
    with Path(path).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                document = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except (ValueError, RecursionError) as error:
                raise ValueError(f"{where}: expected one JSON object in UTF-8: {error}") from error
            empty = False
            yield passage_of(document, where)
    if empty:
        raise ValueError(f"{path}: expected at least one passage, got an empty file")


BACKENDS = ("bm25", "http", "jsonl", "serper")


def open_search(
    spec: str, passages: Sequence[Passage] = (), *, cache: str | Path | None = None
) -> Search:
    r"""Make the search that an environment's ``search=`` kwarg names.

    ==================  ==========================================================================
    ``bm25``            `BM25Search` over ``passages``
    ``jsonl:PATH``      a corpus of one's own, one ``{"id", "contents": "title\ntext"}`` a line;
                        indexed by tantivy where installed (extra ``search``), else `BM25Search`
    ``http:URL``        a retrieval server that speaks Search-R1's protocol; ``http:`` may be left
                        out, and a URL without a path means its ``/retrieve``
    ``serper``          the web, through serper.dev; the key is in ``SERPER_API_KEY``
    ==================  ==========================================================================

    Args:
        spec: one of the above.
        passages: what ``bm25`` searches.
        cache: a folder for what is costly to get twice: answers of ``http`` and ``serper``,
            tantivy's index. Nothing is written to disk without it.

    Raises:
        ValueError: the spec, the corpus, the URL or the key is not usable; says why.
    """
    name, _, argument = spec.partition(":")
    if spec.startswith(("http://", "https://")):
        name, argument = "http", spec
    if name not in BACKENDS:
        raise unknown("search backend", name, BACKENDS)
    takes = {"jsonl": "PATH", "http": "URL"}
    if bool(argument) != (name in takes):
        form = f"{name}:{takes[name]}" if name in takes else name
        raise ValueError(f"unreadable search {spec!r}; expected {form!r}")
    if name == "bm25":
        return BM25Search(passages)
    if name == "jsonl":
        if importlib.util.find_spec("tantivy") is not None:
            return TantivySearch(argument, cache)
        return BM25Search(read_corpus(argument))
    # Imported here, since it builds on this file.
    from vl_envs.tool.search_http import open_retriever, open_serper

    return open_retriever(argument, cache=cache) if name == "http" else open_serper(cache=cache)
