"""Reads the pages of a GUI Exploration Lab structure file; `apps.gelab_files` tells the format.

All that is read is checked, and an error says which file and key, what was expected and what came.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vl_envs.core.canvas import Box
from vl_envs.core.env import is_number
from vl_envs.gui.apps.graph import Graph

FILE = "ui_structure.json"
_SYSTEM = {"back": "back", "home": "home", "PRESS_BACK": "back", "PRESS_HOME": "home"}


class GelabIcon(NamedTuple):
    """An icon of a screen.

    Attributes:
        name: what it is called.
        box: (left, top, right, bottom) in pixels of the canvas.
        target: the screen that it opens, or None for a dead icon.
    """

    name: str
    box: Box
    target: int | None


class Pages:
    """Collects what the pages say, screen by screen, in the order of ``number``."""

    def __init__(self, file: str, number: Mapping[str, int]) -> None:
        self.file, self.number = file, number
        self.icons: list[tuple[GelabIcon, ...]] = []
        self.back_box: list[Box | None] = []
        self.home_box: list[Box | None] = []
        self.back: list[int | None] = []

    def add(self, page: str, said: Mapping[str, Any]) -> None:
        """Read one page; the root comes first."""
        place = f"{self.file}, page {page!r}"
        screen = self.number[page]
        names: dict[str, str] = {}
        boxes: dict[str, Box] = {}
        for name, entry in get(said, "layout", dict, place).items():
            where = f"{place}, layout {name!r}"
            if not isinstance(entry, dict):
                raise ValueError(f"{where}: expected an object, got {seen(entry)}")
            if name != "page_title":
                boxes[name] = box_of(entry.get("bbox"), f"{where}: 'bbox'")
                shown = entry.get("display_name")
                names[name] = name if shown is None else text_of(shown, f"{where}: 'display_name'")
        live: list[GelabIcon] = []
        dead: dict[str, GelabIcon] = {}
        system: dict[str, tuple[Box, int]] = {}
        used: set[str] = set()
        for count, entry in enumerate(get(said, "transitions", list, place)):
            where = f"{place}, transition {count}"
            action, box, target = self._transition(entry, boxes, where)
            if action in used:
                raise ValueError(f"{where}: {action!r} already leads elsewhere on this page")
            used.add(action)
            if action in ("back", "home"):
                system[action] = box, target
            elif target == screen:
                dead[action] = GelabIcon(names.get(action, action), box, None)
            else:
                live.append(GelabIcon(names.get(action, action), box, target))
        for name in boxes.keys() - used:
            dead[name] = GelabIcon(names[name], boxes[name], None)
        self.icons.append((*live, *(dead[name] for name in sorted(dead))))
        back, home = system.get("back"), system.get("home")
        root = next(iter(self.number))
        if home and home[1] != 0:
            raise ValueError(f"{place}: home must lead to the root, {root!r}")
        if back and screen == 0 and back[1] != 0:
            raise ValueError(f"{place}: it is the root, so back must not lead elsewhere")
        self.back_box.append(back[0] if back else None)
        self.home_box.append(home[0] if home else None)
        self.back.append(back[1] if back else None)

    def _transition(
        self, entry: object, boxes: Mapping[str, Box], where: str
    ) -> tuple[str, Box, int]:
        """Read (what is pressed, its box, the screen it leads to)."""
        if not isinstance(entry, dict):
            raise ValueError(f"{where}: expected an object, got {seen(entry)}")
        action = text_of(entry.get("action"), f"{where}: 'action'")
        if action == "swipe" or "gesture_direction" in entry or "lift_coord" in entry:
            raise ValueError(
                f"{where}: {action!r} is a gesture; only icons, back and home can be read, which "
                "are pressed"
            )
        action = _SYSTEM.get(action, action)
        target = text_of(entry.get("target_page"), f"{where}: 'target_page'")
        if target not in self.number:
            raise ValueError(f"{where}: 'target_page': there is no page {target!r}")
        box = boxes.get(action)
        if entry.get("icon_bbox") is not None or box is None:
            pressed = box_of(entry.get("icon_bbox"), f"{where}: 'icon_bbox'")
            if box is not None and pressed != box:
                raise ValueError(
                    f"{where}: 'icon_bbox' is {list(pressed)}, but the layout has {action!r} at "
                    f"{list(box)}"
                )
            box = pressed
        return action, box, self.number[target]

    def graph(self) -> Graph:
        """Put the pages together."""
        titles = list(self.number)
        children = tuple(
            tuple(icon.target for icon in icons if icon.target is not None) for icons in self.icons
        )
        opener = {0: 0}
        queue = deque([0])
        while queue:
            screen = queue.popleft()
            for target in children[screen]:
                if target not in opener:
                    opener[target] = screen
                    queue.append(target)
        for screen, title in enumerate(titles):
            if screen not in opener:
                raise ValueError(f"{self.file}: no icons lead from the root to page {title!r}")
        parent = [opener[i] if back is None else back for i, back in enumerate(self.back)]
        for screen, title in enumerate(titles):
            above, passed = screen, {screen}
            while above:
                above = parent[above]
                if above in passed:
                    raise ValueError(f"{self.file}: back leads in circles from page {title!r}")
                passed.add(above)
        return Graph(children, tuple(parent))


def find_root(pages: Mapping[str, Any], place: str) -> str:
    """Find the root: the only page of depth 0, or ``page_0``."""
    tops = [
        page for page, said in pages.items() if isinstance(said, dict) and said.get("depth") == 0
    ]
    if len(tops) == 1:
        return tops[0]
    if "page_0" in pages:
        return "page_0"
    raise ValueError(
        f"{place}: expected one page of depth 0, or a page 'page_0', as the root; got "
        f"{len(tops)} pages of depth 0"
    )


def stay_inside(path: Path, folder: Path) -> None:
    """Raise ValueError where ``path``, with all links followed, lies outside ``folder``."""
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a loop of links
        inside = False
    if not inside:
        raise ValueError(f"{path} leads out of {folder} by a symbolic link; copy what it links to")


def read_text(path: Path, folder: Path) -> str:
    """Read a file inside ``folder``."""
    if not path.is_file():
        raise ValueError(f"no file {str(path)!r}: expected a folder with {FILE}")
    stay_inside(path, folder)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: expected text in UTF-8: {error}") from error


def read_json(path: Path, folder: Path, kind: type = dict) -> Any:
    """Read a file inside ``folder`` that holds an object (or what ``kind`` says)."""
    content = parse(read_text(path, folder), str(path))
    if not isinstance(content, kind):
        expected = "an object" if kind is dict else "a list"
        raise ValueError(f"{path}: expected {expected}, got {seen(content)}")
    return content


def parse(text: str, place: str) -> Any:
    """Read JSON in which no key is there twice."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place}: expected JSON: {error}") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs, refusing a key that is there twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {max(keys, key=keys.count)!r} is there twice")
    return made


def get(said: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
    """Return the object or list (``kind``) under ``key``."""
    value = said.get(key)
    if not isinstance(value, kind):
        expected = "an object" if kind is dict else "a list"
        came = seen(value) if key in said else "nothing"
        raise ValueError(f"{place}: {key!r}: expected {expected}, got {came}")
    return value


def text_of(value: object, place: str) -> str:
    """Return ``value``, a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{place}: expected a text, got {seen(value)}")
    return value


def box_of(value: object, place: str) -> Box:
    """Return ``value``, a box that is not empty."""
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        raise ValueError(
            f"{place}: expected [left, top, right, bottom], four numbers, got {seen(value)}"
        )
    left, top, right, bottom = value
    if left >= right or top >= bottom:
        raise ValueError(f"{place}: expected left < right and top < bottom, got {value}")
    return left, top, right, bottom


def seen(value: object) -> str:
    """Show a value in an error, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
