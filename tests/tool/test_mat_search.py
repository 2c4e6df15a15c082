"""MatSearch's score table: who wins, and that nobody wins without looking and searching."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from policies.scripted import ExpertPolicy, RandomPolicy
from tests.tool.recognise import recognise, recognise_emblem
from vl_envs.core.rewards import token_f1
from vl_envs.tool.emblems import CHARGES, KNOWN, NOVEL, RELATIONS, SECOND_HOPS
from vl_envs.tool.mat_search import MatSearchEnv
from vl_envs.tool.search_task import Passage, SearchTask

TASKS = 200
KINDS: dict[str, dict[str, Any]] = {
    "world simple": {"source": "world", "level": "simple", "image_size": 192},
    "world hard": {"source": "world", "level": "hard", "image_size": 192},
    "emblems simple": {"source": "emblems", "level": "simple", "image_size": 112},
    "emblems hard": {"source": "emblems", "level": "hard", "image_size": 112},
    "emblems small": {"source": "emblems", "size": "small", "image_size": 40},
}
ID = "VLTool/MatSearch-v0"
Picture = npt.NDArray[np.uint8]


def make(kind: str, **kwargs: Any) -> MatSearchEnv:
    """Make the bare environment of a row of the table."""
    env = gym.make(ID, **{**KINDS[kind], **kwargs}).unwrapped
    assert isinstance(env, MatSearchEnv)
    return env


def tasks(env: MatSearchEnv, count: int = TASKS) -> Iterator[tuple[SearchTask, Picture]]:
    """Reset to ``count`` tasks and give each with its picture as shown."""
    for seed in range(count):
        observation, _ = env.reset(seed=seed)
        yield env.state.task, observation["image"]


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_expert_wins_always(kind: str, split: str) -> None:
    """An expert finds the evidence of every hop, answers right, and earns the whole reward."""
    envs = make_envs(ID, 16, split=split, **KINDS[kind])
    result = evaluate(envs, ExpertPolicy(envs), TASKS if split == "train" else 50)
    assert result.success == 1.0
    assert result.mean_return == pytest.approx(1.0)  # every term: the evidence was read, too


@pytest.mark.parametrize("kind", KINDS)
def test_random_play_wins_hardly_ever(kind: str) -> None:
    """Well-formed commands with random words of the observation win at most 1 in 100."""
    envs = make_envs(ID, 16, **KINDS[kind])
    result = evaluate(envs, RandomPolicy(make(kind).parser), TASKS)
    assert result.success <= 0.01


# An agent that sees: it recognises the picture from its pixels, searches for what it believes to
# see, and answers what the first passage about it states. Shown noise, it believes in something.


def play_seeing(env: MatSearchEnv, picture: Picture, task: SearchTask) -> bool:
    """Play the running episode by what ``picture`` shows; tell whether it was won."""
    emblem = recognise_emblem(picture, env.source)
    relation = task.hops[0].query.split()[-1]  # the question tells it
    words = emblem[: len(task.hops[0].query.split()) - 1]  # the small world has no fields
    env.step(env.parser.write("search", {"query": " ".join((*words, relation))}))
    first = env.state.read[0].states if env.state.read else None
    info = env.step(env.parser.write("answer", {"text": first or "nothing"}))[4]
    return bool(info["success"])


@pytest.mark.parametrize("kind", ["emblems simple", "emblems small"])
def test_who_sees_the_emblem_wins_and_who_sees_noise_is_at_chance(kind: str) -> None:
    """The same player wins with the picture, and with noise is right for 1 organisation in n."""
    env = make(kind)
    rng = np.random.default_rng(0)
    seen, blind = [], []
    for seed in range(TASKS):
        observation, _ = env.reset(seed=seed)
        seen.append(play_seeing(env, observation["image"], env.state.task))
        observation, _ = env.reset(seed=seed)
        noise = rng.integers(0, 256, observation["image"].shape, dtype=np.uint8)
        blind.append(play_seeing(env, noise, env.state.task))
    organisations = int(np.prod(env.source.size.grid))  # type: ignore[attr-defined]
    chance = 1 / organisations
    assert np.mean(seen) >= 0.97
    assert np.mean(blind) <= chance + 3 * np.sqrt(chance * (1 - chance) / TASKS)


@pytest.mark.parametrize("kind", ["world simple", "world hard"])
def test_who_sees_the_world_wins_and_who_sees_noise_is_at_chance(kind: str) -> None:
    """By nearest template the picture gives the answer; noise gives no more than the best guess."""
    env = make(kind)
    source: Any = env.source
    rng = np.random.default_rng(0)
    seen: list[bool] = []
    blind: list[bool] = []
    for task, _ in tasks(env):
        subject, relation = _asked(task.task_id)
        noise = rng.integers(0, 256, (task.picture.height, task.picture.width, 3), dtype=np.uint8)
        for picture, score in ((task.picture, seen), (Image.fromarray(noise), blind)):
            believed = recognise(subject.split("/")[0], picture)
            try:
                belief = source.task(believed, relation, rng)
            except ValueError:  # what it believes to see has no such fact
                score.append(False)
                continue
            score.append(belief.answers[0] in task.answers)
    chance = source.chance()
    assert np.mean(seen) >= 0.95
    assert np.mean(blind) <= chance + 3 * np.sqrt(chance * (1 - chance) / TASKS)


def _asked(task_id: str) -> tuple[str, str]:
    _, kind, code, relation = task_id.split("/")
    return f"{kind}/{code}", relation


@pytest.mark.parametrize("kind", ["emblems simple", "emblems small", "emblems hard"])
def test_memory_without_search_is_worth_nothing_on_emblems(kind: str) -> None:
    """Who sees the emblem and remembers what thousands of tasks told of it, but may not search."""
    env = make(kind)
    memory: dict[tuple[str, ...], str] = {}

    def key(task: SearchTask) -> tuple[str, ...]:
        return tuple(task.task_id.split("/"))

    for task, _ in tasks(env, 3000 if kind == "emblems small" else 600):
        memory[key(task)] = task.answers[0]
    wins = []
    for seed in range(10**6, 10**6 + TASKS):
        env.reset(seed=seed)
        answer = memory.get(key(env.state.task), "Bada")
        info = env.step(env.parser.write("answer", {"text": answer}))[4]
        wins.append(info["success"])
    assert np.mean(wins) <= 0.01


@pytest.mark.parametrize("kind", ["emblems simple", "emblems small", "world simple"])
def test_another_picture_changes_the_answer(kind: str) -> None:
    """A twin of a task, with the same question but another picture, has another answer."""
    env = make(kind)
    different = []
    if kind == "world simple":
        source: Any = env.source
        rng = np.random.default_rng(0)
        for task, _ in tasks(env):
            subject, relation = _asked(task.task_id)
            others = [s for s, r in source.combinations if r == relation and s != subject]
            twin = source.task(others[int(rng.integers(len(others)))], relation, rng)
            different.append(task.answers[0] not in twin.answers)
    else:
        for task, _ in tasks(env):
            relation = task.hops[0].query.split()[-1]
            same_question = [p for p in task.passages or () if relation in p.text.split()]
            twins = [p.states for p in same_question if p.id not in task.hops[0].evidence]
            different += [twin != task.answers[0] for twin in twins]
    assert np.mean(different) >= 0.95


def stated(env: MatSearchEnv) -> set[tuple[str, str, str]]:
    """Give every fact of the running task's corpus: (what is told of, relation, value)."""
    facts = set()
    for passage in env.state.task.passages or ():
        text, value = passage.text, passage.states or ""
        emblem = re.search(rf"\w+ (?:{'|'.join(CHARGES)})(?: on \w+)?", text)
        relation = next(r for r in (*RELATIONS, *SECOND) if re.search(rf"\b{r}\b", text))
        facts.add((emblem[0] if emblem else passage.title, relation, value))
    return facts


SECOND = tuple(second for _, second in SECOND_HOPS)


@pytest.mark.parametrize("kind", ["emblems small", "emblems simple", "emblems hard"])
def test_emblem_splits_share_no_fact_and_names_no_value(kind: str) -> None:
    """No fact told in one split is told in another; values of ``names`` are values nowhere else."""
    facts: dict[str, set[tuple[str, str, str]]] = {}
    demonstrated: set[str] = set()
    for split in ("train", "val", "test", "names"):
        env = make(kind, split=split, expert_error=0.9)
        facts[split] = set()
        for _ in tasks(env, 150):
            facts[split] |= stated(env)
            if split == "train":  # what a careless expert says, too, is no held-out name
                env.step(env.expert_action())
                demonstrated.add(env.expert_action())
    for one in facts:
        for other in facts:
            if one < other:
                assert not facts[one] & facts[other], (one, other)
    values = {split: {value for _, _, value in told} for split, told in facts.items()}
    assert not values["names"] & (values["train"] | values["val"] | values["test"])
    assert not any(name in said for said in demonstrated for name in NOVEL)


@pytest.mark.parametrize("split", ["train", "names"])
@pytest.mark.parametrize("kind", ["emblems simple", "emblems small"])
def test_the_corpus_does_not_tell_which_value_is_asked_for(kind: str, split: str) -> None:
    """A blind reader of the whole corpus who knows how values are drawn is at chance."""
    env = make(kind, split=split)
    known = set(NOVEL if split == "names" else KNOWN)
    wins = []
    for number, (task, _) in enumerate(tasks(env)):
        relation = task.hops[0].query.split()[-1]
        told = sorted(p.states or "" for p in task.passages or () if relation in p.text.split())
        likely = [value for value in told if value in known]
        assert len(likely) == len(told)  # what could be asked is all that is told
        wins.append(likely[number % len(likely)] == task.answers[0])
    chance = 1 / int(np.prod(env.source.size.grid))  # type: ignore[attr-defined]
    assert np.mean(wins) <= chance + 3 * np.sqrt(chance * (1 - chance) / TASKS)


def test_no_constant_answer_earns_much_f1() -> None:
    """The best of the answers, given to all tasks of a relation, earns little."""
    source: Any = make("world simple").source
    by_relation: dict[str, list[tuple[str, ...]]] = {}
    for subject, relation in source.combinations:
        task = source.task(subject, relation, np.random.default_rng(0))
        by_relation.setdefault(relation, []).append(task.answers)
    for relation, accepted in by_relation.items():
        words = {word for answers in accepted for a in answers for word in a.split()}
        said = [*{answers[0] for answers in accepted}, *words]
        best = max(np.mean([token_f1(one, answers) for answers in accepted]) for one in said)
        assert best <= 0.2, relation


def test_rewards_have_no_holes() -> None:
    """Searching without end, empty answers, lists of answers and copied text do not pay."""
    env = make("emblems simple")

    def play(*texts: str) -> tuple[Any, bool]:
        env.reset(seed=5)
        total, success = 0.0, False
        for text in texts:
            _, reward, terminated, _, info = env.step(text)
            total, success = total + reward, info.get("success", False)
            if terminated:
                break
        return total, success

    env.reset(seed=5)
    query, gold = env.state.task.hops[0].query, env.state.task.answers[0]
    values = sorted({p.states for p in env.state.task.passages or () if p.states})
    search = f"<think>t</think><search>{query}</search>"
    idle = "<think>t</think><search>nothing of the kind</search>"
    answer = "<think>t</think><answer>{}</answer>"
    assert play(search, answer.format(gold)) == (pytest.approx(1.0), True)
    assert play(answer.format(gold)) == (pytest.approx(0.9), True)  # right, but nothing was read
    assert play(idle, idle, answer.format(gold))[0] == pytest.approx(0.9)  # idle calls earn nothing
    assert play(search, search, search, answer.format("wrong"))[0] == pytest.approx(0.1)  # format
    assert play(search, search, search) == (0.0, False)  # no answer, no reward
    assert play("<answer></answer>") == (0.0, False)
    spam = play(search, answer.format(" or ".join(values)))
    assert spam[0] < 0.25 and not spam[1]
    assert play(f"I found <answer>{gold}</answer>") == (0.0, False)
    assert play("<think>t</think><answer>…</answer>") == (0.0, False)


def test_state_belongs_to_the_episode() -> None:
    """Two environments on one task share nothing that changes."""
    one, two = make("emblems simple"), make("emblems simple")
    for env in (one, two):
        env.reset(seed=3)
    one.step(one.expert_action())
    assert one.state.read and not two.state.read and not two.state.queries
    again = make("emblems simple")
    again.reset(seed=3)
    assert not again.state.read and again.state.task is one.state.task


def test_a_careless_expert_errs_as_often_as_asked() -> None:
    """With ``expert_error`` a query lacks one word and the first passage is believed."""
    envs = make_envs(ID, 16, expert_error=1.0, thought=False, **KINDS["emblems small"])
    result = evaluate(envs, ExpertPolicy(envs), TASKS)
    assert all(len(e.turns[0].generation.text.split()) == 4 for e in result.episodes)  # of five
    assert 0.2 < result.success < 0.6


def test_indexed_tasks_come_in_order() -> None:
    """``options["index"]`` plays one task of a finite source; a generator has none."""
    env = make("world simple", split="test")
    for index in (0, 7, len(env.source) - 1):
        _, info = env.reset(options={"index": index})
        assert info["task_id"] == env.source[index].task_id
    with pytest.raises(ValueError, match="have no numbers"):
        make("emblems simple").reset(options={"index": 0})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"source": "wrld"}, "'world'"),
        ({"source": "mat"}, "mat:PATH"),
        ({"split": "tets"}, "'test'"),
        ({"level": "simpel"}, "'simple'"),
        ({"dialect": "hermse"}, "'hermes'"),
        ({"search": "bm52"}, "bm25"),
        ({"kinds": ("flags",)}, "'flag'"),
        ({"kinds": ("flag",), "source": "emblems"}, "no option 'kinds'"),
        ({"size": "tiny", "source": "emblems"}, "size"),
        ({"reward_weights": {"f2": 1}}, "'f1'"),
        ({"coordinates": "norm_100"}, "'norm_1000'"),
        ({"prompt": "ful"}, "'full'"),
        ({"top_k": 0}, "top_k"),
        ({"image_size": 3}, "image_size"),
        ({"expert_error": 2}, "expert_error"),
    ],
)
def test_wrong_options_name_the_right_ones(wrong: dict[str, Any], message: str) -> None:
    """A wrong option is a ValueError that shows the nearest valid names."""
    with pytest.raises(ValueError, match=message):
        gym.make(ID, **wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top_k": 2.5}, "top_k"),
        ({"reward_weights": {"em": "1"}}, "weight of 'em'"),
        ({"reward_weights": {"em": -1}}, "weight of 'em'"),
        ({"invalid_penalty": -1}, "invalid_penalty"),
        ({"invalid_penalty": "a"}, "invalid_penalty"),
        ({"max_invalid": 1.5}, "max_invalid"),
        ({"source": None}, "source must be a text"),
        ({"search": None}, "search must be a text"),
        ({"kinds": "flag"}, "kinds must be a list"),
        ({"image_size": 448.0}, "image_size"),
        ({"image_size": (64.5, 64)}, "image_size"),
        ({"source": "emblems", "search": "serper"}, "invents its facts"),
    ],
)
def test_options_of_the_wrong_kind_are_refused(wrong: dict[str, Any], message: str) -> None:
    """What could only fail in some later step is refused when the environment is made."""
    with pytest.raises(ValueError, match=message):
        gym.make(ID, **wrong)


@pytest.mark.parametrize("options", [{"index": "a"}, {"index": 10**6}, {"indx": 1}])
def test_wrong_reset_options_are_named(options: dict[str, Any]) -> None:
    """A wrong option of reset says what is expected."""
    with pytest.raises(ValueError, match="index"):
        make("world simple").reset(options=options)


def test_equal_environments_share_one_index() -> None:
    """A vector of environments does not index the same corpus again and again."""
    assert make("world simple")._shared_search is make("world hard")._shared_search


def test_evidence_from_another_corpus_is_known_by_its_text(tmp_path: Path) -> None:
    """With the same texts under other ids the expert earns all; an idle search earns nothing."""
    passages = make("world simple").source.passages or ()
    corpus = tmp_path / "corpus.jsonl"
    lines = ({"id": str(i), "contents": f"{p.title}\n{p.text}"} for i, p in enumerate(passages))
    corpus.write_text("\n".join(map(json.dumps, lines)))
    envs = make_envs(ID, 8, search=f"jsonl:{corpus}", **KINDS["world simple"])
    assert evaluate(envs, ExpertPolicy(envs), 50).mean_return == pytest.approx(1.0)
    env = make("world simple", search=f"jsonl:{corpus}")
    env.reset(seed=0)
    env.state.task = SearchTask("t", env.state.task.picture, "?", ("No",))
    env.state.read = [Passage("1", "Weather", "It snowed as nobody had known.")]
    _, reward, *_ = env.step("<think>t</think><answer>No</answer>")
    assert reward == pytest.approx(0.9)


def test_a_published_file_is_evaluated_task_by_task(tmp_path: Path) -> None:
    """``tasks=None`` plays each task of a MAT file once."""
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    rows = [
        {"id": i, "question": f"What is {i}?", "answer": str(i), "image_path": "a.png"}
        for i in range(7)
    ]
    (tmp_path / "MAT-Search.json").write_text(json.dumps(rows))
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"id": "1", "contents": "t\nnothing"}))
    where: Any = {"source": f"mat:{tmp_path}", "search": f"jsonl:{tmp_path / 'corpus.jsonl'}"}
    envs = make_envs(ID, 3, image_size=32, **where)
    result = evaluate(envs, ExpertPolicy(envs), None)
    assert [e.task_id for e in result.episodes] == [f"mat/{i}" for i in range(7)]
    assert result.success == 1.0
    endless = make_envs(ID, 2, **KINDS["emblems small"])
    with pytest.raises(ValueError, match="without end"):
        evaluate(endless, ExpertPolicy(endless), None)
