"""Write the generated tables of the pages anew, or with ``--check`` say whether they are stale.

A table stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``. That of the environments
comes from the registry, the others from JSON files in benchmarks/results. Run from anywhere:

    python -m scripts.make_readme [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from vl_envs.registry import ENVIRONMENTS, EnvRow

ROOT = Path(__file__).resolve().parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
TABLES = {
    "throughput": ROOT / "benchmarks" / "results" / "throughput.json",
    "quickstart": ROOT / "benchmarks" / "results" / "quickstart.json",
    "world": ROOT / "benchmarks" / "results" / "world_flags.json",
    "gui_speed": ROOT / "benchmarks" / "results" / "gui_speed.json",
    "gui_curriculum": ROOT / "benchmarks" / "results" / "gui_curriculum.json",
    "miniworld_players": ROOT / "benchmarks" / "results" / "miniworld_players.json",
    "miniworld_speed": ROOT / "benchmarks" / "results" / "miniworld_speed.json",
    **{
        f"vl_dac_{figure}": ROOT / "benchmarks" / "results" / f"vl_dac_{figure}.json"
        for figure in ("curves", "ablation", "transfer", "open", "speed")
    },
    **{
        f"games_{what}": ROOT / "benchmarks" / "results" / f"games_{what}.json"
        for what in ("references", "questions", "speed")
    },
    "self_play_learning": ROOT / "benchmarks" / "results" / "self_play_learning.json",
    **{
        f"household_{what}": ROOT / "benchmarks" / "results" / f"household_{what}.json"
        for what in ("parity", "players", "asking", "learning", "emma", "speed")
    },
    "soak": ROOT / "benchmarks" / "results" / "soak.json",
    **{
        f"memory_{what}": ROOT / "benchmarks" / "results" / f"memory_{what}.json"
        for what in ("models", "tokens", "runs")
    },
    "sb3_ppo": ROOT / "benchmarks" / "results" / "sb3_ppo.json",
}
"""Marker name -> the JSON file that its table is made from; used where a page has the marker."""


def main(arguments: Sequence[str] | None = None, *pages: Path) -> int:
    """Regenerate ``pages`` (`PAGES`); return 1 if ``--check`` was given and one is stale."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when stale")
    check = parser.parse_args(arguments).check
    stale = 0
    for page in pages or PAGES:
        old = page.read_text(encoding="utf-8")
        new = generate(old)
        if check and new != old:
            print(f"{page.name} is stale: run `make docs`", file=sys.stderr)
            stale = 1
        elif new != old:
            page.write_text(new, encoding="utf-8")
    return stale


def generate(text: str) -> str:
    """Return a page's text with every generated table fresh."""
    if "<!-- environments:begin -->" in text:
        text = replace_between(text, "environments", environment_table(ENVIRONMENTS))
    for name, path in TABLES.items():
        if f"<!-- {name}:begin -->" in text:
            text = replace_between(text, name, json_table(path))
    return text


def environment_table(rows: Iterable[EnvRow]) -> str:
    """List the environments: id, one line, step limit, and the extra to install."""
    header = ("Environment", "What the agent does", "Steps", "Extra")
    cells = [
        (f"`{row.id}`", row.summary, row.max_episode_steps, f"`{row.extra}`" if row.extra else "")
        for row in sorted(rows, key=lambda row: row.id)
    ]
    return markdown_table(header, cells)


def json_table(path: Path) -> str:
    """Make a table of a JSON file's ``rows``, a list of objects with the same keys.

    The keys of the first are the header. Numbers are shown with three significant digits.

    Raises:
        ValueError: the file has no rows, or a row has other keys than the first.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing: run python -m benchmarks.{path.stem}")
    data = json.loads(path.read_text(encoding="utf-8"))
    rows: list[Mapping[str, Any]] = data["rows"] if isinstance(data, dict) else []
    if not rows:
        raise ValueError(f'{path}: expected {{"rows": [{{…}}, …]}} with at least one row')
    header = tuple(rows[0])
    for number, row in enumerate(rows):
        if tuple(row) != header:
            raise ValueError(f"{path}: row {number} has the keys {tuple(row)}, expected {header}")
    return markdown_table(header, [tuple(row.values()) for row in rows])


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table in Markdown; columns whose every cell is a number are set to the right."""
    body = list(rows)
    numeric = [all(isinstance(row[i], (int, float)) for row in body) for i in range(len(header))]
    lines = [header, ["---:" if right else "---" for right in numeric]]
    lines += [[_cell(value) for value in row] for row in body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def replace_between(text: str, name: str, body: str) -> str:
    """Put ``body`` between the markers of ``name``.

    Raises:
        ValueError: the pair of markers is not there exactly once.
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if text.count(begin) != 1 or text.count(end) != 1 or not pattern.search(text):
        raise ValueError(f"expected {begin} and after it {end}, each exactly once")
    return pattern.sub(lambda _: f"{begin}\n{body}\n{end}", text)


def _cell(value: object) -> str:
    if isinstance(value, float):
        value = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value).replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main())
