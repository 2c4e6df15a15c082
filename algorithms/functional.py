"""The mathematics that the policy-gradient algorithms share: pure functions over tensors.

Shapes: N is the number of rows of a batch (one row = one turn), L the length of the longest row,
T the number of turns of one episode. Token-level tensors are padded to ``[N, L]`` and come with a
``mask [N, L]`` (bool or 0/1 float) that is 1 only on tokens the model sampled. Padding may hold
any *finite* number, and never reaches a loss or a gradient. Pass float32 or float64: half
precision is too coarse for ratios and returns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from vl_envs.core.errors import unknown

LOG_LIMIT = 20.0
"""Log-ratios are cut to this size on both sides, so that exp() of them stays finite."""

GROUP_KINDS = ("grpo", "dr_grpo", "rloo")
AGGREGATIONS = ("episode_mean", "turn_mean", "token_mean", "constant")
KL_KINDS = ("k1", "k2", "k3")


def _check_shapes(**tensors: Tensor) -> None:
    """Raise ValueError unless all have one shape: [N] against [N, 1] would broadcast silently."""
    if len({tensor.shape for tensor in tensors.values()}) > 1:
        came = ", ".join(f"{name} {list(tensor.shape)}" for name, tensor in tensors.items())
        raise ValueError(f"expected equal shapes, came {came}")


def _all_equal(x: Tensor) -> bool:
    """Tell whether no two elements differ; exact, where std == 0 would drown in rounding."""
    return x.numel() < 2 or bool(x.max() == x.min())


def _split(groups: Tensor) -> Iterator[Tensor]:
    """Yield the members of each group, bool [N]."""
    for group in sorted(set(groups.tolist())):
        yield groups == group


# Masked reductions


def masked_sum(x: Tensor, mask: Tensor, dim: int | None = None) -> Tensor:
    """Sum ``x`` where ``mask`` (same shape) is set, over ``dim`` or over everything."""
    _check_shapes(x=x, mask=mask)
    kept = torch.where(mask.bool(), x, torch.zeros_like(x))  # a product would keep nan * 0 = nan
    return kept.sum() if dim is None else kept.sum(dim)


def masked_mean(x: Tensor, mask: Tensor, dim: int | None = None) -> Tensor:
    """Average ``x`` where ``mask`` (same shape) is set; 0 where nothing is set."""
    counts = mask.bool().sum() if dim is None else mask.bool().sum(dim)
    return masked_sum(x, mask, dim) / counts.clamp(min=1)


# Advantages


def turn_gae(
    rewards: Tensor, values: Tensor, last_value: float | Tensor, gamma: float, lam: float
) -> tuple[Tensor, Tensor]:
    """Estimate advantages and returns of one episode, one number per turn.

    delta_t = r_t + gamma V(s_t+1) - V(s_t) and A_t = delta_t + gamma lam A_t+1: generalised
    advantage estimation (Schulman et al., arXiv 1506.02438, section 3), with environment steps
    instead of tokens as time (VL-DAC, arXiv 2508.04280).

    Args:
        rewards: [T].
        values: [T], V(s_t) of the observation before each turn.
        last_value: V of the observation after the last turn: 0 for a terminated episode, the
            critic's value for a truncated one, which was cut short and not lost.
        gamma: discount per turn.
        lam: 0 trusts the critic alone, 1 the observed rewards alone.

    Returns:
        ``advantages [T]`` and ``returns = advantages + values [T]``, both without gradient.
    """
    _check_shapes(rewards=rewards, values=values)
    if rewards.dim() != 1:
        raise ValueError(f"expected one episode [T], came {list(rewards.shape)}")
    rewards, values = rewards.detach(), values.detach()
    advantages = torch.zeros_like(values)
    next_value: float | Tensor = float(torch.as_tensor(last_value).detach())
    running: float | Tensor = 0.0
    for t in reversed(range(len(rewards))):
        delta = rewards[t] + gamma * next_value - values[t]
        running = delta + gamma * lam * running
        advantages[t] = running
        next_value = values[t]
    return advantages, advantages + values


def normalise(advantages: Tensor) -> Tensor:
    """Shift and scale to mean 0 and sample std 1; one element, or equal ones, give zeros.

    Pass the whole rollout: over a minibatch, the scale would depend on who shares it.
    """
    if _all_equal(advantages):
        return torch.zeros_like(advantages)
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def group_advantages(returns: Tensor, groups: Tensor, kind: str) -> Tensor:
    """Compare each return with those of its group (K attempts at the same task).

    - ``grpo``: (R - mean) / (std + 1e-6), sample std (DeepSeekMath, arXiv 2402.03300);
    - ``dr_grpo``: R - mean, which does not favour tasks of small spread (arXiv 2503.20783);
    - ``rloo``: K / (K - 1) (R - mean), which equals R minus the mean of the *other* returns
      (Ahmadian et al., arXiv 2402.14740).

    Args:
        returns: [N].
        groups: [N], integer ids; groups may have any size and any order.
        kind: one of the names above.

    Returns:
        [N], without gradient. A group of one, or of equal returns, gives exactly 0.
    """
    if kind not in GROUP_KINDS:
        raise unknown("kind of group advantage", kind, GROUP_KINDS)
    _check_shapes(returns=returns, groups=groups)
    returns = returns.detach() if returns.is_floating_point() else returns.float()
    advantages = torch.zeros_like(returns)
    for members in _split(groups):
        own = returns[members]
        if _all_equal(own):
            continue
        centred = own - own.mean()
        if kind == "grpo":
            centred = centred / (own.std() + 1e-6)
        elif kind == "rloo":
            centred = centred * len(own) / (len(own) - 1)
        advantages[members] = centred
    return advantages


def zero_variance_groups(returns: Tensor, groups: Tensor) -> Tensor:
    """Mark, as bool [N], the rows whose group has equal returns (or one member): no signal.

    DAPO drops and resamples them (arXiv 2503.14476, dynamic sampling). Arguments as in
    `group_advantages`.
    """
    _check_shapes(returns=returns, groups=groups)
    flat = torch.zeros_like(groups, dtype=torch.bool)
    for members in _split(groups):
        flat[members] = _all_equal(returns[members])
    return flat


# Ratios and policy objectives


def log_ratio(logprobs: Tensor, old_logprobs: Tensor) -> Tensor:
    """Return logprobs - old_logprobs, cut to +-20; any shape, both the same."""
    _check_shapes(logprobs=logprobs, old_logprobs=old_logprobs)
    return (logprobs - old_logprobs).clamp(-LOG_LIMIT, LOG_LIMIT)


def sequence_ratio(logprobs: Tensor, old_logprobs: Tensor, mask: Tensor) -> Tensor:
    """Return GSPO's length-normalised ratio of each row, in its per-token form, [N, L].

    s = exp(mean_i(logp_i - old_logp_i)); token i gets sg(s) exp(logp_i - sg(logp_i)), where sg
    stops the gradient: the value is s everywhere, the gradient s d(logp_i). The token mean of a
    row then has both the value and the gradient of s (GSPO, arXiv 2507.18071, section 4.3).
    """
    _check_shapes(logprobs=logprobs, old_logprobs=old_logprobs)
    mean = masked_mean((logprobs - old_logprobs).detach(), mask, dim=1)
    ratio = mean.clamp(-LOG_LIMIT, LOG_LIMIT).exp()[:, None]
    return ratio * (logprobs - logprobs.detach()).exp()


def surrogate_from_ratio(
    ratio: Tensor,
    advantages: Tensor,
    clip_low: float,
    clip_high: float,
    *,
    mask: Tensor | None = None,
    ratio_cap: float | None = None,
) -> Tensor:
    """Return PPO's objective, to be maximised, for ready-made ratios.

    min(r A, clip(r, 1 - clip_low, 1 + clip_high) A) (PPO, arXiv 1707.06347, section 3; two
    different bounds: DAPO, arXiv 2503.14476).

    With ``ratio_cap`` (10 in VL-DAC), a row in which any sampled token's ratio exceeds the cap
    keeps only the clipped term. For a negative advantage the minimum has no floor: one wild token
    would otherwise own the whole gradient.

    Args:
        ratio: [N, L], or [N, 1] for one ratio per row.
        advantages: [N], shared by all tokens of a row, or the shape of ``ratio``.
        clip_low: how far below 1 the ratio may move, >= 0.
        clip_high: how far above 1 the ratio may move, >= 0.
        mask: shape of ``ratio``; needed with ``ratio_cap``, which must not look at padding.
        ratio_cap: see above; None switches the rule off.

    Returns:
        Shape of ``ratio``.
    """
    if min(clip_low, clip_high) < 0:
        raise ValueError(f"clip bounds must be >= 0, came {clip_low} and {clip_high}")
    if advantages.dim() == 1 and ratio.dim() == 2 and len(advantages) == len(ratio):
        advantages = advantages[:, None].expand_as(ratio)
    _check_shapes(ratio=ratio, advantages=advantages)
    clipped = ratio.clamp(1 - clip_low, 1 + clip_high) * advantages
    objective = torch.minimum(ratio * advantages, clipped)
    if ratio_cap is None:
        return objective
    if mask is None:
        raise ValueError("ratio_cap needs the mask: padding has no ratio")
    _check_shapes(ratio=ratio, mask=mask)
    wild = (mask.bool() & (ratio > ratio_cap)).any(dim=1, keepdim=True)
    return torch.where(wild, clipped, objective)


def clipped_surrogate(
    logprobs: Tensor,
    old_logprobs: Tensor,
    advantages: Tensor,
    clip_low: float,
    clip_high: float,
    *,
    mask: Tensor | None = None,
    ratio_cap: float | None = None,
) -> Tensor:
    """Return PPO's per-token objective [N, L], to be maximised; see `surrogate_from_ratio`."""
    ratio = log_ratio(logprobs, old_logprobs).exp()
    return surrogate_from_ratio(
        ratio, advantages, clip_low, clip_high, mask=mask, ratio_cap=ratio_cap
    )


def importance_weights(logprobs: Tensor, sampler_logprobs: Tensor, cap: float) -> Tensor:
    """Return min(exp(logprobs - sampler_logprobs), cap), without gradient; any shape.

    Tokens that another engine drew from q count as if the trained policy p had drawn them:
    E_q[p/q x] = E_p[x]. Rounding in the engine makes p/q stray from 1, and a rare token's can be
    huge; the cap bounds the variance, and what is lost is E_p[x] - E_min(p, cap q)[x]. Truncated
    importance sampling (Ionides, J. Comp. Graph. Stat. 17, 2008), per token as in Yao et al.,
    "Your Efficient RL Framework Secretly Brings You Off-Policy RL Training" (2025).

    Args:
        logprobs: of the policy as it was before the update.
        sampler_logprobs: of what sampled; the same numbers give exactly 1.
        cap: at least 1, so that equal numbers stay 1; 2 is usual.

    Raises:
        ValueError: the cap is below 1.
    """
    if cap < 1:
        raise ValueError(f"the cap of importance weights must be at least 1, came {cap}")
    return log_ratio(logprobs, sampler_logprobs).detach().exp().clamp(max=cap)


def weighted_sequence_logprob(
    logprobs: Tensor, mask: Tensor, thought_mask: Tensor, weight: float
) -> Tensor:
    """Return weight * sum of the thought's logprobs + sum of the action's, [N].

    A thought is long and an action short: unweighted, the thought drowns the action (RL4VLM,
    arXiv 2405.10292; weight 0.3 to 0.5). ``thought_mask [N, L]`` counts only inside ``mask``.
    """
    sampled, thought = mask.bool(), thought_mask.bool()
    action = masked_sum(logprobs, sampled & ~thought, dim=1)
    return weight * masked_sum(logprobs, sampled & thought, dim=1) + action


# From per-token losses to one number


def batch_denominator(
    mask: Tensor, how: str, length: int | None = None, episodes: Tensor | None = None
) -> Tensor:
    """Count, as a scalar, what `aggregate` divides by; a row without tokens counts for nothing.

    For gradient accumulation, call this once with the mask [N, L] of the whole batch and give
    the result to every micro-batch: the sum of their losses is then the loss of the batch.

    Raises:
        ValueError: unknown ``how``, "constant" without a positive ``length``, or "episode_mean"
            without ``episodes``.
    """
    turns = mask.bool().any(dim=1)
    rows = turns.sum()
    if how == "turn_mean":
        count = rows
    elif how == "episode_mean":
        numbers, many = _numbered(episodes)
        count = rows.new_zeros(many).index_add(0, numbers, turns.long()).count_nonzero()
    elif how == "token_mean":
        count = mask.bool().sum()
    elif how == "constant":
        if length is None or length <= 0:
            raise ValueError(f"'constant' needs length > 0 (tokens per turn), came {length}")
        count = rows * length
    else:
        raise unknown("aggregation", how, AGGREGATIONS)
    return count.clamp(min=1)


def aggregate(
    loss: Tensor,
    mask: Tensor,
    how: str,
    *,
    length: int | None = None,
    episodes: Tensor | None = None,
    episode_tokens: Tensor | None = None,
    denominator: Tensor | float | None = None,
) -> Tensor:
    """Reduce a per-token loss [N, L] to a scalar.

    - ``turn_mean``: mean over turns of each turn's token mean (VL-DAC);
    - ``episode_mean``: mean over episodes of each episode's token mean: an answer of GRPO's formula
      is a whole episode, however many turns it has;
    - ``token_mean``: mean over all tokens of the batch, long turns weigh more (DAPO);
    - ``constant``: sum / (turns * length), so that a turn's length changes nothing (Dr.GRPO).

    Args:
        loss: [N, L].
        mask: [N, L].
        how: one of the names above.
        length: the constant of ``constant``, tokens per turn.
        episodes: number of each turn's episode, int64 [N], for ``episode_mean``.
        episode_tokens: sampled tokens of each turn's whole episode, [N], where ``episode_mean`` is
            of a micro-batch that may hold a part of it only.
        denominator: `batch_denominator` of the whole batch, where this is a micro-batch of it.
    """
    if denominator is None or how not in AGGREGATIONS:  # the latter to raise its error
        denominator = batch_denominator(mask, how, length, episodes)
    if how == "turn_mean":
        total = masked_mean(loss, mask, dim=1).sum()
    elif how == "episode_mean":
        if episode_tokens is None:
            numbers, many = _numbered(episodes)
            counts = loss.new_zeros(many).index_add(0, numbers, mask.sum(1).to(loss.dtype))
            episode_tokens = counts[numbers]
        total = (masked_sum(loss, mask, dim=1) / episode_tokens.clamp(min=1)).sum()
    else:
        total = masked_sum(loss, mask)
    return total / denominator


def _numbered(episodes: Tensor | None) -> tuple[Tensor, int]:
    """Number the episodes of turns from 0, int64 [N]; and count them."""
    if episodes is None:
        raise ValueError("'episode_mean' needs episodes: the number of each turn's episode, [N]")
    numbers: Tensor = torch.unique(episodes, return_inverse=True)[1]
    return numbers, int(numbers.max()) + 1 if len(numbers) else 0


# Penalties, the critic and schedules


def kl(logprobs: Tensor, ref_logprobs: Tensor, kind: str) -> Tensor:
    """Estimate KL(policy || reference) at each sampled token; same shape as the arguments.

    With d = logprobs - ref_logprobs, cut to +-20 (Schulman, "Approximating KL Divergence", 2020):

    - ``k1``: d, unbiased, may be negative; for logging, as its gradient is 0 on average;
    - ``k2``: d^2 / 2, biased but low in variance;
    - ``k3``: exp(-d) + d - 1, unbiased and, but for rounding, never negative.
    """
    d = log_ratio(logprobs, ref_logprobs)
    if kind == "k1":
        return d
    if kind == "k2":
        return 0.5 * d.square()
    if kind == "k3":
        return torch.expm1(-d) + d  # expm1 keeps the digits of a small d
    raise unknown("KL estimator", kind, KL_KINDS)


def value_loss(
    values: Tensor, old_values: Tensor, returns: Tensor, clip: float | None = None
) -> Tensor:
    """Return half the squared error of the critic, element by element, [N].

    With ``clip``, the larger of the errors of V and of old_V + clip(V - old_V, +-clip), as in
    PPO's reference code: a critic gains nothing by moving further than ``clip`` in one update.
    """
    _check_shapes(values=values, old_values=old_values, returns=returns)
    error = (values - returns).square()
    if clip is not None:
        near = old_values + (values - old_values).clamp(-clip, clip)
        error = torch.maximum(error, (near - returns).square())
    return 0.5 * error


def overlong_penalty(lengths: Tensor, limit: int, buffer: int) -> Tensor:
    """Return a reward in [-1, 0] against answers near the limit, float [N].

    0 up to ``limit - buffer`` tokens, then falling linearly to -1 at ``limit`` and beyond (DAPO,
    arXiv 2503.14476, section 3.4). ``lengths [N]`` counts sampled tokens.

    Raises:
        ValueError: unless 0 < buffer <= limit.
    """
    if not 0 < buffer <= limit:
        raise ValueError(f"expected 0 < buffer <= limit, came buffer {buffer} and limit {limit}")
    return ((limit - buffer - lengths) / buffer).clamp(-1.0, 0.0)


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """Return 1 - Var(returns - values) / Var(returns) of two [N]: 1 is a perfect critic.

    Below 0 the critic is worse than a constant. Equal returns leave nothing to explain: 0.
    """
    _check_shapes(values=values, returns=returns)
    if _all_equal(returns):
        return 0.0
    return 1.0 - float((returns - values).var() / returns.var())


def cosine_schedule(step: int, total: int, warmup: int = 0, floor: float = 0.0) -> float:
    """Return the learning rate's multiplier in [0, 1] for update ``step`` (counted from 0).

    It rises linearly for ``warmup`` updates, is 1 at ``step == warmup`` and falls along half a
    cosine (SGDR, arXiv 1608.03983) to ``floor``, a share of the full rate, at ``total``. A total
    within the warm-up leaves no time to fall.

    Raises:
        ValueError: unless warmup >= 0, total >= 1, step >= 0 and 0 <= floor <= 1.
    """
    if not (warmup >= 0 and total >= 1 and step >= 0 and 0 <= floor <= 1):
        raise ValueError(
            "expected warmup >= 0, total >= 1, step >= 0 and 0 <= floor <= 1, "
            f"came {step=}, {total=}, {warmup=}, {floor=}"
        )
    if step < warmup:
        return (step + 1) / (warmup + 1)  # not step / warmup: the first update should count
    progress = min(1.0, (step - warmup) / max(1, total - warmup))
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * progress))
