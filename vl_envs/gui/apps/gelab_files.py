"""A published GUI Exploration Lab folder: screens, pictures, and what leads where.

The format is that of the published generator and of the folders made with it (arXiv 2512.02423):

- ``ui_structure.json``: ``{"pages": {id: page}, "metadata": {...}}``. A page holds ``image`` (a
  file name), ``layout`` (name -> ``{"bbox": [left, top, right, bottom], "type": ...}`` with type
  ``normal``, ``system`` for *back* and *home*, or ``noise`` for dead icons; ``display_name`` where
  the picture shows another name) and ``transitions`` (a list of ``{"action": name, "target_page":
  id, "icon_bbox": [...]}``). The root has no *back*, and pages just below it no *home*.
- ``pages/``: the pictures. Boxes are in the pixels of ``canvas_size``, in ``config.json`` or in the
  metadata: 1179 x 2556 in the published demo, 448 x 448 elsewhere. Pictures may be scaled copies.
- Lists of tasks, ``sft*.json``, ``st_rl*.json``, ``mt_rl*.json``, ``test*.json`` and
  ``ood_test*.json``: rows that say ``From page_3 to page_12`` in ``task``, ``problem`` or the first
  of ``messages``. Many rows are single steps of one task. What else they say (pictures, boxes,
  answers) is not needed and not read.

Published solutions are texts such as ``Explain:click Food_172 icon on page_4.`` + tab + ``Action:
click(start_box='<|box_start|>(681,351)<|box_end|>')`` and ``... Action: complete``. The published
trainer takes a task as solved when such a *text* names the right icon; here the graph judges.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from PIL import Image

from vl_envs.core.canvas import Box
from vl_envs.core.env import is_count
from vl_envs.core.pictures import on_white, opened
from vl_envs.gui.apps.gelab_pages import (
    FILE,
    GelabIcon,
    Pages,
    find_root,
    get,
    parse,
    read_json,
    read_text,
    seen,
    stay_inside,
    text_of,
)
from vl_envs.gui.apps.graph import Graph

__all__ = ["FILE", "PICTURES", "SPLITS", "GelabFolder", "GelabIcon", "GelabTask"]

PICTURES = ("pages", "images", "", "pages_resize_448")
"""Where pictures are looked for: the first of these folders that holds the root's."""
SPLITS = {
    "ood_test": "ood",
    "test_ood": "ood",
    "test_id": "id",
    "test": "test",
    "sft": "sft",
    "st_rl": "st_rl",
    "mt_rl": "mt_rl",
}
"""How the names of task files begin, and the split that their tasks belong to."""

_ABOUT_ICONS = {"caption", "grounding", "icon_captioning", "icon_grounding"}
_FROM_TO = re.compile(r"\bfrom\s+([\w-]+)\s+to\s+([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class GelabTask:
    """Go from one screen to another; ``split`` is one of the values of `SPLITS`."""

    start: int
    goal: int
    split: str


class GelabFolder:
    """A folder as GUI Exploration Lab publishes it.

    The structure is read and checked at once, tasks when they are first asked for, a picture each
    time. Nothing outside the folder is ever opened.

    A screen without *back* gets the first screen that opens it as its parent, and has no box to
    press for it. An icon that opens its own screen is dead.

    Args:
        path: the folder, or the structure file in it.

    Attributes:
        graph: what leads where; screen 0 is the root.
        titles: the pages' ids, which the pictures show as titles.
        icons: of each screen; the first ones are, in order, the graph's, then come the dead ones.
        back_box: of each screen, or None.
        home_box: of each screen, or None.
        size: (width, height) of the canvas, in pixels.

    Raises:
        ValueError: something cannot be read; says what, what was expected and what came.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        given = Path(path)
        self.folder = given.parent if given.is_file() else given
        self.file = given if given.is_file() else given / FILE
        content = read_json(self.file, self.folder)
        pages = get(content, "pages", dict, str(self.file))
        if not pages:
            raise ValueError(f"{self.file}: 'pages' is empty")
        root = find_root(pages, str(self.file))
        self.titles: tuple[str, ...] = (root, *(page for page in pages if page != root))
        read = Pages(str(self.file), {page: i for i, page in enumerate(self.titles)})
        for page in self.titles:
            read.add(page, get(pages, page, dict, str(self.file)))
        self.graph: Graph = read.graph()
        self.icons: tuple[tuple[GelabIcon, ...], ...] = tuple(read.icons)
        self.back_box: tuple[Box | None, ...] = tuple(read.back_box)
        self.home_box: tuple[Box | None, ...] = tuple(read.home_box)
        self._pictures = self._find_pictures(pages)
        said = self._find_size(content)
        self.size: tuple[int, int] = said or self._open(0).size
        self._scaled = said is not None
        self._check_boxes()

    def __deepcopy__(self, memo: dict[int, Any]) -> GelabFolder:
        """Return itself: a folder is only read."""
        return self

    def picture(self, screen: int) -> Image.Image:
        """Open the picture of a screen: RGB, `size` large (scaled where the file is not).

        Raises:
            IndexError: there is no such screen.
            ValueError: the file is no picture; says which.
        """
        if not 0 <= screen < len(self.titles):
            raise IndexError(f"screens are numbered 0 to {len(self.titles) - 1}, got {screen}")
        picture = self._open(screen)
        if picture.size != self.size:
            if not self._scaled:
                raise ValueError(
                    f"{self._pictures[screen]} has {picture.size} pixels, but {self._pictures[0]} "
                    f"has {self.size}; expected one size, or a 'canvas_size' in config.json"
                )
            picture = picture.resize(self.size, Image.Resampling.BILINEAR)
        return picture

    @cached_property
    def tasks(self) -> tuple[GelabTask, ...]:
        """The tasks of all task files here or in ``datas``, each once, by file and then by row.

        Raises:
            ValueError: a file or a row of it cannot be read; says which.
        """
        number = {page: screen for screen, page in enumerate(self.titles)}
        found: dict[GelabTask, None] = {}
        for path, split in self._task_files():
            for place, row in _rows(path, self.folder):
                if str(row.get("task", "")).lower() in _ABOUT_ICONS:
                    continue
                ends = _ends(row, place)
                for page in ends:
                    if page not in number:
                        raise ValueError(f"{place}: there is no page {page!r} in {self.file}")
                if ends[0] == ends[1]:
                    raise ValueError(f"{place}: the task starts at its goal, {ends[0]!r}")
                found[GelabTask(number[ends[0]], number[ends[1]], split)] = None
        return tuple(found)

    def _task_files(self) -> Iterator[tuple[Path, str]]:
        for folder in (self.folder, self.folder / "datas"):
            if folder.is_dir():
                for path in sorted(folder.iterdir()):
                    begins = next((name for name in SPLITS if path.name.startswith(name)), None)
                    if begins and path.suffix in (".json", ".jsonl") and path.is_file():
                        yield path, SPLITS[begins]

    def _find_pictures(self, pages: Mapping[str, Any]) -> tuple[Path, ...]:
        names = [_picture_name(pages[page], page, str(self.file)) for page in self.titles]
        for folder in PICTURES:
            if _is_file(self.folder / folder / names[0]):
                break
        else:
            places = ", ".join(str(self.folder / folder) for folder in PICTURES)
            raise ValueError(f"{self.file}: no picture {seen(names[0])} in any of {places}")
        found = []
        for name in names:
            path = self.folder / folder / name
            stay_inside(path, self.folder)
            if not _is_file(path):
                raise ValueError(f"{self.file}: no picture {seen(name)} in {path.parent}")
            found.append(path)
        return tuple(found)

    def _find_size(self, content: Mapping[str, Any]) -> tuple[int, int] | None:
        """Return the canvas' size as ``config.json`` or the metadata say it, or None."""
        said = {f"{self.file}, 'metadata'": content.get("metadata", {})}
        config = self.folder / "config.json"
        if config.is_file():
            said[str(config)] = read_json(config, self.folder)
        sizes = {}
        for place, settings in said.items():
            if not isinstance(settings, dict):
                raise ValueError(f"{place}: expected an object, got {seen(settings)}")
            if settings.get("canvas_size") is not None:
                size = settings["canvas_size"]
                if (
                    not isinstance(size, list)
                    or len(size) != 2
                    or not all(is_count(side) and 8 <= side <= 10_000 for side in size)
                ):
                    raise ValueError(
                        f"{place}: 'canvas_size': expected [width, height], whole numbers from 8 "
                        f"to 10000, got {seen(size)}"
                    )
                sizes[place] = (size[0], size[1])
        if len(set(sizes.values())) > 1:
            raise ValueError(f"the sizes of the canvas differ: {sizes}")
        return next(iter(sizes.values()), None)

    def _check_boxes(self) -> None:
        width, height = self.size
        for screen, title in enumerate(self.titles):
            named = [(icon.name, icon.box) for icon in self.icons[screen]]
            named += [("back", box) for box in [self.back_box[screen]] if box]
            named += [("home", box) for box in [self.home_box[screen]] if box]
            for name, box in named:
                if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
                    raise ValueError(
                        f"{self.file}, page {title!r}: the box of {name!r}, {list(box)}, is not "
                        f"inside the canvas of {width} x {height}; if the pictures were scaled, "
                        "config.json must tell the 'canvas_size' that the boxes are measured in"
                    )

    def _open(self, screen: int) -> Image.Image:
        path = self._pictures[screen]
        with opened(path, f"cannot open {path} as a picture") as file:
            return on_white(file)


def _ends(row: Mapping[str, Any], place: str) -> tuple[str, str]:
    """Read from where to where a row's task goes."""
    texts = [row.get("task"), row.get("problem")]
    messages = row.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[0], dict):
        said = messages[0].get("content")
        parts = said if isinstance(said, list) else [said]
        texts += [part.get("text") if isinstance(part, dict) else part for part in parts]
    for text in texts:
        match = _FROM_TO.search(text) if isinstance(text, str) else None
        if match:
            return match[1], match[2]
    raise ValueError(
        f"{place}: expected 'From <page> to <page>' in 'task', 'problem' or the first of "
        f"'messages', got {seen(next((text for text in texts if text is not None), None))}"
    )


def _rows(path: Path, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the rows of a list of tasks, each with its place for errors."""
    if path.suffix == ".jsonl":
        rows: Any = []
        for number, line in enumerate(read_text(path, folder).splitlines(), start=1):
            if line.strip():
                rows.append(parse(line, f"{path}, line {number}"))
    else:
        rows = read_json(path, folder, list)
    for number, row in enumerate(rows):
        place = f"{path}, row {number} (counted from 0)"
        if not isinstance(row, dict):
            raise ValueError(f"{place}: expected an object, got {seen(row)}")
        yield place, row


def _picture_name(page: Mapping[str, Any], title: str, file: str) -> str:
    """Read the name of a page's picture: a path below the folder of pictures."""
    place = f"{file}, page {title!r}: 'image'"
    name = text_of(page.get("image"), place)
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\0" in name:
        raise ValueError(f"{place}: expected a file name, got {seen(name)}")
    if ".." in re.split(r"[\\/]", name):
        raise ValueError(f"{place}: {seen(name)} leads out of the folder")
    return name


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # too long a name
        return False
