"""`PointsEnv`: write a formula from the numbers on cards; what EZPoints and Points24 share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from vl_envs.cards.arithmetic import OPERATORS, Partial, read, value_of
from vl_envs.cards.deck import FACE_CARDS, RANKS, Card, value_of_rank
from vl_envs.cards.dialect import PointsParser, with_rl4vlm
from vl_envs.cards.env import CardEnv, Move, one_of
from vl_envs.cards.solver import Symbols, completion, solutions
from vl_envs.cards.table import Box
from vl_envs.core.env import Outcome, View, is_count
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tasks import SPLITS
from vl_envs.core.tool import CommandSpec

MASKS = ("cards", "grammar")
BLANK = " "
"""Stands in the formula where a number was refused: it takes room, as published."""
WON, LOST = 10.0, -1.0
FACES = {"ten": "J, Q and K count 10 each.", "rank": "J counts 11, Q 12 and K 13."}


@dataclass
class PointsState:
    """One episode.

    Attributes:
        cards: the hand, from left to right.
        style: how it looks.
        formula: the symbols written so far, with a `BLANK` for each number that was refused.
    """

    cards: tuple[Card, ...]
    style: str
    formula: list[str] = field(default_factory=list)


class PointsEnv(CardEnv[PointsState]):
    """A hand of cards whose numbers are to be joined to a formula.

    Args:
        target: what the formula must make, 1 to 100.
        split: ``train``, ``val`` or ``test``.
        face_cards: what jack, queen and king count: ``ten`` or ``rank``.
        admissible: what ``info["admissible_actions"]`` lists: ``cards`` or ``grammar``.
        kwargs: those of `CardEnv`.
    """

    rules = (
        "Use each card's number exactly once; an ace counts 1. Write one number or operator a "
        "turn, and = when the formula is complete."
    )
    dialects: ClassVar[Mapping[str, type[Parser]]] = with_rl4vlm(PointsParser)
    operators: ClassVar[Symbols]
    """Signs of the game; ``(`` where it has parentheses."""
    most_symbols: ClassVar[int]
    """A formula with more symbols than this cannot be written on."""

    def __init__(
        self,
        *,
        target: int,
        split: str,
        face_cards: str,
        admissible: str,
        **kwargs: Any,
    ) -> None:
        self.face_cards = one_of("face_cards", face_cards, FACE_CARDS)
        numbers = [str(n) for n in range(1, max(map(self.value, RANKS)) + 1)]
        self.numbers = tuple(numbers)
        closing = [")"] if "(" in self.operators else []
        symbols = [*numbers, *self.operators, *closing, "="]
        write = CommandSpec(
            "write",
            f"write one symbol behind the formula: {' '.join(symbols)}. With = it is judged.",
            {"symbol": {"type": "string", "enum": symbols}},
        )
        super().__init__([write], **kwargs)
        if not is_count(target) or not 1 <= target <= 100:
            raise ValueError(f"target must be a whole number 1 to 100, got {target!r}")
        self.target = int(target)
        self.split = one_of("split", split, SPLITS)
        self.admissible = one_of("admissible", admissible, MASKS)

    @abstractmethod
    def _deal(self) -> tuple[Card, ...]:
        """Draw a hand of the split from `self.np_random` that makes the target."""

    def value(self, rank: int) -> int:
        """Return what a rank counts."""
        return value_of_rank(rank, self.face_cards)

    @property
    def values(self) -> tuple[int, ...]:
        """What the hand's cards count, from left to right."""
        return tuple(self.value(card.rank) for card in self.state.cards)

    @property
    def written(self) -> list[str]:
        """The formula without blanks."""
        return [symbol for symbol in self.state.formula if symbol != BLANK]

    def _start(self, options: Mapping[str, Any]) -> tuple[PointsState, str]:
        self._index_in(options)  # tells that there are none
        cards = self._deal()
        return PointsState(
            cards, self._draw_style()
        ), f"cards/points/{'-'.join(card.name for card in cards)}"

    def solve(self, values: Iterable[int]) -> tuple[Symbols, ...]:
        """List the formulas that make the target of ``values``."""
        return solutions(tuple(sorted(values)), self.operators, self.target)

    def _labels(self) -> Mapping[str, str]:
        """Tell how many formulas there are, and whether all need parentheses."""
        formulas = self.solve(self.values)
        count = len(formulas)
        many = "1" if count == 1 else "2 to 9" if count < 10 else "10 or more"
        needed = all("(" in formula for formula in formulas)
        return {"solutions": many, "parentheses": "needed" if needed else "not needed"}

    def _left(self) -> list[str]:
        """List the numbers that are left, in the order of the cards."""
        left = [str(value) for value in self.values]
        for symbol in self.written:
            if symbol in left:
                left.remove(symbol)
        return left

    def _apply(self, command: Command) -> Outcome:
        symbol, formula = str(command.arguments["symbol"]), self.state.formula
        if len(formula) > self.most_symbols:
            return self._paid("full", message="The formula is full.")
        if symbol in self.numbers and symbol not in self._left():
            formula.append(BLANK)
            return self._paid("refused", message=f"There is no {symbol} left.", valid=False)
        if symbol == "=":
            won = not self._left() and value_of(self.written) == self.target
            return self._paid("right" if won else "wrong", terminated=True, success=won)
        formula.append(symbol)
        return self._paid("")

    def _paid(self, term: str, success: bool = False, **outcome: Any) -> Outcome:
        """Make an outcome with the published reward, or the sparse one."""
        terms = {term: WON if success else LOST} if term else {}
        if self.reward == "sparse":
            terms = {"success": float(success)}
        return Outcome(terms, success=success, **outcome)

    def _forfeit(self) -> Mapping[str, float]:
        """Take a formula that is not finished for a wrong one."""
        return {} if self.reward == "sparse" else {"wrong": LOST}

    def _observe(self) -> View:
        formula = " ".join(self.written)
        table = self._table(self.state.style)
        strip = table.height // 8 if table.has_words else 0
        table.lay(self.state.cards, Box(0, 0, table.width, table.height - strip))
        if strip:
            top, ink = table.height - strip, table.style.on_table
            table.words(f"Formula: {formula}", table.gap * 2, top, strip * 5 // 8, ink)
        if self.prompt == "brief":
            return View(table.pixels, f"Make {self.target}: {formula}".rstrip())
        goal = f"Make {self.target} of the numbers on the cards."
        if not self._turn:
            goal += f" {FACES[self.face_cards]}"
        return View(table.pixels, self._told(f"{goal}\nFormula: {formula or 'empty'}"))

    def _legal(self) -> list[Move]:
        return [Move("write", {"symbol": symbol}) for symbol in self._legal_symbols()]

    def _legal_symbols(self) -> list[str]:
        """List what may follow; only ``=`` where the formula is finished, or lost for good."""
        partial = read(self.written)
        if partial is None or len(self.state.formula) > self.most_symbols:
            return ["="]
        left = self._left()
        if self.admissible == "grammar":
            left = list(self.numbers)
        following = _what_follows(partial, left, self.operators)
        done = not partial.depth and not partial.wants_number
        if done and (not left or self.admissible == "grammar"):
            following.append("=")
        return [symbol for symbol in following if symbol == "=" or partial.push(symbol)] or ["="]

    def _best(self) -> Move:
        end = completion(self.written, self.values, self.operators, self.target)
        return Move("write", {"symbol": end[0] if end else "="})

    def _seen(self) -> str:
        words = [str(value) for value in self.values]
        return (" and " if len(words) == 2 else " ").join(words)

    def _words(self) -> Iterable[str]:
        yield f"Make {self.target}: and"
        yield "There is no 1 left. The formula is full."
        if self.prompt == "full":
            yield f"Make of the numbers on the cards. {FACES[self.face_cards]} Formula: empty"


def _what_follows(partial: Partial, left: Iterable[str], operators: Symbols) -> list[str]:
    """List the symbols that a formula can go on with, if these numbers are left."""
    numbers = sorted(set(left), key=int)
    closing = [")"] if partial.depth and not partial.wants_number else []
    if not numbers:
        return closing
    if partial.wants_number:
        return numbers + [o for o in operators if o not in OPERATORS]
    return [o for o in operators if o in OPERATORS] + closing
