"""A model cut into shards (FSDP): while they learn, each process holds a part of it.

Sampling is a loop of single tokens, and no two processes make as many: weights that are fetched
layer by layer, by all processes at once, cannot serve it. So there are two of a policy: the whole
one acts, is evaluated and saved, and its twin in shards is weighed and trained. While one of them
works, the weights of the whole one are not there: it gets them from the shards after each update.

`fully_shard` is called here and not through accelerate, which has it for GPUs only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from algorithms.distributed import Learning, Replicas, stepper_of
from policies.policy import Evaluation, Generation
from policies.reader import body_of
from policies.vlm import VLMPolicy

Parameters = Mapping[torch.Tensor, torch.Tensor]


class Twin(nn.Module):
    """Weighs as a policy does, with weights in shards.

    Args:
        policy: the one to take after; its weights are copied, shard by shard.
        mesh: the processes that hold a shard each.
    """

    def __init__(self, policy: VLMPolicy, mesh: Any) -> None:
        super().__init__()
        # Weights without content, so that the model is never held twice; what is no part of the
        # model (encoder, reference) is the policy's own.
        memo: dict[int, Any] = {
            id(weight): nn.Parameter(
                torch.empty_like(weight, device="meta"), requires_grad=weight.requires_grad
            )
            for weight in policy.parameters()
        }
        memo |= {id(own): own for own in vars(policy).values() if not isinstance(own, dict)}
        self.policy: VLMPolicy = copy.deepcopy(policy, memo)
        layers = set(getattr(policy.model, "_no_split_modules", None) or ())
        # Every pass needs those of the language model, but not every one sees a picture: the others
        # are fetched with the rest, and not when one process happens to need them.
        decoder = body_of(self.policy.model).get_decoder()
        for module in reversed(list(decoder.modules())):
            if type(module).__name__ in layers:
                fully_shard(module, mesh=mesh)
        # Apart from the model, whose weights may be of another type.
        fully_shard(self.policy.value_head.layers, mesh=mesh)
        fully_shard(self, mesh=mesh)
        for module in self.modules():
            if isinstance(module, FSDPModule):  # gradients are added up, there is no mean
                module.set_gradient_divide_factor(1.0)
                module.set_force_sum_reduction_for_comms(True)
        self._fill(policy)

    def _fill(self, policy: VLMPolicy) -> None:
        """Take each process's shard of the policy's weights."""
        filled: dict[int, nn.Parameter] = {}
        wanted = dict(self.policy.named_parameters(remove_duplicate=False))
        for name, weight in policy.named_parameters(remove_duplicate=False):
            if id(weight) not in filled:  # tied weights stay tied
                shard = _cut(weight.detach(), wanted[name])
                filled[id(weight)] = nn.Parameter(shard, requires_grad=weight.requires_grad)
            wanted[name] = filled[id(weight)]
        self.policy.load_state_dict(wanted, strict=False, assign=True)

    def forward(self, what: str, generations: Sequence[Generation]) -> Any:
        """Do what the policy does, between the hooks that fetch shards; tensors come out."""
        found = getattr(self.policy, what)(generations)
        if isinstance(found, Evaluation):  # hooks see no further than into a dictionary
            return {name: tensor.clone() for name, tensor in vars(found).items()}
        return found

    def evaluate(self, generations: Sequence[Generation]) -> Evaluation:
        """Weigh exactly the sampled tokens."""
        return Evaluation(**self("evaluate", generations))

    def reference_logprobs(self, generations: Sequence[Generation]) -> torch.Tensor:
        """Return the log-probabilities [N, L] of the reference."""
        logprobs: torch.Tensor = self("reference_logprobs", generations)
        return logprobs


class Shards(Replicas):
    """Processes that hold a part of the model each.

    Args:
        device: where this process computes.
    """

    in_step = True

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._mesh = init_device_mesh(device.type, (self.world,))

    def sum_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Do nothing: the backward pass has added up each process's shard."""

    @contextmanager
    def training(self, algorithm: Learning) -> Iterator[None]:
        """Give the algorithm a twin in shards to train, and the optimiser its weights."""
        with super().training(algorithm):
            stepper, policy = stepper_of(algorithm), algorithm.policy
            twin = Twin(policy, self._mesh)
            self._pairs: Parameters = dict(
                zip(policy.parameters(), twin.policy.parameters(), strict=True)
            )
            self._optimizer = stepper.optimizer
            _swap(self._optimizer, self._pairs, _cut_state)
            stepper.weigher = twin
            yield
            stepper.weigher = policy
            # Its state is in the last checkpoint: put together, it might not fit here.
            self._optimizer.state.clear()
            _swap(self._optimizer, self._back(), _cut_state)
            del self._pairs, self._optimizer

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Make room for the update; then put the new weights together."""
        for own in self._pairs:
            own.data = own.data.new_empty(0)
        yield
        for own, shard in self._pairs.items():
            own.data = _whole(shard)

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Put the optimiser's state together, where the first process can save it."""
        groups = self._optimizer.param_groups
        shards, state = [group["params"] for group in groups], dict(self._optimizer.state)
        _swap(self._optimizer, self._back(), self._whole_state)
        yield
        self._optimizer.state.clear()
        self._optimizer.state.update(state)
        for group, parameters in zip(groups, shards, strict=True):
            group["params"] = parameters

    def _back(self) -> Parameters:
        return {shard: own for own, shard in self._pairs.items()}

    def _whole_state(self, value: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        """Put a state's tensor together, beside the GPU; only the first process needs it."""
        if not isinstance(value, DTensor):
            return value
        whole = _whole(value)
        return whole.cpu() if self.first else whole.new_empty(0)


def _swap(
    optimizer: torch.optim.Optimizer,
    pairs: Parameters,
    convert: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    """Put others in the place of an optimiser's parameters, and hand their state on."""
    state: dict[torch.Tensor, Any] = {
        pairs[own]: {name: convert(value, pairs[own]) for name, value in values.items()}
        for own, values in optimizer.state.items()
    }
    for group in optimizer.param_groups:
        group["params"] = [pairs[own] for own in group["params"]]
    optimizer.state.clear()
    optimizer.state.update(state)


def _cut_state(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Cut what is as large as the parameter; the count of steps is everybody's."""
    return _cut(value, like) if value.shape == like.shape else value


def _cut(whole: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Cut this process's shard out of a tensor, as ``like`` is cut."""
    assert isinstance(like, DTensor)
    # A copy: a view would keep the whole one.
    return distribute_tensor(whole, like.device_mesh, like.placements, src_data_rank=None).clone()


def _whole(shard: torch.Tensor) -> torch.Tensor:
    """Put a tensor together from the shards of all processes."""
    assert isinstance(shard, DTensor)
    whole: torch.Tensor = shard.full_tensor()
    return whole.detach()
