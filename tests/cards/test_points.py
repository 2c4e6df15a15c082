"""The points games: rules, rewards, what may follow, splits."""

from __future__ import annotations

import inspect
from typing import Any

import gymnasium as gym
import pytest

from vl_envs.cards.arithmetic import value_of
from vl_envs.cards.deck import Card
from vl_envs.cards.ez_points import EZPointsEnv
from vl_envs.cards.points import PointsEnv
from vl_envs.cards.points24 import Points24Env

BOTH = pytest.mark.parametrize("game", [EZPointsEnv, Points24Env])


def with_hand(*ranks: int, **kwargs: Any) -> PointsEnv:
    """Make an environment that holds these cards."""
    game = EZPointsEnv if len(ranks) == 2 else Points24Env
    env: PointsEnv = game(image_size=32, **kwargs)
    env.reset(seed=0)
    env.state.cards = tuple(Card(rank, "spades") for rank in ranks)
    return env


def play(env: PointsEnv, formula: str) -> list[tuple[float, bool, bool, bool]]:
    """Write symbols; return reward, terminated, success and valid of each turn."""
    told = []
    for symbol in formula.split():
        _, reward, ended, _, info = env.step(env.parser.write("write", {"symbol": symbol}))
        assert sum(info["reward_terms"].values()) == reward
        told.append((reward, ended, info["success"], info["valid"]))
    return told


QUIET = (0.0, False, False, True)
WON, LOST = (10.0, True, True, True), (-1.0, True, False, True)
REFUSED = (-1.0, False, False, False)


@pytest.mark.parametrize(
    ("ranks", "formula", "last"),
    [
        ((2, 13), "2 + 10 =", WON),
        ((2, 6), "6 * 2 =", WON),
        ((2, 6), "6 + 2 =", LOST),
        ((6, 6), "6 + =", LOST),
        ((6, 6), "=", LOST),
        ((3, 9), "3 + 9 + =", LOST),
        ((3, 3, 8, 8), "8 / ( 3 - 8 / 3 ) =", WON),  # not 24 in floating point
        ((1, 1, 2, 4), "2 4 * 1 * 1 =", LOST),  # 24 * 1 * 1 for Python
        ((2, 3, 8, 8), "8 + 8 + 2 * * 3 =", LOST),  # a power for Python
        ((1, 10, 12, 4), "( 10 - 4 ) * ( 10 - 1 =", LOST),
        ((6, 4, 1, 1), "6 * 4 =", LOST),  # 24, without the aces
        ((1, 2, 3, 4), "1 * 2 * 3 * 4 =", WON),
    ],
)
def test_only_the_exact_target_from_all_cards_wins(
    ranks: tuple[int, ...], formula: str, last: Any
) -> None:
    """10 for the target, each card used once; -1 for all else."""
    told = play(with_hand(*ranks), formula)
    assert told[-1] == last
    assert told[:-1] == [QUIET] * (len(told) - 1)
    sparse = play(with_hand(*ranks, reward="sparse"), formula)
    assert sparse[-1][0] == float(last[2]) and {turn[0] for turn in sparse[:-1]} <= {0.0}


def test_refused_numbers_leave_a_blank() -> None:
    """As published: -1, and a place less in the formula; the formula can still be finished."""
    env = with_hand(2, 10)
    assert play(env, "5 2 2 + 10 =") == [REFUSED, QUIET, REFUSED, QUIET, QUIET, WON]
    assert env.state.formula == [" ", "2", " ", "+", "10"]
    assert env.written == ["2", "+", "10"]


def test_three_refused_in_a_row_end_the_episode() -> None:
    """So does one with ``max_invalid=1``, as Gym-Cards' page has it."""
    assert play(with_hand(2, 10), "5 6 7")[-1] == (-1.0, True, False, False)
    assert play(with_hand(2, 10, max_invalid=1), "5") == [(-1.0, True, False, False)]
    assert play(with_hand(2, 10, max_invalid=9), "5 6 7 2 + 10 =")[-1] == (-1.0, False, False, True)


@pytest.mark.parametrize(("id", "most"), [("EZPoints", 6), ("Points24", 21)])
def test_a_full_formula_is_the_end(id: str, most: int) -> None:
    """As published: whatever is said on a full formula costs 1, and the episode is truncated."""
    env = gym.make(f"VLCards/{id}-v0", image_size=32)
    game: Any = env.unwrapped
    env.reset(seed=0)
    for _ in range(most):
        _, reward, terminated, truncated, _ = env.step(game.parser.write("write", {"symbol": "+"}))
        assert (reward, terminated, truncated) == (0, False, False)
    observation, reward, terminated, truncated, info = env.step("<write> = </write>")
    assert (reward, terminated, truncated) == (-1, False, True)
    assert observation["text"].startswith("The formula is full.") and not info["success"]
    assert info["reward_terms"] == {"full": -1}


@pytest.mark.parametrize(
    ("ranks", "written", "symbols"),
    [
        ((2, 10), "", "2 10"),
        ((2, 10), "2", "+ *"),
        ((2, 10), "2 +", "10"),
        ((2, 10), "2 + 10", "="),
        ((2, 10), "2 + 10 +", "="),  # lost for good
        ((2, 10), "+", "="),
        ((6, 6), "", "6"),
        ((1, 2, 3, 4), "", "1 2 3 4 ("),
        ((1, 2, 3, 4), "( 1", "+ - * / )"),
        ((1, 2, 3, 4), "( 1 + 2 + 3 + 4", ")"),
        ((1, 2, 3, 4), "( 1 + 2 + 3 + 4 )", "="),
        ((1, 1, 3, 4), "3 / ( 1 - 1", "+ - * /"),  # closing would divide by zero
        ((13, 11, 1, 4), "1", "+ - * /"),
    ],
)
def test_what_may_follow(ranks: tuple[int, ...], written: str, symbols: str) -> None:
    """Admissible are the symbols that a formula of the remaining cards can go on with."""
    env = with_hand(*ranks)
    play(env, written)
    wanted = [env.parser.write("write", {"symbol": symbol}) for symbol in symbols.split()]
    assert list(env._admissible_actions()) == wanted


def test_masks_need_not_tell_the_cards() -> None:
    """With ``admissible="grammar"`` the list is the same for every hand."""
    for written in ("", "3", "3 +", "3 + 9"):
        lists = []
        for ranks in ((3, 9), (3, 4)):
            env = with_hand(*ranks, admissible="grammar", max_invalid=9)
            env.state.formula = written.split()
            lists.append(env._admissible_actions())
        assert lists[0] == lists[1]
    assert lists[0] == tuple(f"<write> {symbol} </write>" for symbol in "+*=")


@BOTH
def test_random_admissible_play_is_always_valid(game: Any) -> None:
    """Nothing admissible is refused, and it ends by ``=`` within the limit of symbols."""
    env = game(image_size=32, expert_error=1.0, thought=False)
    wins = 0
    for seed in range(60):
        _, info = env.reset(seed=seed)
        for _ in range(env.most_symbols + 3):
            action = env.expert_action()
            assert action in info["admissible_actions"]
            _, _, ended, _, info = env.step(action)
            assert info["valid"]
            if ended:
                break
        wins += info["success"]
    assert wins < 45, "a careless expert leaves something to learn"


@BOTH
@pytest.mark.parametrize("face_cards", ["ten", "rank"])
def test_every_hand_can_be_won(game: Any, face_cards: str) -> None:
    """In every split, and the expert shows how; labels tell of the formulas there are."""
    for split in ("train", "val", "test"):
        env = game(split=split, face_cards=face_cards, image_size=32)
        for seed in range(25):
            _, info = env.reset(seed=seed)
            formulas = env.solve(env.values)
            assert formulas and all(value_of(formula) == env.target for formula in formulas)
            assert info["labels"] and all(isinstance(v, str) for v in info["labels"].values())
            shortest = len(formulas[0]) + 1
            for turn in range(1, shortest + 1):
                _, reward, ended, _, info = env.step(env.expert_action())
                assert ended == (turn == shortest)
            assert info["success"] and reward == 10


@BOTH
def test_splits_are_disjoint(game: Any) -> None:
    """No hand of one split comes in another; Points24's splits do not even share numbers."""
    seen: dict[str, set[Any]] = {}
    for split in ("train", "val", "test"):
        env = game(split=split, image_size=32)
        seen[split] = set()
        for seed in range(150):
            env.reset(seed=seed)
            cards = env.values if game is Points24Env else env.state.cards
            seen[split].add(tuple(sorted(cards)))
        assert len(seen[split]) > 10
    if game is EZPointsEnv:  # numbers are shared, and as often in each split
        pairs = [{tuple(card.rank for card in hand) for hand in hands} for hands in seen.values()]
        assert pairs[0] == pairs[1] == pairs[2] and len(pairs[0]) == 10
    assert not seen["train"] & seen["val"]
    assert not seen["train"] & seen["test"]
    assert not seen["val"] & seen["test"]


def test_ez_points_deals_as_published() -> None:
    """A first card that has a partner, sum or product with equal chances, in random order."""
    env = EZPointsEnv(image_size=32)
    counts: dict[tuple[int, ...], int] = {}
    first = 0
    for seed in range(2400):
        env.reset(seed=seed)
        first += env.values[0] < env.values[1]
        key = tuple(sorted(env.values))
        counts[key] = counts.get(key, 0) + 1
    wanted = {(2, 10): 9, (2, 6): 2, (3, 4): 2, (3, 9): 3, (4, 8): 3, (5, 7): 4, (6, 6): 1}
    assert counts.keys() == wanted.keys()
    for key, parts in wanted.items():
        assert counts[key] == pytest.approx(2400 * parts / 24, rel=0.25)
    assert first == pytest.approx(1150, rel=0.1)


def test_face_cards_by_rank() -> None:
    """J, Q, K count 11, 12, 13, can be written, and are told of."""
    env = with_hand(1, 12, face_cards="rank")
    assert "Q 12" in env.reset(seed=0)[0]["text"]
    env.state.cards = (Card(1, "clubs"), Card(12, "clubs"))
    assert play(env, "1 * 12 =")[-1] == WON
    env = with_hand(1, 12)
    assert not env.step("<write> 12 </write>")[-1]["valid"]


def test_other_targets() -> None:
    """Every target that two cards make can be asked for; others are refused."""
    env = EZPointsEnv(target=18, split="test", image_size=32)
    for seed in range(10):
        observation, _ = env.reset(seed=seed)
        assert "Make 18" in observation["text"]
        a, b = env.values
        assert 18 in (a + b, a * b)
    with pytest.raises(ValueError, match="such as 12; none make 97"):
        EZPointsEnv(target=97)
    for wrong in (0, 101, 2.5, "12"):
        with pytest.raises(ValueError, match="target must be a whole number 1 to 100"):
            Points24Env(target=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("target", [1, 36, 97, 100])
def test_points24_has_hands_for_every_kind_of_target(target: int) -> None:
    """Also in the smallest split, and soon."""
    env = Points24Env(target=target, split="val", image_size=32)
    for seed in range(3):
        env.reset(seed=seed)
        assert env.solve(env.values)


@BOTH
@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"split": "tset"}, r"unknown split 'tset'.*'test'"),
        ({"face_cards": "eleven"}, "unknown face_cards 'eleven'.*rank"),
        ({"deck": "clasic"}, r"unknown deck 'clasic'.*'classic'"),
        ({"reward": "dense"}, "unknown reward 'dense'.*published"),
        ({"admissible": "all"}, "unknown admissible 'all'.*grammar"),
    ],
)
def test_wrong_options_say_what_is_right(game: Any, kwargs: Any, match: str) -> None:
    """A wrong name is a ValueError that names the nearest."""
    with pytest.raises(ValueError, match=match):
        game(**kwargs)


@BOTH
def test_trainers_find_the_splits(game: Any) -> None:
    """``split`` is a named option: tools look for it in the signature."""
    assert "split" in inspect.signature(game).parameters
