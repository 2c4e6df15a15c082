"""Imitation: the demonstrations' tokens, and nothing else, become likelier."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch

from algorithms.evaluate import evaluate
from algorithms.rollout import Episode, collect, make_envs
from algorithms.sft import SFT, Demonstrator, SFTConfig
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, cloned_policy, toy_policy, weights


@pytest.fixture(scope="module")
def policy() -> VLMPolicy:
    """Give an untrained policy."""
    return toy_policy()


@pytest.fixture(scope="module")
def demonstrations(policy: VLMPolicy) -> list[Episode]:
    """Give sixteen perfect episodes."""
    envs = make_envs(COLOUR, 8)
    return collect(envs, Demonstrator(policy, envs), range(16))


def test_demonstrations_are_the_expert_s(policy: VLMPolicy, demonstrations: list[Episode]) -> None:
    """Their tokens are the expert's words, behind the prompts the policy would see."""
    for episode in demonstrations:
        assert episode.success
        for turn in episode.turns:
            said = policy.tokenizer.decode(turn.generation.token_ids)
            assert said.replace(" ", "") == turn.generation.text.replace(" ", "")
        first, second = (turn.generation for turn in episode.turns)
        start = len(first.prompt_ids)
        assert second.prompt_ids[start : start + len(first.token_ids)].tolist() == (
            first.token_ids.tolist()
        )


def test_loss_is_the_mean_over_tokens(policy: VLMPolicy, demonstrations: list[Episode]) -> None:
    """The first loss is the negative mean log-probability of all demonstrated tokens."""
    generations = [t.generation for e in demonstrations for t in e.turns]
    now = policy.evaluate(generations)
    wanted = -(now.logprobs.sum() / now.mask.sum()).item()
    metrics = SFT(copy.deepcopy(policy), SFTConfig()).update(demonstrations)
    assert metrics["loss/policy"] == pytest.approx(wanted, rel=1e-5)


def test_accumulation_changes_nothing(policy: VLMPolicy, demonstrations: list[Episode]) -> None:
    """Micro-batches of any size give the gradient of one large batch."""

    def gradient(tokens: int) -> torch.Tensor:
        trained = copy.deepcopy(policy)
        config = SFTConfig(microbatch_tokens=tokens, max_grad_norm=float("inf"))
        algorithm = SFT(trained, config)
        caught: list[torch.Tensor] = []
        algorithm.optimizer.register_step_pre_hook(
            lambda *_: caught.append(
                torch.cat([p.grad.flatten() for p in trained.parameters() if p.grad is not None])
            )
        )
        algorithm.update(demonstrations)
        return caught[0]

    wanted = gradient(10**6)
    for tokens in (1, 150):
        torch.testing.assert_close(gradient(tokens), wanted, rtol=1e-3, atol=1e-6)


def test_the_critic_is_left_alone(policy: VLMPolicy, demonstrations: list[Episode]) -> None:
    """Imitation trains the model and not the value head."""
    trained = copy.deepcopy(policy)
    SFT(trained, SFTConfig()).update(demonstrations)
    assert all(
        torch.equal(p, q)
        for p, q in zip(
            trained.value_head.parameters(), policy.value_head.parameters(), strict=True
        )
    )
    assert not torch.equal(weights(trained), weights(policy))


def test_failed_environments_change_nothing(
    policy: VLMPolicy, demonstrations: list[Episode]
) -> None:
    """A demonstration during which the environment failed is not imitated."""
    broken = [dataclasses.replace(e, env_error="dead") for e in demonstrations]
    trained = copy.deepcopy(policy)
    SFT(trained, SFTConfig()).update(broken)
    assert torch.equal(weights(trained), weights(policy))


def test_learns_the_task() -> None:
    """A few passes over perfect demonstrations teach format and colours."""
    held_out = make_envs(COLOUR, 32)
    assert evaluate(held_out, toy_policy(), 64).success < 0.1
    assert evaluate(held_out, cloned_policy(20), 64, greedy=True).success > 0.9
