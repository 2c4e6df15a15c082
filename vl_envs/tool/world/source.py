"""The default tasks of image-tool search: real things to recognise, real facts to look up."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np
from PIL import Image

from vl_envs.core.errors import unknown
from vl_envs.core.tasks import split_of
from vl_envs.tool.search_task import Passage, SearchSource, SearchTask
from vl_envs.tool.world import elements, flags, sky
from vl_envs.tool.world.corpus import corpus
from vl_envs.tool.world.facts import KINDS, name, table
from vl_envs.tool.world.questions import Solution
from vl_envs.tool.world.relations import RELATIONS

LEVELS = ("simple", "hard")
COMMONEST = 0.05
"""No answer may be right for a larger share of a relation's subjects."""
FEWEST = 10
"""A relation with fewer subjects than this is not asked: guessing would pay."""

Picture = Callable[[str, np.random.Generator, int], Image.Image]
PICTURES: dict[str, Picture] = {
    "flag": flags.flag_picture,
    "element": elements.element_picture,
    "constellation": sky.sky_picture,
}


def drawn(kind: str) -> tuple[str, ...]:
    """Give the codes of everything of a kind that has a picture."""
    if kind == "element":
        return tuple(table("element"))
    return flags.codes() if kind == "flag" else sky.codes()


def plain(text: str) -> str:
    """Reduce to lower-case words, as a lenient judge compares them."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def _tells(question: str, secrets: Iterable[str]) -> bool:
    asked = f" {plain(question)} "
    return any(f" {plain(secret)} " in asked for secret in secrets)


@cache
def _pool(relation: str) -> dict[str, tuple[tuple[str, ...], Solution]]:
    """Give by subject code the wordings and the solution, over all splits.

    A wording that happens to hold the subject's name or the answer (".is", "In") is left out, and
    so are subjects beyond the share that one answer may have.
    """
    rule = RELATIONS[relation]
    found: dict[str, tuple[tuple[str, ...], Solution]] = {}
    for code in drawn(rule.kind):
        solution = rule.solve(code)
        if solution is None:
            continue
        secrets = (*table(rule.kind)[code]["names"], *solution.answers)
        wordings = tuple(w for w in rule.wordings if not _tells(w, secrets))
        if wordings:
            found[code] = (wordings, solution)
    # By hash, not by alphabet: which subjects stay must not favour a region or a row.
    order = sorted(found, key=lambda code: hashlib.sha256(f"{relation}/{code}".encode()).digest())
    while True:
        most = max(1, int(COMMONEST * len(order)))
        seen: Counter[str] = Counter()
        kept = []
        for code in order:
            keys = {plain(answer) for answer in found[code][1].answers}
            if all(seen[key] < most for key in keys):
                kept.append(code)
                seen.update(keys)
        if len(kept) == len(order):
            break
        order = kept
    return {code: found[code] for code in sorted(order)} if len(order) >= FEWEST else {}


def _commonest(relation: str) -> float:
    """Give the success rate of the best constant answer to a relation, over all splits."""
    pool = _pool(relation)
    seen: Counter[str] = Counter()
    for _, solution in pool.values():
        seen.update({plain(answer) for answer in solution.answers})
    return max(seen.values()) / len(pool)


class WorldSource(SearchSource):
    """Pictures of flags, elements and constellations, with questions that need a search.

    Args:
        split: ``train``, ``val`` or ``test``; a combination of subject and relation is in one only.
        level: ``simple`` asks for one fact; ``hard`` needs two or three, or a comparison.
        kinds: the kinds of picture to draw from.
        side: longer side of the pictures, in pixels.

    Raises:
        ValueError: an unknown split, level or kind.
    """

    def __init__(
        self,
        split: str = "train",
        level: str = "simple",
        kinds: Sequence[str] = tuple(KINDS),
        side: int = 320,
    ) -> None:
        super().__init__(split)
        if level not in LEVELS:
            raise unknown("level", level, LEVELS)
        for kind in kinds:
            if kind not in KINDS:
                raise unknown("kind", kind, KINDS)
        if not kinds:
            raise ValueError(f"no kinds of picture given. Valid: {', '.join(KINDS)}")
        self.level, self.side = level, side
        self.kinds = tuple(kinds)
        self.passages: tuple[Passage, ...] = corpus().passages
        self.relations: tuple[str, ...] = tuple(
            rule.name
            for rule in RELATIONS.values()
            if rule.level == level and rule.kind in kinds and _pool(rule.name)
        )
        self.combinations: tuple[tuple[str, str], ...] = tuple(
            (f"{RELATIONS[relation].kind}/{code}", relation)
            for relation in self.relations
            for code in _pool(relation)
            if split_of("world", RELATIONS[relation].kind, code, relation) == split
        )

    def __len__(self) -> int:
        """Count the combinations of subject and relation in this split."""
        return len(self.combinations)

    def __getitem__(self, index: int) -> SearchTask:
        """Return combination ``index``, always with the same picture and wording."""
        return self.task(*self.combinations[index], np.random.default_rng(index % len(self)))

    def sample(self, rng: np.random.Generator) -> SearchTask:
        """Draw a combination of this split, a wording and a picture."""
        return self.task(*self.combinations[int(rng.integers(len(self.combinations)))], rng)

    def subjects(self) -> tuple[str, ...]:
        """Give everything that a picture may show, as ``kind/code``."""
        return tuple(f"{kind}/{code}" for kind in self.kinds for code in drawn(kind))

    def draw(self, subject: str, rng: np.random.Generator) -> Image.Image:
        """Draw a subject; ``rng`` varies place, scale, background and tilt."""
        kind, code = self._split_subject(subject)
        return PICTURES[kind](code, rng, self.side)

    def name(self, subject: str) -> str:
        """Give a subject's usual English name."""
        return name(*self._split_subject(subject))

    def task(self, subject: str, relation: str, rng: np.random.Generator) -> SearchTask:
        """Ask ``relation`` about ``subject``, whichever split the combination is in.

        Raises:
            ValueError: no such subject, or the relation cannot be asked about it.
        """
        kind, code = self._split_subject(subject)
        if relation not in RELATIONS or RELATIONS[relation].kind != kind:
            names = [r.name for r in RELATIONS.values() if r.kind == kind]
            raise unknown("relation", relation, names)
        pool = _pool(relation)
        if code not in pool:
            raise unknown(f"subject of {relation!r}", subject, [f"{kind}/{c}" for c in pool])
        wordings, solution = pool[code]
        question = wordings[int(rng.integers(len(wordings)))]
        return SearchTask(
            task_id=f"world/{subject}/{relation}",
            picture=self.draw(subject, rng),
            question=question,
            answers=solution.answers,
            hops=solution.hops,
        )

    def chance(self) -> float:
        """Give the success rate of the best guesser that reads the question but sees no picture.

        For each relation it always says the answer that is right for most subjects, counted over
        all splits (it knows the world, but not how the subjects were dealt out); relations count
        by their share of this split's tasks. Exact, by enumeration.
        """
        asked = Counter(relation for _, relation in self.combinations)
        return sum(_commonest(r) * n for r, n in asked.items()) / len(self.combinations)

    def vocabulary(self) -> Iterable[str]:
        """Give all wordings, queries, answers and passages of this level, over all splits."""
        for relation in self.relations:
            yield from RELATIONS[relation].wordings
            for _, solution in _pool(relation).values():
                yield from solution.answers
                for step in solution.hops:
                    yield step.query
        for passage in self.passages:
            yield passage.title
            yield passage.text

    def _split_subject(self, subject: str) -> tuple[str, str]:
        kind, _, code = subject.partition("/")
        if kind not in KINDS:
            raise unknown("kind", kind, KINDS)
        if code not in drawn(kind):
            raise unknown("subject", subject, [f"{kind}/{known}" for known in drawn(kind)])
        return kind, code
