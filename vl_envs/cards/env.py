"""`CardEnv`: what the card games share: decks, rewards, and an expert that can be careless."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np

from vl_envs.cards.styles import DECKS, STYLES
from vl_envs.cards.table import Table
from vl_envs.core.env import State, VLEnv
from vl_envs.core.errors import unknown
from vl_envs.core.tool import CommandSpec

REWARDS = ("published", "sparse")
SMALLEST = 32
"""Pixels along the shortest side of a picture."""


class Move(NamedTuple):
    """A command and its arguments."""

    name: str
    arguments: Mapping[str, Any]


def one_of(what: str, value: object, valid: Sequence[str]) -> str:
    """Return an option's ``value``, or raise ValueError with the nearest valid names."""
    if value not in valid:
        raise unknown(what, value, valid)
    return str(value)


class CardEnv(VLEnv[State]):
    """A game whose state is shown by cards or numbers on a table.

    Args:
        commands: what an agent can say.
        deck: how cards look: a style of `vl_envs.cards.styles`, or ``random``.
        reward: ``published``, or ``sparse``: 1 for a success, else 0.
        image_size: from `SMALLEST` pixels a side.
        kwargs: those of `VLEnv`.
    """

    def __init__(
        self,
        commands: Sequence[CommandSpec],
        *,
        deck: str = "classic",
        reward: str = "published",
        image_size: int | tuple[int, int] = 224,
        **kwargs: Any,
    ) -> None:
        super().__init__(commands, image_size=image_size, **kwargs)
        if min(self.image_size) < SMALLEST:
            raise ValueError(
                f"cards need pictures of at least {SMALLEST} pixels a side, got {image_size!r}"
            )
        self.deck = one_of("deck", deck, DECKS)
        self.reward = one_of("reward", reward, REWARDS)

    # What a game writes.

    @abstractmethod
    def _legal(self) -> list[Move]:
        """List the moves that make sense now; never empty."""

    @abstractmethod
    def _best(self) -> Move:
        """Return a best move."""

    @abstractmethod
    def _seen(self) -> str:
        """Say in at most four words what a player sees."""

    @abstractmethod
    def _words(self) -> Iterable[str]:
        """Give texts with all words that `_observe`, messages and `_seen` can use."""

    # What they share.

    def _draw_style(self) -> str:
        """Draw the episode's style, after the task: a seed has the same task in every deck."""
        if self.deck != "random":
            return self.deck
        return list(STYLES)[int(self.np_random.integers(len(STYLES)))]

    def _table(self, style: str) -> Table:
        return Table(self.image_size, style)

    def _told(self, goal: str) -> str:
        """Put the turns that are left behind the goal, where the prompt is ``full``.

        A limit given to `gymnasium.make` is not known here: past the registered one nothing is
        told.
        """
        left = self.turns_left
        tell = self.prompt == "full" and self._turn and left
        return f"{goal}\nTurns left: {left}." if tell else goal

    def _admissible_actions(self) -> tuple[str, ...]:
        return tuple(self.parser.write(*move) for move in self._legal())

    def expert_action(self) -> str:
        """Say the best move; the expert that errs (``expert_error``) a random legal one instead.

        What it thinks is what it sees, and right in either case. The same state is always answered
        in the same way.
        """
        self._need_state("expert_action()")
        if self._expert_errs:
            legal = self._legal()
            # Not from np_random: asking the expert must not change the episode. Nor from the seed
            # and a zero, which to NumPy is the seed alone: the task's own draws would come again.
            rng = np.random.default_rng((1 + self._turn, self._seed))
            move = legal[int(rng.integers(len(legal)))]
        else:
            move = self._best()
        return self.parser.write(*move, self._seen() if self.parser.thought else "")

    def vocabulary(self) -> Iterable[str]:
        """Give every word that can be shown or said, but for why an answer could not be read."""
        yield from self._words()
        yield "Invalid action."
        if self.parser.thought:
            yield "<think> </think>"
        for spec in self.parser.commands.values():
            schemas = spec.parameters.items()
            for i in range(max([1, *(len(schema["enum"]) for _, schema in schemas)])):
                yield self.parser.write(spec.name, {key: s["enum"][i] for key, s in schemas})
        if self.prompt == "full":
            row = gym.registry.get(self.spec.id) if self.spec else None
            yield from (self.rules, self.parser.instructions(), "Turns left:")
            yield from map(str, range((row.max_episode_steps or 0) if row else 0))
