"""Every family of models end to end: saved, read again, asked, weighed and trained.

Nothing here needs torchvision, and nothing changes where it is installed.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import Episode, Turn
from algorithms.sft import SFT, SFTConfig
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.context import Context
from policies.loading import LoRA, add_lora, load_model
from policies.policy import Evaluation, Generation
from policies.vlm import VLMPolicy
from tests.tiny_families import FAMILIES, SIDE, tiny
from tests.toys import parser

torch.set_num_threads(1)
SEEN = ([1], [1, 2, 3], [5, 5], [1, 2, 2, 4])
"""Pictures of each chat, turn by turn: of different lengths, some with a picture twice."""


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a tiny model of each family."""
    path = tmp_path_factory.mktemp(request.param)
    model, processor = tiny(request.param)
    model.save_pretrained(path)
    processor.save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def policy(folder: Path) -> VLMPolicy:
    """Read the model from disk."""
    return load(folder)


def load(folder: Path, **options: Any) -> VLMPolicy:
    """Read a policy with short answers from a folder."""
    return VLMPolicy.load(folder, parser=parser(), max_new_tokens=6, **options)


def scene(shade: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Paint a picture that differs from those of other shades in its middle."""
    rng = np.random.default_rng(shade)
    return rng.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8)


def chat(policy: VLMPolicy, seen: list[int]) -> tuple[Context, list[Generation]]:
    """Play an episode that shows these pictures; the last observation awaits an answer."""
    context, said = Context(), list[Generation]()
    for turn, shade in enumerate(seen):
        context.observe({"image": scene(shade), "text": f"turn {turn}: what now?"})
        if turn + 1 < len(seen):
            said += policy.act([context])
            context.answer(said[-1])
    return context, said


def together(policy: VLMPolicy) -> list[Generation]:
    """Play episodes side by side; each begins a turn later than the one before."""
    contexts, said = [Context() for _ in SEEN], list[Generation]()
    for turn in range(max(map(len, SEEN)) + len(SEEN)):
        busy = [i for i, seen in enumerate(SEEN) if 0 <= turn - i < len(seen)]
        for i in busy:
            context, shade = contexts[i], SEEN[i][turn - i]
            context.observe({"image": scene(shade), "text": f"turn {turn}: what now?"})
        answers = policy.act([contexts[i] for i in busy]) if busy else []
        for i, answer in zip(busy, answers, strict=True):
            contexts[i].answer(answer)
        said += answers
    return said


@pytest.fixture(scope="module")
def played(policy: VLMPolicy) -> list[list[Generation]]:
    """Play several episodes; the last turns of all are answered in one batch."""
    policy.seed(3)
    chats = [chat(policy, list(seen)) for seen in SEEN]
    last = policy.act([context for context, _ in chats])
    return [[*said, final] for (_, said), final in zip(chats, last, strict=True)]


def rows(evaluation: Evaluation) -> list[torch.Tensor]:
    """List each generation's log-probabilities and value, without padding."""
    return [
        torch.cat([logprobs[mask.bool()], value[None]])
        for logprobs, mask, value in zip(
            evaluation.logprobs, evaluation.mask, evaluation.values, strict=True
        )
    ]


def assert_close(came: Evaluation, wanted: Evaluation, tolerance: float = 2e-5) -> None:
    """Assert that two evaluations of the same generations agree."""
    for one, other in zip(rows(came), rows(wanted), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance)


def flat(played: list[list[Generation]]) -> list[Generation]:
    """Chain the episodes' generations."""
    return [generation for episode in played for generation in episode]


def episodes(played: list[list[Generation]]) -> list[Episode]:
    """Make episodes of unequal returns in groups of two."""
    made = []
    for number, said in enumerate(played):
        seen = {"image": scene(0), "text": ""}
        turns = [Turn(seen, generation, reward=float(number % 2)) for generation in said]  # type: ignore[arg-type]
        made.append(Episode(number // 2, turns=turns, terminated=True))
    return made


def test_image_tokens_match_what_the_model_sees(policy: VLMPolicy) -> None:
    """The model's own forward pass takes the prompt, and its logits are what is sampled from."""
    context, _ = chat(policy, [1, 2, 3])
    (generation,) = policy.act([context], greedy=True)
    assert len(generation.images) == 3
    model = policy.model
    family, encoder = policy.family, policy.encoder
    ids = torch.from_numpy(generation.prompt_ids)[None]
    inputs = {"input_ids": ids, **family.merge(encoder.image_inputs(generation.images))}
    kind = (ids == model.config.image_token_id).long()
    if model.config.model_type in ("gemma3", "paligemma"):
        inputs["token_type_ids"] = torch.zeros_like(ids) if not family.extends else kind
    if "qwen" in model.config.model_type:
        inputs["mm_token_type_ids"] = kind
    with torch.no_grad():
        logits = model(**inputs).logits[0, -1].float() + policy.banned
    wanted = torch.log_softmax(logits, -1)
    assert int(wanted.argmax()) == generation.token_ids[0]
    assert float(wanted.max()) == pytest.approx(float(generation.logprobs[0]), abs=2e-5)


def test_another_picture_is_another_prompt(policy: VLMPolicy) -> None:
    """The pictures reach the model, each in its place: a blank one would change nothing."""
    seen = ([1, 2], [2, 2], [1, 3])
    chats = []
    for shades in seen:
        context = Context()
        for turn, shade in enumerate(shades):
            context.observe({"image": scene(shade), "text": f"turn {turn}: what now?"})
            if not turn:
                context.answer(Generation("x", token_ids=np.array([policy.tokenizer.eos_token_id])))
        chats.append(context)
    first, goal, newest = policy.values(chats)
    assert abs(first - goal) > 1e-4 and abs(first - newest) > 1e-4


def test_ratio_is_one(policy: VLMPolicy, played: list[list[Generation]]) -> None:
    """Weighed together, in one pass without shared reading, and alone: as sampled."""
    generations = flat(played)
    now = policy.evaluate(generations)
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=2e-5)
    values = torch.tensor([generation.value for generation in generations])
    torch.testing.assert_close(now.values, values, rtol=0, atol=2e-5)
    alone = [policy.evaluate([generation]) for generation in generations]
    for one, row in zip(alone, rows(now), strict=True):
        torch.testing.assert_close(rows(one)[0], row, rtol=0, atol=2e-5)


def test_every_speed_up_can_be_switched_off(
    policy: VLMPolicy, folder: Path, played: list[list[Generation]]
) -> None:
    """Without any the same is sampled, and weighed with the same gradient."""
    plain = load(folder, share_prompts=False, keep_read=False)
    plain.value_head.load_state_dict(policy.value_head.state_dict())
    assert_close(plain.evaluate(flat(played)), policy.evaluate(flat(played)))
    policy.seed(11)
    plain.seed(11)
    ours, theirs = together(policy), together(plain)
    assert [g.token_ids.tolist() for g in ours] == [g.token_ids.tolist() for g in theirs]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one.logprobs, other.logprobs, atol=2e-5)
        assert one.value == pytest.approx(other.value, abs=2e-5)
    torch.testing.assert_close(
        gradient(plain, played), gradient(policy, played), rtol=1e-3, atol=1e-4
    )


def test_gradient_checkpointing_changes_nothing(
    policy: VLMPolicy, folder: Path, played: list[list[Generation]]
) -> None:
    """The layers are computed again, and give the same numbers and the same gradient."""
    lean = load(folder, gradient_checkpointing=True)
    lean.value_head.load_state_dict(policy.value_head.state_dict())
    assert_close(lean.evaluate(flat(played)), policy.evaluate(flat(played)))
    torch.testing.assert_close(
        gradient(lean, played), gradient(policy, played), rtol=1e-3, atol=1e-4
    )
    held = [0, 0]
    for i, one in enumerate((lean, policy)):
        with torch.autograd.graph.saved_tensors_hooks(
            lambda t, i=i: (held.__setitem__(i, held[i] + t.numel()), t)[1],  # type: ignore[misc]
            lambda t: t,
        ):
            one.evaluate(flat(played))
    assert held[0] < 0.7 * held[1]


def gradient(policy: VLMPolicy, played: list[list[Generation]]) -> torch.Tensor:
    """Return the gradient of all log-probabilities and values."""
    policy.zero_grad()
    now = policy.evaluate(flat(played))
    (now.logprobs.sum() + now.values.sum() + 0.1 * now.entropy.sum()).backward()  # type: ignore[no-untyped-call]
    found = [
        torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten()
        for p in policy.parameters()
    ]
    policy.zero_grad()
    return torch.cat(found) / len(flat(played))


@pytest.mark.parametrize("algorithm", ["grpo", "vl_dac", "sft"])
def test_one_update_of_each_algorithm(
    folder: Path, played: list[list[Generation]], algorithm: str
) -> None:
    """It changes the model, and starts from ratio 1."""
    policy = load(folder)
    before = copy.deepcopy(policy.state_dict())
    learner: Any
    if algorithm == "grpo":
        learner = GRPO(policy, GRPOConfig(learning_rate=1e-3, kl_weight=0.1))
    elif algorithm == "vl_dac":
        learner = VLDAC(policy, VLDACConfig(learning_rate=1e-3, value_warmup=0, kl_weight=0.1))
    else:
        learner = SFT(policy, SFTConfig(warmup=0))
    metrics = learner.update(episodes(played))
    if algorithm != "sft":
        assert metrics["policy/ratio_max"] == pytest.approx(1, abs=1e-4)
        assert metrics["policy/ratio_min"] == pytest.approx(1, abs=1e-4)
    after = policy.state_dict()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert all(value.isfinite().all() for value in after.values() if value.is_floating_point())


def test_saved_and_read_again(
    policy: VLMPolicy, played: list[list[Generation]], tmp_path: Path
) -> None:
    """A policy that was read says the same as the one that was saved; so does Hugging Face."""
    policy.save(tmp_path)
    again = load(tmp_path)
    assert_close(again.evaluate(flat(played)), policy.evaluate(flat(played)), 0)
    make: Any = transformers.AutoModelForImageTextToText
    assert type(make.from_pretrained(tmp_path)) is type(policy.model)


def test_lora_trains_the_language_model_alone(
    folder: Path, played: list[list[Generation]], tmp_path: Path
) -> None:
    """The reference is the model with its adapters off; they are saved, and found again."""
    policy = load(folder, lora=LoRA(rank=4))
    trained = [name for name, p in policy.model.named_parameters() if p.requires_grad]
    assert trained and all("lora_" in name and "vision" not in name for name in trained)
    assert len(trained) == 2 * 7 * 2  # two matrices for seven projections of two layers
    base = policy.evaluate(flat(played)).logprobs.detach()
    learner = GRPO(policy, GRPOConfig(learning_rate=1e-2, epochs=3))
    learner.update(episodes(played))
    now = policy.evaluate(flat(played)).logprobs.detach()
    assert not torch.allclose(now, base, atol=1e-3)
    torch.testing.assert_close(policy.reference_logprobs(flat(played)), base, rtol=0, atol=2e-5)
    policy.save(tmp_path)
    again = load(tmp_path)
    torch.testing.assert_close(again.evaluate(flat(played)).logprobs, now, rtol=0, atol=2e-5)


def test_half_precision(folder: Path) -> None:
    """bfloat16 weights, float32 log-probabilities; the ratio is 1 within what bfloat16 rounds."""
    policy = load(folder, dtype="bfloat16", lora=LoRA(rank=4))
    assert policy.model.get_base_model().dtype == torch.bfloat16
    trained = {p.dtype for p in policy.model.parameters() if p.requires_grad}
    assert trained == {torch.float32}  # small steps must not be rounded away
    generations = policy.act([chat(policy, list(seen))[0] for seen in SEEN])
    now = policy.evaluate(generations)
    assert now.logprobs.dtype == now.values.dtype == torch.float32
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=0.2)
    metrics = GRPO(policy, GRPOConfig()).update(episodes([[g] for g in generations]))
    assert metrics["optimizer/grad_norm"] > 0


def test_no_text_becomes_a_picture(policy: VLMPolicy) -> None:
    """An observation that quotes special tokens makes none of them."""
    quoted = " ".join(policy.encoder._special)
    hostile, plain = Context(), Context()
    hostile.observe({"image": scene(1), "text": f"it says {quoted} here"})
    plain.observe({"image": scene(1), "text": "it says here"})
    special = [policy.tokenizer.convert_tokens_to_ids(t) for t in policy.encoder._special]
    counts = []
    for context in (hostile, plain):
        (generation,) = policy.act([context])
        counts.append(int(np.isin(generation.prompt_ids, special).sum()))
    assert counts[0] == counts[1]


def test_a_missing_projection_is_named(folder: Path) -> None:
    """The error lists what there is."""
    model, _ = load_model(folder)
    with pytest.raises(ValueError, match=r"no layer is called nonsense.*down_proj.*q_proj"):
        add_lora(model, LoRA(rank=1, projections=("nonsense",)))
