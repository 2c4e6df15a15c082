"""A tiny model with random weights of every family, with its own processor and kind of chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from policies.loading import image_only

SIDE = 32
"""Of the pictures the families are shown; Qwen's take any size."""
_WIDTH = 32

# How the models of each family chat, in short; as their published templates do.
_CHATML = (
    "{% for m in messages %}{% if loop.first %}<|im_start|>system\nYou are a helpful assistant."
    "<|im_end|>\n{% endif %}<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'image' %}IMAGE{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SMOL = (
    "<|im_start|>{% for m in messages %}{{ m.role | capitalize }}: {% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %}{{ c.text }}{% endif %}{% endfor %}"
    "<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
_GEMMA = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>"
    "{{ 'model' if m.role == 'assistant' else m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'image' %}<start_of_image>{% else %}{{ c.text | trim }}{% endif %}"
    "{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
_LLAVA = (
    "{% for m in messages %}{{ m.role | upper }}: {% for c in m.content %}"
    "{% if c.type == 'image' %}<image>\n{% else %}{{ c.text }}{% endif %}{% endfor %} {% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
_QWEN = ("<|im_start|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
_IDEFICS = (
    *("<|im_start|>", "<image>", "<fake_token_around_image>", "<end_of_utterance>"),
    *("<global-img>", *(f"<row_{i}_col_{j}>" for i in range(1, 7) for j in range(1, 7))),
)


def _tokenizer(end: str, special: tuple[str, ...] = (), **named: str) -> Any:
    """Make a tokenizer of bytes, which can write anything, with a family's special tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    known = dict.fromkeys(["<pad>", "<bos>", end, "<unk>", *special, *named.values(), *letters])
    vocabulary = {token: i for i, token in enumerate(known)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    extra = {**{f"extra_{i}": token for i, token in enumerate(special)}, **named}
    make: Any = PreTrainedTokenizerFast
    return make(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token=end,
        unk_token="<unk>",
        extra_special_tokens=extra,
    )


def _text(tokenizer: Any, **options: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": _WIDTH,
        "intermediate_size": 2 * _WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": _WIDTH // 4,
        "max_position_embeddings": 4096,
        "initializer_range": 0.2,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "tie_word_embeddings": False,
        **options,
    }


def _vision(**options: Any) -> dict[str, Any]:
    return {
        "hidden_size": _WIDTH,
        "intermediate_size": 2 * _WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "initializer_range": 0.2,
        **options,
    }


def _llava() -> tuple[Any, Any]:
    tokenizer = _tokenizer("<eos>", image_token="<image>")
    config = transformers.LlavaConfig(
        text_config={**_text(tokenizer), "model_type": "llama"},
        vision_config={
            **_vision(image_size=SIDE, patch_size=8),
            "model_type": "siglip_vision_model",
            "vision_use_head": False,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )
    make: Any = transformers.LlavaProcessor
    processor = make(
        SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer,
        patch_size=8,
        vision_feature_select_strategy="full",
        chat_template=_LLAVA,
    )
    return config, processor


def _idefics(name: str, picture: Any, **options: Any) -> tuple[Any, Any]:
    """Make Idefics3, or SmolVLM, which cuts a picture into four and adds the whole."""
    tokenizer = _tokenizer("<end_of_utterance>", _IDEFICS)
    config = getattr(transformers, f"{name}Config")(
        text_config={**_text(tokenizer), "model_type": "llama"},
        vision_config=_vision(image_size=SIDE, patch_size=8),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=2,
    )
    size = {"longest_edge": SIDE}
    make = image_only(getattr(transformers, f"{name}Processor"))
    processor = make(
        picture(max_image_size=size, **{"size": size, **options}),
        tokenizer,
        image_seq_len=4,
        chat_template=_SMOL,
    )
    return config, processor


def _smolvlm() -> tuple[Any, Any]:
    big = {"longest_edge": 2 * SIDE}
    return _idefics("SmolVLM", SmolVLMImageProcessorPil, size=big, do_image_splitting=True)


def _idefics3() -> tuple[Any, Any]:
    return _idefics("Idefics3", Idefics3ImageProcessorPil, do_image_splitting=False)


def _qwen(name: str, vision: dict[str, Any], text: dict[str, Any]) -> tuple[Any, Any]:
    tokenizer = _tokenizer("<|im_end|>", _QWEN)
    ids = tokenizer.convert_tokens_to_ids
    config = getattr(transformers, f"{name}Config")(
        text_config=_text(tokenizer, **text),
        vision_config={
            "depth": 2,
            "num_heads": 4,
            "patch_size": 8,
            "spatial_merge_size": 2,
            "initializer_range": 0.2,
            **vision,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
    )
    picture = Qwen2VLImageProcessorPil(
        patch_size=8, merge_size=2, size={"shortest_edge": 256, "longest_edge": 64 * 256}
    )
    template = _CHATML.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    make = image_only(getattr(transformers, f"{name}Processor"))
    return config, make(picture, tokenizer, chat_template=template)


_MROPE = {
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]}
}


def _qwen2() -> tuple[Any, Any]:
    return _qwen("Qwen2VL", {"embed_dim": _WIDTH, "hidden_size": _WIDTH, "mlp_ratio": 2}, _MROPE)


def _qwen25() -> tuple[Any, Any]:
    vision = {
        "hidden_size": _WIDTH,
        "intermediate_size": 2 * _WIDTH,
        "out_hidden_size": _WIDTH,
        "window_size": 32,
        "fullatt_block_indexes": [1],
    }
    return _qwen("Qwen2_5_VL", vision, _MROPE)


def _qwen3() -> tuple[Any, Any]:
    vision = {
        "hidden_size": _WIDTH,
        "intermediate_size": 2 * _WIDTH,
        "out_hidden_size": _WIDTH,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0],
    }
    return _qwen("Qwen3VL", vision, _MROPE)


def _internvl() -> tuple[Any, Any]:
    tokenizer = _tokenizer(
        "<|im_end|>",
        ("<|im_start|>",),
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<video>",
    )
    config = transformers.InternVLConfig(
        text_config={**_text(tokenizer), "model_type": "qwen2"},
        vision_config=_vision(image_size=SIDE, patch_size=8),
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
        tie_word_embeddings=False,
    )
    make = image_only(transformers.InternVLProcessor)
    processor = make(
        GotOcr2ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer,
        image_seq_length=4,
        chat_template=_CHATML.replace("IMAGE", "<IMG_CONTEXT>\n"),
    )
    return config, processor


def _gemma3() -> tuple[Any, Any]:
    tokenizer = _tokenizer(
        "<eos>",
        ("<start_of_turn>", "<end_of_turn>"),
        boi_token="<start_of_image>",
        eoi_token="<end_of_image>",
        image_token="<image_soft_token>",
    )
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Gemma3Config(
        text_config=_text(
            tokenizer,
            sliding_window=24,
            layer_types=["sliding_attention", "full_attention"],
            query_pre_attn_scalar=8,
        ),
        vision_config={
            **_vision(image_size=SIDE, patch_size=8),
            "model_type": "siglip_vision_model",
        },
        mm_tokens_per_image=4,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
        initializer_range=0.2,
    )
    make: Any = transformers.Gemma3Processor
    processor = make(
        Gemma3ImageProcessorPil(size={"height": SIDE, "width": SIDE}),
        tokenizer,
        image_seq_length=4,
        chat_template=_GEMMA,
    )
    return config, processor


def _paligemma() -> tuple[Any, Any]:
    tokenizer = _tokenizer("<eos>", image_token="<image>")
    picture: Any = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    picture.image_seq_length = 16
    make: Any = transformers.PaliGemmaProcessor
    processor = make(picture, tokenizer)  # which adds a thousand tokens for places
    config = transformers.PaliGemmaConfig(
        text_config={**_text(tokenizer), "model_type": "gemma"},
        vision_config={
            **_vision(image_size=SIDE, patch_size=8),
            "model_type": "siglip_vision_model",
            "vision_use_head": False,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        projection_dim=_WIDTH,
        hidden_size=_WIDTH,
    )
    return config, processor


FAMILIES: dict[str, Callable[[], tuple[Any, Any]]] = {
    "llava": _llava,
    "idefics3": _idefics3,
    "smolvlm": _smolvlm,
    "qwen2_vl": _qwen2,
    "qwen2_5_vl": _qwen25,
    "qwen3_vl": _qwen3,
    "internvl": _internvl,
    "gemma3": _gemma3,
    "paligemma": _paligemma,
}
"""Model type -> what makes its config and its processor."""


def tiny(family: str) -> tuple[Any, Any]:
    """Make a model of ``family`` with random weights, always the same, and its processor."""
    config, processor = FAMILIES[family]()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        make: Any = transformers.AutoModelForImageTextToText
        model = make.from_config(config)
    if family == "gemma3":
        # Untrained, its projection is 0: no picture would reach the words.
        with torch.no_grad(), torch.random.fork_rng():
            torch.manual_seed(0)
            model.model.multi_modal_projector.mm_input_projection_weight.normal_(std=0.2)
        # Its models end a turn with another token than a text.
        end = processor.tokenizer.convert_tokens_to_ids("<end_of_turn>")
        model.generation_config.eos_token_id = [processor.tokenizer.eos_token_id, end]
    return model, processor
