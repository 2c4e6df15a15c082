r"""`OSWorldParser`: ``pyautogui.click(500, 300)``, in one Markdown fence or bare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from vl_envs.core.parser import PLACEHOLDER, Unreadable
from vl_envs.gui.dialects.base import GuiParser, read_arguments, write_call
from vl_envs.gui.dialects.calls import ESCAPES, NUMBER, TEXT, quote, read_values, write_number

_Read = tuple[str, dict[str, Any]]
_FENCE = "```"
_CODES = {"WAIT": "wait", "DONE": "complete", "FAIL": "fail"}
_ENTER: _Read = ("type", {"text": "\n"})
_BACK: _Read = ("back", {})
_HOME: _Read = ("home", {})
_KEYS: dict[tuple[str, ...], _Read] = {
    ("enter",): _ENTER,
    ("return",): _ENTER,
    ("browserback",): _BACK,
    ("alt", "left"): _BACK,
    ("home",): _HOME,
    ("browserhome",): _HOME,
    ("alt", "home"): _HOME,
    ("pageup",): ("scroll", {"direction": "up"}),
    ("pagedown",): ("scroll", {"direction": "down"}),
}
# Names of arguments that stand by position alone: no name in a call looks like these.
_PRESSED = {"press": ("the key",), "hotkey": ("the 1st key", "the 2nd key")}
_WHEELS = {"scroll": ("up", "down"), "hscroll": ("right", "left")}


class OSWorldParser(GuiParser):
    r"""``osworld``: OSWorld's pyautogui code, of which one call a turn is read.

    The call stands in one Markdown fence, with the thought before it and nothing behind, or alone:
    ``pyautogui.click(x, y)``, ``write`` (or ``typewrite``) of a text, ``press`` of ``enter`` (a
    line break), ``home``, ``browserhome``, ``browserback``, ``pageup`` or ``pagedown``,
    ``hotkey('alt', 'left')`` (back), ``hotkey('alt', 'home')``, ``scroll`` and ``hscroll`` (up and
    right where positive), and the special codes WAIT and DONE. FAIL is an action only where there
    is a command ``fail``. How far is scrolled and where, and the interval of ``write``, are checked
    and dropped. The code is never run: no imports, names, operators or further lines.

    Source: OSWorld (arXiv 2404.07972) and its repository xlang-ai/OSWorld,
    ``mm_agents/prompts.py`` (screenshot in, code out); names, keys and signs are pyautogui's.
    """

    name = "osworld"
    forms: ClassVar[Mapping[str, str]] = {
        "click": "pyautogui.click(x, y)",
        "type": f"pyautogui.write('{PLACEHOLDER}')",
        "scroll": "pyautogui.scroll(n) or pyautogui.hscroll(n)",
        "back": "pyautogui.hotkey('alt', 'left')",
        "home": "pyautogui.hotkey('alt', 'home')",
        **{name: code for code, name in _CODES.items()},
    }
    words: ClassVar[Mapping[str, str]] = {
        "pyautogui.click": "click",
        "pyautogui.write": "type",
        "pyautogui.typewrite": "type",
        "pyautogui.scroll": "scroll",
        "pyautogui.hscroll": "scroll",
    }

    def _opening(self) -> list[str]:
        first = "Answer with exactly one action in a code block:"
        if self.thought:
            first = "First reason in a few words. Then write exactly one action in a code block:"
        lines = [first, f"{_FENCE}python", PLACEHOLDER, _FENCE]
        if "type" in self._known:
            lines.append(ESCAPES)
            lines.append("pyautogui.press('enter') types a line break alone.")
        if "scroll" in self._known:
            lines.append(
                "Scroll up and right by a positive number, down and left by a negative one."
            )
        return [*lines, "The actions:"]

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`; a fence within the thought becomes quotes."""
        if name not in self._known:
            code = write_call(name, arguments)
        elif name == "click":
            x, y = map(write_number, arguments["point"])
            code = f"pyautogui.click({x}, {y})"
        elif name == "type":
            enter = arguments["text"] == "\n"
            code = f"pyautogui.write({quote(arguments['text'])})"
            code = "pyautogui.press('enter')" if enter else code
        elif name == "scroll":
            wheel = next(w for w, ways in _WHEELS.items() if arguments["direction"] in ways)
            sign = "" if arguments["direction"] == _WHEELS[wheel][0] else "-"
            code = f"pyautogui.{wheel}({sign}5)"
        else:
            code = self._known[name]
        thought = thought.replace(_FENCE, "'''").strip()
        return f"{thought}\n{_FENCE}python\n{code}\n{_FENCE}".lstrip()

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        bare = text.lstrip().startswith("pyautogui.")
        return 0 if bare else max(text.find(_FENCE), 0)

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        thought, code = _split_fence(text.strip())
        if code in _CODES:
            name = _CODES[code]
            if name not in self._known:
                raise self._no_action(code)
            return name, {}, thought
        word, body = self._split_call(code)
        if self._is_other(word):
            return word, read_arguments(body), thought
        function = word.removeprefix("pyautogui.")
        if function != word and function in _PRESSED:
            return *self._read_keys(word, function, body), thought
        name = self._command(word)
        return name, _read_known(word, function, body), thought

    def _read_keys(self, word: str, function: str, body: str) -> _Read:
        slots = dict.fromkeys(_PRESSED[function], TEXT)
        keys = read_values(word, body, slots, positional=len(slots))
        pressed = tuple(str(keys[slot]).lower() for slot in slots)
        name, arguments = _KEYS.get(pressed, ("", {}))
        if name not in self._known:
            known = [" ".join(keys) for keys, (name, _) in _KEYS.items() if name in self._known]
            raise Unreadable(
                f"The key {' '.join(pressed)[:40]!r} does nothing here; those that do: "
                f"{', '.join(known) or 'none'}."
            )
        return name, dict(arguments)


def _split_fence(text: str) -> tuple[str, str]:
    """Split what stands before one closing fence from what it holds; the language is dropped."""
    start, end = text.find(_FENCE), len(text) - len(_FENCE)
    if not text.endswith(_FENCE) or start + len(_FENCE) > end:
        return "", text
    code = text[start + len(_FENCE) : end]
    if code.startswith("python") and code[6:7].isspace():
        code = code[6:]
    return text[:start].strip(), code.strip()


def _read_known(word: str, function: str, body: str) -> dict[str, Any]:
    if function == "click":
        given = read_values(word, body, {"x": NUMBER, "y": NUMBER}, positional=2)
        return {"point": [given["x"], given["y"]]}
    if function in _WHEELS:
        point = {"x": NUMBER, "y": NUMBER}
        clicks = read_values(word, body, {"clicks": NUMBER}, point, positional=3)["clicks"]
        if not clicks:
            raise Unreadable(f"{word} by 0 does nothing: a positive or a negative number scrolls.")
        more, less = _WHEELS[function]
        return {"direction": more if float(clicks) > 0 else less}
    given = read_values(word, body, {"message": TEXT}, {"interval": NUMBER}, positional=2)
    return {"text": given["message"]}
