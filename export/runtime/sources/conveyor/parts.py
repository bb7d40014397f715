"""Render the metal parts of the simulated conveyor as shaded height maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]

_FINER = 1.5  # drawn larger, then reduced: smooth edges
_METALS = {  # BGR reflectance, gloss 0..1, share of rust
    "zinc": ((0.90, 0.87, 0.83), 0.75, 0.0),
    "steel": ((0.62, 0.61, 0.60), 0.9, 0.0),
    "brass": ((0.36, 0.68, 0.86), 0.8, 0.0),
    "black oxide": ((0.20, 0.19, 0.20), 0.7, 0.0),
    "rusty": ((0.42, 0.47, 0.55), 0.35, 0.55),
    "yellow zinc": ((0.52, 0.78, 0.84), 0.7, 0.1),
}
LOOKS = tuple(_METALS)


@dataclass(frozen=True)
class Sprite:
    """A part and its shadow, ready to lie on a background: `background * through / 255 + colour`."""

    colour: NDArray[np.uint8]
    """(h, w, 3) BGR, already multiplied by its own opacity."""
    through: NDArray[np.uint8]
    """(h, w, 3), how much of the background is left, 0 to 255."""


def draw_part(
    kind: str, look: str, radius_px: float, light: tuple[float, float, float], rng: np.random.Generator
) -> Sprite:
    """Draw a "hex_nut", "washer" or "bolt" of about `radius_px`, turned and tilted at random.

    `light` points from the part to the lamp, length 1, z towards the camera.
    """
    pad = 1.55
    reduced = int(np.ceil(2 * radius_px * pad))
    side = int(reduced * _FINER)
    axis = (np.arange(side, dtype=np.float32) + 0.5) * (2 * pad / side) - pad
    turn, lean, towards = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.3), rng.uniform(0, np.pi)
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    # Leaning shortens one direction a little: undo it before the part's own coordinates are looked up.
    stretch = np.float32(1 / np.cos(lean) - 1)
    along_x, along_y = np.float32(np.cos(towards)), np.float32(np.sin(towards))
    grid_x, grid_y = axis[None, :], axis[:, None]
    share = stretch * (grid_x * along_x + grid_y * along_y)
    x0, y0 = grid_x + share * along_x, grid_y + share * along_y
    x, y = x0 * cos + y0 * sin, y0 * cos - x0 * sin
    edge = np.float32(2.0 * pad / side)
    height, solid, dark, thickness, grain = _SHAPES[kind](
        np.asarray(x, np.float32), np.asarray(y, np.float32), edge, rng
    )
    normal_x, normal_y, normal_z = _normals(height, edge)
    colour = _metal(look, (normal_x, normal_y, normal_z), grain, light, rng)
    colour = np.minimum(colour, 1) * (1 - dark)[..., None]
    shadow = _shadow(solid, thickness, light, edge)
    through = (1 - shadow) * (1 - solid)
    size = (reduced, reduced)
    lit = cv2.resize(np.maximum(colour, 0) * solid[..., None], size, interpolation=cv2.INTER_AREA)
    left = cv2.resize(through, size, interpolation=cv2.INTER_AREA)
    return Sprite(
        np.rint(lit * 255).astype(np.uint8), np.repeat(np.rint(left * 255).astype(np.uint8)[..., None], 3, axis=2)
    )


# Shapes: height map, opacity, darkening, thickness for the shadow, brushed grain

Shape = tuple[Map, Map, Map, float, Map]


def _cover(distance: Map, edge: np.float32) -> Map:
    """Opacity from a signed distance (negative inside), one pixel soft."""
    return np.asarray(np.clip(0.5 - distance / edge, 0, 1), np.float32)


def _hex_nut(x: Map, y: Map, edge: np.float32, rng: np.random.Generator) -> Shape:
    r = np.hypot(x, y)
    outside = _hexagon(x, y) - 0.866
    hole = np.float32(rng.uniform(0.42, 0.52))
    height = 0.55 - 0.55 * np.maximum(r - 0.80, 0) - 0.5 * np.maximum(hole + 0.09 - r, 0)
    height -= 0.6 * np.maximum(outside + 0.03, 0)
    solid = _cover(outside, edge)
    # The hole: threads on its wall, belt in the dark below.
    depth = np.clip((hole - r) / 0.10, 0, 1)
    threads = 0.5 + 0.5 * np.sin((hole - r) * np.float32(2 * np.pi / 0.035))
    dark = np.where(r < hole, 0.45 + 0.45 * depth + 0.1 * threads * (depth < 1), 0).astype(np.float32)
    solid = solid * (1 - 0.2 * _cover(r - hole * 0.78, edge))
    return np.asarray(height, np.float32), solid, dark, 0.34, _brushed(x, rng)


def _hexagon(x: Map, y: Map) -> Map:
    """Distance measure of a regular hexagon: equals its apothem on the outline."""
    a, b = np.float32(0.5), np.float32(np.sqrt(3) / 2)
    ax, ay = np.abs(x), np.abs(y)
    return np.maximum(ay, b * ax + a * ay)


def _washer(x: Map, y: Map, edge: np.float32, rng: np.random.Generator) -> Shape:
    r = np.hypot(x, y)
    hole = np.float32(rng.uniform(0.40, 0.60))
    rim = np.minimum(1 - r, r - hole)
    height = 0.16 - 0.6 * np.maximum(0.06 - rim, 0)
    if rng.random() < 0.3:  # a spring washer has a slit
        slit = np.maximum(np.abs(y + 0.1 * x) - 0.03, -x)
        rim = np.minimum(rim, slit)
    dark = np.zeros_like(r)
    rings = np.sin(r * np.float32(rng.uniform(70, 130))) * 0.5 + _brushed(r, rng)
    return np.asarray(height, np.float32), _cover(-rim, edge), dark, 0.16, np.asarray(rings, np.float32)


def _bolt(x: Map, y: Map, edge: np.float32, rng: np.random.Generator) -> Shape:
    x = x + np.float32(0.08)
    length = np.float32(rng.uniform(0.62, 1.12))
    half, shank = np.float32(rng.uniform(0.36, 0.44)), np.float32(rng.uniform(0.17, 0.21))
    neck, top = np.float32(-0.55), np.float32(-0.95)
    # Head: a hexagonal prism seen from the side, with its chamfered top; three faces show.
    face = half * np.float32(rng.uniform(0.45, 0.6))
    tilted = np.maximum(np.abs(y) - face, 0)
    head_height = 0.42 - 1.3 * tilted - 0.5 * np.maximum(top + 0.09 - x + 0.25 * tilted, 0)
    rounded = 0.35 * np.maximum(np.abs(y) - face, 0)
    head = np.maximum(np.maximum(np.abs(y) - half, x - neck), top + rounded - x)
    # Shank: a cylinder, threaded from somewhere on.
    pitch = np.float32(rng.uniform(0.055, 0.085))
    begin = neck + np.float32(rng.uniform(0.02, 0.45))
    ridge = np.abs(((x + 0.25 * pitch * y / shank) / pitch) % 1 - 0.5) * 2
    threaded = np.clip((x - begin) / 0.02, 0, 1)
    radius = shank - threaded * ridge * 0.035 - np.maximum(x - (length - 0.07), 0) * 0.9
    cylinder = np.sqrt(np.maximum(radius * radius - y * y, 0))
    body = np.maximum(np.abs(y) - radius, np.maximum(x - length, neck - x))
    height = np.where(head < 0, head_height, cylinder).astype(np.float32)
    solid = np.maximum(_cover(head, edge), _cover(body, edge))
    dark = (0.45 * threaded * ridge * (head > 0) + 0.35 * _cover(np.abs(x - neck - 0.01) - 0.015, edge)).astype(
        np.float32
    )
    return height, solid, np.clip(dark, 0, 0.8), 0.34, _brushed(x, rng)


_SHAPES: dict[str, Callable[[Map, Map, np.float32, np.random.Generator], Shape]] = {
    "hex_nut": _hex_nut,
    "washer": _washer,
    "bolt": _bolt,
}


def _brushed(along: Map, rng: np.random.Generator) -> Map:
    """Fine lines that depend on one coordinate only, as from turning or drawing; about -1 to 1."""
    table = rng.standard_normal(512).astype(np.float32)
    return np.asarray(table[(np.abs(along) * 160).astype(np.int32) % 512], np.float32)


# Shading


def _normals(height: Map, edge: np.float32) -> tuple[Map, Map, Map]:
    smooth = cv2.GaussianBlur(height, (0, 0), 1.6)
    slope_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / (8 * float(edge)))
    slope_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / (8 * float(edge)))
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    return -slope_x / length, -slope_y / length, 1 / length


def _metal(
    look: str, normal: tuple[Map, Map, Map], grain: Map, light: tuple[float, float, float], rng: np.random.Generator
) -> Map:
    """What a metal mirrors: a soft lamp, a bright ceiling and a dark room below the horizon (one bounce)."""
    base, gloss, rust = _METALS[look]
    nx, ny, nz = normal
    roughness = np.float32(0.05 * (1.2 - gloss))
    across = np.linspace(-1, 1, nx.shape[0], dtype=np.float32)
    bend = rng.uniform(-0.3, 0.3, 2).astype(np.float32)  # the room, mirrored, is not even
    nx = nx + roughness * grain + np.float32(rng.uniform(-0.1, 0.1)) + bend[0] * across[None, :]
    ny = ny + roughness * grain + np.float32(rng.uniform(-0.1, 0.1)) + bend[1] * across[:, None]
    mirror_x, mirror_y, mirror_z = 2 * nz * nx, 2 * nz * ny, 2 * nz * nz - 1
    towards_lamp = mirror_x * light[0] + mirror_y * light[1] + mirror_z * light[2]
    facing = np.maximum(nx * light[0] + ny * light[1] + nz * light[2], 0)
    lamp = np.maximum(towards_lamp, 0) ** np.float32(6 + 30 * gloss)
    ceiling = 0.5 + 0.5 * np.tanh(3 * (mirror_z - 0.15 + 0.25 * mirror_x * light[0] + 0.25 * mirror_y * light[1]))
    shine = 0.14 + 0.45 * facing + 0.42 * gloss * ceiling + 0.02 * grain
    colour = shine[..., None] * np.asarray(base, np.float32) + (0.55 * gloss * lamp)[..., None]
    if rust:
        spots = _blotches(shine.shape, 26, rng) + 0.4 * _blotches(shine.shape, 7, rng)
        share = np.clip((spots + rust * 1.6 - 0.9) * 2.5, 0, 0.92)[..., None]
        brown = (0.25 + 0.75 * facing * (0.8 + 0.2 * spots))[..., None] * np.asarray((0.12, 0.25, 0.46), np.float32)
        colour = colour * (1 - share) + brown * share
    return np.asarray(colour, np.float32)


def _blotches(shape: tuple[int, ...], size_px: float, rng: np.random.Generator) -> Map:
    """Smooth noise, about -1 to 1, with spots of `size_px`."""
    small = (max(4, int(shape[1] / size_px)), max(4, int(shape[0] / size_px)))
    noise = rng.standard_normal((small[1], small[0])).astype(np.float32)
    return np.asarray(cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)


def _shadow(solid: Map, thickness: float, light: tuple[float, float, float], edge: np.float32) -> Map:
    """A cast shadow on the side away from the lamp, and a narrow dark seam where the part touches the belt."""
    reach = thickness / max(light[2], 0.3) / float(edge)
    shift = np.asarray([[1, 0, -light[0] * reach], [0, 1, -light[1] * reach]], np.float32)
    size = (solid.shape[1], solid.shape[0])
    middle = cv2.warpAffine(solid, shift * np.asarray([[1, 1, 0.5], [1, 1, 0.5]], np.float32), size)
    cast = np.maximum(cv2.warpAffine(solid, shift, size), middle)
    cast = cv2.GaussianBlur(cast, (0, 0), 1.5 + 0.28 * reach)
    seam = cv2.GaussianBlur(solid, (0, 0), 2.5)
    return np.asarray(np.clip(0.55 * cast + 0.35 * seam, 0, 0.82), np.float32)
