"""`OpenSpielGame`: what the games have in common whose rules OpenSpiel keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from vl_envs.core.errors import require
from vl_envs.games.game import Game, Rewards


class OpenSpielGame(Game[Any]):
    """A game of OpenSpiel in which players take turns; its state is ``pyspiel.State``.

    Attributes:
        engine: OpenSpiel's name of the game.
        parameters: its settings there.

    Raises:
        ImportError: OpenSpiel is not installed.
    """

    engine: ClassVar[str]
    parameters: ClassVar[Mapping[str, int]] = {}

    def __init__(self) -> None:
        pyspiel = require("pyspiel", "openspiel")
        self.openspiel = pyspiel.load_game(self.engine, dict(self.parameters))

    def start(self, rng: np.random.Generator) -> Any:
        """See `Game.start`."""
        state = self.openspiel.new_initial_state()
        _draw(state, rng)
        return state

    def to_move(self, state: Any) -> Sequence[int]:
        """See `Game.to_move`."""
        return () if state.is_terminal() else (state.current_player(),)

    def word(self, state: Any, seat: int, action: int) -> str:
        """Give the word of one of OpenSpiel's actions."""
        return str(state.action_to_string(seat, action))

    def _moves(self, state: Any, seat: int) -> dict[str, int]:
        """Give the legal moves, and OpenSpiel's number of each."""
        return {self.word(state, seat, action): action for action in state.legal_actions(seat)}

    def legal(self, state: Any, seat: int) -> tuple[str, ...]:
        """See `Game.legal`."""
        return tuple(self._moves(state, seat)) if seat in self.to_move(state) else ()

    def play(self, state: Any, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`."""
        ((seat, move),) = moves.items()
        before = state.returns()
        state.apply_action(self._moves(state, seat)[move])
        _draw(state, rng)
        first, second = (after - b for after, b in zip(state.returns(), before, strict=True))
        return first, second

    def copy(self, state: Any) -> Any:
        """See `Game.copy`."""
        return state.clone()

    def said(self, state: Any) -> list[tuple[int, str]]:
        """List what was done so far: who, and in which words."""
        return [
            (step.player, self.word(state, step.player, step.action))
            for step in state.full_history()
            if step.player >= 0
        ]


def _draw(state: Any, rng: np.random.Generator) -> None:
    """Let chance do what is its to do."""
    while state.is_chance_node():
        actions, shares = zip(*state.chance_outcomes(), strict=True)
        chosen = rng.choice(len(actions), p=np.array(shares) / sum(shares))
        state.apply_action(actions[int(chosen)])
