"""What a person can do to a screen, as commands of the agent.

Every environment of the family takes some of these; every dialect writes all of them.
"""

from __future__ import annotations

from vl_envs.core.canvas import check_coordinates
from vl_envs.core.tool import CommandSpec

DIRECTIONS = ("up", "down", "left", "right")

_WAYS = {
    "norm_1000": "from 0 to 1000, across and down the picture",
    "norm_1": "from 0 to 1, across and down the picture",
    "pixel": "in pixels of the picture, across and down",
}


def click(coordinates: str) -> CommandSpec:
    """Press a point, written in the convention ``coordinates``; ValueError if there is none."""
    number = {"type": "number"}
    point = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    return CommandSpec(
        "click",
        f"press the point [x, y], {_WAYS[check_coordinates(coordinates)]}.",
        {"point": point},
    )


TYPE = CommandSpec(
    "type",
    "write text into the field that has the focus; a line break at its end submits it.",
    {"text": {"type": "string"}},
)
SCROLL = CommandSpec(
    "scroll",
    "see what lies further up, down, left or right.",
    {"direction": {"type": "string", "enum": list(DIRECTIONS)}},
)
BACK = CommandSpec("back", "go back, as the back button does.")
HOME = CommandSpec("home", "go to the first screen.")
WAIT = CommandSpec("wait", "do nothing.")
COMPLETE = CommandSpec("complete", "say that the task is done.", final=True)
