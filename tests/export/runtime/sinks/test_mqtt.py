"""Against a real broker, with TLS and a password: in order, at least once, whatever happens to the broker."""

from __future__ import annotations

import getpass
import itertools
import json
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho

from export.runtime.__main__ import main
from export.runtime.commands import watch as watch_command
from export.runtime.errors import EdgeTransferError, StorageError
from export.runtime.sinks.messages import ANSWER, CHANGE, DRIFT, SOURCE, Message
from export.runtime.sinks.mqtt import PASSWORD_VARIABLE, MqttSink, parse_broker, topic_prefix
from export.runtime.sinks.outbox import Outbox

USER, PASSWORD = "box", "s3cret-word"
SEARCH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=SEARCH)
    if found is None:
        pytest.skip(f"{name} is not installed: tools/setup.sh dev")
    return found


class Broker:
    """A real mosquitto on a free loopback port, with TLS and a password file; it can be killed and started again.

    Everything it writes lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._mosquitto, self._openssl = program("mosquitto"), program("openssl")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.ca_path = folder / "ca.pem"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._certificates()
        passwords = folder / "passwords"
        passwords.touch(mode=0o600)
        subprocess.run([program("mosquitto_passwd"), "-b", passwords, USER, PASSWORD], check=True, capture_output=True)
        (folder / "mosquitto.conf").write_text(
            f"""user {getpass.getuser()}
listener {self.port} 127.0.0.1
cafile {self.ca_path}
certfile {folder / "server.pem"}
keyfile {folder / "server.key"}
allow_anonymous false
password_file {passwords}
persistence false
max_queued_messages 100000
max_inflight_messages 1000
log_dest file {folder / "log"}
log_type error
""",
            "utf-8",
        )

    def _certificates(self) -> None:
        def openssl(*arguments: str) -> None:
            subprocess.run([self._openssl, *arguments], cwd=self._folder, check=True, capture_output=True)

        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
        openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
        (self._folder / "names").write_text("subjectAltName=IP:127.0.0.1\n", "utf-8")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2")
        openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", *signing)

    @property
    def url(self) -> str:
        return f"mqtts://{USER}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            [self._mosquitto, "-c", self._folder / "mosquitto.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self._folder / "log").read_text("utf-8")) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it with a signal, and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=20)
            self._process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder)
    broker.start()
    yield broker
    broker.stop()


class Listener:
    """A subscriber; what it hears, in order."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self.changed = threading.Condition()
        self.connected = threading.Event()
        self._topic = topic
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.reconnect_delay_set(0.05, 0.1)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.tls_set_context(ssl.create_default_context(cafile=str(broker.ca_path)))
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self.connected.clear()
        self._client.on_subscribe = lambda *_: self.connected.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert self.connected.wait(20)

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        # Without acknowledgements: while it fails to send one, the client drops what it has not read yet.
        client.subscribe(self._topic, qos=0)

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        with self.changed:
            self.heard.append((message.topic, message.payload.decode(), message.retain))
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, 30), f"{len(self.heard)} of {count}"

    def wait_until(self, fits: Callable[[tuple[str, str, bool]], bool]) -> None:
        """Until the last message heard fits."""
        with self.changed:
            assert self.changed.wait_for(lambda: bool(self.heard) and fits(self.heard[-1]), 30), self.heard[-3:]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def sink_for(broker: Broker, prefix: str = "line/7", password: str = PASSWORD) -> MqttSink:
    given = parse_broker(f"{broker.url}/{prefix}", "unused", password=password, ca_path=broker.ca_path)
    return MqttSink(given, first_wait_s=0.1)


def answer(number: int) -> Message:
    return Message(ANSWER, {"number": number}, "")


def change(event: str, label: str) -> Message:
    return Message(CHANGE, {"event": event, "label": label, "at": "2026-01-01T00:00:00.000Z"}, "")


def test_topics_retained_state_and_the_good_bye(broker: Broker) -> None:
    listener = Listener(broker, "line/7/#")
    box = Outbox(sink_for(broker), 100)
    for message in (
        Message(SOURCE, {"state": "live", "message": ""}, ""),
        answer(1),
        change("began", "washer"),
        change("ended", "washer"),
        change("began", "nut"),
        Message(DRIFT, {"event": "drift began"}, ""),
    ):
        box.put(message)
    box.close()
    listener.wait_for(11)
    listener.close()
    told = [(topic.removeprefix("line/7/"), payload) for topic, payload, _ in listener.heard]
    assert [topic for topic, _ in told] == ["online", "source", "answers", *["events", "state"] * 3, "events", "online"]
    assert (told[0][1], told[-1][1]) == ("online", "offline")
    assert [json.loads(payload)["label"] for topic, payload in told if topic == "state"] == ["washer", None, "nut"]
    assert box.notes() == [f"mqtt 127.0.0.1:{broker.port}: connected"]
    # Who comes later hears the last state at once.
    late = Listener(broker, "line/7/state")
    late.wait_for(1)
    late.close()
    [(_, payload, is_retained)] = late.heard
    assert (json.loads(payload)["label"], is_retained) == ("nut", True)


def test_the_last_will(broker: Broker) -> None:
    """A box without power says nothing; its broker does."""
    listener = Listener(broker, "line/7/online")
    sink = sink_for(broker)
    sink.deliver(answer(1))
    listener.wait_for(1)
    connection = sink._client.socket()
    assert connection is not None
    sink._client.loop_stop()
    connection.close()  # without a word
    listener.wait_for(2)
    listener.close()
    assert [payload for _, payload, _ in listener.heard] == ["online", "offline"]


def test_ten_deaths_of_the_broker(broker: Broker) -> None:
    """Killed (every other time without a chance to save anything) and started again while messages flow.

    The box comes back after the subscriber: what a killed broker had taken, but not passed on, nobody can give back.
    """
    listener = Listener(broker, "line/7/answers")
    sink = sink_for(broker)
    ready = threading.Event()
    ready.set()
    sink._client.on_pre_connect = lambda *_: ready.wait(20)
    box = Outbox(sink, 100_000)
    stop = threading.Event()
    numbers = itertools.count()
    sent = [0]

    def produce() -> None:
        while not stop.wait(0.002):
            sent[0] = next(numbers)
            box.put(answer(sent[0]))

    producer = threading.Thread(target=produce)
    producer.start()
    try:
        for round_ in range(10):
            listener.wait_until(lambda heard, enough=box.delivered + 20: json.loads(heard[1])["number"] >= enough)
            ready.clear()
            listener.connected.clear()
            broker.stop(signal.SIGKILL if round_ % 2 else signal.SIGTERM)
            broker.start()
            assert listener.connected.wait(20)
            ready.set()
    finally:
        ready.set()
        stop.set()
        producer.join()
    box.close(flush_s=15)
    assert box.dropped == 0, box.notes()
    listener.wait_until(lambda heard: json.loads(heard[1])["number"] == sent[0])
    listener.close()
    heard = [json.loads(payload)["number"] for _, payload, _ in listener.heard]
    first = list(dict.fromkeys(heard))
    assert first == list(range(sent[0] + 1)), "every number once or more, first in its order"
    assert len(heard) < 1.2 * len(first)


def test_what_the_queue_cannot_hold_is_counted(broker: Broker) -> None:
    listener = Listener(broker, "line/7/answers")
    broker.stop()
    box = Outbox(sink_for(broker), 10)
    for number in range(50):
        box.put(answer(number))
    # One is being delivered, ten wait; the first one was taken before or after it was pushed out.
    assert box.dropped in (39, 40)
    broker.start()
    box.close(flush_s=20)
    listener.wait_for(50 - box.dropped)
    listener.close()
    heard = list(dict.fromkeys(json.loads(payload)["number"] for _, payload, _ in listener.heard))
    assert heard[-10:] == list(range(40, 50))
    assert len(heard) == 50 - box.dropped
    assert any("its queue of 10 is full" in note for note in box.notes())


def test_a_refusal_is_said_and_nothing_hangs(broker: Broker) -> None:
    box = Outbox(sink_for(broker, password="wrong"), 10)
    box.put(answer(1))
    notes: list[str] = []
    deadline = time.monotonic() + 20
    while not notes and time.monotonic() < deadline:
        notes += box.notes()
        time.sleep(0.05)
    box.close(flush_s=0.1)
    assert len(notes) == 1
    assert "the broker refuses the connection: Not authorized" in notes[0]
    assert box.dropped == 1
    assert not any("wrong" in note or PASSWORD in note for note in (*notes, *box.notes()))


# The client library leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*SSLSocket:pytest.PytestUnraisableExceptionWarning")
def test_a_certificate_of_somebody_else(broker: Broker, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    broker_url = parse_broker(broker.url, "x", password=PASSWORD, ca_path=Broker(other).ca_path)
    box = Outbox(MqttSink(broker_url, first_wait_s=0.1), 10)
    notes: list[str] = []
    deadline = time.monotonic() + 20
    while not notes and time.monotonic() < deadline:
        notes += box.notes()
        time.sleep(0.05)
    box.close(flush_s=0.1)
    assert "cannot connect" in notes[0]
    assert "certificate" in notes[0].lower()


def test_addresses() -> None:
    plain = parse_broker("mqtt://broker.local", topic_prefix("nuts & bolts/2"))
    assert (plain.host, plain.port, plain.tls, plain.user) == ("broker.local", 1883, False, None)
    assert plain.prefix == "edge-transfer/nuts_&_bolts_2"
    full = parse_broker("mqtts://my%20box@10.0.0.1:9000/a/b/", "x", password="hidden")
    assert (full.host, full.port, full.tls, full.user, full.prefix) == ("10.0.0.1", 9000, True, "my box", "a/b")
    assert "hidden" not in repr(full) + full.name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mqtt://user:geheim@host", "--mqtt-password-file"),
        ("http://host", "the broker's address is"),
        ("broker", "the broker's address is"),
        ("mqtt://host:99999", "cannot be understood"),
        ("mqtt://host/a/%23", "must not hold"),
    ],
)
def test_addresses_that_are_none(text: str, words: str) -> None:
    with pytest.raises(EdgeTransferError, match=words) as caught:
        parse_broker(text, "x")
    assert "geheim" not in str(caught.value)


def test_passwords_and_certificates_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(EdgeTransferError, match="needs a user"):
        parse_broker("mqtt://host", "x", password="p")
    with pytest.raises(EdgeTransferError, match="needs an mqtts"):
        parse_broker("mqtt://host", "x", ca_path=tmp_path / "ca.pem")
    (tmp_path / "ca.pem").write_text("nothing", "utf-8")
    with pytest.raises(EdgeTransferError, match="no certificates"):
        MqttSink(parse_broker("mqtts://host", "x", ca_path=tmp_path / "ca.pem"))
    with pytest.raises(StorageError, match="no such file"):
        MqttSink(parse_broker("mqtts://host", "x", ca_path=tmp_path / "gone.pem"))


def watch_frames(bundle: Path, broker: Broker, *given: str | Path) -> int:
    arguments = ("watch", "--bundle", bundle, "--source", "demo://conveyor?pace=0", "--frames", "3", "--json", *given)
    return main([*map(str, arguments), "--mqtt", f"{broker.url}/line/7", "--mqtt-ca", str(broker.ca_path)])


@pytest.mark.parametrize("place", ["file", "environment", "both"])
def test_watch_takes_the_password_from_a_file_or_the_environment(
    broker: Broker,
    tiny_bundle: Path,
    tmp_path: Path,
    place: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    listener = Listener(broker, "line/7/answers")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    if place != "file":
        monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD if place == "environment" else "wrong-word")
    given = () if place == "environment" else ("--mqtt-password-file", tmp_path / "password")
    assert watch_frames(tiny_bundle, broker, *given) == 0
    listener.wait_for(3)
    listener.close()
    output, errors = capsys.readouterr()
    assert len([line for line in output.splitlines() if "label" in line]) == 3
    assert errors == f"mqtt 127.0.0.1:{broker.port}: connected\n"


@pytest.mark.parametrize("secret", ["wrong-word", None])
def test_watch_goes_on_where_the_broker_refuses(
    broker: Broker,
    tiny_bundle: Path,
    tmp_path: Path,
    secret: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(watch_command, "FLUSH_S", 1.0)
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    (tmp_path / "password").write_text(f"{secret}\n", "utf-8")
    given = () if secret is None else ("--mqtt-password-file", tmp_path / "password")
    assert watch_frames(tiny_bundle, broker, *given) == 0
    output, errors = capsys.readouterr()
    assert len([line for line in output.splitlines() if "label" in line]) == 3
    assert "the broker refuses the connection: Not authorized" in errors
    assert "were not delivered" in errors
    assert "wrong-word" not in output + errors


def test_watch_refuses_a_password_that_others_could_read(tiny_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["watch", "--bundle", str(tiny_bundle), "--source", "demo://conveyor"]
    assert main([*arguments, "--mqtt", "mqtts://box:geheim@127.0.0.1"]) == 2
    output, errors = capsys.readouterr()
    assert "--mqtt-password-file" in errors
    assert "geheim" not in output + errors
    assert main([*arguments, "--metrics", "0.0.0.0:0"]) == 2
    assert "--metrics-token-file" in capsys.readouterr().err
    assert main([*arguments, "--metrics", "127.0.0.1:0", "--metrics-token-file", "/nowhere/token"]) == 2
    assert "cannot read /nowhere/token" in capsys.readouterr().err
