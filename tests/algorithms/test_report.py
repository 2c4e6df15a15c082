"""What a person is shown: curves, frames, GIFs and the page, from hand-made and real episodes."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import vl_envs  # noqa: F401  (registers the environments)
from algorithms.curves import learning_curve, positions, read_metrics
from algorithms.files import write_atomically
from algorithms.report import write_html
from algorithms.rollout import Episode, Turn, collect, make_envs
from algorithms.storyboard import (
    HEIGHT,
    WIDTH,
    Said,
    clean,
    episode_frames,
    read_said,
    write_gif,
)
from policies.policy import Generation
from policies.scripted import ExpertPolicy

HOSTILE = "</pre></title><script>alert('x')</script><img src=x onerror=y> \ud800 \x00 \u202eabc"


def make_episode(*answers: str, side: tuple[int, int] = (40, 40), seed: int = 0) -> Episode:
    """Make an episode by hand; the last answer is right."""
    picture = np.random.default_rng(seed).integers(0, 256, (*side, 3), np.uint8)
    turns = [
        Turn({"image": picture, "text": f"text {i}"}, Generation(answer))
        for i, answer in enumerate(answers)
    ]
    turns[-1].reward, turns[-1].reward_terms = 1.0, {"em": 0.5, "f1": 0.5}
    return Episode(seed, "task", turns, terminated=True, success=True)


def make_hostile() -> Episode:
    """Make an episode that tries to break out of whatever shows it, everywhere."""
    call = json.dumps({"name": HOSTILE, "arguments": {HOSTILE: HOSTILE}})
    episode = make_episode(
        f"<think>{HOSTILE}</think><search>{HOSTILE}</search>",
        HOSTILE,
        f"<tool_call>{call}</tool_call>",
        "W" * 16384,
        "[" * 16384,
        "",
        side=(30, 500),
    )
    for turn in episode.turns:
        turn.observation["text"] = f"{HOSTILE}\n" * 100
        turn.reward_terms = {HOSTILE: -1.0}
    episode.task_id = episode.env_error = HOSTILE
    episode.final_observation = {"image": np.zeros((448, 448, 3), np.uint8), "text": HOSTILE}
    return episode


@pytest.fixture(scope="module")
def expert() -> Episode:
    """Play one episode of the small search environment with its expert."""
    envs = make_envs("VLTool/MatSearchSmall-v0", 1)
    (episode,) = collect(envs, ExpertPolicy(envs), [0])
    return episode


class Page(HTMLParser):
    """Parses a page strictly: counts tags, keeps words and pictures, checks the nesting."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.pictures: list[bytes] = []
        self._open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag; decode a picture; nothing may come from elsewhere or run."""
        self.tags.append(tag)
        given = dict(attrs)
        assert not any(name.startswith("on") or name == "href" for name in given)
        if tag == "img":
            kind, _, data = (given["src"] or "").partition(";base64,")
            assert kind.startswith("data:image/")
            self.pictures.append(base64.b64decode(data, validate=True))
        if tag not in ("meta", "img"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep what is to be read."""
        self.text += data


def metrics(path: Path, *rows: dict[str, object], tail: str = "") -> Path:
    """Write ``metrics.jsonl``."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + tail, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>a</think> <search> b </search>", Said("a", "search", "b")),
        ("<answer>b</answer>", Said("", "answer", "b")),
        ('<tool_call>{"name": "zoom", "arguments": {"k": 2}}</tool_call>', Said("", "zoom", "2")),
        ('{"thoughts": "a", "action": "left"}', Said("a", "left", "")),
        ('```json\n{"action": {"name": "go", "arguments": {}}}\n```', Said("", "go", "")),
        ("<search>a</answer>", Said("", "", "<search>a</answer>")),
        ("[1]", Said("", "", "[1]")),
    ],
)
def test_read_said_knows_the_dialects(text: str, said: Said) -> None:
    """Each dialect is taken apart; what is none of them stays whole."""
    assert read_said(text) == said


def test_clean_makes_any_text_writable() -> None:
    """Lone surrogates, controls and turned direction are replaced; letters and lines stay."""
    assert clean("é日😀\t\r\n\ud800\x00\u202e\x9b") == "é日😀\t\n" + "\ufffd" * 4
    assert clean("".join(map(chr, range(0x110000)))).encode("utf-8")


def test_frames_are_of_one_size(expert: Episode) -> None:
    """One frame a turn, of one size, whatever the picture's size and the length of the texts."""
    for episode in (expert, make_hostile(), make_episode("x", side=(448, 448))):
        frames = episode_frames(episode, HOSTILE)
        assert len(frames) == len(episode.turns)
        assert {frame.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}
        assert all(frame.dtype == np.uint8 for frame in frames)


def test_frame_shows_a_small_picture_in_whole_pixels() -> None:
    """A picture of 40 pixels is enlarged nine times, each pixel a square of its own colour."""
    episode = make_episode("<answer>x</answer>")
    (frame,) = episode_frames(episode)
    picture = episode.turns[0].observation["image"]
    enlarged = picture.repeat(9, axis=0).repeat(9, axis=1)
    assert np.array_equal(frame[84 : 84 + 360, 36 : 36 + 360], enlarged)


def test_gif_can_be_read(tmp_path: Path, expert: Episode) -> None:
    """The GIF has a frame for every turn, each shown 1.5 to 2.5 seconds, and runs for ever."""
    episodes = [expert, make_hostile()]
    write_gif(episodes, tmp_path / "new" / "x.gif", ["before", "after"])
    with Image.open(tmp_path / "new" / "x.gif") as gif:
        assert getattr(gif, "n_frames", 1) == sum(len(episode.turns) for episode in episodes)
        assert gif.size == (WIDTH, HEIGHT)
        assert gif.info["loop"] == 0
        for i in range(getattr(gif, "n_frames", 1)):
            gif.seek(i)
            assert 1500 <= gif.info["duration"] <= 2500
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["x.gif"]


def test_gif_refuses_nothing_and_wrong_titles(tmp_path: Path) -> None:
    """Without a turn, or with too few titles, there is an error and no file."""
    with pytest.raises(ValueError, match="at least one episode"):
        write_gif([Episode(0)], tmp_path / "x.gif")
    with pytest.raises(ValueError, match="came 1 for 2 episodes"):
        write_gif([make_episode("x")] * 2, tmp_path / "x.gif", ["one"])
    assert list(tmp_path.iterdir()) == []


def test_page_shows_sections_side_by_side(tmp_path: Path, expert: Episode) -> None:
    """One article for each task with a column for each section; pictures and words are there."""
    curve = tmp_path / "curve.png"
    learning_curve(metrics(tmp_path / "m", {"rollout/success": 0.5}), curve)
    before, more = make_episode("<search>first try</search>"), make_episode("x", seed=7)
    before.seed, before.task_id = expert.seed, expert.task_id
    summary = {
        "success": {"before": 0.0, "after": 0.987654},
        "turns": 12345,
        "best": np.float32(0.25),
        "gone": None,
    }
    sections = [("before", [before]), ("after", [expert, more])]
    write_html(sections, tmp_path / "x.html", "A run", curve, summary)
    page = Page(tmp_path / "x.html")
    assert page.tags.count("article") == 2
    assert page.tags.count("section") == 4
    for words in (
        "A run",
        "0.988",
        "12,345",
        "0.25",
        "first try",
        "not played",
        "em 1.00",
        "success",
    ):
        assert words in page.text
    for turn in expert.turns:
        assert read_said(turn.generation.text).body in page.text
    assert expert.turns[1].observation["text"].strip() in page.text
    assert page.pictures[0] == curve.read_bytes()
    shown = [np.asarray(Image.open(io.BytesIO(data))) for data in page.pictures[1:]]
    assert any(np.array_equal(expert.turns[0].observation["image"], image) for image in shown)
    assert any(np.array_equal(more.turns[0].observation["image"], image) for image in shown)


def test_page_sets_a_group_beside_a_group(tmp_path: Path) -> None:
    """The k-th episode of a seed stands beside the k-th of the other section."""
    before = [make_episode("<answer>b0</answer>"), make_episode("<answer>b1</answer>")]
    after = [make_episode("<answer>a0</answer>"), make_episode("<answer>a1</answer>")]
    write_html([("before", before), ("after", after)], tmp_path / "x.html", "t")
    text = Page(tmp_path / "x.html").text
    places = [text.index(word) for word in ("b0", "a0", "b1", "a1")]
    assert places == sorted(places)


def test_page_escapes_everything(tmp_path: Path) -> None:
    """Hostile text, wherever it comes from, adds no tag and is shown as it was written."""
    harmless, hostile = tmp_path / "a.html", tmp_path / "b.html"
    tame = make_hostile()
    write_html([("s", [tame])], harmless, "t", summary={"a": {"b": "c"}})
    summary = {HOSTILE: {HOSTILE: HOSTILE}}
    write_html([(HOSTILE, [make_hostile()])], hostile, HOSTILE, summary=summary)
    page = Page(hostile)
    assert page.tags == Page(harmless).tags
    assert "script" not in page.tags
    assert page.text.count("<script>alert('x')</script>") > 20
    assert "<script" not in hostile.read_text(encoding="utf-8")


def test_page_takes_empty_episodes_and_refuses_no_section(tmp_path: Path) -> None:
    """An episode without turns is shown; no section and a strange curve are refused."""
    write_html([("a", [Episode(3)]), ("b", [])], tmp_path / "x.html", "t")
    assert "seed 3" in Page(tmp_path / "x.html").text
    with pytest.raises(ValueError, match="at least one section"):
        write_html([], tmp_path / "y.html", "t")
    with pytest.raises(ValueError, match=r"curve\.pdf"):
        write_html([("a", [])], tmp_path / "y.html", "t", tmp_path / "curve.pdf")
    assert not (tmp_path / "y.html").exists()


def test_curve_is_drawn_from_an_interrupted_run(tmp_path: Path) -> None:
    """Stages, missing keys, evaluations, a repeated update and an unfinished line all pass."""
    key = "eval/val/greedy/success"
    rows: list[dict[str, object]] = [
        {"stage": "sft", "update": 0, "episodes": 8, key: 0.1, f"{key}_low": 0.0},
        {"stage": "sft", "update": 1, "episodes": 16, "loss/policy": 0.3},
        *(
            {
                "stage": "grpo",
                "update": i % 20,
                "episodes": 16 + 8 * (i % 20 + 1),
                "rollout/success": i / 40,
                "rollout/valid": 1.0,
                "rollout/length": 2,
                "policy/entropy": float("nan") if i == 3 else 0.5,
            }
            for i in range(40)
        ),
        {"stage": "a $x$ <b>", "update": 0, "eval/test/a/b/sampled/success": 0.9},
        {"stage": None, "rollout/success": "text"},
    ]
    path = metrics(tmp_path / "metrics.jsonl", *rows, tail='[1]\n\n{"stage": "gr')
    for name in ("curve.png", "curve.svg"):
        learning_curve(path, tmp_path / name)
    with Image.open(tmp_path / "curve.png") as picture:
        assert picture.width == 1200
    assert b"</svg>" in (tmp_path / "curve.svg").read_bytes()


@pytest.mark.parametrize(
    ("counts", "xs", "label"),
    [
        ([None, 8, 16, 20, 24], [0, 8, 16, 20, 24], "episodes"),
        ([None, 8, None, 16], [0, 8, 8, 16], "episodes"),
        ([None, None], [1, 2], "updates"),
    ],
)
def test_positions_go_on_from_stage_to_stage(
    counts: list[int | None], xs: list[float], label: str
) -> None:
    """Episodes counted in the run give the axis; without them, updates do."""
    found, name = positions([{} if n is None else {"episodes": n} for n in counts])
    assert (found.tolist(), name) == (xs, label)


def test_metrics_of_a_resumed_run_count_once(tmp_path: Path) -> None:
    """A broken line is skipped, and an update made again after it takes the first one's place."""
    path = tmp_path / "metrics.jsonl"
    rows: list[dict[str, object]] = [
        {"stage": "grpo", "update": i, "rollout/success": i / 10} for i in (0, 1, 2)
    ]
    metrics(path, *rows, tail='{"stage": "grpo", "upd\n')
    again = [{"stage": "grpo", "update": i, "rollout/success": 0.9} for i in (1, 2, 3)]
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in again)
    assert read_metrics(path) == [rows[0], *again]


@pytest.mark.parametrize("content", ["", '{"stage": "sft", "upd', "[1]\n", '{"update": 1}\n'])
def test_curve_of_nothing_says_so(tmp_path: Path, content: str) -> None:
    """Without a line, or without anything to draw, there is a clear error and no file."""
    path = tmp_path / "metrics.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"metrics\.jsonl has (no metrics|nothing to draw)"):
        learning_curve(path, tmp_path / "curve.png")
    assert not (tmp_path / "curve.png").exists()


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays, and no temporary file is left, when writing breaks off."""
    path = tmp_path / "x"
    write_atomically(path, b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
