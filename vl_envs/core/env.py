"""`VLEnv`: what every environment of the suite shares.

A family writes `_start`, `_apply`, `_observe` and `expert_action`; this file reads the action,
counts, measures, and fills ``info``. Nothing a model says can raise.
"""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, NamedTuple, TypedDict, TypeGuard, TypeVar, cast

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.utils import seeding

from vl_envs.core.canvas import check_coordinates
from vl_envs.core.errors import unknown
from vl_envs.core.parser import DIALECTS, Command, ParseError, Parser, make_parser
from vl_envs.core.spaces import FreeText
from vl_envs.core.tool import CommandSpec

State = TypeVar("State")
Image = npt.NDArray[np.uint8]


PROMPTS = ("full", "brief")
MAX_TEXT = 16384
"""Longest action and longest observed text, in characters."""


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether ``value`` is a finite real number (and no bool)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return False
    return math.isfinite(value)


def is_count(value: object) -> bool:
    """Tell whether ``value`` is a whole number (and no bool)."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


class Observation(TypedDict):
    """What the agent sees: ``image`` uint8 [H, W, 3] and ``text``."""

    image: Image
    text: str


class View(NamedTuple):
    """A family's picture and words of the current state; `VLEnv` adds the rest of the text."""

    image: Image
    text: str


@dataclass(frozen=True)
class Outcome:
    """What a command did.

    Attributes:
        reward_terms: each term's weighted share of the reward; the reward is their sum.
        terminated: whether the episode is over.
        message: what to tell the agent.
        success: whether the goal is reached, judged from the true state.
        valid: False where the command could be read but not carried out.
        env_error: what failed in the *environment* (a dead server): training masks the episode.
    """

    reward_terms: Mapping[str, float] = field(default_factory=dict)
    terminated: bool = False
    message: str = ""
    success: bool = False
    valid: bool = True
    env_error: str | None = None


def check_image_size(size: int | tuple[int, int]) -> tuple[int, int]:
    """Give (height, width) of one number, or of two, in pixels.

    Raises:
        ValueError: it is neither, or a side is not from 8 to 4096.
    """
    sides = size if isinstance(size, (tuple, list)) else (size, size)
    if len(sides) != 2 or not all(is_count(side) and 8 <= side <= 4096 for side in sides):
        raise ValueError(
            "image_size must be one whole number, or (height, width), of 8 to 4096 pixels, "
            f"got {size!r}"
        )
    return int(sides[0]), int(sides[1])


def observation_spaces(size: tuple[int, int]) -> dict[str, gym.Space[Any]]:
    """Give the spaces of picture and text that every environment here has."""
    return {
        "image": gym.spaces.Box(0, 255, (*size, 3), np.uint8),
        "text": FreeText(MAX_TEXT),
    }


def shortened(parts: Sequence[str]) -> str:
    """Join what is told line by line, without what is empty, and within the longest text."""
    text = "\n".join(part for part in parts if part)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "[…]"


class VLEnv(gym.Env[Observation, str], Generic[State]):
    """A vision-language environment: a picture and a text in, a free text out.

    Args:
        commands: what an agent can say.
        image_size: side of the square canvas, or (height, width), in pixels.
        dialect: the action format: ``arft``, ``hermes``, ``json``, or one of the family's own.
        coordinates: how points are written: ``norm_1000``, ``norm_1`` or ``pixel``.
        prompt: ``full`` tells goal, rules and action format at reset, and what is left later;
            ``brief`` just the goal, for models that learned the rest.
        thought: whether a reasoned turn is asked for.
        max_invalid: so many unreadable actions in a row end the episode; where play can cost
            something, that costs as much as the worst play (`_forfeit`).
        invalid_penalty: subtracted from the reward for each of them.
        expert_error: share of episodes in which `expert_action` errs as the family documents:
            demonstrations that leave something to learn. 0 is the perfect player.
        render_mode: ``rgb_array`` or None.

    Raises:
        ValueError: an option is out of its range, or a name unknown (the nearest are named).

    ``info`` is for trainers and logs, never for the agent: ``valid`` (bool), ``command`` (a
    `Command` or None), ``reward_terms`` (name -> weighted share), ``seed`` and ``task_id`` (they
    bring the task back, and may name its subject), ``labels`` (name -> text: what kind of task it
    is, where the family tells), ``success`` (bool, after each step; the last one counts),
    ``admissible_actions`` where they are finite, ``env_error`` where the environment failed.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 1}  # noqa: RUF012
    rules: str = ""
    """The rules of the family's world, shown at reset."""
    dialects: ClassVar[Mapping[str, type[Parser]]] = DIALECTS
    """The action formats that the family speaks, by name."""
    expert_may_lose: bool = False
    """Whether even the perfect player does not win every episode, as in games of luck."""
    state: State
    """The hidden state of the running episode; everything that `get_state` must keep."""

    def __init__(
        self,
        commands: Sequence[CommandSpec],
        *,
        image_size: int | tuple[int, int] = 448,
        dialect: str = "arft",
        coordinates: str = "norm_1000",
        prompt: str = "full",
        thought: bool = True,
        max_invalid: int = 3,
        invalid_penalty: float = 0.0,
        expert_error: float = 0.0,
        render_mode: str | None = None,
    ) -> None:
        if prompt not in PROMPTS:
            raise unknown("prompt", prompt, PROMPTS)
        if not is_count(max_invalid) or max_invalid < 1:
            raise ValueError(f"max_invalid must be a whole number from 1, got {max_invalid!r}")
        if not is_number(invalid_penalty) or invalid_penalty < 0:
            raise ValueError(f"invalid_penalty must be a number from 0, got {invalid_penalty!r}")
        if not is_number(expert_error) or not 0 <= expert_error <= 1:
            raise ValueError(f"expert_error must be a share from 0 to 1, got {expert_error!r}")
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise unknown("render_mode", render_mode, self.metadata["render_modes"])
        self.image_size = check_image_size(image_size)
        self.parser = make_parser(dialect, commands, thought, self.dialects)
        self.coordinates = check_coordinates(coordinates)
        self.prompt = prompt
        self.max_invalid = max_invalid
        self.invalid_penalty = invalid_penalty
        self.expert_error = expert_error
        self.render_mode = render_mode
        spaces = observation_spaces(self.image_size)
        self.observation_space = cast("gym.Space[Observation]", gym.spaces.Dict(spaces))
        self.action_space = FreeText(MAX_TEXT)
        self._running = False

    # What a family writes.

    @abstractmethod
    def _start(self, options: Mapping[str, Any]) -> tuple[State, str]:
        """Build the hidden state from `self.np_random` alone; return it and the task's id."""

    @abstractmethod
    def _apply(self, command: Command) -> Outcome:
        """Carry out a command on `self.state`."""

    @abstractmethod
    def _observe(self) -> View:
        """Show the current state: an image of the canvas' size, and what is to be said of it."""

    @abstractmethod
    def expert_action(self) -> str:
        """Say what a perfect player would say now."""

    def vocabulary(self) -> Iterable[str]:
        """Give texts that together hold every word that can be shown or wanted."""
        return ()

    def _forfeit(self) -> Mapping[str, float]:
        """Give the reward terms of an episode that unreadable actions end.

        Where rewards can be negative this is what the worst play would still cost: to say nothing
        must never pay.
        """
        return {}

    @property
    def num_tasks(self) -> int:
        """Tasks that ``reset(options={"index": i})`` plays by number; 0 where they are endless."""
        return 0

    def _admissible_actions(self) -> tuple[str, ...] | None:
        """List the actions that make sense now, where they are finite."""
        return None

    def _labels(self) -> Mapping[str, str]:
        """Say what kind of task this is (name -> text), for metrics by kind: how long, how hard."""
        return {}

    # What every environment does.

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; ``info["seed"]`` alone brings the same episode back."""
        super().reset(seed=seed)
        # 63 bits: each unseeded episode seeds the next, and fewer would soon run in a circle.
        self._seed = int(self.np_random.integers(2**63 - 1)) if seed is None else seed
        if seed is None:
            self.np_random, _ = seeding.np_random(self._seed)
        self._turn = self._invalid = 0
        self._running = True
        self.state, self._task_id = self._start(options or {})
        # Behind the task's own draws: a careless expert plays the same tasks.
        self._expert_errs = bool(self.np_random.random() < self.expert_error)
        view = self._observe()
        parts = [view.text]
        if self.prompt == "full":
            parts += [self.rules, self.parser.instructions()]
        info = self._info(valid=True, command=None, reward_terms={})
        return self._observation(view, parts), info

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Read ``action``, carry it out, and judge by the true state.

        Raises:
            gymnasium.error.ResetNeeded: the episode is over or was never begun.
            TypeError: ``action`` is not a string. No string raises.
        """
        if not self._running:
            raise gym.error.ResetNeeded("Call reset() before step(): no episode is running.")
        if not isinstance(action, str):
            raise TypeError(f"an action is a string, got {type(action).__name__}: {action!r:.80}")
        self._turn += 1
        command = self._read(action)
        outcome = self._refuse(command) if isinstance(command, ParseError) else self._apply(command)
        self._invalid = 0 if outcome.valid else self._invalid + 1
        terms = dict(outcome.reward_terms)
        gave_up = self._invalid >= self.max_invalid and not outcome.terminated
        if gave_up and isinstance(command, ParseError):  # `_apply` has priced what it was given
            for name, value in self._forfeit().items():
                terms[name] = terms.get(name, 0.0) + value
        terminated = outcome.terminated or gave_up
        info = self._info(
            valid=outcome.valid,
            command=command if isinstance(command, Command) else None,
            reward_terms=terms,
        )
        # In every step: only Gymnasium's TimeLimit knows which one is the last.
        info["success"] = outcome.success
        if outcome.env_error is not None:
            info["env_error"] = outcome.env_error
        self._running = not terminated
        view = self._observe()
        reward = float(sum(terms.values()))
        return (
            self._observation(view, [outcome.message, view.text]),
            reward,
            terminated,
            False,
            info,
        )

    def render(self) -> Image | None:
        """Return the picture the agent sees, uint8 [H, W, 3]; None without a render mode.

        Raises:
            gymnasium.error.ResetNeeded: no episode was ever begun.
        """
        self._need_state("render()")
        return self._observe().image if self.render_mode == "rgb_array" else None

    @property
    def turns_left(self) -> int | None:
        """Turns until the registered step limit, or None where the env has none.

        `gymnasium.make` hides the limit from the environment inside its wrappers, so it is looked
        up by the id; a ``max_episode_steps`` given to `make` is known to the wrapper alone.
        """
        row = gym.registry.get(self.spec.id) if self.spec else None
        limit = row.max_episode_steps if row else None
        return None if limit is None else max(0, limit - self._turn)

    _KEPT = ("state", "_task_id", "_seed", "_turn", "_invalid", "_running", "_expert_errs")

    def get_state(self) -> dict[str, Any]:
        """Copy the whole state of the episode, the random generator's included.

        Raises:
            gymnasium.error.ResetNeeded: no episode was ever begun.
        """
        self._need_state("get_state()")
        kept = {name: getattr(self, name) for name in self._KEPT}
        return copy.deepcopy({**kept, "np_random": self.np_random})

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned; it can be used again.

        What wrappers count (Gymnasium's ``TimeLimit``) is theirs, and is not set back.

        Raises:
            ValueError: ``state`` is not what `get_state` returns.
        """
        wanted = {*self._KEPT, "np_random"}
        if set(state) != wanted:
            raise ValueError(f"expected the keys {sorted(wanted)}, got {sorted(map(str, state))}")
        for name, value in copy.deepcopy(dict(state)).items():
            setattr(self, name, value)

    def _index_in(self, options: Mapping[str, Any]) -> int | None:
        """Read the number of a task from the options of `reset`; None where there is none.

        Raises:
            ValueError: there is no such task, or another option was given.
        """
        for name in options.keys() - {"index"}:
            raise unknown("option of reset", name, ["index"])
        index = options.get("index")
        if index is None:
            return None
        if not self.num_tasks:
            raise ValueError(f"tasks are drawn here and have no numbers, got index {index!r}")
        if not is_count(index) or not 0 <= index < self.num_tasks:
            last = self.num_tasks - 1
            raise ValueError(f"index must be a whole number from 0 to {last}, got {index!r}")
        return int(index)

    def _need_state(self, what: str) -> None:
        if not hasattr(self, "state"):
            raise gym.error.ResetNeeded(f"Call reset() before {what}: there is no state yet.")

    def _read(self, action: str) -> Command | ParseError:
        if not self.action_space.contains(action):
            return ParseError(f"The answer is too long: at most {MAX_TEXT} characters.", action)
        return self.parser.parse(action)

    def _refuse(self, error: ParseError) -> Outcome:
        terms = {"invalid": -self.invalid_penalty} if self.invalid_penalty else {}
        return Outcome(terms, message=f"Invalid action. {error.message}", valid=False)

    def _info(
        self, *, valid: bool, command: Command | None, reward_terms: dict[str, float]
    ) -> dict[str, Any]:
        info: dict[str, Any] = {
            "valid": valid,
            "command": command,
            "reward_terms": reward_terms,
            "seed": self._seed,
            "task_id": self._task_id,
        }
        labels = self._labels()
        if labels:
            info["labels"] = dict(labels)
        admissible = self._admissible_actions()
        if admissible is not None:
            info["admissible_actions"] = admissible
        return info

    def _observation(self, view: View, parts: Sequence[str]) -> Observation:
        return {"image": view.image, "text": shortened(parts)}
