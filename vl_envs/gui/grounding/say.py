"""Instructions: what is said of an element, so that it fits this one and no other of the screen.

An instruction states facts (a name, what an icon shows or does, a part of the screen, a place in a
row …). It is only used where exactly one element that can be seen fits all of them; and *fits* is
meant widely, so that nothing that a person could take for the target fits as well: a label of the
same name, an icon that shows the thing that another is called after, something near the border of a
region.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import UNREAD, Element
from vl_envs.gui.grounding.words import Dice

Facts = dict[str, str]

NOUNS: Mapping[str, tuple[str, ...]] = {
    "button": ("button",),
    "link": ("link",),
    "tab": ("tab",),
    "menu": ("menu",),
    "item": ("entry", "item"),
    "chip": ("tag",),
    "file": ("file",),
    "checkbox": ("check box",),
    "radio": ("option",),
    "switch": ("switch",),
    "field": ("field", "text field"),
    "slider": ("slider",),
    "list": ("drop-down list",),
    "key": ("key",),
    "icon": ("icon",),
}
"""Kind -> what it is called."""

_NAMED = frozenset(("button", "link", "tab", "menu", "item", "chip", "file", "key"))
ALIKE: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(_NAMED, _NAMED),
    "menu": frozenset(("menu",)),
    "key": frozenset(("key",)),
    "checkbox": frozenset(("checkbox", "switch", "radio")),
    "radio": frozenset(("checkbox", "radio")),
    "switch": frozenset(("checkbox", "switch")),
    "icon": frozenset(("icon", "swatch")),
}
"""Kind -> the kinds that a person might call the same (those not listed: the kind alone)."""

REGIONS: Mapping[str, tuple[str, str]] = {
    "at the top left": ("low", "low"),
    "at the top right": ("high", "low"),
    "at the bottom left": ("low", "high"),
    "at the bottom right": ("high", "high"),
    "at the top": ("", "low"),
    "at the bottom": ("", "high"),
    "on the left": ("low", ""),
    "on the right": ("high", ""),
}
"""Region -> where it lies across and down the screen."""
NEAR, WIDE = 0.22, 0.55
"""The target of a region lies in this outer share of the screen, and nothing else in the wider."""

SAID = (
    "click on press select tap touch the cell in row , column value of for check box before with",
    "switch to open tab menu follow link turn on off tick untick choose option write into put",
    "cursor field see choices list pick day month calendar change its slider colour as palette",
    "close minimise maximise window from left right top bottom",
    "title side menu tool task status tab address bar tray desktop launcher dock page head foot",
    "sub navigation banner path filters notice pop-up dialog open table sheet list form cards",
    "settings article files calendar editor panel box palette layers message player keypad",
    "dashboard chart start screen favourites",
)
"""Words of instructions beside names, and the parts of screens."""
ORDER = ("first", "second", "third", "fourth", "fifth", "sixth")
_IDLE = frozenset(("this", "what", "with", "that", "from", "again", "more", "show", "make", "see"))


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Give the words of a text that carry its meaning, in lower case and without a plural's s."""
    words = "".join(letter if letter.isalpha() else " " for letter in text.casefold()).split()
    return frozenset(word.rstrip("s") for word in words if len(word) > 3 and word not in _IDLE)


def in_region(element: Element, region: str, size: tuple[int, int], share: float) -> bool:
    """Tell whether an element's middle lies in the outer ``share`` of the screen there."""
    left, top, right, bottom = element.box
    for where, at in zip(
        REGIONS[region], ((left + right) / 2 / size[0], (top + bottom) / 2 / size[1]), strict=True
    ):
        if (where == "low" and at > share) or (where == "high" and at < 1 - share):
            return False
    return True


def fits(element: Element, facts: Mapping[str, str], size: tuple[int, int]) -> bool:
    """Tell whether an element could be meant by ``facts``, on a screen of ``size``."""
    for fact, value in facts.items():
        if fact == "name":
            wanted = value.casefold()
            if element.name.casefold() != wanted and element.look != wanted:
                return False
        elif fact == "look":
            if element.look != value and element.name.casefold() != value:
                return False
        elif fact == "does":
            act, _, phrase = value.partition(":")
            if element.act != act and not (
                content_words(element.name) & content_words(phrase) and element.kind != "label"
            ):
                return False
        elif fact == "kind":
            if element.kind not in ALIKE.get(value, (value,)):
                return False
        elif fact == "where":
            if not in_region(element, value, size, WIDE):
                return False
        elif getattr(element, fact) != value:
            return False
    return True


class Speaker:
    """Finds words for the elements of one screen.

    Args:
        elements: all that can be seen.
        size: (width, height) of the screen.
        dice: chooses among the words.
        touch: whether one taps rather than clicks.
    """

    def __init__(
        self, elements: Sequence[Element], size: tuple[int, int], dice: Dice, touch: bool
    ) -> None:
        self.elements, self.size, self.dice = elements, size, dice
        self.verbs = (
            ("tap", "press", "touch") if touch else ("click", "press", "click on", "select")
        )

    def describe(self, target: Element, by: str = "") -> str | None:
        """Say what fits ``target`` alone, or None if nothing does.

        Args:
            target: one of the elements.
            by: a fact that must be stated, such as ``look``; ``""`` for any.
        """
        if not by and self.dice.chance(0.06):
            said = self._by_order(target)
            if said is not None:
                return said
        options = [option for option in self._options(target) if not by or by in option[0]]
        for facts, text in self.dice.sample(options, 6):
            rivals = self._rivals(target, facts)
            # Now and then more is said than is needed.
            if not rivals and self.dice.chance(0.7):
                return text
            said = self._with_more(target, facts, text, rivals)
            if said is not None:
                return said
        return None if by else self._by_order(target)

    def _rivals(self, target: Element, facts: Facts) -> list[Element]:
        """List the other elements that fit."""
        return [e for e in self.elements if e is not target and fits(e, facts, self.size)]

    def _with_more(
        self, target: Element, facts: Facts, text: str, rivals: Sequence[Element]
    ) -> str | None:
        """Add one or two facts about the place, so that no rival fits."""
        more = self.dice.sample(list(self._places(target, facts)), 4)
        left = [[rival for rival in rivals if fits(rival, fact, self.size)] for fact, _ in more]
        for (_, words), still in zip(more, left, strict=True):
            if not still:
                return text + words
        for (added, words), still in zip(more, left, strict=True):
            for further, rest in more:
                disjoint = added.keys().isdisjoint(further)
                if disjoint and not any(fits(rival, further, self.size) for rival in still):
                    return text + words + rest
        return None

    def _places(self, target: Element, facts: Facts) -> Iterator[tuple[Facts, str]]:
        if target.place:
            yield {"place": target.place}, f" in the {target.place}"
        if target.window and "window" not in facts:
            yield {"window": target.window}, f" of the window {target.window}"
        for region in REGIONS:
            if in_region(target, region, self.size, NEAR):
                yield {"where": region}, f" {region}"
        # Of a row's act one says whose it is in words of its own.
        if target.row not in ("", UNREAD) and "row" not in facts and "does" not in facts:
            yield {"row": target.row}, f" for {target.row}"

    def _options(self, target: Element) -> Iterator[tuple[Facts, str]]:
        """Give facts about an element with the words for them."""
        kind, name, row = target.kind, target.name, target.row
        verb = self.dice.pick(self.verbs)
        named: Facts = {"name": name, "kind": kind}
        if kind == "cell":
            here: Facts = {"kind": kind, "row": row, "column": target.column}
            yield here, f"{verb} the cell in row {row}, column {target.column}"
            yield here, f"{verb} the value of {target.column} for {row}"
            return
        if kind == "checkbox" and not name and row != UNREAD:
            word = "untick" if target.state == "on" else "tick"
            yield {"kind": kind, "row": row}, f"{word} the box of {row}"
            yield {"kind": kind, "row": row}, f"{verb} the check box before {row}"
            return
        if kind in ("icon", "swatch"):
            yield from self._of_icon(target, verb)
            return
        if not name:
            return
        yield named, f"{verb} the {name} {self.dice.pick(NOUNS.get(kind, (kind,)))}"
        for text in self._own_words(target):
            yield named, text
        if kind in _NAMED:
            yield {"name": name}, f"{verb} {name}"
            yield {"name": name}, f'{verb} "{name}"'
        if target.look and kind in ("item", "file", "tab"):
            noun = NOUNS[kind][0]
            yield {"look": target.look, "kind": kind}, f"{verb} the {noun} with the {target.look}"

    def _own_words(self, target: Element) -> Iterator[str]:
        """Say it as one does of this kind of thing."""
        name = target.name
        if target.kind == "tab":
            yield from (f"switch to the {name} tab", f"open the {name} tab")
        elif target.kind == "menu":
            yield f"open the {name} menu"
        elif target.kind == "link":
            yield f"follow the link {name}"
        elif target.kind in ("item", "file"):
            yield f"open {name}"
        elif target.kind == "switch":
            word = "off" if target.state == "on" else "on"
            yield from (f"turn {word} {name}", f"switch {name} {word}")
        elif target.kind == "checkbox":
            yield f"untick {name}" if target.state == "on" else f"tick {name}"
        elif target.kind == "radio":
            yield f"choose the option {name}"
        elif target.kind == "field":
            yield from (f"write into the {name} field", f"put the cursor into the {name} field")
        elif target.kind == "list":
            yield from (f"open the {name} list", f"see the choices of the {name} list")
        elif target.kind == "day":
            yield from (f"pick day {name} of the month", f"choose day {name} in the calendar")
        elif target.kind == "slider":
            yield f"change {name} with its slider"

    def _of_icon(self, target: Element, verb: str) -> Iterator[tuple[Facts, str]]:
        look, act, row = target.look, target.act, target.row
        if target.kind == "swatch":
            yield {"kind": "swatch", "look": look}, f"pick the colour {look}"
            yield {"kind": "swatch", "look": look}, f"choose {look} as the colour"
            return
        if look:
            yield {"look": look, "kind": "icon"}, f"{verb} the {look} icon"
            yield {"look": look}, f"{verb} the {look}"
        if not act:
            return
        if row and row != UNREAD and ACTS[act].of_row:
            said = ACTS[act].of_row.format(row=row)
            yield {"does": f"{act}:", "row": row}, said
        if target.place == "title bar" and act in ("close", "minimise", "maximise"):
            wanted = {"does": f"{act}:", "window": target.window}
            yield wanted, f"{act} the window {target.window}"
            yield wanted, f"{act} {target.window}"
        for phrase in ACTS[act].phrases:
            yield {"does": f"{act}:{phrase}"}, phrase

    def _by_order(self, target: Element) -> str | None:
        """Count it among its like: ``the third icon from the left in the tool bar``."""
        kind = target.kind
        if kind not in NOUNS or not target.place:
            return None
        facts: Facts = {"kind": kind, "place": target.place}
        if target.window:
            facts["window"] = target.window
        line = [element for element in self.elements if fits(element, facts, self.size)]
        for low, high, start, end in ((1, 3, "left", "right"), (0, 2, "top", "bottom")):
            if any(
                element.kind != kind
                or not element.pressable
                or element.box[low] != target.box[low]
                or element.box[high] != target.box[high]
                for element in line
            ):
                continue
            line.sort(key=lambda element: element.box[1 - low])
            gaps = [b.box[1 - low] - a.box[3 - low] for a, b in itertools.pairwise(line)]
            if max(gaps, default=0) > target.box[3 - low] - target.box[1 - low]:
                continue  # two lines, rather than one
            place = line.index(target)
            noun = self.dice.pick(NOUNS[kind])
            at = "" if "window" not in facts else f" of the window {target.window}"
            if len(line) < 2:
                continue
            verb = self.dice.pick(self.verbs)
            if place < len(ORDER):
                count, side = ORDER[place], start
            elif len(line) - 1 - place < len(ORDER):
                count, side = ORDER[len(line) - 1 - place], end
            else:
                continue
            return f"{verb} the {count} {noun} from the {side} in the {target.place}{at}"
        return None
