"""The page that shows a person what a run learned: numbers, learning curve, episodes.

The page is one file without scripts: it opens from a disk, an archive or a mail. What a model or
an environment wrote is shown as text and nothing else.
"""

from __future__ import annotations

import base64
import html
import io
import numbers
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from algorithms.files import write_atomically
from algorithms.rollout import Episode, Turn
from algorithms.storyboard import (
    Frame,
    clean,
    outcome,
    read_said,
    reward_terms,
    split_question,
)

Section: TypeAlias = tuple[str, Sequence[Episode]]

_FORMATS = {".png": "png", ".svg": "svg+xml", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}


def write_html(
    sections: Sequence[Section],
    path: Path,
    title: str,
    curve: Path | None = None,
    summary: Mapping[str, object] | None = None,
) -> None:
    """Write a page that shows how sections, such as "before" and "after", did on the same tasks.

    Episodes of one seed and task stand side by side, in the order of the first section that has
    them; the k-th of a group stands beside the k-th.

    Args:
        sections: a name and its episodes each.
        path: the page to write.
        title: its heading.
        curve: a picture to show first, as made by `learning_curve`.
        summary: the rows of a table: a value, or one value for each of some named columns.

    Raises:
        ValueError: no section, or ``curve`` is no picture a browser shows.
    """
    if not sections:
        raise ValueError("expected at least one section (a name and its episodes), came none")
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        # Nothing is loaded and nothing runs, even if a text should get past the escaping.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">",
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{_text(title)}</h1>",
        _summary_table(summary) if summary else "",
        _curve_figure(curve) if curve is not None else "",
        "<h2>Episodes</h2>",
        _tally(sections),
        *_tasks(sections),
        "</main></body></html>",
    ]
    write_atomically(path, "\n".join(filter(None, parts)).encode("utf-8"))


def _text(value: object) -> str:
    """Escape anything for use as text or in an attribute: the only way into the page."""
    return html.escape(clean(str(value)), quote=True)


def _number(value: object) -> str:
    """Write a value of the summary: three digits, or all of a whole number."""
    if value is None:
        return "–"
    if isinstance(value, numbers.Real) and not isinstance(value, (bool, numbers.Integral)):
        value = float(value)
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _summary_table(summary: Mapping[str, object]) -> str:
    """Lay out the metrics: a row each, a column for each name that some row has."""
    rows = {name: row if isinstance(row, Mapping) else {"": row} for name, row in summary.items()}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    head = "".join(f'<th scope="col">{_text(column)}</th>' for column in columns)
    body = "".join(
        f'<tr><th scope="row">{_text(name)}</th>'
        + "".join(f"<td>{_text(_number(row[c])) if c in row else ''}</td>" for c in columns)
        + "</tr>\n"
        for name, row in rows.items()
    )
    head = f"<thead><tr><td></td>{head}</tr></thead>" if any(columns) else ""
    return f'<div class="wide"><table>{head}<tbody>\n{body}</tbody></table></div>'


def _curve_figure(curve: Path) -> str:
    kind = _FORMATS.get(curve.suffix.lower())
    if kind is None:
        raise ValueError(f"expected a curve in {', '.join(_FORMATS)}, came {curve.name!r}")
    data = base64.b64encode(curve.read_bytes()).decode("ascii")
    return f'<img class="curve" alt="Learning curve" src="data:image/{kind};base64,{data}">'


def _tally(sections: Sequence[Section]) -> str:
    """Say how many of the shown episodes succeed, section by section."""
    cells = [
        f"<li><b>{_text(name)}</b> {sum(e.success for e in episodes)} of {len(episodes)} "
        "shown succeed</li>"
        for name, episodes in sections
    ]
    return f'<ul class="tally">{"".join(cells)}</ul>'


def _tasks(sections: Sequence[Section]) -> Iterator[str]:
    """Lay out each task: its picture and question, and one column for each section."""
    tasks: dict[tuple[str, int, int], list[Episode | None]] = {}
    for column, (_, episodes) in enumerate(sections):
        for episode in episodes:
            k = 0
            while tasks.get((episode.task_id, episode.seed, k), [None] * len(sections))[column]:
                k += 1
            row = tasks.setdefault((episode.task_id, episode.seed, k), [None] * len(sections))
            row[column] = episode
    for (task_id, seed, _), row in tasks.items():
        first = next(episode for episode in row if episode is not None)
        picture = first.turns[0].observation["image"] if first.turns else None
        question, rest = split_question(first)
        more = (
            f"<details><summary>the rest of the text</summary>{_pre(rest)}</details>"
            if rest.strip()
            else ""
        )
        name = f"{task_id or 'task'} · seed {seed}"
        columns = [
            _column(section, episode, picture)
            for (section, _), episode in zip(sections, row, strict=True)
        ]
        yield (
            f'<article><header>{_picture(picture)}<div><p class="id">{_text(name)}</p>'
            f'<h3>{_text(question)}</h3>{more}</div></header>\n<div class="columns">'
            f"{''.join(columns)}</div></article>"
        )


def _column(section: str, episode: Episode | None, seen: Frame | None) -> str:
    """Tell one episode; a picture is shown where it is not the one seen last."""
    if episode is None:
        return f'<section><h4>{_text(section)}</h4><p class="id">not played</p></section>\n'
    word, good = outcome(episode)
    parts = [
        f"<section><h4>{_text(section)} {_badge(word, 'good' if good else 'bad')}"
        f'<span class="return">return {episode.episode_return:.2f}</span></h4>'
    ]
    for i, turn in enumerate(episode.turns):
        image = turn.observation["image"]
        if not _same(image, seen):
            parts.append(_picture(image))
            seen = image
        if i:
            parts.append(_pre(turn.observation["text"]))
        parts.append(_said(turn))
    final = episode.final_observation
    if final is not None:
        parts.append("" if _same(final["image"], seen) else _picture(final["image"]))
        parts.append(_pre(final["text"]))
    if episode.env_error is not None:
        parts.append(_pre(episode.env_error))
    return "\n".join(filter(None, parts)) + "</section>\n"


def _said(turn: Turn) -> str:
    """Tell what was thought and done in a turn, and what it was worth."""
    said = read_said(turn.generation.text)
    kind = said.command if said.command in ("search", "answer") else "other"
    badges = _badge(said.command, kind) if said.command else ""
    if not turn.valid:
        badges += _badge("invalid", "bad")
    if not turn.generation.stopped:
        badges += _badge("ran out of tokens", "bad")
    thought = f'<p class="thought">{_text(said.thought)}</p>' if said.thought else ""
    terms = reward_terms(turn)
    reward = f"reward {turn.reward:.2f}" + (f" = {terms}" if terms else "")
    return (
        f'<div class="turn">{thought}<p class="said {kind}">{badges} {_text(said.body)}</p>'
        f'<p class="reward">{_text(reward)}</p></div>'
    )


def _badge(word: str, kind: str) -> str:
    return f'<span class="badge {kind}">{_text(word)}</span>'


def _pre(text: str) -> str:
    return f'<div class="read" tabindex="0">{_text(text.strip())}</div>' if text.strip() else ""


def _same(image: Frame, other: Frame | None) -> bool:
    return other is not None and np.array_equal(image, other)


def _picture(image: Frame | None) -> str:
    """Embed a picture; a small one is enlarged by the browser, pixel by pixel."""
    if image is None:
        return ""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    kind = "small" if max(image.shape[:2]) < 160 else ""
    return f'<img class="{kind}" alt="observed picture" src="data:image/png;base64,{data}">'


_STYLE = """
:root { color-scheme: light dark; --ink: #1d2129; --muted: #5c6675; --page: #f3f5f8;
  --card: #fff; --line: #dce0e7; --shade: #f3f5f8; --search: #0060a8; --answer: #00735a;
  --other: #7a4a8c; --good: #00735a; --bad: #b84300; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --muted: #9aa5b4; --page: #14171c;
  --card: #1d2128; --line: #343b46; --shade: #262c35; --search: #6cb8f5; --answer: #4fc9a4;
  --other: #cfa3e0; --good: #4fc9a4; --bad: #ff9a5c; --on: #14171c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1.5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; }
h1, h3, p, .read, td, th { overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; background: var(--card); border: 1px solid var(--line); }
th, td { padding: .4rem 1rem; border-top: 1px solid var(--line); text-align: left; }
td, thead th { text-align: right; font-variant-numeric: tabular-nums; }
tbody th { font-weight: normal; }
.curve { display: block; width: 100%; max-width: 56rem; margin: 1.5rem 0; padding: .75rem;
  background: #fff; border: 1px solid var(--line); border-radius: 10px; }
.tally { list-style: none; display: flex; flex-wrap: wrap; gap: .5rem 2rem; padding: 0;
  color: var(--muted); }
.tally b { color: var(--ink); }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  margin: 0 0 1.5rem; padding: 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
header > div { flex: 1 1 18rem; min-width: 0; }
article img { max-width: min(14rem, 100%); border: 1px solid var(--line); border-radius: 6px; }
img.small { width: 10rem; image-rendering: pixelated; }
h3 { font-size: 1.15rem; margin: .1rem 0 .5rem; }
.id, .reward, summary { color: var(--muted); font-size: .85rem; margin: 0; }
.columns { display: grid; gap: 1.25rem; margin-top: 1.25rem;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
section { border-top: 3px solid var(--line); padding-top: .6rem; min-width: 0; }
h4 { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: 0 0 .75rem; }
.return { margin-left: auto; font-weight: normal; font-size: .85rem; color: var(--muted); }
.read { background: var(--shade); border-radius: 6px; padding: .5rem .75rem; margin: .5rem 0;
  font-size: .85rem; white-space: pre-wrap; max-height: 13rem; overflow-y: auto; }
.turn { margin: .75rem 0; padding-left: .75rem; border-left: 3px solid var(--line); }
.turn p { margin: 0 0 .25rem; }
.turn .thought { color: var(--muted); font-style: italic; font-size: .9rem; white-space: pre-wrap;
  max-height: 10rem; overflow-y: auto; }
.said { font-weight: 600; white-space: pre-wrap; max-height: 13rem; overflow-y: auto; }
.said.search { color: var(--search); }
.said.answer { color: var(--answer); }
.badge { display: inline-block; border-radius: 5px; padding: 0 .5rem; margin-right: .25rem;
  font-size: .8rem; font-weight: 600; color: var(--on); background: var(--other);
  max-width: 100%; overflow-wrap: anywhere; }
.badge.search { background: var(--search); }
.badge.answer { background: var(--answer); }
.badge.good { background: var(--good); }
.badge.bad { background: var(--bad); }
"""
