"""Each game's own: rules, players, and that hidden cards are hidden."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pyspiel
import pytest

from tests.games.play import after, returns
from vl_envs.games.alpha_beta import best_move
from vl_envs.games.breakthrough import rows_of
from vl_envs.games.grid import SIDES, STEPS, Grid
from vl_envs.games.hanabi_table import table_of
from vl_envs.games.kitchen import Kitchen
from vl_envs.games.players import play_match
from vl_envs.games.table import make_game

RNG = np.random.default_rng(0)


def same_picture(game: Any, states: list[Any], seat: int) -> bool:
    """Tell whether a seat sees the same in two states."""
    one, two = (game.picture(state, seat, (448, 448)) for state in states)
    return np.array_equal(one, two)


def test_perfect_play_never_loses() -> None:
    """At tic-tac-toe, in either seat; OpenSpiel says who has won as we do."""
    game = make_game("tic_tac_toe")
    assert returns(game, ("perfect", "random"), 100)[:, 0].min() >= 0
    assert returns(game, ("random", "perfect"), 100)[:, 1].min() >= 0
    assert not returns(game, ("perfect", "perfect"), 20).any()
    theirs = pyspiel.load_game("tic_tac_toe")
    for seed in range(50):
        rng = np.random.default_rng(seed)
        ours, state, paid = game.start(rng), theirs.new_initial_state(), (0.0, 0.0)
        while seats := game.to_move(ours):
            assert seats == (state.current_player(),)
            move = game.players["random"](game, ours, seats[0], rng)
            paid = game.play(ours, {seats[0]: move}, rng)
            state.apply_action(game.actions.index(move))
        assert state.is_terminal() and tuple(state.returns()) == paid


def test_kuhns_equilibrium_is_one() -> None:
    """Against its strategy nobody gains: the value is -1/18 in the first seat, and both ways."""
    game, policy = pyspiel.load_game("kuhn_poker"), {}
    for card in range(3):
        for said, bet in (
            ("", (0, 0, 0)),
            ("p", (1 / 3, 0, 1)),
            ("b", (0, 1 / 3, 1)),
            ("pb", (0, 1 / 3, 1)),
        ):
            policy[f"{card}{said}"] = [(0, 1 - bet[card]), (1, bet[card])]
    assert pyspiel.nash_conv(game, pyspiel.TabularPolicy(policy)) == pytest.approx(0, abs=1e-9)
    ours = make_game("kuhn_poker")
    assert returns(ours, ("nash", "nash"), 4000)[:, 0].mean() == pytest.approx(-1 / 18, abs=0.06)
    seats = [
        returns(ours, ("random", "nash"), 4000)[:, 0].mean(),
        returns(ours, ("nash", "random"), 4000)[:, 1].mean(),
    ]
    assert np.mean(seats) == pytest.approx(-1 / 9, abs=0.05), "VS-Bench's return of random play"


def test_counterfactual_regret_finds_the_same_value() -> None:
    """OpenSpiel's CFR comes to an equilibrium, too: it and ours earn alike of each other."""
    game = pyspiel.load_game("kuhn_poker")
    solver = pyspiel.CFRSolver(game)
    for _ in range(1000):
        solver.evaluate_and_update_policy()
    found = solver.tabular_average_policy()
    assert pyspiel.nash_conv(game, found) < 0.01

    def cfr(game: Any, state: Any, seat: int, rng: np.random.Generator) -> str:
        bet = found.action_probabilities(state)[1]
        return str(game.actions[int(rng.random() < bet)])

    ours, rng = make_game("kuhn_poker"), np.random.default_rng(0)
    nash = ours.players["nash"]
    paid = [play_match(ours, (cfr, nash), rng)[1][0] for _ in range(4000)]
    paid += [play_match(ours, (nash, cfr), rng)[1][1] for _ in range(4000)]
    assert np.mean(paid) == pytest.approx(0, abs=0.05)


def test_a_hidden_card_is_in_no_pixel() -> None:
    """Change what a seat must not see: its picture stays, the other's changes."""
    game: Any = make_game("kuhn_poker")
    for mine, one, other in permutations(range(3)):
        states = []
        for theirs in (one, other):
            state = game.openspiel.new_initial_state()
            state.apply_action(mine)
            state.apply_action(theirs)
            state.apply_action(1)
            states.append(state)
        assert same_picture(game, states, 0)
        assert not same_picture(game, states, 1)


def test_own_cards_of_hanabi_are_hidden() -> None:
    """Two deals that differ in seat 0's cards alone look the same to it."""
    game: Any = make_game("hanabi")
    deals = [[0, 1, 2, 3, 4, 10, 11, 12, 13, 14], [20, 21, 22, 23, 24, 10, 11, 12, 13, 14]]
    states = []
    for deal in deals:
        state = game.openspiel.new_initial_state()
        for card in deal:
            state.apply_action(card)
        states.append(state)
    assert not any(state.is_chance_node() for state in states)
    assert table_of(states[0], 1).other != table_of(states[1], 1).other
    assert same_picture(game, states, 0)
    assert not same_picture(game, states, 1)


def _value(state: Any, seat: int, depth: int) -> float:
    """Search everything: 1 if ``seat`` can win within ``depth``, -1 if it must lose, else 0."""
    if state.is_terminal():
        return float(state.returns()[seat])
    if not depth:
        return 0.0
    values = [_value(state.child(action), seat, depth - 1) for action in state.legal_actions()]
    return max(values) if state.current_player() == seat else min(values)


def test_alpha_beta_finds_what_a_full_search_finds() -> None:
    """Near the end: it wins where that is possible in three, and avoids a loss in two."""
    game, tried = make_game("breakthrough"), 0
    for seed in range(40):
        state = after(game, 34 + seed % 12, seed)
        if not game.to_move(state):
            continue
        seat = state.current_player()
        move = best_move(rows_of(state), seat, 3, np.random.default_rng(seed))
        chosen = game.copy(state)
        game.play(chosen, {seat: move}, RNG)
        best = _value(state, seat, 3)
        assert _value(chosen, seat, 2) == best
        tried += best != 0
    assert tried > 8


def _at(**spots: tuple[int, int]) -> dict[str, tuple[int, int]]:
    return {name.replace("_", " "): spot for name, spot in spots.items()}


def test_coins_pay_their_finder_and_cost_their_owner() -> None:
    """Each of the table's four events."""
    game = make_game("coin_dilemma")
    for red, paid in (((1, 0), (1.0, 0.0)), ((0, 1), (1.0, -2.0))):
        spots = _at(red=(0, 0), blue=(4, 4), red_coin=(1, 0), blue_coin=(0, 1))
        state = Grid(spots, [0] * 4)
        move = "<RIGHT>" if red == (1, 0) else "<UP>"
        assert game.play(state, {0: move, 1: "<STAY>"}, RNG) == paid
        assert len(set(state.spots.values())) == 4 and sum(state.counts) == 1


def test_the_monster_comes_to_the_nearer_and_is_met_together_or_alone() -> None:
    """Two points lost alone, five won each together."""
    game = make_game("monster_hunt")
    far = {"first_apple": (4, 4), "second_apple": (4, 3)}
    state = Grid(_at(red=(0, 0), blue=(4, 0), monster=(1, 0), **far), [0] * 5)
    assert game.play(state, {0: "<STAY>", 1: "<STAY>"}, RNG) == (-2.0, 0.0)
    assert state.spots["red"] != (0, 0) and state.spots["monster"] == (0, 0)
    state = Grid(_at(red=(0, 0), blue=(0, 1), monster=(1, 0), **far), [0] * 5)
    assert game.play(state, {0: "<STAY>", 1: "<DOWN>"}, RNG) == (5.0, 5.0)
    assert state.spots["monster"] != (0, 0)


def test_blocks_pay_where_both_meet() -> None:
    """More to whose colour it is; nothing on different ones."""
    game = make_game("battle_of_the_colors")
    blocks = {"red_block": (2, 2), "blue_block": (3, 2)}
    for red, blue, paid in (
        ((2, 2), (2, 2), (2.0, 1.0)),
        ((3, 2), (3, 2), (1.0, 2.0)),
        ((2, 2), (3, 2), (0.0, 0.0)),
        ((2, 2), (0, 0), (0.0, 0.0)),
    ):
        state = Grid(_at(red=red, blue=blue, **blocks), [0] * 3)
        assert game.play(state, {0: "<STAY>", 1: "<STAY>"}, RNG) == paid
        assert sum(state.counts) == (blue != (0, 0))
        assert not {red, blue} & {state.spots["red block"], state.spots["blue block"]} or not sum(
            state.counts
        )


@pytest.mark.parametrize("name", ["coin_dilemma", "monster_hunt", "battle_of_the_colors"])
def test_returns_are_vs_benchs(name: str) -> None:
    """Random and reference returns lie where ten episodes, as published, may well have put them."""
    game = make_game(name)
    assert game.published is not None
    for player, published in zip(("random", game.reference), game.published, strict=True):
        total = returns(game, (player, player), 300).sum(1)
        assert abs(total.mean() - published) < 2.3 * total.std() / 10**0.5 + 0.2
    assert len(SIDES) == 2 and game.horizon == STEPS


def test_a_soup_is_cooked_and_served() -> None:
    """Step by step: what pays, what does not, and that two onions make no soup that pays."""
    game = make_game("overcooked")
    state = Kitchen(at=[(2, 1), (1, 2)], held=["onion", ""], facing=[(0, -1), (0, 1)], onions=2)
    stay, use = "<STAY>", "<INTERACT>"
    assert game.play(state, {0: use, 1: stay}, RNG) == (2.0, 2.0) and state.onions == 3
    assert game.play(state, {0: use, 1: stay}, RNG) == (0.0, 0.0) and state.cooked == 1
    assert game.play(state, {0: stay, 1: use}, RNG) == (2.0, 2.0) and state.held[1] == "dish"
    for _ in range(3):
        game.play(state, {0: stay, 1: stay}, RNG)
    assert state.ready
    state.held = ["dish", ""]
    assert game.play(state, {0: stay, 1: use}, RNG) == (0.0, 0.0), "a second dish is not needed"
    assert game.play(state, {0: use, 1: stay}, RNG) == (2.0, 2.0)
    assert state.held == ["soup3", "dish"] and state.onions == 0
    state.at, state.facing = [(3, 2), (1, 1)], [(0, 1), (0, -1)]
    assert game.play(state, {0: use, 1: stay}, RNG) == (10.0, 10.0)
    state.held[0] = "soup2"
    assert game.play(state, {0: use, 1: stay}, RNG) == (0.0, 0.0) and not state.held[0]


def test_chefs_do_not_walk_through_each_other() -> None:
    """Into one tile or past each other: both stay, and turn."""
    game = make_game("overcooked")
    for left, right, moves in (
        ((1, 1), (3, 1), ("<RIGHT>", "<LEFT>")),
        ((1, 1), (2, 1), ("<RIGHT>", "<LEFT>")),
        ((1, 1), (2, 1), ("<RIGHT>", "<STAY>")),
    ):
        state = Kitchen(at=[left, right])
        game.play(state, dict(enumerate(moves)), RNG)
        assert state.at == [left, right] and state.facing[0] == (1, 0)
    state = Kitchen(at=[(1, 1), (2, 1)])
    game.play(state, {0: "<RIGHT>", 1: "<RIGHT>"}, RNG)
    assert state.at == [(2, 1), (3, 1)], "one may follow the other"


def test_hanabi_played_by_rules() -> None:
    """The pair that follows conventions comes far; it never loses all lives in most games."""
    paid = returns(make_game("hanabi"), ("rules", "rules"), 60)
    assert np.array_equal(paid[:, 0], paid[:, 1]) and paid[:, 0].mean() > 17
