"""Positions to ask about: what the other does next, and what is seen, for VS-Bench's ten games.

VS-Bench (Xu et al. 2025, arXiv 2506.02387, appendices D and E) asks each model the same 400
questions a game. Its sets are files; ours are generated, the same from the same seed. Who plays:

- Coin Dilemma, Monster Hunt, Battle of the Colors: the settings and counts of E.8 to E.10. Where
  one of two plays at random, the other is asked about; else each is in half the samples.
- Breakthrough: alpha-beta of the depths in E.4, but 5 for 6, which takes ten times as long; its
  judgement of positions is our own.
- Kuhn poker: the equilibria with alpha 0, 1/6 and 1/3, each against each (E.5).
- Hanabi, Overcooked, Knights Archers Zombies, Pong, Simple Push: theirs come from models and from
  people, ours from the game's reference player, of which one move in ten is random, so that many
  positions are met; what is asked is never a random move. As with them, in Hanabi plays, discards
  and hints are 2 : 3 : 4, in Overcooked a tenth at most is ``<STAY>``, in Simple Push the blocker
  and in Pong the right paddle is asked about. In Pong the three moves are as many: the reference
  mostly stays.

In the games on a grid either of two ways that are as short is right; VS-Bench, too, keeps several
right answers to a question. In Kuhn poker, which is played with chance, nobody foresees everything.

Perception is asked about positions of the same play, but of random play in Knights Archers Zombies,
Breakthrough, Kuhn poker and Simple Push (appendix D).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from vl_envs.core.errors import unknown
from vl_envs.games.game import SEATS, Game, Player, Question
from vl_envs.games.grid import SIDES, Cell, Grid, Walker
from vl_envs.games.players import anyone
from vl_envs.games.referee import Match
from vl_envs.games.table import make_game


@dataclass(frozen=True)
class ReasoningSample:
    """A position in which a seat is asked what the other does next.

    Attributes:
        match: the game as it stands.
        seat: who is asked; in games in which both move at once, it moves as well.
        move: what the other does.
        accepted: answers that are right: in games on a grid, either of two ways that are as short.
        offered: what the other may do. In Hanabi this tells of the asked one's own cards, as a hint
            must be about some; VS-Bench offers it, too.
    """

    match: Match
    seat: int
    move: str
    accepted: tuple[str, ...]
    offered: tuple[str, ...]


@dataclass(frozen=True)
class PerceptionSample:
    """A position in which a seat is asked about what it sees."""

    match: Match
    seat: int
    question: Question


class Setting(NamedTuple):
    """Who plays.

    Attributes:
        players: names of those in the first and the second seat.
        samples: of 400, or in the ratio to other settings.
        about: seats whose moves are asked for.
    """

    players: tuple[str, str]
    samples: float
    about: tuple[int, ...] = SEATS


class Moment(NamedTuple):
    """A match before a step, and the moves in it that were a player's own."""

    match: Match
    moves: dict[int, str]


# Players that no game offers as opponents.


def monster(state: Grid, seat: int) -> Cell:
    """The monster."""
    return state.spots["monster"]


def corner(state: Grid, seat: int) -> Cell:
    """The lower left corner, to wait there."""
    return 0, 0


def block(colour: str, state: Grid, seat: int) -> Cell:
    """The block of one colour."""
    return state.spots[f"{colour} block"]


def deep(depth: int, game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Look some half-moves ahead at Breakthrough."""
    from vl_envs.games.alpha_beta import best_move
    from vl_envs.games.breakthrough import rows_of

    return best_move(rows_of(state), seat, depth, rng)


def equilibrium(
    alpha: float, game: Game[Any], state: Any, seat: int, rng: np.random.Generator
) -> str:
    """Play Kuhn's equilibrium in which the first player opens with the jack so often.

    H. W. Kuhn 1950, "A simplified two-person poker": it opens with the king three times as often,
    and calls with the queen a third more often.
    """
    cards, said = state.history()[:2], tuple(state.history()[2:])
    bet = {
        (): (alpha, 0.0, 3 * alpha),
        (0,): (1 / 3, 0.0, 1.0),
        (1,): (0.0, 1 / 3, 1.0),
        (0, 1): (0.0, alpha + 1 / 3, 1.0),
    }[said][cards[seat]]
    return game.actions[int(rng.random() < bet)]


MORE: dict[str, Mapping[str, Player]] = {
    "monster_hunt": {"chaser": Walker(monster), "corner": Walker(corner)},
    "battle_of_the_colors": {side: Walker(partial(block, side)) for side in SIDES},
    "breakthrough": {f"depth {n}": partial(deep, n) for n in (3, 4, 5)},
    "kuhn_poker": {f"alpha {n}/6": partial(equilibrium, n / 6) for n in (0, 1, 2)},
}
SETTINGS: dict[str, tuple[Setting, ...]] = {
    "hanabi": (Setting(("rules", "rules"), 400),),
    "overcooked": (Setting(("cook", "cook"), 400),),
    "knights_archers_zombies": (Setting(("hunters", "hunters"), 400),),
    "breakthrough": tuple(
        Setting((f"depth {one}", f"depth {other}"), 400 / 6)
        for one, other in ((3, 4), (3, 5), (4, 5), (4, 5), (4, 4), (5, 5))
    ),
    "kuhn_poker": tuple(
        Setting((one, other), 400 / 9) for one, other in product(MORE["kuhn_poker"], repeat=2)
    ),
    "pong": (Setting(("tracker", "tracker"), 400, (0,)),),
    "simple_push": (Setting(("planner", "charger"), 400, (0,)),),
    "coin_dilemma": (
        Setting(("own", "own"), 100),
        Setting(("selfish", "selfish"), 100),
        Setting(("own", "selfish"), 50),
        Setting(("selfish", "own"), 50),
        Setting(("random", "selfish"), 50, (1,)),
        Setting(("selfish", "random"), 50, (0,)),
    ),
    "monster_hunt": (
        Setting(("chaser", "chaser"), 80),
        Setting(("together", "together"), 80),
        Setting(("corner", "corner"), 80),
        Setting(("gatherer", "gatherer"), 80),
        Setting(("random", "gatherer"), 40, (1,)),
        Setting(("gatherer", "random"), 40, (0,)),
    ),
    "battle_of_the_colors": (
        Setting(("nearest", "nearest"), 100),
        Setting(("stubborn", "stubborn"), 100),
        Setting(("nearest", "stubborn"), 50),
        Setting(("stubborn", "nearest"), 50),
        Setting(("red", "red"), 50),
        Setting(("blue", "blue"), 50),
    ),
}
"""VS-Bench's games, in the order of its tables."""
STRAYS = dict.fromkeys(
    ("hanabi", "overcooked", "knights_archers_zombies", "pong", "simple_push"), 0.1
)
"""Share of moves that are random instead of a player's own."""
SHARES: dict[str, Mapping[str, float]] = {
    "hanabi": {"(Play": 2, "(Discard": 3, "(Reveal": 4},
    "overcooked": {"<STAY>": 1, "<": 9},
    "pong": {"<STAY>": 1, "<UP>": 1, "<DOWN>": 1},
}
"""How moves begin, and how many of the samples each kind of them is to be."""
SEEN_AT_RANDOM = ("knights_archers_zombies", "breakthrough", "kuhn_poker", "simple_push")
"""Games in which perception is asked about random play."""
OF_A_MATCH = {"breakthrough": 8, "kuhn_poker": 1, "pong": 25}
"""Samples of a seat from one match, where not `USUALLY`: few matches take long, many are alike."""
USUALLY = 5


def reasoning_samples(name: str, count: int = 400, seed: int = 0) -> list[ReasoningSample]:
    """Generate positions in which one is asked what the other does next.

    Raises:
        ValueError: VS-Bench has not the game, or ``count`` is below 1.
        ImportError: its engine is not installed.
    """
    settings, game, rng = _begin(name, count), make_game(name), np.random.default_rng(seed)
    kinds = SHARES.get(name, {"": 1.0})
    # One cell for each setting, seat that is asked about and kind of move.
    cells = [(n, seat, kind) for n, s in enumerate(settings) for seat in s.about for kind in kinds]
    weights = [settings[n].samples / len(settings[n].about) * kinds[kind] for n, _, kind in cells]
    wanted = Counter(dict(zip(cells, _split(count, weights), strict=True)))
    found: list[ReasoningSample] = []
    for at, setting in enumerate(settings):
        players = _players(game, setting)
        while any(wanted[cell] for cell in cells if cell[0] == at):
            moments = _moments(game, players, rng)
            for about in setting.about:
                left = OF_A_MATCH.get(name, USUALLY)
                for number in rng.permutation(len(moments)).tolist():
                    match, moves = moments[number]
                    if about not in moves:
                        continue
                    kind = next(kind for kind in kinds if moves[about].startswith(kind))
                    cell = (at, about, kind)
                    if left and wanted[cell]:
                        wanted[cell] -= 1
                        left -= 1
                        found.append(_sample(game, match, about, moves[about], players[about]))
    return found


def perception_samples(name: str, count: int = 400, seed: int = 0) -> list[PerceptionSample]:
    """Generate positions in which one is asked about what one sees.

    Raises:
        ValueError: VS-Bench has not the game, or ``count`` is below 1.
        ImportError: its engine is not installed.
    """
    settings, game, rng = _begin(name, count), make_game(name), np.random.default_rng(seed)
    if name in SEEN_AT_RANDOM:
        settings = (Setting(("random", "random"), 400),)
    found: list[PerceptionSample] = []
    for setting, wanted in zip(settings, _split(count, [s.samples for s in settings]), strict=True):
        left = wanted
        while left:
            moments = _moments(game, _players(game, setting), rng)
            few = min(left, 2 * OF_A_MATCH.get(name, USUALLY), len(moments))
            left -= few
            for number in rng.permutation(len(moments))[:few].tolist():
                match, seat = moments[number].match, game.seats[len(found) % len(game.seats)]
                question = game.question(match.position, seat, rng)
                found.append(PerceptionSample(match, seat, question))
    return found


def _begin(name: str, count: int) -> tuple[Setting, ...]:
    if name not in SETTINGS:
        raise unknown("game of VS-Bench", name, SETTINGS)
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    return SETTINGS[name]


def _split(count: int, weights: Sequence[float]) -> list[int]:
    """Split a number as nearly as whole numbers can in the ratio of weights."""
    ends = np.round(count * np.cumsum([0.0, *weights]) / sum(weights)).astype(int)
    return [int(n) for n in np.diff(ends)]


def _players(game: Game[Any], setting: Setting) -> tuple[Player, Player]:
    players = {**game.players, **MORE.get(game.name, {})}
    first, second = setting.players
    return players[first], players[second]


def _moments(
    game: Game[Any], players: tuple[Player, Player], rng: np.random.Generator
) -> list[Moment]:
    """Play a match; give every moment of it."""
    strays, match = STRAYS.get(game.name, 0.0), Match(game.start(rng))
    found = []
    while seats := game.to_move(match.position):
        moment = Moment(Match(game.copy(match.position), list(match.returns), list(match.last)), {})
        moves = {}
        for seat in seats:
            if rng.random() < strays:
                moves[seat] = anyone(game, match.position, seat, rng)
            else:
                moves[seat] = players[seat](game, match.position, seat, rng)
                moment.moves[seat] = moves[seat]
        paid = game.play(match.position, moves, rng)
        match.returns = [had + more for had, more in zip(match.returns, paid, strict=True)]
        match.last = [moves.get(seat, match.last[seat]) for seat in SEATS]
        found.append(moment)
    return found


def _sample(
    game: Game[Any], match: Match, about: int, move: str, player: Player
) -> ReasoningSample:
    accepted = player.ways(match.position, about) if isinstance(player, Walker) else (move,)
    return ReasoningSample(match, 1 - about, move, accepted, game.legal(match.position, about))
