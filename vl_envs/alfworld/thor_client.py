"""A safe hold on AI2-THOR: the real client, a build of one's own, no network, no hanging.

`ThorClient` drives ``ai2thor.controller.Controller`` (AI2-THOR 5), which is used as it is but for
what would harm here:

- Without a build it goes to look for one in the network. Here a build must be named, and the code
  that looks is never reached.
- It waits for ever for a build that ends at once, and for its whole time-out for one that dies
  later. Here the pipes never wait to be opened, every answer has a time-out as a whole, and a
  player that has ended is noticed at once.
- It leaves a child unreaped and a log in the home folder, and clears old builds away there. Here
  all files are in a folder of their own, which goes with the player.
- It asks ``vulkaninfo`` for a graphics card, though that helps only builds that it fetched itself.

This was tried with the real client and a stand-in for the build (``tests/alfworld/
standin_player.py``): starting, talking, failing and ending, the mapping from commands to actions,
pictures the right way up. It was *not* tried with a Unity build: whether the places that AI2-THOR
proposes show the furniture well, how often its physics refuses, and how long scenes take to load.
"""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from vl_envs.core.errors import require

Picture = npt.NDArray[np.uint8]

VARIABLE = "VL_THOR_EXECUTABLE"
"""Environment variable that names the build."""


class ThorError(RuntimeError):
    """The simulator failed: it did not start, died, did not answer, or answered nonsense."""


class Reply(NamedTuple):
    """What the simulator answered.

    Attributes:
        ok: whether it did what was asked.
        error: why not.
        returned: what the action returns.
        metadata: of the agent and of all objects, in AI2-THOR's words.
        frame: what the agent sees now, uint8 [H, W, 3].
    """

    ok: bool
    error: str
    returned: Any
    metadata: Mapping[str, Any]
    frame: Picture


def find_executable(executable: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of the AI2-THOR build, named by ``executable`` or by the environment.

    Raises:
        ValueError: none is named, or what is named is no file that can be run.
    """
    named = os.fspath(executable or os.environ.get(VARIABLE, ""))
    if not named:
        raise ValueError(
            "AI2-THOR needs a Unity build, which is not downloaded: give its path as executable=… "
            f"or in the environment variable {VARIABLE}"
        )
    path = Path(named).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.X_OK):
        what = "cannot be run" if path.exists() else "does not exist"
        raise ValueError(
            f"executable= or {VARIABLE} must name a Unity build of AI2-THOR; {named!r} {what}"
        )
    return path


class _Player:
    """A running build: the process, its folder, and the time that it has to answer."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.folder = Path(tempfile.mkdtemp(prefix="vl-thor-"))
        self.process: subprocess.Popen[bytes] | None = None
        self.pipes: list[Any] = []
        self.seconds, self.deadline = 0.0, 0.0

    def launch(self, command: list[str], env: Mapping[str, str | None]) -> None:
        with (self.folder / "player.log").open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={key: value for key, value in env.items() if value is not None},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def allow(self, seconds: float) -> None:
        """Let the next answer take so long."""
        self.seconds, self.deadline = seconds, time.monotonic() + seconds

    def read(self, pipe: int, size: int) -> bytes:
        return self._wait(pipe, select.POLLIN, size, lambda left, _: os.read(pipe, left))

    def write(self, pipe: int, data: bytes) -> None:
        def some(left: int, done: int) -> bytes:
            count = os.write(pipe, data[done : done + 65536])
            return data[done : done + count]

        self._wait(pipe, select.POLLOUT, len(data), some)

    def _wait(self, pipe: int, what: int, size: int, move: Callable[[int, int], bytes]) -> bytes:
        """Move ``size`` bytes through a pipe, or say why they do not come."""
        moved = bytearray()
        poll = select.poll()
        poll.register(pipe, what)
        while len(moved) < size:
            # First whether it lives, then what it said: it may have spoken and died in between.
            alive = self.alive()
            left = self.deadline - time.monotonic()
            part = b""
            if poll.poll(max(0.0, min(200.0, 1000 * left))):
                with suppress(BlockingIOError):
                    part = move(size - len(moved), len(moved))
            moved += part
            if part:
                continue
            if not alive:
                raise ThorError(self.last_words())
            if left < 0:
                raise ThorError(f"AI2-THOR did not answer within {self.seconds:g} s")
            time.sleep(0.002)
        return bytes(moved)

    def alive(self) -> bool:
        """Tell whether the process runs, without reaping it: its number stays its own."""
        if self.process is None or self.process.returncode is not None:
            return False
        try:
            gone = os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        return gone is None

    def last_words(self) -> str:
        """Say how the process ended."""
        status = self.kill()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        log = (self.folder / "player.log").read_text(errors="replace").strip().splitlines()
        return f"AI2-THOR has ended ({how})" + (f": {log[-1][:200]}" if log else "")

    def kill(self) -> int:
        """End the process and all that it started; return its status."""
        assert self.process is not None
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def end(self) -> None:
        """End the process and all that it started, and remove its folder; again does nothing."""
        for pipe in self.pipes:
            pipe.close()
        self.pipes.clear()
        if self.owner != os.getpid():  # a fork's copy: the process is not its own
            return
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _guarded_controller(player: _Player) -> Any:
    """Derive a class from AI2-THOR's ``Controller`` that runs its build as ``player``."""
    controller = require("ai2thor.controller", "thor")
    fifo_server = require("ai2thor.fifo_server", "thor")

    class Server(fifo_server.FifoServer):  # type: ignore[name-defined,misc]
        def start(self) -> None:
            self.tmp_dir.cleanup()
            self.server_pipe_path = str(player.folder / "server.pipe")
            self.client_pipe_path = str(player.folder / "client.pipe")
            super().start()
            # Neither open waits for the player; its death is seen as it is, not as a full pipe.
            source = os.open(self.server_pipe_path, os.O_RDONLY | os.O_NONBLOCK)
            self.server_pipe = os.fdopen(source, "rb", buffering=0)
            sink = os.open(self.client_pipe_path, os.O_RDWR | os.O_NONBLOCK)
            self.client_pipe = os.fdopen(sink, "wb", buffering=0)
            player.pipes = [self.server_pipe, self.client_pipe]

        def receive(self, timeout: float | None = None) -> Any:
            player.allow(self.timeout if timeout is None else timeout)
            return super().receive(timeout)

        def _read_with_timeout(self, server_pipe: Any, message_size: int, timeout: Any) -> bytes:
            return player.read(server_pipe.fileno(), message_size)

        def _send_message(self, message_type: Any, body: bytes) -> None:
            player.allow(self.timeout)
            header = self._create_header(message_type, body)
            player.write(self.client_pipe.fileno(), header + body + self.eom_header)

        def stop(self) -> None:
            player.end()

    class Controller(controller.Controller):  # type: ignore[name-defined,misc]
        base_dir = str(player.folder)

        def prune_releases(self) -> None:
            """Leave other builds alone."""

        def _build_server(self, host: str, port: int, width: int, height: int) -> None:
            self.server = Server(width, height, timeout=self.server_timeout)

        def _start_unity_thread(
            self, env: dict[str, str], width: int, height: int, params: dict[str, str], _: Any
        ) -> None:
            self.gpu_device = None
            env["AI2THOR_CLIENT_TOKEN"] = self.server.client_token = "vl-envs"
            env["AI2THOR_SERVER_TYPE"] = self.server.server_type
            env["AI2THOR_SERVER_SIDE_SCREENSHOT"] = "True"
            env.update({f"AI2THOR_{name.upper()}": value for name, value in params.items()})
            env["DISPLAY"] = self.x_display
            player.launch(self.unity_command(width, height, False), env)
            self.server.unity_proc = player.process

    return Controller


class ThorClient:
    """Starts a build of AI2-THOR when it is first needed, and drives it.

    Args:
        executable: path of the build; without it the environment variable VL_THOR_EXECUTABLE.
        image_size: side of the picture, or (height, width), in pixels.
        start_timeout: seconds that starting the build, and loading a scene, may take.
        timeout: seconds that any other action may take.
        x_display: X display to draw on; without it that of the environment, or ``:0``. Builds for
            ``CloudRendering`` need none.
        initialize: further arguments of AI2-THOR's ``Initialize``, such as ``fieldOfView``.

    Raises:
        ValueError: no build is named, or it cannot be run, or a time-out is not above 0.
        ImportError: the package ``ai2thor`` is not installed.
    """

    def __init__(
        self,
        executable: str | os.PathLike[str] | None = None,
        *,
        image_size: int | tuple[int, int] = 300,
        start_timeout: float = 300.0,
        timeout: float = 60.0,
        x_display: str | None = None,
        **initialize: Any,
    ) -> None:
        if not start_timeout > 0 or not timeout > 0:
            raise ValueError(f"time-outs must be above 0 s, got {start_timeout!r} and {timeout!r}")
        self.executable = find_executable(executable)
        require("ai2thor.controller", "thor")
        sides = image_size if isinstance(image_size, (tuple, list)) else (image_size, image_size)
        self.height, self.width = sides
        self.start_timeout, self.timeout = float(start_timeout), float(timeout)
        self.x_display = x_display
        self.initialize = initialize
        self._controller: Any = None
        self._end: Callable[[], object] = lambda: None

    def __getstate__(self) -> dict[str, Any]:
        """Leave the running build out: a copy starts one of its own."""
        return {**self.__dict__, "_controller": None, "_end": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over the settings."""
        self.__dict__.update(state)
        self._end = lambda: None

    @property
    def process_id(self) -> int | None:
        """Number of the running build's process."""
        return None if self._controller is None else int(self._controller.server.unity_proc.pid)

    def reset(self, scene: str) -> Reply:
        """Load a scene, such as ``FloorPlan1``; start the build before, if it does not run.

        Raises:
            ValueError: the build has no such scene.
            ThorError: the build does not start, dies or does not answer in time.
        """

        def load() -> Any:
            if self._controller is None:
                self._controller = self._start(scene)
                return self._controller.last_event
            self._controller.server.timeout = self.start_timeout
            return self._controller.reset(scene)

        reply = self._ask(load)
        self._controller.server.timeout = self.timeout
        return reply

    def step(self, action: str, **arguments: Any) -> Reply:
        """Carry out one of AI2-THOR's actions.

        Raises:
            ThorError: the build died, did not answer in time, or does not know the action.
        """
        if self._controller is None:
            raise ThorError("AI2-THOR is not running; reset loads a scene and starts it")
        return self._ask(lambda: self._controller.step(action, **arguments))

    def close(self) -> None:
        """End the build and remove its files; a later `reset` starts it again."""
        self._end()
        self._controller, self._end = None, lambda: None

    def _start(self, scene: str) -> Any:
        player = _Player()
        self._end = weakref.finalize(self, player.end)
        return _guarded_controller(player)(
            local_executable_path=shlex.quote(str(self.executable)),
            scene=scene,
            width=self.width,
            height=self.height,
            x_display=self.x_display or os.environ.get("DISPLAY") or ":0",
            server_timeout=self.start_timeout,
            server_start_timeout=self.start_timeout,
            **self.initialize,
        )

    def _ask(self, what: Callable[[], Any]) -> Reply:
        """Do something with the controller; whatever goes wrong ends the build."""
        try:
            event = what()
            metadata, frame = event.metadata, event.frame
            if frame is None or frame.shape != (self.height, self.width, 3):
                size = None if frame is None else frame.shape
                wanted = (self.height, self.width, 3)
                raise ThorError(f"AI2-THOR sent a picture of {size}; asked for was {wanted}")
            return Reply(
                ok=bool(metadata["lastActionSuccess"]),
                error=str(metadata.get("errorMessage") or ""),
                returned=metadata.get("actionReturn"),
                metadata=metadata,
                frame=np.ascontiguousarray(frame),
            )
        except BaseException as error:
            self.close()
            if not isinstance(error, Exception):
                raise
            if "not contained in build" in str(error):
                raise ValueError(" ".join(str(error).split())[:300]) from None
            raise ThorError(_reason(error)) from error


def _reason(error: BaseException) -> str:
    """Say in one line what failed: AI2-THOR's client hides it behind an error of its own."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ThorError):
            return str(inner)
        inner = inner.__cause__ or inner.__context__
    return f"AI2-THOR failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
