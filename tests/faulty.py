"""The toy environment with failures that are ordered, each of which happens once.

An order is an empty file ``WHAT-WHEN`` in a folder: it reaches an environment in any process.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import gymnasium as gym

from tests.colour import COLOUR, ColourEnv

FAULTY = "Test/Faulty-v0"


class Faulty(gym.Wrapper[Any, Any, Any, Any]):
    """Raises, hangs, dies, is frozen, or cannot be made, where that was ordered.

    Args:
        orders: the folder.
        note: whether the seed of every episode that is begun is a line of ``begun`` in the folder.
        kwargs: of the toy.
    """

    def __init__(self, orders: str, note: bool = False, **kwargs: Any) -> None:
        super().__init__(ColourEnv(**kwargs))
        self.orders, self.note, self.turn = Path(orders), note, 0
        self._fail("make")

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Reset, or fail."""
        self._fail("reset")
        self.turn = 0
        if self.note:
            with (self.orders / "begun").open("a") as file:
                file.write(f"{kwargs['seed']}\n")
        return self.env.reset(**kwargs)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, or fail; ``second`` is in the second turn of an episode."""
        self.turn += 1
        self._fail("step")
        if self.turn == 2:
            self._fail("second")
        return self.env.step(action)

    def expert_action(self) -> str:
        """Ask the expert, or fail."""
        self._fail("expert")
        said: str = self.env.get_wrapper_attr("expert_action")()
        return said

    def _fail(self, when: str) -> None:
        for order in sorted(self.orders.glob(f"*-{when}*")):
            try:
                order.unlink()
            except FileNotFoundError:  # another environment was quicker
                continue
            what = order.name.partition("-")[0]
            if what == "raise":
                raise RuntimeError("the simulator is dead")
            if what == "hang":
                time.sleep(1000)
            os.kill(os.getpid(), signal.SIGSTOP if what == "freeze" else signal.SIGKILL)


if FAULTY not in gym.registry:
    limit = gym.spec(COLOUR).max_episode_steps
    gym.register(FAULTY, entry_point="tests.faulty:Faulty", max_episode_steps=limit)


def order(folder: Path, *orders: str) -> str:
    """Order failures, such as ``raise-step``; return the environments' ``orders``."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(orders):
        (folder / f"{name}-{number}").touch()
    return str(folder)
