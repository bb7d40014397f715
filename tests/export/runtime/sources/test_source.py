"""Files, folders, cameras and RTSP as sources: every frame of what is whole, the reason for what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from export.runtime.errors import SourceError
from export.runtime.sources import source as source_module
from export.runtime.sources.conveyor.conveyor import Conveyor
from export.runtime.sources.frame import Frame, SourceKind, Wanted
from export.runtime.sources.source import SOURCE_FORMS, SOURCES, open_source
from tests.export.runtime.sources.conftest import read_all


def test_real_pictures(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "data" / "hymenoptera" / "val" / "ants").glob("*.jpg"))[:5]:
        shutil.copy(path, tmp_path)
    frames, states = read_all(tmp_path)
    assert len(frames) == 5
    assert len({frame.image.shape for frame in frames}) > 1
    assert states[-1].state == "ended"


# Forms


@pytest.mark.parametrize(
    "text",
    [
        "concat:/tmp/a.mp4",
        "file:/etc/passwd",
        "data:video/mp4,AA",
        "pipe:0",
        "file:///etc/passwd",
        "ftp://x/y",
        "udp://@:1",
    ],
)
def test_other_kinds_of_address_are_not_allowed(text: str) -> None:
    with pytest.raises(SourceError, match=f"sources of the kind '{text.partition(':')[0]}' are not allowed"):
        open_source(text)


def test_what_does_not_exist_is_said_with_the_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match=r"no such file, folder or camera: nothing\.mp4\. Cameras: none found"):
        open_source("nothing.mp4")
    with pytest.raises(SourceError, match="no source given"):
        open_source("  ")
    with pytest.raises(SourceError) as caught:
        open_source("admin:s3cret@192.168.1.5/stream")
    assert "s3cret" not in str(caught.value)


def test_every_form_is_explained() -> None:
    assert len(SOURCE_FORMS) == 7
    assert all(form and len(explanation) > 10 for form, explanation in SOURCE_FORMS)


# Cameras


# RTSP


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0", 0),
        ("rtsp://camera/stream", 1),
        ("HTTPS://camera/stream", 2),
        ("{folder}/clip.mp4", 3),
        ("{folder}", 4),
        ("demo://conveyor?pace=0", 5),
    ],
)
def test_one_row_of_the_table_knows_a_text(text: str, place: int, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    text = text.format(folder=tmp_path)
    scheme = text.partition("://")[0].lower() if "://" in text else None
    wanted = Wanted(text, scheme, None if scheme or text == "0" else Path(text), True, 10.0)
    opened = [kind.open(wanted) for kind in SOURCES]
    assert [number for number, source in enumerate(opened) if source is not None] == [place]
    assert type(open_source(text)) is type(opened[place])


def test_a_further_row_is_a_further_source(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(wanted: Wanted) -> Conveyor | None:
        return Conveyor("demo://conveyor?pace=0&frames=2") if wanted.scheme == "later" else None

    with pytest.raises(SourceError, match="sources of the kind 'later' are not allowed"):
        open_source("later://somewhere")
    monkeypatch.setattr(source_module, "SOURCES", (*SOURCES, SourceKind((("later://", "for this test"),), opened)))
    frames = [event for event in open_source("later://somewhere").events() if isinstance(event, Frame)]
    assert len(frames) == 2
