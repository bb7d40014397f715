"""Publish messages to an MQTT broker: at least once, in order, across reconnections.

One message is under way at a time: the next one is sent when the broker has acknowledged it (QoS 1). So the order holds
over a reconnection, where the client sends again what was not acknowledged, and messages a second are at most one over
the round-trip time. Topics, below the prefix:

    PREFIX/online   "online" or "offline", retained; "offline" is also the last will
    PREFIX/state    the class that holds, retained: {"label": … or null, "at": …}
    PREFIX/source   the state of the source, retained
    PREFIX/events   a class began or ended, drift began or ended
    PREFIX/answers  the answer for each frame, unless only events are told
"""

from __future__ import annotations

import argparse
import ssl
import sys
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import unquote, urlsplit

from ..errors import EdgeTransferError
from ..secret import read_secret
from ..storage import storage_error
from .messages import ANSWER, CHANGE, SOURCE, Message, json_line
from .outbox import EVENTS, EVERYTHING, DeliveryCancelled, OpenOutput, Output

if TYPE_CHECKING:
    from ..bundle.manifest import Manifest

PASSWORD_VARIABLE = "EDGE_MQTT_PASSWORD"  # noqa: S105  (the name of a variable)
FORM = "mqtts://user@host:8883/topic/prefix"
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_KEEPALIVE_S = 30
_CONNECT_S = 5.0
_LONGEST_WAIT_S = 30
_FAREWELL_S = 1.0
_SLICE_S = 0.2


@dataclass(frozen=True)
class Broker:
    """Where the messages go."""

    host: str
    port: int
    tls: bool
    prefix: str
    """Begins every topic; no wildcard, no slash at its ends."""
    user: Optional[str] = None
    password: Optional[str] = field(default=None, repr=False)
    ca_path: Optional[Path] = None
    """Certificates to trust instead of the system's."""

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"mqtt {self.host}:{self.port}"


def parse_broker(
    text: str, default_prefix: str, *, password: Optional[str] = None, ca_path: Optional[Path] = None
) -> Broker:
    """Take `mqtt[s]://[user@]host[:port][/prefix]` apart. Raises EdgeTransferError, which never repeats a password."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise EdgeTransferError(f"the broker's address cannot be understood: write {FORM}") from None
    if parts.password is not None:
        raise EdgeTransferError(
            "a password on the command line can be read by everybody on this machine: put it into a file "
            f"(--mqtt-password-file) or into {PASSWORD_VARIABLE}"
        )
    if parts.scheme not in _PORTS or not host or parts.query or parts.fragment:
        raise EdgeTransferError(f"the broker's address is {FORM}, or mqtt:// without encryption")
    prefix = unquote(parts.path).strip("/") or default_prefix
    if any(character in prefix for character in "+#\0"):
        raise EdgeTransferError(f"the topic prefix {prefix!r} must not hold + or #")
    tls = parts.scheme == "mqtts"
    if ca_path is not None and not tls:
        raise EdgeTransferError("--mqtt-ca needs an mqtts:// address")
    user = None if parts.username is None else unquote(parts.username)
    if password is not None and user is None:
        raise EdgeTransferError(f"a password needs a user: {FORM}")
    return Broker(host, port or _PORTS[parts.scheme], tls, prefix, user, password, ca_path)


def topic_prefix(bundle_name: str) -> str:
    """The prefix for a bundle where none is given: `edge-transfer/NAME`."""
    return "edge-transfer/" + "".join("_" if character in "+#/\0 " else character for character in bundle_name)


class MqttSink:
    """A `Sink` for messages; connects, and connects again, in a thread of the client library."""

    def __init__(self, broker: Broker, *, first_wait_s: float = 1.0) -> None:
        """Start connecting; a broker that is away is no error. Raises EdgeTransferError without paho-mqtt or with
        certificates that cannot be used."""
        try:
            from paho.mqtt import client as paho
            from paho.mqtt.enums import CallbackAPIVersion
        except ImportError as error:
            raise EdgeTransferError(f"MQTT needs paho-mqtt: pip install 'paho-mqtt>=2.1' ({error})") from error
        self.name = broker.name
        self.notes: deque[str] = deque()
        self._prefix = broker.prefix
        self._changed = threading.Condition()
        self._connections = 0
        self._connected = self._abandoned = False
        self._acknowledged = -1
        self._reason = ""
        self._greeted = 0
        self._last_retained: dict[str, str] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"edge-transfer-{uuid.uuid4().hex[:12]}")
        self._client.max_inflight_messages_set(1)
        self._client.connect_timeout = _CONNECT_S
        self._client.reconnect_delay_set(first_wait_s, _LONGEST_WAIT_S)  # type: ignore[arg-type]
        self._client.will_set(self._topic("online"), "offline", qos=1, retain=True)
        if broker.user is not None:
            self._client.username_pw_set(broker.user, broker.password)
        if broker.tls:
            self._client.tls_set_context(_tls(broker.ca_path))
        elif broker.password is not None:
            self.notes.append("the password travels unencrypted: use mqtts://")
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.connect_async(broker.host, broker.port, keepalive=_KEEPALIVE_S)
        self._client.loop_start()

    # The sink's side

    def deliver(self, item: Message) -> None:
        """Publish a message and wait until the broker has it, however long that takes. Raises Abandoned."""
        if item.kind == SOURCE:
            self._publish("source", item.document, retain=True)
        elif item.kind == ANSWER:
            self._publish("answers", item.document)
        else:
            self._publish("events", item.document)
        if item.kind == CHANGE:
            began = item.document["event"] == "began"
            held = {"label": item.document["label"] if began else None, "at": item.document["at"]}
            self._publish("state", held, retain=True)

    def abandon(self) -> None:
        """See `Sink.abandon`."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()

    def close(self) -> None:
        """Say good-bye where the broker is there, and disconnect."""
        with self._changed:
            self._abandoned = False
            there = self._connected
        if there:
            number = self._send("online", "offline", retain=True)
            with self._changed:
                self._changed.wait_for(lambda: self._acknowledged == number or not self._connected, _FAREWELL_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self, topic: str, document: dict[str, Any], *, retain: bool = False) -> None:
        payload = json_line(document)
        self._greet()
        self._send_and_wait(topic, payload, retain)
        if retain:
            self._last_retained[topic] = payload

    def _greet(self) -> None:
        """After a connection, say that we are there, and again what is retained: the broker may have forgotten it."""
        with self._changed:
            while not self._connected:
                self._wait()
            connections = self._connections
        if connections != self._greeted:
            self._send_and_wait("online", "online", retain=True)
            for topic, payload in self._last_retained.items():
                self._send_and_wait(topic, payload, retain=True)
            self._greeted = connections

    def _send_and_wait(self, topic: str, payload: str, retain: bool) -> None:
        number = self._send(topic, payload, retain)
        # Over a lost connection too: the client sends again what was not acknowledged.
        with self._changed:
            while self._acknowledged != number:
                self._wait()

    def _send(self, topic: str, payload: str, retain: bool) -> int:
        return int(self._client.publish(self._topic(topic), payload, qos=1, retain=retain).mid)

    def _wait(self) -> None:
        if self._abandoned:
            raise DeliveryCancelled
        self._changed.wait(_SLICE_S)

    def _topic(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    # The client library's thread

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._say(f"the broker refuses the connection: {reason}")
            return
        with self._changed:
            self._connected = True
            self._connections += 1
            self._changed.notify_all()
        self._say("connected")

    def _on_connect_fail(self, client: Any, data: Any) -> None:
        error = sys.exc_info()[1]  # the library calls this where it has caught the reason
        self._say(f"cannot connect: {error}" if error else "cannot connect")

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        with self._changed:
            was, self._connected = self._connected, False
            self._changed.notify_all()
        if was and reason.is_failure:
            self._say("the connection was lost; trying again")

    def _on_publish(self, client: Any, data: Any, number: int, reason: Any, properties: Any) -> None:
        with self._changed:
            self._acknowledged = number
            self._changed.notify_all()

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            self.notes.append(reason)
            self._reason = reason


def _tls(ca_path: Optional[Path]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if ca_path is None else str(ca_path))
    except ssl.SSLError as error:
        raise EdgeTransferError(f"{ca_path} holds no certificates that can be used: {error}") from error
    except OSError as error:
        raise storage_error(error, ca_path or Path("certificates"), "read") from error


def _add_options(parser: Any) -> None:
    parser.add_argument("--mqtt", metavar="URL", help="an MQTT broker: mqtts://user@host:8883/topic/prefix")
    parser.add_argument(
        "--mqtt-ca", type=Path, metavar="FILE", help="certificates (PEM) that the broker's is signed by"
    )
    parser.add_argument(
        "--mqtt-password-file",
        type=Path,
        metavar="FILE",
        help="its first line is the password; or else the variable EDGE_MQTT_PASSWORD",
    )


def _open(options: argparse.Namespace, manifest: Manifest) -> Optional[OpenOutput]:
    if not options.mqtt:
        return None
    password = read_secret(options.mqtt_password_file, PASSWORD_VARIABLE)
    broker = parse_broker(options.mqtt, topic_prefix(manifest.name), password=password, ca_path=options.mqtt_ca)
    return OpenOutput(MqttSink(broker), EVENTS if options.events else EVERYTHING)


MQTT = Output(_add_options, _open)
