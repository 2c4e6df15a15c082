"""Games as PettingZoo environments: every seat is an agent, and says its moves in text or numbers.

::

    from vl_envs.games import kuhn_poker_v0, coin_dilemma_v0
    env = kuhn_poker_v0.env()                  # AEC: every game
    env = coin_dilemma_v0.parallel_env()       # Parallel: games in which both move at once

or ``pettingzoo.make("aec", "VLGames/KuhnPoker-v0")``. An answer that is no legal move is not
carried out: nothing happens, and the agent is told and asked again. One that answers so
``max_invalid`` times before the next step is played loses what the worst play would still lose, and
the game is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils import seeding

from vl_envs.core.env import (
    MAX_TEXT,
    PROMPTS,
    check_image_size,
    is_count,
    is_number,
    observation_spaces,
    shortened,
)
from vl_envs.core.errors import require, unknown
from vl_envs.core.parser import ParseError
from vl_envs.core.spaces import FreeText
from vl_envs.games.dialect import parser_of
from vl_envs.games.referee import Referee, check_reward
from vl_envs.games.table import game_class, make_game
from vl_envs.games.window import Window

require("pettingzoo", "pettingzoo")
from pettingzoo import AECEnv, ParallelEnv  # noqa: E402
from pettingzoo.utils import OrderEnforcingWrapper, parallel_to_aec  # noqa: E402

AGENTS = ("player_0", "player_1")
ACTIONS = ("text", "index")
WAIT = "The other player made no legal move, so nothing has happened: say your move again."
RENDER_MODES = ("human", "rgb_array")


class Table:
    """What both kinds of environment share: spaces, a match, who was told what.

    Args:
        game: its name.
        actions: ``text``, or ``index``: the number of a move in `Game.actions`; observations then
            have an ``action_mask``, int8 [moves], 1 where a move is legal.
        image_size: side of the square picture, or (height, width), in pixels.
        dialect, thought, prompt, reward, strict, max_invalid, invalid_penalty: see
            `vl_envs.games.env.GameEnv`.
        render_mode: ``human`` opens a window, ``rgb_array`` gives the picture of the seat that
            moves; None.

    Raises:
        ValueError: an option is out of its range, or a name unknown.
    """

    def __init__(
        self,
        game: str,
        *,
        actions: str = "text",
        image_size: int | tuple[int, int] = 448,
        dialect: str = "vsbench",
        thought: bool = True,
        prompt: str = "full",
        reward: str = "own",
        strict: bool = True,
        max_invalid: int = 3,
        invalid_penalty: float = 0.0,
        render_mode: str | None = None,
    ) -> None:
        if actions not in ACTIONS:
            raise unknown("kind of actions", actions, ACTIONS)
        if render_mode not in (None, *RENDER_MODES):
            raise unknown("render_mode", render_mode, RENDER_MODES)
        if prompt not in PROMPTS:
            raise unknown("prompt", prompt, PROMPTS)
        if not is_count(max_invalid) or max_invalid < 1:
            raise ValueError(f"max_invalid must be a whole number from 1, got {max_invalid!r}")
        if not is_number(invalid_penalty) or invalid_penalty < 0:
            raise ValueError(f"invalid_penalty must be a number from 0, got {invalid_penalty!r}")
        self.invalid_penalty = invalid_penalty
        self.game = make_game(game)
        self.reward = check_reward(reward, self.game)
        self.actions, self.max_invalid, self.render_mode = actions, max_invalid, render_mode
        self.image_size = check_image_size(image_size)
        self.referee = Referee(self.game, parser_of(dialect, thought, strict), prompt)
        self.metadata = {
            "name": f"{game}_v0",
            "render_modes": list(RENDER_MODES),
            "render_fps": 2,
            "is_parallelizable": self.game.simultaneous,
        }
        self.possible_agents = [AGENTS[seat] for seat in self.game.seats]
        self.agents: list[str] = []
        self._action_spaces: dict[str, gym.Space[Any]] = {}
        self._observation_spaces: dict[str, gym.Space[Any]] = {}
        for agent in self.possible_agents:
            spaces = observation_spaces(self.image_size)
            self._action_spaces[agent] = FreeText(MAX_TEXT)
            if actions == "index":
                count = len(self.game.actions)
                self._action_spaces[agent] = gym.spaces.Discrete(count)
                spaces["action_mask"] = gym.spaces.Box(0, 1, (count,), np.int8)
            self._observation_spaces[agent] = gym.spaces.Dict(spaces)
        self._window: Window | None = None
        self._rng, _ = seeding.np_random()

    def observation_space(self, agent: str) -> gym.Space[Any]:
        """Give the space of what an agent observes."""
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> gym.Space[Any]:
        """Give the space of what an agent can say."""
        return self._action_spaces[agent]

    def _begin(self, seed: int | None) -> None:
        """Begin a match."""
        if seed is not None:
            self._rng, _ = seeding.np_random(seed)
        self.match = self.referee.begin(self._rng)
        self.agents = self.possible_agents[:]
        self.over, self._gave_up = False, set[str]()
        self._invalid = dict.fromkeys(self.agents, 0)
        self._told = dict.fromkeys(self.agents, "")
        self._new = set(self.agents)
        self.infos = {agent: self._info(agent) for agent in self.agents}

    def _advance(self, said: Mapping[str, Any]) -> dict[str, float]:
        """Read what agents say, and play on if all of it is legal; give what each is paid."""
        paid = [0.0, 0.0]
        read = {agent: self._read(agent, words) for agent, words in said.items()}
        moves = {AGENTS.index(a): move for a, move in read.items() if isinstance(move, str)}
        for agent, move in read.items():
            self._new.discard(agent)
            if isinstance(move, ParseError):
                self._invalid[agent] += 1
                self._told[agent] = f"Invalid action. {move.message}"
            else:  # whoever waits for the other is told why nothing has happened
                self._told[agent] = "" if len(moves) == len(read) else WAIT
        if len(moves) == len(read):
            # Only a step that is played sets them back: two who err in turns would never end.
            self._invalid.update(dict.fromkeys(read, 0))
            paid = list(self.referee.play(self.match, moves, self._rng))
        for agent in read:
            if self._invalid[agent] >= self.max_invalid:
                terms = self.referee.forfeit(self.match, AGENTS.index(agent))
                paid = [a + b for a, b in zip(paid, terms, strict=True)]
                self._gave_up.add(agent)
        self.over = bool(self._gave_up) or not self.referee.to_move(self.match)
        self.infos = {agent: self._info(agent) for agent in self.agents}
        for agent in read:
            self.infos[agent]["valid"] = isinstance(read[agent], str)
        if self.render_mode == "human":
            self.render()
        if self.reward == "team":
            paid = [self.game.together((paid[0], paid[1]), 0)] * 2
        fines = {agent: self.invalid_penalty for agent in read if not self.infos[agent]["valid"]}
        return {
            agent: float(paid[AGENTS.index(agent)] - fines.get(agent, 0.0)) for agent in self.agents
        }

    def _read(self, agent: str, said: Any) -> str | ParseError:
        seat, space = AGENTS.index(agent), self._action_spaces[agent]
        if self.actions == "index":
            if not space.contains(said):
                raise ValueError(f"{agent} must give a number of {space}, got {said!r}")
            return self.referee.legal_or_not(self.match, seat, self.game.actions[int(said)])
        if not isinstance(said, str):
            raise TypeError(f"{agent} must give a text, got {type(said).__name__}: {said!r:.80}")
        if not space.contains(said):
            return ParseError(f"The answer is too long: at most {MAX_TEXT} characters.", said)
        return self.referee.read(self.match, seat, said)

    def _info(self, agent: str) -> dict[str, Any]:
        seat = AGENTS.index(agent)
        legal = () if self.over else self.game.legal(self.match.position, seat)
        returns = (self.match.returns[0], self.match.returns[1])
        info: dict[str, Any] = {"valid": True, "legal": legal}
        if self.over:
            # Who gives up has no success; the other has it where it is an opponent's.
            lost = agent in self._gave_up or (self._gave_up and self.game.kind != "against")
            info["success"] = not lost and self.game.won(self.match.position, returns, seat)
            info["counted"] = self.game.counted(self.match.position, returns, seat)
        return info

    def observe(self, agent: str) -> dict[str, Any]:
        """Show the game from an agent's seat; before its first answer with rules and format."""
        seat = AGENTS.index(agent)
        rules = self.referee.rules() if agent in self._new else ""
        text = shortened([self._told[agent], self.referee.says(self.match, seat), rules])
        picture = self.game.picture(self.match.position, seat, self.image_size)
        seen: dict[str, Any] = {"image": picture, "text": text}
        if self.actions == "index":
            legal = () if self.over else self.game.legal(self.match.position, seat)
            mask = [action in legal for action in self.game.actions]
            seen["action_mask"] = np.array(mask, np.int8)
        return seen

    def render(self) -> Any:
        """Give the picture of the seat that moves, uint8 [H, W, 3], or show it in a window."""
        if self.render_mode is None:
            gym.logger.warn("render() without a render_mode shows nothing")
            return None
        seat = (*self.referee.to_move(self.match), 0)[0]
        picture = self.game.picture(self.match.position, seat, self.image_size)
        if self.render_mode == "rgb_array":
            return picture
        self._window = self._window or Window(self.game.title, self.image_size)
        self._window.show(picture)
        return None

    def close(self) -> None:
        """Close the window, and free what the engine holds."""
        if self._window is not None:
            self._window.close()
            self._window = None
        self.game.close()


class GameAECEnv(Table, AECEnv):  # type: ignore[misc]
    """A game in which players take turns; see `Table` for the arguments."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin a match; ``options`` has no meaning here."""
        self._begin(seed)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.agent_selection = AGENTS[self.referee.to_move(self.match)[0]]

    def step(self, action: Any) -> None:
        """Let the agent whose turn it is move.

        Raises:
            TypeError, ValueError: the action is not of its space's kind. No text raises.
        """
        agent = self.agent_selection
        if self.terminations[agent]:
            self._was_dead_step(action)
            return
        self.rewards = self._advance({agent: action})
        self._cumulative_rewards[agent] = 0.0
        self.terminations = dict.fromkeys(self.agents, self.over)
        seats: Sequence[int] = () if self.over else self.referee.to_move(self.match)
        # At the end the others learn of it first, as in PettingZoo's own games.
        others = [a for a in self.agents if a != agent] or [agent]
        self.agent_selection = AGENTS[seats[0]] if seats else others[0]
        self._accumulate_rewards()


class GameParallelEnv(Table, ParallelEnv):  # type: ignore[misc]
    """A game in which both move at once; see `Table` for the arguments.

    If one of them makes no legal move, neither moves.
    """

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin a match; ``options`` has no meaning here."""
        self._begin(seed)
        return {agent: self.observe(agent) for agent in self.agents}, self.infos

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[
        dict[str, Any],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """Let all agents move.

        Raises:
            gymnasium.error.ResetNeeded: no match is running.
            TypeError, ValueError: an action is missing, or not of its space's kind.
        """
        if not self.agents:
            raise gym.error.ResetNeeded("Call reset() before step(): no match is running.")
        if set(actions) != set(self.agents):
            raise ValueError(f"expected an action of each of {self.agents}, got {sorted(actions)}")
        paid = self._advance(actions)
        seen = {agent: self.observe(agent) for agent in self.agents}
        ended = dict.fromkeys(self.agents, self.over)
        cut = dict.fromkeys(self.agents, False)
        if self.over:
            self.agents = []
        return seen, paid, ended, cut, self.infos


def aec(game: str) -> Callable[..., Any]:
    """Give what makes a game's AEC environment."""

    def env(**kwargs: Any) -> Any:
        """Make the game for agents that move one after the other; see `Table`."""
        if game_class(game).simultaneous:
            return parallel_to_aec(GameParallelEnv(game, **kwargs))
        return OrderEnforcingWrapper(GameAECEnv(game, **kwargs))

    return env


def parallel(game: str) -> Callable[..., GameParallelEnv]:
    """Give what makes a game's Parallel environment."""

    def parallel_env(**kwargs: Any) -> GameParallelEnv:
        """Make the game for agents that move at the same time; see `Table`."""
        return GameParallelEnv(game, **kwargs)

    return parallel_env
