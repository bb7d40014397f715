#!/usr/bin/env bash
# Builds .venv: missing system libraries, a virtual environment, the pinned dependencies. The Makefile calls it.
#   tools/setup.sh run|dev|bench   the environment with the dependencies of that name; ends by writing .venv/.stamp-NAME
#   tools/setup.sh system          the system libraries alone
# With dev and bench also come the programs that give the tests a window and an MQTT broker of their own.
# PYTHON names the interpreter (3.11 or newer), TORCH_INDEX_URL an index to take torch and torchvision from.
set -euo pipefail
cd "$(dirname "$0")/.."

# What Qt loads at run time: the shared library, and the Debian package that carries it.
libraries='libGL.so.1 libgl1
libEGL.so.1 libegl1
libglib-2.0.so.0 libglib2.0-0
libdbus-1.so.3 libdbus-1-3
libfontconfig.so.1 libfontconfig1
libxkbcommon.so.0 libxkbcommon0
libxcb-cursor.so.0 libxcb-cursor0
libxkbcommon-x11.so.0 libxkbcommon-x11-0
libxcb-icccm.so.4 libxcb-icccm4
libxcb-keysyms.so.1 libxcb-keysyms1
libxcb-shape.so.0 libxcb-shape0
libwayland-cursor.so.0 libwayland-cursor0'

# What the tests of the real window and of MQTT run: the program, and the Debian package that carries it.
programs='Xvfb xvfb
xdotool xdotool
mosquitto mosquitto'

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$@"
    exit 1
}

root=()
if [ "$(id -u)" -ne 0 ]; then
    root=(sudo)
    [ -t 0 ] || root=(sudo -n) # nobody is there to type a password
fi

index_is_fresh=no
apt_install() {
    command -v apt-get >/dev/null || return 1
    [ "${#root[@]}" -eq 0 ] || command -v sudo >/dev/null || return 1
    say "installing $* with apt-get"
    if [ "$index_is_fresh" = no ]; then
        "${root[@]}" apt-get update -qq || say "the package index cannot be refreshed; trying with the one that is there"
        index_is_fresh=yes
    fi
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends "$@" >&2
}

install_system_libraries() {
    local known soname package missing=()
    # Asking the loader instead of dpkg works on every distribution and survives renamed packages.
    known=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null) || return 0 # not Linux: Qt's wheels bring it all
    while read -r soname package; do
        case "$known" in
        *"$soname ("*) ;;
        *) missing+=("$package") ;;
        esac
    done <<<"$libraries"
    [ "${#missing[@]}" -gt 0 ] || return 0
    apt_install "${missing[@]}" ||
        say "missing: ${missing[*]} (names of Debian packages); the window and its tests need them, the command line does not"
}

install_programs() {
    local program package missing=()
    while read -r program package; do
        PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("$package")
    done <<<"$programs"
    [ "${#missing[@]}" -gt 0 ] || return 0
    apt_install "${missing[@]}" ||
        say "missing: ${missing[*]} (names of Debian packages); the tests of the real window and of MQTT are skipped without them"
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
        if is_new_enough "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    return 1
}

make_environment() {
    local python package
    if [ ! -e .venv/.building ] && .venv/bin/python -c 'import pip' 2>/dev/null; then
        return
    fi
    if ! python=$(find_python); then
        [ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
        apt_install python3 python3-venv || true
        python=$(find_python) || fail "no Python 3.11 or newer found; install one, or name one: make install PYTHON=/path/to/python"
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then # Debian keeps them in a package of their own
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt_install "$package" || fail "$python cannot make virtual environments: install $package"
    fi
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear --without-pip .venv
    touch .venv/.building
    .venv/bin/python -m ensurepip --default-pip >/dev/null
}

pip_install() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input -c constraints.txt "$@" && return
    # pip has given up in an orderly way, say without network: an environment that worked before still does.
    [ ! -e .venv/.stamp-run ] || rm -f .venv/.building
    exit 1
}

install_dependencies() { # STAMP TARGET
    # A kill from here on leaves the marker, and the next call starts from an empty environment: pip takes a package
    # that was half unpacked for an installed one.
    trap 'exit 130' INT TERM
    touch .venv/.building
    if [ -n "${TORCH_INDEX_URL:-}" ]; then
        # --no-deps: what torch itself needs comes from the ordinary index below, in the pinned versions.
        pip_install --no-deps --index-url "$TORCH_INDEX_URL" torch torchvision
    fi
    pip_install -e "$2"
    rm .venv/.building
    touch .venv/.stamp-run ".venv/.stamp-$1"
}

case "${1:-}" in
system) target='' ;;
run) target='.' ;;
dev) target='.[dev]' ;;
bench) target='.[dev,bench]' ;;
*) fail "usage: tools/setup.sh run|dev|bench|system" ;;
esac
install_system_libraries
case "$1" in dev | bench) install_programs ;; esac
[ -n "$target" ] || exit 0
make_environment
install_dependencies "$1" "$target"
