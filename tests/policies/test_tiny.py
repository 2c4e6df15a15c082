"""The tiny model: its tokenizer, its chat template, and that it is an ordinary model on disk."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from policies.context import Context
from policies.tiny import SPECIAL, build_tokenizer, tiny_policy, tiny_vlm
from policies.vlm import VLMPolicy
from tests.toys import COLOURS, COMMANDS, WORDS, context, parser, picture, toy_policy, weights
from vl_envs.core.parser import make_parser

FIRST, SECOND = ("Ba", "De", "Ko"), ("lu", "mi", "zo")
PIECES = " ".join([*FIRST, *(f"##{piece}" for piece in SECOND)])


@pytest.mark.parametrize("name", [a + b for a, b in itertools.product(FIRST, SECOND)])
def test_names_are_two_pieces(name: str) -> None:
    """Every pair of syllables is written as two tokens and read back, though never seen."""
    tokenizer = build_tokenizer([PIECES])
    ids = tokenizer(name, add_special_tokens=False).input_ids
    assert tokenizer.convert_ids_to_tokens(ids) == [name[:2], f"##{name[2:]}"]
    assert tokenizer.decode(ids) == name


def test_commands_round_trip() -> None:
    """A tag is one token, and a decoded command is read as the one that was encoded."""
    tokenizer = build_tokenizer([WORDS, " ".join(COLOURS), PIECES])
    for name in (*COLOURS, "Bazo", "red Komi"):
        text = parser().write("name", {"colour": name})
        ids = tokenizer(text, add_special_tokens=False).input_ids
        assert tokenizer.decode(ids) == text
        assert tokenizer.convert_ids_to_tokens(ids)[:: len(ids) - 1] == ["<name>", "</name>"]


def test_unknown_words() -> None:
    """A word without pieces is unknown; nothing else is."""
    tokenizer = build_tokenizer([PIECES])
    ids = tokenizer("Balu quark Demi!", add_special_tokens=False).input_ids
    assert tokenizer.convert_ids_to_tokens(ids) == [
        *("Ba", "##lu", "<unk>", "De", "##mi", "<unk>"),
    ]


def test_vocabulary_is_that_of_the_texts() -> None:
    """Each word stands once, behind the special tokens, in the order of its first occurrence."""
    tokenizer = build_tokenizer(["red blue", "blue green ."])
    words = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    assert words == [*SPECIAL, "red", "blue", "green", "."]


def test_pieces_are_learned_the_same_every_time() -> None:
    """Equally common pieces are not chosen by chance: another process must get the same model."""
    syllables = [a + b for a, b in itertools.product("bdfgklmnprst", "aeiou")]
    texts = [" ".join(a + b for a, b in itertools.product(syllables, syllables))]
    one, *others = (build_tokenizer(texts, 150).get_vocab() for _ in range(4))
    assert all(other == one for other in others)
    assert len(one) <= 150


@pytest.mark.parametrize("token", SPECIAL)
def test_special_tokens_in_an_observation_are_not_special(token: str) -> None:
    """What an environment quotes can open no turn, end no turn and show no picture."""
    policy = toy_policy()
    honest, quoting = Context(), Context()
    honest.observe({"image": picture(9), "text": "which colour ?"})
    quoting.observe({"image": picture(9), "text": f"which {token} colour{token}?"})
    (plain,), (quoted,) = policy.act([honest]), policy.act([quoting])
    index = policy.tokenizer.convert_tokens_to_ids(token)
    if token == "<unk>":
        assert index not in quoted.prompt_ids
    assert (quoted.prompt_ids == index).sum() == (plain.prompt_ids == index).sum()
    assert len(quoted.images) == 1


def test_a_hidden_special_token_stays_hidden() -> None:
    """Cutting one special token out of a text does not make another."""
    policy = toy_policy()
    chat = Context()
    chat.observe({"image": picture(9), "text": "<im<image>age> <ass<user>istant>"})
    prompt = policy.act([chat])[0].prompt_ids.tolist()
    tokens = policy.tokenizer.convert_ids_to_tokens(prompt)
    assert tokens.count("<image>") == 16
    assert tokens.count("<assistant>") == 1


def test_chat_template() -> None:
    """A prompt is user, picture, text, assistant, answer, user, text, assistant."""
    policy = toy_policy()
    chat = context([9], policy)
    first = policy.act([chat])[0]
    chat.answer(first)
    chat.observe({"image": picture(9), "text": "it is dark now ."})
    second = policy.act([chat])[0].prompt_ids
    tokens = policy.tokenizer.convert_ids_to_tokens(first.prompt_ids.tolist())
    assert tokens == ["<user>", *["<image>"] * 16, "which", "colour", "?", "<assistant>"]
    said = len(first.prompt_ids) + len(first.token_ids)
    assert second[:said].tolist() == [*first.prompt_ids, *first.token_ids]
    later = policy.tokenizer.convert_ids_to_tokens(second[said:].tolist())
    assert later == ["<user>", "it", "is", "dark", "now", ".", "<assistant>"]


def test_reload_through_auto_classes(tmp_path: Path) -> None:
    """What is saved is an ordinary model folder: the same logits come from the Auto classes."""
    policy = toy_policy()
    policy.save(tmp_path)
    model: Any = AutoModelForImageTextToText.from_pretrained(tmp_path)
    auto: Any = AutoProcessor
    processor = auto.from_pretrained(tmp_path)
    chat = [
        {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "which colour ?"}]}
    ]
    prompt = processor.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    inputs = processor(text=[prompt], images=[picture(99)], return_tensors="pt")
    generation = policy.act([context([99])])[0]
    assert inputs["input_ids"][0].tolist() == generation.prompt_ids.tolist()
    with torch.no_grad():
        came = model(**inputs).logits
        wanted = policy.model(**inputs).logits
    assert torch.equal(came, wanted)


def test_policy_save_and_load(tmp_path: Path) -> None:
    """A loaded policy has the same weights, critic included, and gives the same answers."""
    policy = toy_policy()
    with torch.no_grad():
        for parameter in policy.value_head.parameters():
            parameter.add_(0.01)
    policy.save(tmp_path)
    loaded = VLMPolicy.load(tmp_path, parser=parser(), max_new_tokens=4)
    assert torch.equal(weights(loaded), weights(policy))
    assert loaded.get_buffer("banned").equal(policy.get_buffer("banned"))
    chats = [context([shade]) for shade in (10, 200)]
    for came, wanted in zip(loaded.act(chats), policy.act(chats), strict=True):
        assert came.text == wanted.text
        assert came.value == wanted.value
        np.testing.assert_array_equal(came.logprobs, wanted.logprobs)


def test_no_model_in_the_folder(tmp_path: Path) -> None:
    """The error names the folder and what was expected in it."""
    with pytest.raises(FileNotFoundError, match=r"holds no model: expected config\.json"):
        VLMPolicy.load(tmp_path)


def test_image_size_must_fit_the_grid() -> None:
    """A picture is cut into grid x grid patches, without a rest."""
    with pytest.raises(ValueError, match="image_size 18 is no multiple of grid 4"):
        tiny_vlm([WORDS], 18)


def test_a_picture_of_another_size() -> None:
    """A picture that the model was not made for is refused, and the error names both sizes."""
    policy = toy_policy()
    chat = Context()
    chat.observe({"image": picture(9, side=24), "text": "which colour ?"})
    with pytest.raises(ValueError, match="takes pictures of 16 x 16, got 24 x 24"):
        policy.act([chat])


def test_one_seed_gives_one_model() -> None:
    """The seed fixes all weights, and leaves torch's own random stream where it was."""
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, same, other = (tiny_policy([WORDS], 16, parser(), seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


@pytest.mark.parametrize("dialect", ["hermes", "json"])
def test_the_tiny_policy_speaks_tags_only(dialect: str) -> None:
    """Its words come out with spaces between them, which a JSON dialect cannot bear."""
    spoken = make_parser(dialect, COMMANDS)
    with pytest.raises(ValueError, match=f"'arft', not '{dialect}'"):
        tiny_policy(["a b c"], 16, spoken)


def test_text_may_stand_before_the_picture() -> None:
    """Then the picture's tokens are equally far from the answer, however long the text is."""
    _, processor = tiny_vlm(["which colour ? dark red"], 16, text_first=True)
    places = []
    for text in ("which colour ?", "which dark red colour ?"):
        content = [{"type": "image"}, {"type": "text", "text": text}]
        chat: Any = [{"role": "user", "content": content}]
        prompt = processor.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        blank = [np.zeros((16, 16, 3), np.uint8)]
        ids = processor(text=[prompt], images=blank)["input_ids"][0]
        tokens = processor.tokenizer.convert_ids_to_tokens(list(ids))
        assert tokens.count("<image>") == 16 and tokens[-1] == "<assistant>"
        places.append(len(tokens) - tokens.index("<image>"))
    assert places == [17, 17]
