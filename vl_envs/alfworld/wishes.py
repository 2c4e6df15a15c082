"""Which wishes make sense: nobody wants a hot egg in the sink."""

from __future__ import annotations

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES, CHANGES

WET = ("SinkBasin", "BathtubBasin")
NEVER = ("GarbageCan", "Toilet", *WET)
"""Where nothing goes that was cleaned, heated or cooled."""
SILLY = {
    "heat": ("Fridge",),
    "cool": ("Microwave",),
    "clean": (),
}
"""What is done first -> where the thing then does not go, beside `NEVER` and where it was done."""
KEPT = ("CellPhone", "CreditCard", "HandTowel", "KeyChain", "Knife", "Laptop", "Watch")
"""What nobody throws away or puts into water."""


def allowed(task: str, thing: str, receptacle: str) -> bool:
    """Tell whether a task makes sense with these kinds of thing and receptacle.

    A thing must be able to lie there, and be changed as the task says. Left out are

    - cleaned, hot or cool things in garbage cans, basins or on toilets;
    - things in the very appliance that changed them;
    - hot things in the fridge, cool ones in the microwave;
    - things of value in garbage cans and basins.
    """
    if thing not in FACTS.holds.get(receptacle, ()):
        return False
    change = CHANGES.get(task)
    if change is None:
        return thing not in KEPT or receptacle not in ("GarbageCan", *WET)
    able = {"clean": FACTS.cleanable, "heat": FACTS.heatable, "cool": FACTS.coolable}[change]
    silly = (*NEVER, *SILLY[change], APPLIANCES[change])
    return thing in able and receptacle not in silly
