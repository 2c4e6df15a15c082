"""A policy taken to pieces and put together elsewhere says and weighs what it did."""

from __future__ import annotations

import copy
from typing import Any

import cloudpickle
import pytest
import torch
from peft import LoraConfig, get_peft_model

from policies.context import Context
from policies.policy import Generation
from policies.scripted import ExpertPolicy
from policies.transfer import pack, settings, trained_names, trained_weights, unpack, update
from policies.vlm import VLMPolicy
from tests.tiny_families import FAMILIES, SIDE, tiny
from tests.toys import context, parser, picture, play, toy_policy


def carried(policy: VLMPolicy) -> VLMPolicy:
    """Carry a policy as far as another process, and back."""
    packed = cloudpickle.loads(cloudpickle.dumps(pack(policy)))
    made = unpack(packed, "cpu")
    assert isinstance(made, VLMPolicy)
    update(made, {}, settings(policy))
    return made


def said(policy: VLMPolicy) -> list[Any]:
    """Play, and write down what was said and how likely it was, to the bit."""
    generations = [turn.generation for e in play(policy, 4) for turn in e.turns]
    return [(g.token_ids.tolist(), g.logprobs.tolist(), g.value) for g in generations]


def lora_policy() -> VLMPolicy:
    """Make a policy whose adapter changes what it says."""
    policy = toy_policy()
    config = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    model = get_peft_model(policy.model, config, adapter_name="agent")
    return VLMPolicy(model, policy.processor, policy.encoder.parser, max_new_tokens=4)


@pytest.mark.parametrize("make", [toy_policy, lora_policy])
def test_what_arrives_says_the_same(make: Any) -> None:
    """Also one that has played already, with other options, and with a reference it leaves here."""
    policy = make()
    policy.freeze_reference()
    policy.temperature, policy.max_context = 0.6, 900
    before = said(policy)
    arrived = carried(policy)
    assert said(arrived) == before
    assert (arrived.temperature, arrived.max_context) == (0.6, 900)
    assert arrived._reference is None
    assert trained_names(arrived) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_arrives(family: str) -> None:
    """Models of each kind with their processors, and the tokens that end their answers."""
    policy = VLMPolicy(*tiny(family), parser(), max_new_tokens=3)
    seen = [Context(0), Context(1)]
    for chat, shade in zip(seen, (20, 200), strict=True):
        chat.observe({"image": picture(shade, SIDE), "text": "which colour ?"})
    arrived = carried(policy)
    for policy_ in (policy, arrived):
        policy_.seed(4)
    before, after = policy.act(seen), arrived.act(seen)
    assert [g.token_ids.tolist() for g in after] == [g.token_ids.tolist() for g in before]
    assert [g.logprobs.tolist() for g in after] == [g.logprobs.tolist() for g in before]
    assert arrived.encoder.ends_answer.tolist() == policy.encoder.ends_answer.tolist()


def test_the_adapter_alone_is_sent() -> None:
    """With LoRA the trained weights are the adapter and the critic; they are all it takes."""
    policy = lora_policy()
    arrived = carried(policy)
    with torch.no_grad():
        for name in trained_names(policy):
            policy.get_parameter(name).add_(0.1)
    sent = trained_weights(policy)
    assert all("lora_" in name or name.startswith("value_head.") for name in sent)
    before = said(arrived)
    update(arrived, sent, {})
    assert said(arrived) == said(policy) != before


def test_types_and_ties_of_weights_arrive() -> None:
    """A model in bf16 with a critic in float32; embeddings that are the output's stay so."""
    policy = toy_policy()
    config = policy.model.config
    config.tie_word_embeddings = config.text_config.tie_word_embeddings = True
    policy.model.tie_weights()
    policy.model.to(torch.bfloat16)
    arrived = carried(policy)
    types = {name: weight.dtype for name, weight in policy.named_parameters()}
    assert {name: weight.dtype for name, weight in arrived.named_parameters()} == types
    assert set(types.values()) == {torch.bfloat16, torch.float32}
    with torch.no_grad():
        policy.model.get_input_embeddings().weight.mul_(1.5)
    update(arrived, trained_weights(policy), {})
    assert said(arrived) == said(policy)


def test_other_policies_go_as_they_are() -> None:
    """What is no model of ours has no weights that could be sent alone."""
    policy = ExpertPolicy(None)
    assert unpack(pack(policy), "cpu") is policy
    assert trained_weights(policy) == {}


def test_foreign_weights_are_refused() -> None:
    """A name that the copy does not know is an error, not silence."""
    with pytest.raises(ValueError, match="of another model: it has no lora"):
        update(toy_policy(), {"lora": torch.zeros(1)}, {})


def test_options_are_the_plain_public_ones() -> None:
    """Numbers, texts and None; nothing private, and nothing that has parts."""
    policy = toy_policy()
    policy.seed(5)
    found = settings(policy)
    assert found["sampling_seed"] == 5
    assert found["max_pictures"] is None
    assert not {name for name in found if name.startswith("_")} | found.keys() & {"encoder"}
    copied = copy.deepcopy(policy)
    copied.seed(6)
    update(copied, {}, found)
    answers: list[list[Generation]] = [p.act([context([1])]) for p in (policy, copied)]
    assert answers[0][0].token_ids.tolist() == answers[1][0].token_ids.tolist()
