"""The icons of the installed app, drawn from `icon.svg`: home screens take no SVG.

`manage.py app_icons` draws them anew; they lie beside it, under the same licence.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

FOLDER = Path(__file__).parent / "static" / "web"
SOURCE = FOLDER / "icon.svg"
# Name: side in pixels, and how much of it the drawing takes. Below 1 the ground fills the whole square: phones cut a
# maskable icon to a shape that leaves the middle 80 % (https://www.w3.org/TR/appmanifest/#icon-masks).
ICONS = {
    "icon-192.png": (192, 1.0),
    "icon-512.png": (512, 1.0),
    "icon-maskable-512.png": (512, 0.86),
    "apple-touch-icon.png": (180, 0.94),
}
FINENESS = 4  # Drawn larger and made smaller, which smooths the edges.
_SVG = "{http://www.w3.org/2000/svg}"


def icon_drawn(side: int, share: float) -> Image.Image:
    """`icon.svg` consists of a rounded ground and ellipses, and that is what this understands."""
    root = ElementTree.parse(SOURCE).getroot()  # noqa: S314  Our own file.
    view = float(root.attrib["viewBox"].split()[2])
    large = side * FINENESS
    scale, edge = large * share / view, large * (1 - share) / 2
    ground, paw = next(root.iter(f"{_SVG}rect")), next(root.iter(f"{_SVG}g"))
    picture = Image.new("RGBA", (large, large), ground.attrib["fill"] if share < 1 else (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    if share == 1:
        draw.rounded_rectangle((0, 0, large - 1, large - 1), float(ground.attrib["rx"]) * scale, ground.attrib["fill"])
    for ellipse in paw.iter(f"{_SVG}ellipse"):
        x, y, rx, ry = (float(ellipse.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
        box = ((x - rx) * scale + edge, (y - ry) * scale + edge, (x + rx) * scale + edge, (y + ry) * scale + edge)
        draw.ellipse(box, paw.attrib["fill"])
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def icons_write() -> list[Path]:
    written = []
    for name, (side, share) in ICONS.items():
        drawn = icon_drawn(side, share)
        # Two colours and what lies between them; without corners that are clear nothing is.
        few = drawn.quantize(32, Image.Quantize.FASTOCTREE) if share == 1 else drawn.convert("RGB").quantize(32)
        few.save(FOLDER / name, optimize=True)
        written.append(FOLDER / name)
    return written
