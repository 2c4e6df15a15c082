"""``VLAlfworld/AskToAct-v0``: the wish is vague; find out what is meant, with few questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

from vl_envs.alfworld.engine import Act, write
from vl_envs.alfworld.env import HouseholdEnv, HouseholdState
from vl_envs.alfworld.goals import placed, stage, stages, won
from vl_envs.alfworld.homes import Home, make_home, rooms_of
from vl_envs.alfworld.layout import ROOMS
from vl_envs.alfworld.user import FORMS, PUZZLED, SLOTS, User, efficiency, understand
from vl_envs.alfworld.vague import (
    LIKED,
    PLACE_WORDS,
    TASK_OF,
    THING_WORDS,
    Request,
    changes_of,
    draw_request,
)
from vl_envs.alfworld.worlds import Homes
from vl_envs.core.env import Outcome, is_count, is_number
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command
from vl_envs.core.tasks import split_of
from vl_envs.core.tool import CommandSpec

ASK = CommandSpec(
    "ask",
    f"ask the user, in one of these forms, with any name in the place of these: {' '.join(FORMS)}",
    {"question": {"type": "string"}},
)
SILENT = "The user answers no more questions."
HOMES = 200
"""Homes that are drawn at most until one has several options for what is to be left open."""
REQUESTS = 20
"""Requests that are drawn at most in a home until one belongs to the split."""


@dataclass
class AskState(HouseholdState):
    """One episode.

    Attributes:
        request: what the user said and meant.
        user: who answers.
        success: whether it was brought.
    """

    request: Request = field(kw_only=True)
    user: User = field(kw_only=True)
    success: bool = False


class AskToActEnv(HouseholdEnv):
    """Bring what a user means, who says too little; ask, but not more than is needed.

    ## Description
    After the Ask-to-Act task (Ramrakhya et al. 2025, arXiv 2504.00907): an instruction in a home
    leaves open what exactly is wanted, and asking has its price. Up to three slots are open: which
    thing ("the vessel": a bowl, a cup, a mug), which place ("a surface", "where it belongs"), and
    whether it is to be cleaned, heated or cooled first ("the way I like it"). What is meant is
    drawn after everything else, each option as likely: who does not ask is right once in as many
    times as there are options (`vl_envs.alfworld.vague`). World, commands and pictures are
    `HouseholdEnv`'s; there, questions are in free language and rewards from a language model, here
    questions have fixed forms, and a user who knows the goal answers them truly.

    ## Action Space
    `FreeText`. ``act`` as in `HouseholdEnv`, and ``ask`` with one question: ``which thing?``,
    ``which place?``, ``which change?``, ``is it the mug?``, ``does it go to the fridge?``,
    ``should it be hot?`` (or ``clean``, ``cool``, ``as it is``). In the dialects ``alfworld`` and
    ``rl4vlm``: ``ask which thing?``. A question that has none of these forms is not understood,
    costs as much, and counts as invalid, as do questions that the user no longer answers.

    ## Observation Space
    `Dict(image, text)` as in `HouseholdEnv`: the text begins with the instruction, and tells the
    user's answers and how many questions are left.

    ## Rewards
    ``success`` 1 when what was meant is brought, judged from the true state; ``question``
    -``question_cost`` for each question. With ``shaping`` s, each stage of `HouseholdEnv`, and each
    open slot that answers have settled, pays its share of s as ``progress`` when first reached, and
    ``success`` what is left of 1. The expert asks once for each open slot: its return is 1 -
    ``question_cost`` times open slots. Without shaping, who fails never earns anything.

    ``info["metrics"]`` has the numbers ``needed`` (questions that settle everything: the slots that
    were open at first), ``asked``, ``relevant`` (those whose answer left fewer options) and
    ``efficiency`` (0 to 1; see `vl_envs.alfworld.user.efficiency`); the last ones count.

    ## Starting State
    A home as in `HouseholdEnv`, then which slots are open, the words, and what is meant, all drawn
    from the seed. Nothing that may be meant is fulfilled at the start, and all of it can be done.

    ## Episode End
    What is brought is final: putting a thing that fits the instruction into a place that fits it
    ends the episode, with success where it is what was meant. Where the change is open, the thing
    must have been changed as meant and in no other way. Putting a thing back where it lay is not
    bringing it. Terminates also after ``max_invalid`` invalid actions in a row (unreadable ones
    then cost as much as all questions that were left). Truncates after 50 turns.

    ## Arguments
    - ``ambiguity``: how many slots are open: one of these numbers, each as likely; by default 0
      to 3, or to 2 where ``tasks`` and ``rooms`` leave one change only.
    - ``question_cost``: price of a question (default 0.05).
    - ``max_questions``: so many are answered (default 5).
    - ``tasks``: what may be wished for: of `HouseholdEnv`'s tasks those of one thing that is put
      somewhere, as it is, cleaned, heated or cooled; all by default.
    - ``split``: ``train``; ``valid_seen``, its rooms with instructions never heard there;
      ``valid_unseen``, rooms never seen.
    - ``text``: ``full`` alone. What is meant lies where such things usually lie, so ``minimal``
      would not ask for a look.
    - and those of `HouseholdEnv` and `VLEnv`. Where a game is called by its number, or AI2-THOR's
      rooms are played, fewer slots are open where the room has not several options for more.

    ## Version History
    - v0: first version.
    """

    rules = (
        f"{HouseholdEnv.rules} The instruction may not tell which thing is meant or which place, "
        "and the way I like it may be clean, hot, cool or as it is. The user knows. "
        "What you bring is final."
    )
    state: AskState

    def __init__(
        self,
        *,
        ambiguity: Sequence[int] | None = None,
        question_cost: float = 0.05,
        max_questions: int = 5,
        tasks: Sequence[str] = tuple(TASK_OF.values()),
        **kwargs: Any,
    ) -> None:
        super().__init__(tasks=tasks, commands=(ASK,), **kwargs)
        if self.text != "full":
            raise ValueError(
                "AskToAct takes text='full' alone: what is meant lies where such things usually "
                f"lie, so one need not look; got {self.text!r}"
            )
        self.changes = tuple(change for change, task in TASK_OF.items() if task in self.tasks)
        for task in self.tasks:
            if task not in TASK_OF.values():
                raise unknown("task of one thing that is put somewhere", task, TASK_OF.values())
        self.slots = SLOTS if len(self.changes) > 1 else SLOTS[:2]
        most = len(self.slots)
        if ambiguity is None:
            ambiguity = range(most + 1)
        self.ambiguity = tuple(ambiguity) if isinstance(ambiguity, Sequence) else ()
        if not self.ambiguity or not all(is_count(n) and 0 <= n <= most for n in self.ambiguity):
            raise ValueError(
                f"ambiguity must be numbers of open slots, 0 to {most} with {len(self.changes)} "
                f"kinds of change, got {ambiguity!r}"
            )
        if not is_number(question_cost) or question_cost < 0:
            raise ValueError(f"question_cost must be a number from 0, got {question_cost!r}")
        if not is_count(max_questions) or max_questions < max(self.ambiguity):
            raise ValueError(
                "max_questions must be a whole number that is enough for all open slots, "
                f"{max(self.ambiguity)}, got {max_questions!r}"
            )
        self.question_cost = float(question_cost)
        self.max_questions = int(max_questions)
        self.rules += (
            f" Every question costs {self.question_cost:g} of the reward, which is 1 at most; "
            f"{self.max_questions} are answered."
        )

    # The episode.

    def _start(self, options: Mapping[str, Any]) -> tuple[AskState, str]:
        rng, index = self.np_random, self._index_in(options)
        number = self.ambiguity[int(rng.integers(len(self.ambiguity)))]
        slots = [self.slots[k] for k in sorted(rng.permutation(len(self.slots))[:number])]
        # A room that is given, or dear to draw, is played with fewer open slots where need be.
        least = 0 if index is not None or not self.world.can_go_back else number
        for _ in range(HOMES if index is None else 1):
            home = self._home(slots, index)
            for size in range(number, least - 1, -1):
                for some in combinations(slots, size):
                    request = self._request(home, some)
                    if request is not None:
                        return self._asked(home, request)
        raise ValueError(
            f"no home has several options for {' and '.join(slots) or 'anything'}; "
            "expected less ambiguity, or more tasks or rooms"
        )

    def _home(self, slots: Sequence[str], index: int | None) -> Home:
        """Draw a home; of generated ones each kind of room that will do is as likely."""
        if type(self.world) is not Homes:
            return self.world.start(self.np_random, index)
        rooms = [
            room
            for room in self.rooms or ROOMS
            if len(self._tasks_in(room)) > (1 if "change" in slots else 0)
        ]
        room = rooms[int(self.np_random.integers(len(rooms)))]
        return make_home(
            self.np_random, self._tasks_in(room), self.split, (room,), self.world.guessable
        )

    def _tasks_in(self, room: str) -> list[str]:
        return [task for task in self.tasks if room in rooms_of(task)]

    def _request(self, home: Home, slots: Sequence[str]) -> Request | None:
        """Draw a request that may be heard in this room in this split."""
        for _ in range(REQUESTS):
            request = draw_request(self.np_random, home, slots, self.changes)
            if request is None or self.source != "homes" or self.split == "valid_unseen":
                return request
            text = request.wish.text
            drawn = split_of("ask", home.room, home.plan, text, val=0.15, test=0.0)
            if (drawn == "train") == (self.split == "train"):
                return request
        return None

    def _asked(self, home: Home, request: Request) -> tuple[AskState, str]:
        """Begin an episode with a request in the place of the home's own wish."""
        wish = request.wish
        user = User.of(request.truth, request.options)
        where = f"{home.room}-{home.plan}" if self.source == "homes" else home.task_id
        meant = "-".join((wish.task, wish.thing, wish.receptacle, where))
        task_id = f"ask-{'-'.join(user.open) or 'nothing'}-{meant}"
        state = self._begin(replace(home, wish=wish, task_id=task_id))
        return AskState(**vars(state), request=request, user=user), task_id

    def _labels(self) -> Mapping[str, str]:
        """Tell task, room and how many slots are open."""
        return {**super()._labels(), "open": str(self.state.user.needed)}

    def _info(self, **kwargs: Any) -> dict[str, Any]:
        user, success = self.state.user, self.state.success
        info = super()._info(**kwargs)
        info["metrics"] = {
            "needed": user.needed,
            "asked": user.asked,
            "relevant": user.relevant,
            "efficiency": efficiency(success, user.needed, user.relevant, user.asked),
        }
        return info

    def _apply(self, command: Command) -> Outcome:
        if command.name == ASK.name:
            return self._answer(str(command.arguments["question"]))
        act = self._act_of(str(command.arguments["command"]))
        outcome = super()._apply(command)
        if act is None or not outcome.valid or not self._is_final(act):
            return outcome
        self.state.success = outcome.success
        said = "Thank you." if outcome.success else "That is not what I meant."
        message = f"{outcome.message}\nThe user says: {said}"
        return replace(outcome, terminated=True, message=message)

    def _answer(self, text: str) -> Outcome:
        user = self.state.user
        if user.asked >= self.max_questions:
            terms = {"invalid": -self.invalid_penalty} if self.invalid_penalty else {}
            return Outcome(terms, message=SILENT, valid=False)
        question, before = understand(text), len(user.open)
        said = user.hear(question)
        each = self.shaping / self._stages
        terms = {"question": -self.question_cost}
        if each and len(user.open) < before:
            terms["progress"] = each
        if question is None and self.invalid_penalty:
            terms["invalid"] = -self.invalid_penalty
        if self.prompt == "full":
            said += f" (Questions left: {self.max_questions - user.asked}.)"
        return Outcome(terms, message=f"The user says: {said}", valid=question is not None)

    def _is_final(self, act: Act) -> bool:
        """Tell whether what was just done is bringing something that fits the instruction."""
        if act.verb != "move" or self.state.home.state.where[act.what] == act.to:
            return False
        house = self.state.home.house
        thing, place = house.things[act.what].kind, house.receptacles[act.to].kind
        return self.state.request.fits(thing, place, changes_of(self.state.now, act.what))

    def _won(self) -> bool:
        """Judge by the true state; where the change is open, the right one alone must be made."""
        home, now = self.state.home, self.state.now
        if "change" not in self._open_slots:
            return won(home.house, now, home.wish)
        meant = {home.wish.change} - {""}
        return any(
            changes_of(now, thing) == meant
            for place in range(len(home.house.receptacles))
            for thing in placed(home.house, now, home.wish, place)
        )

    @property
    def _open_slots(self) -> tuple[str, ...]:
        """Slots that were open at first."""
        return tuple(slot for slot, kinds in self.state.request.options.items() if len(kinds) > 1)

    @property
    def _stages(self) -> int:
        return stages(self.state.home.wish) + self.state.user.needed

    def _paid(self, done: bool) -> dict[str, float]:
        """Pay for a stage reached for the first time; a settled slot is one as well."""
        state, each = self.state, self.shaping / self._stages
        if done:
            settled = self.state.user.needed - len(self.state.user.open)
            return {"success": 1.0 - each * (state.best + settled)}
        wish = state.home.wish
        now = min(stage(state.home.house, state.now, wish), stages(wish) - 1)
        gained, state.best = max(0, now - state.best), max(now, state.best)
        return {"progress": each * gained} if gained and each else {}

    def _forfeit(self) -> Mapping[str, float]:
        """Count all questions that are left as asked."""
        return {"question": -self.question_cost * (self.max_questions - self.state.user.asked)}

    # What is said.

    def _admissible_actions(self) -> tuple[str, ...]:
        questions = [f"which {slot}?" for slot in SLOTS]
        left = questions if self.state.user.asked < self.max_questions else []
        asks = (self.parser.write(ASK.name, {"question": question}) for question in left)
        return (*super()._admissible_actions(), *asks)

    def expert_action(self) -> str:
        """Ask what is open, once for each slot, then do what is meant."""
        self._need_state("expert_action()")
        if not self.state.user.open or self.state.user.asked >= self.max_questions:
            return super().expert_action()
        slot = self.state.user.open[0]
        thought = f"I am not told which {slot} is meant, so I ask." if self.parser.thought else ""
        return self.parser.write(ASK.name, {"question": f"which {slot}?"}, thought)

    def _expert_command(self) -> str:
        home, now = self.state.home, self.state.now
        held = now.held
        if held is None or self._expert_errs or home.house.things[held].kind == home.wish.thing:
            return super()._expert_command()
        at = home.state.where[held]
        if at < 0 or home.house.things[held].kind not in self.state.request.things:
            return super()._expert_command()
        # What fits the words but is not meant must not be left just anywhere: that would be final.
        entry = home.house.receptacles[at]
        if entry.spot != now.spot:
            return write(home.house, Act("go to", at))
        if entry.openable and at not in now.opened:
            return write(home.house, Act("open", at))
        return write(home.house, Act("move", held, at))

    def vocabulary(self) -> Iterable[str]:
        """Give every word that can be shown or said."""
        yield from super().vocabulary()
        yield from (*THING_WORDS, *PLACE_WORDS, f"bring the to {LIKED}", *FORMS, PUZZLED, SILENT)
        yield "The user says: It is the . It goes to the . It should be as it is. Yes. No."
        yield "hot. clean. cool. Thank you. That is not what I meant. (Questions left: .)"
        names = [*THING_WORDS, *(kind.lower() for kinds in THING_WORDS.values() for kind in kinds)]
        yield " ".join(f"{name}? {name}. {name}," for name in names)
        yield " ".join(f"(Questions left: {n}.)" for n in range(self.max_questions + 1))
        yield self.parser.write(ASK.name, {"question": "which thing?"}, "I am not told so I ask.")
