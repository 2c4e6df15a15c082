"""What a policy sees: the turns of one episode so far, as a chat of messages with pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vl_envs.core.env import Observation

if TYPE_CHECKING:
    from policies.policy import Generation


NEWEST = -1
"""As a context's ``history``: nothing but the newest observation, not even the goal is seen. For
environments that tell the goal, and what was done, in every observation."""


@dataclass
class Message:
    """One observation as told to the model.

    Attributes:
        text: the observation's text.
        image: its picture, uint8 [H, W, 3], or None where it is the one shown last.
        token_ids: the message as encoded by the policy, which keeps it here: nothing is
            tokenised twice.
    """

    text: str
    image: npt.NDArray[np.uint8] | None = None
    token_ids: npt.NDArray[np.int64] | None = None


@dataclass
class Context:
    """The chat of one episode: message, generation, message, generation, … , message.

    Args:
        index: which sub-environment the episode runs in.
        history: how many past turns the model sees besides the goal; None is all, `NEWEST` sees
            the newest observation alone. Older turns drop out whole, text and picture together.
        stream: names the episode among those of one seed of the policy. What is sampled follows
            from it alone, whoever else is in the batch and whichever process plays; None takes the
            policy's next unnamed one.
    """

    index: int = 0
    history: int | None = None
    stream: tuple[int, ...] | None = None
    messages: list[Message] = field(default_factory=list)
    generations: list[Generation] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    """All observations, as they came."""

    def observe(self, observation: Observation) -> None:
        """Add an observation; a picture that has not changed is not shown again."""
        image: npt.NDArray[np.uint8] | None = observation["image"]
        shown = self._shown()
        if shown is not None and np.array_equal(shown, observation["image"]):
            image = None
        self.messages.append(Message(observation["text"], image))
        self.observations.append(observation)

    def answer(self, generation: Generation) -> None:
        """Add what the model said to the newest message."""
        self.generations.append(generation)

    def window(self, drop: int = 0) -> list[tuple[Message, Generation | None]]:
        """Return the goal and the newest turns; the last message has no generation yet.

        Args:
            drop: how many more turns are left out, the oldest behind the goal, text and picture
                together. The goal and the newest message always stay.
        """
        turns: list[tuple[Message, Generation | None]] = [
            *zip(self.messages, self.generations, strict=False),
            (self.messages[-1], None),
        ]
        keep = self.history
        if keep == NEWEST:
            return turns[-1:]
        if keep is not None and len(turns) > keep + 2:
            turns = [turns[0], *turns[len(turns) - 1 - keep :]]
        if drop < 1 or len(turns) < 3:
            return turns
        return self._with_pictures([turns[0], *turns[min(drop + 1, len(turns) - 1) :]])

    def _with_pictures(
        self, turns: list[tuple[Message, Generation | None]]
    ) -> list[tuple[Message, Generation | None]]:
        """Show each picture once: also one whose turn was left out, if it is still to be seen."""
        number = {id(message): i for i, message in enumerate(self.messages)}
        shown, kept = None, list[tuple[Message, "Generation | None"]]()
        for message, generation in turns:
            picture = self.observations[number[id(message)]]["image"]
            new = shown is None or not np.array_equal(shown, picture)
            if new is (message.image is None):
                message = Message(message.text, picture if new else None)
            shown = picture
            kept.append((message, generation))
        return kept

    def _shown(self) -> npt.NDArray[np.uint8] | None:
        """Return the picture that the model saw last, if it will still see it next time."""
        if self.history == NEWEST:
            return None
        if self.history is not None:
            # A turn that drops out takes its picture along, so the new message brings it again.
            past = self.messages[1:][-self.history :] if self.history else []
            visible = [*self.messages[:1], *past]
        else:
            visible = self.messages
        return next((m.image for m in reversed(visible) if m.image is not None), None)
