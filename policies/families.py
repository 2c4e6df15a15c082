"""Families of models: what each needs beyond the common path, one small adapter each.

A new family whose model takes `input_ids`, `attention_mask`, `position_ids` and `pixel_values`, one
row of pixels a picture, needs none: it gets `Family`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

Inputs = Mapping[str, torch.Tensor]
"""What a model wants to know of one picture, or of several."""
_OF_TEXT = {"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids", "labels"}


class Rows(NamedTuple):
    """Whole rows of tokens, as a model reads them.

    Attributes:
        ids: int64 [N, L].
        mask: int64 [N, L], 0 on padding, which may stand anywhere.
        pictures: of all rows, in order.
        begins: int64 [N], the columns at which the answers begin; L where there is none.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    pictures: Sequence[Inputs]
    begins: torch.Tensor


class Family:
    """The common path: LLaVA, InternVL and their like.

    Attributes:
        extends: whether what was read of a prompt stays as it is when the prompt grows longer. Then
            the turns of an episode are weighed in one pass, and read once while sampling.
        chat_template: for processors that come without one; None where that is an error.
    """

    extends = True
    chat_template: str | None = None

    def encode(
        self,
        processor: Any,
        text: str,
        picture: npt.NDArray[np.uint8] | None,
        add_special_tokens: bool = False,
    ) -> tuple[list[int], dict[str, torch.Tensor]]:
        """Tokenise a text with at most one picture.

        Returns:
            The ids, with as many image tokens as the picture has features, and what the model wants
            to know of the picture.
        """
        encoded = processor(
            text=[text],
            images=None if picture is None else [picture],
            add_special_tokens=add_special_tokens,
            return_tensors="pt",
        )
        seen = {key: value for key, value in encoded.items() if key not in _OF_TEXT}
        return encoded["input_ids"][0].tolist(), seen if picture is not None else {}

    def merge(self, pictures: Sequence[Inputs]) -> dict[str, torch.Tensor]:
        """Join what is known of several pictures, in their order."""
        return {key: torch.cat([one[key] for one in pictures]) for key in pictures[0]}

    def describe(self, model: Any, rows: Rows) -> dict[str, torch.Tensor]:
        """Say what else a model wants to know of whole rows.

        Args:
            model: without its wrappers.
            rows: whole ones.

        Returns:
            ``position_ids``, int64 [N, L] or [axes, N, L], and what else the model takes, for the
            whole rows.
        """
        return {"position_ids": _count(rows.mask)}


class Idefics3(Family):
    """Idefics3 and SmolVLM: a picture is one or several tiles, all of one size."""

    def merge(self, pictures: Sequence[Inputs]) -> dict[str, torch.Tensor]:
        """Lay all tiles in one row, [1, tiles, …], padded to one size."""
        height = max(one["pixel_values"].shape[-2] for one in pictures)
        width = max(one["pixel_values"].shape[-1] for one in pictures)

        def padded(tiles: torch.Tensor) -> torch.Tensor:
            return F.pad(tiles, (0, width - tiles.shape[-1], 0, height - tiles.shape[-2]))

        return {key: torch.cat([padded(one[key]) for one in pictures], 1) for key in pictures[0]}


class QwenVL(Family):
    """Qwen2-VL, Qwen2.5-VL and Qwen3-VL: patches stand in one flat row, positions have three axes.

    A picture takes as many positions as its longer side has, so that text behind it does not count
    its tokens.
    """

    def describe(self, model: Any, rows: Rows) -> dict[str, torch.Tensor]:
        """Give time, height and width of each token, as the model itself counts them."""
        grids = (
            torch.cat([one["image_grid_thw"] for one in rows.pictures]) if rows.pictures else None
        )
        positions, _ = model.model.get_rope_index(
            rows.ids,
            mm_token_type_ids=(rows.ids == model.config.image_token_id).int(),
            image_grid_thw=grids,
            attention_mask=rows.mask,
        )
        return {"position_ids": positions}


class Gemma3(Family):
    """Gemma 3: the tokens of one picture see each other in both directions."""

    def describe(self, model: Any, rows: Rows) -> dict[str, torch.Tensor]:
        """Say which tokens are a picture's."""
        types = (rows.ids == model.config.image_token_id).long()
        return {"position_ids": _count(rows.mask), "token_type_ids": types}


class PaliGemma(Family):
    """PaliGemma: a whole prompt sees itself in both directions, so that none extends another.

    It comes without a chat: pictures stand where they were seen, each message ends with a new line.
    """

    extends = False
    chat_template = (
        "{% for m in messages %}{% for c in m.content %}{% if c.type == 'image' %}<image>"
        "{% endif %}{% endfor %}{% if loop.first %}<bos>{% endif %}{% for c in m.content %}"
        "{% if c.type != 'image' %}{{ c.text }}{% endif %}{% endfor %}\n{% endfor %}"
    )

    def encode(
        self,
        processor: Any,
        text: str,
        picture: npt.NDArray[np.uint8] | None,
        add_special_tokens: bool = False,
    ) -> tuple[list[int], dict[str, torch.Tensor]]:
        """Tokenise by hand: the processor would begin and end a prompt at every message."""
        token = processor.image_token
        text = text.replace(token, token * processor.image_seq_length)
        ids: list[int] = processor.tokenizer(text, add_special_tokens=add_special_tokens).input_ids
        if picture is None:
            return ids, {}
        return ids, dict(processor.image_processor(images=[picture], return_tensors="pt"))

    def describe(self, model: Any, rows: Rows) -> dict[str, torch.Tensor]:
        """Say which tokens are the answer's; positions count from 1."""
        columns = torch.arange(rows.ids.shape[1], device=rows.ids.device)
        types = (columns >= rows.begins[:, None]).long()
        return {"position_ids": _count(rows.mask) + 1, "token_type_ids": types}


_FAMILIES: dict[str, type[Family]] = {
    "idefics3": Idefics3,
    "smolvlm": Idefics3,
    "qwen2_vl": QwenVL,
    "qwen2_5_vl": QwenVL,
    "qwen3_vl": QwenVL,
    "gemma3": Gemma3,
    "paligemma": PaliGemma,
}


def family_of(model: Any) -> Family:
    """Find the adapter of a model by its config's ``model_type``."""
    return _FAMILIES.get(model.config.model_type, Family)()


def _count(mask: torch.Tensor) -> torch.Tensor:
    """Count positions from the first real token of each row, [N, L]."""
    return (mask.cumsum(1) - 1).clamp(min=0)
