r"""The calls that dialects are made of: ``name('text', x=1)``, read and written, never evaluated.

Arguments are quoted texts and numbers, by position or by name. Nothing nests, so one pass over the
text reads it: no expression, no joined or prefixed quotes, no call within a call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from vl_envs.core.parser import Unreadable

Value = str | int | float
NUMBER, TEXT = "number", "text"
ESCAPES = r"Within quotes write \' for a quote, \n for a line break, \\ for a backslash."
"""Tells the model how to write a quoted text."""

# No part of a pattern can match what the part behind it matches: none ever goes back far.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,400})?")
_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t\r\n]*=[ \t\r\n]*")
_QUOTED = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


def read_values(
    word: str,
    body: str,
    wanted: Mapping[str, str],
    optional: Mapping[str, str] | None = None,
    positional: int = 0,
) -> dict[str, Value]:
    """Read the arguments of the call ``word(body)``.

    Args:
        word: the call's name, for messages.
        body: what stands between its brackets.
        wanted: arguments that must be given, name -> `NUMBER` or `TEXT`.
        optional: arguments that may be given.
        positional: so many of the names, the wanted ones first, may be left out.

    Returns:
        Name -> value, of the given ones.

    Raises:
        Unreadable: anything else; the message says what.
    """
    kinds = {**wanted, **(optional or {})}
    names = list(kinds)
    found: dict[str, Value] = {}
    named = False
    at = _skip(body, 0)
    while at < len(body):
        key = _KEY.match(body, at)
        if key:
            name, at, named = key[1], key.end(), True
        elif not named and len(found) < positional:
            name = names[len(found)]
        else:
            raise _junk(word, body, at)
        if name not in kinds or name in found:
            problem = "is given twice" if name in found else "does not belong there"
            raise Unreadable(f"The argument {name[:40]!r} of {word} {problem}.")
        found[name], at = _read_value(word, name, kinds[name], body, at)
        at = _skip(body, at)
        if at == len(body):
            break
        if body[at] != "," or _skip(body, at + 1) == len(body):
            raise _junk(word, body, at)
        at = _skip(body, at + 1)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise Unreadable(f"{word} needs the argument {' and '.join(missing)}.")
    return found


def read_number(text: str) -> int | float:
    """Read a number of digits, with a minus sign and decimals where wanted, and nothing else."""
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"{text[:40]!r} is no plain number, such as 12 or -0.5.")
    return float(text) if "." in text else int(text)


def write_number(value: float) -> str:
    """Write what `read_number` reads, digit for digit; never with an exponent."""
    return format(Decimal(repr(float(value))), "f") if isinstance(value, float) else str(value)


def read_point(text: str) -> list[int | float]:
    """Read a point: ``x,y`` or ``x y``, also in brackets, or in the tokens that models put round.

    These are ``<point>x y</point>`` and ``<|box_start|>(x,y)<|box_end|>``.
    """
    inner = text.strip()
    for start, end in (("<point>", "</point>"), ("<|box_start|>", "<|box_end|>"), ("(", ")")):
        if inner.startswith(start) and inner.endswith(end):
            inner = inner[len(start) : -len(end)].strip()
    parts = inner.split(",") if "," in inner else inner.split()
    if len(parts) != 2:
        raise Unreadable(f"{text[:40]!r} is no point: expected two numbers, x and y.")
    return [read_number(part.strip()) for part in parts]


def quote(text: str) -> str:
    """Quote a text on one line, whatever it holds; the inverse of reading it."""
    return repr(str(text))  # never with an escape that reading does not know


def _read_value(word: str, name: str, kind: str, body: str, at: int) -> tuple[Value, int]:
    """Read the value at ``at``; return it and where it ends."""
    quoted = _QUOTED.match(body, at)
    if quoted:
        if kind == NUMBER:
            raise Unreadable(f"{word} takes a number for {name}, not a text.")
        return _ESCAPE.sub(_unescape, quoted[0][1:-1]), quoted.end()
    number = _NUMBER.match(body, at)
    if number is None:
        raise _junk(word, body, at)
    if kind == TEXT:
        raise Unreadable(f"{word} takes a text in quotes for {name}, not a number.")
    return read_number(number[0]), number.end()


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code in _ESCAPES:
        return _ESCAPES[code]
    if len(code) > 1 and int(code[1:], 16) <= 0x10FFFF:
        return chr(int(code[1:], 16))
    raise Unreadable(f"There is no escape {match[0]}; write a backslash twice to mean itself.")


def _skip(body: str, at: int) -> int:
    space = _SPACE.match(body, at)
    return space.end() if space else at


def _junk(word: str, body: str, at: int) -> Unreadable:
    return Unreadable(
        f"Cannot read {body[at : at + 40]!r} within {word}(…): its arguments are plain numbers and "
        "texts in quotes, divided by commas. Write one action a turn, and nothing behind it."
    )
