"""Invented organisations with emblems: every task draws its facts anew, so memory is worth nothing.

A task's organisations form a grid: every chosen colour occurs with every chosen charge (and field).
So each emblem has near twins on all sides, and no organisation stands out: from the corpus alone
nobody can tell which one the picture shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from vl_envs.core.errors import unknown
from vl_envs.core.tasks import SPLITS, split_of
from vl_envs.tool.search_task import Hop, Passage, SearchSource, SearchTask

COLOURS = {
    "red": (220, 40, 40),
    "green": (40, 180, 60),
    "blue": (50, 70, 230),
    "yellow": (230, 210, 40),
    "purple": (150, 50, 180),
    "orange": (240, 140, 30),
    "black": (30, 30, 30),
    "pink": (250, 150, 190),
}
CHARGES = ("circle", "square", "triangle", "cross", "ring", "diamond", "bars", "crescent")
FIELDS = {"white": (235, 235, 235), "grey": (165, 165, 165), "cream": (245, 232, 190)}
NOISE = 9
"""The field's grain, in grey levels up and down."""
GRAIN_SHIFT = 64
"""How far the grain moves between pictures, in pixels."""

# Names are two syllables out of 20 x 20; a word-piece model reads and writes names it never saw.
_FIRST = [c + v for c in "BDFGKLMNPRST" for v in "aeiou"][::2][:20]
_SECOND = [c + v for c in "bdfgklmnprst" for v in "aeiou"][1::2][:20]
NAMES = tuple(a + b for a in _FIRST for b in _SECOND)

# relation -> question, then the wordings of a passage ({o} organisation, {e} emblem, {v} value).
RELATIONS = {
    "founder": (
        "Who founded the organisation with this emblem?",
        "{o}, known by its {e}, was set up by its founder {v}.",
        "The founder of {o} is {v}; the {e} is its emblem.",
    ),
    "city": (
        "In which city is the organisation with this emblem based?",
        "{o} is based in the city of {v}; a {e} marks its door.",
        "Under the sign of the {e}, {o} runs its offices in the city {v}.",
    ),
    "product": (
        "What does the organisation with this emblem make?",
        "{o} makes one product, {v}, and stamps a {e} on it.",
        "A {e} on the box: the product of {o} is called {v}.",
    ),
    "leader": (
        "Who leads the organisation with this emblem today?",
        "The leader of {o} today is {v}, whose cloak bears the {e}.",
        "{o}, the house of the {e}, has {v} as its leader.",
    ),
    "rival": (
        "Which rival does the organisation with this emblem have?",
        "The oldest rival of {o} is {v}, which mocks its {e}.",
        "{o} with its {e} has had a rival for years: {v}.",
    ),
}
# A second hop: what is told of a value of the first relation.
SECOND_HOPS = {
    ("founder", "birthplace"): (
        "Where was the founder of the organisation with this emblem born?",
        "The birthplace of {o} is {v}.",
    ),
    ("city", "river"): (
        "Which river runs through the city where the organisation with this emblem is based?",
        "The river that runs through {o} is the {v}.",
    ),
    ("leader", "instrument"): (
        "Which instrument does the leader of the organisation with this emblem play?",
        "The instrument that {o} plays is the {v}.",
    ),
}
_SMALL_QUESTIONS = {
    "founder": "who founded this organisation?",
    "city": "where is it based?",
    "product": "what does it make?",
}

NAMES_AXIS = "names"
"""The out-of-distribution split whose values are told, and asked, in no other split."""
NOVEL = tuple(name for name in NAMES if split_of("novel", name, test=0.2, val=0.0) == "test")
"""The fifth of the names that is no value but in the split ``names`` (all are names of owners)."""
KNOWN = tuple(name for name in NAMES if name not in NOVEL)


@dataclass(frozen=True)
class EmblemSize:
    """How much there is to tell apart and to read.

    Attributes:
        colours, charges, fields: how many of each exist in the world of this size.
        grid: how many of each one task combines; their product is its number of organisations.
        relations: what is told of each organisation.
        wordy: several full sentences, or one terse wording for a tiny model.
    """

    colours: int
    charges: int
    fields: int
    grid: tuple[int, int, int]
    relations: tuple[str, ...]
    wordy: bool


SIZES = {
    "small": EmblemSize(6, 5, 1, (3, 2, 1), ("founder", "city", "product"), wordy=False),
    "full": EmblemSize(8, 8, 3, (3, 2, 2), tuple(RELATIONS), wordy=True),
}
LEVELS = ("simple", "hard")

Emblem = tuple[str, str, str]
"""(colour, charge, field)."""


class EmblemSource(SearchSource):
    """Draws organisations, their emblems, their facts and the corpus anew for every task.

    A fact (emblem, relation, value) belongs to one of the splits by its hash, and only facts of a
    task's own split are stated in its corpus. The split ``names`` has values of its own, names that
    are neither told nor asked as a value in any other split.

    Args:
        split: ``train``, ``val``, ``test`` or ``names``.
        level: ``simple`` asks one fact, ``hard`` (size ``full`` only) a fact about its value.
        size: ``full``, or ``small`` for a tiny model.
        side: side of the drawn picture, in pixels.
    """

    splits = (*SPLITS, NAMES_AXIS)

    def __init__(
        self, split: str = "train", level: str = "simple", size: str = "full", side: int = 224
    ) -> None:
        super().__init__(split)
        if size not in SIZES:
            raise unknown("size", size, SIZES)
        if level not in LEVELS:
            raise unknown("level", level, LEVELS)
        if level == "hard" and not SIZES[size].wordy:
            raise ValueError(f"level 'hard' needs size 'full', got size {size!r}")
        self.size, self.level, self.side = SIZES[size], level, side

    def sample(self, rng: np.random.Generator) -> SearchTask:
        """Draw one task."""
        emblems = self._draw_emblems(rng)
        asked = int(rng.integers(len(emblems)))
        relation, second = self._draw_question(rng)
        names = iter(rng.permutation(len(NAMES)))
        facts: list[tuple[str, str, str, Emblem]] = []
        for emblem in emblems:
            owner = NAMES[next(names)]
            for r in self.size.relations:
                facts.append((owner, r, self._draw_value(rng, emblem, r), emblem))
        passages = [self._passage(rng, *fact) for fact in facts]
        gold = asked * len(self.size.relations) + self.size.relations.index(relation)
        hops = [Hop(_query(emblems[asked], relation, self.size), frozenset({passages[gold].id}))]
        question = RELATIONS[relation][0] if self.size.wordy else _SMALL_QUESTIONS[relation]
        answer = facts[gold][2]
        if second:
            extra, answer, question, evidence = self._second_hop(rng, facts, gold, second)
            passages += extra
            hops.append(Hop(f"{second} {facts[gold][2]}", evidence))
        return SearchTask(
            task_id=f"emblems/{' '.join(emblems[asked])}/{second or relation}",
            picture=draw(emblems[asked], rng, self.side),
            question=question,
            answers=(answer,),
            hops=tuple(hops),
            passages=tuple(passages[i] for i in rng.permutation(len(passages))),
        )

    def vocabulary(self) -> Iterable[str]:
        """Give all words; a name's second syllable is written ``##ba``, as a word piece."""
        yield from (*_FIRST, *(f"##{second}" for second in _SECOND))
        for axis in self._axes():
            yield from axis
        yield from (*self.size.relations, ":", ".")
        if not self.size.wordy:
            yield from _SMALL_QUESTIONS.values()
            return
        for texts in (*RELATIONS.values(), *SECOND_HOPS.values()):
            yield from (text.format(o="", e="on", v="") for text in texts)

    def _axes(self) -> tuple[tuple[str, ...], ...]:
        """Return the colours, charges and fields of this size."""
        size = self.size
        return (
            tuple(COLOURS)[: size.colours],
            CHARGES[: size.charges],
            tuple(FIELDS)[: size.fields],
        )

    def _draw_emblems(self, rng: np.random.Generator) -> list[Emblem]:
        chosen = [
            [axis[i] for i in rng.choice(len(axis), count, replace=False)]
            for axis, count in zip(self._axes(), self.size.grid, strict=True)
        ]
        return [(c, s, f) for c, s, f in itertools.product(*chosen)]

    def _draw_question(self, rng: np.random.Generator) -> tuple[str, str | None]:
        if self.level == "simple":
            return self.size.relations[int(rng.integers(len(self.size.relations)))], None
        return tuple(SECOND_HOPS)[int(rng.integers(len(SECOND_HOPS)))]

    def _draw_value(self, rng: np.random.Generator, about: Emblem | str, relation: str) -> str:
        """Draw a value whose fact belongs to the split, the same way whether it is asked or not.

        Nothing about a value may tell that it is the one asked for.
        """
        if self.split == NAMES_AXIS:
            return NOVEL[int(rng.integers(len(NOVEL)))]
        while True:
            value = KNOWN[int(rng.integers(len(KNOWN)))]
            if _home(about, relation, value) == self.split:
                return value

    def _passage(
        self, rng: np.random.Generator, owner: str, relation: str, value: str, emblem: Emblem
    ) -> Passage:
        if not self.size.wordy:
            text = f"{owner} {emblem[0]} {emblem[1]}: {relation} {value}."
        else:
            wordings = RELATIONS[relation][1:]
            wording = wordings[int(rng.integers(len(wordings)))]
            text = wording.format(o=owner, e=describe(emblem, self.size), v=value)
        return Passage(_opaque_id(rng), owner, text, states=value)

    def _second_hop(
        self,
        rng: np.random.Generator,
        facts: list[tuple[str, str, str, Emblem]],
        gold: int,
        second: str,
    ) -> tuple[list[Passage], str, str, frozenset[str]]:
        """Tell ``second`` of every value of the asked relation; the asked value's is the answer."""
        relation = facts[gold][1]
        question, wording = SECOND_HOPS[relation, second]
        values = sorted({value for _, r, value, _ in facts if r == relation})
        passages, answer, evidence = [], "", frozenset[str]()
        for owner in values:
            value = self._draw_value(rng, owner, second)
            passage = Passage(
                _opaque_id(rng), owner, wording.format(o=owner, v=value), states=value
            )
            passages.append(passage)
            if owner == facts[gold][2]:
                answer, evidence = value, frozenset({passage.id})
        return passages, answer, question, evidence


@cache
def _home(about: Emblem | str, relation: str, value: str) -> str:
    return split_of("emblems", about, relation, value)


def describe(emblem: Emblem, size: EmblemSize) -> str:
    """Put an emblem in words, as the corpus does."""
    colour, charge, field = emblem
    return f"{colour} {charge} on {field}" if size.fields > 1 else f"{colour} {charge}"


def _query(emblem: Emblem, relation: str, size: EmblemSize) -> str:
    return " ".join((*emblem[: 3 if size.fields > 1 else 2], relation))


def _opaque_id(rng: np.random.Generator) -> str:
    """Draw an id that says nothing, so that ties between scores tell nothing either."""
    return f"{int(rng.integers(2**48)):012x}"


def draw(emblem: Emblem, rng: np.random.Generator, side: int) -> Image.Image:
    """Draw an emblem with jitter in place, size and colour, and some noise; ``side`` pixels."""
    colour, charge, field = emblem
    radius = side * rng.uniform(0.26, 0.36)
    cy, cx = side / 2 + rng.uniform(-0.1, 0.1, 2) * side
    grain = _grain(side)
    down, right = rng.integers(0, GRAIN_SHIFT, 2)
    pixels = grain[down : down + side, right : right + side] + _ground(field, side)
    paint = (np.asarray(COLOURS[colour]) + rng.normal(0, 10, 3)).clip(0, 255).astype(np.uint8)
    # Only the square that the charge can reach is looked at.
    rows = np.arange(int(cy - radius), min(side, int(cy + radius) + 2))
    columns = np.arange(int(cx - radius), min(side, int(cx + radius) + 2))
    reach = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    y = ((rows - cy) / radius).astype(np.float32)[:, None]
    x = ((columns - cx) / radius).astype(np.float32)[None, :]
    covered = _mask(charge, x, y)
    for channel in range(3):  # five times faster than all channels at once
        reach[..., channel][covered] = paint[channel]
    return Image.fromarray(pixels)


@cache
def _ground(field: str, side: int) -> npt.NDArray[np.uint8]:
    """Make a field without its grain; adding a whole picture is far faster than one colour."""
    ground = np.empty((side, side, 3), np.uint8)
    ground[:] = np.asarray(FIELDS[field]) - NOISE
    return ground


@cache
def _grain(side: int) -> npt.NDArray[np.uint8]:
    """Make noise of 0 to 2·`NOISE` once; each picture shows another piece of it."""
    size = side + GRAIN_SHIFT
    return np.random.default_rng(0).integers(0, 2 * NOISE + 1, (size, size, 3), dtype=np.uint8)


def _mask(
    charge: str, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Return where a charge of radius 1 covers the plane."""
    far, near = np.maximum(abs(x), abs(y)), np.minimum(abs(x), abs(y))
    disc = x * x + y * y
    if charge == "circle":
        return disc < 1
    if charge == "square":
        return far < 0.85
    if charge == "triangle":
        return (y < 0.8) & (y > -1 + 2 * abs(x))
    if charge == "cross":
        return (near < 0.3) & (far < 1)
    if charge == "ring":
        return (disc < 1) & (disc > 0.4)
    if charge == "diamond":
        return abs(x) + abs(y) < 1
    if charge == "bars":
        return (far < 0.9) & (abs(abs(y) - 0.5) < 0.25)
    assert charge == "crescent", charge
    return (disc < 1) & ((x - 0.45) ** 2 + y * y > 0.6)
