"""Draw the contact sheets of `VLGui`, to look at: one for each theme, the shop, dense screens.

python -m scripts.gui_sheets
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.page_painter import DrawnPage
from vl_envs.gui.drawing.painter import Pixels
from vl_envs.gui.drawing.theme import THEMES
from vl_envs.gui.ground import GroundEnv
from vl_envs.gui.navigate import NavigateEnv
from vl_envs.gui.shop import ShopEnv

FOLDER = Path("docs/gui")
GAP = 12
MARK = (255, 0, 160)
"""Colour of the box around what is meant."""
LAYOUTS = ("grid", "list", "tabs")


def main() -> None:
    """Write all sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sheets = {name: theme_sheet(name) for name in THEMES}
    sheets |= {"shop": shop_sheet(), "ground": ground_sheet()}
    for name, sheet in sheets.items():
        path = FOLDER / f"{name}.png"
        # Flat colours: a palette of 256 loses nothing that one could see.
        sheet.quantize(256).save(path, optimize=True)
        print(path)


def theme_sheet(theme: str) -> Image.Image:
    """Draw eight screens of one app: each kind of layout, a dialog, a field with the focus."""
    env = NavigateEnv(theme=theme)
    env.reset(seed=0)
    return _sheet(_screens(env.state.device), 4)


def shop_sheet() -> Image.Image:
    """Draw the first eight pages of a purchase."""
    env = ShopEnv(theme="light")
    pictures = [env.reset(seed=3)[0]["image"]]
    while len(pictures) < 8:
        pictures.append(env.step(env.expert_action())[0]["image"])
    return _sheet(pictures, 4)


def ground_sheet() -> Image.Image:
    """Draw four screens, and mark on each what its instruction means."""
    pictures = []
    for seed, screen in enumerate(("desktop", "web", "laptop", "tablet")):
        env = GroundEnv(screen=screen)
        picture = Image.fromarray(env.reset(seed=seed)[0]["image"])
        ImageDraw.Draw(picture).rectangle(_target_box(env), outline=MARK, width=3)
        pictures.append(np.asarray(picture))
    return _sheet(pictures, 2)


def _target_box(env: GroundEnv) -> tuple[float, float, float, float]:
    """Return the target's box in pixels of the picture, a little wider."""
    state = env.state
    left, top = state.canvas.from_source(state.box[:2], "pixel")
    right, bottom = state.canvas.from_source(state.box[2:], "pixel")
    return left - 3, top - 3, right + 2, bottom + 2


def _sheet(pictures: Sequence[Pixels], columns: int) -> Image.Image:
    """Lay pictures of one size out on a grey sheet."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    size = (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP)
    sheet = Image.new("RGB", size, (128, 128, 128))
    for i, picture in enumerate(pictures):
        row, column = divmod(i, columns)
        place = (GAP + column * (width + GAP), GAP + row * (height + GAP))
        sheet.paste(Image.fromarray(picture), place)
    return sheet


def _screens(device: Device) -> list[Pixels]:
    """Choose screens that show different things, and draw them."""
    pages = [device.page_of(i) for i in range(len(device.graph.children))]
    drawn = [page for page in pages if isinstance(page, DrawnPage)]
    rich = sorted(drawn, key=lambda page: -len(page.entries))
    chosen = [0]
    for layout in LAYOUTS:
        fitting = [p.index for p in rich if p.screen.layout == layout and not p.screen.dialog]
        chosen += [index for index in fitting if index not in chosen][
            : 3 if layout == "grid" else 1
        ]
    chosen.append(next(p.index for p in rich if p.screen.dialog))
    chosen.append(next(p.index for p in rich if p.screen.fields and p.index not in chosen))
    pictures: list[Pixels] = []
    for index in chosen:
        device.go(index)
        if index == chosen[-1]:
            device.ui.dialog = False
            device.do(Act("field", 0))
            device.type("mango")
            while not device.page.seen(device.page.find(Act("field", 0)), device.ui):
                device.scroll("down")
        pictures.append(device.paint())
    return pictures


if __name__ == "__main__":
    main()
