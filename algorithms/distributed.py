"""Many processes that learn together (torchrun), and give what one would give.

Every process plays its share of an update's tasks; then all have all episodes, and so agree on
advantages, on minibatches and on their order without a word. Of each minibatch a process weighs
its share, and gradients are added up before they are clipped.

The sum is made by hand, and not by `DistributedDataParallel`: that takes the mean over processes,
wants as many passes of each, has every pass meet every weight (the critic's, a picture tower's),
and has no answer where one of them runs out of memory. Here each of these is an ordinary case.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby, repeat, tee
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import torch
from torch import distributed

from algorithms.rollout import Episode

if TYPE_CHECKING:
    from algorithms.stepper import Stepper
    from policies.vlm import VLMPolicy

Thing = TypeVar("Thing")
Play = Callable[..., list[Episode]]
"""`rollout.collect` with environments and policy filled in."""

PATIENCE = timedelta(hours=12)
"""How long a process waits for the others: rollouts may be slow. If one dies, torchrun ends all."""
_BUCKET = 2**24
"""Numbers that are added up in one message, about."""


class Learning(Protocol):
    """An algorithm; many processes can take its steps together if it has a ``stepper``."""

    policy: VLMPolicy


class Learners:
    """The processes that train one policy; this class is one process alone.

    Attributes:
        rank: the number of this process.
        world: how many there are.
        device: where this process computes.
        in_step: whether all must make the same passes at the same time.
    """

    rank, world, in_step = 0, 1, False

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)

    @property
    def first(self) -> bool:
        """Whether this is the process that logs and writes."""
        return self.rank == 0

    def gather(self, thing: Thing) -> list[Thing]:
        """Give everybody the things of all processes, in their order."""
        return [thing]

    def same(self, thing: Thing) -> Thing:
        """Give everybody the first process's thing."""
        return self.gather(thing)[0]

    def shares(self, things: Sequence[Thing]) -> list[Sequence[Thing]]:
        """Deal things out, one after another: what each process gets."""
        return [things[rank :: self.world] for rank in range(self.world)]

    def part(self, count: int) -> int:
        """Tell how many of ``count`` environments, which all play, each process needs."""
        return math.ceil(count / self.world)

    def share_out(self, play: Play) -> Play:
        """Let the processes play together what one would play: all get all episodes.

        The same seeds give the same episodes. Only where ``turns`` says when to stop, which episode
        is the last depends on how many play.
        """
        return play

    def first_plays(self, play: Play) -> Play:
        """Let the first process play for all, where playing is shared out in another way."""
        return lambda *seeds, **options: self.same(play(*seeds, **options) if self.first else [])

    def sum_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Add up the gradients of all processes."""

    @contextmanager
    def training(self, algorithm: Learning) -> Iterator[None]:
        """Let an algorithm's steps be taken by all. What it has learned is in its policy."""
        yield

    @contextmanager
    def updating(self) -> Iterator[None]:
        """While the algorithm learns: nobody acts."""
        yield

    @contextmanager
    def saving(self) -> Iterator[None]:
        """While the algorithm's optimiser is saved: the first process has its whole state."""
        yield


ALONE = Learners()


class Replicas(Learners):
    """Processes that hold a whole model each.

    Args:
        device: where this process computes.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self.rank, self.world = distributed.get_rank(), distributed.get_world_size()
        # Objects travel by the network: they would else be copied to the GPU and back.
        self._talk = distributed.new_group(backend="gloo", timeout=PATIENCE)

    def gather(self, thing: Thing) -> list[Thing]:
        """Give everybody the things of all processes, in their order."""
        things: list[Any] = [None] * self.world
        distributed.all_gather_object(things, thing, group=self._talk)
        return things

    def share_out(self, play: Play) -> Play:
        """Let each process play every n-th group of one task, under the numbers of the whole."""

        def shared(
            seeds: Iterable[int],
            *,
            indices: Iterable[int] | None = None,
            turns: int | None = None,
            **options: Any,
        ) -> list[Episode]:
            tasks = zip(seeds, repeat(None) if indices is None else indices, strict=False)
            groups = enumerate(groupby(enumerate(tasks), key=lambda numbered: numbered[1]))
            mine = (one for i, (_, group) in groups if i % self.world == self.rank for one in group)
            own_seeds, own_indices, numbers, played_numbers = tee(mine, 4)
            played = play(
                (seed for _, (seed, _) in own_seeds),
                indices=None if indices is None else (index for _, (_, index) in own_indices),
                numbers=(number for number, _ in numbers),
                turns=None if turns is None else math.ceil(turns / self.world),
                **options,
            )
            numbered = zip((number for number, _ in played_numbers), played, strict=False)
            everything = [one for part in self.gather(list(numbered)) for one in part]
            return [episode for _, episode in sorted(everything, key=lambda pair: pair[0])]

        return shared

    def sum_gradients(self, optimizer: torch.optim.Optimizer) -> None:
        """Add up the gradients of all processes; a weight that met none of them has none."""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        met = torch.tensor([p.grad is not None for p in parameters], device=self.device).int()
        distributed.all_reduce(met, distributed.ReduceOp.MAX)
        for parameter, some in zip(parameters, met.tolist(), strict=True):
            if some and parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        for bucket in _buckets([p.grad for p in parameters if p.grad is not None]):
            flat = torch.cat([gradient.flatten() for gradient in bucket])
            distributed.all_reduce(flat)
            sums = torch.split(flat, [gradient.numel() for gradient in bucket])
            for gradient, total in zip(bucket, sums, strict=True):
                gradient.copy_(total.view_as(gradient))

    @contextmanager
    def training(self, algorithm: Learning) -> Iterator[None]:
        """Begin with the first process's weights: new ones were drawn by each for itself."""
        stepper = stepper_of(algorithm)
        for weight in algorithm.policy.state_dict().values():
            distributed.broadcast(weight, 0)
        stepper.learners = self
        yield
        stepper.learners = ALONE


def stepper_of(algorithm: Learning) -> Stepper:
    """Return what takes an algorithm's steps; ValueError if it takes them by itself."""
    stepper: Stepper | None = getattr(algorithm, "stepper", None)
    if stepper is None:
        raise ValueError(
            f"{type(algorithm).__name__} can be trained by one process only: for many, its steps "
            "must be taken by an algorithms.stepper.Stepper, which it keeps as `stepper`"
        )
    return stepper


def _buckets(tensors: Sequence[torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Chain tensors of one type up to about so many numbers as one message should have."""
    for _, alike in groupby(tensors, key=lambda tensor: tensor.dtype):
        bucket: list[torch.Tensor] = []
        for tensor in alike:
            bucket.append(tensor)
            if sum(one.numel() for one in bucket) >= _BUCKET:
                yield bucket
                bucket = []
        if bucket:
            yield bucket


@contextmanager
def join(sharding: str = "ddp", device: str = "auto") -> Iterator[Learners]:
    """Join the processes that torchrun has started; alone where it has started none.

    Args:
        sharding: ``ddp`` (each holds the whole model) or ``fsdp`` (while they learn, each holds a
            part of its weights, of their gradients and of the optimiser's state).
        device: ``auto`` (GPUs if there are any), ``cpu``, ``cuda`` …

    Raises:
        ValueError: ``fsdp`` with one process.
    """
    found = "cuda" if torch.cuda.is_available() else "cpu"
    device = found if device == "auto" else device
    many = distributed.is_torchelastic_launched() and int(os.environ["WORLD_SIZE"]) > 1
    if not many:
        if sharding == "fsdp":
            raise ValueError(
                "fsdp shares a model among processes: start them with torchrun --nproc-per-node N …"
            )
        yield Learners(device)
        return
    from accelerate import PartialState

    state = PartialState(cpu=device == "cpu", timeout=PATIENCE)
    if sharding == "fsdp":
        from algorithms.sharding import Shards

        yield Shards(state.device)
    else:
        yield Replicas(state.device)
    distributed.destroy_process_group()  # not after an error, when the others may still wait
