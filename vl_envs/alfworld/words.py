"""Every word that a household episode can show or ask for, for models that learn their words."""

from __future__ import annotations

from collections.abc import Iterable

from vl_envs.alfworld.engine import HELP, NOTHING, WELCOME
from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.homes import MOST_NUMBERED

_SENTENCES = (
    "You are in the middle of a room. Looking quickly around you, you see a , and nothing.",
    "You are facing the . Next to it, you see nothing.",
    "You arrive at . On the , you see a . The is closed. The is open. In it, you see",
    "You open the . You close the . You look at the . You pick up the from the .",
    "You move the to the .",
    "You heat the using the . You clean the . You cool the . You turn on the .",
    "You sliced the with the . You are carrying: a . You are not carrying anything.",
    "This is a normal . This is a hot and clean sliced . This is a cool cold .",
    "There's nothing special about . Your task is to: .",
    "put a clean hot cool in some on . find two and put them in . clean some and put it in .",
    "heat some cool some look at under the examine the with the .",
    "go to open close take from move heat with slice use inventory look help examine",
)


def household_words() -> Iterable[str]:
    """Give texts that together hold every word of ALFWorld's sentences, names and wishes."""
    yield from (WELCOME, NOTHING, HELP, *_SENTENCES)
    yield " ".join(sorted(kind.lower() for kind in {*FACTS.receptacles, *FACTS.things}))
    yield " ".join(map(str, range(1, MOST_NUMBERED + 1)))
