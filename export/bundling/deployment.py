"""Files that start a bundle as a service: a Dockerfile, a systemd unit, and a compose file with an MQTT broker.

They lie in the bundle and are covered by its SHA256SUMS; secrets never do, they lie in a folder beside it. All three
start the bundle's own command line, without rights, on a file system that it cannot write to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge_transfer.errors import BundleError
from export.runtime.bundle.manifest import Manifest
from export.runtime.serving.inference_protocol import model_name

DEPLOYMENTS = ("docker", "systemd", "compose")


def check_deployments(kinds: Sequence[str]) -> None:
    """Raises BundleError for a kind that is not one of DEPLOYMENTS."""
    for kind in kinds:
        if kind not in DEPLOYMENTS:
            raise BundleError(f"unknown deployment {kind!r}: use {', '.join(DEPLOYMENTS)}")


def write_deployment(folder: Path, manifest: Manifest, kinds: Sequence[str]) -> None:
    """Write the files of each kind into a bundle's folder, before its sums; compose brings the Dockerfile along."""
    check_deployments(kinds)
    name = model_name(manifest)
    if kinds and set(kinds) != {"docker"}:
        (folder / "deploy").mkdir()
    if {"docker", "compose"} & set(kinds):
        (folder / "Dockerfile").write_text(_DOCKERFILE, "utf-8")
    if "systemd" in kinds:
        (folder / "deploy" / "edge-transfer.service").write_text(_UNIT.replace("NAME", name), "utf-8")
    if "compose" in kinds:
        (folder / "deploy" / "compose.yaml").write_text(_COMPOSE.replace("NAME", name), "utf-8")
        (folder / "deploy" / "mosquitto.conf").write_text(_BROKER, "utf-8")


_DOCKERFILE = """\
# docker build -t classifier . && docker run --read-only --cap-drop ALL --memory 1g --cpus 2 -p 127.0.0.1:8000:8000 \\
#     -v "$PWD/../secrets/token:/run/secrets/token:ro" classifier
FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /bundle
COPY requirements.txt requirements-serve.txt ./
RUN pip install --no-cache-dir -r requirements-serve.txt && useradd --system --no-create-home --uid 10001 classifier
COPY . .
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \\
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/v2/health/ready', timeout=3)"]
ENTRYPOINT ["python", "-m", "edge_runtime"]
CMD ["serve", "--host", "0.0.0.0", "--token-file", "/run/secrets/token"]
"""

_UNIT = """\
# The bundle lies in /opt/edge-transfer/bundle, an environment with its requirements in /opt/edge-transfer/venv:
#     python3 -m venv /opt/edge-transfer/venv
#     /opt/edge-transfer/venv/bin/pip install -r /opt/edge-transfer/bundle/requirements-serve.txt
#     cp /opt/edge-transfer/bundle/deploy/edge-transfer.service /etc/systemd/system/
#     systemctl enable --now edge-transfer
# For `watch` instead of `serve`, change ExecStart; the group video may open cameras.
[Unit]
Description=Image classifier NAME
After=network.target
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
WorkingDirectory=/opt/edge-transfer/bundle
Environment=PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ExecStartPre=/opt/edge-transfer/venv/bin/python -m edge_runtime check
ExecStart=/opt/edge-transfer/venv/bin/python -m edge_runtime serve
Restart=on-failure
RestartSec=5
TimeoutStartSec=120
DynamicUser=yes
SupplementaryGroups=video
UMask=0077
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
CapabilityBoundingSet=
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
MemoryMax=1G
CPUQuota=200%
TasksMax=64

[Install]
WantedBy=multi-user.target
"""

_COMPOSE = """\
# SOURCE=rtsp://camera/stream SECRETS=/etc/edge-transfer docker compose -f deploy/compose.yaml up -d
# SECRETS is a folder outside the bundle with three files; no password comes with it:
#     token                 what requests carry     python3 -c "import secrets; print(secrets.token_urlsafe())"
#     mqtt_password         the watcher's password
#     mosquitto_passwords   made by                 mosquitto_passwd -c mosquitto_passwords watcher
name: edge-transfer
services:
  broker:
    image: eclipse-mosquitto:2
    user: "1883:1883"
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp, /mosquitto/data, /mosquitto/log]
    volumes: ["./mosquitto.conf:/mosquitto/config/mosquitto.conf:ro"]
    secrets: [mosquitto_passwords]
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 32
    restart: unless-stopped
  server:
    build: ..
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    ports: ["127.0.0.1:8000:8000"]
    secrets: [token]
    mem_limit: 1g
    cpus: 2
    pids_limit: 64
    restart: unless-stopped
  watcher:
    build: ..
    command: [watch, --source, "${SOURCE:?the address of a camera or stream}", --events,
      --mqtt, "mqtt://watcher@broker:1883/NAME", --mqtt-password-file, /run/secrets/mqtt_password]
    healthcheck: {disable: true}
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: [/tmp]
    secrets: [mqtt_password]
    depends_on: [broker]
    mem_limit: 1g
    cpus: 1
    pids_limit: 64
    restart: unless-stopped
secrets:
  token: {file: "${SECRETS:?a folder with the secrets}/token"}
  mqtt_password: {file: "${SECRETS:?a folder with the secrets}/mqtt_password"}
  mosquitto_passwords: {file: "${SECRETS:?a folder with the secrets}/mosquitto_passwords"}
"""

_BROKER = """\
listener 1883
allow_anonymous false
password_file /run/secrets/mosquitto_passwords
persistence false
max_connections 32
max_packet_size 1048576
"""
