"""Spoils pictures the way real photos differ: cut, angle, mirror, light, blur, few pixels, JPEG, things in front.

Whole batches at once where that is cheap. Every draw comes from one generator, so a seed gives the same pictures again.
"""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

ZOOM = (0.8, 1.2)
MAX_ANGLE = math.radians(15)
MAX_SHIFT = 0.16  # In half widths of the picture.
MAX_STRETCH = 0.15
BLUR_CHANCE = 0.15
FEW_PIXELS_CHANCE = 0.15
JPEG_CHANCE = 0.18
OCCLUSION_CHANCE = 0.35
BLUR_RADIUS = 4


class Draws:
    """Uniform random numbers, one for each picture of a batch."""

    def __init__(self, count: int, generator: torch.Generator) -> None:
        self.count = count
        self.generator = generator

    def between(self, low: float, high: float, *shape: int) -> Any:
        """[count, *shape]"""
        return torch.rand(self.count, *shape, generator=self.generator) * (high - low) + low

    def one(self) -> float:
        return float(torch.rand((), generator=self.generator))


def augment(pixels: NDArray[np.uint8], generator: torch.Generator) -> Any:
    """[n,side,side,3] uint8 to [n,3,side,side] as the network is fed: (RGB - 127) / 128."""
    draws = Draws(len(pixels), generator)
    images = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float()
    images = _light(_moved(images, draws), draws)
    return network_input(torch.stack([_degraded(image, draws) for image in images]))


def network_input(images: Any) -> Any:
    """Colours 0..255 to what the network expects."""
    return ((images - 127.0) / 128.0).contiguous(memory_format=torch.channels_last)


def _moved(images: Any, draws: Draws) -> Any:
    """Zoomed, turned, stretched, shifted and mirrored; beyond the edge the picture is reflected."""
    zoom = torch.exp(draws.between(math.log(ZOOM[0]), math.log(ZOOM[1])))
    stretch = torch.exp(draws.between(-MAX_STRETCH, MAX_STRETCH)).sqrt()
    angle = draws.between(-MAX_ANGLE, MAX_ANGLE)
    mirror = torch.where(draws.between(0, 1) < 0.5, -1.0, 1.0)
    matrix = torch.zeros(draws.count, 2, 3)
    matrix[:, 0, 0] = angle.cos() * zoom * stretch * mirror
    matrix[:, 0, 1] = -angle.sin() * zoom * stretch
    matrix[:, 1, 0] = angle.sin() * zoom / stretch * mirror
    matrix[:, 1, 1] = angle.cos() * zoom / stretch
    matrix[:, :, 2] = draws.between(-MAX_SHIFT, MAX_SHIFT, 2)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _light(images: Any, draws: Draws) -> Any:
    """Exposure, contrast, saturation and the colour of the light."""
    images = (images / 255).clamp(1e-4, 1) ** torch.exp(draws.between(-0.4, 0.4, 1, 1, 1))
    mean = images.mean((1, 2, 3), keepdim=True)
    contrast, exposure = draws.between(-0.35, 0.35, 1, 1, 1).exp(), draws.between(-0.3, 0.3, 1, 1, 1).exp()
    images = (images - mean) * contrast + mean * exposure
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * draws.between(0.5, 1.4, 1, 1, 1)
    images = images * draws.between(-0.15, 0.15, 3, 1, 1).exp()
    return images.clamp(0, 1) * 255


def _degraded(image: Any, draws: Draws) -> Any:
    """What a bad camera and a messenger do to one picture [3,side,side]."""
    chance = draws.one()
    if chance < BLUR_CHANCE:
        image = _blurred(image, 0.6 + 1.6 * draws.one())
    elif chance < BLUR_CHANCE + FEW_PIXELS_CHANCE:
        image = _with_few_pixels(image, 0.25 + 0.5 * draws.one())
    if draws.one() < JPEG_CHANCE:
        image = _as_jpeg(image, int(20 + 60 * draws.one()))
    if draws.one() < OCCLUSION_CHANCE:
        image = _occluded(image, draws)
    return image


def _blurred(image: Any, deviation: float) -> Any:
    offsets = torch.arange(-BLUR_RADIUS, BLUR_RADIUS + 1).float()
    kernel = torch.exp(-(offsets**2) / (2 * deviation**2))
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    padded = functional.pad(image[None], [BLUR_RADIUS] * 4, "reflect")
    across = functional.conv2d(padded, kernel, groups=3)
    return functional.conv2d(across, kernel.transpose(2, 3), groups=3)[0]


def _with_few_pixels(image: Any, part: float) -> Any:
    side = max(8, int(image.shape[-1] * part))
    small = functional.interpolate(image[None], size=(side, side), mode="bilinear", antialias=True)
    return functional.interpolate(small, size=image.shape[-2:], mode="bilinear")[0]


def _as_jpeg(image: Any, quality: int) -> Any:
    stream = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).clamp(0, 255).byte().numpy()).save(stream, "JPEG", quality=quality)
    return torch.from_numpy(np.array(Image.open(stream))).permute(2, 0, 1).float()


def _occluded(image: Any, draws: Draws) -> Any:
    """A rectangle of one colour in front of 2 to 15 % of the picture."""
    side = image.shape[-1]
    area, ratio = (0.02 + 0.13 * draws.one()) * side**2, math.exp((draws.one() - 0.5) * 1.6)
    height, width = (min(side - 1, int(math.sqrt(value))) for value in (area * ratio, area / ratio))
    top, left = int(draws.one() * (side - height)), int(draws.one() * (side - width))
    image = image.clone()
    image[:, top : top + height, left : left + width] = torch.rand(3, 1, 1, generator=draws.generator) * 255
    return image
