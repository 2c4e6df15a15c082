"""Simple Push: keep a charger away from a target, in MPE's physics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.core.errors import require
from vl_envs.games.drawing import INK, Pen, Sheet
from vl_envs.games.game import SEATS, Game, Question, Rewards
from vl_envs.games.players import anyone

STEPS = 25
WAYS = {"<STAY>": (0, 0), "<LEFT>": (-1, 0), "<RIGHT>": (1, 0), "<DOWN>": (0, -1), "<UP>": (0, 1)}
THRUST = 5.0
"""Force of a move; masses are 1."""
SECONDS = 0.1
"""That a step takes."""
KEPT = 0.75
"""Share of its speed that an agent keeps in a step."""
COASTS = SECONDS / (1 - KEPT)
"""So many seconds' way at its present speed it still goes if it stays."""
AT_REST = 0.05
"""How near to its goal an agent need not move."""
AHEAD = 12
"""Steps that the planner looks ahead after its next."""

Motion = tuple[float, float, float, float]
"""From an agent to its goal, and its speed: x, y, x, y."""


@dataclass
class Push:
    """A position: MPE's world, and the moves made by each."""

    world: Any
    step: int = 0

    def agent(self, seat: int) -> Any:
        """Give the body of a seat: MPE names the blocker, its adversary, first."""
        return self.world.agents[seat]

    @property
    def target(self) -> Any:
        """Where the charger wants to be."""
        return self.world.agents[0].goal_a

    def motion(self, seat: int) -> Motion:
        """Tell how a player stands and moves towards the target."""
        (x, y), (to_x, to_y) = self.agent(seat).state.p_pos, self.target.state.p_pos
        across, up = self.agent(seat).state.p_vel
        return float(to_x - x), float(to_y - y), float(across), float(up)


def charger(game: Game[Any], state: Push, seat: int, rng: np.random.Generator) -> str:
    """Go straight for the target, and brake there: VS-Bench's opponent."""
    return _straight(state.motion(seat), 0.0)


def planner(game: Game[Any], state: Push, seat: int, rng: np.random.Generator) -> str:
    """Choose the move after which the way straight on is nearest to the target, all counted."""
    now = state.motion(seat)
    return min(WAYS, key=lambda move: _far(_moved(now, move)))


def _straight(motion: Motion, at_rest: float) -> str:
    """Move along the axis on which most is missing, as the agent coasts on by itself."""
    x, y = motion[0] - COASTS * motion[2], motion[1] - COASTS * motion[3]
    if max(abs(x), abs(y)) < at_rest:
        return "<STAY>"
    if abs(x) >= abs(y):
        return "<RIGHT>" if x > 0 else "<LEFT>"
    return "<UP>" if y > 0 else "<DOWN>"


def _moved(motion: Motion, move: str) -> Motion:
    """Make a move, where nobody pushes: first the way, then the speed."""
    x, y, across, up = motion
    more = THRUST * SECONDS
    return (
        x - SECONDS * across,
        y - SECONDS * up,
        KEPT * across + more * WAYS[move][0],
        KEPT * up + more * WAYS[move][1],
    )


def _far(motion: Motion) -> float:
    """Sum up the distances from the goal, now and on the way straight on."""
    total = math.hypot(*motion[:2])
    for _ in range(AHEAD):
        motion = _moved(motion, _straight(motion, AT_REST))
        total += math.hypot(*motion[:2])
    return total


class SimplePush(Game[Push]):
    """A blocker and a charger in a plane, with a target.

    As in VS-Bench (Xu et al. 2025, arXiv 2506.02387, D.7, F.6, J.7): the target lies at the origin
    and both know it; the model is the blocker, MPE's adversary.

    Raises:
        ImportError: mpe2 is not installed.
    """

    name = "simple_push"
    title = "Simple Push"
    kind = "mixed"
    simultaneous = True
    actions = tuple(WAYS)
    horizon = STEPS
    rules = (
        "Simple Push, for 25 steps. A blue blocker and a red charger move in a plane at the same "
        "time: <UP>, <DOWN>, <LEFT> and <RIGHT> give a thrust, <STAY> none. They glide on and lose "
        "a quarter of their speed in each step; an arrow ends where one comes to rest by <STAY>. "
        "Where they touch, they push each other away. The golden target lies at the origin. In "
        "each step the charger loses as many points as it is far from the target, in the units of "
        "the axes; the blocker gets what the charger loses, and loses as many points as it is far "
        "from the target itself. Whoever has more points at the end wins."
    )
    roles = ("You are the blue blocker.", "You are the red charger.")
    players = {"random": anyone, "charger": charger, "planner": planner}  # noqa: RUF012
    reference = "planner"
    opponent = "charger"
    lenient = (
        (r"<(UP|DOWN|LEFT|RIGHT|STAY)>", "<{upper}>"),
        (r"\b(UP|DOWN|LEFT|RIGHT|STAY)\b", "<{upper}>"),
    )
    # VS-Bench's table gives 0 as the optimum; its percentages fit one of 10.
    published = (-16.3, 0.0)

    def __init__(self) -> None:
        self._scenario = require("mpe2.simple_push.simple_push", "mpe").Scenario()

    def start(self, rng: np.random.Generator) -> Push:
        """See `Game.start`."""
        world = self._scenario.make_world()
        self._scenario.reset_world(world, rng)
        state = Push(world)
        state.target.state.p_pos = np.zeros(world.dim_p)
        return state

    def to_move(self, state: Push) -> Sequence[int]:
        """See `Game.to_move`."""
        return SEATS if state.step < STEPS else ()

    def legal(self, state: Push, seat: int) -> tuple[str, ...]:
        """See `Game.legal`: everything always."""
        return self.actions if state.step < STEPS else ()

    def play(self, state: Push, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`: MPE's own physics and pay."""
        for seat, move in moves.items():
            action = state.agent(seat).action
            action.u, action.c = THRUST * np.array(WAYS[move]), np.zeros(state.world.dim_c)
        state.world.step()
        state.step += 1
        own, other = (self._scenario.reward(state.agent(seat), state.world) for seat in SEATS)
        return float(own), float(other)

    def counted(self, state: Push, returns: Rewards, seat: int) -> float:
        """See `Game.counted`: one's own, as what both get is but the blocker's distance."""
        return returns[seat]

    def won(self, state: Push, returns: Rewards, seat: int) -> bool:
        """See `Game.won`: to have more than the other, as VS-Bench's rules say."""
        return returns[seat] > returns[1 - seat]

    def worst(self, state: Push, seat: int) -> float:
        """See `Game.worst`: away from the target at full speed, and the other on it."""
        x, y, *speed = state.motion(seat)
        distance, fast, lost = math.hypot(x, y), math.hypot(*speed), 0.0
        for _ in range(STEPS - state.step):
            distance, fast = distance + SECONDS * fast, KEPT * fast + THRUST * SECONDS
            lost += distance
        return -lost

    # What is seen.

    def picture(self, state: Push, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the plane with its axes, and where each glides to."""
        reach = max(float(np.abs(state.agent(each).state.p_pos).max()) for each in SEATS)
        wide = next((w for w in _PLANES if reach + 0.1 < w), max(_PLANES))
        sheet, scale = Sheet(size, _PLANES[wide]), _SIDE / 2 / wide

        def at(place: Any) -> tuple[float, float]:
            return _LEFT + (wide + float(place[0])) * scale, _TOP + (wide - float(place[1])) * scale

        sheet.text(_LEFT, 14, f"step {state.step} of {STEPS}", 18, anchor="l")
        sheet.stamp(*at(state.target.state.p_pos), max(0.12 * scale, 14), _cross)
        for each in SEATS:
            body = state.agent(each)
            x, y = at(body.state.p_pos)
            _arrow(sheet, (x, y), at(body.state.p_pos + COASTS * body.state.p_vel), _COLOURS[each])
            # Of its true size, but on the widest plane, where that would be hard to see.
            sheet.stamp(x, y, max(2 * body.size * scale, 10), _disc, _COLOURS[each])
            if each == seat:
                sheet.text(x, y - 18, "you", 16, _COLOURS[each], bold=True)
        return sheet.pixels()

    def question(self, state: Push, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: what is where."""
        things = {"blocker": state.agent(0), "charger": state.agent(1), "target": state.target}
        axis = int(rng.integers(2))
        place = {name: float(thing.state.p_pos[axis]) for name, thing in things.items()}
        # What is nearly level would not be seen.
        pairs = [(a, b) for a, b in permutations(place, 2) if abs(place[a] - place[b]) > 0.1]
        one, other = pairs[int(rng.integers(len(pairs)))] if pairs else ("blocker", "charger")
        answers = (("left", "right"), ("below", "above"))[axis]
        text = ("left or right of", "below or above")[axis]
        return Question(
            f"Is the {one} {text} the {other}?", answers, answers[place[one] > place[other]]
        )


_LEFT, _TOP, _SIDE = 46, 32, 384
_GOLD = "#e0a000"
_COLOURS = ("#1976d2", "#d32f2f")


def _disc(pen: Pen, colour: str) -> None:
    pen.disc(0.5, 0.5, 0.5, INK)
    pen.disc(0.5, 0.5, 0.42, colour)


def _cross(pen: Pen) -> None:
    for ends in (((0.1, 0.1), (0.9, 0.9)), ((0.1, 0.9), (0.9, 0.1))):
        pen.line(*ends, fill=_GOLD, width=0.22)


def _arrow(sheet: Sheet, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    x, y = end[0] - start[0], end[1] - start[1]
    length = math.hypot(x, y)
    if length < 2:
        return
    sheet.line(start, end, fill=colour, width=3)
    x, y = 7 * x / length, 7 * y / length
    for side in (-0.7, 0.7):
        sheet.line((end[0] - x - side * y, end[1] - y + side * x), end, fill=colour, width=3)


def _plane(sheet: Sheet, wide: float, step: float) -> None:
    """Draw the axes up to ``wide`` on all sides, and what is what."""
    right, bottom, scale = _LEFT + _SIDE, _TOP + _SIDE, _SIDE / 2 / wide
    sheet.box(_LEFT, _TOP, right, bottom, "#ffffff")
    ticks = int(wide / step)
    for number in range(-ticks, ticks + 1):
        away = (wide + number * step) * scale
        x, y = _LEFT + away, bottom - away
        fill = "#9e9e9e" if number == 0 else "#e0e0e0"
        sheet.line((x, _TOP), (x, bottom), fill=fill)
        sheet.line((_LEFT, y), (right, y), fill=fill)
        sheet.text(x, bottom + 14, f"{number * step:g}", 15)
        sheet.text(_LEFT - 6, y, f"{number * step:g}", 15, anchor="r")
    sheet.box(_LEFT, _TOP, right, bottom, None, INK)
    for x, name, colour in ((234, "blocker", _COLOURS[0]), (334, "charger", _COLOURS[1])):
        sheet.stamp(x, 14, 16, _disc, colour)
        sheet.text(x + 14, 14, name, 18, anchor="l")


# How far axes go: as far as the farther agent needs.
_PLANES = {
    1.25: partial(_plane, wide=1.25, step=0.5),
    2.5: partial(_plane, wide=2.5, step=1.0),
    6.0: partial(_plane, wide=6.0, step=2.0),
}
