"""The published grounding benchmarks ScreenSpot, ScreenSpot-v2 and ScreenSpot-Pro, from files."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from vl_envs.core.canvas import Box
from vl_envs.core.errors import unknown
from vl_envs.core.pictures import opened
from vl_envs.core.tasks import SPLITS
from vl_envs.gui.grounding.task import GroundSource, GroundTask, Picture

PLATFORMS = ("desktop", "mobile", "web")
"""The three files of ScreenSpot and ScreenSpot-v2."""
KINDS = ("text", "icon")
LANGUAGES = ("en", "cn")


@dataclass(frozen=True)
class Layout:
    """How a benchmark lies on disk.

    Attributes:
        files: its annotation files, or a pattern for them.
        pictures: the folders that may hold the pictures; the first is the published one.
        corners: whether a box is written [left, top, right, bottom], else [left, top, width,
            height].
        element: the key of the element's type.
        labels: label -> the key that tells it.
    """

    files: tuple[str, ...]
    pictures: tuple[str, ...]
    corners: bool
    element: str
    labels: tuple[tuple[str, str], ...]


LAYOUTS = {
    "screenspot": Layout(
        tuple(f"screenspot_{platform}.json" for platform in PLATFORMS),
        ("screenspot_imgs", "images"),
        corners=False,
        element="data_type",
        labels=(("system", "data_source"),),
    ),
    "screenspot-v2": Layout(
        tuple(f"screenspot_{platform}_v2.json" for platform in PLATFORMS),
        ("screenspotv2_image", "images"),
        corners=False,
        element="data_type",
        labels=(("system", "data_source"),),
    ),
    "screenspot-pro": Layout(
        ("annotations/*.json",),
        ("images",),
        corners=True,
        element="ui_type",
        labels=(("platform", "platform"), ("group", "group"), ("application", "application")),
    ),
}
"""The benchmarks by the name that a source begins with."""


@dataclass(frozen=True)
class _Row:
    """One checked entry of a file."""

    place: str
    task_id: str
    instruction: str
    name: str
    box: Box
    size: tuple[int, int] | None
    labels: dict[str, str]


class ScreenSpotSource(GroundSource):
    """The tasks of a ScreenSpot folder, as it is published.

    - ``screenspot`` (SeeClick, arXiv 2401.10935; 1,272 tasks): ``screenspot_desktop.json``,
      ``…_mobile.json``, ``…_web.json`` beside the folder ``screenspot_imgs``. An entry has
      ``img_filename``, ``bbox`` [left, top, width, height], ``instruction``, ``data_type``
      (``text`` or ``icon``) and ``data_source`` (``windows``, ``ios``, … or a web site).
    - ``screenspot-v2`` (OS-Atlas, arXiv 2410.23218): the same in ``screenspot_desktop_v2.json`` …
      beside ``screenspotv2_image``.
    - ``screenspot-pro`` (arXiv 2504.07981; 1,581 tasks): ``annotations/*.json`` and ``images/``
      with sub-folders; ``bbox`` is [left, top, right, bottom], and there are ``instruction_cn``,
      ``id``, ``application``, ``platform``, ``group``, ``ui_type`` and ``img_size``.

    All entries are read and checked at once; a picture is opened when its task is asked for. A box
    that reaches beyond its picture (the published files have some) is cut at the picture's edges.

    The layouts are those that the benchmarks' own scripts read; their files were not at hand when
    this was written, and the tests use small stand-ins.
    """

    splits = ("test",)

    def __init__(
        self,
        benchmark: str,
        path: str | Path,
        split: str = "test",
        level: str = "all",
        kinds: Sequence[str] | None = None,
        language: str = "en",
    ) -> None:
        """Read the folder.

        Args:
            benchmark: a name of `LAYOUTS`.
            path: the benchmark's folder.
            split: only ``test``: this is a benchmark, and what is trained on measures nothing.
            level: ``all``, or one platform: ``desktop``, ``mobile``, ``web``, or what the entries
                call theirs (such as ``ios``; in ScreenSpot-Pro also a group or an application).
            kinds: element types to keep, of ``text`` and ``icon``; None keeps both.
            language: ``en``, or ``cn`` where the entries have ``instruction_cn``.

        Raises:
            ValueError: an option, a file, an entry or a picture's path is not usable; says which,
                what was expected and what came.
        """
        if benchmark not in LAYOUTS:
            raise unknown("benchmark", benchmark, LAYOUTS)
        if split in SPLITS and split not in self.splits:
            raise ValueError(
                f"split={split!r}: {benchmark} is a published test set and nothing else; use "
                "split='test' to evaluate on it, and another source to train"
            )
        super().__init__(split)
        for kind in kinds or ():
            if kind not in KINDS:
                raise unknown("kind", kind, KINDS)
        if language not in LANGUAGES:
            raise unknown("language", language, LANGUAGES)
        self.benchmark = benchmark
        folder, layout = Path(path), LAYOUTS[benchmark]
        if not folder.is_dir():
            raise ValueError(f"no folder {str(path)!r}: expected that of {benchmark}")
        rows: list[_Row] = []
        used: Counter[str] = Counter()
        for file in _files(folder, layout, level):
            rows += _rows(folder, file, benchmark, language, used)
        rows = _of_level(rows, level)
        if kinds is not None:
            rows = [row for row in rows if row.labels["element"] in kinds]
        if not rows:
            raise ValueError(f"{folder}: no entry of level {level!r} and kinds {kinds!r}")
        self._rows = rows
        self._pictures = [_picture_path(folder, layout, row) for row in rows]
        self._together: dict[Path, list[Box]] = {}
        for row, place in zip(rows, self._pictures, strict=True):
            self._together.setdefault(place, []).append(row.box)

    def __len__(self) -> int:
        """Count the tasks."""
        return len(self._rows)

    def __getitem__(self, index: int) -> GroundTask:
        """Return task ``index``, in the order of the files, with its picture opened.

        Raises:
            IndexError: there is no such task.
            ValueError: the picture cannot be opened, has another size than the entry says, or does
                not show the box; says which.
        """
        row, path = self._rows[index], self._pictures[index]
        picture = _open_picture(path, row.place)
        height, width = picture.shape[:2]
        if row.size is not None and row.size != (width, height):
            raise ValueError(
                f"{row.place}: key 'img_size': expected the picture to be "
                f"{row.size[0]} x {row.size[1]} pixels, {path} is {width} x {height}"
            )
        left, top, right, bottom = row.box
        box = (max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if box[0] >= box[2] or box[1] >= box[3]:
            raise ValueError(
                f"{row.place}: key 'bbox': the box {row.box} lies outside {path}, which is "
                f"{width} x {height} pixels"
            )
        near = _beside(box, self._together[path], (width, height))
        return GroundTask(row.task_id, picture, row.instruction, box, near, row.labels)

    def sample(self, rng: np.random.Generator) -> GroundTask:
        """Draw one task."""
        return self[int(rng.integers(len(self)))]

    def vocabulary(self) -> Iterable[str]:
        """Give the instructions."""
        return (row.instruction for row in self._rows)


def _files(folder: Path, layout: Layout, level: str) -> list[Path]:
    """Find the annotation files; of the three by platform, only the one that ``level`` names."""
    if "*" in layout.files[0]:
        found = sorted(folder.glob(layout.files[0]))
        if not found:
            raise ValueError(f"{folder}: expected annotation files {layout.files[0]}, found none")
        return found
    names = layout.files
    if level in PLATFORMS:
        names = (names[PLATFORMS.index(level)],)
    for name in names:
        if not (folder / name).is_file():
            raise ValueError(
                f"{folder}: expected the annotation file {name!r}, and it is not there"
            )
    return [folder / name for name in names]


def _rows(
    folder: Path, path: Path, benchmark: str, language: str, used: Counter[str]
) -> Iterator[_Row]:
    """Read and check the entries of one file."""
    layout = LAYOUTS[benchmark]
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON in UTF-8: {error}") from error
    if not isinstance(content, list):
        raise ValueError(f"{path}: expected a list of entries, got {_seen(content)}")
    for number, entry in enumerate(content):
        place = f"{path}, entry {number} (counted from 0)"
        if not isinstance(entry, dict):
            raise ValueError(f"{place}: expected an object, got {_seen(entry)}")
        element = _text(entry, layout.element, place)
        if element not in KINDS:
            raise ValueError(
                f"{place}: key {layout.element!r}: expected 'text' or 'icon', got {element!r}"
            )
        labels = {"element": element}
        name = f"{path.stem}/{number}"
        if layout.corners:
            name = _text(entry, "id", place) if "id" in entry else name
        else:
            labels["platform"] = PLATFORMS[layout.files.index(path.name)]
        labels |= {label: _text(entry, key, place) for label, key in layout.labels}
        used[name] += 1
        again = f"#{used[name]}" if used[name] > 1 else ""
        yield _Row(
            place,
            f"{benchmark}/{name}{again}",
            _text(entry, "instruction" if language == "en" else "instruction_cn", place),
            _text(entry, "img_filename", place),
            _box(entry, layout.corners, place),
            _size(entry, place) if layout.corners else None,
            labels,
        )


def _of_level(rows: list[_Row], level: str) -> list[_Row]:
    """Keep the entries that have ``level`` among their labels."""
    if level == "all":
        return rows
    kept = [row for row in rows if level in _levels(row)]
    if not kept:
        raise unknown("level", level, {"all"}.union(*map(_levels, rows)))
    return kept


def _levels(row: _Row) -> set[str]:
    return {text for label, text in row.labels.items() if label != "element"}


def _seen(value: object) -> str:
    """Show a wrong value and its type, shortened."""
    return f"{type(value).__name__} {value!r:.60}"


def _text(entry: dict[str, Any], key: str, place: str) -> str:
    """Read a text that is not blank."""
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        came = _seen(value) if key in entry else "nothing"
        raise ValueError(f"{place}: key {key!r}: expected a text, got {came}")
    return value.strip()


def _numbers(entry: dict[str, Any], key: str, count: int, place: str) -> list[float]:
    """Read a list of finite numbers."""
    value = entry.get(key)
    if not isinstance(value, list) or len(value) != count or not all(map(_is_number, value)):
        came = _seen(value) if key in entry else "nothing"
        raise ValueError(f"{place}: key {key!r}: expected {count} numbers, got {came}")
    return value


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) < 1e7


def _box(entry: dict[str, Any], corners: bool, place: str) -> Box:
    left, top, right, bottom = _numbers(entry, "bbox", 4, place)
    if not corners:
        right, bottom = left + right, top + bottom
    if left >= right or top >= bottom:
        how = "[left, top, right, bottom]" if corners else "[left, top, width, height]"
        raise ValueError(f"{place}: key 'bbox': expected {how} of some size, got {entry['bbox']!r}")
    return left, top, right, bottom


def _size(entry: dict[str, Any], place: str) -> tuple[int, int]:
    width, height = _numbers(entry, "img_size", 2, place)
    return int(width), int(height)


def _picture_path(folder: Path, layout: Layout, row: _Row) -> Path:
    """Find a picture under the benchmark's folder, and nowhere else."""
    name, place = row.name, f"{row.place}: key 'img_filename'"
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor or "\0" in name:
        raise ValueError(f"{place}: expected a path inside the pictures' folder, got {name!r:.80}")
    root = folder.resolve()
    for base in layout.pictures:
        try:
            found = (root / base / name).resolve()
            if not found.is_relative_to(root / base):
                raise ValueError(
                    f"{place}: {name!r:.80} leads out of {root / base}, by '..' or a symbolic "
                    "link; expected a picture inside it (a download cache of links must be copied)"
                )
            if found.is_file():
                return found
        except (OSError, RuntimeError):  # too long a name, a loop of links: no such picture
            continue
    raise ValueError(f"{place}: no picture {name!r:.80} in {root / layout.pictures[0]}")


def _open_picture(path: Path, place: str) -> Picture:
    """Open a picture as the published scripts do: its pixels as stored, as RGB."""
    with opened(path, f"{place}: cannot open {path}") as file:
        return np.asarray(file.convert("RGB"))


def _beside(box: Box, others: Iterable[Box], size: tuple[int, int]) -> Box:
    """Choose a box apart from this one: another of the picture, or one of this size beside it."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    moved = [
        (left + dx * width, top + dy * height, right + dx * width, bottom + dy * height)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    for other in (*others, *moved):
        x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
        apart = other[2] <= left or right <= other[0] or other[3] <= top or bottom <= other[1]
        if apart and 0 <= x < size[0] and 0 <= y < size[1]:
            return other
    return moved[0]
