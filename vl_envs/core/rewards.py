"""Reward terms: pure functions of what was wanted and what was said, each in [0, 1].

Answers are compared as wholes, token by token, never as substrings: an empty answer scores 0, "A or
B" is not "A", and 2008 is not 2010.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

# A number keeps its sign and its decimal point, and may have commas between its thousands; Chinese
# and Japanese characters stand alone (as in Visual-ARFT's evaluation); any other run of letters
# (with the vowel signs that some scripts write as marks) is a token.
_MARKS = "".join(c for c in map(chr, range(0x300, 0x1E00)) if unicodedata.category(c)[0] == "M")
_NUMBER = r"(?<![\w.])-?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)*|\.\d+)"
_TOKEN = re.compile(rf"{_NUMBER}|[㐀-鿿぀-ヿ]|(?:[^\W_㐀-鿿぀-ヿ]|[{_MARKS}])+")
# An article stands before a word. "Vitamin A", and the A of "A, B" or "A B", is none.
_ARTICLE = re.compile(r"(?<!\w)(?:an?|the)\s+(?=[^\w\s]*(?:\w\w|\d))")


def answer_tokens(text: str) -> tuple[str, ...]:
    """Split an answer into comparable tokens.

    Case, punctuation, white space and English articles do not count; but "A" is only an article
    where a word follows, so that it is kept as a choice ("A", "A, B") and as a name ("Vitamin A").
    Thousands separators are dropped from numbers, signs and decimal points are not.
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("−", "-")
    return tuple(t.replace(",", "") for t in _TOKEN.findall(_ARTICLE.sub("", text)))


def exact_match(answer: str, accepted: Iterable[str]) -> float:
    """Return 1 if ``answer`` equals one of the ``accepted`` answers token by token, else 0.

    Source: EM as in SQuAD (Rajpurkar et al. 2016), without its substring and article holes.
    """
    said = answer_tokens(answer)
    return float(bool(said) and any(said == answer_tokens(right) for right in accepted))


def token_f1(answer: str, accepted: Iterable[str]) -> float:
    """Return the best F1 of the answer's tokens over the ``accepted`` answers, in [0, 1].

    F1 = 2·p·r / (p + r), with precision p and recall r over token multisets; 1 where `exact_match`
    is 1. Source: Visual-ARFT's accuracy reward and MAT's metric.
    """
    said = Counter(answer_tokens(answer))
    best = 0.0
    for right in accepted:
        wanted = Counter(answer_tokens(right))
        common = sum((said & wanted).values())
        if common:
            precision, recall = common / said.total(), common / wanted.total()
            best = max(best, 2 * precision * recall / (precision + recall))
    return best
