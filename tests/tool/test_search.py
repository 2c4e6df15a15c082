"""Searches in a process: what they find, what they refuse, and what they survive."""

from __future__ import annotations

import importlib.util
import json
import pickle
import random
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tool.hostile import HOSTILE
from vl_envs.core.bm25 import MAX_QUERY, clean_query, words
from vl_envs.tool.search import BM25Search, Search, TantivySearch, open_search, read_corpus
from vl_envs.tool.search_http import SERPER_KEY
from vl_envs.tool.search_task import Passage

WORLD = (
    Passage("c", "Côte d'Ivoire", "Côte d'Ivoire has the capital Yamoussoukro."),
    Passage("b", "Ba-ko", "Ba-ko is a town of 1,432 people."),
    Passage("a", "Łódź", "Łódź is a town in Poland."),
    Passage("d", "北京", "北京是中国的首都。"),
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
    start = time.process_time()  # of this process alone, however busy the machine is
    BM25Search(WORLD)(query, 4)
    assert time.process_time() - start < 0.5


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
