"""What a predicted action earns: Shop-R1's hierarchical reward, and ROUGE-L.

Source: Zhang et al. 2025, Shop-R1 (arXiv 2507.17842), section 3 and table 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("click", "type_and_submit", "terminate")
TERMS = ("format", "type", "attribute", "value")

FORMAT = 0.5
TYPE = 0.3
CLICK_NAME = 0.2
SUBMIT_NAME = 0.1
SUBMIT_TEXT = 0.1
SUBMIT_NAME_VALUE = 0.1
DARS = 1000.0
"""Difficulty-aware reward scaling: what the long text of an action is worth."""
THRESHOLD = 0.75
"""A text that is not more similar than this earns nothing for it."""


@dataclass(frozen=True)
class Action:
    """What a customer does.

    Attributes:
        kind: one of `KINDS`.
        name: of what is pressed, or of the field that is typed into.
        text: what is typed.
    """

    kind: str
    name: str = ""
    text: str = ""


def rouge_tokens(text: str) -> list[str]:
    """Split a text into the words that are compared: lower case, letters and digits."""
    return re.findall(r"[^\W_]+", text.casefold())


def rouge_l(said: str, right: str) -> float:
    """Return ROUGE-L (F1) of two texts, in [0, 1].

    F = 2·P·R / (P + R), with P and R the length of the longest common subsequence of words over
    the number of words of ``said`` and of ``right``. Source: Lin 2004, ROUGE, section 3 (β = 1).
    A text without words scores 0: so does saying every word there is, for P falls.
    """
    one, two = rouge_tokens(said), rouge_tokens(right)
    common = _longest_common(one, two)
    return 2 * common / (len(one) + len(two)) if common else 0.0


def _longest_common(one: Sequence[str], two: Sequence[str]) -> int:
    """Count the words of the longest common subsequence."""
    row = [0] * (len(two) + 1)
    for word in one:
        last = row
        row = [0]
        for place, other in enumerate(two):
            longer = last[place] + 1 if word == other else max(last[place + 1], row[place])
            row.append(longer)
    return row[-1]


def is_match(said: Action, right: Action) -> bool:
    """Tell whether a prediction is the action itself, word for word."""
    return (
        said.kind == right.kind
        and rouge_tokens(said.name) == rouge_tokens(right.name)
        and rouge_tokens(said.text) == rouge_tokens(right.text)
    )


def prediction_terms(said: Action, right: Action, dars: float = DARS) -> dict[str, float]:
    """Split the reward of a readable prediction into its `TERMS`; it is their sum.

    ================  ====  ==========================  =======================================
    action            type  attribute                   value
    ================  ====  ==========================  =======================================
    terminate         .3    --                          --
    click             .3    .2 (a name is given)        dars · S(name)
    type_and_submit   .3    .1 (name) + .1 (text)       .1 · S(name) + dars · S(text)
    ================  ====  ==========================  =======================================

    and ``format`` .5 for every readable answer. S is `rouge_l` where it exceeds `THRESHOLD`, else
    0. All but the format needs the right type. Range: [.5, .8] for ``terminate``, [.5, 1 + dars]
    for ``click``, [.5, 1.1 + dars] for ``type_and_submit``.

    Args:
        said: the prediction.
        right: what the customer did.
        dars: the scaling factor.
    """
    terms = {"format": FORMAT, "type": 0.0, "attribute": 0.0, "value": 0.0}
    if said.kind != right.kind:
        return terms
    terms["type"] = TYPE
    if said.kind == "click":
        terms["attribute"] = CLICK_NAME * bool(said.name.strip())
        terms["value"] = dars * _similar(said.name, right.name)
    elif said.kind == "type_and_submit":
        given = SUBMIT_NAME * bool(said.name.strip()) + SUBMIT_TEXT * bool(said.text.strip())
        terms["attribute"] = given
        name = SUBMIT_NAME_VALUE * _similar(said.name, right.name)
        terms["value"] = name + dars * _similar(said.text, right.text)
    return terms


def prediction_share(said: Action, right: Action, dars: float = DARS) -> dict[str, float]:
    """Scale `prediction_terms` so that the right action earns 1, whatever its type; in [0, 1]."""
    best = sum(prediction_terms(right, right, dars).values())
    return {name: term / best for name, term in prediction_terms(said, right, dars).items()}


def _similar(said: str, right: str) -> float:
    score = rouge_l(said, right)
    return score if score > THRESHOLD else 0.0
