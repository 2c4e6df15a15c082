"""README.md is fresh, and what it points to exists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import make_readme
from vl_envs.registry import ENVIRONMENTS

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
)
MARKERS = "<!-- environments:begin -->\nold\n<!-- environments:end -->\n"


def links(markdown: str) -> set[str]:
    """Find the targets of links and images, those in code left out."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)
    inline = re.findall(r"\]\(\s*<?([^)\s>]+)", text)
    return {*inline, *re.findall(r"<(?:img|a)\s[^>]*?(?:src|href)=[\"']([^\"']+)", text)}


def examples() -> list[str]:
    """Find the Python examples of README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def anchors(markdown: str) -> set[str]:
    """Make the anchors of a page's headings, as GitHub does."""
    text = re.sub(r"^```.*?^```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+\s+(.+?)\s*$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_readme_is_fresh() -> None:
    """`make docs` would change nothing."""
    assert make_readme.main(["--check"]) == 0


def test_readme_names_every_environment() -> None:
    """The table has one row for each registered id."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [row.id for row in ENVIRONMENTS if text.count(f"| `{row.id}` |") != 1] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_exist(page: str) -> None:
    """Every local link, picture and anchor leads somewhere."""
    text = (ROOT / page).read_text(encoding="utf-8")
    missing = []
    for link in links(text):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        target = ROOT / page if not path else (ROOT / page).parent / path
        found = target.exists()
        if found and anchor:
            found = anchor in anchors(target.read_text(encoding="utf-8"))
        if not found:
            missing.append(link)
    assert missing == []


def test_examples_are_python() -> None:
    """Every Python example compiles."""
    for code in examples():
        compile(code, "README.md", "exec")


def test_example_environment_passes_the_checker(tmp_path: Path) -> None:
    """The example of one's own environment runs as a script, `check_vl_env` included."""
    (code,) = (code for code in examples() if "check_vl_env(" in code)
    script = tmp_path / "example.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}", encoding="utf-8")
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_links_are_found_outside_code_only() -> None:
    """Links, pictures and HTML count; code does not."""
    text = (
        '[a](x.md) ![b](y.png "t") <img alt="c" src="z.gif"> `[no](no.md)`\n```\n[no](no)\n```\n'
        "[d](https://example.org/#e)\n# It's a Title\n"
    )
    assert links(text) == {"x.md", "y.png", "z.gif", "https://example.org/#e"}
    assert anchors(text) == {"its-a-title"}


def test_stale_readme_is_told_then_repaired(tmp_path: Path) -> None:
    """``--check`` says 1 and changes nothing; a run repairs the page; ``--check`` then says 0."""
    readme = tmp_path / "README.md"
    readme.write_text(MARKERS, encoding="utf-8")
    assert make_readme.main(["--check"], readme) == 1
    assert readme.read_text(encoding="utf-8") == MARKERS
    assert make_readme.main([], readme) == 0
    assert ENVIRONMENTS[0].id in readme.read_text(encoding="utf-8")
    assert make_readme.main(["--check"], readme) == 0


@pytest.mark.parametrize("text", ["", MARKERS * 2, "<!-- a:end --> <!-- a:begin -->"])
def test_missing_or_repeated_markers_are_refused(text: str) -> None:
    """A page without its pair of markers is an error, never left as it is in silence."""
    with pytest.raises(ValueError, match="each exactly once"):
        make_readme.replace_between(text, "environments", "new")


def test_json_table(tmp_path: Path) -> None:
    """Rows become lines, numbers are rounded and set right, bars are escaped."""
    path = tmp_path / "t.json"
    rows = [{"what": "a|b", "n": 1234.5, "x": 0.12345}, {"what": "c", "n": 7, "x": 1.0}]
    path.write_text(json.dumps({"rows": rows}), encoding="utf-8")
    assert make_readme.json_table(path).splitlines() == [
        "| what | n | x |",
        "| --- | ---: | ---: |",
        "| a\\|b | 1,234 | 0.123 |",
        "| c | 7 | 1 |",
    ]


@pytest.mark.parametrize("data", [[], {"rows": []}, {"rows": [{"a": 1}, {"b": 1}]}])
def test_malformed_json_table_names_the_file(tmp_path: Path, data: object) -> None:
    """A file without rows, or with uneven ones, is refused by its path."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(str(path))):
        make_readme.json_table(path)
