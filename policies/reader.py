"""`Reader`: the passes through a model, in which nothing is read twice that need not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from transformers.modeling_layers import GradientCheckpointingLayer

from policies.context import Context
from policies.encoder import Encoder
from policies.families import Rows
from policies.policy import Generation
from policies.reading import Ids, Pictures, Reading

Prompt = tuple[Ids, Pictures]


class Reader:
    """Reads rows of tokens with their pictures.

    Args:
        encoder: of the model's processor.
        share_prompts: read a prompt that several rows share once.
        keep: keep what was read of a batch of turns for the turns that come next.
    """

    def __init__(self, encoder: Encoder, share_prompts: bool = True, keep: bool = True) -> None:
        self.encoder, self.share_prompts, self.keep = encoder, share_prompts, keep
        self._kept: Kept | None = None

    def forget(self) -> None:
        """Let go of what was kept: an update needs the memory."""
        self._kept = None

    def keep_turns(self, model: Any, read: Reading, generations: Sequence[Generation]) -> None:
        """Keep what was read and said in a batch of turns, if this model's can be kept."""
        if self.keep and self.encoder.family.extends and read.grows:
            self._kept = Kept(read, generations, changes(model))

    def read_on(
        self, model: Any, contexts: Sequence[Context], prompts: Sequence[Prompt]
    ) -> Reading:
        """Read prompts; of those that continue a turn just answered, only what is new."""
        kept, self._kept = self._kept, None
        if kept is None or kept.version != changes(model):
            return self.read(model, prompts)
        rows = [
            kept.row(context, prompt) for context, prompt in zip(contexts, prompts, strict=True)
        ]
        old = {i: row for i, row in enumerate(rows) if row is not None}
        if not old:
            return self.read(model, prompts)
        tails = [kept.tail(row, prompts[i]) for i, row in old.items()]
        past = kept.read.select(list(old.values())).compact()
        read, _ = self.forward(model, tails, left=True, past=past)
        new = [i for i in range(len(rows)) if i not in old]
        if new:
            read = read.join(self.read(model, [prompts[i] for i in new]))
        return read.select(np.argsort([*old, *new]).tolist())

    def read(self, model: Any, prompts: Sequence[Prompt]) -> Reading:
        """Read prompts, each different one once, and spread what was read to all that share it."""
        if not self.share_prompts:
            return self.forward(model, prompts, left=True)[0]
        numbers: dict[tuple[bytes, ...], int] = {}
        which = [
            numbers.setdefault((ids.tobytes(), *(p.tobytes() for p in pictures)), len(numbers))
            for ids, pictures in prompts
        ]
        different = [prompts[which.index(number)] for number in range(len(numbers))]
        read, _ = self.forward(model, different, left=True)
        return read if len(different) == len(prompts) else read.select(which)

    def forward(
        self,
        model: Any,
        rows: Sequence[Prompt],
        left: bool,
        past: Reading | None = None,
        begins: Sequence[int] | None = None,
        use_cache: bool = True,
    ) -> tuple[Reading, torch.Tensor]:
        """Read rows behind what was read before.

        Args:
            model: with its wrappers.
            rows: what is new in each.
            left: where the padding goes.
            past: what was read of the rows before.
            begins: the columns at which answers begin, where rows hold some.
            use_cache: whether anything is to be read behind the rows.

        Returns:
            What is now read of the rows, and the hidden states of what is new, [N, L, H].
        """
        encoder, body = self.encoder, body_of(model)
        device = body.get_input_embeddings().weight.device
        ids, mask = encoder.pad([ids for ids, _ in rows], left, device)
        width, pictures = ids.shape[1], [pictures for _, pictures in rows]
        if past is not None:
            ids, mask = torch.cat([past.ids, ids], 1), torch.cat([past.mask, mask], 1)
            pictures = [a + b for a, b in zip(past.pictures, pictures, strict=True)]
        columns = torch.tensor(begins or [ids.shape[1]] * len(rows), device=device)
        seen = encoder.image_inputs([picture for row in pictures for picture in row])
        known = encoder.family.describe(body, Rows(ids, mask, seen, columns))
        positions = known.pop("position_ids")[..., -width:]
        news = encoder.image_inputs([picture for _, row in rows for picture in row])
        output = body.model(
            input_ids=ids[:, -width:],
            attention_mask=mask,
            position_ids=positions,
            past_key_values=past.cache if past else None,
            use_cache=use_cache,
            **known,
            **_brought(encoder.family.merge(news) if news else {}, device, body.dtype),
        )
        hidden = output.last_hidden_state
        cache = output.past_key_values if use_cache else None
        read = Reading(ids, mask, pictures, positions[..., -1:], hidden[:, -1], cache)
        return read, hidden


class Kept:
    """What was read and said in a batch of turns, for the turns that come next.

    Args:
        read: of the batch, the answers included, each but for its last token.
        generations: the answers, one a row.
        version: of the weights that read it.
    """

    def __init__(self, read: Reading, generations: Sequence[Generation], version: int) -> None:
        self.read, self.generations, self.version = read, generations, version
        self._rows = {id(generation): row for row, generation in enumerate(generations)}

    def row(self, context: Context, prompt: Prompt) -> int | None:
        """Find the row that a context's prompt continues; None if there is none."""
        said = context.generations[-1] if context.generations else None
        row = self._rows.get(id(said))
        if row is None or not extends(*prompt, self.generations[row]):
            return None
        return row

    def tail(self, row: int, prompt: Prompt) -> Prompt:
        """Return what a prompt adds to a row: its last token, which was not read, and the rest."""
        said, (ids, pictures) = self.generations[row], prompt
        return ids[len(said.prompt_ids) + len(said.token_ids) - 1 :], pictures[len(said.images) :]


def extends(prompt_ids: Ids, pictures: Pictures, earlier: Generation) -> bool:
    """Tell whether a prompt begins with an earlier turn's prompt and answer."""
    prefix = np.append(earlier.prompt_ids, earlier.token_ids)
    return (
        len(prompt_ids) > len(prefix)
        and np.array_equal(prompt_ids[: len(prefix)], prefix)
        and len(pictures) >= len(earlier.images)
        and all(map(np.array_equal, earlier.images, pictures))
    )


def body_of(model: Any) -> Any:
    """Return the model itself, from inside LoRA's wrapper if there is one."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def changes(model: Any) -> int:
    """Count the changes of the weights, those of fused optimisers left aside."""
    return sum(parameter._version for parameter in model.parameters())


def enable_checkpointing(model: Any) -> None:
    """Call what transformers 5.23 renamed."""
    body = body_of(model)
    new = getattr(body, "activation_checkpointing_enable", None)
    (new or body.gradient_checkpointing_enable)({"use_reentrant": False})


@contextmanager
def checkpointed(model: Any, on: bool) -> Iterator[None]:
    """Compute layers again for the gradient, but leave dropout off.

    The layers do so in training mode only; their parts, where dropout is, stay as they are.
    """
    layers = [m for m in model.modules() if isinstance(m, GradientCheckpointingLayer)]
    for layer in layers:
        layer.training = on
    try:
        yield
    finally:
        for layer in layers:
            layer.training = False


def _brought(
    inputs: dict[str, torch.Tensor], device: torch.device, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """Bring what is known of pictures to the model, in its precision."""
    return {
        name: value.to(device, dtype if value.is_floating_point() else None)
        for name, value in inputs.items()
    }
