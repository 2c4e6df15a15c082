"""Lamps, dark and alight, in centimetres."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.alfworld.rendering.mesh import Mesh

SILVER = "#c3c9d0"


def desk_lamp(m: Mesh) -> None:
    """Draw a lamp with a bent arm and a cone of a shade."""
    _desk_lamp(m, "#31455f", "#f0ead8", glow=False)


def desk_lamp_lit(m: Mesh) -> None:
    """Draw the same lamp with a bright bulb and its light."""
    _desk_lamp(m, "#31455f", "#fff7c0", glow=True)


def _desk_lamp(m: Mesh, body: str, inner: str, *, glow: bool) -> None:
    m.lathe([(0, 0), (7, 0), (7, 1), (2, 2), (0, 2)], body, n=12, gloss=0.2)
    m.tube([(0, 0, 1.5), (-4.6, 0, 15), (2.5, 0, 27)], 0.75, SILVER)
    m.ball(1.2, body, at=(-4.6, 0, 15), n=6, rings=4)
    shade = [(7, 17.6), (1.9, 27.4), (0, 27.8)]
    m.lathe(shade, "#ffe27a" if glow else body, n=12, at=(5, 0, 0), glow=glow)
    m.lathe([(1.6, 26), (6.9, 17.6)][::-1], inner, n=12, at=(5, 0, 0.02), glow=glow)
    m.lathe([(6.9, 17.7), (0, 18.6)][::-1], inner, n=12, at=(5, 0, 0), glow=glow)
    m.ball(2, "#fffbe0" if glow else "#d8d8d0", at=(5, 0, 18), n=8, rings=5, glow=glow)
    if glow:
        cone(m, (5, 0, 17.4), 7, 15, 17)


def cone(m: Mesh, at: tuple[float, float, float], top: float, wide: float, h: float) -> None:
    """Add light that falls from a shade: see-through, brightest at the top."""
    x, y, z = at
    for grow, alpha in ((1.0, 0.26), (0.66, 0.3)):
        r, low = top * grow, wide * grow
        m.piece(
            [(x - low, y, z - h), (x + low, y, z - h), (x + r, y, z), (x - r, y, z)],
            (0, -1, 0),
            [(0, 1, 2), (0, 2, 3)],
            (1.0, 0.93, 0.45, alpha),
            glow=True,
        )
    m.lathe(
        [(wide, z - h + 0.3), (0, z - h + 0.3)], (1.0, 0.93, 0.5, 0.45), at=(x, y, 0), glow=True
    )


def floor_lamp(m: Mesh) -> None:
    """Draw a tall lamp: a drum of a shade on a pole."""
    _floor_lamp(m, "#c8b690", glow=False)


def floor_lamp_lit(m: Mesh) -> None:
    """Draw the same lamp with its shade alight."""
    _floor_lamp(m, "#fff3a8", glow=True)


def _floor_lamp(m: Mesh, shade: str, *, glow: bool) -> None:
    m.lathe([(0, 0), (14, 0), (14, 2), (3, 4), (0, 4)], "#4a3a2c", n=12)
    m.rod(1.4, 126, "#7a5f3f", n=6, at=(0, 0, 3))
    m.lathe([(20, 112), (14, 146), (13, 146), (19, 112)], shade, n=12, glow=glow)
    m.lathe([(13, 145), (0, 145)], "#fffbe0" if glow else "#9a8a6a", n=12, glow=glow)
    for z, r in ((113, 20.1), (143, 14.8)):
        m.lathe([(r, z), (r - 0.5, z + 2)], "#fffdf0" if glow else "#a4905f", n=12, glow=glow)
    if glow:
        cone(m, (0, 0, 111), 18, 44, 100)


LAMPS: dict[str, Callable[[Mesh], None]] = {"DeskLamp": desk_lamp, "FloorLamp": floor_lamp}
LIT: dict[str, Callable[[Mesh], None]] = {"DeskLamp": desk_lamp_lit, "FloorLamp": floor_lamp_lit}
