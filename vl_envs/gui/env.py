"""`GuiEnv`: what every environment with a screen shares: points, boxes and who presses them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from vl_envs.core.canvas import Box, Canvas, Point
from vl_envs.core.env import State, VLEnv, is_number
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec
from vl_envs.gui.actions import click
from vl_envs.gui.dialects import GUI_DIALECTS


class GuiEnv(VLEnv[State]):
    """An environment whose commands press points of a screen.

    Args:
        commands: what an agent can do beside ``click``.
        jitter: how far the expert's click strays from the centre of what it presses, as a share of
            its half sides: 0 is the centre, .7 looks like a person's. It stays inside.
        kwargs: those of `VLEnv`.
    """

    dialects: ClassVar[Mapping[str, type[Parser]]] = GUI_DIALECTS
    canvas: Canvas
    """Where the screen lies on the picture; set by the family before it is used."""

    def __init__(
        self,
        commands: Sequence[CommandSpec],
        *,
        dialect: str = "json",
        coordinates: str = "norm_1000",
        jitter: float = 0.0,
        **kwargs: Any,
    ) -> None:
        if not is_number(jitter) or not 0 <= jitter <= 0.9:
            raise ValueError(f"jitter must be a share from 0 to 0.9, got {jitter!r}")
        self.jitter = jitter
        super().__init__(
            [click(coordinates), *commands], dialect=dialect, coordinates=coordinates, **kwargs
        )

    def point_of(self, command: Command) -> Point:
        """Return the screen's pixel that a ``click`` points at; it may lie outside the screen."""
        x, y = command.arguments["point"]
        return self.canvas.to_source((x, y), self.coordinates)

    def press(self, box: Box, thought: str = "") -> str:
        """Say, as the expert, to press inside ``box`` (left, top, right, bottom; screen pixels).

        The point is rounded to the convention's steps, and still inside for any box that is wider
        than a step.
        """
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        point = self.canvas.nearest(middle, self.coordinates)
        if self.jitter:
            # From the state alone: the same state is always answered the same way.
            digest = hashlib.sha256(f"{self._seed}/{self._turn}/{box}".encode()).digest()
            stray = np.random.default_rng(list(digest[:8])).normal(0, 0.5, 2).clip(-1, 1)
            strayed = (
                middle[0] + float(stray[0]) * self.jitter * (box[2] - box[0]) / 2,
                middle[1] + float(stray[1]) * self.jitter * (box[3] - box[1]) / 2,
            )
            near = self.canvas.nearest(strayed, self.coordinates)
            x, y = self.canvas.to_source(near, self.coordinates)
            if box[0] <= x < box[2] and box[1] <= y < box[3]:  # rounding may have left the box
                point = near
        return self.say("click", thought, point=list(point))

    def say(self, name: str, thought: str = "", **arguments: Any) -> str:
        """Write a command in the dialect, with the thought where one is asked for."""
        return self.parser.write(name, arguments, thought if self.parser.thought else "")
