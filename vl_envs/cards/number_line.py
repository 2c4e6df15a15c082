"""``VLCards/NumberLine-v0``: bring a number to its target, by one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from vl_envs.cards.dialect import NumberLineParser, with_rl4vlm
from vl_envs.cards.env import CardEnv, Move, one_of
from vl_envs.cards.table import Box
from vl_envs.core.env import Outcome, View, is_count
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec

SUCCESSES = ("straight", "reached")
GOAL = {"full": "Make the current number equal to the target.", "brief": "Reach the target."}

MOVE = CommandSpec(
    "move",
    "+ adds one to the current number, - subtracts one.",
    {"direction": {"type": "string", "enum": ["+", "-"]}},
)


@dataclass
class LineState:
    """One episode.

    Attributes:
        target: where to go, 0 to ``max_position``.
        current: where one is, 0 to ``max_position``.
        detours: moves so far that did not come closer.
        style: of the picture.
    """

    target: int
    current: int
    detours: int
    style: str


class NumberLineEnv(CardEnv[LineState]):
    """Bring the current number to the target, by one at a time.

    ## Description
    The picture shows two numbers, the target above, the current number below; each turn adds or
    subtracts one. After NumberLine of Gym-Cards (RL4VLM, Zhai et al. 2024, arXiv 2405.10292;
    repository RL4VLM/RL4VLM, ``gym-cards/gym_cards/envs/numberline.py``), in pictures of our own.
    There a start may lie on the target, which then moves away after the first turn; here, as its
    documentation has it, the two always differ.

    Who does not look reaches any target all the same: five times ``+``, then five times ``-``,
    visits every number. So a success is a *straight* way (see ``success``): who always says the
    same has it in 50 of 100 episodes, and no blind player in more; random moves have it in 27.

    ## Action Space
    `FreeText`. One command, ``move``, with ``+`` or ``-``, in the dialect ``arft``
    (``<move> + </move>``), ``hermes``, ``json``, or ``rl4vlm`` as published
    (``{"current number": …, "target number": …, "thoughts": …, "action": "+"}``).

    ## Observation Space
    `Dict(image, text)`: ``image`` shows the two numbers, uint8 [H, W, 3]; ``text`` is the goal
    (with rules and action format unless ``prompt="brief"``). It tells nothing of the numbers.

    ## Rewards
    As published: ``target`` 1 when the target is reached; ``away`` -1 for every move that does not
    come closer (at either end of the line a move outwards stays), and for every turn that is left
    when unreadable answers end the episode. With ``reward="sparse"``: ``success`` 1 for a success.
    The expert's return is 1.

    ## Starting State
    Target and current number are drawn, each from 0 to ``max_position``, until they differ.

    ## Episode End
    Terminates at the target, or after ``max_invalid`` unreadable actions in a row; truncates after
    10 turns, as published (twice ``max_position``; for another line give
    ``gymnasium.make(…, max_episode_steps=…)``).

    ## Arguments
    - ``max_position``: end of the line, 1 to 99; 5 as published. There are no splits: the 30 pairs
      of a line of 5 run into each other while one plays. A longer line has numbers never seen.
    - ``success``: ``straight`` (default), at the target without a move that did not come closer: so
      RL4VLM's training code counts, by a return above 0; or ``reached``, at the target anyhow.
    - ``deck``: looks: ``classic`` (words and numbers), ``large`` (numbers only, legible on 32
      pixels), ``four_color``, ``dark``, or ``random``, another in every episode.
    - ``reward``: ``published`` (default) or ``sparse``.
    - ``expert_error``: share of episodes whose expert moves at random.
    - and those of `VLEnv`: ``image_size`` (default 224), ``dialect``, ``prompt``, ``thought``,
      ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "The picture shows two numbers: the target above, the current number below. Every turn "
        "adds one to the current number or subtracts one."
    )
    dialects: ClassVar[Mapping[str, type[Parser]]] = with_rl4vlm(NumberLineParser)

    def __init__(self, *, max_position: int = 5, success: str = "straight", **kwargs: Any) -> None:
        super().__init__([MOVE], **kwargs)
        if not is_count(max_position) or not 1 <= max_position <= 99:
            raise ValueError(f"max_position must be a whole number 1 to 99, got {max_position!r}")
        self.max_position = int(max_position)
        self.success = one_of("success", success, SUCCESSES)

    def _start(self, options: Mapping[str, Any]) -> tuple[LineState, str]:
        self._index_in(options)  # tells that there are none
        target = current = 0
        while target == current:
            target, current = (
                int(n) for n in self.np_random.integers(self.max_position + 1, size=2)
            )
        return LineState(target, current, 0, self._draw_style()), f"cards/line/{current}/{target}"

    def _labels(self) -> Mapping[str, str]:
        """Tell how far away the target is."""
        return {"distance": str(abs(self.state.target - self.state.current))}

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        before = abs(state.target - state.current)
        step = 1 if command.arguments["direction"] == "+" else -1
        state.current = min(max(state.current + step, 0), self.max_position)
        after = abs(state.target - state.current)
        away = after >= before
        state.detours += away
        success = after == 0 and (self.success == "reached" or not state.detours)
        terms = {"target": 1.0} if after == 0 else {"away": -1.0} if away else {}
        if self.reward == "sparse":
            terms = {"success": float(success)}
        return Outcome(terms, terminated=after == 0, success=success)

    def _forfeit(self) -> Mapping[str, float]:
        """Count every turn that is left as a move away; published are twice ``max_position``."""
        left = max(0, 2 * self.max_position - self._turn)
        return {} if self.reward == "sparse" else {"away": -float(left)}

    def _observe(self) -> View:
        table = self._table(self.state.style)
        half, gap, ink = table.height // 2, table.gap * 2, table.style.suits
        for top, word, number, suit in (
            (0, "Target", self.state.target, "hearts"),
            (half, "Current", self.state.current, "clubs"),
        ):
            box = Box(gap, top + gap, table.width - 2 * gap, half - 2 * gap)
            table.panel(box, table.style.face)
            if table.has_words and not table.style.big:
                size = box.width // 8
                middle = box.top + (box.height - size) // 2
                table.words(word, box.left + gap, middle, size, ink[suit])
                box = Box(table.width // 2, box.top, box.width // 2, box.height)
            margin = max(1, box.height // 8)
            field = (box.left + gap, box.top + margin, box.width - 2 * gap, box.height - 2 * margin)
            table.number(str(number), Box(*field), ink[suit])
        return View(table.pixels, self._told(GOAL[self.prompt]))

    def _legal(self) -> list[Move]:
        return [Move("move", {"direction": sign}) for sign in "+-"]

    def _best(self) -> Move:
        return self._legal()[self.state.target < self.state.current]

    def _seen(self) -> str:
        return f"{self.state.current} to {self.state.target}"

    def _words(self) -> Iterable[str]:
        yield from (GOAL[self.prompt], "to", *map(str, range(self.max_position + 1)))
