"""POST messages as JSON to a web server, in order, retried until accepted."""

from __future__ import annotations

import argparse
import http.client
import threading
import urllib.error
import urllib.request
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from ..errors import EdgeTransferError, SourceError
from ..secret import read_secret
from ..sources.address import parse_address
from .messages import Message, json_line
from .outbox import EVENTS, DeliveryCancelled, OpenOutput, Output

if TYPE_CHECKING:
    from ..bundle.manifest import Manifest

_TIMEOUT_S = 10.0
_LONGEST_WAIT_S = 30.0
_TRY_AGAIN = (408, 425, 429)


class WebhookRefused(EdgeTransferError):
    """The server does not want this message, now or later."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET without its body, and go to an address that nobody has named."""

    def redirect_request(self, *_: Any) -> None:
        return None


class WebhookSink:
    """A `Sink` that posts the documents of messages to an http or https address."""

    def __init__(self, url: str, token: Optional[str] = None, *, first_wait_s: float = 1.0) -> None:
        """`token` is sent as `Authorization: Bearer`. Nothing is opened yet. Raises EdgeTransferError for an address
        of another kind or with a password in it."""
        if url.partition("://")[0].lower() not in ("http", "https"):
            raise EdgeTransferError("a webhook's address begins with https:// or http://")
        try:
            address = parse_address(url)
        except SourceError as error:
            raise EdgeTransferError(str(error)) from None
        if address.user is not None or address.password is not None:
            raise EdgeTransferError(
                "a password on the command line can be read by everybody on this machine: "
                "give the server a token instead, with --webhook-token-file"
            )
        self.name = f"webhook {address.scheme}://{address.server}"
        self.notes: deque[str] = deque()
        self._url = f"{address.scheme}://{address.server}{address.target}"
        self._headers = {"Content-Type": "application/json", "User-Agent": "edge-transfer"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._first_wait_s = first_wait_s
        self._opener = urllib.request.build_opener(_NoRedirect)
        self._abandoned = threading.Event()
        self._failing = False

    def deliver(self, item: Message) -> None:
        """Post a message; while the server is away, again after 1, 2, 4 … 30 s.

        Raises WebhookRefused where the server refuses this very message, and Abandoned."""
        data = json_line(item.document).encode()
        wait_s = self._first_wait_s
        while True:
            problem = self._post(data)
            if not problem:
                if self._failing:
                    self.notes.append("answers again")
                self._failing = False
                return
            if not self._failing:
                self.notes.append(f"{problem}; trying again")
            self._failing = True
            if self._abandoned.wait(wait_s):
                raise DeliveryCancelled
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def abandon(self) -> None:
        """See `Sink.abandon`; a request under way ends with its time-out."""
        self._abandoned.set()

    def close(self) -> None:
        """No connection is kept."""

    def _post(self, data: bytes) -> str:
        """Post once; why it should be tried again, or nothing."""
        request = urllib.request.Request(self._url, data, self._headers, method="POST")  # noqa: S310  (checked above)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as response:
                response.read(1)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _TRY_AGAIN or error.code >= 500:
                return f"the server answers {error.code}"
            raise WebhookRefused(f"the server refuses a message: {error.code} {error.reason}") from None
        except urllib.error.URLError as error:
            return f"cannot be reached: {error.reason}"
        except (OSError, http.client.HTTPException) as error:
            return f"cannot be reached: {error or type(error).__name__}"
        return ""


def _add_options(parser: Any) -> None:
    parser.add_argument("--webhook", metavar="URL", help="POST every event (not every answer) there, as JSON")
    parser.add_argument(
        "--webhook-token-file", type=Path, metavar="FILE", help="its first line is sent as Authorization: Bearer"
    )


def _open(options: argparse.Namespace, manifest: Manifest) -> Optional[OpenOutput]:
    if not options.webhook:
        return None
    return OpenOutput(WebhookSink(options.webhook, read_secret(options.webhook_token_file)), EVENTS)


WEBHOOK = Output(_add_options, _open)
