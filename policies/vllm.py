"""`VLLMSampler`: vLLM samples in the stead of a `VLMPolicy`, with its weights, on the same GPU.

The policy goes on to write the prompts, to know the stop strings and banned tokens, and to train.
What vLLM sampled is plain data like any other, but for one thing: vLLM rounds otherwise, so that
its log-probabilities come as ``sampler_logprobs``, and the algorithms have the policy weigh the
tokens again (`algorithms.importance`).

Written against vLLM 0.22 to 0.33, whose sources and documentation were read: `LLM`,
`SamplingParams`, the prompt updates of its multimodal processors, both of its samplers, sleep mode.
It was never run on a GPU here: tests drive it with a stand-in that behaves as those sources say.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from transformers import GenerationConfig

from policies.context import Context
from policies.encoder import Ids, Picture
from policies.placeholders import Placeholders
from policies.policy import Generation
from policies.vlm import VLMPolicy
from policies.weights import checkpoint_weights
from vl_envs.core.errors import require

MOST_BANNED = 1024
"""vLLM takes no more biased tokens in a request."""
_COOLEST, _HOTTEST = 0.01, 2.0  # vLLM would warm up what is cooler, and refuses what is hotter
_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class StaleSampler(RuntimeError):
    """The engine's weights are not those of the policy: `VLLMSampler.sync` was not called."""


@dataclass(frozen=True)
class VLLMConfig:
    """How vLLM shares the GPU.

    Attributes:
        memory: share of the GPU's memory for the engine: its weights and key-value cache.
        sleep: drop the engine's weights and cache while the policy trains. Saves memory, and costs
            a transfer of all weights for each rollout.
        eager: no CUDA graphs: slower, but starts sooner.
        model: a folder or hub name that holds the model's config and processor; None writes them
            from the policy. Weights always come from the policy.
    """

    memory: float = 0.3
    sleep: bool = False
    eager: bool = False
    model: str | None = None


class VLLMSampler:
    """Answers with vLLM what `VLMPolicy.act` would answer, but for rounding.

    `seed` begins a rollout and takes over the policy's weights; `act` refuses to sample from
    weights that the policy no longer has. Answers of ``act(greedy=True)`` are for evaluation: they
    have no log-probabilities.

    Args:
        policy: what is trained. LoRA is merged on the way.
        config: how the GPU is shared.

    Raises:
        ImportError: the extra ``vllm`` is not installed.
        ValueError: the policy bans more tokens than vLLM can.
    """

    def __init__(self, policy: VLMPolicy, config: VLLMConfig | None = None) -> None:
        config = config or VLLMConfig()
        # In this process, so that weights are handed over, not sent; read when the engine starts.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        self._vllm = require("vllm", "vllm")
        self.policy, self.config = policy, config
        banned = policy.banned.isinf().nonzero()[:, 0].tolist()
        if len(banned) > MOST_BANNED:
            raise ValueError(
                f"vLLM can ban {MOST_BANNED} tokens, and the policy bans {len(banned)}, most of "
                "them rows of the embedding matrix that no token uses: resize it to the tokenizer"
            )
        # Not allowed_token_ids, of which vLLM takes no more either; and no large number, for -inf
        # alone is as exact as the policy's own mask.
        self._bias = dict.fromkeys(banned, -math.inf)
        self._placeholders = Placeholders(policy.encoder)
        self._folder = TemporaryDirectory(prefix="vllm-")
        self.engine = self._vllm.LLM(
            model=config.model or self._write_config(),
            load_format="dummy",
            dtype=str(next(policy.model.parameters()).dtype).removeprefix("torch."),
            max_model_len=policy.max_context,
            gpu_memory_utilization=config.memory,
            enable_sleep_mode=config.sleep,
            enforce_eager=config.eager,
            logprobs_mode="processed_logprobs",  # after bans and temperature, as the policy's
            seed=0,
        )
        self.version = 0
        """Of the engine's weights: how many times they were taken over."""
        self._taken: tuple[int, ...] = ()
        self._asleep = False
        self.rest()

    # Weights.

    @property
    def stale(self) -> bool:
        """Whether the policy's weights have changed since they were taken over."""
        return self._taken != self._present()

    @torch.no_grad()
    def _present(self) -> tuple[int, ...]:
        """Tell the policy's weights from those at another time: the sum of each one's bits.

        Torch's own count of changes misses those of fused optimisers.
        """
        sums = [
            weight.contiguous().view(_BITS[weight.element_size()]).sum(dtype=torch.int64)
            for weight in self.policy.model.parameters()
        ]
        return tuple(torch.stack(sums).tolist())

    @torch.no_grad()
    def sync(self) -> None:
        """Take over the policy's weights, and forget all that was computed from others.

        Raises:
            ValueError: the engine has weights that the policy's did not reach, or the adapter
                cannot be merged.
            RuntimeError: the engine could not forget.
        """
        if self._asleep:
            torch.cuda.empty_cache()
            self.engine.wake_up(tags=["weights"])
        weights = checkpoint_weights(self.policy.model)
        (missed,) = self.engine.apply_model(partial(_load, weights=weights))
        if missed:
            raise ValueError(
                f"{len(missed)} weights of the engine are not the policy's, {min(missed)} among "
                "them: its model and the policy's differ"
            )
        # Both hold what older weights made of prompts and pictures.
        if self.engine.reset_prefix_cache() is False:
            raise RuntimeError("vLLM keeps old key-value blocks: requests are still running")
        self.engine.llm_engine.reset_encoder_cache()
        if self._asleep:
            self.engine.wake_up(tags=["kv_cache"])
        self._asleep, self._taken = False, self._present()
        self.version += 1

    def rest(self) -> None:
        """End a rollout: with ``sleep``, give the engine's memory back; the weights go with it."""
        if self.config.sleep and not self._asleep:
            self.engine.sleep(level=2)
            self._asleep, self._taken = True, ()

    def seed(self, seed: int) -> None:
        """Begin a rollout: take over the policy's weights, start the random streams anew."""
        self.policy.seed(seed)
        if self.stale:
            self.sync()

    # Sampling.

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer a batch of contexts.

        Raises:
            StaleSampler: the policy was trained since its weights were taken over.
            ValueError: vLLM read another prompt than the policy wrote, or has no such temperature.
        """
        if self.stale:
            raise StaleSampler(
                f"the engine's weights (version {self.version}) are not the policy's any more, or "
                "not yet: call seed() or sync() at the beginning of a rollout"
            )
        prompts = [self.policy._prompt(context) for context in contexts]
        outputs = self.engine.generate(
            [self._request(*prompt) for prompt in prompts],
            sampling_params=self._sampling(contexts, greedy),
            use_tqdm=False,
        )
        return [
            self._generation(prompt, output, greedy)
            for prompt, output in zip(prompts, outputs, strict=True)
        ]

    def values(self, contexts: Sequence[Context]) -> npt.NDArray[np.float32]:
        """Return the policy's V(s) of contexts that await an answer, float32 [N]."""
        return self.policy.values(contexts)

    def _request(self, ids: Ids, pictures: tuple[Picture, ...]) -> dict[str, Any]:
        """Write a prompt as vLLM wants it: it puts the tokens of pictures in itself."""
        request: dict[str, Any] = {
            "prompt_token_ids": self._placeholders.unexpanded(ids, pictures).tolist()
        }
        if pictures:
            request["multi_modal_data"] = {"image": [Image.fromarray(p) for p in pictures]}
        return request

    def _sampling(self, contexts: Sequence[Context], greedy: bool) -> list[Any]:
        temperature = 0.0 if greedy else float(self.policy.temperature)
        if not greedy and not _COOLEST <= temperature <= _HOTTEST:
            raise ValueError(
                f"vLLM samples at temperatures from {_COOLEST} to {_HOTTEST}, got {temperature}"
            )
        # The first number of each turn's own stream seeds the engine's generator.
        seeds = (self.policy._draws(contexts)[:, 0] * 2**53).long().tolist()
        return [
            self._vllm.SamplingParams(
                temperature=temperature,
                max_tokens=self.policy.max_new_tokens,
                seed=seed,
                stop=list(self.policy.encoder.stop),
                include_stop_str_in_output=True,
                logprobs=0,  # of the sampled token alone
                logit_bias=self._bias,
            )
            for seed in seeds
        ]

    def _generation(
        self, prompt: tuple[Ids, tuple[Picture, ...]], output: Any, greedy: bool
    ) -> Generation:
        ids, pictures = prompt
        _check_prompt(ids, np.asarray(output.prompt_token_ids, np.int64))
        (said,) = output.outputs
        if said.finish_reason not in ("stop", "length"):
            raise RuntimeError(f"vLLM gave up an answer: {said.finish_reason}")
        token_ids = np.array(said.token_ids, np.int64)
        logprobs = [
            step[token].logprob for token, step in zip(said.token_ids, said.logprobs, strict=True)
        ]
        text = self.policy.encoder.text(token_ids)
        return Generation(
            text=text,
            prompt_ids=ids,
            token_ids=token_ids,
            # Greedily, vLLM tells those of another distribution: without the temperature.
            sampler_logprobs=np.array([] if greedy else logprobs, np.float32),
            images=pictures,
            stopped=said.finish_reason == "stop",
            thought_length=self.policy.encoder.thought_length(token_ids, text),
        )

    def _write_config(self) -> str:
        """Write all of the model but its weights to a folder of the sampler's own."""
        folder, model = self._folder.name, self.policy.model
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        base.config.architectures = [type(base).__name__]
        base.config.save_pretrained(folder)
        # An answer ends where the policy would end it, whatever else the model might end with.
        ends: Any = GenerationConfig
        ends(eos_token_id=self.policy.encoder.ends_answer.tolist()).save_pretrained(folder)
        self.policy.processor.save_pretrained(folder)
        return folder


def _load(model: Any, weights: Any) -> set[str]:
    """Load weights into vLLM's model, in place; return the names of those that none reached."""
    loaded = model.load_weights(weights)
    if loaded is None:  # some models do not say
        return set()
    return {name for name, _ in model.named_parameters()} - set(loaded)


def _check_prompt(written: Ids, read: Ids) -> None:
    """Raise ValueError unless vLLM read what the policy wrote: pictures would shift otherwise."""
    if np.array_equal(written, read):
        return
    shorter = min(len(written), len(read))
    differ = np.flatnonzero(written[:shorter] != read[:shorter])
    at = int(differ[0]) if len(differ) else shorter
    raise ValueError(
        f"vLLM read another prompt than the policy wrote: {len(read)} tokens instead of "
        f"{len(written)}, different from token {at} on. Its processor puts other tokens in for "
        "pictures than the policy's: give both the same processor (VLLMConfig.model)"
    )
