"""Models on disk: folders and hub names, LoRA laid over them, and the files of a saved policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from policies import smollm2

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""All projections of a decoder layer of Llama's shape, which most families have."""
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class LoRA:
    """Low-rank adapters (Hu et al. 2021, arXiv 2106.09685) on a model's projections.

    Attributes:
        rank: of the adapters; 0 trains the whole model instead.
        alpha: the adapters' output is scaled by alpha / rank.
        projections: names of the linear layers that get one, in the language model.
        vision: whether those of the vision tower get one, too.
    """

    rank: int = 0
    alpha: int = 32
    projections: Sequence[str] = PROJECTIONS
    vision: bool = False

    def __post_init__(self) -> None:
        if self.rank < 0 or self.alpha <= 0:
            raise ValueError(
                f"expected a rank of at least 0 and an alpha above 0, got {self.rank} and "
                f"{self.alpha}"
            )


def load_model(name: Path | str, dtype: str = "auto", lora: LoRA | None = None) -> tuple[Any, Any]:
    """Read a model and its processor.

    Args:
        name: a folder in Hugging Face's layout, a folder that `save_model` wrote, ``smollm2:SIDE``,
            or a name on the hub, where it is in the cache or the hub can be reached.
        dtype: of the weights; ``auto`` is as they were saved. Adapters are float32 in any case.
        lora: adapters to lay over the model, if it has none yet.

    Raises:
        FileNotFoundError: there is no such model; the message says what to download.
        ValueError: ``dtype`` is unknown, no layer has the name of a projection, or the folder holds
            an adapter of another rank.
    """
    from transformers import AutoModelForImageTextToText

    if dtype not in DTYPES:
        raise ValueError(f"unknown dtype {dtype!r}: expected one of {', '.join(DTYPES)}")
    if side := smollm2.side_of(str(name)):
        model: Any
        model, processor = smollm2.smollm2_vlm(side)
        model.name_or_path = str(name)
        model.to(getattr(torch, "float32" if dtype == "auto" else dtype))
        return add_lora(model, lora, smollm2.NEW) if lora and lora.rank else model, processor
    folder = find_model(name)
    if (folder / "adapter_config.json").is_file():
        from peft import PeftConfig, PeftModel

        adapter: Any = PeftConfig.from_pretrained(str(folder))
        if lora and lora.rank not in (0, adapter.r):
            raise ValueError(
                f"{folder} holds an adapter of rank {adapter.r}, and one of rank {lora.rank} was "
                "asked for: leave the rank out to go on with the one that is there"
            )
        below, _ = load_model(str(adapter.base_model_name_or_path), dtype)
        return PeftModel.from_pretrained(below, folder, is_trainable=True), load_processor(folder)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"{folder} holds no model: expected config.json in it")
    make: Any = AutoModelForImageTextToText
    model = make.from_pretrained(folder, dtype=dtype)
    model.name_or_path = str(name)  # by which a saved adapter finds its model again
    return add_lora(model, lora) if lora and lora.rank else model, load_processor(folder)


def find_model(name: Path | str) -> Path:
    """Return the folder of a model; what the hub has is downloaded, if it can be reached.

    Raises:
        FileNotFoundError: there is no such folder, and no such model in the cache or on the hub.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HFValidationError

    if Path(name).is_dir():
        return Path(name)
    name = str(name)
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError, HFValidationError):
        pass
    try:  # once, for the download itself tries again and again
        HfApi().model_info(name, timeout=10)
        return Path(snapshot_download(name))
    except Exception as error:  # the hub's client raises errors of many kinds
        raise FileNotFoundError(
            f"there is no folder {name}, and no such model in the cache or on the hub: where there "
            f"is network, run `hf download {name}`, and give the folder that it prints"
        ) from error


def load_processor(name: Path | str) -> Any:
    """Read a processor for texts and pictures, with torchvision or without it.

    Processors of families that know videos ask for torchvision, which we do not need.
    """
    import transformers
    from transformers import AutoConfig, AutoProcessor
    from transformers.models.auto import processing_auto

    folder = find_model(name)
    if (folder / "config.json").is_file():
        known: Any = vars(processing_auto)["PROCESSOR_MAPPING_NAMES"]
        made = known.get(AutoConfig.from_pretrained(folder).model_type)
    else:  # beside an adapter
        made = transformers.ProcessorMixin.get_processor_dict(folder)[0].get("processor_class")
    kind: Any = image_only(getattr(transformers, made)) if made else AutoProcessor
    return kind.from_pretrained(folder)


def image_only(kind: Any) -> Any:
    """Take a processor's class without its videos; others are returned as they are."""
    import transformers

    if kind is transformers.SmolVLMProcessor:
        return transformers.Idefics3Processor  # which is the same without videos
    attributes = kind.get_attributes()
    if "video_processor" not in attributes:
        return kind

    class ImageOnly(kind):  # type: ignore[misc]
        @classmethod
        def get_attributes(cls) -> list[str]:
            return [name for name in attributes if name != "video_processor"]

    # What is saved names the class, for whoever loads it.
    ImageOnly.__name__ = ImageOnly.__qualname__ = kind.__name__
    return ImageOnly


def add_lora(model: Any, lora: LoRA, new: Sequence[str] = ()) -> Any:
    """Lay adapters over a model; nothing else is trained then.

    Args:
        model: its language model gets them.
        lora: the options.
        new: names of modules that have learned nothing yet: they are trained whole.

    Raises:
        ValueError: no layer has the name of a projection.
    """
    from peft import LoraConfig, get_peft_model
    from torch import nn

    decoder = {id(module) for module in model.get_decoder().modules()}
    linear = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    own = {name for name, module in model.named_modules() if id(module) in decoder}
    chosen = [
        name
        for name in linear
        if name.rpartition(".")[2] in lora.projections and (lora.vision or name in own)
    ]
    if not chosen:
        found = sorted({name.rpartition(".")[2] for name in linear if name in own})
        raise ValueError(
            f"no layer is called {' or '.join(lora.projections)}: the language model has "
            f"{', '.join(found)}"
        )
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        target_modules=chosen,
        lora_dropout=0.0,
        modules_to_save=list(new) or None,
    )
    return get_peft_model(model, config)


def save_model(model: Any, processor: Any, folder: Path) -> None:
    """Write model and processor to ``folder``; of a model with LoRA only the adapter."""
    bars: Any = logging
    enabled = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()  # a checkpoint is no news
    # Of embeddings nothing is trained; peft would ask the hub whether they are what they were.
    options = {"save_embedding_layers": False} if hasattr(model, "peft_config") else {}
    try:
        model.save_pretrained(folder, **options)
        processor.save_pretrained(folder)
    finally:
        if enabled:
            bars.enable_progress_bar()
