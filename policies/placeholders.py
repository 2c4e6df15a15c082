"""Prompts as vLLM wants them: one placeholder for each picture, in place of its many tokens.

A processor writes a picture as hundreds of image tokens; so does vLLM, whenever it finds a
placeholder. Given a prompt that is already expanded, it takes the first image token for the
placeholder, expands it again, and takes the second for the next picture's.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from policies.context import Context
from policies.encoder import Encoder, Ids, Picture


class Placeholders:
    """Finds the tokens of pictures in prompts, and puts the placeholders back.

    Args:
        encoder: which wrote the prompts.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._written = lru_cache(maxsize=512)(self._write)

    def unexpanded(self, ids: Ids, pictures: tuple[Picture, ...]) -> Ids:
        """Return a prompt's ids with the placeholder of each picture in place of its tokens.

        Raises:
            ValueError: the tokens of a picture are not where they should be.
        """
        parts, start = [], 0
        for number, picture in enumerate(pictures):
            placeholder, tokens = self._written(picture.shape)
            at = _find(ids, tokens, start)
            if at is None:
                raise ValueError(
                    f"picture {number} of a prompt should be {len(tokens)} tokens, which are not "
                    "in it: the model's processor writes pictures in a way that depends on what "
                    "stands around them"
                )
            parts += [ids[start:at], placeholder]
            start = at + len(tokens)
        return np.concatenate([*parts, ids[start:]])

    def _write(self, shape: tuple[int, int, int]) -> tuple[Ids, Ids]:
        """Return the placeholder of a picture, and the tokens that the encoder makes of it."""
        context = Context()
        context.observe({"image": np.zeros(shape, np.uint8), "text": "."})
        full = self._encoder.prompt(context)[0].tolist()
        content = [{"type": "image"}, {"type": "text", "text": "."}]
        text = self._encoder.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        begin = not self._encoder.begun(text)
        plain = self._encoder.tokenizer(text, add_special_tokens=begin).input_ids
        # What lies between the longest common beginning and end; where the placeholder is one of
        # the image tokens it seems to be part of the beginning.
        before = _common(plain, full)
        after = min(_common(plain[::-1], full[::-1]), len(plain) - before)
        if before + after == len(plain):
            before -= 1
        placeholder = plain[before : len(plain) - after]
        return np.array(placeholder, np.int64), np.array(full[before : len(full) - after], np.int64)


def _common(one: list[int], other: list[int]) -> int:
    """Count the tokens with which both begin."""
    pairs = zip(one, other, strict=False)
    shorter = min(len(one), len(other))
    return next((i for i, (a, b) in enumerate(pairs) if a != b), shorter)


def _find(ids: Ids, part: Ids, start: int) -> int | None:
    """Return where ``part`` stands in ``ids``, from ``start`` on."""
    whole, wanted, size = ids.tobytes(), part.tobytes(), ids.itemsize
    at = whole.find(wanted, start * size)
    while at % size and at >= 0:  # between two ids
        at = whole.find(wanted, at + 1)
    return at // size if at >= 0 else None
