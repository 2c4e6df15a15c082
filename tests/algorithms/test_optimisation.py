"""What every update loop needs around its loss."""

from __future__ import annotations

import warnings

import pytest
import torch

from algorithms.optimisation import Means, clip_and_step, make_optimizer


def moved(dtype: torch.dtype) -> float:
    """Take a hundred steps of one ten-thousandth, and say how far a weight has come."""
    weight = torch.nn.Parameter(torch.full((1,), 0.07, dtype=dtype))
    begun = float(weight)
    optimizer = make_optimizer([([weight], 1e-4)])
    for _ in range(100):
        weight.grad = torch.ones_like(weight)
        clip_and_step(optimizer, 1.0, Means())
    return begun - float(weight)


def test_weights_too_coarse_to_learn_are_told() -> None:
    """In bfloat16 no step of a usual size is taken at all; in float32 all are."""
    with pytest.warns(UserWarning, match=r"1 weights are trained in torch.bfloat16, .* float32"):
        assert moved(torch.bfloat16) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert moved(torch.float32) == pytest.approx(0.01, rel=0.01)


def test_weights_that_rest_may_be_coarse() -> None:
    """As those below adapters are."""
    coarse = torch.nn.Parameter(torch.ones(1, dtype=torch.bfloat16), requires_grad=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_optimizer([([coarse, torch.nn.Parameter(torch.ones(1))], 1e-4)])
