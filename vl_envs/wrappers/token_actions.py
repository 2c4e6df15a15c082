"""`TokenActions`: any command of an environment, and its arguments, as a few choices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from vl_envs.core.env import VLEnv
from vl_envs.core.parser import Command
from vl_envs.wrappers.slots import Numbers, OneOf, Slots, Words, choices
from vl_envs.wrappers.words import vocabulary_of

Obs = TypeVar("Obs")
Entries = npt.NDArray[np.int64]

_SIGNS = ".,:;?!<>()[]\"'"
_TAG = re.compile(r"</?\w+>")


class TokenActions(gym.Wrapper[Obs, Any, Obs, Any], gym.utils.RecordConstructorArgs):
    """Writes actions from choices: ``MultiDiscrete``, the command first, then its arguments.

    The first entry chooses the command. Behind it every argument of every command has entries of
    its own; those of commands that were not chosen say nothing:

    - a text has ``length`` entries, a word of ``words`` each; ``len(words)`` ends the text, which
      the first entry cannot;
    - a value of a list (``enum``, a boolean) has one;
    - a point ``[x, y]``, or another array of a fixed count of numbers, has one for each: a bin of
      the picture's width (even places) or height (odd places), of which the middle is written;
    - any other argument with a ``default`` has none and is left out.

    So every action is a well-formed command in the environment's dialect, without a thought.

    Args:
        env: a `VLEnv`, which may be wrapped.
        length: most words of a text.
        words: to choose from. None takes those of the environment's ``vocabulary()``, without the
            signs around them.
        bins: of a coordinate.

    Raises:
        ValueError: ``length`` or ``bins`` is below 1, the environment is no `VLEnv`, an argument
            has another type, or a text is to be written and there are no words.
    """

    def __init__(
        self,
        env: gym.Env[Obs, str],
        length: int = 8,
        words: Sequence[str] | None = None,
        bins: int = 32,
    ) -> None:
        gym.utils.RecordConstructorArgs.__init__(self, length=length, words=words, bins=bins)
        super().__init__(env)
        if length < 1 or bins < 1:
            raise ValueError(f"length and bins must be at least 1, got {length!r} and {bins!r}")
        vl = env.unwrapped
        if not isinstance(vl, VLEnv):
            raise ValueError(f"expected a VLEnv, whose commands are known, got {type(vl).__name__}")
        self.parser = vl.parser
        self.words = _words(vl) if words is None else tuple(dict.fromkeys(words))
        self._slots = {
            command.name: dict(_slots(vl, command.name, self.words, length, bins))
            for command in self.parser.commands.values()
        }
        self._names = tuple(self.parser.commands)
        self._defaults = {
            (command.name, name): schema.get("default")
            for command in self.parser.commands.values()
            for name, schema in command.parameters.items()
        }
        sizes = [len(self._names)]
        for slots in self._slots.values():
            sizes += [size for slot in slots.values() for size in slot.sizes]
        self.action_space = gym.spaces.MultiDiscrete(sizes)

    def step(
        self, action: Entries | Sequence[int]
    ) -> tuple[Obs, SupportsFloat, bool, bool, dict[str, Any]]:
        """Say what ``action`` chooses.

        Raises:
            ValueError: ``action`` lies outside the space.
        """
        return self.env.step(self.text(action))

    def text(self, action: Entries | Sequence[int]) -> str:
        """Write the text of an action: whole numbers [len(action_space)].

        Raises:
            ValueError: ``action`` lies outside the space.
        """
        entries = np.asarray(action)
        if entries.dtype.kind not in "iu" or not self.action_space.contains(entries):
            raise ValueError(f"expected an action in {self.action_space}, got {action!r}")
        chosen = self._names[int(entries[0])]
        arguments: dict[str, Any] = {}
        for command, name, slot, start in self._places():
            if command == chosen:
                found = entries[start : start + len(slot.sizes)]
                arguments[name] = slot.read([int(i) for i in found])
        return self.parser.write(chosen, arguments)

    def entries(self, text: str) -> Entries | None:
        """Find an action that says ``text`` (points: about so), such as an expert's; else None.

        Thoughts are dropped. None where the text cannot be read, is too long, has a word that is
        not among ``words``, or gives an argument that has no entries.
        """
        command = self.parser.parse(text)
        if not isinstance(command, Command):
            return None
        if not command.arguments.keys() <= self._slots[command.name].keys():
            return None
        entries = np.zeros(self.action_space.shape or (), np.int64)
        entries[0] = self._names.index(command.name)
        for owner, name, slot, start in self._places():
            if owner == command.name:
                value = command.arguments.get(name)
                values = slot.write(self._defaults[owner, name] if value is None else value)
                if values is None:
                    return None
                entries[start : start + len(values)] = values
        return entries

    def _places(self) -> Iterator[tuple[str, str, Slots, int]]:
        """Go through all arguments: command, name, slots, and where they begin."""
        start = 1
        for command, slots in self._slots.items():
            for name, slot in slots.items():
                yield command, name, slot, start
                start += len(slot.sizes)


def _slots(
    vl: VLEnv[Any], command: str, words: tuple[str, ...], length: int, bins: int
) -> Iterator[tuple[str, Slots]]:
    """Make the slots of a command's arguments."""
    for name, schema in vl.parser.commands[command].parameters.items():
        kind, listed = schema.get("type", "string"), choices(schema)
        count = schema.get("minItems")
        if listed is not None:
            yield name, OneOf(listed)
        elif "default" in schema:
            continue
        elif kind == "string":
            if not words:
                raise ValueError(f"{command!r} takes a text as {name!r}: words must hold some")
            yield name, Words(words, length)
        elif kind == "array" and count and count == schema.get("maxItems") and _numeric(schema):
            yield name, Numbers(tuple(_side(vl, i) for i in range(count)), bins)
        else:
            raise ValueError(
                f"{command!r} takes any {kind} as {name!r}, which has no fixed number of choices: "
                "use DiscreteActions with actions=[…]"
            )


def _numeric(schema: Mapping[str, Any]) -> bool:
    return bool(schema.get("items", {}).get("type") == "number")


def _side(vl: VLEnv[Any], axis: int) -> float:
    """Say how wide (even axes) or high (odd ones) the picture is, as points are written."""
    height, width = vl.image_size
    full = {"norm_1000": 1000, "norm_1": 1, "pixel": height if axis % 2 else width}
    return full[vl.coordinates]


def _words(vl: VLEnv[Any]) -> tuple[str, ...]:
    """Take the vocabulary's words, without the signs around them; none where no text is said."""
    schemas = [s for c in vl.parser.commands.values() for s in c.parameters.values()]
    if all(s.get("type", "string") != "string" or "enum" in s for s in schemas):
        return ()
    found = [word for text in vocabulary_of(vl) for word in text.split() if not _TAG.match(word)]
    bare = (word.strip(_SIGNS) for word in found)
    return tuple(dict.fromkeys(word for word in bare if word))
