"""``VLCards/EZPoints-v0``: make 12 of two cards by adding or multiplying."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar

from vl_envs.cards.deck import RANKS, SUITS, Card, value_of_rank
from vl_envs.cards.points import PointsEnv
from vl_envs.cards.solver import Symbols


class EZPointsEnv(PointsEnv):
    """Make 12 of the numbers on two cards, one symbol at a time.

    ## Description
    The picture shows two cards; the agent writes a formula that uses both numbers and makes 12:
    a number, ``+`` or ``*``, the other number, ``=``. After EZPoints of Gym-Cards (RL4VLM, Zhai et
    al. 2024, arXiv 2405.10292; repository RL4VLM/RL4VLM, ``gym-cards/gym_cards/envs/ezpoints.py``),
    in pictures of our own. Arithmetic is exact; there Python's ``eval`` judges the formula, so that
    ``2 * * 3`` is a power and digits side by side are one number: here both are no formula.

    There are but seven pairs of numbers. A player who never looks and always writes ``2 + 10 =``
    wins 38 of 100; one who reads which numbers are refused, and tries others, 67 (both exact, and
    the best there is; with ``max_invalid=1`` both are 38). Random symbols win nothing.

    ## Action Space
    `FreeText`. One command, ``write``, with one symbol: ``1`` to ``10``, ``+``, ``*`` or ``=``; in
    the dialect ``arft`` (``<write> 3 </write>``), ``hermes``, ``json``, or ``rl4vlm`` as published
    (``{"cards": …, "current formula": …, "thoughts": …, "action": "3"}``).

    ## Observation Space
    `Dict(image, text)`: ``image`` shows the cards (and from 128 pixels a side the formula), uint8
    [H, W, 3]; ``text`` is the goal and the formula so far (with rules and action format unless
    ``prompt="brief"``). The cards are not told.

    ## Rewards
    As published: ``right`` 10 for ``=`` behind a formula that uses each card once and makes the
    target, ``wrong`` -1 for ``=`` behind any other, ``refused`` -1 for a number that is not (or no
    longer) among the cards, ``full`` -1 for writing on a full formula. A formula that is
    given up by unreadable answers is ``wrong``, too. With ``reward="sparse"``: ``success`` 1 for a
    success. The expert's return is 10.

    ## Starting State
    As published: a card, and one that makes the target with it, in random order. Where both a sum
    and a product can be made (2, 3, 4 and 6), each is as likely. A ten may also be a face card.

    ## Episode End
    Terminates with ``=``, or after ``max_invalid`` actions in a row that are unreadable or numbers
    that are refused; truncates after 7 turns. A refused number leaves a blank in the formula, which
    holds 6 symbols, as published. Gym-Cards' page says that a refused number ends the episode, its
    code does not: ``max_invalid=1`` is as the page says.

    ## Arguments
    - ``target``: 12 as published; any number 1 to 100 that two cards make.
    - ``split``: ``train`` (default), ``val``, ``test``: other pairs of cards, about 8, 1 and 1 of
      ten. With seven pairs of numbers in all, they share these, and differ in the cards' suits.
    - ``face_cards``: jack, queen and king count ``ten`` (default), or their ``rank``, 11 to 13.
    - ``admissible``: ``info["admissible_actions"]`` lists what can follow with the numbers that are
      left (``cards``, default), or with any (``grammar``). A policy masked by the first is told the
      cards: who prefers ``+`` then wins 83 of 100 without looking.
    - ``deck``: looks: ``classic``, ``large`` (legible on 48 pixels), ``four_color``, ``dark``, or
      ``random``, another in every episode.
    - ``reward``: ``published`` (default) or ``sparse``.
    - ``expert_error``: share of episodes whose expert writes random admissible symbols.
    - and those of `VLEnv`: ``image_size`` (default 224), ``dialect``, ``prompt``, ``thought``,
      ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    operators: ClassVar[Symbols] = ("+", "*")
    most_symbols: ClassVar[int] = 5

    def __init__(
        self,
        *,
        target: int = 12,
        split: str = "train",
        face_cards: str = "ten",
        admissible: str = "cards",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            target=target, split=split, face_cards=face_cards, admissible=admissible, **kwargs
        )
        self._partners = {
            rank: found for rank in RANKS if (found := partners(rank, self.target, self.face_cards))
        }
        if not self._partners:
            raise ValueError(
                f"target must be a sum or a product of two cards, such as 12; none make {target!r}"
            )

    def _deal(self) -> tuple[Card, ...]:
        rng = self.np_random
        rank = list(self._partners)[int(rng.integers(len(self._partners)))]
        values = self._partners[rank]
        value = values[int(rng.integers(len(values)))]
        ranks = [other for other in RANKS if self.value(other) == value]
        hands = hands_of(*sorted((rank, ranks[int(rng.integers(len(ranks)))])), self.split)
        hand = hands[int(rng.integers(len(hands)))]
        return hand if rng.random() < 0.5 else hand[::-1]

    def _labels(self) -> Mapping[str, str]:
        """Tell what the numbers must be joined by."""
        signs = {symbols[1] for symbols in self.solve(self.values)}
        return {"operator": " or ".join(sorted(signs))}


def partners(rank: int, target: int, face_cards: str) -> list[int]:
    """List the values of cards that make ``target`` with a card of this rank."""
    one = value_of_rank(rank, face_cards)
    values = {value_of_rank(other, face_cards) for other in RANKS}
    return sorted(two for two in values if target in (one + two, one * two))


@lru_cache(maxsize=512)
def hands_of(low: int, high: int, split: str) -> tuple[tuple[Card, Card], ...]:
    """List the pairs of cards of two ranks that belong to a split.

    Shared out within each pair of ranks, so that every split has all numbers, as often as any other
    split; one of ten for ``val``, one of ten for ``test``.
    """
    pairs = [(Card(low, one), Card(high, two)) for one in SUITS for two in SUITS]
    if low == high:
        pairs = [pair for pair in pairs if SUITS.index(pair[0].suit) <= SUITS.index(pair[1].suit)]
    pairs.sort(key=lambda pair: sha256(f"{pair[0].name} {pair[1].name}".encode()).digest())
    tenth = round(len(pairs) / 10)
    shares = {"val": pairs[:tenth], "test": pairs[tenth : 2 * tenth], "train": pairs[2 * tenth :]}
    return tuple(shares[split])
