"""What `MiniWorldEnv` says, takes and refuses, whatever the task."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from tests.miniworld.worlds import make, say, world_of
from vl_envs.core.parser import Command
from vl_envs.miniworld.dialects import WORLD_DIALECTS
from vl_envs.miniworld.env import MiniWorldEnv
from vl_envs.miniworld.tasks import HANDS, TASKS

EACH = pytest.mark.parametrize("task", sorted(TASKS))


@EACH
def test_the_goal_and_the_rules_are_told(task: str) -> None:
    """At reset goal, rules and action format; later the goal and what the picture does not show."""
    env = make(task)
    first = env.reset(seed=0)[0]["text"]
    goal = env.task.instruction(world_of(env))
    assert goal.endswith(".") and first.startswith(goal)
    assert env.task.rules in first and env.parser.instructions() in first
    later = env.step(env.parser.write("turn_left", {}))[0]["text"]
    assert later.split("\n") == [goal, *filter(None, [env.task.status(world_of(env))])]
    brief = make(task, prompt="brief").reset(seed=0)[0]["text"]
    assert brief == "\n".join(filter(None, [goal, env.task.status(world_of(make(task)))]))


@EACH
@pytest.mark.parametrize("prompt", ["full", "brief"])
def test_every_word_is_in_the_vocabulary(task: str, prompt: str) -> None:
    """What is shown, and what the expert says, is made of the words that are promised."""

    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+|[^\w\s]", text))

    env = make(task, prompt=prompt, map=True)
    known = words(" ".join(env.vocabulary()))
    for seed in range(12):
        observation, _ = env.reset(seed=seed)
        for _ in range(6):
            action = env.expert_action()
            assert words(observation["text"]) | words(action) <= known
            observation, _, ended, _, _ = env.step(action)
            if ended:
                break


@EACH
def test_admissible_actions_are_the_commands(task: str) -> None:
    """Each is valid, and there is one for every command."""
    env = make(task)
    admissible = env.reset(seed=1)[1]["admissible_actions"]
    assert len(admissible) == len(env.task.commands) == len(env.parser.commands)
    for action in admissible:
        env.reset(seed=1)
        assert env.step(action)[4]["valid"]


@pytest.mark.parametrize("dialect", sorted(WORLD_DIALECTS))
def test_hostile_numbers_are_refused_and_change_nothing(dialect: str) -> None:
    """No number of steps but 1 to 10 moves anything, and none raises."""
    env = make("OneRoom", dialect=dialect, max_invalid=10**6)
    before = env.state
    numbers: list[Any] = [0, -1, 11, 999999, 2**63, 10**400, 1.5, True, None, "three", "٣", [3], {}]
    for number in numbers:
        texts = [f"move forward {number}", f"move_forward {number}"]
        if dialect != "vldac":
            texts.append(env.parser.write("move_forward", {"steps": number}))
        texts.append(f'{{"thoughts": "x", "action": 2, "steps": {number}}}')
        texts.append(f'{{"thoughts": "x", "action": {number}}}')
        for text in texts:
            _, reward, ended, _, info = env.step(text)
            plain = dialect == "vldac" and re.search(r'"action": [0-2]}', text)
            assert info["valid"] == bool(plain), text
            assert reward == 0 and not ended
            if not plain:
                assert env.state is before
            before = env.state


def test_repeated_moves_are_moves_one_by_one() -> None:
    """``move_forward`` four times in a turn is where four turns lead."""
    once, often = make("FourRooms", seed=3), make("FourRooms", seed=3)
    for name, steps in (("turn_left", 3), ("move_forward", 10), ("turn_right", 7)):
        say(often, name, steps=steps)
        for _ in range(steps):
            say(once, name)
        assert once.state == often.state
    assert np.array_equal(once._observe().image, often._observe().image)


@EACH
def test_saved_states_are_plain_and_whole(task: str) -> None:
    """From a state with things carried or gone, another instance goes on alike, move by move."""
    env, other = make(task, seed=1), make(task, seed=2)
    rng = random.Random(0)
    for _ in range(60):
        saved = env.get_state()
        command = rng.choice(env.task.commands) if rng.random() < 0.3 else None
        action = env.parser.write(command, {}) if command else env.expert_action()
        other.set_state(saved)
        one, two = env.step(action), other.step(action)
        assert env.state == other.state and one[1:4] == two[1:4]
        assert one[0]["text"] == two[0]["text"]
        assert np.array_equal(one[0]["image"], two[0]["image"])
        if one[2]:
            env.reset(seed=rng.randrange(99))


@pytest.mark.parametrize(
    ("task", "kwargs", "match"),
    [
        ("Halway", {}, "unknown task 'Halway'.*'Hallway'"),
        ("Hallway", {"reward": "sparce"}, "unknown reward 'sparce'.*'sparse'"),
        ("Hallway", {"expert": "looks"}, "unknown expert 'looks'.*'look'"),
        ("Hallway", {"forward_moves": 0}, "forward_moves must be a whole number from 1 to 10"),
        ("Hallway", {"forward_moves": 11}, "got 11"),
        ("Hallway", {"forward_moves": 2.0}, "got 2.0"),
        ("Hallway", {"dialect": "vl-dac"}, "unknown dialect 'vl-dac'.*'vldac'"),
        ("Sign", {"domain_rand": True}, "Sign has no domain randomisation"),
        ("MazeS3Fast", {"domain_rand": True}, "MazeS3Fast has no domain randomisation"),
        ("OneRoom", {"map": "no"}, "map must be True or False, got 'no'"),
        ("OneRoom", {"domain_rand": "False"}, "domain_rand must be True or False"),
    ],
)
def test_bad_arguments_say_what_is_right(task: str, kwargs: Any, match: str) -> None:
    """A wrong argument is a ValueError that names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        MiniWorldEnv(task, **kwargs)


def test_worlds_have_no_numbers() -> None:
    """Asking for one by number is refused."""
    with pytest.raises(ValueError, match="have no numbers"):
        make("Hallway").reset(options={"index": 3})


@pytest.mark.parametrize("expert", ["path", "look"])
@pytest.mark.parametrize("task", ["Hallway", "OneRoom", "MazeS3Fast", "TMaze"])
def test_thoughts_say_where_the_goal_is(task: str, expert: str) -> None:
    """The expert thinks left, right, ahead or hidden; the one that looks does what it thinks."""
    env = make(task, seed=5, expert=expert, dialect="words", forward_moves=1)
    said = set()
    ended = False
    while not ended:
        command = env.parser.parse(env.expert_action())
        assert isinstance(command, Command)
        said.add((command.thought, command.name))
        ended = env.step(command.raw)[2]
    thoughts = {thought for thought, _ in said}
    assert thoughts <= {"left", "right", "ahead", "hidden"} and "ahead" in thoughts
    if expert == "look" and task in ("Hallway", "OneRoom"):
        does = {"left": "turn_left", "right": "turn_right", "ahead": "move_forward"}
        assert all(name == does.get(thought, "turn_left") for thought, name in said)


def test_careless_experts_err_in_their_share_of_episodes() -> None:
    """With ``expert_error=.5`` half of the episodes have random turns, the others are perfect."""
    worse = 0
    for seed in range(40):
        lengths = []
        for error in (0.0, 0.5):
            env = make("OneRoomS6", seed=seed, expert_error=error, image_size=8)
            turns, ended = 0, False
            while not ended and turns < 300:
                ended = env.step(env.expert_action())[2]
                turns += 1
            lengths.append(turns)
        worse += lengths[1] > lengths[0]
    assert 10 <= worse <= 30


def test_commands_are_numbered_as_in_miniworld() -> None:
    """VL-DAC's numbers are MiniWorld's, in every task."""
    for task in TASKS.values():
        assert task.commands == HANDS[: len(task.commands)]
    actions = world_of(make("Hallway")).actions
    assert [getattr(actions, name.replace("pick_up", "pickup")) for name in HANDS] == [*range(6)]
