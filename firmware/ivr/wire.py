"""One service by HTTP: its session and its answers.

It needs aiohttp, whose import is a tenth of switchd's start: ``services`` imports this module in
the thread of the services, and only on a box that has any.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp

from firmware.config.sections.flows import Service
from firmware.ivr.names import Names
from firmware.ivr.ports import NoAnswer, NotThere, reason

LARGEST_ANSWER = 64 * 1024


class Wire:
    """The way to one service; lives in the services' thread."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, path: str, body: Mapping[str, Any] | None) -> Any:
        """Ask once: by GET, or with a body by POST. The answer, read from JSON.

        Raises:
            NotThere: status 404 or 410.
            NoAnswer: another one, or too long an answer.
            OSError: the service is not reached.
            ValueError, RecursionError: the answer is no JSON.
        """
        session = self._opened()
        request = session.get if body is None else session.post
        url = self._service.url.rstrip("/") + path
        try:
            async with request(url, json=body, allow_redirects=False) as response:
                if response.status in {404, 410}:
                    raise NotThere(f"{self._service.name}: {response.status}")
                if not 200 <= response.status < 300:
                    raise NoAnswer(f"{self._service.name}: status {response.status}")
                return json.loads(await _bounded(response))
        except aiohttp.ClientError as error:
            raise NoAnswer(f"{self._service.name}: {reason(error)}") from None

    async def close(self) -> None:
        """Give its connections up; it can be asked again."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            service = self._service
            headers = {"Accept": "application/json"}
            if service.token is not None:
                headers["Authorization"] = f"Bearer {service.token.get_secret_value()}"
            context = ssl.create_default_context(cafile=service.ca or None)
            connector = aiohttp.TCPConnector(
                limit=service.most, resolver=Names(service.timeout_s), ssl=context
            )
            self._session = aiohttp.ClientSession(
                connector=connector, headers=headers, trust_env=False
            )
        return self._session


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(8192):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise NoAnswer(f"the answer is longer than {LARGEST_ANSWER} bytes")
    return bytes(content)
