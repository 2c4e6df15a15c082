"""Where an episode takes place: in our own engine, with our own pictures, or in AI2-THOR.

A `World` starts episodes, carries out acts and shows pictures; `HouseholdEnv` does the rest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vl_envs.alfworld.engine import Act, carry_out
from vl_envs.alfworld.games import Game, load_games
from vl_envs.alfworld.homes import Home, make_home
from vl_envs.alfworld.house import House, HouseState, Layout
from vl_envs.alfworld.layout import lay_out
from vl_envs.core.env import Image
from vl_envs.core.errors import unknown

BACKENDS = ("symbolic", "thor")
SOURCES = ("homes", "alfworld:PATH")


class World(ABC):
    """What `HouseholdEnv` needs of a simulator."""

    num_games = 0
    """Games that have a number; 0 where they are drawn without end."""
    can_go_back = True
    """Whether a state of the house is all there is, so that one can go back to it."""

    @abstractmethod
    def start(self, rng: np.random.Generator, index: int | None) -> Home:
        """Draw a home and a wish, or take the game of a number."""

    @abstractmethod
    def carry_out(
        self, house: House, state: HouseState, act: Act, tells: bool
    ) -> tuple[str, str | None]:
        """Carry out a possible act; return what is said of it, and what has failed in the world."""

    @abstractmethod
    def picture(self, house: House, state: HouseState, layout: Layout) -> Image:
        """Show what the agent sees, uint8 [H, W, 3]."""

    def close(self) -> None:
        """Give back what a simulator holds."""
        return None


class Homes(World):
    """Generated homes in our own engine.

    Args:
        image_size: (height, width) of pictures, in pixels.
        tasks: that are drawn.
        split: that homes and wishes come from.
        rooms: kinds of rooms; None is all.
        guessable: whether wanted things lie where they usually do; see `make_home`.
    """

    def __init__(
        self,
        image_size: tuple[int, int],
        tasks: Sequence[str],
        split: str,
        rooms: Sequence[str] | None,
        guessable: bool = True,
    ) -> None:
        self.image_size, self.tasks, self.split, self.rooms = image_size, tasks, split, rooms
        self.guessable = guessable

    def start(self, rng: np.random.Generator, index: int | None) -> Home:
        """See `World.start`."""
        return make_home(rng, self.tasks, self.split, self.rooms, self.guessable)

    def carry_out(
        self, house: House, state: HouseState, act: Act, tells: bool
    ) -> tuple[str, str | None]:
        """See `World.carry_out`; nothing can fail here."""
        return carry_out(house, state, act, tells), None

    @cached_property
    def stage(self) -> Any:
        """What draws; made with the first picture, for not everyone wants any."""
        from vl_envs.alfworld.rendering.stage import Stage

        return Stage(self.image_size)

    def picture(self, house: House, state: HouseState, layout: Layout) -> Image:
        """See `World.picture`."""
        image: Image = self.stage.draw(house, state, layout)
        return image


class Games(Homes):
    """ALFWorld's own games in our own engine; pictures show their furniture in a room of ours.

    Args:
        path: folder of ALFWorld's data.
        image_size: (height, width) of pictures, in pixels.
        tasks: that are drawn.
        split: of the data.
        rooms: kinds of rooms; None is all.
    """

    def __init__(
        self,
        path: Path,
        image_size: tuple[int, int],
        tasks: Sequence[str],
        split: str,
        rooms: Sequence[str] | None,
    ) -> None:
        super().__init__(image_size, tasks, split, rooms)
        self.games: Sequence[Game] = load_games(path, split, tasks, rooms)
        self.num_games = len(self.games)

    def start(self, rng: np.random.Generator, index: int | None) -> Home:
        """See `World.start`."""
        drawn = int(rng.integers(self.num_games))
        game = self.games[drawn if index is None else index].load()
        # The room is the game's own: it looks alike in each of its episodes.
        layout = lay_out(game.room, game.house, np.random.default_rng(game.scene))
        return Home(game.house, game.state, layout, game.wish, game.room, game.scene, game.task_id)


def make_world(
    backend: str,
    source: str,
    *,
    tasks: Sequence[str],
    split: str,
    rooms: Sequence[str] | None,
    image_size: tuple[int, int],
    executable: str | None,
    guessable: bool,
) -> World:
    """Make a world by the names that `HouseholdEnv` takes.

    Raises:
        ValueError: an unknown backend or source, options that do not go together, or a folder
            without games.
    """
    if backend not in BACKENDS:
        raise unknown("backend", backend, BACKENDS)
    if not isinstance(source, str):
        raise unknown("source", source, SOURCES)
    if backend == "thor":
        if source != "homes":
            raise ValueError(f"backend='thor' has scenes of its own, and no source: got {source!r}")
        from vl_envs.alfworld.thor import Thor

        return Thor(executable, image_size, tasks, split, rooms)
    if executable is not None:
        raise ValueError(f"executable is for backend='thor', got {executable!r} without it")
    if source.startswith("alfworld:"):
        path = Path(source.removeprefix("alfworld:"))
        return Games(path, image_size, tasks, split, rooms)
    if source != "homes":
        raise unknown("source", source, SOURCES)
    return Homes(image_size, tasks, split, rooms, guessable)
