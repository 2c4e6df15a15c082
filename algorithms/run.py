"""A whole run: imitate an expert, go on by reinforcement, evaluate, and show what was learned."""

from __future__ import annotations

import dataclasses
import inspect
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import gymnasium as gym
import torch
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import VectorEnv

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.curves import learning_curve
from algorithms.distributed import Learners, join
from algorithms.evaluate import evaluate
from algorithms.files import write_atomically
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.ray_crew import RayConfig
from algorithms.ray_rollout import RayRollout
from algorithms.report import write_html
from algorithms.rollout import Episode, find_spec, make_envs
from algorithms.run_log import RunLog
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.stopping import Stopped, stoppable
from algorithms.storyboard import write_gif
from algorithms.train import Algorithm, TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies import smollm2
from policies.loading import LoRA
from policies.tiny import tiny_policy
from policies.vllm import VLLMConfig, VLLMSampler
from policies.vlm import VLMPolicy

MODES = ("sampled", "greedy")
_OF_A_SESSION = (
    *("out", "resume", "fresh", "quiet", "threads", "device", "sharding", "rollouts", "ray"),
    *("vectorization_mode", "step_timeout", "retries", "disk_patience"),
    *("envs", "gradient_checkpointing", "vllm"),
)
"""Options that may differ when a run is taken up again: they do not change what is computed. So
may the ``microbatch_tokens`` of each algorithm."""
_OF_POLICIES = (
    *("max_new_tokens", "temperature", "stop_gradient", "gradient_checkpointing"),
    *("max_context", "max_pictures", "max_pixels"),
)
"""Options that `VLMPolicy` has under the same names."""
NO_SPLIT = "held_out"
"""What the evaluation is called where the environment has no splits."""


@dataclass(frozen=True)
class RunConfig:
    """What to train, on what, for how long.

    Attributes:
        env: a registered id; ``module:id`` where a module has to be imported to register it.
        env_kwargs: keyword arguments of the environment, as JSON.
        algo: what follows the cold start; ``sft`` for nothing but more of it.
        policy: ``tiny`` (made for the environment's vocabulary), ``smollm2`` (it knows English, and
            learns to see; with LoRA), a folder with a model, or its name on the hub.
        out: output folder.
        resume: ``auto`` takes up an unfinished run in the output folder where it stopped; ``never``
            refuses a folder that holds a run.
        fresh: throw away what is in the output folder.
        seed: of everything.
        sft_updates: updates of imitation.
        rl_updates: updates of reinforcement.
        tasks: tasks of an RL update (GRPO plays ``group`` episodes of each).
        variant: of GRPO: ``grpo``, ``dr_grpo``, ``dapo``, ``gspo`` or ``rloo``.
        group: episodes of one task in GRPO; VL-DAC plays as many tasks in all.
        demonstrations: episodes of an SFT update.
        expert_error: share of demonstrations in which the expert errs.
        eval_tasks: held-out tasks of an evaluation.
        eval_splits: splits of the environment they come from; an environment without splits is
            evaluated on seeds that training does not play.
        eval_every: updates between evaluations.
        max_new_tokens: longest answer, in tokens.
        temperature: of sampling.
        stop_gradient: keep the critic's loss out of the model's body.
        dtype: of the model's weights: ``auto`` (as they were saved), ``float32``, ``bfloat16``.
        gradient_checkpointing: trade time for memory: activations are computed twice.
        max_context: tokens of a prompt with its answer; None is what the model was made for.
        max_pictures: in a prompt; None is any number.
        max_pixels: of a picture; larger ones are made smaller.
        history: past turns the policy sees; None is all.
        envs: environments side by side; None is as many as episodes in an update.
        vectorization_mode: ``sync`` plays all environments in this process; ``async`` gives each
            one its own, and replaces those that hang or die.
        step_timeout: seconds after which an ``async`` environment counts as hung; None is never.
        retries: how often an episode of training in which the environment failed is played again.
        disk_patience: seconds to wait for room on a full disk before giving up.
        rollouts: where reinforcement plays: ``local``, or on ``ray``, a cluster (see `RayRollout`).
        device: where the model lies: ``auto`` (a GPU if there is one), ``cpu``, ``cuda`` …
        sharding: what each of several processes (torchrun) holds: ``ddp`` the whole model, ``fsdp``
            a part of it while they learn.
        threads: of torch; on shared machines one is often fastest.
        quiet: no progress bars.
        lora: adapters instead of all weights: ``--lora.rank 16``.
        sampler: what plays in reinforcement: ``hf`` is the policy itself, ``vllm`` (extra ``vllm``,
            GPU) an engine that follows its weights.
        ray: how many workers the cluster has for us, and where.
        sft, grpo, vl_dac, vllm: their own options.
    """

    env: str = "VLTool/MatSearchSmall-v0"
    env_kwargs: str = "{}"
    algo: Literal["grpo", "vl_dac", "sft"] = "grpo"
    policy: str = "tiny"
    out: Path = Path("outputs/train")
    resume: Literal["auto", "never"] = "auto"
    fresh: bool = False
    seed: int = 0
    sft_updates: int = 140
    rl_updates: int = 120
    tasks: int = 32
    group: int = 8
    variant: str = "grpo"
    demonstrations: int = 256
    expert_error: float = 0.0
    eval_tasks: int = 256
    eval_splits: tuple[str, ...] = ("test",)
    eval_every: int = 50
    max_new_tokens: int = 8
    temperature: float = 1.0
    stop_gradient: bool = True
    dtype: str = "auto"
    gradient_checkpointing: bool = False
    max_context: int | None = None
    max_pictures: int | None = None
    max_pixels: int | None = None
    history: int | None = None
    envs: int | None = None
    vectorization_mode: Literal["sync", "async"] = "sync"
    step_timeout: float | None = 300.0
    retries: int = 2
    disk_patience: float = 600.0
    rollouts: Literal["local", "ray"] = "local"
    device: str = "auto"
    sharding: Literal["ddp", "fsdp"] = "ddp"
    threads: int = 1
    quiet: bool = False
    lora: LoRA = field(default_factory=LoRA)
    sampler: Literal["hf", "vllm"] = "hf"
    ray: RayConfig = field(default_factory=RayConfig)
    sft: SFTConfig = field(default_factory=SFTConfig)
    grpo: GRPOConfig = field(default_factory=GRPOConfig)
    vl_dac: VLDACConfig = field(default_factory=VLDACConfig)
    vllm: VLLMConfig = field(default_factory=VLLMConfig)


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """End a script with one line where a user's mistake, the disk or a signal made it end."""
    try:
        yield
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        raise SystemExit(128 + stopped.number) from stopped
    except (ValueError, OSError, MemoryError, gym.error.Error) as error:
        raise SystemExit(f"error: {error}") from error


def run(config: RunConfig) -> dict[str, float]:
    """Do the whole run; return the last evaluation's numbers.

    The output folder then holds ``metrics.jsonl``, ``learning_curve.png``, ``before.gif`` and
    ``after.gif``, ``episodes.html``, ``summary.json`` and the checkpoints of each stage.

    SIGTERM and Ctrl-C stop it as they stop `algorithms.train.train`; called again, it goes on.
    Started by torchrun, several processes do it together; the first one writes.

    Raises:
        ValueError: the folder holds a run with other options, or an option is wrong.
        Stopped: a signal came.
    """
    advice = "to go on, run the same command again, with --resume auto and without --fresh"
    torch.set_num_threads(config.threads)
    with stoppable(advice), join(config.sharding, config.device) as learners:
        return _run(config, learners)


def _run(config: RunConfig, learners: Learners) -> dict[str, float]:
    kwargs = read_kwargs(config.env_kwargs)
    splits = _splits(config)
    if splits:
        kwargs = {"split": "train", **kwargs}
    began = time.process_time()
    episodes = config.tasks * config.group
    envs = _training_envs(config, episodes, kwargs, learners)
    held_out = _held_out_envs(config, kwargs, splits, learners)
    policy = _make_policy(config, kwargs).to(learners.device)
    _grpo_config(config)  # an unknown variant should be told now, not after the cold start
    if config.sft_updates + (config.rl_updates if config.algo != "sft" else 0) < 1:
        raise ValueError("nothing to do: sft_updates and rl_updates are both 0")
    if config.rollouts == "ray" and config.sampler != "hf":
        raise ValueError("rollouts on ray are sampled by the policy itself: --sampler hf")
    if learners.world > 1 and config.sampler == "vllm":
        raise ValueError(
            f"--sampler vllm is for one process, and torchrun has started {learners.world}: each "
            "one's engine would take the first GPU"
        )
    if learners.first:
        _claim(config)  # only now: a mistyped option must not take the folder
    learners.same(None)  # nobody reads in it before

    def evaluation() -> dict[str, float]:
        numbers: dict[str, float] = {}
        for split, test in held_out.items():
            for mode in MODES:
                result = evaluate(
                    test,
                    policy,
                    config.eval_tasks,
                    greedy=mode == "greedy",
                    history=config.history,
                    seed=config.seed,
                    learners=learners,
                )
                numbers |= result.metrics(f"eval/{split}/{mode}/")
        return numbers

    with (
        RunLog(config.out, config.quiet, config.disk_patience, silent=not learners.first) as log,
        closing(envs),
    ):
        log.say(f"{config.env}: training with {config.algo}, results in {config.out}")
        shown = {"untrained": _sample_episodes(config, held_out, policy, learners)}
        _imitate(config, kwargs, policy, log, evaluation, learners)
        shown["after imitation"] = _sample_episodes(config, held_out, policy, learners)
        if config.algo != "sft":
            algorithm = _reinforcement(config, policy)
            plan = TrainConfig(
                config.rl_updates,
                tasks=config.tasks if config.algo == "grpo" else episodes,
                group=config.group if config.algo == "grpo" else 1,
                history=config.history,
                retries=config.retries,
                evaluate_every=config.eval_every,
                seed=config.seed,
            )
            folder = config.out / config.algo
            sampler = VLLMSampler(policy, config.vllm) if config.sampler == "vllm" else None
            train(
                algorithm,
                envs,
                folder,
                plan,
                log=log,
                sampler=sampler,
                evaluation=evaluation,
                learners=learners,
            )
            title = f"after {'GRPO' if config.algo == 'grpo' else 'VL-DAC'}"
            shown[title] = _sample_episodes(config, held_out, policy, learners)
        final = learners.same(_last_evaluation(log))
        summary = {**final, "time/cpu_seconds": time.process_time() - began}
        if learners.first:
            log.save(lambda: policy.save(config.out / "policy"))
            log.save(lambda: _show(config, log, shown, summary))
    return summary


def _summary_rows(config: RunConfig, summary: Mapping[str, float]) -> dict[str, object]:
    """Arrange the last evaluation as a table: a row for each split and mode."""
    rows: dict[str, object] = {}
    for split in _splits(config) or (NO_SPLIT,):
        for mode in MODES:
            of = f"eval/{split}/{mode}"
            low, high = summary[f"{of}/success_low"], summary[f"{of}/success_high"]
            rows[f"{split}, {mode}"] = {
                "success": summary[f"{of}/success"],
                "95% interval": f"{low:.2f} to {high:.2f}",
                "return": summary[f"{of}/return"],
                "valid turns": summary[f"{of}/valid"],
                "turns": summary[f"{of}/length"],
            }
    return rows


def read_kwargs(text: str) -> dict[str, Any]:
    """Read keyword arguments of an environment from JSON; ValueError if that is no object."""
    try:
        kwargs = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"env_kwargs must be a JSON object: {error}") from error
    if not isinstance(kwargs, dict):
        raise ValueError(f"env_kwargs must be a JSON object, got {text!r}")
    return kwargs


def _splits(config: RunConfig) -> tuple[str, ...]:
    """Name the splits to evaluate on; none where the environment has no ``split``."""
    entry = find_spec(config.env).entry_point
    made = load_env_creator(entry) if isinstance(entry, str) else entry
    parameters = inspect.signature(made).parameters if made else {}
    return config.eval_splits if "split" in parameters else ()


def _claim(config: RunConfig) -> None:
    """Make the output folder this run's: begin it, or go on with it if the options are equal."""
    path = config.out / "config.json"
    if config.fresh and config.out.exists():
        ran = path.exists() and '"rl_updates"' in path.read_text()  # a model has a config too
        if any(config.out.iterdir()) and not ran:
            raise ValueError(f"--fresh throws away runs only, and {config.out} holds no run")
        shutil.rmtree(config.out, ignore_errors=True)
    ours = json.loads(json.dumps(_of_the_run(dataclasses.asdict(config))))
    if path.exists() and config.resume == "never":
        raise ValueError(
            f"{config.out} holds a run already, and --resume never does not go on with it: choose "
            "another --out, --resume auto to go on, or --fresh to throw it away"
        )
    if path.exists():
        theirs = _of_the_run(json.loads(path.read_text()))
        other = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k))
        if other:
            raise ValueError(
                f"{config.out} holds a run with other options ({', '.join(other)}): "
                "choose another --out, or --fresh to throw it away"
            )
        return
    config.out.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(ours, indent=1).encode())


def _of_the_run(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the options of a session."""
    kept = {name: value for name, value in options.items() if name not in _OF_A_SESSION}
    for name in ("sft", "grpo", "vl_dac"):
        kept[name] = {k: v for k, v in kept.get(name, {}).items() if k != "microbatch_tokens"}
    return kept


def _make_envs(
    config: RunConfig, count: int, kwargs: Mapping[str, Any]
) -> VectorEnv[Any, Any, Any]:
    count = min(count, config.envs or count)
    return make_envs(
        config.env, count, config.vectorization_mode, step_timeout=config.step_timeout, **kwargs
    )


def _training_envs(
    config: RunConfig, count: int, kwargs: Mapping[str, Any], learners: Learners
) -> VectorEnv[Any, Any, Any] | RayRollout:
    if config.rollouts == "local":
        return _make_envs(config, learners.part(count), kwargs)
    # On a cluster the first of the learners plays for all.
    each = -(-(config.envs or count) // config.ray.workers)
    mode, limit = config.vectorization_mode, config.step_timeout
    options = {"vectorization_mode": mode, "step_timeout": limit, **kwargs}
    return RayRollout(config.env, each, config.ray, **options)


def _held_out_envs(
    config: RunConfig, kwargs: Mapping[str, Any], splits: Sequence[str], learners: Learners
) -> dict[str, VectorEnv[Any, Any, Any]]:
    count = learners.part(min(config.eval_tasks, 256))
    if not splits:
        return {NO_SPLIT: _make_envs(config, count, kwargs)}
    return {s: _make_envs(config, count, {**kwargs, "split": s}) for s in splits}


def _make_policy(config: RunConfig, kwargs: Mapping[str, Any]) -> VLMPolicy:
    env: Any = gym.make(config.env, **kwargs).unwrapped
    name, lora = config.policy, config.lora
    options = {option: getattr(config, option) for option in _OF_POLICIES}
    if name == smollm2.NAME:
        name = smollm2.name_for(max(env.image_size))
        lora = lora if lora.rank else dataclasses.replace(lora, rank=16)
    if name != "tiny":
        return VLMPolicy.load(name, config.dtype, lora, parser=env.parser, **options)
    if lora.rank or config.dtype not in ("auto", "float32"):
        raise ValueError(
            "the tiny policy is trained whole, in float32: leave out --lora.rank and --dtype, or "
            "give a folder or a name of the hub as --policy"
        )
    height, width = env.image_size
    if height != width:
        raise ValueError(f"the tiny policy needs square pictures, got {height} x {width}")
    texts = list(env.vocabulary())
    if not texts:
        raise ValueError(f"{config.env} has no vocabulary(), and the tiny policy needs its words")
    return tiny_policy(texts, height, env.parser, seed=config.seed, settings=options)


def _imitate(
    config: RunConfig,
    kwargs: Mapping[str, Any],
    policy: VLMPolicy,
    log: RunLog,
    evaluation: Any,
    learners: Learners,
) -> None:
    if not config.sft_updates:
        return
    options = {**kwargs, "expert_error": config.expert_error}
    demos = _make_envs(config, learners.part(min(config.demonstrations, 256)), options)
    total = config.sft_updates
    warmup = min(config.sft.warmup, total - 1)  # a short run has no room for a long warm-up
    sft = SFT(policy, dataclasses.replace(config.sft, warmup=warmup), total, config.seed)
    plan = TrainConfig(
        config.sft_updates,
        tasks=config.demonstrations,
        history=config.history,
        retries=config.retries,
        evaluate_every=config.eval_every,
        seed=config.seed + 1,
    )
    actor = Demonstrator(policy, demos)
    train(
        sft,
        demos,
        config.out / "sft",
        plan,
        log=log,
        actor=actor,
        evaluation=evaluation,
        learners=learners,
    )
    demos.close()


def _reinforcement(config: RunConfig, policy: VLMPolicy) -> Algorithm:
    if config.algo == "grpo":
        return GRPO(policy, _grpo_config(config), config.rl_updates, config.seed)
    return VLDAC(policy, config.vl_dac, config.rl_updates, config.seed)


def _grpo_config(config: RunConfig) -> GRPOConfig:
    """Make the variant's options; those that differ from GRPO's defaults win over it."""
    default = dataclasses.asdict(GRPOConfig())
    given = dataclasses.asdict(config.grpo).items()
    by_hand = {name: value for name, value in given if value != default[name]}
    return GRPOConfig.variant(config.variant, **by_hand)


def _sample_episodes(
    config: RunConfig,
    held_out: Mapping[str, VectorEnv[Any, Any, Any]],
    policy: VLMPolicy,
    learners: Learners,
) -> list[Episode]:
    """Play the same three held-out tasks at every stage."""
    envs = next(iter(held_out.values()))
    return evaluate(
        envs, policy, 3, history=config.history, seed=config.seed, learners=learners
    ).episodes


def _last_evaluation(log: RunLog) -> dict[str, float]:
    evaluated = [r for r in log.records() if any(key.startswith("eval/") for key in r)]
    last = evaluated[-1] if evaluated else {}
    return {key: float(str(value)) for key, value in last.items() if key.startswith("eval/")}


def _show(
    config: RunConfig,
    log: RunLog,
    shown: Mapping[str, list[Episode]],
    summary: Mapping[str, float],
) -> None:
    """Write the pictures and the page, and say where they are."""
    out = config.out
    curve = out / "learning_curve.png"
    learning_curve(log.path, curve)
    sections = list(shown.items())
    for name, (title, episodes) in (("before", sections[0]), ("after", sections[-1])):
        write_gif(episodes, out / f"{name}.gif", [title] * len(episodes))
    title = f"{config.env}, {config.algo}"
    write_html(sections, out / "episodes.html", title, curve, _summary_rows(config, summary))
    write_atomically(out / "summary.json", json.dumps(dict(summary), indent=1).encode())
    for name, value in summary.items():
        if name.endswith("/success"):
            low, high = summary[f"{name}_low"], summary[f"{name}_high"]
            log.say(f"{name.removeprefix('eval/'):>24}  {value:.3f}  [{low:.3f}, {high:.3f}]")
    log.say(f"Everything is in {out}: open episodes.html and learning_curve.png first.")
