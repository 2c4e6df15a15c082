"""A stand-in for vLLM: its calls, types and rules, with a Hugging Face model on CPU inside.

What it holds to was read in vLLM's sources and documentation (0.22 to 0.33): which arguments there
are and what they may be, that prompts of ids have one placeholder for each picture which the engine
expands, the order of bias, temperature and log-probabilities, what is cached, and what sleep
forgets.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor, GenerationConfig

Picture = tuple[int, Any]
"""The place of its first token in a prompt, and the picture."""
MOST_BIASED = 1024
RENAMED = {
    "language_model.model.": "model.language_model.",
    "language_model.lm_head.": "lm_head.",
    "vision_tower.": "model.vision_tower.",
    "multi_modal_projector.": "model.multi_modal_projector.",
}
"""Checkpoint names of LLaVA, and those of the model inside."""


@dataclass(kw_only=True)
class SamplingParams:
    """Those fields of vLLM's that matter here, with its checks."""

    temperature: float = 1.0
    max_tokens: int | None = 16
    seed: int | None = None
    stop: str | list[str] | None = None
    include_stop_str_in_output: bool = False
    logprobs: int | None = None
    logit_bias: dict[int, float] | None = None
    detokenize: bool = True
    skip_special_tokens: bool = True

    def __post_init__(self) -> None:
        assert type(self.temperature) is float and 0 <= self.temperature <= 2
        if 0 < self.temperature < 0.01:
            self.temperature = 0.01
        assert type(self.max_tokens) is int and self.max_tokens >= 1
        assert self.seed is None or (type(self.seed) is int and -(2**63) <= self.seed < 2**63)
        self.stop = [self.stop] if isinstance(self.stop, str) else list(self.stop or [])
        assert all(type(stop) is str and stop for stop in self.stop)
        assert self.detokenize or not self.stop
        assert self.logprobs is None or (type(self.logprobs) is int and self.logprobs >= -1)
        bias = self.logit_bias or {}
        assert all(type(token) is int and type(value) is float for token, value in bias.items())


@dataclass
class Logprob:
    """A token's log-probability, its rank among all tokens, and its text."""

    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class CompletionOutput:
    """One answer."""

    index: int
    text: str
    token_ids: Sequence[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Logprob]] | None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    """The answers to one prompt, and the prompt as it was read."""

    request_id: str
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]
    finished: bool = True


class EngineModel(torch.nn.Module):
    """vLLM's model: takes weights under the names of a checkpoint, in place."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def load_weights(self, weights: Iterable[tuple[str, torch.Tensor]]) -> set[str]:
        """Copy weights in; refuse names that no checkpoint has."""
        own = dict(self.inner.named_parameters())
        loaded = set()
        for name, weight in weights:
            old = next((old for old in RENAMED if name.startswith(old)), None)
            if old is None or (inner := name.replace(old, RENAMED[old], 1)) not in own:
                raise ValueError(f"There is no module or parameter named {name!r}")
            assert own[inner].shape == weight.shape
            own[inner].data.copy_(weight)
            loaded.add(f"inner.{inner}")
        return loaded


@dataclass
class Engine:
    """vLLM's `LLMEngine`, as far as one must reach for it."""

    pictures: dict[bytes, torch.Tensor] = field(default_factory=dict)

    def reset_encoder_cache(self) -> None:
        """Forget what the vision tower made of pictures."""
        self.pictures.clear()


class LLM:
    """vLLM's `LLM`. ``noise`` is the test's: added to the logits, as rounding would be."""

    noise = 0.0

    def __init__(
        self,
        model: str,
        *,
        load_format: str = "auto",
        dtype: str = "auto",
        max_model_len: int | None = None,
        gpu_memory_utilization: float = 0.92,
        enable_sleep_mode: bool = False,
        enforce_eager: bool = False,
        logprobs_mode: str = "raw_logprobs",
        seed: int = 0,
    ) -> None:
        assert os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0", (
            "weights could not be handed over"
        )
        assert load_format in ("auto", "dummy") and 0 < gpu_memory_utilization <= 1
        assert dtype in ("auto", "float32", "bfloat16", "float16")
        config = AutoConfig.from_pretrained(model)
        assert config.architectures == ["LlavaForConditionalGeneration"]
        processor: Any = AutoProcessor
        self.processor = processor.from_pretrained(model)
        ends = GenerationConfig.from_pretrained(model).eos_token_id
        self.ends = {self.processor.tokenizer.eos_token_id, *np.atleast_1d(ends).tolist()}
        self.max_model_len = max_model_len or config.text_config.max_position_embeddings
        assert self.max_model_len <= config.text_config.max_position_embeddings
        with torch.random.fork_rng():
            torch.manual_seed(seed + 99)  # dummy weights are random ones
            make: Any = AutoModelForImageTextToText
            inner = make.from_config(config)
        inner.requires_grad_(False).eval().to(getattr(torch, dtype))
        self.model, self.mode, self.sleeps = EngineModel(inner), logprobs_mode, enable_sleep_mode
        self.llm_engine, self.prefixes = Engine(), dict[bytes, torch.Tensor]()
        self.awake = {"weights", "kv_cache"}

    def apply_model(self, func: Callable[[Any], Any]) -> list[Any]:
        """Call a function with the model of each worker: of one."""
        assert "weights" in self.awake
        return [func(self.model)]

    def reset_prefix_cache(
        self, reset_running_requests: bool = False, reset_connector: bool = False
    ) -> bool:
        """Forget key-value blocks."""
        self.prefixes.clear()
        return True

    def sleep(self, level: int = 1, mode: str = "abort") -> None:
        """Give memory back; level 2 forgets the weights."""
        assert self.sleeps, "Sleep mode is not enabled"
        assert level == 2
        self.awake = set()
        self.prefixes.clear()
        for weight in self.model.parameters():
            weight.fill_(torch.nan)

    def wake_up(self, tags: list[str] | None = None) -> None:
        """Take memory again; what was in it is lost."""
        assert tags and {*tags} <= {"weights", "kv_cache"} and not {*tags} & self.awake
        self.awake |= {*tags}

    def generate(
        self,
        prompts: Sequence[dict[str, Any]],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        *,
        use_tqdm: bool | Callable[..., Any] = True,
    ) -> list[RequestOutput]:
        """Answer prompts, each with its own parameters."""
        assert self.awake == {"weights", "kv_cache"}
        assert isinstance(sampling_params, list) and len(sampling_params) == len(prompts)
        both = zip(prompts, sampling_params, strict=True)
        return [self._answer(str(i), prompt, params) for i, (prompt, params) in enumerate(both)]

    def _read(self, prompt: dict[str, Any]) -> tuple[list[int], list[Picture]]:
        """Expand the placeholders of a prompt's pictures, the first one found for each in turn.

        Returns:
            The ids, and each picture with the place of its first token.
        """
        assert prompt.keys() <= {"prompt_token_ids", "multi_modal_data"}
        ids = prompt["prompt_token_ids"]
        assert type(ids) is list and all(type(token) is int for token in ids)
        pictures = prompt.get("multi_modal_data", {}).get("image", [])
        assert all(isinstance(picture, Image.Image) for picture in pictures)
        processor, done, rest, placed = self.processor, list[int](), ids, list[Picture]()
        image = processor.image_token_id
        for picture in pictures:
            text = processor.image_token
            tokens = processor(text=[text], images=[picture], add_special_tokens=False)[
                "input_ids"
            ][0]
            if image not in rest:
                raise RuntimeError("Expected there to be as many prompt updates as images")
            at = rest.index(image)
            placed.append((len(done) + at, picture))
            done, rest = [*done, *rest[:at], *tokens], rest[at + 1 :]
        return done + rest, placed

    @torch.no_grad()
    def _answer(self, name: str, prompt: dict[str, Any], params: SamplingParams) -> RequestOutput:
        ids, pictures = self._read(prompt)
        if len(ids) + (params.max_tokens or 0) > self.max_model_len:
            raise ValueError("The prompt is longer than the maximum model length")
        generator = torch.Generator()
        generator.manual_seed(params.seed if params.seed is not None else 0)
        said, steps, stop = list[int](), list[dict[int, Logprob]](), None
        reason = "length"
        for _ in range(params.max_tokens or 0):
            distribution = self._distribution(ids + said, pictures, params)
            noise = torch.empty_like(distribution).exponential_(generator=generator)
            scores = distribution if params.temperature == 0 else distribution - noise.log()
            token = int(scores.argmax())
            steps.append({token: Logprob(float(distribution[token]))})
            said.append(token)
            text = self.processor.tokenizer.decode(
                said, skip_special_tokens=params.skip_special_tokens
            )
            stop = next((stop for stop in params.stop or [] if stop in text), None)
            if token in self.ends or stop is not None:
                reason = "stop"
                break
        total = sum(step[token].logprob for token, step in zip(said, steps, strict=True))
        logprobs = steps if params.logprobs is not None else None
        output = CompletionOutput(0, text, said, total, logprobs, reason, stop)
        return RequestOutput(name, ids, [output])

    def _distribution(
        self, ids: list[int], pictures: list[Picture], params: SamplingParams
    ) -> torch.Tensor:
        logits = self._logits(ids, pictures).clone()
        if self.noise:
            # The same for the same token after the same prompt, as rounding would be.
            rng = torch.Generator().manual_seed(len(ids))
            logits += self.noise * torch.randn(len(logits), generator=rng)
        assert len(params.logit_bias or {}) <= MOST_BIASED
        raw = logits.log_softmax(-1)
        for token, bias in (params.logit_bias or {}).items():
            logits[token] += bias
        if params.temperature:
            logits /= params.temperature
        return logits.log_softmax(-1) if self.mode == "processed_logprobs" else raw

    def _logits(self, ids: list[int], pictures: list[Picture]) -> torch.Tensor:
        """Compute the next token's logits, or remember them, as key-value blocks do."""
        seen = [np.asarray(picture).tobytes() for _, picture in pictures]
        key = np.array(ids).tobytes() + b"".join(seen)
        if key not in self.prefixes:
            inner: Any = self.model.inner
            embedded = inner.get_input_embeddings()(torch.tensor([ids]))
            for (at, picture), own in zip(pictures, seen, strict=True):
                features = self._look(own, picture)
                embedded[0, at : at + len(features)] = features
            self.prefixes[key] = inner(inputs_embeds=embedded).logits[0, -1].float()
        return self.prefixes[key]

    def _look(self, key: bytes, picture: Any) -> torch.Tensor:
        """Compute a picture's features, or remember them."""
        cache, inner = self.llm_engine.pictures, self.model.inner
        if key not in cache:
            processed = self.processor.image_processor(images=[picture], return_tensors="pt")
            pixels = processed["pixel_values"].to(next(self.model.parameters()).dtype)
            cache[key] = inner.get_image_features(pixel_values=pixels).pooler_output[0]
        return cache[key]
