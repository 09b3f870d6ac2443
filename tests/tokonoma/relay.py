"""A relay in front of the local HANA: counts what comes by, and can be slow or swallow it in silence."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(eq=False)
class _Way:
    """One client's connection, there and back."""

    client: asyncio.StreamWriter
    swallows: bool = False
    requests: int = 0
    client_spoke_last: bool = False


class Relay:
    """Passes bytes on for as long as a `with` block, in one thread."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = 0
        self.delay = 0.0
        """Seconds that a new connection waits before it is passed on."""
        self.swallow_after = float("inf")
        """Messages of a client after which nothing comes through any more: TLS has two, a logon two more."""
        self.connects = 0
        """Connections that clients have opened so far."""
        self.most_at_once = 0
        """New connections that have waited out a delay together."""
        self._arriving = 0
        self._requests = 0
        self._target = target
        self._ways: set[_Way] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)

    @property
    def requests(self) -> int:
        """Messages of clients so far, TLS and logon included: each has waited for the answer to the last."""
        return self._requests

    def swallow(self) -> None:
        """From now on nothing comes through on the connections that are open; new ones are not concerned."""

        async def swallow() -> None:
            for way in self._ways:
                way.swallows = True

        asyncio.run_coroutine_threadsafe(swallow(), self._loop).result()

    def cut(self) -> None:
        """End the connections that are open; new ones are not concerned."""

        async def cut() -> None:
            for way in self._ways:
                way.client.close()

        asyncio.run_coroutine_threadsafe(cut(), self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.start_server(self._serve, self.host, 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        async def end() -> None:
            self._server.close()
            for way in self._ways:
                way.client.close()
            await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        self._arriving += 1
        self.most_at_once = max(self.most_at_once, self._arriving)
        await asyncio.sleep(self.delay)
        self._arriving -= 1
        try:
            from_hana, to_hana = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        way = _Way(writer)
        self._ways.add(way)
        await asyncio.gather(
            self._pump(way, reader, to_hana, from_client=True),
            self._pump(way, from_hana, writer, from_client=False),
        )
        self._ways.discard(way)

    async def _pump(
        self, way: _Way, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if from_client and not way.client_spoke_last:
                    self._requests += 1
                    way.requests += 1
                    way.swallows = way.swallows or way.requests > self.swallow_after
                way.client_spoke_last = from_client
                if not way.swallows:
                    sink.write(data)
                    await sink.drain()
        sink.close()
