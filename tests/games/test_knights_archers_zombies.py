"""Knights Archers Zombies: the engine's rules, step by step, and players who keep alive."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from gymnasium.utils import seeding

from tests.games.play import returns
from vl_envs.games.knights_archers_zombies import KnightsArchersZombies
from vl_envs.games.zombie_engine import NAMES, STEPS, Arrow, Battle, Fighter, Mace, Zombie

GAME = KnightsArchersZombies()
STAY = "<STAY>"
KNIGHT = Fighter((784, 594, 32, 32))


def step(battle: Battle, archer: str = STAY, knight: str = STAY) -> float:
    """Make a step; return what the team is paid."""
    paid = GAME.play(battle, {0: archer, 1: knight}, np.random.default_rng(0))
    assert paid[0] == paid[1]
    return paid[0]


def shown(battle: Battle, seat: int = 0) -> bytes:
    """Draw."""
    return bytes(GAME.picture(battle, seat, (448, 448)).tobytes())


@pytest.mark.parametrize("seed", range(12))
def test_the_engine_says_the_same(seed: int) -> None:
    """Its own environment, with the same numbers and moves, has everything in the same places."""
    kaz: Any = pytest.importorskip(
        "pettingzoo.butterfly.knights_archers_zombies.knights_archers_zombies"
    )
    theirs = kaz.parallel_env(
        num_archers=1, num_knights=1, spawn_delay=10, max_zombies=5, max_cycles=STEPS
    )
    theirs.reset(seed=seed)
    raw, (rng, _) = theirs.aec_env.unwrapped, seeding.np_random(seed)
    ours, chosen, paid, scored = GAME.start(rng), np.random.default_rng(seed), 0.0, 0
    sprites = [raw.agent_map[f"{name}_0"] for name in NAMES]
    while GAME.to_move(ours):
        # The state is laid into an engine anew for each step: any copy must do.
        ours = [ours, GAME.copy(ours), pickle.loads(pickle.dumps(ours))][seed % 3]  # noqa: S301
        numbers = chosen.choice(6, 2, p=[0.1, 0.1, 0.15, 0.15, 0.4, 0.1]).tolist()
        paid += GAME.play(ours, {s: GAME.actions[numbers[s]] for s in (0, 1)}, rng)[0]
        _, _, ended, cut, _ = theirs.step(
            {f"{n}_0": a for n, a in zip(NAMES, numbers, strict=True)}
        )
        scored += sum(sprite.score for sprite in sprites)
        for sprite, fighter in zip(sprites, ours.fighters, strict=True):
            assert tuple(sprite.rect) == fighter.box and sprite.is_alive == fighter.alive
            assert tuple(sprite.direction) == fighter.heading
        assert [tuple(z.rect) for z in raw.zombie_list] == [z.box for z in ours.zombies]
        assert [tuple(a.rect) for a in sprites[0].weapons] == [a.box for a in ours.arrows]
        assert len(sprites[1].weapons) == (ours.mace is not None)
        over = any(ended.values()) or any(cut.values())
        assert over == (not GAME.to_move(ours))
    assert paid == scored == ours.kills


def test_copies_go_on_alike() -> None:
    """A copy, a deep one and a pickled one: the same future with the same numbers."""
    rng, battle = np.random.default_rng(3), GAME.start(np.random.default_rng(3))
    for _ in range(60):
        moves = {s: GAME.players["hunters"](GAME, battle, s, rng) for s in (0, 1)}
        GAME.play(battle, moves, rng)
    assert battle.zombies and battle.arrows
    futures = []
    pickled = pickle.loads(pickle.dumps(battle))  # noqa: S301
    for one in (GAME.copy(battle), copy.deepcopy(battle), pickled, battle):
        rng = np.random.default_rng(5)
        for _ in range(40):
            if GAME.to_move(one):
                moves = {s: GAME.players["random"](GAME, one, s, rng) for s in (0, 1)}
                GAME.play(one, moves, rng)
        futures.append((one, shown(one)))
    assert all(future == futures[0] for future in futures)


def test_an_arrow_kills_and_the_bow_is_drawn_again() -> None:
    """A zombie in the arrow's way; after a shot three attacks only draw the bow."""
    battle = Battle((Fighter((384, 594, 32, 32)), copy.copy(KNIGHT)), [Zombie((390, 400, 29, 31))])
    assert [step(battle, "<ATTACK>") for _ in range(5)] == [0, 0, 0, 1, 0]
    assert len(battle.arrows) == 1 and battle.kills == 1, "the fifth attack shoots again"


def test_a_mace_kills_and_the_knight_must_wait() -> None:
    """Before it, not behind it; for six more steps it does nothing else."""
    for top, kills in ((555, 1), (640, 0)):
        battle = Battle((Fighter((384, 594, 32, 32)), copy.copy(KNIGHT)))
        battle.zombies = [Zombie((786, top, 29, 31))]
        assert step(battle, knight="<ATTACK>") + step(battle) + step(battle) == kills
        at = battle.fighters[1].at
        assert isinstance(battle.mace, Mace)
        for _ in range(4):
            step(battle, knight="<FORWARD>")
        assert battle.fighters[1].at == at and not battle.over
        step(battle, knight="<FORWARD>")
        assert battle.fighters[1].at == (at[0], at[1] - 25)


def test_a_touch_or_a_zombie_at_the_bottom_ends_the_game() -> None:
    """At once, for both."""
    for zombie in (Zombie((390, 580, 29, 31)), Zombie((600, 685, 29, 31))):
        battle = Battle((Fighter((384, 594, 32, 32)), copy.copy(KNIGHT)), [zombie])
        step(battle)
        assert battle.over and not GAME.to_move(battle) and not GAME.legal(battle, 1)
    late = Battle((Fighter((384, 594, 32, 32)), copy.copy(KNIGHT)), step=STEPS - 1)
    step(late)
    assert not late.over and not GAME.to_move(late)


def test_hunters_are_good_and_random_play_is_not() -> None:
    """Returns lie where VS-Bench's ten episodes may well have put random play's."""
    good = returns(GAME, ("hunters", "hunters"), 20)[:, 0]
    bad = returns(GAME, ("random", "random"), 150)[:, 0]
    assert good.mean() > 17 and GAME.published is not None
    assert abs(bad.mean() - GAME.published[0]) < 2 * bad.std() / 10**0.5
    assert GAME.norm(bad.mean()) < 5 and GAME.won(Battle((KNIGHT, KNIGHT)), (18.0, 18.0), 0)


def test_the_picture_shows_everything() -> None:
    """Each thing that decides what comes is in it; each seat sees itself marked."""
    archer = Fighter((384, 594, 32, 32))
    battle = Battle((archer, copy.copy(KNIGHT)))
    seen = {shown(battle), shown(battle, 1)}
    changes: list[dict[str, Any]] = [
        {"zombies": [Zombie((390, 100, 29, 31))]},
        {"arrows": [Arrow((390, 300, 46, 46), (0.0, -1.0))]},
        {"mace": Mace((790, 560, 32, 32), 0)},
        {"kills": 1},
        {"step": 1},
        {"fighters": (Fighter((384, 569, 32, 32)), KNIGHT)},
        {"fighters": (Fighter((384, 594, 32, 32), (1.0, 0.0)), KNIGHT)},
        {"fighters": (Fighter((384, 594, 32, 32), blocked=0), KNIGHT)},
        {"fighters": (archer, Fighter(KNIGHT.box, blocked=2))},
        {"fighters": (archer, Fighter(KNIGHT.box, blocked=3))},
    ]
    for change in changes:
        seen.add(shown(Battle(**{"fighters": (archer, copy.copy(KNIGHT)), **change})))
    assert len(seen) == 2 + len(changes)
