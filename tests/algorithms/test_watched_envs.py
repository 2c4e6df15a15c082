"""Environments in processes of their own: those that die or hang are replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from algorithms.guard import MAKES
from algorithms.rollout import Episode, collect, learnable, make_envs, rollout_metrics
from algorithms.sft import Demonstrator
from algorithms.watched_envs import WatchedEnvs
from policies.context import Context
from policies.scripted import ExpertPolicy
from tests.faulty import FAULTY, order
from tests.toys import COLOUR, cloned_policy, toy_policy

ROOT = Path(__file__).resolve().parents[2]
PATIENT = 60.0
"""Seconds that a process may take on a busy machine."""


def watched(number: int, orders: str, timeout: float = PATIENT) -> WatchedEnvs:
    """Make faulty toys in processes of their own."""
    envs = make_envs(FAULTY, number, "async", step_timeout=timeout, orders=orders)
    assert isinstance(envs, WatchedEnvs)
    return envs


def processes(envs: WatchedEnvs) -> list[int]:
    """Ask the environments for their processes."""
    return [process.pid for process in envs._processes]


def told(episodes: Sequence[Episode]) -> list[Any]:
    """Write down what was said, seen and earned."""
    return [
        [(t.generation.text, t.reward, t.observation["image"].tobytes()) for t in e.turns]
        for e in episodes
    ]


@pytest.mark.parametrize(
    "orders",
    [
        ("die-step",),
        ("die-reset",),
        ("die-expert",),
        ("raise-step", "die-step", "die-step", "raise-reset"),
    ],
)
def test_failures_leave_no_trace(tmp_path: Path, orders: tuple[str, ...]) -> None:
    """What failed is played again: the same episodes as without any failure, each once."""
    policy = cloned_policy(4)

    def played(*failures: str) -> list[Episode]:
        with closing(watched(3, order(tmp_path, *failures))) as envs:
            policy.seed(5)
            episodes = collect(envs, policy, [1, 2, 2, 3, 4, 5, 6], retries=len(orders))
            shown = collect(envs, Demonstrator(policy, envs), range(4))
        assert all(e.success for e in shown)
        return episodes + shown

    straight, failed = played(), played(*orders)
    assert not list(tmp_path.iterdir())
    assert told(failed) == told(straight)
    assert [e.env_error for e in failed] == [None] * 11
    assert [e.seed for e in failed] == [e.seed for e in straight]
    assert 1 <= rollout_metrics(failed)["rollout/replayed"] <= len(orders)
    assert rollout_metrics(straight)["rollout/replayed"] == 0


def test_one_that_hangs_is_replaced(tmp_path: Path) -> None:
    """It has so many seconds, then its process is another; the others' stay."""
    with closing(watched(2, order(tmp_path), timeout=8.0)) as envs:
        before = processes(envs)
        envs.reset(seed=[1, 2])
        order(tmp_path, "hang-step")
        observations, rewards, terminated, truncated, infos = envs.step(["<look></look>"] * 2)
        (hung,) = np.flatnonzero(truncated)
        assert infos["env_error"][hung] == "no answer within 8 s"
        assert infos["_env_error"].sum() == 1
        assert not observations["image"][hung].any() and observations["text"][hung] == ""
        assert observations["text"][1 - hung] == "it is dark now ."
        assert not terminated.any() and not rewards.any()
        now = processes(envs)
        assert now[hung] != before[hung] and now[1 - hung] == before[1 - hung]
        assert envs.step(["<look></look>"] * 2)[3][hung]  # until it is reset
        mask = np.arange(2) == hung
        observations, _ = envs.reset(seed=[1, 2], options={"reset_mask": mask})
        assert observations["text"][hung] == "which colour ?"


def test_what_was_killed_while_idle_is_replaced(tmp_path: Path) -> None:
    """Between two commands, all at once."""
    with closing(watched(3, order(tmp_path))) as envs:
        envs.reset(seed=1)
        for pid in processes(envs):
            os.kill(pid, signal.SIGKILL)
        _, _, _, truncated, infos = envs.step([""] * 3)
        assert truncated.all()
        assert infos["env_error"][0] == "the environment's process died (exit code -9)"
        episodes = collect(envs, ExpertPolicy(envs), range(5))
        assert all(episode.success for episode in episodes)


def test_tries_come_to_an_end(tmp_path: Path) -> None:
    """An episode whose last try fails is kept, and is not learned from."""
    with closing(watched(1, order(tmp_path, *["die-step"] * 3))) as envs:
        (episode,) = collect(envs, ExpertPolicy(envs), [3], retries=1)
        assert episode.env_error and "died" in episode.env_error
        assert (episode.seed, episode.replays, len(episode.turns)) == (3, 1, 1)
        assert learnable([episode]) == []
        policy = toy_policy()
        (episode,) = collect(envs, policy, [3], retries=1)
        assert (episode.env_error, episode.replays) == (None, 1)


def test_what_never_answers_is_given_up(tmp_path: Path) -> None:
    """A process that dies at its start, again and again, is an error that says so."""
    envs = watched(1, order(tmp_path))
    envs.reset(seed=1)
    order(tmp_path, "die-step", *["die-make"] * (MAKES + 1))
    envs.step([""])
    with pytest.raises(RuntimeError, match="environment 0 failed 4 times in a row"):
        for _ in range(MAKES + 1):
            envs.reset(seed=1)
    envs.close()


def test_mistakes_of_the_caller_are_raised() -> None:
    """As in one process, whatever the environment; and the vector stays usable."""
    with closing(make_envs("VLTool/MatSearchSmall-v0", 2, "async")) as envs:
        with pytest.raises(ValueError, match="index"):
            envs.reset(seed=1, options={"index": -3})
        with pytest.raises(AttributeError, match="no_such_thing"):
            envs.call("no_such_thing")  # type: ignore[attr-defined]
        assert envs.get_attr("num_tasks") == (0, 0)  # type: ignore[attr-defined]
        assert "env_error" not in envs.reset(seed=1)[1]
    with pytest.raises(TypeError, match="no_such_option"):
        make_envs(COLOUR, 2, "async", no_such_option=1)
    with pytest.raises(ValueError, match="timeout must be above 0"):
        make_envs(COLOUR, 2, "async", step_timeout=0)
    with pytest.raises(ValueError, match=r"vectorization_mode.*asinc"):
        make_envs(COLOUR, 2, "asinc")


def test_an_answer_to_what_was_cut_off_is_not_taken_for_another(tmp_path: Path) -> None:
    """Ctrl-C while environments step: their late answers do not come in the next reset."""
    with closing(watched(2, order(tmp_path))) as envs:
        envs.reset(seed=[1, 2])
        for pipe in envs._pipes:  # as when Ctrl-C comes before any answer
            envs._asked += 1
            pipe.send((envs._asked, "step", "<look></look>"))
        observations, infos = envs.reset(seed=[3, 4])
        assert observations["text"] == ("which colour ?",) * 2
        assert infos["_task_id"].all()


class Interrupts(ExpertPolicy):
    """Is interrupted at its second turn."""

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Any]:
        """Act once."""
        if contexts[0].generations:
            raise KeyboardInterrupt
        return super().act(contexts)


def test_a_vector_can_be_used_after_an_interruption(tmp_path: Path) -> None:
    """Episodes that were cut off leave nothing behind."""
    with closing(watched(2, order(tmp_path))) as envs:
        with pytest.raises(KeyboardInterrupt):
            collect(envs, Interrupts(envs), range(4))
        assert all(e.success for e in collect(envs, ExpertPolicy(envs), range(4)))


ORPHANS = """
import time
from algorithms.rollout import make_envs
if __name__ == "__main__":
    envs = make_envs("VLTool/MatSearchSmall-v0", 3, "async")
    envs.reset(seed=1)
    print(*(process.pid for process in envs._processes), flush=True)
    {then}
"""


@pytest.mark.parametrize("then", ["time.sleep(1000)", "pass", "raise SystemExit(3)"])
def test_no_process_outlives_its_parent(tmp_path: Path, then: str) -> None:
    """Neither one that was killed, nor one that forgot to close its environments."""
    script = tmp_path / "script.py"
    script.write_text(ORPHANS.format(then=then))
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    pids = [int(word) for word in parent.stdout.readline().split()]
    assert len(pids) == 3
    if "sleep" in then:
        parent.kill()
    parent.wait(PATIENT)
    deadline = time.monotonic() + PATIENT
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
