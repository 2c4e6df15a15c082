"""A player of Hanabi by rules, in the manner of human conventions.

Hints are given so that the newest card they touch can be played; who is hinted plays that card. One
plays what is surely playable, else follows a hint, else hints, else discards what is surely useless
or the oldest card of which nothing is known. It sees what its seat may see, and remembers nothing
but the other's last move.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from vl_envs.games.game import Game
from vl_envs.games.hanabi_table import COPIES, RANKS, Known, Table, table_of
from vl_envs.games.openspiel import OpenSpielGame


def by_rules(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Play by the rules above."""
    table = table_of(state, seat)
    options = [_may_be(card, table) for card in table.own]
    playable = [
        i for i, cards in enumerate(options) if cards and all(_fits(c, table) for c in cards)
    ]
    if playable:
        return f"(Play {playable[0]})"
    assert isinstance(game, OpenSpielGame)
    told = _told(game.said(state), seat, table)
    if told is not None and table.lives > 1 and any(_fits(card, table) for card in options[told]):
        return f"(Play {told})"
    if table.hints:
        hint = _hint(table)
        if hint is not None:
            return hint
    if table.hints < 8:
        return f"(Discard {_useless(table, options)})"
    return _any_hint(table)


def _may_be(known: Known, table: Table) -> list[str]:
    """List the cards that one may be, by its hints and by what lies open."""
    seen = [*table.discards, *(card.card for card in table.other)]
    seen += [f"{c}{rank}" for c, top in table.fireworks.items() for rank in RANKS[:top]]
    cards = ["".join(pair) for pair in product(known.colours, known.ranks)]
    return [card for card in cards if seen.count(card) < COPIES[card[1]]]


def _fits(card: str, table: Table) -> bool:
    return table.fireworks[card[0]] + 1 == int(card[1])


def _dead(card: str, table: Table) -> bool:
    """Tell whether a card can never be built any more."""
    colour, rank = card[0], int(card[1])
    below = range(table.fireworks[colour] + 1, rank)
    lost = any(table.discards.count(f"{colour}{r}") == COPIES[str(r)] for r in below)
    return table.fireworks[colour] >= rank or lost


def _touched(hand: list[Known], hint: str) -> list[int]:
    """Give the cards of a hand that a hint is about, from the oldest."""
    mark = hint[-2]
    return [i for i, known in enumerate(hand) if mark in known.card]


def _told(moves: list[tuple[int, str]], seat: int, table: Table) -> int | None:
    """Give the card that the other's last move, if it was a hint, tells this seat to play."""
    if not moves or moves[-1][0] == seat or "Reveal" not in moves[-1][1]:
        return None
    mark = moves[-1][1][-2]
    touched = [i for i, k in enumerate(table.own) if mark in (k.colours, k.ranks)]
    return touched[-1] if touched else None


def _hint(table: Table) -> str | None:
    """Find a hint whose newest card can be played; where several are found, the lowest rank."""
    found = []
    for kind, marks in (("rank", RANKS), ("color", "RYGWB")):
        for mark in marks:
            hint = f"(Reveal player +1 {kind} {mark})"
            touched = _touched(table.other, hint)
            if not touched:
                continue
            card = table.other[touched[-1]]
            new = sum(_is_news(table.other[i], mark) for i in touched)
            if new and _fits(card.card, table):
                found.append((int(card.card[1]), -new, hint))
    return min(found)[2] if found else None


def _is_news(known: Known, mark: str) -> bool:
    return mark not in (known.colours, known.ranks)


def _useless(table: Table, options: list[list[str]]) -> int:
    """Choose a card to discard: one that is surely dead, else the oldest without a hint."""
    for i, cards in enumerate(options):
        if cards and all(_dead(card, table) for card in cards):
            return i
    blank = [i for i, k in enumerate(table.own) if len(k.colours) > 1 and len(k.ranks) > 1]
    return (blank or [0])[0]


def _any_hint(table: Table) -> str:
    """Hint what harms least: the rank of the other's newest card, where it must not be played."""
    for known in table.other:
        if known.card[1] == "5":
            return "(Reveal player +1 rank 5)"
    return f"(Reveal player +1 rank {table.other[-1].card[1]})"
