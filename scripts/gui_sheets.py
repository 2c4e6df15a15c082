"""Draw the contact sheets of `VLGui`: one for each theme, to see what its screens look like.

python -m scripts.gui_sheets
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from vl_envs.gui.device import Device
from vl_envs.gui.navigate import NavigateEnv
from vl_envs.gui.page import Act
from vl_envs.gui.page_painter import DrawnPage
from vl_envs.gui.painter import Pixels
from vl_envs.gui.theme import THEMES

FOLDER = Path("docs/gui")
COLUMNS, ROWS, GAP = 4, 2, 12
LAYOUTS = ("grid", "list", "tabs")


def main() -> None:
    """Write all sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in THEMES:
        sheet = theme_sheet(name)
        path = FOLDER / f"{name}.png"
        # Flat colours: a palette of 256 loses nothing that one could see.
        sheet.quantize(256).save(path, optimize=True)
        print(path)


def theme_sheet(theme: str) -> Image.Image:
    """Draw eight screens of one app: each kind of layout, a dialog, a field with the focus."""
    env = NavigateEnv(theme=theme)
    env.reset(seed=0)
    device = env.state.device
    pictures = [Image.fromarray(picture) for picture in _screens(device)]
    width, height = pictures[0].size
    size = (COLUMNS * (width + GAP) + GAP, ROWS * (height + GAP) + GAP)
    sheet = Image.new("RGB", size, (128, 128, 128))
    for i, picture in enumerate(pictures):
        row, column = divmod(i, COLUMNS)
        sheet.paste(picture, (GAP + column * (width + GAP), GAP + row * (height + GAP)))
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
