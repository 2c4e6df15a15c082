"""`check_vl_env`: tells the author of an environment, in plain words, what is wrong with it."""

from __future__ import annotations

import copy
import hashlib
import math
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import gymnasium as gym
import numpy as np
from gymnasium.utils.env_checker import check_env

from vl_envs.core.env import VLEnv
from vl_envs.core.parser import ParseError, Parser
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
    instructions, the expert, rewards, pickling, and saving and restoring the state; then runs
    Gymnasium's own `check_env`.

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
            problems.append(f"{check.__name__[1:]}: the environment {_raised(error)}")
        if check is _spaces and problems:
            break  # the other checks would only repeat it
    if problems:
        raise EnvProblems("\n".join(f"- {problem}" for problem in dict.fromkeys(problems)))


def _raised(error: Exception) -> str:
    """Say what was raised, and where in the author's own file."""
    frames = traceback.extract_tb(error.__traceback__)
    core = str(Path(__file__).parent)
    own = [f for f in frames if not f.filename.startswith(core) and "/gymnasium/" not in f.filename]
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"raised {type(error).__name__}: {error}{where}"


def _spaces(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    if not isinstance(env, gym.Env) or not isinstance(env.unwrapped, VLEnv):
        kind = type(env.unwrapped if isinstance(env, gym.Env) else env).__name__
        yield f"must derive from vl_envs.VLEnv, but {kind} does not"
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
            seen = f"{type(value).__name__} {value!r:.60}"
            if isinstance(value, np.ndarray):
                seen = f"an array of {value.dtype} {value.shape}"
            elif isinstance(value, str):
                seen = f"a text of {len(value)} characters"
            return f"{key!r} is {seen}, expected {part}"
    return "unknown"


def _same(one: Any, two: Any) -> bool:
    """Tell whether two observations are equal."""
    return one["text"] == two["text"] and np.array_equal(one["image"], two["image"])


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
        yield "the text at reset lacks the parser's instructions (too long, or reset() replaced?)"


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
    one = copy.deepcopy(env.reset(seed=info["seed"])[0])
    if not _same(one, env.reset(seed=info["seed"])[0]):
        yield 'info["seed"] of an unseeded episode does not bring it back'
    env.reset(seed=seed)
    episode = list(_play(env))
    env.reset(seed=seed)
    difference = _difference(env, episode)
    if difference:
        yield (
            f"two episodes of one seed and the same actions differ {difference}: "
            "use self.np_random alone, and build all state anew in _start()"
        )


class _Step(NamedTuple):
    """What came of a step: the picture as a hash, the reward as text (a NaN equals itself)."""

    text: str
    picture: str
    reward: str
    end: tuple[bool, bool]


def _step(env: gym.Env[Any, Any], action: str) -> _Step:
    observation, reward, terminated, truncated, _ = env.step(action)
    pixels = np.ascontiguousarray(observation["image"]).tobytes()
    digest = hashlib.sha256(pixels).hexdigest()
    return _Step(observation["text"], digest, repr(float(reward)), (terminated, truncated))


def _play(env: gym.Env[Any, Any]) -> Iterator[tuple[str, _Step]]:
    """Play on as the expert; give what it says and what comes of it."""
    for _ in range(_limit(env)):
        action = _vl(env).expert_action()
        step = _step(env, action)
        yield action, step
        if any(step.end):
            return


def _limit(env: gym.Env[Any, Any]) -> int:
    return env.spec.max_episode_steps if env.spec and env.spec.max_episode_steps else 1000


def _difference(env: gym.Env[Any, Any], episode: list[tuple[str, _Step]]) -> str | None:
    """Act again as in ``episode``; say where the first difference is, or None."""
    for turn, (action, was) in enumerate(episode, 1):
        now = _step(env, action)
        for part, one, two in zip(_Step._fields, was, now, strict=True):
            if one != two:
                return f"in turn {turn} in the {part}"
        if any(now.end):
            break
    return None


def _wild_commands(parser: Parser) -> Iterator[str]:
    """Write every command well, with arguments of the right type that no sane agent would give."""
    for command in parser.commands.values():
        for i in range(4):
            yield parser.write(
                command.name, {key: _wild(schema, i) for key, schema in command.parameters.items()}
            )


def _wild(schema: Mapping[str, Any], i: int) -> object:
    if "enum" in schema:
        return schema["enum"][i % len(schema["enum"])]
    values: dict[str, tuple[object, ...]] = {
        "string": ("x", "\ud800\x00", "-1", "9" * 5000),
        "integer": (0, -1, 2**53, -(2**53)),
        "number": (0, -1.5, 9e15, -1e-9),
        "boolean": (False, True),
        "object": ({}, {"x": 1}),
    }
    kind = str(schema.get("type", "string"))
    if kind == "array":
        count = max(1, int(schema.get("minItems", 1)))
        return [_wild(schema.get("items", {}), i + k) for k in range(count)]
    return values[kind][i % len(values[kind])]


def _garbage(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    wild = tuple(_wild_commands(_vl(env).parser))
    env.reset(seed=seed)
    told = set()
    for text in (*GARBAGE, *wild):
        for problem in _stumbles(env, text, sane=text in wild):
            kind = problem.partition(":")[0]
            if kind not in told:  # the first text of each kind is enough
                told.add(kind)
                yield f"step({text!r:.60}) {problem}"
        if not _vl(env)._running:
            env.reset(seed=seed)


def _stumbles(env: gym.Env[Any, Any], text: str, sane: bool) -> Iterator[str]:
    """Act with a text; a ``sane`` one is a command, and may be rewarded."""
    try:
        observation, reward, _, truncated, info = env.step(text)
    except Exception as error:
        yield f"{_raised(error)}; no text may raise"
        env.reset()
        return
    if observation not in env.observation_space:
        outside = _outside(observation, cast("gym.spaces.Dict", env.observation_space))
        yield f"returned an observation outside its space: {outside}"
    elif not info["valid"] and not observation["text"].strip():
        yield "is invalid, but no message says why"
    if float(reward) > 0 and not sane:
        yield f"was rewarded: it is garbage, but got {reward}"
    if info.get("success") and not sane:
        yield "counted as success"
    if truncated:
        env.reset()


def _expert(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    limit = _limit(env)
    shown = env.reset(seed=seed)[0]
    for _ in range(limit):
        kept = copy.deepcopy(shown)
        action = _vl(env).expert_action()
        if action != _vl(env).expert_action():
            yield "expert_action() said two different things of one state"
        if not isinstance(action, str):
            yield f"expert_action() must return a str, got {type(action).__name__}"
            return
        new, reward, terminated, truncated, info = env.step(action)
        if not _same(shown, kept):
            yield "an observation changed after it was returned: give away copies of the picture"
            return
        shown = new
        yield from _info(info, "step()")
        if not info["valid"]:
            message = shown["text"].splitlines()[:1]
            yield f"the expert's action is invalid: {action!r:.120} was answered {message}"
        terms = info["reward_terms"]
        if not all(math.isfinite(value) for value in (reward, *terms.values())):
            yield f"the reward {reward} (terms {terms}) is not a finite number"
        elif abs(sum(terms.values()) - reward) > 1e-6:
            yield f'the reward {reward} is not the sum of info["reward_terms"] {terms}'
        one, two = _vl(env)._observe(), _vl(env)._observe()
        if one.text != two.text or not np.array_equal(one.image, two.image):
            yield "_observe() twice showed two different things: it must only look at the state"
            return
        if terminated or truncated:
            excused = _vl(env).expert_error or _vl(env).expert_may_lose
            if not info.get("success") and not excused:
                yield (
                    "the expert ended the episode without success; where that is luck, set "
                    "expert_may_lose = True"
                )
            return
    yield f"the expert did not end the episode within {limit} turns"


def _pickling(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    env.reset(seed=seed)
    try:
        twin = pickle.loads(pickle.dumps(_vl(env)))  # noqa: S301 (our own bytes)
    except Exception as error:
        yield (
            f"cannot be pickled ({type(error).__name__}: {error}): keep functions, locks, open "
            "files and handles out of its attributes, or give their class __reduce__"
        )
        return
    difference = _difference(twin, list(_play(_vl(env))))
    if difference:
        yield f"a pickled and loaded environment goes on differently: {difference}"


def _state(env: gym.Env[Any, Any], seed: int) -> Iterator[str]:
    env.reset(seed=seed)
    vl = _vl(env)
    state = vl.get_state()
    episode = list(_play(vl))
    for time in ("once", "twice"):
        vl.set_state(state)
        difference = _difference(vl, episode)
        if difference:
            yield (
                f"after set_state() of one state, {time}, the same actions differ {difference}: "
                "keep all that changes in self.state, and see that copy.deepcopy copies it"
            )
            return


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
