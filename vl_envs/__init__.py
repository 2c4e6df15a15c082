"""Environments for multimodal agent RL: pictures as observations, text as actions.

Importing the package registers every id with Gymnasium::

    import gymnasium as gym, vl_envs
    env = gym.make("VLTool/MatSearch-v0")
"""

from vl_envs.core.checker import check_vl_env
from vl_envs.core.env import VLEnv
from vl_envs.core.spaces import FreeText
from vl_envs.registry import ENVIRONMENTS, register_all

__version__ = "0.1.0"
__all__ = ["ENVIRONMENTS", "FreeText", "VLEnv", "check_vl_env", "register_all"]

register_all()
