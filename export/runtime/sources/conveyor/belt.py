"""One capture session of the simulated conveyor: belt, lighting and camera, rendered frame by frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .parts import LOOKS, Sprite, draw_part

Image = NDArray[np.uint8]

PARTS = ("hex_nut", "washer", "bolt")
_BELTS = {  # BGR, strength of the weave, of the stains
    "rubber": ((62, 60, 58), 0.07, 0.06),
    "green": ((88, 118, 66), 0.04, 0.04),
    "blue": ((128, 88, 50), 0.03, 0.025),
    "canvas": ((112, 138, 150), 0.10, 0.035),
    "grey": ((128, 126, 121), 0.04, 0.03),
}
_MOST_SPRITES = 12
_NOISE_MARGIN_PX = 64


class BeltSession:
    """Everything that a seed fixes for one capture session; `draw` is a pure function of the seed and its arguments.

    Lengths are in "units": 1/480 of the frame's height.
    """

    def __init__(self, seed: int, width: int, height: int, light: float | None = None) -> None:
        rng = np.random.default_rng([seed, 1])
        self._seed, self._width, self._height = seed, width, height
        self._unit = height / 480
        self.belt_per_s = float(rng.uniform(170, 290))
        azimuth, elevation = rng.uniform(0, 2 * np.pi), rng.uniform(0.75, 1.2)
        self._lamp = (
            float(np.cos(azimuth) * np.cos(elevation)),
            float(np.sin(azimuth) * np.cos(elevation)),
            float(np.sin(elevation)),
        )
        level = float(np.exp(rng.uniform(np.log(0.45), np.log(1.3))))
        self._level = level if light is None else light
        self._warmth = float(rng.uniform(-0.16, 0.2))
        self._belt_kind = str(rng.choice(sorted(_BELTS)))
        # Nobody sorts black parts on a black belt.
        looks = [look for look in LOOKS if (look, self._belt_kind) != ("black oxide", "rubber")]
        self._looks = [looks[i] for i in rng.permutation(len(looks))[:3]]
        self._to_camera, self.scene_width, self.scene_height = self._camera(rng)
        self._strip = self._belt(rng)
        self._rails = self._side_rails(rng)
        self._gain, self._gain_scale = self._lighting(rng)
        self._sigma = float(rng.choice([0.0, 0.6, 0.9, 1.3])) * self._unit
        self._motion = max(1, round(float(rng.uniform(1, 5)) * self._unit))
        strength = float(rng.uniform(1.5, 4.0) + 3.0 * max(0.0, 1 - self._level))
        size = (height + _NOISE_MARGIN_PX, width + _NOISE_MARGIN_PX, 3)
        self._noise = np.clip(128 + strength * rng.standard_normal(size, np.float32), 0, 255).astype(np.uint8)
        self._sprites: dict[tuple[int, str], Sprite] = {}

    def draw(self, index: int, shift: float, parts: list[tuple[int, str, float, float]]) -> Image:
        """Frame `index` as (H, W, 3) uint8 BGR, with the belt moved on by `shift` units.

        `parts`: number (fixes its looks), kind, and where its centre lies in units from the middle of the scene.
        """
        rng = np.random.default_rng([self._seed, 2, index])
        start = round(shift * self._unit) % (self._strip.shape[1] - self.scene_width)
        # The belt runs to the right: what is seen moves to the left in the strip.
        left = self._strip.shape[1] - self.scene_width - start
        scene = self._strip[:, left : left + self.scene_width].copy()
        for number, kind, x, y in parts:
            sprite = self._sprite(number, kind)
            _lay(scene, sprite, self.scene_width / 2 + x * self._unit, self.scene_height / 2 + y * self._unit)
        if self._motion > 1:
            scene = np.asarray(cv2.blur(scene, (self._motion, 1)), np.uint8)
        rails = len(self._rails)
        if rails:
            scene[:rails], scene[-rails:] = self._rails, self._rails[::-1]
        jolt = np.eye(3)
        jolt[:2, 2] = rng.normal(0, 0.35 * self._unit, 2)
        image = cv2.warpPerspective(scene, jolt @ self._to_camera, (self._width, self._height))
        flicker = self._gain_scale * float(rng.normal(1, 0.008))
        image = cv2.multiply(image, self._gain, scale=flicker)
        if self._sigma:
            image = cv2.GaussianBlur(image, (0, 0), self._sigma)
        top, left = rng.integers(0, _NOISE_MARGIN_PX, 2)
        noise = self._noise[top : top + self._height, left : left + self._width]
        return np.asarray(cv2.addWeighted(image, 1, noise, 1, -128), np.uint8)

    def _sprite(self, number: int, kind: str) -> Sprite:
        """A part's picture; the last few are kept. A cache around the method would tie the session to itself, and its
        megabytes would stay until Python looks for such rings."""
        sprite = self._sprites.get((number, kind))
        if sprite is None:
            if len(self._sprites) == _MOST_SPRITES:
                del self._sprites[next(iter(self._sprites))]
            sprite = self._sprites[number, kind] = self._draw_sprite(number, kind)
        return sprite

    def _draw_sprite(self, number: int, kind: str) -> Sprite:
        rng = np.random.default_rng([self._seed, 3, number])
        look = self._looks[int(rng.integers(len(self._looks)))]
        radius = float(rng.uniform(85, 122) if kind == "bolt" else rng.uniform(56, 92))
        return draw_part(kind, look, radius * self._unit, self._lamp, rng)

    def _camera(self, rng: np.random.Generator) -> tuple[NDArray[np.float64], int, int]:
        """Perspective from scene to frame: zoom, turn and tilt; the scene is just large enough to fill the frame."""
        w, h = self._width, self._height
        zoom, turn = rng.uniform(0.88, 1.15), rng.uniform(-0.16, 0.16)
        narrow, slant = rng.uniform(-0.12, 0.12), rng.uniform(-0.05, 0.05)
        corners = np.asarray([[-w, -h], [w, -h], [w, h], [-w, h]], np.float64) / 2 / zoom
        corners[:, 0] *= 1 + narrow * np.sign(corners[:, 1])
        corners[:, 1] *= 1 + slant * np.sign(corners[:, 0])
        cos, sin = np.cos(turn), np.sin(turn)
        corners = corners @ np.asarray([[cos, sin], [-sin, cos]])
        reach = np.ceil(np.abs(corners).max(axis=0)) + 3 * self._unit
        corners += reach
        frame = np.asarray([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), frame)
        return np.asarray(matrix, np.float64), int(2 * reach[0]), int(2 * reach[1])

    def _belt(self, rng: np.random.Generator) -> Image:
        """A closed belt, unrolled: its start is repeated at its end."""
        base, weave, stains = _BELTS[self._belt_kind]
        length, height, unit = int(2400 * self._unit), self.scene_height, self._unit
        tone = rng.standard_normal((height, length), np.float32) * weave
        tone += _smooth(rng, height, length, 3 * unit) * weave * 0.8
        tone += _smooth(rng, height, length, 45 * unit) * stains
        y, x = np.mgrid[0:height, 0:length].astype(np.float32) / np.float32(unit)
        pattern = int(rng.integers(3))
        period = 2400 / int(rng.integers(180, 320))  # a whole number of periods: no seam
        if pattern == 0:
            tone += weave * np.sin(2 * np.pi * (x + y) / period) * 0.7
        elif pattern == 1:
            tone += weave * np.sin(2 * np.pi * x / period) * np.sin(2 * np.pi * y / period) * 1.2
        else:  # cross grooves
            groove = 2400 / int(rng.integers(9, 16))
            tone -= 0.30 * np.exp(-((((x % groove) - groove / 2) / 2.2) ** 2))
        drawn = np.zeros((height, length), np.uint8)
        for _ in range(int(rng.integers(15, 70))):  # scratches, dirt and oil
            at = rng.uniform([0, 0], [length, height])
            if rng.random() < 0.6:
                to = at + rng.normal(0, [60 * unit, 9 * unit])
                cv2.line(drawn, _point(at), _point(to), int(rng.integers(90, 220)), max(1, round(unit)), cv2.LINE_AA)
            else:
                axes = (rng.uniform(1.5, 11, 2) * unit).astype(int) + 1
                angle = float(rng.uniform(0, 180))
                level = int(rng.integers(90, 200))
                cv2.ellipse(drawn, _point(at), _point(axes), angle, 0, 360, level, -1, cv2.LINE_AA)
        drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.6 * unit), np.uint8)
        tone -= drawn.astype(np.float32) / 255 * float(rng.choice([-0.35, 0.45, 0.7]))
        colour = np.asarray(base, np.float32) * (1 + tone[..., None])
        belt = np.clip(colour, 0, 255).astype(np.uint8)
        repeats = 1 + -(-self.scene_width // length)
        return np.ascontiguousarray(np.concatenate([belt] * repeats, axis=1)[:, : length + self.scene_width])

    def _side_rails(self, rng: np.random.Generator) -> Image:
        """The aluminium profile along the belt's upper edge (mirrored for the lower one); empty in some sessions."""
        if rng.random() < 0.4:
            return np.zeros((0, self.scene_width, 3), np.uint8)
        thick = int(rng.uniform(0.05, 0.11) * self.scene_height)
        across = np.linspace(0, 1, thick, dtype=np.float32)[:, None]
        shade = 165 + 25 * np.sin(across * 9) - 90 * (across > 0.9) - 60 * (np.abs(across - 0.45) < 0.05)
        lines = _smooth(rng, thick, self.scene_width, 1.2) * 5 + rng.normal(0, 5, (thick, 1)).astype(np.float32)
        grey = np.clip(shade + lines, 0, 255)
        return np.repeat(grey[..., None], 3, axis=2).astype(np.uint8)

    def _lighting(self, rng: np.random.Generator) -> tuple[Image, float]:
        """Gain by pixel and channel, as uint8 and the scale to multiply with."""
        y, x = np.mgrid[-1 : 1 : self._height * 1j, -1 : 1 : self._width * 1j].astype(np.float32)
        slope = float(rng.uniform(0.05, 0.35))
        gain = 1 + slope * (x * np.float32(self._lamp[0]) + y * np.float32(self._lamp[1]))
        gain -= float(rng.uniform(0.05, 0.25)) * (x * x + y * y) / 2
        at = rng.uniform(-0.8, 0.8, 2).astype(np.float32)
        gain += float(rng.uniform(0, 0.3)) * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.3)
        tint = np.asarray([1 - self._warmth, 1 + 0.03 * self._warmth, 1 + self._warmth], np.float32)
        gains = np.maximum(gain * self._level, 0.02)[..., None] * tint
        scale = float(gains.max()) / 255
        return np.rint(gains / scale).astype(np.uint8), scale


def _lay(scene: Image, sprite: Sprite, x: float, y: float) -> None:
    h, w = sprite.colour.shape[:2]
    left, top = round(x - w / 2), round(y - h / 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(scene.shape[1], left + w), min(scene.shape[0], top + h)
    if x0 >= x1 or y0 >= y1:
        return
    region = scene[y0:y1, x0:x1]
    inside = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    dimmed = cv2.multiply(region, sprite.through[inside], scale=1 / 255)
    region[:] = cv2.add(dimmed, sprite.colour[inside])


def _smooth(rng: np.random.Generator, height: int, length: int, size_px: float) -> NDArray[np.float32]:
    """Noise with spots of `size_px`, about -1 to 1, that joins up with itself from right to left."""
    rows, columns = max(2, int(height / size_px)), max(2, int(length / size_px))
    small = rng.standard_normal((rows, columns), np.float32)
    small = np.concatenate([small[:, -2:], small, small[:, :2]], axis=1)
    wide = round(length * (columns + 4) / columns)
    large = cv2.resize(small, (wide, height), interpolation=cv2.INTER_CUBIC)
    start = (wide - length) // 2
    return np.asarray(large[:, start : start + length], np.float32)


def _point(pair: NDArray[np.generic]) -> tuple[int, int]:
    return int(pair[0]), int(pair[1])
