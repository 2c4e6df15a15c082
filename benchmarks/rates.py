"""How fast environments step, and how repeated measurements of a rate are summed up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym


def steps_per_second(steps: int, **kwargs: Any) -> float:
    """Let the expert take ``steps`` in one environment, resets and searches included.

    Args:
        steps: to take.
        kwargs: of `gymnasium.make`, the ``id`` among them.
    """
    env = gym.make(**kwargs)
    expert: Callable[[], str] = env.get_wrapper_attr("expert_action")
    env.reset(seed=0)
    began = time.perf_counter()
    for _ in range(steps):
        _, _, terminated, truncated, _ = env.step(expert())
        if terminated or truncated:
            env.reset()
    return steps / (time.perf_counter() - began)


def rate_row(
    what: str, rates: list[float], others: list[float] | None = None, than: str = ""
) -> dict[str, Any]:
    """Sum up repeated measurements of a rate, beside what was measured in turn with them.

    Args:
        what: was measured.
        rates: per second, one for each repetition.
        others: of what it is compared with; the ratio is the median of the ratios pair by pair.
        than: what that is.
    """
    ratio = ""
    if others:
        ratio = f"{statistics.median(a / b for a, b in zip(rates, others, strict=True)):.1f}"
    return {
        "what": what,
        "median": round(statistics.median(rates)),
        "range": f"{min(rates):.0f} to {max(rates):.0f}",
        "beside": f"{than}: {statistics.median(others):.0f}" if others else "",
        "ratio": ratio,
    }
