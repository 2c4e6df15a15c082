"""Rollouts: whole episodes of a policy in a vector environment, as plain data."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count, repeat
from typing import Any, Protocol, cast

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from algorithms.guard import Guard, make_registered
from algorithms.watched_envs import WatchedEnvs
from policies.context import Context
from policies.policy import Generation, Policy
from vl_envs.core.env import Observation
from vl_envs.core.errors import unknown

MODES = ("sync", "async")


@dataclass
class Turn:
    """One observation, what was said to it, and what came of it."""

    observation: Observation
    generation: Generation
    reward: float = 0.0
    reward_terms: dict[str, float] = field(default_factory=dict)
    valid: bool = True


@dataclass
class Episode:
    """One episode from reset to its end.

    Attributes:
        seed: gives the same episode again; episodes of one seed are a group.
        task_id: names the task.
        turns: in order.
        terminated: it came to its own end.
        truncated: it was cut off before that, by a limit.
        success: judged by the environment, False where it did not say.
        env_error: what failed in the environment; such an episode must not be learned from.
        index: the task's number, where it was asked for by number.
        labels: what kind of task it is (name -> text), where the environment tells.
        final_observation: what was seen last.
        final_value: V of it where the episode was truncated, else 0.
        replays: how often it was played again because the environment had failed.
    """

    seed: int
    task_id: str = ""
    turns: list[Turn] = field(default_factory=list)
    terminated: bool = False
    truncated: bool = False
    success: bool = False
    env_error: str | None = None
    index: int | None = None
    labels: dict[str, str] = field(default_factory=dict)
    final_observation: Observation | None = None
    final_value: float = 0.0
    replays: int = 0

    @property
    def episode_return(self) -> float:
        """The undiscounted sum of rewards."""
        return sum(turn.reward for turn in self.turns)


def learnable(episodes: Iterable[Episode]) -> list[Episode]:
    """Leave out episodes in which the environment failed, or nothing was said."""
    return [episode for episode in episodes if episode.env_error is None and episode.turns]


def rollout_metrics(episodes: Sequence[Episode]) -> dict[str, float]:
    """Average return, success, share of valid turns, turns per episode; episodes cut or failed.

    ``rollout/replayed`` counts how often an episode was played again.
    """
    if not episodes:
        return {}
    turns = [turn for episode in episodes for turn in episode.turns]
    return {
        "rollout/return": float(np.mean([e.episode_return for e in episodes])),
        "rollout/success": float(np.mean([e.success for e in episodes])),
        "rollout/valid": float(np.mean([turn.valid for turn in turns])) if turns else 0.0,
        "rollout/length": len(turns) / len(episodes),
        "rollout/truncated": float(np.mean([e.truncated for e in episodes])),
        "rollout/env_error": float(np.mean([e.env_error is not None for e in episodes])),
        "rollout/replayed": float(sum(e.replays for e in episodes)),
    }


def make_envs(
    env_id: str,
    num_envs: int,
    vectorization_mode: str = "sync",
    *,
    step_timeout: float | None = 300.0,
    **kwargs: Any,
) -> VectorEnv[Any, Any, Any]:
    """Make a vector environment for `collect`: reset by hand, so that no episode is lost.

    An environment that raises is made anew, and its episode has an ``env_error``.

    Args:
        env_id: a registered id.
        num_envs: how many environments step side by side.
        vectorization_mode: ``sync`` (one process) or ``async`` (one process each: also one that
            hangs, or whose process is killed, is replaced).
        step_timeout: seconds after which an ``async`` environment counts as hung; None is never.
        kwargs: of the environment.
    """
    if vectorization_mode not in MODES:
        raise unknown("vectorization_mode", vectorization_mode, MODES)
    make = partial(Guard, partial(make_registered, find_spec(env_id), **kwargs))
    if vectorization_mode == "async":
        return WatchedEnvs([make] * num_envs, step_timeout)
    return SyncVectorEnv([make] * num_envs, autoreset_mode=AutoresetMode.DISABLED)


def find_spec(env_id: str) -> EnvSpec:
    """Find what is registered; ``module:id`` imports the module that registers it."""
    module, colon, name = env_id.rpartition(":")
    if colon:
        importlib.import_module(module)
    return gym.spec(name)


def collect(
    envs: VectorEnv[Any, Any, Any],
    policy: Policy,
    seeds: Iterable[int],
    *,
    indices: Iterable[int] | None = None,
    numbers: Iterable[int] | None = None,
    greedy: bool = False,
    history: int | None = None,
    turns: int | None = None,
    retries: int = 2,
    on_episode: Callable[[Episode], None] | None = None,
) -> list[Episode]:
    """Play one episode for every seed and return them in the order of ``seeds``.

    Each environment takes the next seed as soon as its episode is over, so all of them stay busy
    whatever the episodes' lengths.

    Args:
        envs: made by `make_envs`.
        policy: says what to do, for all waiting environments in one batch.
        seeds: one episode each; a seed that stands several times makes a group.
        indices: the tasks of these numbers, one a seed, from a source that counts its tasks.
        numbers: the episodes' own, which name their random streams, one a seed; None counts from 0.
            Processes that share the seeds of a rollout give those of the whole.
        greedy: the most likely answers instead of samples.
        history: how many past turns the policy sees; None is all.
        turns: begin no further episode once so many turns are played, but finish those begun, and
            groups of one seed; ``seeds`` may then be endless. None plays all seeds.
        retries: how often an episode in which the environment failed is played again, from the
            same seed and with the same draws; the last try stands. What failed leaves no trace but
            `Episode.replays`.
        on_episode: called with each episode when it is over and will not be played again.

    Raises:
        ValueError: the environment resets itself.
    """
    todo = _Queue(seeds, indices, numbers, turns)
    for ended in play(envs, policy, todo, greedy=greedy, history=history):
        for number, episode in ended:
            if episode.env_error is not None and episode.replays < retries:
                todo.again(number)
            elif on_episode:
                on_episode(episode)
    return todo.episodes


class Todo(Protocol):
    """What `play` takes its episodes from.

    Attributes:
        played: turns so far, counted by `play`.
    """

    played: int

    def next(self) -> tuple[int, Episode] | None:
        """Begin the next episode, and say its number; None if there is none to begin now."""
        ...


def play(
    envs: VectorEnv[Any, Any, Any],
    policy: Policy,
    todo: Todo,
    *,
    greedy: bool = False,
    history: int | None = None,
) -> Iterator[list[tuple[int, Episode]]]:
    """Play what there is to do; give, after every step, the episodes that it ended.

    Comes to its end when no episode is left to play on. Arguments and errors are those of
    `collect`, which is this loop with a list of seeds.

    Yields:
        The numbers and the episodes, mostly none.
    """
    if envs.metadata.get("autoreset_mode") is not AutoresetMode.DISABLED:
        raise ValueError("collect() resets by hand: make the envs with make_envs()")
    # Every slot is paused first: those that find no episode must not be stepped.
    observations, _ = envs.reset(options={Guard.PAUSE: True})
    slots: dict[int, _Slot] = {}
    paused = set(range(envs.num_envs))
    while True:
        free = [i for i in range(envs.num_envs) if i not in slots]
        begun = [(i, episode) for i in free if (episode := todo.next()) is not None]
        started = {
            i: _Slot(number, episode, Context(i, history, (episode.seed, number)))
            for i, (number, episode) in begun
        }
        if started:
            observations = _start(envs, started)
            slots |= started
        if not slots:
            return
        idle = {i for i in free if i not in started}
        if idle - paused:
            tired = _mask(envs, idle - paused)
            envs.reset(options={"reset_mask": tired, Guard.PAUSE: True})
        paused = idle
        for i, slot in slots.items():
            slot.context.observe(_observation(observations, i))
        generations = policy.act([slot.context for slot in slots.values()], greedy)
        observations = _step(envs, slots, generations)
        todo.played += len(slots)
        over = [i for i, slot in slots.items() if slot.episode.terminated or slot.episode.truncated]
        ended = [slots.pop(i) for i in over]
        _finish(policy, ended, observations)
        yield [(slot.number, slot.episode) for slot in ended]


class _Queue:
    """The episodes to play, one after another.

    Args:
        seeds, indices, numbers, turns: see `collect`.
    """

    def __init__(
        self,
        seeds: Iterable[int],
        indices: Iterable[int] | None,
        numbers: Iterable[int] | None,
        turns: int | None,
    ) -> None:
        # Strict where both end: a number too few or too many is the caller's mistake.
        pairs = zip(seeds, repeat(None) if indices is None else indices, strict=indices is not None)
        self._tasks = zip(
            pairs, count() if numbers is None else numbers, strict=numbers is not None
        )
        self._turns = turns
        self._failed: deque[int] = deque()
        self._places: dict[int, int] = {}  # of the numbers among the episodes
        self.played = 0
        self.episodes: list[Episode] = []

    def again(self, number: int) -> None:
        """Have the episode of this number played once more, as if it had never been begun."""
        place = self._places[number]
        failed = self.episodes[place]
        self.played -= len(failed.turns)
        self.episodes[place] = Episode(failed.seed, index=failed.index, replays=failed.replays + 1)
        self._failed.append(number)

    def next(self) -> tuple[int, Episode] | None:
        """Begin the next episode, and say its number; None if there is none to begin."""
        if self._failed:
            number = self._failed.popleft()
            return number, self.episodes[self._places[number]]
        task = next(self._tasks, None)
        if task is None:
            return None
        (seed, index), number = task
        whole = not self.episodes or self.episodes[-1].seed != seed
        if self._turns is not None and self.played >= self._turns and whole:
            self._tasks = iter(())  # type: ignore[assignment]
            return None
        self._places[number] = len(self.episodes)
        self.episodes.append(Episode(seed, index=index))
        return number, self.episodes[-1]


@dataclass
class _Slot:
    """A sub-environment at work on an episode."""

    number: int
    episode: Episode
    context: Context


def _mask(envs: VectorEnv[Any, Any, Any], indices: Iterable[int]) -> npt.NDArray[np.bool_]:
    mask = np.zeros(envs.num_envs, np.bool_)
    mask[list(indices)] = True
    return mask


def _start(envs: VectorEnv[Any, Any, Any], slots: dict[int, _Slot]) -> Any:
    """Reset the environments of new slots, each to its episode's task."""
    indices = {slot.episode.index for slot in slots.values()}
    if indices == {None}:
        return _reset(envs, slots, {})
    # An option goes to all environments of one reset, so each number needs a reset of its own.
    for i, slot in slots.items():
        observations = _reset(envs, {i: slot}, {"index": slot.episode.index})
    return observations


def _reset(envs: VectorEnv[Any, Any, Any], slots: dict[int, _Slot], options: dict[str, Any]) -> Any:
    seeds: list[int | None] = [None] * envs.num_envs
    for i, slot in slots.items():
        seeds[i] = slot.episode.seed
    # Both of Gymnasium's vector environments take a list of seeds; only the base class says int.
    observations, infos = envs.reset(
        seed=cast("int", seeds), options={**options, "reset_mask": _mask(envs, slots)}
    )
    for i, slot in slots.items():
        slot.episode.task_id = str(_info(infos, "task_id", i, ""))
        slot.episode.env_error = _info(infos, "env_error", i, None)
        labels = _info(infos, "labels", i, {})
        own = [name for name in labels if f"_{name}" in labels and labels[f"_{name}"][i]]
        slot.episode.labels = {name: str(labels[name][i]) for name in own}
    return observations


def _step(
    envs: VectorEnv[Any, Any, Any], slots: dict[int, _Slot], generations: Sequence[Generation]
) -> Any:
    """Say the generations to their environments and record the turns."""
    actions = [""] * envs.num_envs
    for slot, generation in zip(slots.values(), generations, strict=True):
        actions[slot.context.index] = generation.text
    observations, rewards, terminated, truncated, infos = envs.step(tuple(actions))
    for (i, slot), generation in zip(slots.items(), generations, strict=True):
        slot.context.answer(generation)
        episode = slot.episode
        terms = _info(infos, "reward_terms", i, {})
        own = [name for name in terms if f"_{name}" in terms and terms[f"_{name}"][i]]
        episode.turns.append(
            Turn(
                observation=slot.context.observations[-1],
                generation=generation,
                reward=float(rewards[i]),
                reward_terms={name: float(terms[name][i]) for name in own},
                valid=bool(_info(infos, "valid", i, True)),
            )
        )
        episode.terminated = bool(terminated[i])
        # A time limit cuts off even what ends by itself in the last turn: that is no truncation.
        episode.truncated = bool(truncated[i]) and not episode.terminated
        episode.success = bool(_info(infos, "success", i, False))
        episode.env_error = _info(infos, "env_error", i, episode.env_error)
    return observations


def _finish(policy: Policy, ended: Sequence[_Slot], observations: Any) -> None:
    """Keep the last observation; bootstrap the value of episodes that were cut off."""
    for slot in ended:
        slot.context.observe(_observation(observations, slot.context.index))
        slot.episode.final_observation = slot.context.observations[-1]
    cut = [slot for slot in ended if not slot.episode.terminated]
    if cut and hasattr(policy, "values"):
        for slot, value in zip(cut, policy.values([s.context for s in cut]), strict=True):
            slot.episode.final_value = float(value)


def _observation(observations: Any, index: int) -> Observation:
    # A copy, for a view would keep the pictures of all environments alive with it.
    return {"image": observations["image"][index].copy(), "text": observations["text"][index]}


def _info(infos: dict[str, Any], key: str, index: int, default: Any) -> Any:
    """Read one environment's entry of a vector environment's infos."""
    if not infos.get(f"_{key}", _NOWHERE)[index]:
        return default
    return infos[key] if isinstance(infos[key], dict) else infos[key][index]


class _Nowhere:
    def __getitem__(self, index: int) -> bool:
        return False


_NOWHERE = _Nowhere()
