"""The explorer wins, and knows nothing but what it has seen."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from vl_envs.alfworld.engine import NOTHING, carry_out, obey, possible_acts
from vl_envs.alfworld.explorer import Explorer
from vl_envs.alfworld.goals import TASKS, won
from vl_envs.alfworld.homes import Home, make_home
from vl_envs.alfworld.house import HELD, HouseState


def _explorer(rng: np.random.Generator, home: Home, state: HouseState) -> Explorer:
    order = [int(i) for i in rng.permutation(len(home.house.receptacles))]
    explorer = Explorer(home.house, home.wish, order)
    explorer.see(state)
    return explorer


@pytest.mark.parametrize("task", TASKS)
def test_wins_whoever_acts_in_between(task: str) -> None:
    """It fulfils every wish, alone in 50 commands, and with a fool acting every third turn."""
    for fool in (False, True):
        for seed in range(12):
            rng = np.random.default_rng(seed)
            home = make_home(rng, [task], "train")
            state = home.state.copy()
            explorer = _explorer(rng, home, state)
            for turn in range(200 if fool else 50):
                if won(home.house, state, home.wish):
                    break
                if fool and turn % 3 == 2:
                    acts = list(possible_acts(home.house, state))
                    carry_out(home.house, state, acts[int(rng.integers(len(acts)))])
                else:
                    assert obey(home.house, state, explorer.command(state)) != NOTHING
                explorer.see(state)
            assert won(home.house, state, home.wish), (seed, fool)


def test_what_was_not_seen_does_not_matter() -> None:
    """Things that lie unseen may be anywhere else unseen: it says the same."""
    rng = np.random.default_rng(0)
    changed = 0
    for _ in range(60):
        home = make_home(rng, TASKS, "train")
        state = home.state.copy()
        explorer = _explorer(rng, home, state)
        for _ in range(int(rng.integers(12))):
            if won(home.house, state, home.wish):
                break
            obey(home.house, state, explorer.command(state))
            explorer.see(state)
        unseen = [i for i in range(len(home.house.receptacles)) if i not in explorer.looked]
        other = state.copy()
        for thing, where in enumerate(state.where):
            if where != HELD and where not in explorer.looked and unseen:
                other.where[thing] = unseen[int(rng.integers(len(unseen)))]
        changed += other.where != state.where
        if not won(home.house, state, home.wish):
            assert explorer.command(other) == explorer.command(state)
    assert changed > 20


def test_memory_is_its_own() -> None:
    """A copy goes on alone; asking twice gives one answer and changes nothing."""
    rng = np.random.default_rng(1)
    home = make_home(rng, TASKS, "train")
    state = home.state.copy()
    explorer = _explorer(rng, home, state)
    twin = copy.deepcopy(explorer)
    for _ in range(4):
        assert explorer.command(state) == explorer.command(state)
        obey(home.house, state, explorer.command(state))
        explorer.see(state)
    assert twin.looked < explorer.looked
