"""Navigation graphs: shapes, shortest ways (against networkx), and what the generators promise."""

from __future__ import annotations

import copy
import pickle
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from vl_envs.gui.apps.graph import BACK, HOME, Graph, Move, Open
from vl_envs.gui.apps.presets import (
    MAX_SCREENS,
    PRESETS,
    cyclic,
    dag,
    make_graph,
    random_tree,
    tree,
)

SHAPES = ("gelab", "small", "tree", "random", "dag", "cyclic")


def seeded(seed: int = 0) -> np.random.Generator:
    """Return a generator."""
    return np.random.default_rng(seed)


def edges(graph: Graph) -> Iterator[tuple[int, int]]:
    """Give every move of a graph as a pair of screens."""
    for screen in range(len(graph)):
        for move in graph.moves(screen):
            yield screen, graph.step(screen, move)


def oracle(graph: Graph, icons_only: bool = False) -> Any:
    """Build the same graph in networkx."""
    nx = pytest.importorskip("networkx")
    made = nx.DiGraph()
    made.add_nodes_from(range(len(graph)))
    made.add_edges_from(
        [(i, target) for i, opened in enumerate(graph.children) for target in opened]
        if icons_only
        else edges(graph)
    )
    return made


def test_the_papers_tree() -> None:
    """231 screens on seven levels, five subtrees of 46, and as many icons as the paper says."""
    graph = make_graph("gelab", seeded())
    assert len(graph) == 231
    assert Counter(graph.depth) == {0: 1, 1: 5, 2: 15, 3: 30, 4: 60, 5: 60, 6: 60}
    assert Counter(graph.branch) == {-1: 1, 0: 46, 1: 46, 2: 46, 3: 46, 4: 46}
    icons = (5, 3, 2, 2, 1, 1, 0)
    for screen, opened in enumerate(graph.children):
        assert len(opened) == icons[graph.depth[screen]]
        assert all(graph.parent[target] == screen for target in opened)
    # Numbered level by level, as the published page ids: page_3 opens page_12 to page_14.
    assert graph.children[0] == (1, 2, 3, 4, 5) and graph.children[3] == (12, 13, 14)
    assert max(graph.distance(0, goal) for goal in range(231)) == 6


def test_a_small_tree() -> None:
    """Sixteen screens: three subtrees of five."""
    graph = make_graph("small", seeded())
    assert len(graph) == 16 and Counter(graph.branch) == {-1: 1, 0: 5, 1: 5, 2: 5}
    assert graph == tree((3, 2, 1)) != tree((3, 2, 2))


@pytest.mark.parametrize("name", SHAPES)
def test_shortest_ways_are_those_of_networkx(name: str) -> None:
    """Distances agree for all pairs; paths have that length and arrive."""
    graph = make_graph(name, seeded(3))
    nx = pytest.importorskip("networkx")

    wanted = dict(nx.all_pairs_shortest_path_length(oracle(graph)))
    for start in range(len(graph)):
        for goal in range(len(graph)):
            assert graph.distance(start, goal) == wanted[start][goal]
            if (start + goal) % 5 == 0:
                path = graph.path(start, goal)
                assert len(path) == wanted[start][goal]
                screen = start
                for move in path:
                    assert move == graph.next_move(screen, goal)
                    assert move in graph.moves(screen)
                    screen = graph.step(screen, move)
                assert screen == goal


@pytest.mark.parametrize("name", SHAPES)
def test_every_screen_is_reached_by_icons(name: str) -> None:
    """From the root each screen can be opened; parents lead back in ``depth`` steps."""
    for seed in range(20):
        graph = make_graph(name, seeded(seed))
        nx = pytest.importorskip("networkx")
        assert len(nx.descendants(oracle(graph, icons_only=True), 0)) == len(graph) - 1
        for screen in range(len(graph)):
            above = screen
            for _ in range(graph.depth[screen]):
                assert above != 0
                below, above = above, graph.step(above, BACK)
            assert above == 0
            if screen:
                assert below in graph.children[0]
                tops = [top for top in graph.children[0] if graph.parent[top] == 0]
                assert tops[graph.branch[screen]] == below
        assert graph.branch[0] == -1 and graph.depth[0] == 0


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_seed_gives_the_same_graph(name: str) -> None:
    """Graphs are functions of name, parameters and generator."""
    graphs = [make_graph(name, seeded(seed)) for seed in (1, 1, 2)]
    assert graphs[0] == graphs[1] and hash(graphs[0]) == hash(graphs[1])
    assert (graphs[0] == graphs[2]) == (name in ("gelab", "small", "tree"))


def test_short_cuts_never_lead_in_circles() -> None:
    """A DAG's icons lead deeper, some of them past a level; no screen has too many."""
    nx = pytest.importorskip("networkx")
    jumps = 0
    for seed in range(20):
        graph = dag(seeded(seed), screens=50, branching=(1, 3), shortcuts=15, icons=4)
        assert len(graph) == 50 and sum(map(len, graph.children)) == 49 + 15
        assert nx.is_directed_acyclic_graph(oracle(graph, icons_only=True))
        for screen, opened in enumerate(graph.children):
            assert len(opened) <= 4 and len(set(opened)) == len(opened)
            assert all(graph.depth[target] > graph.depth[screen] for target in opened)
            jumps += sum(graph.depth[target] > graph.depth[screen] + 1 for target in opened)
    assert jumps > 40


def test_a_short_cut_shortens_a_way() -> None:
    """Some screen is nearer the root than its depth says."""
    graph = make_graph("dag", seeded(0))
    assert any(graph.distance(0, goal) < graph.depth[goal] for goal in range(len(graph)))


def test_cross_links_lead_up_sideways_and_down() -> None:
    """A cyclic app's icons lead in all directions and in circles."""
    nx = pytest.importorskip("networkx")
    for seed in range(20):
        graph = cyclic(seeded(seed), screens=40, branching=(1, 3), links=18, icons=5)
        assert len(graph) == 40 and sum(map(len, graph.children)) == 39 + 18
        assert not nx.is_directed_acyclic_graph(oracle(graph, icons_only=True))
        links = [
            graph.depth[target] - graph.depth[screen]
            for screen, opened in enumerate(graph.children)
            for target in opened
            if graph.parent[target] != screen
        ]
        assert Counter(np.sign(links).tolist()) == {-1: 6, 0: 6, 1: 6}
        assert all(0 not in opened and len(opened) <= 5 for opened in graph.children)


def test_the_order_of_icons_tells_nothing_of_links() -> None:
    """Links are not always the last icons of a screen."""
    places = Counter(
        opened.index(target)
        for seed in range(30)
        for graph in [make_graph("cyclic", seeded(seed))]
        for screen, opened in enumerate(graph.children)
        if len(opened) == 2
        for target in opened
        if graph.parent[target] != screen
    )
    assert min(places[0], places[1]) > 0.35 * sum(places.values())


def test_random_trees_keep_their_bounds() -> None:
    """Depth and the number of icons stay within what was asked, and both ends occur."""
    counts: Counter[int] = Counter()
    for seed in range(30):
        graph = random_tree(seeded(seed), depth=3, branching=(2, 4))
        assert max(graph.depth) == 3 and len(graph) == 1 + sum(map(len, graph.children))
        counts.update(len(opened) for i, opened in enumerate(graph.children) if graph.depth[i] < 3)
    assert set(counts) == {2, 3, 4}
    thin = [random_tree(seeded(seed), depth=5, branching=(0, 1)) for seed in range(30)]
    assert all(len(graph) >= 2 for graph in thin) and {max(g.depth) for g in thin} > {1, 2}


def test_parameters_reach_the_generators() -> None:
    """Presets take their own parameters; lists do as well as tuples."""
    assert make_graph("tree", seeded(), branching=[2, 2]) == tree((2, 2))
    assert len(make_graph("dag", seeded(), screens=30, branching=[2, 3])) == 30
    bare = make_graph("cyclic", seeded(), screens=30, links=0)
    assert all(bare.parent[t] == i for i, opened in enumerate(bare.children) for t in opened)
    crowded = make_graph("dag", seeded(), screens=30, shortcuts=4000, icons=6)
    assert max(map(len, crowded.children)) == 6
    for name, preset in PRESETS.items():
        assert preset.description
        assert make_graph(name, seeded(5), **preset.params) == make_graph(name, seeded(5))


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("gelb", {}, "unknown graph 'gelb'.*'gelab'"),
        (["gelab"], {}, "unknown graph"),
        ("gelab", {"depth": 3}, "takes no parameters"),
        ("dag", {"screen": 30}, "unknown parameter of graph 'dag' 'screen'.*'screens'"),
        ("dag", {"screens": 1}, "screens must be a whole number from 2 to 400, got 1"),
        ("dag", {"screens": 401}, "screens"),
        ("dag", {"screens": 40.0}, "screens"),
        ("dag", {"branching": (0, 2)}, "low end of branching"),
        ("dag", {"branching": (3, 2)}, "high end of branching must be a whole number from 3"),
        ("dag", {"branching": 3}, "two whole numbers"),
        ("dag", {"branching": "13"}, "two whole numbers"),
        ("dag", {"branching": (1, 4), "icons": 3}, "icons must be a whole number from 4"),
        ("dag", {"shortcuts": -1}, "shortcuts"),
        ("cyclic", {"links": True}, "links"),
        ("random", {"depth": 0}, "depth must be"),
        ("random", {"depth": 6, "branching": (1, 5)}, "up to 19531 screens; at most 400"),
        ("tree", {"branching": ()}, "list of whole numbers"),
        ("tree", {"branching": (3, 0)}, "branching must be a whole number from 1"),
        ("tree", {"branching": (8, 8, 8)}, "at most 400"),
    ],
)
def test_bad_parameters_are_told(name: Any, params: dict[str, Any], said: str) -> None:
    """What was expected and what came."""
    with pytest.raises(ValueError, match=said):
        make_graph(name, seeded(), **params)


@pytest.mark.parametrize(
    ("children", "parent", "said"),
    [
        ((), (), "needs a root"),
        (((1,), ()), (0,), "2 screens and 1 parents"),
        (((2,), ()), (0, 0), "screen 0 leads to 2"),
        (((1,), ()), (0, -1), "screen 1 leads to -1"),
        (((1.0,), ()), (0, 0), "screen 0 leads to 1.0"),
        (((1,), (1,)), (0, 0), "screen 1 opens itself"),
        (((1,), ()), (1, 0), "root's parent"),
        (((1,), (), ()), (0, 0, 0), "screen 2 cannot be reached"),
        (((1,), (2,), ()), (0, 2, 1), "back never leads from screen 1"),
    ],
)
def test_impossible_graphs_are_refused(children: Any, parent: Any, said: str) -> None:
    """A graph is checked when it is made."""
    with pytest.raises(ValueError, match=said):
        Graph(children, parent)


def test_moves() -> None:
    """Icons open, back and home go where they should, and nothing else can be done."""
    graph = tree((2, 1))
    assert graph.moves(0) == (Open(0), Open(1)) and graph.moves(3) == (BACK, HOME)
    assert graph.step(0, Open(1)) == 2 and graph.step(2, Open(0)) == 4
    assert graph.step(4, BACK) == 2 and graph.step(4, HOME) == 0
    assert graph.step(0, BACK) == graph.step(0, HOME) == 0
    assert Open(1) == Move("open", 1) and Move("back") == BACK and HOME.icon == -1
    for move, said in ((Open(2), "2 icons"), (Open(-1), "no icon -1"), (Move("up"), "'up'")):
        with pytest.raises(ValueError, match=said):
            graph.step(0, move)
    for call in (graph.distance, graph.next_move, graph.path):
        for pair in ((5, 0), (-1, 0), (0, 5), (0, -1)):
            with pytest.raises(ValueError, match="numbered 0 to 4"):
                call(*pair)


def test_ties_prefer_icons_then_back_then_home() -> None:
    """Of equally short ways always the same is taken."""
    # Screen 1 and 2 open 3; 3 opens 0's sibling way: all of open, back, home lead to 0 at once.
    graph = Graph(((1, 2), (3,), (3,), (0,)), (0, 0, 0, 1))
    assert graph.next_move(0, 3) == Open(0)
    assert graph.next_move(3, 0) == Open(0)
    assert graph.next_move(1, 0) == BACK
    assert graph.next_move(3, 2) == Open(0) and graph.next_move(3, 1) == BACK
    assert graph.next_move(2, 2) is None and graph.path(2, 2) == ()
    assert tree((1, 1, 1)).path(3, 0) == (HOME,) and tree((1, 1, 1)).path(3, 1) == (BACK, BACK)


def test_subtrees_follow_parents_where_links_cross() -> None:
    """A screen that the root opens as a short cut stays in its parent's subtree."""
    graph = Graph(((2, 3, 1), (2,), (), ()), (0, 0, 1, 0))
    assert graph.branch == (-1, 1, 1, 0) and graph.depth == (0, 1, 2, 1)
    # Back may lead to the root from a screen that the root does not open.
    assert Graph(((1,), (2,), ()), (0, 0, 0)).branch == (-1, 0, 1)


def test_graphs_are_values() -> None:
    """They copy as themselves, pickle without their tables, and cannot be changed."""
    graph = make_graph("gelab", seeded())
    fresh = pickle.dumps(graph)
    assert graph.distance(200, 3) and graph.depth
    assert copy.deepcopy(graph) is graph and copy.deepcopy({"g": [graph]})["g"][0] is graph
    assert pickle.dumps(graph) == fresh
    again = pickle.loads(fresh)  # noqa: S301
    assert again == graph and hash(again) == hash(graph) and again.path(9, 8) == graph.path(9, 8)
    with pytest.raises(AttributeError):
        graph.parent = ()  # type: ignore[misc]
    listed: Any = Graph([[1], []], [0, 0])  # type: ignore[arg-type]
    assert listed == Graph(((1,), ()), (0, 0)) and hash(listed)


def test_tables_are_bounded() -> None:
    """However many goals are asked for, only so many tables are kept, and none is wrong."""
    graph = dag(seeded(), screens=MAX_SCREENS)
    first = [graph.distance(7, goal) for goal in range(MAX_SCREENS)]
    assert len(graph._tables) == 256
    assert [graph.distance(7, goal) for goal in range(MAX_SCREENS)] == first


def test_thousands_of_answers_a_second() -> None:
    """A shortest way over 231 screens takes far less than a step of an environment."""
    graph = make_graph("gelab", seeded())
    began = time.perf_counter()
    for call in range(10_000):
        graph.next_move(call % 230 + 1, call * 7 % 231)
    assert time.perf_counter() - began < 2  # 0.05 s on one core
