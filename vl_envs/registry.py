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
    """

    id: str
    entry_point: str
    max_episode_steps: int
    extra: str
    summary: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)


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
