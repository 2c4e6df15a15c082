"""What the tests of `VLGui/Navigate-v0` share: who plays, and how to find what is to be pressed."""

from __future__ import annotations

from typing import Any

import vl_envs  # noqa: F401 (registers the environments)
from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.page import Act
from vl_envs.gui.navigate import NavigateEnv

SMALL: dict[str, Any] = {"graph": "tree", "graph_params": {"branching": (5, 2)}, "image_size": 64}


def play(env: NavigateEnv, seed: int, limit: int = 20) -> tuple[bool, list[float]]:
    """Let the expert play an episode; return its success and its rewards."""
    env.reset(seed=seed)
    rewards = []
    for _ in range(limit):
        _, reward, terminated, _, info = env.step(env.expert_action())
        rewards.append(float(reward))
        if terminated:
            return bool(info["success"]), rewards
    return False, rewards


def middle(box: tuple[int, int, int, int]) -> tuple[float, float]:
    """Return the centre of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def bring(device: Device, act: Act) -> tuple[float, float]:
    """Open tabs and scroll until ``act`` is in view; return where to press for it."""
    for _ in range(20):
        name, argument = device.way_to(act)
        if name == "scroll":
            before = device.ui.scroll
            device.scroll(argument)
            assert device.ui.scroll != before, "scrolling leads nowhere"
            continue
        x, y = middle(argument)
        hit = device.page.hit(x, y, device.ui)
        if hit == act:
            return x, y
        assert hit.kind in ("tab", "dismiss")
        device.do(hit)
    raise AssertionError(f"{act} never comes into view")
