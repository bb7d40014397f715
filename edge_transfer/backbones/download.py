"""Download pretrained weights into the user's cache: only on request, resumable, verified by SHA-256."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edge_transfer.backbones.registry import Backbone
from edge_transfer.backbones.weights import cache_dir
from edge_transfer.errors import WeightsError
from export.runtime.storage import atomic_write, fsync_folder, sha256_of, storage_error

TIMEOUT_S = 20.0
"""Longest silence of the server."""
MAX_BYTES = 500_000_000
"""More than any backbone of the registry has."""
_BLOCK_BYTES = 1 << 18
# As torch.hub reads it: the first digits of the file's SHA-256.
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.pth$")


@dataclass(frozen=True)
class DownloadProgress:
    """How much of the file is here; `total_bytes` is None while the server has not said it."""

    done_bytes: int
    total_bytes: int | None


def download_weights(backbone: Backbone, *, url: str | None = None) -> Generator[DownloadProgress, None, Path]:
    """Fetch torchvision's default weights of a backbone to `cache_dir()/weights/<name>.pth`, and return that path.

    `url` is a mirror's address instead, whose file name must carry the hash as torchvision's does (`…-<8 digits>.pth`).
    Only https is used, and http on this machine itself. An interrupted download leaves `<name>.pth.part` and goes on
    from there the next time. A sidecar `<name>.json` keeps the whole SHA-256, source and licence. Raises WeightsError
    when there is no such file, no network, or another content, and StorageError when the disk is full.
    """
    source = _default_url(backbone) if url is None else url
    _check_address(source)
    named = _HASH_IN_NAME.search(urlsplit(source).path)
    if named is None:
        raise WeightsError(f"the name of {source} carries no hash (…-0123abcd.pth): the file could not be verified")
    target = cache_dir() / "weights" / f"{backbone.name}.pth"
    sidecar = target.with_suffix(".json")
    try:
        if not (target.is_file() and sha256_of(target).startswith(named[1])):
            target.parent.mkdir(parents=True, exist_ok=True)
            yield from _fetch_verified(source, named[1], target)
            # A kill after this leaves weights without a sidecar, never weights with the sidecar of others.
            sidecar.unlink(missing_ok=True)
            os.replace(_part(target), target)
            fsync_folder(target.parent)
    except OSError as error:
        raise storage_error(error, target) from error
    if not sidecar.is_file():
        facts = {
            "architecture": backbone.name,
            "builder": f"torchvision.models.{backbone.builder}",
            "sha256": sha256_of(target),
            "source": source,
            "license": backbone.licence,
            "recipe": backbone.recipe,
        }
        atomic_write(sidecar, (json.dumps(facts, indent=1) + "\n").encode())
    return target


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _fetch_verified(source: str, digits: str, target: Path) -> Generator[DownloadProgress, None, None]:
    """Bring the whole file to `_part(target)`. Raises WeightsError and deletes it when its SHA-256 begins otherwise."""
    part = _part(target)
    by_hand = f"or fetch {source} elsewhere and save it as {target}"
    yield from _fetch(source, part, by_hand)
    sha256 = sha256_of(part)
    if not sha256.startswith(digits):
        part.unlink()
        raise WeightsError(
            f"what {source} gave is not that file: its SHA-256 begins with {sha256[: len(digits)]}, expected {digits}; "
            f"it was deleted. Try again, {by_hand}"
        )


def _default_url(backbone: Backbone) -> str:
    import torchvision

    none = f"torchvision has no weights for {backbone.title}: give a file with --weights"
    if backbone.options:  # it is another network than the one that torchvision's weights are for
        raise WeightsError(none)
    try:
        return str(torchvision.models.get_model_weights(backbone.builder).DEFAULT.url)
    except (ValueError, AttributeError) as error:
        raise WeightsError(none) from error


def _check_address(url: str) -> None:
    """Raises WeightsError for an address that could be read or changed on the way, or that holds a password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise WeightsError(f"unusable address of weights: {error}") from error
    if parts.username or parts.password:
        raise WeightsError(f"the address of weights on {host} holds a password: it would be written to the sidecar")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise WeightsError(f"weights are fetched by https only, got {url!r}")


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to an address that would have been accepted itself."""

    def redirect_request(self, *arguments: Any) -> urllib.request.Request | None:
        """See the base class; the answer comes second, the new address last."""
        try:
            _check_address(arguments[-1])
        except WeightsError:
            arguments[1].close()
            raise
        return super().redirect_request(*arguments)


def _fetch(source: str, part: Path, by_hand: str) -> Generator[DownloadProgress, None, None]:
    """Bring `part` to its whole length; it stays where it is when this stops early. Raises WeightsError, OSError."""
    done = part.stat().st_size if part.exists() else 0
    response = _open(source, done, by_hand)
    if response is None:  # nothing comes after what is here: it is whole already, or not a part of this file
        yield DownloadProgress(done, done)
        return
    try:
        goes_on = response.status == http.client.PARTIAL_CONTENT
        if goes_on and not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            raise WeightsError(f"{urlsplit(source).hostname} answered with another range than asked for; {by_hand}")
        done = done if goes_on else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() and len(length) < 16 else None
        with part.open("ab" if goes_on else "wb") as file:
            yield DownloadProgress(done, total)
            while block := _read(response, done, by_hand):
                done += len(block)
                if max(done, total or 0) > MAX_BYTES:
                    file.truncate(0)
                    raise WeightsError(
                        f"{source} is larger than {MAX_BYTES // 10**6} MB: these are no backbone's weights"
                    )
                file.write(block)
                yield DownloadProgress(done, total)
            file.flush()
            os.fsync(file.fileno())
    finally:
        response.close()
    if total is not None and done < total:
        raise WeightsError(f"the connection ended after {done} of {total} bytes: start again to go on, {by_hand}")


def _open(source: str, done: int, by_hand: str) -> http.client.HTTPResponse | None:
    """The server's answer, from byte `done` on; None when it has no byte after that."""
    host = urlsplit(source).hostname or ""
    handlers: list[urllib.request.BaseHandler] = [_CheckedRedirects()]
    if _is_loopback(host):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(source, headers={"User-Agent": "edge-transfer"})  # noqa: S310 - checked before
    if done:
        request.add_header("Range", f"bytes={done}-")
    try:
        response: http.client.HTTPResponse = urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and done:
            return None
        raise WeightsError(f"{host} answered {error.code} {error.reason} for {source}: try later, {by_hand}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WeightsError(f"{_why(error, host)}: check the network and a proxy's settings, {by_hand}") from error
    return response


def _read(response: http.client.HTTPResponse, done: int, by_hand: str) -> bytes:
    try:
        return response.read1(_BLOCK_BYTES)  # what has come, without waiting for a whole block: a cancel is quick
    except (OSError, http.client.HTTPException) as error:
        raise WeightsError(
            f"the connection broke after {done} bytes ({_why(error, 'the server')}): start again to go on, {by_hand}"
        ) from error


def _why(error: Exception, host: str) -> str:
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"{host} was silent for {TIMEOUT_S:g} s"
    # Another service's first lines may stand in here.
    text = " ".join(str(getattr(reason, "strerror", None) or reason).split())
    return f"{host} cannot be reached ({text[:200]})"
