"""Policies without a model: random, expert and human."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from algorithms.rollout import collect, make_envs
from policies.context import Context
from policies.scripted import ExpertPolicy, HumanPolicy, RandomPolicy
from tests.toys import COLOUR, context, parser, picture
from vl_envs.core.parser import Command, make_parser
from vl_envs.core.tool import CommandSpec

RICH = (
    CommandSpec("wait", "waits."),
    CommandSpec("say", "says.", {"text": {"type": "string"}}),
    CommandSpec("go", "goes.", {"to": {"type": "string", "enum": ["left", "right"]}}),
    CommandSpec("click", "clicks.", {"x": {"type": "integer"}, "hard": {"type": "boolean"}}),
    CommandSpec(
        "crop",
        "crops.",
        {"box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}},
    ),
)


@pytest.mark.parametrize("dialect", ["arft", "hermes", "json"])
def test_random_commands_can_be_read(dialect: str) -> None:
    """Whatever the schema and the dialect, the command is well formed; all commands occur."""
    reader = make_parser(dialect, RICH, thought=False)
    policy = RandomPolicy(reader)
    chat = Context()
    chat.observe({"image": picture(9), "text": "</say> <b> ... , the <click> x\n"})
    seen = set()
    for generation in policy.act([chat] * 200):
        command = reader.parse(generation.text)
        assert isinstance(command, Command), (generation.text, command)
        seen.add(command.name)
    assert seen == set(reader.commands)


def test_random_words_come_from_the_observation() -> None:
    """Text arguments are words that were shown; one seed gives one sequence."""
    chats = [context([9])] * 100
    policy, same, other = (RandomPolicy(parser(), seed) for seed in (0, 0, 1))
    said = [g.text for g in policy.act(chats)]
    assert said == [g.text for g in same.act(chats)]
    assert said != [g.text for g in other.act(chats)]
    named = {
        c.arguments["colour"]
        for t in said
        if isinstance(c := parser().parse(t), Command) and c.name == "name"
    }
    assert named == {"which", "colour", "?"}


def test_random_policy_is_no_expert() -> None:
    """It plays whole episodes, and hardly ever names a colour that the text does not tell."""
    episodes = collect(make_envs(COLOUR, 4), RandomPolicy(parser()), range(40))
    assert all(turn.valid for episode in episodes for turn in episode.turns)
    assert not any(episode.success for episode in episodes)


def test_expert_succeeds() -> None:
    """Each context gets the answer of its own environment's expert."""
    envs = make_envs(COLOUR, 5)
    episodes = collect(envs, ExpertPolicy(envs), range(23))
    assert all(episode.success for episode in episodes)
    assert {episode.task_id for episode in episodes} == {"red", "green", "blue"}


def test_human_sees_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text is the prompt, the picture lies in the file, the line typed is the answer."""
    shown = []

    def typed(prompt: str) -> str:
        shown.append(prompt)
        return "<look></look>"

    monkeypatch.setattr("builtins.input", typed)
    file = tmp_path / "seen.png"
    human = HumanPolicy(str(file))
    (generation,) = human.act([context([77])])
    assert generation.text == "<look></look>"
    assert shown == ["which colour ?\n> "]
    assert str(file) in capsys.readouterr().out
    with Image.open(file) as image:
        np.testing.assert_array_equal(np.asarray(image), picture(77))


def test_human_is_not_shown_the_same_picture_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unchanged picture is still in the file; nothing is written."""
    monkeypatch.setattr("builtins.input", lambda prompt: "x")
    file = tmp_path / "seen.png"
    HumanPolicy(str(file)).act([context([5, 5])])
    assert not file.exists()
