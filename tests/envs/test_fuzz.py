"""No text makes an environment stumble, and none is paid that does not hold the right answer."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.env import MAX_TEXT
from vl_envs.core.parser import DIALECTS, Command
from vl_envs.core.rewards import answer_tokens
from vl_envs.tool.mat_search import REWARD_WEIGHTS, MatSearchEnv

DIALECT = pytest.mark.parametrize("dialect", sorted(DIALECTS))
TEXTS = 34_000
"""Texts for each of the three dialects: 102,000 in all."""


def _env(dialect: str, **kwargs: Any) -> MatSearchEnv:
    """Make a cheap environment that pays for everything that can be paid for."""
    return MatSearchEnv(
        source="emblems", size="small", image_size=32, dialect=dialect, max_invalid=50, **kwargs
    )


class Judge:
    """Acts, and holds the outcome against what the text deserved."""

    def __init__(self, dialect: str, **kwargs: Any) -> None:
        self.env = _env(dialect, **kwargs)
        self.seeds = itertools.count()
        self.valid = self.right = self.texts = 0
        self.reset()

    def reset(self) -> None:
        """Start the next episode."""
        observation, _ = self.env.reset(seed=next(self.seeds))
        assert observation in self.env.observation_space

    def act(self, text: str) -> None:
        """Act with a text and check all that must hold of any."""
        gold = answer_tokens(self.env.state.task.answers[0])
        observation, reward, terminated, _, info = self.env.step(text)
        assert observation in self.env.observation_space
        command = info["command"]
        assert info["valid"] == isinstance(command, Command)
        said: tuple[str, ...] = ()
        if command is None:
            assert reward <= 0 and observation["text"].startswith("Invalid action. ")
        else:
            assert command.raw == text and command.name in ("search", "answer")
            if command.name == "answer":
                said = answer_tokens(command.arguments["text"])
        assert info["success"] == (said == gold)
        if not set(said) & set(gold):
            assert reward <= REWARD_WEIGHTS["format"] + 1e-9
        assert reward <= sum(REWARD_WEIGHTS.values()) + 1e-9
        if command is None or command.name == "search":
            assert reward == 0
        self.texts += 1
        self.valid += info["valid"]
        self.right += info["success"]
        if terminated:
            self.reset()


# The generator: seeded, fast, and mean.

_ODD = "\x00\x07\x1b\x7f\x85\u200b\u202e\u2028\ufeff\ufffe\ud800\udfff\U0010ffff🙂é漢ـ\u0301"
_PIECES = (
    *("<think>", "</think>", "<search>", "</search>", "<answer>", "</answer>", "<information>"),
    *("<tool_call>", "</tool_call>", '{"name": "search", "arguments": {"query": "x"}}', "```json"),
    *('{"action": ', '{"thoughts": "', '"arguments": ', '"name"', "NaN", "1e999", "-0", "null"),
    *("{", "}", "[", "]", '"', "\\", "\\u0000", "\\ud800", ",", ":", "…", "\n", " ", "&lt;", "%s"),
    *("__import__('os')", "${x}", "{0}", "'; DROP TABLE", "../../etc/passwd", "\r\n\r\n", "<!--"),
)


def _noise(rng: random.Random) -> str:
    """Draw characters from all of Unicode, surrogates and controls included."""
    high = rng.choice((0x20, 0x80, 0x3000, 0xFFFF, 0x10FFFF))
    return "".join(chr(rng.randrange(high + 1)) for _ in range(rng.randrange(40)))


def _soup(rng: random.Random) -> str:
    """Throw pieces of all the dialects together."""
    return "".join(rng.choices((*_PIECES, _noise(rng)), k=rng.randrange(1, 12)))


def _mutate(rng: random.Random, text: str) -> str:
    """Change a good text in one to four places."""
    for _ in range(rng.randrange(1, 5)):
        i, j = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        text = rng.choice(
            (
                text[:i],
                text[i:],
                text[:i] + text[i + 1 :],
                text[:i] + rng.choice(_ODD) + text[i:],
                text[:i] + rng.choice(_PIECES) + text[i:],
                text[:i] + text[i:j] * 2 + text[j:],
                text[:i] + text[i:j][::-1] + text[j:],
                text[:i] + text[i:j].swapcase() + text[j:],
                text.replace('"', "'"),
                text + text,
            )
        )
    return text


def _huge(rng: random.Random) -> str:
    """Write something long, often longer than the space allows."""
    piece = rng.choice((*_PIECES, "x", "9", "漢", "\ud800"))
    length = rng.choice((1000, MAX_TEXT - 40, MAX_TEXT, MAX_TEXT + 1, 10 * MAX_TEXT))
    frame = rng.choice(("{}", "<search>{}</search>", "<answer>{}</answer>", '{{"action": {}}}'))
    return frame.format((piece * length)[:length])


def _frame(rng: random.Random, dialect: str, body: str) -> str:
    """Put a body where an answer's words stand."""
    if dialect == "json":
        return f'{{"action": {{"name": "answer", "arguments": {{"text": "{body}"}}}}}}'
    tag = rng.choice(("search", "answer", "think", "tool_call"))
    return f"<think>{_noise(rng)}</think><{tag}>{body}</{tag}>"


def _texts(judge: Judge, dialect: str, seed: int) -> Iterator[str]:
    """Give adversarial texts without end; the good ones they start from fit the state."""
    rng = random.Random(seed)
    makers: dict[Callable[[], str], int] = {
        lambda: _noise(rng): 15,
        lambda: _soup(rng): 20,
        lambda: _mutate(rng, judge.env.expert_action()): 35,
        lambda: _mutate(rng, judge.env.parser.instructions()): 5,
        lambda: _frame(rng, dialect, _noise(rng)): 10,
        lambda: _frame(rng, dialect, _soup(rng)): 10,
        lambda: judge.env.parser.write("answer", {"text": _noise(rng)}, _noise(rng)): 3,
        lambda: judge.env.expert_action(): 1,
        lambda: "[" * rng.randrange(2000) + "]" * rng.randrange(2000): 1,
        lambda: _huge(rng): 1,
    }
    while True:
        yield rng.choices(list(makers), list(makers.values()))[0]()


@DIALECT
def test_a_hundred_thousand_texts(dialect: str) -> None:
    """Zero exceptions, every observation in its space, nothing paid without the answer."""
    judge = Judge(dialect)
    for text in itertools.islice(_texts(judge, dialect, seed=1), TEXTS):
        try:
            judge.act(text)
        except BaseException:
            print(f"after {judge.texts} texts, this one: {text!r}"[:2000])
            raise
    assert judge.texts == TEXTS
    # The texts reach all the way: some are read, a few are even right, most are refused.
    assert 0.02 * TEXTS < judge.valid < 0.5 * TEXTS
    assert 0 < judge.right < 0.1 * TEXTS


unicode = st.text(st.characters(codec=None), max_size=200)


@DIALECT
@settings(max_examples=300, deadline=None)
@given(texts=st.lists(unicode, min_size=1, max_size=4))
def test_any_unicode(dialect: str, texts: list[str]) -> None:
    """Hypothesis finds no text, bare, framed, or as a written command, that does harm."""
    judge = Judge(dialect)
    for text in texts:
        judge.act(text)
        judge.act(judge.env.parser.write("search", {"query": text}, text))
        judge.act(f"<search>{text}</search>")
        judge.act(f'<tool_call>{{"name": "search", "arguments": {{"query": {text}}}}}</tool_call>')
        judge.act(f'{{"thoughts": "{text}", "action": {text}}}')
        judge.act(judge.env.parser.write("answer", {"text": text}, text))


@DIALECT
def test_the_longest_texts(dialect: str) -> None:
    """At the bound a text is still read; one character beyond it is told so, however long."""
    judge = Judge(dialect)
    write = judge.env.parser.write
    empty = len(write("search", {"query": ""}))
    for character in ("x", "漢", "🙂", "\ud800"):
        longest = write("search", {"query": character * (MAX_TEXT - empty)})
        assert len(longest) == MAX_TEXT
        before = judge.valid
        judge.act(longest)
        assert judge.valid == before + 1
    for text in ("x" * (MAX_TEXT + 1), "<search>" * 10**6):
        observation, _, _, _, info = judge.env.step(text)
        assert not info["valid"] and f"at most {MAX_TEXT} characters" in observation["text"]


@DIALECT
def test_nothing_is_paid_for_quoting_the_picture_or_the_passages(dialect: str) -> None:
    """Mistake 1: saying everything that was read, the answer included, is not saying the answer."""
    judge = Judge(dialect)
    for _ in range(20):
        env = judge.env
        env.step(env.expert_action())
        read = " ".join(passage.text for passage in env.state.read)
        assert env.state.task.answers[0] in read
        _, reward, terminated, _, info = env.step(env.parser.write("answer", {"text": read}))
        assert terminated and info["success"] is False
        assert reward < REWARD_WEIGHTS["format"] + REWARD_WEIGHTS["f1"] / 2
        judge.reset()
