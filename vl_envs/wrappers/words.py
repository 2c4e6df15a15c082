"""Words as numbers: a fixed vocabulary, and ids of fixed length for a text."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from vl_envs.core.env import VLEnv

PAD, UNKNOWN = 0, 1
"""Ids of what follows the last word, and of a word outside the vocabulary."""
FIRST = 2
"""Id of the vocabulary's first word."""
INSIDE = "##"
"""Marks a piece that goes on with the word before it, as in BERT's WordPiece."""
LONGEST = 100
"""Longer words are unknown: looking for their pieces would take too long."""

# A tag is one token, a word or number is one, a sign is one; as `policies.tiny` splits.
_TOKEN = re.compile(r"</?\w+>|\w+|[^\w\s]")
_VOCABULARY = re.compile(rf"{INSIDE}\w+|{_TOKEN.pattern}")

Ids = npt.NDArray[np.int32]


class WordIds:
    """Writes texts as ids of words: 0 behind the end, 1 for unknown words, 2 and up for the rest.

    A word outside the vocabulary is spelt in pieces where that has them: ``Kadu`` as ``Ka ##du``.

    Args:
        texts: they hold every word there is; a word's id is its place of first appearance.

    Raises:
        ValueError: there is no word in them.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = dict.fromkeys(token for text in texts for token in _VOCABULARY.findall(text))
        if not found:
            raise ValueError("expected texts that hold at least one word, got none")
        self.words = tuple(found)
        self._ids = {word: i for i, word in enumerate(found, FIRST)}

    def __len__(self) -> int:
        """Count the ids, those of padding and of unknown words included."""
        return FIRST + len(self.words)

    def encode(self, text: str, length: int) -> Ids:
        """Write the beginning of ``text``: int32 [length], all below ``len(self)``."""
        found: list[int] = []
        for match in _TOKEN.finditer(text):
            if len(found) >= length:
                break
            pieces = spell(match[0], self._ids)
            found += [self._ids[piece] for piece in pieces] if pieces else [UNKNOWN]
        ids = np.full(length, PAD, np.int32)
        ids[: len(found)] = found[:length]
        return ids

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """Write ids as words with spaces between them; an unknown one is ``�``."""
        kept = (int(i) for i in ids if i != PAD)
        return join("�" if i == UNKNOWN else self.words[i - FIRST] for i in kept)


def spell(word: str, vocabulary: Container[str]) -> list[str] | None:
    """Cut a word into pieces of the vocabulary, the longest first; None where that fails.

    A word of the vocabulary is its own piece.
    """
    pieces: list[str] = []
    start = 0
    while start < len(word) <= LONGEST:
        mark = INSIDE if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), None)
        if end is None:
            return None
        pieces.append(mark + word[start:end])
        start = end
    return pieces or None


def join(words: Iterable[str]) -> str:
    """Write words with spaces between them, and pieces behind what they go on with."""
    return " ".join(words).replace(f" {INSIDE}", "").removeprefix(INSIDE)


def vocabulary_of(env: gym.Env[Any, Any]) -> tuple[str, ...]:
    """Return texts that hold the words an environment can show.

    Raises:
        ValueError: it tells none; the message says how to pass them.
    """
    vl = env.unwrapped
    texts = tuple(vl.vocabulary()) if isinstance(vl, VLEnv) else ()
    if not texts:
        raise ValueError(
            f"{type(vl).__name__} tells no vocabulary: pass words=[…], texts that hold every word "
            "that matters"
        )
    return texts
