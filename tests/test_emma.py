"""The example of learning from a parallel text world, in miniature."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import household_emma
from examples import emma
from examples.emma import (
    ARMS,
    Lesson,
    Options,
    TwoWorlds,
    as_good,
    curriculum,
    main,
    play,
    remind,
)
from policies.policy import Generation
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy

SMALL = Options(quiet=True, steps=6)


@pytest.fixture(scope="module")
def worlds() -> list[TwoWorlds]:
    """Two games, each in both worlds."""
    draws = count(7)
    return [TwoWorlds(SMALL, draws) for _ in range(2)]


@pytest.fixture(scope="module")
def policy(worlds: list[TwoWorlds]) -> VLMPolicy:
    """Make an untrained student."""
    env: Any = worlds[0].seen.unwrapped
    words = [*env.vocabulary(), emma.MISTAKE]
    return tiny_policy(words, 48, env.parser, max_new_tokens=10, grid=2, text_first=True)


def test_the_worlds_are_one_game(worlds: list[TwoWorlds]) -> None:
    """The text world shows nothing, the visual one does; both hear the same."""
    for world in worlds:
        for _ in range(4):
            seen: Any = world.seen.unwrapped
            told: Any = world.told.unwrapped
            assert seen._observe().image.std() > 5 and told._observe().image.max() == 0
            assert seen.state.now == told.state.now
            world.step(Generation(world.teacher()))


def test_lessons_are_on_the_states_of_whoever_plays(
    worlds: list[TwoWorlds], policy: VLMPolicy
) -> None:
    """A student's lesson is the teacher's answer to what the student saw; mistakes are named."""
    for world in worlds:
        world.begin()
    wanted = [world.teacher() for world in worlds]
    before = [len(world.context.messages) for world in worlds]
    lessons = play(worlds, policy, np.array([False, False]))
    assert [one.answer.text for one in lessons] == wanted
    for world, one, turns in zip(worlds, lessons, before, strict=True):
        said = world.context.generations[-1].text if world.context.generations else None
        assert said != one.answer.text and one.reminded is not None  # it is untrained
        assert len(world.context.messages) in (turns + 1, 1)
    wanted = [world.teacher() for world in worlds]
    helped, alone = play(worlds, policy, np.array([True, False]))
    assert [helped.answer.text, alone.answer.text] == wanted
    assert helped.reminded is None and alone.reminded is not None


def test_two_ways_to_search_are_no_mistake() -> None:
    """Going elsewhere than the teacher is fine; anything else that differs is not."""
    go, other = "<act> go to shelf 1 </act>", "<act>go to toilet 1</act>"
    take = "<act> take soapbar from shelf 1 </act>"
    assert as_good(go, other) and as_good(take, take) and as_good(other, other)
    assert not any(as_good(*pair) for pair in [(go, take), (take, go), ("", go), ("go to", take)])


def test_what_cannot_be_done_is_a_mistake(
    worlds: list[TwoWorlds], policy: VLMPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its words: also a place that is not there, and the teacher's words untagged."""
    world = worlds[0]
    for said, wrong in {
        "<act> go to moon 7 </act>": True,
        "go to {}": True,
        "<act> go to {} </act>": False,
    }.items():
        world.begin()
        best = world.teacher()
        assert best.startswith("<act> go to ")
        place = best.removeprefix("<act> go to ").removesuffix(" </act>")
        spoken = Generation(said.format(place))
        monkeypatch.setattr(policy, "act", lambda contexts, spoken=spoken: [spoken])
        (lesson,) = play([world], policy, np.array([False]))
        assert (lesson.reminded is not None) == wrong, said


def test_a_reminder_names_the_mistake(worlds: list[TwoWorlds], policy: VLMPolicy) -> None:
    """The prompt has the student's words behind what it saw; the answer stays the teacher's."""
    world = worlds[0]
    world.begin()
    answer = policy.encode(world.context, world.teacher())
    said = Generation("<act> open toilet 1 </act>")
    reminded = remind(policy, world.context, said, answer)
    prompt = policy.tokenizer.decode(reminded.prompt_ids)
    assert "Not : open toilet 1." in prompt and "<unk>" not in prompt
    assert len(reminded.prompt_ids) > len(answer.prompt_ids)
    assert np.array_equal(reminded.token_ids, answer.token_ids)
    assert len(world.context.messages) == 1 and "Not" not in world.context.messages[0].text


def test_passes_are_equally_long_and_reflection_dwells_on_mistakes() -> None:
    """Every arm takes as many lessons a pass; mistakes come twice as often, half of them named."""
    right, wrong = Generation("a"), Generation("b")
    known = [*[Lesson(right)] * 300, *[Lesson(wrong, Generation("c"))] * 300]
    for arm in ARMS:
        episodes = curriculum(known, arm, np.random.default_rng(0))
        said = [episode.turns[0].generation.text for episode in episodes]
        assert len(said) == 600
        if arm == "reflection":
            assert 170 < said.count("a") < 230 and 170 < said.count("c") < 230
        else:
            assert said.count("a") == said.count("b") == 300


def test_arms_begin_alike_and_are_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The benchmark runs a beginner and three arms, and nothing twice; each gets a row."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(
        household_emma, "write_result", lambda path, options, result: kept.update(result)
    )
    monkeypatch.setattr(household_emma, "Recipe", _small)
    options = household_emma.Options(seeds=(0,), out=tmp_path)
    household_emma.run(household_emma.Options(seeds=(0,), arms=("dagger",), out=tmp_path))
    assert not kept
    result = household_emma.run(options)
    assert [row["learned by"] for row in kept["rows"]] == ["beginner", *ARMS]
    assert kept["rows"][1]["less cloning"] == "" and kept["rows"][2]["less cloning"]
    for name, one in result["seeds"][0].items():
        assert len(one["tasks"]) == 4
        assert (max(one["erred"]) > 0) == (name in ("dagger", "reflection"))
        assert (tmp_path / "seed_0" / name / "config.json").is_file()
    monkeypatch.setattr(emma, "teach", None)
    again = household_emma.run(options)
    assert again == json.loads(json.dumps(result))
    with pytest.raises(ValueError, match="run of other options"):
        main(Options(out=tmp_path / "seed_0", quiet=True))


def _small(**kwargs: Any) -> Options:
    few = {"beginner": 16, "beginner_passes": 1, "rounds": 2, "lessons": 16, "passes": 1}
    return Options(**{**kwargs, **few, "steps": 4, "eval_tasks": 4})
