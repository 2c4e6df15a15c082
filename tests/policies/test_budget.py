"""Where an episode outgrows a model: whole turns are left out, and nothing is cut in two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from policies.context import NEWEST, Context
from policies.encoder import Budget
from policies.policy import Generation
from policies.vlm import VLMPolicy
from tests.toys import context, toy_policy

torch.set_num_threads(1)
PATCHES = 16
"""Image tokens of a picture."""


@pytest.fixture(scope="module")
def policy() -> VLMPolicy:
    """Give an untrained policy."""
    return toy_policy()


def shades(chat: Context, drop: int) -> list[int | None]:
    """List the shade of each message's picture in the window, None where none is shown."""
    return [None if m.image is None else int(m.image[0, 0, 0]) for m, _ in chat.window(drop)]


def test_turns_are_left_out_with_their_pictures() -> None:
    """The oldest first; the goal and the newest stay, however many are asked for."""
    chat = context([1, 2, 3, 4])
    assert [shades(chat, drop) for drop in range(5)] == [
        [1, 2, 3, 4],
        [1, 3, 4],
        [1, 4],
        [1, 4],
        [1, 4],
    ]
    assert [g and g.text for _, g in chat.window(1)] == ["answer 1", "answer 3", None]


def test_a_picture_that_is_still_there_is_shown_again() -> None:
    """It was shown in a turn that is left out; what the chat itself keeps does not change."""
    chat = context([1, 2, 2, 2, 1])
    assert shades(chat, 0) == [1, 2, None, None, 1]
    assert shades(chat, 1) == [1, 2, None, 1]
    assert shades(chat, 2) == [1, 2, 1]
    assert shades(chat, 3) == [1, None]
    assert shades(chat, 0) == [1, 2, None, None, 1]
    assert shades(context([1, 2, 2], history=NEWEST), 3) == [2]


def test_tokens_decide_how_many(policy: VLMPolicy) -> None:
    """As many of the newest turns as fit; with the last token to spare one more."""
    chat = context([1, 2, 3, 4, 5, 6], policy)
    lengths = [len(policy.encoder.prompt(chat, Budget(n))[0]) for n in range(60, 400)]
    whole = len(policy.encoder.prompt(chat)[0])
    assert lengths == sorted(lengths) and lengths[-1] == whole
    assert all(length <= room for length, room in zip(lengths, range(60, 400), strict=True))
    for length in set(lengths):  # each is reached by the very budget that it needs
        assert len(policy.encoder.prompt(chat, Budget(length))[0]) == length
    assert len(set(lengths)) == 5


def test_text_and_pictures_go_together(policy: VLMPolicy) -> None:
    """As many image tokens as pictures need, whichever limit is met."""
    image_token = policy.model.config.image_token_id
    for seen in ([1, 2, 3, 4, 5], [1, 1, 2, 2, 2], [1, 2, 2, 2, 1]):
        chat = context(seen, policy)
        whole = len(policy.encoder.prompt(chat)[0])
        for budget in (Budget(whole - 1), Budget(90), Budget(pictures=2), Budget(pictures=1)):
            if budget.pictures == 1 and seen[0] != seen[-1]:
                continue
            ids, pictures = policy.encoder.prompt(chat, budget)
            assert int((ids == image_token).sum()) == PATCHES * len(pictures)
            assert len(pictures) <= budget.pictures
            assert int(pictures[-1][0, 0, 0]) == seen[-1] or len(pictures) == 1


def test_what_cannot_fit_is_told_before_anything_is_generated(policy: VLMPolicy) -> None:
    """The goal and the newest observation are never left out."""
    small = VLMPolicy(policy.model, policy.processor, max_new_tokens=20, max_context=60)
    with pytest.raises(ValueError, match=r"take \d+ tokens with 2 pictures.*room for 40 tokens"):
        small.act([context([1, 2, 3], policy)])
    one = VLMPolicy(policy.model, policy.processor, max_pictures=1)
    with pytest.raises(ValueError, match="2 pictures"):
        one.act([context([1, 2], policy)])


def test_long_episodes_are_weighed_as_they_were_sampled(policy: VLMPolicy) -> None:
    """Ratio 1, though the prompts of an episode no longer continue each other."""
    limits: dict[str, Any] = {"max_new_tokens": 4, "max_context": 120, "max_pictures": 3}
    limited = VLMPolicy(policy.model, policy.processor, policy.encoder.parser, **limits)
    chat, generations = Context(), []
    for observation in context([10, 20, 20, 30, 40, 40, 50], policy).observations:
        chat.observe(observation)
        generations.append(limited.act([chat])[0])
        chat.answer(generations[-1])
    assert all(len(g.prompt_ids) <= 116 and len(g.images) <= 3 for g in generations)
    now = limited.evaluate(generations)
    torch.testing.assert_close(now.logprobs, now.old_logprobs, rtol=0, atol=1e-5)
    assert limited.values([chat]).shape == (1,)


def test_a_limit_of_the_model_is_kept_unasked(policy: VLMPolicy) -> None:
    """As many positions as it was made for."""
    assert policy.max_context == policy.model.config.get_text_config().max_position_embeddings
    for name in ("max_new_tokens", "max_context", "max_pictures", "max_pixels"):
        with pytest.raises(ValueError, match=f"{name} must be at least 1"):
            VLMPolicy(policy.model, policy.processor, **{name: 0})  # type: ignore[arg-type]


def test_large_pictures_are_made_smaller(policy: VLMPolicy) -> None:
    """To the pixels allowed, keeping their shape; an unchanged one is still shown once."""
    processor = policy.processor.image_processor
    size, processor.do_resize, processor.size = processor.size, True, {"height": 16, "width": 16}
    chat = Context()
    try:
        for _ in range(2):
            chat.observe({"image": np.full((64, 32, 3), 9, np.uint8), "text": "."})
            ids, pictures = policy.encoder.prompt(chat, Budget(pixels=512))
            chat.answer(Generation(".", token_ids=ids[:1]))
    finally:
        processor.do_resize, processor.size = False, size
    assert [picture.shape for picture in pictures] == [(32, 16, 3)]
    assert chat.messages[0].image is not None and chat.messages[0].image.shape == (64, 32, 3)
