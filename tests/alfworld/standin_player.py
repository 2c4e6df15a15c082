"""A stand-in for AI2-THOR's Unity player, for tests: the real client starts it and talks to it.

It speaks the FIFO protocol of AI2-THOR 5 and plays three small rooms by rules of its own (doors,
hands, taps, warmth, slices), so that it shows whether the client, the protocol and the mapping from
commands to actions are right. It shows nothing about Unity: no physics, no real poses, no real
pictures, no scene as AI2-THOR ships it.

``STANDIN_MODE`` makes it fail: ``quit`` (ends at once), ``mute`` (runs and never speaks), ``deaf``
(speaks once and never answers), ``die:ACTION`` and ``hang:ACTION`` (at that action), ``slow``
(a tenth of a second for each answer), ``refuse:ACTION`` (answers that it cannot), ``tiny`` (frames
of the wrong size).
"""

from __future__ import annotations

import importlib
import json
import math
import os
import struct
import sys
import time
import zlib
from pathlib import Path
from typing import Any, BinaryIO

MODE, _, WHEN = os.environ.get("STANDIN_MODE", "").partition(":")
if MODE == "quit":
    sys.exit("no graphics device")
if MODE == "mute":
    time.sleep(600)

import numpy as np  # noqa: E402

msgpack: Any = importlib.import_module("msgpack")

METADATA, ACTION, IMAGE, END = 1, 2, 4, 255
HEADER = struct.Struct("!BI")
REACH = 1.5
HANDLES = ("Fridge", "Microwave", "Cabinet", "Drawer")

# Pieces of furniture, each with what lies in it. The cabinet "walled" cannot be got to.
KITCHEN, BEDROOM, BATHROOM = range(3)
ROOMS: dict[int, list[tuple[str, list[str]]]] = {
    KITCHEN: [
        ("CounterTop", ["Apple", "Knife", "Bread", "Mug", "Bowl", "Potato"]),
        ("CounterTop", ["Tomato", "Plate", "ButterKnife", "Fork"]),
        ("Fridge", ["Lettuce", "Egg", "Apple"]),
        ("Microwave", ["Mug"]),
        ("SinkBasin", ["Fork", "Cup"]),
        ("Faucet", []),
        ("Cabinet", ["Pan"]),
        ("Drawer", ["Spoon", "DishSponge"]),
        ("DiningTable", ["Plate", "Egg"]),
        ("GarbageCan", []),
        ("StoveBurner", ["Pot"]),
        ("Cabinet walled", ["Cup"]),
        ("Floor", ["Pen"]),
    ],
    BEDROOM: [
        ("Desk", ["DeskLamp", "Pencil", "Book"]),
        ("Bed", ["Pillow", "CellPhone"]),
        ("Drawer", ["CD", "KeyChain"]),
        ("Shelf", ["AlarmClock", "Pencil"]),
        ("GarbageCan", []),
        ("FloorLamp", []),
    ],
    BATHROOM: [
        ("CounterTop", ["SoapBar", "Cloth", "Bottle"]),
        ("SinkBasin", []),
        ("Faucet", []),
        ("Toilet", ["ToiletPaper", "PaperTowelRoll"]),
        ("Cabinet", ["SprayBottle"]),
        ("GarbageCan", []),
    ],
}
SCENES = {
    f"FloorPlan{first + number}_physics": room
    for first, room in ((1, KITCHEN), (201, BEDROOM), (301, BEDROOM), (401, BATHROOM))
    for number in range(30)
}
TOPS = ("CounterTop", "DiningTable", "Desk", "Bed", "Shelf", "Toilet")
BOWLS = ("Bowl", "Mug", "Plate", "Cup", "Pan", "Pot")
SLICED = ("Apple", "Bread", "Lettuce", "Egg", "Potato", "Tomato")
LAMPS = ("DeskLamp", "FloorLamp")
FIXED = ("Faucet", *LAMPS)


class Refusal(Exception):
    """What the simulator says when it does not do something."""


class Room:
    """One scene: objects by name as AI2-THOR's metadata has them, and the agent."""

    def __init__(self, scene: str) -> None:
        self.scene = scene
        self.position, self.yaw, self.horizon = [0.0, 0.9, 0.0], 0.0, 0.0
        self.objects: dict[str, dict[str, Any]] = {}
        pieces = ROOMS[SCENES[scene]]
        for number, (kind, inside) in enumerate(pieces):
            turn = 2 * math.pi * number / len(pieces)
            far = 9.0 if kind.endswith("walled") else 1.8
            at = (far * math.sin(turn), 0.9, far * math.cos(turn))
            parent = self._add(kind.removesuffix(" walled"), at, [])
            for place, thing in enumerate(inside):
                self._add(thing, (at[0], 1.0, at[2] + 0.01 * place), [parent])

    def _add(self, kind: str, at: tuple[float, float, float], parents: list[str]) -> str:
        number = sum(entry["objectType"] == kind for entry in self.objects.values())
        spot = "|".join(f"{value:+06.2f}" for value in at)
        name = f"Sink|{spot}|SinkBasin" if kind == "SinkBasin" else f"{kind}|{spot}"
        name += f"|{number}" if name in self.objects else ""
        loose = bool(parents) and kind not in FIXED
        self.objects[name] = {
            "objectId": name,
            "name": f"{kind}_{number}",
            "objectType": kind,
            "position": dict(zip("xyz", at, strict=True)),
            "rotation": {"x": 0.0, "y": 0.0, "z": 0.0},
            "visible": False,
            "pickupable": loose,
            "isPickedUp": False,
            "receptacle": kind in BOWLS or (not loose and kind not in FIXED),
            "openable": kind in HANDLES,
            "isOpen": False,
            "toggleable": kind in ("Microwave", *FIXED),
            "isToggled": kind in LAMPS,
            "sliceable": kind in SLICED,
            "isSliced": False,
            "dirtyable": loose,
            "isDirty": loose,
            "temperature": "RoomTemp",
            "parentReceptacles": parents or None,
            "receptacleObjectIds": None,
        }
        return name

    @property
    def held(self) -> dict[str, Any] | None:
        """What is in the agent's hand."""
        return next((entry for entry in self.objects.values() if entry["isPickedUp"]), None)

    def inside(self, name: str) -> list[dict[str, Any]]:
        """Return what lies in a receptacle."""
        entries = self.objects.values()
        return [entry for entry in entries if name in (entry["parentReceptacles"] or ())]

    def distance(self, name: str) -> float:
        """Return how far an object is from the agent."""
        at = self.objects[name]["position"]
        return math.hypot(at["x"] - self.position[0], at["z"] - self.position[2])

    def get(self, name: str, near: bool = True) -> dict[str, Any]:
        """Return an object that the agent can reach."""
        if name not in self.objects:
            raise Refusal(f"{name} is not the objectId of any object")
        if near and self.distance(name) > REACH:
            raise Refusal(f"{name} is not within reach")
        return self.objects[name]

    def act(self, action: str, arguments: dict[str, Any]) -> Any:
        """Carry out an action, and return what it returns."""
        method = getattr(self, f"do_{action}", None)
        if method is None:
            raise LookupError(f"Invalid action: {action}")
        return method(arguments)

    def do_GetReachablePositions(self, _: Any = None) -> list[dict[str, float]]:
        """Give the grid of where the agent can stand."""
        steps = [step / 4 for step in range(-4, 5)]
        return [{"x": x, "y": 0.9, "z": z} for x in steps for z in steps]

    def do_GetInteractablePoses(self, arguments: dict[str, Any]) -> list[dict[str, Any]]:
        """Give where the agent can stand to reach an object, in four directions."""
        at = self.get(arguments["objectId"], near=False)["position"]
        poses = []
        for place in self.do_GetReachablePositions():
            x, z = at["x"] - place["x"], at["z"] - place["z"]
            for yaw in (0.0, 90.0, 180.0, 270.0):
                aside = (math.degrees(math.atan2(x, z)) - yaw + 180) % 360 - 180
                if math.hypot(x, z) <= REACH and abs(aside) < 40:
                    view = {"rotation": yaw, "standing": True}
                    poses += [{**place, **view, "horizon": h} for h in (-30.0, 0.0, 30.0, 60.0)]
        return poses

    def do_Teleport(self, arguments: dict[str, Any]) -> None:
        """Stand elsewhere."""
        place = arguments.get("position") or {axis: arguments[axis] for axis in "xyz"}
        if max(abs(place["x"]), abs(place["z"])) > 1:
            raise Refusal("no place to stand")
        self.position = [place[axis] for axis in "xyz"]
        self.yaw = float((arguments.get("rotation") or {"y": self.yaw})["y"])
        self.horizon = float(arguments.get("horizon", self.horizon))

    do_TeleportFull = do_Teleport

    def do_OpenObject(self, arguments: dict[str, Any]) -> None:
        """Open a door."""
        entry = self.get(arguments["objectId"])
        if not entry["openable"] or entry["isOpen"] or entry["isToggled"]:
            raise Refusal("not to be opened, open already, or switched on")
        entry["isOpen"] = True

    def do_CloseObject(self, arguments: dict[str, Any]) -> None:
        """Close a door; a fridge then cools what is in it."""
        entry = self.get(arguments["objectId"])
        if not entry["isOpen"]:
            raise Refusal("closed already")
        entry["isOpen"] = False
        if entry["objectType"] == "Fridge":
            for thing in self.inside(entry["objectId"]):
                thing["temperature"] = "Cold"

    def do_PickupObject(self, arguments: dict[str, Any]) -> None:
        """Take a thing in hand."""
        entry = self.get(arguments["objectId"])
        around = [self.objects[name] for name in entry["parentReceptacles"] or ()]
        if self.held or not entry["pickupable"] or entry["isSliced"]:
            raise Refusal("the hand is full, or this cannot be picked up")
        if any(parent["openable"] and not parent["isOpen"] for parent in around):
            raise Refusal("it is behind a closed door")
        entry.update(isPickedUp=True, parentReceptacles=None)

    def do_PutObject(self, arguments: dict[str, Any]) -> None:
        """Put the thing in hand into a receptacle."""
        entry, thing = self.get(arguments["objectId"]), self.held
        if thing is None or not entry["receptacle"]:
            raise Refusal("the hand is empty, or this is no receptacle")
        if entry["openable"] and not entry["isOpen"]:
            raise Refusal("it is closed")
        thing.update(isPickedUp=False, parentReceptacles=[entry["objectId"]])
        thing["position"] = dict(entry["position"])

    def do_ToggleObjectOn(self, arguments: dict[str, Any]) -> None:
        """Switch something on: a microwave heats what is in it, a tap cleans what is below."""
        entry = self.get(arguments["objectId"], near=not arguments["objectId"].startswith("Faucet"))
        if not entry["toggleable"] or entry["isToggled"] or entry["isOpen"]:
            raise Refusal("no switch, on already, or open")
        entry["isToggled"] = True
        if entry["objectType"] == "Microwave":
            for thing in self.inside(entry["objectId"]):
                thing["temperature"] = "Hot"
        for sink in [name for name in self.objects if name.endswith("|SinkBasin")]:
            for thing in self.inside(sink) if entry["objectType"] == "Faucet" else ():
                thing["isDirty"] = False

    def do_ToggleObjectOff(self, arguments: dict[str, Any]) -> None:
        """Switch something off."""
        entry = self.get(arguments["objectId"], near=False)
        if not entry["isToggled"]:
            raise Refusal("off already")
        entry["isToggled"] = False

    def do_SliceObject(self, arguments: dict[str, Any]) -> None:
        """Slice a thing: it stays in the list, and its slices lie where it lay."""
        entry = self.get(arguments["objectId"])
        if not entry["sliceable"] or entry["isSliced"] or entry["isPickedUp"]:
            raise Refusal("not to be sliced, or sliced already")
        entry["isSliced"] = True
        kind, name = f"{entry['objectType']}Sliced", entry["objectId"]
        for number in range(3):
            piece = f"{name}|{kind}_{number}"
            changes = {"objectId": piece, "objectType": kind, "isSliced": False, "sliceable": False}
            parents = list(entry["parentReceptacles"] or ()) or None
            self.objects[piece] = {**entry, **changes, "parentReceptacles": parents}
        entry["parentReceptacles"] = None

    def do_InitialRandomSpawn(self, arguments: dict[str, Any]) -> None:
        """Lay things on other furniture without doors, by the seed."""
        rng = np.random.default_rng(arguments["randomSeed"])
        for more in arguments.get("numDuplicatesOfType") or ():
            same = [o for o in self.objects.values() if o["objectType"] == more["objectType"]]
            at, parents = same[0]["position"], same[0]["parentReceptacles"]
            for _ in range(more["count"] - len(same)):
                self._add(more["objectType"], (at["x"], at["y"], at["z"]), list(parents))
        tops = [o for o in self.objects.values() if o["objectType"] in TOPS]
        for thing in [o for o in self.objects.values() if o["pickupable"]]:
            top = tops[int(rng.integers(len(tops)))]
            thing.update(parentReceptacles=[top["objectId"]], position=dict(top["position"]))

    def do_Pass(self, _: Any = None) -> None:
        """Do nothing."""

    do_Done = do_Pass

    def frame(self, width: int, height: int) -> bytes:
        """Draw the view: sky above, floor below, before them what the agent faces; bottom-up."""
        picture = np.zeros((height, width, 3), np.uint8)
        picture[: height // 2], picture[height // 2 :] = (150, 180, 210), (120, 90, 60)
        facing = min(self.objects, key=lambda name: self._aside(name) + 90 * self.distance(name))
        color = zlib.crc32(f"{facing} {self.objects[facing]['isOpen']}".encode()).to_bytes(4, "big")
        picture[height // 3 : 2 * height // 3, width // 4 : width // 2] = list(color[:3])
        return picture[::-1].tobytes()

    def _aside(self, name: str) -> float:
        at = self.objects[name]["position"]
        where = math.degrees(math.atan2(at["x"] - self.position[0], at["z"] - self.position[2]))
        return abs((where - self.yaw + 180) % 360 - 180)


class Player:
    """The player's side of the pipes."""

    def __init__(self) -> None:
        options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
        # As Unity does with what it cannot show: the client then asks for a change.
        self.width = max(300, int(options.get("-screen-width", 300)))
        self.height = max(300, int(options.get("-screen-height", 300)))
        self.room = Room("FloorPlan1_physics")

    def answer(self, action: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Carry out an action; return metadata and frame."""
        verb, result, error, code = str(action["action"]), None, "", ""
        try:
            if MODE == "refuse" and verb == WHEN:
                raise Refusal("refused, as asked for")
            result = self.handle(verb, action)
        except Refusal as refusal:
            error = str(refusal)
        except LookupError as problem:
            error, code = str(problem), "InvalidAction"
        room = self.room
        for name, entry in room.objects.items():
            entry["distance"] = room.distance(name)
            entry["visible"] = entry["distance"] <= REACH
            if entry["receptacle"]:
                entry["receptacleObjectIds"] = [o["objectId"] for o in room.inside(name)]
        place = dict(zip("xyz", room.position, strict=True))
        agent = {
            "agentId": 0,
            "screenWidth": self.width,
            "screenHeight": self.height,
            "sceneName": room.scene,
            "lastAction": verb,
            "lastActionSuccess": not error,
            "errorMessage": error,
            "errorCode": code,
            "actionReturn": result,
            "objects": list(room.objects.values()),
            "inventoryObjects": [room.held] if room.held else [],
            "thirdPartyCameras": [],
            "colors": None,
            "agent": {
                "position": place,
                "rotation": {"x": 0.0, "y": room.yaw, "z": 0.0},
                "cameraHorizon": room.horizon,
                "isStanding": True,
            },
        }
        number = action.get("sequenceId", 0)
        metadata = {"sequenceId": number, "activeAgentId": 0, "agents": [agent]}
        return metadata, room.frame(self.width, self.height)

    def handle(self, verb: str, action: dict[str, Any]) -> Any:
        """Do what concerns the player itself, and leave all else to the room."""
        if verb == "GetScenesInBuild":
            return list(SCENES)
        if verb == "Reset":
            self.room = Room(action["sceneName"])
        elif verb == "Initialize":
            return {"cameraNearPlane": 0.1, "cameraFarPlane": 20.0}
        elif verb == "ChangeResolution":
            if MODE != "tiny":
                self.width, self.height = int(action["x"]), int(action["y"])
        else:
            return self.room.act(verb, action)
        return None

    def run(self) -> None:
        """Speak first, then answer until the client hangs up."""
        with Path(os.environ["AI2THOR_FIFO_SERVER_PIPE_PATH"]).open("wb") as out:
            self.send(out, {"action": "Pass"})
            with Path(os.environ["AI2THOR_FIFO_CLIENT_PIPE_PATH"]).open("rb") as source:
                while True:
                    self.obey(receive(source), out)

    def obey(self, action: dict[str, Any], out: BinaryIO) -> None:
        """Answer an action, unless this is the moment to fail."""
        if MODE == "deaf" or (MODE == "hang" and action["action"] == WHEN):
            time.sleep(600)
        if MODE == "die" and action["action"] == WHEN:
            print("segmentation fault, as asked for", flush=True)
            os._exit(7)
        if MODE == "slow":
            time.sleep(0.1)
        self.send(out, action)

    def send(self, out: BinaryIO, action: dict[str, Any]) -> None:
        """Send the answer to an action."""
        metadata, frame = self.answer(action)
        body = msgpack.packb(metadata)
        out.write(HEADER.pack(METADATA, len(body)) + body)
        out.write(HEADER.pack(IMAGE, len(frame)) + frame + HEADER.pack(END, 0))
        out.flush()


def receive(source: BinaryIO) -> dict[str, Any]:
    """Read one action; end the process when the client is gone."""
    action: dict[str, Any] = {}
    while True:
        header = source.read(HEADER.size)
        if len(header) < HEADER.size:
            sys.exit(0)
        kind, size = HEADER.unpack(header)
        if kind == END:
            return action
        body = source.read(size)
        if kind == ACTION:
            action = json.loads(body)


if __name__ == "__main__":
    Player().run()
