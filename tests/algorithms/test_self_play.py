"""Self-play: both seats' episodes, who plays whom, and that algorithms and runs go on as ever."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import Episode
from algorithms.run_log import RunLog
from algorithms.self_play import SelfPlay, play
from algorithms.train import Algorithm, TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.context import NEWEST, Context
from policies.policy import Generation
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy
from tests.toys import weights
from vl_envs.games.env import GameEnv
from vl_envs.games.zoo import aec

torch.set_num_threads(1)
KWARGS = {"image_size": 32, "dialect": "arft", "thought": False, "prompt": "brief"}


class Says:
    """Says one and the same, and keeps what it saw."""

    def __init__(self, move: str) -> None:
        self.text, self.seen = f"<act> {move} </act>", 0

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer."""
        self.seen += len(contexts)
        return [Generation(self.text) for _ in contexts]


def kuhn(**kwargs: Any) -> Any:
    """Make Kuhn poker with small pictures."""
    return aec("kuhn_poker")(**{**KWARGS, **kwargs})


def policy(game: str = "kuhn_poker", seed: int = 0) -> VLMPolicy:
    """Make an untrained one that knows a game's words."""
    env = GameEnv(game, **KWARGS)  # type: ignore[arg-type]
    return tiny_policy(env.vocabulary(), 32, env.parser, max_new_tokens=4, grid=2, seed=seed)


def test_each_seat_is_an_episode() -> None:
    """Bets that are called are worth two chips to one, and cost the other as much."""
    matches = play([kuhn() for _ in range(3)], [(seed, [Says("<BET>")] * 2) for seed in range(8)])
    assert len(matches) == 8
    for seed, (one, two) in enumerate(matches):
        assert (one.seed, two.seed) == (seed, seed)
        assert (one.labels["seat"], two.labels["seat"]) == ("0", "1")
        assert one.episode_return == -two.episode_return and abs(one.episode_return) == 2
        assert one.success == (one.episode_return > 0) and one.success != two.success
        assert len(one.turns) == len(two.turns) == 1 and one.terminated and two.terminated
        assert one.final_observation is not None
    assert len({one.success for one, _ in matches}) == 2


def test_two_policies_each_have_their_seat() -> None:
    """The first bets, the second folds: every match, one chip; and each answers in its batch."""
    bold, shy = Says("<BET>"), Says("<PASS>")
    matches = play([kuhn()] * 1, [(seed, [bold, shy]) for seed in range(5)])
    assert [match[0].episode_return for match in matches] == [1.0] * 5
    assert bold.seen == shy.seen == 5
    with pytest.raises(ValueError, match="a policy for each of"):
        play([kuhn()], [(0, [bold])])


def test_wrong_moves_are_turns_of_their_own() -> None:
    """They are marked, fined, and after three in a row the match is lost."""
    ((one, two),) = play([kuhn(invalid_penalty=0.25)], [(0, [Says("fold"), Says("<BET>")])])
    assert [turn.valid for turn in one.turns] == [False] * 3
    assert [turn.reward for turn in one.turns] == [-0.25, -0.25, -2.25]
    assert not two.turns and two.terminated
    ((one, two),) = play([kuhn()], [(0, [Says("<BET>"), Says("fold")])])
    assert one.episode_return == 2.0 and one.success, "what the other loses comes to the first"


def test_games_with_moves_at_once_can_be_played_and_paid_as_a_team() -> None:
    """Both seats of Coin Dilemma have fifty turns; a team's pay is the same for both."""
    envs = [aec("coin_dilemma")(**KWARGS, reward=reward) for reward in ("own", "team")]
    up, right = Says("<UP>"), Says("<RIGHT>")
    found = {}
    for name, env in zip(("own", "team"), envs, strict=True):
        matches = play([env], [(seed, [up, right]) for seed in range(20)])
        assert {len(episode.turns) for match in matches for episode in match} == {50}
        found[name] = np.array([[e.episode_return for e in match] for match in matches])
    assert found["own"].any()
    assert (found["team"] == found["own"].sum(1, keepdims=True)).all()


def test_the_seed_decides_who_meets_whom() -> None:
    """Of a match with a past self one seat is learned from, the same for all of its seed."""
    learner = policy()
    with closing(SelfPlay(kuhn, 4, past=0.5, keep=2, every=2)) as arena:
        for update in range(5):
            arena.remember(learner, update)
        assert list(arena.pool) == [2, 4]
        episodes = arena.collect(learner, [seed for seed in range(30) for _ in range(2)])
        alone = [e for e in episodes if sum(o.seed == e.seed for o in episodes) == 2]
        both = [e for e in episodes if sum(o.seed == e.seed for o in episodes) == 4]
        assert alone and both and len(alone) + len(both) == len(episodes)
        seats = {(e.seed, e.labels["seat"]) for e in alone}
        assert len(seats) == len({e.seed for e in alone}), "one seat for a group"
        again = arena.collect(learner, [seed for seed in range(30) for _ in range(2)])
        assert [e.labels for e in again] == [e.labels for e in episodes]
        few = arena.collect(learner, iter(range(10**6)), turns=20)
        assert 20 <= sum(len(e.turns) for e in few) + 20 < 80
    for wrong in ({"past": 1.5}, {"keep": 0}, {"matches": 0}):
        with pytest.raises(ValueError, match="must be"):
            SelfPlay(kuhn, **wrong)


def test_who_meets_whom_tells_nothing_of_the_cards() -> None:
    """The first seat has each card, beside a past self and beside oneself."""
    learner, env = policy(), kuhn()
    with closing(SelfPlay(kuhn, 1, past=0.5)) as arena:
        arena.remember(learner, 0)
        dealt: set[tuple[bool, int]] = set()
        for seed in range(60):
            _, own = arena._seated(learner, seed)
            env.reset(seed=seed)
            dealt.add((len(own) == 2, env.unwrapped.match.position.history()[0]))
    assert len(dealt) == 6


def test_groups_are_of_one_seat() -> None:
    """GRPO compares episodes of one deal from one side of the table."""
    matches = play([kuhn()], [(3, [Says("<BET>")] * 2)] * 4)
    episodes = [episode for match in matches for episode in match]
    assert len({episode.episode_return for episode in episodes}) == 2
    algorithm = GRPO(policy(), GRPOConfig())
    assert not algorithm.informative(episodes), "each seat's returns are equal"
    changed: list[Episode] = [e for e in episodes if e.labels["seat"] == "1"]
    changed[0].turns[-1].reward += 5
    assert {e.labels["seat"] for e in algorithm.informative(episodes)} == {"1"}


def begin(name: str, learner: VLMPolicy) -> Algorithm:
    """Make an algorithm with small batches."""
    if name == "grpo":
        return GRPO(learner, GRPOConfig(learning_rate=1e-3), 4)
    return VLDAC(learner, VLDACConfig(learning_rate=1e-3, value_warmup=0), 4)


@pytest.mark.parametrize("name", ["vl_dac", "grpo"])
def test_a_stopped_run_goes_on_as_if_it_had_not(name: str, tmp_path: Path) -> None:
    """Weights after four updates are the same, past selves included."""
    ends = []
    for parts in ((4,), (3, 4)):
        folder = tmp_path / str(len(parts))
        for updates in parts:
            learner = policy()
            algorithm = begin(name, learner)
            arena = SelfPlay(kuhn, 4, past=0.5, keep=2, every=2, folder=folder / "past")
            plan = TrainConfig(
                updates=updates, tasks=4, group=2, history=NEWEST, checkpoint_every=1
            )
            with closing(arena), RunLog(folder, quiet=True) as log:
                train(algorithm, arena, folder / "train", plan, log=log)
        ends.append(weights(learner))
    assert torch.equal(*ends) and not torch.equal(ends[0], weights(policy()))


def test_nobody_else_plays_in_self_play(tmp_path: Path) -> None:
    """A demonstrator cannot: it acts for environments that self-play has not."""
    algorithm, plan = begin("grpo", policy()), TrainConfig(updates=1, tasks=2)
    with (
        closing(SelfPlay(kuhn, 2)) as arena,
        RunLog(tmp_path, quiet=True) as log,
        pytest.raises(ValueError, match="nobody plays but the policy"),
    ):
        train(algorithm, arena, tmp_path, plan, log=log, actor=Says("<BET>"))
