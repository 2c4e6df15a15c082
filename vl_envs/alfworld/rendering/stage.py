"""What an agent sees: a scene of a house, kept up to date from state to state."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vl_envs.alfworld.house import House, HouseState, Layout, Placed
from vl_envs.alfworld.rendering import things
from vl_envs.alfworld.rendering.appliances import APPLIANCES, plain_box
from vl_envs.alfworld.rendering.effects import hand
from vl_envs.alfworld.rendering.engine import Engine, engine
from vl_envs.alfworld.rendering.materials import PALETTES, palette
from vl_envs.alfworld.rendering.mesh import Mesh, rotation
from vl_envs.alfworld.rendering.plan import Maker, Plan, Slot
from vl_envs.alfworld.rendering.room import FIXTURES, FLAT, footprint, shell
from vl_envs.alfworld.rendering.storage import STORAGE
from vl_envs.alfworld.rendering.tables import TABLES

FURNITURE: dict[str, Maker] = {**STORAGE, **TABLES, **APPLIANCES}
"""Kind of a receptacle -> what draws it and says where things lie."""

HAND = (0.19, 0.62, -0.24)
"""Where the hand seems to be, seen from the eye: to the right, ahead, up; metres."""
NEARER = 0.36
"""The hand is this much nearer and smaller, which looks the same, but no table cuts through it."""

Sign = tuple[Hashable, ...]


@dataclass
class _Scene:
    """Nodes of Panda3D for one house.

    Attributes:
        house: that is shown.
        layout: by which it stands.
        process: in which the nodes were made.
        eye: the camera.
        furniture: node of each receptacle.
        things: node of each thing.
        held: node of what is in the hand, fixed to the camera.
        shown: what each node shows now, to change only what is new.
    """

    house: House
    layout: Layout
    process: Engine
    eye: Any
    furniture: list[Any]
    things: list[Any]
    held: Any
    filled: frozenset[int]
    shown: dict[tuple[str, int], Sign] = field(default_factory=dict)


class Stage:
    """Draws first-person pictures of a house.

    Copies and pickles are cheap: they hold the size alone, and build their scene when they draw.

    Args:
        image_size: height and width in pixels.

    Raises:
        ValueError: a size that is not two whole numbers above 0.
    """

    def __init__(self, image_size: tuple[int, int]) -> None:
        height, width = (int(n) for n in image_size)
        if height < 1 or width < 1:
            raise ValueError(f"image_size must be (height, width) above 0, got {image_size!r}")
        self.image_size = height, width
        self._scene: _Scene | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the scene, which holds nodes of Panda3D."""
        return {"image_size": self.image_size, "_scene": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> Stage:
        """Return a stage of the same size without a scene."""
        return Stage(self.image_size)

    def draw(self, house: House, state: HouseState, layout: Layout) -> NDArray[np.uint8]:
        """Return what an agent sees that stands at ``state.spot``.

        Args:
            house: what there is.
            state: what is where, and how it is.
            layout: where it stands.

        Returns:
            The picture, uint8 [H, W, 3]. The same arguments give the same bytes.

        Raises:
            ImportError: panda3d is not installed.
        """
        now = engine()
        scene = self._scene
        if (
            scene is None
            or scene.house is not house
            or scene.layout is not layout
            or scene.process is not now
        ):
            scene = self._scene = _build(now, house, layout, self.image_size)
        _update(scene, state)
        pose = layout.poses[state.spot]
        scene.eye.set_pos_hpr(pose.x, pose.y, pose.z, pose.yaw, pose.pitch, 0)
        return now.shoot(scene.eye, self.image_size)


def _build(now: Engine, house: House, layout: Layout, image_size: tuple[int, int]) -> _Scene:
    """Make the nodes of a scene; what changes has a node that is empty as yet."""
    root = now.p3d.NodePath("room")
    root.attach_new_node(now.once(("room", layout), lambda: _room(now, layout)))
    furniture = []
    for placed in layout.placed:
        holder = root.attach_new_node("furniture")
        holder.set_pos_hpr(placed.x, placed.y, placed.z, placed.yaw + 180, 0, 0)
        furniture.append(holder)
    lying = [root.attach_new_node("thing") for _ in house.things]
    eye = root.attach_new_node(now.camera(image_size))
    return _Scene(
        house,
        layout,
        now,
        eye,
        furniture,
        lying,
        eye.attach_new_node("held"),
        _filled(house, layout),
    )


def _room(now: Engine, layout: Layout) -> Any:
    """Make the node of what never changes: walls, floor, fixtures, shadows under furniture."""
    room = now.p3d.PandaNode("fixed")
    room.add_child(now.node(shell(layout), layout.style))
    fixed = Mesh()
    for placed in layout.placed:
        if placed.z < 0.05:
            _stand(fixed, footprint(placed), placed)
    for kind, placed in layout.fixtures:
        if placed.z < 0.05 and kind not in FLAT:
            _stand(fixed, footprint(placed), placed)
    for kind, placed in layout.fixtures:
        plan = _plan(placed, layout, opened=False, shut=False)
        FIXTURES.get(kind, plain_box)(plan)
        _stand(fixed, plan.m, placed)
    room.add_child(now.node(fixed, layout.style))
    return room


def _stand(m: Mesh, model: Mesh, placed: Placed) -> None:
    m.put(model, (placed.x, placed.y, placed.z), turn=placed.yaw + 180)


def _filled(house: House, layout: Layout) -> frozenset[int]:
    """Return the furniture into which drawers are let."""
    found = set()
    for i, body in enumerate(layout.placed):
        for j, drawer in enumerate(layout.placed):
            near = (
                math.hypot(body.x - drawer.x, body.y - drawer.y) < max(body.width, body.depth) / 2
            )
            if i != j and house.receptacles[j].kind == "Drawer" and near:
                found.add(i)
    return frozenset(found)


def _plan(
    placed: Placed, layout: Layout, *, opened: bool, shut: bool, filled: bool = False
) -> Plan:
    return Plan(
        placed.width,
        placed.depth,
        placed.height,
        opened or not shut,
        shut,
        palette(layout.style),
        filled,
        placed.z + placed.height,
    )


def _update(scene: _Scene, state: HouseState) -> None:
    """Change the nodes that show something else than the state says."""
    house = scene.house
    for i, receptacle in enumerate(house.receptacles):
        sign: Sign = (receptacle.openable and i in state.opened,)
        if scene.shown.get(("furniture", i)) != sign:
            scene.shown["furniture", i] = sign
            _furnish(scene, i, bool(sign[0]))
    held = state.held
    for i in range(len(house.things)):
        sign = _sign(scene, state, i)
        if scene.shown.get(("thing", i)) != sign:
            scene.shown["thing", i] = sign
            _place(scene, i, sign)
    sign = () if held is None else (held, _how(state, held))
    if scene.shown.get(("held", 0)) != sign:
        scene.shown["held", 0] = sign
        _hold(scene, sign)


def _how(state: HouseState, thing: int) -> int:
    return (
        things.CLEAN * (thing in state.clean)
        + things.HOT * (thing in state.hot)
        + things.COOL * (thing in state.cool)
        + things.CUT * (thing in state.sliced)
        + things.ON * (thing in state.lit)
    )


def _sign(scene: _Scene, state: HouseState, thing: int) -> Sign:
    """Return where and how a thing is to be drawn; nothing where it cannot be seen."""
    house, where = scene.house, state.where[thing]
    if where >= 0:
        receptacle = house.receptacles[where]
        opened = where in state.opened
        if receptacle.openable and not opened:
            return ()
        return where, state.slot[thing], receptacle.openable and opened, _how(state, thing)
    spot = state.lies_at[thing]
    if where == -2 and spot is not None:
        return -2, spot, _how(state, thing)
    return ()


def _furniture(scene: _Scene, index: int, opened: bool) -> tuple[Any, list[Slot]]:
    """Return the node of a piece of furniture, and the places in it."""
    receptacle, layout = scene.house.receptacles[index], scene.layout
    placed, filled = layout.placed[index], index in scene.filled
    looks = layout.style % len(PALETTES)
    size = placed.width, placed.depth, placed.height, placed.z

    def make() -> tuple[Any, list[Slot]]:
        plan = _plan(placed, layout, opened=opened, shut=receptacle.openable, filled=filled)
        slots = FURNITURE.get(receptacle.kind, plain_box)(plan)
        return scene.process.node(plan.m, looks), slots

    key = (receptacle.kind, size, receptacle.openable, opened, looks, filled)
    return scene.process.once(key, make)


def _furnish(scene: _Scene, index: int, opened: bool) -> None:
    _show(scene.furniture[index], _furniture(scene, index, opened)[0])


def _show(holder: Any, model: Any) -> None:
    for child in holder.get_children():
        child.remove_node()
    if model is not None:
        holder.attach_new_node(model)


def _place(scene: _Scene, index: int, sign: Sign) -> None:
    """Put a thing where it lies: at a slot, beside its receptacle, or before a spot."""
    holder = scene.things[index]
    if not sign:
        _show(holder, None)
        return
    kind, how = scene.house.things[index].kind, int(sign[-1])  # type: ignore[call-overload]
    if sign[0] == -2:
        _alone(scene, index, int(sign[1]), how)  # type: ignore[call-overload]
        return
    where, number, opened, _ = sign
    assert isinstance(where, int) and isinstance(number, int)
    placed = scene.layout.placed[where]
    _, slots = _furniture(scene, where, bool(opened))
    slot = slots[number % len(slots)]
    again = number // len(slots)
    x, y, z = slot.x + 0.05 * again, slot.y + 0.035 * again, slot.z
    it = things.body(kind, bool(how & things.CUT), bool(how & things.ON), slot.hung)
    if kind in things.BESIDE:
        x, y, z = placed.width / 2 + 0.16, -placed.depth / 2 + 0.12, -placed.z
        size = 1.0
    else:
        size = min(1.0, slot.cell * 1.3 / it.wide, slot.high / it.high)
    turned = rotation(placed.yaw + 180) @ np.array((x, y, z))
    _show(holder, _thing(scene, kind, how, slot.hung))
    at = turned + np.array((placed.x, placed.y, placed.z))
    holder.set_pos_hpr_scale(*map(float, at), placed.yaw + 180, 0, 0, size, size, size)


def _thing(scene: _Scene, kind: str, how: int, hung: bool) -> Any:
    return scene.process.model(("thing", kind, how, hung), lambda: things.drawn(kind, how, hung), 0)


def _alone(scene: _Scene, index: int, spot: int, how: int) -> None:
    """Put a thing that lies nowhere beside what is reached from its spot, or on the floor there."""
    house, layout = scene.house, scene.layout
    kind = house.things[index].kind
    at = house.at_spot[spot]
    if at:
        placed = layout.placed[at[0]]
        yaw = placed.yaw + 180
        local = np.array((placed.width / 2 + 0.16, -placed.depth / 2 + 0.12, -placed.z))
        x, y, z = rotation(yaw) @ local + np.array((placed.x, placed.y, placed.z))
    else:
        pose = layout.poses[spot]
        yaw = pose.yaw
        x, y, z = rotation(yaw) @ np.array((0.35, 1.5, 0)) + np.array((pose.x, pose.y, 0))
    x = min(max(float(x), 0.2), layout.width - 0.2)
    y = min(max(float(y), 0.2), layout.depth - 0.2)
    holder = scene.things[index]
    _show(holder, _thing(scene, kind, how, False))
    holder.set_pos_hpr_scale(x, y, float(z), yaw, 0, 0, 1, 1, 1)


def _hold(scene: _Scene, sign: Sign) -> None:
    """Show what is in the hand, in the lower right; small and large things fill the same space."""
    if not sign:
        _show(scene.held, None)
        return
    thing, how = sign
    assert isinstance(thing, int) and isinstance(how, int)
    kind = scene.house.things[thing].kind

    def make() -> Mesh:
        it = things.body(kind, bool(how & things.CUT), bool(how & things.ON))
        size = 0.2 / max(it.wide, it.high, 0.75 * it.deep, 0.6 * (it.wide + it.high))
        whole = Mesh()
        hand(whole)
        return whole.put(things.drawn(kind, how, held=True), (0, 0, 0.014), scale=size, tilt=14)

    _show(scene.held, scene.process.model(("held", kind, how), make))
    scene.held.set_pos_hpr_scale(*(NEARER * c for c in HAND), 0, 0, 0, *[NEARER] * 3)
