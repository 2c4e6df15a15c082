"""What a policy has learned of a game, as exactly as the game allows.

At Kuhn poker and tic-tac-toe nothing is left to chance: the policy's probabilities are read in all
situations that it can come to, and what follows is worked out. Only coins are played for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyspiel
import torch

from algorithms.self_play import play
from policies.context import NEWEST, Context
from policies.vlm import VLMPolicy
from vl_envs.core.parser import ParseError
from vl_envs.games.game import SEATS, Game
from vl_envs.games.players import play_match
from vl_envs.games.table import make_game
from vl_envs.games.tic_tac_toe import Board, best_moves
from vl_envs.games.zoo import aec

BATCH = 1024
"""Answers that are weighed at a time."""
GIVEN_UP = 3
"""So many wrong answers in a row lose a game."""
Kwargs = Mapping[str, Any]
"""Options of the environments: pictures, dialect."""
Measure = Callable[[Sequence[VLMPolicy], Kwargs, int, int], dict[str, float]]
"""Measures policies, one or one a seat: with these options, in so many matches, from this seed."""


def exploitability(
    policies: Sequence[VLMPolicy], kwargs: Kwargs, matches: int = 0, seed: int = 0
) -> dict[str, float]:
    """Weigh the policy's answer in each of Kuhn poker's twelve situations; no match is played.

    Returns:
        ``exploitability``, what a best response wins of it, on average over both seats, by
        OpenSpiel (0 at equilibrium, .458 for random play); ``legal``, the probability of saying
        one of the two moves, in the situation where it is least. The strategy that is judged is
        the policy's, given that it does.
    """
    game: Any = make_game("kuhn_poker")
    situations: dict[str, Any] = {}

    def visit(state: Any) -> None:
        if not state.is_terminal():
            if not state.is_chance_node():
                situations.setdefault(state.information_state_string(), state)
            for action in state.legal_actions():
                visit(state.child(action))

    visit(game.openspiel.new_initial_state())
    said = chances(
        policies[0], game, [(s, s.current_player()) for s in situations.values()], kwargs
    )
    table = {
        situation: list(enumerate((each / each.sum()).tolist()))
        for situation, each in zip(situations, said, strict=True)
    }
    return {
        "exploitability": pyspiel.nash_conv(game.openspiel, pyspiel.TabularPolicy(table)) / 2,
        "legal": float(said.sum(1).min()),
    }


def losses(
    policies: Sequence[VLMPolicy], kwargs: Kwargs, matches: int = 0, seed: int = 0
) -> dict[str, float]:
    """Follow tic-tac-toe against the perfect player through all that it can reply; both seats.

    Returns:
        ``lost, sampled`` and ``lost, greedy``: the probability of losing with samples, and with
        the most likely answers. Wrong answers are asked for again, as if nothing had been said;
        a greedy one loses at once.
    """
    lost = [_lost(policies[0], seat, kwargs) for seat in SEATS]
    sampled, greedy = np.mean(lost, axis=0).tolist()
    return {"lost, sampled": sampled, "lost, greedy": greedy}


def _lost(policy: VLMPolicy, seat: int, kwargs: Kwargs) -> npt.NDArray[np.float64]:
    """Give the probabilities of losing in one seat: sampled, greedy."""
    game, lost = make_game("tic_tac_toe"), np.zeros(2)
    # Position, and where the last mark is -> how likely it is, sampled and greedy.
    front: dict[tuple[tuple[int, ...], int], Any] = {
        (tuple(Board().cells), Board().last): np.ones(2)
    }
    while front:
        boards = [Board(list(cells), last) for cells, last in front]
        ((to_move,),) = {tuple(game.to_move(board)) for board in boards}
        if to_move == seat:
            choices, gave_up = _choices(policy, game, boards, seat, kwargs)
            lost += sum(w * g for w, g in zip(front.values(), gave_up, strict=True))
        else:
            choices = [_replies(game, board, to_move) for board in boards]
        after: dict[tuple[tuple[int, ...], int], Any] = defaultdict(lambda: np.zeros(2))
        for board, weight, choice in zip(boards, front.values(), choices, strict=True):
            for cell in np.flatnonzero(choice.any(1)).tolist():
                then = game.copy(board)
                paid = game.play(then, {to_move: game.actions[cell]}, np.random.default_rng(0))
                if paid[seat] < 0:
                    lost += weight * choice[cell]
                elif game.to_move(then):
                    after[tuple(then.cells), then.last] += weight * choice[cell]
        front = after
    return lost


def _choices(
    policy: VLMPolicy, game: Game[Any], boards: Sequence[Board], seat: int, kwargs: Kwargs
) -> tuple[list[npt.NDArray[np.float64]], list[npt.NDArray[np.float64]]]:
    """Give a policy's chances of each cell, and of giving up: sampled and greedy."""
    said = chances(policy, game, [(board, seat) for board in boards], kwargs)
    best = policy.act([_context(game, board, seat, kwargs) for board in boards], greedy=True)
    choices, gave_up = [], []
    for board, sampled, generation in zip(boards, said, best, strict=True):
        sampled = sampled * [move in game.legal(board, seat) for move in game.actions]
        wrong = max(0.0, 1 - sampled.sum()) ** GIVEN_UP
        greedy = np.zeros(len(game.actions))
        assert policy.encoder.parser is not None
        command = policy.encoder.parser.parse(generation.text)
        if not isinstance(command, ParseError):
            move = str(command.arguments["move"])
            if move in game.legal(board, seat):
                greedy[game.actions.index(move)] = 1
        choices.append(np.stack([sampled / sampled.sum() * (1 - wrong), greedy], 1))
        gave_up.append(np.array([wrong, 1 - greedy.sum()]))
    return choices, gave_up


def _replies(game: Game[Any], board: Board, seat: int) -> npt.NDArray[np.float64]:
    """Give the perfect player's chances of each cell, twice."""
    best = best_moves(board, seat)
    return np.array([[(cell in best) / len(best)] * 2 for cell in range(len(game.actions))])


@torch.no_grad()
def chances(
    policy: VLMPolicy, game: Game[Any], seen: Iterable[tuple[Any, int]], kwargs: Kwargs
) -> npt.NDArray[np.float64]:
    """Give the probabilities of saying each of a game's moves, of states seen from seats."""
    parser = policy.encoder.parser
    assert parser is not None
    written = [parser.write("act", {"move": move}) for move in game.actions]
    answers = [
        policy.encode(_context(game, state, seat, kwargs), text)
        for state, seat in seen
        for text in written
    ]
    said = []
    for start in range(0, len(answers), BATCH):
        now = policy.evaluate(answers[start : start + BATCH])
        said.append((now.logprobs * now.mask).sum(1).exp().double())
    return np.asarray(torch.cat(said).reshape(-1, len(written)))


def _context(game: Game[Any], state: Any, seat: int, kwargs: Kwargs) -> Context:
    """Show a state as the environments show it in the brief prompt."""
    context = Context(history=NEWEST)
    picture = game.picture(state, seat, (kwargs["image_size"],) * 2)
    context.observe({"image": picture, "text": ""})
    return context


def coins(
    policies: Sequence[VLMPolicy], kwargs: Kwargs, matches: int, seed: int
) -> dict[str, float]:
    """Play Coin Dilemma: the joint return, coins taken, and which share each took of its own."""
    envs = [aec("coin_dilemma")(**kwargs) for _ in range(min(matches, 32))]
    taken, joint = np.zeros(4), []
    for policy in policies:
        policy.seed(seed)
    for start in range(0, matches, len(envs)):
        seeds = range(seed + start, seed + min(start + len(envs), matches))
        ended = play(envs, [(each, policies) for each in seeds], history=NEWEST)
        joint += [sum(episode.episode_return for episode in match) for match in ended]
        for env in envs[: len(ended)]:
            taken += env.unwrapped.match.position.counts
    return _counted(joint, taken)


def players_coins(player: str, matches: int, seed: int) -> dict[str, float]:
    """Give the same of one of the game's own players, in both seats."""
    game, taken, joint = make_game("coin_dilemma"), np.zeros(4), []
    for each in range(seed, seed + matches):
        both = (game.players[player], game.players[player])
        state, paid = play_match(game, both, np.random.default_rng(each))
        joint.append(sum(paid))
        taken += state.counts
    return _counted(joint, taken)


def _counted(joint: Sequence[float], taken: npt.NDArray[np.float64]) -> dict[str, float]:
    """Sum up matches of coins: what both were paid, and how often each event happened."""
    return {
        "joint return": float(np.mean(joint)),
        "coins": float(taken.sum() / len(joint)),
        "own coins": float((taken[0] + taken[2]) / max(1, taken.sum())),
    }


MEASURES: dict[str, Measure] = {
    "kuhn_poker": exploitability,
    "tic_tac_toe": losses,
    "coin_dilemma": coins,
}
"""What a policy is measured by; the first of the numbers is drawn."""
