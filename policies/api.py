"""`EndpointPolicy`: a model behind an OpenAI-compatible server, for evaluation.

Whatever speaks ``/chat/completions`` and takes pictures will do: a provider, vLLM, SGLang, or
``transformers serve`` on this machine. Scripts take it as ``--policy openai:URL#MODEL``.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image

from policies.context import Context
from policies.policy import Generation
from vl_envs.core.errors import require

SCHEME = "openai:"
KEY = "OPENAI_API_KEY"
"""The environment variable that holds the key, for servers that want one."""


class EndpointError(OSError):
    """A server did not answer, or not with an answer, however often it was asked."""


@dataclass
class Usage:
    """What was asked for so far.

    Attributes:
        requests: answered ones.
        retries: further attempts that they took.
        prompt_tokens, completion_tokens: as the server counts them.
        uncounted: answers of which it did not say how many tokens they took.
        cost: by the prices given, in their currency.
    """

    requests: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    uncounted: int = 0
    cost: float = 0.0


class EndpointPolicy:
    """Asks a server for each answer, several at a time.

    Pictures travel as PNG in base64, in the message that they belong to; which turns are sent is
    the context's choice (`Context.window`). Busy servers (429), failing ones (5xx) and broken
    connections are asked again, after a wait that doubles or that they name. The key is taken from
    ``OPENAI_API_KEY``, and never shown.

    Args:
        url: of the API, up to ``/v1``.
        model: its name there.
        max_tokens: longest answer; None leaves it to the server.
        temperature: of sampling; None leaves it to the server.
        concurrency: requests at a time.
        timeout: seconds that an answer may take.
        retries: attempts after the first.
        prices: of a million tokens, read and written.
        extra: further fields of each request, as ``{"top_p": 0.9}``.

    Raises:
        ImportError: the extra ``api`` is not installed.
        ValueError: the address is none, or a number is out of its range.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        max_tokens: int | None = 1024,
        temperature: float | None = 1.0,
        concurrency: int = 8,
        timeout: float = 120.0,
        retries: int = 5,
        prices: tuple[float, float] = (0.0, 0.0),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
            raise ValueError(f"expected an address such as http://localhost:8000/v1, got {url!r}")
        if not model:
            raise ValueError("expected the name of a model")
        if concurrency < 1 or retries < 0 or timeout <= 0:
            raise ValueError(
                "concurrency must be at least 1, retries 0, and timeout more than 0, "
                f"got {concurrency}, {retries} and {timeout}"
            )
        self._openai = require("openai", "api")
        key = os.environ.get(KEY, "none")
        self._client = self._openai.OpenAI(
            base_url=url, api_key=key, timeout=timeout, max_retries=retries
        )
        self.url, self.model, self.prices = url, model, prices
        self.max_tokens, self.temperature = max_tokens, temperature
        self.concurrency, self.retries, self.extra = concurrency, retries, dict(extra or {})
        self.usage = Usage()
        self._lock = Lock()

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer each context; ``greedy`` asks for temperature 0.

        Raises:
            EndpointError: an answer could not be had.
        """
        if not contexts:
            return []
        with ThreadPoolExecutor(min(self.concurrency, len(contexts))) as pool:
            return list(pool.map(lambda context: self._answer(context, greedy), contexts))

    def _answer(self, context: Context, greedy: bool) -> Generation:
        temperature = 0.0 if greedy else self.temperature
        asked: dict[str, Any] = {"model": self.model, "messages": chat(context)}
        if temperature is not None:
            asked["temperature"] = temperature
        if self.max_tokens is not None:
            asked["max_tokens"] = self.max_tokens
        for attempt in range(self.retries + 1):
            generation = None
            try:
                raw = self._client.chat.completions.with_raw_response.create(
                    **asked, extra_body=self.extra
                )
                with self._lock:
                    self.usage.retries += raw.retries_taken
                generation = self._read(raw.parse())
            except self._openai.APIStatusError as error:  # the client has retried what can pass
                raise EndpointError(
                    f"{self.url} answered {error.status_code}: {_start(error.message)}"
                ) from error
            except self._openai.APIConnectionError as error:
                raise EndpointError(
                    f"{self.url} did not answer in {self.retries + 1} attempts: {error}"
                ) from error
            except ValueError:  # no JSON at all
                pass
            if generation is not None:
                return generation
            with self._lock:
                self.usage.retries += attempt < self.retries
        raise EndpointError(f"{self.url} sent no answer of a model in {self.retries + 1} attempts")

    def _read(self, completion: Any) -> Generation | None:
        """Take the answer out of a completion, and count it; None where there is none."""
        try:
            (choice, *_) = completion.choices
            text = choice.message.content or ""
        except (AttributeError, TypeError, ValueError):
            return None
        usage = getattr(completion, "usage", None)
        read, written = (
            int(getattr(usage, name, None) or 0) for name in ("prompt_tokens", "completion_tokens")
        )
        with self._lock:
            self.usage.requests += 1
            self.usage.uncounted += usage is None
            self.usage.prompt_tokens += read
            self.usage.completion_tokens += written
            self.usage.cost += (read * self.prices[0] + written * self.prices[1]) / 1e6
        return Generation(text, stopped=choice.finish_reason != "length")


def chat(context: Context) -> list[dict[str, Any]]:
    """Write what a context shows as messages of the protocol."""
    messages: list[dict[str, Any]] = []
    for message, generation in context.window():
        content: list[dict[str, Any]] = []
        if message.image is not None:
            content.append({"type": "image_url", "image_url": {"url": _data_url(message.image)}})
        if message.text or not content:
            content.append({"type": "text", "text": message.text})
        messages.append({"role": "user", "content": content})
        if generation is not None:
            messages.append({"role": "assistant", "content": generation.text})
    return messages


def endpoint(name: str, **options: Any) -> EndpointPolicy:
    """Make a policy of ``openai:URL#MODEL``; options as of `EndpointPolicy`.

    Raises:
        ValueError: the name has another form.
    """
    url, hash_, model = name.removeprefix(SCHEME).partition("#")
    if not name.startswith(SCHEME) or not hash_:
        raise ValueError(
            f"expected openai:URL#MODEL, as openai:http://localhost:8000/v1#qwen, got {name!r}"
        )
    return EndpointPolicy(url, model, **options)


def _data_url(picture: npt.NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _start(text: str) -> str:
    """Give the beginning of what a server said, in one line."""
    return " ".join(str(text).split())[:200]
