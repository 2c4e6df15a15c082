"""`Referee`: what a game's Gymnasium and PettingZoo faces share: reading moves, telling a seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vl_envs.core.errors import unknown
from vl_envs.core.parser import ParseError, Parser
from vl_envs.games.dialect import LenientParser, matched
from vl_envs.games.game import SEATS, Game, Rewards

REWARDS = ("own", "team")


def check_reward(reward: str, game: Game[Any]) -> str:
    """Give what an agent is paid: its own, or what both are paid together.

    Raises:
        ValueError: it is neither, or the game has no team.
    """
    if reward not in REWARDS:
        raise unknown("reward", reward, REWARDS)
    if reward == "team" and game.kind == "against":
        raise ValueError(f"in {game.title} one wins what the other loses: no team")
    return reward


@dataclass
class Match:
    """A game that is being played.

    Attributes:
        position: the game's own state.
        returns: what each seat has been paid.
        last: each seat's last move, ``""`` before its first.
    """

    position: Any
    returns: list[float] = field(default_factory=lambda: [0.0, 0.0])
    last: list[str] = field(default_factory=lambda: ["", ""])


class Referee:
    """Begins matches of a game, reads what players say, and tells them what they may know.

    Args:
        game: that is played.
        parser: of the dialect in use.
        prompt: ``full`` tells role, last moves and legal moves, ``brief`` nothing but `Game.words`.
    """

    def __init__(self, game: Game[Any], parser: Parser, prompt: str) -> None:
        self.game, self.parser, self.prompt = game, parser, prompt

    def begin(self, rng: np.random.Generator) -> Match:
        """Begin a match."""
        return Match(self.game.start(rng))

    def read(self, match: Match, seat: int, text: str) -> str | ParseError:
        """Read a legal move from a text, or say what is wrong with it."""
        command = self.parser.parse(text)
        if isinstance(command, ParseError):
            return command
        return self.legal_or_not(match, seat, str(command.arguments["move"]))

    def legal_or_not(self, match: Match, seat: int, said: str) -> str | ParseError:
        """Take a move that is legal, or say that it is not."""
        legal = self.game.legal(match.position, seat)
        if isinstance(self.parser, LenientParser):
            found = matched(said, self.game.lenient, legal)
            return found or ParseError(f"No move was found. Legal: {', '.join(legal)}.", said)
        # Blanks tell no moves apart, and models with words of their own set them as they please.
        for move in legal:
            if _without_blanks(move) == _without_blanks(said):
                return move
        return ParseError(f"{said[:40]!r} is not legal now. Legal: {', '.join(legal)}.", said)

    def play(self, match: Match, moves: dict[int, str], rng: np.random.Generator) -> Rewards:
        """Make moves that were read."""
        paid = self.game.play(match.position, moves, rng)
        for seat in SEATS:
            match.returns[seat] += paid[seat]
            match.last[seat] = moves.get(seat, match.last[seat])
        return paid

    def forfeit(self, match: Match, seat: int) -> Rewards:
        """Let a seat give up: it loses what the worst play would still lose.

        What it loses against the other, the other wins; a team loses together.
        """
        worst = self.game.worst(match.position, seat)
        others = {"against": -worst, "team": worst, "mixed": 0.0}[self.game.kind]
        paid = (worst, others) if seat == 0 else (others, worst)
        for each in SEATS:
            match.returns[each] += paid[each]
        return paid

    def to_move(self, match: Match) -> Sequence[int]:
        """Give the seats that move now, none when the game is over."""
        return self.game.to_move(match.position)

    def says(self, match: Match, seat: int) -> str:
        """Tell a seat what its picture does not; in the full prompt role and legal moves, too."""
        words = self.game.words(match.position, seat)
        if self.prompt == "brief":
            return words
        lines = [self.game.roles[seat], words]
        if match.last[1 - seat]:
            lines.append(f"The other player's last move: {match.last[1 - seat]}.")
        if not self.to_move(match):
            own, other = (f"{match.returns[s]:g}" for s in (seat, 1 - seat))
            lines.append(f"The game is over. You have {own}, the other player has {other}.")
        elif legal := self.game.legal(match.position, seat):
            lines.append(f"Legal moves: {', '.join(legal)}.")
        return "\n".join(line for line in lines if line)

    def rules(self) -> str:
        """Give rules and action format, in the full prompt."""
        if self.prompt == "brief":
            return ""
        return f"{self.game.rules}\n{self.parser.instructions()}"

    def vocabulary(self) -> list[str]:
        """Give all words of role, last and legal moves."""
        texts = [*self.game.vocabulary()]
        texts += [self.parser.write("act", {"move": move}) for move in self.game.actions]
        if self.prompt == "full":
            texts += [*self.game.roles, *(f"{move}, {move}." for move in self.game.actions)]
            texts += ["The other player's last move: . Legal moves: No move was found. Legal: ."]
            texts += ["The game is over. You have , the other player has . is not legal now."]
            texts.append(self.rules())
        return texts


def _without_blanks(text: str) -> str:
    return "".join(text.split())
