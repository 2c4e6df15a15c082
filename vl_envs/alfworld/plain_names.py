"""Names without numbers: an agent that sees an apple cannot see that it is ``apple 2``.

Receptacles keep their numbers, for one goes to them by name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from vl_envs.alfworld.engine import Act, possible_acts, write
from vl_envs.alfworld.house import House, HouseState


@lru_cache(maxsize=256)
def _numbered_thing(kinds: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(sorted(kinds))}) \d+\b")


def without_numbers(house: House, text: str) -> str:
    """Take the numbers of things, not those of receptacles, out of a text."""
    kinds = frozenset(thing.name.rpartition(" ")[0] for thing in house.things)
    return _numbered_thing(kinds).sub(r"\1", text) if kinds else text


def read_plain(house: House, state: HouseState, text: str) -> Act | None:
    """Read a command whose things have no numbers: the first possible one that sounds so.

    Returns None where nothing that can be done now sounds so.
    """
    text = text.strip(" ")
    found = (act for act in possible_acts(house, state))
    return next((a for a in found if without_numbers(house, write(house, a)) == text), None)
