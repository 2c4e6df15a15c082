"""`GameEnv`: one seat of a game as a Gymnasium environment; another player has the other seat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from vl_envs.core.env import Observation, Outcome, View, VLEnv, is_count, shortened
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command, ParseError, Parser
from vl_envs.games.dialect import DIALECTS_OF_GAMES, MOVE, parser_of
from vl_envs.games.game import Player
from vl_envs.games.referee import Match, Referee, check_reward
from vl_envs.games.table import make_game

Opponent = str | Callable[[Observation], str]


@dataclass
class Seated:
    """One episode.

    Attributes:
        match: the game as it stands.
        seat: the agent's.
        failed: what the opponent did wrong, None where it plays.
        early: what was paid before the agent's first move, which that one's reward includes.
    """

    match: Match
    seat: int
    failed: str | None = None
    early: list[float] = field(default_factory=lambda: [0.0, 0.0])


class GameEnv(VLEnv[Seated]):
    """Play one seat of a game for two against, or with, another player.

    ## Description
    One of VS-Bench's games (Xu et al. 2025, arXiv 2506.02387), or tic-tac-toe. The other seat is
    played by one of the game's own players or by any function from observations to texts. Rules,
    pictures and players are each game's own: see its file in `vl_envs.games`.

    ## Action Space
    `FreeText`. ``act`` with one of the moves that are legal now, in VS-Bench's words: ``<UP>``,
    ``a2a3``, ``(Play 0)``. Dialects: the core's, ``vsbench`` (``{"action": "<UP>"}`` behind any
    reasoning) and ``words`` (the bare move). A move that is not legal is invalid, and nothing
    happens: neither does the game go on, nor does anybody move in the agent's place.

    ## Observation Space
    `Dict(image, text)`: the game as this seat sees it, others' hidden cards hidden; the text tells
    role, the other player's last move and the legal moves.

    ## Rewards
    What the game pays the agent's seat, as ``game``; with ``reward="team"``, what it pays both
    together, a team's pay once. Invalid answers that end the episode cost what the worst
    play would.
    ``success`` is a win (in tic-tac-toe a draw as well), or in games without winners a joint return
    at least three quarters of the way from random play to VS-Bench's optimum. ``info["metrics"]``
    has the returns ``own``, ``other`` and ``counted``, which is what VS-Bench counts
    (`Game.counted`).

    ## Starting State
    The game's, drawn from the seed; the opponent has moved where it moves first.

    ## Episode End
    Terminates with the game, or after ``max_invalid`` invalid answers in a row. Where the opponent
    fails (a function that says nothing legal), ``info["env_error"]`` says so.

    ## Arguments
    - ``game``: name of the game; each id sets it.
    - ``opponent``: name of one of the game's players, or a function from an observation of its seat
      to a text; by default the game's own choice. In Pong there is none but ``built-in``.
    - ``seat``: 0, 1, or None: drawn for each episode.
    - ``reward``: ``own`` or ``team``.
    - ``expert``: name of the player whose moves `expert_action` says; by default the strongest. It
      errs (``expert_error``) by playing at random.
    - ``strict``: whether an answer must be exactly a move in the dialect; False finds moves as
      VS-Bench does (dialect ``vsbench`` only).
    - and those of `VLEnv`.

    ## Version History
    - v0: first version.
    """

    dialects: ClassVar[Mapping[str, type[Parser]]] = DIALECTS_OF_GAMES
    expert_may_lose = True

    def __init__(
        self,
        game: str,
        *,
        opponent: Opponent | None = None,
        seat: int | None = None,
        reward: str = "own",
        strict: bool = True,
        expert: str | None = None,
        dialect: str = "vsbench",
        **kwargs: Any,
    ) -> None:
        super().__init__((MOVE,), dialect=dialect, **kwargs)
        self.game = make_game(game)
        if seat is not None and not (is_count(seat) and seat in self.game.seats):
            raise ValueError(
                f"seat in {self.game.title} must be one of {self.game.seats}, or None (drawn for "
                f"each episode), got {seat!r}"
            )
        self.expert = self.game.reference if expert is None else expert
        if self.expert not in self.game.players:
            raise unknown(f"expert in {self.game.title}", self.expert, self.game.players)
        self.parser = parser_of(dialect, self.parser.thought, strict)
        self.opponent = self.game.opponent if opponent is None else opponent
        self._player = self._player_of(self.opponent)
        self.seat, self.reward = seat, check_reward(reward, self.game)
        self.referee = Referee(self.game, self.parser, self.prompt)
        self.rules = self.game.rules

    def _player_of(self, opponent: Opponent) -> Player | None:
        """Give the player of a name, None for a function and where the engine plays it."""
        if len(self.game.seats) == 1:
            if opponent != self.game.opponent:
                raise unknown(f"opponent in {self.game.title}", opponent, [self.game.opponent])
            return None
        if callable(opponent):
            return None
        if not isinstance(opponent, str) or opponent not in self.game.players:
            raise unknown(f"opponent in {self.game.title}", opponent, self.game.players)
        return self.game.players[opponent]

    # The episode.

    def _start(self, options: Mapping[str, Any]) -> tuple[Seated, str]:
        self._index_in(options)
        seat = int(self.np_random.choice(self.game.seats)) if self.seat is None else self.seat
        self.state = Seated(self.referee.begin(self.np_random), seat)
        self.state.early = self._let_opponent_move()
        return self.state, f"{self.game.name}-{seat}-{self._seed}"

    def _let_opponent_move(self) -> list[float]:
        """Let the opponent move until it is the agent's turn; return what was paid."""
        state, paid = self.state, [0.0, 0.0]
        while state.failed is None and self.referee.to_move(state.match) == (1 - state.seat,):
            move = self._opponents_move()
            if move is not None:
                terms = self.referee.play(state.match, {1 - state.seat: move}, self.np_random)
                paid = [a + b for a, b in zip(paid, terms, strict=True)]
        return paid

    def _opponents_move(self) -> str | None:
        """Ask the opponent; None where it failed."""
        state, seat = self.state, 1 - self.state.seat
        if self._player is not None:
            return self._player(self.game, state.match.position, seat, self.np_random)
        assert callable(self.opponent)
        for _ in range(self.max_invalid):
            said = self.opponent(self._seen_from(seat))
            if isinstance(said, str):
                move = self.referee.read(state.match, seat, said)
                if isinstance(move, str):
                    return move
        state.failed = f"the opponent made no legal move, and said {said!r:.80}"
        return None

    def _seen_from(self, seat: int) -> Observation:
        """Show the game as an opponent sees it, who is told the rules each time."""
        told = [self.referee.rules(), self.referee.says(self.state.match, seat)]
        picture = self.game.picture(self.state.match.position, seat, self.image_size)
        return {"image": picture, "text": shortened(told)}

    def _read(self, action: str) -> Command | ParseError:
        """Read a legal move: any other is as unreadable, and giving up by it costs as much."""
        command = super()._read(action)
        if isinstance(command, ParseError):
            return command
        match, said = self.state.match, str(command.arguments["move"])
        move = self.referee.legal_or_not(match, self.state.seat, said)
        if isinstance(move, ParseError):
            return ParseError(move.message, action)
        return replace(command, arguments={"move": move})

    def _apply(self, command: Command) -> Outcome:
        state, game = self.state, self.game
        moves = {state.seat: str(command.arguments["move"])}
        paid, state.early = state.early, [0.0, 0.0]
        if game.simultaneous:
            other = self._opponents_move()
            moves = {**moves, 1 - state.seat: other} if other is not None else {}
        if moves:
            first = self.referee.play(state.match, moves, self.np_random)
            then = self._let_opponent_move()
            paid = [sum(terms) for terms in zip(paid, first, then, strict=True)]
        if state.failed is not None:
            return Outcome(terminated=True, message=state.failed, env_error=state.failed)
        over = not self.referee.to_move(state.match)
        returns = (state.match.returns[0], state.match.returns[1])
        return Outcome(
            {"game": self._mine((paid[0], paid[1]))},
            terminated=over,
            success=over and game.won(state.match.position, returns, state.seat),
        )

    def _refuse(self, error: ParseError) -> Outcome:
        """Refuse what is no move, unless it is for an opponent that failed before the first one."""
        failed = self.state.failed
        if failed is not None:
            return Outcome(terminated=True, message=failed, env_error=failed)
        return super()._refuse(error)

    def _mine(self, paid: tuple[float, float]) -> float:
        seat = self.state.seat
        return paid[seat] if self.reward == "own" else self.game.together(paid, seat)

    def _forfeit(self) -> Mapping[str, float]:
        """Lose what the worst play would still lose."""
        early, self.state.early = self.state.early, [0.0, 0.0]
        lost = self.referee.forfeit(self.state.match, self.state.seat)
        return {"game": self._mine((early[0] + lost[0], early[1] + lost[1]))}

    def _observe(self) -> View:
        state = self.state
        picture = self.game.picture(state.match.position, state.seat, self.image_size)
        return View(picture, self.referee.says(state.match, state.seat))

    def _info(self, **kwargs: Any) -> dict[str, Any]:
        info = super()._info(**kwargs)
        returns, seat = self.state.match.returns, self.state.seat
        counted = self.game.counted(self.state.match.position, (returns[0], returns[1]), seat)
        info["metrics"] = {"own": returns[seat], "other": returns[1 - seat], "counted": counted}
        return info

    def _labels(self) -> Mapping[str, str]:
        """Tell game and seat."""
        return {"game": self.game.name, "seat": str(self.state.seat)}

    def _admissible_actions(self) -> tuple[str, ...]:
        legal = self.game.legal(self.state.match.position, self.state.seat)
        return tuple(self.parser.write(MOVE.name, {"move": move}) for move in legal)

    @property
    def all_actions(self) -> tuple[str, ...]:
        """The texts of all moves that there are, for `vl_envs.wrappers.DiscreteActions`."""
        return tuple(self.parser.write(MOVE.name, {"move": move}) for move in self.game.actions)

    def expert_action(self) -> str:
        """Say what the strongest player would, or the one that was asked for."""
        self._need_state("expert_action()")
        position, seat = self.state.match.position, self.state.seat
        if not self.game.legal(position, seat):  # the game is over: whatever is said is not heard
            return self.parser.write(MOVE.name, {"move": self.game.actions[0]})
        name = "random" if self._expert_errs else self.expert
        # Numbers of its own: asking the expert must not change what happens. The turn comes first
        # and is never 0, which would give the numbers that the seed alone gives.
        rng = np.random.default_rng((1 + self._turn, self._seed))
        move = self.game.players[name](self.game, position, seat, rng)
        return self.parser.write(MOVE.name, {"move": move})

    def vocabulary(self) -> Iterable[str]:
        """Give every word that can be shown or said."""
        return self.referee.vocabulary()

    def close(self) -> None:
        """Free what the game's engine holds."""
        self.game.close()
