"""`checkpoint_weights`: what a checkpoint would hold, without writing one or touching the model."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file

from policies import weights
from policies.weights import checkpoint_weights
from tests.toys import toy_policy


def adapted(dtype: torch.dtype = torch.float32, **options: Any) -> Any:
    """Make a model with LoRA whose matrices are not zero."""
    config = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], **options)
    model = get_peft_model(toy_policy().model.to(dtype), config)
    torch.manual_seed(0)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.1)
        if "modules_to_save" in name:
            torch.nn.init.normal_(weight)
    return model


def saved(model: Any, folder: Path) -> dict[str, torch.Tensor]:
    """Save a model as Hugging Face does, and read what was written."""
    model.save_pretrained(folder)
    return load_file(folder / "model.safetensors")


def assert_same(came: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    """Assert that names and numbers are the same."""
    assert came.keys() == wanted.keys()
    for name, weight in wanted.items():
        torch.testing.assert_close(came[name], weight, rtol=0, atol=1e-6, msg=name)


@pytest.mark.parametrize("tied", [False, True])
def test_a_whole_model(tmp_path: Path, tied: bool) -> None:
    """Names and tensors are those of `save_pretrained`; of tied weights there is one."""
    model = toy_policy().model
    if tied:
        model.config.text_config.tie_word_embeddings = model.config.tie_word_embeddings = True
        model.tie_weights()
    came = dict(checkpoint_weights(model))
    assert_same(came, saved(model, tmp_path))
    assert ("language_model.lm_head.weight" in came) is not tied


@pytest.mark.parametrize("options", [{}, {"modules_to_save": ["linear_1"]}])
def test_lora_is_merged(tmp_path: Path, options: dict[str, Any]) -> None:
    """As peft merges it for good, in a model that goes on with its adapter."""
    model = adapted(**options)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    came = dict(checkpoint_weights(model))
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, before[name]), name
    assert_same(came, saved(copy.deepcopy(model).merge_and_unload(), tmp_path))


def test_base_weights_do_not_drift_in_half_precision() -> None:
    """Adding and taking away in bf16, which this replaces, changes them."""
    model = adapted(torch.bfloat16)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    for _ in range(3):
        assert all(w.dtype == torch.bfloat16 for _, w in checkpoint_weights(model))
    assert all(torch.equal(w, before[name]) for name, w in model.state_dict().items())
    model.merge_adapter()
    model.unmerge_adapter()
    assert not all(torch.equal(w, before[name]) for name, w in model.state_dict().items())


def test_an_adapter_that_is_off_adds_nothing(tmp_path: Path) -> None:
    """The weights are those that the model computes with."""
    model = adapted()
    wanted = saved(toy_policy().model, tmp_path)
    with model.disable_adapter():
        assert_same(dict(checkpoint_weights(model)), wanted)


def test_what_cannot_be_merged_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """DoRA scales more than it adds; and some checkpoints are cut otherwise than the model."""
    with pytest.raises(ValueError, match="no plain LoRA"):
        dict(checkpoint_weights(adapted(use_dora=True)))

    def halved(model: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {f"{name}.{i}": t for name, w in tensors.items() for i, t in enumerate(w.chunk(2))}

    monkeypatch.setattr(weights, "revert_weight_conversion", halved)
    with pytest.raises(ValueError, match="other shapes than the model"):
        dict(checkpoint_weights(toy_policy().model))
