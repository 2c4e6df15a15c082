"""What shows how a thing is: steam, frost, sparkles; its shadow; the hand that holds it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vl_envs.alfworld.rendering.mesh import Mesh

Span = tuple[float, float, float]
"""Width, depth and height of a thing, in metres."""


def shadow(m: Mesh, wide: float, deep: float) -> None:
    """Add a dark patch on what the thing stands on, darkest in the middle."""
    n = 10
    points, colours = [(0.0, 0.0, 0.004)], [(0.0, 0.0, 0.0, 0.42)]
    for grow, alpha in ((0.38, 0.36), (0.64, 0.0)):
        for i in range(n):
            a = 2 * math.pi * i / n
            points.append((math.cos(a) * wide * grow, math.sin(a) * deep * grow, 0.004))
            colours.append((0.0, 0.0, 0.0, alpha))
    triangles = []
    for i in range(n):
        j = (i + 1) % n
        triangles.append((0, 1 + i, 1 + j))
        triangles += [(1 + i, 1 + n + i, 1 + n + j), (1 + i, 1 + n + j, 1 + j)]
    _blend(m, points, colours, triangles)


def _blend(
    m: Mesh,
    points: Sequence[Span],
    colours: Sequence[tuple[float, ...]],
    triangles: Sequence[tuple[int, int, int]],
) -> None:
    m.piece(points, (0, 0, 1), triangles, np.array(colours, float), glow=True)


def steam(m: Mesh, span: Span) -> None:
    """Add a warm glow below and three wavy white plumes above."""
    wide, deep, high = span
    r = max(0.09, wide * 0.75)
    glow = Mesh()
    glow.lathe([(r, 0.006), (0, 0.006)], (1.0, 0.42, 0.1, 0.5), n=12, glow=True)
    m.put(glow, scale=(1, max(0.09, deep * 0.75) / r, 1))
    size = max(0.13, min(0.24, high * 0.9 + 0.06))
    for x, lift, grow in ((-0.28, 0.0, 0.8), (0.02, 0.02, 1.0), (0.3, 0.0, 0.8)):
        _plume(m, x * max(wide, 0.14), high + lift - 0.01, size * grow)


def _plume(m: Mesh, x: float, z: float, tall: float) -> None:
    steps = 7
    points: list[Span] = []
    colours: list[tuple[float, ...]] = []
    for i in range(steps + 1):
        up = i / steps
        shift = tall * 0.16 * math.sin(2.2 * math.pi * up)
        half = tall * (0.07 + 0.06 * up)
        alpha = 0.85 * min(1, up * 4) * (1 - up) ** 0.7
        for side, a in ((-1.0, 0.0), (-0.45, alpha), (0.45, alpha), (1.0, 0.0)):
            points.append((x + shift + side * half, -0.01, z + up * tall))
            colours.append((0.97, 0.97, 1.0, a))
    triangles: list[tuple[int, int, int]] = []
    for i in range(steps):
        for j in range(3):
            a, b = 4 * i + j, 4 * i + j + 1
            triangles += [(a, b, b + 4), (a, b + 4, a + 4)]
    _blend(m, points, colours, triangles)


def frost(m: Mesh, span: Span) -> None:
    """Add a patch of ice below, crystals around and snow flakes beside the thing."""
    wide, deep, high = span
    across, along = max(0.1, wide * 0.62), max(0.09, deep * 0.62)
    ice = Mesh().lathe([(1, 0.005), (0, 0.005)], (0.82, 0.94, 1.0, 0.8), n=11, glow=True)
    m.put(ice, scale=(across * 1.1, along * 1.1, 1))
    for i in range(11):
        a = 2 * math.pi * i / 11 + 0.2
        spike = 0.022 + 0.016 * ((i * 5) % 3)
        crystal = Mesh().lathe([(0.3, 0), (0.22, 0.5), (0, 1)], ["#eafaff", "#b8e4ff"], n=4)
        at = (math.cos(a) * across * 0.92, math.sin(a) * along * 0.92, 0.004)
        m.put(crystal, at, scale=(spike, spike, spike * 1.5), tilt=18 * math.sin(a))
    size = max(0.024, min(0.042, 0.24 * max(wide, high)))
    half = max(wide, 0.1) / 2 + 0.5 * size
    for x, z, grow in ((1.0, 0.95, 1.0), (-1.0, 0.55, 1.0), (0.0, 1.0, 0.8)):
        lift = z * high + (1.1 * size if x == 0 else 0)
        _flake(m, x * half, -deep / 2 - 0.012, max(0.05, lift), size * grow)


def _flake(m: Mesh, x: float, y: float, z: float, r: float) -> None:
    for width, colour, near in ((0.3, "#3f8fd0", 0.0), (0.16, "#ffffff", 0.004)):
        for i in range(3):
            a = math.pi * i / 3 + math.pi / 2
            c, s = math.cos(a), math.sin(a)
            k = r * (1.1 if not near else 1.0)
            p = [
                (x + k * (i0 * c - j0 * width * s), y - near, z + k * (i0 * s + j0 * width * c))
                for i0, j0 in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
            m.quad(*p, colour=colour, glow=True)


def sparkle(m: Mesh, span: Span) -> None:
    """Add stars of four points, white with a golden edge, before and above the thing."""
    wide, deep, high = span
    size = max(0.045, min(0.085, 0.45 * max(wide, high)))
    places = ((-0.52, 0.95, 1.0), (0.5, 0.62, 0.75), (0.34, 1.12, 0.6))
    for x, z, grow in places:
        at = (x * max(wide, 0.09), -deep / 2 - 0.014, max(0.05, z * high))
        _star(m, at, size * grow)


def _star(m: Mesh, at: Span, r: float) -> None:
    x, y, z = at
    for k, near, colour in ((r, 0.0, "#f2b705"), (r * 0.66, 0.004, "#ffffff")):
        ring = []
        for i in range(8):
            a = math.pi / 4 * i
            reach = k if i % 2 == 0 else k * 0.26
            ring.append((x + reach * math.sin(a), y - near, z + reach * math.cos(a)))
        triangles = [(0, i + 1, (i + 1) % 8 + 1) for i in range(8)]
        triangles = [(a, c, b) for a, b, c in triangles]
        m.piece([(x, y - near, z), *ring], (0, -1, 0), triangles, colour, glow=True)


def bubbles(m: Mesh, span: Span) -> None:
    """Add soap bubbles at the foot of the thing."""
    wide, deep, _ = span
    for x, grow in ((-0.5, 1.0), (-0.3, 0.6), (0.45, 0.8)):
        r = 0.015 * grow
        m.ball(r, "#c5ecff", at=(x * max(wide, 0.08), -deep * 0.45 - r, r), n=7, rings=4, gloss=0.7)


def hand(m: Mesh) -> None:
    """Add a hand that comes from the lower right and holds what is at the origin (metres)."""
    skin, sleeve = "#e0a883", "#3a5a8c"
    m.tube([(0.16, -0.13, -0.22), (0.05, -0.02, -0.075)], 0.04, sleeve, n=8)
    m.tube([(0.075, -0.045, -0.105), (0.02, 0.0, -0.05)], 0.031, skin, n=8)
    m.put(Mesh().ball(0.045, skin, n=9, rings=5), (0.01, 0.005, -0.035), scale=(1.15, 1, 0.62))
    for i in range(4):
        y = -0.03 + 0.02 * i
        m.tube([(-0.005, y, -0.045), (-0.045, y, -0.035), (-0.058, y, -0.004)], 0.0105, skin, n=5)
    m.tube([(0.03, -0.02, -0.035), (0.055, -0.02, -0.012), (0.05, -0.015, 0.02)], 0.013, skin, n=5)
