"""What every update loop needs around its loss: optimiser, minibatches, means of metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
import torch

Item = TypeVar("Item")


class Means:
    """Running means of named numbers."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: torch.Tensor | float) -> None:
        """Add one value; what is not finite is left out, for JSON has no word for it."""
        number = value.item() if isinstance(value, torch.Tensor) else float(value)
        if np.isfinite(number):
            self._values[name].append(number)

    def means(self) -> dict[str, float]:
        """Return the mean of each name."""
        return {name: float(np.mean(values)) for name, values in self._values.items()}


def make_optimizer(
    groups: Iterable[tuple[Iterable[torch.nn.Parameter], float]],
) -> torch.optim.AdamW:
    """Make AdamW (β .9, .95, no decay) over (parameters, learning rate) groups."""
    parameters = [
        {"params": [p for p in group if p.requires_grad], "lr": rate, "height": rate}
        for group, rate in groups
    ]
    return torch.optim.AdamW(parameters, betas=(0.9, 0.95), weight_decay=0.0, fused=True)


def set_rate(optimizer: torch.optim.Optimizer, multiplier: float) -> None:
    """Set every group's learning rate to ``multiplier`` times its height."""
    for group in optimizer.param_groups:
        group["lr"] = group["height"] * multiplier


def clip_and_step(optimizer: torch.optim.Optimizer, max_norm: float, metrics: Means) -> None:
    """Clip each group's gradient, step, forget the gradient; log the first group's norm.

    A gradient that is not finite is dropped and counted under ``optimizer/dropped``: one bad batch
    must not destroy the weights.
    """
    norms = [
        float(torch.nn.utils.clip_grad_norm_(group["params"], max_norm))
        for group in optimizer.param_groups
    ]
    finite = bool(np.isfinite(norms).all())
    if finite:
        optimizer.step()
        metrics.add("optimizer/grad_norm", norms[0])
    optimizer.zero_grad(set_to_none=True)
    metrics.add("optimizer/dropped", not finite)


def minibatches_of_turns(
    pieces: Sequence[Sequence[Item]], size: int | None, epochs: int, rng: np.random.Generator
) -> Iterator[list[Sequence[Item]]]:
    """Yield shuffled minibatches of about ``size`` turns, equally large, of whole pieces.

    Args:
        pieces: turns that stay together.
        size: turns of a minibatch; None takes all at once.
        epochs: passes over all pieces.
        rng: of the order.
    """
    turns = sum(map(len, pieces))
    count = max(1, round(turns / size)) if size else 1
    for _ in range(epochs):
        order = rng.permutation(len(pieces))
        ends = np.cumsum([len(pieces[i]) for i in order])
        # The minibatch of a piece follows from the turns before its middle.
        middles = ends - np.array([len(pieces[i]) for i in order]) / 2
        numbers = np.minimum((middles * count / turns).astype(int), count - 1)
        for number in range(count):
            chosen = [pieces[i] for i in order[numbers == number]]
            if chosen:
                yield chosen


def microbatches(batch: Sequence[Sequence[Item]], size: int) -> Iterator[list[Item]]:
    """Chain the whole pieces of a minibatch up to about ``size`` turns."""
    part: list[Item] = []
    for piece in batch:
        if part and len(part) + len(piece) > size:
            yield part
            part = []
        part.extend(piece)
    if part:
        yield part


def minibatches(
    items: Sequence[Item], size: int | None, epochs: int, rng: np.random.Generator
) -> Iterator[list[Item]]:
    """Yield shuffled minibatches of at most ``size`` items, ``epochs`` times over all items."""
    for _ in range(epochs):
        order = rng.permutation(len(items))
        for start in range(0, len(items), size or max(1, len(items))):
            yield [items[i] for i in order[start : start + (size or len(items))]]
