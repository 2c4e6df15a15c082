"""VS-Bench's protocol: decisions, predictions and perception in ten games for two.

After Xu et al. 2025, arXiv 2506.02387, section 3 and appendices D, E and F. Contenders are the
names ``random`` and ``reference`` (the game's own strongest player), a `Player` of games, or a
`Speaker`, which is told and read as their models are: see `vl_envs.games.dialect.matched`. They ask
again, up to 20 times, where nothing like a move is found, and make a random one where it is not
legal; here a random one is made in either case, and `Score.unread` says how often.

`algorithms.vs_bench` makes speakers of policies, and tells how sure scores are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from itertools import permutations, product
from typing import Any

import numpy as np

from vl_envs.core.errors import unknown
from vl_envs.core.parser import ParseError, Parser
from vl_envs.games.asking import (
    AS_VS_BENCH,
    NAMED,
    Ask,
    Contender,
    Score,
    Telling,
    answers,
    chunks,
    player_of,
)
from vl_envs.games.dialect import LenientParser
from vl_envs.games.game import Game, Player
from vl_envs.games.players import anyone
from vl_envs.games.referee import Match, Referee
from vl_envs.games.samples import (
    SETTINGS,
    PerceptionSample,
    ReasoningSample,
    perception_samples,
    reasoning_samples,
)
from vl_envs.games.table import make_game

GAMES = tuple(SETTINGS)
"""VS-Bench's games, in the order of its tables."""
RIVALS = {"breakthrough": "mcts", "kuhn_poker": "nash", "simple_push": "charger"}
"""Who is met, where it is not oneself."""
SEATS_OF = {"simple_push": (0,)}
"""Which seats are played against rivals, where not each in turn."""
DEALS = tuple(permutations(range(3), 2))
"""Of Kuhn poker: the cards of both."""
TIMES = 10
"""How often each deal is played by each seat in a run of Kuhn poker."""


def published() -> dict[str, Any]:
    """Read the tables of the paper: part -> model -> overall and each game, as ``columns`` says."""
    data = files("vl_envs.games").joinpath("data/vs_bench.json").read_text()
    tables: dict[str, Any] = json.loads(data)
    return tables


# Decisions.


@dataclass
class _Table:
    """A match that is played.

    Attributes:
        match: the match.
        seats: the contender's.
        rival: who has the others.
        run: matches of one run are counted together.
        rng: of this match alone.
        memories: a speaker's, for each of its seats.
    """

    match: Match
    seats: tuple[int, ...]
    rival: Player
    run: int
    rng: np.random.Generator
    memories: tuple[dict[str, Any], ...] = field(default_factory=lambda: ({}, {}))


def decision_making(
    contender: Contender,
    name: str,
    episodes: int = 10,
    seed: int = 0,
    telling: Telling = AS_VS_BENCH,
    heard: Callable[[str], None] | None = None,
) -> Score:
    """Let a contender play a game as VS-Bench does (appendix F).

    It plays itself where the game is no contest; else MCTS at Breakthrough from each seat, an
    equilibrium at Kuhn poker, the charger at Simple Push, and the cartridge at Pong.

    Args:
        contender: who plays.
        name: of the game.
        episodes: matches, for each seat; at Kuhn poker runs of 120 matches.
        seed: of everything.
        telling: how a speaker is told and read.
        heard: is told how far it is.

    Raises:
        ValueError: VS-Bench has not the game, or there is no such contender.
        ImportError: its engine is not installed.
    """
    game = _game(name)
    player = player_of(contender, game)
    referee = Referee(game, telling.parser(), telling.prompt)
    makers = list(_tables(game, episodes, seed))
    counted: dict[int, list[float]] = {}
    read: list[bool] = []
    for wave in chunks(makers, telling.batch):
        tables, step = [make() for make in wave], 0
        while live := [table for table in tables if referee.to_move(table.match)]:
            step += 1
            if heard:
                heard(f"{len(makers)} matches; of {len(tables)}, {len(live)} at step {step}")
            asked = [(t, s) for t in live for s in referee.to_move(t.match) if s in t.seats]
            said: Sequence[str | None]
            if player is None:
                said = _moves(contender, referee, asked, telling)
                read += [move is not None for move in said]
            else:
                said = [player(game, t.match.position, s, t.rng) for t, s in asked]
            _step(referee, live, asked, said)
        for table in tables:
            returns = (table.match.returns[0], table.match.returns[1])
            worth = game.counted(table.match.position, returns, table.seats[0])
            counted.setdefault(table.run, []).append(worth)
    values = tuple(float(np.mean(of_run)) for of_run in counted.values())
    assert game.published is not None
    return Score(values, *game.published, 1 - float(np.mean(read)) if read else 0.0)


def _step(
    referee: Referee,
    tables: Sequence[_Table],
    asked: Sequence[tuple[_Table, int]],
    said: Sequence[str | None],
) -> None:
    """Make one move at each table: what the contender said, what rivals do, else any."""
    game, by_table = referee.game, dict(zip(((id(t), s) for t, s in asked), said, strict=True))
    for table in tables:
        moves = {}
        for seat in referee.to_move(table.match):
            player = anyone if seat in table.seats else table.rival
            move = by_table.get((id(table), seat))
            moves[seat] = move or player(game, table.match.position, seat, table.rng)
        referee.play(table.match, moves, table.rng)


def _tables(game: Game[Any], episodes: int, seed: int) -> Iterator[Callable[[], _Table]]:
    """Give what begins each match: no more are kept than run at once."""
    rival = game.players[RIVALS.get(game.name, "random")]
    seats: Sequence[tuple[int, ...]] = [game.seats]
    if game.name in RIVALS:
        seats = [(seat,) for seat in SEATS_OF.get(game.name, game.seats)]
    deals = DEALS * TIMES if game.name == "kuhn_poker" else [None]

    def begin(own: tuple[int, ...], deal: Sequence[int] | None, run: int, number: int) -> _Table:
        rng = np.random.default_rng((seed, number))
        match = Match(_dealt(game, deal) if deal else game.start(rng))
        return _Table(match, own, rival, run, rng)

    matches = product(range(episodes), enumerate(seats), deals)
    for number, (episode, (at, own), deal) in enumerate(matches):
        run = episode if deal else episode * len(seats) + at
        yield partial(begin, own, deal, run, number)


def _dealt(game: Any, cards: Sequence[int]) -> Any:
    """Begin a game of Kuhn poker with these cards."""
    state = game.openspiel.new_initial_state()
    for card in cards:
        state.apply_action(card)
    return state


def _moves(
    speaker: Any, referee: Referee, asked: Sequence[tuple[_Table, int]], telling: Telling
) -> list[str | None]:
    """Let a speaker answer for seats; give its legal moves, None where none is found."""

    def ask(of: tuple[_Table, int]) -> Ask:
        (table, seat), game = of, referee.game
        picture = game.picture(table.match.position, seat, telling.size)
        said = referee.says(table.match, seat)
        return Ask(picture, referee.rules(), said, table.memories[seat])

    said = answers(speaker, asked, ask, telling)
    read = [referee.read(t.match, s, text) for (t, s), text in zip(asked, said, strict=True)]
    return [None if isinstance(move, ParseError) else move for move in read]


# Predictions.


def reasoning(
    contender: Contender,
    name: str,
    count: int = 400,
    seed: int = 0,
    telling: Telling = AS_VS_BENCH,
) -> Score:
    """Ask a contender what the other does next, in `reasoning_samples`.

    ``random`` answers with any of the moves offered, ``reference`` with the right one; a `Player`
    with what it would do itself in the other's seat.

    Raises:
        ValueError: VS-Bench has not the game, or there is no such contender.
        ImportError: its engine is not installed.
    """
    game, rng = _game(name), np.random.default_rng((seed, 1))
    player = player_of(contender, game)
    samples = reasoning_samples(name, count, seed)
    said: list[str | None]
    if contender == "reference":
        said = [sample.move for sample in samples]
    elif player is not None:
        said = [player(game, s.match.position, 1 - s.seat, rng) for s in samples]
    else:
        referee = Referee(game, telling.parser(), telling.prompt)

        def ask(sample: ReasoningSample) -> Ask:
            picture = game.picture(sample.match.position, sample.seat, telling.size)
            return Ask(picture, referee.rules(), _prediction(game, sample), {})

        texts = answers(contender, samples, ask, telling)
        read = [
            referee.read(s.match, 1 - s.seat, text) for s, text in zip(samples, texts, strict=True)
        ]
        said = [None if isinstance(move, ParseError) else move for move in read]
    right = [float(move in s.accepted) for s, move in zip(samples, said, strict=True)]
    chance = float(np.mean([len(s.accepted) / len(s.offered) for s in samples]))
    return Score(tuple(right), 0.0, 1.0, said.count(None) / len(said), chance)


def _prediction(game: Game[Any], sample: ReasoningSample) -> str:
    """Ask what the other does next."""
    last = sample.match.last[1 - sample.seat]
    return "\n".join(
        line
        for line in (
            game.roles[sample.seat],
            game.words(sample.match.position, sample.seat),
            f"The other player's last move: {last}." if last else "",
            "Now make no move, but predict the other player's next one, and answer with it.",
            f"The other player's legal moves: {', '.join(sample.offered)}.",
        )
        if line
    )


# Perception.


def perception(
    contender: Contender,
    name: str,
    count: int = 400,
    seed: int = 0,
    telling: Telling = AS_VS_BENCH,
) -> Score:
    """Ask a contender what it sees, in `perception_samples`.

    Our questions offer answers to choose from; VS-Bench asks for all of a picture at once. So
    ``value`` is corrected for chance: (share of right answers - chance) / (1 - chance).

    Raises:
        ValueError: VS-Bench has not the game, or there is no such contender, or it is a `Player`,
            who answers no questions.
        ImportError: its engine is not installed.
    """
    game, rng = _game(name), np.random.default_rng((seed, 1))
    if player_of(contender, game) is not None and contender not in NAMED:
        raise ValueError("players answer no questions about what they see: expected a speaker")
    samples = perception_samples(name, count, seed)
    said: list[str | None]
    if contender == "reference":
        said = [s.question.answer for s in samples]
    elif contender == "random":
        said = [str(rng.choice(s.question.answers)) for s in samples]
    else:
        parser = telling.parser()
        rules = Referee(game, parser, telling.prompt).rules()

        def ask(sample: PerceptionSample) -> Ask:
            picture = game.picture(sample.match.position, sample.seat, telling.size)
            options = " | ".join(sample.question.answers)
            text = (
                f"{game.roles[sample.seat]}\nNow make no move, but answer a question with one of "
                f"these in place of a move: {options}.\n{sample.question.text}"
            )
            return Ask(picture, rules, text, {})

        texts = answers(contender, samples, ask, telling)
        said = [
            _chosen(parser, text, s.question.answers)
            for s, text in zip(samples, texts, strict=True)
        ]
    right = [float(a == s.question.answer) for s, a in zip(samples, said, strict=True)]
    chance = float(np.mean([1 / len(s.question.answers) for s in samples]))
    return Score(tuple(right), chance, 1.0, said.count(None) / len(said), chance)


_SAID = re.compile(r'"action"\s*:\s*"?([^"}]+)', re.IGNORECASE)


def _chosen(parser: Parser, text: str, options: Sequence[str]) -> str | None:
    """Read which answer was chosen, None where that cannot be told."""
    command = parser.parse(text)
    if isinstance(command, ParseError):
        return None
    said = str(command.arguments["move"])
    if isinstance(parser, LenientParser) and (found := _SAID.findall(said)):
        said = found[-1]
    wanted = "".join(said.casefold().split())
    return next((o for o in options if "".join(o.casefold().split()) == wanted), None)


def _game(name: str) -> Game[Any]:
    if name not in GAMES:
        raise unknown("game of VS-Bench", name, GAMES)
    return make_game(name)
