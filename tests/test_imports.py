"""Imports point one way: `vl_envs.core`, then a family; `vl_envs`, `policies`, `algorithms`.

The rules are read from the source by `ast`, so that imports inside functions and under
``TYPE_CHECKING`` count as well, and so do modules whose simulator is not installed.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vl_envs", "policies", "algorithms")
OUTSIDE = ("examples", "benchmarks", "scripts", "tests")
"""Folders of the repository that use the packages and that no package may use."""
BASE = {"gymnasium", "numpy", "PIL"}
"""What `vl_envs` may import at the top of a module, beside the standard library."""
FACES = {"vl_envs.games.zoo": "pettingzoo"}
"""Modules that make the classes of another library, which nothing of the suite imports."""
BY_NAME = {"__import__", "import_module", "require"}
"""Calls that import the module named by their first argument."""


@dataclass(frozen=True)
class Import:
    """One import: who imports what, in which line, and whether only when it is needed."""

    module: str
    target: str
    line: int
    lazy: bool


def violations(root: Path) -> list[str]:
    """Name every import below ``root`` that points the wrong way, one line each."""
    files = {_module(path, root): path for name in PACKAGES for path in (root / name).rglob("*.py")}
    top = {module for module, path in files.items() if path.parent == root / "vl_envs"}
    return [
        f"{found.module}:{found.line} imports {found.target}: {problem}"
        for module, path in sorted(files.items())
        for found in _imports(module, path, set(files))
        if (problem := _problem(found, top))
    ]


def _module(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _area(module: str, top: set[str]) -> str:
    """Name the part of the suite, such as ``policies``, ``vl_envs.core`` or ``vl_envs.tool``.

    A module of ``top``, directly in `vl_envs`, is in the area ``vl_envs``.
    """
    parts = module.split(".")
    area = ".".join(parts[: 2 if parts[0] == "vl_envs" else 1])
    return "vl_envs" if area in top else area


def _problem(found: Import, top: set[str]) -> str | None:
    """Say what is wrong with an import, or None if nothing is."""
    here, there = _area(found.module, top), _area(found.target, top)
    if there not in (*PACKAGES, *OUTSIDE) and not there.startswith("vl_envs."):
        return _third_party_problem(here, found) if here.startswith("vl_envs") else None
    if here == "vl_envs.core":
        allowed = {"vl_envs.core"}
    elif here == "vl_envs":
        allowed = {"vl_envs", "vl_envs.core"}
    elif here.startswith("vl_envs."):
        allowed = {"vl_envs.core", here}
    elif here == "policies":
        allowed = {"vl_envs", "vl_envs.core", "policies"}
    else:
        allowed = {"vl_envs", "vl_envs.core", "policies", "algorithms"}
    return None if there in allowed else f"{here} may import only {', '.join(sorted(allowed))}"


def _third_party_problem(here: str, found: Import) -> str | None:
    package = found.target.split(".")[0]
    if package == "torch":
        return f"{here} must not need torch"
    if FACES.get(found.module) == package:
        return None
    if found.lazy or package in BASE or package in sys.stdlib_module_names:
        return None
    return "only base dependencies may be imported at the top of a module"


def _imports(module: str, path: Path, known: set[str]) -> Iterator[Import]:
    """Find all imports of one file, relative ones resolved."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, lazy in _walk(ast.parse(path.read_text(encoding="utf-8"), str(path)), lazy=False):
        for target in _targets(node, package, known):
            yield Import(module, target, getattr(node, "lineno", 0), lazy)


def _walk(node: ast.AST, lazy: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Walk the tree; what stands in a function or under ``TYPE_CHECKING`` is lazy."""
    yield node, lazy
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        for child in node.body:
            yield from _walk(child, lazy=True)
        for child in node.orelse:
            yield from _walk(child, lazy)
        return
    inside = lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    for part in ast.iter_child_nodes(node):
        yield from _walk(part, inside)


def _targets(node: ast.AST, package: str, known: set[str]) -> list[str]:
    """Name the modules that one node imports, as absolute names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absolute("." * node.level + (node.module or ""), package)
        # `from package import name` imports a module where there is one of that name.
        named = [f"{base}.{alias.name}" for alias in node.names]
        packages = {name.rpartition(".")[0] for name in known}
        modules = [name for name in named if name in known | packages]
        return modules if len(modules) == len(named) else [*modules, base]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in BY_NAME and isinstance(node.args[0].value, str):
            return [_absolute(node.args[0].value, package)]
    return []


def _absolute(name: str, package: str) -> str:
    """Resolve leading dots against ``package``."""
    tail = name.lstrip(".")
    level = len(name) - len(tail)
    if level == 0:
        return name
    parts = package.split(".")
    if level > len(parts):
        return name  # reaches above the top: Python itself refuses it
    base = ".".join(parts[: len(parts) - level + 1])
    return f"{base}.{tail}" if tail else base


def test_imports_point_one_way() -> None:
    """The suite itself keeps to the rules, and was found at all."""
    assert violations(ROOT) == []
    assert (ROOT / "vl_envs" / "core" / "env.py").exists()


TREE = {
    "vl_envs/__init__.py": "",
    "vl_envs/registry.py": "",
    "vl_envs/core/__init__.py": "",
    "vl_envs/core/env.py": "",
    "vl_envs/tool/__init__.py": "",
    "vl_envs/tool/world.py": "",
    "vl_envs/gui/__init__.py": "",
    "vl_envs/gui/screen.py": "",
    "policies/__init__.py": "",
    "policies/policy.py": "",
    "algorithms/__init__.py": "",
    "algorithms/grpo.py": "",
}


def _check(tmp_path: Path, file: str, code: str) -> list[str]:
    for name, text in {**TREE, file: code}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return violations(tmp_path)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("vl_envs/core/bad.py", "import vl_envs.tool"),
        ("vl_envs/core/bad.py", "from .. import gui"),
        ("vl_envs/core/bad.py", "from ..registry import ENVIRONMENTS"),
        ("vl_envs/core/bad.py", "from vl_envs.gui.screen import draw"),
        ("vl_envs/__init__.py", "from . import tool"),
        ("vl_envs/__init__.py", "from .gui.screen import draw"),
        ("vl_envs/registry.py", "import vl_envs.gui.screen as s"),
        ("vl_envs/tool/bad.py", "from vl_envs.gui import screen"),
        ("vl_envs/tool/bad.py", "from vl_envs import core, gui"),
        ("vl_envs/tool/bad.py", "from ..gui.screen import draw"),
        ("vl_envs/tool/__init__.py", "from ..gui import screen"),
        ("vl_envs/tool/deep/bad.py", "from ...gui import screen"),
        ("vl_envs/tool/bad.py", "import vl_envs.registry"),
        ("vl_envs/tool/bad.py", "def f():\n    from ..gui import screen"),
        ("vl_envs/tool/bad.py", "class A:\n    def f(self):\n        import policies"),
        ("vl_envs/tool/bad.py", "if TYPE_CHECKING:\n    import algorithms.grpo"),
        ("vl_envs/tool/bad.py", "if TYPE_CHECKING:\n    import torch"),
        ("vl_envs/tool/bad.py", "async def f():\n    from torch.nn import Linear"),
        ("vl_envs/tool/bad.py", "def f():\n    return require('torch', 'train')"),
        ("vl_envs/tool/bad.py", "importlib.import_module('..gui.screen', __package__)"),
        ("vl_envs/tool/bad.py", "__import__('policies.policy')"),
        ("vl_envs/tool/bad.py", "import miniworld"),
        ("vl_envs/tool/bad.py", "from tantivy import Index"),
        ("vl_envs/tool/bad.py", "try:\n    import tantivy\nexcept ImportError:\n    pass"),
        ("vl_envs/tool/bad.py", "class A:\n    import tantivy"),
        ("vl_envs/tool/bad.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import tantivy"),
        ("vl_envs/tool/bad.py", "INDEX = require('tantivy', 'search')"),
        ("vl_envs/tool/bad.py", "from tests.helpers import x"),
        ("policies/bad.py", "from algorithms import grpo"),
        ("policies/bad.py", "import vl_envs.tool.world"),
        ("policies/deep/bad.py", "from algorithms.grpo import GRPO"),
        ("policies/bad.py", "from vl_envs import tool"),
        ("policies/bad.py", "def f():\n    from vl_envs.tool.world import World"),
        ("policies/bad.py", "import examples.train"),
        ("algorithms/bad.py", "from vl_envs.tool import world"),
        ("algorithms/bad.py", "if typing.TYPE_CHECKING:\n    import vl_envs.gui.screen"),
        ("algorithms/bad.py", "from examples import train"),
        ("algorithms/bad.py", "import benchmarks.throughput"),
    ],
)
def test_wrong_directions_are_caught(tmp_path: Path, file: str, code: str) -> None:
    """Each of these imports breaks one rule and is named, once, with its module and line."""
    (found,) = _check(tmp_path, file, code)
    module = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    assert found.startswith(f"{module}:")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("vl_envs/core/good.py", "import json, numpy as np\nfrom PIL import Image"),
        ("vl_envs/core/good.py", "from . import env\nfrom .env import VLEnv\nimport vl_envs.core"),
        ("vl_envs/core/good.py", "gym.register(id='x', entry_point='vl_envs.tool.world:World')"),
        ("vl_envs/__init__.py", "from .registry import ENVIRONMENTS\nfrom .core import env"),
        ("vl_envs/tool/good.py", "from ..core.env import VLEnv\nfrom . import world"),
        ("vl_envs/tool/deep/good.py", "from ..world import World\nfrom ...core import env"),
        ("vl_envs/tool/good.py", "def f():\n    import tantivy"),
        ("vl_envs/tool/good.py", "def f():\n    return require('tantivy', 'search')"),
        ("vl_envs/tool/good.py", "if TYPE_CHECKING:\n    import tantivy"),
        ("vl_envs/extra.py", "from . import registry\nfrom .core.env import VLEnv"),
        ("policies/good.py", "import torch, vl_envs\nfrom vl_envs.core import env"),
        ("policies/good.py", "from vl_envs.registry import ENVIRONMENTS\nfrom . import policy"),
        ("algorithms/good.py", "import torch\nfrom policies.policy import Policy"),
        ("algorithms/good.py", "from vl_envs.core.env import VLEnv\nfrom .grpo import GRPO"),
    ],
)
def test_right_directions_pass(tmp_path: Path, file: str, code: str) -> None:
    """None of these imports is held against its module."""
    assert _check(tmp_path, file, code) == []


def test_importing_vl_envs_is_light() -> None:
    """`import vl_envs` brings in no training library, no plots and no environment."""
    code = "import sys, vl_envs; print(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    heavy = {"torch", "transformers", "matplotlib", "policies", "algorithms"}
    assert not loaded & heavy
    families = {f"vl_envs.{path.parent.name}" for path in ROOT.glob("vl_envs/*/__init__.py")}
    assert "vl_envs" in loaded
    assert not loaded & (families - {"vl_envs.core"})
