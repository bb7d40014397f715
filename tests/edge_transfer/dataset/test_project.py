from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest

from edge_transfer.dataset.project import FORMAT_VERSION, Project
from edge_transfer.errors import EdgeTransferError, ProjectError, StorageError
from export.runtime.inference.preprocess import InputSpec

SHA = "ab12" + "0" * 60


def test_a_created_project_opens_again_with_the_same_values(tmp_path: Path) -> None:
    spec = InputSpec(side=160, crop="letterbox", roi=(0.1, 0.25, 0.5, 0.75))
    made = Project.create(tmp_path / "nuts", "Muttern & Schrauben 🔩", spec)
    assert Project.open(tmp_path / "nuts") == made
    assert made.input == spec
    assert made.root == tmp_path / "nuts"


def test_the_name_of_a_project_is_its_folders_unless_given(tmp_path: Path) -> None:
    assert Project.create(tmp_path / "deep" / "nuts").name == "nuts"
    assert Project.create(tmp_path / "other", "").name == ""
    assert Project.open(tmp_path / "deep" / "nuts").input == InputSpec()


@pytest.mark.parametrize(
    "name", ["a?b#c%20d&mode=ro", "sp ace", "ü🔩", "new\nline", b"caf\xe9".decode(errors="surrogateescape")]
)
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    try:
        project = Project.create(tmp_path / name)
    except StorageError:
        pytest.skip("this file system does not take such a name")
    assert Project.open(tmp_path / name) == project


def test_the_folders_lie_where_the_design_says(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    assert sorted(path.name for path in project.root.iterdir()) == [
        "bundles",
        "cache",
        "images",
        "project.toml",
        "runs",
    ]
    assert project.catalog_path == project.root / "catalog.sqlite3"
    assert project.cache_dir == project.root / "cache"
    assert project.runs_dir == project.root / "runs"
    assert project.bundles_dir == project.root / "bundles"
    assert project.image_path(SHA) == project.root / "images" / "ab" / f"{SHA}.jpg"
    assert project.image_path(SHA, ".png").name == f"{SHA}.png"


@pytest.mark.parametrize(
    ("sha256", "suffix"),
    [("../../etc/passwd", ".jpg"), (SHA.upper(), ".jpg"), (SHA[:-1], ".jpg"), (SHA, "/../../x"), (SHA, ""), (SHA, ".")],
)
def test_only_a_hash_makes_an_image_path(tmp_path: Path, sha256: str, suffix: str) -> None:
    with pytest.raises(ValueError, match="not the hash"):
        Project(tmp_path, "p").image_path(sha256, suffix)


def test_an_empty_folder_becomes_a_project_and_a_full_one_does_not(tmp_path: Path) -> None:
    Project.create(tmp_path)
    with pytest.raises(ProjectError, match="not an empty folder"):
        Project.create(tmp_path)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ProjectError, match="not an empty folder"):
        Project.create(tmp_path / "file")
    with pytest.raises(StorageError, match="not a folder"):
        Project.create(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


def test_what_is_not_a_project_says_so(tmp_path: Path) -> None:
    (tmp_path / "project.toml").mkdir()
    for root in (tmp_path / "nowhere", tmp_path, tmp_path / "project.toml"):
        with pytest.raises(ProjectError, match=r"is not a project: it has no project\.toml"):
            Project.open(root)


def test_a_newer_format_asks_for_an_upgrade(tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text(f"format_version = {FORMAT_VERSION + 1}\nfuture = [1]\n")
    with pytest.raises(
        ProjectError, match=r"newer version \(format 2\); this one reads up to 1: upgrade edge-transfer"
    ):
        Project.open(tmp_path)


def test_a_damaged_file_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "project.toml").write_text('format_version = 1\nname = "p\n')
    with pytest.raises(ProjectError, match=r"project\.toml is damaged: .*line 2, column 10"):
        Project.open(tmp_path)
    (tmp_path / "project.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ProjectError, match="byte 8 is not text"):
        Project.open(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "format_version = true",
        'format_version = "1"',
        "format_version = 0",
        "format_version = 1",
        'format_version = 1\nname = 3\n[input]\nside = 224\ncrop = "crop"',
        'format_version = 1\nname = "p"\ninput = 3',
        'format_version = 1\nname = "p"\n[input]\nside = 224',
        'format_version = 1\nname = "p"\n[input]\nside = 7\ncrop = "crop"',
        'format_version = 1\nname = "p"\n[input]\nside = 224\ncrop = "zoom"',
        'format_version = 1\nname = "p"\n[input]\nside = 224\ncrop = "crop"\nroi = [0, 0]',
        'format_version = 1\nname = "p"\n[input]\nside = 224\ncrop = "crop"\nroi = [0.5, 0, 0.6, 1]',
        'format_version = 1\nname = "p"\n[input]\nside = inf\ncrop = "crop"',
        "x = " + "[" * 5000,
    ],
)
def test_wrong_values_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "project.toml").write_text(text)
    with pytest.raises(ProjectError, match="is damaged: "):
        Project.open(tmp_path)


def test_a_flipped_byte_ends_in_a_project_or_in_our_error(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", input=InputSpec(roi=(0.0, 0.0, 0.5, 0.5)))
    path = project.root / "project.toml"
    good = path.read_bytes()
    chance = random.Random(1)
    opened = 0
    for _ in range(400):
        data = bytearray(good)
        data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        with contextlib.suppress(EdgeTransferError):
            opened += isinstance(Project.open(project.root), Project)
    assert 0 < opened < 400


def test_the_input_is_saved_in_one_piece(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p", input=InputSpec(roi=(0.0, 0.0, 0.5, 0.5)))
    changed = project.save_input(InputSpec(side=96, crop="squash"))
    assert changed.input == InputSpec(side=96, crop="squash")
    assert Project.open(project.root) == changed
    assert not list(project.root.glob(".tmp-*"))


def test_saving_into_a_project_that_is_gone_says_so(tmp_path: Path) -> None:
    project = Project.create(tmp_path / "p")
    project.root.rename(tmp_path / "moved")
    with pytest.raises(StorageError, match="the folder is gone"):
        project.save_input(InputSpec(side=96))
