"""``VLTool/MatSearch-v0``: look at a picture, search, read, answer."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from vl_envs.core.canvas import fit
from vl_envs.core.env import Outcome, View, VLEnv, is_count, is_number
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command
from vl_envs.core.rewards import answer_tokens, exact_match, token_f1
from vl_envs.core.tasks import Recent
from vl_envs.core.tool import CommandSpec, Tool, ToolResult
from vl_envs.tool.search import Search, open_search
from vl_envs.tool.search_task import Passage, SearchSource, SearchTask

SOURCES = ("world", "emblems", "mat:PATH")
REWARD_WEIGHTS = {"em": 0.5, "f1": 0.3, "search": 0.1, "format": 0.1}
SNIPPET = 500
"""Longest text shown of one passage, in characters."""

ANSWER = CommandSpec(
    "answer",
    "your final answer, as short as possible: a name, a number, a word.",
    {"text": {"type": "string"}},
    final=True,
)


@dataclass
class SearchState:
    """One episode: the task, its search engine, and what has happened so far.

    Attributes:
        task: what is asked.
        canvas: the picture as shown, uint8 [H, W, 3].
        search: what answers queries.
        read: the passages shown so far, in order.
        queries: the queries made so far.
        formatted: turns in which the format was kept.
        turns: turns taken.
    """

    task: SearchTask
    canvas: npt.NDArray[np.uint8]
    search: Search
    read: list[Passage] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    formatted: int = 0
    turns: int = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> SearchState:
        """Copy what changes; task, picture and engine never do."""
        return dataclasses.replace(self, read=list(self.read), queries=list(self.queries))

    def knows(self, evidence: Iterable[str]) -> bool:
        """Tell whether one of the passages with these ids has been read."""
        return not {passage.id for passage in self.read}.isdisjoint(evidence)


_RECENT: Recent[SearchState] = Recent()


class SearchTool(Tool[SearchState]):
    """Searches the episode's corpus: one query, the ``top_k`` best passages."""

    spec = CommandSpec(
        "search",
        "a query for the text search; name what you see, for nobody else sees the picture.",
        {"query": {"type": "string"}},
    )

    def __init__(self, top_k: int, brief: bool) -> None:
        self.top_k, self.brief = top_k, brief

    def __call__(self, state: SearchState, **arguments: Any) -> ToolResult:
        """Answer with the passages between ``<information>`` tags."""
        state.queries.append(arguments["query"])
        result = state.search(arguments["query"], self.top_k)
        if result.error is not None:
            text = f"<information> The search failed: {result.error} </information>"
            error = result.error if result.persistent else None
            return ToolResult(text, ok=False, error=error)
        state.read += result.passages
        shown = "\n".join(map(self._show, range(1, self.top_k + 1), result.passages))
        return ToolResult(f"<information>\n{shown or 'Nothing was found.'}\n</information>")

    def _show(self, rank: int, passage: Passage) -> str:
        # A passage from the open web must not be able to close the block it is quoted in.
        text = passage.text[:SNIPPET].replace("<", "‹")
        title = passage.title[:100].replace("<", "‹")
        return text if self.brief else f"{rank}. {title}: {text}"


class MatSearchEnv(VLEnv[SearchState]):
    """Answer a question about a picture that the picture alone does not answer.

    ## Description
    The agent sees a picture (a country's flag, a chemical element's place, a constellation; or an
    invented emblem) and a question about what it shows. It must recognise the picture, search a
    text corpus in its own words, read the snippets and answer. After Visual-ARFT's agentic search
    and its MAT-Search bench (arXiv 2505.14246), with a corpus that needs no network.

    ## Action Space
    `FreeText`. One command a turn: ``search`` with a query, or ``answer`` with a short text,
    written in the dialect: ``arft`` (``<search>…</search>``), ``hermes`` or ``json``, behind
    an optional thought.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the picture, uint8 [H, W, 3], the same in every turn; ``text``
    is the question (with rules and action format unless ``prompt="brief"``) at reset, and later the
    ``top_k`` best passages between ``<information>`` tags.

    ## Rewards
    Given with the answer, each term in [0, 1] times its weight: ``em`` (exact match), ``f1`` (token
    F1), ``search`` (1 if the answer is right *and* a passage that tells it was read, so that idle
    searches earn nothing), ``format`` (share of turns in the asked format). Without an answer the
    return is 0, less ``invalid_penalty`` for each unreadable turn. ``info["success"]`` is EM.

    ## Starting State
    A task drawn by the source from the seed; or task ``options["index"]`` of a finite source.

    ## Episode End
    Terminates with the answer, or after ``max_invalid`` unreadable actions in a row; truncates
    after 5 turns.

    ## Arguments
    - ``source``: ``world`` (real facts), ``emblems`` (invented anew for every task) or
      ``mat:PATH`` (the published ``MAT-Search.json`` with its picture folder).
    - ``split``: ``train`` (default), ``val``, ``test``; for emblems also ``names`` (names that were
      never an answer elsewhere); a MAT file is all ``test``.
    - ``level``: ``simple`` (one fact; default) or ``hard`` (two to three facts, comparisons); for a
      MAT file also ``all`` (its default).
    - ``kinds``: for ``world``, which pictures: ``flag``, ``element``, ``constellation``.
    - ``size``: for ``emblems``, ``full`` or ``small``.
    - ``search``: ``bm25`` over the source's corpus, ``jsonl:PATH``, ``http:URL`` or ``serper``
      (key in the environment variable ``SERPER_API_KEY``).
      Emblems are searched by ``bm25`` only: nobody else knows of them.
    - ``search_cache``: a folder in which answers of a server (and a large corpus' index) are kept.
    - ``top_k``: passages an answer to a query shows.
    - ``reward_weights``: weights of the four terms; a term left out weighs 0.
    - ``expert_error``: share of episodes whose expert forgets a word of its first query and answers
      what the first passage says.
    - and those of `VLEnv`: ``image_size``, ``dialect``, ``prompt``, ``thought``, ``max_invalid``,
      ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "Find out what the picture shows, search for what you need (one query a turn), read what "
        "comes back, then answer the question."
    )

    def __init__(
        self,
        *,
        source: str = "world",
        split: str | None = None,
        level: str | None = None,
        kinds: Sequence[str] | None = None,
        size: str | None = None,
        search: str = "bm25",
        search_cache: str | None = None,
        top_k: int = 4,
        reward_weights: Mapping[str, float] = REWARD_WEIGHTS,
        **kwargs: Any,
    ) -> None:
        _check_options(source, kinds, search, top_k, reward_weights)
        self.search_tool = SearchTool(top_k, brief=kwargs.get("prompt") == "brief")
        super().__init__([self.search_tool.spec, ANSWER], **kwargs)
        self.reward_weights = dict(reward_weights)
        options = {"split": split, "level": level, "kinds": kinds, "size": size}
        self.source = open_source(source, max(self.image_size), options)
        # Environments that are equal in this draw equal tasks from equal seeds.
        self._key = (source, *map(str, options.values()), search, search_cache, self.image_size)
        passages = self.source.passages
        if search == "bm25" and passages == ():
            raise ValueError(
                f"source {source!r} has no corpus: choose search='jsonl:PATH' or a server"
            )
        if search != "bm25" and passages is None:
            raise ValueError(
                f"source {source!r} invents its facts: only search='bm25', over the corpus that "
                f"each task brings, finds them; got {search!r}"
            )
        self._own_corpus = search == "bm25"
        self._shared_search = (
            None if passages is None else _open_shared(search, passages, search_cache)
        )

    @property
    def num_tasks(self) -> int:
        """Tasks of a finite source, 0 for emblems."""
        return len(self.source)

    def _start(self, options: Mapping[str, Any]) -> tuple[SearchState, str]:
        index = self._index_in(options)
        if index is not None:
            state = self._prepare(self.source[index])
        else:
            state = _RECENT.draw(
                self._key, self.np_random, lambda: self._prepare(self.source.sample(self.np_random))
            )
        return copy.deepcopy(state), state.task.task_id

    def _prepare(self, task: SearchTask) -> SearchState:
        search = self._shared_search or open_search("bm25", task.passages or ())
        return SearchState(task, fit(task.picture, self.image_size), search)

    def _observe(self) -> View:
        state = self.state
        text = state.task.question
        if state.turns:
            left = self.turns_left
            tell = self.prompt == "full" and left is not None
            text = f"Turns left: {left}." if tell else ""
        return View(state.canvas.copy(), text)

    def _refuse(self, error: Any) -> Outcome:
        self.state.turns += 1
        return super()._refuse(error)

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        state.turns += 1
        state.formatted += bool(command.thought or not self.parser.thought)
        if command.name == "search":
            result = self.search_tool(state, **command.arguments)
            return Outcome(message=result.text, env_error=result.error)
        return self._judge(str(command.arguments["text"]))

    def _judge(self, answer: str) -> Outcome:
        state = self.state
        accepted = state.task.answers
        right = exact_match(answer, accepted)
        terms = {
            "em": right,
            "f1": token_f1(answer, accepted),
            "search": right * self._read_the_evidence(),
            "format": state.formatted / state.turns,
        }
        weighted = {name: weight * terms[name] for name, weight in self.reward_weights.items()}
        return Outcome(weighted, terminated=True, success=bool(right))

    def _read_the_evidence(self) -> bool:
        """Tell whether what was read holds the last fact (or, in a file's task, the answer)."""
        state = self.state
        if self._own_corpus and state.task.hops:
            return state.knows(state.task.hops[-1].evidence)
        # Of other passages only the text can tell; whole tokens, for "no" is not in "known".
        texts = [f" {' '.join(answer_tokens(passage.text))} " for passage in state.read]
        answers = [f" {' '.join(answer_tokens(right))} " for right in state.task.answers]
        return any(answer in text for answer in answers if answer.strip() for text in texts)

    def expert_action(self) -> str:
        """Search for each hop until its evidence is read, then answer (see ``expert_error``)."""
        state = self.state
        if self._expert_errs and state.read and state.read[0].states is not None:
            return self._say("answer", text=state.read[0].states)
        for hop in state.task.hops:
            query = hop.query
            if self._expert_errs and not state.queries:
                words = query.split()
                query = " ".join(np.delete(words, self._seed % len(words)))
            if not state.knows(hop.evidence) and query not in state.queries:
                return self._say("search", query=query)
        return self._say("answer", text=state.task.answers[0])

    def _say(self, name: str, **arguments: str) -> str:
        thought = "I name what I see." if name == "search" else "I have read the answer."
        return self.parser.write(name, arguments, thought if self.parser.thought else "")

    def vocabulary(self) -> Iterable[str]:
        """Give every word of the source, the prompts and the commands."""
        yield from self.source.vocabulary()
        yield from self.parser.stop
        yield from (tag.replace("</", "<") for tag in self.parser.stop)
        yield "<information> Nothing was found. </information> Invalid action."
        if self.prompt == "full":
            yield from (self.rules, self.parser.instructions(), "Turns left: 0 1 2 3 4 5.")
        if self.parser.thought:
            yield from (self._say("search", query="."), self._say("answer", text="."))


def _check_options(
    source: object, kinds: object, search: object, top_k: object, weights: Mapping[str, object]
) -> None:
    """Raise ValueError, saying what would be right, for what could only fail in some later step."""
    if not isinstance(source, str):
        raise ValueError(f"source must be a text such as 'world', got {source!r}")
    if not isinstance(search, str):
        raise ValueError(f"search must be a text such as 'bm25', got {search!r}")
    if isinstance(kinds, str):
        raise ValueError(f"kinds must be a list of names such as ('flag',), got {kinds!r}")
    if not is_count(top_k) or top_k not in range(1, 21):
        raise ValueError(f"top_k must be 1 to 20 passages, got {top_k!r}")
    for term, weight in weights.items():
        if term not in REWARD_WEIGHTS:
            raise unknown("reward term", term, REWARD_WEIGHTS)
        if not is_number(weight) or weight < 0:
            raise ValueError(f"the weight of {term!r} must be a number from 0, got {weight!r}")


_SHARED: dict[tuple[str, int, str | None], tuple[Search, tuple[Passage, ...]]] = {}


def _open_shared(search: str, passages: tuple[Passage, ...], cache: str | None) -> Search:
    """Open a search over a source's corpus, once a process for all environments that share it."""
    key = (search, id(passages), cache)
    if key not in _SHARED:
        # The passages are kept with it, so that their id cannot come to mean others.
        _SHARED[key] = open_search(search, passages, cache=cache), passages
    return _SHARED[key][0]


def open_source(source: str, side: int, options: Mapping[str, Any]) -> SearchSource:
    """Open a task source by its name, with those ``options`` that are not None.

    Raises:
        ValueError: no such source (with the nearest names), or an option that it does not take.
    """
    given = {name: value for name, value in options.items() if value is not None}
    kind, _, path = source.partition(":")
    own = {"world": {"kinds"}, "emblems": {"size"}, "mat": set[str]()}
    if kind not in own or (kind == "mat") != bool(path):
        raise unknown("source", source, SOURCES)
    for name in given.keys() - own[kind] - {"split", "level"}:
        raise ValueError(f"source {source!r} has no option {name!r}")
    # Imported here: one source's data is not loaded for another.
    if kind == "emblems":
        from vl_envs.tool.emblems import EmblemSource

        return EmblemSource(side=min(side, 224), **given)
    if kind == "mat":
        from vl_envs.tool.mat_files import MatFileSource

        return MatFileSource(path, **given)
    from vl_envs.tool.world import WorldSource

    # Drawn at the canvas' size, so that nothing is scaled twice; smaller cannot be drawn well.
    return WorldSource(side=min(max(side, 192), 640), **given)
