"""``VLGui/Navigate-v0``: find the way through an app's screens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vl_envs.core.canvas import Canvas
from vl_envs.core.env import Outcome, View
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command
from vl_envs.core.rewards import answer_tokens
from vl_envs.gui.actions import BACK, COMPLETE, HOME, SCROLL, TYPE, WAIT
from vl_envs.gui.apps.app import WIDGETS
from vl_envs.gui.apps.device import EFFECTS, Device
from vl_envs.gui.apps.folder import ALL, FolderWorld
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.task import NavigateTask, commands_left
from vl_envs.gui.apps.world import AppWorld, WorldOptions
from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.env import GuiEnv

SOURCES = ("apps", "gelab:PATH")
TURNS = ("many", "one")
HISTORIES = ("moves", "none")


@dataclass
class NavigateState:
    """One episode.

    Attributes:
        task: what is to be done.
        device: the app that runs.
        did: what was really done so far, in words.
    """

    task: NavigateTask
    device: Device
    did: list[str] = field(default_factory=list)


class NavigateEnv(GuiEnv[NavigateState]):
    """Find a screen of an app, or do something there, by pressing what one sees.

    ## Description
    Screens are joined by icons into a navigation graph, after GUI Exploration Lab (arXiv
    2512.02423): each has a title, *back* and *home*, and icons, some of which open other screens.
    Where they lead is to be learned, by imitation or by trying. Beside icons a screen may have
    scrolling lists, tabs, a dialog to be dismissed, dead and disabled icons, a large picture,
    switches and fields. Icons stand in another order in every episode, and the text never says
    which screen is open: without the picture nobody knows where to press.

    ## Action Space
    `FreeText`. One command a turn: ``click`` a point, ``type`` text into the field that has the
    focus, ``scroll``, ``back``, ``home``, ``wait``, and ``complete`` where it is asked for; written
    in the dialect ``json`` (default), ``gelab``, ``uitars``, ``androidworld``, ``osworld``,
    ``arft`` or ``hermes``.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the screen, uint8 [H, W, 3]; below 160 pixels a side it is a
    bar and cells with icons, without words. ``text`` is the task, and what the commands so far
    really did.

    ## Rewards
    ``turns="many"``: ``success``, 1 when the task is done, judged from the app's state: with
    ``complete=True`` when the agent says so, else at once. ``turns="one"``, the single-turn reward
    of GUI Exploration Lab: a quarter each for the right ``type`` of command, a ``click`` inside
    the right box (or the right command without one), the ``intent`` (the thought names the right
    icon, and no other of the screen) and the ``format`` (a thought was written); half for each of
    the first two where no thought is asked for. ``info["success"]`` is then whether less is left
    to do after the step. The right step is an icon in eight of ten episodes, *back* and *home* in
    one each where a split has them: a constant answer is right in about one of ten, but is paid a
    quarter for its type in most (half, without thoughts).

    ## Starting State
    A pair of screens of the split, the length of the way between them drawn first; or a row of a
    published folder, by ``options["index"]``.

    ## Episode End
    Terminates when the task is done (or said to be done), after one turn where ``turns="one"``,
    or after ``max_invalid`` unreadable actions in a row; truncates after the registered limit.

    ## Arguments
    - ``source``: ``apps``, drawn here, or ``gelab:PATH``, a folder as GUI Exploration Lab publishes
      it; of what follows, a folder takes ``split`` (``all`` or one of its own), ``lengths``,
      ``complete``, ``turns`` and ``history``.
    - ``graph``: ``gelab`` (231 screens), ``small`` (16), ``tree``, ``random``, ``dag`` or
      ``cyclic``.
    - ``graph_params``: of the graph, such as ``{"screens": 80, "branching": (2, 4)}``.
    - ``graph_seed``: which app of its kind; None makes a new one for every episode.
    - ``split``: ``train``, ``val``, ``test`` (other ways, of two moves and more; of new apps,
      other apps); subtrees ``sft``, ``rl`` and ``ood`` (in graphs with cross links a shortest way
      may lead through another part); or ``train`` with one thing changed:
      ``image`` (glyphs), ``name`` (labels), ``position``, ``noise`` (dead icons), ``theme``,
      ``resolution``.
    - ``labels``: of icons: ``own`` words, or ``target``, the name of the screen that opens.
    - ``tasks``: kinds of tasks: reach a screen by its ``name`` or by what it ``shows``, move a
      ``switch``, ``type`` into a field; or press an ``icon`` by its label, on any screen: this
      teaches what can be seen, and nothing of where it leads.
    - ``lengths``: lengths of ways, in moves, that are asked for; None is all.
    - ``longest``: most commands that a perfect player may need.
    - ``widgets``: what screens may have beside a grid of icons; ``"all"`` or some of ``lists``,
      ``tabs``, ``dialogs``, ``dead``, ``disabled``, ``banners``, ``switches``, ``fields``.
    - ``theme``: ``random`` or a name.
    - ``layout``: ``shuffled`` (a new order of icons in every episode) or ``fixed``: then who has
      learned the app by heart can find the way from home without looking.
    - ``complete``: whether the agent must say that it is done.
    - ``turns``: ``many`` or ``one``.
    - ``history``: what the text tells of earlier turns: ``moves`` (what each did; never names,
      for who knows the app could then go on without looking) or ``none``.
    - ``expert_error``: share of episodes whose expert takes a wrong icon at its first step.
    - ``jitter``: how far the expert's click strays from the centre of an icon.
    - and those of `VLEnv`: ``image_size``, ``dialect``, ``coordinates``, ``prompt``, ``thought``,
      ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = (
        "You see the screen of an app. Icons open other screens; the arrow goes back and the house "
        "goes home. Some icons do nothing."
    )

    def __init__(
        self,
        *,
        source: str = "apps",
        graph: str = "gelab",
        graph_params: Mapping[str, Any] | None = None,
        graph_seed: int | None = 0,
        split: str | None = None,
        labels: str = "own",
        tasks: Sequence[str] = ("name",),
        lengths: Sequence[int] | None = None,
        longest: int = 12,
        widgets: str | Sequence[str] = "all",
        theme: str = "random",
        layout: str = "shuffled",
        complete: bool = True,
        turns: str = "many",
        history: str = "moves",
        **kwargs: Any,
    ) -> None:
        for what, given, valid in (("turns", turns, TURNS), ("history", history, HISTORIES)):
            if given not in valid:
                raise unknown(what, given, valid)
        commands = [TYPE, SCROLL, BACK, HOME, WAIT, *([COMPLETE] if complete else [])]
        super().__init__(commands, **kwargs)
        self.complete, self.turns, self.history = complete, turns, history
        if not isinstance(source, str):
            raise unknown("source", source, SOURCES)
        kind, _, path = source.partition(":")
        if kind not in ("apps", "gelab") or (kind == "gelab") != bool(path):
            raise unknown("source", source, SOURCES)
        self.world: AppWorld | FolderWorld
        options = WorldOptions(
            graph,
            graph_params or {},
            graph_seed,
            split or "train",
            labels,
            tasks,
            lengths,
            longest,
            WIDGETS if widgets == "all" else widgets,
            theme,
            layout,
            turns == "one",
        )
        if path:
            self._refuse_app_options(options, WorldOptions(), source)
            self.world = FolderWorld(path, self.image_size, split or ALL, lengths)
        else:
            self.world = AppWorld(self.image_size[::-1], options)
        self.canvas = Canvas(self.world.size, self.image_size)

    @staticmethod
    def _refuse_app_options(given: WorldOptions, default: WorldOptions, source: str) -> None:
        for name in sorted(vars(default).keys() - {"split", "lengths", "single"}):
            if getattr(given, name) != getattr(default, name):
                raise ValueError(f"source {source!r} has screens of its own and no option {name!r}")

    @property
    def num_tasks(self) -> int:
        """Tasks of a published folder; 0 for apps, which are drawn."""
        return len(self.world) if isinstance(self.world, FolderWorld) else 0

    def _start(self, options: Mapping[str, Any]) -> tuple[NavigateState, str]:
        index = self._index_in(options)
        if index is not None and isinstance(self.world, FolderWorld):
            task, device = self.world.task(index)
        else:
            task, device = self.world.draw(self.np_random)
        return NavigateState(task, device), task.task_id

    def _labels(self) -> Mapping[str, str]:
        """Tell the kind of task, and the length of the way in moves."""
        task = self.state.task
        return {"kind": task.kind, "path_length": str(task.length)}

    def _observe(self) -> View:
        state = self.state
        # Told in every turn: a policy may see the newest observation alone.
        parts = [state.task.instruction]
        if self.history != "none" and state.did:
            parts.append("So far: " + ", ".join(state.did) + ".")
        if self._turn and self.prompt == "full" and self.turns_left is not None:
            parts.append(f"Turns left: {self.turns_left}.")
        return View(state.device.paint(), "\n".join(parts))

    # What a command does.

    def _apply(self, command: Command) -> Outcome:
        if self.turns == "one":
            return self._judge_step(command)
        ended = self._carry_out(command)
        done = self.state.task.done(self.state.device)
        success = done and (ended or not self.complete)
        return Outcome({"success": float(success)}, terminated=ended or success, success=success)

    def _carry_out(self, command: Command) -> bool:
        """Do it, and note what it really did; tell whether the agent says that it is done."""
        device, did = self.state.device, self.state.did
        name, arguments = command.name, command.arguments
        if name == "complete":
            return True
        if name == "click":
            point = self.point_of(command)
            effect = device.do(device.page.hit(*point, device.ui))
            at = ", ".join(f"{value:g}" for value in arguments["point"])
            words = self._place(*point) if self.prompt == "brief" else f"click [{at}]"
        else:
            words = name
            effect = self._do(name, arguments)
        did.append(f"{words} {EFFECTS[effect]}" if self.prompt == "brief" else f"{words}: {effect}")
        return False

    def _place(self, x: float, y: float) -> str:
        """Name a place of the screen in one word: its row and column of four."""
        width, height = self.canvas.source_size
        row, column = int(4 * y // height), int(4 * x // width)
        return f"r{row + 1}c{column + 1}" if row in range(4) and column in range(4) else "outside"

    def _do(self, name: str, arguments: Mapping[str, Any]) -> str:
        device = self.state.device
        if name == "type":
            return device.type(str(arguments["text"]))
        if name == "scroll":
            return device.scroll(str(arguments["direction"]))
        return device.do(Act(name))

    def _name_of(self, act: Act) -> str:
        """Return the words on what an act presses, ``""`` where it has none."""
        page = self.state.device.page
        if act.kind in page.bars:
            return act.kind
        return next((entry.text for entry in page.entries if entry.act == act), "")

    def _judge_step(self, command: Command) -> Outcome:
        """Judge one step by whether less is left to do after it."""
        device, task = self.state.device, self.state.task
        wanted, _ = task.next_step(device)
        intent = self._intended(command.thought) == {self._intent()}
        before = commands_left(task, device)
        complete = self._carry_out(command)
        right = before == 1 if complete else commands_left(task, device) == before - 1
        terms = {"type": command.name == wanted or right, "click": right}
        if self.parser.thought:
            terms |= {"intent": intent, "format": bool(command.thought)}
        shares = {name: float(term) / len(terms) for name, term in terms.items()}
        return Outcome(shares, terminated=True, success=right)

    def _intent(self) -> str:
        """Name what the next step is about: what is pressed, or the command."""
        name, argument = self.state.task.next_step(self.state.device)
        if name != "click":
            return name
        device = self.state.device
        pressed = device.page.hit(*_middle(argument), device.ui)
        return self._name_of(pressed) or pressed.kind

    def _intended(self, thought: str) -> set[str]:
        """Find the names of the screen's entries (and of commands) in a thought.

        A name inside a longer name that is found is none of its own.
        """
        said = f" {' '.join(answer_tokens(thought))} "
        page = self.state.device.page
        names = [*page.bars, *self.parser.commands, "dismiss", "tab"]
        names += [entry.text for entry in page.entries]
        found = {name: f" {' '.join(answer_tokens(name))} " for name in names}
        found = {name: words for name, words in found.items() if words.strip() and words in said}
        longer = [words for words in found.values() if words != " click "]
        return {
            name
            for name, words in found.items()
            if name != "click" and not any(words != other and words in other for other in longer)
        }

    def expert_action(self) -> str:
        """Take the shortest way (see ``expert_error`` and ``jitter``)."""
        state = self.state
        if self._expert_errs and not self._turn:
            wrong = self._wrong_icon()
            if wrong is not None:
                return self.press(wrong, "I press something else.")
        name, argument = state.task.next_step(state.device)
        intent = self._intent()
        if name == "click":
            return self.press(argument, f"I press {intent}.")
        if name not in self.parser.commands:  # the episode is over
            name = "wait"
        arguments = {"type": {"text": argument}, "scroll": {"direction": argument}}
        return self.say(name, f"I {intent}.", **arguments.get(name, {}))

    def _wrong_icon(self) -> IntBox | None:
        """Choose an icon in view that is not the right one; None where there is no other."""
        device = self.state.device
        right = self.state.task.next_step(device)[1]
        if device.ui.dialog:
            return None
        boxes = [
            device.page.place(entry, device.ui.scroll)
            for entry in device.page.entries
            if entry.act.kind in ("open", "dead") and device.page.seen(entry, device.ui)
        ]
        boxes = [box for box in boxes if box != right]
        return boxes[self._seed % len(boxes)] if boxes else None

    def vocabulary(self) -> Iterable[str]:
        """Give the names of screens, the steps of coordinates, and the words of the prompts."""
        yield from self.world.words()
        yield from (self.say(name, "I press.") for name in ("back", "home", "wait"))
        yield from (self.parser.write(c, {}) for c in self.parser.commands if c == "complete")
        places = range(0, 1001, 125)
        yield from (self.say("click", "I press.", point=[x, y]) for x in places for y in places)
        yield from (EFFECTS.values() if self.prompt == "brief" else EFFECTS)
        yield "So far: click [ ], : back home outside Invalid action."
        yield " ".join(f"r{row}c{column}" for row in range(1, 5) for column in range(1, 5))
        if self.prompt == "full":
            yield from (self.rules, self.parser.instructions(), "Turns left: 0.")
            yield " ".join(map(str, range(32)))


def _middle(box: IntBox) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
