"""The planner's plans work, and there are no shorter ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.alfworld.houses import small_house, some_state, some_wish
from vl_envs.alfworld.engine import NOTHING, carry_out, obey, possible_acts
from vl_envs.alfworld.goals import TASKS, Wish, won
from vl_envs.alfworld.homes import make_home
from vl_envs.alfworld.house import House, HouseState
from vl_envs.alfworld.planner import next_command, plan


def _key(state: HouseState) -> tuple[object, ...]:
    sets = (state.opened, state.clean, state.hot, state.cool, state.lit)
    return (state.spot, *state.where, *map(frozenset, sets))


def _shortest(house: House, state: HouseState, wish: Wish, most: int) -> int | None:
    """Count the commands that a search through all of them needs; None for more than ``most``."""
    states, met = [state], {_key(state)}
    for commands in range(most + 1):
        if any(won(house, one, wish) for one in states):
            return commands
        found = []
        for one in states:
            for act in possible_acts(house, one):
                if act.verb in ("look", "inventory", "help", "examine", "examine thing", "slice"):
                    continue
                other = one.copy()
                carry_out(house, other, act)
                if _key(other) not in met:
                    met.add(_key(other))
                    found.append(other)
        states = found
    return None


def test_no_plan_is_shorter() -> None:
    """In small houses, from random states, a search through everything finds nothing shorter."""
    rng = np.random.default_rng(5)
    lengths: Counter[tuple[str, int]] = Counter()
    for _ in range(150):
        house = small_house(rng, receptacles=4, things=3)
        if all(thing.toggleable for thing in house.things):
            continue
        state = some_state(rng, house, steps=int(rng.integers(12)))
        wish = some_wish(rng, house)
        try:
            commands = plan(house, state, wish)
        except ValueError:
            assert _shortest(house, state, wish, 8) is None, (wish, state)
            continue
        lengths[wish.task, len(commands)] += 1
        assert _shortest(house, state, wish, len(commands)) == len(commands), (wish, commands)
    assert {task for task, _ in lengths} == {*TASKS}
    assert max(length for _, length in lengths) >= 7


@pytest.mark.parametrize("task", TASKS)
def test_plans_are_carried_out(task: str) -> None:
    """In homes, from anywhere on a random walk, a plan wins; each command shortens it by one."""
    rng = np.random.default_rng(2)
    for _ in range(15):
        home = make_home(rng, [task], "train")
        state = home.state.copy()
        for _ in range(int(rng.integers(10))):
            acts = list(possible_acts(home.house, state))
            carry_out(home.house, state, acts[int(rng.integers(len(acts)))])
        commands = plan(home.house, state, home.wish)
        for left in range(len(commands), 0, -1):
            assert len(plan(home.house, state, home.wish)) == left
            assert obey(home.house, state, next_command(home.house, state, home.wish)) != NOTHING
        assert won(home.house, state, home.wish)


def test_what_is_done_or_cannot_be_done_has_no_next_command() -> None:
    """A fulfilled wish leaves nothing to do, and an impossible one is an error that names it."""
    home = make_home(np.random.default_rng(0), ["pick_and_place_simple"], "train")
    state = home.state.copy()
    for command in plan(home.house, state, home.wish):
        obey(home.house, state, command)
    assert plan(home.house, state, home.wish) == []
    with pytest.raises(ValueError, match="nothing left to do"):
        next_command(home.house, state, home.wish)
    with pytest.raises(ValueError, match="nothing in this house fulfils"):
        plan(home.house, state, Wish("pick_and_place_simple", "Unicorn", "Bed"))
