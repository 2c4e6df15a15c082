r"""`UITarsParser`: ``Thought: …`` and ``Action: click(point='<point>500 300</point>')``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vl_envs.core.parser import PLACEHOLDER, Unreadable
from vl_envs.gui.dialects.base import (
    GuiParser,
    join_action,
    read_arguments,
    split_action,
    start_of_action,
    write_call,
)
from vl_envs.gui.dialects.calls import (
    ESCAPES,
    TEXT,
    Value,
    quote,
    read_point,
    read_values,
    write_number,
)

_POINT = {"point": TEXT, "start_box": TEXT}


class UITarsParser(GuiParser):
    r"""``uitars``: the calls of UI-TARS, in its computer and its mobile prompt.

    An answer is ``Thought: …``, which may be left out, and on a line of its own ``Action:`` with
    one call. Points are written as in version 1.5, ``point='<point>x y</point>'``; those of 1.0 are
    read too: ``start_box='(x,y)'`` and ``start_box='<|box_start|>(x,y)<|box_end|>'``. The point of
    ``scroll`` and the content of ``finished`` are checked and dropped: the whole screen scrolls,
    and nobody reads the content. A quote within a text needs its backslash; nothing is mended.

    Source: UI-TARS (arXiv 2501.12326) and its repository bytedance/UI-TARS, ``codes/ui_tars``.
    """

    name = "uitars"
    forms: ClassVar[Mapping[str, str]] = {
        "click": "click(point='<point>x y</point>')",
        "type": f"type(content='{PLACEHOLDER}')",
        "scroll": f"scroll(direction='{PLACEHOLDER}')",
        "back": "press_back()",
        "home": "press_home()",
        "wait": "wait()",
        "complete": "finished()",
    }
    words: ClassVar[Mapping[str, str]] = {
        **{name: name for name in ("click", "type", "scroll", "wait")},
        **{"press_back": "back", "press_home": "home", "finished": "complete"},
    }

    def _opening(self) -> list[str]:
        lines = ["Answer in this form, with exactly one action:"]
        if self.thought:
            lines.append(f"Thought: {PLACEHOLDER}")
        lines.append(f"Action: {PLACEHOLDER}")
        if "type" in self._known:
            lines.append(ESCAPES)
        return [*lines, "The actions:"]

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        if name not in self._known:
            action = write_call(name, arguments)
        elif name == "click":
            x, y = map(write_number, arguments["point"])
            action = f"click(point='<point>{x} {y}</point>')"
        else:
            action = write_known(name, arguments) or self._known[name]
        return join_action(thought, "Thought:", action)

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        return start_of_action(text)

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        thought, action = split_action(text, "Thought:")
        word, body = self._split_call(action)
        if self._is_other(word):
            return word, read_arguments(body), thought
        name = self._command(word)
        return name, read_known(word, name, body), thought


def write_known(name: str, arguments: Mapping[str, Any]) -> str | None:
    """Write a call that holds text; None for any other command."""
    if name == "type":
        return f"type(content={quote(arguments['text'])})"
    return f"scroll(direction={quote(arguments['direction'])})" if name == "scroll" else None


def read_known(word: str, name: str, body: str) -> dict[str, Any]:
    """Read the arguments of the command ``name`` from its call ``word(body)``.

    Raises:
        Unreadable: they are not those of the command; the message is for the model.
    """
    if name == "click":
        return {"point": _point(word, read_values(word, body, {}, _POINT))}
    if name == "type":
        return {"text": read_values(word, body, {"content": TEXT})["content"]}
    if name == "scroll":
        given = read_values(word, body, {"direction": TEXT}, _POINT)
        direction = given.pop("direction")
        if given:
            _point(word, given)
        return {"direction": direction}
    read_values(word, body, {}, {"content": TEXT} if name == "complete" else {})
    return {}


def _point(word: str, given: Mapping[str, Value]) -> list[int | float]:
    if len(given) != 1:
        raise Unreadable(f"{word} needs one point, such as point='<point>x y</point>'.")
    return read_point(str(*given.values()))
