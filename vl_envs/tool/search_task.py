"""What a search question is made of, whichever source it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from vl_envs.core.tasks import TaskSource


@dataclass(frozen=True)
class Passage:
    """One searchable text.

    Attributes:
        id: breaks ties between equal scores, so it must not tell the answer.
        title: what the text is about.
        text: what the agent reads.
        states: the value that the text states, where known; the agent never sees this field.
    """

    id: str
    title: str
    text: str
    states: str | None = None


@dataclass(frozen=True)
class Hop:
    """One fact on the way to the answer.

    Attributes:
        query: what a perfect player would search for.
        evidence: ids of the passages that state the fact; one of them seen means the fact is known.
    """

    query: str
    evidence: frozenset[str]


@dataclass(frozen=True)
class SearchTask:
    """A picture, a question about what it shows, and the way to the answer.

    Attributes:
        task_id: names the combination asked for, e.g. ``"world/flag/FR/capital"``.
        picture: the picture, RGB, of any size; the environment fits it on its canvas.
        question: never names what the picture shows.
        answers: the accepted answers; the first is the one an expert gives.
        hops: the facts needed, in order; empty where the source (a file) does not say.
        passages: the task's private corpus, or None to search the source's shared one.
    """

    task_id: str
    picture: Image.Image
    question: str
    answers: tuple[str, ...]
    hops: tuple[Hop, ...] = ()
    passages: tuple[Passage, ...] | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> SearchTask:
        """Share the task: it never changes."""
        return self


class SearchSource(TaskSource[SearchTask]):
    """A source of search questions; ``passages`` is its shared corpus, None if tasks bring theirs.

    An empty corpus means that the questions can be searched on a server only.
    """

    passages: tuple[Passage, ...] | None = None
