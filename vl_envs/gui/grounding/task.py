"""What a grounding task is: a picture, an instruction, and the box that it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vl_envs.core.canvas import Box
from vl_envs.core.tasks import TaskSource

Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class GroundTask:
    """One screen, one instruction, one box.

    Attributes:
        task_id: brings the task back among those of its source.
        picture: the screen, uint8 [height, width, 3]. Never changed.
        instruction: what is to be pressed, or done by pressing it.
        box: what it names: (left, top, right, bottom) in the picture's pixels, half-open.
        near: another box, that a careless player presses instead; its middle is outside ``box``.
        labels: for metrics: ``element`` (``text``, ``icon``, ``widget``), ``platform``, and what
            else the source tells.
    """

    task_id: str
    picture: Picture
    instruction: str
    box: Box
    near: Box
    labels: Mapping[str, str] = field(default_factory=dict)


class GroundSource(TaskSource[GroundTask]):
    """A split of grounding tasks."""
