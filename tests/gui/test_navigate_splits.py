"""The splits of `VLGui/Navigate-v0` are disjoint, and each axis changes exactly what it names."""

from __future__ import annotations

from typing import Any

import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.gui.navigate_players import middle
from vl_envs.gui.apps.page_painter import DrawnPage
from vl_envs.gui.apps.task import AXES, pairs, part_of
from vl_envs.gui.drawing.theme import SEEN_THEMES, UNSEEN_THEMES
from vl_envs.gui.navigate import NavigateEnv


def test_parts_and_pairs_are_disjoint() -> None:
    """Subtrees share the root only; train, val and test share no way; test has no single moves."""
    env = NavigateEnv()
    env.reset(seed=0)
    graph = env.state.device.graph
    parts = [part_of(graph, part) for part in ("sft", "rl", "ood")]
    assert [len(part) for part in parts] == [93, 93, 47]
    assert parts[0] & parts[1] == parts[1] & parts[2] == parts[0] & parts[2] == {0}
    ways = {
        split: {pair for found in pairs(graph, split).values() for pair in found}
        for split in ("train", "val", "test", "sft", "rl", "ood")
    }
    for one, two in (("train", "val"), ("train", "test"), ("val", "test"), ("train", "ood")):
        assert not ways[one] & ways[two]
    assert not ways["sft"] & ways["rl"] and ways["sft"] | ways["rl"] < ways["train"]
    assert all(graph.distance(*pair) > 1 for pair in ways["test"] | ways["val"])
    everything = len(ways["train"]) + len(ways["val"]) + len(ways["test"])
    assert 0.10 < len(ways["test"]) / everything < 0.20
    assert set(pairs(graph, "train")) >= set(range(1, 8))


def test_episodes_come_from_their_split() -> None:
    """What is drawn belongs to the split that was asked for; new apps differ by split."""
    for split in ("train", "test", "sft", "rl", "ood"):
        env = NavigateEnv(split=split, lengths=(2, 3))
        for seed in range(20):
            env.reset(seed=seed)
            task = env.state.task
            assert (task.start, task.goal) in pairs(env.state.device.graph, split)[task.length]
            assert task.length in (2, 3)
    titles: dict[str, set[str]] = {}
    for split in ("train", "val", "test"):
        env = NavigateEnv(graph="cyclic", graph_seed=None, split=split)
        for seed in range(15):
            env.reset(seed=seed)
            shown = [env.state.device.page_of(i).screen.title for i in range(8)]  # type: ignore[attr-defined]
            titles.setdefault(split, set()).add("/".join(shown))
    assert not titles["train"] & titles["test"] and not titles["train"] & titles["val"]


def _pages(split: str, seed: int) -> tuple[NavigateEnv, list[DrawnPage]]:
    env = NavigateEnv(split=split)
    env.reset(seed=seed)
    device = env.state.device
    pages = [device.page_of(i) for i in range(len(device.graph.children))]
    return env, [page for page in pages if isinstance(page, DrawnPage)]


def _facts(page: DrawnPage, noise: bool = True) -> dict[str, Any]:
    """Take a page apart: what each OOD axis may change, by its name."""
    base = len(page.screen.dead)
    entries = [
        e for e in page.entries if noise or not (e.act.kind == "dead" and e.act.number >= base)
    ]
    icons = [e for e in entries if e.kind in ("tile", "row")]
    return {
        "image": {e.act: e.icon for e in icons},
        "name": {e.act: e.text for e in icons},
        "position": {e.act: e.box for e in icons},
        "noise": [e.act for e in page.entries if e.act.kind == "dead" and e.act.number >= base],
        "theme": page.theme.name,
        "resolution": page.look.scale,
        "rest": (page.screen.title, page.screen.banner, page.screen.switches, page.screen.fields),
    }


@pytest.mark.parametrize("axis", AXES)
def test_an_axis_changes_exactly_what_it_names(axis: str) -> None:
    """Same seed, same task, same everything, but for the one thing; and that on every screen."""
    changed_screens = 0
    for seed in range(3):
        plain_env, plain = _pages("train", seed)
        other_env, other = _pages(axis, seed)
        one, two = plain_env.state.task, other_env.state.task
        assert (one.start, one.goal, one.instruction) == (two.start, two.goal, two.instruction)
        for before, after in zip(plain, other, strict=True):
            a, b = _facts(before, noise=False), _facts(after, noise=False)
            changed = {name for name in a if a[name] != b[name]}
            # Another theme, or another size of everything, needs room of its own.
            allowed = {axis, "position"} if axis in ("theme", "resolution") else {axis}
            assert changed <= allowed, (axis, changed)
            changed_screens += axis in changed
            if axis == "position" and before.screen.icons:
                old = {middle(box) for box in a["position"].values()}
                new = {middle(box) for box in b["position"].values()}
                assert not old & new
    assert changed_screens > 200


def test_axes_use_what_training_never_shows() -> None:
    """Glyphs, labels and themes of the axes occur in no training screen."""

    def shown(split: str, name: str) -> set[str]:
        _, pages = _pages(split, 0)
        return {value for page in pages for value in _facts(page)[name].values()}

    assert not shown("train", "image") & shown("image", "image")
    assert not shown("train", "name") & shown("name", "name")
    seen = {_pages("train", seed)[1][0].theme.name for seed in range(40)}
    assert seen == set(SEEN_THEMES)
    assert {_pages("theme", seed)[1][0].theme.name for seed in range(10)} == set(UNSEEN_THEMES)
