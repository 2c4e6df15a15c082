"""Contenders in VS-Bench's protocol: how one that speaks is asked, told and read, and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from vl_envs.core.env import Image
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Parser
from vl_envs.games.dialect import VSBenchParser, parser_of
from vl_envs.games.game import Game, Player

T = TypeVar("T")
NAMED = ("random", "reference")
"""Contenders by name."""


class Ask(NamedTuple):
    """What a speaker is to answer.

    Attributes:
        image: what its seat sees, uint8 [H, W, 3].
        rules: of the game and of answers, the same each time.
        text: what else it is told.
        memory: the speaker's own: the same for all that one seat of a match is asked.
    """

    image: Image
    rules: str
    text: str
    memory: dict[str, Any]


class Speaker(Protocol):
    """Answers in text."""

    def answer(self, asks: Sequence[Ask]) -> Sequence[str]:
        """Answer each ask."""
        ...


Contender = str | Player | Speaker


@dataclass(frozen=True)
class Telling:
    """How a speaker is told and read.

    Attributes:
        dialect: in which it answers; ``vsbench`` is read as VS-Bench does, others strictly.
        thought: whether it is asked to reason in its answer.
        image_size: side of the pictures, in pixels.
        prompt: ``full`` or ``brief``, as `Referee` has it.
        batch: asks at a time, and matches side by side.
    """

    dialect: str = VSBenchParser.name
    thought: bool = False
    image_size: int = 448
    prompt: str = "full"
    batch: int = 64

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.image_size, self.image_size

    def parser(self) -> Parser:
        """Make the parser of the dialect."""
        return parser_of(self.dialect, self.thought, strict=self.dialect != VSBenchParser.name)


AS_VS_BENCH = Telling()


@dataclass(frozen=True)
class Score:
    """How good a contender is at one game.

    Attributes:
        values: what VS-Bench counts of each match (in Kuhn poker, of each run of matches), or
            whether each answer was right.
        zero: the mean of ``values`` that is 0%: random play; in reasoning, no right answer.
        hundred: that is 100%: VS-Bench's optimum.
        unread: share of a speaker's answers in which nothing that can be answered was found.
        chance: what random answers have on average, as a share; None for decisions.
    """

    values: tuple[float, ...]
    zero: float
    hundred: float
    unread: float
    chance: float | None = None

    @property
    def raw(self) -> float:
        """The mean of ``values``."""
        return float(np.mean(self.values))

    @property
    def value(self) -> float:
        """It in percent."""
        return self.percent(self.raw)

    def percent(self, raw: float) -> float:
        """Give a mean in percent."""
        return 100 - 100 * (self.hundred - raw) / (self.hundred - self.zero)


def player_of(contender: Contender, game: Game[Any]) -> Player | None:
    """Give the player that a contender is, None for a speaker."""
    if isinstance(contender, str):
        if contender not in NAMED:
            raise unknown("contender", contender, NAMED)
        return game.players[game.reference if contender == "reference" else contender]
    return None if hasattr(contender, "answer") else contender


def answers(
    speaker: Any, items: Sequence[T], ask: Callable[[T], Ask], telling: Telling
) -> list[str]:
    """Let a speaker answer what is asked about items, some at a time."""
    said: list[str] = []
    for chunk in chunks(items, telling.batch):
        said += speaker.answer([ask(item) for item in chunk])
    return said


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut into pieces of a size."""
    return (items[i : i + size] for i in range(0, len(items), size))
