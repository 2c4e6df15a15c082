"""`VLMPolicy`: a Hugging Face image-text-to-text model as a policy with token log-probabilities.

Sampling and training see the same distribution: log-probabilities are float32, tokens that a model
must never say (image, padding, beginning) are banned in both, dropout is off in both. Prompts that
occur several times in a batch (the group of one task) are read once. Turns of one episode whose
prompts extend each other are weighed in one pass over one sequence.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.utils import logging

from policies.context import Context
from policies.encoder import Budget, Encoder, Ids, Picture
from policies.policy import Evaluation, Generation
from vl_envs.core.parser import Parser

_VALUE_FILE = "value_head.safetensors"


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


class VLMPolicy(nn.Module):
    """A vision-language model that samples text actions and weighs them again.

    Args:
        model: an image-text-to-text model (LLaVA-shaped ones are tested; with or without LoRA).
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
        self.model, self.processor = model.eval(), processor
        self.encoder = Encoder(processor, parser)
        self.tokenizer = processor.tokenizer
        self.max_new_tokens, self.temperature = max_new_tokens, temperature
        self.stop_gradient = stop_gradient
        text_config = model.config.get_text_config()
        self.max_context = max_context or getattr(text_config, "max_position_embeddings", None)
        self.max_pictures, self.max_pixels = max_pictures, max_pixels
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

    def _draws(self, contexts: Sequence[Context]) -> torch.Tensor:
        """Draw a number in [0, 1) for every token that may come, float64 [N, max_new_tokens].

        Each turn of each episode has a stream of its own: what is sampled does not depend on what
        else is in the batch, nor on where it is computed.
        """
        rows = []
        for context in contexts:
            if context.stream is None:
                name = (0, self._unnamed)
                self._unnamed += 1
            else:
                name = (1, *context.stream, len(context.generations))
            rng = np.random.default_rng((self.sampling_seed, *name))
            rows.append(rng.random(self.max_new_tokens))
        return torch.from_numpy(np.stack(rows)).to(self.device)

    @torch.inference_mode()
    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer a batch of contexts, all in one batch of token steps."""
        prompts = [self._prompt(context) for context in contexts]
        last, mask, cache = self._read(self.model, prompts)
        values = self.value_head(last).tolist()
        draws = None if greedy else self._draws(contexts)
        tokens, logprobs, stopped = self._decode(last, mask, cache, draws)
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
        return generations

    @torch.inference_mode()
    def values(self, contexts: Sequence[Context]) -> npt.NDArray[np.float32]:
        """Return V(s) of contexts that await an answer, float32 [N]."""
        prompts = [self._prompt(context) for context in contexts]
        asked = [Generation("", prompt_ids=ids, images=pictures) for ids, pictures in prompts]
        return self.evaluate(asked).values.float().cpu().numpy()

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

    def _prompt(self, context: Context) -> tuple[Ids, tuple[Picture, ...]]:
        """Write as much of a context as there is room for, beside the longest answer."""
        room = math.inf if self.max_context is None else self.max_context - self.max_new_tokens
        budget = Budget(room, self.max_pictures or math.inf, self.max_pixels or math.inf)
        return self.encoder.prompt(context, budget)

    def _decode(
        self, hidden: torch.Tensor, mask: torch.Tensor, cache: Any, draws: torch.Tensor | None
    ) -> tuple[list[Ids], list[npt.NDArray[np.float32]], list[bool]]:
        """Sample token after token until every row has stopped; without draws, greedily."""
        rows = len(hidden)
        tokens = torch.zeros(rows, self.max_new_tokens, dtype=torch.long, device=self.device)
        logprobs = torch.zeros(rows, self.max_new_tokens, device=self.device)
        length = np.zeros(rows, np.int64)
        running = np.ones(rows, bool)
        for step in range(self.max_new_tokens):
            distribution = self._log_softmax(hidden)
            if draws is None:
                chosen = distribution.argmax(-1)
            else:
                chosen = _sample(distribution, draws[:, step])
            tokens[:, step] = chosen
            logprobs[:, step] = distribution.gather(1, chosen[:, None])[:, 0]
            length += running
            running &= ~self.encoder.ends(tokens[:, : step + 1].cpu().numpy(), running)
            if not running.any() or step + 1 == self.max_new_tokens:
                break
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
            hidden = (
                _body(self.model)
                .model(
                    input_ids=chosen[:, None],
                    attention_mask=mask,
                    position_ids=mask.sum(1, keepdim=True) - 1,
                    past_key_values=cache,
                    use_cache=True,
                )
                .last_hidden_state[:, -1]
            )
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
        return self._evaluate(self.model, generations)

    @torch.no_grad()
    def reference_logprobs(self, generations: Sequence[Generation]) -> torch.Tensor:
        """Return the log-probabilities [N, L] of the policy as it was at `freeze_reference`."""
        if hasattr(self.model, "disable_adapter"):
            with self.model.disable_adapter():
                return self._evaluate(self.model, generations).logprobs
        if self._reference is None:
            raise ValueError("call freeze_reference() before training with a KL term")
        return self._evaluate(self._reference[0], generations).logprobs

    def freeze_reference(self) -> None:
        """Keep the present model as the reference of the KL term.

        With LoRA nothing is kept: the reference is the model without its adapter.
        """
        if not hasattr(self.model, "disable_adapter"):
            # In a list, so that it is no submodule: not trained, not saved.
            self._reference = [copy.deepcopy(self.model).requires_grad_(False)]

    def _evaluate(self, model: Any, generations: Sequence[Generation]) -> Evaluation:
        packs = list(pack(generations))
        last, mask, cache = self._read(model, [(p[0].prompt_ids, p[0].images) for p in packs])
        hidden = last[:, None]  # [:, j] predicts token j behind the first prompt
        tails = [_tail(pack) for pack in packs]
        ids, tail_mask = self.encoder.pad(
            [tail for tail, _ in tails], left=False, device=self.device
        )
        if ids.shape[1]:
            steps = torch.arange(ids.shape[1], device=self.device)
            output = _body(model).model(
                input_ids=ids,
                attention_mask=torch.cat([mask, tail_mask], 1),
                position_ids=mask.sum(1, keepdim=True) + steps,
                past_key_values=cache,
                use_cache=True,
                **self.encoder.image_inputs(
                    [picture for _, pictures in tails for picture in pictures], self.device
                ),
            )
            hidden = torch.cat([hidden, output.last_hidden_state], 1)
        return self._weigh(model, packs, hidden, ids)

    def _weigh(
        self, model: Any, packs: Sequence[list[Generation]], hidden: torch.Tensor, ids: torch.Tensor
    ) -> Evaluation:
        """Read log-probabilities, entropy and values off the hidden states of the packs."""
        generations = [generation for pack in packs for generation in pack]
        width = hidden.shape[1]
        starts = [
            row * width + len(generation.prompt_ids) - len(pack[0].prompt_ids)
            for row, pack in enumerate(packs)
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
            distribution = self._log_softmax(flat[where], model)
            chosen = torch.from_numpy(np.concatenate([g.token_ids for g in generations]))
            chosen = chosen.to(self.device)[:, None]
            old = torch.from_numpy(np.concatenate([_old_logprobs(g) for g in generations]))
            logprobs = logprobs.masked_scatter(sampled, distribution.gather(1, chosen)[:, 0])
            old_logprobs[sampled] = old.to(self.device)
            spread = -(distribution.exp() * distribution.clamp(min=-1e4)).sum(-1)
            entropy = entropy.masked_scatter(sampled, spread)
        return Evaluation(
            logprobs=logprobs,
            old_logprobs=old_logprobs,
            mask=sampled.float(),
            thought_mask=(sampled & (steps < thoughts[:, None])).float(),
            entropy=entropy,
            values=self.value_head(at_prompt),
        )

    def _read(
        self, model: Any, prompts: Sequence[tuple[Ids, tuple[Picture, ...]]]
    ) -> tuple[torch.Tensor, torch.Tensor, Any]:
        """Read prompts, each different one once, and spread what was read to all that share it.

        Returns:
            The last hidden state [N, H], the attention mask [N, P] and the key-value cache.
        """
        numbers: dict[tuple[bytes, ...], int] = {}
        which = [
            numbers.setdefault((ids.tobytes(), *(p.tobytes() for p in pictures)), len(numbers))
            for ids, pictures in prompts
        ]
        different = [prompts[which.index(number)] for number in range(len(numbers))]
        ids, mask = self.encoder.pad([ids for ids, _ in different], left=True, device=self.device)
        output = _body(model).model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=_positions(mask),
            use_cache=True,
            **self.encoder.image_inputs(
                [picture for _, pictures in different for picture in pictures], self.device
            ),
        )
        last, cache = output.last_hidden_state[:, -1], output.past_key_values
        if len(different) == len(prompts):
            return last, mask, cache
        rows = torch.tensor(which, device=self.device)
        cache.batch_select_indices(rows)
        return last[rows], mask[rows], cache

    def _log_softmax(self, hidden: torch.Tensor, model: Any = None) -> torch.Tensor:
        head = _body(model or self.model).get_output_embeddings()
        return F.log_softmax(head(hidden).float() / self.temperature + self.banned, -1)

    def _banned_tokens(self, vocabulary: int) -> torch.Tensor:
        banned = torch.zeros(vocabulary)
        tokenizer = self.tokenizer
        forbidden = [tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id]
        forbidden.append(getattr(self.model.config, "image_token_id", None))
        for token in forbidden:
            if token is not None and token != tokenizer.eos_token_id:
                banned[token] = -torch.inf
        banned[len(tokenizer) :] = -torch.inf  # rows that only pad the embedding matrix
        return banned

    # Keeping.

    def save(self, folder: Path) -> None:
        """Write model, processor and critic to ``folder``, for `load` and for `AutoModel…`.

        Of a model with LoRA only the adapter is written.
        """
        bars: Any = logging
        enabled = bars.is_progress_bar_enabled()
        bars.disable_progress_bar()  # a checkpoint is no news
        # Embeddings are never trained; asked to find that out, peft would look at the hub.
        options = {"save_embedding_layers": False} if hasattr(self.model, "peft_config") else {}
        self.model.save_pretrained(folder, **options)
        if enabled:
            bars.enable_progress_bar()
        self.processor.save_pretrained(folder)
        save_file(self.value_head.state_dict(), folder / _VALUE_FILE)

    @classmethod
    def load(cls, folder: Path | str, **kwargs: Any) -> VLMPolicy:
        """Read what `save` wrote, or any model folder of Hugging Face's layout.

        A LoRA adapter is laid over its base model, which must be where the adapter says.

        Raises:
            FileNotFoundError: there is no model in ``folder``.
        """
        from transformers import AutoModelForImageTextToText, AutoProcessor

        folder = Path(folder)
        if (folder / "adapter_config.json").is_file():
            from peft import PeftConfig, PeftModel

            from policies import smollm2

            base = str(PeftConfig.from_pretrained(str(folder)).base_model_name_or_path)
            if side := smollm2.side_of(base):
                below: Any = smollm2.smollm2_vlm(side)[0]
            else:
                below = AutoModelForImageTextToText.from_pretrained(base)
            model: Any = PeftModel.from_pretrained(below, folder, is_trainable=True)
        elif (folder / "config.json").is_file():
            model = AutoModelForImageTextToText.from_pretrained(folder)
        else:
            raise FileNotFoundError(f"{folder} holds no model: expected config.json in it")
        processor: Any = AutoProcessor
        policy = cls(model, processor.from_pretrained(folder), **kwargs)
        if (folder / _VALUE_FILE).is_file():
            policy.value_head.load_state_dict(load_file(folder / _VALUE_FILE))
        return policy


def _sample(distribution: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    """Pick the token at which the cumulated probability passes the draw, int64 [N]."""
    cumulated = distribution.double().exp().cumsum(-1)
    total = cumulated[:, -1]
    wanted = torch.minimum(draws * total, total.nextafter(torch.zeros_like(total)))
    # To the right of equal sums: a token without probability is never picked.
    return torch.searchsorted(cumulated, wanted[:, None], right=True)[:, 0]


def _body(model: Any) -> Any:
    """Return the model itself, from inside LoRA's wrapper if there is one."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _old_logprobs(generation: Generation) -> npt.NDArray[np.float32]:
    """Return the sampled log-probabilities; a demonstration has none and counts as certain."""
    if len(generation.logprobs):
        return generation.logprobs
    return np.zeros(len(generation.token_ids), np.float32)


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Count positions from the first real token of each row, [N, L]."""
    return (mask.cumsum(1) - 1).clamp(min=0)


def pack(generations: Sequence[Generation]) -> Iterator[list[Generation]]:
    """Group neighbours whose prompt begins with the one before and its answer.

    `VLMPolicy.evaluate` reads each group at once; minibatches should not take one apart.
    """
    group: list[Generation] = []
    for generation in generations:
        if group and _extends(generation, group[-1]):
            group.append(generation)
            continue
        if group:
            yield group
        group = [generation]
    if group:
        yield group


def _tail(pack: Sequence[Generation]) -> tuple[Ids, tuple[Picture, ...]]:
    """Return the tokens and pictures of a pack behind its first prompt."""
    first, last = pack[0], pack[-1]
    whole = np.append(last.prompt_ids, last.token_ids)
    return whole[len(first.prompt_ids) :], last.images[len(first.images) :]


def _extends(later: Generation, earlier: Generation) -> bool:
    prefix = np.append(earlier.prompt_ids, earlier.token_ids)
    return (
        len(later.prompt_ids) > len(prefix)
        and np.array_equal(later.prompt_ids[: len(prefix)], prefix)
        and len(later.images) >= len(earlier.images)
        and all(map(np.array_equal, earlier.images, later.images))
    )
