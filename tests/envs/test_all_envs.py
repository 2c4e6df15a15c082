"""What every environment must do: a new one is tested by standing in the registry."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from policies.context import Context
from policies.scripted import RandomPolicy
from tests.envs.record import actions_in, image_hash, path_of, play, seeds_of
from vl_envs.core.checker import GARBAGE, check_vl_env
from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.registry import ENVIRONMENTS, EnvRow

EACH = pytest.mark.parametrize("row", ENVIRONMENTS, ids=lambda row: str(row.id))
SPAWNED = ("VLMiniWorld/Hallway-v0", "VLMiniWorld/PickupObjects-v0")
"""Of the environments that draw with OpenGL, those that are tried in processes of their own."""
UNICODE = (
    "漢字",
    "\u202eabc",
    "e\u0301" * 99,
    "\U0010ffff",
    "\udfff\ud800",
)


SHORT = 30
"""Turns that are enough to see whether two episodes go alike."""


SMALL = {"miniworld": 16, "household": 32}
"""Sides of pictures that a simulator draws: what is tested here is not their beauty."""


QUICK = {"VLGames/Breakthrough-v0": {"opponent": "random"}}
"""An opponent that does not search; the strong one is met where the expert must win."""


def _kwargs(row: EnvRow, **kwargs: Any) -> dict[str, Any]:
    """Make pictures small, and opponents weak, where they take most of the time."""
    small = {"image_size": SMALL[row.extra]} if row.extra in SMALL else {}
    return {**small, **QUICK.get(row.id, {}), **kwargs}


def _make(row: EnvRow, **kwargs: Any) -> tuple[gym.Env[Any, Any], VLEnv[Any]]:
    env = gym.make(row.id, **_kwargs(row, **kwargs))
    assert isinstance(env.unwrapped, VLEnv)
    return env, env.unwrapped


def _print(observation: Any) -> tuple[str, str]:
    """Take an observation's fingerprint."""
    return image_hash(observation["image"]), observation["text"]


def _episode(env: gym.Env[Any, Any], seed: int | None) -> list[Any]:
    """Play the expert's episode; return all that was seen, said and paid."""
    vl = env.unwrapped
    assert isinstance(vl, VLEnv)
    observation, info = env.reset(seed=seed)
    told: list[Any] = [_print(observation), info["task_id"], info["seed"]]
    ended = False
    while not ended:
        action = vl.expert_action()
        observation, reward, terminated, truncated, info = env.step(action)
        told += [action, _print(observation), reward, info["reward_terms"], terminated, truncated]
        ended = terminated or truncated
    return told


@EACH
def test_check_vl_env(row: EnvRow) -> None:
    """The public checker finds nothing, in any dialect.

    A simulator has many tasks of one class, and so have games: the first of them stands for the
    dialects of all.
    """
    if row.max_episode_steps > 900:
        pytest.skip("the checker plays eight whole episodes, half a minute; others of its class do")
    env, vl = _make(row)
    first = next(other for other in ENVIRONMENTS if other.entry_point == row.entry_point)
    if row != first and (row.opengl or row.id.startswith("VLGames/")):
        check_vl_env(env)
        return
    for dialect in vl.dialects:
        check_vl_env(_make(row, dialect=dialect)[0])


@EACH
def test_made_by_the_name_with_the_package(row: EnvRow) -> None:
    """``vl_envs:ID`` makes the same environment."""
    env = gym.make(f"vl_envs:{row.id}", **_kwargs(row))
    assert env.spec is not None and env.spec.max_episode_steps == row.max_episode_steps
    observation, _ = env.reset(seed=0)
    assert _print(observation) == _print(_make(row)[0].reset(seed=0)[0])


def test_the_name_with_the_package_needs_no_import() -> None:
    """``gym.make("vl_envs:ID")`` works in a process that never imported the package."""
    code = f"import gymnasium as g; print(g.make('vl_envs:{ENVIRONMENTS[-1].id}').reset(seed=0)[1])"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "task_id" in run.stdout


@EACH
def test_twins_of_one_seed_are_equal(row: EnvRow) -> None:
    """Two instances tell the same episode of a seed, pixel by pixel, whatever was played before."""
    (one, _), (two, _) = (_make(row, max_episode_steps=_short(row)) for _ in range(2))
    _episode(two, 99)
    episodes = []
    for seed in range(5):
        episodes.append(_episode(one, seed))
        assert episodes[-1] == _episode(two, seed)
    assert len({str(episode) for episode in episodes}) == 5, "seeds should differ"
    unseeded = _episode(one, None)
    assert unseeded == _episode(two, unseeded[2])
    assert one.reset(seed=3)[1]["seed"] == 3


@EACH
def test_spaces_hold_what_is_seen(row: EnvRow) -> None:
    """Every observation is in its space, and every text an action."""
    env, vl = _make(row)
    for text in (*GARBAGE, *UNICODE):
        assert env.reset(seed=1)[0] in env.observation_space
        if len(text) <= 16384:
            assert text in env.action_space
        assert env.step(text)[0] in env.observation_space
    assert vl.observation_space["image"].shape == (*vl.image_size, 3)  # type: ignore[index]


@EACH
def test_garbage_is_invalid_never_fatal(row: EnvRow) -> None:
    """Garbage is told to be invalid, earns nothing, and ends the episode after `max_invalid`."""
    env, vl = _make(row)
    for text in (*GARBAGE, *UNICODE):
        env.reset(seed=2)
        observation, reward, terminated, _, info = env.step(text)
        assert not info["valid"] and info["command"] is None and float(reward) <= 0, text
        assert observation["text"].startswith("Invalid action. ")
        assert terminated == (vl.max_invalid == 1)
        assert not info.get("success")
    env.reset(seed=2)
    for turn in range(1, vl.max_invalid + 1):
        _, _, terminated, truncated, info = env.step("?")
        assert terminated == (turn == vl.max_invalid) and not truncated
    assert info["success"] is False
    with pytest.raises(gym.error.ResetNeeded):
        env.step("?")


@EACH
def test_invalid_actions_cost_what_was_asked(row: EnvRow) -> None:
    """The penalty is a reward term of its own."""
    env, _ = _make(row, invalid_penalty=0.25)
    env.reset(seed=0)
    _, reward, _, _, info = env.step("?")
    assert reward == -0.25 and info["reward_terms"] == {"invalid": -0.25}


@EACH
def test_giving_up_never_pays(row: EnvRow) -> None:
    """Unreadable answers to the end return no more than random play does on average."""
    env, vl = _make(row, max_episode_steps=_short(row))
    policy, rng = RandomPolicy(vl.parser, seed=0), np.random.default_rng(0)
    returns: dict[bool, list[float]] = {True: [], False: []}
    for silent in returns:
        for seed in range(_episodes(row, most=50)):
            context, total, ended = Context(), 0.0, False
            observation, info = env.reset(seed=seed)
            while not ended:
                context.observe(observation)
                (generation,) = policy.act([context])
                context.answer(generation)
                listed = info.get("admissible_actions")
                said = str(rng.choice(listed)) if listed else generation.text
                observation, reward, ended, truncated, info = env.step("" if silent else said)
                total += float(reward)
                ended = ended or truncated
            returns[silent].append(total)
    assert max(returns[True]) <= 0
    assert np.mean(returns[True]) <= np.mean(returns[False])


@EACH
@pytest.mark.parametrize("action", [None, 3, b"?", ["?"]])
def test_what_is_no_text_is_a_type_error(row: EnvRow, action: Any) -> None:
    """An action of another type is the caller's mistake, and said to be one."""
    env, _ = _make(row, max_invalid=2)
    env.reset(seed=0)
    with pytest.raises(TypeError, match="an action is a string, got"):
        env.unwrapped.step(action)


@EACH
def test_time_limit_truncates(row: EnvRow) -> None:
    """The registered limit is truncation, never termination, and not a success."""
    env, vl = _make(row, max_invalid=10**6)
    env.reset(seed=0)
    for turn in range(1, row.max_episode_steps + 1):
        assert vl.turns_left == row.max_episode_steps - turn + 1
        _, _, terminated, truncated, info = env.step("?")
        assert not terminated and truncated == (turn == row.max_episode_steps)
        assert info["success"] is False
    assert vl.turns_left == 0
    env, _ = _make(row, max_invalid=10**6, max_episode_steps=2)
    env.reset(seed=0)
    assert not env.step("?")[3]
    assert env.step("?")[3]


@EACH
def test_pickled_in_mid_episode_goes_on_alike(row: EnvRow) -> None:
    """A pickled environment, wrappers and all, finishes the episode in the same way."""
    env, vl = _make(row, max_episode_steps=_short(row))
    for turns in range(2):
        env.reset(seed=4)
        if any(env.step(vl.expert_action())[2] for _ in range(turns)):
            continue  # an episode of a single turn has no middle
        twin = pickle.loads(pickle.dumps(env))  # noqa: S301 (our own bytes)
        ended = False
        while not ended:
            action = vl.expert_action()
            assert twin.unwrapped.expert_action() == action
            one, two = env.step(action), twin.step(action)
            assert _print(one[0]) == _print(two[0]) and one[1:] == two[1:]
            ended = one[2] or one[3]
        assert _print(env.reset()[0]) == _print(twin.reset()[0])


@EACH
def test_branching_from_a_saved_state(row: EnvRow) -> None:
    """From a saved state one can try, go back, and try again, also in another instance."""
    env, vl = _make(row, max_invalid=3)
    _, other = _make(row, max_invalid=3)
    other.reset(seed=77)
    env.reset(seed=6)
    for _ in range(_short(row)):
        state = vl.get_state()
        vl.step("?")
        vl.set_state(state)
        branches = []
        for instance in (vl, other, vl):
            instance.set_state(state)
            action = instance.expert_action()
            result = instance.step(action)
            branches.append((action, _print(result[0]), result[1:4], result[4]["reward_terms"]))
        assert branches[0] == branches[1] == branches[2]
        vl.set_state(state)
        if vl.step(vl.expert_action())[2]:
            break
    with pytest.raises(gym.error.ResetNeeded, match="before get_state"):
        _make(row)[1].get_state()


@EACH
@pytest.mark.parametrize("how", ["sync", "async"])
def test_vectorised_is_like_single(row: EnvRow, how: str) -> None:
    """Environments side by side see and earn what single ones do, and then reset themselves."""
    if how == "async" and row.opengl and row.id not in SPAWNED:
        pytest.skip("a process takes seconds to start where it cannot be forked: some tasks do")
    short = _kwargs(row, max_episode_steps=_short(row))
    singles = [gym.make(row.id, **short) for _ in range(2)]
    expected = [_episode(env, seed) for seed, env in zip((11, 12), singles, strict=True)]
    envs: Any = gym.make_vec(
        row.id,
        num_envs=2,
        vectorization_mode=how,
        vector_kwargs={
            "autoreset_mode": AutoresetMode.SAME_STEP,
            **({"context": "spawn"} if how == "async" and row.opengl else {}),
        },
        **short,
    )
    try:
        observation, infos = envs.reset(seed=[11, 12])
        assert observation in envs.observation_space
        assert infos["seed"].tolist() == [11, 12]
        going = {0, 1}
        told: list[list[Any]] = [
            [
                (image_hash(observation["image"][i]), observation["text"][i]),
                infos["task_id"][i],
                int(infos["seed"][i]),
            ]
            for i in range(2)
        ]
        while going:
            actions = envs.call("expert_action")
            observation, rewards, terminated, truncated, infos = envs.step(actions)
            assert observation in envs.observation_space
            for i in sorted(going):
                ended = bool(terminated[i] or truncated[i])
                seen = infos["final_obs"][i] if ended else _at(observation, i)
                terms = (infos["final_info"] if ended else infos)["reward_terms"]
                told[i] += [
                    actions[i],
                    _print(seen),
                    float(rewards[i]),
                    {
                        name: terms[name][i]
                        for name in terms
                        if f"_{name}" in terms and terms[f"_{name}"][i]
                    },
                    bool(terminated[i]),
                    bool(truncated[i]),
                ]
                going -= {i} if ended else set()
        assert told == expected
        observation = envs.step(("?", "\ud800"))[0]
        assert observation in envs.observation_space
    finally:
        envs.close()


def _at(observation: Any, index: int) -> Any:
    return {"image": observation["image"][index], "text": observation["text"][index]}


@EACH
def test_expert_reaches_its_ceiling(row: EnvRow) -> None:
    """The expert wins as often as the row says, with valid actions, and is paid what it says."""
    env, vl = _make(row, **dict.fromkeys(QUICK.get(row.id, ())))  # None: the default opponent
    wins, episodes = 0, _episodes(row, most=30)
    least, most = row.returns
    for seed in range(100, 100 + episodes):
        env.reset(seed=seed)
        total, ended = 0.0, False
        while not ended:
            _, reward, terminated, truncated, info = env.step(vl.expert_action())
            assert info["valid"] and "env_error" not in info
            total += float(reward)
            ended = terminated or truncated
        assert info["success"] or row.ceiling < 1, seed
        wins += info["success"]
        assert not info["success"] or least - 1e-6 <= total <= most + 1e-6, (seed, total)
    assert wins >= row.ceiling * episodes


@EACH
def test_random_stays_at_its_floor(row: EnvRow) -> None:
    """Well-formed commands with random arguments succeed no more often than the row says."""
    env, vl = _make(row)
    policy = RandomPolicy(vl.parser, seed=0)
    successes, episodes = 0, _episodes(row, most=100)
    for seed in range(episodes):
        context = Context()
        observation, _ = env.reset(seed=seed)
        ended = False
        while not ended:
            context.observe(observation)
            (generation,) = policy.act([context])
            context.answer(generation)
            observation, _, terminated, truncated, info = env.step(generation.text)
            ended = terminated or truncated
        successes += bool(info["success"])
    assert successes <= row.chance * episodes


def _episodes(row: EnvRow, most: int) -> int:
    """Play fewer episodes of an environment whose episodes are long."""
    return max(4, min(most, 3_000 // row.max_episode_steps))


def _short(row: EnvRow) -> int:
    return min(SHORT, row.max_episode_steps)


@EACH
def test_render_shows_what_the_agent_sees(row: EnvRow) -> None:
    """``rgb_array`` is the observed picture."""
    env, _ = _make(row, render_mode="rgb_array")
    observation, _ = env.reset(seed=0)
    assert np.array_equal(np.asarray(env.render()), observation["image"])


@EACH
def test_what_was_given_away_does_not_change(row: EnvRow) -> None:
    """Writing on a received picture, or going on, changes nothing for either side."""
    env, vl = _make(row)
    kept, _ = env.reset(seed=0)
    before = copy.deepcopy(kept)
    env.step(vl.expert_action())
    assert _print(kept) == _print(before)
    env.reset(seed=0)[0]["image"][:] = 0
    assert _print(env.reset(seed=0)[0]) == _print(before)
    assert vl._observe().image.tobytes() == before["image"].tobytes()


@EACH
@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"dialect": "hermess"}, "unknown dialect 'hermess'.*'hermes'"),
        ({"prompt": "ful"}, "unknown prompt 'ful'.*'full'"),
        ({"coordinates": "norm"}, "unknown coordinates 'norm'.*'norm_1"),
        ({"render_mode": "ansi"}, "unknown render_mode 'ansi'.*rgb_array"),
        ({"image_size": 4}, "of 8 to 4096 pixels, got 4"),
        ({"image_size": (64, 9999)}, "8 to 4096"),
        ({"max_invalid": 0}, "max_invalid must be a whole number from 1, got 0"),
        ({"expert_error": 1.5}, "expert_error must be a share from 0 to 1, got 1.5"),
    ],
    ids=str,
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_bad_arguments_say_what_is_right(row: EnvRow, kwargs: Any, match: str) -> None:
    """A wrong argument of `VLEnv` is a ValueError that names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        gym.make(row.id, **kwargs)


@EACH
def test_golden_transcript(row: EnvRow) -> None:
    """Recorded episodes come back line by line (after a wanted change: tests/envs/record.py)."""
    path = path_of(row.id)
    assert path.exists(), "no transcript: run `python -m tests.envs.record`"
    episodes = path.read_text(encoding="utf-8").rstrip("\n").split("\n\n")
    for seed, episode in zip(seeds_of(row), episodes, strict=True):
        recorded = [*episode.split("\n"), ""]
        number = -1
        for number, line in enumerate(play(row.id, seed, actions_in(recorded))):
            assert line == recorded[number], f"{path.name}, seed {seed}, line {number + 1}"
        assert number == len(recorded) - 1
        assert actions_in(list(play(row.id, seed))) == actions_in(recorded)


def test_unseeded_episodes_do_not_run_in_a_circle() -> None:
    """Each unseeded episode seeds the next one: none comes back in many thousands."""

    class Empty(VLEnv[None]):
        """Has nothing to draw, so that its resets are fast."""

        def _start(self, options: Any) -> tuple[None, str]:
            return None, "t"

        def _observe(self) -> View:
            return View(np.zeros((8, 8, 3), np.uint8), "t")

        def _apply(self, command: Any) -> Outcome:
            return Outcome()

        def expert_action(self) -> str:
            return ""

    env = Empty([], image_size=8)
    env.reset(seed=0)
    seeds = [env.reset()[1]["seed"] for _ in range(60_000)]
    assert len(set(seeds)) == len(seeds)


@EACH
def test_only_a_state_can_be_set(row: EnvRow) -> None:
    """Anything but what `get_state` returned is refused, and nothing is shown before a reset."""
    env = _make(row, render_mode="rgb_array")[1]
    assert isinstance(env, VLEnv)
    with pytest.raises(gym.error.ResetNeeded, match="render"):
        env.render()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="expected the keys"):
        env.set_state({"foo": 1})
    frame = env.render()
    assert frame is not None and frame.shape == (*env.image_size, 3)
