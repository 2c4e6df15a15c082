"""Wrappers that give environments spaces of numbers, for libraries that know no text.

::

    env = TokenText(DiscreteActions(gym.make("VLCards/EZPoints-v0")), length=16)

See docs/bring_your_own_algorithm.md. The wrappers import neither torch nor any such library.
"""

from vl_envs.wrappers.discrete_actions import DiscreteActions
from vl_envs.wrappers.token_actions import TokenActions
from vl_envs.wrappers.token_text import TokenText
from vl_envs.wrappers.words import WordIds

__all__ = ["DiscreteActions", "TokenActions", "TokenText", "WordIds"]
