"""`Encoder`: from chats with pictures to ids and pixels, and from sampled ids back to text."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from policies.context import Context, Message
from policies.families import Family
from policies.policy import Generation
from vl_envs.core.parser import Parser

Ids = npt.NDArray[np.int64]
Picture = npt.NDArray[np.uint8]

_HELD, _KEPT = 2**30, 512
"""Processed pictures that are kept, in bytes and in number: they are seen again in later turns, and
in updates."""
_MARK = "\x02"  # stands for an answer while the text around it is cut out of the chat template


@dataclass(frozen=True)
class Budget:
    """How much of an episode a model is shown.

    Attributes:
        tokens: of a prompt, those of its pictures included.
        pictures: in a prompt.
        pixels: of a picture; larger ones are made smaller, their shape kept.
    """

    tokens: float = math.inf
    pictures: float = math.inf
    pixels: float = math.inf

    def __str__(self) -> str:
        return f"{self.tokens:g} tokens and {self.pictures:g} pictures"


ALL = Budget()
"""No limit."""


class Encoder:
    """What a model's processor and an environment's parser know of texts, pictures and tokens.

    Every message is tokenised once, as the chat template has it; between messages stand the ids
    that were sampled, never ids made from their text.

    Args:
        processor: of the model, with a chat template and a tokenizer.
        parser: of the environment: its stop strings end an answer, and it knows where the thought
            ends.
        family: of the model.
        ends: further tokens that end an answer, beside the tokenizer's own.

    Raises:
        ValueError: the processor has no chat template.
    """

    def __init__(
        self,
        processor: Any,
        parser: Parser | None,
        family: Family | None = None,
        ends: Sequence[int] = (),
    ) -> None:
        self.processor, self.parser, self.family = processor, parser, family or Family()
        self.tokenizer = processor.tokenizer
        if self.template is None:
            raise ValueError(
                "the processor has no chat template: take the model's version for chats, often "
                "called -it, -instruct or -chat"
            )
        self.ends_answer = np.array(sorted({self.tokenizer.eos_token_id, *ends}))
        self._special = self._special_tokens()
        self._pixels = OrderedDict[tuple[bytes, tuple[int, ...]], dict[str, torch.Tensor]]()
        self._held = 0
        self._tokenise = lru_cache(maxsize=4096)(self._tokenise_message)
        self.stop = parser.stop if parser else ()
        self._closing = self._closing_tokens()

    @property
    def template(self) -> str | None:
        """The chat template: the processor's own, or else the family's."""
        return self.processor.chat_template or self.family.chat_template

    # From chats to tensors.

    def prompt(self, context: Context, budget: Budget = ALL) -> tuple[Ids, tuple[Picture, ...]]:
        """Chain a context's messages and the *sampled* ids between them, as far as there is room.

        Whole turns are left out, the oldest first, until the rest fits the budget.

        Raises:
            ValueError: the goal and the newest observation alone are too much.
        """
        most = max(0, len(context.window()) - 2)
        for drop in range(most + 1):
            ids, pictures = self._chain(context.window(drop), budget)
            if len(ids) <= budget.tokens and len(pictures) <= budget.pictures:
                return ids, pictures
        raise ValueError(
            f"the goal and the newest observation take {len(ids)} tokens with {len(pictures)} "
            f"pictures, and there is room for {budget}: use smaller pictures, a brief prompt, a "
            "shorter max_new_tokens, or a model with a longer context"
        )

    def _chain(
        self, turns: Sequence[tuple[Message, Generation | None]], budget: Budget
    ) -> tuple[Ids, tuple[Picture, ...]]:
        parts: list[Ids] = []
        pictures: list[Picture] = []
        for message, generation in turns:
            picture = message.image
            if picture is not None and picture[..., 0].size > budget.pixels:
                picture = _smaller(picture, budget.pixels)
            if message.token_ids is None:
                shape = None if picture is None else picture.shape
                message.token_ids = self._tokenise(message.text, shape, not parts)
            # Where the model has closed its turn itself, the template must not close it again.
            first = message.token_ids[0]
            closed = len(parts) > 0 and parts[-1][-1] == first and first in self.ends_answer
            parts.append(message.token_ids[1:] if closed else message.token_ids)
            if picture is not None:
                pictures.append(picture)
            if generation is not None:
                parts.append(generation.token_ids)
        return np.concatenate(parts), tuple(pictures)

    def _tokenise_message(
        self, text: str, image_shape: tuple[int, int, int] | None, first: bool
    ) -> Ids:
        """Encode a user message and the opening of the answer, as the chat template has it."""
        # The environment's text may quote the model's: special tokens in it are not special.
        for token in self._special:
            text = text.replace(token, " ")
        blank = None if image_shape is None else np.zeros(image_shape, np.uint8)
        prompt = self._write(text, blank is not None, first)
        begin = first and not self.begun(prompt)
        ids, _ = self.family.encode(self.processor, prompt, blank, begin)
        return np.array(ids, np.int64)

    def _write(self, text: str, picture: bool, first: bool) -> str:
        """Write a user message, with or without a picture, and the opening of the answer."""
        image = [{"type": "image"}] if picture else []
        chat: list[dict[str, Any]] = [
            {"role": "user", "content": [*image, {"type": "text", "text": text}]}
        ]
        if not first:
            before = {"role": "user", "content": [{"type": "text", "text": "."}]}
            answer = {"role": "assistant", "content": [{"type": "text", "text": _MARK}]}
            chat = [before, answer, *chat]
        prompt: str = self.processor.apply_chat_template(
            chat, add_generation_prompt=True, tokenize=False, chat_template=self.template
        )
        return prompt if first else prompt.partition(_MARK)[2]

    def begun(self, prompt: str) -> bool:
        """Tell whether the template has begun a text: otherwise the tokenizer does."""
        begin = self.tokenizer.bos_token
        return bool(begin) and prompt.startswith(begin)

    def _special_tokens(self) -> list[str]:
        """List the texts that would become tokens with a meaning, the longest first."""
        added = self.tokenizer.added_tokens_decoder.values()
        special = {*self.tokenizer.all_special_tokens, *(str(t) for t in added if t.special)}
        named = (getattr(self.processor, f"{kind}_token", None) for kind in ("image", "video"))
        special |= {str(token) for token in named if token}
        return sorted(special, key=len, reverse=True)

    def _process_pixels(self, picture: Picture) -> dict[str, torch.Tensor]:
        processor = self.processor.image_processor
        size = (processor.size.get("height"), processor.size.get("width"))
        if not processor.do_resize and picture.shape[:2] != size:
            came = f"{picture.shape[0]} x {picture.shape[1]}"
            raise ValueError(f"the model takes pictures of {size[0]} x {size[1]}, got {came}")
        _, seen = self.family.encode(self.processor, self._write("", True, True), picture)
        return seen

    def image_inputs(self, pictures: Sequence[Picture]) -> list[dict[str, torch.Tensor]]:
        """Return what the model wants to know of each picture, as its processor makes it."""
        return [self._processed(picture) for picture in pictures]

    def _processed(self, picture: Picture) -> dict[str, torch.Tensor]:
        """Process a picture, or look up what was made of it: those used last are kept."""
        key = (picture.tobytes(), picture.shape)
        seen = self._pixels.get(key)
        if seen is None:
            seen = self._pixels[key] = self._process_pixels(picture)
            self._held += _bytes(seen)
        self._pixels.move_to_end(key)
        while len(self._pixels) > (1 if self._held > _HELD else _KEPT):
            self._held -= _bytes(self._pixels.popitem(last=False)[1])
        return seen

    def pad(
        self, rows: Sequence[Ids], left: bool, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Pad rows of ids to one width; return ids and attention mask, int64 [N, L] each."""
        width = max(map(len, rows))
        ids = np.full((len(rows), width), self.tokenizer.pad_token_id, np.int64)
        mask = np.zeros((len(rows), width), np.int64)
        for i, row in enumerate(rows):
            part = slice(width - len(row), width) if left else slice(len(row))
            ids[i, part], mask[i, part] = row, 1
        return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)

    # From sampled ids to text.

    def ends(self, tokens: Ids, running: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Tell which rows of ``tokens`` [N, n] have come to their end with the last token."""
        last = tokens[:, -1]
        ended: npt.NDArray[np.bool_] = np.isin(last, self.ends_answer)
        if not self.stop:
            return ended
        # Only a token that holds the stop strings' last letter can complete one.
        may = np.isin(last, self._closing) & running & ~ended
        for row in np.flatnonzero(may):
            tail = self.tokenizer.decode(tokens[row, -16:])
            ended[row] = any(stop in tail for stop in self.stop)
        return ended

    def _closing_tokens(self) -> Ids:
        """List the tokens that hold the last letter of a stop string."""
        letters = {stop[-1] for stop in self.stop}
        tokens = ((i, self.tokenizer.decode([i])) for i in range(len(self.tokenizer)))
        return np.array([i for i, text in tokens if not letters.isdisjoint(text)], np.int64)

    def text(self, token_ids: Ids) -> str:
        """Decode an answer, up to its stop string."""
        text: str = self.tokenizer.decode(token_ids, skip_special_tokens=True)
        # A token may reach beyond the stop string that it completes.
        ends = [i + len(stop) for stop in self.stop if (i := text.find(stop)) >= 0]
        return text[: min(ends, default=len(text))]

    def thought_length(self, token_ids: Ids, text: str) -> int:
        """Count the tokens before the action begins."""
        start = self.parser.action_start(text) if self.parser else 0
        if start == 0:
            return 0
        low, high = 0, len(token_ids)
        while low < high:  # the decoded text grows with the tokens: bisect
            middle = (low + high) // 2
            reached = len(self.tokenizer.decode(token_ids[:middle], skip_special_tokens=True))
            low, high = (middle + 1, high) if reached < start else (low, middle)
        return low


def _bytes(seen: dict[str, torch.Tensor]) -> int:
    return sum(tensor.nbytes for tensor in seen.values())


def _smaller(picture: Picture, pixels: float) -> Picture:
    """Shrink a picture to at most so many pixels; a side never falls below one."""
    height, width = picture.shape[:2]
    scale = math.sqrt(pixels / (height * width))
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
