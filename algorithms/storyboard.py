"""Episodes as pictures: one frame a turn, and the frames as a GIF."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import imageio.v3 as imageio
import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from algorithms.files import write_atomically
from algorithms.rollout import Episode, Turn

Frame = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 900, 480
"""Size of every frame, in pixels."""
_TOP, _MARGIN, _BOX = 48, 24, 384
_LEFT = 2 * _MARGIN + _BOX
_COLUMN = WIDTH - _LEFT - _MARGIN
_LONGEST = 3000
"""So many characters of a text are laid out at most; more would not fit."""

INK, MUTED, PAPER, SHADE = "#1d2129", "#667080", "#ffffff", "#f1f3f7"
COLOURS = {"search": "#0060a8", "answer": "#00735a"}
"""Colour of a command; other commands share `OTHER`, unreadable text has `BAD`."""
OTHER, GOOD, BAD = "#7a4a8c", "#00735a", "#b84300"

_UNFIT = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"
)
_TAG_LINE = re.compile(r"^</?\w+>$\n?", re.MULTILINE)


class Said(NamedTuple):
    """What an answer says, taken apart to be shown; ``command`` is empty where it is unreadable."""

    thought: str
    command: str
    body: str


def read_said(text: str) -> Said:
    """Take an answer apart for a person, whatever its dialect; what counts, the parser judges.

    Knows a leading ``<think>`` with one tag behind it, a ``<tool_call>``, and the JSON object of
    the ``json`` dialect. Anything else comes back whole as the body.
    """
    text = clean(text).strip()
    thought, rest = "", text
    if match := re.match(r"<think>(.*?)</think>", text, re.DOTALL):
        thought, rest = match[1].strip(), text[match.end() :].strip()
    if match := re.fullmatch(r"<([A-Za-z_]\w*)>(.*)</\1>", rest, re.DOTALL):
        if match[1] != "tool_call":
            return Said(thought, match[1], match[2].strip())
        rest = match[2]
    if match := re.fullmatch(r"```(?:json)?(.*)```", rest, re.DOTALL):
        rest = match[1]
    try:
        return _read_call(json.loads(rest), thought) or Said("", "", text)
    except (ValueError, RecursionError):
        return Said("", "", text)


def _read_call(call: Any, thought: str) -> Said | None:
    """Read ``{"name": …, "arguments": …}``, or such an object or a name as ``"action"``."""
    if not isinstance(call, dict):
        return None
    thought = str(call.get("thoughts") or thought)
    call = call.get("action", call)
    if isinstance(call, str):
        return Said(thought, call, "")
    if isinstance(call, dict) and isinstance(call.get("name"), str):
        return Said(thought, call["name"], _arguments(call.get("arguments")))
    return None


def _arguments(arguments: Any) -> str:
    if isinstance(arguments, dict) and len(arguments) == 1:
        (arguments,) = arguments.values()
    if not arguments:
        return ""
    return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)


def clean(text: str) -> str:
    """Replace what cannot be written or deceives: lone surrogates, controls, text direction."""
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n"))


def outcome(episode: Episode) -> tuple[str, bool]:
    """Say how an episode ended, and whether that is good."""
    if episode.env_error is not None:
        return "environment error", False
    if episode.success:
        return "success", True
    return ("out of turns" if episode.truncated else "no success"), False


def reward_terms(turn: Turn) -> str:
    """Write out what a turn's reward is the sum of."""
    return " + ".join(f"{name} {value:.2f}" for name, value in turn.reward_terms.items())


def write_gif(episodes: Sequence[Episode], path: Path, titles: Sequence[str] | None = None) -> None:
    """Write the episodes one behind the other as an endless GIF, 1.5 to 2.5 seconds a turn.

    Args:
        episodes: with one turn at least among them.
        path: the file to write.
        titles: one for each episode, shown above its frames; by default their count.

    Raises:
        ValueError: no turn at all, or another number of titles than of episodes.
    """
    if titles is None:
        titles = [f"Episode {i} of {len(episodes)}" for i in range(1, len(episodes) + 1)]
    if len(titles) != len(episodes):
        raise ValueError(
            f"expected one title per episode, came {len(titles)} for {len(episodes)} episodes"
        )
    frames = [
        frame
        for episode, title in zip(episodes, titles, strict=True)
        for frame in episode_frames(episode, title)
    ]
    if not frames:
        raise ValueError("expected at least one episode with a turn, came none")
    durations = [_duration(episode, turn) for episode in episodes for turn in episode.turns]
    buffer = io.BytesIO()
    imageio.imwrite(buffer, frames, extension=".gif", duration=durations, loop=0)
    write_atomically(path, buffer.getvalue())


def _duration(episode: Episode, turn: Turn) -> int:
    """Return how long a turn is shown, in milliseconds: longer where there is more to read."""
    if turn is episode.turns[-1]:
        return 2500
    length = len(turn.observation["text"]) + len(turn.generation.text)
    return 1500 + min(1000, 3 * length)


def episode_frames(episode: Episode, title: str = "") -> list[Frame]:
    """Draw an episode, one frame a turn: what was seen, read, thought and done, and its reward.

    Args:
        episode: to draw.
        title: shown above every frame.

    Returns:
        uint8 [480, 900, 3] each, whatever the episode.
    """
    return [_draw_turn(episode, i, title) for i in range(len(episode.turns))]


def _draw_turn(episode: Episode, index: int, title: str) -> Frame:
    turn = episode.turns[index]
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 0, WIDTH, _TOP - 1), fill=SHADE)
    middle = _TOP // 2
    count = f"turn {index + 1} of {len(episode.turns)}"
    draw.text((WIDTH - _MARGIN, middle), count, MUTED, _font(15), anchor="rm")
    line = next(_wrap(title, _font(17, "Bold"), WIDTH - 200, 1), "")
    draw.text((_MARGIN, middle), line, INK, _font(17, "Bold"), anchor="lm")
    _paste_picture(canvas, turn.observation["image"])

    said = read_said(turn.generation.text)
    colour = COLOURS.get(said.command, OTHER) if turn.valid else BAD
    name = said.command or "says" if turn.valid else f"invalid {said.command}".strip()
    # From below: the reward, the action and the thought have their places; the rest is for reading.
    bottom = HEIGHT - _MARGIN
    _draw_reward(draw, bottom, turn)
    action = _Block(said.body, _font(19, "Bold"), colour, 3)
    thought = _Block(said.thought, _font(14, "Oblique"), MUTED, 3)
    action_top = bottom - 44 - action.height
    badge = _badge(draw, (_LEFT, action_top - 30), name, colour)
    if not turn.generation.stopped:
        draw.text((badge + 10, action_top - 18), "ran out of tokens", BAD, _font(13), anchor="lm")
    if index == len(episode.turns) - 1:
        word, good = outcome(episode)
        left = WIDTH - _MARGIN - 20 - int(_font(15, "Bold").getlength(word))
        _badge(draw, (left, action_top - 30), word, GOOD if good else BAD)
    action.draw(draw, action_top)
    room = action_top - 42
    if said.thought:
        room -= thought.height + 8
        thought.draw(draw, room + 4)
    _draw_reading(draw, episode, index, room)
    return np.asarray(canvas)


def _draw_reading(draw: ImageDraw.ImageDraw, episode: Episode, index: int, bottom: int) -> None:
    """Draw the question, and below it as much of the observed text as there is room for."""
    question, rest = split_question(episode)
    block = _Block(question, _font(18), INK, 3)
    top = _TOP + 18
    block.draw(draw, top)
    text = episode.turns[index].observation["text"] if index else rest
    top += block.height + 12
    font = _font(14)
    lines = (bottom - top - 18) // _line_height(font)
    if not text.strip() or lines < 1:
        return
    block = _Block(_TAG_LINE.sub("", text), font, INK, lines, _COLUMN - 24)
    box = (_LEFT, top, WIDTH - _MARGIN, top + block.height + 16)
    draw.rounded_rectangle(box, 6, SHADE)
    block.draw(draw, top + 8, _LEFT + 12)


def split_question(episode: Episode) -> tuple[str, str]:
    """Split the first observed text into its first line, the question, and the rest."""
    text = episode.turns[0].observation["text"].strip() if episode.turns else ""
    question, _, rest = text.partition("\n")
    return question, rest


def _draw_reward(draw: ImageDraw.ImageDraw, bottom: int, turn: Turn) -> None:
    """Draw the reward and what it is made of."""
    draw.line((_LEFT, bottom - 30, WIDTH - _MARGIN, bottom - 30), fill="#d5d9e0")
    text = f"reward {turn.reward:.2f}"
    middle = bottom - 10
    draw.text((_LEFT, middle), text, INK, _font(15, "Bold"), anchor="lm")
    left = _LEFT + int(_font(15, "Bold").getlength(text)) + 16
    line = next(_wrap(reward_terms(turn), _font(13), WIDTH - _MARGIN - left, 1), "")
    draw.text((left, middle), line, MUTED, _font(13), anchor="lm")


def _badge(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, colour: str) -> int:
    """Draw white words on a coloured ground; return where its right side is."""
    font = _font(15, "Bold")
    text = next(_wrap(text, font, _COLUMN // 2 - 20, 1), "")
    right = at[0] + int(font.getlength(text)) + 20
    draw.rounded_rectangle((*at, right, at[1] + 24), 6, colour)
    draw.text((at[0] + 10, at[1] + 12), text, PAPER, font, anchor="lm")
    return right


def _paste_picture(canvas: Image.Image, picture: Frame) -> None:
    """Show the picture in its box, enlarged by whole pixels where it is small."""
    image = Image.fromarray(picture)
    scale = min(_BOX / image.width, _BOX / image.height)
    method = Image.Resampling.LANCZOS
    if scale >= 2:
        scale, method = int(scale), Image.Resampling.NEAREST
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    left, top = _MARGIN + (_BOX - size[0]) // 2, _TOP + _MARGIN + (_BOX - size[1]) // 2
    canvas.paste(image.resize(size, method), (left, top))
    edge = (left - 1, top - 1, left + size[0], top + size[1])
    ImageDraw.Draw(canvas).rectangle(edge, outline="#c3c9d3")


class _Block:
    """Some lines of text in the right column."""

    def __init__(
        self,
        text: str,
        font: ImageFont.FreeTypeFont,
        colour: str,
        lines: int,
        width: int = _COLUMN,
    ) -> None:
        self.lines = list(_wrap(text, font, width, lines))
        self.font, self.colour = font, colour
        self.height = len(self.lines) * _line_height(font)

    def draw(self, draw: ImageDraw.ImageDraw, top: int, left: int = _LEFT) -> None:
        """Draw the lines below ``top``."""
        for i, line in enumerate(self.lines):
            y = top + i * _line_height(self.font)
            draw.text((left, y), line, self.colour, self.font)


def _line_height(font: ImageFont.FreeTypeFont) -> int:
    return round(font.size * 1.35)


@cache
def _font(size: int, style: str = "") -> ImageFont.FreeTypeFont:
    """Load DejaVu Sans, which comes with matplotlib: Pillow's own font knows ASCII alone."""
    name = f"DejaVuSans-{style}.ttf" if style else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size)


def _wrap(text: str, font: ImageFont.FreeTypeFont, width: float, lines: int) -> Iterator[str]:
    """Break a text into at most ``lines`` lines; where some is left out, the last says so."""
    text = clean(text[:_LONGEST]).strip()
    broken = list(islice(_break(text, font, width), lines + 1))
    if len(broken) > lines:
        broken = broken[:lines]
        while broken and broken[-1] and font.getlength(broken[-1] + " …") > width:
            broken[-1] = broken[-1][:-1]
        if broken:
            broken[-1] += " …"
    yield from broken


def _break(text: str, font: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if font.getlength(longer) <= width:
                line = longer
                continue
            if line:
                yield line
            while font.getlength(word) > width:
                fits = max(1, _fitting(word, font, width))
                yield word[:fits]
                word = word[fits:]
            line = word
        if line:
            yield line


def _fitting(word: str, font: ImageFont.FreeTypeFont, width: float) -> int:
    """Count the first letters of a word that fit."""
    low, high = 0, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(word[:middle]) <= width else (low, middle - 1)
    return low
