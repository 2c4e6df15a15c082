"""Pong: what is drawn is on the emulator's screen, points, starts, and the tracker."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from vl_envs.games.pong import FIELD, PADDLE, POINTS, SKIP, STEPS, Pong, Rally, scene
from vl_envs.games.pong_bot import _bounced

pytest.importorskip("ale_py")


@pytest.fixture(scope="module")
def game() -> Pong:
    """Load the cartridge once."""
    return Pong()


def played(game: Pong, player: str, seed: int, steps: int = STEPS) -> Rally:
    """Play at most so many steps."""
    rng = np.random.default_rng(seed)
    state = game.start(rng)
    for _ in range(steps):
        if not game.to_move(state):
            break
        game.play(state, {0: game.players[player](game, state, 0, rng)}, rng)
    return state


def test_what_is_drawn_is_on_the_screen(game: Pong) -> None:
    """Ball and paddles are where the emulator shows them, but for a line of the right paddle."""
    rng, state, balls = np.random.default_rng(2), played(game, "random", 2, 1), 0
    emulator: Any = game._emulator
    for _ in range(150):
        if not game.to_move(state):
            break
        game.play(state, {0: game.players["tracker"](game, state, 0, rng)}, rng)
        screen, seen = emulator.getScreen()[34:194], scene(state.past[-1])
        bare = screen[0, 80]
        bot = np.flatnonzero(screen[:, 17] != bare)
        if 0 < seen.left < FIELD - PADDLE:
            assert bot[0] == seen.left and len(bot) == PADDLE
        own = np.flatnonzero(screen[:, 141] != bare)
        if 0 < seen.right < FIELD - PADDLE:
            assert abs(own[0] - seen.right) <= 1
        between = np.argwhere(screen[:, 20:140] != bare)
        if seen.ball and 20 <= seen.ball[0] < 138 and 0 < seen.ball[1] < FIELD - 4:
            assert tuple(between[0]) == (seen.ball[1], seen.ball[0] - 20)
            balls += 1
        elif not seen.ball:
            assert not len(between)
    assert balls > 50


def test_points_end_the_game(game: Pong) -> None:
    """Three of either side; they are paid when made, and giving up costs what is lacking."""
    rng = np.random.default_rng(0)
    state, paid = game.start(rng), 0.0
    assert game.worst(state, 0) == -POINTS
    while game.to_move(state):
        lost = game.worst(state, 0)
        first, second = game.play(state, {0: "<STAY>"}, rng)
        assert first == -second and game.worst(state, 0) == lost - min(first, 0)
        paid += first
    assert paid == state.points[0] - state.points[1] and max(state.points) == POINTS
    assert not game.won(state, (paid, -paid), 0) and game.worst(state, 0) == 0


def test_states_share_one_emulator(game: Pong) -> None:
    """Two games in turns, or in a copied game: the same as one after the other."""

    def memories(states: list[Rally], games: list[Pong]) -> list[list[bytes]]:
        told: list[list[bytes]] = [[] for _ in states]
        rngs = [np.random.default_rng(seed) for seed in range(len(states))]
        for step in range(60):
            for number, state in enumerate(states):
                move = game.actions[(step // 5 + number) % 3]
                games[number].play(state, {0: move}, rngs[number])
                told[number].append(state.past[-1])
        return told

    def starts() -> list[Rally]:
        return [game.start(np.random.default_rng(seed)) for seed in range(2)]

    in_turns = memories(starts(), [game, game])
    assert memories(starts()[:1], [game])[0] == in_turns[0] != in_turns[1]
    other = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert memories(starts(), [game, other]) == in_turns
    assert memories(copy.deepcopy(starts()), [copy.deepcopy(game)] * 2) == in_turns


def test_games_begin_differently(game: Pong) -> None:
    """After 1 to 30 steps without a move, and with four pictures of it."""
    states = [game.start(np.random.default_rng(seed)) for seed in range(40)]
    assert len({state.past for state in states}) > 15
    assert all(len(state.past) == 4 and all(state.past) and not state.step for state in states)


def test_actions_stick(game: Pong, monkeypatch: pytest.MonkeyPatch) -> None:
    """A move comes a frame late with probability 1/4, two with 1/16, and then lasts."""
    rng, told = np.random.default_rng(0), []
    run = game._run

    def spy(state: Rally, codes: Sequence[int]) -> int:
        told.append(list(codes))
        return run(state, codes)

    state = game.start(rng)
    monkeypatch.setattr(game, "_run", spy)
    for _ in range(400):
        if not game.to_move(state):
            state = game.start(rng)
            told = [codes for codes in told if any(codes)]
        state.held = 0
        game.play(state, {0: "<UP>"}, rng)
    assert all(codes == sorted(codes) and len(codes) == SKIP for codes in told)
    late = np.array([codes.count(0) for codes in told])
    assert (late > 0).mean() == pytest.approx(0.25, abs=0.06)
    assert (late > 1).mean() == pytest.approx(0.0625, abs=0.04)


def test_the_ball_is_foreseen(game: Pong) -> None:
    """Where it will be some steps later, a wall between or not."""
    state, rng, foreseen = played(game, "random", 3, 5), np.random.default_rng(3), 0
    for _ in range(70):
        now = game.copy(state)
        for _ in range(5):
            game.play(state, {0: "<STAY>"}, rng)
        before, after = now.past[-1], state.past[-1]
        if before[54] and after[54] and before[58] == after[58] and before[58]:
            speed = before[56] - 256 * (before[56] > 127)
            if abs(after[49] - before[49]) == 5 * SKIP:
                assert abs(_bounced(before[54], speed, 5 * SKIP) - after[54]) <= 2
                foreseen += 1
        state = now
        if not game.to_move(state):
            break
        game.play(state, {0: game.players["random"](game, state, 0, rng)}, rng)
    assert foreseen > 20


def test_the_picture_shows_four_steps_and_the_points(game: Pong) -> None:
    """A field is redrawn for each of them, at any size."""
    state = played(game, "random", 0, 40)
    one = game.picture(state, 0, (448, 448))
    for number in range(4):
        changed = game.copy(state)
        memory = bytearray(changed.past[number])
        memory[51] = 60 if memory[51] > 120 else 180
        changed.past = (*state.past[:number], bytes(memory), *state.past[number + 1 :])
        rows, columns = np.nonzero((game.picture(changed, 0, (448, 448)) != one).any(2))
        assert {*(rows // 240)} == {number // 2} and {*(columns // 224)} == {number % 2}
    changed = game.copy(state)
    changed.points = (2, 1)
    assert not np.array_equal(game.picture(changed, 0, (448, 448)), one)
    assert game.picture(state, 0, (120, 300)).shape == (120, 300, 3)


def test_the_tracker_wins_and_random_play_loses(game: Pong) -> None:
    """VS-Bench's random play made no point in 147 steps; its best play won by 3 : 0."""
    lost = [played(game, "random", seed) for seed in range(20)]
    assert np.mean([state.points[0] for state in lost]) < 0.3
    assert 125 < np.mean([state.step for state in lost]) < 175
    won = [played(game, "tracker", seed) for seed in range(3)]
    assert np.mean([state.points[0] - state.points[1] for state in won]) > 1.5
