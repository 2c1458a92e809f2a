"""The bound between whoever sends spans and the agent: what is too much, or not understood, is answered and counted here.

`counters`, beside the decoded spans' own:

- each request is in one of requests.taken, requests.malformed, requests.unsupported (neither protobuf nor JSON), requests.too_large,
  requests.too_many (sent again by the exporter), and requests.other (metrics and logs, which are passed on or dropped);
- spans.taken, and spans.rejected: those without a valid id or time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from flowtape.capture.content import ContentError, decode
from flowtape.capture.exchange import Headers
from flowtape.capture.otlp.decoding import MalformedError, from_json, from_protobuf
from flowtape.capture.otlp.forward import Forward, Request
from flowtape.capture.span import Span

HearSpans: TypeAlias = Callable[[list[Span]], None]
"""Called on the event loop's thread."""
Encoding: TypeAlias = Literal["protobuf", "json"]

MAX_REQUEST: Final = 16 * 1024 * 1024
"""A larger request is refused, packed or unpacked: 512 spans, an exporter's own limit, are about 400 KB."""
MAX_WAITING: Final = 64 * 1024 * 1024
"""So many bytes of requests are in hand at once; what comes beyond them is asked to come again."""
MEDIA: Final[dict[str, Encoding]] = {"application/x-protobuf": "protobuf", "application/json": "json"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is answered: the status by HTTP, and how many spans were rejected of a request that was taken."""

    status: Literal[200, 400, 413, 415, 429]
    message: str = ""
    rejected: int = 0


class Intake:
    """Takes requests, from HTTP and gRPC alike. Decodes on a thread of its own, so that a large one holds up no traffic."""

    def __init__(
        self,
        counters: Counter[str],
        forward: Forward | None = None,
        *,
        max_request: int = MAX_REQUEST,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.counters = counters
        self.max_request = max_request
        self._hear: HearSpans | None = None
        self._forward = forward
        self._max_waiting = max_waiting
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flowtape spans")

    def open(self, hear: HearSpans) -> None:
        self._hear = hear

    def close(self) -> None:
        self._hear = None
        self._thread.shutdown(wait=False, cancel_futures=True)

    def reserve(self, size: int) -> bool:
        """Whether so many bytes may be held now; `release` gives them back."""
        if self._waiting + size > self._max_waiting:
            return False
        self._waiting += size
        return True

    def release(self, size: int) -> None:
        self._waiting -= size

    def refuse(self, status: Literal[413, 415, 429]) -> Outcome:
        kind, message = {
            413: ("too_large", f"a request may have {self.max_request} bytes"),
            415: ("unsupported", f"the Content-Type must be one of {', '.join(MEDIA)}"),
            429: ("too_many", "too much at once: send it again"),
        }[status]
        self.counters[f"requests.{kind}"] += 1
        return Outcome(status, message)

    def pass_on(self, request: Request) -> None:
        """Metrics and logs: nothing for us."""
        self.counters["requests.other"] += 1
        if self._forward is not None:
            self._forward.put(request)

    async def take(self, request: Request, encoding: Encoding) -> Outcome:
        """Decode the spans of `request` and hand them on."""
        loop = asyncio.get_running_loop()
        try:
            spans, rejected = await loop.run_in_executor(
                self._thread, _decode, request.headers, request.body, encoding, self.max_request
            )
        except (MalformedError, ContentError) as error:
            self.counters["requests.malformed"] += 1
            return Outcome(400, str(error))
        self.counters["requests.taken"] += 1
        self.counters["spans.taken"] += len(spans)
        self.counters["spans.rejected"] += rejected
        if self._forward is not None:
            self._forward.put(request)
        if self._hear is not None and spans:
            self._hear(spans)
        return Outcome(200, "spans without a valid id or time" if rejected else "", rejected)


def _decode(headers: Headers, body: bytes, encoding: Encoding, limit: int) -> tuple[list[Span], int]:
    content = decode(headers, body, limit)
    return from_json(content) if encoding == "json" else from_protobuf(content)
