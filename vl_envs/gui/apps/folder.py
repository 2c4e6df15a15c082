"""`FolderWorld`: the apps and tasks of a published GUI Exploration Lab folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from vl_envs.core.canvas import fit
from vl_envs.core.errors import unknown
from vl_envs.gui.apps.app import Screen
from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.gelab_files import GelabFolder
from vl_envs.gui.apps.page import NOTHING, Act, Entry, Ui, inside
from vl_envs.gui.apps.task import NavigateTask, describe
from vl_envs.gui.drawing.painter import IntBox, Pixels

ALL = "all"
"""The split that holds all tasks of a folder."""


@dataclass
class PicturePage:
    """A screen that is a picture with boxes on it; the boxes are in the picture's own pixels."""

    folder: GelabFolder
    screen: int
    canvas: tuple[int, int]
    bars: dict[str, IntBox] = field(init=False)
    entries: list[Entry] = field(init=False)
    view: IntBox = field(init=False)
    tabs: list[IntBox] = field(default_factory=list)
    dialog: tuple[IntBox, ...] = ()
    step: int = 1

    def __post_init__(self) -> None:
        folder, screen = self.folder, self.screen
        boxes = {"back": folder.back_box[screen], "home": folder.home_box[screen]}
        self.bars = {kind: _whole(box) for kind, box in boxes.items() if box}
        self.view = (0, 0, *folder.size)
        live = len(folder.graph.children[screen])
        self.entries = [
            Entry(
                Act("open", i) if i < live else Act("dead", i - live),
                "tile",
                icon.name,
                "",
                0,
                _whole(icon.box),
            )
            for i, icon in enumerate(folder.icons[screen])
        ]

    def find(self, act: Act) -> Entry:
        """Return the entry that does ``act``."""
        return next(entry for entry in self.entries if entry.act == act)

    def place(self, entry: Entry, scroll: int) -> IntBox:
        """Return an entry's box: nothing scrolls."""
        return entry.box

    def seen(self, entry: Entry, ui: Ui) -> bool:
        """Tell that all is in view."""
        return True

    def lowest(self, tab: int) -> int:
        """Tell that nothing scrolls."""
        return 0

    def hit(self, x: float, y: float, ui: Ui) -> Act:
        """Tell what a press does; of boxes that overlap the last one counts, as published."""
        for kind, box in self.bars.items():
            if inside(box, x, y):
                return Act(kind)
        hit = (entry.act for entry in reversed(self.entries) if inside(entry.box, x, y))
        return next(hit, NOTHING)

    def paint(self, ui: Ui, values: dict[Act, str], focus: Act | None) -> Pixels:
        """Show the published picture, uint8 [H, W, 3]."""
        return np.array(_fitted(self.folder, self.screen, self.canvas))


@dataclass(frozen=True)
class PicturePages:
    """Makes the pages of a folder's screens."""

    folder: GelabFolder
    canvas: tuple[int, int]

    def __call__(self, screen: int) -> PicturePage:
        """Make one page."""
        return PicturePage(self.folder, screen, self.canvas)


class FolderWorld:
    """A source of tasks on published pictures.

    Args:
        path: of the folder.
        image_size: (height, width) of the canvas.
        split: ``all``, or one that the folder's task files name (``sft``, ``st_rl``, ``mt_rl``,
            ``id``, ``ood``, ``test``).
        lengths: of ways; None is all.

    Raises:
        ValueError: the folder cannot be read, or has no such tasks.
    """

    def __init__(
        self,
        path: str,
        image_size: tuple[int, int],
        split: str = ALL,
        lengths: Sequence[int] | None = None,
    ) -> None:
        self.folder = GelabFolder(path)
        self.image_size = image_size
        graph = self.folder.graph
        splits = {task.split for task in self.folder.tasks}
        if split not in (ALL, *splits):
            raise unknown("split", split, [ALL, *splits])
        self.tasks: list[NavigateTask] = []
        for row in self.folder.tasks:
            length = graph.distance(row.start, row.goal)
            if split in (ALL, row.split) and (lengths is None or length in lengths):
                start, goal = (self.folder.titles[i] for i in (row.start, row.goal))
                told = describe(Screen(goal, ()), "name", 0, "")
                name = f"gelab/{row.split}/{start}-{goal}"
                self.tasks.append(NavigateTask("name", row.start, row.goal, told, length, name))
        if not self.tasks:
            raise ValueError(f"{path} has no tasks of split {split!r} and lengths {lengths}")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the published pictures, in pixels."""
        return self.folder.size

    def __len__(self) -> int:
        """Count the tasks."""
        return len(self.tasks)

    def draw(self, rng: np.random.Generator) -> tuple[NavigateTask, Device]:
        """Draw a task, and a device on which it begins."""
        return self.task(int(rng.integers(len(self.tasks))))

    def task(self, index: int) -> tuple[NavigateTask, Device]:
        """Return task ``index``, and a device on which it begins."""
        task = self.tasks[index]
        device = Device(self.folder.graph, PicturePages(self.folder, self.image_size))
        device.go(task.start)
        return task, device

    def words(self) -> Iterable[str]:
        """Give the titles of the screens."""
        return (task.instruction for task in self.tasks)


@lru_cache(maxsize=16)
def _fitted(folder: GelabFolder, screen: int, canvas: tuple[int, int]) -> Pixels:
    """Read a picture and put it on the canvas; kept, and shared."""
    return fit(folder.picture(screen), canvas)


def _whole(box: tuple[float, float, float, float]) -> IntBox:
    left, top, right, bottom = box
    return round(left), round(top), round(right), round(bottom)
