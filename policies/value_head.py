"""`ValueHead`: the critic, on top of a model's hidden state."""

from __future__ import annotations

import torch
from torch import nn


class ValueHead(nn.Module):
    """V(s) from the hidden state at the last prompt token: H → .86 H → .57 H → 1 with ReLU.

    The widths scale VL-DAC's 3584 → 3072 → 2048 → 1 (arXiv 2508.04280) to the model's size.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        wide, narrow = max(64, round(hidden * 3072 / 3584)), max(64, round(hidden * 2048 / 3584))
        self.layers = nn.Sequential(
            nn.Linear(hidden, wide),
            nn.ReLU(),
            nn.Linear(wide, narrow),
            nn.ReLU(),
            nn.Linear(narrow, 1),
        )

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Map hidden states [N, H] to values [N]."""
        values: torch.Tensor = self.layers(hidden.float())[:, 0]
        return values
