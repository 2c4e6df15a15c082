"""What a player of Hanabi may know, read from OpenSpiel's text of it."""

from __future__ import annotations

from typing import Any, NamedTuple

COLOURS, RANKS, HAND = "RYGWB", "12345", 5
COPIES = {"1": 3, "2": 2, "3": 2, "4": 2, "5": 1}
"""Rank -> cards of it in each colour."""


class Known(NamedTuple):
    """A card as it is seen: ``R3`` or ``""``, and the colours and ranks that its holder knows."""

    card: str
    colours: str
    ranks: str


class Table(NamedTuple):
    """What a seat may know.

    Attributes:
        lives, hints, deck: tokens left, and cards in the deck.
        fireworks: colour -> highest rank that was built.
        own, other: both hands, from the oldest card.
        discards: cards in the discard pile.
    """

    lives: int
    hints: int
    deck: int
    fireworks: dict[str, int]
    own: list[Known]
    other: list[Known]
    discards: list[str]


def table_of(state: Any, seat: int) -> Table:
    """Read what a seat may know from OpenSpiel's text of it."""
    lines = state.observation_string(seat).split("\n")
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    hands: list[list[Known]] = [[]]
    for line in lines[lines.index("Hands:") + 1 :]:
        if line.startswith("-----"):
            hands.append([])
        elif "||" in line:
            card, _, rest = line.partition(" || ")
            may = rest.partition("|")[2]
            colours = "".join(letter for letter in may if letter in COLOURS)
            ranks = "".join(letter for letter in may if letter in RANKS)
            hands[-1].append(Known("" if card.startswith("X") else card, colours, ranks))
    return Table(
        int(fields["Life tokens"]),
        int(fields["Info tokens"]),
        int(fields["Deck size"]),
        {firework[0]: int(firework[1]) for firework in fields["Fireworks"].split()},
        hands[0],
        hands[1],
        fields["Discards"].split(),
    )
