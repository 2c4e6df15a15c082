"""VL-DAC: the decoupled critic, its warm-up, its credit, its baseline, and that it learns."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from algorithms.evaluate import evaluate
from algorithms.rollout import Episode, collect, make_envs
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, cloned_policy, play, weights

NO_WARMUP = VLDACConfig(value_warmup=0, minibatch=None)


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """Give a policy that keeps the format and often errs in the colour."""
    return cloned_policy(16, expert_error=0.5)


@pytest.fixture(scope="module")
def episodes(cloned: VLMPolicy) -> list[Episode]:
    """Give thirty-two episodes."""
    return play(cloned, tasks=32, group=1)


def parts(policy: VLMPolicy) -> tuple[torch.Tensor, torch.Tensor]:
    """Copy the weights of the model and of the critic."""
    model, critic = (
        torch.cat([p.detach().flatten() for p in part.parameters()])
        for part in (policy.model, policy.value_head)
    )
    return model, critic


def updated(
    policy: VLMPolicy, episodes: Sequence[Episode], config: VLDACConfig
) -> tuple[VLMPolicy, dict[str, float]]:
    """Make one update of a copy of the policy."""
    trained = copy.deepcopy(policy)
    return trained, VLDAC(trained, config).update(episodes)


def test_first_ratio_is_one(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Before the first step nothing is clipped and the loss is minus the mean advantage: 0."""
    _, metrics = updated(cloned, episodes, NO_WARMUP)
    assert metrics["policy/ratio_max"] == pytest.approx(1, abs=1e-5)
    assert metrics["policy/clipped"] == 0
    assert metrics["loss/policy"] == pytest.approx(0, abs=1e-5)
    assert metrics["policy/entropy"] > 0


@pytest.mark.parametrize("baseline", ["vl_dac", "rl4vlm"])
def test_accumulation_changes_nothing(
    cloned: VLMPolicy, episodes: list[Episode], baseline: str
) -> None:
    """Micro-batches of any size give the gradient of one large batch."""
    options: dict[str, Any] = {"kl_weight": 0.1, "entropy_weight": 0.01, "baseline": baseline}
    whole = dataclasses.replace(NO_WARMUP, max_grad_norm=float("inf"), **options)

    def gradient(config: VLDACConfig) -> torch.Tensor:
        policy = copy.deepcopy(cloned)
        algorithm = VLDAC(policy, config)
        caught: list[torch.Tensor] = []
        algorithm.optimizer.register_step_pre_hook(
            lambda *_: caught.append(
                torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])
            )
        )
        algorithm.update(episodes)
        return caught[0]

    wanted = gradient(whole)
    for tokens in (1, 150):
        came = gradient(dataclasses.replace(whole, microbatch_tokens=tokens))
        torch.testing.assert_close(came, wanted, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_value_warmup(cloned: VLMPolicy, episodes: list[Episode], stop_gradient: bool) -> None:
    """In the first updates only the critic learns, even if its gradient may reach the model."""
    policy = copy.deepcopy(cloned)
    policy.stop_gradient = stop_gradient
    algorithm = VLDAC(policy, VLDACConfig(value_warmup=2, minibatch=8, kl_weight=0.1))
    model, critic = parts(policy)
    for _ in range(2):
        metrics = algorithm.update(episodes)
        assert "loss/policy" not in metrics
        assert torch.equal(parts(policy)[0], model)
        assert not torch.equal(parts(policy)[1], critic)
        critic = parts(policy)[1]
    metrics = algorithm.update(episodes)
    assert "loss/policy" in metrics
    assert not torch.equal(parts(policy)[0], model)


def test_critic_learns_returns(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Where every episode is worth 1, warm-up updates alone teach the critic so."""
    worth = [
        dataclasses.replace(
            e, turns=[dataclasses.replace(t, reward=float(t is e.turns[-1])) for t in e.turns]
        )
        for e in episodes
        if e.terminated
    ]
    config = VLDACConfig(value_warmup=99, minibatch=8, value_clip=None)
    algorithm = VLDAC(copy.deepcopy(cloned), config)
    losses = [algorithm.update(worth)["loss/value"] for _ in range(12)]
    assert losses[-1] < 0.1 * losses[0]


def test_credit_by_hand(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Terminated: the sum of what came. Truncated: that plus the value of the last observation."""
    ended = next(e for e in episodes if len(e.turns) == 2)
    for turn, value, reward in zip(ended.turns, (0.5, 1.0), (0.0, 2.0), strict=True):
        turn.generation.value, turn.reward = value, reward
    cut = dataclasses.replace(ended, terminated=False, truncated=True, final_value=4.0)
    algorithm = VLDAC(copy.deepcopy(cloned), VLDACConfig(gamma=0.5, lam=1.0))
    first, second = algorithm._credit([ended, cut])
    # Returns: 2 and 0 + .5 * 2; with the last value 2 + .5 * 4 and 0 + .5 * 4.
    assert [s.step_return for s in first] == [1.0, 2.0]
    assert [s.step_return for s in second] == [2.0, 4.0]
    # Advantages .5, 1, 1.5, 3 are normalised over the whole rollout.
    raw = torch.tensor([0.5, 1.0, 1.5, 3.0])
    wanted = ((raw - raw.mean()) / raw.std()).tolist()
    assert [s.advantage for s in (*first, *second)] == pytest.approx(wanted)


def test_final_value_of_a_terminated_episode_is_ignored(
    cloned: VLMPolicy, episodes: list[Episode]
) -> None:
    """Nothing is worth anything after the end, whatever the record says."""
    algorithm = VLDAC(copy.deepcopy(cloned), VLDACConfig())
    ended = next(e for e in episodes if e.terminated)
    (plain,) = algorithm._credit([ended])
    (odd,) = algorithm._credit([dataclasses.replace(ended, final_value=9.0)])
    assert [s.step_return for s in odd] == [s.step_return for s in plain]


def test_failed_environments_change_nothing(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """An episode with env_error is left out of credit, normalisation and loss."""
    broken = [dataclasses.replace(e, env_error="dead") for e in episodes[:5]]
    wanted, _ = updated(cloned, episodes[5:], NO_WARMUP)
    came, _ = updated(cloned, [*broken, *episodes[5:]], NO_WARMUP)
    assert torch.equal(weights(came), weights(wanted))
    after, metrics = updated(cloned, broken, NO_WARMUP)
    assert torch.equal(weights(after), weights(cloned))
    assert metrics == {}


def test_all_tokens_of_a_turn_share_its_advantage(cloned: VLMPolicy) -> None:
    """A better turn's every answer becomes likelier, a worse one's less likely."""
    played = [e for e in play(cloned, tasks=16, group=1) if e.terminated]
    good = next(e for e in played if e.success)
    bad = next(e for e in played if not e.success)
    policy, _ = updated(cloned, [good, bad], dataclasses.replace(NO_WARMUP, learning_rate=1e-4))
    change = [
        (policy.evaluate(g).logprobs - cloned.evaluate(g).logprobs).sum().item()
        for g in ([t.generation for t in e.turns[-1:]] for e in (good, bad))
    ]
    assert change[0] > change[1]


def test_rl4vlm_differs(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """One ratio per turn: its gradient is that of the summed, not of the mean token."""
    ours, metrics = updated(cloned, episodes, NO_WARMUP)
    config = dataclasses.replace(NO_WARMUP, baseline="rl4vlm")
    theirs, sequence = updated(cloned, episodes, config)
    assert sequence["policy/ratio_max"] == pytest.approx(1, abs=1e-5)
    assert sequence["optimizer/grad_norm"] > metrics["optimizer/grad_norm"]
    assert not torch.allclose(weights(ours), weights(theirs), atol=1e-5)


def test_rl4vlm_weighs_the_thought(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The weight matters where there is a thought, and nowhere else."""

    def after(thought_length: int, weight: float) -> torch.Tensor:
        for episode in episodes:
            for turn in episode.turns:
                turn.generation.thought_length = thought_length
        config = dataclasses.replace(NO_WARMUP, baseline="rl4vlm", thought_weight=weight)
        return weights(updated(cloned, episodes, config)[0])

    try:
        assert not torch.allclose(after(1, 0.1), after(1, 0.5), atol=1e-6)
        assert torch.equal(after(0, 0.1), after(0, 0.5))
    finally:
        after(0, 0.5)


def test_unknown_baseline() -> None:
    """The error names the nearest."""
    with pytest.raises(ValueError, match="rl4vlm"):
        VLDACConfig(baseline="rl4vl")


def test_learns_to_name_colours(cloned: VLMPolicy) -> None:
    """From an imitator of a poor expert to a good one, in seconds; values explain something."""
    policy = copy.deepcopy(cloned)
    envs, held_out = make_envs(COLOUR, 64), make_envs(COLOUR, 64)
    before = evaluate(held_out, policy, 128).success
    algorithm = VLDAC(policy, VLDACConfig(minibatch=64), 20)
    for update in range(20):
        policy.seed(update)
        algorithm.update(collect(envs, policy, range(update * 128, update * 128 + 128)))
    after = evaluate(held_out, policy, 128).success
    assert before < 0.65
    assert after > before + 0.25
    assert after > 0.8
