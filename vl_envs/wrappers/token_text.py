"""`TokenText`: the observed text as a vector of word ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar, cast

import gymnasium as gym
import numpy as np

from vl_envs.core.env import Observation, VLEnv
from vl_envs.wrappers.words import Ids, WordIds, vocabulary_of

Act = TypeVar("Act")
Arrays = dict[str, Any]


class TokenText(gym.Wrapper[Any, Act, Any, Act], gym.utils.RecordConstructorArgs):
    """Replaces the observation's text by ids of its words: ``text`` int32 [length].

    0 stands behind the last word, 1 for a word outside the vocabulary; words, tags and signs are a
    token each. Of a longer text the beginning is kept: it holds the goal at reset, and later what
    came of the last action.

    Most environments tell the goal at reset only. ``goal_length`` adds a second vector, ``goal``
    int32 [goal_length]: the ids of the episode's first text, shown in every step for a policy
    without a memory.

    Args:
        env: its observations are ``image`` and ``text``; it may be wrapped.
        length: of ``text``, in words.
        goal_length: of ``goal``, in words; 0 leaves it out.
        words: texts that hold the vocabulary. None takes the environment's own, ``vocabulary()``,
            and where it explains itself (``prompt="full"``) the words of its instructions.

    Raises:
        ValueError: a length is out of range, the observation holds no text, or there is no
            vocabulary.
    """

    def __init__(
        self,
        env: gym.Env[Observation, Act],
        length: int = 64,
        goal_length: int = 0,
        words: Sequence[str] | None = None,
    ) -> None:
        gym.utils.RecordConstructorArgs.__init__(
            self, length=length, goal_length=goal_length, words=words
        )
        super().__init__(env)
        if length < 1 or goal_length < 0:
            raise ValueError(
                "length must be at least 1 and goal_length at least 0, "
                f"got length={length!r} and goal_length={goal_length!r}"
            )
        space: gym.Space[Any] = env.observation_space
        if not isinstance(space, gym.spaces.Dict) or "text" not in space.spaces:
            raise ValueError(f"expected observations with a 'text', got {space}")
        self.length, self.goal_length = length, goal_length
        self.words = WordIds(_shown(env) if words is None else words)
        parts: dict[str, gym.Space[Any]] = {**space.spaces, "text": _space(self.words, length)}
        if goal_length:
            parts["goal"] = _space(self.words, goal_length)
        self.observation_space = gym.spaces.Dict(parts)
        self._goal = np.zeros(goal_length, np.int32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Arrays, dict[str, Any]]:
        """Reset, and note the goal."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._goal = self.words.encode(observation["text"], self.goal_length)
        return self._numbered(observation), info

    def step(self, action: Act) -> tuple[Arrays, SupportsFloat, bool, bool, dict[str, Any]]:
        """Step, and number the words that are seen."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._numbered(observation), reward, terminated, truncated, info

    def _numbered(self, observation: Mapping[str, Any]) -> Arrays:
        text: Ids = self.words.encode(observation["text"], self.length)
        goal = {"goal": self._goal.copy()} if self.goal_length else {}
        return {**observation, "text": text, **goal}


def _space(words: WordIds, length: int) -> gym.spaces.Box:
    return gym.spaces.Box(0, len(words) - 1, (length,), cast("Any", np.int32))


def _shown(env: gym.Env[Any, Any]) -> tuple[str, ...]:
    """Give texts that hold the words that an environment shows."""
    texts = vocabulary_of(env)
    vl = env.unwrapped
    if isinstance(vl, VLEnv) and vl.prompt == "full":
        texts = (*texts, vl.rules, vl.parser.instructions())
    return texts
