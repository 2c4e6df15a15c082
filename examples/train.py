"""Train a policy on any environment of the suite: imitation, then GRPO or VL-DAC.

python examples/train.py --env VLTool/MatSearchSmall-v0 --algo vl_dac
python examples/train.py --env VLTool/MatSearch-v0 --env-kwargs '{"kinds": ["flag"]}'
"""

from __future__ import annotations

import tyro

from algorithms.run import RunConfig, run, told_in_one_line

if __name__ == "__main__":
    config = tyro.cli(RunConfig, description=__doc__)
    with told_in_one_line():
        run(config)
