"""`HouseholdEnv`: ALFWorld's tasks (``VLAlfworld/*-v0``), seen through the agent's eyes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vl_envs.alfworld.dialect import ACT, HOUSEHOLD_DIALECTS, act_command
from vl_envs.alfworld.engine import (
    NOTHING,
    Act,
    intro,
    look,
    possible,
    possible_acts,
    read,
    write,
)
from vl_envs.alfworld.explorer import Explorer
from vl_envs.alfworld.goals import TASKS, stage, stages, won
from vl_envs.alfworld.homes import SPLITS, Home, rooms_of
from vl_envs.alfworld.house import HouseState
from vl_envs.alfworld.layout import ROOMS
from vl_envs.alfworld.misses import is_miss
from vl_envs.alfworld.plain_names import read_plain, without_numbers
from vl_envs.alfworld.planner import next_command
from vl_envs.alfworld.words import household_words
from vl_envs.alfworld.worlds import World, make_world
from vl_envs.core.env import Image, Outcome, View, VLEnv, is_count, is_number
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec

TEXTS = ("full", "minimal")
OBSERVATIONS = ("image", "text")
EXPERTS = ("planner", "explorer")
REACHED = "You reached for what is not there."
"""What is said of a miss in minimal text."""


@dataclass
class HouseholdState:
    """One episode.

    Attributes:
        home: the house as it was, where things stand in it, and the wish.
        now: what is where now.
        explorer: what an agent that knows only what it saw would remember.
        best: the furthest stage reached so far; what it pays is paid once.
        misses: how often the agent has reached for what was not there.
    """

    home: Home
    now: HouseState
    explorer: Explorer
    best: int = 0
    misses: int = 0


class HouseholdEnv(VLEnv[HouseholdState]):
    """Find things in a house, clean, heat or cool them, and put them where they belong.

    ## Description
    The six tasks of ALFWorld (Shridhar et al. 2021, arXiv 2010.03768), which takes them from ALFRED
    (Shridhar et al. 2020): put a thing somewhere; two of them; clean, heat or cool it first; look
    at it under a lamp. Rules, commands and sentences are ALFWorld's, step by step the same as its
    own engine's (version 0.4.2), and pictures are added: what the agent sees from where it
    stands. Houses are generated: kitchens, living rooms, bedrooms and bathrooms with the furniture,
    things and places that AI2-THOR's rooms have on average. ALFWorld's own games are played with
    ``source="alfworld:PATH"``, and AI2-THOR itself, where a build of it is installed, with
    ``backend="thor"``.

    ## Action Space
    `FreeText`. One command, ``act``, with one text: ``go to fridge 1``, ``open fridge 1``, ``close
    fridge 1``, ``take apple 1 from fridge 1``, ``move apple 1 to countertop 2``, ``heat`` /
    ``clean`` / ``cool apple 1 with microwave 1``, ``slice apple 1 with knife 1``, ``use desklamp
    1``, ``examine fridge 1``, ``look``, ``inventory``, ``help``: exactly so written. In the
    dialect ``arft`` (``<act> go to fridge 1 </act>``, default), ``hermes``, ``json``, ``alfworld``
    (the bare words) or ``rl4vlm`` (``{"thoughts": …, "action": "go to fridge 1"}``). What cannot
    be done is answered by "Nothing happens." and counts as invalid.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the view from where one stands, uint8 [H, W, 3]; ``text`` is
    ALFWorld's. At first it names all furniture and the wish, later what the last action brought.
    With ``text="full"`` it lists what lies in and on furniture; with ``text="minimal"`` it does
    not: that must be seen.

    ## Rewards
    ``success`` 1 when the wish is fulfilled, judged from the true state. With ``shaping`` s, each
    stage reached for the first time (the thing in hand; cleaned, heated or cooled; the first of
    two in place) pays s / stages as ``progress``, and ``success`` what is left of 1. The expert's
    return is 1.

    ## Starting State
    A floor plan, what lies where, and a wish, drawn from the seed. No wish is fulfilled at the
    start, and the wanted thing never lies where it is to go. The agent stands in the middle of the
    room.

    ## Episode End
    Terminates when the wish is fulfilled, after ``max_invalid`` invalid actions in a row, or, with
    ``text="minimal"``, when the agent has reached ``max_misses`` times for what is not there.
    Truncates after 50 turns, as ALFWorld is evaluated.

    ## Arguments
    - ``tasks``: which tasks are drawn: names of `vl_envs.alfworld.goals.TASKS`; each id sets it.
    - ``split``: ``train``; ``valid_seen``, its rooms, each with wishes that ``train`` never has
      in that room; ``valid_unseen``, rooms never seen.
    - ``rooms``: kinds of rooms: ``kitchen``, ``livingroom``, ``bedroom``, ``bathroom``; all by
      default. Tasks that none of them has are left out.
    - ``source``: ``homes`` (generated), or ``alfworld:PATH``, a folder of ALFWorld's data with
      ``game.tw-pddl`` and ``traj_data.json``: then ``reset(options={"index": i})`` plays game i.
      Their pictures show the game's furniture in a room of ours.
    - ``text``: ``full`` or ``minimal``. In minimal text the wanted thing of a generated home may
      lie in at least eight places, in each as likely: knowing where such things usually lie does
      not help. In ALFWorld's games and in AI2-THOR things lie as they lie.
    - ``numbered``: whether things have numbers in all texts, as in ALFWorld (``apple 2``). By
      default so in full text; in minimal text it is ``apple``, for a number cannot be seen.
    - ``observation``: ``image``, or ``text``: the picture is black, and nothing is drawn. A seed is
      the same game in both.
    - ``max_misses``: with minimal text, so many takes, uses or cuts of what is not there end the
      episode (default 1): else one could try everything everywhere, and need not look. Reaching
      into closed doors or with a full hand finds nothing out, and does not count.
    - ``shaping``: share of the reward that is paid on the way, 0 to 1 (default 0).
    - ``expert``: who speaks in `expert_action`: ``planner`` knows where everything is and takes the
      shortest way; ``explorer`` knows only what it has seen, as ALFWorld's own expert does, and
      does not always find things in 50 turns. In episodes in which it errs (``expert_error``), one
      turn in two is random.
    - ``backend``: ``symbolic``, or ``thor``: AI2-THOR's simulator, with ``executable`` (or the
      environment variable VL_THOR_EXECUTABLE) its build; see `vl_envs.alfworld.thor`.
    - and those of `VLEnv`; ``image_size`` is 224 and ``max_invalid`` 10 by default. ``info`` holds
      ``admissible_actions``: with minimal text they tell what is to be seen, so they are not for a
      policy that is to look.

    ## Version History
    - v0: first version.
    """

    rules = (
        "You are in a room of a house, and the picture shows what you see from where you stand. Go "
        "to a piece of furniture to see what is on it; open what is closed to see what is in it. "
        "You can carry one thing at a time."
    )
    dialects: ClassVar[Mapping[str, type[Parser]]] = HOUSEHOLD_DIALECTS

    def __init__(
        self,
        *,
        tasks: Sequence[str] = TASKS,
        split: str = "train",
        rooms: Sequence[str] | None = None,
        source: str = "homes",
        text: str = "full",
        numbered: bool | None = None,
        observation: str = "image",
        max_misses: int = 1,
        shaping: float = 0.0,
        expert: str = "planner",
        backend: str = "symbolic",
        executable: str | None = None,
        image_size: int | tuple[int, int] = 224,
        max_invalid: int = 10,
        commands: Sequence[CommandSpec] = (),
        **kwargs: Any,
    ) -> None:
        if numbered not in (None, True, False):
            raise ValueError(f"numbered must be True, False or None, got {numbered!r}")
        self.numbered = text == "full" if numbered is None else bool(numbered)
        commands = (act_command(self.numbered), *commands)
        super().__init__(commands, image_size=image_size, max_invalid=max_invalid, **kwargs)
        self.tasks = _names("task", tasks, TASKS)
        self.rooms = None if rooms is None else _names("room", rooms, ROOMS)
        if self.rooms is not None:
            here = [task for task in self.tasks if set(self.rooms) & set(rooms_of(task))]
            if not here:
                wanted = "; ".join(f"{task} in {', '.join(rooms_of(task))}" for task in self.tasks)
                raise ValueError(f"no task is done in the rooms {rooms!r}: {wanted}")
            self.tasks = tuple(here)
        for what, value, valid in (
            ("split", split, SPLITS),
            ("text", text, TEXTS),
            ("observation", observation, OBSERVATIONS),
            ("expert", expert, EXPERTS),
        ):
            if value not in valid:
                raise unknown(what, value, valid)
        if not is_count(max_misses) or max_misses < 1:
            raise ValueError(f"max_misses must be a whole number from 1, got {max_misses!r}")
        if not is_number(shaping) or not 0 <= shaping <= 1:
            raise ValueError(f"shaping must be a share from 0 to 1, got {shaping!r}")
        self.split, self.source = split, source
        self.text, self.observation = text, observation
        self.max_misses = int(max_misses)
        if text == "minimal":
            self.rules += (
                " No text tells what lies where. When you have reached for what is not there "
                f"({max_misses} {'time' if max_misses == 1 else 'times'}), the game is over."
            )
        self.shaping = float(shaping)
        self.expert = expert
        self.world: World = make_world(
            backend,
            source,
            tasks=self.tasks,
            split=split,
            rooms=self.rooms,
            image_size=self.image_size,
            executable=executable,
            guessable=text == "full",
        )

    @property
    def num_tasks(self) -> int:
        """Games of ALFWorld's data that `source` holds; 0 where homes are generated."""
        return self.world.num_games

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned; AI2-THOR cannot.

        Raises:
            NotImplementedError: ``backend="thor"``.
            ValueError: ``state`` is not what `get_state` returns.
        """
        if not self.world.can_go_back:
            raise NotImplementedError("AI2-THOR cannot go back; use backend='symbolic' to branch")
        super().set_state(state)

    def close(self) -> None:
        """End a simulator of one's own, where there is one."""
        self.world.close()
        super().close()

    # The episode.

    def _start(self, options: Mapping[str, Any]) -> tuple[HouseholdState, str]:
        home = self.world.start(self.np_random, self._index_in(options))
        return self._begin(home), home.task_id

    def _begin(self, home: Home) -> HouseholdState:
        """Begin an episode in a home."""
        now = home.state.copy()
        # Not the order of the list: an explorer that always begins at its top learns where
        # furniture stands in the alphabet.
        order = [int(i) for i in self.np_random.permutation(len(home.house.receptacles))]
        explorer = Explorer(home.house, home.wish, order)
        explorer.see(now)
        return HouseholdState(home, now, explorer, stage(home.house, now, home.wish))

    def _labels(self) -> Mapping[str, str]:
        """Tell task and room."""
        return {"task": self.state.home.wish.task, "room": self.state.home.room}

    def _apply(self, command: Command) -> Outcome:
        state, text = self.state, str(command.arguments["command"])
        house = state.home.house
        act = self._act_of(text)
        if act is None or not possible(house, state.now, act):
            return self._nothing(text)
        said, problem = self.world.carry_out(house, state.now, act, self.text == "full")
        if problem is not None:
            return Outcome(message=NOTHING, terminated=True, env_error=problem)
        if said == NOTHING:  # a simulator may refuse what should be possible
            return Outcome(message=said, valid=False)
        state.explorer.see(state.now)
        done = self._won()
        return Outcome(self._paid(done), terminated=done, message=self._shown(said), success=done)

    def _won(self) -> bool:
        """Judge by the true state whether the wish is fulfilled."""
        return won(self.state.home.house, self.state.now, self.state.home.wish)

    def _act_of(self, text: str) -> Act | None:
        house, now = self.state.home.house, self.state.now
        return read(house, text) if self.numbered else read_plain(house, now, text)

    def _nothing(self, text: str) -> Outcome:
        """Answer what cannot be done; count what was reached for without being there."""
        state, said, over = self.state, NOTHING, False
        if self.text == "minimal" and is_miss(state.home.house, state.now, text, self.numbered):
            state.misses += 1
            said, over = f"{NOTHING} {REACHED}", state.misses >= self.max_misses
        terms = {"invalid": -self.invalid_penalty} if self.invalid_penalty else {}
        return Outcome(terms, terminated=over, message=said, valid=False)

    def _paid(self, done: bool) -> dict[str, float]:
        """Pay for a stage reached for the first time; all of an episode's payments make 1."""
        state = self.state
        house, wish = state.home.house, state.home.wish
        each = self.shaping / stages(wish)
        if done:
            return {"success": 1.0 - each * state.best}
        now = stage(house, state.now, wish)
        gained, state.best = max(0, now - state.best), max(now, state.best)
        return {"progress": each * gained} if gained and each else {}

    # What is seen and said.

    def _observe(self) -> View:
        text = self._first_text() if self._turn == 0 else ""
        return View(self._picture(), text)

    def _first_text(self) -> str:
        home, now = self.state.home, self.state.now
        if self.prompt == "full":
            return self._shown(intro(home.house, now, home.wish.text))
        return self._shown(f"{look(home.house, now)}\nYour task is to: {home.wish.text}.")

    def _picture(self) -> Image:
        if self.observation == "text":
            return np.zeros((*self.image_size, 3), np.uint8)
        home = self.state.home
        return self.world.picture(home.house, self.state.now, home.layout)

    def _shown(self, text: str) -> str:
        return text if self.numbered else without_numbers(self.state.home.house, text)

    def _admissible_actions(self) -> tuple[str, ...]:
        house = self.state.home.house
        said = {self._shown(write(house, act)) for act in possible_acts(house, self.state.now)}
        return tuple(self._say(text) for text in sorted(said))

    def _say(self, text: str, thought: str = "") -> str:
        return self.parser.write(ACT.name, {"command": text}, thought)

    def expert_action(self) -> str:
        """Say the expert's next command, from wherever the episode is.

        The expert that errs (``expert_error``) does something random every other turn. The same
        state is always answered in the same way.
        """
        self._need_state("expert_action()")
        text = self._shown(self._expert_command())
        wish = self.state.home.wish.text
        return self._say(text, f"To {wish}, I {text}." if self.parser.thought else "")

    def _expert_command(self) -> str:
        home, now = self.state.home, self.state.now
        if self._expert_errs:
            # Not from np_random: asking the expert must not change the episode. Nor from the seed
            # and a zero, which to NumPy is the seed alone: the task's own draws would come again.
            rng = np.random.default_rng((1 + self._turn, self._seed))
            if rng.random() < 0.5:
                acts = [act for act in possible_acts(home.house, now) if act.verb != "help"]
                return write(home.house, acts[int(rng.integers(len(acts)))])
        if self.expert == "explorer":
            return self.state.explorer.command(now)
        if won(home.house, now, home.wish):
            return "look"
        return next_command(home.house, now, home.wish)

    def vocabulary(self) -> Iterable[str]:
        """Give every word that can be shown or said."""
        yield from household_words()
        yield from ("Invalid action.", NOTHING, REACHED, self._say("look", "To, I."))
        if self.prompt == "full":
            yield from (self.rules, self.parser.instructions())


def _names(what: str, names: Sequence[str], valid: Sequence[str]) -> tuple[str, ...]:
    """Check a list of names; a single name is a list of one."""
    if not isinstance(names, Iterable):
        raise ValueError(f"expected {what}s of {', '.join(valid)}, got {names!r}")
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in valid:
            raise unknown(what, name, valid)
    if not names:
        raise ValueError(f"expected at least one {what} of {', '.join(valid)}, got none")
    return names
