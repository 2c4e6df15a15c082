"""Shapes: boxes, lathed profiles, tubes and plates, gathered in a `Mesh`.

A model stands with the middle of its bottom at the origin. Who looks at it stands at -y: x is to
the right, y away from the viewer, z up. Light is baked into the colours of the corners, for that
viewer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int32]
Colour: TypeAlias = "str | tuple[float, ...]"
Point: TypeAlias = tuple[float, float, float]

POSITION, NORMAL, COLOUR, UV = slice(0, 3), slice(3, 6), slice(6, 10), slice(10, 12)
GLOSS, SHADED = 12, 13
COLUMNS = 14

LIGHT = np.array((-0.34, -0.62, 0.78)) / math.sqrt(0.34**2 + 0.62**2 + 0.78**2)
GLANCE = np.array((-0.2, -0.83, 0.8)) / math.sqrt(0.2**2 + 0.83**2 + 0.8**2)
TILE = 0.5
"""Metres of one repeat of a texture."""


@lru_cache(maxsize=1024)
def rgba(colour: Colour) -> tuple[float, float, float, float]:
    """Return a colour, given as ``#rrggbb``, ``#rrggbbaa`` or 3 or 4 numbers in 0..1."""
    if isinstance(colour, str):
        digits = colour.lstrip("#")
        colour = tuple(int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2))
    red, green, blue, alpha = (*colour, 1.0)[:4]
    return red, green, blue, alpha


def mix(one: Colour, other: Colour, share: float) -> tuple[float, ...]:
    """Return a colour between two, ``share`` of it from the ``other``."""
    pairs = zip(rgba(one), rgba(other), strict=True)
    return tuple(a * (1 - share) + b * share for a, b in pairs)


def rotation(turn: float = 0, tilt: float = 0, roll: float = 0) -> Floats:
    """Return the matrix that rolls about y, then tilts about x, then turns about z (degrees)."""
    t, p, r = map(math.radians, (turn, tilt, roll))
    about_z = np.array([[math.cos(t), -math.sin(t), 0], [math.sin(t), math.cos(t), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(p), -math.sin(p)], [0, math.sin(p), math.cos(p)]])
    about_y = np.array([[math.cos(r), 0, math.sin(r)], [0, 1, 0], [-math.sin(r), 0, math.cos(r)]])
    return np.asarray(about_z @ about_x @ about_y)


class Mesh:
    """Triangles with colours, by texture and transparency.

    Attributes:
        parts: (name of the texture or "", transparent) -> pieces (corners, triangles).
    """

    def __init__(self) -> None:
        self.parts: dict[tuple[str, bool], list[tuple[Floats, Ints]]] = {}

    def piece(
        self,
        points: Any,
        normals: Any,
        triangles: Any,
        colour: Colour | Floats,
        *,
        uv: Any = 0.0,
        tex: str = "",
        gloss: float = 0.0,
        glow: bool = False,
    ) -> Mesh:
        """Add corners with their normals, and triangles (counter-clockwise from outside)."""
        points = np.asarray(points, float)
        corners = np.zeros((len(points), COLUMNS))
        corners[:, POSITION] = points
        corners[:, NORMAL] = normals
        corners[:, COLOUR] = rgba(colour) if not isinstance(colour, np.ndarray) else colour
        corners[:, UV] = uv
        corners[:, GLOSS] = gloss
        corners[:, SHADED] = not glow
        key = (tex, bool((corners[:, 9] < 1).any()))
        self.parts.setdefault(key, []).append((corners, np.asarray(triangles, np.int32)))
        return self

    def quad(self, *corners: Point, colour: Colour, uv: Any = None, **look: Any) -> Mesh:
        """Add four corners, counter-clockwise for who sees them; a texture fills them once."""
        (x, y, z), (x1, y1, z1), _, (x2, y2, z2) = corners
        a, b, c = x1 - x, y1 - y, z1 - z
        d, e, f = x2 - x, y2 - y, z2 - z
        # By hand: NumPy takes forty times as long for a single cross product.
        across = b * f - c * e, c * d - a * f, a * e - b * d
        long = math.hypot(*across) or 1.0
        normal = [part / long for part in across]
        uv = ((0, 0), (1, 0), (1, 1), (0, 1)) if uv is None else uv
        return self.piece(corners, normal, ((0, 1, 2), (0, 2, 3)), colour, uv=uv, **look)

    def box(
        self,
        at: Point,
        size: Point,
        colour: Colour,
        *,
        skip: str = "",
        taper: float = 1,
        **look: Any,
    ) -> Mesh:
        """Add a box: middle of its bottom, size; ``skip`` leaves out faces (of ``lrfbtu``).

        The letters: left, right, front, back, top, under. ``taper`` scales the top.
        """
        (x, y, z), (w, d, h) = at, size
        k = taper
        low = [(x + i * w / 2, y + j * d / 2, z) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        top = [
            (x + i * w * k / 2, y + j * d * k / 2, z + h)
            for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        faces = {
            "f": ((low[0], low[1], top[1], top[0]), w, h),
            "r": ((low[1], low[2], top[2], top[1]), d, h),
            "b": ((low[2], low[3], top[3], top[2]), w, h),
            "l": ((low[3], low[0], top[0], top[3]), d, h),
            "t": ((top[0], top[1], top[2], top[3]), w, d),
            "u": ((low[3], low[2], low[1], low[0]), w, d),
        }
        for letter, (corners, across, up) in faces.items():
            if letter not in skip:
                u, v = across / TILE, up / TILE
                self.quad(*corners, colour=colour, uv=((0, 0), (u, 0), (u, v), (0, v)), **look)
        return self

    def lathe(
        self,
        profile: Sequence[tuple[float, float]],
        colour: Colour | Sequence[Colour],
        *,
        n: int = 10,
        at: Point = (0, 0, 0),
        smooth: bool = False,
        squash: float = 1,
        **look: Any,
    ) -> Mesh:
        """Turn a profile of (radius, height) about the upright axis, from below up the outside.

        ``colour`` is one for all or one for each segment; ``squash`` scales the depth.
        """
        rz = np.array(profile, float)
        step = np.diff(rz, axis=0)
        out = np.stack((step[:, 1], -step[:, 0]), 1)
        out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
        ends = np.stack((out, out), 1)
        if smooth:
            inner = out[:-1] + out[1:]
            inner /= np.maximum(np.linalg.norm(inner, axis=1, keepdims=True), 1e-9)
            ends[:-1, 1], ends[1:, 0] = inner, inner
        angle = (np.arange(n + 1) / n + 0.5 / n) * 2 * math.pi
        cos, sin = np.cos(angle), np.sin(angle) * squash
        many = isinstance(colour, (list, tuple)) and isinstance(colour[0], (str, tuple))
        for i in range(len(step)):
            rings, normals = [], []
            for r, z, (nr, nz) in zip(rz[i : i + 2, 0], rz[i : i + 2, 1], ends[i], strict=True):
                rings.append(np.stack((r * cos, r * sin, np.full(n + 1, z)), 1))
                normals.append(np.stack((nr * cos, nr * np.sin(angle), np.full(n + 1, nz)), 1))
            low, high = np.arange(n), np.arange(n) + n + 1
            lower = np.stack((low, low + 1, high + 1), 1)[: n if rz[i, 0] > 1e-9 else 0]
            upper = np.stack((low, high + 1, high), 1)[: n if rz[i + 1, 0] > 1e-9 else 0]
            self.piece(
                np.concatenate(rings) + np.array(at),
                np.concatenate(normals),
                np.concatenate((lower, upper)),
                colour[i % len(colour)] if many else colour,  # type: ignore[arg-type]
                **look,
            )
        return self

    def ball(
        self, r: float, colour: Colour, *, at: Point = (0, 0, 0), flat: float = 1, **look: Any
    ) -> Mesh:
        """Add a sphere with its middle at a point; ``flat`` scales its height."""
        rings = look.pop("rings", 6)
        turns = [math.pi * (i / rings - 0.5) for i in range(rings + 1)]
        profile = [(abs(r * math.cos(t)) + 0.0, r * flat * math.sin(t)) for t in turns]
        profile[0], profile[-1] = (0, -r * flat), (0, r * flat)
        return self.lathe(profile, colour, at=at, smooth=True, **look)

    def rod(
        self, r: float, h: float, colour: Colour, *, at: Point = (0, 0, 0), **look: Any
    ) -> Mesh:
        """Add an upright cylinder with a top: middle of its bottom."""
        return self.lathe([(0, 0), (r, 0), (r, h), (0, h)], colour, at=at, **look)

    def tube(
        self, points: Sequence[Point], r: float, colour: Colour, *, n: int = 6, **look: Any
    ) -> Mesh:
        """Add a bent rod through points."""
        path = np.array(points, float)
        ahead = np.gradient(path, axis=0)
        ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
        side = np.cross(ahead[0], (0.31, 0.95, 0.11))
        rings, normals = [], []
        angle = np.arange(n) / n * 2 * math.pi
        for point, way in zip(path, ahead, strict=True):
            side = side - way * (side @ way)
            side /= np.linalg.norm(side)
            normal = np.outer(np.cos(angle), side) + np.outer(np.sin(angle), np.cross(way, side))
            rings.append(point + r * normal)
            normals.append(normal)
        triangles: list[tuple[int, int, int]] = []
        for i in range(len(path) - 1):
            for j in range(n):
                a, b = i * n + j, i * n + (j + 1) % n
                triangles += [(a, b, b + n), (a, b + n, a + n)]
        last = (len(path) - 1) * n
        for j in range(1, n - 1):
            triangles += [(0, j + 1, j), (last, last + j, last + j + 1)]
        return self.piece(np.concatenate(rings), np.concatenate(normals), triangles, colour, **look)

    def plate(
        self,
        outline: Sequence[tuple[float, float]],
        z: float,
        h: float,
        colour: Colour,
        **look: Any,
    ) -> Mesh:
        """Add a lying plate: its outline (counter-clockwise, convex), bottom and thickness."""
        edge = np.array(outline, float)
        n = len(edge)
        top = np.c_[edge, np.full(n, z + h)]
        fan = [(0, i, i + 1) for i in range(1, n - 1)]
        uv = (edge - edge.min(0)) / np.maximum(np.ptp(edge, axis=0), 1e-9)
        self.piece(top, (0, 0, 1), fan, colour, uv=uv, **look)
        if h:
            for i in range(n):
                (a, b), (c, d) = edge[i], edge[(i + 1) % n]
                self.quad((a, b, z), (c, d, z), (c, d, z + h), (a, b, z + h), colour=colour, **look)
        return self

    def put(
        self,
        other: Mesh,
        at: Point = (0, 0, 0),
        *,
        scale: float | Point = 1,
        turn: float = 0,
        tilt: float = 0,
        roll: float = 0,
    ) -> Mesh:
        """Add another mesh: scaled, rolled about y, tilted about x, turned about z, moved."""
        matrix = rotation(turn, tilt, roll)
        factor = np.broadcast_to(np.asarray(scale, float), (3,))
        for key, pieces in other.parts.items():
            for corners, triangles in pieces:
                moved = corners.copy()
                moved[:, POSITION] = (corners[:, POSITION] * factor) @ matrix.T + np.array(at)
                normals = corners[:, NORMAL] / factor
                normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
                moved[:, NORMAL] = normals @ matrix.T
                self.parts.setdefault(key, []).append((moved, triangles))
        return self

    def tinted(self, colour: Colour, share: float) -> Mesh:
        """Return a copy, mixed with a colour."""
        goal = np.array(rgba(colour)[:3])
        other = Mesh().put(self)
        for pieces in other.parts.values():
            for corners, _ in pieces:
                corners[:, 6:9] += (goal - corners[:, 6:9]) * share
        return other

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest x, y and z of what is not transparent, if any is."""
        solid = [p for key, ps in self.parts.items() if not key[1] for p, _ in ps]
        points = np.concatenate(solid or [p for ps in self.parts.values() for p, _ in ps])
        return points[:, POSITION].min(0), points[:, POSITION].max(0)

    def baked(self) -> list[tuple[str, bool, NDArray[np.void], Ints]]:
        """Return (texture, transparent, corners as bytes for the card, triangles) of each part."""
        found = []
        for (tex, clear), pieces in self.parts.items():
            offset, triangles = 0, []
            for corners, faces in pieces:
                triangles.append(faces + offset)
                offset += len(corners)
            corners = np.concatenate([corners for corners, _ in pieces])
            out = np.zeros(len(corners), [("v", "<f4", 3), ("c", "u1", 4), ("t", "<f4", 2)])
            out["v"] = corners[:, POSITION]
            out["c"] = np.round(_lit(corners) * 255)
            out["t"] = corners[:, UV]
            found.append((tex, clear, out, np.concatenate(triangles).astype(np.int32)))
        return found


def _lit(corners: Floats) -> Floats:
    """Return the colours with light from above, left and behind the viewer."""
    normal = corners[:, NORMAL]
    shade = 0.56 + 0.44 * np.maximum(normal @ LIGHT, 0) + 0.07 * normal[:, 2]
    shine = corners[:, GLOSS] * np.maximum(normal @ GLANCE, 0) ** 18
    shaded = corners[:, 6:9] * shade[:, None] + shine[:, None]
    keep = corners[:, SHADED, None]
    colours = np.concatenate((corners[:, 6:9] * (1 - keep) + shaded * keep, corners[:, 9:10]), 1)
    lit: Floats = np.clip(colours, 0, 1)
    return lit
