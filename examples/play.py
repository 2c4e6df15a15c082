"""Play an environment yourself in the terminal; the picture is kept in ``observation.png``.

python examples/play.py
python examples/play.py --env VLTool/MatSearchEmblems-v0 --seed 3
"""

from __future__ import annotations

import tyro

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.rollout import collect, make_envs
from policies.scripted import HumanPolicy


def main(env: str = "VLTool/MatSearch-v0", seed: int = 0) -> None:
    """Play one episode.

    Args:
        env: a registered id.
        seed: of the task.
    """
    (episode,) = collect(make_envs(env, 1), HumanPolicy(), [seed])
    print(f"\n{'Right' if episode.success else 'Wrong'}; reward {episode.episode_return:.2f}.")


if __name__ == "__main__":
    tyro.cli(main, description=__doc__)
