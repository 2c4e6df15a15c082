"""Published GUI Exploration Lab folders: what is read, and what is refused with a clear error."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vl_envs.gui.apps.gelab_files import GelabFolder, GelabIcon, GelabTask
from vl_envs.gui.apps.graph import BACK, HOME, Open
from vl_envs.gui.apps.presets import tree

BACK_BOX, HOME_BOX = [20, 20, 70, 70], [378, 20, 428, 70]
PLACES = [[64, 224, 114, 274], [144, 224, 194, 274], [224, 304, 274, 354]]
Structure = dict[str, Any]


def structure(branching: tuple[int, ...] = (2, 2, 1)) -> Structure:
    """Write a tree as the published generator does, down to the order of its keys."""
    graph = tree(branching)
    pages: Structure = {}
    for screen, opened in enumerate(graph.children):
        boxes = {f"Business_{target}": PLACES[k] for k, target in enumerate(opened)}
        targets = {f"Business_{target}": target for target in opened}
        if screen:
            boxes["back"], targets["back"] = BACK_BOX, graph.parent[screen]
        if graph.depth[screen] > 1:
            boxes["home"], targets["home"] = HOME_BOX, 0
        pages[f"page_{screen}"] = {
            "image": f"page_{screen}.png",
            "depth": graph.depth[screen],
            "layout": {
                name: {"bbox": box, "type": "system" if name in ("back", "home") else "normal"}
                for name, box in boxes.items()
            },
            "transitions": [
                {"action": name, "target_page": f"page_{target}", "icon_bbox": boxes[name]}
                for name, target in targets.items()
            ],
        }
    metadata = {"total_pages": len(graph), "tree_depth": 4, "config_file": "config.json"}
    return {"pages": pages, "metadata": metadata}


def write(
    folder: Path,
    content: object,
    pictures: str = "pages",
    size: tuple[int, int] = (448, 448),
    config: object = None,
) -> Path:
    """Write a folder as it is published; picture k is of the grey 10 k. Text is written as is."""
    (folder / pictures).mkdir(parents=True, exist_ok=True)
    for screen in range(11):
        grey = Image.new("RGB", size, (10 * screen,) * 3)
        grey.save(folder / pictures / f"page_{screen}.png")
    text = content if isinstance(content, str) else json.dumps(content, indent=2)
    (folder / "ui_structure.json").write_text(text, encoding="utf-8")
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def row(start: str, goal: str, **more: Any) -> dict[str, Any]:
    """Write a row as the published lists for reinforcement learning do."""
    return {
        "idx": 0,
        "path": 1,
        "task": f"From {start} to {goal}",
        "bbox_norm": [142, 500, 254, 611],
        "image": f"datas/images/{start}.png",
        "problem": f"<image>Instruction: from {start} to {goal}. History: Null",
        "solution": f"Explain:click Business_1 icon on {start}.\tAction: click(start_box='<|box_s"
        "tart|>(198,555)<|box_end|>')",
        "source": "sub3",
        **more,
    }


def test_a_folder_is_read(tmp_path: Path) -> None:
    """Graph, titles, icons, boxes and pictures are those that were written."""
    lab = GelabFolder(write(tmp_path, structure()))
    assert lab.graph == tree((2, 2, 1)) and lab.size == (448, 448)
    assert lab.titles == tuple(f"page_{screen}" for screen in range(11))
    assert lab.icons[0] == (
        GelabIcon("Business_1", (64, 224, 114, 274), 1),
        GelabIcon("Business_2", (144, 224, 194, 274), 2),
    )
    assert lab.icons[10] == ()
    assert lab.back_box == (None, *[(20, 20, 70, 70)] * 10)
    assert lab.home_box == (None, None, None, *[(378, 20, 428, 70)] * 8)
    assert lab.tasks == ()
    picture = lab.picture(7)
    assert picture.mode == "RGB" and picture.size == (448, 448)
    assert picture.getpixel((5, 5)) == (70, 70, 70)
    for screen in (-1, 11):
        with pytest.raises(IndexError, match="numbered 0 to 10"):
            lab.picture(screen)


def test_the_graphs_moves_are_the_pages_transitions(tmp_path: Path) -> None:
    """Every icon, back and home leads where the file says."""
    content = structure((3, 2))
    lab = GelabFolder(write(tmp_path, content))
    for screen, title in enumerate(lab.titles):
        for entry in content["pages"][title]["transitions"]:
            names = [icon.name for icon in lab.icons[screen]]
            known = {"back": BACK, "home": HOME}
            move = known.get(entry["action"]) or Open(names.index(entry["action"]))
            assert lab.titles[lab.graph.step(screen, move)] == entry["target_page"]


@pytest.mark.parametrize("pictures", ["pages", "images", "", "pages_resize_448"])
def test_pictures_are_found(tmp_path: Path, pictures: str) -> None:
    """In the folders that are in use; the file may be named instead of its folder."""
    write(tmp_path, structure(), pictures)
    (tmp_path / "ui_structure.json").rename(tmp_path / "mine.json")
    lab = GelabFolder(tmp_path / "mine.json")
    assert lab.picture(3).getpixel((0, 0)) == (30, 30, 30)


@pytest.mark.parametrize("place", ["config", "metadata"])
def test_scaled_pictures_fit_the_boxes(tmp_path: Path, place: str) -> None:
    """The published demo measures boxes at 1179 x 2556; its pictures come smaller, too."""
    text = json.dumps(structure((1,)))
    content = json.loads(text.replace(json.dumps(PLACES[0]), "[474, 1258, 674, 1458]"))
    config = {"seed": 42, "canvas_size": [1179, 2556], "icon_size": [200, 200]}
    if place == "metadata":
        content["metadata"] |= config
    write(tmp_path, content, config=config if place == "config" else None)
    shown = np.zeros((448, 448, 3), np.uint8)
    shown[round(1258 * 448 / 2556) : round(1458 * 448 / 2556), 181:255] = 255
    Image.fromarray(shown).save(tmp_path / "pages" / "page_0.png")
    lab = GelabFolder(tmp_path)
    assert lab.size == (1179, 2556)
    pixels = np.array(lab.picture(0))
    left, top, right, bottom = (int(side) for side in lab.icons[0][0].box)
    assert pixels.shape == (2556, 1179, 3)
    assert pixels[top + 9 : bottom - 9, left + 9 : right - 9].min() == 255
    pixels[top - 9 : bottom + 9, left - 9 : right + 9] = 0
    assert pixels.max() == 0


def test_noise_and_other_dead_icons(tmp_path: Path) -> None:
    """Icons without a transition are dead, and come behind the graph's; names are as shown."""
    content = structure()
    page = content["pages"]["page_0"]
    noise = {"bbox": [304, 304, 354, 354], "type": "noise", "display_name": "__noise_0"}
    page["layout"] = {"__noise_0": noise, "page_title": {"type": "title"}, **page["layout"]}
    page["layout"]["Business_2"]["display_name"] = "Jobs_2"
    page["layout"]["Self"] = {"bbox": PLACES[2], "type": "normal"}
    page["transitions"].insert(0, {"action": "Self", "target_page": "page_0"})
    page["layout"]["back"] = {"bbox": BACK_BOX, "type": "system"}
    lab = GelabFolder(write(tmp_path, content))
    assert lab.graph == tree((2, 2, 1))
    assert [(icon.name, icon.target) for icon in lab.icons[0]] == [
        ("Business_1", 1),
        ("Jobs_2", 2),
        ("Self", None),
        ("__noise_0", None),
        ("back", None),
    ]
    assert lab.back_box[0] is None


def test_other_words_for_system_icons_and_other_roots(tmp_path: Path) -> None:
    """``PRESS_BACK`` and ``PRESS_HOME`` are read; the root is the page of depth 0."""
    content = structure((1, 1))
    text = json.dumps(content).replace('"action": "back"', '"action": "PRESS_BACK"')
    text = text.replace('"action": "home"', '"action": "PRESS_HOME"')
    text = text.replace('"page_0"', '"start"').replace('"page_1"', '"page_0"')
    pages = json.loads(text)["pages"]
    for name, box in (("PRESS_HOME", HOME_BOX), ("back", BACK_BOX)):
        entry = {"action": name, "target_page": "start", "icon_bbox": box}
        pages["start"]["transitions"].append(entry)
    lab = GelabFolder(write(tmp_path, {"pages": {key: pages[key] for key in reversed(pages)}}))
    assert lab.titles == ("start", "page_2", "page_0")
    assert lab.graph.path(1, 0) == (HOME,) and lab.graph.path(0, 1) == (Open(0), Open(0))
    assert lab.graph.parent == (0, 2, 0)
    assert lab.back_box[:2] == ((20, 20, 70, 70),) * 2 and lab.home_box[0] == (378, 20, 428, 70)


def test_a_page_without_back_belongs_to_the_page_that_opens_it(tmp_path: Path) -> None:
    """Such a page has nothing to press for it."""
    content = structure((2, 1))
    page = content["pages"]["page_4"]
    del page["layout"]["back"]
    page["transitions"] = [t for t in page["transitions"] if t["action"] != "back"]
    lab = GelabFolder(write(tmp_path, content))
    assert lab.graph == tree((2, 1)) and lab.back_box[4] is None and lab.back_box[3] is not None


def test_harmless_oddities(tmp_path: Path) -> None:
    """Several pages of depth 0 beside ``page_0``; an icon that only its transition names."""
    content = structure()
    content["pages"]["page_9"]["depth"] = 0
    content["pages"]["page_1"]["transitions"][0]["action"] = "Other"
    lab = GelabFolder(write(tmp_path, content))
    assert lab.graph == tree((2, 2, 1)) and lab.titles[0] == "page_0"
    # What the layout alone has is drawn, and leads nowhere.
    assert [(icon.name, icon.target) for icon in lab.icons[1]] == [
        ("Other", 3),
        ("Business_4", 4),
        ("Business_3", None),
    ]


def test_graphs_need_not_be_trees(tmp_path: Path) -> None:
    """Cross links are icons like others; back leads where the file says."""
    content = structure((2, 1))
    for page, target in (("page_1", "page_2"), ("page_4", "page_1")):
        entry = {"action": "More_1", "target_page": target, "icon_bbox": PLACES[1]}
        content["pages"][page]["transitions"].append(entry)
    lab = GelabFolder(write(tmp_path, content))
    assert lab.graph.children == ((1, 2), (3, 2), (4,), (), (1,))
    assert lab.graph.parent == tree((2, 1)).parent
    assert lab.icons[4] == (GelabIcon("More_1", (144, 224, 194, 274), 1),)


def test_tasks_of_all_published_kinds(tmp_path: Path) -> None:
    """Rows of every list are read, steps of one task once, questions about icons never."""
    write(tmp_path, structure())
    (tmp_path / "datas").mkdir()
    both = {
        "role": "user",
        "content": "<image>Instruction: from page_4 to page_0. History: step1: x",
    }
    parts = [{"type": "image"}, {"type": "text", "text": "Instruction: from page_0 to page_4. …"}]
    lists: dict[str, list[dict[str, Any]]] = {
        "mt_rl.json": [row("page_1", "page_9"), row("page_1", "page_9", idx=1)],
        "st_rl_448.json": [{"problem": row("page_3", "page_8")["problem"]}],
        "sft_aligned.json": [
            {"messages": [both]},
            {"messages": [{"role": "user", "content": parts}]},
            {"task": "icon_grounding", "messages": [{"content": "Click on Food_3 in the image."}]},
            {"task": "caption", "messages": [{"content": "What is it, from left to right?"}]},
        ],
        "datas/test.json": [row("page_10", "page_3")],
        "datas/test_id_path.json": [row("page_10", "page_3")],
        "datas/test_ood_edge.json": [row("page_10", "page_4")],
        "datas/ood_test_Noise.json": [row("page_10", "page_4")],
        "used_icons.json": [{"original_path": "icons/a.png", "func_name": "a"}],
    }
    for name, rows in lists.items():
        (tmp_path / name).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    lines = [json.dumps(row("page_2", "page_5")), "", json.dumps(row("page_5", "page_2"))]
    (tmp_path / "mt_rl_more.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert GelabFolder(tmp_path).tasks == (
        GelabTask(1, 9, "mt_rl"),
        GelabTask(2, 5, "mt_rl"),
        GelabTask(5, 2, "mt_rl"),
        GelabTask(4, 0, "sft"),
        GelabTask(0, 4, "sft"),
        GelabTask(3, 8, "st_rl"),
        GelabTask(10, 4, "ood"),
        GelabTask(10, 3, "test"),
        GelabTask(10, 3, "id"),
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "expected a list, got {}"),
        ([3], "row 0 .*expected an object, got 3"),
        ([row("page_1", "page_2"), {"task": "Buy milk"}], "row 1 .*'From <page> to <page>'.*milk"),
        ([{}], "got None"),
        ([row("page_1", "page_99")], "no page 'page_99'"),
        ([row("page_1", "page_1")], "starts at its goal, 'page_1'"),
        ('[{"task": 1, "task": 2}]', "'task' is there twice"),
        ("[", "test.json: expected JSON"),
    ],
)
def test_bad_tasks_are_refused(tmp_path: Path, rows: object, said: str) -> None:
    """The error names the file and the row."""
    lab = GelabFolder(write(tmp_path, structure()))
    text = rows if isinstance(rows, str) else json.dumps(rows)
    (tmp_path / "test.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match=rf"test\.json.*{said}" if "test.json" not in said else said
    ):
        _ = lab.tasks


def put(*keys: str | int, to: object) -> Callable[[Structure], None]:
    """Change the value under ``keys``, or remove it (None)."""

    def change(content: Structure) -> None:
        at: Any = content
        for key in keys[:-1]:
            at = at[key]
        if to is None:
            del at[keys[-1]]
        else:
            at[keys[-1]] = to

    return change


P1 = ("pages", "page_1")
LAYOUT = (*P1, "layout", "Business_3")
FIRST, LAST = (*P1, "transitions", 0), (*P1, "transitions", 2)
SWIPE = {"action": "swipe", "target_page": "page_0", "lift_coord": [540, 1460]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("pages", to=None), "'pages': expected an object, got nothing"),
        (put("pages", to={}), "'pages' is empty"),
        (put("pages", to=[]), r"'pages': expected an object, got \[\]"),
        (put("pages", "page_1", to=7), "'page_1': expected an object, got 7"),
        (put("metadata", to=[1]), r"'metadata': expected an object, got \[1\]"),
        (put("metadata", "canvas_size", to=[448]), "'canvas_size': expected .*got \\[448\\]"),
        (put("metadata", "canvas_size", to=[448, 0]), "whole numbers from 8"),
        (put(*P1, "image", to=None), "'page_1': 'image': expected a text, got None"),
        (put(*P1, "image", to="../secret.png"), "leads out of the folder"),
        (put(*P1, "image", to="in\\..\\..\\secret.png"), "leads out of the folder"),
        (put(*P1, "image", to="/etc/passwd"), "expected a file name, got '/etc/passwd'"),
        (put(*P1, "image", to="C:\\x.png"), "expected a file name"),
        (put(*P1, "image", to="a\0.png"), "expected a file name"),
        (put(*P1, "image", to="page_77.png"), "no picture 'page_77.png'"),
        (put(*P1, "image", to="x" * 5000), "no picture 'xxx"),
        (put("pages", "page_0", "image", to="top.png"), "no picture 'top.png' in any of"),
        (put(*P1, "layout", to=None), "'page_1': 'layout': expected an object, got nothing"),
        (put(*LAYOUT, to=[1, 2, 3, 4]), r"layout 'Business_3': expected an object"),
        (put(*LAYOUT, "bbox", to=None), "'bbox': expected .* four numbers, got None"),
        (put(*LAYOUT, "bbox", to=[1, 2, 3]), r"four numbers, got \[1, 2, 3\]"),
        (put(*LAYOUT, "bbox", to=[1, 2, "3", 4]), "four numbers"),
        (put(*LAYOUT, "bbox", to=[1, 2, float("nan"), 4]), "four numbers"),
        (put(*LAYOUT, "bbox", to=[70, 20, 20, 70]), "left < right"),
        (put(*LAYOUT, "bbox", to=[1, 2, 3, 4]), r"'icon_bbox' is .* layout has 'Business_3' at"),
        (put(*LAYOUT, "display_name", to=" "), "'display_name': expected a text"),
        (put(*P1, "transitions", to={}), "'transitions': expected a list"),
        (put(*FIRST, to="Business_3"), "transition 0: expected an object, got 'Business_3'"),
        (put(*FIRST, "action", to=None), "transition 0: 'action': expected a text, got None"),
        (put(*FIRST, "target_page", to=None), "'target_page': expected a text"),
        (put(*FIRST, "target_page", to="page_99"), "there is no page 'page_99'"),
        (put(*FIRST, "action", to="Business_4"), "'icon_bbox' is .* layout has 'Business_4' at"),
        (put(*FIRST, to=SWIPE), "'swipe' is a gesture"),
        (put(*FIRST, "gesture_direction", to="up"), "is a gesture"),
        (put(*FIRST, "target_page", to="page_2"), "no icons lead from the root to page 'page_3'"),
        (put(*LAST, "target_page", to="page_3"), "back leads in circles from page 'page_1'"),
        (put("pages", "page_3", "transitions", 2, "target_page", to="page_1"), "home must lead"),
        (put("pages", "page_0", "transitions", 0, "action", to="back"), "it is the root"),
    ],
)
def test_bad_structures_are_refused(
    tmp_path: Path, change: Callable[[Structure], None], said: str
) -> None:
    """The error names the file, the page and the key, what was expected and what came."""
    content = structure()
    change(content)
    (tmp_path / "secret.png").write_bytes(b"")
    write(tmp_path / "lab", content)
    with pytest.raises(ValueError, match=said) as caught:
        GelabFolder(tmp_path / "lab")
    assert "ui_structure.json" in str(caught.value) and len(str(caught.value)) < 500


def test_an_icon_may_not_lead_two_ways(tmp_path: Path) -> None:
    """Two transitions of one icon say nothing of where it leads."""
    content = structure()
    content["pages"]["page_1"]["transitions"].append(
        {"action": "Business_3", "target_page": "page_0", "icon_bbox": PLACES[0]}
    )
    with pytest.raises(ValueError, match="transition 3: 'Business_3' already leads elsewhere"):
        GelabFolder(write(tmp_path, content))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("[]", r"expected an object, got \[\]"),
        ('{"pages": {}, "pages": {}}', "'pages' is there twice"),
    ],
)
def test_unreadable_structures_are_refused(tmp_path: Path, text: str, said: str) -> None:
    """Broken JSON, and keys of which one would be lost."""
    with pytest.raises(ValueError, match=said):
        GelabFolder(write(tmp_path, text))


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    """No folder, no file, no text."""
    with pytest.raises(ValueError, match=r"no file .*nowhere.*expected a folder with ui_structure"):
        GelabFolder(tmp_path / "nowhere")
    (tmp_path / "ui_structure.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="expected text in UTF-8"):
        GelabFolder(tmp_path)


def test_no_root_is_refused(tmp_path: Path) -> None:
    """Without a page of depth 0 and a ``page_0`` nobody knows where to begin."""
    text = (
        json.dumps(structure()).replace('"page_0"', '"first"').replace('"depth": 0', '"depth": 1')
    )
    with pytest.raises(ValueError, match=r"expected one page of depth 0.*got 0 pages"):
        GelabFolder(write(tmp_path, text))


def test_boxes_outside_the_canvas_are_refused(tmp_path: Path) -> None:
    """The mistake of showing pictures of another size than the boxes are for."""
    write(tmp_path, structure(), size=(400, 400))
    with pytest.raises(ValueError, match=r"'home', \[378, 20, 428, 70\].*400 x 400.*canvas_size"):
        GelabFolder(tmp_path)
    write(tmp_path, structure(), size=(400, 400), config={"canvas_size": [448, 448]})
    assert GelabFolder(tmp_path).picture(2).size == (448, 448)


def test_sizes_that_differ_are_refused(tmp_path: Path) -> None:
    """Between config and metadata, and between pictures where nobody says a size."""
    content = structure()
    write(tmp_path, content)
    Image.new("RGB", (500, 500)).save(tmp_path / "pages" / "page_4.png")
    lab = GelabFolder(tmp_path)
    with pytest.raises(ValueError, match=r"page_4.png has \(500, 500\) pixels"):
        lab.picture(4)
    content["metadata"]["canvas_size"] = [448, 448]
    write(tmp_path, content, config={"canvas_size": [450, 448]})
    with pytest.raises(ValueError, match="sizes of the canvas differ"):
        GelabFolder(tmp_path)


def test_pictures_are_opened_with_care(tmp_path: Path) -> None:
    """What is no picture is told; transparent ones lie on white."""
    write(tmp_path, structure())
    Image.new("RGBA", (448, 448), (255, 0, 0, 0)).save(tmp_path / "pages" / "page_1.png")
    (tmp_path / "pages" / "page_2.png").write_bytes(b"no picture")
    lab = GelabFolder(tmp_path)
    assert lab.picture(1).getpixel((3, 3)) == (255, 255, 255)
    with pytest.raises(ValueError, match=r"cannot open .*page_2\.png as a picture"):
        lab.picture(2)


@pytest.mark.parametrize("link", ["ui_structure.json", "config.json", "pages/page_3.png", "pages"])
def test_links_out_of_the_folder_are_refused(tmp_path: Path, link: str) -> None:
    """Nothing is read through a symbolic link that leads elsewhere."""
    lab = write(tmp_path / "lab", structure(), config={"canvas_size": [448, 448]})
    (lab / link).rename(tmp_path / "outside")
    (lab / link).symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match=r"leads out of .* by a symbolic link"):
        GelabFolder(lab)


def test_linked_tasks_and_folders(tmp_path: Path) -> None:
    """A link to the whole folder is fine; one to tasks elsewhere is not."""
    lab = write(tmp_path / "lab", structure())
    (tmp_path / "short").symlink_to(lab)
    assert len(GelabFolder(tmp_path / "short").graph) == 11
    (tmp_path / "rows.json").write_text("[]")
    (lab / "test.json").symlink_to(tmp_path / "rows.json")
    with pytest.raises(ValueError, match="symbolic link"):
        _ = GelabFolder(lab).tasks


def test_folders_are_shared_and_pickled(tmp_path: Path) -> None:
    """Environments copy their state; the folder is not part of it."""
    lab = GelabFolder(write(tmp_path, structure()))
    assert copy.deepcopy(lab) is lab
    again = pickle.loads(pickle.dumps(lab))  # noqa: S301
    assert again.graph == lab.graph and again.picture(1).tobytes() == lab.picture(1).tobytes()
