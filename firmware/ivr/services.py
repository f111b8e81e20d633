"""Look-ups by HTTP and the payment program: asked in a thread with a loop of its own.

No call waits for them but the one that asks: neither for names (asked of the name servers without
a thread, with a time limit), nor for TLS, nor for an answer that does not come. Only the services
of the site configuration are reached; redirections are not followed; answers are bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from firmware.config.rules.flows import is_near, is_this_box
from firmware.config.sections.flows import Service
from firmware.ivr.ports import Charge, NoAnswer, Question, Receipt, reason

if TYPE_CHECKING:
    from firmware.ivr.wire import Wire

log = logging.getLogger(__name__)

T = TypeVar("T")

_MOST_CACHED = 1000
_LONGEST_REFERENCE = 64
_CLOSE_S = 4.0
_SLACK_S = 0.5
"""How long after its time limit whoever asked gives up, should the thread be slow."""


class Services:
    """All services of the site. The thread starts with the first service."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._clients: dict[str, _Client] = {}
        self._retired: list[_Client] = []
        self._no_internet = ""
        self.retune(services)

    def retune(self, services: Iterable[Service]) -> None:
        """Take up a new configuration; what is being asked is answered by the old one."""
        before = self._clients
        self._clients = {}
        for service in services:
            client = before.get(service.name)
            if client is None or client.service != service:
                client = _Client(service)
                client.no_internet = self._no_internet
            self._clients[service.name] = client
        kept = self._clients.values()
        self._retired += [client for client in before.values() if client not in kept]
        if self._clients or self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._retire(), self._running())

    def internet_lost(self, reason: str) -> None:
        """Without an internet nobody waits for a service that is not in the office; "": there is
        one again."""
        self._no_internet = reason
        for client in self._clients.values():
            client.no_internet = reason

    async def ask(self, question: Question) -> Any:
        """The answer to a look-up, read from JSON.

        Raises:
            NotThere: the service says 404 or 410.
            NoAnswer: it did not answer in time, or with something else.
        """
        client = self._client(question.service)
        return await self._do(client.ask(question), client.service.timeout_s)

    async def charge(self, charge: Charge) -> Receipt:
        """Hand a card to the payment program, once.

        Raises:
            NoAnswer: it did not answer, or with nonsense. Whether it charged is not known then.
        """
        client = self._client(charge.service)
        if not is_this_box(client.service.url):
            raise NoAnswer(f"service {charge.service} is not on this box")
        return await self._do(client.charge(charge), client.service.timeout_s)

    def close(self) -> None:
        """Give up what is asked and end the thread: soon, or when it is done with what it is at."""
        if self._loop is None or self._thread is None:
            return
        shut = asyncio.run_coroutine_threadsafe(self._shut(), self._loop)
        self._thread.join(timeout=_CLOSE_S)
        self._loop = self._thread = None
        if shut.done():
            shut.result()

    async def _shut(self) -> None:
        try:
            for client in [*self._clients.values(), *self._retired]:
                await client.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        finally:
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.stop)  # after the closed connections were let go

    def _client(self, name: str) -> _Client:
        client = self._clients.get(name)
        if client is None:
            raise NoAnswer(f"there is no service {name} any more")
        return client

    async def _do(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            async with asyncio.timeout(timeout_s + _SLACK_S):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise NoAnswer(f"no answer within {timeout_s:g} s") from None

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=_serve, args=(self._loop,), name="services", daemon=True
            )
            self._loop.call_soon_threadsafe(_prepare)
            self._thread.start()
        return self._loop

    async def _retire(self) -> None:
        while self._retired:
            await self._retired[-1].close()
            self._retired.pop()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.closing(loop):
        loop.run_forever()


class _Client:
    """One service; lives in the services' thread."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.no_internet = ""  # written by the thread of the calls
        self._is_near = is_near(service.url)
        self._wire: Wire | None = None
        self._cache: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    async def ask(self, question: Question) -> Any:
        now = asyncio.get_running_loop().time()
        until, answer = self._cache.get(question.path, (0.0, None))
        if question.body is None and until > now:
            return answer
        answer = await self._answer(question.path, question.body)
        if question.body is None and self.service.cache_s:
            self._cache[question.path] = (now + self.service.cache_s, answer)
            while len(self._cache) > _MOST_CACHED:
                self._cache.popitem(last=False)
        return answer

    async def charge(self, charge: Charge) -> Receipt:
        body = {
            "id": uuid.uuid4().hex,  # so that the program can tell a charge that comes twice
            "amount": charge.amount,
            "currency": charge.currency,
            "card": charge.card,
            "expiry": charge.expiry,
            "code": charge.code,
        }
        answer = await self._answer(charge.path, body)
        if not isinstance(answer, dict) or not isinstance(answer.get("approved"), bool):
            raise NoAnswer(f'{self.service.name}: the answer has no "approved", true or false')
        told = str(answer.get("reference", ""))
        reference = "".join(c for c in told if c.isprintable())[:_LONGEST_REFERENCE]
        if charge.card in "".join(c for c in reference if c.isdecimal()):
            raise NoAnswer(f"{self.service.name}: the reference holds the card's number")
        return Receipt(is_approved=answer["approved"], reference=reference)

    async def close(self) -> None:
        if self._wire is not None:
            await self._wire.close()

    async def _answer(self, path: str, body: Mapping[str, Any] | None) -> Any:
        """Ask once. The text of an error says what failed and nothing of what was sent."""
        name = self.service.name
        if self.no_internet and not self._is_near:
            raise NoAnswer(f"{name}: {self.no_internet}")
        try:
            async with asyncio.timeout(self.service.timeout_s):
                return await self._opened().fetch(path, body)
        except TimeoutError:
            raise NoAnswer(f"{name}: no answer within {self.service.timeout_s:g} s") from None
        except OSError as error:
            raise NoAnswer(f"{name}: {reason(error)}") from None
        except (ValueError, RecursionError):
            raise NoAnswer(f"{name}: the answer is no JSON") from None

    def _opened(self) -> Wire:
        if self._wire is None:
            from firmware.ivr.wire import Wire  # noqa: PLC0415 - aiohttp is a tenth of a start

            self._wire = Wire(self.service)
        return self._wire


def _prepare() -> None:
    """What the first question needs: imported before there is one, whose time limit it is not."""
    import firmware.ivr.wire  # noqa: F401, PLC0415
