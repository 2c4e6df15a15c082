"""Knights Archers Zombies: an archer and a knight hold a field against zombies, by PettingZoo."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games.drawing import INK, Pen, Sheet
from vl_envs.games.game import SEATS, Game, Question, Rewards
from vl_envs.games.players import anyone
from vl_envs.games.zombie_engine import (
    BOW,
    HIGH,
    MACE,
    MOST,
    NAMES,
    STEPS,
    WALL,
    WIDE,
    Battle,
    Fighter,
    ZombieEngine,
    degrees_of,
)
from vl_envs.games.zombie_hunters import hunter

COLOURS = ("#d32f2f", "#1565c0")


class KnightsArchersZombies(Game[Battle]):
    """Kill as many zombies as you can, and stay alive."""

    name = "knights_archers_zombies"
    title = "Knights Archers Zombies"
    kind = "team"
    simultaneous = True
    actions = ("<FORWARD>", "<BACKWARD>", "<TURN_LEFT>", "<TURN_RIGHT>", "<ATTACK>", "<STAY>")
    horizon = STEPS
    rules = (
        "Knights Archers Zombies: an archer and a knight hold a field together, for 200 steps. x "
        "grows to the right from 100 to 1180, y downwards from 0 to 720. Every 10 steps a zombie "
        "comes at the top, at most 5 at once. Each step it walks 5 down, and every third it may "
        "go 30 to the left or right. Both get 1 point for each zombie killed. The game ends at "
        "once when a zombie touches one of them or passes the lower border. Both act at the same "
        "time: <FORWARD> and <BACKWARD> move by 25 along the own heading, <TURN_LEFT> and "
        "<TURN_RIGHT> turn it by 10 degrees, <STAY> does nothing. The archer's <ATTACK> shoots an "
        "arrow where it looks, that flies 45 a step; after a shot three more <ATTACK> only draw "
        "the bow. The knight's <ATTACK> swings a mace from its right to its left, close before "
        "it; for 6 more steps it can do nothing else. Marks beside each show what it must still "
        "wait."
    )
    roles = (
        "You are the archer, red with the letter A.",
        "You are the knight, blue with the letter K.",
    )
    lenient = (
        (r"<(FORWARD|BACKWARD|TURN_LEFT|TURN_RIGHT|ATTACK|STAY)>", "<{upper}>"),
        (r"\b(FORWARD|BACKWARD|TURN_LEFT|TURN_RIGHT|ATTACK|STAY)\b", "<{upper}>"),
    )
    players = {"random": anyone, "hunters": hunter}  # noqa: RUF012
    reference = opponent = "hunters"
    published = (1.0, 20.0)

    def __init__(self) -> None:
        self._engine = ZombieEngine()

    def start(self, rng: np.random.Generator) -> Battle:
        """See `Game.start`: always the same; zombies come later."""
        return self._engine.fresh()

    def to_move(self, state: Battle) -> Sequence[int]:
        """See `Game.to_move`."""
        return () if state.over or state.step >= STEPS else SEATS

    def legal(self, state: Battle, seat: int) -> tuple[str, ...]:
        """See `Game.legal`: everything always; who must wait does nothing."""
        return self.actions if self.to_move(state) else ()

    def play(self, state: Battle, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`: both act, weapons kill, zombies kill and walk, and one may come."""
        kills = self._engine.play(state, [self.actions.index(moves[s]) for s in SEATS], rng)
        return float(kills), float(kills)

    def copy(self, state: Battle) -> Battle:
        """See `Game.copy`."""
        archer, knight = (copy.copy(fighter) for fighter in state.fighters)
        return Battle(
            (archer, knight),
            [copy.copy(zombie) for zombie in state.zombies],
            [copy.copy(arrow) for arrow in state.arrows],
            copy.copy(state.mace),
            state.waited,
            state.step,
            state.kills,
            state.over,
        )

    # What is seen.

    def picture(self, state: Battle, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the field with its coordinates; below, who looks where."""
        sheet = Sheet(size, _field)
        sheet.text(438, 15, f"step {state.step} of {STEPS}", 16, anchor="r")
        for zombie in state.zombies:
            sheet.stamp(*_place(zombie.at), 15, _zombie)
        for arrow in state.arrows:
            sheet.stamp(*_place(arrow.at), 18, _pointer, degrees_of(arrow.heading), INK)
        if state.mace is not None:
            sheet.stamp(*_place(state.mace.at), 12, _mace)
        for each in SEATS:
            _fighter(sheet, state.fighters[each], each, each == seat)
        sheet.text(376, 372, str(state.kills), 44, bold=True)
        return sheet.pixels()

    def question(self, state: Battle, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: how many zombies there are, where they are, or who looks where."""
        what, who = int(rng.integers(3)), int(rng.integers(2))
        fighter, name = state.fighters[who], NAMES[who]
        if what == 0 and state.zombies:
            lowest = max(state.zombies, key=lambda zombie: zombie.box[1])
            if abs(lowest.at[0] - fighter.at[0]) > 30:
                side = "left" if lowest.at[0] < fighter.at[0] else "right"
                return Question(
                    f"On which side of the {name} is the lowest zombie?", ("left", "right"), side
                )
        if what == 1:
            ways = ("up", "right", "down", "left")
            # Ten degrees a turn: no heading lies midway between two of them.
            answer = ways[round(fighter.degrees / 90) % 4]
            return Question(f"Nearest to which way does the {name} look?", ways, answer)
        numbers = tuple(str(n) for n in range(MOST + 1))
        return Question("How many zombies are there?", numbers, str(len(state.zombies)))


# The picture: the field from wall to wall, as wide as it can be, true to scale.
_LEFT, _TOP, _SCALE = 36, 32, 0.368


def _place(at: tuple[float, float]) -> tuple[float, float]:
    """Tell where a place of the field lies in the picture."""
    return _LEFT + (at[0] - WALL + 11) * _SCALE, _TOP + at[1] * _SCALE


def _field(sheet: Sheet) -> None:
    sheet.text(8, 15, "Knights Archers Zombies", 16, anchor="l", bold=True)
    # Zombies come a little behind the walls' edges.
    (left, top), (right, bottom) = _place((WALL - 32, 0)), _place((WIDE - WALL + 11, HIGH))
    sheet.box(left, top, right, bottom, "#f1ead9", INK)
    for x in range(WALL + 100, WIDE - WALL, 100):
        across, _ = _place((x, 0))
        sheet.line((across, top), (across, bottom), fill="#d9ceb4")
        if x % 200 == 0:
            sheet.text(across, bottom + 13, str(x), 13)
    for y in range(0, HIGH, 100):
        _, down = _place((0, y))
        sheet.line((left, down), (right, down), fill="#d9ceb4")
        sheet.text(left - 4, max(down, 37), str(y), 13, anchor="r")
    sheet.line((left, bottom), (right, bottom), fill="#e65100", width=4)
    sheet.text(376, 336, "kills", 16)


def _fighter(sheet: Sheet, fighter: Fighter, seat: int, own: bool) -> None:
    """Draw a fighter on the field and, larger, below it: its heading and what it must wait."""
    x, y = _place(fighter.at)
    ahead, down = fighter.heading
    sheet.stamp(x + 20 * ahead, y + 20 * down, 18, _pointer, fighter.degrees, COLOURS[seat])
    sheet.stamp(x, y, 17, _badge, seat)
    if own:
        # At its back, where neither mace nor arrows are.
        sheet.text(x - 21 * ahead, y - 16 * down, "you", 12, COLOURS[seat], bold=True)
    across = 70 + 150 * seat
    sheet.text(across, 336, NAMES[seat] + (" (you)" if own else ""), 16, COLOURS[seat], bold=own)
    sheet.stamp(across, 384, 74, _dial)
    sheet.stamp(across, 384, 60, _pointer, fighter.degrees, COLOURS[seat])
    wait = (BOW, MACE)[seat]
    for number in range(wait if fighter.blocked >= 0 else 0):
        left = across + 13 * (number - wait / 2)
        done = number < fighter.blocked
        sheet.box(left, 430, left + 10, 440, "#fafafa" if done else COLOURS[seat], COLOURS[seat])


def _turned(degrees: int, *points: tuple[float, float]) -> list[tuple[float, float]]:
    """Turn points around the middle of a stamp."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return [
        (0.5 + (x - 0.5) * cosine - (y - 0.5) * sine, 0.5 + (x - 0.5) * sine + (y - 0.5) * cosine)
        for x, y in points
    ]


def _pointer(pen: Pen, degrees: int, colour: str) -> None:
    """Draw an arrow that points up, turned."""
    pen.line(*_turned(degrees, (0.5, 0.95), (0.5, 0.4)), fill=colour, width=0.12)
    pen.shape(*_turned(degrees, (0.26, 0.46), (0.5, 0.05), (0.74, 0.46)), fill=colour)


def _dial(pen: Pen) -> None:
    pen.disc(0.5, 0.5, 0.5, "#bdbdbd")
    pen.disc(0.5, 0.5, 0.47, "#ffffff")
    for degrees in range(0, 360, 10):
        inner = 0.1 if degrees % 90 == 0 else 0.05
        ends = _turned(degrees, (0.5, 0.02), (0.5, 0.02 + inner))
        pen.line(*ends, fill="#757575", width=0.02)


def _badge(pen: Pen, seat: int) -> None:
    pen.disc(0.5, 0.5, 0.5, "#ffffff")
    pen.disc(0.5, 0.5, 0.45, COLOURS[seat])
    pen.text(0.5, 0.5, "AK"[seat], 0.7, "#ffffff")


def _zombie(pen: Pen) -> None:
    pen.box(0.05, 0.0, 0.95, 1.0, "#1b5e20", radius=0.25)
    pen.box(0.12, 0.07, 0.88, 0.93, "#4caf50", radius=0.2)
    for x in (0.32, 0.68):
        pen.disc(x, 0.36, 0.14, "#ffffff")
        pen.disc(x, 0.38, 0.07, "#212121")
    pen.box(0.26, 0.64, 0.74, 0.78, "#212121")


def _mace(pen: Pen) -> None:
    for degrees in range(0, 180, 45):
        pen.line(*_turned(degrees, (0.5, 0.0), (0.5, 1.0)), fill="#424242", width=0.14)
    pen.disc(0.5, 0.5, 0.34, "#757575", "#212121")
