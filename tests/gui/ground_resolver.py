"""Reads an instruction as a person would, and finds all elements of the screen that it could mean.

Independent of how instructions are made: it knows only the text and what can be seen. A text that
can be read in several ways is read in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import Element

Test = Callable[[Element], bool]

VERB = r"(?:click on|click|press|select|tap|touch)"
NTH = ("first", "second", "third", "fourth", "fifth", "sixth")
CALLED = {
    "button": ("button", "chip", "link", "tab", "item", "key", "menu", "file"),
    "link": ("link", "item", "tab", "button", "chip", "menu", "file"),
    "tab": ("tab", "link", "item", "button", "chip", "menu", "file"),
    "tag": ("chip", "button", "link", "tab", "item", "file", "menu"),
    "entry": ("item", "link", "tab", "file", "button", "chip", "menu"),
    "item": ("item", "link", "tab", "file", "button", "chip", "menu"),
    "file": ("file", "item", "link", "button", "tab", "chip", "menu"),
    "menu": ("menu",),
    "key": ("key",),
    "check box": ("checkbox", "switch", "radio"),
    "option": ("radio", "checkbox"),
    "switch": ("switch", "checkbox"),
    "field": ("field",),
    "text field": ("field",),
    "slider": ("slider",),
    "drop-down list": ("list",),
    "icon": ("icon", "swatch"),
    "day": ("day",),
}
SIDES: dict[str, Callable[[float, float], bool]] = {
    "at the top left": lambda x, y: x < 0.5 and y < 0.5,
    "at the top right": lambda x, y: x > 0.5 and y < 0.5,
    "at the bottom left": lambda x, y: x < 0.5 and y > 0.5,
    "at the bottom right": lambda x, y: x > 0.5 and y > 0.5,
    "at the top": lambda x, y: y < 0.5,
    "at the bottom": lambda x, y: y > 0.5,
    "on the left": lambda x, y: x < 0.5,
    "on the right": lambda x, y: x > 0.5,
}


def resolve(text: str, elements: Sequence[Element], size: tuple[int, int]) -> list[Element]:
    """List the elements that the text could mean, of all that can be seen."""
    found: dict[int, Element] = {}
    for core, tests in _qualified(text, elements, size):
        for element in _core(core, elements):
            if all(test(element) for test in tests):
                found[id(element)] = element
    return list(found.values())


def _qualified(
    text: str, elements: Sequence[Element], size: tuple[int, int]
) -> Iterator[tuple[str, list[Test]]]:
    """Take off what is said about the place, in every way in which the end can be read."""
    yield text, []
    places = {element.place for element in elements if element.place}
    windows = {element.window for element in elements if element.window}
    rows = {element.row for element in elements if element.row}
    for place in places:
        if text.endswith(f" in the {place}"):
            yield from _less(text, f" in the {place}", elements, size, _equal("place", place))
    for window in windows:
        if text.endswith(f" of the window {window}"):
            end = f" of the window {window}"
            yield from _less(text, end, elements, size, _equal("window", window))
    for row in rows:
        if text.endswith(f" for {row}"):
            yield from _less(text, f" for {row}", elements, size, _equal("row", row))
    for side, inside in SIDES.items():
        if text.endswith(f" {side}"):
            yield from _less(text, f" {side}", elements, size, _lies(inside, size))


def _less(
    text: str, end: str, elements: Sequence[Element], size: tuple[int, int], test: Test
) -> Iterator[tuple[str, list[Test]]]:
    for core, tests in _qualified(text.removesuffix(end), elements, size):
        yield core, [*tests, test]


def _equal(what: str, value: str) -> Test:
    return lambda element: getattr(element, what) == value


def _lies(inside: Callable[[float, float], bool], size: tuple[int, int]) -> Test:
    def test(element: Element) -> bool:
        left, top, right, bottom = element.box
        return inside((left + right) / 2 / size[0], (top + bottom) / 2 / size[1])

    return test


def _core(text: str, elements: Sequence[Element]) -> Iterator[Element]:
    """Find what the text without its qualifiers could mean."""
    for pattern, find in _PATTERNS:
        match = re.fullmatch(pattern, text)
        if match:
            yield from find(elements, *match.groups())
    for element in elements:
        act = ACTS.get(element.act)
        if act and (
            text in act.phrases or (act.of_row and text == act.of_row.format_map(_row(element)))
        ):
            yield element


def _row(element: Element) -> dict[str, str]:
    return {"row": element.row}


def _named(elements: Sequence[Element], name: str) -> Iterator[Element]:
    """Everything that is called so, or shows a thing that is called so."""
    name = name.strip('"')
    yield from (e for e in elements if name.casefold() in (e.name.casefold(), e.look.casefold()))


def _kind(elements: Sequence[Element], name: str, noun: str) -> Iterator[Element]:
    yield from (e for e in _named(elements, name) if e.kind in CALLED[noun])


def _cell(elements: Sequence[Element], row: str, column: str) -> Iterator[Element]:
    yield from (e for e in elements if (e.kind, e.row, e.column) == ("cell", row, column))


def _box_of(elements: Sequence[Element], row: str) -> Iterator[Element]:
    yield from (e for e in elements if e.kind == "checkbox" and e.row == row)


def _state(elements: Sequence[Element], word: str, name: str) -> Iterator[Element]:
    now = {"on": "off", "off": "on", "tick": "off", "untick": "on"}[word]
    for e in _named(elements, name):
        if e.kind in ("switch", "checkbox") and e.state == now:
            yield e


def _window(elements: Sequence[Element], act: str, window: str) -> Iterator[Element]:
    yield from (e for e in elements if e.act == act and e.window == window)


def _showing(elements: Sequence[Element], noun: str, look: str) -> Iterator[Element]:
    yield from (e for e in elements if e.look == look and e.kind in CALLED[noun])


def _colour(elements: Sequence[Element], look: str) -> Iterator[Element]:
    yield from (e for e in elements if e.kind == "swatch" and e.look == look)


def _counted(
    elements: Sequence[Element], nth: str, noun: str, side: str, place: str, window: str | None
) -> Iterator[Element]:
    kinds = {"drop-down list": "list", "tag": "chip", "check box": "checkbox", "option": "radio"}
    kind = kinds.get(noun, CALLED[noun][0])
    line = [e for e in elements if e.place == place and e.kind == kind]
    line = [e for e in line if window is None or e.window == window]
    across = side in ("left", "right")
    line.sort(key=lambda e: e.box[0 if across else 1], reverse=side in ("right", "bottom"))
    yield line[NTH.index(nth)]


_NOUNS = "|".join(sorted(CALLED, key=len, reverse=True))
_PATTERNS: tuple[tuple[str, Callable[..., Iterator[Element]]], ...] = (
    (rf"{VERB} the cell in row (.+), column (.+)", _cell),
    (rf"{VERB} the value of (.+) for (.+)", lambda e, column, row: _cell(e, row, column)),
    (rf"{VERB} the check box before (.+)", _box_of),
    (r"(?:tick|untick) the box of (.+)", _box_of),
    (rf"{VERB} the (entry|file|tab) with the (.+)", _showing),
    (
        rf"{VERB} the ({'|'.join(NTH)}) ({_NOUNS}) from the (left|right|top|bottom) in the (.+?)"
        r"(?: of the window (.+))?",
        _counted,
    ),
    (rf"{VERB} the (.+) ({_NOUNS})", _kind),
    (rf"{VERB} the (.+?) ({_NOUNS})", _kind),
    (rf"{VERB} the (.+)", _named),
    (rf"{VERB} (.+)", _named),
    (r"(?:switch to|open) the (.+) (tab)", _kind),
    (r"open the (.+) (menu)", _kind),
    (r"(?:open|see the choices of) the (.+) list", lambda e, n: _kind(e, n, "drop-down list")),
    (r"follow the link (.+)", lambda e, n: _kind(e, n, "link")),
    (r"open (.+)", lambda e, n: _kind(e, n, "entry")),
    (r"turn (on|off) (.+)", _state),
    (r"switch (.+) (on|off)", lambda e, n, word: _state(e, word, n)),
    (r"(tick|untick) (.+)", _state),
    (r"choose the option (.+)", lambda e, n: _kind(e, n, "option")),
    (r"(?:write|put the cursor) into the (.+) field", lambda e, n: _kind(e, n, "field")),
    (r"change (.+) with its slider", lambda e, n: _kind(e, n, "slider")),
    (r"pick day (\d+) of the month", lambda e, n: _kind(e, n, "day")),
    (r"choose day (\d+) in the calendar", lambda e, n: _kind(e, n, "day")),
    (r"pick the colour (.+)", _colour),
    (r"choose (.+) as the colour", _colour),
    (r"(close|minimise|maximise) (?:the window )?(.+)", _window),
)
