"""A tiny vision-language model that trains on two CPU cores: LLaVA's shape, 0.2 million weights.

A SigLIP tower reads the picture into a few tokens, a Llama of two layers reads them with the text.
Its tokenizer knows exactly the words of one environment. It is an ordinary Hugging Face model: it
is saved, reloaded and driven like a large one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from policies.vlm import VLMPolicy
from vl_envs.core.parser import Parser

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>", "<image>", "<user>", "<assistant>")
# A tag is one token, a word is one token (or a word and its ##pieces), a sign is one token.
_TOKEN = r"</?\w+>|##\w+|\w+|[^\w\s]"
_CHAT = (
    "{% for m in messages %}<{{ m.role }}>{% for c in m.content %}"
    "{% if c.type == 'image' %}<image>{% else %}{{ c.text }}{% endif %}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def build_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Make a word-level tokenizer of all words in ``texts``; ``##ba`` is a piece inside a word."""
    words = dict.fromkeys(SPECIAL)
    for text in texts:
        words.update(dict.fromkeys(re.findall(_TOKEN, text)))
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>"))
    # What the pattern matches is kept, what lies between is dropped.
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(_TOKEN.replace(r"##\w+|", "")), behavior="removed", invert=True
    )
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    make: Any = PreTrainedTokenizerFast
    made: PreTrainedTokenizerFast = make(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        unk_token="<unk>",
        extra_special_tokens={
            "image_token": "<image>",
            "user_token": "<user>",
            "assistant_token": "<assistant>",
        },
        padding_side="left",
    )
    return made


def tiny_vlm(
    texts: Iterable[str],
    image_size: int,
    grid: int = 4,
    hidden: int = 64,
    layers: int = 2,
    heads: int = 4,
    initializer_range: float = 0.1,
    seed: int = 0,
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """Make an untrained tiny model and its processor.

    Args:
        texts: the environment's vocabulary.
        image_size: side of the square pictures, in pixels; a multiple of ``grid``.
        grid: the picture becomes ``grid``² image tokens.
        hidden: width of both towers.
        layers: layers of each tower.
        heads: attention heads of each tower.
        initializer_range: of all weights; the usual .02 does not learn at this size.
        seed: of the initial weights.

    Raises:
        ValueError: ``image_size`` is no multiple of ``grid``.
    """
    if image_size % grid:
        raise ValueError(f"image_size {image_size} is no multiple of grid {grid}")
    tokenizer = build_tokenizer(texts)
    patch = image_size // grid
    text_config = {
        "model_type": "llama",
        "vocab_size": len(tokenizer),
        "hidden_size": hidden,
        "intermediate_size": 3 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": hidden // heads,
        "max_position_embeddings": 4096,
        "initializer_range": initializer_range,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "tie_word_embeddings": False,
    }
    vision_config = {
        "model_type": "siglip_vision_model",
        "vision_use_head": False,
        "hidden_size": hidden,
        "intermediate_size": 3 * hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "image_size": image_size,
        "patch_size": patch,
    }
    config = LlavaConfig(
        vision_config=vision_config,
        text_config=text_config,
        image_token_index=SPECIAL.index("<image>"),
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
        tie_word_embeddings=False,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(config)
    image_processor = SiglipImageProcessorPil(
        size={"height": image_size, "width": image_size}, do_resize=False
    )
    make_processor: Any = LlavaProcessor
    processor = make_processor(
        image_processor,
        tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="full",
        chat_template=_CHAT,
    )
    return model, processor


def tiny_policy(
    texts: Iterable[str], image_size: int, parser: Parser, max_new_tokens: int = 8, seed: int = 0
) -> VLMPolicy:
    """Make an untrained tiny policy for an environment with this vocabulary and parser."""
    model, processor = tiny_vlm(texts, image_size, seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return VLMPolicy(model, processor, parser, max_new_tokens=max_new_tokens)
