"""The learning curve: success over training and on held-out tasks, drawn from ``metrics.jsonl``."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.transforms import ScaledTranslation

from algorithms.files import write_atomically
from algorithms.run_log import read_records

Row = dict[str, Any]

STAGES = {"sft": "SFT", "grpo": "GRPO", "vl_dac": "VL-DAC"}
"""How a stage is named in the figure; another one keeps its own name."""
INK, GREY, BAND = "#222222", "#8a8f98", "#eceff4"
# Okabe and Ito's palette, told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = {"greedy": "o", "sampled": "s"}


class _Stage(NamedTuple):
    """One stretch of training: its name and where it lies on the x axis."""

    name: str
    start: float
    end: float
    rows: slice


def learning_curve(metrics_path: Path, output: Path) -> None:
    """Draw how a run learned: success above, valid share, length and entropy below.

    Args:
        metrics_path: one JSON object a line: ``stage``, ``update`` (counted within the stage),
            ``episodes`` (so far, of the run or of the stage), ``rollout/…``, ``policy/entropy``
            and, on some lines, ``eval/<split>/<mode>/success`` with ``…/success_low`` and
            ``…/success_high``. Any key may be missing. Lines that a killed run left unfinished
            are skipped; of an update that a resumed run made again, the later line counts.
        output: the picture to write; its suffix (``.png``, ``.svg``, ``.pdf``) names the format.

    Raises:
        ValueError: no line can be read, or none has anything to draw.
    """
    rows = read_metrics(metrics_path)
    xs, x_label = positions(rows)
    stages = _stages(rows, xs)
    lower = [panel for panel in _lower_panels(rows) if np.isfinite(_column(rows, panel[0])).any()]
    shown = [key for row in rows for key in row if key == "rollout/success" or _split_mode(key)]
    if not shown and not lower:
        raise ValueError(
            f"{metrics_path} has nothing to draw: expected keys such as "
            "'rollout/success' or 'eval/<split>/<mode>/success'"
        )
    figure = Figure(figsize=(8, 3.9 + 1.15 * len(lower)), dpi=150, layout="constrained")
    axes = figure.subplots(
        1 + len(lower), sharex=True, squeeze=False, height_ratios=[3.2] + [1] * len(lower)
    )[:, 0]
    for axis in axes:
        _style(axis, stages)
    _name_stages(axes[0], stages)
    _draw_success(axes[0], rows, xs, stages)
    for axis, (key, label) in zip(axes[1:], lower, strict=True):
        values = _column(rows, key)
        axis.plot(xs, values, ".-", color=INK, linewidth=1, markersize=2.5)
        axis.set_ylabel(label, fontsize=8.5)
        if key == "rollout/valid":
            _share_axis(axis, [0, 0.5, 1])
        else:
            axis.set_ylim(0, 1.1 * max(np.nanmax(values), 0.01))
            axis.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes[-1].set_xlabel(x_label, fontsize=10)
    figure.align_ylabels(list(axes))
    if axes[0].get_legend_handles_labels()[1]:
        figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=8.5)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=output.suffix.removeprefix(".") or "png")
    write_atomically(output, buffer.getvalue())


def read_metrics(path: Path) -> list[Row]:
    """Read ``metrics.jsonl``: one row per update of a stage, in order; see `learning_curve`.

    Raises:
        ValueError: there is no readable line.
    """
    rows: dict[tuple[object, object], Row] = {}
    for i, row in enumerate(read_records(path)):
        update = row.get("update")
        key = (row.get("stage"), update if _is_number(update) else f"line {i}")
        rows.setdefault(key, {}).update(row)
    if not rows:
        raise ValueError(f"{path} has no metrics: expected one JSON object a line")
    return list(rows.values())


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _column(rows: Sequence[Row], key: str) -> np.ndarray:
    """Return float64 [rows], nan where a row has no such number."""
    values = [row.get(key) for row in rows]
    return np.array([float(value) if _is_number(value) else np.nan for value in values])


def positions(rows: Sequence[Row]) -> tuple[np.ndarray, str]:
    """Return where the rows lie: at the run's episodes, or one behind the other without them.

    A row without a count lies where the one before it does.
    """
    if not any(_is_number(row.get("episodes")) for row in rows):
        return np.arange(1.0, len(rows) + 1), "updates"
    xs = np.zeros(len(rows))
    for i, row in enumerate(rows):
        came = row.get("episodes")
        xs[i] = came if _is_number(came) else xs[max(0, i - 1)]
    return xs, "episodes"


def _stages(rows: Sequence[Row], xs: np.ndarray) -> list[_Stage]:
    """Cut the x axis where the stage changes."""
    stages: list[_Stage] = []
    begin = 0
    for i in range(1, len(rows) + 1):
        if i == len(rows) or rows[i].get("stage") != rows[begin].get("stage"):
            name = str(rows[begin].get("stage", ""))
            start = stages[-1].end if stages else float(xs[0])
            end = float(xs[i - 1])
            stages.append(_Stage(STAGES.get(name, name), start, end, slice(begin, i)))
            begin = i
    return stages


def _lower_panels(rows: Sequence[Row]) -> list[tuple[str, str]]:
    entropy = next((key for row in rows for key in row if key.endswith("/entropy")), "")
    return [
        ("rollout/valid", "valid turns"),
        ("rollout/length", "turns per\nepisode"),
        (entropy, "entropy\n(nats/token)"),
    ]


def _split_mode(key: str) -> tuple[str, str] | None:
    """Return split and mode of ``eval/<split>/<mode>/success``, None for another key."""
    first, *split, mode, last = key.split("/") if key.count("/") >= 3 else ("", "", "")
    return ("/".join(split), mode) if (first, last) == ("eval", "success") else None


def _draw_success(
    axis: Axes, rows: Sequence[Row], xs: np.ndarray, stages: Sequence[_Stage]
) -> None:
    """Draw the rollouts' success and, on top of it, the evaluations with their intervals."""
    axis.set_ylabel("success", fontsize=10)
    _share_axis(axis, [0, 0.2, 0.4, 0.6, 0.8, 1])
    success = _column(rows, "rollout/success")
    if np.isfinite(success).any():
        window = max(1, min(20, len(rows) // 10))
        thin = "training rollouts"
        axis.plot(xs, success, ".-", color=GREY, linewidth=0.8, markersize=2, alpha=0.7, label=thin)
        thick: str | None = f"{thin}, mean of {window} updates"
        for stage in stages if window > 1 else ():
            mean = _running_mean(success[stage.rows], window)
            if np.isfinite(mean).any():
                axis.plot(xs[stage.rows], mean, color=INK, linewidth=1.8, label=thick)
                thick = None
    series = dict.fromkeys(found for row in rows for key in row if (found := _split_mode(key)))
    splits = list(dict.fromkeys(split for split, _ in series))
    for k, (split, mode) in enumerate(series):
        bars = _draw_evaluation(axis, rows, xs, (split, mode), COLOURS[splits.index(split) % 6])
        # Moved apart by some points, so that evaluations made at one time stay visible.
        points = 3.0 * (k - (len(series) - 1) / 2) / 72
        assert axis.figure is not None
        shift = ScaledTranslation(points, 0, axis.figure.dpi_scale_trans)
        for artist in bars.get_children():
            artist.set_transform(axis.transData + shift)


def _draw_evaluation(
    axis: Axes, rows: Sequence[Row], xs: np.ndarray, series: tuple[str, str], colour: str
) -> ErrorbarContainer:
    """Draw one split in one mode: a mark at the mean, a bar from low to high."""
    split, mode = series
    key = f"eval/{split}/{mode}/success"
    middle = _column(rows, key)
    ends = np.stack([middle - _column(rows, f"{key}_low"), _column(rows, f"{key}_high") - middle])
    there = np.isfinite(middle)
    return axis.errorbar(
        xs[there],
        middle[there],
        yerr=np.nan_to_num(ends[:, there]).clip(0),
        color=colour,
        linestyle="-" if mode == "greedy" else "--",
        linewidth=1.1,
        elinewidth=1.3,
        capsize=3,
        marker=MARKERS.get(mode, "D"),
        markersize=5.5,
        markerfacecolor=colour if mode == "greedy" else "white",
        zorder=4,
        label=f"held-out: {split}, {mode}".replace("$", r"\$"),
    )


def _running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """Average each value with up to ``window - 1`` before it; nan counts as missing."""
    mean = np.full(len(values), np.nan)
    for i in range(len(values)):
        recent = values[max(0, i + 1 - window) : i + 1]
        recent = recent[np.isfinite(recent)]
        mean[i] = recent.mean() if recent.size else np.nan
    return mean


def _share_axis(axis: Axes, ticks: Sequence[float]) -> None:
    axis.set_ylim(-0.03, 1.03)
    axis.set_yticks(ticks)
    axis.yaxis.set_major_formatter(PercentFormatter(1.0))


def _style(axis: Axes, stages: Sequence[_Stage]) -> None:
    """Give every panel the same quiet frame, and shade every second stage."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color="#d9dce1", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=8.5, colors=INK)
    for stage in stages[::2]:
        axis.axvspan(stage.start, stage.end, color=BAND, linewidth=0, zorder=0)
    for stage in stages[1:]:
        axis.axvline(stage.start, color=GREY, linewidth=0.8, zorder=0.5)
    start, end = stages[0].start, stages[-1].end
    margin = 0.02 * (end - start) or 1.0
    axis.set_xlim(start - margin, end + margin)


def _name_stages(axis: Axes, stages: Sequence[_Stage]) -> None:
    """Write the stages' names above the panel; narrow neighbours go on two levels."""
    total = stages[-1].end - stages[0].start or 1.0
    level = 0
    for i, stage in enumerate(stages):
        near = i > 0 and stage.end - stages[i - 1].start < 0.24 * total
        level = 1 - level if near else 0
        axis.annotate(
            stage.name,
            ((stage.start + stage.end) / 2, 1),
            xytext=(0, 4 + 12 * level),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="center",
            fontsize=9.5,
            fontweight="bold",
            color=INK,
            parse_math=False,
        )
