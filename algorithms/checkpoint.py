"""Checkpoints that survive a kill at any moment and a full disk, and resume exactly."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path
from typing import Any

import torch

from algorithms.files import is_full
from policies.vlm import VLMPolicy

_NAME = re.compile(r"update-(\d{6})")
_STATE = "trainer.pt"


class Checkpoints:
    """The newest checkpoints of one stage, each a folder ``update-000040``.

    A checkpoint is written under another name, flushed to disk, and then renamed: a folder with the
    right name is complete. Older ones go only after that.

    It holds the trained weights, the optimiser's state and the number of updates. That number is
    the state of all else: tasks, sampling and the order of minibatches are drawn anew for each
    update from (seed, number); the learning rate is a function of the number and, where training
    has a budget, of the turns in the log; the past selves of self-play lie in a folder of their
    own, by number. `algorithms.train.train` keeps to that.

    Args:
        folder: holds the checkpoints.
        keep: how many of the newest stay.
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def saved(self) -> list[tuple[int, Path]]:
        """List the complete checkpoints as (updates, folder), oldest first."""
        found = self.folder.glob("update-*") if self.folder.is_dir() else iter(())
        named = [(match, path) for path in found if (match := _NAME.fullmatch(path.name))]
        return sorted((int(match[1]), path) for match, path in named)

    def save(self, policy: VLMPolicy, optimizer: torch.optim.Optimizer, updates: int) -> Path:
        """Write a checkpoint.

        Raises:
            OSError: it could not be written, as on a full disk; the older ones are untouched.
        """
        target = self.folder / f"update-{updates:06d}"
        if target.exists():
            return target
        partial = self.folder / f".{target.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
            policy.save(partial)
            # The trained weights stand here too: what is frozen under LoRA needs no copy.
            trained = {n: p.detach() for n, p in policy.named_parameters() if p.requires_grad}
            state = {"weights": trained, "optimizer": optimizer.state_dict(), "updates": updates}
            torch.save(state, partial / _STATE)
            for path in partial.iterdir():
                _flush(path)
            partial.rename(target)
            _flush(self.folder)
        except Exception as error:  # the libraries that write raise errors of their own kinds
            full = is_full(error, self.folder if self.folder.is_dir() else Path.cwd())
            shutil.rmtree(partial, ignore_errors=True)
            good = self.saved()[-1:]
            left = f"the last good one is {good[0][1]}" if good else "there is no earlier one"
            message = f"could not write checkpoint {target} ({left}): {error}"
            raise (OSError(errno.ENOSPC, message) if full else OSError(message)) from error
        for _, old in self.saved()[: -self.keep]:
            shutil.rmtree(old, ignore_errors=True)
        return target

    def resume(self, policy: VLMPolicy, optimizer: torch.optim.Optimizer) -> int:
        """Load the newest checkpoint into policy and optimiser; return its number of updates.

        Returns 0, and changes nothing, where there is none.
        """
        saved = self.saved()
        if not saved:
            return 0
        folder = saved[-1][1]
        state: dict[str, Any] = torch.load(folder / _STATE, weights_only=True)
        unknown = policy.load_state_dict(state["weights"], strict=False).unexpected_keys
        if unknown:
            raise ValueError(f"{folder} is of another model: it has no {unknown[0]}")
        optimizer.load_state_dict(state["optimizer"])
        return int(state["updates"])


def _flush(path: Path) -> None:
    """Force a file's (or folder's) bytes to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
