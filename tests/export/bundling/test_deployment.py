"""What starts a bundle as a service: checked by the tools that read it where they are installed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from edge_transfer.errors import BundleError
from export.bundling.deployment import DEPLOYMENTS, check_deployments, write_deployment
from export.runtime.__main__ import _parser
from export.runtime.bundle.archive import _check_name
from export.runtime.bundle.manifest import Manifest, bundle_files
from export.runtime.inference.decision import Confidence
from export.runtime.inference.preprocess import InputSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    manifest = Manifest("Nüsse & %n\nExecStart=x", ("a", "b"), InputSpec(), Confidence(), ())
    write_deployment(folder, manifest, DEPLOYMENTS)
    return folder


def test_the_files_can_travel_in_a_bundle(folder: Path) -> None:
    names = bundle_files(folder)
    assert names == ["Dockerfile", "deploy/compose.yaml", "deploy/edge-transfer.service", "deploy/mosquitto.conf"]
    for name in names:
        _check_name(name)
        text = (folder / name).read_text("utf-8")
        assert "NAME" not in text
        assert "ExecStart=x" not in text, "a project's name is data"
        assert not re.search(r"(?i)(password|token)\s*[:=]\s*['\"]?\w{4,}$", text, re.MULTILINE), (
            "no secret comes with it"
        )


def test_only_what_was_asked_for(tmp_path: Path) -> None:
    manifest = Manifest("nuts", ("a", "b"), InputSpec(), Confidence(), ())
    for kinds, names in (
        ((), []),
        (("docker",), ["Dockerfile"]),
        (("systemd",), ["deploy/edge-transfer.service"]),
        (("compose",), ["Dockerfile", "deploy/compose.yaml", "deploy/mosquitto.conf"]),
    ):
        folder = tmp_path / "-".join(("x", *kinds))
        folder.mkdir()
        write_deployment(folder, manifest, kinds)
        assert bundle_files(folder) == names
    with pytest.raises(BundleError, match="unknown deployment 'helm': use docker, systemd, compose"):
        check_deployments(["docker", "helm"])


def instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_dockerfile(folder: Path) -> None:
    found = instructions((folder / "Dockerfile").read_text("utf-8"))
    words = [word for word, _ in found]
    assert set(words) <= {"FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert words[0] == "FROM"
    values = dict(found)
    assert values["FROM"].endswith("-slim")
    assert int(values["USER"]) > 1000
    assert words.index("USER") > words.index("RUN")
    assert json.loads(values["ENTRYPOINT"]) == ["python", "-m", "edge_runtime"]
    options = _parser().parse_args(json.loads(values["CMD"]))
    assert (options.host, str(options.token_file)) == ("0.0.0.0", "/run/secrets/token")
    health = json.loads(values["HEALTHCHECK"].partition("CMD")[2])
    compile(health[2], "health", "exec")
    assert "/v2/health/ready" in health[2]


def test_the_unit(folder: Path, tmp_path: Path) -> None:
    text = (folder / "deploy" / "edge-transfer.service").read_text("utf-8")
    for line in (
        *("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="),
        *("MemoryMax=1G", "CPUQuota=200%", "Restart=on-failure"),
    ):
        assert line in text.splitlines()
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert _parser().parse_args(shlex.split(start)[3:]).host == "127.0.0.1"
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "edge-transfer.service"
    unit.write_text(text.replace("/opt/edge-transfer/venv/bin/python", sys.executable), "utf-8")
    done = subprocess.run([program, "verify", unit], capture_output=True, text=True, timeout=60, check=False)
    mentioned = [line for line in done.stderr.splitlines() if "edge-transfer" in line]
    assert mentioned == []


def test_the_compose_file(folder: Path) -> None:
    values = yaml.safe_load((folder / "deploy" / "compose.yaml").read_text("utf-8"))
    assert set(values["services"]) == {"broker", "server", "watcher"}
    for service in values["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "cpus", "pids_limit", "restart"} <= set(service)
        assert set(service.get("secrets", [])) <= set(values["secrets"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert all(secret["file"].startswith("${SECRETS:?") for secret in values["secrets"].values())
    broker = (folder / "deploy" / "mosquitto.conf").read_text("utf-8").splitlines()
    assert "allow_anonymous false" in broker
