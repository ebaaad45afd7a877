"""The measurements of `bench recognition` that need no service: from a JPEG to a vector, and vectors in a second."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
from PIL import Image
from tqdm import tqdm

from animal.bench.results import Results
from animal.demo.animals import bundled_animals
from animal.images.selectors import master_decoded
from animal.recognition.providers import get_embedder

PHOTO_SIZE = (1600, 1200)
ONE_PHOTO_P95_BAR_MS = 90
PHOTOS_PER_SECOND_FLOOR = 24
THREADS = 2
MICRO_BATCH = 4
DIFFERENT_PHOTOS = 8
WARM_UP = 4


def photos(count: int) -> list[bytes]:
    """JPEGs of demo animals with the noise of a sensor, so that decoding costs what it costs with a camera's."""
    random = np.random.default_rng(3)
    files = []
    for animal in bundled_animals()[:DIFFERENT_PHOTOS]:
        with Image.open(animal.second_photo) as photo:
            large = photo.convert("RGB").resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
        noise = random.normal(0, 5, size=(PHOTO_SIZE[1], PHOTO_SIZE[0], 1)).astype(np.int16)
        noisy = np.clip(np.asarray(large, np.int16) + noise, 0, 255).astype(np.uint8)
        buffer = BytesIO()
        Image.fromarray(noisy).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return [files[number % len(files)] for number in range(count)]


def measure_one_core(count: int) -> Results:
    """One photo after the other; the caller keeps this process to one core."""
    embedder, times, processor = get_embedder(), [], []
    for content in tqdm(photos(count + WARM_UP), desc="one core", unit="photo", disable=None):
        wall, cpu = time.perf_counter(), time.process_time()
        embedder.read([master_decoded(content)])
        times.append((time.perf_counter() - wall) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    results = Results("recognition", "")
    results.add_percentiles("one photo, decode to vector", times[WARM_UP:], "ms", p95_bar=ONE_PHOTO_P95_BAR_MS)
    # Hardly depends on what else the machine does.
    results.add("processor time of it, p95", float(np.percentile(processor[WARM_UP:], 95)), "ms")
    return results


def measure_throughput(count: int) -> Results:
    """Decoded photos to vectors by two threads, a micro-batch each; the caller keeps this process to two cores."""
    embedder = get_embedder()
    images = [master_decoded(content) for content in photos(count)]
    batches = [images[start : start + MICRO_BATCH] for start in range(0, len(images), MICRO_BATCH)]
    embedder.read(batches[0])
    cpu, started = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in tqdm(
            pool.map(embedder.read, batches), total=len(batches), desc="two cores", unit="batch", disable=None
        ):
            pass
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    results = Results("recognition", "")
    note = f"{THREADS} threads, {MICRO_BATCH} photos a call; {cpu / len(images) * 1000:.0f} ms processor time a photo"
    results.add(
        "photos per second, memory to vector, two cores",
        len(images) / seconds,
        "",
        floor=PHOTOS_PER_SECOND_FLOOR,
        note=note,
    )
    return results
