"""What every game must do: a new one is tested by standing in the table."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from tests.games.play import after, counted, returns
from vl_envs.core.checker import check_vl_env
from vl_envs.games.dialect import LONGEST
from vl_envs.games.env import GameEnv
from vl_envs.games.game import SEATS
from vl_envs.games.table import GAMES, game_class, make_game

EACH = pytest.mark.parametrize("name", GAMES)


def shown(game: Any, state: Any, seat: int) -> bytes:
    """Draw, small."""
    return bytes(game.picture(state, seat, (96, 96)).tobytes())


@EACH
def test_same_seed_same_match(name: str) -> None:
    """Moves, payments and pictures of a seed are the same, and end within the horizon."""
    game = make_game(name)
    for seed in range(3):
        told = []
        for _ in range(2):
            rng = np.random.default_rng(seed)
            state, lines = game.start(rng), []
            while seats := game.to_move(state):
                moves = {s: game.players["random"](game, state, s, rng) for s in seats}
                assert all(move in game.actions for move in moves.values())
                lines.append((moves, game.play(state, moves, rng), shown(game, state, 0)))
            told.append(lines)
        assert told[0] == told[1]
        moved = [sum(seat in moves for moves, _, _ in told[0]) for seat in SEATS]
        assert max(moved) <= game.horizon
        assert max(map(len, game.actions)) <= LONGEST
        assert not game.legal(state, 0) and not game.legal(state, 1)


@EACH
def test_a_copy_leads_a_life_of_its_own(name: str) -> None:
    """Playing on a copy leaves the state as it was; a pickled one is the same."""
    game, rng = make_game(name), np.random.default_rng(0)
    state = after(game, 3)
    if not game.to_move(state):
        state = after(game, 1)
    before = [shown(game, state, seat) for seat in SEATS]
    copy = game.copy(state)
    while seats := game.to_move(copy):
        moves = {s: game.players["random"](game, copy, s, rng) for s in seats}
        game.play(copy, moves, rng)
    assert [shown(game, state, seat) for seat in SEATS] == before
    again = pickle.loads(pickle.dumps(state))  # noqa: S301
    assert [shown(game, again, seat) for seat in SEATS] == before


@EACH
def test_players_make_legal_moves_and_the_reference_is_better(name: str) -> None:
    """The reference does better than random play, for itself or together."""
    game = make_game(name)
    matches = {"breakthrough": 6, "knights_archers_zombies": 20, "pong": 3}.get(name, 60)
    for player in game.players:
        if (name, player) != ("breakthrough", "alpha_beta"):
            returns(game, (player, "random"), 1)
    if game.kind == "against":
        assert returns(game, (game.reference, "random"), matches)[:, 0].mean() > 0.02
        return
    # At simple push the model blocks, and the charger always charges.
    other = {"simple_push": "charger"}.get(name, "")
    good, bad = (
        counted(game, (who, other or who), matches).mean() for who in (game.reference, "random")
    )
    assert game.norm(float(good)) > 75 and abs(game.norm(float(bad))) < 15


@EACH
def test_a_picture_tells_who_one_is(name: str) -> None:
    """The two seats see different pictures of one position, where they could take each other's."""
    game = make_game(name)
    if game.simultaneous:
        state = after(game, 1)
        assert shown(game, state, 0) != shown(game, state, 1)


@EACH
def test_questions_have_one_true_answer(name: str) -> None:
    """The answer is among the answers, several are ever true, and asking changes nothing."""
    game, rng, true = make_game(name), np.random.default_rng(1), set()
    for seed in range(30):
        state = after(game, 1 + seed % 4, seed)
        if not game.to_move(state):
            continue
        seat = game.to_move(state)[0]
        before = shown(game, state, seat)
        question = game.question(state, seat, rng)
        assert question.answer in question.answers and question.text.endswith("?")
        assert len(set(question.answers)) == len(question.answers)
        assert shown(game, state, seat) == before
        true.add(question.answer)
    assert len(true) > 1


@EACH
@pytest.mark.parametrize("dialect", ["vsbench", "words", "arft"])
def test_one_seat_is_an_environment(name: str, dialect: str) -> None:
    """The public checker finds nothing; whether experts are good is tested elsewhere."""
    opponent = "random" if len(game_class(name).seats) == 2 else None
    env = GameEnv(name, opponent=opponent, expert="random", image_size=64, dialect=dialect)
    check_vl_env(env)
