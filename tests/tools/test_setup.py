"""tools/setup.sh against a stand-in for Python, pip, apt-get and the loader: what it calls, and how it heals."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from edge_transfer.cli.doctor import QT_PACKAGES

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the set-up is a bash script")

# Logs its arguments, plays venv by copying itself, and fails at pip in the way $PIP names.
PYTHON = """#!/usr/bin/env bash
echo "$*" >>"$LOG"
case "$*" in
*"-m venv"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
*"import pip"*) [ -e .venv/pip ] ;;
*ensurepip*) [ "$1" = -c ] || touch .venv/pip ;;
*"-m pip"*) [ "${PIP:-}" != killed ] || kill -9 "$PPID"; [ "${PIP:-}" != failed ] ;;
esac
"""
APT = '#!/usr/bin/env bash\necho "apt-get $*" >>"$LOG"\n'
SUDO = '#!/usr/bin/env bash\n[ "$1" != -n ] || shift\nexec "$@"\n'


class Checkout:
    """A folder with the set-up files and stand-ins for the programs that the set-up calls."""

    def __init__(self, root: Path) -> None:
        self.root, self.log, self.programs = root / "checkout", root / "log", root / "bin"
        (self.root / "tools").mkdir(parents=True)
        self.programs.mkdir()
        for name in ("tools/setup.sh", "Makefile"):
            shutil.copy(ROOT / name, self.root / name)
        for name in ("pyproject.toml", "constraints.txt"):
            (self.root / name).touch()
        sonames = [line.split()[0] for line in libraries()]
        self.program(
            "ldconfig", "#!/bin/sh\ncat <<X\n" + "".join(f"\t{name} (libc6) => /x\n" for name in sonames) + "X\n"
        )
        self.program("apt-get", APT)
        self.program("sudo", SUDO)
        self.program("snake", PYTHON)

    def program(self, name: str, text: str) -> None:
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def run(self, *command: str, **variables: str) -> int:
        """Exit code of `command` in the checkout; `calls` then has what it called."""
        self.log.write_text("")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        environment |= {"LOG": str(self.log), "PYTHON": str(self.programs / "snake"), **variables}
        environment["PATH"] = f"{self.programs}:{environment['PATH']}"
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, timeout=60, check=False)
        return done.returncode

    def calls(self, word: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if word in line]

    def stamps(self) -> list[str]:
        return sorted(path.name for path in (self.root / ".venv").glob(".*"))


def libraries() -> list[str]:
    text = (ROOT / "tools/setup.sh").read_text()
    return text.split("libraries='")[1].split("'")[0].splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_doctor_and_setup_name_the_same_packages() -> None:
    assert [line.split()[1] for line in libraries()] == QT_PACKAGES.split()


def test_first_build(checkout: Checkout) -> None:
    assert checkout.run("tools/setup.sh", "dev") == 0
    assert checkout.calls("-m venv") == ["-m venv --clear --without-pip .venv"]
    (install,) = checkout.calls("pip install")
    assert install.endswith("-c constraints.txt -e .[dev]")
    assert checkout.calls("apt-get") == []
    assert checkout.stamps() == [".stamp-dev", ".stamp-run"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_second_time_nothing_is_called(checkout: Checkout) -> None:
    assert checkout.run("make", "install") == 0
    assert checkout.calls("-m venv")
    assert checkout.run("make", "install") == 0
    assert checkout.log.read_text() == ""
    later = time.time() + 10
    os.utime(checkout.root / "constraints.txt", (later, later))
    assert checkout.run("make", "install") == 0
    assert checkout.calls("-m venv") == []  # updated, not made anew
    assert checkout.calls("pip install")


def test_torch_from_an_index_of_its_own(checkout: Checkout) -> None:
    assert checkout.run("tools/setup.sh", "run", TORCH_INDEX_URL="file:///wheels") == 0
    torch, rest = checkout.calls("pip install")
    assert torch.endswith("--no-deps --index-url file:///wheels torch torchvision")
    assert rest.endswith("-e .")


def test_a_killed_installation_is_made_anew(checkout: Checkout) -> None:
    assert checkout.run("tools/setup.sh", "dev", PIP="killed") != 0
    assert checkout.stamps() == [".building"]
    assert checkout.run("tools/setup.sh", "dev") == 0
    assert checkout.calls("-m venv")
    assert checkout.stamps() == [".stamp-dev", ".stamp-run"]


def test_a_failed_update_keeps_the_environment(checkout: Checkout) -> None:
    checkout.run("tools/setup.sh", "run")
    assert checkout.run("tools/setup.sh", "dev", PIP="failed") == 1
    assert checkout.stamps() == [".stamp-run"]
    checkout.run("tools/setup.sh", "dev")
    assert checkout.calls("-m venv") == []


def test_only_missing_libraries_are_installed(checkout: Checkout) -> None:
    checkout.program("ldconfig", (checkout.programs / "ldconfig").read_text().replace("\tlibxcb-icccm.so.4", "\tother"))
    assert checkout.run("tools/setup.sh", "system") == 0
    update, install = checkout.calls("apt-get")
    assert "update" in update
    assert install.endswith("--no-install-recommends libxcb-icccm4")


def test_without_a_way_to_install_libraries_it_goes_on(checkout: Checkout) -> None:
    checkout.program("ldconfig", "#!/bin/sh\n")
    checkout.program("apt-get", "#!/bin/sh\nexit 100\n")
    assert checkout.run("tools/setup.sh", "run") == 0
    assert checkout.stamps() == [".stamp-run"]


def test_wrong_use(checkout: Checkout) -> None:
    assert checkout.run("tools/setup.sh") == 1
    assert checkout.run("tools/setup.sh", "everything") == 1
    assert checkout.run("tools/setup.sh", "run", PYTHON="/no/such/python") == 1
    assert not (checkout.root / ".venv").exists()
