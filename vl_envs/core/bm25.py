"""BM25 over short texts in memory: how a query's words are split, weighed and summed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

MAX_QUERY = 2000
"""Characters of a query that are looked at; a model's megabyte is not worth a search."""

Scores: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Indices: TypeAlias = "np.ndarray[Any, np.dtype[np.intp]]"


def clean_query(query: str) -> str:
    """Cut a query to `MAX_QUERY`; control characters become blanks, lone surrogates ``?``."""
    cut = query[:MAX_QUERY].encode("utf-8", "replace").decode()
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", cut).split())


# What decomposition leaves as it is: letters of their own, a dotless i, two kinds of hyphen.
_UNFOLDED = {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
_UNFOLDED |= {"\u0131": "i", "\u2010": "-", "\u2011": "-"}
_FOLDABLE = re.compile(f"[\u0300-\u036f{''.join(_UNFOLDED)}]")
_IDEOGRAM = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAM}]|[^\W_{_IDEOGRAM}]+")
_ASCII = bytes(ord(chr(i).lower()) if i < 128 and chr(i).isalnum() else 32 for i in range(256))


def _split(text: str) -> list[str]:
    """Split folded text into runs of letters and digits."""
    if text.isascii():  # the same words as the pattern finds, in half the time
        return text.encode().translate(_ASCII).decode().split()
    return _WORD.findall(text)


def words(text: str) -> list[str]:
    """Split ``text`` into the words that BM25 counts.

    Lower case, without accents (``Côte`` is ``cote``), letters and digits; each Chinese or
    Japanese character is a word. A hyphenated name counts by its parts and as a whole
    (``Ba-ko`` is ``ba``, ``ko``, ``bako``), so that it is found however it is spelt. No word is
    too common to count (BM25 weighs those down itself) and none is stemmed.
    """
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).casefold()
        text = _FOLDABLE.sub(lambda match: _UNFOLDED.get(match[0], ""), folded)
    found = _split(text)
    if "-" in text:
        hyphenated = [piece for piece in text.split() if "-" in piece and "-" in piece.strip("-")]
        found += _split(" ".join(hyphenated).replace("-", ""))
    return found


class BM25Index:
    """BM25 (k1 = 1.5, b = 0.75, Lucene's idf, Robertson and Zaragoza 2009) over numbered texts.

    Deterministic: equal scores are ordered by number, a text that shares no word with the query is
    not found, and neither the order of a query's words nor their repetition counts.

    Scored here rather than by bm25s, whose scores these are (a test compares them): bm25s weighs
    every word when it indexes, over 1 ms for the 60 passages of one task, and an environment
    builds such a corpus at every reset. Here a word is weighed when it is first asked for.
    """

    K1 = 1.5
    B = 0.75

    def __init__(self, texts: Iterable[str]) -> None:
        """Index ``texts``, which are known by their place; none at all is an empty index."""
        split = [words(text) for text in texts]
        postings: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(split):
            for word in text:
                postings[word].append(number)
        self._count = len(split)
        self._postings = dict(postings)
        self._weights: dict[str, tuple[Indices, Scores]] = {}
        lengths = np.array([len(text) for text in split], dtype=float)
        mean = lengths.sum() / max(1, len(split)) or 1.0
        self._norms = self.K1 * (1 - self.B + self.B * lengths / mean)

    def __len__(self) -> int:
        """Count the texts."""
        return self._count

    def _weigh(self, word: str) -> tuple[Indices, Scores]:
        """Find the texts that hold ``word``, and what it adds to the score of each."""
        if word not in self._weights:
            counts = np.bincount(self._postings[word], minlength=self._count)
            holders = counts.nonzero()[0]
            counts = counts[holders]
            idf = math.log(1 + (self._count - len(holders) + 0.5) / (len(holders) + 0.5))
            self._weights[word] = (holders, idf * (counts / (counts + self._norms[holders])))
        return self._weights[word]

    def scores(self, query: str) -> Scores:
        """Score every text, float [texts]; 0 where no word is shared."""
        scores = np.zeros(self._count)
        # Sorted, so that rounding does not depend on the order in which the words are asked for.
        for word in sorted(set(words(clean_query(query))) & self._postings.keys()):
            holders, weights = self._weigh(word)
            scores[holders] += weights
        return scores

    def best(self, scores: Scores, top_k: int) -> Indices:
        """Give the numbers of the ``top_k`` (at least 1) best of ``scores``, best first.

        Those that score 0 are left out.
        """
        found = scores.nonzero()[0]
        if len(found) > top_k:  # sort only what can be among the best, ties for the last included
            last = np.partition(scores[found], -top_k)[-top_k]
            found = found[scores[found] >= last]
        return found[np.argsort(-scores[found], kind="stable")][:top_k]
