"""How much memory a GPU needs: computed, not measured on one.

Models of the published shapes are built without memory (on PyTorch's meta device), so that
parameters are counted exactly. What a forward pass keeps for the gradient is counted in the same
way: the decoder runs on the meta device, and every tensor that autograd saves is noted down, each
storage once, weights left out. Attention is taken to be of the flash kind (Dao et al. 2022, arXiv
2205.14135): it saves queries, keys, values, its output and a logarithm per row, never a matrix of
tokens by tokens; keys and values are counted for every query head, as transformers repeats them
where there is a mask. `formula` says the same in closed form.

Not in it: what the kernels need for a moment, CUDA's context (about half a GB) and what the
allocator cannot use. Leave a tenth of the card free.

    python -m benchmarks.memory_table
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
import tyro
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from benchmarks.qwen_shaped import qwen_config
from benchmarks.record import write_result
from policies.loading import LoRA, add_lora
from policies.value_head import ValueHead

RESULTS = Path("benchmarks/results")
GB = 1e9
RANK = 16
PICTURES = (224, 448, 896)
"""Sides of square pictures, in pixels."""
_ADAM = 4 + 4 + 8
"""Bytes of a float32 weight that is trained: itself, its gradient, AdamW's two means."""


@dataclass(frozen=True)
class Options:
    """What is counted.

    Attributes:
        tokens: in the sequence whose saved tensors are counted; what is saved grows with it
            linearly.
        text: tokens of text in a turn's prompt: goal, rules, what was said in the turns shown.
        history: past turns in it, each with a picture, as the newest turn has one.
        answer: tokens of an answer.
        turns: handled at once: environments side by side, or turns of a micro-batch.
    """

    tokens: int = 256
    text: int = 800
    history: int = 4
    answer: int = 128
    turns: tuple[int, ...] = (1, 8, 64)


def qwen3_config(hidden: int, layers: int, wide: int, heads: int, tied: bool, eyes: int) -> Any:
    """Make Qwen3-VL's configuration (config.json of the Instruct models)."""
    small = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096}
    large = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304}
    vision = small if eyes == 24 else large
    return transformers.Qwen3VLConfig(
        text_config={
            "hidden_size": hidden,
            "num_hidden_layers": layers,
            "intermediate_size": wide,
            "num_attention_heads": heads,
            "num_key_value_heads": 8,
            "head_dim": 128,
            "vocab_size": 151936,
            "tie_word_embeddings": tied,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 5e6,
                "mrope_section": [24, 20, 20],
            },
        },
        vision_config={
            **vision,
            "num_heads": 16,
            "out_hidden_size": hidden,
            "deepstack_visual_indexes": [5, 11, 17] if eyes == 24 else [8, 16, 24],
        },
        tie_word_embeddings=tied,
    )


def gemma3_config() -> Any:
    """Make Gemma 3's configuration with 4B parameters (config.json of gemma-3-4b-it)."""
    return transformers.Gemma3Config(
        text_config={
            "hidden_size": 2560,
            "num_hidden_layers": 34,
            "intermediate_size": 10240,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "head_dim": 256,
            "vocab_size": 262208,
        },
        vision_config={
            "hidden_size": 1152,
            "num_hidden_layers": 27,
            "intermediate_size": 4304,
            "num_attention_heads": 16,
            "image_size": 896,
            "patch_size": 14,
            "vision_use_head": False,
        },
        mm_tokens_per_image=256,
    )


def configurations() -> dict[str, Any]:
    """Make the configurations of the table, by the names of the models."""
    return {
        "Qwen2.5-VL-3B": qwen_config("3b"),
        "Qwen2.5-VL-7B": qwen_config("7b"),
        "Qwen3-VL-2B": qwen3_config(2048, 28, 6144, 16, True, 24),
        "Qwen3-VL-4B": qwen3_config(2560, 36, 9728, 32, True, 24),
        "Qwen3-VL-8B": qwen3_config(4096, 36, 12288, 32, False, 27),
        "Gemma-3-4B": gemma3_config(),
    }


def head_width(text: Any) -> int:
    """Return the width of one attention head of a language model."""
    return int(getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads)


def picture_tokens(config: Any, side: int) -> int:
    """Count the tokens that a square picture takes in a prompt, by the family's own rule."""
    if config.model_type == "gemma3":
        return int(config.mm_tokens_per_image)  # of any size: it is scaled to 896 x 896
    cell = config.vision_config.patch_size * config.vision_config.spatial_merge_size
    least = 56 * 56 if config.model_type == "qwen2_5_vl" else 256 * 256  # preprocessor_config.json
    height, width = smart_resize(side, side, cell, least, 4096**2)
    return int(height * width // cell**2)


# Counting on the meta device.


class _Flash(torch.autograd.Function):
    """Stands for attention: computes nothing, and saves what a flash kernel saves."""

    @staticmethod
    def forward(ctx: Any, query: Any, key: Any, value: Any) -> Any:
        output, rows = torch.empty_like(query), query.new_empty(query.shape[:-1]).float()
        ctx.save_for_backward(query, key, value, output, rows)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        raise NotImplementedError("it stands there to be counted")


def _flash(module: Any, query: Any, key: Any, value: Any, *_: Any, **__: Any) -> Any:
    groups = query.shape[1] // key.shape[1]
    key, value = (x.repeat_interleave(groups, 1) if groups > 1 else x for x in (key, value))
    run: Any = _Flash.apply
    return run(query, key, value).transpose(1, 2).contiguous(), None


transformers.AttentionInterface.register("counted", _flash)


def meta_model(config: Any, dtype: torch.dtype) -> Any:
    """Build a model that takes no memory."""
    make: Any = transformers.AutoModelForImageTextToText
    with torch.device("meta"):
        return make.from_config(config, dtype=dtype, attn_implementation="counted")


@contextmanager
def saved_bytes(model: torch.nn.Module) -> Iterator[dict[int, int]]:
    """Note the bytes of every storage that autograd saves, weights left out, by their address."""
    weights = {p.untyped_storage()._cdata for p in model.parameters()}
    saved: dict[int, int] = {}
    kept = []  # as long as it is counted, no address is used twice

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            saved[storage._cdata] = storage.nbytes()
            kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield saved


def decoder_bytes(model: Any, tokens: int, device: str = "meta") -> int:
    """Count what the language model saves of a sequence, in bytes."""
    decoder = getattr(model, "get_base_model", lambda: model)().get_decoder()
    config = decoder.config
    dtype = decoder.embed_tokens.weight.dtype
    embedded = torch.zeros(1, tokens, config.hidden_size, dtype=dtype, device=device)
    trained = any(p.requires_grad for p in decoder.embed_tokens.parameters())
    with saved_bytes(model) as saved:
        decoder(inputs_embeds=embedded.requires_grad_(trained), use_cache=False)
    return sum(saved.values())


def formula(config: Any, lora: bool, element: int) -> float:
    """Give the bytes that one layer saves of one token, without counting.

    After Korthikanti et al. 2022 (arXiv 2205.05198, section 4.1: s b h (34 + 5 a s / h) for GPT
    in 16 bits), with RMS norms computed in float32, a gated MLP, and flash attention instead of
    the matrix of scores. ``h`` is the hidden size, ``q`` and ``k`` the widths of all heads, ``f``
    that of the MLP, ``e`` the bytes of an element:

    - two norms, four in Gemma 3: 4 h each; and e h each where their weights are trained, 4 h in
      Gemma 3, whose norms are float32 to the end; those of queries and keys, which Qwen 2.5 does
      not have, likewise with q + k for h;
    - attention: queries, keys and values repeated for all heads, output: 4 e q; rotation keeps
      nothing that is not kept already;
    - the MLP's gate, its activation and the other factor: 3 e f;
    - inputs of the projections. Trained whole, those of q, k, v are one tensor, those of gate and
      up another, both of them outputs of a norm: 2 e h, and e f of the last one; the attention's
      output is counted already. Adapters are float32, and each makes a copy of its own: 4 (5 h +
      q + f).

    Args:
        config: of the language model.
        lora: adapters on all projections; otherwise everything is trained.
        element: bytes of an element, fewer than four.
    """
    h, f, e = config.hidden_size, config.intermediate_size, element
    q, k = (
        heads * head_width(config)
        for heads in (config.num_attention_heads, config.num_key_value_heads)
    )
    gemma = config.model_type.startswith("gemma3")
    normed = (4 if gemma else 2) * h + (0 if config.model_type.startswith("qwen2") else q + k)
    saved = 4 * normed + 4 * e * q + 3 * e * f
    if lora:
        return float(saved + 4 * (5 * h + q + f))
    return float(saved + (4 if gemma else e) * normed + 2 * e * h + e * f)


# The tables.


def model_row(name: str, config: Any) -> dict[str, object]:
    """Tell what lies in memory whatever is done: weights, gradients, optimiser; in GB."""
    model = meta_model(config, torch.bfloat16)
    count = sum(p.numel() for p in model.parameters())
    model = add_lora(model, LoRA(RANK))
    adapters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    critic = sum(p.numel() for p in ValueHead(config.get_text_config().hidden_size).parameters())
    trained = _ADAM * critic / GB
    return {
        "model": name,
        "parameters, 1e9": round(count / 1e9, 3),
        f"adapters r{RANK}, 1e6": round(adapters / 1e6, 1),
        "weights, bfloat16": round(2 * count / GB, 1),
        "LoRA, bfloat16": round((2 * count + _ADAM * adapters) / GB + trained, 1),
        "all, bfloat16": round(8 * count / GB + trained, 1),
        "all, float32": round(_ADAM * count / GB + trained, 1),
    }


def token_row(name: str, config: Any, counted: Mapping[str, float]) -> dict[str, object]:
    """Tell what pictures take in tokens, and 1000 tokens in memory; in GB."""
    thousand = 1000 / GB
    row: dict[str, object] = {"model": name}
    row |= {f"{side} px": picture_tokens(config, side) for side in PICTURES}
    row["sampling"] = round(counted["sampling"] * thousand, 3)
    for kind in ("LoRA", "LoRA, checkpointing", "all", "all, checkpointing"):
        row[kind] = round(counted[kind] * thousand, 2)
    return row


def token_bytes(config: Any, tokens: int) -> Mapping[str, float]:
    """Count the bytes that one token takes, in sampling and in an update.

    Sampling keeps keys and values, and where a prompt is read, one MLP at a time holds its gate,
    the other factor and their product. An update keeps what autograd saves; with checkpointing a
    layer keeps its input, and one layer at a time is computed again.
    """
    text = config.get_text_config()
    layers, e = text.num_hidden_layers, 2
    cache = layers * 2 * text.num_key_value_heads * head_width(text) * e
    counted: dict[str, float] = {"sampling": cache + 3 * e * text.intermediate_size}
    for kind in ("all", "LoRA"):
        model = meta_model(config, torch.bfloat16)
        if kind == "LoRA":
            model = add_lora(model, LoRA(RANK))
        per_token = decoder_bytes(model, tokens) / tokens
        counted[kind] = per_token
        counted[f"{kind}, checkpointing"] = layers * e * text.hidden_size + per_token / layers
        counted[f"{kind}, formula"] = layers * formula(text, kind == "LoRA", e)
    return counted


def run_rows(
    fixed: Mapping[str, object], config: Any, counted: Mapping[str, float], options: Options
) -> Iterator[dict[str, object]]:
    """Tell what a run with LoRA in bfloat16 takes, by pictures and turns handled at once; in GB."""
    base = float(str(fixed["LoRA, bfloat16"]))
    for side in PICTURES:
        pictures = (options.history + 1) * picture_tokens(config, side)
        length = options.text + pictures + options.answer
        for turns in options.turns:
            row = {"model": fixed["model"], "picture": f"{side} px", "turns": turns}
            row["tokens"] = turns * length
            for column, kind in (
                ("sampling", "sampling"),
                ("update", "LoRA"),
                ("update, checkpointing", "LoRA, checkpointing"),
            ):
                row[column] = round(base + turns * length * counted[kind] / GB, 1)
            yield row


def main(options: Options) -> None:
    """Count, and write the three tables."""
    models: list[dict[str, object]] = []
    tokens: list[dict[str, object]] = []
    runs: list[dict[str, object]] = []
    ratios: dict[str, float] = {}
    for name, config in configurations().items():
        counted = token_bytes(config, options.tokens)
        for kind in ("all", "LoRA"):
            ratios[f"{name}, {kind}"] = round(counted[f"{kind}, formula"] / counted[kind], 3)
        models.append(model_row(name, config))
        tokens.append(token_row(name, config, counted))
        if name.startswith("Qwen2.5"):
            runs += run_rows(models[-1], config, counted, options)
    for table, rows in (("models", models), ("tokens", tokens), ("runs", runs)):
        result = {"rows": rows, "formula / counted": ratios}
        write_result(RESULTS / f"memory_{table}.json", options, result)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
