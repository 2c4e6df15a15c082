"""The picture of `VLGui/Navigate-v0` is what one needs: who reads it wins, and blanks win nothing.

The reader knows the app by heart (as who has trained on it), but sees only what the agent sees.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.gui.navigate_players import middle
from vl_envs.gui.apps.page_painter import DrawnPage
from vl_envs.gui.navigate import NavigateEnv

OPTIONS: dict[str, Any] = {"widgets": (), "theme": "light"}
Picture = npt.NDArray[np.uint8]


class Reader:
    """Reads the title, finds the icon that it wants by its pixels, and presses it."""

    def __init__(self) -> None:
        # Learned from an episode of its own: titles, what icons look like, where icons can stand.
        env = NavigateEnv(**OPTIONS)
        env.reset(seed=12345)
        self.env, self.graph = env, env.state.device.graph
        pages = [env.state.device.page_of(i) for i in range(len(self.graph.children))]
        self.pages = [page for page in pages if isinstance(page, DrawnPage)]
        self.titles: dict[bytes, int] = {}
        self.icons: dict[tuple[int, int], bytes] = {}
        self.places: set[tuple[int, int]] = set()
        for page in self.pages:
            picture = page.paint(env.state.device.ui, {})
            self.titles[self._title(picture)] = page.index
            for entry in page.entries:
                x, y = (int(value) for value in middle(page.place(entry, 0)))
                self.places.add((x, y))
                if entry.act.kind == "open":
                    self.icons[page.index, entry.act.number] = self._icon(picture, x, y)

    def _title(self, picture: Picture) -> bytes:
        left, top, right, bottom = self.pages[0].title
        return picture[top:bottom, left:right].tobytes()

    def _icon(self, picture: Picture, x: int, y: int) -> bytes:
        """Cut the tile above a label out: its middle lies somewhat above that of the whole."""
        return picture[y - 40 : y + 10, x - 24 : x + 24].tobytes()

    def act(self, picture: Picture, goal: int) -> str:
        """Say what to do on the screen that is seen."""
        screen = self.titles.get(self._title(picture))
        if screen is None:
            return self.env.say("home")
        move = self.graph.next_move(screen, goal)
        if move is None:
            return self.env.say("complete")
        if move.kind != "open":
            return self.env.press(self.pages[0].bars[move.kind])
        wanted = self.icons[screen, move.icon]
        for x, y in self.places:
            if self._icon(picture, x, y) == wanted:
                return self.env.press((x - 1, y - 1, x + 1, y + 1))
        return self.env.say("wait")


def _wins(blank: bool, episodes: int = 40) -> int:
    reader, env = Reader(), NavigateEnv(**OPTIONS)
    wins = 0
    for seed in range(episodes):
        observation, _ = env.reset(seed=seed)
        for _ in range(12):
            picture = observation["image"] * (not blank)
            action = reader.act(picture, env.state.task.goal)
            observation, _, terminated, _, info = env.step(action)
            if terminated:
                wins += bool(info["success"])
                break
    return wins


@pytest.mark.parametrize(("blank", "expected"), [(False, 40), (True, 0)], ids=["seen", "blank"])
def test_who_reads_the_picture_wins(blank: bool, expected: int) -> None:
    """The reader wins every episode with the picture, and none where it is black."""
    assert _wins(blank) == expected
