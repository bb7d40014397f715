"""Storing pictures: the order of syncs, what is left alone, and every write fault."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import Picture, ensure_class, picture, store, why_stopped
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import Quality
from edge_transfer.errors import DatasetError, StorageError

QUALITY = Quality(0.25, 120.0, 40.0, 2**64 - 1)


def make(number: int, class_id: int, size: int = 500) -> Picture:
    data = hashlib.sha256(str(number).encode()).digest() * (size // 32)
    return picture(data, ".jpg", (64, 48), QUALITY, class_id=class_id, position=number, time_s=number / 10, note="a/b")


def session_of(catalog: Catalog, name: str = "new") -> tuple[int, int]:
    class_id = ensure_class(catalog, name).id
    return catalog.begin_session("recording", "test", "train", class_id).id, class_id


def path_of(project: Project, each: Picture) -> Path:
    return project.image_path(each.sample.sha256, each.sample.suffix)


def test_a_picture_is_named_by_its_hash_and_recorded(project: Project, catalog: Catalog) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id)
    assert store(project, catalog, session_id, [each]).added == 1
    path = path_of(project, each)
    assert path.read_bytes() == each.data
    assert path.name == f"{hashlib.sha256(each.data).hexdigest()}.jpg"
    assert path.stat().st_mode & 0o777 == 0o644
    sample = catalog.samples()[0]
    assert (sample.sha256, sample.width, sample.height, sample.bytes) == (each.sample.sha256, 64, 48, len(each.data))
    assert (sample.sharpness, sample.brightness, sample.dhash) == (0.25, 120.0, 2**64 - 1)
    assert (sample.position, sample.time_s, sample.note) == (1, 0.1, "a/b")
    catalog.check()


def test_what_is_there_with_its_size_is_left_alone(project: Project, catalog: Catalog) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id)
    store(project, catalog, session_id, [each])
    before = path_of(project, each).stat()
    again = store(project, catalog, session_id, [each, each])
    after = path_of(project, each).stat()
    assert (again.added, again.duplicates) == (0, 2)
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_file_of_another_size_is_written_anew(project: Project, catalog: Catalog) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id)
    store(project, catalog, session_id, [each])
    path_of(project, each).write_bytes(each.data[:100])
    store(project, catalog, session_id, [each])
    assert path_of(project, each).read_bytes() == each.data


def test_files_are_durable_before_rows_are_recorded(
    project: Project, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, class_id = session_of(catalog)
    pictures = [make(number, class_id) for number in range(20)]
    steps: list[str] = []
    fsync, rename, add_samples = os.fsync, Path.replace, Catalog.add_samples

    def traced_fsync(descriptor: int) -> None:
        steps.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        fsync(descriptor)

    def traced_replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    def traced_add(self: Catalog, *arguments: object) -> object:
        steps.append("rows")
        return add_samples(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", traced_fsync)
    monkeypatch.setattr(Path, "replace", traced_replace)
    monkeypatch.setattr(Catalog, "add_samples", traced_add)
    store(project, catalog, session_id, pictures)
    before = steps[: steps.index("rows")]
    folders = {path_of(project, each).parent for each in pictures} | {project.images_dir}
    assert before == ["file"] * 20 + ["rename"] * 20 + ["folder"] * len(folders)


def test_a_file_that_the_trash_took_meanwhile_is_written_again(
    project: Project, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id)
    store(project, catalog, session_id, [each])
    catalog.trash([sample.id for sample in catalog.samples()])
    add_samples = Catalog.add_samples

    def slow_add(self: Catalog, *arguments: object) -> object:
        with Catalog.open(project) as other:
            other.empty_trash()
        return add_samples(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalog, "add_samples", slow_add)
    assert store(project, catalog, session_id, [each]).added == 1
    catalog.check()
    assert path_of(project, each).read_bytes() == each.data


class FailAt:
    """Calls a function, but raises "disk full" at its n-th call."""

    def __init__(self, function: Any, at: int) -> None:
        self.function, self.at, self.calls = function, at, 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            if self.function is os.fdopen:
                os.close(arguments[0])
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.function(*arguments, **options)


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize(
    ("owner", "name"), [(os, "fdopen"), (os, "fsync"), (os, "replace"), (tempfile, "mkstemp"), (os, "mkdir")]
)
def test_a_fault_at_any_call_leaves_all_or_nothing(
    project: Project,
    catalog: Catalog,
    fill: Any,
    unharmed: Any,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    count: int,
) -> None:
    earlier = fill(project, catalog)
    session_id, class_id = session_of(catalog)
    pictures = [make(number, class_id) for number in range(count)]
    failures = 0
    while True:
        faulty = FailAt(getattr(owner, name), failures + 1)
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, faulty)
            if failures + 1 > expected_calls(project, pictures, name):
                store(project, catalog, session_id, pictures)
                break
            with pytest.raises(StorageError) as caught:
                store(project, catalog, session_id, pictures)
        failures += 1
        assert why_stopped(caught.value) == "disk full"
        assert {sample.sha256 for sample in catalog.samples()} == set(earlier.values())
        assert not any(path_of(project, each).exists() for each in pictures)
        unharmed(project, earlier)
    assert failures >= 1
    assert faulty.calls <= failures
    assert len(catalog.samples()) == len(earlier) + count
    unharmed(project, earlier)


def expected_calls(project: Project, pictures: list[Picture], name: str) -> int:
    folders = {path_of(project, each).parent for each in pictures}
    new = [folder for folder in folders if not folder.exists()]
    # Folders are made once, and stay: so are calls that make them, and the sync of the folder above.
    return {"mkdir": len(new), "fsync": len(pictures) + len(folders) + bool(new)}.get(name, len(pictures))


def test_a_row_that_is_refused_leaves_no_file(project: Project, catalog: Catalog) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id + 7)
    with pytest.raises(DatasetError, match="no class number"):
        store(project, catalog, session_id, [each])
    assert not path_of(project, each).exists()


def test_a_picture_that_another_process_recorded_is_never_removed(
    project: Project, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, class_id = session_of(catalog)
    each = make(1, class_id)
    add_samples = Catalog.add_samples

    def beaten(self: Catalog, *arguments: object) -> object:
        add_samples(self, *arguments)  # type: ignore[arg-type]
        raise StorageError("the disk reports an error")

    monkeypatch.setattr(Catalog, "add_samples", beaten)
    with pytest.raises(StorageError):
        store(project, catalog, session_id, [each])
    catalog.check()
    assert len(catalog.samples()) == 1


def test_disk_full(small_disk: Any, fill: Any, unharmed: Any) -> None:
    project = Project.create(small_disk("1m") / "project")
    with Catalog.open(project) as catalog:
        earlier = fill(project, catalog)
        session_id, class_id = session_of(catalog)
        with pytest.raises(StorageError) as caught:
            store(project, catalog, session_id, [make(number, class_id, 200_000) for number in range(8)])
        assert why_stopped(caught.value) == "disk full"
        assert len(catalog.samples()) == 3
        unharmed(project, earlier)
        assert store(project, catalog, session_id, [make(99, class_id, 20_000)]).added == 1


def test_read_only_disk(small_disk: Any, fill: Any, unharmed: Any) -> None:
    folder = small_disk("4m")
    project = Project.create(folder / "project")
    with Catalog.open(project) as catalog:
        earlier = fill(project, catalog)
        session_id, class_id = session_of(catalog)
        images = project.images_dir
        subprocess.run(["mount", "--bind", images, images], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", images], check=True)
            with pytest.raises(StorageError, match="the disk is read-only"):
                store(project, catalog, session_id, [make(1, class_id)])
        finally:
            subprocess.run(["umount", images], check=True)
        unharmed(project, earlier)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder(project: Project, catalog: Catalog, fill: Any, unharmed: Any) -> None:
    earlier = fill(project, catalog)
    session_id, class_id = session_of(catalog)
    project.images_dir.chmod(0o555)
    try:
        with pytest.raises(StorageError, match="permission is denied"):
            store(project, catalog, session_id, [make(1, class_id)])
    finally:
        project.images_dir.chmod(0o755)
    unharmed(project, earlier)


def test_the_images_folder_is_gone(project: Project, catalog: Catalog) -> None:
    session_id, class_id = session_of(catalog)
    project.images_dir.rmdir()
    with pytest.raises(StorageError, match="the folder is gone"):
        store(project, catalog, session_id, [make(1, class_id)])
    assert not project.images_dir.exists()
    assert catalog.samples() == []


def test_classes_are_found_in_any_case_or_added(catalog: Catalog) -> None:
    glass = ensure_class(catalog, "Glass")
    assert ensure_class(catalog, " glass ") == glass
    assert [row.name for row in catalog.classes()] == ["Glass"]
    with pytest.raises(DatasetError):
        ensure_class(catalog, "")
