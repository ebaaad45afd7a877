"""What an upload is, told from its first bytes, and how much work it asks of a decoder, told without decoding it."""

from __future__ import annotations

import re

# A longer animation is no photo; only the first frame would be used, but skipping to it is not what one waits for.
MAX_FRAMES = 1000
# A progressive photo has about ten scans. Thousands of empty ones make libjpeg go over all pixels thousands of times
# (https://libjpeg-turbo.org/pmwiki/uploads/About/TwoIssueswiththeJPEGStandard.pdf).
MAX_JPEG_SCANS = 100

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # Neither a stuffed zero nor a restart mark (ITU-T T.81, B.1.1.2).
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA


def container_of(data: bytes) -> str | None:
    """The Pillow name of the format that the first bytes announce; None for all that is not accepted.

    What a browser or an extension says about a file is not looked at: it is the content that gets decoded.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "HEIF"
    return None


def jpeg_scan_count(data: bytes) -> int:
    """Scans up to the end of the first image; stops counting above MAX_JPEG_SCANS."""
    at_most = data.count(b"\xff\xda")
    if at_most <= MAX_JPEG_SCANS:
        return at_most  # Good enough, and cheap.
    scans, position = 0, 2
    while scans <= MAX_JPEG_SCANS and (found := _MARKER.search(data, position)):
        marker, position = data[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        if marker == _START_OF_SCAN:
            scans += 1
        position += int.from_bytes(data[position : position + 2], "big")
    return scans


def gif_frame_count(data: bytes) -> int:
    """Frames of a GIF (GIF89a specification, sections 17 to 26); stops counting above MAX_FRAMES.

    Pillow's own `n_frames` would build an object per frame: seconds for a file made to that end.
    """
    frames, position = 0, 13 + _colour_table_size(data[10:11])
    while frames <= MAX_FRAMES and position < len(data):
        introducer = data[position]
        if introducer == 0x21:  # Extension: label, then sub-blocks.
            position = _after_sub_blocks(data, position + 2)
        elif introducer == 0x2C:  # Image descriptor, local colour table, LZW minimum code size, sub-blocks.
            frames += 1
            position = _after_sub_blocks(data, position + 11 + _colour_table_size(data[position + 9 : position + 10]))
        else:
            break
    return frames


def _colour_table_size(flags: bytes) -> int:
    if not flags or not flags[0] & 0x80:
        return 0
    return 3 << ((flags[0] & 0x07) + 1)


def _after_sub_blocks(data: bytes, position: int) -> int:
    while position < len(data) and data[position]:
        position += data[position] + 1
    return position + 1
