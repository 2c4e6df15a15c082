r"""`GELabParser`: ``Explain: …``, a tab, ``Action: click(start_box='…')``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from vl_envs.core.parser import PLACEHOLDER, Unreadable
from vl_envs.gui.dialects.base import GuiParser, read_arguments, write_call
from vl_envs.gui.dialects.calls import (
    ESCAPES,
    NUMBER,
    read_number,
    read_point,
    read_values,
    write_number,
)
from vl_envs.gui.dialects.uitars import read_known, write_known

# Action of a record -> command, fields it needs, fields it may have.
_RECORDS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "CLICK": ("click", ("point",), ()),
    "TYPE": ("type", ("value",), ("point",)),
    "SLIDE": ("scroll", ("point1", "point2"), ()),
    "BACK": ("back", (), ()),
    "HOME": ("home", (), ()),
    "WAIT": ("wait", (), ("value",)),
    "COMPLETE": ("complete", (), ("return", "value")),
}
_FIELDS = ("explain", "action", "summary", "point", "point1", "point2", "value", "return")
_THOUGHT = re.compile("<think>", re.IGNORECASE | re.ASCII)
_THOUGHT_END = re.compile("</think>", re.IGNORECASE | re.ASCII)
_ACTION = re.compile("(?:\t|\\A)[ \r\n]*(action) *:", re.IGNORECASE | re.ASCII)
_DIGITS = tuple("-0123456789")


class GELabParser(GuiParser):
    """``gelab``: GUI Exploration Lab's explained actions, and the records of GELab-Zero.

    An answer is ``Explain: …``, a tab, and ``Action: complete`` or ``Action: click(start_box='…')``
    with ``<|box_start|>(x,y)<|box_end|>`` in its quotes: so are the training rows of the paper,
    which knows these two. The other commands follow suit: ``type(content='…')``,
    ``scroll(direction='…')``, ``back``, ``home``, ``wait``. The paper's short ``click(x,y)`` is
    read too. The explanation is the thought.

    GELab-Zero, of the same group, writes its arguments as fields of their own:
    ``explain:…<tab>action:CLICK<tab>point:x,y<tab>summary:…``, behind an optional
    ``<THINK>…</THINK>``. That is read as well: CLICK, TYPE, SLIDE, WAIT and COMPLETE as published,
    and BACK and HOME. A finger slides against the way one scrolls: from below to above is
    ``down``. The summary, the seconds of WAIT, what COMPLETE returns and the point of TYPE (text
    goes to the field with the focus) are dropped.

    Sources: GUI Exploration Lab (arXiv 2512.02423, section 3.2.2); its reproduction
    namhkoh/gelab-env, ``data_engine/env_utils.py``; stepfun-ai/gelab-zero,
    ``copilot_tools/parser_0920_summary.py``.
    """

    name = "gelab"
    forms: ClassVar[Mapping[str, str]] = {
        "click": "click(start_box='<|box_start|>(x,y)<|box_end|>')",
        "type": f"type(content='{PLACEHOLDER}')",
        "scroll": f"scroll(direction='{PLACEHOLDER}')",
        **{name: name for name in ("back", "home", "wait", "complete")},
    }
    words: ClassVar[Mapping[str, str]] = {name: name for name in forms}

    def _opening(self) -> list[str]:
        explain = f"Explain: {PLACEHOLDER}\t" if self.thought else ""
        lines = ["Answer in one line of this form, with exactly one action:"]
        lines.append(f"{explain}Action: {PLACEHOLDER}")
        if self.thought:
            lines.append("A tab stands between the explanation and the action.")
        if "type" in self._known:
            lines.append(ESCAPES)
        return [*lines, "The actions:"]

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`; tabs of the thought become spaces."""
        if name not in self._known:
            action = write_call(name, arguments)
        elif name == "click":
            x, y = map(write_number, arguments["point"])
            action = f"click(start_box='<|box_start|>({x},{y})<|box_end|>')"
        else:
            action = write_known(name, arguments) or self._known[name]
        thought = thought.replace("\t", " ").strip()
        return f"Explain: {thought}\tAction: {action}" if thought else f"Action: {action}"

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        end = _THOUGHT_END.search(text) if _THOUGHT.match(text.lstrip()) else None
        begin = end.end() if end else 0
        match = _ACTION.search(text[begin:])
        return begin + match.start(1) if match else begin

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        fields, thoughts = {}, []
        text = text.strip()
        if _THOUGHT.match(text):
            end = _THOUGHT_END.search(text)
            if not end:
                raise Unreadable("The thought is not closed: write </THINK> behind it.")
            thoughts.append(text[len("<think>") : end.start()].strip())
            text = text[end.end() :].strip()
        for field in text.split("\t"):
            key, colon, value = field.partition(":")
            key = key.strip().lower()
            if not colon or key not in _FIELDS or key in fields:
                raise Unreadable(
                    f"Expected Explain: {PLACEHOLDER}, a tab and Action: {PLACEHOLDER}, each once."
                )
            fields[key] = value.strip()
        if "action" not in fields:
            raise Unreadable("There is no Action: in the answer.")
        thoughts.append(fields.pop("explain", ""))
        fields.pop("summary", None)
        action = fields.pop("action")
        read = self._read_record if action in _RECORDS else self._read_call
        return *read(action, fields), "\n".join(filter(None, thoughts))

    def _read_call(self, action: str, fields: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Read an action as the paper writes it."""
        if fields:
            raise Unreadable(f"The field {next(iter(fields))} does not belong to {action[:40]!r}.")
        word, body = self._split_call(action) if "(" in action else (action, "")
        if self._is_other(word):
            return word, read_arguments(body)
        name = self._command(word)
        if name == "click" and body.lstrip().startswith(_DIGITS):
            given = read_values(word, body, {"x": NUMBER, "y": NUMBER}, positional=2)
            return name, {"point": [given["x"], given["y"]]}
        return name, read_known(word, name, body)

    def _read_record(self, action: str, fields: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Read an action of GELab-Zero, whose arguments are fields."""
        name, needed, optional = _RECORDS[action]
        if name not in self._known:
            raise self._no_action(action)
        if not set(needed) <= fields.keys() <= {*needed, *optional}:
            wanted = " and ".join(needed) or "no"
            raise Unreadable(f"{action} takes {wanted} as a field, not {' and '.join(fields)}.")
        points = {key: read_point(text) for key, text in fields.items() if key.startswith("point")}
        if name == "click":
            return name, {"point": points["point"]}
        if name == "type":
            return name, {"text": fields["value"]}
        if name == "scroll":
            return name, {"direction": _direction(points["point1"], points["point2"])}
        if name == "wait" and "value" in fields:
            read_number(fields["value"])
        return name, {}


def _direction(start: list[int | float], end: list[int | float]) -> str:
    """Return where the screen scrolls when a finger slides from ``start`` to ``end``."""
    right, down = end[0] - start[0], end[1] - start[1]
    if abs(right) == abs(down):
        raise Unreadable("SLIDE along one axis: from point1 to point2, up, down, left or right.")
    if abs(right) > abs(down):
        return "left" if right > 0 else "right"
    return "up" if down > 0 else "down"
