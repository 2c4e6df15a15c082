"""`ThorWorld`: a house that AI2-THOR simulates, played with the same commands and sentences.

What is *possible*, what is *said* and what is *wished for* come from `engine` and `goals`, as for
the suite's own houses; what *happened* comes from the simulator. After every command the state is
read from AI2-THOR's metadata, and a command that the simulator refuses, or whose effect does not
show there, is answered by ``engine.NOTHING``:

    world = ThorWorld("…/thor-Linux64")
    house, state = world.start("FloorPlan1", seed=3)
    world.obey("go to fridge 1")            # or world.carry_out(Act(…), tells=…)
    world.state, world.frame()              # the new state, and uint8 [H, W, 3]
    world.close()

How a command becomes actions follows ALFWorld's own controller (``alfworld/agents/controller/
oracle.py`` of version 0.4.2): ``heat`` is open, put, close, switch on, wait, switch off, open, pick
up; ``cool`` and ``clean`` likewise with the fridge's door and the nearest tap. Other than there,
fridge and microwave end as open as they were before, as in the text game.

Remembered here is what is clean, hot or cool: AI2-THOR knows no clean potato, and its warmth fades.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from vl_envs.alfworld import engine
from vl_envs.alfworld.engine import NOTHING, Act
from vl_envs.alfworld.goals import APPLIANCES
from vl_envs.alfworld.house import NOWHERE, House, HouseState
from vl_envs.alfworld.thor_client import Picture, Reply, ThorClient, ThorError
from vl_envs.alfworld.thor_scene import (
    Object,
    best_poses,
    house_of,
    is_furniture,
    is_lamp,
    is_thing,
    nearest,
    read_state,
)

TRIES = 5
"""So many places before a receptacle are tried."""


class ThorWorld:
    """One house at a time in AI2-THOR.

    Nothing is started before `start`; a copy or pickle has the settings and no running build.

    Args:
        executable: path of the Unity build; without it the environment variable
            VL_THOR_EXECUTABLE. Nothing is ever downloaded.
        image_size: side of the picture, or (height, width), in pixels.
        start_timeout: seconds that starting the build, and loading a scene, may take.
        timeout: seconds that any other action may take.
        field_of_view: of the camera, vertical, in degrees.
        x_display: X display to draw on, such as ``:0``.

    Attributes:
        house: what stands and lies in the house.
        state: what is where now. Not to be changed.

    Raises:
        ValueError: no build is named, or it cannot be run.
        ImportError: the package ``ai2thor`` is not installed.
    """

    house: House
    state: HouseState

    def __init__(
        self,
        executable: str | os.PathLike[str] | None = None,
        *,
        image_size: int | tuple[int, int] = 300,
        start_timeout: float = 300.0,
        timeout: float = 60.0,
        field_of_view: float = 90.0,
        x_display: str | None = None,
    ) -> None:
        self.client = ThorClient(
            executable,
            image_size=image_size,
            start_timeout=start_timeout,
            timeout=timeout,
            x_display=x_display,
            gridSize=0.25,
            visibilityDistance=1.5,
            fieldOfView=field_of_view,
        )
        self._reply: Reply | None = None
        self._objects: dict[str, Object] = {}
        self._poses: list[list[dict[str, Any]]] = []
        self._things: list[str] = []

    def start(
        self, scene: str, seed: int | None = None, copies: int = 0
    ) -> tuple[House, HouseState]:
        """Load a scene, and look which receptacles one can get to: others have no name.

        Args:
            scene: such as ``FloorPlan1``.
            seed: lays things out anew (AI2-THOR's ``InitialRandomSpawn``), 0 to 2^31 - 16; None
                leaves them.
            copies: with a seed, so many kinds of things, drawn by it, get a second one.

        Raises:
            ValueError: the build has no such scene.
            ThorError: the simulator failed.
        """
        self._take_in(self.client.reset(scene))
        if seed is not None:
            self._spawn(int(seed), copies)
        for entry in list(self._objects.values()):
            if is_lamp(entry):
                self._switch(entry["objectId"], False)
        found = [
            (entry, poses)
            for entry in self._sorted()
            if is_furniture(entry) and (poses := self._poses_before(entry))
        ]
        self._poses = [poses for _, poses in found]
        self.house = house_of([entry for entry, _ in found], self._sorted())
        self._things = [thing.id for thing in self.house.things]
        count = len(self._things)
        unknown = HouseState(len(found), [NOWHERE] * count, [0] * count, [None] * count)
        self.state = self._read(unknown)
        return self.house, self.state

    def obey(self, text: str) -> str:
        """Do what a text says, and return the answer in ALFWorld's words."""
        act = engine.read(self.house, text)
        if act is None or not engine.possible(self.house, self.state, act):
            return NOTHING
        return self.carry_out(act)

    def carry_out(self, act: Act, tells: bool = True) -> str:
        """Do something that is ``engine.possible``; return what ALFWorld says of it.

        Returns:
            The sentence, or ``engine.NOTHING`` where the simulator refused or did something else;
            `state` is what has become of the house in either case.

        Raises:
            ThorError: the simulator failed.
        """
        wanted = self.state.copy()
        said = engine.carry_out(self.house, wanted, act, tells)
        if self._do(act):
            now = self._read(wanted)
            if _shows(now, wanted, act):
                self.state = now
                return said
        self.state = self._read(self.state)
        return NOTHING

    def frame(self) -> Picture:
        """Return what the agent sees now, uint8 [H, W, 3]."""
        if self._reply is None:
            raise ThorError("AI2-THOR is not running; start loads a scene and starts it")
        return self._reply.frame

    def close(self) -> None:
        """End the build; a later `start` starts it again."""
        self.client.close()
        self._reply = None

    def _do(self, act: Act) -> bool:
        """Carry out a command in the simulator; tell whether it did all of it."""
        verb, what, to = act
        if verb == "go to":
            return any(self._try("Teleport", **pose) for pose in self._poses[what])
        if verb in ("open", "close"):
            return self._set_open(what, verb == "open")
        if verb == "use":
            return self._switch(self._things[what], True)
        if verb == "take":
            return self._act("PickupObject", self._things[what])
        if verb == "move":
            return self._act("PutObject", self.house.receptacles[to].id)
        if verb == "slice":
            return self._slice(what)
        return verb not in APPLIANCES or self._treat(verb, what, to)

    def _treat(self, verb: str, thing: int, receptacle: int) -> bool:
        """Put the thing in hand into an appliance, let that work, and take it out again."""
        was_open = receptacle in self.state.opened
        done = (
            self._set_open(receptacle, True)
            and self._act("PutObject", self.house.receptacles[receptacle].id)
            and self._let_work(verb, receptacle)
        )
        # Also where something was refused: the thing may be in there.
        self._set_open(receptacle, True)
        name = self._things[thing]
        entry = self._objects.get(name, {"isPickedUp": True})  # broken things are gone
        held = bool(entry["isPickedUp"]) or self._act("PickupObject", name)
        return self._set_open(receptacle, was_open) and held and done

    def _let_work(self, verb: str, receptacle: int) -> bool:
        """Let an appliance heat, cool or clean what is in it."""
        name = self.house.receptacles[receptacle].id
        if verb == "clean":
            tap = nearest("Faucet", self._objects[name], self._objects.values())
            if tap is None:
                return False
            name = tap["objectId"]
        elif not self._set_open(receptacle, False):
            return False
        if verb == "cool":
            return self._try("Pass")
        return self._switch(name, True) & self._try("Pass") & self._switch(name, False)

    def _slice(self, thing: int) -> bool:
        """Slice a thing: from now on its first slice counts as the thing."""
        whole = self._things[thing]
        done = self._act("SliceObject", whole)
        slices = sorted(name for name in self._objects if name.startswith(f"{whole}|"))
        if done and slices:
            self._things[thing] = slices[0]
        return done

    def _set_open(self, receptacle: int, wanted: bool) -> bool:
        """Open or close a receptacle, if it has a door and that is not yet so."""
        entry = self.house.receptacles[receptacle]
        if not entry.openable or bool(self._objects[entry.id]["isOpen"]) == wanted:
            return True
        return self._act("OpenObject" if wanted else "CloseObject", entry.id)

    def _switch(self, name: str, on: bool) -> bool:
        """Switch something on or off, if it is not so yet."""
        if bool(self._objects[name]["isToggled"]) == on:
            return True
        return self._act("ToggleObjectOn" if on else "ToggleObjectOff", name)

    def _act(self, action: str, name: str) -> bool:
        # By force, as ALFWorld does: the agent stands before it, and need not see it among others.
        return self._try(action, objectId=name, forceAction=True)

    def _try(self, action: str, **arguments: Any) -> bool:
        return self._take_in(self.client.step(action, **arguments)).ok

    def _take_in(self, reply: Reply) -> Reply:
        self._reply = reply
        self._objects = {entry["objectId"]: entry for entry in reply.metadata["objects"]}
        return reply

    def _spawn(self, seed: int, copies: int) -> None:
        """Lay things out anew; where a seed cannot be, the next one of its parity is taken."""
        kinds = sorted({o["objectType"] for o in self._sorted() if is_thing(o) and not is_lamp(o)})
        drawn = np.random.default_rng(seed).permutation(len(kinds))[:copies]
        options = {
            "forceVisible": False,
            "numPlacementAttempts": 5,
            "placeStationary": True,
            "numDuplicatesOfType": [{"objectType": kinds[i], "count": 2} for i in drawn],
        }
        seeds = range(seed, seed + 16, 2)
        if not any(self._try("InitialRandomSpawn", randomSeed=each, **options) for each in seeds):
            assert self._reply is not None
            raise ThorError(f"AI2-THOR could not lay things out: {self._reply.error}")

    def _poses_before(self, entry: Object) -> list[dict[str, Any]]:
        arguments = {"objectId": entry["objectId"], "standings": [True]}
        reply = self._take_in(self.client.step("GetInteractablePoses", **arguments))
        return best_poses((reply.returned or ()) if reply.ok else (), entry, TRIES)

    def _sorted(self) -> list[Object]:
        return [self._objects[name] for name in sorted(self._objects)]

    def _read(self, known: HouseState) -> HouseState:
        return read_state(self.house, self._objects, self._things, known)


def _shows(state: HouseState, wanted: HouseState, act: Act) -> bool:
    """Tell whether a command had the effect that it should have."""
    verb, what, _ = act
    if verb in ("open", "close"):
        return (what in state.opened) == (verb == "open")
    if verb in ("use", "slice"):
        return what in (state.lit if verb == "use" else state.sliced)
    if verb in ("take", "move", *APPLIANCES):
        return state.where[what] == wanted.where[what]
    return True
