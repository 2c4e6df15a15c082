"""What an agent is asked to do in an app, and which tasks belong to which split."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vl_envs.core.tasks import split_of
from vl_envs.gui.apps.app import Screen
from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.graph import Graph
from vl_envs.gui.apps.page import Act

KINDS = ("name", "shows", "switch", "type", "icon")
PARTS = ("sft", "rl", "ood")
"""GUI Exploration Lab's splits: subtrees of the root."""
AXES = ("image", "name", "position", "noise", "theme", "resolution")
"""Splits with the tasks of ``train``, in which just what they name is different."""
NAVIGATE_SPLITS = ("train", "val", "test", *PARTS, *AXES)


@dataclass(frozen=True)
class NavigateTask:
    """Something to reach or to do.

    Attributes:
        kind: one of `KINDS`.
        start: the screen it begins on.
        goal: the screen it leads to.
        instruction: what the agent is told.
        length: of the shortest way, in moves.
        task_id: names the task.
        number: of the goal's switch, field or icon.
        wanted: what the switch (``"on"`` or ``""``) or the field shall hold; the kind of icon.
    """

    kind: str
    start: int
    goal: int
    instruction: str
    length: int
    task_id: str
    number: int = 0
    wanted: str = ""

    def __deepcopy__(self, memo: dict[int, Any]) -> NavigateTask:
        """Share the task."""
        return self

    def done(self, device: Device) -> bool:
        """Tell from the device's state whether the task is done."""
        place = (self.goal, self.number)
        if self.kind == "icon":
            return device.last == (self.goal, Act(self.wanted, self.number))
        if self.kind == "switch":
            return device.is_on(*place) == bool(self.wanted)
        if self.kind == "type":
            return device.texts.get(place, "") == self.wanted
        return device.screen == self.goal

    def next_step(self, device: Device) -> tuple[str, Any]:
        """Say what a perfect player would do now: a command's name and argument."""
        if self.done(device):
            return "complete", None
        if device.screen != self.goal:
            return device.way_to(device.toward(self.goal))
        if self.kind == "icon":
            return device.way_to(Act(self.wanted, self.number))
        if self.kind == "type":
            field = Act("field", self.number)
            return ("type", self.wanted) if device.focus == field else device.way_to(field)
        return device.way_to(Act("switch", self.number))


def part_of(graph: Graph, part: str) -> frozenset[int]:
    """Return the screens of ``sft``, ``rl`` or ``ood``: the root and some of its subtrees.

    Of five subtrees they have two, two and one, as GUI Exploration Lab.

    Raises:
        ValueError: the root has fewer than three subtrees.
    """
    count = max(graph.branch) + 1
    if count < 3:
        raise ValueError(f"split {part!r} needs a graph with three subtrees or more, not {count}")
    ood = max(1, count // 5)
    sft = (count - ood + 1) // 2
    first, last = {"sft": (0, sft), "rl": (sft, count - ood), "ood": (count - ood, count)}[part]
    return frozenset(i for i, b in enumerate(graph.branch) if b < 0 or first <= b < last)


def pair_split(start: int, goal: int, length: int) -> str:
    """Name the split of a pair of screens: ``train``, ``val`` or ``test``.

    Neighbours are what there is to know of a graph, and always for training; ways are held out.
    """
    return "train" if length < 2 else split_of("navigate", start, goal, val=0.1, test=0.15)


@lru_cache(maxsize=32)
def pairs(graph: Graph, split: str) -> dict[int, tuple[tuple[int, int], ...]]:
    """List a split's pairs of (start, goal), by the length of the shortest way.

    The root is no goal: the way home is one press wherever one is, and can be found blindly.
    """
    if split in PARTS:
        screens = part_of(graph, split)
    elif max(graph.branch) + 1 < 3:
        screens = frozenset(range(len(graph)))
    else:
        screens = part_of(graph, "sft") | part_of(graph, "rl")
    wanted = split if split in ("val", "test") else "train"
    found: dict[int, list[tuple[int, int]]] = {}
    for goal in sorted(screens - {0}):
        for start in sorted(screens):
            length = graph.distance(start, goal)
            if length and (split == "ood" or pair_split(start, goal, length) == wanted):
                found.setdefault(length, []).append((start, goal))
    return {length: tuple(found[length]) for length in sorted(found)}


def commands_left(task: NavigateTask, device: Device, most: int = 64) -> int:
    """Count the commands that a perfect player needs from here, ``complete`` included."""
    device = copy.deepcopy(device)
    for count in range(1, most):
        name, argument = task.next_step(device)
        if name == "complete":
            return count
        if name == "click":
            left, top, right, bottom = argument
            device.do(device.page.hit((left + right) / 2, (top + bottom) / 2, device.ui))
        elif name == "scroll":
            device.scroll(argument)
        elif name == "type":
            device.type(argument)
        else:
            device.do(Act(name))
    return most


def describe(screen: Screen, kind: str, number: int, wanted: str) -> str:
    """Write the instruction of a task whose goal is ``screen``."""
    if kind == "shows":
        assert screen.banner is not None
        icon, colour = screen.banner
        return f"Go to the screen that shows a large picture on {colour}: {icon.label}."
    if kind == "switch":
        way = "on" if wanted else "off"
        return f'Turn {way} "{screen.switches[number]}" on the screen "{screen.title}".'
    if kind == "icon":
        group = screen.icons if wanted == "open" else screen.dead
        return f'Press the icon "{group[number].label}".'
    if kind == "type":
        field = screen.fields[number]
        return f'On the screen "{screen.title}", type {wanted} into "{field}".'
    return f'Go to the screen "{screen.title}".'
