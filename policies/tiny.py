"""A tiny vision-language model that trains on two CPU cores: LLaVA's shape, 0.2 million weights.

A SigLIP tower reads the picture into a few tokens, a Llama of two layers reads them with the text.
Its tokenizer knows the words of one environment. It is an ordinary Hugging Face model: it
is saved, reloaded and driven like a large one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from policies.vlm import VLMPolicy
from vl_envs.core.parser import Parser, TagParser

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>", "<image>", "<user>", "<assistant>")
WORDS = 800
"""More words than this are spelt in pieces: fewer weights, and new words can be copied."""
# A tag is one token, a word is one token (or a word and its ##pieces), a sign is one token.
_TOKEN = r"</?\w+>|##\w+|\w+|[^\w\s]"
_IMAGES = "{% for c in m.content if c.type == 'image' %}<image>{% endfor %}"
_TEXTS = "{% for c in m.content if c.type != 'image' %}{{ c.text }}{% endfor %}"
_CHAT = (
    "{% for m in messages %}<{{ m.role }}>CONTENT{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def build_tokenizer(texts: Iterable[str], words: int | None = None) -> PreTrainedTokenizerFast:
    """Make a tokenizer of the words in ``texts``; ``##ba`` is a piece inside a word.

    Args:
        texts: the environment's vocabulary.
        words: with more different words than this, the rarer ones are spelt in pieces, so that a
            model can copy a word that it never had to say; None keeps every word whole.
    """
    texts = list(texts)
    found = dict.fromkeys(SPECIAL)
    for text in texts:
        found.update(dict.fromkeys(re.findall(_TOKEN, text)))
    if words is not None and len(found) > words:
        found = _learn_pieces(texts, words)
    vocabulary = {word: i for i, word in enumerate(found)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = _splitter()
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


def _splitter() -> pre_tokenizers.PreTokenizer:
    """Keep what the pattern matches, drop what lies between."""
    pattern = Regex(_TOKEN.replace(r"##\w+|", ""))
    return pre_tokenizers.Split(pattern, behavior="removed", invert=True)


def _learn_pieces(texts: Sequence[str], size: int) -> dict[str, None]:
    """Learn ``size`` words and pieces that spell all ``texts``, deterministically."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = _splitter()
    tags = sorted({tag for text in texts for tag in re.findall(r"</?\w+>", text)} - {*SPECIAL})
    # Named beforehand, inner letters get fixed numbers, by which the trainer breaks ties; it would
    # number them as it happens to meet them, and each process would learn something else.
    inner = sorted({f"##{letter}" for letter in set("".join(texts)) if letter.isalnum()})
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=[*SPECIAL, *tags, *inner], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    pieces = tokenizer.get_vocab().keys() - {*SPECIAL, *tags}
    return dict.fromkeys([*SPECIAL, *tags, *sorted(pieces)])


def tiny_vlm(
    texts: Iterable[str],
    image_size: int,
    words: int | None = WORDS,
    grid: int = 4,
    hidden: int = 64,
    layers: int = 2,
    vision_layers: int | None = None,
    heads: int = 4,
    initializer_range: float = 0.1,
    text_first: bool = False,
    seed: int = 0,
) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    """Make an untrained tiny model and its processor.

    Args:
        texts: the environment's vocabulary.
        image_size: side of the square pictures, in pixels; a multiple of ``grid``.
        words: see `build_tokenizer`.
        grid: the picture becomes ``grid``² image tokens.
        hidden: width of both towers.
        layers: layers of the language tower.
        vision_layers: layers of the vision tower; None is as many.
        heads: attention heads of each tower.
        initializer_range: of all weights; the usual .02 does not learn at this size.
        text_first: whether a message's text stands before its picture. Picture and answer are then
            equally far apart however long the text is, which so few layers learn faster.
        seed: of the initial weights.

    Raises:
        ValueError: ``image_size`` is no multiple of ``grid``.
    """
    if image_size % grid:
        raise ValueError(f"image_size {image_size} is no multiple of grid {grid}")
    tokenizer = build_tokenizer(texts, words)
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
        "num_hidden_layers": layers if vision_layers is None else vision_layers,
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
        chat_template=_CHAT.replace(
            "CONTENT", _TEXTS + _IMAGES if text_first else _IMAGES + _TEXTS
        ),
    )
    return model, processor


def tiny_policy(
    texts: Iterable[str],
    image_size: int,
    parser: Parser,
    max_new_tokens: int = 8,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> VLMPolicy:
    """Make an untrained tiny policy for an environment with this vocabulary and parser.

    Further ``options`` are those of `tiny_vlm`, and ``settings`` those of `VLMPolicy`.

    Raises:
        ValueError: the parser's dialect is not ``arft``, or ``image_size`` does not fit.
    """
    if not isinstance(parser, TagParser):
        raise ValueError(
            f"the tiny policy speaks the dialect 'arft', not {parser.name!r}: words of its own "
            "come out with spaces between them, which JSON would take for a part of the text"
        )
    model, processor = tiny_vlm(texts, image_size, seed=seed, **options)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        limits = {"max_new_tokens": max_new_tokens, **(settings or {})}
        return VLMPolicy(model, processor, parser, **limits)
