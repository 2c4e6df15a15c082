"""MiniWorld's bugs with processes, memory and missing libraries, and how they are told or mended.

Each case is a process of its own: what OpenGL does to one cannot be undone in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.miniworld.worlds import make

ROOT = Path(__file__).parents[2]


def run(
    code: str, script: Path | None = None, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own; a hang is an error."""
    code = textwrap.dedent(code)
    if script is not None:
        script.write_text(code, encoding="utf-8")
    arguments = ["-c", code] if script is None else [str(script)]
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(variables or {})},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_environments_that_come_and_go_leave_no_memory_behind() -> None:
    """200 times make, reset, close: resident memory grows by less than 20 MB (MiniWorld: GBs)."""
    done = run(
        """
        import gc, resource
        from pathlib import Path
        import gymnasium as gym, vl_envs

        def resident():
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            return pages * resource.getpagesize() / 2**20

        tasks = ("Hallway", "OneRoom", "PutNext", "TMaze")
        for i in range(220):
            env = gym.make(f"VLMiniWorld/{tasks[i % 4]}-v0", image_size=128)
            env.reset(seed=i)
            if i % 2:
                env.close()  # every other one is only forgotten
            del env
            if i == 19:
                before = resident()
        print(resident() - before)
        """
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 20


DRAW = """
    import multiprocessing, sys
    from vl_envs.miniworld.env import MiniWorldEnv

    def draw(seed=0):
        env = MiniWorldEnv("Hallway", image_size=32)
        return int(env.reset(seed=seed)[0]["image"].sum())

    def child(queue):
        try:
            queue.put(draw())
        except RuntimeError as error:
            queue.put(str(error))

    if __name__ == "__main__":
        {parent}
        context = multiprocessing.get_context("{method}")
        queue = context.Queue()
        process = context.Process(target=child, args=(queue,))
        process.start()
        print(queue.get(timeout=120))
        process.join()
"""


def test_a_fork_after_drawing_is_told_what_to_do(tmp_path: Path) -> None:
    """MiniWorld hangs there; here the child gets an error that names ``spawn``."""
    done = run(DRAW.format(parent="draw()", method="fork"), tmp_path / "script.py")
    assert "forked off" in done.stdout and "{'context': 'spawn'}" in done.stdout, done.stderr


def test_a_fork_of_a_used_environment_is_told_too() -> None:
    """Also where the child goes on with the parent's environment, world and all."""
    done = run(
        """
        import os
        from vl_envs.miniworld.env import MiniWorldEnv
        env = MiniWorldEnv("Hallway", image_size=32)
        env.reset(seed=0)
        if os.fork():
            print(os.waitstatus_to_exitcode(os.wait()[1]))
        else:
            try:
                env.step(env.parser.write("turn_left", {}))
            except RuntimeError as error:
                os._exit(7 if "spawn" in str(error) else 1)
            os._exit(0)
        """
    )
    assert done.stdout.strip() == "7", done.stderr


@pytest.mark.parametrize(("parent", "method"), [("pass", "fork"), ("draw()", "spawn")])
def test_other_starts_work(parent: str, method: str, tmp_path: Path) -> None:
    """A fork off a process that never drew, and a fresh process, draw what is drawn here."""
    expected = int(make("Hallway", image_size=32)._observe().image.sum())
    done = run(DRAW.format(parent=parent, method=method), tmp_path / "script.py")
    assert done.stdout.strip() == str(expected), done.stderr


VECTOR = """
    import gymnasium as gym, vl_envs
    if __name__ == "__main__":
        {parent}
        envs = gym.make_vec(
            "VLMiniWorld/Hallway-v0", num_envs=2, vectorization_mode="async", image_size=32,
            vector_kwargs={{"context": "{method}"}},
        )
        observation, _ = envs.reset(seed=[0, 1])
        observation, *_ = envs.step(envs.call("expert_action"))
        print(observation["image"].shape, observation["text"][0].split("\\n")[0])
        envs.close()
"""
DRAWN = 'gym.make("VLMiniWorld/OneRoom-v0").reset(seed=0)'


@pytest.mark.parametrize(("parent", "method"), [("pass", "fork"), (DRAWN, "spawn")])
def test_vector_environments_work(parent: str, method: str, tmp_path: Path) -> None:
    """Asynchronous ones: forked where nothing was drawn before, spawned anywhere."""
    done = run(VECTOR.format(parent=parent, method=method), tmp_path / "script.py")
    assert done.stdout.strip() == "(2, 32, 32, 3) Go to the red box.", done.stderr


def test_a_second_thread_is_told_what_to_do() -> None:
    """It would get black pictures; the first goes on as before."""
    env = make("Hallway")
    before = env._observe().image
    told = []

    def draw() -> None:
        try:
            env.reset(seed=0)
        except RuntimeError as error:
            told.append(str(error))

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join()
    assert len(told) == 1 and "another thread" in told[0]
    assert np.array_equal(env._observe().image, before)


MAKE = """
    import ctypes, sys
    {breaking}
    import gymnasium as gym, vl_envs
    env = gym.make("VLMiniWorld/Hallway-v0")
    for _ in range(2):  # also when tried again
        try:
            env.reset(seed=0)
            print("drawn")
        except ImportError as error:
            print(error)
"""
LACKING = """
    real = ctypes.CDLL.__init__
    def load(self, name=None, *rest, **others):
        if name and {name!r} in name:
            raise OSError(f"{{name}}: cannot open shared object file: No such file or directory")
        real(self, name, *rest, **others)
    ctypes.CDLL.__init__ = load
"""


@pytest.mark.parametrize("library", ["libEGL", "libGL.", "libGLU"])
def test_a_missing_library_is_named_with_its_package(library: str) -> None:
    """Where the loader does not find a library, one line says what to install."""
    breaking = LACKING.format(name=library)
    lines = run(MAKE.format(breaking=breaking)).stdout.strip().split("\n")
    name = library.removeprefix("lib").removesuffix(".")
    assert len(lines) == 2
    assert lines[0].startswith(f'MiniWorld cannot draw: Library "{name}" not found.')
    for line in lines:
        assert line.startswith("MiniWorld cannot draw: ")
        assert "apt-get install libegl1 libgl1 libglu1-mesa libgl1-mesa-dri" in line


@pytest.mark.parametrize(
    "variable", ["__EGL_VENDOR_LIBRARY_DIRS", "LIBGL_DRIVERS_PATH", "GALLIUM_DRIVER"]
)
def test_a_missing_driver_is_told_too(variable: str) -> None:
    """As where ``libgl1-mesa-dri`` is not installed: the libraries are there, but no driver."""
    done = run(MAKE.format(breaking=""), variables={variable: "/nonexistent"})
    if "drawn" in done.stdout:
        pytest.skip(f"this OpenGL draws without {variable}")
    assert "MiniWorld cannot draw: " in done.stdout and "libgl1-mesa-dri" in done.stdout


@pytest.mark.parametrize("package", ["miniworld", "pyglet"])
def test_a_missing_extra_is_named(package: str) -> None:
    """Without the extra one line says how to install it; making alone needs nothing."""
    breaking = f"sys.modules[{package!r}] = None"
    for line in run(MAKE.format(breaking=breaking)).stdout.strip().split("\n"):
        assert line.endswith("comes with: pip install 'vl-envs[miniworld]'")
