"""A guard around one environment: it may rest, and if it fails it is made anew and says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

import vl_envs.core.env  # noqa: F401 (registers the environments, also in a process of its own)

_LOGGER = logging.getLogger(__name__)
MAKES = 3
"""How often a failed environment is made anew before its failure is raised."""


class Guard(gym.Wrapper[Any, Any, Any, Any]):
    """Keeps one environment of a vector going.

    It rests while others of its vector play on: its last observation stays. Where the environment
    raises, in `reset` or `step`, the episode ends (truncated, reward 0) with what happened in
    ``info["env_error"]``, and the environment is made anew for the next one. The whole traceback is
    logged as a warning. A mistake of the caller's is raised as it is: a step without a reset, or a
    `reset` option with a wrong value.

    Args:
        make: makes the environment.

    Raises:
        RuntimeError: the environment failed, and could not be made anew in `MAKES` tries.
    """

    PAUSE = "pause"
    """The option of `reset` that pauses instead of resetting."""

    def __init__(self, make: Callable[[], gym.Env[Any, Any]]) -> None:
        super().__init__(make())
        self._make = make
        self._last: Any = blank(self.env.observation_space)
        self._resting = True
        self._error: str | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset, or rest until the next proper reset."""
        self._resting, self._error = bool(options and options.get(self.PAUSE)), None
        if self._resting:
            return self._last, {}
        try:
            self._last, info = self.env.reset(seed=seed, options=options)
            return self._last, info
        except Exception as error:
            if options and isinstance(error, ValueError):
                raise
            self._replace(error)
            return self._last, {"env_error": self._error}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, or rest."""
        if self._resting:
            return self._last, 0.0, False, False, {}
        if self._error is None:
            try:
                self._last, reward, terminated, truncated, info = self.env.step(action)
                return self._last, reward, terminated, truncated, info
            except gym.error.ResetNeeded:
                raise
            except Exception as error:
                self._replace(error)
        return self._last, 0.0, False, True, {"env_error": self._error}

    def expert_action(self) -> str:
        """Say what the environment's expert says; nothing where no episode is running."""
        expert: Callable[[], str] = self.env.get_wrapper_attr("expert_action")
        if self._resting or self._error is not None:
            return ""
        try:
            return expert()
        except Exception as error:
            self._replace(error)
            return ""

    def _replace(self, error: Exception) -> None:
        """Make the environment anew after ``error``, which ends the episode."""
        self._error = f"{type(error).__name__}: {error}"
        _LOGGER.warning("an environment failed, and is made anew", exc_info=error)
        try:
            self.env.close()
        except Exception as second:  # what is broken may be too broken to be closed
            self._error += f" (and closing it: {type(second).__name__}: {second})"
        for left in reversed(range(MAKES)):
            try:
                self.env = self._make()
                return
            except Exception as second:
                if not left:
                    raise RuntimeError(
                        f"the environment failed ({self._error}), and could not be made anew in "
                        f"{MAKES} tries: {type(second).__name__}: {second}"
                    ) from second


def blank(space: gym.Space[Any]) -> Any:
    """Make an observation of nothing: a black picture and no text."""
    if isinstance(space, gym.spaces.Dict):
        return {name: blank(part) for name, part in space.items()}
    if space.shape is None:
        return ""
    return np.zeros(space.shape, space.dtype)
