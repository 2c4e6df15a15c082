"""`VLMPolicy`: a Hugging Face image-text-to-text model as a policy with token log-probabilities.

Sampling and training see the same distribution: log-probabilities are float32, tokens that a model
must never say (image, padding, beginning) are banned in both, dropout is off in both.

What saves time changes no number, and each can be switched off: a prompt that several rows share
(the group of one task) is read once; the turns of one episode, whose prompts extend each other, are
weighed in one pass over one sequence; while sampling, what was read in the turns before is kept.
"""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from torch.utils.checkpoint import checkpoint

from policies.context import Context
from policies.encoder import Budget, Encoder, Ids
from policies.families import family_of
from policies.loading import LoRA, load_model, save_model
from policies.policy import Evaluation, Generation
from policies.reader import (
    Prompt,
    Reader,
    body_of,
    checkpointed,
    enable_checkpointing,
    extends,
)
from policies.reading import Reading
from policies.value_head import ValueHead
from vl_envs.core.parser import Parser

_VALUE_FILE = "value_head.safetensors"
_NEVER_SAID = (
    *("image_token_id", "image_token_index", "video_token_id", "video_token_index"),
    *("vision_start_token_id", "vision_end_token_id", "boi_token_index", "eoi_token_index"),
)
_NUMBERS_AT_ONCE = 2**26
"""Of logits that training holds: rows of a large vocabulary are weighed piece by piece."""


class VLMPolicy(nn.Module):
    """A vision-language model that samples text actions and weighs them again.

    Args:
        model: an image-text-to-text model, with or without LoRA; see `families` for those tested.
        processor: its processor, with a chat template and a tokenizer.
        parser: of the environment: its stop strings end an answer, and it knows where the thought
            ends.
        max_new_tokens: longest answer.
        temperature: of sampling; log-probabilities are of the tempered distribution.
        stop_gradient: keep the critic's loss out of the model's body (VL-DAC).
        max_context: tokens of a prompt and its answer together; None is what the model was made
            for. Where an episode grows longer, whole turns are left out, the oldest first; the goal
            and the newest observation always stay.
        max_pictures: pictures in a prompt, likewise.
        max_pixels: of a picture; larger ones are made smaller.
        max_seconds: of one batch of answers; those that are not at their end by then are cut off.
        gradient_checkpointing: hold fewer activations in memory, and compute them again for the
            gradient; prompts are then read as often as they stand in a batch.
        share_prompts: read a prompt that several rows share once.
        keep_read: while sampling, keep what was read of an episode for its next turn. It costs the
            memory of one batch's keys and values, and has no effect on models with windows.

    Raises:
        ValueError: a limit is out of its range. From `act`, `values` and `encode`: the goal and the
            newest observation alone do not fit.
    """

    banned: torch.Tensor

    def __init__(
        self,
        model: Any,
        processor: Any,
        parser: Parser | None = None,
        max_new_tokens: int = 256,
        temperature: float = 1.0,
        stop_gradient: bool = True,
        max_context: int | None = None,
        max_pictures: int | None = None,
        max_pixels: int | None = None,
        max_seconds: float | None = None,
        gradient_checkpointing: bool = False,
        share_prompts: bool = True,
        keep_read: bool = True,
    ) -> None:
        super().__init__()
        for name, limit in (
            ("max_new_tokens", max_new_tokens),
            ("max_context", max_context),
            ("max_pictures", max_pictures),
            ("max_pixels", max_pixels),
        ):
            if limit is not None and limit < 1:
                raise ValueError(f"{name} must be at least 1, got {limit}")
        if temperature <= 0:
            raise ValueError(
                f"temperature must be above 0, got {temperature}; use act(greedy=True)"
            )
        if max_seconds is not None and max_seconds <= 0:
            raise ValueError(f"max_seconds must be above 0, got {max_seconds}")
        self.model, self.processor = model.eval(), processor
        self.family = family_of(body_of(model))
        ends = getattr(model.generation_config, "eos_token_id", None)
        ends = ends if isinstance(ends, list) else [] if ends is None else [ends]
        self.encoder = Encoder(processor, parser, self.family, ends)
        self.reader = Reader(self.encoder, share_prompts, keep_read)
        self.tokenizer = processor.tokenizer
        self.max_new_tokens, self.temperature = max_new_tokens, temperature
        self.stop_gradient, self.max_seconds = stop_gradient, max_seconds
        text_config = model.config.get_text_config()
        self.max_context = max_context or getattr(text_config, "max_position_embeddings", None)
        self.max_pictures, self.max_pixels = max_pictures, max_pixels
        self.gradient_checkpointing = gradient_checkpointing
        if gradient_checkpointing:
            enable_checkpointing(model)
        self.value_head = ValueHead(text_config.hidden_size)
        self.register_buffer(
            "banned", self._banned_tokens(text_config.vocab_size), persistent=False
        )
        self.seed(0)
        self._reference: Any = None

    @property
    def device(self) -> torch.device:
        """Where the model lies."""
        device: torch.device = next(self.model.parameters()).device
        return device

    # Acting.

    def seed(self, seed: int) -> None:
        """Start the random streams of sampling anew."""
        self.sampling_seed, self._unnamed = seed % 2**63, 0
        self.reader.forget()

    @torch.inference_mode()
    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer a batch of contexts, all in one batch of token steps."""
        if not contexts:
            return []
        prompts = [self._prompt(context) for context in contexts]
        read = self.reader.read_on(self.model, contexts, prompts)
        values = self.value_head(read.last).tolist()
        draws = None if greedy else self._draws(contexts)
        tokens, logprobs, stopped = self._decode(read, draws)
        generations = []
        for i, (prompt_ids, prompt_pictures) in enumerate(prompts):
            text = self.encoder.text(tokens[i])
            generations.append(
                Generation(
                    text=text,
                    prompt_ids=prompt_ids,
                    token_ids=tokens[i],
                    logprobs=logprobs[i],
                    images=prompt_pictures,
                    value=values[i],
                    stopped=stopped[i],
                    thought_length=self.encoder.thought_length(tokens[i], text),
                )
            )
        self.reader.keep_turns(self.model, read, generations)
        return generations

    @torch.inference_mode()
    def values(self, contexts: Sequence[Context]) -> npt.NDArray[np.float32]:
        """Return V(s) of contexts that await an answer, float32 [N]."""
        if not contexts:
            return np.zeros(0, np.float32)
        prompts = [self._prompt(context) for context in contexts]
        asked = [Generation("", prompt_ids=ids, images=pictures) for ids, pictures in prompts]
        return self._evaluate(self.model, asked).values.float().cpu().numpy()

    def encode(self, context: Context, text: str) -> Generation:
        """Write ``text`` as the answer to ``context``: a demonstration to imitate.

        Raises:
            ValueError: ``text`` holds a word (or token) that the policy never says.
        """
        prompt_ids, pictures = self._prompt(context)
        token_ids = np.array(self.tokenizer(text, add_special_tokens=False).input_ids, np.int64)
        if not text.endswith(self.encoder.stop):
            token_ids = np.append(token_ids, self.tokenizer.eos_token_id)
        if self.banned[token_ids].isinf().any():
            raise ValueError(f"the policy has no words for {text!r}: its vocabulary lacks some")
        # Counted in the text as decoded, which may be spaced differently.
        thought = self.encoder.thought_length(token_ids, self.encoder.text(token_ids))
        return Generation(text, prompt_ids, token_ids, images=pictures, thought_length=thought)

    def _prompt(self, context: Context) -> Prompt:
        """Write as much of a context as there is room for, beside the longest answer."""
        room = math.inf if self.max_context is None else self.max_context - self.max_new_tokens
        budget = Budget(room, self.max_pictures or math.inf, self.max_pixels or math.inf)
        return self.encoder.prompt(context, budget)

    def _draws(self, contexts: Sequence[Context]) -> torch.Tensor:
        """Draw a number in [0, 1) for every token that may come, float64 [N, max_new_tokens].

        Each turn of each episode has a stream of its own: what is sampled does not depend on what
        else is in the batch, nor on where it is computed.
        """
        rows = []
        for context in contexts:
            if context.stream is None:
                name: tuple[int, ...] = (0, self._unnamed)
                self._unnamed += 1
            else:
                name = (1, *context.stream, len(context.generations))
            rng = np.random.default_rng((self.sampling_seed, *name))
            rows.append(rng.random(self.max_new_tokens))
        return torch.from_numpy(np.stack(rows)).to(self.device)

    def _decode(
        self, read: Reading, draws: torch.Tensor | None
    ) -> tuple[list[Ids], list[npt.NDArray[np.float32]], list[bool]]:
        """Sample token after token until every row has stopped; without draws, greedily."""
        rows = len(read.last)
        tokens = torch.zeros(rows, self.max_new_tokens, dtype=torch.long, device=self.device)
        logprobs = torch.zeros(rows, self.max_new_tokens, device=self.device)
        length = np.zeros(rows, np.int64)
        running = np.ones(rows, bool)
        began = time.monotonic()
        for step in range(self.max_new_tokens):
            distribution = self._log_softmax(read.last)
            if draws is None:
                chosen = distribution.argmax(-1)
            else:
                chosen = _sample(distribution, draws[:, step])
            tokens[:, step] = chosen
            logprobs[:, step] = distribution.gather(1, chosen[:, None])[:, 0]
            length += running
            running &= ~self.encoder.ends(tokens[:, : step + 1].cpu().numpy(), running)
            late = self.max_seconds is not None and time.monotonic() - began > self.max_seconds
            if late or not running.any() or step + 1 == self.max_new_tokens:
                break
            output = body_of(self.model).model(
                input_ids=chosen[:, None],
                attention_mask=read.grow(chosen, torch.from_numpy(running)),
                position_ids=read.position,
                past_key_values=read.cache,
                use_cache=True,
            )
            read.last = output.last_hidden_state[:, -1]
        all_tokens, all_logprobs = tokens.cpu().numpy(), logprobs.cpu().numpy()
        return (
            [row[:n].copy() for row, n in zip(all_tokens, length, strict=True)],
            [row[:n].copy() for row, n in zip(all_logprobs, length, strict=True)],
            [not going for going in running],
        )

    # Weighing.

    def evaluate(self, generations: Sequence[Generation]) -> Evaluation:
        """Weigh exactly the sampled tokens, with gradients.

        Give the turns of an episode one after another: those whose prompts extend the turn before
        are weighed together with it, which gives the same numbers in less time.
        """
        self.reader.forget()
        return self._evaluate(self.model, generations)

    @torch.no_grad()
    def reference_logprobs(self, generations: Sequence[Generation]) -> torch.Tensor:
        """Return the log-probabilities [N, L] of the reference, see `freeze_reference`."""
        if hasattr(self.model, "disable_adapter"):
            with self.model.disable_adapter():
                return self._evaluate(self.model, generations).logprobs
        if self._reference is None:
            raise ValueError("call freeze_reference() before training with a KL term")
        return self._evaluate(self._reference[0], generations).logprobs

    def freeze_reference(self) -> None:
        """Keep the present model as the reference of the KL term.

        With LoRA nothing is kept: the reference is the model without its adapter. That is another
        one than the present model where the adapter has learned something, of which is warned.
        """
        if hasattr(self.model, "disable_adapter"):
            adapter = (w for name, w in self.model.named_parameters() if "lora_B" in name)
            if any(weight.any() for weight in adapter):
                warnings.warn(
                    "the KL term's reference is the model without its adapter, as it was before "
                    "imitation or an earlier run: a large kl_weight takes back what was learned "
                    "there",
                    stacklevel=3,
                )
        else:
            # In a list, so that it is no submodule: not trained, not saved.
            self._reference = [copy.deepcopy(self.model).requires_grad_(False)]

    def pack(self, generations: Sequence[Generation]) -> Iterator[list[Generation]]:
        """Group neighbours that are weighed together; minibatches should not take one apart."""
        return pack(generations) if self.family.extends else iter([g] for g in generations)

    def _evaluate(self, model: Any, generations: Sequence[Generation]) -> Evaluation:
        packs = list(self.pack(generations))
        if self.gradient_checkpointing or not self.reader.share_prompts:
            wholes = [(_whole(pack[-1]), pack[-1].images) for pack in packs]
            begins = [len(pack[0].prompt_ids) for pack in packs]
            with checkpointed(model, self.gradient_checkpointing and torch.is_grad_enabled()):
                _, hidden = self.reader.forward(
                    model, wholes, left=False, begins=begins, use_cache=False
                )
            return self._weigh(model, packs, hidden, [1] * len(packs))
        read = self.reader.read(model, [(pack[0].prompt_ids, pack[0].images) for pack in packs])
        hidden = read.last[:, None]  # [:, j] predicts token j behind the first prompt
        tails = [_tail(pack) for pack in packs]
        if any(len(ids) for ids, _ in tails):
            _, behind = self.reader.forward(model, tails, left=False, past=read)
            hidden = torch.cat([hidden, behind], 1)
        return self._weigh(model, packs, hidden, [len(pack[0].prompt_ids) for pack in packs])

    def _weigh(
        self,
        model: Any,
        packs: Sequence[list[Generation]],
        hidden: torch.Tensor,
        offsets: Sequence[int],
    ) -> Evaluation:
        """Read log-probabilities, entropy and values off the hidden states of the packs.

        Args:
            model: with its wrappers.
            packs: one a row.
            hidden: [N, L, H].
            offsets: a prompt of so many tokens ends at column 0.
        """
        generations = [generation for pack in packs for generation in pack]
        width = hidden.shape[1]
        starts = [
            row * width + len(generation.prompt_ids) - offset
            for row, (pack, offset) in enumerate(zip(packs, offsets, strict=True))
            for generation in pack
        ]
        start = torch.tensor(starts, device=self.device)
        lengths = torch.tensor([len(g.token_ids) for g in generations], device=self.device)
        thoughts = torch.tensor([g.thought_length for g in generations], device=self.device)
        flat = hidden.flatten(0, 1)
        at_prompt = flat[start].detach() if self.stop_gradient else flat[start]
        steps = torch.arange(int(lengths.max()), device=self.device)
        sampled = steps < lengths[:, None]
        logprobs = torch.zeros(sampled.shape, device=self.device)
        old_logprobs, entropy = logprobs.clone(), logprobs.clone()
        if sampled.any():
            where = (start[:, None] + steps)[sampled]  # flat positions that predict them
            chosen = torch.from_numpy(np.concatenate([g.token_ids for g in generations]))
            old = torch.from_numpy(np.concatenate([_old_logprobs(g) for g in generations]))
            of_chosen, spread = self._token_numbers(flat[where], chosen.to(self.device), model)
            logprobs = logprobs.masked_scatter(sampled, of_chosen)
            old_logprobs[sampled] = old.to(self.device)
            entropy = entropy.masked_scatter(sampled, spread)
        return Evaluation(
            logprobs=logprobs,
            old_logprobs=old_logprobs,
            mask=sampled.float(),
            thought_mask=(sampled & (steps < thoughts[:, None])).float(),
            entropy=entropy,
            values=self.value_head(at_prompt),
        )

    def _token_numbers(
        self, hidden: torch.Tensor, chosen: torch.Tensor, model: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log-probabilities of ``chosen`` [T], and the entropies of their places [T].

        Piece by piece where the vocabulary is large: a piece's logits live only while it is
        weighed, and are computed again for the gradient.
        """

        def numbers(hidden: torch.Tensor, chosen: torch.Tensor) -> tuple[torch.Tensor, ...]:
            distribution = self._log_softmax(hidden, model)
            spread = -(distribution.exp() * distribution.clamp(min=-1e4)).sum(-1)
            return distribution.gather(1, chosen[:, None])[:, 0], spread

        size = max(1, _NUMBERS_AT_ONCE // len(self.banned))
        if len(chosen) <= size:
            of_chosen, spread = numbers(hidden, chosen)
            return of_chosen, spread
        pieces = [
            checkpoint(numbers, hidden[i : i + size], chosen[i : i + size], use_reentrant=False)
            for i in range(0, len(chosen), size)
        ]
        of_chosen, spread = (torch.cat(column) for column in zip(*pieces, strict=True))
        return of_chosen, spread

    def _log_softmax(self, hidden: torch.Tensor, model: Any = None) -> torch.Tensor:
        head = body_of(model or self.model).get_output_embeddings()
        return F.log_softmax(head(hidden).float() / self.temperature + self.banned, -1)

    def _banned_tokens(self, vocabulary: int) -> torch.Tensor:
        banned = torch.zeros(vocabulary)
        tokenizer, config = self.tokenizer, self.model.config
        forbidden = [tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id]
        forbidden += [getattr(config, name, None) for name in _NEVER_SAID]
        for token in forbidden:
            if token is not None and token < vocabulary and token not in self.encoder.ends_answer:
                banned[token] = -torch.inf
        banned[len(tokenizer) :] = -torch.inf  # rows that only pad the embedding matrix
        return banned

    # Keeping.

    def save(self, folder: Path) -> None:
        """Write model, processor and critic to ``folder``, for `load` and for `AutoModel…`.

        Of a model with LoRA only the adapter is written.
        """
        save_model(self.model, self.processor, folder)
        save_file(self.value_head.state_dict(), folder / _VALUE_FILE)

    @classmethod
    def load(
        cls, name: Path | str, dtype: str = "auto", lora: LoRA | None = None, **kwargs: Any
    ) -> VLMPolicy:
        """Read what `save` wrote, or any model of Hugging Face's layout; see `load_model`.

        A LoRA adapter is laid over its base model, which must be where the adapter says.

        Raises:
            FileNotFoundError: there is no such model; the message says what to download.
            ValueError: an option is wrong.
        """
        policy = cls(*load_model(name, dtype, lora), **kwargs)
        values = Path(name) / _VALUE_FILE
        if values.is_file():
            policy.value_head.load_state_dict(load_file(values))
        return policy


def _sample(distribution: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """Pick the token at which the cumulated probability passes the draw, int64 [N]."""
    cumulated = distribution.double().exp().cumsum(-1)
    total = cumulated[:, -1]
    wanted = torch.minimum(draws * total, total.nextafter(torch.zeros_like(total)))
    # To the right of equal sums: a token without probability is never picked.
    return torch.searchsorted(cumulated, wanted[:, None], right=True)[:, 0]


def _old_logprobs(generation: Generation) -> npt.NDArray[np.float32]:
    """Return the sampled log-probabilities; a demonstration has none and counts as certain."""
    if len(generation.logprobs):
        return generation.logprobs
    return np.zeros(len(generation.token_ids), np.float32)


def pack(generations: Sequence[Generation]) -> Iterator[list[Generation]]:
    """Group neighbours whose prompt begins with the one before and its answer."""
    group: list[Generation] = []
    for generation in generations:
        if group and extends(generation.prompt_ids, generation.images, group[-1]):
            group.append(generation)
            continue
        if group:
            yield group
        group = [generation]
    if group:
        yield group


def _whole(generation: Generation) -> Ids:
    return np.append(generation.prompt_ids, generation.token_ids)


def _tail(pack: Sequence[Generation]) -> Prompt:
    """Return the tokens and pictures of a pack behind its first prompt."""
    first, last = pack[0], pack[-1]
    return _whole(last)[len(first.prompt_ids) :], last.images[len(first.images) :]
