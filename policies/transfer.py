"""A policy on its way to other processes: whole the first time, then its trained weights alone.

What is packed holds a processor and a parser, which are pickled on the way, and unpickling may run
anything: this is for one's own processes, never for data from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForImageTextToText
from transformers.initialization import no_init_weights

from policies.policy import Policy
from policies.vlm import VLMPolicy
from vl_envs.core.parser import Parser

Weights = dict[str, torch.Tensor]
Settings = dict[str, bool | int | float | str | None]


@dataclass(frozen=True)
class Packed:
    """What a `VLMPolicy` is made of, but for the reference of a KL term.

    A model itself cannot travel: transformers hangs hooks on it that no process but its own
    knows.

    Attributes:
        config: of the model below any adapter.
        generation: how it generates, which says how its answers end.
        dtype: of its weights.
        adapter: configuration of LoRA by the adapter's name; None without.
        processor, parser: see `VLMPolicy`.
        weights: all of them, on the CPU.
        buffers: likewise all, those included that are not saved with a model.
    """

    config: Any
    generation: Any
    dtype: torch.dtype
    adapter: tuple[str, Any] | None
    processor: Any
    parser: Parser | None
    weights: Weights
    buffers: Weights


def pack(policy: Policy) -> Packed | Policy:
    """Take a policy to pieces that can be pickled; one that is no `VLMPolicy` goes as it is."""
    if not isinstance(policy, VLMPolicy):
        return policy
    model: Any = policy.model
    adapter = next(iter(model.peft_config.items())) if hasattr(model, "peft_config") else None
    base = model.get_base_model() if adapter else model
    return Packed(
        base.config,
        base.generation_config,
        base.dtype,
        adapter,
        policy.processor,
        policy.encoder.parser,
        {name: weight.cpu() for name, weight in policy.state_dict().items()},
        {name: buffer.cpu() for name, buffer in policy.named_buffers()},
    )


def unpack(packed: Packed | Policy, device: str) -> Policy:
    """Put a policy together on ``device``; its settings are those of `VLMPolicy`."""
    if not isinstance(packed, Packed):
        return packed
    with no_init_weights():
        auto: Any = AutoModelForImageTextToText
        model = base = auto.from_config(packed.config, dtype=packed.dtype)
        base.generation_config = packed.generation
        if packed.adapter:
            from peft import get_peft_model

            name, config = packed.adapter
            model = get_peft_model(base, config, adapter_name=name)
        policy = VLMPolicy(model, packed.processor, packed.parser)
    policy.load_state_dict(packed.weights, assign=True)
    base.tie_weights()  # what was assigned stands alone
    for name, buffer in packed.buffers.items():
        module, _, own = name.rpartition(".")
        setattr(policy.get_submodule(module), own, buffer)
    return policy.to(device).requires_grad_(False)


def trained_names(policy: Policy) -> list[str]:
    """Name the weights that are trained; with LoRA those of the adapter and of the critic."""
    if not isinstance(policy, nn.Module):
        return []
    return [name for name, weight in policy.named_parameters() if weight.requires_grad]


def trained_weights(policy: Policy) -> Weights:
    """Return the weights that are trained, on the CPU."""
    names = trained_names(policy)
    return {name: policy.get_parameter(name).detach().cpu() for name in names}  # type: ignore[attr-defined]


def settings(policy: Policy) -> Settings:
    """Return the policy's plain options, such as its temperature and the seed of its sampling."""
    plain = (bool, int, float, str, type(None))
    mine = {name: value for name, value in vars(policy).items() if not name.startswith("_")}
    return {name: value for name, value in mine.items() if isinstance(value, plain)}


def update(policy: Policy, weights: Weights, options: Settings) -> None:
    """Bring a copy to the weights and options of its original.

    Raises:
        ValueError: the weights are of another model.
    """
    if isinstance(policy, nn.Module):
        unknown = policy.load_state_dict(weights, strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"these weights are of another model: it has no {unknown[0]}")
    for name, value in options.items():
        setattr(policy, name, value)
    if isinstance(policy, VLMPolicy):
        policy.seed(policy.sampling_seed)  # which forgets what it has read
