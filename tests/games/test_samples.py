"""The samples of VS-Bench's questions: right, varied, and the same from the same seed."""

from __future__ import annotations

import pickle
from collections import Counter

import numpy as np
import pytest

from vl_envs.games.samples import (
    SETTINGS,
    PerceptionSample,
    ReasoningSample,
    perception_samples,
    reasoning_samples,
)
from vl_envs.games.table import make_game

NEEDS = {
    **dict.fromkeys(("hanabi", "breakthrough", "kuhn_poker"), "pyspiel"),
    "knights_archers_zombies": "pettingzoo",
    "pong": "ale_py",
    "simple_push": "mpe2",
}
QUICK = [name for name in SETTINGS if name not in ("breakthrough", "pong")]


@pytest.fixture(params=QUICK)
def name(request: pytest.FixtureRequest) -> str:
    """Give each game whose samples are quickly made."""
    found: str = request.param
    if found in NEEDS:
        pytest.importorskip(NEEDS[found])
    return found


def told(samples: list[ReasoningSample]) -> list[object]:
    """Give what can be compared of samples: engines' states cannot."""
    return [(s.seat, s.move, s.accepted, s.offered, s.match.last, s.match.returns) for s in samples]


def test_what_is_asked(name: str) -> None:
    """Both seats are asked, of moves that are legal, in games that are not over."""
    game, samples = make_game(name), reasoning_samples(name, 40)
    assert len(samples) == 40
    for sample in samples:
        other = 1 - sample.seat
        assert other in game.to_move(sample.match.position)
        assert sample.offered == game.legal(sample.match.position, other)
        assert sample.move in sample.accepted
        assert set(sample.accepted) <= set(sample.offered)
    seats = Counter(sample.seat for sample in samples)
    assert seats == ({1: 40} if name == "simple_push" else {0: 20, 1: 20})


def test_same_seed_same_samples(name: str) -> None:
    """Another seed gives others, and all of them can be pickled."""
    first = reasoning_samples(name, 20, 3)
    assert told(first) == told(reasoning_samples(name, 20, 3))
    assert told(first) != told(reasoning_samples(name, 20, 4))
    again = pickle.loads(pickle.dumps(first))  # noqa: S301 (our own)
    assert told(first) == told(again)
    game = make_game(name)
    for one, other in zip(first[:3], again, strict=False):
        mine, theirs = (game.picture(s.match.position, s.seat, (64, 64)) for s in (one, other))
        assert np.array_equal(mine, theirs)


def test_perception(name: str) -> None:
    """Questions about positions have their answer among those offered, and come again."""
    samples = perception_samples(name, 30, 1)
    assert len(samples) == 30
    assert all(s.question.answer in s.question.answers for s in samples)

    def asked(found: list[PerceptionSample]) -> list[object]:
        return [(s.seat, s.question) for s in found]

    assert asked(samples) == asked(perception_samples(name, 30, 1))
    assert {s.seat for s in samples} == {0, 1}


@pytest.mark.parametrize("name", ["coin_dilemma", "monster_hunt", "battle_of_the_colors"])
def test_either_of_two_short_ways_is_right(name: str) -> None:
    """On a grid: two ways lead away from where one stands, and towards the same goal."""
    samples = reasoning_samples(name, 200)
    several = [sample.accepted for sample in samples if len(sample.accepted) > 1]
    across = {"<LEFT>", "<RIGHT>"}
    assert all(len(ways) == 2 and len(across & set(ways)) == 1 for ways in several)
    assert all("<STAY>" not in ways for ways in several)
    # VS-Bench's random play is right in 25.4, 29.3 and 26.5 of 100, each of 400 questions.
    chance = np.mean([len(s.accepted) / len(s.offered) for s in samples])
    assert 0.21 < chance < 0.34


def test_shares() -> None:
    """Hanabi's moves are 2 : 3 : 4, and a tenth of Overcooked's is to stay."""
    pytest.importorskip("pyspiel")
    kinds = Counter(sample.move.split()[0] for sample in reasoning_samples("hanabi", 90))
    assert kinds == {"(Play": 20, "(Discard": 30, "(Reveal": 40}
    stays = [s.move == "<STAY>" for s in reasoning_samples("overcooked", 100)]
    assert sum(stays) == 10


def test_slow_games() -> None:
    """Few samples of Breakthrough, of which one setting is played, and of Pong."""
    pytest.importorskip("pyspiel")
    pytest.importorskip("ale_py")
    (sample,) = reasoning_samples("breakthrough", 1)
    assert sample.move in sample.offered
    moves = Counter(s.move for s in reasoning_samples("pong", 6))
    assert moves == {"<STAY>": 2, "<UP>": 2, "<DOWN>": 2}


def test_errors() -> None:
    """Games that VS-Bench has not, and numbers that are none."""
    with pytest.raises(ValueError, match="tic_tac_toe"):
        reasoning_samples("tic_tac_toe")
    with pytest.raises(ValueError, match="at least 1"):
        perception_samples("coin_dilemma", 0)
