"""Who wishes for something and says too little: answers questions from the true goal.

A question has one of a few forms (`FORMS`), so that no language model is needed to judge it. The
user never lies, and never says more than what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vl_envs.alfworld.facts import FACTS

SLOTS = ("thing", "place", "change")
"""What a wish may leave open: kind of thing, kind of receptacle, what is done with it first."""
STATES = {"": "as it is", "clean": "clean", "heat": "hot", "cool": "cool"}
"""What is done with a thing first, and how it then is."""
FORMS = (
    "which thing?",
    "which place?",
    "which change?",
    "is it the mug?",
    "does it go to the fridge?",
    "should it be hot?",
)
"""All forms of questions, with examples of names."""
PUZZLED = f"I do not understand the question. Ask like this: {' '.join(FORMS)}"

_NAMES = {
    "thing": {kind.lower(): kind for kind in FACTS.things},
    "place": {kind.lower(): kind for kind in FACTS.receptacles},
    "change": {state: change for change, state in STATES.items()},
}
_GUESSES = (
    ("thing", re.compile(r"is it the (\w+)")),
    ("place", re.compile(r"does it go to the (\w+)")),
    ("change", re.compile(r"should it be (clean|hot|cool|as it is)")),
)


class Question(NamedTuple):
    """What is asked.

    Attributes:
        slot: one of `SLOTS`.
        guess: an option of the slot, to be answered by yes or no; None asks which one it is.
    """

    slot: str
    guess: str | None = None


def understand(text: str) -> Question | None:
    """Read a question; None where it has none of the forms or names what does not exist.

    Case does not matter, nor does a question mark or space around it.
    """
    text = text.strip(" ").removesuffix("?").strip(" ").lower()
    for slot in SLOTS:
        if text == f"which {slot}":
            return Question(slot)
    for slot, form in _GUESSES:
        match = form.fullmatch(text)
        if match:
            guess = _NAMES[slot].get(match[1])
            return None if guess is None else Question(slot, guess)
    return None


@dataclass
class User:
    """Answers, and keeps count of the questions.

    Attributes:
        truth: slot -> what is wished for: a kind of thing, a kind of receptacle, a verb or "".
        left: slot -> what it can still be, for who knows the house and heard all answers.
        needed: slots that were open at first; so many questions settle everything.
        asked: all questions so far.
        relevant: those of them whose answer left fewer options.
    """

    truth: Mapping[str, str]
    left: dict[str, tuple[str, ...]]
    needed: int
    asked: int = 0
    relevant: int = 0

    @classmethod
    def of(cls, truth: Mapping[str, str], options: Mapping[str, tuple[str, ...]]) -> User:
        """Return a user of whom nothing was asked yet."""
        return cls(truth, dict(options), sum(len(options[slot]) > 1 for slot in SLOTS))

    @property
    def open(self) -> tuple[str, ...]:
        """Slots that the wish and the answers leave open."""
        return tuple(slot for slot in SLOTS if len(self.left[slot]) > 1)

    def hear(self, question: Question | None) -> str:
        """Answer a question, or what is none."""
        self.asked += 1
        if question is None:
            return PUZZLED
        slot, guess = question
        true, before = self.truth[slot], self.left[slot]
        if guess is None:
            self.left[slot] = (true,)
        else:
            same = guess == true
            self.left[slot] = tuple(kind for kind in before if (kind == guess) == same)
        self.relevant += len(self.left[slot]) < len(before)
        return _told(slot, true) if guess is None else "Yes." if guess == true else "No."


def _told(slot: str, what: str) -> str:
    """Say what is wished for."""
    if slot == "thing":
        return f"It is the {what.lower()}."
    return f"It goes to the {what.lower()}." if slot == "place" else f"It should be {STATES[what]}."


def efficiency(success: bool, needed: int, relevant: int, asked: int) -> float:
    """Score how well an ambiguity was resolved: by few questions, and by relevant ones.

    success / (1 + |needed - relevant| + (asked - relevant)), from 0 (failed) to 1 (succeeded with
    exactly the questions that were needed). After the ambiguity-resolution efficiency score of
    Ramrakhya et al. 2025 (arXiv 2504.00907), which weighs success against the fewest questions
    needed and against irrelevant ones; this formula is ours and may differ from theirs.

    Args:
        success: whether the true goal was reached.
        needed: fewest questions that are sure to resolve it.
        relevant: questions whose answer left fewer options.
        asked: all questions.

    Raises:
        ValueError: a number is negative, or more questions were relevant than asked.
    """
    if min(needed, relevant) < 0 or relevant > asked:
        raise ValueError(
            "expected needed >= 0 and 0 <= relevant <= asked, "
            f"got needed {needed}, relevant {relevant}, asked {asked}"
        )
    return float(success) / (1 + abs(needed - relevant) + asked - relevant)
