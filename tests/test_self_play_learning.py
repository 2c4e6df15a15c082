"""The self-play experiment in miniature: exact exploitability, and a policy that becomes better."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from benchmarks import self_play_figure, self_play_learning
from benchmarks.self_play_learning import WORLDS, Method, Options, main
from benchmarks.self_play_measures import exploitability, losses
from policies.context import NEWEST
from policies.tiny import tiny_policy
from vl_envs.games.env import GameEnv

torch.set_num_threads(1)


def test_exploitability_is_that_of_the_policys_strategy() -> None:
    """An untrained policy says anything; what it says of the two moves is a strategy."""
    world = WORLDS["kuhn_poker"]
    env = GameEnv("kuhn_poker", **world.kwargs())
    policy = tiny_policy(env.vocabulary(), world.image_size, env.parser, max_new_tokens=6)
    found = exploitability([policy], world.kwargs())
    assert 0.05 < found["exploitability"] < 1.5 and found["legal"] < 0.5


def test_losses_are_those_of_matches() -> None:
    """What is worked out for a policy that hardly knows its moves is what it comes to in play."""
    world = dataclasses.replace(WORLDS["tic_tac_toe"], image_size=24, grid=2)
    policy = self_play_learning._imitate(Options(scale=0.2), world, None)
    found = losses([policy], world.kwargs())
    envs = make_envs(world.env, 32, **world.kwargs())
    lost = {
        mode: 1 - evaluate(envs, policy, 400, greedy=mode == "greedy", history=NEWEST).success
        for mode in ("sampled", "greedy")
    }
    assert 0.3 < found["lost, sampled"] < 1
    scatter = 3 * np.sqrt(found["lost, sampled"] * (1 - found["lost, sampled"]) / 400)
    assert abs(lost["sampled"] - found["lost, sampled"]) < scatter + 0.02
    assert lost["greedy"] < found["lost, greedy"] + 0.08, (
        "a wrong answer is counted as lost at once"
    )


def test_poker_is_learned_by_playing_oneself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From random play, in some seconds: a best response wins much less of it."""
    kept: dict[str, Any] = {}
    world = dataclasses.replace(WORLDS["kuhn_poker"], methods={"VL-DAC": Method()}, turns=512)
    monkeypatch.setitem(WORLDS, "kuhn_poker", world)
    monkeypatch.setattr(
        self_play_learning, "write_result", lambda path, options, result: kept.update(result)
    )
    options = Options(seeds=(0,), games=("kuhn_poker",), out=tmp_path, scale=0.12)
    found = main(options)["runs"]["kuhn_poker"]
    before, after = (found[name][0]["final"] for name in ("cold start", "VL-DAC"))
    assert before["exploitability"] > 0.3
    assert after["exploitability"] < 0.75 * before["exploitability"] and after["legal"] > 0.9
    assert not kept, "a part of the runs writes no result"
    assert main(options)["runs"]["kuhn_poker"] == found, "what is finished is read back"


def test_a_figure_is_drawn_of_what_was_found(tmp_path: Path) -> None:
    """One panel a game."""
    run = {"final": {"exploitability": 0.1}, "turns": 10, "valid": 1.0, "minutes": 0.1}
    curve = [{"turns": 0, "exploitability": 0.4}, {"turns": 10, "exploitability": 0.1}]
    found = {"kuhn_poker": {"cold start": [run], "VL-DAC": [{**run, "curve": curve}]}}
    self_play_figure.draw(found, tmp_path / "learning.png")
    assert (tmp_path / "learning.png").stat().st_size > 5000
    assert self_play_figure.rows(found)[1]["mean [95%, seeds]"] == "0.100 [0.100, 0.100]"
