"""Kind of a thing -> its model in metres: whole or sliced, hot, cool, clean, lit, hung."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vl_envs.alfworld.rendering.effects import bubbles, frost, shadow, sparkle, steam
from vl_envs.alfworld.rendering.mesh import Mesh
from vl_envs.alfworld.rendering.things_bath import BATH, HUNG
from vl_envs.alfworld.rendering.things_kitchen import KITCHEN, SLICED
from vl_envs.alfworld.rendering.things_lamps import LAMPS, LIT
from vl_envs.alfworld.rendering.things_rooms import ROOMS

MODELS = {**KITCHEN, **ROOMS, **BATH, **LAMPS}

LARGER = {
    "AlarmClock": 1.5,
    "Apple": 1.9,
    "BaseballBat": 1.05,
    "BasketBall": 1.2,
    "Book": 1.35,
    "Bowl": 1.35,
    "Box": 1.1,
    "Bread": 1.5,
    "ButterKnife": 1.35,
    "CD": 1.7,
    "Candle": 1.6,
    "CellPhone": 1.7,
    "Cloth": 1.5,
    "CreditCard": 2.2,
    "Cup": 1.6,
    "DeskLamp": 1.25,
    "DishSponge": 1.7,
    "Egg": 2.1,
    "FloorLamp": 1.0,
    "Fork": 1.35,
    "Glassbottle": 1.25,
    "Kettle": 1.25,
    "KeyChain": 1.9,
    "Knife": 1.15,
    "Ladle": 1.4,
    "Laptop": 1.1,
    "Lettuce": 1.35,
    "Mug": 1.6,
    "Newspaper": 1.2,
    "Pan": 1.25,
    "PaperTowel": 1.4,
    "PaperTowelRoll": 1.15,
    "Pen": 1.45,
    "Pencil": 1.45,
    "PepperShaker": 1.8,
    "Pillow": 1.25,
    "Plate": 1.2,
    "Plunger": 1.2,
    "Pot": 1.15,
    "Potato": 1.9,
    "RemoteControl": 1.45,
    "SaltShaker": 1.8,
    "SoapBar": 1.7,
    "SoapBottle": 1.4,
    "Spatula": 1.35,
    "Spoon": 1.35,
    "SprayBottle": 1.35,
    "Statue": 1.4,
    "TeddyBear": 1.35,
    "TennisRacket": 1.15,
    "TissueBox": 1.35,
    "ToiletPaper": 1.45,
    "ToiletPaperRoll": 1.6,
    "Tomato": 1.8,
    "Towel": 1.15,
    "HandTowel": 1.3,
    "Vase": 1.2,
    "Watch": 2.3,
    "WateringCan": 1.15,
    "WineBottle": 1.2,
}
"""How many times its size a thing is drawn: a real fork would be three pixels wide."""
HUNG_LARGER = {
    "Towel": 1.0,
    "HandTowel": 1.0,
    "Cloth": 1.2,
    "ToiletPaper": 1.3,
    "ToiletPaperRoll": 1.4,
}
BESIDE = frozenset({"FloorLamp"})
"""Kinds that stand on the floor beside their receptacle."""
CLEAN, HOT, COOL, CUT, ON = 1, 2, 4, 8, 16
"""How a thing is, as bits."""


@dataclass(frozen=True)
class Body:
    """A model of a thing and its size in metres.

    Attributes:
        mesh: in metres; the middle of its bottom is the origin (of its upper edge, if it hangs).
        wide: across, seen from the front.
        deep: from front to back.
        high: from bottom to top.
    """

    mesh: Mesh
    wide: float
    deep: float
    high: float


@lru_cache(maxsize=512)
def body(kind: str, cut: bool = False, lit: bool = False, hung: bool = False) -> Body:
    """Return the model of a kind; a crate with a question for a kind that is not known here."""
    hangs = hung and kind in HUNG
    make = MODELS.get(kind, _unknown)
    if cut:
        make = SLICED.get(kind, make)
    if lit:
        make = LIT.get(kind, make)
    if hangs:
        make = HUNG[kind]
    raw = Mesh()
    make(raw)
    low, high = raw.bounds()
    middle = (low + high) / 2
    at = (0, 0, 0) if hangs else (-middle[0], -middle[1], -low[2])
    factor = 0.01 * (HUNG_LARGER[kind] if hangs else LARGER.get(kind, 1.3))
    x, y, z = (factor * float(c) for c in at)
    mesh = Mesh().put(raw, (x, y, z), scale=factor)
    wide, deep, tall = factor * (high - low)
    return Body(mesh, float(wide), float(deep), float(tall))


def _unknown(m: Mesh) -> None:
    """Draw a plain parcel."""
    m.box((0, 0, 0), (12, 10, 9), "#8f7fb0").box((0, -5.05, 0), (2, 0.1, 9), "#f0e6c8")
    m.box((0, 0, 9), (2, 10, 0.1), "#f0e6c8").box((0, 0, 9), (12, 2, 0.12), "#f0e6c8")


def drawn(kind: str, how: int, hung: bool = False, *, held: bool = False) -> Mesh:
    """Return a thing with all that shows how it is; ``how`` adds up the bits of this module.

    What hangs or is ``held`` throws no shadow below it.
    """
    it = body(kind, bool(how & CUT), bool(how & ON), hung)
    hangs = hung and kind in HUNG
    mesh = it.mesh
    if how & COOL:
        mesh = mesh.tinted("#a9dcff", 0.36)
    elif how & HOT:
        mesh = mesh.tinted("#ff7a3a", 0.16)
    whole = Mesh()
    if not hangs and not held:
        shadow(whole, it.wide, it.deep)
    whole.put(mesh)
    span = (it.wide, it.deep, it.high)
    effects = Mesh()
    if how & HOT:
        steam(effects, span)
    if how & COOL:
        frost(effects, span)
    if how & CLEAN:
        sparkle(effects, span)
        bubbles(effects, span)
    lift = float(np.round(-it.high, 6)) if hangs else 0.0
    return whole.put(effects, (0, 0, lift))
