"""Watch a tiny vision-language model learn to look, search, read and answer, on two CPU cores.

    python examples/quickstart.py                 # demonstrations, then GRPO: some minutes
    python examples/quickstart.py --algo vl_dac   # the same with the actor-critic

The recipe is calibrated: most demonstrations forget a word of their query, so that imitation alone
ends below one half and leaves something for reinforcement to learn. Evaluation is on held-out facts
(``test``) and on names that never were an answer in training (``names``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from algorithms.run import RunConfig, run, told_in_one_line


@dataclass(frozen=True)
class Quickstart(RunConfig):
    """The calibrated recipe; see `RunConfig` for what each option means."""

    out: Path = Path("outputs/quickstart")
    expert_error: float = 0.9
    eval_splits: tuple[str, ...] = ("test", "names")


if __name__ == "__main__":
    config = tyro.cli(Quickstart, description=__doc__)
    with told_in_one_line():
        run(config)
