"""Table and figure of what a tiny model learned in games."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from algorithms.curves import COLOURS, INK
from algorithms.files import write_atomically
from algorithms.statistics import bootstrap_interval


def rows(found: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> list[dict[str, str]]:
    """Give one row for each game and method, with intervals over seeds."""
    table = []
    for game, methods in found.items():
        for name, runs in methods.items():
            found_of = {key: [run["final"][key] for run in runs] for key in runs[0]["final"]}
            (what, values), *others = found_of.items()
            low, high = bootstrap_interval([[one] for one in values], rng=np.random.default_rng(0))
            table.append(
                {
                    "game": game.replace("_", " "),
                    "method": name,
                    "measured": what,
                    "mean [95%, seeds]": f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]",
                    "each seed": " ".join(f"{one:.3f}" for one in values),
                    "also": ", ".join(f"{key} {np.mean(each):.3f}" for key, each in others),
                    "turns of training": f"{np.mean([run.get('turns', 0) for run in runs]):.0f}",
                }
            )
    return table


LABELS = {
    "kuhn_poker": "Kuhn poker: exploitability",
    "tic_tac_toe": "tic-tac-toe: lost, sampled",
    "coin_dilemma": "Coin Dilemma: joint return",
}
LINES: dict[str, Sequence[tuple[float, str]]] = {
    "kuhn_poker": ((0.458, "random play"), (0.0, "equilibrium")),
    "tic_tac_toe": ((0.0, "perfect"),),
    "coin_dilemma": ((-0.2, "random play"), (27.9, "optimum")),
}


def draw(found: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]], output: Path) -> None:
    """Draw a panel for each game: a line for each method, a band from worst to best seed."""
    figure = Figure(figsize=(11.4, 3.6), dpi=150, layout="constrained")
    for panel, (game, methods) in zip(
        figure.subplots(1, len(found), squeeze=False)[0], found.items(), strict=True
    ):
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#d9dce1", linewidth=0.6)
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1000:g}k"))
        panel.tick_params(labelsize=8.5, colors=INK)
        trained = {name: runs for name, runs in methods.items() if "curve" in runs[0]}
        for (name, runs), colour in zip(trained.items(), COLOURS, strict=False):
            key = next(iter(runs[0]["final"]))
            points = [np.array([(p["turns"], p[key]) for p in run["curve"]]) for run in runs]
            xs = np.linspace(0, min(each[-1, 0] for each in points), 40)
            ys = np.array([np.interp(xs, *each.T) for each in points])
            panel.plot(xs, ys.mean(0), color=colour, linewidth=1.8, label=name)
            panel.fill_between(xs, ys.min(0), ys.max(0), color=colour, alpha=0.15, linewidth=0)
        for value, label in LINES[game]:
            panel.axhline(value, color="#9aa0a6", linewidth=1, linestyle=":")
            panel.annotate(label, (0, value), fontsize=7.5, color="#5f6368", va="bottom")
        panel.set_title(LABELS[game], fontsize=9.5)
        panel.set_xlabel("turns", fontsize=9)
        panel.legend(frameon=False, fontsize=8.5)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, buffer.getvalue())
