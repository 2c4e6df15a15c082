"""``VLCards/Blackjack-v0``: come nearer to 21 than the dealer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vl_envs.cards.deck import Card, draw_card, value_of_rank
from vl_envs.cards.dialect import RL4VLMParser, with_rl4vlm
from vl_envs.cards.env import CardEnv, Move
from vl_envs.cards.strategy import BUST, DEALER_STANDS, Hand, hand_of, should_stand
from vl_envs.cards.table import Box
from vl_envs.core.env import Outcome, View
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec

GOAL = {"full": "Beat the dealer without going over 21.", "brief": "Beat the dealer."}
MOST_CARDS = 48
"""More than any episode can use: 21 of the player, some twelve of the dealer."""

HIT = CommandSpec("hit", "take one more card.")
STAND = CommandSpec("stand", "take no more; the dealer draws, and the nearer to 21 wins.")


@dataclass
class BlackjackState:
    """One episode.

    Attributes:
        pack: all cards that can come, in their order: two of the dealer, two of the player, then
            whoever draws.
        hits: cards that the player has taken.
        dealer_draws: cards that the dealer has taken after the player stood.
        over: whether the dealer's cards lie open.
        style: how the cards look.
    """

    pack: tuple[Card, ...]
    style: str
    hits: int = 0
    dealer_draws: int = 0
    over: bool = False

    @property
    def player(self) -> tuple[Card, ...]:
        """The player's cards."""
        return self.pack[2 : 4 + self.hits]

    @property
    def dealer(self) -> tuple[Card, ...]:
        """The dealer's cards, the one that lies face down included."""
        first = 4 + self.hits
        return self.pack[:2] + self.pack[first : first + self.dealer_draws]


class BlackjackEnv(CardEnv[BlackjackState]):
    """Come nearer to 21 than the dealer, without going over it.

    ## Description
    The picture shows the dealer's cards above, one of them face down, and the player's below. The
    rules are those of Gymnasium's Blackjack (Sutton and Barto, Example 5.1), as in Gym-Cards
    (RL4VLM, Zhai et al. 2024, arXiv 2405.10292; repository RL4VLM/RL4VLM,
    ``gym-cards/gym_cards/envs/blackjack.py``), in pictures of our own: an endless pack; J, Q and K
    count 10, an ace 11 or 1; the dealer draws until 17. An ace with a ten is 21 like any other.

    Luck decides: the best play, computed exactly, returns -.047 on average and wins 42.9 of 100
    (43.2 where it plays for wins alone). Who always stands, without looking, wins 38.1 and returns
    -.186; random moves win 28. So the picture is worth five wins in a hundred, and it takes
    thousands of episodes to see them; the return tells more than success.

    ## Action Space
    `FreeText`. Two commands, ``hit`` and ``stand``, in the dialect ``arft`` (``<hit></hit>``),
    ``hermes``, ``json``, or ``rl4vlm`` as published (``{"thoughts": …, "action": "hit"}``).

    ## Observation Space
    `Dict(image, text)`: ``image`` shows the cards, uint8 [H, W, 3]; when the episode is over, also
    the dealer's second card and what the dealer drew. ``text`` is the goal (with rules and action
    format unless ``prompt="brief"``). The cards are not told.

    ## Rewards
    As published: ``result`` 1 for a win, 0 for a draw, -1 for a loss. With ``reward="sparse"``:
    ``success`` 1 for a win. Who ends the episode by unreadable actions has lost.

    ## Starting State
    Two cards each, every rank as likely; the cards to come lie ready, so that an episode is the
    seed's and the player's alone.

    ## Episode End
    Terminates when the player stands or goes over 21, or after ``max_invalid`` unreadable actions
    in a row. No hand lasts longer than the limit of 20 turns.

    ## Arguments
    - ``deck``: looks: ``classic``, ``large`` (legible on 48 pixels), ``four_color``, ``dark``, or
      ``random``, another in every episode. There are no splits: every seed is another pack.
    - ``reward``: ``published`` (default) or ``sparse``; the expert plays best for either.
    - ``expert_error``: share of episodes whose expert hits or stands at random.
    - and those of `VLEnv`: ``image_size`` (default 224), ``dialect``, ``prompt``, ``thought``,
      ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "The picture shows the dealer's cards above, one face down, and your cards below. J, Q and "
        "K count 10, an ace 11 or 1. Who goes over 21 loses; the dealer draws until 17."
    )
    dialects: ClassVar[Mapping[str, type[Parser]]] = with_rl4vlm(RL4VLMParser)
    expert_may_lose = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([HIT, STAND], **kwargs)

    def _start(self, options: Mapping[str, Any]) -> tuple[BlackjackState, str]:
        self._index_in(options)  # tells that there are none
        pack = tuple(draw_card(self.np_random) for _ in range(MOST_CARDS))
        state = BlackjackState(pack, self._draw_style())
        return state, f"cards/blackjack/{_name(pack[:1])}/{_name(pack[2:4])}"

    def _labels(self) -> Mapping[str, str]:
        """Tell what kind of hand the player began with."""
        hand = _count(self.state.pack[2:4])
        return {"hand": "soft" if hand.soft else "hard"}

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        if command.name == "hit":
            state.hits += 1
            over = _count(state.player).total == BUST
            return self._paid(-1) if over else Outcome(self._terms(0))
        while _count(state.dealer).total < DEALER_STANDS:
            state.dealer_draws += 1
        player, dealer = _count(state.player).total, _count(state.dealer).total
        won = dealer == BUST or player > dealer
        return self._paid(1 if won else 0 if player == dealer else -1)

    def _forfeit(self) -> Mapping[str, float]:
        """Give a hand that is not played up for lost."""
        return {} if self.reward == "sparse" else {"result": -1.0}

    def _paid(self, result: int) -> Outcome:
        self.state.over = True
        return Outcome(self._terms(result), terminated=True, success=result > 0)

    def _terms(self, result: int) -> dict[str, float]:
        if self.reward == "sparse":
            return {"success": float(result > 0)}
        return {"result": float(result)}

    def _observe(self) -> View:
        state = self.state
        table = self._table(state.style)
        half = table.height // 2
        strip = table.height // 12 if table.has_words else 0
        dealer = state.dealer if state.over else (state.dealer[0], None)
        for row, (whose, cards) in enumerate((("Dealer", dealer), ("You", state.player))):
            field = Box(0, row * half + strip, table.width, half - strip)
            table.lay(cards, field)
            if strip:
                place = (table.gap * 2, row * half + table.gap // 2)
                table.words(whose, *place, strip * 3 // 4, table.style.on_table)
        return View(table.pixels, self._told(GOAL[self.prompt]))

    def _legal(self) -> list[Move]:
        return [Move("hit", {}), Move("stand", {})]

    def _best(self) -> Move:
        state = self.state
        shown = value_of_rank(state.dealer[0].rank)
        loss = 0.0 if self.reward == "sparse" else -1.0
        return self._legal()[should_stand(_count(state.player), shown, loss)]

    def _seen(self) -> str:
        hand = _count(self.state.player)
        kind = "soft " if hand.soft else ""
        return f"{kind}{hand.total} against {value_of_rank(self.state.dealer[0].rank)}"

    def _words(self) -> Iterable[str]:
        yield from (GOAL[self.prompt], "soft against", *map(str, range(1, BUST + 1)))


def _count(cards: Iterable[Card]) -> Hand:
    return hand_of(value_of_rank(card.rank) for card in cards)


def _name(cards: Iterable[Card]) -> str:
    return "-".join(card.name for card in cards)
