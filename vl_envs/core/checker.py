"""`check_vl_env`: tells the author of an environment, in plain words, what is wrong with it."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils.env_checker import check_env

from vl_envs.core.env import VLEnv
from vl_envs.core.parser import ParseError
from vl_envs.core.spaces import FreeText

GARBAGE = (
    "",
    " ",
    "\x00",
    "\ud800",
    "🙂" * 50,
    "<think>",
    "<answer></answer>",
    "<answer>…</answer>",
    '{"action": NaN}',
    "[" * 5000,
    '<tool_call>{"name": "answer", "arguments": {"text": ["' + "9" * 5000 + '"]}}</tool_call>',
    "__import__('os').system('true')",
    "x" * 20000,
)
"""Texts that no environment may stumble over."""


class EnvProblems(AssertionError):
    """All that is wrong with an environment, a line each."""


def check_vl_env(env: gym.Env[Any, Any], seed: int = 0) -> None:
    """Check that an environment keeps the suite's promises.

    Looks at spaces, text and picture, ``info``, seeding, garbage actions, the parser's
    instructions, the expert, pickling, and saving and restoring the state; then runs Gymnasium's
    own `check_env`.

    Args:
        env: made by `gymnasium.make` or directly; it is left at some step of an episode.
        seed: of the episodes that are tried.

    Raises:
        EnvProblems: lists everything that was found, in plain words.
    """
    problems: list[str] = []
    checks: list[Callable[[gym.Env[Any, Any], int], Iterator[str]]] = [
        _spaces,
        _instructions,
        _seeding,
        _garbage,
        _expert,
        _pickling,
        _state,
        _gymnasium,
    ]
    for check in checks:
        try:
            problems += check(env, seed)
        except Exception as error:
            problems.append(f"{check.__name__[1:]}: raised {type(error).__name__}: {error}")
        if check is _spaces and problems:
            break  # the other checks would only repeat it
    if problems:
        raise EnvProblems("\n".join(f"- {problem}" for problem in problems))


def _spaces(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    if not isinstance(env.unwrapped, VLEnv):
        yield f"must derive from vl_envs.VLEnv, but {type(env.unwrapped).__name__} does not"
        return
    space = env.observation_space
    if not isinstance(space, gym.spaces.Dict) or set(space) != {"image", "text"}:
        yield f"observation_space must be Dict(image, text), got {space}"
        return
    image, text = space["image"], space["text"]
    shaped = isinstance(image, gym.spaces.Box) and len(image.shape) == 3 and image.shape[2] == 3
    if not shaped or image.dtype != np.uint8:
        yield f'observation_space["image"] must be Box(uint8, [H, W, 3]), got {image}'
    if not isinstance(text, FreeText):
        yield f'observation_space["text"] must be FreeText, got {text}'
    if not isinstance(env.action_space, FreeText):
        yield f"action_space must be FreeText, got {env.action_space}"
    observation, info = env.reset(seed=seed)
    if observation not in space:
        yield f"reset() returned an observation outside its space: {_outside(observation, space)}"
    if not observation["text"].strip():
        yield "the text at reset is empty: it must tell the goal"
    yield from _info(info, "reset()")


def _outside(observation: Any, space: gym.spaces.Dict) -> str:
    if not isinstance(observation, dict) or set(observation) != set(space):
        return f"expected the keys {sorted(space)}, got {observation!r:.80}"
    for key, part in space.items():
        if observation[key] not in part:
            value = observation[key]
            shape = getattr(value, "shape", None)
            return f"{key!r} is {type(value).__name__} {shape or ''}, expected {part}"
    return "unknown"


def _info(info: dict[str, Any], where: str) -> Iterator[str]:
    for key in ("valid", "command", "reward_terms", "seed", "task_id"):
        if key not in info:
            yield f"info of {where} lacks {key!r}"


def _instructions(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    parser = _vl(env).parser
    text = parser.instructions()
    for line in (text, *text.splitlines()):
        if not isinstance(parser.parse(line), ParseError):
            yield f"the instructions can be parsed as the model's own answer: {line!r:.120}"
    if _vl(env).prompt == "full" and text not in env.reset(seed=seed)[0]["text"]:
        yield "the text at reset lacks the parser's instructions"


def _seeding(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    first, info = env.reset(seed=seed)
    first = copy.deepcopy(first)
    again, _ = env.reset(seed=info["seed"])
    if not np.array_equal(first["image"], again["image"]):
        yield f"reset(seed={seed}) twice gave different pictures: use self.np_random alone"
    if first["text"] != again["text"]:
        yield f"reset(seed={seed}) twice gave different texts: use self.np_random alone"
    env.reset(seed=seed + 1)
    _, info = env.reset()
    one = env.reset(seed=info["seed"])[0]
    two = env.reset(seed=info["seed"])[0]
    if one["text"] != two["text"] or not np.array_equal(one["image"], two["image"]):
        yield 'info["seed"] of an unseeded episode does not bring it back'


def _garbage(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    env.reset(seed=seed)
    for text in GARBAGE:
        try:
            observation, reward, terminated, truncated, info = env.step(text)
        except Exception as error:
            yield f"step({text!r:.60}) raised {type(error).__name__}: {error}"
            env.reset(seed=seed)
            continue
        if observation not in env.observation_space:
            yield f"step({text!r:.60}) returned an observation outside its space"
        if float(reward) > 0:
            yield f"step({text!r:.60}) was rewarded with {reward}"
        if info.get("success"):
            yield f"step({text!r:.60}) counted as success"
        if not info["valid"] and not observation["text"].strip():
            yield f"step({text!r:.60}) is invalid, but no message says why"
        if terminated or truncated:
            env.reset(seed=seed)


def _expert(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    limit = env.spec.max_episode_steps if env.spec and env.spec.max_episode_steps else 1000
    env.reset(seed=seed)
    for _ in range(limit):
        action = _vl(env).expert_action()
        if action != _vl(env).expert_action():
            yield "expert_action() said two different things of one state"
        _, reward, terminated, truncated, info = env.step(action)
        yield from _info(info, "step()")
        if not info["valid"]:
            yield f"the expert's action is invalid: {action!r:.120}"
        if abs(sum(info["reward_terms"].values()) - reward) > 1e-6:
            yield f'the reward {reward} is not the sum of info["reward_terms"]'
        if terminated or truncated:
            if not info.get("success") and not _vl(env).expert_error:
                yield "the expert ended the episode without success"
            return
    yield f"the expert did not end the episode within {limit} turns"


def _pickling(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    env.reset(seed=seed)
    twin = pickle.loads(pickle.dumps(_vl(env)))  # noqa: S301 (our own bytes)
    action = _vl(env).expert_action()
    if env.step(action)[0]["text"] != twin.step(action)[0]["text"]:
        yield "a pickled and loaded environment goes on differently"


def _state(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    env.reset(seed=seed)
    vl = _vl(env)
    state, action = vl.get_state(), vl.expert_action()
    one = vl.step(action)
    vl.set_state(state)
    two = vl.step(action)
    same = one[0]["text"] == two[0]["text"] and np.array_equal(one[0]["image"], two[0]["image"])
    if not same or one[1:4] != two[1:4]:
        yield "after set_state(get_state()) the same action had another outcome"


def _gymnasium(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check_env(env.unwrapped, skip_render_check=True)
        except Exception as error:
            yield f"gymnasium's check_env: {error}"


def _vl(env: gym.Env[Any, Any]) -> VLEnv[Any]:
    assert isinstance(env.unwrapped, VLEnv)
    return env.unwrapped
