"""Drawn screens: what an instruction names is there, can be seen, and is the only such thing."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from tests.gui.ground_resolver import resolve
from vl_envs.core.tasks import SPLITS
from vl_envs.gui import names
from vl_envs.gui.ground_reward import inside
from vl_envs.gui.ground_screens import (
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
from vl_envs.gui.ground_screens_board import TYPES, Board, Element
from vl_envs.gui.ground_screens_words import ACTS, Dice, Words, unseen_pictures
from vl_envs.gui.icons import has_icon, icon_mask
from vl_envs.gui.painter import font
from vl_envs.gui.theme import SEEN_THEMES, THEMES, UNSEEN_THEMES

Mask = npt.NDArray[np.float64]


@cache
def drawn(count: int = 60, seed: int = 0, **options: str) -> tuple[Drawn, ...]:
    """Draw some screens, once for all tests."""
    source, rng = ScreenSource(**options), np.random.default_rng(seed)  # type: ignore[arg-type]
    return tuple(source.draw(rng) for _ in range(count))


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


def test_wording_varies() -> None:
    """Things are named, described, counted, placed, and called for by what they do."""
    texts = [one.task.instruction for one in drawn(400, 2, screen="random")]
    assert len(set(texts)) > 380
    for words in (
        *(" icon", " tab", "in row ", " in the ", " of the window ", " at the ", "turn o", "tick "),
        *("open the ", '"', "link", "field", "list", "from the", " for ", "delete ", "menu"),
    ):
        assert any(words in text for text in texts), words


# It is there, and it can be seen.


def likeness(ink: Mask, mask: Mask) -> float:
    """Return how well a mask is found somewhere in a picture of ink: 1 is exactly."""
    rows, columns = ink.shape[0] - mask.shape[0] + 1, ink.shape[1] - mask.shape[1] + 1
    if rows < 1 or columns < 1:
        return 0.0
    shape = tuple(a + b for a, b in zip(ink.shape, mask.shape, strict=True))

    def slide(picture: Mask, under: Mask) -> Mask:
        product = np.fft.rfft2(picture, shape) * np.conj(np.fft.rfft2(under, shape))
        return np.asarray(np.fft.irfft2(product, shape)[:rows, :columns])

    energy = slide(ink**2, np.ones_like(mask)) * (mask**2).sum()
    return float((slide(ink, mask) / np.sqrt(np.maximum(energy, 1e-3))).max())


def inks(one: Drawn, box: tuple[int, int, int, int]) -> Iterator[Mask]:
    """Give how far each pixel of a box is from each of the colours that are common there."""
    left, top, right, bottom = (int(v) for v in box)
    crop = one.task.picture[max(top, 0) : bottom, max(left, 0) : right].astype(np.float64)
    colours = Counter(map(tuple, crop.reshape(-1, 3).astype(int).tolist()))
    for colour, _ in colours.most_common(3):
        yield np.abs(crop - np.array(colour)).sum(-1) / 765


def written(name: str, size: int) -> Mask:
    """Draw a text as plainly as can be, cut to its ink."""
    face = font(size)
    mask = np.asarray(face.getmask(name)).reshape(face.getmask(name).size[::-1])
    return mask.astype(np.float64) / 255


def glyph_of(element: Element) -> str:
    """Find the glyph of a bare icon."""
    if element.act:
        return ACTS[element.act].glyph
    pictures = (*names.ICONS, *zip(names.UNSEEN_LABELS, names.UNSEEN_GLYPHS, strict=True))
    return next(glyph for label, glyph in pictures if label.lower() == element.look)


def test_what_is_named_is_drawn_in_its_box() -> None:
    """The target's own name, or its icon, is found in the pixels of its box."""
    texts = icons = 0
    for one in drawn(150, 3):
        target = one.target
        if TYPES[target.kind] == "text" and target.kind != "label":
            best = max(
                likeness(ink, written(target.name.split(" ")[0], size))
                for ink in inks(one, target.box)
                for size in (10, 11, 12, 13, 14, 19)
            )
            assert best > 0.85, (target, best)
            texts += 1
        elif target.kind == "icon":
            best = max(
                likeness(ink, icon_mask(glyph_of(target), size) / 255.0)
                for ink in inks(one, target.box)
                for size in (14, 16, 17, 18, 22, 24, 25, 27, 30)
            )
            assert best > 0.85, (target, best)
            icons += 1
    assert texts > 40 and icons > 25


def test_likeness_tells_one_word_from_another() -> None:
    """The measure above fails where another word is drawn."""
    word, other = written("Storage", 13), written("Garages", 13)
    assert likeness(np.pad(word, 20), word) > 0.99
    assert likeness(np.pad(other, 20), word) < 0.85


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
        targets = drawn(250, 4, screen="random", split=split)
        asked[split] = {(one.task.labels["platform"], target_key(one.target)) for one in targets}
        assert len(asked[split]) > 150
    for one, two in itertools.combinations(SPLITS, 2):
        assert not asked[one] & asked[two]


def test_the_theme_axis_changes_colours_alone() -> None:
    """The same seed: the same things at the same places, in themes never seen in training."""
    for one, two in zip(drawn(25, 6), drawn(25, 6, split="theme"), strict=True):
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


# Who does not look.


def rate(points: list[tuple[float, float]], tasks: tuple[Drawn, ...]) -> float:
    """Return how often points, as shares of the screen, lie in the boxes."""
    return float(
        np.mean(
            [
                inside((x * size_of(one)[0], y * size_of(one)[1]), one.task.box)
                for (x, y), one in zip(points, tasks, strict=True)
            ]
        )
    )


def test_players_who_do_not_look_hardly_ever_hit() -> None:
    """Anywhere, the middle, and the place that was right most often: all stay near zero."""
    tasks, training = drawn(500, 8), drawn(500, 9)
    rng = np.random.default_rng(0)
    assert rate([(x, y) for x, y in rng.random((500, 2)).tolist()], tasks) <= 0.02
    assert rate([(0.5, 0.5)] * 500, tasks) <= 0.02
    grid = [((i + 0.5) / 64, (j + 0.5) / 36) for i in range(64) for j in range(36)]
    best = max(grid, key=lambda point: rate([point] * 500, training))
    assert rate([best] * 500, tasks) <= 0.06


def test_who_only_reads_hardly_ever_hits() -> None:
    """Pressing where the most similar instruction of training was right helps little."""
    tasks, training = drawn(500, 8), drawn(500, 9)
    known = [(set(one.task.instruction.casefold().split()), one) for one in training]
    points = []
    for task in tasks:
        words = set(task.task.instruction.casefold().split())
        near = max(known, key=lambda pair: len(pair[0] & words) / len(pair[0] | words))[1]
        left, top, right, bottom = near.task.box
        width, height = size_of(near)
        points.append(((left + right) / 2 / width, (top + bottom) / 2 / height))
    assert rate(points, tasks) <= 0.08


def test_kinds_are_types_and_their_kinds() -> None:
    """What can be asked for by ``kinds``."""
    assert set(KINDS) == {*TYPES, "text", "widget"} - {"label"}
