"""`Reading`: what a model has read of a batch of rows, so that nothing is read twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from transformers.cache_utils import DynamicLayer

from policies.context import Context
from policies.policy import Generation

Ids = npt.NDArray[np.int64]
Pictures = tuple[npt.NDArray[np.uint8], ...]


@dataclass
class Reading:
    """Keys and values of rows, and what belongs to them.

    Attributes:
        ids: int64 [N, L], padded anywhere.
        mask: int64 [N, L], 1 on what was read.
        pictures: of each row, in order.
        position: int64 [N, 1] or [axes, N, 1], of the last column.
        last: [N, H], the hidden state at the last column.
        cache: the keys and values, Hugging Face's `DynamicCache`; None where none were kept.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    pictures: Sequence[Pictures]
    position: torch.Tensor
    last: torch.Tensor
    cache: Any

    @property
    def grows(self) -> bool:
        """Whether columns may be moved: layers with a window count them, whatever the mask says."""
        return all(type(layer) is DynamicLayer for layer in self.cache.layers)

    def grow(self, chosen: torch.Tensor, running: torch.Tensor) -> torch.Tensor:
        """Add a column of sampled tokens, of which only the running rows' count; return the mask.

        The position goes on by one.
        """
        self.ids = torch.cat([self.ids, chosen[:, None]], 1)
        column = running.to(self.mask)[:, None]
        # A row that has stopped still sees its own column: no row may see nothing.
        seen = torch.cat([self.mask, torch.ones_like(column)], 1)
        self.mask = torch.cat([self.mask, column], 1)
        self.position = self.position + 1
        return seen

    def select(self, rows: Sequence[int]) -> Reading:
        """Return these rows, in this order; a row may stand several times. The cache is moved."""
        at = torch.tensor(rows, device=self.ids.device)
        self.cache.batch_select_indices(at)
        return Reading(
            self.ids[at],
            self.mask[at],
            [self.pictures[row] for row in rows],
            self.position[..., at, :],
            self.last[at],
            self.cache,
        )

    def compact(self) -> Reading:
        """Push what was read to the right and drop columns that no row needs."""
        width = int(self.mask.sum(1).max())
        # A stable sort by the mask leaves padding left, and what was read in its order.
        order = self.mask.argsort(stable=True, dim=1)[:, -width:]
        self.ids, self.mask = self.ids.gather(1, order), self.mask.gather(1, order)
        for layer in self.cache.layers:
            at = order[:, None, :, None].expand(-1, layer.keys.shape[1], -1, layer.keys.shape[3])
            layer.keys, layer.values = layer.keys.gather(2, at), layer.values.gather(2, at)
        return self

    def join(self, other: Reading) -> Reading:
        """Return the rows of both, padded on the left to one width."""
        width = max(self.ids.shape[1], other.ids.shape[1])
        for one in (self, other):
            missing = width - one.ids.shape[1]
            one.ids, one.mask = F.pad(one.ids, (missing, 0)), F.pad(one.mask, (missing, 0))
            for layer in one.cache.layers:
                layer.keys = F.pad(layer.keys, (0, 0, missing, 0))
                layer.values = F.pad(layer.values, (0, 0, missing, 0))
        for layer, more in zip(self.cache.layers, other.cache.layers, strict=True):
            layer.keys = torch.cat([layer.keys, more.keys])
            layer.values = torch.cat([layer.values, more.values])
        return Reading(
            torch.cat([self.ids, other.ids]),
            torch.cat([self.mask, other.mask]),
            [*self.pictures, *other.pictures],
            torch.cat([self.position, other.position], -2),
            torch.cat([self.last, other.last]),
            self.cache,
        )


class Kept:
    """What was read and said in a batch of turns, for the turns that come next.

    Args:
        read: of the batch, the answers included, each but for its last token.
        generations: the answers, one a row.
        version: of the weights that read it.
    """

    def __init__(self, read: Reading, generations: Sequence[Generation], version: int) -> None:
        self.read, self.generations, self.version = read, generations, version
        self._rows = {id(generation): row for row, generation in enumerate(generations)}

    def row(self, context: Context, prompt: tuple[Ids, Pictures]) -> int | None:
        """Find the row that a context's prompt continues; None if there is none."""
        said = context.generations[-1] if context.generations else None
        row = self._rows.get(id(said))
        if row is None or not extends(*prompt, self.generations[row]):
            return None
        return row

    def ids(self, row: int | None) -> Ids:
        """Return a row's prompt and answer."""
        assert row is not None
        generation = self.generations[row]
        return np.append(generation.prompt_ids, generation.token_ids)

    def news(self, row: int | None, pictures: Pictures) -> Pictures:
        """Return the pictures that a row has not shown yet."""
        assert row is not None
        return pictures[len(self.generations[row].images) :]


def extends(prompt_ids: Ids, pictures: Pictures, earlier: Generation) -> bool:
    """Tell whether a prompt begins with an earlier turn's prompt and answer."""
    prefix = np.append(earlier.prompt_ids, earlier.token_ids)
    return (
        len(prompt_ids) > len(prefix)
        and np.array_equal(prompt_ids[: len(prefix)], prefix)
        and len(pictures) >= len(earlier.images)
        and all(map(np.array_equal, earlier.images, pictures))
    )
