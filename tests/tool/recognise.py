"""Players' eyes for tests: what a picture shows, read off its pixels."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vl_envs.tool.emblems import CHARGES, COLOURS, FIELDS, _mask
from vl_envs.tool.world import WorldSource

Pixels = NDArray[np.float64]


def crop(picture: Image.Image, inside: NDArray[np.bool_]) -> Image.Image:
    """Cut to the box round the marked pixels."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return picture.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))


def features(kind: str, picture: Image.Image) -> Pixels:
    """Reduce a picture to what place, size and background do not change."""
    pixels = np.asarray(picture).astype(int)
    if kind == "constellation":
        # Lines are blue and stars of the figure bright; strangers are grey and faint.
        inside = (pixels[..., 2] - pixels[..., 0] > 55) | (pixels.sum(axis=2) > 600)
        small = crop(Image.fromarray((inside * 255).astype(np.uint8)), inside)
        side = max(small.size)
        square = Image.new("L", (side, side))
        square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
        grid = np.asarray(square.resize((16, 16), Image.Resampling.BOX)).astype(float).ravel()
        unit: Pixels = grid / np.linalg.norm(grid)
        return unit
    inside = np.abs(pixels - pixels[0, 0]).sum(axis=2) > 12
    cut = crop(picture, inside)
    shape = np.full(400, cut.width / cut.height)  # many copies: proportions should weigh
    if kind == "element":
        dark = np.asarray(cut).min(axis=2) < 60
        return (
            np.asarray(
                Image.fromarray((dark * 255).astype(np.uint8)).resize(
                    (90, 50), Image.Resampling.BOX
                )
            )
            .astype(float)
            .ravel()
        )
    tiny = np.asarray(cut.resize((48, 32), Image.Resampling.BOX)).astype(float)
    return np.concatenate([tiny.ravel(), shape * 20])


@cache
def templates(kind: str) -> tuple[tuple[str, ...], Pixels]:
    """One picture of each subject; several of a constellation, for its tilts."""
    source = WorldSource(kinds=(kind,))
    copies = 40 if kind == "constellation" else 1
    names, rows = [], []
    for subject in source.subjects():
        for seed in range(copies):
            names.append(subject)
            rows.append(features(kind, source.draw(subject, np.random.default_rng([seed, 7]))))
    return tuple(names), np.stack(rows)


def recognise(kind: str, picture: Image.Image) -> str:
    """Name the subject whose template is nearest."""
    names, rows = templates(kind)
    return names[int(((rows - features(kind, picture)) ** 2).sum(axis=1).argmin())]


@cache
def _templates() -> tuple[list[str], NDArray[np.float32]]:
    axis = np.linspace(-1, 1, 32, dtype=np.float32)
    masks = [_normalised(_mask(charge, axis[None, :], axis[:, None])) for charge in CHARGES]
    return list(CHARGES), np.stack(masks)


def _normalised(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Cut a mask to its bounding box and scale it to 24 x 24."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.asarray(Image.fromarray(cut.astype(np.uint8) * 255).resize((24, 24)), np.float32)


def recognise_emblem(picture: NDArray[np.uint8], source: Any) -> tuple[str, str, str]:
    """Say (colour, charge, field) by nearest colours and nearest outline."""
    colours, charges, fields = source._axes()
    border = np.median(
        np.concatenate([picture[:3].reshape(-1, 3), picture[:, :3].reshape(-1, 3)]), 0
    )
    field = min(fields, key=lambda name: np.abs(np.array(FIELDS[name]) - border).sum())
    mask = np.abs(picture.astype(int) - border.astype(int)).sum(2) > 90
    paint = np.median(picture[mask], 0) if mask.any() else border
    colour = min(colours, key=lambda name: np.abs(np.array(COLOURS[name]) - paint).sum())
    names, templates = _templates()
    outline = _normalised(mask) if mask.any() else np.zeros((24, 24), np.float32)
    distance = np.abs(templates - outline).mean((1, 2))
    return colour, min(charges, key=lambda name: distance[names.index(name)]), field
