"""An environment that takes its process along, once: for processes that have to be replaced."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import gymnasium as gym

from tests.toys import ColourEnv

TRAP = "Test/Trap-v0"
SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


class TrapEnv(ColourEnv):
    """The toy; in the second turn of a task for which a trap is set, its process gets a signal.

    Args:
        folder: a file in it named after a task's seed, with a name of `SIGNALS`, is a trap, and is
            gone when it has sprung; ``begun`` has a line for every episode that was begun.
        kwargs: of the toy.
    """

    def __init__(self, folder: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = Path(folder)
        self.turn = 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Note the episode and begin it."""
        if seed is not None:
            with (self.folder / "begun").open("a") as file:
                file.write(f"{seed}\n")
            self.trap, self.turn = self.folder / str(seed), 0
        return super().reset(seed=seed, options=options)

    def step(self, action: str) -> Any:
        """Step, or spring the trap."""
        self.turn += 1
        if self.turn == 2 and self.trap.exists():
            sent = SIGNALS[self.trap.read_text()]
            self.trap.unlink()
            os.kill(os.getpid(), sent)
        return super().step(action)


if TRAP not in gym.registry:
    gym.register(TRAP, entry_point=TrapEnv, max_episode_steps=3)
