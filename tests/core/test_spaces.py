"""`FreeText` crosses every vector environment whole, in time, and never changes afterwards."""

from __future__ import annotations

import copy
import functools
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.vector.utils import batch_space, create_empty_array, iterate

from vl_envs.core.spaces import FreeText, LiveTexts

MAX = 200
LIMIT = 4
"""Steps of an episode of the toy environment."""
SAYINGS = ("plain", "", "🙂é漢\x00\n", "\ud800 lone \udfff", "🙂" * MAX, "x", "\u202e\ufeff")
MODES = tuple(AutoresetMode)


class Echo(gym.Env[dict[str, Any], str]):
    """Says its step count in the picture, and the action it was given (or its seed) in the text."""

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self) -> None:
        image = gym.spaces.Box(0, 255, (4, 5, 3), np.uint8)
        self.observation_space = gym.spaces.Dict(image=image, text=FreeText(MAX))
        self.action_space = FreeText(MAX)
        self.count = 0

    def _look(self, text: str) -> dict[str, Any]:
        return {"image": np.full((4, 5, 3), self.count, np.uint8), "text": text}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start counting at 0."""
        super().reset(seed=seed)
        self.count = 0
        return self._look(f"reset {seed}"), {}

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Count, and echo the action."""
        self.count += 1
        return self._look(action), float(self.count), self.count == LIMIT, False, {}


KINDS: dict[str, Callable[..., VectorEnv[Any, Any, Any]]] = {
    "sync": functools.partial(SyncVectorEnv),
    "sync-nocopy": functools.partial(SyncVectorEnv, copy=False),
    "shared-fork": functools.partial(AsyncVectorEnv, context="fork"),
    "shared-fork-nocopy": functools.partial(AsyncVectorEnv, context="fork", copy=False),
    "pipe-fork": functools.partial(AsyncVectorEnv, context="fork", shared_memory=False),
    "pipe-fork-nocopy": functools.partial(
        AsyncVectorEnv, context="fork", shared_memory=False, copy=False
    ),
    "shared-spawn": functools.partial(AsyncVectorEnv, context="spawn"),
    "shared-forkserver-nocopy": functools.partial(AsyncVectorEnv, context="forkserver", copy=False),
    "pipe-spawn": functools.partial(AsyncVectorEnv, context="spawn", shared_memory=False),
}
# Starting an interpreter for each worker takes a second or more: one autoreset mode will do.
CASES = [
    pytest.param(kind, mode, id=f"{kind}-{mode.name}")
    for kind in KINDS
    for mode in MODES
    if ("spawn" not in kind and "forkserver" not in kind) or mode is AutoresetMode.SAME_STEP
]


@pytest.fixture
def envs(request: pytest.FixtureRequest) -> Iterator[VectorEnv[Any, Any, Any]]:
    """Two toy environments of the kind and with the autoreset mode asked for."""
    kind, mode = request.param
    made: VectorEnv[Any, Any, Any] = KINDS[kind]([Echo, Echo], autoreset_mode=mode)
    yield made
    made.close()


def _check(envs: VectorEnv[Any, Any, Any], observation: Any, texts: list[str], count: int) -> None:
    assert list(observation["text"]) == texts
    assert [observation["text"][i] for i in range(2)] == texts
    assert observation["image"].shape == (2, 4, 5, 3)
    assert (observation["image"] == count).all()
    assert observation in envs.observation_space


@pytest.mark.parametrize(
    "envs", [c.values for c in CASES], indirect=True, ids=[c.id for c in CASES]
)
def test_text_is_never_stale(envs: VectorEnv[Any, Any, Any]) -> None:
    """Every text is of this very step, in each vector environment and autoreset mode."""
    mode = envs.metadata["autoreset_mode"]
    observation, _ = envs.reset(seed=5)
    _check(envs, observation, ["reset 5", "reset 6"], 0)
    count, kept = 0, []
    for number in range(3 * len(SAYINGS)):
        said = [SAYINGS[(number + i) % len(SAYINGS)] for i in range(2)]
        observation, _, terminated, _, infos = envs.step(tuple(said))
        count += 1
        if mode is AutoresetMode.NEXT_STEP and count > LIMIT:
            count, said = 0, ["reset None"] * 2
        elif mode is AutoresetMode.SAME_STEP and count == LIMIT:
            final = infos["final_obs"]
            assert [o["text"] for o in final] == said
            assert all((o["image"] == LIMIT).all() for o in final)
            count, said = 0, ["reset None"] * 2
            assert terminated.all()
        _check(envs, observation, said, count)
        if envs.copy:  # type: ignore[attr-defined]
            kept.append((observation, copy.deepcopy(said), count))
        if mode is AutoresetMode.DISABLED and count == LIMIT:
            assert terminated.all()
            observation, _ = envs.reset(seed=9, options={"reset_mask": np.array([True, True])})
            count = 0
            _check(envs, observation, ["reset 9", "reset 10"], 0)
    for observation, said, count in kept:
        _check(envs, observation, said, count)


@pytest.mark.parametrize(
    "envs",
    [(kind, AutoresetMode.DISABLED) for kind in ("sync", "shared-fork", "pipe-fork-nocopy")],
    indirect=True,
    ids=str,
)
def test_reset_mask_leaves_the_others_alone(envs: VectorEnv[Any, Any, Any]) -> None:
    """With a mask only the chosen environment starts anew; the other's text stays as it was."""
    envs.reset(seed=0)
    envs.step(("one", "two"))
    observation, _ = envs.reset(seed=3, options={"reset_mask": np.array([False, True])})
    assert list(observation["text"]) == ["one", "reset 4"]
    assert [int(image.max()) for image in observation["image"]] == [1, 0]


def _shared() -> LiveTexts:
    from gymnasium.vector.utils import (
        create_shared_memory,
        read_from_shared_memory,
        write_to_shared_memory,
    )

    space = FreeText(5)
    memory = create_shared_memory(space, n=3)
    live = read_from_shared_memory(space, memory, n=3)
    texts: tuple[Any, ...] = ("a", "\ud800", "🙂" * 5, "123456")
    for i, text in enumerate(texts[:3]):
        write_to_shared_memory(space, i, text, memory)
    assert isinstance(live, LiveTexts)
    with pytest.raises(ValueError, match="a text of 6 characters does not fit FreeText"):
        write_to_shared_memory(space, 0, texts[3], memory)
    return live


def test_live_texts_answer_like_a_tuple() -> None:
    """Whatever one asks of the view, it answers as the tuple of its texts would."""
    live, plain = _shared(), ("a", "\ud800", "🙂" * 5)
    assert live == plain and plain == live
    assert len(live) == 3 and bool(live) and live[-1] == plain[-1] and live[1:] == plain[1:]
    assert "a" in live and "b" not in live
    assert live.index("\ud800") == 1 and live.count("a") == 1
    assert live + plain == plain + live == plain * 2
    assert list(reversed(live)) == list(reversed(plain))
    assert repr(live) == repr(plain) and hash(live) == hash(plain)
    first, *rest = live
    assert (first, *rest) == plain
    assert np.array(live, dtype=object).tolist() == list(plain)
    with pytest.raises(IndexError):
        live[3]


def _pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 (our own bytes)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, tuple, _pickled])
def test_copies_of_live_texts_are_plain(duplicate: Any) -> None:
    """A copy of the view is a plain tuple that no longer looks at the memory."""
    live = _shared()
    made = duplicate(live)
    assert type(made) is tuple and made == tuple(live)


def test_membership() -> None:
    """Any string up to the longest is in the space, whatever it holds; nothing else is."""
    space = FreeText(3)
    for text in ("", "abc", "\ud800\x00🙂", np.str_("abc")):
        assert text in space
    for other in ("abcd", b"abc", None, 3, ["a"], ("a",)):
        assert other not in space


def test_samples_are_seeded_and_lie_in_the_space() -> None:
    """The same seed gives the same samples, also of a batch; lengths keep the bound."""
    first, second = FreeText(10, seed=1), FreeText(10, seed=1)
    samples = [first.sample() for _ in range(50)]
    assert samples == [second.sample() for _ in range(50)]
    assert all(sample in first for sample in samples) and len(set(samples)) > 10
    assert samples != [FreeText(10, seed=2).sample() for _ in range(50)]
    one, two = (batch_space(FreeText(10, seed=1), 3) for _ in range(2))
    assert one.sample() == two.sample()
    one.seed(7), two.seed(7)
    sample = one.sample()
    assert sample == two.sample() and sample in one and len(set(sample)) > 1


def test_batches_are_tuples_of_strings() -> None:
    """A batch is walked string by string, and an empty one has empty strings."""
    batch = batch_space(FreeText(10), 2)
    assert isinstance(batch, gym.spaces.Tuple)
    assert list(iterate(batch, ("ab", "cd"))) == ["ab", "cd"]
    assert create_empty_array(FreeText(10), 2) == ("", "")


def test_equality_pickling_and_repr() -> None:
    """Spaces are equal when their lengths are; a pickled one also samples on alike."""
    space = FreeText(7, seed=3)
    assert space == FreeText(7) and hash(space) == hash(FreeText(7))
    assert space != FreeText(8) and space != gym.spaces.Text(7)
    assert repr(space) == "FreeText(7)"
    space.sample()
    twin = _pickled(space)
    assert twin == space and twin.sample() == space.sample()
    assert not space.is_np_flattenable


@pytest.mark.parametrize("length", [0, -1])
def test_impossible_lengths_are_refused(length: int) -> None:
    """A space needs room for a character, and says what it got."""
    with pytest.raises(ValueError, match=f"at least 1, got {length}"):
        FreeText(length)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_text_too_long_for_the_space_is_told_by_the_vector_env() -> None:
    """A text that does not fit is an error in the parent, never a cut or a neighbour's slot."""

    class Chatty(Echo):
        def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
            return self._look("y" * (MAX + 1)), 0.0, False, False, {}

    envs = AsyncVectorEnv([Chatty, Chatty], context="fork")
    envs.reset(seed=0)
    with pytest.raises(ValueError, match=f"a text of {MAX + 1} characters does not fit"):
        envs.step(("a", "b"))
    envs.close(terminate=True)
