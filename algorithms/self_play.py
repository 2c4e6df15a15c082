"""Self-play: episodes of both seats of a game, for one policy or two, with a pool of past selves.

The environments are PettingZoo's, in turns (AEC), whose agents see a picture and a text and answer
in text. Each seat of a match is an episode of its own, so that algorithms learn from them as from
any other. To train one policy, give `SelfPlay` to `algorithms.train.train` in place of a vector
environment; for two policies, call `play` and update each from the episodes of its seat.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.rollout import Episode, Turn
from policies.context import Context
from policies.policy import Generation, Policy
from policies.vlm import VLMPolicy

Match = tuple[int, Sequence[Policy]]
"""A seed, and who plays: one policy for each agent, in the order of ``possible_agents``."""


def play(
    envs: Sequence[Any],
    matches: Iterable[Match],
    *,
    history: int | None = None,
    greedy: bool = False,
    played: list[list[Episode]] | None = None,
) -> list[list[Episode]]:
    """Play matches, several at a time; all seats of one policy answer in one batch.

    What a seat is paid between two of its answers is the reward of the first of them; what it was
    paid before its first answer is part of that one's.

    Args:
        envs: PettingZoo AEC environments, played side by side.
        matches: what is played; may be drawn as it goes.
        history: how many past turns a policy sees; None is all.
        greedy: the most likely answers instead of samples.
        played: a list to which each match is added when it begins, for whoever draws ``matches``.

    Returns:
        For each match, in order, one episode for each seat; ``labels["seat"]`` has its number.
    """
    todo, tables = iter(matches), [_Table(env, history) for env in envs]
    played = [] if played is None else played
    while True:
        for table in tables:
            if not table.busy and (match := next(todo, None)) is not None:
                table.begin(*match, number=len(played))
                played.append(table.seats)
        waiting = [table for table in tables if table.busy]
        if not waiting:
            return played
        for table, generation in zip(waiting, _answers(waiting, greedy), strict=True):
            table.answer(generation)


def _answers(tables: Sequence[_Table], greedy: bool) -> list[Generation]:
    """Ask each policy once, for all the tables at which it is to move."""
    found: dict[int, Generation] = {}
    policies = {id(table.policy): table.policy for table in tables}
    for number, policy in policies.items():
        own = [i for i, table in enumerate(tables) if id(table.policy) == number]
        said = policy.act([tables[i].context for i in own], greedy)
        found.update(zip(own, said, strict=True))
    return [found[i] for i in range(len(tables))]


@dataclass
class _Table:
    """One environment, and the match that is played there.

    Attributes:
        busy: whether a match is running.
        seats: the episodes of the match that was begun last.
        seat: whose turn it is.
    """

    env: Any
    history: int | None
    busy: bool = False
    seats: list[Episode] = field(default_factory=list)
    seat: int = 0

    def begin(self, seed: int, policies: Sequence[Policy], number: int) -> None:
        """Begin the match of this number, and go on to the first answer."""
        agents = self.env.possible_agents
        if len(policies) != len(agents):
            raise ValueError(f"expected a policy for each of {agents}, got {len(policies)}")
        self._policies = policies
        self._contexts = [
            Context(seat, self.history, (seed, number, seat)) for seat in range(len(agents))
        ]
        self._early = [0.0 for _ in agents]
        self.seats = [
            Episode(seed, task_id=f"{seed}-{agent}", labels={"seat": str(seat)})
            for seat, agent in enumerate(agents)
        ]
        self.busy = True
        self.env.reset(seed=seed)
        self._go_on()

    @property
    def policy(self) -> Policy:
        """Who is to answer."""
        return self._policies[self.seat]

    @property
    def context(self) -> Context:
        """What it sees."""
        return self._contexts[self.seat]

    def answer(self, generation: Generation) -> None:
        """Say what the seat whose turn it is says, and go on to the next answer."""
        self.context.answer(generation)
        paid, self._early[self.seat] = self._early[self.seat], 0.0
        turn = Turn(self.context.observations[-1], generation, reward=paid)
        self.seats[self.seat].turns.append(turn)
        self.env.step(generation.text)
        self._go_on()

    def _go_on(self) -> None:
        """Credit what was paid and show what is seen, until a seat is to answer."""
        while self.env.agents:
            self.seat = self.env.possible_agents.index(self.env.agent_selection)
            observation, reward, terminated, truncated, info = self.env.last()
            episode = self.seats[self.seat]
            if episode.turns:
                episode.turns[-1].reward += float(reward)
                episode.turns[-1].reward_terms = {"game": episode.turns[-1].reward}
                episode.turns[-1].valid = bool(info.get("valid", True))
            else:
                self._early[self.seat] += float(reward)
            seen = {"image": observation["image"], "text": observation["text"]}
            self.context.observe(seen)  # type: ignore[arg-type]
            if not (terminated or truncated):
                return
            episode.terminated, episode.truncated = terminated, truncated and not terminated
            episode.success = bool(info.get("success", False))
            episode.final_observation = self.context.observations[-1]
            if episode.truncated and hasattr(self.policy, "values"):
                episode.final_value = float(self.policy.values([self.context])[0])
            self.env.step(None)
        self.busy = False


class SelfPlay:
    """Plays one policy against itself and its past selves; `algorithms.train.train` takes it.

    A match's seed decides who sits where, so all matches of one seed, a group of GRPO's, have the
    same players.

    Args:
        make: makes one AEC environment.
        matches: environments side by side.
        past: share of the matches in which one seat is a past self's, of which only the other's
            episode is learned from. In the rest the policy plays itself, and learns from both.
        keep: past selves. Each is a copy of the model in memory.
        every: updates between two of which one is kept.
        folder: keeps past selves for a run that is taken up again; None forgets them then.

    Raises:
        ValueError: ``past`` is no share, or a number below 1.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        matches: int = 16,
        *,
        past: float = 0.0,
        keep: int = 4,
        every: int = 10,
        folder: Path | None = None,
    ) -> None:
        if not 0 <= past <= 1:
            raise ValueError(f"past must be a share from 0 to 1, got {past}")
        if min(matches, keep, every) < 1:
            raise ValueError(
                f"matches, keep and every must be at least 1, got {matches}, {keep} and {every}"
            )
        self.envs = [make() for _ in range(matches)]
        self.past, self.keep, self.every, self.folder = past, keep, every, folder
        self.pool: dict[int, VLMPolicy] = {}

    def remember(self, policy: VLMPolicy, update: int) -> None:
        """Before an update's matches: keep the policy as it is, if it is one to keep."""
        if not self.past:
            return
        pool = {}
        for at in range(0, update + 1, self.every)[-self.keep :]:
            path = self.folder / f"{at:06d}" if self.folder else None
            if at == update:
                pool[at] = _copy(policy)
                if path:
                    policy.save(path)
            elif at in self.pool:
                pool[at] = self.pool[at]
            elif path and path.is_dir():  # of a run that is taken up again
                pool[at] = _copy(policy, path)
        self.pool = pool

    def collect(
        self,
        policy: VLMPolicy,
        seeds: Iterable[int],
        *,
        history: int | None = None,
        turns: int | None = None,
    ) -> list[Episode]:
        """Play a match for every seed; return the episodes to learn from.

        Args:
            policy: plays, against itself and its past.
            seeds: one match each; one that stands several times makes a group.
            history: how many past turns the policy sees; None is all.
            turns: begin no match of a further seed once so many turns are played; ``seeds`` may
                then be endless. None plays all.
        """
        for at, ghost in self.pool.items():
            ghost.seed(policy.sampling_seed + at + 1)
        learning: list[tuple[int, ...]] = []
        played: list[list[Episode]] = []

        def matches() -> Iterator[Match]:
            last = None
            for seed in seeds:
                done = sum(len(episode.turns) for match in played for episode in match)
                if turns is not None and done >= turns and seed != last:
                    return
                last = seed
                players, own = self._seated(policy, seed)
                learning.append(own)
                yield seed, players

        play(self.envs, matches(), history=history, played=played)
        return [m[seat] for m, own in zip(played, learning, strict=True) for seat in own]

    def _seated(self, policy: VLMPolicy, seed: int) -> tuple[list[Policy], tuple[int, ...]]:
        """Say who sits where in the matches of a seed, and whose episodes are learned from."""
        seats = range(len(self.envs[0].possible_agents))
        players: list[Policy] = [policy for _ in seats]
        # Not the numbers that deal the cards: who plays whom must tell nothing of them.
        rng = np.random.default_rng((1, seed))
        if not self.pool or rng.random() >= self.past:
            return players, tuple(seats)
        own = int(rng.choice(seats))
        ghost = self.pool[int(rng.choice(list(self.pool)))]
        return [policy if seat == own else ghost for seat in seats], (own,)

    def close(self) -> None:
        """Close the environments."""
        for env in self.envs:
            env.close()


def _copy(policy: VLMPolicy, folder: Path | None = None) -> VLMPolicy:
    """Copy a policy as it is, or as it was saved in a folder."""
    options = ("max_new_tokens", "temperature", "max_context", "max_pictures", "max_pixels")
    kwargs: dict[str, Any] = {name: getattr(policy, name) for name in options}
    kwargs["parser"] = policy.encoder.parser
    if folder is not None:
        return VLMPolicy.load(folder, **kwargs).to(policy.device)
    model = copy.deepcopy(policy.model).requires_grad_(False)
    return VLMPolicy(model, policy.processor, **kwargs).to(policy.device)
