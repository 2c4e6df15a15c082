"""The ScreenSpot benchmarks: what is read of their folders, and what is refused with an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vl_envs.gui.grounding.reward import inside
from vl_envs.gui.grounding.screenspot import LAYOUTS, PLATFORMS, ScreenSpotSource

Entry = dict[str, Any]


def entry(name: str, box: list[float], instruction: str, kind: str, system: str) -> Entry:
    """Write an entry of ScreenSpot or ScreenSpot-v2."""
    return {
        "img_filename": name,
        "bbox": box,
        "instruction": instruction,
        "data_type": kind,
        "data_source": system,
    }


FIRST: dict[str, list[Entry]] = {
    "desktop": [
        entry("pc_a.png", [10, 20, 30, 5], "close this window", "icon", "windows"),
        entry("pc_a.png", [50, 2, 8, 8.5], "save the file", "text", "windows"),
        entry("pc_b.png", [0, 0, 60, 40], "see all", "text", "macos"),
    ],
    "mobile": [entry("mobile_a.png", [-2, 70, 9, 30], "invert the lens", "icon", "ios")],
    "web": [entry("web_a.png", [5, 5, 20, 6], "view the details", "text", "shop")],
}
PRO: dict[str, list[Entry]] = {
    "android_studio_macos": [
        {
            "img_filename": "android_studio_macos/screenshot_1.png",
            "bbox": [10, 20, 40, 25],
            "instruction": "run the app",
            "instruction_cn": "运行应用",
            "id": "android_studio_macos_0",
            "application": "android_studio",
            "platform": "macos",
            "img_size": [200, 100],
            "ui_type": "icon",
            "group": "Dev",
        }
    ],
    "word_windows": [
        {
            "img_filename": "word_windows/screenshot_1.png",
            "bbox": [100, 10, 130, 22.5],
            "instruction": "insert a table",
            "instruction_cn": "插入表格",
            "id": "word_windows_0",
            "application": "word",
            "platform": "windows",
            "img_size": [200, 100],
            "ui_type": "text",
            "group": "Office",
        }
    ],
}
SIZES = {"pc_a.png": (100, 60), "pc_b.png": (60, 40), "mobile_a.png": (50, 90)}


def picture(path: Path, size: tuple[int, int]) -> None:
    """Write a picture whose pixels tell their own place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[..., 0] = np.arange(size[0])
    pixels[..., 1] = np.arange(size[1])[:, None]
    Image.fromarray(pixels).save(path)


def write(folder: Path, benchmark: str, rows: dict[str, list[Entry]] | None = None) -> Path:
    """Write a benchmark's folder as it is published."""
    layout = LAYOUTS[benchmark]
    if rows is None:
        rows = PRO if benchmark == "screenspot-pro" else FIRST
    for name, entries in rows.items():
        pattern = layout.files[0]
        file = pattern.replace("*", name).replace("desktop", name)
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
        for row in entries:
            size = SIZES.get(str(row["img_filename"]), (200, 100))
            picture(folder / layout.pictures[0] / str(row["img_filename"]), size)
    return folder


@pytest.mark.parametrize("benchmark", ["screenspot", "screenspot-v2"])
def test_the_first_two_are_served_in_order(tmp_path: Path, benchmark: str) -> None:
    """Boxes are left, top, width, height; labels tell element, platform and system."""
    source = ScreenSpotSource(benchmark, write(tmp_path, benchmark))
    assert len(source) == 5
    tasks = [source[index] for index in range(5)]
    assert [task.instruction for task in tasks] == [
        *("close this window", "save the file", "see all", "invert the lens", "view the details")
    ]
    assert tasks[0].box == (10, 20, 40, 25) and tasks[1].box == (50, 2, 58, 10.5)
    assert tasks[3].box == (0, 70, 7, 90), "a box is cut at the picture's edges"
    assert tasks[0].labels == {"element": "icon", "platform": "desktop", "system": "windows"}
    assert [task.labels["platform"] for task in tasks[2:]] == ["desktop", "mobile", "web"]
    assert tasks[0].picture.shape == (60, 100, 3) and tasks[0].picture[7, 33].tolist() == [33, 7, 0]
    stem = LAYOUTS[benchmark].files[0].removesuffix(".json")
    assert tasks[1].task_id == f"{benchmark}/{stem}/1"
    assert len({task.task_id for task in tasks}) == 5
    with pytest.raises(IndexError):
        source[5]


def test_pro_is_served_with_its_sub_folders(tmp_path: Path) -> None:
    """Boxes are corners; there are two languages, and labels for group and application."""
    write(tmp_path, "screenspot-pro")
    source = ScreenSpotSource("screenspot-pro", tmp_path)
    assert len(source) == 2
    assert source[1].box == (100, 10, 130, 22.5) and source[1].instruction == "insert a table"
    assert source[0].task_id == "screenspot-pro/android_studio_macos_0"
    assert source[0].labels == {
        "element": "icon",
        "platform": "macos",
        "group": "Dev",
        "application": "android_studio",
    }
    chinese = ScreenSpotSource("screenspot-pro", tmp_path, language="cn")
    assert [chinese[i].instruction for i in range(2)] == ["运行应用", "插入表格"]
    assert set(chinese.vocabulary()) == {"运行应用", "插入表格"}


@pytest.mark.parametrize("benchmark", list(LAYOUTS))
def test_the_careless_box_is_another_one(tmp_path: Path, benchmark: str) -> None:
    """It is another box of the same picture where there is one, and its middle is not inside."""
    source = ScreenSpotSource(benchmark, write(tmp_path, benchmark))
    for index in range(len(source)):
        task = source[index]
        middle = (task.near[0] + task.near[2]) / 2, (task.near[1] + task.near[3]) / 2
        assert not inside(middle, task.box)
    if benchmark == "screenspot":
        assert source[0].near == source[1].box


def test_levels_and_kinds(tmp_path: Path) -> None:
    """A platform, or what the entries call theirs, and a type of element are chosen."""
    write(tmp_path / "1", "screenspot")
    for level, count in {"all": 5, "desktop": 3, "mobile": 1, "ios": 1, "windows": 2}.items():
        assert len(ScreenSpotSource("screenspot", tmp_path / "1", level=level)) == count
    assert len(ScreenSpotSource("screenspot", tmp_path / "1", kinds=["icon"])) == 2
    assert len(ScreenSpotSource("screenspot", tmp_path / "1", kinds=["icon", "text"])) == 5
    write(tmp_path / "p", "screenspot-pro")
    for level in ("macos", "Dev", "android_studio"):
        source = ScreenSpotSource("screenspot-pro", tmp_path / "p", level=level)
        assert [row.labels["platform"] for row in (source[0],)] == ["macos"] and len(source) == 1
    with pytest.raises(ValueError, match=r"unknown level 'wndows'.*'windows'"):
        ScreenSpotSource("screenspot", tmp_path / "1", level="wndows")
    with pytest.raises(ValueError, match=r"unknown kind 'icons'.*'icon'"):
        ScreenSpotSource("screenspot", tmp_path / "1", kinds=["icons"])
    with pytest.raises(ValueError, match=r"no entry of level 'mobile' and kinds \['text'\]"):
        ScreenSpotSource("screenspot", tmp_path / "1", level="mobile", kinds=["text"])


def test_one_platform_needs_only_its_own_files(tmp_path: Path) -> None:
    """A level can be played when nothing else was downloaded; all of it needs all files."""
    write(tmp_path, "screenspot-v2")
    for platform in PLATFORMS[:2]:
        (tmp_path / f"screenspot_{platform}_v2.json").unlink()
    assert len(ScreenSpotSource("screenspot-v2", tmp_path, level="web")) == 1
    with pytest.raises(ValueError, match=r"expected the annotation file 'screenspot_desktop"):
        ScreenSpotSource("screenspot-v2", tmp_path)
    pro = write(tmp_path / "pro", "screenspot-pro")
    (pro / "images" / "word_windows" / "screenshot_1.png").unlink()
    assert len(ScreenSpotSource("screenspot-pro", pro, level="macos")) == 1
    with pytest.raises(
        ValueError, match=r"word_windows.json, entry 0 .*'img_filename': no picture"
    ):
        ScreenSpotSource("screenspot-pro", pro)


def test_only_the_test_split_is_served(tmp_path: Path) -> None:
    """A benchmark is not trained on, and the error says so."""
    write(tmp_path, "screenspot")
    for split in ("train", "val"):
        with pytest.raises(ValueError, match="published test set"):
            ScreenSpotSource("screenspot", tmp_path, split)
    with pytest.raises(ValueError, match="unknown split 'tset'"):
        ScreenSpotSource("screenspot", tmp_path, "tset")


def test_samples_are_seeded_and_cover_the_folder(tmp_path: Path) -> None:
    """The same generator draws the same tasks, and all of them in time."""
    source = ScreenSpotSource("screenspot", write(tmp_path, "screenspot"))
    drawn = [
        [source.sample(rng).task_id for _ in range(40)]
        for rng in (np.random.default_rng(1), np.random.default_rng(1))
    ]
    assert drawn[0] == drawn[1] and len(set(drawn[0])) == 5


def test_pictures_are_opened_when_they_are_asked_for(tmp_path: Path) -> None:
    """Making the source reads no picture; a broken one is told when its task is played."""
    write(tmp_path, "screenspot")
    (tmp_path / "screenspot_imgs" / "pc_b.png").write_bytes(b"no picture")
    source = ScreenSpotSource("screenspot", tmp_path)
    assert source[0].picture.shape == (60, 100, 3)
    with pytest.raises(ValueError, match=r"screenspot_desktop.json, entry 2 .*cannot open .*pc_b"):
        source[2]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bbox": [1, 2, 3]}, "key 'bbox': expected 4 numbers, got list [1, 2, 3]"),
        ({"bbox": [1, 2, "3", 4]}, "key 'bbox': expected 4 numbers"),
        ({"bbox": [1, 2, True, 4]}, "key 'bbox': expected 4 numbers"),
        ({"bbox": [1, 2, float("nan"), 4]}, "key 'bbox': expected 4 numbers"),
        ({"bbox": [1, 2, 1e300, 4]}, "key 'bbox': expected 4 numbers"),
        ({"bbox": None}, "key 'bbox': expected 4 numbers, got NoneType None"),
        ({"bbox": [1, 2, 0, 4]}, "expected [left, top, width, height] of some size"),
        ({"bbox": [1, 2, 3, -4]}, "expected [left, top, width, height] of some size"),
        ({"instruction": " "}, "key 'instruction': expected a text, got str ' '"),
        ({"instruction": 7}, "key 'instruction': expected a text, got int 7"),
        ({"data_type": "button"}, "key 'data_type': expected 'text' or 'icon', got 'button'"),
        ({"data_source": None}, "key 'data_source': expected a text"),
        ({"img_filename": "x.png"}, "key 'img_filename': no picture 'x.png'"),
        ({"img_filename": "../../x.png"}, "leads out of"),
        ({"img_filename": "/etc/passwd"}, "expected a path inside the pictures' folder"),
        ({"img_filename": "C:\\x.png"}, "expected a path inside the pictures' folder"),
        ({"img_filename": "a\0.png"}, "expected a path inside the pictures' folder"),
        ({"img_filename": "x" * 5000}, "no picture"),
    ],
    ids=str,
)
def test_a_wrong_entry_is_named(tmp_path: Path, change: Entry, says: str) -> None:
    """File, entry, key, what was expected and what came."""
    write(tmp_path, "screenspot")
    rows = [FIRST["desktop"][0], {**FIRST["desktop"][1], **change}]
    path = tmp_path / "screenspot_desktop.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ValueError) as error:
        ScreenSpotSource("screenspot", tmp_path)
    assert f"{path}, entry 1 (counted from 0)" in str(error.value) and says in str(error.value)


@pytest.mark.parametrize("key", ["bbox", "instruction", "data_type", "data_source", "img_filename"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    """An entry without a key is told so."""
    write(tmp_path, "screenspot")
    rows = [{name: value for name, value in FIRST["web"][0].items() if name != key}]
    (tmp_path / "screenspot_web.json").write_text(json.dumps(rows), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"entry 0 .*key '{key}': expected .*, got nothing"):
        ScreenSpotSource("screenspot", tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "expected JSON in UTF-8"),
        ("[" * 100_000, "expected JSON in UTF-8"),
        ("{}", "expected a list of entries, got dict {}"),
        ("[7]", "entry 0 (counted from 0): expected an object, got int 7"),
    ],
    ids=lambda value: str(value)[:10],
)
def test_malformed_files(tmp_path: Path, content: str, says: str) -> None:
    """What is no list of objects is refused by path and entry."""
    write(tmp_path, "screenspot")
    (tmp_path / "screenspot_web.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError) as error:
        ScreenSpotSource("screenspot", tmp_path)
    assert says in str(error.value) and "screenspot_web.json" in str(error.value)


def test_links_do_not_lead_out(tmp_path: Path) -> None:
    """A picture that is a link to somewhere else is refused; one within the folder is read."""
    folder = write(tmp_path / "data", "screenspot")
    secret = tmp_path / "secret.png"
    picture(secret, (100, 60))
    place = folder / "screenspot_imgs" / "pc_a.png"
    inner = folder / "screenspot_imgs" / "inner.png"
    place.rename(inner)
    place.symlink_to(inner)
    assert ScreenSpotSource("screenspot", folder)[0].picture.shape == (60, 100, 3)
    place.unlink()
    place.symlink_to(secret)
    with pytest.raises(ValueError, match=r"leads out of .* by '..' or a symbolic link"):
        ScreenSpotSource("screenspot", folder)
    place.unlink()
    place.symlink_to(place.name)
    with pytest.raises(ValueError, match=r"no picture 'pc_a.png'"):
        ScreenSpotSource("screenspot", folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bbox": [40, 20, 10, 25]}, "expected [left, top, right, bottom] of some size"),
        ({"img_size": [200]}, "key 'img_size': expected 2 numbers"),
        ({"img_size": [100, 100]}, "to be 100 x 100 pixels"),
        ({"bbox": [300, 20, 310, 25]}, "lies outside"),
        ({"instruction_cn": None}, "key 'instruction_cn': expected a text, got NoneType None"),
        ({"id": 7}, "key 'id': expected a text, got int 7"),
    ],
    ids=str,
)
def test_a_wrong_entry_of_pro_is_named(tmp_path: Path, change: Entry, says: str) -> None:
    """Keys of its own are checked as well; a picture's size when it is opened."""
    rows = [{**PRO["word_windows"][0], **change}]
    write(tmp_path, "screenspot-pro", {"word_windows": rows})
    with pytest.raises(ValueError) as error:
        ScreenSpotSource("screenspot-pro", tmp_path, language="cn")[0]
    assert "word_windows.json, entry 0" in str(error.value) and says in str(error.value)


def test_two_entries_of_one_id_stay_apart(tmp_path: Path) -> None:
    """A repeated id is counted."""
    write(tmp_path, "screenspot-pro", {"word_windows": PRO["word_windows"] * 2})
    source = ScreenSpotSource("screenspot-pro", tmp_path)
    ids = [source[index].task_id for index in range(2)]
    assert ids == ["screenspot-pro/word_windows_0", "screenspot-pro/word_windows_0#2"]


def test_a_missing_folder_or_a_misspelt_name(tmp_path: Path) -> None:
    """Both are told in words."""
    with pytest.raises(ValueError, match=r"no folder .*nowhere.*expected that of screenspot-pro"):
        ScreenSpotSource("screenspot-pro", tmp_path / "nowhere")
    with pytest.raises(ValueError, match="expected annotation files annotations/"):
        ScreenSpotSource("screenspot-pro", tmp_path)
    with pytest.raises(ValueError, match=r"unknown benchmark 'screenspott'.*'screenspot'"):
        ScreenSpotSource("screenspott", tmp_path)
    with pytest.raises(ValueError, match=r"unknown language 'de'"):
        ScreenSpotSource("screenspot-pro", write(tmp_path, "screenspot-pro"), language="de")
