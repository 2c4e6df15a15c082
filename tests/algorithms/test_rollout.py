"""Rollouts: every seed's episode, in order, whole, and the same however they are played."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
import pytest
from gymnasium.vector import VectorEnv

from algorithms.rollout import Episode, Turn, collect, learnable, make_envs, rollout_metrics
from policies.context import Context
from policies.policy import Generation
from policies.scripted import ExpertPolicy
from tests.faulty import FAULTY, order
from tests.toys import COLOUR, ColourEnv, cloned_policy, picture

Envs = VectorEnv[Any, Any, Any]


class Says:
    """Says fixed texts turn by turn, and values a context by its number of turns."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.batches: list[int] = []

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Say the text of each context's turn."""
        self.batches.append(len(contexts))
        return [Generation(self.texts[len(c.generations) % len(self.texts)]) for c in contexts]

    def values(self, contexts: Sequence[Context]) -> npt.NDArray[np.float32]:
        """Value a context at ten times its number of observations."""
        return np.array([10 * len(c.observations) for c in contexts], np.float32)


def toys(envs: Envs) -> Iterator[ColourEnv]:
    """Reach the toys inside a synchronous vector."""
    for env in envs.envs:  # type: ignore[attr-defined]
        toy = env.unwrapped
        assert isinstance(toy, ColourEnv)
        yield toy


def plain(episodes: Sequence[Episode]) -> list[object]:
    """Write episodes as plain data that can be compared."""
    return [
        (
            e.seed,
            e.task_id,
            e.success,
            e.terminated,
            e.truncated,
            e.env_error,
            [
                (t.generation.text, t.reward, t.reward_terms, t.valid, t.observation["text"])
                for t in e.turns
            ],
            [t.observation["image"].tobytes() for t in e.turns],
            e.final_observation and e.final_observation["text"],
        )
        for e in episodes
    ]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 17])
def test_order_of_episodes(count: int) -> None:
    """More seeds than environments, or fewer: one episode each, in the order of the seeds."""
    envs = make_envs(COLOUR, 4)
    seeds = [(7 * i) % 19 for i in range(count)]
    episodes = collect(envs, ExpertPolicy(envs), seeds)
    assert [e.seed for e in episodes] == seeds
    for episode in episodes:
        _, info = gym.make(COLOUR).reset(seed=episode.seed)
        assert episode.task_id == info["task_id"]
        assert [t.generation.text for t in episode.turns] == [
            "<look></look>",
            f"<name> {episode.task_id} </name>",
        ]
        assert episode.success
        assert episode.terminated
        assert not episode.truncated


def test_episodes_do_not_depend_on_the_number_of_environments() -> None:
    """Who plays beside an episode changes nothing in it, its reward terms included."""
    played = []
    for number in (1, 3, 8):
        envs = make_envs(COLOUR, number, flicker=True, expert_error=0.5)
        played.append(plain(collect(envs, ExpertPolicy(envs), range(11))))
    assert played[0] == played[1] == played[2]


def test_reward_terms_are_those_the_environment_gave() -> None:
    """A turn beside one that ends gets no term of its neighbour's."""

    class Mixed(Says):
        def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
            return [Generation(self.texts[c.index]) for c in contexts]

    envs = make_envs(COLOUR, 2)
    looked, named = collect(envs, Mixed("<look></look>", "<name> red </name>"), [1, 2])
    assert [turn.reward_terms for turn in looked.turns] == [{"look": 0.0}] * 3
    assert named.turns[0].reward_terms.keys() == {"right"}


def test_sync_equals_async() -> None:
    """Processes of their own give the same episodes, text and pictures included."""
    played = []
    for mode in ("sync", "async"):
        envs = make_envs(COLOUR, 3, mode, flicker=True)
        played.append(plain(collect(envs, ExpertPolicy(envs), range(10))))
        played.append(plain(collect(envs, ExpertPolicy(envs), [5, 5, 5, 5, 6])))
        envs.close()
    assert played[:2] == played[2:]


def test_turns_hold_what_was_seen() -> None:
    """A turn's observation is what its generation answered, and stays so afterwards."""
    envs = make_envs(COLOUR, 2, flicker=True)
    for episode in collect(envs, ExpertPolicy(envs), range(6)):
        env = gym.make(COLOUR, flicker=True)
        observation, _ = env.reset(seed=episode.seed)
        for turn in episode.turns:
            np.testing.assert_array_equal(turn.observation["image"], observation["image"])
            assert turn.observation["image"].base is None  # keeps no other picture alive
            assert turn.observation["text"] == observation["text"]
            observation, reward, *_ = env.step(turn.generation.text)
            assert turn.reward == reward
        assert episode.final_observation is not None
        np.testing.assert_array_equal(episode.final_observation["image"], observation["image"])


def test_paused_environments_are_not_stepped() -> None:
    """Five episodes of two turns in four environments are ten steps, and batches shrink."""
    envs = make_envs(COLOUR, 4)
    policy = Says("<look></look>", "<name> red </name>")
    collect(envs, policy, range(5))
    assert sum(toy.steps for toy in toys(envs)) == 10
    assert policy.batches == [4, 4, 1, 1]
    collect(envs, policy, range(2))
    assert sum(toy.steps for toy in toys(envs)) == 14


def test_environments_are_refilled_at_once() -> None:
    """Episodes of different lengths: nobody waits for the slowest."""

    class Uneven(Says):
        def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
            self.batches.append(len(contexts))
            return [Generation(self.texts[c.index]) for c in contexts]

    policy = Uneven("<look></look>", "<name> red </name>")
    collect(make_envs(COLOUR, 2), policy, range(4))
    assert policy.batches == [2, 2, 2]  # one episode of three turns beside three of one


def test_truncation_bootstraps_the_final_value() -> None:
    """An episode that was cut off is worth what the critic says of its last observation."""
    (episode,) = collect(make_envs(COLOUR, 1), Says("<look></look>"), [1])
    assert (episode.terminated, episode.truncated) == (False, True)
    assert len(episode.turns) == 3
    assert episode.final_value == 40


def test_an_end_in_the_last_turn_is_no_truncation() -> None:
    """The time limit reports both; an answer in the last turn still counts as an answer."""
    looks = "<look></look>"
    (episode,) = collect(make_envs(COLOUR, 1), Says(looks, looks, "<name> red </name>"), [1])
    assert len(episode.turns) == 3
    assert (episode.terminated, episode.truncated) == (True, False)
    assert episode.final_value == 0


def test_invalid_actions_are_recorded() -> None:
    """A turn that could not be read is marked, and here ends the episode."""
    (episode,) = collect(make_envs(COLOUR, 2), Says("what?"), [1])
    assert [turn.valid for turn in episode.turns] == [False]
    assert episode.terminated
    assert not episode.success


def test_env_error_is_recorded() -> None:
    """An episode in which the environment failed says so, and is not learned from."""
    envs = make_envs(COLOUR, 2, fails="look")
    policy = Says("<look></look>", "<name> red </name>")
    episodes = collect(envs, policy, range(3))
    assert [e.env_error for e in episodes] == ["the lamp is out"] * 3
    assert learnable(episodes) == []
    assert rollout_metrics(episodes)["rollout/env_error"] == 1


def test_env_error_at_reset_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset that reports a failure marks the episode, whatever its turns say."""
    reset = ColourEnv.reset

    def failing(self: ColourEnv, **kwargs: Any) -> Any:
        observation, info = reset(self, **kwargs)
        return observation, {**info, "env_error": "no server"} if kwargs["seed"] == 1 else info

    monkeypatch.setattr(ColourEnv, "reset", failing)
    envs = make_envs(COLOUR, 2)
    episodes = collect(envs, ExpertPolicy(envs), [0, 1, 2])
    assert [e.env_error for e in episodes] == [None, "no server", None]


@pytest.mark.parametrize("fails", ["reset", "step"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_crash_is_an_env_error(fails: str, mode: str) -> None:
    """An exception of the environment ends its episodes, in any process, and is told."""
    envs = make_envs(COLOUR, 2, mode, fails=fails)
    episodes = collect(envs, Says("<look></look>"), range(3))
    assert [e.env_error for e in episodes] == ["RuntimeError: the simulator is dead"] * 3
    assert all(e.truncated and len(e.turns) == 1 and e.replays == 2 for e in episodes)
    envs.close()


def test_a_failed_episode_is_played_again_from_the_same_draws(tmp_path: Path) -> None:
    """In one process too: same seed, same stream, same place; whoever listens hears once of it."""
    policy = cloned_policy(4)
    heard: list[int] = []
    played = []
    for orders in ((), ("raise-step", "raise-reset", "raise-step")):
        envs = make_envs(FAULTY, 3, orders=order(tmp_path, *orders), expert_error=0.5)
        policy.seed(7)
        seeds = [3, 3, 3, 3, 4, 5, 6]
        played.append(collect(envs, policy, seeds, on_episode=lambda e: heard.append(e.seed)))
        assert sorted(heard) == seeds
        heard.clear()
    assert plain(played[1]) == plain(played[0])
    assert len({e.turns[0].generation.text for e in played[1][:4]}) > 1
    assert sum(e.replays for e in played[1]) == 3


def test_what_is_played_again_keeps_its_number(tmp_path: Path) -> None:
    """Also where the numbers are not the places in the list."""
    envs = make_envs(FAULTY, 2, orders=order(tmp_path, "raise-step"))
    policy = cloned_policy(4)
    played = collect(envs, policy, [3, 3, 4], numbers=[5, 6, 9])
    expected = collect(make_envs(COLOUR, 2), policy, [3, 3, 4], numbers=[5, 6, 9])
    assert plain(played) == plain(expected)
    assert sum(e.replays for e in played) == 1


def test_replays_do_not_count_as_turns_of_the_budget(tmp_path: Path) -> None:
    """As many episodes are played for so many turns as without a failure."""
    counts = []
    for orders in ((), ("raise-step", "raise-step")):
        envs = make_envs(FAULTY, 1, orders=order(tmp_path, *orders))
        counts.append(len(collect(envs, ExpertPolicy(envs), itertools.count(), turns=6)))
    assert counts == [3, 3]


def test_an_id_may_name_its_module() -> None:
    """As in `gymnasium.make`; an unknown id is an error."""
    envs = make_envs("vl_envs:VLTool/MatSearchSmall-v0", 1)
    assert collect(envs, ExpertPolicy(envs), [1])[0].success
    with pytest.raises(gym.error.NameNotFound):
        make_envs("Test/Nowhere-v0", 1)


def test_autoreset_is_refused() -> None:
    """A vector that resets itself loses last observations; the error says what to use."""
    envs = gym.make_vec(COLOUR, num_envs=2)
    with pytest.raises(ValueError, match=r"make the envs with make_envs\(\)"):
        collect(envs, Says("<look></look>"), [1])


def test_on_episode_hears_of_each() -> None:
    """It is called once for every episode, when the episode is over."""
    heard: list[Episode] = []
    envs = make_envs(COLOUR, 2)
    episodes = collect(envs, ExpertPolicy(envs), range(5), on_episode=heard.append)
    assert sorted(map(id, heard)) == sorted(map(id, episodes))
    assert all(e.terminated and e.final_observation for e in heard)


def test_history_reaches_the_policy() -> None:
    """The window that the policy sees is the one asked for."""
    seen: list[int] = []

    class Looks(Says):
        def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
            seen.extend(len(c.window()) for c in contexts)
            return super().act(contexts, greedy)

    collect(make_envs(COLOUR, 1), Looks("<look></look>"), [1], history=0)
    assert seen == [1, 2, 2]


def test_a_model_plays() -> None:
    """A cloned policy's stored values and texts are those of its generations."""
    policy = cloned_policy(4)
    episodes = collect(make_envs(COLOUR, 4), policy, range(8))
    assert all(len(t.generation.token_ids) > 0 for e in episodes for t in e.turns)
    assert all((e.final_value != 0) == e.truncated for e in episodes)


def test_metrics_by_hand() -> None:
    """Two episodes of two turns and one, summed up."""

    def turn(reward: float, valid: bool = True) -> Turn:
        return Turn({"image": picture(1), "text": ""}, Generation(""), reward, valid=valid)

    good = Episode(1, turns=[turn(0.5), turn(1.0)], success=True, terminated=True, replays=2)
    bad = Episode(2, turns=[turn(-1, valid=False)], truncated=True, replays=1)
    assert rollout_metrics([good, bad]) == {
        "rollout/return": 0.25,
        "rollout/success": 0.5,
        "rollout/valid": pytest.approx(2 / 3),
        "rollout/length": 1.5,
        "rollout/truncated": 0.5,
        "rollout/env_error": 0.0,
        "rollout/replayed": 3.0,
    }
    assert rollout_metrics([]) == {}
    assert learnable([good, Episode(3)]) == [good]
