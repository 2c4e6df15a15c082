"""`VLLMSampler` against a stand-in for vLLM: prompts, weights, log-probabilities, corrections."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers.processors import TemplateProcessing
from transformers import Idefics3Processor
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from algorithms.grpo import GRPO, GRPOConfig
from algorithms.grpo import _Sample as GroupSample
from algorithms.importance import recompute, sampler_logprobs
from algorithms.optimisation import Means
from algorithms.rollout import Episode, Turn, collect, make_envs
from algorithms.run import RunConfig, run
from algorithms.run_log import RunLog
from algorithms.train import TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.encoder import Encoder
from policies.placeholders import Placeholders
from policies.policy import Generation
from policies.vllm import MOST_BANNED, StaleSampler, VLLMConfig, VLLMSampler
from policies.vlm import VLMPolicy
from tests.policies import fake_vllm
from tests.toys import (
    COLOUR,
    cloned_policy,
    context,
    make_algorithm,
    play,
    toy_policy,
    weights,
)


@pytest.fixture(autouse=True)
def vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in in vLLM's place."""
    monkeypatch.setitem(sys.modules, "vllm", fake_vllm)
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "1")


@pytest.fixture(scope="module")
def trained() -> VLMPolicy:
    """Give a policy that knows the format, so that its episodes have several turns."""
    return cloned_policy(8)


@pytest.fixture
def policy(trained: VLMPolicy) -> VLMPolicy:
    """Give a copy of it that may be changed."""
    return copy.deepcopy(trained)


@pytest.fixture
def noisy() -> Iterator[None]:
    """Let the engine's logits stray far more than rounding would."""
    fake_vllm.LLM.noise = 0.5
    yield
    fake_vllm.LLM.noise = 0.0


def begun(policy: VLMPolicy, **options: Any) -> VLLMSampler:
    """Make a sampler whose rollout has begun."""
    sampler = VLLMSampler(policy, VLLMConfig(**options))
    sampler.seed(0)
    return sampler


def played(sampler: VLLMSampler, **kwargs: Any) -> list[Episode]:
    """Play groups of the toy's tasks with the engine."""
    sampler.seed(1)
    envs = make_envs(COLOUR, 8, **kwargs)
    return collect(envs, sampler, [seed for seed in range(6) for _ in range(4)])


def generations_of(episodes: Sequence[Episode]) -> list[list[Generation]]:
    """List the generations of each episode."""
    return [[turn.generation for turn in episode.turns] for episode in episodes]


def mismatch(policy: VLMPolicy, generations: Sequence[Generation]) -> float:
    """Give the largest difference between the engine's log-probabilities and the policy's."""
    return recompute(policy, [generations], 64, 2.0)["sampler/mismatch_max"]


def lora(policy: VLMPolicy, **options: Any) -> None:
    """Lay LoRA over a policy's model, with matrices that are not zero."""
    config = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], **options)
    policy.model = get_peft_model(policy.model, config)
    torch.manual_seed(0)
    for name, weight in policy.model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.1)


# Prompts and answers.


@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("flicker", [False, True])
def test_engine_and_policy_agree(policy: VLMPolicy, flicker: bool, temperature: float) -> None:
    """In several turns with several pictures, prompt and log-probabilities are the policy's."""
    policy.temperature = temperature
    episodes = played(VLLMSampler(policy), flicker=flicker)
    generations = [g for episode in generations_of(episodes) for g in episode]
    assert (max(len(g.images) for g in generations) > 1) is flicker
    assert max(len(e.turns) for e in episodes) > 1
    assert all(len(g.logprobs) == 0 < len(g.sampler_logprobs) for g in generations)
    assert mismatch(policy, generations) < 1e-5
    again = play(policy, 6, flicker=flicker)
    prompts = {g.prompt_ids.tobytes() for e in generations_of(again) for g in e}
    assert generations[0].prompt_ids.tobytes() in prompts


def test_answers_end_as_the_policys_do(policy: VLMPolicy) -> None:
    """At a stop string or the last token, which both belong to the answer, and never later."""
    contexts = [context([shade]) for shade in range(0, 240, 10)]
    generations = [*begun(policy).act(contexts), *begun(toy_policy(2)).act(contexts)]
    assert {g.stopped for g in generations} == {True, False}
    for g in generations:
        ended = [
            bool(policy.encoder.ends(g.token_ids[None, :n], np.ones(1, bool))[0])
            for n in range(1, len(g.token_ids) + 1)
        ]
        assert not any(ended[:-1])
        assert ended[-1] is g.stopped
        assert g.stopped or len(g.token_ids) == policy.max_new_tokens
        assert g.text == policy.encoder.text(g.token_ids)


def test_every_token_that_ends_an_answer_ends_it(policy: VLMPolicy) -> None:
    """Also those that the tokenizer does not call the end, as Gemma's end of a turn."""
    word = policy.tokenizer.convert_tokens_to_ids("<look>")
    end = policy.tokenizer.eos_token_id
    policy.model.generation_config.eos_token_id = [end, word]
    ending = VLMPolicy(policy.model, policy.processor, policy.encoder.parser, max_new_tokens=4)
    generations = begun(ending).act([context([shade]) for shade in range(0, 240, 10)])
    assert any(word in g.token_ids for g in generations)
    assert all(word not in g.token_ids[:-1] for g in generations)


def test_banned_tokens_are_never_said(policy: VLMPolicy) -> None:
    """However likely the model finds them, and their mass goes to the others."""
    with torch.no_grad():
        head = policy.model.get_output_embeddings()
        head.weight[policy.banned.isinf()] *= 20
    generations = begun(policy).act([context([shade]) for shade in range(0, 200, 5)])
    said = np.concatenate([g.token_ids for g in generations])
    assert not policy.banned.isinf()[said].any()
    assert mismatch(policy, generations) < 1e-4


def test_what_is_sampled_depends_on_the_stream_alone(policy: VLMPolicy) -> None:
    """Neither on who else is in the batch, nor on their order; another seed says other things."""
    sampler = begun(policy)
    contexts = [context([shade]) for shade in range(0, 200, 20)]
    for number, one in enumerate(contexts):
        one.stream = (7, number)
    whole = [g.token_ids.tolist() for g in sampler.act(contexts)]
    assert [g.token_ids.tolist() for g in sampler.act(contexts[::-1])] == whole[::-1]
    assert sampler.act(contexts[3:4])[0].token_ids.tolist() == whole[3]
    sampler.seed(5)
    assert [g.token_ids.tolist() for g in sampler.act(contexts)] != whole


def test_greedy_answers_are_the_policys(policy: VLMPolicy) -> None:
    """They have no log-probabilities, which would be of another distribution."""
    contexts = [context([shade]) for shade in (0, 100, 200)]
    for came, wanted in zip(
        begun(policy).act(contexts, True), policy.act(contexts, True), strict=True
    ):
        assert came.token_ids.tolist() == wanted.token_ids.tolist()
        assert len(came.sampler_logprobs) == len(came.logprobs) == 0


def test_values_are_the_policys(policy: VLMPolicy) -> None:
    """Also those of observations that an episode was cut off at."""
    contexts = [context([0]), context([90, 60], policy)]
    wanted = policy.values(contexts)
    np.testing.assert_array_equal(begun(policy).values(contexts), wanted)
    sampler = begun(policy)
    envs = make_envs(COLOUR, 4, max_episode_steps=1)
    cut = [e.final_value for e in collect(envs, sampler, range(16)) if e.truncated]
    assert cut and all(cut)


# Pictures.


@pytest.mark.parametrize("text_first", [False, True])
def test_each_picture_becomes_one_placeholder(text_first: bool) -> None:
    """And nothing else changes, wherever the template puts it."""
    policy = toy_policy()
    if text_first:
        policy.processor.chat_template = swapped(policy.processor.chat_template)
    ids, pictures = policy._prompt(context([10, 20, 30], policy))
    image = policy.processor.image_token_id
    assert (ids == image).sum() == 3 * 16
    short = Placeholders(policy.encoder).unexpanded(ids, pictures)
    assert (short == image).sum() == 3
    assert short[short != image].tolist() == ids[ids != image].tolist()
    runs = np.flatnonzero((ids == image) & (np.roll(ids, 1) != image))
    assert np.flatnonzero(short == image).tolist() == (runs - 15 * np.arange(3)).tolist()


def test_a_beginning_that_the_tokenizer_writes_is_no_part_of_a_picture() -> None:
    """LLaVA 1.5's tokenizer begins a text, and its template does not."""
    policy = toy_policy()
    begin = policy.tokenizer.bos_token_id
    policy.tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<bos> $A", special_tokens=[("<bos>", begin)]
    )
    ids, pictures = policy._prompt(context([10, 20, 30], policy))
    image = policy.processor.image_token_id
    assert ids[0] == begin
    short = Placeholders(policy.encoder).unexpanded(ids, pictures)
    assert (short == image).sum() == 3
    assert short[short != image].tolist() == ids[ids != image].tolist()


def test_a_picture_in_pieces_becomes_one_placeholder() -> None:
    """Idefics3 cuts a picture into tiles, with tokens for rows and columns between them."""
    tiles = [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)]
    marks = ["<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *tiles]
    tokenizer = toy_policy().tokenizer
    tokenizer.add_special_tokens({"additional_special_tokens": marks})
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 32}, max_image_size={"longest_edge": 16}
    )
    make: Any = Idefics3Processor
    template = toy_policy().processor.chat_template
    encoder = Encoder(make(images, tokenizer, image_seq_len=4, chat_template=template), None)
    chat = context([10, 20])
    chat.generations[0].token_ids = np.array(tokenizer("it is").input_ids)
    ids, pictures = encoder.prompt(chat)
    assert (ids == tokenizer.convert_tokens_to_ids("<image>")).sum() == 2 * 5 * 4
    short = tokenizer.decode(Placeholders(encoder).unexpanded(ids, pictures))
    assert short == (
        "<user> <image> which colour? <assistant> it is <user> <image> it is dark now. <assistant>"
    )


def swapped(template: str) -> str:
    """Put a message's text before its picture."""
    start = template.index("{% for c in m.content if c.type == 'image' %}")
    middle = template.index("{% for c in m.content if c.type != 'image' %}")
    end = template.index("{% endfor %}", template.index("{% endfor %}", middle)) + 12
    return template[:start] + template[middle:end] + template[start:middle] + template[end:]


def test_a_prompt_read_otherwise_is_an_error(
    policy: VLMPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the expanded prompt, as TRL 1.16 does, vLLM expands it again: told, not trained on."""
    sampler = begun(policy)
    monkeypatch.setattr(Placeholders, "unexpanded", lambda self, ids, pictures: ids)
    with pytest.raises(ValueError, match="another prompt than the policy wrote"):
        sampler.act([context([10])])


def test_pictures_that_are_not_in_a_prompt_are_an_error(policy: VLMPolicy) -> None:
    """Rather than a prompt that says less than its pictures."""
    ids, pictures = policy._prompt(context([10]))
    with pytest.raises(ValueError, match="picture 1 of a prompt should be 16 tokens"):
        Placeholders(policy.encoder).unexpanded(ids, (*pictures, *pictures))


# Weights.


@pytest.mark.parametrize("adapter", [False, True])
@pytest.mark.parametrize("sleep", [False, True])
def test_weights_reach_the_engine_before_each_rollout(
    policy: VLMPolicy, adapter: bool, sleep: bool
) -> None:
    """Also those of the vision tower, and nothing computed from older ones is left."""
    if adapter:
        lora(policy, modules_to_save=["linear_1"])
    sampler = VLLMSampler(policy, VLLMConfig(sleep=sleep))
    contexts = [context([shade]) for shade in range(0, 200, 20)]
    with pytest.raises(StaleSampler, match="version 0"):
        sampler.act(contexts)
    algorithm = GRPO(policy, GRPOConfig(learning_rate=0.02))
    for update in range(3):
        sampler.seed(0)
        assert sampler.version == update + 1 and not sampler.stale
        generations = sampler.act(contexts)
        assert mismatch(policy, generations) < 1e-4
        sampler.rest()
        assert sampler.stale is sleep
        episodes = play(policy, babble_reward=0.01)
        assert algorithm.update(episodes)["grpo/used"] > 0
        with pytest.raises(StaleSampler, match=f"version {update + 1}"):
            sampler.act(contexts)


def test_an_engine_that_follows_already_is_not_disturbed(policy: VLMPolicy) -> None:
    """Weights travel only where they changed."""
    sampler = begun(policy)
    sampler.seed(1)
    assert sampler.version == 1


def test_weights_that_miss_their_place_are_an_error(
    policy: VLMPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that keeps random weights in one layer would pass for a bad policy."""
    sampler = VLLMSampler(policy)
    own = sampler.engine.model
    own.extra = torch.nn.Parameter(torch.zeros(1))
    with pytest.raises(ValueError, match="1 weights of the engine are not the policy's, extra"):
        sampler.seed(0)
    monkeypatch.setattr(sampler.engine, "reset_prefix_cache", lambda: False)
    del own.extra
    with pytest.raises(RuntimeError, match="old key-value blocks"):
        sampler.seed(0)


def test_a_config_of_ones_own(policy: VLMPolicy, tmp_path: Path) -> None:
    """A folder with the model's config and processor serves as well."""
    policy.save(tmp_path)
    generations = begun(policy, model=str(tmp_path)).act([context([50])])
    assert mismatch(policy, generations) < 1e-5


# What cannot be.


def test_missing_vllm_names_the_extra(policy: VLMPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ImportError, match=r"vl-envs\[vllm\]"):
        VLLMSampler(policy)


def test_limits_of_vllm_are_told(policy: VLMPolicy, monkeypatch: pytest.MonkeyPatch) -> None:
    """How hot it samples, how many tokens it bans, and that it gave up."""
    sampler = begun(policy)
    policy.temperature = 2.5
    with pytest.raises(ValueError, match=r"temperatures from 0\.01 to 2"):
        sampler.act([context([0])])
    policy.temperature = 1.0
    answer = sampler.engine.generate

    def abort(*args: Any, **kwargs: Any) -> Any:
        outputs = answer(*args, **kwargs)
        outputs[0].outputs[0].finish_reason = "abort"
        return outputs

    monkeypatch.setattr(sampler.engine, "generate", abort)
    with pytest.raises(RuntimeError, match="gave up an answer: abort"):
        sampler.act([context([0])])
    policy.banned = torch.full((MOST_BANNED + 1,), -torch.inf)
    with pytest.raises(ValueError, match="bans 1025"):
        VLLMSampler(policy)


# Learning from it.


@pytest.mark.parametrize("name", ["grpo", "vl_dac"])
def test_the_policy_weighs_what_the_engine_sampled(
    policy: VLMPolicy, name: str, noisy: None
) -> None:
    """The first ratio is 1 however far the engine strays, and the mismatch is logged."""
    sampler = VLLMSampler(policy)
    episodes = played(sampler, babble_reward=0.01)
    algorithm: Any = make_algorithm(name, policy)
    if name == "vl_dac":
        algorithm.updates = 1  # beyond the critic's warm-up
    metrics = algorithm.update(episodes)
    generations = [g for e in generations_of(episodes) for g in e if len(g.logprobs)]
    differences = np.concatenate([g.sampler_logprobs - g.logprobs for g in generations])
    assert metrics["sampler/kl"] == pytest.approx(differences.mean(), abs=1e-6)
    assert metrics["sampler/mismatch_max"] == pytest.approx(np.abs(differences).max(), abs=1e-6)
    assert metrics["sampler/mismatch_max"] > 0.5
    clipped = (np.exp(-differences) > 2).mean()
    assert metrics["sampler/importance_clipped"] == pytest.approx(clipped) and clipped > 0
    assert any(g.value for g in generations)


def test_what_the_policy_sampled_is_left_alone(policy: VLMPolicy) -> None:
    """No numbers, no second weighing, and weights of exactly 1."""
    generations = generations_of(play(policy, 2))
    before = copy.deepcopy(generations)
    assert recompute(policy, generations, 8, 2.0) == {}
    for episode, old in zip(generations, before, strict=True):
        for one, other in zip(episode, old, strict=True):
            assert one.logprobs.tolist() == other.logprobs.tolist() and one.value == other.value
    flat = [g for episode in generations for g in episode]
    now = policy.evaluate(flat)
    assert torch.equal(sampler_logprobs(flat, now), now.old_logprobs)


def test_a_token_without_a_score_counts_as_agreed(policy: VLMPolicy) -> None:
    """One number that the engine did not know must not become a loss that is none."""
    (generation,) = begun(policy).act([context([0])])
    generation.sampler_logprobs[0] = np.nan
    assert mismatch(policy, [generation]) < 1e-5
    assert generation.sampler_logprobs[0] == generation.logprobs[0]


def gradient(policy: VLMPolicy, loss: torch.Tensor) -> torch.Tensor:
    """Give the gradient of a loss by the head's weights."""
    (found,) = torch.autograd.grad(loss, [policy.model.get_output_embeddings().weight])
    return found


@pytest.mark.parametrize("name", ["grpo", "vl_dac", "rl4vlm"])
def test_the_expected_gradient_is_the_policys_own(name: str, noisy: None) -> None:
    """Over all tokens an engine may say, weighed by how often it does: exact up to the cap."""
    policy = toy_policy(max_new_tokens=1)
    sampler = begun(policy)
    (asked,) = sampler.act([context([80])])
    tokens = (policy.banned == 0).nonzero()[:, 0]
    engine = sampler.engine
    params = fake_vllm.SamplingParams(logit_bias=sampler._bias)
    prompt = sampler._request(asked.prompt_ids, asked.images)
    q = engine._distribution(*engine._read(prompt), params)[tokens]

    def expected(cap: float, corrected: bool = True) -> torch.Tensor:
        """Give the algorithm's gradient, each token's advantage weighed by its frequency."""
        said = [
            Generation(
                "",
                asked.prompt_ids,
                token.numpy()[None],
                images=asked.images,
                sampler_logprobs=logprob.numpy()[None],
            )
            for token, logprob in zip(tokens, q, strict=True)
        ]
        recompute(policy, [said], 64, cap)
        if not corrected:
            for g in said:
                g.sampler_logprobs = g.logprobs
        weighed = (advantages * q.exp()).tolist()
        if name == "grpo":
            algorithm = GRPO(policy, GRPOConfig(importance_cap=cap))
            nothing: Any = {"image": asked.images[0], "text": ""}
            samples = [
                GroupSample(Turn(nothing, g), episode_tokens=1, advantage=a)
                for g, a in zip(said, weighed, strict=True)
            ]
            return gradient(policy, algorithm._loss(1.0, policy, samples, Means()))
        critic = VLDAC(policy, VLDACConfig(baseline=name, thought_weight=1, importance_cap=cap))
        now = policy.evaluate(said)
        loss = critic._policy_loss(now, sampler_logprobs(said, now), torch.tensor(weighed), Means())
        return gradient(policy, loss * len(said))

    advantages = torch.linspace(-1, 2, len(tokens))
    whole = [Generation("", asked.prompt_ids, t.numpy()[None], images=asked.images) for t in tokens]
    p = policy.evaluate(whole).logprobs[:, 0]
    exact = gradient(policy, -(p.exp() * advantages).sum())
    scale = float(exact.norm())
    assert float((q.exp() - p.exp()).abs().sum().detach()) > 0.2  # the engine does stray
    assert float((expected(1e6) - exact).norm()) < 1e-4 * scale
    assert float((expected(1e6, corrected=False) - exact).norm()) > 0.1 * scale
    # With a cap, it is the gradient of the tokens' mass min(p, cap q).
    p = policy.evaluate(whole).logprobs[:, 0]
    mass = torch.minimum(p.exp(), 1.2 * q.exp()).detach()
    capped = gradient(policy, -(mass * advantages * p).sum())
    assert 1e-3 * scale < float((capped - exact).norm())
    assert float((expected(1.2) - capped).norm()) < 1e-4 * scale


@pytest.mark.parametrize("name", ["grpo", "vl_dac"])
def test_a_run_with_the_engine(policy: VLMPolicy, tmp_path: Path, name: str) -> None:
    """Each update plays with the weights of the one before; in between the engine sleeps."""
    sampler = VLLMSampler(policy, VLLMConfig(sleep=True))
    group = 4 if name == "grpo" else 1
    plan = TrainConfig(3, tasks=16 // group, group=group, seed=3)
    envs = make_envs(COLOUR, 8, babble_reward=0.01)
    before = weights(policy)
    with RunLog(tmp_path, quiet=True) as log:
        algorithm = make_algorithm(name, policy)
        train(algorithm, envs, tmp_path / name, plan, log=log, sampler=sampler)
        records = log.records()
    assert len(records) == sampler.version == 3
    for record in records:
        assert float(str(record["sampler/mismatch_max"])) < 1e-4
        assert {"sampler/kl", "sampler/importance_clipped", "rollout/success"} <= record.keys()
    assert sampler.stale and not torch.equal(weights(policy), before)


def test_the_option_of_a_run(tmp_path: Path) -> None:
    """``--sampler vllm`` is all that a run needs."""
    config = RunConfig(
        env=COLOUR, out=tmp_path, sampler="vllm", sft_updates=1, rl_updates=1, tasks=4, group=4,
        demonstrations=4, eval_tasks=2, env_kwargs='{"babble_reward": 0.01}', quiet=True,
    )  # fmt: skip
    run(config)
    (record,) = [
        record
        for record in map(json.loads, (tmp_path / "metrics.jsonl").read_text().splitlines())
        if record["stage"] == "grpo" and "sampler/kl" in record
    ]
    assert abs(record["sampler/kl"]) < 1e-4
