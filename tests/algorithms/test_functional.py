"""The shared mathematics, against numbers worked out by hand and properties that must hold."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from algorithms import functional as F

torch.set_num_threads(1)

LN2 = math.log(2)
NAN = float("nan")


def tensor(*rows: object) -> Tensor:
    """Make a float64 tensor, so that hand-computed numbers hold to many digits."""
    return torch.tensor(rows, dtype=torch.float64)


def same(came: Tensor, *wanted: object) -> None:
    """Assert that a tensor holds the numbers written out, and has their shape."""
    torch.testing.assert_close(came.detach(), tensor(*wanted), rtol=1e-9, atol=1e-12)


# Masked reductions


@pytest.mark.parametrize("dtype", [torch.bool, torch.float32])
def test_masked_mean(dtype: torch.dtype) -> None:
    """Only masked elements count, whatever the padding holds; an empty row gives 0."""
    x = tensor([1, 3, 50], [NAN, 8, NAN], [5, 5, 5])
    mask = torch.tensor([[1, 1, 0], [0, 1, 0], [0, 0, 0]], dtype=dtype)
    same(F.masked_mean(x, mask, dim=1), 2, 8, 0)
    assert F.masked_mean(x, mask).item() == 4
    assert F.masked_sum(x, mask).item() == 12
    assert F.masked_mean(x, torch.zeros_like(mask)).item() == 0


# Generalised advantage estimation


def test_gae_of_a_terminated_episode() -> None:
    """Nothing is worth anything after the end: deltas are 1, -0.25, 0.5."""
    advantages, returns = F.turn_gae(tensor(1, 0, 2), tensor(0.5, 1, 1.5), 0.0, 0.5, 0.5)
    same(advantages, 0.96875, -0.125, 0.5)
    same(returns, 1.46875, 0.875, 2)


def test_gae_of_a_truncated_episode() -> None:
    """The value 4 of the final state is bootstrapped: the last delta is 2 + 0.5 * 4 - 1.5."""
    last = tensor(4)[0]
    advantages, returns = F.turn_gae(tensor(1, 0, 2), tensor(0.5, 1, 1.5), last, 0.5, 0.5)
    same(advantages, 1.09375, 0.375, 2.5)
    same(returns, 1.59375, 1.375, 4)


def test_gae_extremes_of_lambda() -> None:
    """Lambda 1 gives discounted rewards to go, lambda 0 the one-step errors."""
    rewards, values = tensor(1, 2, 4), tensor(7, -3, 9)
    same(F.turn_gae(rewards, values, 8.0, 0.5, 1.0)[1], 4, 6, 8)
    same(F.turn_gae(rewards, values, 8.0, 0.5, 0.0)[0], 1 - 1.5 - 7, 2 + 4.5 + 3, 4 + 4 - 9)


def test_gae_carries_no_gradient() -> None:
    """Advantages and returns are targets, even when the values are fresh from the critic."""
    values = tensor(1, 2).requires_grad_()
    advantages, returns = F.turn_gae(tensor(0, 1), values, values[0], 0.9, 0.9)
    assert not advantages.requires_grad
    assert not returns.requires_grad


def test_gae_of_no_turns_and_of_wrong_shapes() -> None:
    """An episode without turns has no advantages; shapes that would broadcast are refused."""
    assert F.turn_gae(torch.zeros(0), torch.zeros(0), 1.0, 0.9, 0.9)[0].shape == (0,)
    with pytest.raises(ValueError, match=r"rewards \[3\], values \[3, 1\]"):
        F.turn_gae(torch.zeros(3), torch.zeros(3, 1), 0.0, 0.9, 0.9)
    with pytest.raises(ValueError, match="one episode"):
        F.turn_gae(torch.zeros(3, 1), torch.zeros(3, 1), 0.0, 0.9, 0.9)


# Normalised and group advantages


def test_normalise() -> None:
    """1, 2, 3 have mean 2 and sample std 1."""
    torch.testing.assert_close(F.normalise(tensor(1, 2, 3)), tensor(-1, 0, 1))


@pytest.mark.parametrize("values", [[], [5.0], [0.9, 0.9, 0.9]])
def test_normalise_without_spread(values: list[float]) -> None:
    """Nothing, one element and equal elements give zeros: no nan, no blown-up rounding."""
    assert F.normalise(torch.tensor(values)).tolist() == [0.0] * len(values)


RETURNS = [1, 5, 2, 4, 3, 4]
GROUPS = torch.tensor([7, 2, 7, 0, 7, 0])  # group 7 has returns 1, 2, 3: mean 2, sample std 1


@pytest.mark.parametrize(
    ("kind", "edge"), [("grpo", 1 / (1 + 1e-6)), ("dr_grpo", 1.0), ("rloo", 1.5)]
)
def test_group_advantages(kind: str, edge: float) -> None:
    """Groups mix freely; the group of one (2) and that of equal returns (0) get exactly 0."""
    advantages = F.group_advantages(tensor(*RETURNS), GROUPS, kind)
    same(advantages, -edge, 0, 0, 0, edge, 0)
    assert advantages[[1, 3, 5]].tolist() == [0, 0, 0]


def test_grpo_of_a_pair() -> None:
    """A pair 0, 1 has sample std sqrt(1/2) (the population's would be 1/2)."""
    edge = 0.5 / (math.sqrt(0.5) + 1e-6)
    same(F.group_advantages(tensor(0, 1), torch.tensor([3, 3]), "grpo"), -edge, edge)


def test_integer_returns() -> None:
    """Rewards counted in whole numbers work like any other."""
    returns, groups = torch.tensor([0, 1]), torch.tensor([0, 0])
    assert F.group_advantages(returns, groups, "dr_grpo").tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("kind", F.GROUP_KINDS)
def test_equal_returns_that_do_not_round_well(kind: str) -> None:
    """Three times 0.9 does not average to 0.9 in float32, and is still no signal."""
    returns = torch.full((3,), 0.9)
    assert F.group_advantages(returns, torch.zeros(3, dtype=torch.int), kind).tolist() == [0, 0, 0]


def test_zero_variance_groups() -> None:
    """The group of one and the group of equal returns are marked, row by row."""
    marked = F.zero_variance_groups(tensor(*RETURNS), GROUPS)
    assert marked.tolist() == [False, True, False, True, False, True]


graded = st.lists(
    st.tuples(st.integers(-8, 8).map(lambda n: n / 4), st.integers(0, 3)), min_size=1, max_size=12
)


@given(rows=graded)
@settings(deadline=None)
def test_rloo_is_the_return_minus_the_mean_of_the_others(rows: list[tuple[float, int]]) -> None:
    """RLOO averages to 0 in each group and equals its leave-one-out form."""
    returns, groups = (torch.tensor(column) for column in zip(*rows, strict=True))
    advantages = F.group_advantages(returns.double(), groups, "rloo")
    for i, (own, group) in enumerate(rows):
        others = [r for j, (r, g) in enumerate(rows) if g == group and j != i]
        wanted = own - sum(others) / len(others) if others else 0.0
        assert advantages[i].item() == pytest.approx(wanted, abs=1e-9)
        assert advantages[groups == group].mean().item() == pytest.approx(0, abs=1e-9)


@given(rows=graded, kind=st.sampled_from(F.GROUP_KINDS), data=st.data())
@settings(deadline=None)
def test_order_and_names_of_groups_do_not_matter(
    rows: list[tuple[float, int]], kind: str, data: st.DataObject
) -> None:
    """Shuffled rows and renamed groups give the same advantages and marks, shuffled alike."""
    returns, groups = (torch.tensor(column) for column in zip(*rows, strict=True))
    returns = returns.double()
    order = torch.tensor(data.draw(st.permutations(range(len(rows)))))
    renamed = torch.tensor(data.draw(st.permutations([-5, 11, 2, 1000])))[groups]
    torch.testing.assert_close(
        F.group_advantages(returns[order], renamed[order], kind),
        F.group_advantages(returns, groups, kind)[order],
    )
    marks = F.zero_variance_groups(returns[order], renamed[order])
    assert torch.equal(marks, F.zero_variance_groups(returns, groups)[order])


# Ratios and policy objectives


def test_log_ratio_is_cut() -> None:
    """Differences beyond 20 are cut on both sides, smaller ones kept."""
    same(F.log_ratio(tensor(-1, -50, -1), tensor(-2, -1, -90)), 1, -20, 20)
    with pytest.raises(ValueError, match="equal shapes"):
        F.log_ratio(torch.zeros(2, 3), torch.zeros(2, 1))


def test_first_epoch_ratio_is_exactly_one() -> None:
    """With unchanged logprobs every objective is the advantage, bit by bit."""
    logprobs = -torch.rand(3, 4, generator=torch.Generator().manual_seed(0)) * 30
    advantages = torch.tensor([0.3, -1.7, 2.0])
    objective = F.clipped_surrogate(logprobs, logprobs, advantages, 0.2, 0.28)
    assert torch.equal(objective, advantages[:, None].expand(3, 4))
    ratio = F.sequence_ratio(logprobs, logprobs, torch.ones(3, 4))
    assert torch.equal(ratio, torch.ones(3, 4))


def test_clipped_surrogate() -> None:
    """Ratios 1.5, 1, 0.5 with bounds 0.8 and 1.28, for advantages of +1 and -2."""
    old = tensor([-3, -3, -3], [-3, -3, -3])
    logprobs = (old + tensor([1.5, 1, 0.5], [1.5, 1, 0.5]).log()).requires_grad_()
    objective = F.clipped_surrogate(logprobs, old, tensor(1, -2), 0.2, 0.28)
    same(objective, [1.28, 1, 0.5], [-3, -2, -1.6])
    (grad,) = torch.autograd.grad(objective.sum(), logprobs)
    # d(r A) = r A where the bound does not bite, 0 where it does
    same(grad, [0, 1, 0.5], [-3, -2, 0])


def test_token_advantages() -> None:
    """Advantages may also differ from token to token."""
    zero = torch.zeros(1, 2)
    objective = F.clipped_surrogate(zero, zero, torch.tensor([[2.0, -1.0]]), 0.2, 0.2)
    assert objective.tolist() == [[2, -1]]


def test_ratio_cap() -> None:
    """A sampled token with a ratio above 10 leaves its whole row with the clipped term only."""
    old = torch.zeros(4, 2, dtype=torch.float64)
    ratios = tensor([12, 0.5], [9, 0.5], [2, 12], [12, 0.5])
    mask = torch.tensor([[1, 1], [1, 1], [1, 0], [1, 1]])
    advantages = tensor(-1, -1, -1, 1)
    logprobs = ratios.log().requires_grad_()
    objective = F.clipped_surrogate(logprobs, old, advantages, 0.1, 0.1, mask=mask, ratio_cap=10.0)
    # rows: wild; not wild enough; wild only in its padding; wild with a positive advantage
    same(objective, [-1.1, -0.9], [-9, -0.9], [-2, -12], [1.1, 0.9])
    (grad,) = torch.autograd.grad(objective.sum(), logprobs)
    same(grad, [0, 0], [-9, 0], [-2, -12], [0, 0])
    uncapped = F.clipped_surrogate(logprobs, old, advantages, 0.1, 0.1)
    same(uncapped, [-12, -0.9], [-9, -0.9], [-2, -12], [1.1, 0.5])


def test_bad_arguments_of_the_surrogate() -> None:
    """A cap without a mask, a negative bound and advantages of another length are refused."""
    zero = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="mask"):
        F.clipped_surrogate(zero, zero, torch.ones(2), 0.1, 0.1, ratio_cap=10.0)
    with pytest.raises(ValueError, match="clip bounds"):
        F.clipped_surrogate(zero, zero, torch.ones(2), -0.1, 0.1)
    with pytest.raises(ValueError, match="equal shapes"):
        F.clipped_surrogate(zero, zero, torch.ones(3), 0.1, 0.1)


def test_sequence_ratio() -> None:
    """Differences ln 2 and ln 8 average to ln 4; each token's gradient is 4 times its weight."""
    old = tensor([-1, -2, 0], [-1, -1, -1])
    logprobs = (old + tensor([LN2, 3 * LN2, 5], [-LN2, 7, 7])).requires_grad_()
    mask = torch.tensor([[1, 1, 0], [1, 0, 0]])
    ratio = F.sequence_ratio(logprobs, old, mask)
    same(ratio, [4, 4, 4], [0.5, 0.5, 0.5])
    weights = tensor([1, 10, 0], [3, 0, 0])
    (grad,) = torch.autograd.grad((ratio * weights).sum(), logprobs)
    same(grad, [4, 40, 0], [1.5, 0, 0])


def test_sequence_ratio_has_the_gradient_of_the_sequence_form() -> None:
    """The token mean of a row differentiates like s = exp(mean(logp - old_logp)) itself."""
    generator = torch.Generator().manual_seed(0)
    old = -torch.rand(3, 5, generator=generator, dtype=torch.float64)
    logprobs = (-torch.rand(3, 5, generator=generator, dtype=torch.float64)).requires_grad_()
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 1, 1, 1, 1], [1, 0, 0, 0, 0]])
    advantages = tensor(1, -2, 0.5)
    token_form = F.masked_mean(F.sequence_ratio(logprobs, old, mask), mask, dim=1)
    sequence_form = F.masked_mean(logprobs - old, mask, dim=1).exp()
    torch.testing.assert_close(token_form, sequence_form)
    (came,) = torch.autograd.grad((token_form * advantages).sum(), logprobs)
    (wanted,) = torch.autograd.grad((sequence_form * advantages).sum(), logprobs)
    torch.testing.assert_close(came, wanted)


def test_surrogate_of_sequence_ratios() -> None:
    """GSPO clips whole rows: s = 4 with A = 1 stops at 1 + 4e-4 and has no gradient."""
    old = torch.zeros(2, 2, dtype=torch.float64)
    logprobs = tensor([LN2, 3 * LN2], [LN2, 3 * LN2]).requires_grad_()
    ratio = F.sequence_ratio(logprobs, old, torch.ones(2, 2))
    objective = F.surrogate_from_ratio(ratio, tensor(1, -1), 3e-4, 4e-4)
    same(objective, [1.0004, 1.0004], [-4, -4])
    (grad,) = torch.autograd.grad(objective.sum(), logprobs)
    same(grad, [0, 0], [-4, -4])


def test_weighted_sequence_logprob() -> None:
    """Half of the thought's -1 - 2, plus the action's -4; padding counts on neither side."""
    logprobs = tensor([-1, -2, -4, -8])
    mask, thought_mask = torch.tensor([[1, 1, 1, 0]]), torch.tensor([[1, 1, 0, 1]])
    same(F.weighted_sequence_logprob(logprobs, mask, thought_mask, 0.5), -5.5)
    same(F.weighted_sequence_logprob(logprobs, mask, thought_mask, 1.0), -7)


# Another sampler


def test_importance_weights() -> None:
    """p/q by hand, cut at the cap; equal numbers, and padding, give exactly 1."""
    logprobs = tensor([-1, -1, -1, 0], [-3, -3, -3, -3]).requires_grad_()
    sampler = tensor([-1, -1 - LN2, -1 - 2 * LN2, 0], [-3 + LN2, -3 + 5000, -3 - 5000, -3])
    came = F.importance_weights(logprobs, sampler, 3)
    same(came, [1, 2, 3, 1], [0.5, math.exp(-20), 3, 1])
    assert not came.requires_grad
    assert torch.equal(F.importance_weights(logprobs, logprobs, 1), torch.ones(2, 4).double())
    with pytest.raises(ValueError, match=r"at least 1, came 0\.9"):
        F.importance_weights(logprobs, sampler, 0.9)
    with pytest.raises(ValueError, match="equal shapes"):
        F.importance_weights(logprobs, sampler[0], 2)


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.0])
def test_importance_weights_take_out_what_the_sampler_adds(heat: float) -> None:
    """A tempered sampler's expected gradient is the policy's own, but for what the cap cuts."""
    logits = tensor(2.0, 0.5, -1.0, -3.0).requires_grad_()
    advantages = tensor(1.0, -2.0, 0.5, 3.0)
    q = (logits.detach() / heat).log_softmax(-1)

    def gradient(weights: Tensor) -> Tensor:
        """Differentiate what `weights` (one a token) make of the surrogate under q."""
        logprobs = logits.log_softmax(-1)
        surrogate = F.clipped_surrogate(logprobs, logprobs.detach(), advantages, 0.2, 0.2)
        return torch.autograd.grad((q.exp() * weights * surrogate).sum(), logits)[0]

    p = logits.log_softmax(-1)
    exact = torch.autograd.grad((p.exp() * advantages).sum(), logits)[0]
    p = p.detach()
    torch.testing.assert_close(gradient(F.importance_weights(p, q, 1e6)), exact)
    bias = float((gradient(torch.ones_like(q)) - exact).norm())
    assert (bias < 1e-9) if heat == 1 else (bias > 0.1)
    # The cap leaves the mass min(p, cap q): it cannot do worse than to leave the rest out.
    lost = (p.exp() - 1.5 * q.exp()).clamp(min=0)
    capped = float((gradient(F.importance_weights(p, q, 1.5)) - exact).norm())
    assert capped <= float((lost * advantages.abs()).sum()) * 2**0.5 + 1e-9


# Aggregation

LOSS = tensor([1, 2, 3], [4, NAN, NAN], [NAN, NAN, NAN])
MASK = torch.tensor([[1, 1, 1], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("how", "wanted"),
    [("episode_mean", 2.5), ("turn_mean", 3.0), ("token_mean", 2.5), ("constant", 1.0)],
)
def test_aggregate(how: str, wanted: float) -> None:
    """Turns average 2 and 4; four tokens sum to 10; 10 / (2 turns * 5); the empty row is none."""
    together = torch.tensor([7, 7, 8])
    assert F.aggregate(LOSS, MASK, how, length=5, episodes=together).item() == wanted


def test_a_long_episode_weighs_no_more_than_a_short_one() -> None:
    """Two turns of 1 and 3 tokens are one answer of mean 2.5 beside another of 8."""
    loss, mask = tensor([4, NAN, NAN], [1, 2, 3], [8, NAN, NAN]), MASK[[1, 0, 1]]
    episodes = torch.tensor([5, 5, 2])
    assert F.aggregate(loss, mask, "episode_mean", episodes=episodes).item() == (2.5 + 8) / 2
    with pytest.raises(ValueError, match="needs episodes"):
        F.aggregate(loss, mask, "episode_mean")


@pytest.mark.parametrize("how", F.AGGREGATIONS)
def test_aggregate_of_nothing(how: str) -> None:
    """A batch in which every row is masked has loss 0 and can still be differentiated."""
    loss = torch.ones(2, 3, requires_grad=True)
    total = F.aggregate(loss, torch.zeros(2, 3), how, length=5, episodes=torch.arange(2))
    assert total.item() == 0
    assert not torch.autograd.grad(total, loss)[0].any()


@pytest.mark.parametrize("how", F.AGGREGATIONS)
@pytest.mark.parametrize("cuts", [[], [1], [2, 3], [1, 2, 3, 4]])
def test_micro_batches_do_not_change_the_gradient(how: str, cuts: list[int]) -> None:
    """With the whole batch's denominator, losses and gradients of any split add up exactly."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    mask = torch.arange(4) < torch.tensor([[4], [1], [0], [3], [2]])
    weight = tensor(0.7).requires_grad_()
    numbers = torch.arange(5)
    whole = F.aggregate((weight * x).exp(), mask, how, length=6, episodes=numbers)
    (wanted,) = torch.autograd.grad(whole, weight)

    denominator = F.batch_denominator(mask, how, length=6, episodes=numbers)
    total, grad = torch.zeros_like(whole), torch.zeros_like(weight)
    for start, stop in itertools.pairwise([0, *cuts, 5]):
        part = (weight * x[start:stop]).exp()
        loss = F.aggregate(
            part, mask[start:stop], how, episodes=numbers[start:stop], denominator=denominator
        )
        total, grad = total + loss, grad + torch.autograd.grad(loss, weight)[0]
    torch.testing.assert_close(total, whole, rtol=1e-12, atol=0)
    torch.testing.assert_close(grad, wanted, rtol=1e-12, atol=0)


def test_a_constant_needs_its_length() -> None:
    """Dr.GRPO's constant has no default that would be right."""
    with pytest.raises(ValueError, match="length > 0"):
        F.aggregate(LOSS, MASK, "constant")


# Divergence


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("k1", [0, LN2, -LN2, -20]),
        ("k2", [0, LN2**2 / 2, LN2**2 / 2, 200]),
        ("k3", [0, LN2 - 0.5, 1 - LN2, math.exp(20) - 21]),
    ],
)
def test_kl(kind: str, wanted: list[float]) -> None:
    """Differences 0, ln 2, -ln 2 and -100, which is cut to -20."""
    logprobs = tensor(-1, -1, -1 - LN2, -101)
    same(F.kl(logprobs, tensor(-1, -1 - LN2, -1, -1), kind), *wanted)


@pytest.mark.parametrize("kind", ["k1", "k3"])
def test_kl_is_unbiased(kind: str) -> None:
    """Averaged under the policy itself, k1 and k3 are the divergence, here computed in full."""
    policy, reference = tensor(0.5, 0.3, 0.2), tensor(0.2, 0.2, 0.6)
    exact = (policy * (policy / reference).log()).sum()
    torch.testing.assert_close((policy * F.kl(policy.log(), reference.log(), kind)).sum(), exact)


@given(st.floats(-30, 30, width=32), st.floats(-30, 0, width=32))
@settings(deadline=None)
def test_k3_is_not_negative(difference: float, reference: float) -> None:
    """But for one rounding of a float, k3 stays at or above 0 and finite."""
    ref_logprobs = torch.tensor([reference])
    estimate = F.kl(ref_logprobs + difference, ref_logprobs, "k3")
    assert estimate.isfinite().all()
    assert estimate.item() >= -1e-6


# Penalties, the critic and schedules


def test_value_loss() -> None:
    """V moved from 1 to 2 with a bound of 0.5: towards R = 3, away from R = 0, and freely."""
    values, old = tensor(2, 2).requires_grad_(), tensor(1, 1)
    returns = tensor(3, 0)
    same(F.value_loss(values, old, returns), 0.5, 2)
    loss = F.value_loss(values, old, returns, clip=0.5)
    same(loss, 1.125, 2)  # the first is ½ (1.5 - 3)², larger than ½ (2 - 3)²
    (grad,) = torch.autograd.grad(loss.sum(), values)
    same(grad, 0, 2)  # no gain from moving further to 3, but a way back from 0's wrong side
    with pytest.raises(ValueError, match="equal shapes"):
        F.value_loss(torch.zeros(2, 1), torch.zeros(2), torch.zeros(2))


def test_overlong_penalty() -> None:
    """With limit 10 and buffer 4, it starts after 6 and is complete at 10."""
    lengths = torch.tensor([0, 6, 7, 8, 10, 15])
    assert F.overlong_penalty(lengths, 10, 4).tolist() == [0, 0, -0.25, -0.5, -1, -1]
    for buffer in (0, 11):
        with pytest.raises(ValueError, match="buffer"):
            F.overlong_penalty(lengths, 10, buffer)


@pytest.mark.parametrize(
    ("values", "wanted"), [([1, 2, 3], 1.0), ([7, 7, 7], 0.0), ([3, 2, 1], -3.0)]
)
def test_explained_variance(values: list[float], wanted: float) -> None:
    """Perfect, constant and upside-down critics of the returns 1, 2, 3."""
    assert F.explained_variance(tensor(*values), tensor(1, 2, 3)) == pytest.approx(wanted)


def test_explained_variance_of_equal_returns() -> None:
    """Where nothing varies the answer is 0, a number that any log can hold."""
    assert F.explained_variance(tensor(1, 2), tensor(5, 5)) == 0
    assert F.explained_variance(tensor(1), tensor(5)) == 0


def test_cosine_schedule() -> None:
    """Warm-up over 2 of 10 updates, half-way down at 6, the floor at 10 and after."""
    steps = [0, 1, 2, 6, 10, 99]
    came = [F.cosine_schedule(step, 10, warmup=2, floor=0.1) for step in steps]
    assert came == pytest.approx([1 / 3, 2 / 3, 1, 0.55, 0.1, 0.1])
    assert F.cosine_schedule(0, 1) == 1
    assert F.cosine_schedule(1, 4, warmup=5) == pytest.approx(2 / 6)  # the warm-up is cut short
    for step, total, warmup, floor in [(0, 0, 0, 0.0), (-1, 5, 0, 0.0), (0, 5, 0, 1.1)]:
        with pytest.raises(ValueError, match="total >= 1"):
            F.cosine_schedule(step, total, warmup, floor)


# Names


def test_unknown_names_are_refused_with_the_valid_ones() -> None:
    """A misspelt name is answered with its neighbours, also where a denominator is given."""
    zero = torch.zeros(2, 2)
    with pytest.raises(ValueError, match=r"'dr-grpo'.*Did you mean 'dr_grpo'"):
        F.group_advantages(torch.zeros(2), torch.zeros(2, dtype=torch.int), "dr-grpo")
    with pytest.raises(ValueError, match="Did you mean 'token_mean'"):
        F.aggregate(zero, torch.ones(2, 2), "tokenmean", denominator=4.0)
    with pytest.raises(ValueError, match="KL estimator 'k4'"):
        F.kl(zero, zero, "k4")
