"""Models of Qwen2.5-VL's shape with random weights, and a processor, without any download.

The sizes are those of the published configurations (config.json of Qwen2.5-VL-3B- and
-7B-Instruct). The tokenizer is learned from an environment's texts, so that prompts have about as
many tokens as a real one would make of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from policies.loading import image_only

_VISION = {
    "depth": 32,
    "hidden_size": 1280,
    "num_heads": 16,
    "intermediate_size": 3420,
    "patch_size": 14,
    "window_size": 112,
    "fullatt_block_indexes": [7, 15, 23, 31],
}
SIZES: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "3b": (
        {
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_hidden_layers": 36,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "vocab_size": 151936,
            "tie_word_embeddings": True,
            "mrope_section": [16, 24, 24],
        },
        {**_VISION, "out_hidden_size": 2048},
    ),
    "7b": (
        {
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "tie_word_embeddings": False,
            "mrope_section": [16, 24, 24],
        },
        {**_VISION, "out_hidden_size": 3584},
    ),
    # For machines without a GPU: the same parts, hardly any weights.
    "tiny": (
        {
            "hidden_size": 64,
            "intermediate_size": 192,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 4096,
            "tie_word_embeddings": True,
            "mrope_section": [2, 3, 3],
        },
        {
            **_VISION,
            "depth": 2,
            "hidden_size": 64,
            "num_heads": 4,
            "intermediate_size": 192,
            "fullatt_block_indexes": [1],
            "out_hidden_size": 64,
        },
    ),
}
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>")
_PICTURE = ("<|image_pad|>", "<|video_pad|>")
_CHAT = (
    "{% for m in messages %}{% if loop.first %}<|im_start|>system\nYou are a helpful assistant."
    "<|im_end|>\n{% endif %}<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{% if c.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ c.text }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def qwen_config(size: str, tokenizer: Any = None) -> Any:
    """Make the configuration of a size; ``tokenizer`` says which tokens stand for pictures."""
    text, vision = SIZES[size]
    text = {
        "max_position_embeddings": 128000,
        "rms_norm_eps": 1e-6,
        "bos_token_id": None,
        "eos_token_id": None,
        **text,
    }
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": text.pop("mrope_section")}
    tied = text.pop("tie_word_embeddings")
    options: dict[str, Any] = {}
    if tokenizer is not None:
        ids = tokenizer.convert_tokens_to_ids
        options = {
            "image_token_id": ids("<|image_pad|>"),
            "video_token_id": ids("<|video_pad|>"),
            "vision_start_token_id": ids("<|vision_start|>"),
            "vision_end_token_id": ids("<|vision_end|>"),
        }
        text |= {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
    return transformers.Qwen2_5_VLConfig(
        text_config={**text, "rope_parameters": rope, "tie_word_embeddings": tied},
        vision_config=vision,
        tie_word_embeddings=tied,
        **options,
    )


def qwen_processor(texts: Iterable[str], words: int = 3000) -> Any:
    """Make a processor; its tokenizer learns ``words`` pieces from ``texts``, and can write all."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=words,
        special_tokens=[*_SPECIAL, *_PICTURE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    make: Any = transformers.PreTrainedTokenizerFast
    made = make(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens={token.strip("<|>"): token for token in (*_SPECIAL, *_PICTURE)},
    )
    picture = Qwen2VLImageProcessorPil()
    return image_only(transformers.Qwen2_5_VLProcessor)(picture, made, chat_template=_CHAT)


def qwen_model(config: Any, device: torch.device | str, dtype: torch.dtype, seed: int = 0) -> Any:
    """Make a model with random weights, on its device at once."""
    devices = [torch.device(device)] if torch.device(device).type == "cuda" else []
    make: Any = transformers.AutoModelForImageTextToText
    with torch.random.fork_rng(devices=devices), torch.device(device):
        torch.manual_seed(seed)
        return make.from_config(config, dtype=dtype).to(dtype)
