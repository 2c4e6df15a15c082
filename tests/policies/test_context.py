"""What a policy is shown of its past: whole turns, and no picture twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from policies.context import NEWEST, Context
from policies.policy import Generation
from tests.toys import context, picture, toy_policy


def texts(chat: Context) -> list[str]:
    """List the texts of the window."""
    return [message.text for message, _ in chat.window()]


def shades(chat: Context) -> list[int | None]:
    """List the shade of each message's picture in the window, None where none is shown."""
    return [None if m.image is None else int(m.image[0, 0, 0]) for m, _ in chat.window()]


def test_a_whole_chat() -> None:
    """Without a limit everything is told, and the newest message awaits its answer."""
    chat = context([1, 2, 3])
    answers = [g and g.text for _, g in chat.window()]
    assert shades(chat) == [1, 2, 3]
    assert answers == ["answer 1", "answer 2", None]
    assert len(chat.observations) == 3


@pytest.mark.parametrize(("history", "left"), [(0, [1, 5]), (1, [1, 4, 5]), (2, [1, 3, 4, 5])])
def test_history_drops_whole_turns(history: int, left: list[int]) -> None:
    """The goal and so many past turns stay, each with its text, its picture and its answer."""
    chat = context([1, 2, 3, 4, 5], history=history)
    assert shades(chat) == left
    assert texts(chat) == [chat.messages[shade - 1].text for shade in left]
    said = [generation for _, generation in chat.window()]
    assert [g.text for g in said if g] == [f"answer {shade}" for shade in left[:-1]]
    assert said[-1] is None


@pytest.mark.parametrize("history", [3, 9, None])
def test_a_short_chat_keeps_everything(history: int | None) -> None:
    """Nothing drops out before there is more than the goal and ``history`` past turns."""
    assert shades(context([1, 2, 3, 4, 5], history=history)) == [1, 2, 3, 4, 5]


def test_an_unchanged_picture_is_shown_once() -> None:
    """A picture like the one shown last is left out; a later change brings it back."""
    assert shades(context([1, 1, 1, 2, 2, 1])) == [1, None, None, 2, None, 1]


def test_the_goal_keeps_its_picture() -> None:
    """The goal's message never drops out, so its picture need not be shown again."""
    assert shades(context([1, 1, 1, 1, 1], history=1)) == [1, None, None]


def test_a_picture_comes_back_when_its_turn_has_dropped_out() -> None:
    """Turn 2's picture lies in the window until turn 4, whose message must show it anew."""
    assert shades(context([1, 2, 2], history=1)) == [1, 2, None]
    assert shades(context([1, 2, 2, 2], history=1)) == [1, None, 2]
    assert shades(context([1, 2, 2], history=0)) == [1, 2]


def test_the_newest_picture_is_always_in_the_window() -> None:
    """Whatever drops out, the last picture in the window is that of the newest observation."""
    rng = np.random.default_rng(0)
    for history in (0, 1, 2, 3, None):
        chat = Context(0, history)
        for turn in range(40):
            shade = int(rng.integers(3))
            chat.observe({"image": picture(shade), "text": str(turn)})
            visible = [seen for seen in shades(chat) if seen is not None]
            assert visible[-1] == shade, (history, turn)
            chat.answer(Generation("."))


def test_text_and_picture_are_cut_together() -> None:
    """The prompt has as many image tokens as its pictures need, however short the history."""
    policy: Any = toy_policy()
    image_token = policy.model.config.image_token_id
    for history in (0, 1, 2):
        for seen in ([1, 2, 3, 4, 5], [1, 1, 2, 2, 2], [1, 2, 2, 2, 1]):
            generation = policy.act([context(seen, policy, history)])[0]
            tokens = int((generation.prompt_ids == image_token).sum())
            assert tokens == 16 * len(generation.images)


def test_only_the_newest_message() -> None:
    """`NEWEST` shows the last observation alone, with its picture even where that is the same."""
    chat = context([1, 2, 2], history=NEWEST)
    assert shades(chat) == [2] and texts(chat) == [chat.messages[-1].text]
    assert [generation for _, generation in chat.window()] == [None]


def test_the_newest_message_is_encoded_as_a_first_one() -> None:
    """Nothing of the turns before it is left in the prompt, not even their closing."""
    policy = toy_policy()
    late, fresh = context([3, 2], history=NEWEST), context([2])
    late.messages[-1].text = fresh.messages[-1].text
    assert policy.encoder.prompt(late)[0].tolist() == policy.encoder.prompt(fresh)[0].tolist()
