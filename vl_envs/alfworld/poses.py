"""Where an agent stands to look at furniture: before its front, with nothing in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import atan2, cos, degrees, hypot, radians, sin

import numpy as np
import numpy.typing as npt

from vl_envs.alfworld.house import Layout, Placed, Pose

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EYE = 1.5
MARGIN = 0.2
"""Metres between the eye and walls or furniture."""
FLAT = ("Rug", "Window", "Door", "Painting", "Mirror")
"""Fixtures that hide nothing."""
ENCLOSED = ("Cabinet", "Fridge", "Microwave", "Safe", "CoffeeMachine", "Toaster")
"""One looks at their front, at the others' tops."""
PULLED = 0.28
"""Metres that an open drawer comes out."""
CHUNK = 12
FREE_STANDING = ("DiningTable", "CoffeeTable")
"""They have no front: one may stand at any side."""


def spans(placed: Placed) -> tuple[float, float]:
    """Return how far furniture reaches along x and along y."""
    turned = round(placed.yaw / 90) % 2
    return (placed.depth, placed.width) if turned else (placed.width, placed.depth)


def boxes_of(places: Sequence[Placed]) -> Array:
    """Return boxes as [n, 2, 3]: their lowest and their highest corner."""
    rows = []
    for p in places:
        sx, sy = spans(p)
        low = (p.x - sx / 2, p.y - sy / 2, p.z)
        rows.append((low, (p.x + sx / 2, p.y + sy / 2, p.z + p.height)))
    return np.array(rows, dtype=np.float64).reshape(-1, 2, 3)


def shown_of(kind: str, placed: Placed) -> Placed:
    """Return the part of furniture that one wants to see: of a drawer, how far it is pulled out."""
    yaw = radians(placed.yaw)
    if kind == "Drawer":
        ahead, deep = (placed.depth + PULLED) / 2, PULLED
    elif kind in ENCLOSED:
        ahead, deep = placed.depth / 2, 0.0
    else:
        return placed
    return replace(placed, x=placed.x - sin(yaw) * ahead, y=placed.y + cos(yaw) * ahead, depth=deep)


def target_of(kind: str, placed: Placed) -> tuple[float, float, float]:
    """Return the point of furniture to look at."""
    part = 0.5 if kind in ENCLOSED else 0.8 if kind in ("Drawer", "Shelf") else 1.0
    if kind in ("Sofa", "ArmChair", "Bed"):
        part = 0.55
    shown = shown_of(kind, placed) if kind == "Drawer" else placed
    return shown.x, shown.y, placed.z + part * placed.height


def _blocking(layout: Layout, seen: Sequence[int]) -> Array:
    """Return the boxes that may hide some furniture: all but it, and what it is built into."""
    places = [placed for i, placed in enumerate(layout.placed) if i not in seen]
    places += [placed for kind, placed in layout.fixtures if kind not in FLAT]
    boxes = boxes_of(places)
    for i in seen:
        own = boxes_of([layout.placed[i]])[0]
        shared = np.minimum(boxes[:, 1], own[1]) - np.maximum(boxes[:, 0], own[0])
        volume = np.prod(np.clip(shared, 0, None), axis=1)
        boxes = boxes[volume < 0.3 * np.prod(own[1] - own[0])]
    return boxes


def _hidden(eyes: Array, points: Array, boxes: Array) -> Array:
    """Return for each eye [n, 3] the share of points [m, 3] that boxes hide from it."""
    if not len(boxes):
        return np.zeros(len(eyes))
    start, way = eyes[:, None, None, :], (points[None, :] - eyes[:, None])[:, :, None, :]
    way = np.where(np.abs(way) < 1e-9, 1e-9, way)
    a, b = (boxes[:, 0] - start) / way, (boxes[:, 1] - start) / way
    enter = np.minimum(a, b).max(axis=-1)
    leave = np.maximum(a, b).min(axis=-1)
    hit = (enter < leave) & (leave > 0) & (enter < 0.97)
    share: Array = hit.any(axis=-1).mean(axis=-1)
    return share


def _within(eyes: Array, boxes: Array, margin: float) -> Flags:
    """Tell for each eye whether it is above or in furniture that stands on the floor."""
    standing = boxes[boxes[:, 0, 2] < 1.2]
    low, high = standing[:, 0, :2] - margin, standing[:, 1, :2] + margin
    at = eyes[:, None, :2]
    inside: Flags = np.logical_or.reduce(((at > low) & (at < high)).all(axis=-1), axis=-1)
    return inside


def _aim(eye: Array, target: Sequence[float]) -> Pose:
    """Look from an eye at a point."""
    x, y, z = (round(float(e), 3) for e in eye)
    dx, dy, dz = target[0] - x, target[1] - y, target[2] - z
    yaw = round(degrees(atan2(-dx, dy)), 2) % 360
    pitch = degrees(atan2(dz, hypot(dx, dy)))
    return Pose(x, y, z, yaw, round(pitch, 2))


def pose_before(layout: Layout, kind: str, index: int) -> Pose:
    """Find the best place to look at one receptacle from."""
    placed = layout.placed[index]
    target = target_of(kind, placed)
    distance = float(np.clip(0.55 + 0.35 * max(placed.width, placed.height), 0.8, 1.4))
    height = EYE if target[2] > 0.5 else 1.35
    if kind in ENCLOSED and target[2] < 1.2:
        # One bends down to look into it.
        height = max(1.0, target[2] + 0.35)
    sides = range(4) if kind in FREE_STANDING else range(1)
    side, d, across = (
        axis.ravel()
        for axis in np.meshgrid(sides, np.arange(0.5, 2.6, 0.1), np.arange(-0.9, 0.91, 0.15))
    )
    yaw = np.radians(placed.yaw + 90 * side)
    away = d + np.where(side % 2, placed.width, placed.depth) / 2
    x = placed.x - np.sin(yaw) * away + np.cos(yaw) * across
    y = placed.y + np.cos(yaw) * away + np.sin(yaw) * across
    eyes = np.stack([x, y, np.full_like(x, height)], axis=1)
    costs = 2 * np.abs(d - distance) + np.abs(across) + 0.01 * side
    return _best(layout, eyes, costs, [index], [shown_of(kind, placed)], target)


def pose_before_all(layout: Layout, kinds: Sequence[str], indices: Sequence[int]) -> Pose:
    """Find the best place to look at several receptacles from."""
    targets = np.array([target_of(kinds[i], layout.placed[i]) for i in indices])
    target = targets.mean(axis=0)
    spread = float(np.abs(targets[:, :2] - target[:2]).max())
    fronts = [radians(layout.placed[i].yaw) for i in indices]
    front = np.array([-sum(map(sin, fronts)), sum(map(cos, fronts))]) / len(indices)
    grid = [
        (x, y, EYE)
        for x in np.arange(MARGIN, layout.width - MARGIN, 0.15)
        for y in np.arange(MARGIN, layout.depth - MARGIN, 0.15)
    ]
    eyes = np.array(grid)
    ways = eyes[:, :2] - target[:2]
    far = np.hypot(*ways.T)
    costs = np.abs(far - max(1.2, 0.5 + 1.2 * spread)) + 1 - (ways @ front) / np.maximum(far, 0.1)
    shown = [shown_of(kinds[i], layout.placed[i]) for i in indices]
    return _best(layout, eyes, costs, indices, shown, target.tolist())


def _best(
    layout: Layout,
    eyes: Array,
    costs: Array,
    seen: Sequence[int],
    shown: Sequence[Placed],
    target: Sequence[float],
) -> Pose:
    """Return the cheapest eye, where hiding costs much and standing in furniture costs more."""
    inside = (
        (eyes[:, 0] >= MARGIN)
        & (eyes[:, 0] <= layout.width - MARGIN)
        & (eyes[:, 1] >= MARGIN)
        & (eyes[:, 1] <= layout.depth - MARGIN)
    )
    if inside.any():
        eyes, costs = eyes[inside], costs[inside]
    else:
        low, high = [MARGIN, MARGIN, 0], [layout.width - MARGIN, layout.depth - MARGIN, 9]
        eyes = np.clip(eyes, low, high)
    points = [target]
    for (w, s, _), (e, n, _) in boxes_of(shown).tolist():
        x, y = (w + e) / 2, (s + n) / 2
        points += [
            (x + i * (e - w) * 0.35, y + j * (n - s) * 0.35, target[2])
            for i in (-1, 1)
            for j in (-1, 1)
        ]
    every = boxes_of(
        [*layout.placed, *(placed for kind, placed in layout.fixtures if kind not in FLAT)]
    )
    costs = costs + 20 * _within(eyes, every, 0.12)
    order = np.argsort(costs, kind="stable")
    boxes, best, found = _blocking(layout, seen), eyes[order[0]], np.inf
    # Cheapest first, a few at a time, until no other can be better.
    for chunk in np.split(order, range(CHUNK, len(order), CHUNK)):
        if costs[chunk[0]] >= found:
            break
        total = costs[chunk] + 4 * _hidden(eyes[chunk], np.array(points), boxes)
        if total.min() < found:
            found, best = float(total.min()), eyes[chunk][int(total.argmin())]
    return _aim(best, target)


def middle_pose(layout: Layout) -> Pose:
    """Find a place near the middle of the room from which one sees the most furniture."""
    every = boxes_of(
        [*layout.placed, *(placed for kind, placed in layout.fixtures if kind not in FLAT)]
    )
    eyes = np.array(
        [
            (x, y, EYE)
            for x in np.arange(0.3, layout.width - 0.25, 0.2)
            for y in np.arange(0.3, layout.depth - 0.25, 0.2)
        ]
    )
    free = eyes[~_within(eyes, every, 0.25)]
    eyes = free if len(free) else eyes
    middles = np.array([(p.x, p.y) for p in layout.placed]).reshape(-1, 2)
    ways = middles[None] - eyes[:, None, :2]
    far = np.hypot(ways[..., 0], ways[..., 1])
    off = np.hypot(eyes[:, 0] - layout.width / 2, eyes[:, 1] - layout.depth / 2)
    best, chosen = -np.inf, (0, 0.0)
    for yaw in range(0, 360, 45):
        ahead = -sin(radians(yaw)) * ways[..., 0] + cos(radians(yaw)) * ways[..., 1]
        seen = (ahead > 0.75 * far) & (far > 1.2)
        score = seen.sum(axis=1) / max(1, len(middles)) - 0.1 * off
        if score.max() > best:
            best, chosen = float(score.max()), (int(score.argmax()), float(yaw))
    x, y, z = eyes[chosen[0]].tolist()
    return Pose(round(x, 3), round(y, 3), z, chosen[1], -14.0)
