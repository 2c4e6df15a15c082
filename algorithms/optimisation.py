"""What every update loop needs around its loss: optimiser, minibatches, means of metrics."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

Item = TypeVar("Item")


class Means:
    """Weighted means, and extremes, of named numbers: the same however a batch was cut up."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[float, float]] = {}
        self._highs: dict[str, float] = {}
        self._lows: dict[str, float] = {}

    def add(self, name: str, value: torch.Tensor | float, weight: float = 1.0) -> None:
        """Add the mean of ``weight`` things, by default of one.

        What is not finite is left out, here and below, for JSON has no word for it.
        """
        number = _number(value)
        if np.isfinite(number):
            total, weights = self._sums.get(name, (0.0, 0.0))
            self._sums[name] = (total + weight * number, weights + weight)

    def high(self, name: str, value: torch.Tensor | float) -> None:
        """Keep the largest value of a name."""
        number = _number(value)
        if np.isfinite(number):
            self._highs[name] = max(number, self._highs.get(name, number))

    def low(self, name: str, value: torch.Tensor | float) -> None:
        """Keep the smallest value of a name."""
        number = _number(value)
        if np.isfinite(number):
            self._lows[name] = min(number, self._lows.get(name, number))

    def merge(self, other: Means) -> None:
        """Add what was found in another part of the batch."""
        for name, (total, weights) in other._sums.items():
            before = self._sums.get(name, (0.0, 0.0))
            self._sums[name] = (before[0] + total, before[1] + weights)
        for name, number in other._highs.items():
            self.high(name, number)
        for name, number in other._lows.items():
            self.low(name, number)

    def means(self) -> dict[str, float]:
        """Return the mean, or the extreme, of each name."""
        means = {name: total / weight for name, (total, weight) in self._sums.items() if weight}
        return {**means, **self._highs, **self._lows}


def _number(value: torch.Tensor | float) -> float:
    return value.item() if isinstance(value, torch.Tensor) else float(value)


def make_optimizer(
    groups: Iterable[tuple[Iterable[torch.nn.Parameter], float]],
) -> torch.optim.AdamW:
    """Make AdamW (β .9, .95, no decay) over (parameters, learning rate) groups.

    Warns of weights in half precision, in which small steps are rounded away.
    """
    parameters: list[dict[str, Any]] = [
        {"params": [p for p in group if p.requires_grad], "lr": rate, "height": rate}
        for group, rate in groups
    ]
    coarse = [p for group in parameters for p in group["params"] if p.itemsize < 4]
    if coarse:
        warnings.warn(
            f"{sum(p.numel() for p in coarse):,} weights are trained in {coarse[0].dtype}, which "
            "rounds away steps that are small beside a weight (in bfloat16 below 1/512 of it): use "
            "dtype float32, or LoRA, whose adapters are float32",
            stacklevel=3,
        )
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
        float(_whole(torch.nn.utils.clip_grad_norm_(group["params"], max_norm)))
        for group in optimizer.param_groups
    ]
    finite = bool(np.isfinite(norms).all())
    if finite:
        optimizer.step()
        metrics.add("optimizer/grad_norm", norms[0])
    optimizer.zero_grad(set_to_none=True)
    metrics.add("optimizer/dropped", not finite)


def _whole(norm: torch.Tensor) -> torch.Tensor:
    """Add up a norm whose parts lie with several processes."""
    add_up: Callable[[], torch.Tensor] | None = getattr(norm, "full_tensor", None)
    return add_up() if add_up else norm


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


def minibatches(
    items: Sequence[Item], size: int | None, epochs: int, rng: np.random.Generator
) -> Iterator[list[Item]]:
    """Yield shuffled minibatches of at most ``size`` items, ``epochs`` times over all items."""
    for _ in range(epochs):
        order = rng.permutation(len(items))
        for start in range(0, len(items), size or max(1, len(items))):
            yield [items[i] for i in order[start : start + (size or len(items))]]
