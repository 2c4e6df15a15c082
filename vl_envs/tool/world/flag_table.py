"""The flags, one line or a few each: width and height in units, then the shapes from back to front.

Left out on purpose: flags with arms or pictures that geometry cannot draw, and one of each pair
that people confuse (so no Chad beside Romania, no Indonesia or Monaco beside Poland, no New
Zealand beside Australia). Bolivia, Costa Rica, the Dominican Republic, Haiti, Peru, Spain and
Venezuela fly their civil flag, without arms.
"""

from __future__ import annotations

from functools import cache

from vl_envs.tool.world.flag_table_a_k import flags_a_k
from vl_envs.tool.world.flag_table_l_z import flags_l_z
from vl_envs.tool.world.shapes import Flag


@cache
def flags() -> dict[str, Flag]:
    """Give every flag by its ISO code, in alphabetical order."""
    return flags_a_k() | flags_l_z()
