"""Trained weights as a checkpoint would hold them: its names, and LoRA merged in.

Nothing is changed in the model: each merged matrix is made when it is asked for, so that there is
one at a time, and the base weights do not drift as they do where bf16 is added and taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers.core_model_loading import revert_weight_conversion


@torch.no_grad()
def checkpoint_weights(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield name and tensor of every weight, tied ones once; with LoRA, of the merged model.

    Args:
        model: of Hugging Face, or peft's LoRA around one.

    Raises:
        ValueError: an adapter is more than a matrix to add, or a checkpoint of this model has its
            weights in another shape than the model.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    adapters = getattr(model, "prefix", None)  # of the names of peft's own weights
    found: dict[str, tuple[Any, str, Tensor]] = {}
    for name, weight in base.named_parameters():
        if adapters is not None and (adapters in name or ".original_module." in name):
            continue
        path, _, leaf = name.rpartition(".")
        layer = None
        if path.endswith(".base_layer"):
            path = path.removesuffix(".base_layer")
            layer = base.get_submodule(path)
        plain = f"{path}.{leaf}".replace(".modules_to_save.default.", ".")
        found[plain] = (layer, leaf, weight)
    for name, plain in _checkpoint_names(base, {n: w for n, (*_, w) in found.items()}).items():
        layer, leaf, weight = found[plain]
        yield name, weight.detach() if layer is None else _merged(layer, leaf, weight)


def _checkpoint_names(base: Any, weights: dict[str, Tensor]) -> dict[str, str]:
    """Map the names that `save_pretrained` would write to those of the model."""
    shells = {name: torch.empty_like(weight, device="meta") for name, weight in weights.items()}
    plain = {id(shell): name for name, shell in shells.items()}
    renamed = revert_weight_conversion(base, dict(shells))
    changed = [name for name, shell in renamed.items() if id(shell) not in plain]
    if changed:
        raise ValueError(
            f"a checkpoint of {type(base).__name__} has other shapes than the model, as "
            f"{changed[0]}: only models whose weights are renamed can be sent to another engine"
        )
    return {name: plain[id(shell)] for name, shell in renamed.items()}


def _merged(layer: Any, leaf: str, weight: Tensor) -> Tensor:
    """Add what a layer's active adapters add to its weight: in float32, rounded once."""
    weight = weight.detach()
    if leaf != "weight" or layer.disable_adapters or layer.merged:
        return weight
    active = [name for name in layer.active_adapters if name in getattr(layer, "scaling", {})]
    for name in active:
        if name in layer.lora_variant or layer.lora_bias.get(name):
            raise ValueError(
                f"the adapter {name!r} is no plain LoRA (as DoRA, or a bias of its own): it "
                "cannot be merged for another engine"
            )
    deltas = [layer.get_delta_weight(name).float() for name in active]
    return sum(deltas, weight.float()).to(weight.dtype)
