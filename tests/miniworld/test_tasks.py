"""Every task is won and lost by the true state of its world, and pays what it says."""

from __future__ import annotations

import dataclasses
import importlib
import math
from typing import Any

import gymnasium as gym
import pytest

from tests.miniworld.worlds import make, put, put_before, say, world_of
from vl_envs.miniworld.tasks import TASKS, Task

TO_THE_BOX = [name for name, task in TASKS.items() if type(task) is Task]


def test_there_are_23_tasks() -> None:
    """All that MiniWorld registers are here, by their names."""
    make("Hallway")  # opens OpenGL without a screen, which importing MiniWorld alone does not
    importlib.import_module("miniworld")
    theirs = {name.split("-")[1] for name in gym.registry if name.startswith("MiniWorld-")}
    assert len(TASKS) == 23 and set(TASKS) == theirs


@pytest.mark.parametrize("task", TO_THE_BOX)
def test_the_box_is_reached_by_touching_it(task: str) -> None:
    """At the box one wins and earns a little less than 1; a step further off, nothing."""
    env = make(task)
    limit = world_of(env).max_episode_steps
    put_before(env, world_of(env).box, gap=1.2 * world_of(env).max_forward_step)
    reward, ended, info = say(env, "turn_left")
    assert (reward, ended, info["success"]) == (0.0, False, False)
    put_before(env, world_of(env).box, gap=0.1)
    reward, ended, info = say(env, "turn_left")
    assert ended and info["success"]
    assert reward == pytest.approx(1 - 0.2 * 2 / limit) and info["reward_terms"] == {"goal": reward}


@pytest.mark.parametrize("task", ["Hallway", "ThreeRooms", "PutNext", "PickupObjects", "Sign"])
def test_sparse_is_plain_success(task: str) -> None:
    """With ``reward="sparse"`` the expert earns 1 in its last turn and nothing before."""
    env = make(task, seed=3, reward="sparse")
    rewards = []
    ended = False
    while not ended:
        _, reward, ended, _, info = env.step(env.expert_action())
        rewards.append(reward)
    assert info["success"] and rewards == [0.0] * (len(rewards) - 1) + [1.0]


def test_the_street_is_lost_and_never_paid() -> None:
    """A step into the street ends the episode; the box touched from there pays nothing."""
    env = make("Sidewalk")
    world = world_of(env)
    put(env, world.agent, -0.05, 3.0, 0.0)
    reward, ended, info = say(env, "move_forward")
    assert (reward, ended, info["success"]) == (0.0, True, False)
    env.reset(seed=0)
    world = world_of(env)
    put(env, world.box, -0.7, 11.0)
    put(env, world.agent, 0.05, 11.0, 0.0)
    assert world_of(env).near(world.box)
    reward, ended, info = say(env, "turn_left")
    assert (reward, ended, info["success"]) == (0.0, True, False)


def test_things_are_picked_up_one_by_one() -> None:
    """Each of the five pays 1, and with the last one the episode is won."""
    env = make("PickupObjects")
    for count in range(1, 6):
        things = [thing for thing in world_of(env).entities if thing is not world_of(env).agent]
        thing = things[0]
        put(env, thing, 6.0, 6.0)
        for i, other in enumerate(things[1:]):
            put(env, other, 1.5 + 2 * i, 1.5)
        put_before(env, thing, gap=0.1)
        reward, ended, info = say(env, "pick_up")
        assert reward == 1.0
        assert ended == info["success"] == (count == 5)
        text = env._observe().text
        assert f"Picked up: {count} of 5." in text


def test_two_boxes_count_once_the_load_is_put_down() -> None:
    """The red box beside the yellow one wins when nothing is carried, and not before."""
    env = make("PutNext")
    world = world_of(env)
    for i, thing in enumerate(world.entities):
        put(env, thing, 1.5 + 1.7 * i, 1.0)
    put(env, world.red_box, 6.0, 6.0)
    put_before(env, world.red_box, gap=0.1)
    _, _, info = say(env, "pick_up")
    assert not info["success"] and "You carry the red box." in env._observe().text
    load = world_of(env).red_box.pos
    apart = world.red_box.radius + world.yellow_box.radius
    put(env, world.yellow_box, float(load[0]) - apart - 0.1, float(load[2]))
    _, ended, info = say(env, "pick_up")
    assert not ended and not info["success"]
    reward, ended, info = say(env, "drop")
    assert ended and info["success"] and 0.8 <= reward <= 1
    assert "You carry nothing." in env._observe().text


def test_the_dead_have_lost() -> None:
    """Every move costs two of a hundred, and the last one 100 of the return."""
    env = make("CollectHealth")
    for move in range(1, 50):
        reward, ended, info = say(env, "turn_left")
        assert (reward, ended, info["success"]) == (2.0, False, False)
        assert f"Health: {100 - 2 * move} of 100." in env._observe().text
    reward, ended, info = say(env, "turn_left")
    assert (reward, ended, info["success"]) == (-100.0, True, False)


def test_a_medkit_heals_and_comes_back_elsewhere() -> None:
    """Picking one up brings health back to 100, and leaves as many of them."""
    env = make("CollectHealth")
    say(env, "turn_left", steps=10)
    kit = next(thing for thing in world_of(env).entities if thing is not world_of(env).agent)
    put(env, kit, 8.0, 8.0)
    put_before(env, kit, gap=0.1)
    count = len(env.state.things)
    say(env, "pick_up")
    assert env.state.counters == {"health": 100} and len(env.state.things) == count
    assert tuple(world_of(env).entities[-1].pos) != (8.0, 0.0, 8.0)


def test_who_lives_for_all_moves_has_won() -> None:
    """The thousandth move, survived, is success, also within a turn, and the last move."""
    for moves, health, won in ((1, 100, True), (10, 100, True), (1, 2, False)):
        env = make("CollectHealth")
        state = dataclasses.replace(env.state, steps=1000 - min(moves, 4))
        env.state = dataclasses.replace(state, counters={"health": health})
        _, ended, info = say(env, "turn_left", steps=moves)
        assert ended and info["success"] == won
        assert env.state.steps == 1000


def test_a_sign_wants_one_of_six_things() -> None:
    """The right thing pays 1, each wrong one -1, and both end the episode."""
    env = make("Sign", seed=1)
    wanted = env.task.aims(world_of(env))[0]
    for number in range(6):
        env.reset(seed=1)
        world = world_of(env)
        thing = [thing for pair in world._objects for thing in pair][number]
        put_before(env, thing, gap=0.1)
        reward, ended, info = say(env, "turn_left")
        right = tuple(thing.pos) == tuple(wanted.pos)
        assert ended and info["success"] == right and reward == (1.0 if right else -1.0)


def test_signs_differ_and_their_colour_is_not_told() -> None:
    """Both shapes and all colours are asked for, and the text names the shape alone."""
    env = make("Sign")
    asked = set()
    for seed in range(40):
        text = env.reset(seed=seed)[0]["text"].split("\n")[0]
        asked.add((env.state.variant["_color_index"], "box" in text))
        assert text in {
            f"Read the colour on the wall and go to the {shape} of that colour."
            for shape in ("box", "key")
        }
    assert len(asked) == 6


@pytest.mark.parametrize("task", ["ThreeRooms", "RoomObjects"])
def test_the_named_thing_is_the_goal(task: str) -> None:
    """The goal names exactly one thing; it wins, the others do not."""
    env = make(task)
    named = set()
    for seed in range(30):
        text = env.reset(seed=seed)[0]["text"].split("\n")[0]
        world = world_of(env)
        names = [name for thing in world.entities if (name := world.name_of(thing))]
        assert len(names) == len(set(names)) >= 3
        (wanted,) = (name for name in names if text == f"Go to the {name}.")
        named.add(wanted)
        for thing in world.entities:
            if name := world.name_of(thing):
                env.reset(seed=seed)
                put_before(env, thing, gap=0.1)
                touched = [n for t in world.entities if (n := world.name_of(t)) and world.near(t)]
                if touched == [name]:
                    assert say(env, "turn_left")[2]["success"] == (name == wanted)
    assert len(named) >= 4


@pytest.mark.parametrize("task", ["Hallway", "RoomObjects"])
def test_moves_are_limited_however_many_a_turn_holds(task: str) -> None:
    """Ten moves a turn end the episode after MiniWorld's number of moves, without success."""
    env = make(task)
    for turn in range(1, 26):
        reward, ended, info = say(env, "turn_left", steps=10)
        assert (reward, info["success"]) == (0.0, False)
        assert ended == (turn == 25)
    assert env.state.steps == 250


def test_one_move_a_turn_is_truncated_not_terminated() -> None:
    """The limit of turns is the registry's, and truncation, as everywhere."""
    env = gym.make("VLMiniWorld/OneRoomS6Fast-v0", image_size=16)
    env.reset(seed=0)
    turn: Any = env.get_wrapper_attr("parser").write("turn_left", {})
    for number in range(1, 51):
        _, _, terminated, truncated, info = env.step(turn)
        assert not terminated and truncated == (number == 50) and not info["success"]


def test_no_world_begins_at_its_goal_or_without_a_way() -> None:
    """Small rooms often would: such worlds are drawn again."""
    env = make("OneRoomS6Fast")
    for seed in range(60):
        env.reset(seed=seed)
        assert not env.task.won(world_of(env))
    worlds = [int(env.simulator.build(seed).seed) for seed in range(60)]
    begun = 0
    for seed in worlds:
        env.simulator.build(seed)
        begun += env.task.won(env.simulator.world)
    assert begun > 5, "the check above would prove nothing"


def test_forward_moves_are_moves() -> None:
    """``forward_moves=4`` goes four steps ahead, says so, and still turns by one."""
    env, plain = make("OneRoom", seed=2, forward_moves=4), make("OneRoom", seed=2)
    for name, times in (("move_forward", 4), ("turn_left", 1)):
        say(env, name)
        say(plain, name, steps=times)
        assert env.state == plain.state
    assert "go 0.6 m ahead" in env.parser.instructions()
    assert math.isclose(env.simulator.world.agent.dir, plain.simulator.world.agent.dir)
