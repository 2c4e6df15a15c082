"""``VLGui/Ground-v0``: one screen, one instruction, one click."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from vl_envs.core.canvas import Box, Canvas, fit
from vl_envs.core.env import Outcome, View
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command, ParseError
from vl_envs.core.tasks import Recent
from vl_envs.gui.env import GuiEnv
from vl_envs.gui.grounding.reward import REWARDS, click_reward, distance_reward, inside
from vl_envs.gui.grounding.task import GroundSource, GroundTask, Picture

SOURCES = ("screens", "screenspot:PATH", "screenspot-v2:PATH", "screenspot-pro:PATH")


@dataclass(frozen=True)
class GroundState:
    """One episode; nothing of it changes.

    Attributes:
        task_id: of the task.
        instruction: what is asked for.
        box: what is to be pressed, in pixels of the source picture.
        near: what a careless expert presses.
        labels: what kind of task it is.
        canvas: how the source picture lies on the shown one.
        shown: the picture as shown, uint8 [H, W, 3].
    """

    task_id: str
    instruction: str
    box: Box
    near: Box
    labels: Mapping[str, str]
    canvas: Canvas
    shown: Picture

    def __deepcopy__(self, memo: dict[int, Any]) -> GroundState:
        """Share it all."""
        return self


_RECENT: Recent[GroundState] = Recent(4)


class GroundEnv(GuiEnv[GroundState]):
    """Find what an instruction names on a screen, and press it.

    ## Description
    The agent sees one screen and one instruction, such as "click on the cog in the tool bar", "turn
    on Auto Save" or "delete Report 3.pdf", and presses one point. Screens are drawn anew for every
    task: computers with windows, menus, tables and dialogs; pages of the web; phones; with dozens
    to hundreds of things on each, of which the instruction fits exactly one. Or they come from the
    published benchmarks ScreenSpot, ScreenSpot-v2 and ScreenSpot-Pro.

    ## Action Space
    `FreeText`. One command, ``click`` with a point [x, y], written in the dialect ``json``
    (default), ``gelab``, ``uitars``, ``androidworld``, ``osworld``, ``arft`` or ``hermes``.

    ## Observation Space
    `Dict(image, text)`: ``image`` is the screen, uint8 [H, W, 3], fitted on the canvas with its
    aspect kept, pixel by pixel where the sizes agree (a screen of 1280 x 720 on the default
    canvas); ``text`` is the instruction (with rules and action format unless ``prompt="brief"``).

    ## Rewards
    One term, given with the click and judged in pixels of the source. ``reward="click"``: 1 in the
    box of what is asked for, else 0 (as GTA1, arXiv 2507.05791). ``reward="distance"``: 1 in the
    box; beside it ``0.49 * exp(-10 * d / D)``, with the distance d to the box and the diagonal D of
    the screen; 0 outside the screen. An unreadable action earns 0, less ``invalid_penalty``.
    ``info["success"]`` is whether the point lies in the box. Boxes are half-open: their left and
    top edges belong to them, their right and bottom edges do not (so 1000 in ``norm_1000`` lies
    just outside the screen).

    ## Starting State
    A task drawn by the source from the seed; or task ``options["index"]`` of a benchmark.

    ## Episode End
    Terminates with the first readable click, or after ``max_invalid`` unreadable actions in a row;
    truncates after 4 turns.

    ## Arguments
    - ``source``: ``screens`` (drawn), ``screenspot:PATH``, ``screenspot-v2:PATH`` or
      ``screenspot-pro:PATH`` (the benchmark's folder).
    - ``split``: ``train`` (default), ``val``, ``test`` (other things are asked for); or as
      ``train`` with one thing never seen there: ``theme``, ``resolution``, ``name``, ``image``
      (icons). A benchmark is all ``test``.
    - ``level``: ``all`` (default) or one platform: ``desktop``, ``web``, ``mobile``; of a benchmark
      also what it calls its own, such as ``ios`` or ``Office``.
    - ``kinds``: types of what is asked for, of ``text``, ``icon``, ``widget`` (for drawn screens
      also kinds such as ``tab`` or ``cell``); None is all.
    - ``language``: of ScreenSpot-Pro, ``en`` or ``cn``.
    - ``screen``: of drawn screens: ``laptop`` (1280 x 720), ``desktop`` (1920 x 1080), ``web``,
      ``tablet``, ``phone``, ``random``, or (width, height); None is ``laptop``, or ``phone`` for
      the level ``mobile``.
    - ``theme``: of drawn screens; None draws one.
    - ``reward``: ``click`` or ``distance``.
    - ``expert_error``: share of episodes whose expert presses the thing beside.
    - ``jitter``: how far the expert's click strays from the middle.
    - and those of `VLEnv`: ``image_size`` (720 x 1280 by default), ``dialect``, ``coordinates``,
      ``prompt``, ``thought``, ``max_invalid``, ``invalid_penalty``, ``render_mode``.

    ## Version History
    - v0: first version.
    """

    rules = "You see one screen. Do what is asked for by pressing one point of it."

    def __init__(
        self,
        *,
        source: str = "screens",
        split: str | None = None,
        level: str | None = None,
        kinds: Sequence[str] | None = None,
        language: str | None = None,
        screen: str | tuple[int, int] | None = None,
        theme: str | None = None,
        reward: str = "click",
        image_size: int | tuple[int, int] = (720, 1280),
        **kwargs: Any,
    ) -> None:
        if not isinstance(source, str):
            raise ValueError(f"source must be a text such as 'screens', got {source!r}")
        if isinstance(kinds, str):
            raise ValueError(f"kinds must be a list of names such as ('icon',), got {kinds!r}")
        if reward not in REWARDS:
            raise unknown("reward", reward, REWARDS)
        super().__init__([], image_size=image_size, **kwargs)
        self.reward = reward
        options = {
            "split": split,
            "level": level,
            "kinds": kinds,
            "language": language,
            "screen": screen,
            "theme": theme,
        }
        self.source = open_source(source, options)
        # Environments that are equal in this draw equal tasks from equal seeds.
        self._key = (source, *map(str, options.values()), self.image_size)

    @property
    def num_tasks(self) -> int:
        """Tasks of a benchmark, 0 for drawn screens."""
        return len(self.source)

    def _start(self, options: Mapping[str, Any]) -> tuple[GroundState, str]:
        index = self._index_in(options)
        if index is None:
            state = _RECENT.draw(
                self._key, self.np_random, lambda: self._prepare(self.source.sample(self.np_random))
            )
        else:
            state = self._prepare(self.source[index])
        self.canvas = state.canvas
        return state, state.task_id

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go back to what `get_state` returned, and to how that picture lies on the canvas."""
        super().set_state(state)
        self.canvas = self.state.canvas

    def _prepare(self, task: GroundTask) -> GroundState:
        height, width = task.picture.shape[:2]
        shown = task.picture
        if (height, width) != self.image_size:
            shown = fit(Image.fromarray(shown), self.image_size)
        canvas = Canvas((width, height), self.image_size)
        return GroundState(
            task.task_id, task.instruction, task.box, task.near, task.labels, canvas, shown
        )

    def _observe(self) -> View:
        text = self.state.instruction
        if self._turn:
            left = self.turns_left
            tell = self.prompt == "full" and left is not None
            text = f"Turns left: {left}." if tell else ""
        return View(self.state.shown.copy(), text)

    def _apply(self, command: Command) -> Outcome:
        point, box, size = self.point_of(command), self.state.box, self.canvas.source_size
        hit = click_reward(point, box)
        value = distance_reward(point, box, size) if self.reward == "distance" else hit
        return Outcome({self.reward: value}, terminated=True, success=bool(hit))

    def _labels(self) -> Mapping[str, str]:
        return self.state.labels

    def expert_action(self) -> str:
        """Press the middle of what is asked for (see ``expert_error`` and ``jitter``)."""
        return self.press(
            self.state.near if self._expert_errs else self.state.box, "I see what is asked for."
        )

    def press(self, box: Box, thought: str = "") -> str:
        """Say to press inside ``box``, however small: with decimals where whole steps miss it."""
        said = super().press(box, thought)
        command = self.parser.parse(said)
        assert not isinstance(command, ParseError), command.message
        if inside(self.point_of(command), box):
            return said
        x, y = self.canvas.from_source(
            ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), self.coordinates
        )
        return self.say("click", thought, point=[round(x, 4), round(y, 4)])

    def vocabulary(self) -> Iterable[str]:
        """Give every word of the source, the prompts and the commands."""
        yield from self.source.vocabulary()
        yield from self.parser.stop
        yield from (tag.replace("</", "<") for tag in self.parser.stop)
        yield "Invalid action."
        if self.prompt == "full":
            yield from (self.rules, self.parser.instructions(), "Turns left: 0 1 2 3 4.")
        thought = "I see what is asked for." if self.parser.thought else ""
        for digits in ((12, 34), (56, 78), (90, 0)):
            yield self.say("click", thought, point=list(digits))


def open_source(source: str, options: Mapping[str, Any]) -> GroundSource:
    """Open a task source by its name, with those ``options`` that are not None.

    Raises:
        ValueError: no such source (with the nearest names), or an option that it does not take.
    """
    given = {name: value for name, value in options.items() if value is not None}
    kind, _, path = source.partition(":")
    if source != "screens" and (f"{kind}:PATH" not in SOURCES or not path):
        raise unknown("source", source, SOURCES)
    own = {"screens": {"screen", "theme"}, "screenspot-pro": {"language"}}.get(kind, set[str]())
    for name in sorted(given.keys() - own - {"split", "level", "kinds"}):
        raise ValueError(f"source {source!r} has no option {name!r}")
    # Imported here: drawing is not loaded for files, nor the other way round.
    if kind == "screens":
        from vl_envs.gui.grounding.screens import ScreenSource

        return ScreenSource(**given)
    from vl_envs.gui.grounding.screenspot import ScreenSpotSource

    return ScreenSpotSource(kind, path, **given)
