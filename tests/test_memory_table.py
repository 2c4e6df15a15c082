"""The memory tables: parameters as published, saved tensors as a real run saves them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText

from benchmarks import memory_table
from benchmarks.qwen_shaped import qwen_config
from policies.loading import LoRA, add_lora

PUBLISHED = {
    "Qwen2.5-VL-3B": 3_754_622_976,
    "Qwen2.5-VL-7B": 8_292_166_656,
    "Qwen3-VL-2B": 2_127_532_032,
    "Qwen3-VL-4B": 4_437_815_808,
    "Qwen3-VL-8B": 8_767_123_696,
    "Gemma-3-4B": 4_300_079_472,
}
"""Parameters, as the models' pages on the hub count them."""
MODELS = memory_table.configurations()


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_those_published(name: str) -> None:
    """A wrong number in a configuration would show."""
    model = memory_table.meta_model(MODELS[name], torch.bfloat16)
    assert sum(p.numel() for p in model.parameters()) == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("Qwen2.5-VL-3B", [64, 256, 1024]),
        ("Qwen3-VL-4B", [64, 196, 784]),
        ("Gemma-3-4B", [256, 256, 256]),
    ],
)
def test_tokens_of_pictures(name: str, tokens: list[int]) -> None:
    """Each family's own rule: cells of 28 or 32 pixels, a least size, or always as many."""
    sides = memory_table.PICTURES
    assert [memory_table.picture_tokens(MODELS[name], side) for side in sides] == tokens


@pytest.mark.parametrize("kind", ["all", "LoRA"])
@pytest.mark.parametrize("name", ["Qwen2.5-VL-3B", "Qwen3-VL-2B", "Gemma-3-4B"])
def test_counted_and_closed_form_agree(name: str, kind: str) -> None:
    """What is counted on the meta device is what one can write down, within 2%."""
    counted = memory_table.token_bytes(MODELS[name], 64)
    assert counted[f"{kind}, formula"] == pytest.approx(counted[kind], rel=0.02)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("lora", [False, True])
def test_a_real_forward_pass_saves_as_much(dtype: torch.dtype, lora: bool) -> None:
    """A small model on the CPU, with PyTorch's own attention, saves the same within 10%."""
    config = qwen_config("tiny")
    make: Any = AutoModelForImageTextToText
    models = [
        memory_table.meta_model(config, dtype),
        make.from_config(qwen_config("tiny"), dtype=dtype, attn_implementation="sdpa"),
    ]
    if lora:
        models = [add_lora(model, LoRA(rank=4)) for model in models]
    counted = memory_table.decoder_bytes(models[0], 64)
    assert counted == pytest.approx(memory_table.decoder_bytes(models[1], 64, "cpu"), rel=0.1)


def test_saved_storages_are_counted_once() -> None:
    """Two views of one tensor are one storage, and weights are not counted."""
    layer = torch.nn.Linear(8, 8, bias=False)
    rows = torch.ones(4, 8)
    with memory_table.saved_bytes(layer) as saved:
        _ = layer(rows) + layer(rows[:2].repeat(2, 1)) + layer(rows.view(4, 8))
    assert sum(saved.values()) == 2 * rows.nbytes
