"""`Game`: the rules of one game of two players, its words and its pictures, whoever plays it.

A game knows nothing of Gymnasium, PettingZoo or models: `vl_envs.games.env` makes one seat of it a
Gymnasium environment, `vl_envs.games.zoo` all of it a PettingZoo one, and players
(`vl_envs.games.players`) choose moves. Read `vl_envs.games.tic_tac_toe` first: it is the smallest.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from vl_envs.core.env import Image

S = TypeVar("S")
SEATS = (0, 1)
"""All games are for two."""

Player = Callable[["Game[Any]", Any, int, np.random.Generator], str]
"""Chooses a legal move: of a game, in a state, for a seat, with its own random numbers.

It is handed the true state; one that plays fair looks only at what its seat may know.
"""
Rewards = tuple[float, float]


@dataclass(frozen=True)
class Question:
    """A question about what is seen, to measure perception.

    Attributes:
        text: the question.
        answers: what can be answered, in a fixed order.
        answer: the true one of them.
    """

    text: str
    answers: tuple[str, ...]
    answer: str


class Game(ABC, Generic[S]):
    """The rules of one game.

    Attributes:
        name: in ids and modules, as ``coin_dilemma``.
        title: as people write it.
        actions: every move that there is, in the words in which it is made; PettingZoo's discrete
            action i is the i-th.
        seats: that players take; where it is only the first, the engine itself plays the other.
        simultaneous: whether both move at once, else they take turns.
        kind: ``team`` where both are paid the same, ``mixed`` where each is paid for itself and
            both may gain, ``against`` where one wins what the other loses.
        horizon: moves of one seat in the longest episode.
        rules: what a player is told before the game.
        roles: what each seat is told of itself.
        players: name -> `Player`, the opponents that the game offers; ``random`` is always there.
        reference: the name of the strongest of them.
        opponent: the name of the one that is met where none is asked for; ``built-in`` where the
            engine plays it.
        lenient: where moves stand in any text, as VS-Bench looks for them: see
            `vl_envs.games.dialect.matched`.
        published: VS-Bench's raw returns of random play and of its optimum (Xu et al. 2025, arXiv
            2506.02387), None where it has not the game: see `counted`.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    actions: tuple[str, ...]
    seats: ClassVar[tuple[int, ...]] = SEATS
    simultaneous: ClassVar[bool] = False
    kind: ClassVar[str]
    horizon: int
    rules: str
    roles: tuple[str, str]
    players: Mapping[str, Player]
    reference: ClassVar[str]
    opponent: ClassVar[str]
    lenient: ClassVar[Sequence[tuple[str, str]]] = ()
    published: ClassVar[tuple[float, float] | None] = None

    @abstractmethod
    def start(self, rng: np.random.Generator) -> S:
        """Begin a game, from ``rng`` alone."""

    @abstractmethod
    def to_move(self, state: S) -> Sequence[int]:
        """Give the seats that move now, none when the game is over."""

    @abstractmethod
    def legal(self, state: S, seat: int) -> tuple[str, ...]:
        """Give the moves that a seat may make now, in the order of `actions`."""

    @abstractmethod
    def play(self, state: S, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """Make the legal moves of those that move, in place; return what each seat is paid."""

    @abstractmethod
    def picture(self, state: S, seat: int, size: tuple[int, int]) -> Image:
        """Draw what a seat sees, uint8 [height, width, 3]; hidden things are not in it."""

    def words(self, state: S, seat: int) -> str:
        """Say what is not in the picture, if anything."""
        return ""

    def together(self, paid: Rewards, seat: int) -> float:
        """Give what both are paid as one: a team's pay once, mixed ones' sum, else one's own."""
        return sum(paid) if self.kind == "mixed" else paid[seat]

    def counted(self, state: S, returns: Rewards, seat: int) -> float:
        """Give what VS-Bench counts of a game that is over, in the units of `published`."""
        return self.together(returns, seat)

    def norm(self, counted: float) -> float:
        """Give the normalised return, 0 for random play and 100 for VS-Bench's optimum.

        Raises:
            ValueError: VS-Bench has not the game.
        """
        if self.published is None:
            raise ValueError(f"VS-Bench has not the game {self.name}")
        low, high = self.published
        return 100 * (counted - low) / (high - low)

    def won(self, state: S, returns: Rewards, seat: int) -> bool:
        """Tell whether a seat has done well in a game that is over.

        Where nobody loses what the other wins, that is three quarters of the way from random play
        to VS-Bench's optimum, together: a good player beside one that plays at random comes half
        the way.
        """
        if self.kind == "against":
            return returns[seat] > 0
        return self.norm(self.counted(state, returns, seat)) >= 75

    def worst(self, state: S, seat: int) -> float:
        """Give what the worst play from here on would still cost: the price of not playing."""
        return 0.0

    def vocabulary(self) -> Sequence[str]:
        """Give every word of `words`."""
        return ()

    def copy(self, state: S) -> S:
        """Copy a state."""
        return copy.deepcopy(state)

    @abstractmethod
    def question(self, state: S, seat: int, rng: np.random.Generator) -> Question:
        """Ask about what a seat sees."""

    def close(self) -> None:
        """Free what an engine holds."""
