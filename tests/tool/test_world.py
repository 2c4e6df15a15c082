"""The world source: pictures that can be told apart, facts that can be found, no free lunch."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import bm25s
import numpy as np
import pytest
from PIL import Image

from tests.tool.recognise import recognise
from vl_envs.tool.search_task import SearchTask
from vl_envs.tool.world import WorldSource
from vl_envs.tool.world.flags import codes, draw_flag
from vl_envs.tool.world.source import LEVELS, PICTURES, plain

SPLITS = ("train", "val", "test")


@cache
def all_tasks(level: str) -> tuple[SearchTask, ...]:
    """Every task of a level, over all splits."""
    return tuple(s[i] for s in (WorldSource(x, level) for x in SPLITS) for i in range(len(s)))


def test_there_are_enough_flags_and_passages() -> None:
    """At least 80 flags and 3,000 passages, with opaque and unique ids."""
    passages = WorldSource().passages
    assert len(codes()) >= 80
    assert len(passages) >= 3000
    assert len({p.id for p in passages}) == len({p.title + p.text for p in passages})
    assert all(re.fullmatch("[0-9a-f]{12}", p.id) for p in passages)


def test_no_two_flags_look_alike() -> None:
    """Flags differ clearly, also when one is hung upside down or pulled to another width."""
    grids = np.stack(
        [np.asarray(draw_flag(c).resize((30, 20), Image.Resampling.BOX)) for c in codes()]
    ).astype(float)
    for other in (grids, grids[:, ::-1]):
        gap = np.abs(grids[:, None] - other[None]).mean(axis=(2, 3, 4))
        gap[np.eye(len(gap), dtype=bool)] = 255
        assert gap.min() > 5, np.array(codes())[list(np.unravel_index(gap.argmin(), gap.shape))]


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_are_recognised_by_the_nearest_template(kind: str) -> None:
    """However jittered, a picture is nearest to its own subject."""
    rng = np.random.default_rng(1)
    source = WorldSource(kinds=(kind,))
    subjects = source.subjects()
    for _ in range(200):
        subject = subjects[int(rng.integers(len(subjects)))]
        assert recognise(kind, source.draw(subject, rng)) == subject


def test_pixels_vary_with_the_generator_and_only_with_it() -> None:
    """The same seed gives the same task and pixels; another seed moves the picture."""
    source = WorldSource()
    for subject in ("flag/FR", "element/Fe", "constellation/Ori"):
        one, same, other = (
            source.draw(subject, np.random.default_rng(seed)).tobytes() for seed in (3, 3, 4)
        )
        assert one == same != other
    for seed in range(5):
        a, b = (source.sample(np.random.default_rng(seed)) for _ in range(2))
        assert (a.task_id, a.question, a.answers) == (b.task_id, b.question, b.answers)
        assert a.picture.tobytes() == b.picture.tobytes()
    assert source[5].picture.tobytes() == source[5].picture.tobytes()


@pytest.mark.parametrize("level", LEVELS)
def test_splits_are_disjoint_and_none_is_empty(level: str) -> None:
    """A combination of subject and relation is in one split only."""
    ids = [set(WorldSource(split, level).combinations) for split in SPLITS]
    assert all(len(x) > 50 for x in ids)
    assert len(set.union(*ids)) == sum(map(len, ids))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("split", SPLITS)
def test_blind_guessing_scores_low(level: str, split: str) -> None:
    """No constant answer per relation reaches 10 %, and the best of them together 5 %."""
    source = WorldSource(split, level)
    assert source.chance() <= 0.05
    for kind in source.kinds:
        assert WorldSource(split, level, (kind,)).chance() <= 0.05
    seen: dict[str, list[set[str]]] = {}
    for task in all_tasks(level):
        answers = {plain(a) for a in task.answers}
        seen.setdefault(task.task_id.rsplit("/", 1)[1], []).append(answers)
    for relation, answers_of_all in seen.items():
        for guess in set.union(*answers_of_all):
            share = sum(guess in a for a in answers_of_all) / len(answers_of_all)
            assert share <= 0.10, (relation, guess, share)


@pytest.mark.parametrize("level", LEVELS)
def test_expert_queries_find_evidence(level: str) -> None:
    """Every hop's query has an evidence passage among the four best of plain BM25."""
    passages = WorldSource().passages
    index = bm25s.BM25()
    texts = [f"{p.title} {p.text}" for p in passages]
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
    hops = [hop for task in all_tasks(level) for hop in task.hops]
    queries = bm25s.tokenize([hop.query for hop in hops], show_progress=False)
    found, _ = index.retrieve(queries, k=4, show_progress=False)
    missed = [
        hop.query
        for hop, row in zip(hops, found, strict=True)
        if not any(passages[int(i)].id in hop.evidence for i in row)
    ]
    assert missed == []


@pytest.mark.parametrize("level", LEVELS)
def test_questions_keep_subject_and_answer_to_themselves(level: str) -> None:
    """No question holds the subject's name or an accepted answer."""
    source = WorldSource(level=level)
    for task in all_tasks(level):
        _, kind, code, _ = task.task_id.split("/")
        asked = f" {plain(task.question)} "
        for secret in (source.name(f"{kind}/{code}"), *task.answers):
            assert f" {plain(secret)} " not in asked, task.task_id


@pytest.mark.parametrize("level", LEVELS)
def test_answers_stand_in_the_last_evidence(level: str) -> None:
    """Some evidence passage of the last hop states the first accepted answer."""
    text = {p.id: f"{p.title} {p.text}" for p in WorldSource().passages}
    for task in all_tasks(level):
        assert 1 <= len(task.hops) <= 4
        shown = [f" {plain(text[i])} " for i in task.hops[-1].evidence]
        assert any(f" {plain(task.answers[0])} " in passage for passage in shown), task.task_id


@pytest.mark.parametrize("level", LEVELS)
def test_another_picture_changes_the_answer(level: str) -> None:
    """The twin of a task, same relation and another subject, nearly always has another answer."""
    rng = np.random.default_rng(0)
    tasks = all_tasks(level)
    by_relation: dict[str, list[SearchTask]] = {}
    for task in tasks:
        by_relation.setdefault(task.task_id.rsplit("/", 1)[1], []).append(task)
    changed = 0
    for task in tasks:
        peers = by_relation[task.task_id.rsplit("/", 1)[1]]
        twin = next(p for p in rng.permutation(np.array(peers, dtype=object)) if p is not task)
        changed += not set(task.answers) & set(twin.answers)
    assert changed > 0.95 * len(tasks)


def test_task_builds_what_a_mistaken_eye_believes() -> None:
    """A relation can be asked about any subject it fits, and says so where it does not fit."""
    source = WorldSource()
    task = source.task("flag/GH", "capital", np.random.default_rng(0))
    assert task.answers[0] == "Accra"
    with pytest.raises(ValueError, match="unknown relation"):
        source.task("flag/GH", "discoverer", np.random.default_rng(0))
    with pytest.raises(ValueError, match="unknown subject"):
        source.draw("flag/XX", np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "dev"}, "unknown split"),
        ({"level": "harder"}, "unknown level"),
        ({"kinds": ("flags",)}, "Did you mean 'flag'"),
        ({"kinds": ()}, "no kinds"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    """Errors say which argument is wrong and what would be right."""
    with pytest.raises(ValueError, match=message):
        WorldSource(**arguments)


@pytest.mark.parametrize("level", LEVELS)
def test_vocabulary_holds_every_word(level: str) -> None:
    """Questions, queries, answers and passages use no word outside the vocabulary."""
    source = WorldSource(level=level)
    words = {w for text in source.vocabulary() for w in text.split()}
    for task in all_tasks(level):
        texts = (task.question, *task.answers, *(hop.query for hop in task.hops))
        assert {w for text in texts for w in text.split()} <= words


@pytest.mark.parametrize(
    ("subject", "relation", "answer"),
    [
        ("flag/BI", "capital", "Gitega"),
        ("flag/AU", "capital", "Canberra"),
        ("flag/TR", "capital", "Ankara"),
        ("flag/NO", "currency", "Norwegian krone"),
        ("flag/IT", "tld", ".it"),
        ("element/Ge", "year", "1886"),
        ("element/Ra", "discoverer", "Pierre and Marie Curie"),
        ("constellation/Sco", "brightest", "Antares"),
        ("constellation/Ori", "rank", "26"),
    ],
)
def test_known_facts(subject: str, relation: str, answer: str) -> None:
    """A sample of facts that everybody can check, some of which older tables have wrong."""
    task = WorldSource().task(subject, relation, np.random.default_rng(0))
    assert task.answers[0] == answer
