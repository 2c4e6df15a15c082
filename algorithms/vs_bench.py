"""VS-Bench's protocol: decisions, predictions and perception in ten games for two.

After Xu et al. 2025, arXiv 2506.02387, section 3 and appendices D, E and F. Contenders are the
names ``random`` and ``reference`` (the game's own strongest player), a `Player` of games, or a
policy. A policy is told as theirs are: picture, rules and legal moves each time, nothing of earlier
turns; and it is read as theirs are: see `vl_envs.games.dialect.matched`. They ask again, up to 20
times, where nothing like a move is found, and make a random one where it is not legal; here a
random one is made in either case, and `Score.unread` says how often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import permutations
from typing import Any, NamedTuple, TypeVar

import numpy as np

from algorithms.statistics import bootstrap_interval
from policies.context import NEWEST, Context
from policies.policy import Policy
from vl_envs.core.env import Observation
from vl_envs.core.errors import unknown
from vl_envs.core.parser import ParseError, Parser
from vl_envs.games.dialect import LenientParser, VSBenchParser, parser_of
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

T = TypeVar("T")
Contender = str | Player | Policy
GAMES = tuple(SETTINGS)
"""VS-Bench's games, in the order of its tables."""
NAMED = ("random", "reference")
RIVALS = {"breakthrough": "mcts", "kuhn_poker": "nash", "simple_push": "charger"}
"""Who is met, where it is not oneself."""
SEATS_OF = {"simple_push": (0,)}
"""Which seats are played against rivals, where not each in turn."""
DEALS = tuple(permutations(range(3), 2))
"""Of Kuhn poker: the cards of both."""
TIMES = 10
"""How often each deal is played by each seat in a run of Kuhn poker."""


@dataclass(frozen=True)
class Telling:
    """How a policy is told and read.

    Attributes:
        dialect: in which it answers; ``vsbench`` is read as VS-Bench does, others strictly.
        thought: whether it is asked to reason in its answer.
        history: past turns that it sees; None is all, `NEWEST`, as in VS-Bench, none.
        image_size: side of the pictures, in pixels.
        prompt: ``full`` or ``brief``, as `Referee` has it.
        batch: answers at a time, and matches side by side.
    """

    dialect: str = VSBenchParser.name
    thought: bool = False
    history: int | None = NEWEST
    image_size: int = 448
    prompt: str = "full"
    batch: int = 64

    def parser(self) -> Parser:
        """Make the parser of the dialect."""
        return parser_of(self.dialect, self.thought, strict=self.dialect != VSBenchParser.name)


class Score(NamedTuple):
    """How good a contender is at one game.

    Attributes:
        value: in percent: 0 is random play, in reasoning no right answer; 100 the optimum.
        interval: its bootstrap interval (95%).
        raw: mean of ``values``, and ``raw_interval`` its bootstrap interval (95%).
        values: what VS-Bench counts of each match (in Kuhn poker, of each run of matches), or
            whether each answer was right.
        unread: share of a policy's answers in which nothing that can be answered was found.
        chance: what random answers have on average, as a share; None for decisions.
    """

    value: float
    interval: tuple[float, float]
    raw: float
    raw_interval: tuple[float, float]
    values: tuple[float, ...]
    unread: float
    chance: float | None


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
        contexts: what a policy has seen from each of its seats.
    """

    match: Match
    seats: tuple[int, ...]
    rival: Player
    run: int
    rng: np.random.Generator
    contexts: dict[int, Context] = field(default_factory=dict)


def decision_making(
    contender: Contender,
    name: str,
    episodes: int = 10,
    seed: int = 0,
    telling: Telling = Telling(),
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
        telling: how a policy is told and read.
        heard: is told how far it is.

    Raises:
        ValueError: VS-Bench has not the game, or there is no such contender.
        ImportError: its engine is not installed.
    """
    game = _game(name)
    player, policy = _player(contender, game), _seeded(contender, seed)
    referee = Referee(game, telling.parser(), telling.prompt)
    makers = list(_tables(game, episodes, seed))
    counted: dict[int, list[float]] = {}
    read: list[bool] = []
    for wave in _chunks(makers, telling.batch):
        tables, step = [make() for make in wave], 0
        while live := [table for table in tables if referee.to_move(table.match)]:
            step += 1
            if heard:
                heard(f"{len(makers)} matches; of {len(tables)}, {len(live)} at step {step}")
            asked = [(t, s) for t in live for s in referee.to_move(t.match) if s in t.seats]
            said: Sequence[str | None]
            if player is None:
                said = _moves(policy, referee, asked, telling)
                read += [move is not None for move in said]
            else:
                said = [player(game, t.match.position, s, t.rng) for t, s in asked]
            _step(referee, live, asked, said)
        for table in tables:
            returns = (table.match.returns[0], table.match.returns[1])
            worth = game.counted(table.match.position, returns, table.seats[0])
            counted.setdefault(table.run, []).append(worth)
    values = [float(np.mean(of_run)) for of_run in counted.values()]
    raw, interval = float(np.mean(values)), _interval(values)
    value, ends = game.norm(raw), (game.norm(interval[0]), game.norm(interval[1]))
    unread = 1 - float(np.mean(read)) if read else 0.0
    return Score(value, ends, raw, interval, tuple(values), unread, None)


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
    """Give what begins each match: a policy's pictures are kept for as many as run at once."""
    rival = game.players[RIVALS.get(game.name, "random")]
    seats: Sequence[tuple[int, ...]] = [game.seats]
    if game.name in RIVALS:
        seats = [(seat,) for seat in SEATS_OF.get(game.name, game.seats)]
    deals = DEALS * TIMES if game.name == "kuhn_poker" else [None]
    number = 0
    for episode in range(episodes):
        for at, own in enumerate(seats):
            for deal in deals:
                run = episode if deal else episode * len(seats) + at

                def make(
                    own: tuple[int, ...] = own,
                    deal: tuple[int, ...] | None = deal,
                    run: int = run,
                    number: int = number,
                ) -> _Table:
                    rng = np.random.default_rng((seed, number))
                    match = Match(_dealt(game, deal) if deal else game.start(rng))
                    return _Table(match, own, rival, run, rng)

                number += 1
                yield make


def _dealt(game: Any, cards: Sequence[int]) -> Any:
    """Begin a game of Kuhn poker with these cards."""
    state = game.openspiel.new_initial_state()
    for card in cards:
        state.apply_action(card)
    return state


def _moves(
    policy: Policy, referee: Referee, asked: Sequence[tuple[_Table, int]], telling: Telling
) -> list[str | None]:
    """Let a policy answer for seats; give its legal moves, None where there is none to be found."""
    contexts = []
    for table, seat in asked:
        context = table.contexts.setdefault(seat, Context(0, telling.history))
        text = referee.says(table.match, seat)
        if telling.history == NEWEST or not context.messages:
            text = f"{referee.rules()}\n{text}"
        context.observe(_observation(referee.game, table.match, seat, text, telling))
        _forget(context)
        contexts.append(context)
    said = []
    for chunk in _chunks(contexts, telling.batch):
        for context, generation in zip(chunk, policy.act(chunk), strict=True):
            context.answer(generation)
            said.append(generation.text)
    read = [referee.read(t.match, s, text) for (t, s), text in zip(asked, said, strict=True)]
    return [None if isinstance(move, ParseError) else move for move in read]


def _forget(context: Context) -> None:
    """Drop what will not be seen again: the first turn and the newest ones are."""
    if context.history is not None:
        gone = slice(1, len(context.messages) - max(context.history, 0) - 1)
        if gone.stop > 1:
            del context.messages[gone], context.generations[gone], context.observations[gone]


# Predictions.


def reasoning(
    contender: Contender,
    name: str,
    count: int = 400,
    seed: int = 0,
    telling: Telling = Telling(),
) -> Score:
    """Ask a contender what the other does next, in `reasoning_samples`.

    ``random`` answers with any of the moves offered, ``reference`` with the right one; a `Player`
    with what it would do itself in the other's seat.

    Raises:
        ValueError: VS-Bench has not the game, or there is no such contender.
        ImportError: its engine is not installed.
    """
    game, rng = _game(name), np.random.default_rng((seed, 1))
    player, policy = _player(contender, game), _seeded(contender, seed)
    samples = reasoning_samples(name, count, seed)
    said: list[str | None]
    if contender == "reference":
        said = [sample.move for sample in samples]
    elif player is not None:
        said = [player(game, s.match.position, 1 - s.seat, rng) for s in samples]
    else:
        referee = Referee(game, telling.parser(), telling.prompt)

        def ask(sample: ReasoningSample) -> Observation:
            text = _prediction(referee, sample)
            return _observation(game, sample.match, sample.seat, text, telling)

        answers = _answers(policy, samples, ask, telling)
        read = [
            referee.read(s.match, 1 - s.seat, text)
            for s, text in zip(samples, answers, strict=True)
        ]
        said = [None if isinstance(move, ParseError) else move for move in read]
    right = [float(move in s.accepted) for s, move in zip(samples, said, strict=True)]
    chance = float(np.mean([len(s.accepted) / len(s.offered) for s in samples]))
    return _share(right, said.count(None) / len(said), chance, 0.0)


def _prediction(referee: Referee, sample: ReasoningSample) -> str:
    """Ask what the other does next."""
    game, last = referee.game, sample.match.last[1 - sample.seat]
    return "\n".join(
        line
        for line in (
            referee.rules(),
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
    telling: Telling = Telling(),
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
    if _player(contender, game) is not None and contender not in NAMED:
        raise ValueError("players answer no questions about what they see: expected a policy")
    samples = perception_samples(name, count, seed)
    said: list[str | None]
    if contender == "reference":
        said = [s.question.answer for s in samples]
    elif contender == "random":
        said = [str(rng.choice(s.question.answers)) for s in samples]
    else:
        parser = telling.parser()
        rules = Referee(game, parser, telling.prompt).rules()

        def ask(sample: PerceptionSample) -> Observation:
            options = " | ".join(sample.question.answers)
            text = (
                f"{rules}\n{game.roles[sample.seat]}\nNow make no move, but answer a question with "
                f"one of these in place of a move: {options}.\n{sample.question.text}"
            )
            return _observation(game, sample.match, sample.seat, text, telling)

        answers = _answers(_seeded(contender, seed), samples, ask, telling)
        said = [
            _chosen(parser, text, s.question.answers)
            for s, text in zip(samples, answers, strict=True)
        ]
    right = [float(a == s.question.answer) for s, a in zip(samples, said, strict=True)]
    chance = float(np.mean([1 / len(s.question.answers) for s in samples]))
    return _share(right, said.count(None) / len(said), chance, chance)


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


# What all share.


def _game(name: str) -> Game[Any]:
    if name not in GAMES:
        raise unknown("game of VS-Bench", name, GAMES)
    return make_game(name)


def _player(contender: Contender, game: Game[Any]) -> Player | None:
    """Give the player that a contender is, None for a policy."""
    if isinstance(contender, str):
        if contender not in NAMED:
            raise unknown("contender", contender, NAMED)
        return game.players[game.reference if contender == "reference" else contender]
    return None if hasattr(contender, "act") else contender


def _seeded(contender: Any, seed: int) -> Any:
    """Start a policy's random stream anew."""
    if not isinstance(contender, str) and hasattr(contender, "seed"):
        contender.seed(seed)
    return contender


def _observation(
    game: Game[Any], match: Match, seat: int, text: str, telling: Telling
) -> Observation:
    size = (telling.image_size, telling.image_size)
    return {"image": game.picture(match.position, seat, size), "text": text}


def _answers(
    policy: Policy, samples: Sequence[T], ask: Callable[[T], Observation], telling: Telling
) -> list[str]:
    """Let a policy answer a question about each sample, some at a time."""
    said = []
    for chunk in _chunks(samples, telling.batch):
        contexts = [Context() for _ in chunk]
        for context, sample in zip(contexts, chunk, strict=True):
            context.observe(ask(sample))
        said += [generation.text for generation in policy.act(contexts)]
    return said


def _chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _share(right: Sequence[float], unread: float, chance: float, zero: float) -> Score:
    """Score the share of right answers, in percent of what lies above ``zero``."""
    raw, (low, high) = float(np.mean(right)), _interval(right)
    value, *ends = (100 * (share - zero) / (1 - zero) for share in (raw, low, high))
    return Score(value, (ends[0], ends[1]), raw, (low, high), tuple(right), unread, chance)


def _interval(values: Sequence[float]) -> tuple[float, float]:
    return bootstrap_interval(values, rng=np.random.default_rng(0))
