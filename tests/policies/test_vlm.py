"""`VLMPolicy`: what is sampled and what is weighed are the same, however they are batched."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model

from algorithms.rollout import Episode
from policies.context import Context
from policies.policy import Evaluation, Generation
from policies.vlm import VLMPolicy, pack
from tests.toys import cloned_policy, context, parser, picture, play, toy_policy

BANNED = ("<pad>", "<bos>", "<unk>", "<image>")


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """Give a policy that knows the format, so that its episodes have several turns."""
    return cloned_policy(8)


@pytest.fixture(scope="module", params=["still", "flicker"])
def episodes(cloned: VLMPolicy, request: pytest.FixtureRequest) -> list[Episode]:
    """Give episodes of one and of several turns; with ``flicker`` each has its own picture."""
    played = play(cloned, flicker=request.param == "flicker")
    lengths = {len(episode.turns) for episode in played}
    assert {1, 2} <= lengths or {2, 3} <= lengths
    return played


def generations_of(episodes: Sequence[Episode]) -> list[Generation]:
    """List all generations, episode by episode."""
    return [turn.generation for episode in episodes for turn in episode.turns]


def rows(evaluation: Evaluation) -> Iterator[tuple[torch.Tensor, ...]]:
    """Cut the padding off each row."""
    for i, mask in enumerate(evaluation.mask.bool()):
        yield (
            evaluation.logprobs[i][mask],
            evaluation.entropy[i][mask],
            evaluation.values[i],
        )


def assert_equal(came: Evaluation, wanted: Evaluation) -> None:
    """Assert that two evaluations agree, whatever their padding."""
    for one, other in zip(rows(came), rows(wanted), strict=True):
        for x, y in zip(one, other, strict=True):
            torch.testing.assert_close(x, y, rtol=0, atol=1e-5)


# What was sampled and what is weighed.


def test_ratio_is_one_before_any_update(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The recomputed log-probabilities are those stored while sampling."""
    now = cloned.evaluate(generations_of(episodes))
    ratio = (now.logprobs - now.old_logprobs).exp()
    torch.testing.assert_close(ratio, torch.ones_like(ratio), rtol=0, atol=1e-5)
    lengths = [len(g.token_ids) for g in generations_of(episodes)]
    assert now.mask.sum(1).tolist() == lengths
    assert (now.logprobs[~now.mask.bool()] == 0).all()


def test_stored_logprobs_are_those_of_the_sampled_tokens(cloned: VLMPolicy) -> None:
    """They agree with a plain forward pass of the model over prompt and answer."""
    generation = cloned.act([context([90])])[0]
    ids = torch.from_numpy(np.append(generation.prompt_ids, generation.token_ids))[None]
    pixels = cloned.processor.image_processor(images=[generation.images[0]], return_tensors="pt")
    with torch.no_grad():
        logits = cloned.model(input_ids=ids, **pixels).logits[0].float() + cloned.banned
    start = len(generation.prompt_ids) - 1
    wanted = torch.log_softmax(logits[start:-1], -1)
    wanted = wanted[torch.arange(len(wanted)), torch.from_numpy(generation.token_ids)]
    np.testing.assert_allclose(generation.logprobs, wanted.numpy(), atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_ratio_is_one_at_any_temperature(cloned: VLMPolicy, temperature: float) -> None:
    """Log-probabilities are those of the distribution that was sampled from."""
    policy = VLMPolicy(cloned.model, cloned.processor, parser(), 4, temperature)
    generations = policy.act([context([shade]) for shade in (0, 100, 200)])
    now = policy.evaluate(generations)
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=1e-5)
    assert not torch.allclose(cloned.evaluate(generations).logprobs, now.logprobs, atol=1e-3)


def test_history_that_dropped_turns_is_weighed_right(cloned: VLMPolicy) -> None:
    """Where a turn's prompt no longer begins with the one before, it is weighed on its own."""
    chat = Context(0, history=1)
    generations = []
    for source in context([10, 20, 30, 40], cloned).observations:
        chat.observe(source)
        generations.append(cloned.act([chat])[0])
        chat.answer(generations[-1])
    assert len(generations[3].prompt_ids) < len(generations[2].prompt_ids) + 40
    assert len(generations[3].images) == 3  # the goal's, the past turn's and the newest
    now = cloned.evaluate(generations)
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=1e-5)
    values = torch.tensor([g.value for g in generations])
    torch.testing.assert_close(now.values, values, rtol=0, atol=1e-5)


def test_dropout_is_off(cloned: VLMPolicy) -> None:
    """No module is in training mode, so that two evaluations agree."""
    assert not any(module.training for module in cloned.model.modules())


# Batching.


def test_packed_equals_unpacked(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Turns weighed together give what each gives alone, in a batch of one."""
    generations = generations_of(episodes)[:24]
    assert len(list(pack(generations))) < len(generations)
    together = cloned.evaluate(generations)
    for i, generation in enumerate(generations):
        alone = cloned.evaluate([generation])
        length = len(generation.token_ids)
        for many, one in ((together.logprobs, alone.logprobs), (together.entropy, alone.entropy)):
            torch.testing.assert_close(many[i, :length], one[0], rtol=0, atol=1e-5)
        torch.testing.assert_close(together.values[i], alone.values[0], rtol=0, atol=1e-5)


def test_order_does_not_matter(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Shuffled turns, most of which cannot be packed, give the same rows."""
    generations = generations_of(episodes)
    order = np.random.default_rng(0).permutation(len(generations))
    shuffled = cloned.evaluate([generations[i] for i in order])
    straight = list(rows(cloned.evaluate(generations)))
    for i, row in zip(order, rows(shuffled), strict=True):
        for x, y in zip(row, straight[i], strict=True):
            torch.testing.assert_close(x, y, rtol=0, atol=1e-5)


def test_gradients_do_not_depend_on_packing(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The sum of the turns' gradients is the gradient of the packed turns."""
    policy = copy.deepcopy(cloned)
    generations = generations_of(episodes)[:8]

    def gradient(parts: Sequence[Sequence[Generation]]) -> torch.Tensor:
        policy.zero_grad()
        for part in parts:
            now = policy.evaluate(part)
            (now.logprobs.sum() + now.values.square().sum()).backward()  # type: ignore[no-untyped-call]
        grads = [p.grad.flatten() for p in policy.parameters() if p.grad is not None]
        return torch.cat(grads)

    packed, alone = gradient([generations]), gradient([[g] for g in generations])
    torch.testing.assert_close(packed, alone, rtol=1e-3, atol=1e-4)


def test_batch_of_one_equals_batch_of_many(cloned: VLMPolicy) -> None:
    """Chats of different lengths, with one picture or several, disturb each other in nothing."""
    chats = [
        *(context(shades, cloned) for shades in ([10], [10, 20], [30, 30, 40], [250])),
        context([1, 2, 3, 4], cloned, history=1),
    ]
    together = cloned.act(chats, greedy=True)
    for chat, many in zip(chats, together, strict=True):
        (one,) = cloned.act([chat], greedy=True)
        assert many.token_ids.tolist() == one.token_ids.tolist()
        np.testing.assert_allclose(many.logprobs, one.logprobs, atol=1e-5)
        assert many.value == pytest.approx(one.value, abs=1e-5)


def test_shared_prompts_equal_separate_ones(cloned: VLMPolicy) -> None:
    """A group's prompt is read once; the answers and values are as if read each time."""
    shades = [10, 200, 10, 10, 90, 200]
    cloned.seed(3)
    shared = cloned.act([context([shade]) for shade in shades])
    weighed = cloned.evaluate(shared)
    torch.testing.assert_close(weighed.logprobs, weighed.old_logprobs, rtol=0, atol=1e-5)
    for shade, generation in zip(shades, shared, strict=True):
        assert generation.images[0][0, 0, 0] == shade
        (alone,) = cloned.act([context([shade])])
        assert generation.value == pytest.approx(alone.value, abs=1e-5)
        assert generation.prompt_ids.tolist() == alone.prompt_ids.tolist()


def test_same_words_with_another_picture_are_another_prompt(cloned: VLMPolicy) -> None:
    """Prompts are shared only where their pictures are equal too."""
    bright, dark = cloned.values([context([250]), context([0])])
    assert abs(bright - dark) > 1e-4


def test_processed_pictures_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last ones; what was let go is processed again, and nothing depends on it."""
    encoder = toy_policy().encoder
    one = encoder.image_inputs([picture(0)])[0]["pixel_values"].nbytes
    monkeypatch.setattr("policies.encoder._HELD", 3 * one)
    shades = [0, 1, 2, 0, 3, 0, 1]
    seen = encoder.image_inputs([picture(shade) for shade in shades])
    for shade, inputs in zip(shades, seen, strict=True):
        wanted = encoder._process_pixels(picture(shade))
        torch.testing.assert_close(inputs["pixel_values"], wanted["pixel_values"])
    assert [shape_key[0][0] for shape_key in encoder._pixels] == [3, 0, 1]
    assert encoder._held == 3 * one


def test_nobody_waits_for_an_answer(cloned: VLMPolicy) -> None:
    """An empty batch is answered with nothing."""
    assert cloned.act([]) == [] and cloned.values([]).shape == (0,)


# Sampling.


def test_greedy_is_deterministic(cloned: VLMPolicy) -> None:
    """The most likely answer does not depend on the random stream, nor does it move it."""
    cloned.seed(1)
    first = cloned.act([context([50])], greedy=True)[0]
    sampled = cloned.act([context([50])])[0]
    cloned.seed(1)
    assert cloned.act([context([50])])[0].token_ids.tolist() == sampled.token_ids.tolist()
    assert (
        cloned.act([context([50])], greedy=True)[0].token_ids.tolist() == first.token_ids.tolist()
    )


def test_one_seed_gives_one_sample() -> None:
    """The random stream is the policy's own: torch's global one is not touched."""
    policy = toy_policy()
    chats = [context([shade]) for shade in range(0, 250, 10)]
    before = torch.get_rng_state()
    drawn = []
    for seed in (7, 7, 8, -1):
        policy.seed(seed)
        drawn.append([g.token_ids.tolist() for g in policy.act(chats)])
    assert torch.equal(torch.get_rng_state(), before)
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_a_sample_does_not_depend_on_the_batch(cloned: VLMPolicy) -> None:
    """Each turn of each episode has a random stream of its own, named by its context."""
    chats = [context([shade]) for shade in (10, 90, 10, 200)]
    for number, chat in enumerate(chats):
        chat.stream = (7, number)
    cloned.seed(5)
    together = cloned.act(chats)
    for chat, wanted in reversed(list(zip(chats, together, strict=True))):
        (alone,) = cloned.act([chat])
        assert alone.token_ids.tolist() == wanted.token_ids.tolist()


def test_samples_have_the_models_frequencies(cloned: VLMPolicy) -> None:
    """Of many first tokens each is as frequent as the model says, none without probability."""
    policy = VLMPolicy(cloned.model, cloned.processor, max_new_tokens=1, temperature=3.0)
    chats = [context([90]) for _ in range(4000)]
    said = np.array([g.token_ids[0] for g in policy.act(chats)])
    read = policy.reader.read(policy.model, [policy._prompt(chats[0])])
    wanted = policy._log_softmax(read.last)[0].exp().detach().numpy()
    found = np.bincount(said, minlength=len(wanted)) / len(said)
    assert np.abs(found - wanted).max() < 4 * np.sqrt(0.25 / len(said))
    assert (found[wanted == 0] == 0).all()


def test_banned_tokens_are_never_sampled() -> None:
    """An untrained model would say image tokens at once; 10,000 tokens hold none."""
    toy = toy_policy()
    policy = VLMPolicy(toy.model, toy.processor, max_new_tokens=50)
    chats = [context([shade]) for shade in range(220)]
    said = np.concatenate([g.token_ids for g in policy.act(chats)])
    banned = policy.tokenizer.convert_tokens_to_ids(list(BANNED))
    while len(said) < 10_000:
        said = np.append(said, np.concatenate([g.token_ids for g in policy.act(chats)]))
    assert not np.isin(said, banned).any()
    allowed = set(range(len(policy.tokenizer))) - set(banned)
    assert allowed == set(said.tolist())  # and nothing else is banned


@pytest.mark.parametrize("token", BANNED)
def test_banned_tokens_have_no_probability(token: str) -> None:
    """In training as in sampling their log-probability is minus infinity, and harms no gradient."""
    policy = toy_policy()
    hidden = torch.randn(3, 64, requires_grad=True)
    distribution = policy._log_softmax(hidden)
    index = policy.tokenizer.convert_tokens_to_ids(token)
    assert (distribution[:, index] == -torch.inf).all()
    torch.testing.assert_close(distribution.exp().sum(-1), torch.ones(3))
    generation = policy.act([context([9])])[0]
    generation.token_ids[0] = index
    now = policy.evaluate([generation])
    assert now.logprobs[0, 0] == -torch.inf
    assert torch.isfinite(now.entropy).all()
    (now.logprobs[0, 1:].sum() + now.entropy.sum()).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None or p.grad.isfinite().all() for p in policy.parameters())


def test_logprobs_are_float32_in_half_precision() -> None:
    """A bfloat16 model still gives float32 log-probabilities that sum to one."""
    policy = toy_policy()
    policy.model.to(torch.bfloat16)
    generation = policy.act([context([9])])[0]
    now = policy.evaluate([generation])
    assert generation.logprobs.dtype == np.float32
    assert now.logprobs.dtype == now.values.dtype == torch.float32


def test_large_vocabularies_are_weighed_piece_by_piece(
    cloned: VLMPolicy, episodes: list[Episode], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pieces give the same numbers and gradients, and fewer logits are held."""
    policy, generations = copy.deepcopy(cloned), generations_of(episodes)[:16]

    def weigh() -> tuple[Evaluation, torch.Tensor, int]:
        held = 0

        def hold(tensor: torch.Tensor) -> torch.Tensor:
            nonlocal held
            held += tensor.numel() if tensor.shape[-1:] == (len(policy.banned),) else 0
            return tensor

        policy.zero_grad()
        with torch.autograd.graph.saved_tensors_hooks(hold, lambda tensor: tensor):
            now = policy.evaluate(generations)
        (now.logprobs.sum() + now.entropy.sum()).backward()  # type: ignore[no-untyped-call]
        found = [p.grad.flatten() for p in policy.model.parameters() if p.grad is not None]
        return now, torch.cat(found), held

    whole, gradient, all_held = weigh()
    monkeypatch.setattr("policies.vlm._NUMBERS_AT_ONCE", 5 * len(policy.banned))
    pieces, same, held = weigh()
    assert_equal(pieces, whole)
    torch.testing.assert_close(same, gradient, rtol=1e-3, atol=1e-4)
    assert all_held > 0 and held == 0


def test_what_was_read_is_kept_between_turns(cloned: VLMPolicy) -> None:
    """Of the second turn only what is new is read, until the policy is seeded, or learns."""
    width: list[int] = []
    body = cloned.model.model

    def count(module: object, arguments: object, kwargs: dict[str, torch.Tensor]) -> None:
        width.append(kwargs["input_ids"].shape[1])

    def second_turn(change: str) -> int:
        chat = context([10])
        chat.answer(cloned.act([chat])[0])
        chat.observe({"image": picture(20), "text": "it is dark now ."})
        if change == "seed":
            cloned.seed(1)
        elif change == "learn":
            cloned.evaluate(chat.generations)
        elif change == "weights":
            with torch.no_grad():
                cloned.model.get_output_embeddings().weight.mul_(1.0)
        width.clear()
        cloned.act([chat])
        return width[0]

    hook = body.register_forward_pre_hook(count, with_kwargs=True)
    try:
        news, *whole = (second_turn(change) for change in ("", "seed", "learn", "weights"))
    finally:
        hook.remove()
    assert len(set(whole)) == 1 and news < 0.7 * whole[0]


def test_answers_that_take_too_long_are_cut_off(cloned: VLMPolicy) -> None:
    """A time limit ends all answers of a batch, and is no error."""
    policy = VLMPolicy(cloned.model, cloned.processor, max_new_tokens=50, max_seconds=1e-9)
    generations = policy.act([context([shade]) for shade in (10, 200)])
    assert [len(g.token_ids) for g in generations] == [1, 1]
    with pytest.raises(ValueError, match="max_seconds must be above 0, got 0"):
        VLMPolicy(cloned.model, cloned.processor, max_seconds=0)


# The end of an answer.


def test_stop_strings_end_an_answer(cloned: VLMPolicy) -> None:
    """The token that completes one is kept, and nothing follows it."""
    closing = set(cloned.tokenizer.convert_tokens_to_ids(["</look>", "</name>"]))
    eos = cloned.tokenizer.eos_token_id
    seen = set()
    for generation in cloned.act([context([shade]) for shade in range(0, 256, 2)]):
        *before, last = generation.token_ids.tolist()
        assert closing.isdisjoint(before)
        assert eos not in before
        assert generation.stopped == (last in closing or last == eos)
        assert generation.stopped or len(before) == 3
        seen.add(generation.stopped)
    assert True in seen


def test_an_answer_that_runs_out_is_not_stopped() -> None:
    """Too few tokens: the answer has just as many, and says so."""
    policy = toy_policy(max_new_tokens=2)
    cut = [g for g in policy.act([context([shade]) for shade in range(50)]) if not g.stopped]
    assert len(cut) > 25
    for generation in cut:
        assert len(generation.token_ids) == 2
        assert generation.token_ids[-1] != policy.tokenizer.eos_token_id


def test_without_a_parser_the_end_of_sequence_ends() -> None:
    """No stop strings: only the model's own end token ends an answer."""
    toy = toy_policy()
    policy = VLMPolicy(toy.model, toy.processor, max_new_tokens=30)
    eos = policy.tokenizer.eos_token_id
    for generation in policy.act([context([shade]) for shade in range(50)]):
        assert generation.stopped == (generation.token_ids[-1] == eos)
        assert eos not in generation.token_ids[:-1]


@pytest.mark.parametrize(
    ("text", "thought"),
    [
        ("<think>I see a red colour</think><name> red </name>", 7),
        ("<think>a.a.a.a.a.a.a.a.a.a</think><name> red </name>", 21),
        ("<think> </think> <look></look>", 2),
        ("<name> red </name>", 0),
        ("<think> I see <name> red </name>", 0),
    ],
)
def test_thought_length(text: str, thought: int) -> None:
    """Tokens up to </think> are the thought's, in demonstrations as in samples."""
    policy = toy_policy(thought=True)
    generation = policy.encode(context([9]), text)
    assert generation.thought_length == thought
    tokens = generation.token_ids
    assert policy.encoder.thought_length(tokens, policy.encoder.text(tokens)) == thought
    now = policy.evaluate([generation])
    assert now.thought_mask.sum() == thought
    assert now.thought_mask[0, :thought].all()


def test_demonstrations_end_as_samples_do() -> None:
    """A text that ends with a stop string needs no end token; any other gets one."""
    policy = toy_policy()
    eos = policy.tokenizer.eos_token_id
    assert policy.encode(context([9]), "<name> red </name>").token_ids[-1] != eos
    assert policy.encode(context([9]), "red").token_ids[-1] == eos


def test_a_demonstration_must_be_sayable() -> None:
    """An unknown word could never be imitated: the loss would be infinite."""
    with pytest.raises(ValueError, match="no words for '<name> mauve </name>'"):
        toy_policy().encode(context([9]), "<name> mauve </name>")


# The critic.


def test_values_equal_those_of_evaluate(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The critic says the same when acting, when asked, and when weighing."""
    generations = generations_of(episodes)
    acted = torch.tensor([g.value for g in generations])
    torch.testing.assert_close(cloned.evaluate(generations).values, acted, rtol=0, atol=1e-5)
    chats = [context([10, 20], cloned), context([30])]
    asked = cloned.values(chats)
    assert asked.dtype == np.float32
    np.testing.assert_allclose(asked, [g.value for g in cloned.act(chats)], atol=1e-5)


@pytest.mark.parametrize("stop_gradient", [True, False])
def test_stop_gradient(cloned: VLMPolicy, stop_gradient: bool) -> None:
    """With it the critic's loss leaves the model alone, without it the model learns too."""
    policy = copy.deepcopy(cloned)
    policy.stop_gradient = stop_gradient
    policy.zero_grad()
    generations = policy.act([context([10, 20], policy)])
    loss = policy.evaluate(generations).values.square().sum()
    loss.backward()  # type: ignore[no-untyped-call]
    touched = any(
        p.grad is not None and bool(p.grad.abs().sum() > 0) for p in policy.model.parameters()
    )
    assert touched != stop_gradient
    assert all(p.grad is not None for p in policy.value_head.parameters())


# The reference.


def test_lora_reference_is_the_base_model(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """With the adapter off the log-probabilities are those from before it was trained."""
    generations = generations_of(episodes)[:8]
    base = cloned.evaluate(generations).logprobs.detach()
    config = LoraConfig(
        r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False, lora_dropout=0.3
    )
    model = get_peft_model(copy.deepcopy(cloned.model), config)
    policy = VLMPolicy(model, cloned.processor, parser(), 4)
    with pytest.warns(UserWarning, match="model without its adapter, as it was before imitation"):
        policy.freeze_reference()
    now = policy.evaluate(generations).logprobs.detach()
    assert not torch.allclose(now, base, atol=1e-3)
    torch.testing.assert_close(policy.reference_logprobs(generations), base, rtol=0, atol=1e-5)
    after = policy.evaluate(generations).logprobs.detach()
    assert torch.equal(after, now)  # the adapter is on again
    sampled = policy.act([context([9])])
    weighed = policy.evaluate(sampled)
    torch.testing.assert_close(weighed.logprobs, weighed.old_logprobs, rtol=0, atol=1e-5)


def test_a_fresh_adapter_is_no_news(cloned: VLMPolicy) -> None:
    """The model without it is the present one."""
    model = get_peft_model(copy.deepcopy(cloned.model), LoraConfig(r=4, target_modules=["q_proj"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        VLMPolicy(model, cloned.processor, parser(), 4).freeze_reference()


def test_frozen_reference_without_lora(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """The reference stays what it was, is not trained and not saved."""
    policy = copy.deepcopy(cloned)
    generations = generations_of(episodes)[:8]
    with pytest.raises(ValueError, match="call freeze_reference"):
        policy.reference_logprobs(generations)
    names = set(policy.state_dict())
    policy.freeze_reference()
    assert set(policy.state_dict()) == names
    before = policy.evaluate(generations).logprobs.detach()
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.mul_(0.9)
    reference = policy.reference_logprobs(generations)
    torch.testing.assert_close(reference, before, rtol=0, atol=1e-6)
    assert not reference.requires_grad
    assert not torch.allclose(policy.evaluate(generations).logprobs, before, atol=1e-3)


def test_temperature_must_be_positive(cloned: VLMPolicy) -> None:
    """Temperature 0 is asked for by act(greedy=True)."""
    with pytest.raises(ValueError, match=r"temperature must be above 0, got 0.*greedy=True"):
        VLMPolicy(cloned.model, cloned.processor, temperature=0)


def test_lora_is_saved_as_an_adapter_and_laid_over_its_base(
    cloned: VLMPolicy, episodes: list[Episode], tmp_path: Path
) -> None:
    """What `save` wrote of a model with LoRA comes back by `load`, if the base is there."""
    cloned.save(tmp_path / "base")
    base = VLMPolicy.load(tmp_path / "base", parser=parser(), max_new_tokens=4)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    policy = VLMPolicy(get_peft_model(base.model, config), base.processor, parser(), 4)
    policy.save(tmp_path / "adapter")
    assert not (tmp_path / "adapter" / "model.safetensors").exists()
    again = VLMPolicy.load(tmp_path / "adapter", parser=parser(), max_new_tokens=4)
    generations = generations_of(episodes)[:8]
    torch.testing.assert_close(
        again.evaluate(generations).logprobs, policy.evaluate(generations).logprobs
    )


def test_a_turn_is_closed_once() -> None:
    """Where the model said end-of-turn itself, the chat template does not say it again."""
    policy = toy_policy()
    policy.processor.chat_template = policy.processor.chat_template.replace(
        "{% endfor %}{% endfor %}", "{% endfor %}<eos>{% endfor %}"
    )
    closing = policy.tokenizer.eos_token_id
    for said in ([8, 9], [8, 9, closing]):
        chat = context([9])
        chat.answer(Generation("x", token_ids=np.array(said)))
        chat.observe({"image": picture(9), "text": "it is now ."})
        (generation,) = policy.act([chat])
        first, between = generation.prompt_ids.tolist().index(9), [9, closing]
        assert generation.prompt_ids.tolist()[first : first + 2] == between
        assert generation.prompt_ids.tolist()[first + 2] != closing
