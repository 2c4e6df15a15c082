"""`check_vl_env` finds each kind of mistake and names it in words that help its author."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import gymnasium as gym
import numpy as np
import pytest

from vl_envs.core.checker import EnvProblems, check_vl_env
from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.core.parser import Command
from vl_envs.core.spaces import FreeText
from vl_envs.core.tool import CommandSpec

LOOK = CommandSpec("look", "look once more.")
ANSWER = CommandSpec("answer", "say the grey level.", {"text": {"type": "string"}}, final=True)


@dataclass
class Grey:
    """A grey level, and how often it was looked at."""

    level: int
    looks: int = 0


class Good(VLEnv[Grey]):
    """A grey picture whose level is asked for; nothing is wrong with it."""

    commands: tuple[CommandSpec, ...] = (LOOK, ANSWER)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(self.commands, image_size=16, **kwargs)

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        level = int(self.np_random.integers(256))
        return Grey(level), f"grey/{level}"

    def _observe(self) -> View:
        pixels = np.full((*self.image_size, 3), self.state.level, np.uint8)
        return View(pixels, f"How bright is it? Looked {self.state.looks} times.")

    def _apply(self, command: Command) -> Outcome:
        if command.name == "look":
            self.state.looks += 1
            return Outcome({"look": -0.1})
        right = command.arguments["text"] == str(self.state.level)
        return Outcome({"right": float(right)}, terminated=True, success=right)

    def expert_action(self) -> str:
        """Look twice, then say it."""
        if self.state.looks < 2:
            return self.parser.write("look", {})
        return self.parser.write("answer", {"text": str(self.state.level)})


class WrongDtype(Good):
    """The picture is floats."""

    def _observe(self) -> View:
        view = super()._observe()
        return View(cast("Any", view.image.astype(np.float32)), view.text)


class WrongShape(Good):
    """The picture is not as large as promised."""

    def _observe(self) -> View:
        return View(np.zeros((8, 16, 3), np.uint8), "How bright is it?")


class ShapeChangesLater(Good):
    """The picture is right at reset, and of another size later."""

    def _observe(self) -> View:
        view = super()._observe()
        return View(view.image[: 16 if self._turn == 0 else 8], view.text)


class TextIsBytes(Good):
    """The text is no string."""

    def _observation(self, view: View, parts: Any) -> Any:
        return {"image": view.image, "text": b"bytes"}


class NoText(Good):
    """The agent is not told what to do."""

    def __init__(self) -> None:
        super().__init__(prompt="brief")

    def _observe(self) -> View:
        return View(super()._observe().image, "")


class PlainTextSpace(Good):
    """Takes Gymnasium's own Text space for its actions."""

    def __init__(self) -> None:
        super().__init__()
        self.action_space = cast("Any", gym.spaces.Text(100))


class FloatSpace(Good):
    """Promises a picture of floats."""

    def __init__(self) -> None:
        super().__init__()
        image = gym.spaces.Box(0, 1, (16, 16, 3), np.float32)
        space = gym.spaces.Dict(image=image, text=FreeText())
        self.observation_space = cast("Any", space)


class GlobalRandom(Good):
    """Draws its task from Python's global generator."""

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        return Grey(random.randrange(256)), "grey"


class RandomSteps(Good):
    """Draws what a step does from a generator of its own."""

    def _apply(self, command: Command) -> Outcome:
        outcome = super()._apply(command)
        self.state.looks += random.randrange(10**6) if command.name == "look" else 0
        return outcome


class RemembersEpisodes(Good):
    """Pays less in every episode."""

    episodes = 0

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        self.episodes += 1
        return super()._start(options)

    def _apply(self, command: Command) -> Outcome:
        return Outcome({"right": -float(self.episodes)}, terminated=True, success=True)


class ExpertUnreadable(Good):
    """Its expert speaks another dialect."""

    def expert_action(self) -> str:
        """Speak plainly."""
        return f"It is {self.state.level}."


class ExpertWrong(Good):
    """Its expert does not know."""

    def expert_action(self) -> str:
        """Guess."""
        return self.parser.write("answer", {"text": "-1"})


class ExpertNeverEnds(Good):
    """Its expert looks for ever."""

    def expert_action(self) -> str:
        """Look."""
        return self.parser.write("look", {})


class ExpertFickle(Good):
    """Its expert changes the state."""

    def expert_action(self) -> str:
        """Think about it a little differently each time."""
        self.state.looks += 1
        return self.parser.write("look", {}, f"{self.state.looks}")


class ExpertReturnsNone(Good):
    """Its expert says nothing."""

    def expert_action(self) -> str:
        """Return what is no text."""
        return cast("str", None)


class ExpertRaises(Good):
    """Its expert stumbles."""

    def expert_action(self) -> str:
        """Look up what is not there."""
        plans: dict[str, str] = {}
        return plans["plan"]


class RaisesOnGarbage(Good):
    """Carries out an answer as if it were a number."""

    commands = (ANSWER,)

    def _apply(self, command: Command) -> Outcome:
        right = int(command.arguments["text"]) == self.state.level
        return Outcome({"right": float(right)}, terminated=True, success=right)

    def expert_action(self) -> str:
        """Say it."""
        return self.parser.write("answer", {"text": str(self.state.level)})


class LenientGarbage(Good):
    """Takes an unreadable action for a right one."""

    def _refuse(self, error: Any) -> Outcome:
        return Outcome({"right": 1.0}, terminated=True, success=True, valid=False)


class SilentRefusal(Good):
    """Does not say why an action was refused."""

    def _refuse(self, error: Any) -> Outcome:
        return Outcome(valid=False)

    def _observe(self) -> View:
        view = super()._observe()
        return view if self._turn == 0 else View(view.image, "")


class RewardIsNotTheSum(Good):
    """Adds a bonus that no term tells of."""

    def step(self, action: str) -> Any:
        """Add a bonus."""
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward + 0.5, terminated, truncated, info


class RewardIsNaN(Good):
    """Divides nothing by nothing."""

    def _apply(self, command: Command) -> Outcome:
        return Outcome({"right": float("nan")}, terminated=True, success=True)


class ReadableInstructions(Good):
    """Its instructions hold a whole answer in a line of its own."""

    def __init__(self) -> None:
        super().__init__()
        parser = cast("Any", self.parser)
        parser.instructions = lambda: "Write for example:\n<answer>7</answer>"


class StaleState(Good):
    """Counts outside of its state."""

    count = 0

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        self.count = 0
        return super()._start(options)

    def _apply(self, command: Command) -> Outcome:
        self.count += 1
        outcome = super()._apply(command)
        return Outcome({"count": -float(self.count)}, outcome.terminated, "", outcome.success)


@dataclass
class Shared(Grey):
    """A state whose copy is itself."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Shared:
        return self


class StateNotCopied(Good):
    """Its state cannot be saved, since copying it does not copy."""

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        state, task_id = super()._start(options)
        return Shared(state.level), task_id


class Unpicklable(Good):
    """Keeps a function as an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.judge = lambda text: text == "7"


class SharesItsPicture(Good):
    """Gives its canvas away, and goes on painting on it."""

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        self.canvas = np.zeros((16, 16, 3), np.uint8)
        return super()._start(options)

    def _observe(self) -> View:
        self.canvas[:] = (self.state.level + self.state.looks) % 256
        return View(self.canvas, "How bright is it?")


class ObservingChanges(Good):
    """Counts how often it is looked at while it is looked at."""

    def _observe(self) -> View:
        view = super()._observe()
        self.state.looks += 1
        return view


class InfoLacks(Good):
    """Forgets what it should tell."""

    def _info(self, **kwargs: Any) -> dict[str, Any]:
        info = super()._info(**kwargs)
        del info["task_id"]
        return info


class ResetWithoutSeed(Good):
    """Replaces `reset`, and loses the seed on the way."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Forget the seed."""
        return super().reset(seed=None, options=options)


class StartRaises(Good):
    """Does not find its file."""

    def _start(self, options: Mapping[str, Any]) -> tuple[Grey, str]:
        raise FileNotFoundError("grey.json")


class Luck(ExpertWrong):
    """Cannot always be won, and says so."""

    expert_may_lose = True


BROKEN: list[tuple[type[Good], str]] = [
    (WrongDtype, "'image' is an array of float32 (16, 16, 3), expected Box(0, 255,"),
    (WrongShape, "'image' is an array of uint8 (8, 16, 3), expected Box(0, 255, (16, 16, 3)"),
    (ShapeChangesLater, "outside its space: 'image' is an array of uint8 (8, 16, 3)"),
    (TextIsBytes, "'text' is bytes b'bytes', expected FreeText(16384)"),
    (NoText, "the text at reset is empty: it must tell the goal"),
    (PlainTextSpace, "action_space must be FreeText, got Text("),
    (FloatSpace, 'observation_space["image"] must be Box(uint8, [H, W, 3]), got Box(0.0, 1.0'),
    (GlobalRandom, "reset(seed=0) twice gave different pictures: use self.np_random alone"),
    (RandomSteps, "the same actions differ in turn 1 in the text: use self.np_random alone"),
    (RemembersEpisodes, "differ in turn 1 in the reward: use self.np_random alone, and build all"),
    (ExpertUnreadable, "the expert's action is invalid: 'It is 217.' was answered ['Invalid"),
    (ExpertWrong, "the expert ended the episode without success"),
    (ExpertNeverEnds, "the expert did not end the episode within 1000 turns"),
    (ExpertFickle, "expert_action() said two different things of one state"),
    (ExpertReturnsNone, "expert_action() must return a str, got NoneType"),
    (ExpertRaises, "expert: the environment raised KeyError: 'plan' (test_checker.py, line "),
    (RaisesOnGarbage, "step('<answer> x </answer>') raised ValueError: invalid literal for int()"),
    (LenientGarbage, "step('') was rewarded: it is garbage, but got 1.0"),
    (LenientGarbage, "step('') counted as success"),
    (SilentRefusal, "step('') is invalid, but no message says why"),
    (RewardIsNotTheSum, "the reward 0.4 is not the sum of info[\"reward_terms\"] {'look': -0.1}"),
    (RewardIsNaN, "the reward nan (terms {'right': nan}) is not a finite number"),
    (ReadableInstructions, "can be parsed as the model's own answer: '<answer>7</answer>'"),
    (StaleState, "set_state() of one state, once, the same actions differ in turn 1 in the reward"),
    (StateNotCopied, "see that copy.deepcopy copies it"),
    (Unpicklable, "cannot be pickled ("),
    (Unpicklable, "keep functions, locks, open files and handles out of its attributes"),
    (SharesItsPicture, "an observation changed after it was returned: give away copies"),
    (ObservingChanges, "_observe() twice showed two different things: it must only look at"),
    (InfoLacks, "info of reset() lacks 'task_id'"),
    (ResetWithoutSeed, "reset(seed=0) twice gave different pictures"),
    (
        StartRaises,
        "spaces: the environment raised FileNotFoundError: grey.json (test_checker.py, line ",
    ),
]


@pytest.mark.parametrize(
    ("broken", "message"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_each_mistake_is_named(broken: type[Good], message: str) -> None:
    """The one mistake is found and named in plain words, a line each."""
    random.seed(0)
    with pytest.raises(EnvProblems) as raised:
        check_vl_env(broken())
    told = str(raised.value)
    assert message in told
    assert all(line.startswith("- ") for line in told.splitlines())
    assert len(told.splitlines()) <= 6, "one mistake should not be told many times"


@pytest.mark.parametrize("dialect", ["arft", "hermes", "json"])
@pytest.mark.parametrize("prompt", ["full", "brief"])
def test_a_good_environment_passes(dialect: str, prompt: str) -> None:
    """Nothing is found where nothing is wrong, with and without Gymnasium's wrappers."""
    check_vl_env(Good(dialect=dialect, prompt=prompt))
    limited: gym.Env[Any, Any] = gym.wrappers.TimeLimit(Good(dialect=dialect), 10)
    check_vl_env(limited, seed=3)


def test_an_expert_may_lose_where_the_environment_says_so() -> None:
    """In games of luck a lost episode is no mistake of the expert's."""
    check_vl_env(Luck())
    for seed in range(4):
        check_vl_env(gym.make("VLCards/Blackjack-v0"), seed)


@pytest.mark.parametrize("env", [gym.make("CartPole-v1"), "VLTool/MatSearch-v0", None], ids=str)
def test_other_things_are_told_apart(env: Any) -> None:
    """What is no `VLEnv` at all is said to be none."""
    with pytest.raises(EnvProblems, match=r"must derive from vl_envs.VLEnv, but .* does not"):
        check_vl_env(env)
