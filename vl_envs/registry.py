"""The one table of environments: every id, what makes it, its limit and the extra it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gymnasium as gym


@dataclass(frozen=True)
class EnvRow:
    """One registered environment.

    Attributes:
        id: as given to `gymnasium.make`.
        entry_point: ``module:Class``; the module is imported when the environment is made.
        max_episode_steps: turns until truncation.
        extra: the extra of ``vl-envs`` to install, ``""`` where the base suffices.
        summary: one sentence for the table in the README.
        kwargs: what makes a variant of the class.
        chance: random commands win at most this share of episodes; tested.
        ceiling: the expert wins at least this share of episodes; tested.
        returns: smallest and largest return of an episode that the expert wins; tested.
        opengl: whether OpenGL draws: pictures differ a little between machines, and processes
            beside one that has drawn must be started afresh (``context="spawn"``).
    """

    id: str
    entry_point: str
    max_episode_steps: int
    extra: str
    summary: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    chance: float = 0.02
    ceiling: float = 1.0
    returns: tuple[float, float] = (1.0, 1.0)
    opengl: bool = False


_NAVIGATE = "vl_envs.gui.navigate:NavigateEnv"
_MAT_SEARCH = "vl_envs.tool.mat_search:MatSearchEnv"

ENVIRONMENTS: tuple[EnvRow, ...] = (
    EnvRow(
        "VLTool/MatSearch-v0",
        _MAT_SEARCH,
        max_episode_steps=5,
        extra="",
        summary="Recognise a flag, an element or a constellation; search; read; answer.",
    ),
    EnvRow(
        "VLTool/MatSearchEmblems-v0",
        _MAT_SEARCH,
        max_episode_steps=5,
        extra="",
        summary="The same about invented organisations: memory scores zero.",
        kwargs={"source": "emblems"},
    ),
    EnvRow(
        "VLTool/MatSearchSmall-v0",
        _MAT_SEARCH,
        max_episode_steps=5,
        extra="",
        summary="Emblems of 40 pixels and short texts, for a model that trains on two CPU cores.",
        kwargs={
            "source": "emblems",
            "size": "small",
            "image_size": 40,
            "prompt": "brief",
            "thought": False,
            "top_k": 3,
            "max_invalid": 1,
            "reward_weights": {"em": 1.0},
        },
    ),
    EnvRow(
        "VLGui/Navigate-v0",
        _NAVIGATE,
        max_episode_steps=20,
        extra="gui",
        summary="Find a screen of an app with 231 screens by pressing icons, and say so.",
    ),
    EnvRow(
        "VLGui/NavigateApps-v0",
        _NAVIGATE,
        max_episode_steps=20,
        extra="gui",
        summary="Find a screen, move a switch or fill a field in an app that one never saw.",
        kwargs={
            "graph": "cyclic",
            "graph_params": {"screens": 24},
            "graph_seed": None,
            "labels": "target",
            "tasks": ("name", "shows", "switch", "type"),
        },
    ),
    EnvRow(
        "VLGui/NavigateGELab-v0",
        _NAVIGATE,
        max_episode_steps=12,
        extra="gui",
        summary="GUI Exploration Lab's setting: icons only, its action format, 12 turns.",
        kwargs={"widgets": (), "dialect": "gelab", "theme": "light"},
    ),
    EnvRow(
        "VLGui/NavigateSmall-v0",
        _NAVIGATE,
        max_episode_steps=8,
        extra="gui",
        summary="16 screens of 64 pixels, for a model that trains on two CPU cores.",
        kwargs={
            "graph": "small",
            "image_size": 64,
            "dialect": "arft",
            "theme": "light",
            "prompt": "brief",
            "thought": False,
            "complete": False,
            "max_invalid": 1,
            "widgets": ("dead",),
        },
        chance=0.25,  # a small world, in which arrival counts: even `back` repeated wins .16
    ),
    EnvRow(
        "VLGui/Ground-v0",
        "vl_envs.gui.ground:GroundEnv",
        max_episode_steps=4,
        extra="gui",
        summary="Press what an instruction names on a dense screen of a computer or a phone.",
    ),
    EnvRow(
        "VLGui/Shop-v0",
        "vl_envs.gui.shop:ShopEnv",
        max_episode_steps=50,
        extra="gui",
        summary="Find the right one of 10,560 products, choose its options, and buy it.",
    ),
    EnvRow(
        "VLGui/ShopPersona-v0",
        "vl_envs.gui.shop_persona:ShopPersonaEnv",
        max_episode_steps=5,
        extra="gui",
        summary="Say what a given customer of the shop does next.",
        chance=0.03,
    ),
    EnvRow(
        "VLCards/NumberLine-v0",
        "vl_envs.cards.number_line:NumberLineEnv",
        max_episode_steps=10,
        extra="",
        summary="See two numbers; bring one to the other, straight, by adding or subtracting one.",
        chance=0.35,  # random moves win 27 of 100: every third target is one move away
    ),
    EnvRow(
        "VLCards/EZPoints-v0",
        "vl_envs.cards.ez_points:EZPointsEnv",
        max_episode_steps=7,
        extra="",
        summary="Make 12 of two cards by adding or multiplying, a symbol at a time.",
        returns=(10.0, 10.0),
    ),
    EnvRow(
        "VLCards/Points24-v0",
        "vl_envs.cards.points24:Points24Env",
        max_episode_steps=22,
        extra="",
        summary="Make 24 of four cards, with parentheses, a symbol at a time.",
        returns=(10.0, 10.0),
    ),
    EnvRow(
        "VLCards/Blackjack-v0",
        "vl_envs.cards.blackjack:BlackjackEnv",
        max_episode_steps=20,
        extra="",
        summary="Hit or stand: come nearer to 21 than the dealer.",
        chance=0.38,  # always standing wins 38 of 100, random moves 28
        ceiling=0.3,  # the best play wins 43 of 100, and of thirty deals sometimes fewer
    ),
)

_BOX = "Go to the red box"
_FIND = "Go to the thing that is named"

# Task -> moves (MiniWorld's own limit; RoomObjects has none there), what one does, and what of a
# row differs. Floors and ceilings are those of benchmarks/results/miniworld_players.json with a
# margin, for a test plays few episodes.
_MINIWORLD: dict[str, tuple[int, str, dict[str, Any]]] = {
    "Hallway": (250, f"{_BOX} at the end of a hall.", {"chance": 0.4}),
    "OneRoom": (180, f"{_BOX} somewhere in a room.", {"chance": 0.3}),
    "OneRoomS6": (100, f"{_BOX} somewhere in a small room.", {"chance": 0.35}),
    "OneRoomS6Fast": (50, f"{_BOX} in a small room, in long steps.", {"chance": 0.5}),
    "FourRooms": (250, f"{_BOX} in one of four rooms.", {"chance": 0.15}),
    "WallGap": (300, f"{_BOX} behind a wall, through its gap.", {"chance": 0.1}),
    "Maze": (1536, f"{_BOX} in a maze of 64 cells.", {"chance": 0.1}),
    "MazeS2": (96, f"{_BOX} in a maze of four cells.", {"chance": 0.3}),
    "MazeS3": (216, f"{_BOX} in a maze of nine cells.", {"chance": 0.2}),
    "MazeS3Fast": (300, f"{_BOX} in a maze of nine cells, in long steps.", {"chance": 0.45}),
    "TMaze": (280, f"{_BOX} in one arm of a T.", {"chance": 0.05}),
    "TMazeLeft": (280, f"{_BOX} in the left arm of a T.", {"chance": 0.05}),
    "TMazeRight": (280, f"{_BOX} in the right arm of a T.", {"chance": 0.05}),
    "YMaze": (280, f"{_BOX} in one arm of a Y.", {"chance": 0.05}),
    "YMazeLeft": (280, f"{_BOX} in the left arm of a Y.", {"chance": 0.05}),
    "YMazeRight": (280, f"{_BOX} in the right arm of a Y.", {"chance": 0.05}),
    "Sidewalk": (150, f"{_BOX} along a street, without stepping into it.", {}),
    "Sign": (20, "Read a colour on the wall; go to the thing of that colour.", {"chance": 0.15}),
    "ThreeRooms": (400, f"{_FIND}, in three rooms.", {"chance": 0.2}),
    "RoomObjects": (250, f"{_FIND}, in a room where one is wide.", {"chance": 0.4}),
    "PickupObjects": (400, "Pick up all five things in a room.", {"returns": (5.0, 5.0)}),
    "PutNext": (250, "Carry the red box to the yellow one.", {"ceiling": 0.8}),
    "CollectHealth": (
        1000,
        "Stay alive: find and pick up medkits.",
        {"ceiling": 0.75, "returns": (2000.0, 2000.0)},
    ),
}

ENVIRONMENTS += tuple(
    EnvRow(
        f"VLMiniWorld/{task}-v0",
        "vl_envs.miniworld.env:MiniWorldEnv",
        max_episode_steps=moves,
        extra="miniworld",
        summary=summary,
        kwargs={"task": task},
        opengl=True,
        **{"returns": (0.8, 1.0), **differs},
    )
    for task, (moves, summary, differs) in _MINIWORLD.items()
)

# Name -> ALFRED's task, and what one does.
_HOUSEHOLD = {
    "PickAndPlace": ("pick_and_place_simple", "Find a thing in a house; put it where it belongs."),
    "PickTwoAndPlace": ("pick_two_obj_and_place", "Find two things of a kind; put them together."),
    "LookInLight": ("look_at_obj_in_light", "Find a thing and look at it under a lamp."),
    "CleanAndPlace": ("pick_clean_then_place_in_recep", "Find a thing, clean it, put it away."),
    "HeatAndPlace": ("pick_heat_then_place_in_recep", "Find food or a dish, heat it, put it away."),
    "CoolAndPlace": ("pick_cool_then_place_in_recep", "Find food or a dish, cool it, put it away."),
}

ENVIRONMENTS += tuple(
    EnvRow(
        f"VLAlfworld/{name}-v0",
        "vl_envs.alfworld.env:HouseholdEnv",
        max_episode_steps=50,
        extra="household",
        summary=summary,
        kwargs={"tasks": (task,)},
        chance=0.06 if name == "LookInLight" else 0.02,  # random commands look under lamps, too
    )
    for name, (task, summary) in _HOUSEHOLD.items()
)
ENVIRONMENTS += (
    EnvRow(
        "VLAlfworld/All-v0",
        "vl_envs.alfworld.env:HouseholdEnv",
        max_episode_steps=50,
        extra="household",
        summary="All six household tasks of ALFWorld.",
    ),
    EnvRow(
        "VLAlfworld/AskToAct-v0",
        "vl_envs.alfworld.ask_to_act:AskToActEnv",
        max_episode_steps=50,
        extra="household",
        summary="Bring what a user means, who says too little: ask, but not more than is needed.",
        returns=(0.85, 1.0),
    ),
)


# Game -> its module, moves of a seat at most, extra, what one does, and what differs. `chance` is
# measured with random legal moves, `ceiling` with the strongest player, each beside the opponent
# that is met by default, who may carry a bad player along. At Kuhn poker success is a pot, and the
# cards decide more than the player.
_GAMES: dict[str, tuple[str, int, str, str, dict[str, Any]]] = {
    "TicTacToe": (
        "tic_tac_toe",
        5,
        "",
        "The smallest example: do not lose against a perfect player.",
        {"chance": 0.2, "returns": (0.0, 0.0)},
    ),
    "KuhnPoker": (
        "kuhn_poker",
        2,
        "openspiel",
        "Three cards, one bet, against Nash: bluff, and see through bluffs.",
        {"chance": 0.55, "ceiling": 0.3, "returns": (1.0, 2.0)},
    ),
    "Breakthrough": (
        "breakthrough",
        105,
        "openspiel",
        "Bring a pawn across an 8 x 8 board, against a tree search.",
        {"ceiling": 0.9},
    ),
    "Pong": (
        "pong",
        1000,
        "pong",
        "Atari's cartridge, up to three points against the built-in bot.",
        {"ceiling": 0.75, "returns": (1.0, 3.0)},
    ),
    "SimplePush": (
        "simple_push",
        25,
        "mpe",
        "Keep a charger away from a target.",
        {"chance": 0.25, "ceiling": 0.7, "returns": (-20.0, 40.0), "kwargs": {"seat": 0}},
    ),
    "Hanabi": (
        "hanabi",
        60,
        "openspiel",
        "Build fireworks together from cards that only the other sees.",
        {"ceiling": 0.6, "returns": (18.0, 25.0)},
    ),
    "Overcooked": (
        "overcooked",
        50,
        "",
        "Cook and serve onion soups with another cook in a cramped kitchen.",
        {"returns": (30.0, 60.0)},
    ),
    "KnightsArchersZombies": (
        "knights_archers_zombies",
        200,
        "kaz",
        "An archer and a knight hold a field against zombies.",
        {"chance": 0.3, "ceiling": 0.8, "returns": (16.0, 20.0)},
    ),
    "CoinDilemma": (
        "coin_dilemma",
        50,
        "",
        "Take coins; those of the other's colour cost it twice what they pay.",
        {"ceiling": 0.8, "returns": (0.0, 30.0)},
    ),
    "MonsterHunt": (
        "monster_hunt",
        50,
        "",
        "Eat apples alone, or trust the other and hunt the monster together.",
        {"ceiling": 0.7, "returns": (50.0, 150.0)},
    ),
    "BattleOfTheColors": (
        "battle_of_the_colors",
        50,
        "",
        "Meet on a block of one colour, though each likes another best.",
        {"ceiling": 0.9, "returns": (10.0, 60.0)},
    ),
}

_AT_ONCE = {
    "overcooked",
    "knights_archers_zombies",
    "simple_push",
    "coin_dilemma",
    "monster_hunt",
    "battle_of_the_colors",
}
"""Games in which both move at once: they are PettingZoo's Parallel environments as well."""

ENVIRONMENTS += tuple(
    EnvRow(
        f"VLGames/{name}-v0",
        "vl_envs.games.env:GameEnv",
        # Two wrong answers before each move, the most that is not giving up, still come to the end
        # of the game: nobody escapes a loss by being cut off.
        max_episode_steps=3 * moves,
        extra=extra,
        summary=summary,
        **{**differs, "kwargs": {"game": game, **differs.get("kwargs", {})}},
    )
    for name, (game, moves, extra, summary, differs) in _GAMES.items()
)


def register_all() -> None:
    """Register every row with Gymnasium, and games with PettingZoo where it is installed.

    What is registered already stays.
    """
    for row in ENVIRONMENTS:
        if row.id not in gym.registry:
            gym.register(
                row.id,
                entry_point=row.entry_point,
                max_episode_steps=row.max_episode_steps,
                kwargs=dict(row.kwargs),
            )
    if find_spec("pettingzoo"):
        _register_with_pettingzoo()


def _register_with_pettingzoo() -> None:
    """Register every game's environments, from `vl_envs.games.<game>_v0`."""
    zoo = import_module("pettingzoo.env_registry.registration")
    for name, (game, *_) in _GAMES.items():
        id_, module = f"VLGames/{name}-v0", f"vl_envs.games.{game}_v0"
        if id_ not in zoo.aec_registry:
            zoo.register("aec", id_, f"{module}:env")
        if game in _AT_ONCE and id_ not in zoo.parallel_registry:
            zoo.register("parallel", id_, f"{module}:parallel_env")
