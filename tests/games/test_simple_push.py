"""Simple Push: MPE's own game, what is seen, and how well it is played."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.games.play import after, returns
from vl_envs.games.simple_push import SECONDS, STEPS, WAYS, SimplePush

simple_push_v3 = pytest.importorskip("mpe2.simple_push_v3")


@pytest.fixture(scope="module")
def game() -> SimplePush:
    """Make the game once."""
    return SimplePush()


def test_it_is_mpes_game(game: SimplePush) -> None:
    """Places and pay of every step are those of mpe2's own environment."""
    for seed in range(5):
        theirs: Any = simple_push_v3.parallel_env(max_cycles=STEPS)
        theirs.reset(seed=seed)
        ours = game.start(np.random.default_rng(0))
        for mine, one in zip(ours.world.entities, theirs.unwrapped.world.entities, strict=True):
            mine.state.p_pos = one.state.p_pos.copy()
        number = theirs.unwrapped.world.agents[0].goal_a.index
        for agent in ours.world.agents:
            agent.goal_a = ours.world.landmarks[number]
        rng = np.random.default_rng(seed)
        while seats := game.to_move(ours):
            moves = {seat: game.players["random"](game, ours, seat, rng) for seat in seats}
            paid = game.play(ours, moves, rng)
            number_of = {seat: list(WAYS).index(move) for seat, move in moves.items()}
            _, rewards, _, over, _ = theirs.step(
                {"adversary_0": number_of[0], "agent_0": number_of[1]}
            )
            assert paid == pytest.approx((rewards["adversary_0"], rewards["agent_0"]))
        assert all(over.values()) and ours.step == STEPS


def test_moves_go_where_they_say(game: SimplePush) -> None:
    """A thrust moves an agent one step later, as its speed is felt only then."""
    for seat in (0, 1):
        for move, (across, up) in WAYS.items():
            state = game.start(np.random.default_rng(1))
            before = state.agent(seat).state.p_pos.copy()
            game.play(state, {seat: move, 1 - seat: "<STAY>"}, np.random.default_rng(0))
            assert np.array_equal(state.agent(seat).state.p_pos, before)
            game.play(state, {0: "<STAY>", 1: "<STAY>"}, np.random.default_rng(0))
            way = state.agent(seat).state.p_pos - before
            assert way == pytest.approx([0.5 * SECONDS * across, 0.5 * SECONDS * up], abs=1e-6)


def test_the_target_lies_at_the_origin_and_both_see_it(game: SimplePush) -> None:
    """Wherever MPE had laid it; and each sees who it is."""
    for seed in range(5):
        state = after(game, seed, seed)
        assert not state.target.state.p_pos.any()
        one, two = (game.picture(state, seat, (448, 448)) for seat in (0, 1))
        assert not np.array_equal(one, two)
        assert (one == np.array([224, 160, 0])).all(2).any()


def test_the_picture_shows_places_speeds_and_steps(game: SimplePush) -> None:
    """Each changes it; who goes far away stays in it, and it can have any size."""
    state = after(game, 5)
    one = game.picture(state, 0, (448, 448))
    for change in ("place", "speed", "step"):
        other = game.copy(state)
        if change == "place":
            other.agent(1).state.p_pos = other.agent(1).state.p_pos * 0.5
        elif change == "speed":
            other.agent(0).state.p_vel = other.agent(0).state.p_vel + 1.0
        else:
            other.step += 1
        assert not np.array_equal(game.picture(other, 0, (448, 448)), one), change
    far = game.copy(state)
    far.agent(0).state.p_pos = np.array([-5.0, 4.0])
    blue = np.array([25, 118, 210])
    assert (game.picture(far, 0, (448, 448))[40:, 60:] == blue).all(2).any()
    assert game.picture(state, 1, (100, 260)).shape == (100, 260, 3)


def test_no_play_is_worse_than_giving_up(game: SimplePush) -> None:
    """From anywhere on, in both seats; and the price falls to nothing."""
    for seed in range(10):
        state, rng = after(game, seed, seed), np.random.default_rng(seed)
        bounds, rest = [game.worst(state, seat) for seat in (0, 1)], [0.0, 0.0]
        flee = list(WAYS)[1 + seed % 4]
        while game.to_move(state):
            paid = game.play(state, {0: flee, 1: flee}, rng)
            rest = [a + b for a, b in zip(rest, paid, strict=True)]
        assert all(bound < got for bound, got in zip(bounds, rest, strict=True))
        assert game.worst(state, 0) == game.worst(state, 1) == 0


def test_blocking_is_like_vs_benchs(game: SimplePush) -> None:
    """Random play against the charger is near its -16.3, standing on the target near its 0."""
    own = {who: returns(game, (who, "charger"), 200) for who in ("random", "charger", "planner")}
    assert own["random"][:, 0].mean() == pytest.approx(-16.3, abs=2)
    assert own["planner"][:, 0].mean() > own["charger"][:, 0].mean() - 0.1 > -1
    wins = {
        who: np.mean([game.won(after(game, STEPS), (a, b), 0) for a, b in paid])
        for who, paid in own.items()
    }
    assert wins["random"] < 0.25 and wins["planner"] > 0.8
