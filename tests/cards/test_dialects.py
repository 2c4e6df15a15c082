"""How moves are written: every dialect says every move, and RL4VLM's answers are read strictly."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cards.reader import GAMES, Game
from vl_envs.cards.blackjack import BlackjackEnv
from vl_envs.cards.dialect import RL4VLMParser
from vl_envs.cards.ez_points import EZPointsEnv
from vl_envs.cards.number_line import NumberLineEnv
from vl_envs.cards.points24 import Points24Env
from vl_envs.core.parser import Command, ParseError
from vl_envs.core.tool import CommandSpec

EACH = pytest.mark.parametrize("game", GAMES)


def moves(env: Game) -> list[tuple[str, dict[str, str]]]:
    """List every move of a game."""
    return [
        (spec.name, arguments)
        for spec in env.parser.commands.values()
        for arguments in (
            [{key: value} for key, schema in spec.parameters.items() for value in schema["enum"]]
            or [{}]
        )
    ]


@EACH
@pytest.mark.parametrize("dialect", ["arft", "hermes", "json", "rl4vlm"])
def test_every_move_comes_back(game: Any, dialect: str) -> None:
    """Written with and without a thought, each move is read as itself; another value is refused."""
    env: Game = game(dialect=dialect, image_size=32)
    told = moves(env)
    assert len(told) == {NumberLineEnv: 2, EZPointsEnv: 13, Points24Env: 17, BlackjackEnv: 2}[game]
    for name, arguments in told:
        for thought in ("", "3 and 9"):
            text = env.parser.write(name, arguments, thought)
            assert env.parser.parse(text) == Command(name, arguments, thought, text)
            assert text[env.parser.action_start(text) :].count("3 and 9") == 0
        for value in ("11", "++", " ", "=="):
            wrong = dict.fromkeys(arguments, value)
            if wrong and dialect != "rl4vlm":
                assert isinstance(env.parser.parse(env.parser.write(name, wrong)), ParseError)


@pytest.mark.parametrize(
    ("game", "text", "name", "value"),
    [
        (
            NumberLineEnv,
            '{\n "current number": "2",\n "target number": "5",\n "thoughts": "2 < 5",\n'
            ' "action": "+"\n}',
            "move",
            "+",
        ),
        (NumberLineEnv, '{"action": "-"}', "move", "-"),
        (BlackjackEnv, '{"thoughts": "I have 20.", "action": "stand"}', "stand", None),
        (
            EZPointsEnv,
            '{"cards": [2, 10], "current formula": "2+", "thoughts": "…", "action": "10"}',
            "write",
            "10",
        ),
        (
            EZPointsEnv,
            '```json\n{"cards": [5, 7], "formula": "", "action": "="}\n```',
            "write",
            "=",
        ),
        (
            Points24Env,
            '{"cards": [1, 2, 3, 4], "current formula": null, "thoughts": "", "action": "("}',
            "write",
            "(",
        ),
    ],
)
def test_published_answers_are_read(game: Any, text: str, name: str, value: str | None) -> None:
    """Answers as RL4VLM's prompts ask for them."""
    command = game(dialect="rl4vlm", image_size=32).parser.parse(text)
    assert isinstance(command, Command), command
    assert (command.name, list(command.arguments.values())) == (name, [value] if value else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"thoughts": "+"}', '"action" must be one of the texts "+", "-"'),
        ('{"action": "+ or -"}', "must be one of"),
        ('{"action": "+", "action": "-"}', "repeated"),
        ('{"action": ["+"]}', "must be one of"),
        ('{"action": {"name": "move", "arguments": {"direction": "+"}}}', "must be one of"),
        ('{"action": "+", "thoughts": ["x"]}', "just the keys"),
        ('{"action": "+", "cards": [1]}', 'just the keys "current number", "target number"'),
        ('I say {"action": "+"}', "Expected one JSON object"),
        ('"+"', "Expected a JSON object"),
        ("", "Expected one JSON object"),
    ],
)
def test_other_answers_are_refused(text: str, told: str) -> None:
    """No guess and no random move in place of what cannot be read."""
    read = NumberLineEnv(dialect="rl4vlm", image_size=32).parser.parse(text)
    assert isinstance(read, ParseError) and told in read.message


def test_what_is_perceived_is_not_judged() -> None:
    """A false perception earns nothing and costs nothing."""
    env = NumberLineEnv(dialect="rl4vlm", image_size=32)
    env.reset(seed=0)
    sign = "+" if env.state.target > env.state.current else "-"
    seen = '{"current number": {"a": [99]}, "target number": "−1", "action": "SIGN"}'
    _, reward, _, _, info = env.step(seen.replace("SIGN", sign))
    assert info["valid"] and reward in (0, 1)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80), seed=st.integers(0, 10**6))
def test_no_text_raises(text: str, seed: int) -> None:
    """Bare, as an action, as a perception, or pasted into a good answer."""
    rng = random.Random(seed)
    for game in GAMES:
        parser = game(dialect="rl4vlm", image_size=32).parser
        good = parser.write(*rng.choice(moves(game(image_size=32))), "why")
        at = rng.randrange(len(good) + 1)
        wrapped = f'{{"cards": {text}, "action": "{text}"}}'
        for said in (text, good[:at] + text + good[at:], wrapped, "[" * 9999, good * 2):
            read = parser.parse(said)
            assert isinstance(read, (Command, ParseError)) and read.raw == said
            assert 0 <= parser.action_start(said) <= len(said)


def test_commands_that_rl4vlm_cannot_say_are_refused() -> None:
    """A free text has no word, and no word may mean two things."""
    with pytest.raises(ValueError, match="find needs one argument with an enum"):
        RL4VLMParser([CommandSpec("find", "x", {"what": {"type": "string"}})])
    with pytest.raises(ValueError, match="the word 'go' has two meanings"):
        RL4VLMParser(
            [CommandSpec("go", "x"), CommandSpec("say", "x", {"word": {"enum": ["go", "no"]}})]
        )
