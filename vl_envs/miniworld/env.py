"""`MiniWorldEnv`: MiniWorld's tasks (VLMiniWorld/*-v0), with the goal in words and text actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from vl_envs.core.env import Outcome, View, VLEnv, is_count
from vl_envs.core.errors import unknown
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec
from vl_envs.miniworld.dialects import WORLD_DIALECTS
from vl_envs.miniworld.expert import Expert
from vl_envs.miniworld.geometry import bearing
from vl_envs.miniworld.simulator import Simulator, WorldState
from vl_envs.miniworld.tasks import HANDS, TASKS

REWARDS = ("own", "sparse")
EXPERTS = ("path", "look")
MOST_STEPS = 10
"""Times that one command can be repeated in a turn."""
_WHAT = {
    "turn_left": "turn {turn:g} degrees to the left",
    "turn_right": "turn {turn:g} degrees to the right",
    "move_forward": "go {forward:g} m ahead",
    "move_back": "go {step:g} m back",
    "pick_up": "pick up the thing right before you",
    "drop": "put down what you carry",
}
_FAST = ("OneRoomS6Fast", "MazeS3Fast", "Sign")
"""Tasks with long steps and wide turns, for which MiniWorld leaves nothing to be randomised."""


class MiniWorldEnv(VLEnv[WorldState]):
    """Find the way, and things, in a world seen through one's own eyes.

    ## Description
    The tasks of MiniWorld (Chevalier-Boisvert 2018; Farama Foundation, version 2.1): rooms, halls
    and mazes in which an agent has to go to a red box, to pick up things, to put one beside
    another, or to stay alive. Each task is an id of its own, by MiniWorld's name. In `ThreeRooms`
    and `RoomObjects` MiniWorld asks for nothing; here one is sent to one of the things in them, by
    name. In `Sign` MiniWorld leaves the word on the wall and the wanted shape as they were set;
    here both are drawn. No world begins with the goal already reached, and none without a way to
    it: such worlds are drawn again.

    ## Action Space
    `FreeText`. One command a turn: ``turn_left``, ``turn_right``, ``move_forward``, each up to ten
    times (``steps``); in tasks with things to carry also ``move_back``, ``pick_up``, ``drop``.
    Written in the dialect ``arft`` (default), ``hermes``, ``json``, ``words`` (``move forward 3``)
    or ``vldac`` (thoughts and the action's number in JSON, as VL-DAC asks for it; one move a turn).

    ## Observation Space
    `Dict(image, text)`: ``image`` is what the agent sees, uint8 [H, W, 3], with ``map=True`` its
    left half, and the world from above the right half; ``text`` is the goal and what the picture
    does not show (health, what is carried), with rules and action format unless
    ``prompt="brief"``.

    ## Rewards
    One term, ``goal``. ``reward="own"``: MiniWorld's: on success 1 - .2 * (moves so far / limit of
    moves), at least .8; in `PickupObjects` 1 for each thing; in `CollectHealth` 2 for each move and
    -100 for dying; in `Sign` 1 for the right thing and -1 for a wrong one; in `ThreeRooms` and
    `RoomObjects`, which pay nothing in MiniWorld, as everywhere. What is lost is never paid, also
    where MiniWorld does (`Sidewalk`'s box touched from the street). ``reward="sparse"``: 1 on
    success, else 0. Who ends the episode by unreadable actions has died in `CollectHealth`, and
    touched a wrong thing in `Sign`. Success in `CollectHealth` is to survive all 1000 moves.

    ## Starting State
    A world, the agent's place and direction, and in some tasks what is wanted, drawn from the
    seed. ``info["task_id"]`` ends in the seed that gives the same world in MiniWorld.

    ## Episode End
    Terminates when the goal is reached, when it is lost (a step into the street, a wrong thing
    touched, death), or after ``max_invalid`` unreadable actions in a row. MiniWorld's limit of
    moves (250 in `RoomObjects`, which has none) is the limit of turns, and also that of moves: who
    makes many of them in a turn is through earlier, and then the episode terminates.

    ## Arguments
    - ``task``: name of MiniWorld's task; each id sets it.
    - ``reward``: ``own`` (default) or ``sparse``.
    - ``forward_moves``: MiniWorld's moves in one ``move_forward``, 1 to 10 (default 1: .15 m).
    - ``map``: show the world from above beside the view; a wide ``image_size`` such as (224, 448)
      suits it.
    - ``domain_rand``: textures, colours, light, camera and the length of moves differ from world to
      world: an axis out of distribution. `Sign`, `MazeS3Fast` and `OneRoomS6Fast` have none.
    - ``expert``: ``path`` knows the world and takes the shortest way; ``look`` turns left until it
      sees what it could walk straight to, and walks there: such demonstrations can be imitated
      from pictures alone, but for the ways round walls. With `expert_error`, in that share of
      episodes one turn in two is random.
    - the arguments of `VLEnv`; ``image_size`` is 224 by default.

    ## Version History
    - v0: first version.
    """

    dialects: ClassVar[Mapping[str, type[Parser]]] = WORLD_DIALECTS

    def __init__(
        self,
        task: str,
        *,
        reward: str = "own",
        forward_moves: int = 1,
        map: bool = False,
        domain_rand: bool = False,
        expert: str = "path",
        image_size: int | tuple[int, int] = 224,
        **kwargs: Any,
    ) -> None:
        if task not in TASKS:
            raise unknown("task", task, TASKS)
        if reward not in REWARDS:
            raise unknown("reward", reward, REWARDS)
        if expert not in EXPERTS:
            raise unknown("expert", expert, EXPERTS)
        if not is_count(forward_moves) or not 1 <= forward_moves <= MOST_STEPS:
            raise ValueError(
                f"forward_moves must be a whole number from 1 to {MOST_STEPS}, "
                f"got {forward_moves!r}"
            )
        for name, switch in (("map", map), ("domain_rand", domain_rand)):
            if not isinstance(switch, (bool, np.bool_)):
                raise ValueError(f"{name} must be True or False, got {switch!r}")
        if domain_rand and task in _FAST:
            raise ValueError(f"{task} has no domain randomisation; leave domain_rand away")
        self.task, self.task_name = TASKS[task], task
        self.expert_may_lose = self.task.expert_may_lose
        step, turn = (0.7, 45.0) if task in _FAST else (0.15, 15.0)
        commands = [
            _spec(name, turn=turn, step=step, forward=step * forward_moves)
            for name in self.task.commands
        ]
        super().__init__(commands, image_size=image_size, **kwargs)
        self.reward, self.forward_moves, self.map = reward, int(forward_moves), bool(map)
        self.simulator = Simulator(task, domain_rand, self.task.counters, **self.task.options)
        self._expert = Expert(self.task, looks=expert == "look")
        self._admissible = tuple(self.parser.write(name, {}) for name in self.task.commands)

    def close(self) -> None:
        """Free what OpenGL holds of the world."""
        self.simulator.close()
        super().close()

    # The hooks.

    def _start(self, options: Mapping[str, Any]) -> tuple[WorldState, str]:
        self._index_in(options)
        while True:
            seed = int(self.np_random.integers(2**31))
            state = self.simulator.build(seed, self.task.variant(self.np_random))
            world = self.simulator.world
            if not self.task.won(world) and self._expert.knows_a_way(world):
                return state, f"{self.task_name}/{seed}"

    def _apply(self, command: Command) -> Outcome:
        self.simulator.load(self.state)
        world, task = self.simulator.world, self.task
        moves = self.forward_moves if command.name == "move_forward" else 1
        own, ended, won = 0.0, False, False
        for _ in range(moves * int(command.arguments.get("steps", 1))):
            paid, over = self.simulator.step(HANDS.index(command.name))
            won, lost = task.won(world), task.lost(world)
            # MiniWorld pays for the box also who touches it from the street.
            own += min(paid, 0.0) if lost else paid
            # Who makes one move a turn is stopped by the limit of turns: that is truncation.
            spent = world.step_count >= max(world.max_episode_steps, self._turn + 1)
            ended = over or won or lost or spent
            if ended:
                break
        self.state = self.simulator.save()
        if won and not task.pays:
            own += world._reward()
        reward = own if self.reward == "own" else float(won)
        return Outcome({"goal": reward}, terminated=ended, success=won)

    def _forfeit(self) -> Mapping[str, float]:
        """Count saying nothing as losing, where MiniWorld takes something for that."""
        lost = self.task.lost_pays if self.reward == "own" else 0.0
        return {"goal": lost} if lost else {}

    def _observe(self) -> View:
        self.simulator.load(self.state)
        world, task = self.simulator.world, self.task
        height, width = self.image_size
        if self.map:
            half = width // 2
            image = np.concatenate(
                [self.simulator.view(height, half), self.simulator.map(height, width - half)], 1
            )
        else:
            image = self.simulator.view(height, width)
        lines = [task.instruction(world), task.status(world)]
        if self.prompt == "full" and self._turn == 0:
            lines.insert(1, task.rules)
            lines.append("You see the world through your own eyes.")
            if self.map:
                lines.append("Beside it is the world from above; the red triangle is you.")
        return View(image, "\n".join(filter(None, lines)))

    def expert_action(self) -> str:
        """Say the expert's next move; ``expert`` says which expert."""
        self._need_state("expert_action()")
        self.simulator.load(self.state)
        world = self.simulator.world
        name = self._expert.command(world)
        # Not the seed and a zero, which to NumPy is the seed alone: the world's own draws again.
        rng = np.random.default_rng((1 + self.state.steps, self.state.seed))
        if self._expert_errs and rng.random() < 0.5:
            name = self.task.commands[int(rng.integers(len(self.task.commands)))]
        thought = bearing(world, self.task.aims(world)) if self.parser.thought else ""
        return self.parser.write(name, {}, thought)

    def vocabulary(self) -> Iterable[str]:
        """See `VLEnv.vocabulary`."""
        task = self.task
        texts = [task.goal, task.rules, "left right ahead hidden", "Invalid action."]
        if not task.pays:
            colors = "blue green grey purple red yellow"
            texts.append(f"Go to the {colors} box ball key rubber duck.")
        if "num_picked_up" in task.counters:
            texts.append("Picked up: 0 1 2 3 4 5 of 5.")
        if "health" in task.counters:
            texts.append(" ".join(["Health: of 100.", *map(str, range(0, 101, 2))]))
        if "drop" in task.commands:
            texts.append("You carry nothing. You carry the blue green grey purple red yellow box.")
        if self.task_name == "Sign":
            texts.append("Read the colour on the wall and go to the box key of that colour.")
        if self.prompt == "full":
            texts += [self.parser.instructions(), "You see the world through your own eyes."]
            texts.append("Beside it is the world from above; the red triangle is you.")
        texts += [self.parser.write(name, {}, "left") for name in task.commands]
        steps = [name for name, spec in self.parser.commands.items() if spec.parameters]
        for number in range(1, MOST_STEPS + 1):
            texts += [self.parser.write(name, {"steps": number}) for name in steps]
        return texts

    def _admissible_actions(self) -> tuple[str, ...]:
        return self._admissible


def _spec(name: str, **lengths: float) -> CommandSpec:
    """Describe a command; those that move can be repeated."""
    what = _WHAT[name].format(**lengths)
    if name in ("pick_up", "drop"):
        return CommandSpec(name, f"{what}.")
    steps = {
        "type": "integer",
        "enum": list(range(1, MOST_STEPS + 1)),
        "default": 1,
        "description": "how many times",
    }
    return CommandSpec(name, f"{what}; a number repeats it (1 to {MOST_STEPS}).", {"steps": steps})
