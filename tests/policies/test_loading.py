"""Where models come from: folders, the hub's cache, and one line where there is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
import transformers
from huggingface_hub import constants

from policies.loading import LoRA, find_model, image_only, load_model, load_processor
from policies.vlm import VLMPolicy
from tests.tiny_families import tiny

torch.set_num_threads(1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache of the hub, which cannot be reached."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def test_a_name_is_found_in_the_cache(cache: Path) -> None:
    """As the hub's client lays it out; an adapter remembers the name, not the cache's folder."""
    snapshot = cache / "models--some--vlm" / "snapshots" / ("0" * 40)
    model, processor = tiny("llava")
    model.save_pretrained(snapshot)
    processor.save_pretrained(snapshot)
    (cache / "models--some--vlm" / "refs").mkdir()
    (cache / "models--some--vlm" / "refs" / "main").write_text("0" * 40)
    assert find_model("some/vlm") == snapshot
    policy = VLMPolicy.load("some/vlm", lora=LoRA(rank=2))
    policy.save(cache / "adapter")
    config = (cache / "adapter" / "adapter_config.json").read_text()
    assert '"some/vlm"' in config
    assert not list((cache / "adapter").glob("model*.safetensors"))
    again = VLMPolicy.load(cache / "adapter")
    assert sum(p.requires_grad for p in again.model.parameters()) > 0
    VLMPolicy.load(cache / "adapter", lora=LoRA(rank=2))
    with pytest.raises(ValueError, match="an adapter of rank 2, and one of rank 8 was asked for"):
        VLMPolicy.load(cache / "adapter", lora=LoRA(rank=8))


@pytest.mark.parametrize("name", ["Qwen/Qwen2.5-VL-3B-Instruct", "no/such", "../escape", "a b"])
def test_what_is_nowhere_is_told_in_one_line(cache: Path, name: str) -> None:
    """It says what to run where there is network."""
    with pytest.raises(FileNotFoundError, match="hf download") as error:
        load_model(name)
    assert name in str(error.value) and "\n" not in str(error.value)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    with pytest.raises(FileNotFoundError, match=r"holds no model: expected config\.json"):
        load_model(tmp_path)


def test_wrong_options_are_told(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(ValueError, match="unknown dtype 'int3': expected one of auto, float32"):
        load_model(tmp_path, dtype="int3")
    with pytest.raises(ValueError, match="rank of at least 0 and an alpha above 0, got -1"):
        LoRA(rank=-1)


@pytest.mark.parametrize("family", ["qwen2_5_vl", "internvl", "smolvlm"])
def test_processors_need_no_videos(family: str, tmp_path: Path) -> None:
    """A published folder names one for videos; it is not needed, nor in what we save."""
    model, processor = tiny(family)
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    (tmp_path / "video_preprocessor_config.json").write_text(
        '{"video_processor_type": "Qwen2VLVideoProcessor"}'
    )
    found = load_processor(tmp_path)
    assert "video_processor" not in found.get_attributes()
    assert type(found).__name__ == type(processor).__name__
    again = tmp_path / "again"
    found.save_pretrained(again)
    shutil.copy(tmp_path / "config.json", again)
    assert load_processor(again).tokenizer.get_vocab() == processor.tokenizer.get_vocab()


def test_processors_without_videos_stay_as_they_are() -> None:
    """Only what asks for videos is changed."""
    assert image_only(transformers.LlavaProcessor) is transformers.LlavaProcessor
