"""Fits weights/calibration.json: ``python -m animal.recognition.fit_calibration PHOTOS_DIR MODEL_CACHE_DIR OUT.json``.

PHOTOS_DIR is the folder that the projection was fitted on; only the animals held out there are read, through the
whole pipeline, in the protocol of evaluation.py. The wrong pairs are weighted down to those of a gallery of GALLERY
animals, about what a found report meets within 50 km: with more animals to choose from, more of the pairs of one score
are wrong.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from animal.recognition.convert import write_atomically
from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.evaluation import Reunion, find_photos, notified, read_photos, reunite
from animal.recognition.fit_projection import is_held_out

GALLERY = 25
# The chance of being right at a score, and the similarity that is to mean it.
MEANINGS = ((0.1, 0.3), (0.5, 0.6), (0.9, 0.8))
REGISTERED_PET_CHANCE = 0.9


def logistic(
    cosines: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], *, steps: int = 50
) -> tuple[float, float]:
    """(slope, middle) of P(right | cosine) = 1 / (1 + exp(-slope (cosine - middle))), by Newton's method."""
    design = np.stack([cosines, np.ones_like(cosines)], axis=1)
    solution = np.zeros(2)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-design @ solution))
        curvature = weights * np.maximum(chance * (1 - chance), 1e-9)
        hessian = (design * curvature[:, None]).T @ design + 1e-9 * np.eye(2)
        solution = solution + np.linalg.solve(hessian, design.T @ (weights * (right - chance)))
    return float(solution[0]), float(-solution[1] / solution[0])


def chance_curve(reunion: Reunion, gallery: int = GALLERY) -> tuple[float, float]:
    """(slope, middle) of the chance that a pair is right, as it would be among ``gallery`` animals."""
    seen = reunion.cosines > -1
    right = reunion.right_pairs()
    wrong_weight = min(1.0, (gallery - 1) / (len(reunion.animals) - 1))
    weights = np.where(right, 1.0, wrong_weight)
    return logistic(reunion.cosines[seen], right[seen], weights[seen])


def cosine_at(chance: float, slope: float, middle: float) -> float:
    return middle + float(np.log(chance / (1 - chance))) / slope


def knots(slope: float, middle: float) -> tuple[list[float], list[float]]:
    """Cosines and the similarities they stand for: 0 and 1 at the ends, MEANINGS between them."""
    inner = [(cosine_at(chance, slope, middle), similarity) for chance, similarity in MEANINGS]
    points = [(0.0, 0.0), *inner, (1.0, 1.0)]
    return [round(cosine, 4) for cosine, _ in points], [similarity for _, similarity in points]


def summary(reunion: Reunion, cosines: list[float], similarities: list[float]) -> str:
    """How the held-out animals fare among all of them, which is a larger gallery than the one meant."""
    lines = [
        f"{reunion.reports} reports, {len(reunion.animals)} animals: true one first {reunion.among_first(1):.1%}, "
        f"among first five {reunion.among_first(5):.1%}"
    ]
    for _, similarity in MEANINGS:
        result = notified(reunion, cosines[similarities.index(similarity)])
        lines.append(f"at {similarity}: {result.right} right pairs, {result.wrong} wrong")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if len(arguments) != 3:
        sys.stderr.write("usage: python -m animal.recognition.fit_calibration PHOTOS_DIR MODEL_CACHE_DIR OUT.json\n")
        return 2
    photos_dir, cache_dir, target = (Path(argument) for argument in arguments)
    photos = [(animal, path) for animal, path in find_photos(photos_dir) if is_held_out(animal)]
    embedder = OnnxEmbedder(cache_dir)
    reunion = reunite(list(tqdm(read_photos(photos, embedder), total=len(photos), unit="photo")))
    slope, middle = chance_curve(reunion)
    cosines, similarities = knots(slope, middle)
    values = {
        "embedder": embedder.version,
        "cosines": cosines,
        "similarities": similarities,
        "registered_pet_threshold": dict(MEANINGS)[REGISTERED_PET_CHANCE],
        "fitted_on": {
            "animals": len(reunion.animals),
            "reports": reunion.reports,
            "gallery": GALLERY,
            "slope": round(slope, 3),
            "middle": round(middle, 4),
        },
    }
    content = (json.dumps(values, indent=2) + "\n").encode()
    write_atomically(target, content)
    sys.stdout.write(f"{summary(reunion, cosines, similarities)}\nSHA-256 {hashlib.sha256(content).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
