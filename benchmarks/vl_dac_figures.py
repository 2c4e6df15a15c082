"""Learning curves of several methods: mean over seeds, and a band from the worst to the best."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from algorithms.curves import COLOURS, INK
from algorithms.files import write_atomically

Curve = Sequence[Sequence[float]]
POINTS = 40
"""Places along the x axis at which the seeds' curves are averaged."""


def draw_curves(
    series: Mapping[tuple[str, str], Sequence[Curve]],
    output: Path,
    worlds: Sequence[str],
    methods: Sequence[str],
) -> None:
    """Draw a panel for each world, a line for each method.

    Args:
        series: (world, method) -> a curve of each seed, as (environment steps, success).
        output: the picture, PNG.
        worlds: panels, in order.
        methods: lines, in order.
    """
    columns = min(2, len(worlds))
    rows = -(-len(worlds) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.3 * rows + 0.5), dpi=150, layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, world in zip(panels, worlds, strict=False):
        panel.set_title(world, fontsize=10.5, fontweight="bold", color=INK, loc="left")
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#d9dce1", linewidth=0.6)
        panel.set_ylim(0, 1.02)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1000:g}k"))
        panel.tick_params(labelsize=8.5, colors=INK)
        for method, colour in zip(methods, COLOURS, strict=False):
            if (world, method) in series:
                _draw(panel, series[world, method], method, colour)
        panel.set_xlabel("environment steps", fontsize=9)
        panel.set_ylabel("success, sampled", fontsize=9)
    for panel in panels[len(worlds) :]:
        panel.remove()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=min(len(methods), 3 * columns),
        frameon=False,
        fontsize=9,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, buffer.getvalue())


def _draw(panel: object, seeds: Sequence[Curve], method: str, colour: str) -> None:
    ends = [curve[-1][0] for curve in seeds]
    xs = np.linspace(0, min(ends), POINTS)
    ys = np.array([np.interp(xs, *np.array(curve).T) for curve in seeds])
    panel.plot(xs, ys.mean(0), color=colour, linewidth=1.8, label=method)  # type: ignore[attr-defined]
    panel.fill_between(xs, ys.min(0), ys.max(0), color=colour, alpha=0.15, linewidth=0)  # type: ignore[attr-defined]
