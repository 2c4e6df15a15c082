"""The one table of environments: every id, what makes it, its limit and the extra it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        exact_pixels: whether pictures are the same, bit by bit, on every machine.
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
    exact_pixels: bool = True


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
)


def register_all() -> None:
    """Register every row with Gymnasium; what is registered already stays."""
    for row in ENVIRONMENTS:
        if row.id not in gym.registry:
            gym.register(
                row.id,
                entry_point=row.entry_point,
                max_episode_steps=row.max_episode_steps,
                kwargs=dict(row.kwargs),
            )
