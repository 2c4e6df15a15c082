"""The published MAT-Search benchmark, read from its files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from vl_envs.core.errors import unknown
from vl_envs.core.pictures import on_white, opened
from vl_envs.core.tasks import SPLITS
from vl_envs.tool.search import seen, text_field
from vl_envs.tool.search_task import SearchSource, SearchTask

FILE = "MAT-Search.json"
PICTURES = "MAT-Search-image"
"""The folder beside the file in which the published pictures lie."""

LEVELS = ("simple", "hard", "all")


@dataclass(frozen=True)
class _Row:
    """One checked row of the file."""

    place: str
    task_id: str
    question: str
    answers: tuple[str, ...]
    picture: Path
    level: str | None


class MatFileSource(SearchSource):
    """The questions of a ``MAT-Search.json`` (Visual-ARFT, arXiv 2505.14246), as it is published.

    The file is a JSON list of ``{"id", "question", "answer", "image_path"}``; the answer is a text
    or a list of accepted ones. A picture is looked for beside the file, then in the folder
    ``MAT-Search-image`` beside it. Two rows of one id are told apart as ``mat/7`` and ``mat/7#2``.

    The data is CC BY-NC and comes without a corpus: search a server or a corpus file.

    Everything but the pictures is read and checked at once; a picture is opened when its task is
    asked for.
    """

    splits = ("test",)
    passages = ()

    def __init__(self, path: str | Path, split: str = "test", level: str = "all") -> None:
        """Read the file.

        Args:
            path: the JSON file, or the folder that holds it as ``MAT-Search.json``.
            split: only ``test``: this is a benchmark, and what is trained on measures nothing.
            level: ``simple``, ``hard`` or ``all``. A row may say its level in a field ``level``
                (or ``difficulty``). The published file does not: of its 150 rows the first 75 are
                the simple ones, which is how its own evaluation counts them.

        Raises:
            ValueError: split, level, the file, a row of it or a picture's path is not usable; says
                which, what was expected and what came.
        """
        if split in SPLITS and split not in self.splits:
            raise ValueError(
                f"split={split!r}: MAT-Search is a published test set and nothing else; use "
                "split='test' to evaluate on it, and another source to train"
            )
        super().__init__(split)
        if level not in LEVELS:
            raise unknown("level", level, LEVELS)
        self.level = level
        self.path = Path(path) / FILE if Path(path).is_dir() else Path(path)
        rows = list(_rows(self.path))
        if level != "all":
            rows = [
                row for row, own in zip(rows, _levels(self.path, rows), strict=True) if own == level
            ]
            if not rows:
                raise ValueError(f"{self.path}: no row of level {level!r}")
        self._rows = rows

    def __len__(self) -> int:
        """Count the questions of this level."""
        return len(self._rows)

    def __getitem__(self, index: int) -> SearchTask:
        """Return question ``index``, in the order of the file, with its picture opened.

        Raises:
            IndexError: there is no such question.
            ValueError: the picture cannot be opened; says which.
        """
        row = self._rows[index]
        return SearchTask(row.task_id, _open_picture(row), row.question, row.answers)

    def sample(self, rng: np.random.Generator) -> SearchTask:
        """Draw one question."""
        return self[int(rng.integers(len(self)))]

    def vocabulary(self) -> Iterator[str]:
        """Give the questions and all accepted answers."""
        for row in self._rows:
            yield row.question
            yield from row.answers


def _rows(path: Path) -> Iterator[_Row]:
    """Read and check the rows of the file."""
    if not path.is_file():
        raise ValueError(
            f"no file {str(path)!r}: expected the published {FILE}, or the folder that holds it"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON in UTF-8: {error}") from error
    if not isinstance(content, list) or not content:
        raise ValueError(f"{path}: expected a list with at least one row, got {seen(content)}")
    used: Counter[str] = Counter()
    for number, row in enumerate(content):
        place = f"{path}, row {number} (counted from 0)"
        if not isinstance(row, dict):
            raise ValueError(f"{place}: expected an object, got {seen(row)}")
        name = _field(row, "id", place)
        used[name] += 1
        suffix = f"#{used[name]}" if used[name] > 1 else ""
        yield _Row(
            place,
            f"mat/{name}{suffix}",
            _field(row, "question", place),
            _answers(row, place),
            _picture_path(path.parent, _field(row, "image_path", place), place),
            _level(row, place),
        )


def _field(row: dict[str, Any], field: str, place: str) -> str:
    """Read a text that is not blank; an id may be a whole number."""
    value = row.get(field)
    if field == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = text_field(row, field, place).strip()
    if not text:
        raise ValueError(f"{place}: field {field!r}: expected text, got {seen(value)}")
    return text


def _answers(row: dict[str, Any], place: str) -> tuple[str, ...]:
    """Read the accepted answers."""
    given = row.get("answer")
    texts = given if isinstance(given, list) else [given]
    answers = [text.strip() for text in texts if isinstance(text, str)]
    if not answers or len(answers) < len(texts) or not all(answers):
        came = seen(given) if "answer" in row else "nothing"
        raise ValueError(
            f"{place}: field 'answer': expected a text or a list of texts, none blank, got {came}"
        )
    return tuple(answers)


def _level(row: dict[str, Any], place: str) -> str | None:
    """Read the level, where the row says one."""
    for field in ("level", "difficulty"):
        if field in row:
            level = row[field]
            if level not in ("simple", "hard"):
                raise ValueError(
                    f"{place}: field {field!r}: expected 'simple' or 'hard', got {seen(level)}"
                )
            return str(level)
    return None


def _levels(path: Path, rows: list[_Row]) -> list[str]:
    """Tell the level of every row: what it says, or where it stands in the published file."""
    said = [row.level for row in rows if row.level is not None]
    if len(said) == len(rows):
        return said
    if not said and len(rows) == 150:
        return ["simple"] * 75 + ["hard"] * 75
    raise ValueError(
        f"{path}: {len(rows) - len(said)} of {len(rows)} rows have no field 'level', and only the "
        "published 150 rows are known by their order; add the field or use level='all'"
    )


def _picture_path(folder: Path, name: str, place: str) -> Path:
    """Find a picture under the file's folder, and nowhere else."""
    place = f"{place}: field 'image_path'"
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
    if absolute or "\0" in name:
        raise ValueError(f"{place}: expected a path relative to {folder}, got {seen(name)}")
    root = folder.resolve()
    for base in (root, root / PICTURES):
        try:
            found = (base / name).resolve()
            if not found.is_relative_to(root):
                raise ValueError(
                    f"{place}: {seen(name)} leads out of {folder}, by '..' or a symbolic link; "
                    "expected a picture inside it (a download cache of links must be copied)"
                )
            if found.is_file():
                return found
        except (OSError, RuntimeError):  # too long a name, a loop of links: no such picture
            continue
    raise ValueError(f"{place}: no picture {seen(name)} in {folder} or its folder {PICTURES}")


def _open_picture(row: _Row) -> Image.Image:
    """Open a picture as a person would see it: turned upright, on white, RGB."""
    with opened(row.picture, f"{row.place}: cannot open {row.picture}") as file:
        return on_white(ImageOps.exif_transpose(file))
