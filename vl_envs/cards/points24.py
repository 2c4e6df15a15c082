"""``VLCards/Points24-v0``: make 24 of four cards."""

from __future__ import annotations

from typing import Any, ClassVar

from vl_envs.cards.deck import Card, draw_card
from vl_envs.cards.points import PointsEnv
from vl_envs.cards.solver import Symbols
from vl_envs.core.tasks import split_of


class Points24Env(PointsEnv):
    """Make 24 of the numbers on four cards, one symbol at a time.

    ## Description
    The picture shows four cards; the agent writes a formula that uses each number once and makes
    24, with ``+ - * /`` and parentheses. After Points24 of Gym-Cards (RL4VLM, Zhai et al. 2024,
    arXiv 2405.10292; repository RL4VLM/RL4VLM, ``gym-cards/gym_cards/envs/points.py``), in pictures
    of our own, and with its holes closed: there hands are drawn whether they can be solved or not
    (of 715 sets of numbers 566 can); Python's ``eval`` judges in floating point, so that
    ``8/(3-8/3)`` misses 24, and takes ``* *`` for a power, ``/ /`` for a division without rest and
    digits side by side for one number. Here a search finds every formula beforehand, arithmetic is
    exact, and those are no formulas.

    The best formula for one who never looks wins 1.5 of 100 hands; who reads which numbers are
    refused, and always writes what most of the remaining hands need, 4 (7 with ``max_invalid=22``;
    a cleverer one may win more). Random symbols win nothing, random admissible ones 1.

    ## Action Space
    `FreeText`. One command, ``write``, with one symbol: ``1`` to ``10``, ``+ - * / ( )`` or ``=``;
    in the dialect ``arft`` (``<write> 3 </write>``), ``hermes``, ``json``, or ``rl4vlm`` as
    published (``{"cards": …, "current formula": …, "thoughts": …, "action": "3"}``).

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
    Four cards, each of 13 ranks as likely, drawn until they can be solved.

    ## Episode End
    Terminates with ``=``, or after ``max_invalid`` actions in a row that are unreadable or numbers
    that are refused; truncates after 22 turns. A refused number leaves a blank in the formula,
    which holds 21 symbols, as published. Gym-Cards' page says that a refused number ends the
    episode, its code does not: ``max_invalid=1`` is as the page says.

    ## Arguments
    - ``target``: 24 as published; 1 to 100.
    - ``split``: ``train`` (default), ``val``, ``test``: other numbers, 80, 10 and 10 of 100 sets.
    - ``face_cards``: jack, queen and king count ``ten`` (default), or their ``rank``, 11 to 13:
      RL4VLM/RL4VLM's option ``treat_face_cards_as_10=False``. Numbers up to 13 can be written then.
    - ``admissible``: ``info["admissible_actions"]`` lists what can follow with the numbers that are
      left (``cards``, default), or with any (``grammar``). A policy masked by the first is told the
      cards.
    - ``deck``: looks: ``classic``, ``large`` (legible on 48 pixels), ``four_color``, ``dark``, or
      ``random``, another in every episode.
    - ``reward``: ``published`` (default) or ``sparse``.
    - ``expert_error``: share of episodes whose expert writes random admissible symbols.
    - and those of `VLEnv`: ``image_size`` (default 224), ``dialect``, ``prompt``, ``thought``,
      ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    operators: ClassVar[Symbols] = ("+", "-", "*", "/", "(")
    most_symbols: ClassVar[int] = 20

    def __init__(
        self,
        *,
        target: int = 24,
        split: str = "train",
        face_cards: str = "ten",
        admissible: str = "cards",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            target=target, split=split, face_cards=face_cards, admissible=admissible, **kwargs
        )

    def _deal(self) -> tuple[Card, ...]:
        while True:
            hand = tuple(draw_card(self.np_random) for _ in range(4))
            values = sorted(self.value(card.rank) for card in hand)
            if split_of("cards", "24", *values) == self.split and self.solve(values):
                return hand
