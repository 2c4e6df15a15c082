"""Errors that say what was expected, what came and what would be right."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import an optional ``module``, or name the extra that brings it.

    Raises:
        ImportError: the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module!r} is not installed; it comes with: pip install 'vl-envs[{extra}]'"
        ) from error


def unknown(what: str, value: object, valid: Iterable[str]) -> ValueError:
    """Make the error for a ``value`` that is none of the ``valid`` names, nearest names first."""
    names = sorted(valid)
    near = difflib.get_close_matches(str(value), names, n=3, cutoff=0.4)
    rest = [name for name in names if name not in near]
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return ValueError(f"unknown {what} {value!r}.{hint} Valid: {', '.join(near + rest)}")
