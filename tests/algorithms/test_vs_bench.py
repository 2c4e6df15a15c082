"""VS-Bench's protocol: random play is 0, reference play 100, and models are told and read."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from algorithms.vs_bench import PolicySpeaker, interval
from policies.context import Context
from policies.policy import Generation
from policies.tiny import tiny_policy
from vl_envs.games.asking import Score, Telling
from vl_envs.games.game import Game
from vl_envs.games.referee import Referee
from vl_envs.games.table import game_class, make_game
from vl_envs.games.vs_bench import GAMES, decision_making, perception, published, reasoning

torch.set_num_threads(1)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "vs_bench.py"
GRIDS = ("coin_dilemma", "monster_hunt", "battle_of_the_colors")


@pytest.mark.parametrize("name", [*GRIDS, "overcooked", "kuhn_poker"])
def test_random_is_0_and_the_reference_100(name: str) -> None:
    """As near as the published numbers, which are of 10 matches, are to ours."""
    if name == "kuhn_poker":
        pytest.importorskip("pyspiel")
    for contender, worth in (("random", 0), ("reference", 100)):
        score = decision_making(contender, name, 40)
        assert len(score.values) == 40
        low, high = interval(score)
        assert low - 20 < worth < high + 20
        assert low <= score.value <= high


class Says:
    """Says the same to everyone, and keeps what it was told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.contexts: list[Context] = []
        self.batches: list[int] = []

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer."""
        self.contexts += contexts
        self.batches.append(len(contexts))
        return [Generation(self.text) for _ in contexts]


def test_unread_answers_are_random_moves() -> None:
    """What holds no move is counted, and a random one made: the score is random play's."""
    score = decision_making(
        PolicySpeaker(Says("hello")), "coin_dilemma", 5, telling=Telling(image_size=32)
    )
    assert score.unread == 1
    assert len(set(score.values)) > 1
    still = decision_making(PolicySpeaker(Says("I shall STAY.")), "coin_dilemma", 2)
    assert (still.unread, still.raw) == (0, 0)


def test_what_is_told() -> None:
    """Rules each time where nothing of earlier turns is seen, else once; old turns are dropped."""
    policy = Says('{"action": "<STAY>"}')
    decision_making(
        PolicySpeaker(policy), "coin_dilemma", 2, telling=Telling(image_size=32, batch=3)
    )
    assert policy.batches[:2] == [3, 1]
    first, *_, last = policy.contexts[-1].messages
    assert "Coin Dilemma on a grid" in first.text
    assert "Coin Dilemma on a grid" in last.text
    policy = Says('{"action": "<STAY>"}')
    decision_making(PolicySpeaker(policy, 2), "coin_dilemma", 1, telling=Telling(image_size=32))
    messages = policy.contexts[-1].messages
    assert "Coin Dilemma on a grid" in messages[0].text
    assert "Coin Dilemma on a grid" not in messages[-1].text
    assert len(messages) == 4


def test_in_brief_the_rules_are_left_out() -> None:
    """A policy that was trained on pictures alone is shown what it was trained on."""
    policy = Says("<act> <STAY> </act>")
    telling = Telling(dialect="arft", image_size=32, prompt="brief")
    decision_making(PolicySpeaker(policy), "coin_dilemma", 1, telling=telling)
    assert {context.messages[0].text for context in policy.contexts} == {""}


def test_kuhn_poker_deals_evenly() -> None:
    """Who always bets wins or loses by the deals alone, against an equilibrium's answers."""
    pytest.importorskip("pyspiel")
    policy = Says("<BET>")
    score = decision_making(PolicySpeaker(policy), "kuhn_poker", 1, telling=Telling(image_size=32))
    assert len(score.values) == 1
    assert -0.5 < score.raw < 0  # as the first player -1/3, as the second one -1/6 or less


def test_predictions_and_perception() -> None:
    """Random answers are as good as chance; the truth is 100; a player says what it would do."""
    for name in GRIDS:
        score = reasoning("random", name, 200)
        assert score.chance is not None
        assert abs(score.raw - score.chance) < 0.1
        assert reasoning("reference", name, 20).value == 100
        assert perception("reference", name, 20).value == 100
        assert abs(perception("random", name, 200).value) < 15
    game = make_game("battle_of_the_colors")
    assert reasoning(game.players["nearest"], game.name, 50).value > 40
    with pytest.raises(ValueError, match="players answer no questions"):
        perception(game.players["nearest"], game.name)


def test_a_model_predicts() -> None:
    """It is shown the observer's seat and the other's moves, and read as VS-Bench reads."""
    policy = Says('I think ```json\n{"action": "<UP>"}\n```')
    score = reasoning(PolicySpeaker(policy), "coin_dilemma", 12, telling=Telling(image_size=32))
    assert score.unread == 0
    assert 0 < score.raw < 1
    text = policy.contexts[0].messages[0].text
    assert "predict the other player's next" in text
    assert "The other player's legal moves: <STAY>" in text
    seen = perception(
        PolicySpeaker(Says('{"action": "3"}')), "coin_dilemma", 40, telling=Telling(image_size=32)
    )
    assert seen.unread == 0
    assert 0 < seen.raw < 0.6
    assert (
        perception(
            PolicySpeaker(Says("no")), "coin_dilemma", 5, telling=Telling(image_size=32)
        ).unread
        == 1
    )


@pytest.mark.parametrize("name", ["coin_dilemma", "kuhn_poker"])
def test_a_tiny_model_goes_all_the_way(name: str) -> None:
    """An untrained model in its own dialect: scores are numbers, and come again."""
    if name == "kuhn_poker":
        pytest.importorskip("pyspiel")
    game: Game[Any] = make_game(name)
    telling = Telling(dialect="arft", image_size=32, prompt="brief")
    parser = telling.parser()
    words = [*Referee(game, parser, "full").vocabulary(), "predict answer question"]
    policy = tiny_policy(words, 32, parser)

    def all_parts() -> list[Score]:
        return [
            decision_making(PolicySpeaker(policy), name, 1, telling=telling),
            reasoning(PolicySpeaker(policy), name, 4, telling=telling),
            perception(PolicySpeaker(policy), name, 4, telling=telling),
        ]

    scores = all_parts()
    assert all(np.isfinite([s.value, *interval(s)]).all() and 0 <= s.unread <= 1 for s in scores)
    assert scores == all_parts()


def test_published() -> None:
    """Every row has an overall mean and ten games."""
    tables = published()
    assert tuple(tables["columns"][1:]) == GAMES
    for part in ("perception", "reasoning", "decision_making"):
        for overall, *row in tables[part].values():
            assert len(row) == len(GAMES)
            assert abs(np.mean(row) - overall) < 0.11
    for which, end in (("random", 0), ("optimal", 1)):
        for name, raw in tables["raw"][which].items():
            ours = game_class(name).published
            assert ours is not None
            assert raw is None or abs(ours[end] - raw) < 0.05


def test_errors() -> None:
    """Names of neither games nor contenders."""
    with pytest.raises(ValueError, match="game of VS-Bench"):
        decision_making("random", "tic_tac_toe")
    with pytest.raises(ValueError, match="contender"):
        reasoning("expert", "coin_dilemma")


def test_example(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The example writes its numbers, and shows them beside the published ones."""
    out = tmp_path / "vs_bench.json"
    call = ["vs_bench.py", "--policy", "random", "--games", "coin_dilemma", "--episodes", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [*call, "--samples", "8", "--out", str(out)])
        runpy.run_path(str(EXAMPLE), run_name="__main__")
    record = json.loads(out.read_text())
    assert set(record["scores"]) == {"decision", "reasoning", "perception"}
    assert record["settings"]["policy"] == "random"
    assert "perception, in percent" in capsys.readouterr().out


def test_example_with_a_model(tmp_path: Path) -> None:
    """A policy's folder is loaded, told and read as it was trained."""
    telling = Telling(dialect="arft", image_size=32, prompt="brief")
    words = Referee(make_game("coin_dilemma"), telling.parser(), "full").vocabulary()
    tiny_policy(words, 32, telling.parser()).save(tmp_path / "policy")
    call = ["vs_bench.py", "--policy", str(tmp_path / "policy"), "--games", "coin_dilemma"]
    call += ["--dialect", "arft", "--image-size", "32", "--prompt", "brief"]
    call += ["--episodes", "1", "--samples", "4", "--max-new-tokens", "4", "--device", "cpu"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", call)
        found = runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert found["PARTS"]


def test_example_names_missing_extras(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A game whose engine is not there is left out, and the line says what to install."""
    monkeypatch.setitem(sys.modules, "mpe2", None)
    monkeypatch.setitem(sys.modules, "mpe2.simple_push", None)
    monkeypatch.setitem(sys.modules, "mpe2.simple_push.simple_push", None)
    call = ["vs_bench.py", "--policy", "random", "--games", "simple_push", "--parts", "decision"]
    monkeypatch.setattr("sys.argv", call)
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    assert "vl-envs[mpe]" in capsys.readouterr().out.replace("\n", "")
