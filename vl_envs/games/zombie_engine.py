"""PettingZoo's Knights Archers Zombies as a rule book: positions that copy, and one step of it.

The engine keeps the rules (Terry et al. 2021, arXiv 2009.14471). The settings are VS-Bench's: a
zombie every 10 steps, and never more than 5 at once (Xu et al. 2025, arXiv 2506.02387, D.3, F.3).
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vl_envs.core.errors import require

STEPS, SPAWN, MOST = 200, 10, 5
"""Steps of a game, steps from zombie to zombie, and how many there are at most."""
WIDE, HIGH, WALL = 1280, 720, 100
"""The field, and how much of it the walls take on the left and on the right."""
BOW, MACE = 3, 6
"""Attacks that only draw the bow after a shot; steps for which a blow keeps the knight."""
NAMES = ("archer", "knight")

Box = tuple[int, int, int, int]
"""Left, top, width and height; y grows downwards. What touches is decided by boxes alone."""


@dataclass
class Thing:
    """Something that lies in a box."""

    box: Box

    @property
    def at(self) -> tuple[int, int]:
        """Its middle."""
        left, top, width, height = self.box
        return left + width // 2, top + height // 2


@dataclass
class Fighter(Thing):
    """The archer or the knight.

    Attributes:
        heading: where it looks, a unit vector.
        blocked: attacks, or steps, that it has waited since it attacked; -1 if it need not wait.
        alive: whether no zombie has touched it.
    """

    heading: tuple[float, float] = (0.0, -1.0)
    blocked: int = -1
    alive: bool = True

    @property
    def degrees(self) -> int:
        """Its heading: 0 is up, 90 right."""
        return degrees_of(self.heading)


@dataclass
class Zombie(Thing):
    """A zombie, and steps since it last could go to a side."""

    walked: int = 0


@dataclass
class Arrow(Thing):
    """An arrow in flight."""

    heading: tuple[float, float]


@dataclass
class Mace(Thing):
    """The knight's mace while it swings, at so many degrees to the right of its heading."""

    arc: int


@dataclass
class Battle:
    """A position.

    Attributes:
        fighters: archer and knight.
        zombies: in the order in which they came.
        arrows: in the order in which they were shot.
        mace: while the knight strikes.
        waited: steps since a zombie came last, or would have.
        over: whether a zombie has touched a fighter or passed the lower border.
    """

    fighters: tuple[Fighter, Fighter]
    zombies: list[Zombie] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    mace: Mace | None = None
    waited: int = 0
    step: int = 0
    kills: int = 0
    over: bool = False


def degrees_of(heading: tuple[float, float]) -> int:
    """Give the degrees of a heading: 0 is up, 90 right."""
    return round(math.degrees(math.atan2(heading[0], -heading[1]))) % 360


class ZombieEngine:
    """PettingZoo's game, into which a `Battle` is laid for each step, and read out again.

    Its own objects hold surfaces, so they neither copy nor pickle; what they do is decided by what
    a `Battle` holds. Pictures are never drawn, and sprites are used again: each reads a file.
    """

    def __init__(self) -> None:
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        root = "pettingzoo.butterfly.knights_archers_zombies"
        module = require(f"{root}.knights_archers_zombies", "kaz")
        self._interval, self._actions = module.Interval, module.const.Actions
        self._const, self._vector = module.const, module.pygame.Vector2
        self._raw = module.raw_env(
            num_archers=1, num_knights=1, spawn_delay=SPAWN, max_zombies=MOST, max_cycles=STEPS
        )
        self._raw.reset(seed=0)
        self._raw.screen = self._raw.background = None
        self._fighters = [self._raw.agent_map[f"{name}_0"] for name in NAMES]
        self._start = [tuple(sprite.rect) for sprite in self._fighters]
        weapons = require(f"{root}.src.weapons", "kaz")
        self._zombies = [module.Zombie(self._raw.np_random) for _ in range(MOST)]
        self._arrows = [weapons.Arrow(self._fighters[0]) for _ in range(self._raw.max_arrows)]
        self._mace = weapons.Sword(self._fighters[1])

    def __reduce__(self) -> tuple[type[ZombieEngine], tuple[()]]:
        # Nothing is kept in it from step to step.
        return ZombieEngine, ()

    def fresh(self) -> Battle:
        """Give the position in which games begin."""
        archer, knight = (Fighter(box) for box in self._start)
        return Battle((archer, knight))

    def play(self, battle: Battle, actions: Sequence[int], rng: np.random.Generator) -> int:
        """Make a step; return the number of zombies that were killed."""
        raw = self._raw
        self._write(battle, rng)
        for sprite, number in zip(self._fighters, actions, strict=True):
            action = self._actions(number)
            if not sprite.is_timed_out(action):
                sprite.act(action)
        raw.apply_weapons()
        raw.do_zombie_turn()
        raw._check_game_over()
        kills: int = sum(sprite.score for sprite in self._fighters)
        self._read(battle)
        battle.over = raw.game_over or bool(raw.kill_list)
        battle.step += 1
        battle.kills += kills
        return kills

    def _write(self, battle: Battle, rng: np.random.Generator) -> None:
        raw = self._raw
        raw.np_random, raw.kill_list = rng, []
        raw.zombie_spawn_interval._current_step = battle.waited
        waits = self._const.ARROW_TIMEOUT, self._const.KNIGHT_TIMEOUT
        for sprite, fighter, wait in zip(self._fighters, battle.fighters, waits, strict=True):
            sprite.rect.update(fighter.box)
            sprite.direction = self._vector(fighter.heading)
            sprite.is_alive, sprite.score = fighter.alive, 0
            sprite.timeout = None if fighter.blocked < 0 else self._interval(wait)
            if sprite.timeout:
                sprite.timeout._current_step = fighter.blocked
            sprite.weapons.empty()
            raw.player_list.add(sprite)
        raw.zombie_list.empty()
        for sprite, zombie in zip(self._zombies, battle.zombies, strict=False):
            sprite.rect.update(zombie.box)
            sprite.wobble_interval._current_step, sprite.randomizer = zombie.walked, rng
            raw.zombie_list.add(sprite)
        for sprite, arrow in zip(self._arrows, battle.arrows, strict=False):
            sprite.rect.update(arrow.box)
            sprite.direction = self._vector(arrow.heading)
            self._fighters[0].weapons.add(sprite)
        if battle.mace is not None:
            self._mace.arc, self._mace.active = battle.mace.arc, True
            self._fighters[1].weapons.add(self._mace)

    def _read(self, battle: Battle) -> None:
        for sprite, fighter in zip(self._fighters, battle.fighters, strict=True):
            fighter.box, fighter.heading = tuple(sprite.rect), tuple(sprite.direction)
            fighter.blocked = sprite.timeout._current_step if sprite.timeout else -1
            fighter.alive = sprite.is_alive
        archer, knight = self._fighters
        battle.zombies = [
            Zombie(tuple(sprite.rect), sprite.wobble_interval._current_step)
            for sprite in self._raw.zombie_list
        ]
        battle.arrows = [
            Arrow(tuple(sprite.rect), tuple(sprite.direction)) for sprite in archer.weapons
        ]
        battle.mace = next((Mace(tuple(s.rect), s.arc) for s in knight.weapons), None)
        battle.waited = self._raw.zombie_spawn_interval._current_step
