"""How fast a model of some billions learns on one GPU, without any download.

    python -m benchmarks.gpu                              # 3B, on the GPU
    python -m benchmarks.gpu --size 7b
    python -m benchmarks.gpu --size tiny --device cpu     # the same program, without a GPU

A model of Qwen2.5-VL's shape gets random weights and LoRA, and learns with VL-DAC and with GRPO.
What it says is never valid, so episodes are let go on to their limit; every answer has as many
tokens as it may. Correctness comes first: what is fast and wrong is not measured.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gymnasium as gym
import torch
import tyro
from rich.console import Console

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import Episode, collect, make_envs
from algorithms.vl_dac import VLDAC, VLDACConfig
from benchmarks.qwen_shaped import qwen_config, qwen_model, qwen_processor
from benchmarks.record import write_result
from policies.context import Context
from policies.loading import LoRA, add_lora
from policies.policy import Generation
from policies.reader import body_of
from policies.vlm import VLMPolicy

TARGETS = {"3b": 20.0, "7b": 7.0}
"""Environment steps per GPU-second of the whole loop, with 32 new tokens a turn."""
PEERS = 0.7
"""What published runs reach: 50k steps in 20 H100-hours (arXiv 2508.04280)."""
ALGORITHMS = ("vl_dac", "grpo")
LIMITS = {
    "cpu_and_device_largest": 5e-3,
    "log_ratio_mean": 0.02,
    "log_ratio_largest": 0.5,
    "one_seed_two_runs_largest": 0.0,
}
"""How far apart log-probabilities may be, in nats a token. CPU and GPU in float32 (convolutions are
rounded to TF32). Sampler and trainer in the weights' own type: bfloat16 keeps three digits of a
logit, and the two sum in another order. Logged numbers of two runs of one seed: not at all."""


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        size: of the model.
        device: ``cuda`` or ``cpu``.
        dtype: of the weights; log-probabilities and adapters are float32.
        envs: ids of environments.
        num_envs: side by side.
        group: episodes of one task in GRPO.
        turns: of an episode, at most.
        updates: measured ones, after one to warm up.
        max_new_tokens: of an answer.
        history: past turns the policy sees.
        rank: of LoRA.
        microbatch_tokens: of a forward pass in the update.
        gradient_checkpointing: trade time for memory.
        threads: of torch on the CPU.
        out: the JSON file.
    """

    size: Literal["tiny", "3b", "7b"] = "3b"
    device: str = "cuda"
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    envs: tuple[str, ...] = ("VLGui/Navigate-v0", "VLTool/MatSearch-v0", "VLAlfworld/All-v0")
    num_envs: int = 64
    group: int = 8
    turns: int = 8
    updates: int = 3
    max_new_tokens: int = 32
    history: int = 4
    rank: int = 16
    microbatch_tokens: int = 32768
    gradient_checkpointing: bool = True
    threads: int = 1
    out: Path = Path("benchmarks/results/gpu.json")


class Clock:
    """Seconds spent in named parts; a GPU is waited for at both ends."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.seconds = device, dict[str, float]()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the time of a block to a part."""
        self._wait()
        began = time.perf_counter()
        yield
        self._wait()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


class Timed:
    """A policy whose answers are timed."""

    def __init__(self, policy: VLMPolicy, clock: Clock) -> None:
        self.policy, self.clock = policy, clock

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer a batch of contexts."""
        with self.clock("sampling"):
            return self.policy.act(contexts, greedy)

    def values(self, contexts: Sequence[Context]) -> Any:
        """Return V(s) of contexts."""
        with self.clock("sampling"):
            return self.policy.values(contexts)


class Counter:
    """Counts the tokens that pass through a model, and the FLOPs that they must cost at least.

    Two a weight of the language model and token forward. Backward LoRA needs as many again, for the
    weights themselves get no gradient, and gradient checkpointing a second forward pass. The vision
    tower, attention's own products and padding are left aside.
    """

    def __init__(self, policy: VLMPolicy) -> None:
        body = body_of(policy.model)
        language = [*body.model.language_model.parameters(), body.lm_head.weight]
        self.weights = sum({id(p): p.numel() for p in language}.values())
        self.passes = 3 if policy.gradient_checkpointing else 2
        self.tokens, self.flops = 0, 0.0
        body.model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, module: Any, arguments: Any, kwargs: dict[str, Any]) -> None:
        tokens = kwargs["input_ids"].numel()
        self.tokens += tokens
        self.flops += 2 * self.weights * tokens * (self.passes if torch.is_grad_enabled() else 1)


def texts_of(env_id: str) -> list[str]:
    """Play a few episodes of the expert, and list what is seen and said: words to learn."""
    env = gym.make(env_id)
    texts: list[str] = []
    for seed in range(8):
        observation, _ = env.reset(seed=seed)
        texts.append(observation["text"])
        for _ in range(6):
            said = env.unwrapped.expert_action()  # type: ignore[attr-defined]
            observation, _, terminated, truncated, _ = env.step(said)
            texts += [said, observation["text"]]
            if terminated or truncated:
                break
    env.close()
    return texts


def make_policy(options: Options, env_id: str, device: str | None = None) -> VLMPolicy:
    """Make a policy with random weights for an environment."""
    processor = qwen_processor(texts_of(env_id))
    config = qwen_config(options.size, processor.tokenizer)
    where = device or options.device
    model = qwen_model(config, where, getattr(torch, options.dtype))
    env: Any = gym.make(env_id).unwrapped
    torch.manual_seed(0)  # of the adapters and the critic
    return VLMPolicy(
        add_lora(model, LoRA(rank=options.rank)),
        processor,
        env.parser,
        max_new_tokens=options.max_new_tokens,
        gradient_checkpointing=options.gradient_checkpointing,
    ).to(where)


def play(options: Options, env_id: str, actor: Any, update: int) -> list[Episode]:
    """Play groups of tasks, every episode to its limit."""
    envs = make_envs(env_id, options.num_envs, max_invalid=10**6, max_episode_steps=options.turns)
    seeds = [update * 1000 + i // options.group for i in range(options.num_envs)]
    episodes = collect(envs, actor, seeds, history=options.history)
    envs.close()
    return episodes


def learner(options: Options, algorithm: str, policy: VLMPolicy) -> Any:
    """Make an algorithm that takes one optimiser step a rollout."""
    shared: dict[str, Any] = {"minibatch": None, "microbatch_tokens": options.microbatch_tokens}
    if algorithm == "grpo":
        return GRPO(policy, GRPOConfig(learning_rate=1e-5, truncated="reward", **shared))
    config = VLDACConfig(learning_rate=1e-5, value_warmup=0, kl_weight=0.05, **shared)
    return VLDAC(policy, config)


def check(options: Options, console: Console) -> dict[str, Any]:
    """Measure how far two devices, sampler and trainer, and two runs of one seed are apart."""
    env_id = options.envs[0]
    small = Options(size="tiny", device=options.device, dtype="float32", num_envs=8, turns=3)
    policy, on_cpu = make_policy(small, env_id), make_policy(small, env_id, "cpu")
    on_cpu.load_state_dict(policy.state_dict())
    said = [t.generation for e in play(small, env_id, policy, 0) for t in e.turns]
    with torch.no_grad():
        here, there = policy.evaluate(said).logprobs.cpu(), on_cpu.evaluate(said).logprobs
    apart = float((here - there).abs().max())
    policy = make_policy(options, env_id)
    turns = [
        t.generation for e in play(options, env_id, policy, 0)[: options.group] for t in e.turns
    ]
    with torch.no_grad():
        now = policy.evaluate(turns)
    gaps = (now.logprobs - now.old_logprobs)[now.mask.bool()].abs()
    runs = []
    for _ in range(2):
        policy = make_policy(small, env_id)
        policy.seed(5)
        episodes = play(small, env_id, policy, 1)
        for number, episode in enumerate(episodes):  # random weights earn nothing
            episode.turns[-1].reward = float(number % 2)
        runs.append(learner(small, "vl_dac", policy).update(episodes))
    found = {
        "cpu_and_device_largest": apart,
        "log_ratio_mean": float(gaps.mean()),
        "log_ratio_largest": float(gaps.max()),
        "one_seed_two_runs_largest": max(abs(runs[0][name] - runs[1][name]) for name in runs[0]),
    }
    for name, value in found.items():
        console.print(f"{name:>28}  {value:.2e}, may be {LIMITS[name]:g}")
    wrong = [name for name, value in found.items() if not value <= LIMITS[name]]
    if wrong:
        raise SystemExit(f"too far apart: {', '.join(wrong)}; what is wrong is not measured")
    return {"found": found, "limits": LIMITS}


def ceiling(options: Options) -> float:
    """Measure the multiply-adds a second of large matrices in the weights' type, in FLOP/s."""
    side = 8192 if options.device == "cuda" else 1024
    a = torch.randn(side, side, device=options.device).to(getattr(torch, options.dtype))
    clock = Clock(torch.device(options.device))
    for part in ("warm-up", "measured"):
        with clock(part):
            for _ in range(10):
                a @ a
    return 10 * 2 * side**3 / clock.seconds["measured"]


def measure(options: Options, env_id: str, algorithm: str) -> dict[str, float]:
    """Train for some updates, and say where the time went."""
    policy = make_policy(options, env_id)
    clock = Clock(policy.device)
    algo, timed = learner(options, algorithm, policy), Timed(policy, clock)
    counter = Counter(policy)
    turns = sampled = 0
    for update in range(options.updates + 1):
        if update == 1:  # what is slow the first time only is no speed
            clock.seconds.clear()
            turns = sampled = counter.tokens = 0
            counter.flops = 0.0
            if policy.device.type == "cuda":
                torch.cuda.reset_peak_memory_stats()
        with clock("rollout"):
            episodes = play(options, env_id, timed, update)
        for number, episode in enumerate(episodes):  # random weights earn nothing
            episode.turns[-1].reward = float(number % 2)
        with clock("update"):
            algo.update(episodes)
        generations = [turn.generation for episode in episodes for turn in episode.turns]
        turns += len(generations)
        sampled += sum(len(g.token_ids) for g in generations)
    seconds = clock.seconds
    whole = seconds["rollout"] + seconds["update"]
    peak = (
        torch.cuda.max_memory_allocated() / 2**30
        if policy.device.type == "cuda"
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    )
    return {
        "env_steps_per_second": turns / whole,
        "share_sampling": seconds["sampling"] / whole,
        "share_environment": (seconds["rollout"] - seconds["sampling"]) / whole,
        "share_update": seconds["update"] / whole,
        "sampled_tokens_per_second_of_sampling": sampled / seconds["sampling"],
        "tokens_per_second": counter.tokens / whole,
        "tokens_per_turn": counter.tokens / turns,
        "flops_per_second": counter.flops / whole,
        "peak_memory_gib": peak,
        "turns": turns,
    }


def savings(options: Options) -> dict[str, float]:
    """Compare the seconds of sampling without each speed-up and with it; above 1 it pays."""
    policy = make_policy(options, options.envs[0])
    seconds: dict[str, list[float]] = {}
    for repetition in range(3):
        for off in ("", "share_prompts", "keep_read"):
            reader = policy.reader
            reader.share_prompts, reader.keep = off != "share_prompts", off != "keep_read"
            clock = Clock(policy.device)
            policy.seed(repetition)
            play(options, options.envs[0], Timed(policy, clock), repetition)
            seconds.setdefault(off, []).append(clock.seconds["sampling"])
    best = {off: min(found[1:]) for off, found in seconds.items()}  # the first one warms up
    return {off: best[off] / best[""] for off in ("share_prompts", "keep_read")}


def main(options: Options) -> None:
    """Check, measure, and write the numbers."""
    torch.set_num_threads(options.threads)
    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("there is no GPU: --size tiny --device cpu runs the same without one")
    console = Console()
    checks = check(options, console)
    most = ceiling(options)
    results: dict[str, Mapping[str, Any]] = {}
    for env_id in options.envs:
        for algorithm in ALGORITHMS:
            found: dict[str, Any] = measure(options, env_id, algorithm)
            found["share_of_ceiling"] = found["flops_per_second"] / most
            results[f"{env_id}, {algorithm}"] = found
            console.print(f"{env_id}, {algorithm}: {found['env_steps_per_second']:.2f} steps/s")
    name = torch.cuda.get_device_name() if options.device == "cuda" else "no GPU: the CPU"
    saved = savings(options)
    console.print(f"sampling without a speed-up takes so many times as long: {saved}")
    result = {
        "device": name,
        "sampling_without_over_with": saved,
        "ceiling_flops_per_second": most,
        "target_steps_per_second": TARGETS.get(options.size),
        "published_peers_steps_per_second": PEERS,
        "checks": checks,
        "results": results,
    }
    write_result(options.out, options, result)


if __name__ == "__main__":
    main(tyro.cli(Options))
