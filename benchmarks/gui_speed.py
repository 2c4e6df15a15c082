"""How fast screens are: drawn beside a headless browser, stepped, vectorised, and over long runs.

    pip install -c constraints.txt -e '.[train,gui,bench]'   # and Debian's package chromium
    python -m benchmarks.gui_speed

The browser is started once and shows equivalent pages, one after the other: the same boxes, words
and icons as HTML, from the same fonts. What is compared alternates in one run, and a ratio is the
median of the ratios pair by pair.
"""

from __future__ import annotations

import base64
import gc
import html
import io
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro
from PIL import Image

import vl_envs  # noqa: F401 (registers the environments)
from benchmarks.rates import rate_row, steps_per_second
from benchmarks.record import write_result
from vl_envs.core.errors import require
from vl_envs.gui.apps.page import Page
from vl_envs.gui.navigate import NavigateEnv

ENVIRONMENTS = (
    "VLGui/Navigate-v0",
    "VLGui/NavigateGELab-v0",
    "VLGui/NavigateApps-v0",
    "VLGui/NavigateSmall-v0",
    "VLGui/Ground-v0",
    "VLGui/Shop-v0",
)


VECTORS = {
    "VLGui/Navigate-v0": '{"action": "wait"}',
    "VLGui/Ground-v0": '{"action": {"name": "click", "arguments": {"point": [500, 500]}}}',
}
"""What is vectorised, and an action that makes each step draw: a screen again, or a new one."""


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        repetitions: of each measurement.
        screens: drawn in each repetition; the browser shows a tenth of them.
        steps: of each environment in each repetition.
        long: steps of the run whose memory is watched.
        browser: program of the browser.
    """

    repetitions: int = 5
    screens: int = 500
    steps: int = 3000
    long: int = 100_000
    browser: str = "chromium"


def fresh_pages(seed: int, count: int) -> list[Any]:
    """Draw ``count`` tasks and return the devices they begin on, screens not yet laid out."""
    env = NavigateEnv()
    rng = np.random.default_rng(seed)
    return [env.world.draw(rng)[1] for _ in range(count)]


def drawn_per_second(devices: list[Any]) -> float:
    """Lay out and draw each device's screen, none of which was drawn before."""
    for device in devices:
        device._pages.clear()
    began = time.perf_counter()
    for device in devices:
        device.paint()
    return len(devices) / (time.perf_counter() - began)


@contextmanager
def browser(program: str) -> Iterator[Any]:
    """Start the system's browser once, with one empty page of 448 x 448."""
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"error: no program {program!r}; as root: apt-get install {program}")
    playwright = require("playwright.sync_api", "bench").sync_playwright
    with playwright() as running:
        started = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = started.new_page(viewport={"width": 448, "height": 448})
        font = Path(require("fonticon_mdi7", "gui").MDI7.__font_file__).read_bytes()
        page.set_content(_FRAME.format(font=base64.b64encode(font).decode()))
        page.evaluate("document.fonts.load('36px icons')")
        yield page
        started.close()


def shown_per_second(page: Any, devices: list[Any]) -> float:
    """Show an equivalent page of each device's screen; take its screenshot, as an array."""
    bodies = [equivalent(device.page) for device in devices]
    began = time.perf_counter()
    for body in bodies:
        page.evaluate("body => { document.body.innerHTML = body }", body)
        np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
    return len(devices) / (time.perf_counter() - began)


_FRAME = """<style>
@font-face {{ font-family: icons; src: url(data:font/ttf;base64,{font}); }}
body {{ margin: 0; background: #fff; font-family: sans-serif; font-size: 13px }}
div {{ position: absolute; box-sizing: border-box; overflow: hidden }}
i {{ font: 36px icons; position: absolute; left: 10px; top: 10px }}
</style>"""


def equivalent(page: Page) -> str:
    """Write a page as HTML: a box for each entry, with its word and its icon."""

    def box(at: tuple[int, int, int, int], inner: str, look: str = "") -> str:
        left, top, right, bottom = at
        place = f"left:{left}px;top:{top}px;width:{right - left}px;height:{bottom - top}px"
        return f'<div style="{place};{look}">{inner}</div>'

    parts = [box(page.title, html.escape(page.screen.title), "font-size:17px")]
    parts += [box(at, f"<i>{_glyph('home-outline')}</i>") for at in page.bars.values()]
    for entry in page.entries:
        inner = f"<i>{_glyph(entry.icon)}</i>{html.escape(entry.text)}"
        look = "background:#25e;border-radius:8px;color:#fff"
        parts.append(box(page.place(entry, 0), inner, look))
    return "".join(parts)


def _glyph(name: str) -> str:
    if not name:
        return ""
    font = require("fonticon_mdi7", "gui").MDI7
    return str(getattr(font, name.replace("-", "_"))).rpartition(".")[2]


def vector_steps_per_second(env_id: str, mode: str, rounds: int) -> float:
    """Let 16 environments act side by side: all cost is theirs, none is a policy's."""
    envs: Any = gym.make_vec(env_id, num_envs=16, vectorization_mode=mode)
    envs.reset(seed=0)
    action = (VECTORS[env_id],) * 16
    envs.step(action)
    began = time.perf_counter()
    for _ in range(rounds):
        envs.step(action)
    rate = 16 * rounds / (time.perf_counter() - began)
    envs.close()
    return rate


def memory_of_a_long_run(env_id: str, steps: int) -> list[float]:
    """Return the process's memory (MB, resident) after each tenth of a long run."""
    env = gym.make(env_id)
    expert = env.get_wrapper_attr("expert_action")
    env.reset(seed=0)
    taken = []
    for step in range(1, steps + 1):
        _, _, terminated, truncated, _ = env.step(expert())
        if terminated or truncated:
            env.reset()
        if step % (steps // 10) == 0:
            gc.collect()
            taken.append(_resident())
    return taken


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def main(options: Options) -> None:
    """Measure everything and write the result."""
    rows = []
    devices = fresh_pages(0, options.screens)
    for repetition in range(10):  # fills the store of sprites, as any run has after some seconds
        drawn_per_second(fresh_pages(1000 + repetition, 500))
    pairs: list[tuple[float, ...]] = []
    with browser(options.browser) as page:
        for repetition in range(options.repetitions):
            devices = fresh_pages(repetition + 1, options.screens)
            some = devices[: options.screens // 10]
            pairs.append((drawn_per_second(devices), shown_per_second(page, some)))
        version = page.context.browser.version
    columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rows.append(rate_row("fresh screens/s, 448 x 448", *columns, f"headless Chromium {version}"))
    print(rows[-1], flush=True)
    for env_id in ENVIRONMENTS:
        rates = [steps_per_second(options.steps, id=env_id) for _ in range(options.repetitions)]
        rows.append(rate_row(f"steps/s: {env_id}", rates))
        print(rows[-1], flush=True)
    for env_id in VECTORS:
        rounds = max(10, options.steps // (160 if "Ground" in env_id else 16))
        pairs = [
            tuple(vector_steps_per_second(env_id, mode, rounds) for mode in ("async", "sync"))
            for _ in range(options.repetitions)
        ]
        columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        what = f"steps/s of 16 {env_id}, a process each"
        rows.append(rate_row(what, *columns, "one process"))
        print(rows[-1], flush=True)
    memory = memory_of_a_long_run("VLGui/Navigate-v0", options.long)
    print(memory)
    result = {"rows": rows, "memory_mb": memory, "memory_steps": options.long}
    write_result(Path("benchmarks/results/gui_speed.json"), options, result)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
