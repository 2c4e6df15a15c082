"""Drawn screens: what an instruction names is there, can be seen, and is the only such thing."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.gui.ground_resolver import resolve
from vl_envs.core.tasks import SPLITS
from vl_envs.gui import names
from vl_envs.gui.drawing.icons import has_icon
from vl_envs.gui.drawing.theme import SEEN_THEMES, THEMES, UNSEEN_THEMES
from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import TYPES, Board, Element
from vl_envs.gui.grounding.say import fits
from vl_envs.gui.grounding.screens import (
    AXES,
    KINDS,
    LARGEST,
    PLATFORMS,
    SCREENS,
    UNSEEN_SHAPES,
    Drawn,
    ScreenSource,
    target_key,
)
from vl_envs.gui.grounding.words import Dice, Words, unseen_pictures

Mask = npt.NDArray[np.float64]


@cache
def drawn(count: int = 60, seed: int = 0, **options: str) -> tuple[Drawn, ...]:
    """Draw some screens, once for all tests; of their pictures only the sizes are kept."""
    return tuple(_without_pixels(one) for one in pictured(count, seed, **options))


def pictured(count: int, seed: int, **options: str) -> Iterator[Drawn]:
    """Draw some screens with their pictures."""
    source, rng = ScreenSource(**options), np.random.default_rng(seed)
    return (source.draw(rng) for _ in range(count))


def _without_pixels(one: Drawn) -> Drawn:
    blank = np.broadcast_to(np.zeros(1, np.uint8), one.task.picture.shape)
    return one._replace(task=dataclasses.replace(one.task, picture=blank))


def size_of(one: Drawn) -> tuple[int, int]:
    """Return (width, height) of a screen."""
    height, width = one.task.picture.shape[:2]
    return width, height


# One element, and no other.


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"screen": "random"},
        {"screen": "random", "split": "test"},
        *({"split": axis} for axis in AXES),
    ],
    ids=str,
)
def test_an_instruction_fits_one_element_alone(options: dict[str, str]) -> None:
    """Who reads the text and knows all that can be seen finds the target, and nothing else."""
    for one in drawn(150, 1, **options):
        found = resolve(one.task.instruction, one.elements, size_of(one))
        assert found == [one.target], (one.task.instruction, found)


def test_the_resolver_sees_what_is_ambiguous() -> None:
    """With a second such element on the screen, the same texts fit both."""
    doubled = 0
    for one in drawn(150, 1):
        again = one.target._replace(box=tuple(v + 1 for v in one.target.box))  # type: ignore[arg-type]
        found = resolve(one.task.instruction, [*one.elements, again], size_of(one))
        doubled += len(found) == 2
    assert doubled > 140  # a counted one ("the third icon") may stay the third


@pytest.mark.parametrize(
    ("facts", "element", "fit"),
    [
        ({"name": "Orders"}, {"name": "orders", "kind": "label"}, True),
        ({"name": "Anchor"}, {"look": "anchor"}, True),
        ({"name": "Orders"}, {"name": "Orders Log"}, False),
        ({"look": "bell"}, {"name": "Bell"}, True),
        ({"name": "Orders", "kind": "link"}, {"name": "Orders", "kind": "tab"}, True),
        ({"name": "Orders", "kind": "link"}, {"name": "Orders", "kind": "label"}, False),
        ({"does": "alerts:show the notifications"}, {"act": "alerts", "kind": "icon"}, True),
        ({"does": "alerts:show the notifications"}, {"name": "Notification Log"}, True),
        ({"does": "alerts:show the notifications"}, {"name": "Show Rulers"}, False),
        ({"where": "at the top left"}, {"box": (500, 300, 540, 340)}, True),
        ({"where": "at the top left"}, {"box": (700, 300, 740, 340)}, False),
        ({"place": "tool bar"}, {"place": "menu bar"}, False),
    ],
    ids=str,
)
def test_what_could_be_meant_is_taken_widely(
    facts: dict[str, str], element: dict[str, Any], fit: bool
) -> None:
    """Whatever a person could take for what is described counts as fitting, and no more."""
    full = Element(**{"box": (0, 0, 9, 9), "kind": "button", **element})
    assert fits(full, facts, (1000, 600)) is fit


def test_wording_varies() -> None:
    """Things are named, described, counted, placed, and called for by what they do."""
    texts = [one.task.instruction for one in drawn(400, 2)]
    assert len(set(texts)) > 370
    for words in (
        *(" icon", " tab", "in row ", " in the ", " of the window ", " at the ", "tick ", "menu"),
        *("open the ", '"', "link", "field", "list", "from the", " for "),
    ):
        assert any(words in text for text in texts), words
    phrases = {phrase for act in ACTS.values() for phrase in act.phrases}
    assert sum(text in phrases for text in texts) > 20


def test_what_is_on_is_turned_off() -> None:
    """A switch is to be turned to what it is not, and so is a box to be ticked."""
    source, rng = (
        ScreenSource(level="mobile", kinds=["switch", "checkbox"]),
        np.random.default_rng(0),
    )
    told: Counter[str] = Counter()
    for _ in range(60):
        one = source.draw(rng)
        words = one.task.instruction.split()
        if words[0] == "turn":
            assert words[1] == ("off" if one.target.state == "on" else "on")
        elif words[0] in ("tick", "untick"):
            assert words[0] == ("untick" if one.target.state == "on" else "tick")
        told[" ".join(words[:2]) if words[0] == "turn" else words[0]] += 1
    assert {"turn on", "turn off", "tick", "untick"} <= set(told)


# It can be seen.


def test_a_target_is_whole_readable_and_small() -> None:
    """It lies on the screen, no larger than the bound, and can be pressed."""
    for one in (*drawn(150, 1, screen="random"), *drawn()):
        width, height = size_of(one)
        left, top, right, bottom = one.target.box
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
        share = (right - left) * (bottom - top) / (width * height)
        assert share <= LARGEST[one.task.labels["platform"]]
        assert one.target.pressable and one.target.kind != "label"
        assert one.task.box == one.target.box


def test_nothing_that_is_covered_can_be_pressed() -> None:
    """What lies under something later is hidden, or seen but not to be pressed."""
    dice = Dice(np.random.default_rng(0))
    board = Board(300, 300, THEMES["light"], 1.0, dice, Words(dice))
    boxes = {"under": (10, 10, 60, 30), "half": (90, 10, 130, 30), "free": (10, 100, 60, 130)}
    boxes["off"] = (280, 10, 310, 30)
    boxes["gone"] = (310, 10, 330, 30)
    for name, box in boxes.items():
        board.add(box, "button", name)
    board.cover((0, 0, 100, 50))
    board.add((20, 10, 70, 30), "button", "over")
    seen = {element.name: element.pressable for element in board.seen()}
    assert seen == {"half": False, "free": True, "off": False, "over": True}
    board.cover((200, 200, 250, 250), modal=True)
    board.add((210, 210, 240, 240), "button", "answer")
    assert [e.name for e in board.seen() if e.pressable] == ["answer"]


def test_what_is_beside_is_not_the_target() -> None:
    """The box that a careless player presses is apart from the target's."""
    for one in drawn(150, 1):
        (a, b, c, d), (left, top, right, bottom) = one.task.near, one.task.box
        assert c <= left or right <= a or d <= top or bottom <= b


# Screens.


def test_screens_are_dense() -> None:
    """There are dozens to hundreds of things on a screen, and most kinds of things somewhere."""
    screens = drawn(150, 1)
    counts = [len(one.elements) for one in screens]
    assert np.median(counts) > 45 and max(counts) > 250 and min(counts) >= 8
    kinds = Counter(element.kind for one in screens for element in one.elements)
    assert set(kinds) == set(TYPES) - {"swatch"} | {"swatch"} & set(kinds)
    asked = Counter(one.task.labels["element"] for one in drawn(400, 2, screen="random"))
    assert set(asked) == {"text", "icon", "widget"} and min(asked.values()) > 40


@pytest.mark.parametrize("platform", PLATFORMS)
def test_any_size_can_be_drawn(platform: str) -> None:
    """From 240 pixels a side on, whatever the scale, without an error, in every theme."""
    rng = np.random.default_rng(5)
    for number in range(120):
        width, height = rng.integers(240, 1700, 2).tolist()
        dice = Dice(np.random.default_rng(number))
        theme = list(THEMES.values())[number % len(THEMES)]
        board = Board(width, height, theme, 0.8 + 0.3 * (number % 5), dice, Words(dice))
        PLATFORMS[platform](board)
        assert board.pixels.shape == (height, width, 3)
        for element in board.elements:
            assert element.kind in TYPES and element.act in ("", *ACTS)


@pytest.mark.parametrize("screen", [*SCREENS, "random", (700, 500), (1080, 2340), (3840, 2160)])
def test_sizes_by_name(screen: str | tuple[int, int]) -> None:
    """A name stands for its sizes; any pair of sides is drawn as it is."""
    source, rng = ScreenSource(screen=screen), np.random.default_rng(0)
    found = {source.sample(rng).picture.shape[1::-1] for _ in range(12)}
    if isinstance(screen, tuple):
        assert found == {screen}
    elif screen != "random":
        assert found <= {(shape.width, shape.height) for shape in SCREENS[screen]}
    else:
        assert len(found) > 3


def test_the_default_is_the_size_of_the_canvas() -> None:
    """1280 x 720 for computers and pages and tablets; a phone for the level of phones."""
    assert {size_of(one) for one in drawn()} == {(1280, 720)}
    assert {one.task.labels["platform"] for one in drawn()} == set(PLATFORMS)
    sizes = {size_of(one) for one in drawn(20, 0, level="mobile")}
    assert sizes <= {(shape.width, shape.height) for shape in SCREENS["phone"]}


@pytest.mark.parametrize("level", PLATFORMS)
@pytest.mark.parametrize("kind", ["icon", "widget", "tab", "cell", "checkbox"])
def test_levels_and_kinds(level: str, kind: str) -> None:
    """Only the platform and the kinds that were asked for are drawn."""
    source, rng = ScreenSource(level=level, kinds=[kind], screen="random"), np.random.default_rng(0)
    for _ in range(8):
        labels = source.sample(rng).labels
        assert labels["platform"] == level and kind in (labels["kind"], labels["element"])


def test_all_glyphs_are_in_the_font() -> None:
    """Every act has a glyph, and no two acts look alike or say the same."""
    assert all(has_icon(act.glyph) for act in ACTS.values())
    for counted in (
        Counter(act.glyph for act in ACTS.values()),
        Counter(act.look for act in ACTS.values() if act.look),
        Counter(phrase for act in ACTS.values() for phrase in act.phrases),
    ):
        assert max(counted.values()) == 1


# Splits and axes.


def test_the_same_state_draws_the_same_task() -> None:
    """Twice the same generator: the same pixels, text and box; afterwards others."""
    first, second = (np.random.default_rng(7) for _ in range(2))
    source, other = ScreenSource(screen="random"), ScreenSource(screen="random")
    for _ in range(5):
        one, two = source.sample(first), other.sample(second)
        assert one.instruction == two.instruction and one.box == two.box
        assert one.task_id == two.task_id and np.array_equal(one.picture, two.picture)
    assert len({one.task.instruction for one in drawn()}) > 50


def test_splits_ask_for_different_things() -> None:
    """No target of one split, on the same platform, is called like one of another."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for split in SPLITS:
        targets = drawn(150, 4, split=split)
        asked[split] = {(one.task.labels["platform"], target_key(one.target)) for one in targets}
        assert len(asked[split]) > 90
    for one, two in itertools.combinations(SPLITS, 2):
        assert not asked[one] & asked[two]


def test_the_theme_axis_changes_colours_alone() -> None:
    """The same seed: the same things at the same places, in themes never seen in training."""
    themes = pictured(25, 6), pictured(25, 6, split="theme")
    for one, two in zip(*themes, strict=True):
        assert one.task.instruction == two.task.instruction and one.elements == two.elements
        assert not np.array_equal(one.task.picture, two.task.picture)
        assert one.task.task_id.split("/")[2] in SEEN_THEMES
        assert two.task.task_id.split("/")[2] in UNSEEN_THEMES


def test_the_resolution_axis_has_sizes_of_its_own() -> None:
    """No size of another split is among them."""
    unseen = {(shape.width, shape.height) for shape in UNSEEN_SHAPES}
    assert {size_of(one) for one in drawn(40, 0, split="resolution")} <= unseen
    known = {(shape.width, shape.height) for shapes in SCREENS.values() for shape in shapes}
    assert not unseen & known


def test_the_name_axis_has_names_of_its_own() -> None:
    """Its targets have names that are on no screen of another split."""
    unseen = set(names.UNSEEN_LABELS)
    for one in drawn(60, 0, split="name"):
        assert unseen & {one.target.name, one.target.row, one.target.column}
    lower = {name.casefold() for name in unseen}
    for one in (*drawn(60, 0, screen="random"), *drawn(40, 0, split="image")):
        assert not lower & {element.name.casefold() for element in one.elements}


def test_the_image_axis_has_icons_of_its_own() -> None:
    """Its targets are told by icons that are on no screen of another split."""
    unseen = {label.lower() for label, _ in unseen_pictures()}
    assert len(unseen) > 150
    for one in drawn(60, 0, split="image"):
        assert one.target.look in unseen and one.target.look in one.task.instruction
    for one in (*drawn(60, 0, screen="random"), *drawn(40, 0, split="name")):
        assert not unseen & {element.look for element in one.elements if element.look}


# Options.


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"split": "tain"}, r"unknown split 'tain'.*'train'"),
        ({"level": "phone"}, r"unknown level 'phone'"),
        ({"kinds": ["icons"]}, r"unknown kind 'icons'.*'icon'"),
        ({"theme": "drak"}, r"unknown theme 'drak'.*'dark'"),
        ({"screen": "labtop"}, r"unknown screen 'labtop'.*'laptop'"),
        ({"screen": (100, 700)}, r"of 240 to 4096 pixels, got \(100, 700\)"),
        ({"screen": (700,)}, "or \\(width, height\\)"),
        (
            {"screen": "phone", "level": "desktop"},
            "screen 'phone' shows nothing of level 'desktop'",
        ),
        ({"split": "resolution", "screen": "phone"}, "has sizes of its own"),
        ({"split": "theme", "theme": "dark"}, "split 'theme' shows terminal, candy"),
    ],
    ids=str,
)
def test_wrong_options_say_what_is_right(options: dict[str, object], says: str) -> None:
    """Each is told by name, with what is valid."""
    with pytest.raises(ValueError, match=says):
        ScreenSource(**options)  # type: ignore[arg-type]


def test_every_word_is_in_the_vocabulary() -> None:
    """A tokenizer of whole words that was made from it knows all names of instructions."""
    words = {word for text in ScreenSource().vocabulary() for word in text.casefold().split()}
    for one in drawn(150, 1, screen="random"):
        for text in (one.target.name, one.target.look, one.target.row):
            if TYPES[one.target.kind] != "text" or not any(c.isdigit() for c in text):
                assert set(text.casefold().split()) <= words, text


def test_kinds_are_types_and_their_kinds() -> None:
    """What can be asked for by ``kinds``."""
    assert set(KINDS) == {*TYPES, "text", "widget"} - {"label"}
