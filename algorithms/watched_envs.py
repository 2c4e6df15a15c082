"""Environments in processes of their own, each under a watchdog.

Gymnasium's ``AsyncVectorEnv`` waits for ever for an environment that hangs, and is lost when one of
its processes dies. Here either is replaced, and only its own episode ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from multiprocessing import util
from multiprocessing.connection import Connection, wait
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import (
    CloudpickleWrapper,
    batch_space,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

from algorithms.guard import MAKES, blank

Step = tuple[float, bool, bool, dict[str, Any]]
_CLOSING_SECONDS = 5.0
_RESET, _STEP, _CALL, _CLOSE = "reset", "step", "call", "close"


class WatchedEnvs(VectorEnv[Any, Any, Any]):
    """A vector environment, reset by hand, whose processes may die or hang.

    A process that died, or does not answer in time, is killed and replaced by a fresh one. Its
    episode ends (truncated, reward 0) with what happened in ``info["env_error"]``. Observations
    come through shared memory; what a killed process may have left there half-written is blanked.
    Nothing that processes share is ever locked, so a dead one holds nothing back. A process whose
    parent died ends by itself.

    The processes are started by a server process that has neither threads nor a graphics context
    (``forkserver``; ``spawn`` where there is none). So a script that makes such a vector needs the
    usual ``if __name__ == "__main__":``.

    Args:
        env_fns: make the environments: all of the same spaces, and each one a `Guard`.
        timeout: seconds that an environment may take for a step or reset, its making included where
            it is new; None waits for ever.

    Raises:
        RuntimeError: from `reset`, `step` and `call`: an environment failed `guard.MAKES` times in
            a row before it answered anything.
    """

    def __init__(
        self, env_fns: Sequence[Callable[[], gym.Env[Any, Any]]], timeout: float | None = 300.0
    ) -> None:
        if timeout is not None and timeout <= 0:
            raise ValueError(f"timeout must be above 0 seconds, or None, got {timeout}")
        self.num_envs, self.timeout, self._env_fns = len(env_fns), timeout, env_fns
        env = env_fns[0]()  # mistakes in its options are told here
        self.metadata = {**env.metadata, "autoreset_mode": AutoresetMode.DISABLED}
        self.render_mode = env.render_mode
        self.single_action_space = env.action_space
        self.single_observation_space = env.observation_space
        env.close()
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        methods = multiprocessing.get_all_start_methods()
        self._context: Any
        self._context = multiprocessing.get_context(
            "forkserver" if "forkserver" in methods else "spawn"
        )
        if "forkserver" in methods:  # imported once for all processes
            self._context.set_forkserver_preload(["__main__", __name__])
        space = self.single_observation_space
        self._memory: Any = create_shared_memory(space, self.num_envs, self._context)
        self._observations = read_from_shared_memory(space, self._memory, self.num_envs)
        self._broken: dict[int, str] = {}  # environment -> what failed, until its next reset
        self._asked = 0
        self._failures = [0] * self.num_envs
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        for index in range(self.num_envs):
            pipe, process = self._started(index)
            self._pipes.append(pipe)
            self._processes.append(process)
        # Before multiprocessing's own tidying, which would wait for processes that wait for us.
        self._killer = util.Finalize(self, _kill, args=(self._processes,), exitpriority=10)

    # What every vector environment does.

    def reset(
        self,
        *,
        seed: int | list[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Reset the environments that ``options["reset_mask"]`` marks, or all."""
        if seed is None or isinstance(seed, int):
            seed = [None if seed is None else seed + i for i in range(self.num_envs)]
        passed = dict(options or {})
        mask = passed.pop("reset_mask", np.ones(self.num_envs, np.bool_))
        chosen = [i for i in range(self.num_envs) if mask[i]]
        for i in chosen:
            self._broken.pop(i, None)
        asked = {i: (seed[i], passed or None) for i in chosen}
        infos: dict[str, Any] = {}
        answers = self._ask(_RESET, asked)
        for i in chosen:
            info = {"env_error": self._broken[i]} if i in self._broken else answers[i]
            infos = self._add_info(infos, info, i)
        return deepcopy(self._observations), infos

    def step(
        self, actions: Sequence[Any]
    ) -> tuple[
        Any,
        npt.NDArray[np.float64],
        npt.NDArray[np.bool_],
        npt.NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Step all environments; those that failed end their episodes."""
        asked = {i: action for i, action in enumerate(actions) if i not in self._broken}
        answers: dict[int, Step] = self._ask(_STEP, asked)
        rewards = np.zeros(self.num_envs)
        terminated, truncated = np.zeros((2, self.num_envs), np.bool_)
        infos: dict[str, Any] = {}
        for i in range(self.num_envs):
            if i in self._broken:
                answers[i] = (0.0, False, True, {"env_error": self._broken[i]})
            rewards[i], terminated[i], truncated[i], info = answers[i]
            infos = self._add_info(infos, info, i)
        return deepcopy(self._observations), rewards, terminated, truncated, infos

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Call a method of each environment, or read an attribute.

        Where an environment fails at it, the fresh one is asked; None if that fails too.
        """
        asked = dict.fromkeys(range(self.num_envs), (name, args, kwargs))
        answers = self._ask(_CALL, asked)
        answers |= self._ask(_CALL, {i: asked[i] for i in asked if i not in answers})
        return tuple(answers.get(i) for i in range(self.num_envs))

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Read an attribute of each environment."""
        return self.call(name)

    def close_extras(self, **kwargs: Any) -> None:
        """End the processes; those that do not end by themselves are killed."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send((0, _CLOSE, None))
        deadline = time.monotonic() + _CLOSING_SECONDS
        for process in self._processes:
            process.join(max(0.0, deadline - time.monotonic()))
        self._killer()
        for pipe in self._pipes:
            pipe.close()

    # The watchdog.

    def _ask(self, command: str, asked: dict[int, Any]) -> dict[int, Any]:
        """Send a command to environments and gather their answers; none from those that failed."""
        self._asked += 1
        waiting: dict[Connection, int] = {}
        for i, data in asked.items():
            try:
                self._pipes[i].send((self._asked, command, data))
                waiting[self._pipes[i]] = i
            except OSError:
                self._replace(i, self._death(i))
        answers: dict[int, Any] = {}
        mistakes: list[Exception] = []
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        while waiting:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = wait(list(waiting), left)
            if not ready:
                for i in waiting.values():
                    self._replace(i, f"no answer within {self.timeout:g} s")
                break
            for pipe in ready:
                assert isinstance(pipe, Connection)
                i = waiting[pipe]
                try:
                    number, answer, mistake = pipe.recv()
                except (EOFError, OSError):
                    del waiting[pipe]
                    self._replace(i, self._death(i))
                    continue
                if number < self._asked:  # to a question that Ctrl-C cut off
                    continue
                del waiting[pipe]
                self._failures[i] = 0
                if mistake is None:
                    answers[i] = answer
                else:
                    mistakes.append(mistake)
        if mistakes:
            raise mistakes[0]
        return answers

    def _death(self, index: int) -> str:
        self._processes[index].join(_CLOSING_SECONDS)
        return f"the environment's process died (exit code {self._processes[index].exitcode})"

    def _replace(self, index: int, error: str) -> None:
        """Kill an environment's process and start a fresh one; its episode is over."""
        _kill([self._processes[index]])
        self._pipes[index].close()
        self._failures[index] += 1
        if self._failures[index] > MAKES:
            raise RuntimeError(
                f"environment {index} failed {self._failures[index]} times in a row without "
                f"answering once; the last time: {error}"
            )
        space = self.single_observation_space
        write_to_shared_memory(space, index, blank(space), self._memory)
        self._broken[index] = error
        self._pipes[index], self._processes[index] = self._started(index)

    def _started(self, index: int) -> tuple[Connection, Any]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve,
            args=(
                index,
                CloudpickleWrapper(self._env_fns[index]),
                theirs,
                self.single_observation_space,
                self._memory,
            ),
            name=f"environment-{index}",
            daemon=True,
        )
        process.start()
        theirs.close()
        return ours, process


def _kill(processes: Sequence[Any]) -> None:
    for process in processes:
        if process.is_alive():
            process.kill()
            process.join()


def _serve(
    index: int, make: Callable[[], gym.Env[Any, Any]], pipe: Connection, space: Any, memory: Any
) -> None:
    """Serve one environment to the vector at the other end of ``pipe``, until that is gone."""
    # A signal to all processes of a run is meant for the trainer, which may need us to the end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    env = make()
    while True:
        try:
            number, command, data = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # nobody is left to answer to
        answer: Any = None
        try:
            if command == _RESET:
                observation, answer = env.reset(seed=data[0], options=data[1])
                write_to_shared_memory(space, index, observation, memory)
            elif command == _STEP:
                observation, *answer = env.step(data)
                write_to_shared_memory(space, index, observation, memory)
            elif command == _CALL:
                name, arguments, keywords = data
                found = env.get_wrapper_attr(name)
                answer = found(*arguments, **keywords) if callable(found) else found
            else:
                env.close()
                return
            reply = pickle.dumps((number, answer, None))
        except Exception as error:  # a mistake of the caller's: `Guard` lets no other through
            reply = pickle.dumps((number, None, _portable(error)))
        try:
            pipe.send_bytes(reply)
        except OSError:
            os._exit(0)


def _portable(error: Exception) -> Exception:
    """Give an exception that is sure to cross to another process: ``error``, or one quoting it."""
    if type(error).__module__ in ("builtins", gym.error.__name__):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
