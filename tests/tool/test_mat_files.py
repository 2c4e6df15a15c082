"""The published MAT-Search files: what is read, and what is refused with a clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vl_envs.tool.mat_files import PICTURES, MatFileSource

ROWS: list[dict[str, Any]] = [
    {"id": 0, "question": "What is it?", "answer": "Play well.", "image_path": "0.png"},
    {"id": "b", "question": "哪个城市?", "answer": ["北京", "Beijing"], "image_path": "in/1.jpg"},
    {"id": 0, "question": "Which year?", "answer": "1979", "image_path": "0.png"},
]


def write(folder: Path, content: object, pictures: str = PICTURES) -> Path:
    """Write a benchmark folder as it is published; text is written as it is."""
    (folder / pictures / "in").mkdir(parents=True, exist_ok=True)
    Image.new("RGBA", (6, 4), (255, 0, 0, 0)).save(folder / pictures / "0.png")
    Image.new("L", (5, 3), 9).save(folder / pictures / "in" / "1.jpg")
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    (folder / "MAT-Search.json").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("pictures", ["", PICTURES])
def test_rows_are_served_in_order(tmp_path: Path, pictures: str) -> None:
    """Texts and lists are answers, pictures become RGB on white, ids stay apart."""
    source = MatFileSource(write(tmp_path, ROWS, pictures))
    assert len(source) == 3 and source.passages == ()
    tasks = [source[index] for index in range(3)]
    assert [task.task_id for task in tasks] == ["mat/0", "mat/b", "mat/0#2"]
    assert [task.answers for task in tasks] == [("Play well.",), ("北京", "Beijing"), ("1979",)]
    assert tasks[1].question == "哪个城市?" and tasks[1].passages is None and tasks[1].hops == ()
    assert [task.picture.mode for task in tasks] == ["RGB"] * 3
    assert tasks[0].picture.size == (6, 4)
    assert tasks[0].picture.getpixel((0, 0)) == (255, 255, 255)
    assert {"哪个城市?", "Beijing", "1979"} <= set(source.vocabulary())
    with pytest.raises(IndexError):
        source[3]


def test_path_may_be_the_file(tmp_path: Path) -> None:
    """The JSON file by any name, with a byte order mark, is read like the folder."""
    path = write(tmp_path, ROWS) / "MAT-Search.json"
    path.rename(tmp_path / "mine.json")
    text = (tmp_path / "mine.json").read_text(encoding="utf-8")
    (tmp_path / "mine.json").write_text(f"\ufeff{text}", encoding="utf-8")
    assert len(MatFileSource(tmp_path / "mine.json")) == 3


def test_samples_are_seeded_and_cover_the_file(tmp_path: Path) -> None:
    """The same generator draws the same questions, and all of them in time."""
    source = MatFileSource(write(tmp_path, ROWS))
    drawn = [
        [source.sample(rng).task_id for _ in range(30)]
        for rng in (np.random.default_rng(1), np.random.default_rng(1))
    ]
    assert drawn[0] == drawn[1] and set(drawn[0]) == {"mat/0", "mat/b", "mat/0#2"}


def test_only_the_test_split_is_served(tmp_path: Path) -> None:
    """A benchmark is not trained on, and the error says so."""
    write(tmp_path, ROWS)
    for split in ("train", "val"):
        with pytest.raises(ValueError, match="published test set"):
            MatFileSource(tmp_path, split)
    with pytest.raises(ValueError, match="unknown split 'tset'"):
        MatFileSource(tmp_path, "tset")


def test_levels_by_field(tmp_path: Path) -> None:
    """Rows that say their level are chosen by it."""
    rows = [{**row, "level": "hard" if n else "simple"} for n, row in enumerate(ROWS)]
    rows[2]["difficulty"] = rows[2].pop("level")
    write(tmp_path, rows)
    assert [len(MatFileSource(tmp_path, level=x)) for x in ("simple", "hard", "all")] == [1, 2, 3]
    with pytest.raises(ValueError, match=r"unknown level 'herd'.*'hard'"):
        MatFileSource(tmp_path, level="herd")
    write(tmp_path, rows[:1])
    with pytest.raises(ValueError, match="no row of level 'hard'"):
        MatFileSource(tmp_path, level="hard")


def test_levels_of_the_published_file(tmp_path: Path) -> None:
    """150 rows without a level are the published ones: 75 simple, then 75 hard."""
    write(tmp_path, [{**ROWS[0], "id": number} for number in range(150)])
    simple, hard = (MatFileSource(tmp_path, level=level) for level in ("simple", "hard"))
    assert len(simple) == len(hard) == 75
    assert (simple[74].task_id, hard[0].task_id) == ("mat/74", "mat/75")


def test_levels_are_not_guessed(tmp_path: Path) -> None:
    """Any other file has no levels unless it says so."""
    write(tmp_path, [{**ROWS[0], "level": "hard"}, ROWS[1]])
    with pytest.raises(ValueError, match="1 of 2 rows have no field 'level'"):
        MatFileSource(tmp_path, level="hard")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "expected JSON in UTF-8"),
        ("[" * 100_000, "expected JSON in UTF-8"),
        ({"rows": ROWS}, "expected a list with at least one row, got dict"),
        ([], "expected a list with at least one row, got list []"),
        ([ROWS[0], 7], "row 1 (counted from 0): expected an object, got int 7"),
    ],
)
def test_malformed_file(tmp_path: Path, content: object, says: str) -> None:
    """What is no list of objects is refused by path and row."""
    write(tmp_path, content)
    with pytest.raises(ValueError) as error:
        MatFileSource(tmp_path)
    assert says in str(error.value) and "MAT-Search.json" in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("id", None, "expected text, got NoneType None"),
        ("id", True, "expected text, got bool True"),
        ("id", ..., "expected text, got nothing"),
        ("question", 3, "expected text, got int 3"),
        ("question", " ", "expected text, got str ' '"),
        ("question", ..., "expected text, got nothing"),
        ("answer", 3, "expected a text or a list of texts, none blank, got int 3"),
        ("answer", "", "none blank, got str ''"),
        ("answer", [], "none blank, got list []"),
        ("answer", ["a", ""], "none blank, got list ['a', '']"),
        ("answer", ["a", 1], "none blank, got list ['a', 1]"),
        ("answer", ..., "none blank, got nothing"),
        ("image_path", ..., "expected text, got nothing"),
        ("image_path", "no.png", "no picture str 'no.png'"),
        ("image_path", "x" * 5000, "no picture str"),
        ("image_path", "in", "no picture str 'in'"),
        ("image_path", "a\0b", "expected a path relative to"),
        ("image_path", "/etc/passwd", "expected a path relative to"),
        ("image_path", "C:\\x.png", "expected a path relative to"),
        ("image_path", "../secret.png", "leads out of"),
        ("image_path", "in/../../secret.png", "leads out of"),
        ("image_path", "link.png", "leads out of"),
        ("image_path", "folder/secret.png", "leads out of"),
        ("image_path", "loop.png", "no picture str 'loop.png'"),
        ("level", "easy", "expected 'simple' or 'hard', got str 'easy'"),
        ("difficulty", 1, "expected 'simple' or 'hard', got int 1"),
    ],
)
def test_malformed_row(tmp_path: Path, field: str, value: object, says: str) -> None:
    """The error names the row, the field, what was expected and what came; no path escapes."""
    Image.new("RGB", (2, 2)).save(tmp_path / "secret.png")
    folder = tmp_path / "bench"
    row = {name: x for name, x in {**ROWS[1], field: value}.items() if x is not ...}
    write(folder, [ROWS[0], row], pictures="")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    with pytest.raises(ValueError) as error:
        MatFileSource(folder)
    assert says in str(error.value)
    assert f"row 1 (counted from 0): field {field!r}" in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    """A path that leads nowhere says what belongs there."""
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(ValueError, match=r"expected the published MAT-Search\.json"):
            MatFileSource(path)


def test_pictures_are_opened_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken or enormous picture spoils its own task only, and is named."""
    write(tmp_path, ROWS, pictures="")
    (tmp_path / "in" / "1.jpg").write_bytes(b"no picture")
    source = MatFileSource(tmp_path)
    assert source[0].picture.size == (6, 4)
    with pytest.raises(ValueError, match=r"row 1 .*cannot open .*1\.jpg"):
        source[1]
    for limit in (20, 5):  # 24 pixels: over the limit, and over twice the limit
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(ValueError, match=r"row 0 .*cannot open .*decompression bomb"):
            source[0]


def test_pictures_are_upright(tmp_path: Path) -> None:
    """A camera's orientation is obeyed."""
    write(tmp_path, ROWS, pictures="")
    picture = Image.new("RGB", (5, 3))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "in" / "1.jpg", exif=exif)
    assert MatFileSource(tmp_path)[1].picture.size == (3, 5)
