"""What every test may use: the shared real data, a cache of its own, small networks, and a small trained project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_transfer.backbones.network import build_network
from edge_transfer.backbones.registry import backbone_named
from edge_transfer.backbones.weights import CACHE_DIR_VARIABLE, WEIGHTS_DIR_VARIABLE
from edge_transfer.dataset.catalog import Catalog
from edge_transfer.dataset.image_store import ensure_class, picture, store
from edge_transfer.dataset.project import Project
from edge_transfer.dataset.quality import measure
from edge_transfer.dataset.records import SessionRow
from edge_transfer.runs.recipe import Recipe
from edge_transfer.runs.run import Run
from export.runtime.events import exhaust
from export.runtime.imaging.images import encode_png
from export.runtime.inference.preprocess import InputSpec

SHARED = Path(__file__).resolve().parents[2] / "shared"
SMALL_BACKBONE = "squeezenet"
SMALL_SIDE = 64
_COLOURS = ((200, 60, 40), (40, 190, 70), (50, 60, 210), (200, 200, 60), (180, 60, 200))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: what is long and begun last leaves one processor idle at the end."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data, weights and videos beside the checkout; tests that need it skip where it is missing."""
    if not (SHARED / "README.md").is_file():
        pytest.skip(f"real data not found at {SHARED}")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The user's cache of weights and graphs, in a temporary folder: no test touches the real one."""
    folder = tmp_path_factory.mktemp("user-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_DIR_VARIABLE, str(folder))
        patch.delenv(WEIGHTS_DIR_VARIABLE, raising=False)
        yield folder


@pytest.fixture(scope="session")
def varied() -> Callable[[int, int], NDArray[np.uint8]]:
    """Pictures (N, 64, 64, 3) of all colours and contrasts, coarse and fine; every seed gives others."""

    def draw(number: int, seed: int = 0) -> NDArray[np.uint8]:
        rng = np.random.default_rng(seed)
        pictures = []
        for _ in range(number):
            picture = np.full((SMALL_SIDE, SMALL_SIDE, 3), rng.uniform(0, 255, 3), np.float32)
            for size in (2, 5, 16, SMALL_SIDE):
                grain = rng.normal(0, rng.uniform(0, 60), (size, size, 3)).astype(np.float32)
                picture += cv2.resize(grain, (SMALL_SIDE, SMALL_SIDE), interpolation=cv2.INTER_CUBIC)
            pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
        return np.stack(pictures)

    return draw


@pytest.fixture(scope="session")
def random_weights(
    tmp_path_factory: pytest.TempPathFactory, varied: Callable[[int, int], NDArray[np.uint8]]
) -> Callable[[str], Path]:
    """Random weights of a backbone, from a fixed seed. Its batch norms know the `varied` pictures: without that a deep
    random network is so ill-conditioned that float32 itself is off by a percent.
    """
    folder = tmp_path_factory.mktemp("weights")

    def weights(name: str) -> Path:
        import torch
        from safetensors.torch import save_file

        from edge_transfer.backbones.classifier import Classifier

        # A folder for each: the first backbone found in a folder is the default, whatever ran before.
        path = folder / name / f"{name}.safetensors"
        if not path.exists():
            path.parent.mkdir()
            with torch.random.fork_rng():
                torch.manual_seed(0)
                backbone = backbone_named(name)
                network = build_network(backbone).eval()
            for module in network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.train()
                    module.momentum = None
            with torch.no_grad():
                Classifier(backbone, network)(torch.from_numpy(varied(24, 0)))
            save_file({key: tensor.contiguous() for key, tensor in network.state_dict().items()}, path)
        return path

    return weights


@pytest.fixture(scope="session")
def scene() -> Callable[[int, int], NDArray[np.uint8]]:
    """A picture (48, 64, 3) BGR of the class with this position; every number gives another one."""

    def draw(position: int, number: int) -> NDArray[np.uint8]:
        rng = np.random.default_rng([position, number])
        base = np.array(_COLOURS[position % len(_COLOURS)], np.float64) * rng.uniform(0.7, 1.1)
        coarse = np.kron(rng.normal(0, 25, (6, 8, 1)), np.ones((8, 8, 1)))
        return np.clip(base + coarse + rng.normal(0, 8, (48, 64, 3)), 0, 255).astype(np.uint8)

    return draw


Record = Callable[..., SessionRow]


@pytest.fixture(scope="session")
def record(scene: Callable[[int, int], NDArray[np.uint8]]) -> Record:
    """Puts a session of `frames` pictures of a class into a project: `record(project, catalog, name, frames, …)`."""

    def put(
        project: Project,
        catalog: Catalog,
        name: str,
        frames: int,
        split: str = "train",
        *,
        kind: str = "recording",
        number: int = 0,
        session: SessionRow | None = None,
    ) -> SessionRow:
        label = ensure_class(catalog, name)
        if session is None:
            number += 1000 * len(catalog.samples())
            session = catalog.begin_session(kind, f"scene {number}", split, label.id)
        first = session.samples
        images = [scene(label.position, number + first + k) for k in range(frames)]
        pictures = [
            picture(encode_png(image), ".png", (64, 48), measure(image), class_id=label.id, position=first + k)
            for k, image in enumerate(images)
        ]
        assert store(project, catalog, session.id, pictures).added == frames
        return next(row for row in catalog.sessions() if row.id == session.id)

    return put


@pytest.fixture(scope="session")
def small_recipe() -> Recipe:
    return Recipe(backbone=SMALL_BACKBONE)


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    record: Record,
    random_weights: Callable[[str], Path],
    small_recipe: Recipe,
) -> tuple[Project, Run]:
    """A project of three classes, two training sessions and a test session each, and its run. Not to be changed."""
    from edge_transfer.training.train import train

    project = Project.create(tmp_path_factory.mktemp("trained") / "nuts", input=InputSpec(SMALL_SIDE))
    with Catalog.open(project) as catalog:
        for split, frames in (("train", 12), ("train", 10), ("test", 7)):
            for name in ("hex nut", "Schraube <b>", "empty"):
                record(project, catalog, name, frames, split)
        run = exhaust(train(project, catalog, small_recipe, random_weights(SMALL_BACKBONE)))
    return project, run


@pytest.fixture
def copied(trained: tuple[Project, Run], tmp_path: Path) -> tuple[Project, Run]:
    """The trained project, to be changed at will; not evaluated, though a test that exported it may have run before."""
    shutil.copytree(trained[0].root, tmp_path / "copy", ignore=shutil.ignore_patterns("evaluation-*.json"))
    return Project.open(tmp_path / "copy"), trained[1]


@pytest.fixture
def foreign_modules(tmp_path: Path) -> Path:
    """A folder with a package `export` and a module `gui` that are not ours and raise ImportError when imported."""
    folder = tmp_path / "foreign"
    (folder / "export").mkdir(parents=True)
    for path in (folder / "export" / "__init__.py", folder / "gui.py"):
        path.write_text("raise ImportError(f'foreign {__file__}')\n", "utf-8")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a RAM disk of a size such as "256k"; skips where that needs more rights than the test has."""
    mounted: list[Path] = []

    def mount(size: str) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        if sys.platform != "linux":
            pytest.skip("a small disk is mounted on Linux only")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False, capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"cannot mount a small disk: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)
