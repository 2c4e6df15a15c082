"""The index of numbered texts: what it scores, and in which order it finds."""

from __future__ import annotations

import math
import pickle

import numpy as np

from vl_envs.core.bm25 import BM25Index

TEXTS = ("blue cotton shirt", "red cotton shirt", "red mug", "blue cotton shirt", "")


def test_scores_by_hand() -> None:
    """One word's score is Lucene's idf times the saturated frequency."""
    index = BM25Index(TEXTS)
    assert len(index) == 5
    # Five texts of 3, 3, 2, 3 and 0 words: 2.2 on average; "mug" is in one, which has two.
    idf = math.log(1 + (5 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 1 / (1 + 1.5 * (1 - 0.75 + 0.75 * 2 / 2.2))
    np.testing.assert_allclose(index.scores("Mug mug"), [0, 0, expected, 0, 0], rtol=1e-12)


def test_best_first_and_ties_by_number() -> None:
    """Equal texts come in their order, what shares no word does not come."""
    index = BM25Index(TEXTS)
    scores = index.scores("blue cotton")
    assert index.best(scores, 9).tolist() == [0, 3, 1]
    assert index.best(scores, 1).tolist() == [0]
    assert index.best(index.scores("nowhere"), 3).tolist() == []


def test_scores_may_be_filtered_before_the_best_are_taken() -> None:
    """Whoever sets scores to 0 leaves these texts out."""
    index = BM25Index(TEXTS)
    scores = index.scores("cotton") * np.array([0, 1, 1, 1, 1])
    assert index.best(scores, 2).tolist() == [1, 3]


def test_empty_and_pickled() -> None:
    """No texts are an index that finds nothing; a pickled one scores the same."""
    empty = BM25Index(())
    assert len(empty) == 0 and empty.best(empty.scores("a"), 3).tolist() == []
    index = BM25Index(TEXTS)
    twin = pickle.loads(pickle.dumps(index))  # noqa: S301 (our own bytes)
    assert (twin.scores("red shirt") == index.scores("red shirt")).all()
