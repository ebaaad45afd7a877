"""The recogniser of PawGle as a Gradio app, for a Hugging Face Space or any machine of one's own.

`/extract_features_api` and `/classify_image` take a photo; their answers are described in
`animal/recognition/space_answer.py` of the project, which is the side that reads them.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import OrderedDict
from pathlib import Path

import gradio as gr
from PIL import Image, ImageOps

from animal.recognition.embedder import OnnxEmbedder, PhotoReading
from animal.recognition.errors import ModelUnavailable

MAX_PHOTO = "20mb"
MAX_PIXELS = 64_000_000
READINGS_KEPT = 16

log = logging.getLogger(__name__)
embedder = OnnxEmbedder()
_Read = tuple[list[float], PhotoReading]
# Whoever asks for the features asks for the classification next: a photo is looked at once for both.
_read: OrderedDict[str, _Read] = OrderedDict()


def read(path: str) -> _Read:
    """Features and reading of the photo in a file. Raises OSError or ValueError for what is no photo."""
    key = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    known = _read.get(key)
    if known is None:
        with Image.open(path, formats=["JPEG", "PNG", "WEBP"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("The photo has too many pixels.")
            picture = ImageOps.exif_transpose(image).convert("RGB")
        reading = embedder.read([picture])[0]
        # Without an animal the features are those of the whole picture, and `animals` says so.
        vector = embedder.embed([picture])[0] if reading.vector is None else reading.vector
        known = _read[key] = ([float(part) for part in vector], reading)
        while len(_read) > READINGS_KEPT:
            _read.popitem(last=False)
    return known


def extract_features_api(path: str | None) -> str:
    """JSON: {success, message or error, features, feature_length, version, animals, box}."""
    try:
        features, reading = read(path or "")
    except (OSError, ValueError, Image.DecompressionBombError):
        return json.dumps({"success": False, "error": "This is no photo that can be read.", "features": []})
    except ModelUnavailable as error:
        log.error("%s", error)
        return json.dumps({"success": False, "error": "The model cannot be loaded.", "features": []})
    answer = {
        "success": True,
        "message": "Features extracted.",
        "features": features,
        "feature_length": len(features),
        "version": embedder.version,
        "animals": reading.animals,
        "box": None if reading.box is None else [float(edge) for edge in reading.box],
    }
    return json.dumps(answer)


def classify_image(path: str | None) -> str:
    """Lines `Prediction: <species>`, `Confidence: <n> %`, and up to three of `Breed: <name> (<n> %)`."""
    try:
        _, reading = read(path or "")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise gr.Error("This is no photo that can be read.") from error
    except ModelUnavailable as error:
        log.error("%s", error)
        raise gr.Error("The model cannot be loaded.") from error
    lines = [
        f"Prediction: {reading.species.capitalize() or 'Unknown'}",
        f"Confidence: {100 * reading.species_score:.2f} %",
        *(f"Breed: {breed.label} ({100 * breed.score:.2f} %)" for breed in reading.breeds),
    ]
    return "\n".join(lines)


# A photo that somebody sent is deleted again within minutes.
with gr.Blocks(title="PawGle recognition", analytics_enabled=False, delete_cache=(60, 300)) as app:
    gr.Markdown(f"# PawGle recognition\nA photo of a pet becomes 512 numbers. Model `{embedder.version}`.")
    photo = gr.File(label="Photo", type="filepath", file_types=["image"])
    with gr.Row():
        extract, classify = gr.Button("Features"), gr.Button("Species and breed")
    result = gr.Textbox(label="Answer", lines=6)
    # Two at once, as the model holds: more would only wait inside it.
    shared = {"inputs": photo, "outputs": result, "concurrency_id": "model", "concurrency_limit": 2}
    extract.click(extract_features_api, api_name="extract_features_api", **shared)
    classify.click(classify_image, api_name="classify_image", **shared)

app.queue(max_size=32)

if __name__ == "__main__":
    embedder.read([])  # Loads the model now, and stops here when it cannot.
    app.launch(max_file_size=MAX_PHOTO, ssr_mode=False)
