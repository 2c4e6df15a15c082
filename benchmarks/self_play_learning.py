"""What a tiny model learns in games: Kuhn poker, tic-tac-toe, Coin Dilemma; three seeds each.

    python -m benchmarks.self_play_learning                                  # all of it
    python -m benchmarks.self_play_learning --games kuhn_poker --seeds 0 1   # a part of the runs

A tiny model first imitates bad players: one that moves at random, and among coins, for half of the
turns, one that takes its own and one that takes any, both careless. That checkpoint is where every
method and every seed begins. Poker is then learned in self-play, tic-tac-toe against a perfect
player, coins by two policies that learn beside each other, one in each seat. What is finished is
read back; the call with all games writes benchmarks/results/self_play_learning.json and draws
docs/games/learning.png.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.evaluate import EVALUATION_SEEDS
from algorithms.files import write_atomically
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import collect, make_envs, rollout_metrics
from algorithms.run_log import RunLog
from algorithms.self_play import SelfPlay, play
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.train import Algorithm, TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from benchmarks.record import write_result
from benchmarks.self_play_figure import draw, rows
from benchmarks.self_play_measures import MEASURES, players_coins
from policies.context import NEWEST
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy
from vl_envs.games.zoo import aec

RESULT = Path("benchmarks/results/self_play_learning.json")
FIGURE = Path("docs/games/learning.png")
ENVS, GROUP = 32, 8
LONGEST = 6
"""Tokens of the longest answer."""
MATCHES = 40
"""Held-out matches of an evaluation on the way."""


@dataclass(frozen=True)
class Method:
    """How is learned.

    Attributes:
        kind: ``vl_dac`` or ``grpo``.
        reward: in self-play, what a seat is paid: ``own``, or ``team``, what both are paid.
    """

    kind: str = "vl_dac"
    reward: str = "own"


@dataclass(frozen=True)
class World:
    """A game, its bad player, and how it is learned.

    Attributes:
        env: the id of one seat of it, for demonstrations.
        image_size, grid: side of the pictures, and how many patches a side has.
        careless: share of the demonstrated matches that are played at random.
        experts: who play the others, each for as many turns.
        demonstrations: turns that are imitated.
        passes: over them.
        budget: turns of a training.
        turns: of an update.
        options: of both methods.
        only: of one of them.
        methods: by name.
        final: held-out matches at the end.
        two: whether each seat has a policy of its own.
        beside: players of the game that are measured, too.
        stop_gradient: whether the critic only reads what the policy sees, as in VL-DAC.
    """

    env: str
    methods: Mapping[str, Method]
    image_size: int = 64
    grid: int = 4
    careless: float = 1.0
    experts: tuple[str, ...] = ("random",)
    demonstrations: int = 4000
    passes: int = 8
    budget: int = 200_000
    turns: int = 2048
    options: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    final: int = 1000
    two: bool = False
    beside: tuple[str, ...] = ()
    stop_gradient: bool = True

    def kwargs(self) -> dict[str, Any]:
        """Give the options of the environments."""
        return {
            "image_size": self.image_size,
            "dialect": "arft",
            "thought": False,
            "prompt": "brief",
        }


WORLDS: dict[str, World] = {
    # The reference of the KL term plays at random: it holds the policy off pure strategies, which
    # is what lets self-play settle (Sokota et al. 2023, "A unified approach to reinforcement
    # learning, quantal response equilibria, and two-player zero-sum games").
    "kuhn_poker": World(
        "VLGames/KuhnPoker-v0",
        {"VL-DAC": Method(), "GRPO": Method("grpo")},
        budget=120_000,
        options={"kl_weight": 0.2, "minibatch": 512},
    ),
    "tic_tac_toe": World(
        "VLGames/TicTacToe-v0",
        {"VL-DAC": Method()},
        image_size=48,
        budget=700_000,
        turns=1024,
        # Which move loses is what the critic has to tell, and the better it can the sooner rare
        # positions are learned: it may shape what is seen.
        options={"kl_weight": 0.02},
        only={"vl_dac": {"lam": 0.8, "value_weight": 0.5}},
        stop_gradient=False,
    ),
    "coin_dilemma": World(
        "VLGames/CoinDilemma-v0",
        {"VL-DAC, own pay": Method(), "VL-DAC, both's pay": Method(reward="team")},
        grid=8,
        careless=0.3,
        experts=("own", "selfish"),
        demonstrations=8000,
        passes=6,
        budget=48_000,
        turns=1600,
        options={"kl_weight": 0.01, "learning_rate": 1e-3},
        only={"vl_dac": {"gamma": 0.8, "lam": 0.9}},
        final=200,
        two=True,
        beside=("random", "selfish", "own"),
    ),
}


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of the trainings; the cold start is the same for all.
        games: of `WORLDS`; the result is written by the call that names all.
        methods: only those of these names; empty is all.
        out: folder of the runs.
        scale: share of all budgets, for trying it out.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    games: tuple[str, ...] = tuple(WORLDS)
    methods: tuple[str, ...] = ()
    out: Path = Path("outputs/self_play_learning")
    scale: float = 1.0


def main(options: Options) -> dict[str, Any]:
    """Run what is missing; return the numbers, and write them where all games are named."""
    torch.set_num_threads(1)
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for game in options.games:
        start = cold_start(options, game)
        runs = found.setdefault(game, {"cold start": [start]})
        for player in WORLDS[game].beside:
            counted = players_coins(player, WORLDS[game].final, EVALUATION_SEEDS)
            runs[f"the player {player}"] = [{"final": counted}]
        for seed in options.seeds:
            for name in WORLDS[game].methods:
                if options.methods and name not in options.methods:
                    continue
                runs.setdefault(name, []).append(run(options, game, name, seed))
                print(game, name, seed, runs[name][-1]["final"], flush=True)
    result = {"rows": rows(found), "runs": found}
    if set(options.games) == set(WORLDS) and not options.methods:
        write_result(RESULT, options, result)
        draw(found, FIGURE)
    return result


def cold_start(options: Options, game: str) -> dict[str, Any]:
    """Imitate the bad players; return what the policies that are saved then can do."""
    world, folder = WORLDS[game], options.out / game / "cold"
    if (folder / "cold.json").is_file():
        read: dict[str, Any] = json.loads((folder / "cold.json").read_text())
        return read
    policies = [_imitate(options, world, seat) for seat in ((0, 1) if world.two else (None,))]
    for number, policy in enumerate(policies):
        policy.save(folder / str(number))
    record = {"final": MEASURES[game](policies, world.kwargs(), world.final, EVALUATION_SEEDS)}
    print(game, "cold start", record, flush=True)
    write_atomically(folder / "cold.json", json.dumps(record).encode())
    return record


def _imitate(options: Options, world: World, seat: int | None) -> VLMPolicy:
    """Imitate the bad players of a seat, or of both."""
    kwargs: dict[str, Any] = {
        **world.kwargs(),
        "opponent": "random",
        "expert_error": world.careless,
    }
    if seat is not None:
        kwargs["seat"] = seat
    with closing(gym.make(world.env, **kwargs)) as env:
        one: Any = env.unwrapped
        policy = tiny_policy(
            one.vocabulary(),
            world.image_size,
            one.parser,
            max_new_tokens=LONGEST,
            grid=world.grid,
            vision_layers=1,
        )
    rng, shown = np.random.default_rng(0), []
    turns = round(options.scale * world.demonstrations / len(world.experts))
    for expert in world.experts:
        with closing(make_envs(world.env, ENVS, expert=expert, **kwargs)) as envs:
            seeds = iter(rng.integers(EVALUATION_SEEDS, size=10**5).tolist())
            shown += collect(envs, Demonstrator(policy, envs), seeds, history=NEWEST, turns=turns)
    length = np.mean([len(episode.turns) for episode in shown])
    config = SFTConfig(learning_rate=1e-3, warmup=1, minibatch=max(1, round(64 / length)))
    sft = SFT(policy, config, world.passes)
    for _ in range(world.passes):
        sft.update(shown)
    return policy


def run(options: Options, game: str, name: str, seed: int) -> dict[str, Any]:
    """Train once from the cold start; return curve and final numbers, read back if finished."""
    world, method = WORLDS[game], WORLDS[game].methods[name]
    folder = options.out / game / name.replace(" ", "_") / str(seed)
    if (folder / "result.json").is_file():
        read: dict[str, Any] = json.loads((folder / "result.json").read_text())
        return read
    with closing(gym.make(world.env, **world.kwargs())) as env:
        parser = env.unwrapped.parser  # type: ignore[attr-defined]
    policies = [
        VLMPolicy.load(
            path, parser=parser, max_new_tokens=LONGEST, stop_gradient=world.stop_gradient
        )
        for path in sorted((options.out / game / "cold").iterdir())
        if path.is_dir()
    ]
    budget = max(4 * world.turns, round(options.scale * world.budget))
    with RunLog(folder, quiet=True) as log:
        learn = _two if world.two else _one
        learn(game, method, policies, budget, seed, log, folder)
        records: list[Any] = [record for record in log.records() if "update" in record]
    for number, policy in enumerate(policies):
        policy.save(folder / "policies" / str(number))
    tested = [r for r in records if any(key.startswith("eval/") for key in r)]
    trained = [r for r in records if "time/rollout" in r]
    result = {
        "curve": [
            {"turns": r["turns"], **{k[5:]: v for k, v in r.items() if k.startswith("eval/")}}
            for r in tested
        ],
        "final": MEASURES[game](policies, world.kwargs(), world.final, EVALUATION_SEEDS),
        "turns": trained[-1]["turns"],
        "valid": float(np.mean([r["rollout/valid"] for r in trained[-5:]])),
        "minutes": sum(r["time/rollout"] + r["time/update"] for r in trained) / 60,
    }
    write_atomically(folder / "result.json", json.dumps(result).encode())
    return result


def _evaluation(game: str, policies: Sequence[VLMPolicy]) -> dict[str, float]:
    kwargs = WORLDS[game].kwargs()
    found = MEASURES[game](policies, kwargs, MATCHES, EVALUATION_SEEDS + 10**6)
    return {f"eval/{key}": value for key, value in found.items()}


def _one(
    game: str,
    method: Method,
    policies: Sequence[VLMPolicy],
    budget: int,
    seed: int,
    log: RunLog,
    folder: Path,
) -> None:
    """Train one policy, for both seats."""
    world = WORLDS[game]
    updates = budget // world.turns
    plan = TrainConfig(
        updates=10 * updates,
        turns=world.turns,
        budget=budget,
        group=GROUP if method.kind == "grpo" else 1,
        history=NEWEST,
        evaluate_every=max(1, updates // 12),
        checkpoint_every=10,
        seed=seed,
    )
    algorithm = _begin(world, method, policies[0], updates, seed)
    with closing(_envs(world, game, method)) as envs:
        evaluation = partial(_evaluation, game, policies)
        train(algorithm, envs, folder / "train", plan, log=log, evaluation=evaluation)


def _two(
    game: str,
    method: Method,
    policies: Sequence[VLMPolicy],
    budget: int,
    seed: int,
    log: RunLog,
    folder: Path,
) -> None:
    """Train two policies beside each other: each learns from its seat of the same matches."""
    world = WORLDS[game]
    updates = budget // world.turns
    kwargs = {**world.kwargs(), "invalid_penalty": 0.5}
    envs = [aec(game)(reward=method.reward, **kwargs) for _ in range(ENVS)]
    learners = [_begin(world, method, policy, updates, seed) for policy in policies]
    turns, count = 0, max(1, world.turns // 100)
    log.write({"stage": "two", "update": 0, "turns": 0, **_evaluation(game, policies)})
    for update in range(updates):
        began = time.perf_counter()
        rng = np.random.default_rng([seed, update])
        for policy in policies:
            policy.seed(int(rng.integers(2**62)))
        seeds = rng.integers(EVALUATION_SEEDS, size=count).tolist()
        matches = play(envs, [(each, policies) for each in seeds], history=NEWEST)
        played = time.perf_counter()
        for seat, learner in enumerate(learners):
            learner.update([match[seat] for match in matches])
        episodes = [episode for match in matches for episode in match]
        turns += sum(len(episode.turns) for episode in episodes)
        record: dict[str, Any] = {
            "stage": "two",
            "update": update + 1,
            "turns": turns,
            **rollout_metrics(episodes),
            "time/rollout": played - began,
            "time/update": time.perf_counter() - played,
        }
        if (update + 1) % max(1, updates // 12) == 0 or update + 1 == updates:
            record |= _evaluation(game, policies)
        log.write(record)


def _envs(world: World, game: str, method: Method) -> Any:
    """Make the matches: in self-play, or against the game's own opponent."""
    kwargs = {**world.kwargs(), "invalid_penalty": 0.5}
    if game == "tic_tac_toe":
        return make_envs(world.env, ENVS, **kwargs)
    return SelfPlay(lambda: aec(game)(reward=method.reward, **kwargs), ENVS)


def _begin(world: World, method: Method, policy: VLMPolicy, updates: int, seed: int) -> Algorithm:
    shared = {"learning_rate": 5e-4, "epochs": 2, "minibatch": 256, "floor": 0.1}
    options = {**shared, **world.options, **world.only.get(method.kind, {})}
    if method.kind == "grpo":
        return GRPO(policy, GRPOConfig(truncated="reward", **options), updates, seed)
    critic = {"value_learning_rate": 2e-3, "value_clip": None, "value_warmup": 3, "lam": 0.95}
    return VLDAC(policy, VLDACConfig(**{**critic, **options}), updates, seed)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
