"""MiniWorld with its bugs mended: all that it needs for many environments in a process is here.

MiniWorld 2.1 is used as it is: its task classes are derived from when they are first needed, and
the names that it draws with mean something else while it draws. Mended:

- Every environment compiles its walls into OpenGL's display list number 1, so two of them in one
  process draw each other's walls. Here each has a list of its own.
- Every environment opens a window and two frame buffers that nothing frees (tens of MB). Here all
  share one window, and one frame buffer for each size of picture.
- Frame buffers hold 32-bit floats. Eight bits look the same (a grey level apart) and are faster.
- It draws at every reset and step, wanted or not. Here it draws when a picture is asked for, and
  does not ask OpenGL after each call whether it erred.
- A process forked off one that has drawn hangs at its first picture, and a thread beside the one
  that has drawn gets black ones. Here both get an error.
- Where a system library is missing, an error names the packages to install.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from vl_envs.core.errors import require

Picture = npt.NDArray[np.uint8]

PACKAGES = "libegl1 libgl1 libglu1-mesa libgl1-mesa-dri libfreetype6"
"""Debian's names of the system libraries that draw without a screen."""
SAMPLES = 8
"""Samples per pixel, as in MiniWorld."""
_KINDS = {"duckie": "rubber duck"}
"""What meshes show, where their files are called otherwise."""


class OpenGL:
    """What a process has of OpenGL: MiniWorld's modules, the one window, and frame buffers."""

    def __init__(self) -> None:
        self.owner = _caller()
        self.miniworld = _import_miniworld()
        self.opengl = importlib.import_module("miniworld.opengl")
        self.envs = importlib.import_module("miniworld.envs")
        self.objmesh = importlib.import_module("miniworld.objmesh")
        self.pyglet = importlib.import_module("pyglet")
        self.window = self.pyglet.window.Window(width=1, height=1, visible=False)
        self.target = cache(self._new_target)
        self._classes: dict[str, type[Any]] = {}

    def make(self, task: str, options: dict[str, Any]) -> Any:
        """Make a task's environment in the shared window, without the parts that nobody frees."""
        if task not in self._classes:
            base = getattr(self.envs, task)
            self._classes[task] = type(task, (self._quiet(base), base), {})
        shared = SimpleNamespace(
            window=SimpleNamespace(Window=lambda **_: self.window),
            text=SimpleNamespace(Label=lambda **_: None),
        )
        with _replaced(self.miniworld, pyglet=shared, FrameBuffer=lambda *_: None):
            return self._classes[task](**options)

    def _new_target(self, width: int, height: int) -> Any:
        """Make a frame buffer of 8 bits a channel (see `target`, which keeps one of each size)."""
        gl = self.pyglet.gl
        self.window.switch_to()
        # MiniWorld prints that there are fewer samples to be had.
        with (
            _replaced(self.opengl, GL_RGBA32F=gl.GL_RGBA8, GL_FLOAT=gl.GL_UNSIGNED_BYTE),
            redirect_stdout(StringIO()),
        ):
            buffer = self.opengl.FrameBuffer(width, height, SAMPLES)
        buffer.resolve = lambda: _resolve(gl, buffer)
        return buffer

    @contextmanager
    def list_number(self, number: int) -> Iterator[None]:
        """Let MiniWorld's display list "1" be another number."""
        gl = self.pyglet.gl
        with _replaced(
            self.miniworld,
            glNewList=lambda _, mode: gl.glNewList(number, mode),
            glCallList=lambda _: gl.glCallList(number),
            glDeleteLists=lambda _, count: gl.glDeleteLists(number, count),
        ):
            yield

    def new_list(self) -> int:
        """Return the number of a new display list."""
        self.window.switch_to()
        number = self.pyglet.gl.glGenLists(1)
        if number == 1:  # everybody's in MiniWorld
            number = self.pyglet.gl.glGenLists(1)
        if number == 0:
            raise RuntimeError("OpenGL gives no more display lists; close environments")
        return int(number)

    def free_list(self, number: int) -> None:
        """Free a display list, if it is this process's and thread's to free."""
        if self.owner == _caller():
            self.window.switch_to()
            self.pyglet.gl.glDeleteLists(number, 1)

    def _quiet(self, base: type[Any]) -> type[Any]:
        """Make the mixin that stands before ``base``, a task's class."""
        shared = self

        class Quiet:
            """Draws nothing unless asked to, and into a display list of its own."""

            list_number = 0
            _compiled = False
            _free: Any = None

            def reset(self, **_: Any) -> tuple[None, dict[str, Any]]:
                """Build nothing while the object is made."""
                return None, {}

            def begin(self, seed: int) -> None:
                """Build the world of a seed."""
                base.reset(self, seed=seed)

            def render_obs(self, frame_buffer: Any = None) -> Any:
                """Draw into a given buffer only."""
                return frame_buffer and base.render_obs(self, frame_buffer)

            def name_of(self, thing: Any) -> str:
                """Name a thing by colour and kind; ``""`` for the agent and what hangs on walls."""
                return _name(thing, shared.objmesh.ObjMesh.cache.items())

            def _render_static(self) -> None:
                self._compiled = False

            def compile(self) -> None:
                """Compile the walls, where they are not."""
                if self._compiled:
                    return
                if not self.list_number:
                    self.list_number = shared.new_list()
                    # Also where nobody closes the environment, but not when Python ends.
                    self._free = weakref.finalize(self, shared.free_list, self.list_number)
                    self._free.atexit = False
                shared.window.switch_to()
                with shared.list_number(self.list_number):
                    base._render_static(self)
                self._compiled = True

            def forget(self) -> None:
                """Free the display list."""
                if self._free is not None:
                    self._free()
                self.list_number, self._compiled = 0, False

        return Quiet


def _name(thing: Any, meshes: Iterable[tuple[str, Any]]) -> str:
    """Name a thing by colour and kind, by the file of its mesh where it has one."""
    if type(thing).__name__ == "Box":
        return f"{thing.color} box"
    paths = [path for path, mesh in meshes if mesh is getattr(thing, "mesh", None)]
    if not paths:
        return ""
    kind, _, color = Path(paths[0]).stem.partition("_")
    return f"{color} {_KINDS.get(kind, kind)}".strip()


_shared: OpenGL | None = None


def _caller() -> tuple[int, int]:
    """Name the running process and thread."""
    return os.getpid(), threading.get_ident()


def opengl() -> OpenGL:
    """Return this process's OpenGL, opened when it is first needed.

    Raises:
        ImportError: MiniWorld, or a system library that it needs, is not installed.
        RuntimeError: this process was forked off one that had already drawn, or another thread of
            it has drawn.
    """
    global _shared
    if _shared is None:
        _shared = OpenGL()
    process, thread = _caller()
    if _shared.owner[0] != process:
        raise RuntimeError(
            "MiniWorld has drawn in the process that this one was forked off, and OpenGL does not "
            "survive that. Start a fresh one: gymnasium.make_vec(…, vectorization_mode='async', "
            "vector_kwargs={'context': 'spawn'})"
        )
    if _shared.owner[1] != thread:
        raise RuntimeError(
            "MiniWorld has drawn in another thread of this process, and OpenGL belongs to one. "
            "Step all environments in one thread, or in processes of their own."
        )
    return _shared


def _import_miniworld() -> ModuleType:
    """Import MiniWorld for drawing without a screen; say what to install if it cannot be."""
    pyglet = require("pyglet", "miniworld")
    pyglet.options["headless"] = True
    pyglet.options["debug_gl"] = False  # asks for errors after each call, thousands a picture
    try:
        importlib.import_module("pyglet.gl")
        importlib.import_module("pyglet.window")
        return require("miniworld.miniworld", "miniworld")
    except ImportError as error:
        if "vl-envs[" in str(error):
            raise
        raise ImportError(_missing(error)) from error
    except Exception as error:  # pyglet raises what it likes where EGL finds no device
        raise ImportError(_missing(error)) from error


def _missing(error: Exception) -> str:
    cause = str(error).rstrip(".") or type(error).__name__
    return (
        f"MiniWorld cannot draw: {cause}. A system library is missing; on Debian, as root: "
        f"apt-get install {PACKAGES}"
    )


@contextmanager
def _replaced(module: ModuleType, **names: Any) -> Iterator[None]:
    """Let names of a module mean something else for a while."""
    before = {name: getattr(module, name) for name in names}
    module.__dict__.update(names)
    try:
        yield
    finally:
        module.__dict__.update(before)


def _resolve(gl: Any, buffer: Any) -> Picture:
    """Merge the samples of a frame buffer and read its colours, uint8 [height, width, 3].

    MiniWorld's own also moves the depths, which nobody asks for.
    """
    width, height = buffer.width, buffer.height
    corners = (0, 0, width, height)
    gl.glBindFramebuffer(gl.GL_READ_FRAMEBUFFER, buffer.multi_fbo)
    gl.glBindFramebuffer(gl.GL_DRAW_FRAMEBUFFER, buffer.final_fbo)
    gl.glBlitFramebuffer(*corners, *corners, gl.GL_COLOR_BUFFER_BIT, gl.GL_NEAREST)
    gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, buffer.final_fbo)
    pixels = np.empty((height, width, 3), np.uint8)
    where = pixels.ctypes.data_as(ctypes.POINTER(gl.GLubyte))
    gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
    gl.glReadPixels(*corners, gl.GL_RGB, gl.GL_UNSIGNED_BYTE, where)
    gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)
    return np.ascontiguousarray(pixels[::-1])  # OpenGL's first row is the lowest
