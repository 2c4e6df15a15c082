"""GRPO and its variants: what moves the weights, what does not, and that it learns."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from algorithms import functional
from algorithms.evaluate import evaluate
from algorithms.grpo import GRPO, VARIANTS, GRPOConfig
from algorithms.rollout import Episode, collect, make_envs
from algorithms.train import TrainConfig, _play
from policies.context import NEWEST
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, cloned_policy, play, weights


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """Give a policy that keeps the format and often errs in the colour."""
    return cloned_policy(16, expert_error=0.5)


@pytest.fixture(scope="module")
def episodes(cloned: VLMPolicy) -> list[Episode]:
    """Give groups of four, some of them with unequal returns."""
    return play(cloned)


def updated(
    policy: VLMPolicy, episodes: Sequence[Episode], config: GRPOConfig
) -> tuple[torch.Tensor, dict[str, float]]:
    """Make one update of a copy of the policy; return its weights and the metrics."""
    trained = copy.deepcopy(policy)
    metrics = GRPO(trained, config).update(episodes)
    return weights(trained), metrics


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_updates(cloned: VLMPolicy, episodes: list[Episode], variant: str) -> None:
    """The first ratio is 1, so nothing is clipped; the weights move, and stay finite."""
    after, metrics = updated(cloned, episodes, GRPOConfig.variant(variant))
    assert metrics["policy/ratio_max"] == pytest.approx(1, abs=1e-5)
    assert metrics["policy/clipped"] == 0
    assert 0 < metrics["grpo/used"] < 1
    assert metrics["grpo/used"] == pytest.approx(1 - metrics["grpo/equal_groups"])
    assert metrics["optimizer/grad_norm"] > 0
    assert after.isfinite().all()
    assert not torch.equal(after, weights(cloned))


def test_options_win_over_the_variant() -> None:
    """A variant is nothing but options, each of which can be set by hand."""
    config = GRPOConfig.variant("dapo", clip_high=0.3)
    assert (config.clip_low, config.clip_high, config.resample) == (0.2, 0.3, 2)


def test_unknown_names() -> None:
    """The error names the nearest."""
    with pytest.raises(ValueError, match="dapo"):
        GRPOConfig.variant("dappo")
    with pytest.raises(ValueError, match="mask"):
        GRPOConfig(truncated="masc")


@pytest.mark.parametrize("history", [None, NEWEST])
@pytest.mark.parametrize("aggregation", functional.AGGREGATIONS)
def test_accumulation_changes_nothing(
    cloned: VLMPolicy, aggregation: str, history: int | None
) -> None:
    """Micro-batches of any size give the gradient and the numbers of one large batch.

    With ``NEWEST``, prompts do not continue each other: an episode is in several micro-batches.
    """
    cloned.seed(1)
    seeds = [seed for seed in range(8) for _ in range(4)]
    episodes = collect(make_envs(COLOUR, 16), cloned, seeds, history=history)
    whole = GRPOConfig(aggregation=aggregation, kl_weight=0.1, entropy_weight=0.01)
    wanted, numbers = gradient_of(cloned, episodes, whole)
    for tokens in (1, 150):
        parts = dataclasses.replace(whole, microbatch_tokens=tokens)
        came, same = gradient_of(cloned, episodes, parts)
        torch.testing.assert_close(came, wanted, rtol=1e-3, atol=1e-6)
        assert same == pytest.approx(numbers, rel=1e-4, abs=1e-6)


def gradient_of(
    policy: VLMPolicy, episodes: Sequence[Episode], config: GRPOConfig
) -> tuple[torch.Tensor, dict[str, float]]:
    """Catch the gradient of an update's first step, before it is clipped, and its metrics."""
    trained = copy.deepcopy(policy)
    algorithm = GRPO(trained, dataclasses.replace(config, max_grad_norm=float("inf")))
    caught: list[torch.Tensor] = []

    def catch(*_: Any) -> None:
        grads = [p.grad.flatten() for p in trained.model.parameters() if p.grad is not None]
        caught.append(torch.cat(grads))

    algorithm.optimizer.register_step_pre_hook(catch)
    metrics = algorithm.update(episodes)
    return caught[0], metrics


def test_equal_groups_change_nothing(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Groups whose episodes earned the same leave the weights alone, alone or beside others."""
    equal = _groups(episodes, equal=True)
    unequal = _groups(episodes, equal=False)
    assert equal and unequal
    after, metrics = updated(cloned, equal, GRPOConfig())
    assert torch.equal(after, weights(cloned))
    assert (metrics["grpo/used"], metrics["grpo/equal_groups"]) == (0, 1)
    wanted, _ = updated(cloned, unequal, GRPOConfig())
    came, _ = updated(cloned, [*unequal, *equal], GRPOConfig())
    assert torch.equal(came, wanted)


def _groups(episodes: Sequence[Episode], equal: bool) -> list[Episode]:
    earned: dict[int, set[float]] = {}
    for episode in episodes:
        earned.setdefault(episode.seed, set()).add(_worth(episode))
    return [e for e in episodes if (len(earned[e.seed]) == 1) == equal]


def _worth(episode: Episode) -> float:
    return 0.0 if episode.truncated else episode.episode_return


def test_failed_environments_change_nothing(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """An episode with env_error is left out, whatever it seems to have earned."""
    unequal = _groups(episodes, equal=False)
    broken = [dataclasses.replace(e, env_error="dead", success=True) for e in unequal[:3]]
    wanted, _ = updated(cloned, unequal[3:], GRPOConfig())
    came, _ = updated(cloned, [*broken, *unequal[3:]], GRPOConfig())
    assert torch.equal(came, wanted)
    after, metrics = updated(cloned, broken, GRPOConfig())
    assert torch.equal(after, weights(cloned))
    assert metrics == {"grpo/used": 0.0}


def test_advantages_share_the_episode(cloned: VLMPolicy) -> None:
    """The better episode's tokens become more likely, in all of its turns, the worse one's less."""
    played = play(cloned)
    seed = next(
        s for s in {e.seed for e in played} if len({_worth(e) for e in played if e.seed == s}) > 1
    )
    group = [e for e in played if e.seed == seed]
    best, worst = max(group, key=_worth), min(group, key=_worth)
    policy = copy.deepcopy(cloned)
    generations = [[t.generation for t in e.turns] for e in (best, worst)]
    before = [policy.evaluate(g).logprobs.sum().item() for g in generations]
    GRPO(policy, GRPOConfig(learning_rate=1e-4)).update([best, worst])
    after = [policy.evaluate(g).logprobs.sum().item() for g in generations]
    assert after[0] - before[0] > after[1] - before[1]


@pytest.mark.parametrize(("rule", "used"), [("zero", 0.0), ("mask", 0.0), ("reward", 1.0)])
def test_truncated_episodes(cloned: VLMPolicy, rule: str, used: float) -> None:
    """What a cut episode earned counts only under the rule ``reward``."""
    played = play(cloned, tasks=2)
    cut = [
        dataclasses.replace(
            e,
            terminated=False,
            truncated=True,
            turns=[dataclasses.replace(t, reward=float(i)) for t in e.turns[:1]],
        )
        for i, e in enumerate(played)
    ]
    _, metrics = updated(cloned, cut, GRPOConfig(truncated=rule))
    assert metrics["grpo/used"] == used


def test_a_success_in_the_last_turn_counts(cloned: VLMPolicy) -> None:
    """Where an answer and the time limit coincide, the answer is what was earned."""

    class LooksTwice:
        def act(self, contexts: Any, greedy: bool = False) -> Any:
            texts = ["<look></look>", "<look></look>", "<name> blue </name>"]
            return [cloned.encode(c, texts[len(c.generations)]) for c in contexts]

    played = collect(make_envs(COLOUR, 4), LooksTwice(), range(8))
    algorithm = GRPO(copy.deepcopy(cloned), GRPOConfig(truncated="zero"))
    _, returns = algorithm._returns(played)
    assert returns.tolist() == [float(e.success) for e in played]
    assert returns.sum() > 0


def test_dapo_draws_groups_without_signal_again(cloned: VLMPolicy) -> None:
    """Informative groups stay, the others make room for new tasks, boundedly often."""
    algorithm = GRPO(copy.deepcopy(cloned), GRPOConfig.variant("dapo"))
    assert algorithm.resample == 2
    envs = make_envs(COLOUR, 16)
    plan = TrainConfig(1, tasks=6, group=4)
    drawn, resampled = _play(algorithm, envs, algorithm.policy, plan, 0)
    algorithm.resample = 0
    once, _ = _play(algorithm, envs, algorithm.policy, plan, 0)
    assert len(resampled) == len(once) == 24 < len(drawn)
    kept = algorithm.informative(once)
    assert 0 < len(kept) < 24
    assert [e.seed for e in resampled[: len(kept)]] == [e.seed for e in kept]
    assert len(algorithm.informative(resampled)) > len(kept)


def test_overlong_answers_are_worth_less(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """DAPO's penalty reaches -1 for an episode whose longest answer used up all tokens."""
    algorithm = GRPO(copy.deepcopy(cloned), GRPOConfig(overlong_buffer=0.5))
    kept, returns = algorithm._returns(episodes)
    lengths = {1: 0.0, 2: 0.0, 3: -0.5, 4: -1.0}
    for episode, worth in zip(kept, returns.tolist(), strict=True):
        longest = max(len(t.generation.token_ids) for t in episode.turns)
        assert worth == pytest.approx(_worth(episode) + lengths[longest])


def test_gspo_has_one_ratio_for_an_answer(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """After a first epoch, the clipped share is that of whole answers, with tiny bounds."""
    config = GRPOConfig.variant("gspo", epochs=3, learning_rate=1e-4)
    _, metrics = updated(cloned, episodes, config)
    _, tokens = updated(cloned, episodes, dataclasses.replace(config, sequence_ratio=False))
    assert metrics["policy/clipped"] > 0
    assert metrics["policy/ratio_max"] < tokens["policy/ratio_max"]


def test_kl_is_nought_at_first_and_holds_back(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The reference is the policy as it was; with a large weight the policy stays near it."""
    _, metrics = updated(cloned, episodes, GRPOConfig(kl_weight=0.1))
    assert metrics["loss/kl"] == pytest.approx(0, abs=1e-6)
    far, near = (
        updated(cloned, episodes, GRPOConfig(kl_weight=weight, epochs=8))[1]["loss/kl"]
        for weight in (1e-6, 5.0)
    )
    assert near < 0.5 * far


def test_learns_to_name_colours(cloned: VLMPolicy) -> None:
    """From an imitator of a poor expert to a good one, in seconds."""
    policy = copy.deepcopy(cloned)
    envs, held_out = make_envs(COLOUR, 64), make_envs(COLOUR, 64)
    before = evaluate(held_out, policy, 128).success
    algorithm = GRPO(policy, GRPOConfig(learning_rate=1e-3), 20)
    for update in range(20):
        policy.seed(update)
        seeds = np.arange(update * 16, update * 16 + 16).repeat(8).tolist()
        algorithm.update(collect(envs, policy, seeds))
    after = evaluate(held_out, policy, 128).success
    assert before < 0.65
    assert after > before + 0.25
    assert after > 0.8
