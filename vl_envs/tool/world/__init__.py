"""Real things to recognise, and a corpus to look their facts up in."""

from vl_envs.tool.world.source import WorldSource

__all__ = ["WorldSource"]
