"""Statistics of evaluations: intervals that know about seeds, and pass@k. Only numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def bootstrap_interval(
    values: Sequence[ArrayLike] | NDArray[Any],
    level: float = 0.95,
    resamples: int = 2000,
    *,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval (low, high) of a mean.

    Values of several seeds are not independent: what one training run got right, it gets right
    on many tasks at once. So values grouped by seed are resampled on two levels, seeds first and
    then tasks within each drawn seed, and the mean is the mean over seeds of their means
    (compare Agarwal et al., arXiv 2108.13264, on why few seeds need intervals).

    Args:
        values: [n] plain values; or [seeds, tasks], or a list with one array per seed, whose
            lengths may differ.
        level: share of resampled means inside the interval, between 0 and 1.
        resamples: number of resampled means.
        rng: the only source of randomness.

    Returns:
        The two ends. One value alone gives a width of 0, which is no evidence of precision;
        one seed alone says nothing about other seeds.

    Raises:
        ValueError: empty or non-finite values, wrong nesting, or a bad level or resamples.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, came {level}")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, came {resamples}")
    seeds = _by_seed(values)
    means = np.array([_resampled_mean(seeds, rng) for _ in range(resamples)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _by_seed(values: Sequence[ArrayLike] | NDArray[Any]) -> list[Floats]:
    """Return one array per seed; plain values become one single group."""
    items = [np.asarray(item, dtype=np.float64) for item in values]
    if not items:
        raise ValueError("expected at least one value, came none")
    depths = {item.ndim for item in items}
    if depths == {0}:
        items = [np.array(items)]
    elif depths != {1}:
        raise ValueError(
            "expected [n], [seeds, tasks] or one array per seed, "
            f"came items of dimensions {sorted(depths)}"
        )
    if any(item.size == 0 for item in items):
        raise ValueError("expected at least one value per seed, came an empty one")
    if not all(np.isfinite(item).all() for item in items):
        raise ValueError("expected finite values, came nan or infinity")
    return items


def _resampled_mean(seeds: list[Floats], rng: np.random.Generator) -> float:
    """Draw seeds with replacement, then tasks within each, and average."""
    drawn = rng.integers(len(seeds), size=len(seeds))
    return float(np.mean([rng.choice(seeds[i], size=len(seeds[i])).mean() for i in drawn]))


def pass_at_k(successes_per_task: ArrayLike, k: int) -> float:
    """Estimate the chance that at least one of ``k`` attempts at a task succeeds.

    The unbiased estimator 1 - C(n - c, k) / C(n, k), for c successes in n attempts, averaged
    over tasks (Chen et al., arXiv 2107.03374, section 2.1). Choosing k of n rather than raising
    (1 - c / n) to the power k matters: the latter is too low.

    Args:
        successes_per_task: [tasks, n], bool or 0/1.
        k: between 1 and n.

    Raises:
        ValueError: another shape, no task, entries other than 0 and 1, or k outside 1 to n.
    """
    successes = np.asarray(successes_per_task)
    if successes.ndim != 2 or successes.size == 0:
        raise ValueError(f"expected a filled [tasks, n], came shape {list(successes.shape)}")
    if not np.isin(successes, (0, 1)).all():
        raise ValueError("expected successes to be 0 or 1; threshold graded rewards first")
    n = successes.shape[1]
    if not 1 <= k <= n:
        raise ValueError(f"expected k between 1 and the {n} attempts per task, came {k}")
    counts = successes.astype(bool).sum(axis=1)
    return float(np.mean([1 - math.comb(n - int(c), k) / math.comb(n, k) for c in counts]))
