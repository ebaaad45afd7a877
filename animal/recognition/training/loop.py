"""The training itself: steps, averaging, measuring on the validation animals, early stopping, checkpoints."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from tqdm import tqdm

from animal.recognition.efficientnet import Weights
from animal.recognition.measuring.metrics import count_pairs_within, identify, roc_of
from animal.recognition.training import checkpoints
from animal.recognition.training.augmentation import augment, network_input
from animal.recognition.training.checkpoints import Progress
from animal.recognition.training.dataset import Batches, CannotTrain, Labels, Pictures, Split
from animal.recognition.training.initial_head import fit_head
from animal.recognition.training.losses import ArcFace, multi_similarity
from animal.recognition.training.network import Recogniser, has_half_precision
from animal.recognition.training.schedule import EarlyStop, Schedule, averaging_weight
from animal.recognition.unit_vectors import BACKBONE_FEATURES, DIMENSIONS, normalised

EMBED_BATCH = 48
LONGEST_AVERAGE = 0.995
MAX_GRADIENT = 5.0
CHECKPOINT_SECONDS = 120.0
CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Options:
    """Learning rates are those of AdamW; centres learn three times as fast as the head."""

    epochs: int = 14
    first_tuned: int = 7
    animals_per_batch: int = 16
    photos_per_animal: int = 3
    backbone_rate: float = 2e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.05
    margin: float = 0.5
    multi_similarity: float = 0.5
    measure_every: int = 2
    patience: int = 3
    seed: int = 1


class Training:
    """One training in the folder ``out``. ``recipe`` says what it was started with, and must not change under way."""

    def __init__(
        self,
        pictures: Pictures,
        split: Split,
        weights: Weights,
        options: Options,
        *,
        out: Path,
        recipe: dict[str, Any],
        device: str,
        say: Callable[[str], None],
    ) -> None:
        self.pictures, self.split, self.weights, self.options = pictures, split, weights, options
        self.device, self.say, self.checkpoint = device, say, out / CHECKPOINT
        self.places = pictures.of(split.training)
        _, labels = np.unique(pictures.labels[self.places], return_inverse=True)
        self.labels: Labels = labels.astype(np.int64)
        self.batches = Batches(
            self.labels, animals=options.animals_per_batch, photos=options.photos_per_animal, seed=options.seed
        )
        self.schedule = Schedule(self.batches.steps_per_epoch, options.epochs, options.margin)
        torch.manual_seed(options.seed)
        model: Any = Recogniser(weights, first_tuned=options.first_tuned, in_half=has_half_precision(device))
        self.model: Recogniser = model.to(device, memory_format=torch.channels_last)
        progress = checkpoints.load(self.checkpoint, recipe)
        if progress is None:
            self.progress = Progress(recipe)
            centres = self._start_head()
        else:
            self.progress = progress
            centres = torch.ones(int(self.labels.max()) + 1, DIMENSIONS)
        self.arcface = ArcFace(centres).to(device)
        self.averaged = copy.deepcopy(self.model).eval()
        self.optimiser = self._optimiser()
        self.early_stop = EarlyStop(options.patience)
        if progress is not None:
            self._go_on_from(progress)

    def run(self) -> list[dict[str, Any]]:
        """Trains to the end; returns what was measured. The model that is shipped is in ``self.averaged`` then."""
        saved = time.monotonic()
        per_epoch = self.batches.steps_per_epoch
        bar = tqdm(total=self.schedule.steps, initial=self.progress.step, unit="step", smoothing=0.1)
        # The next step's pictures are spoiled while this one's are learnt from.
        with bar, ThreadPoolExecutor(1) as ahead:
            coming = ahead.submit(self._spoiled, self.progress.step)
            while self.progress.step < self.schedule.steps and not self.early_stop.is_over:
                images, coming = coming.result(), ahead.submit(self._spoiled, self.progress.step + 1)
                loss, right = self._step(self.progress.step, images)
                self.progress.step += 1
                bar.update()
                bar.set_postfix(loss=f"{loss:.2f}", right=f"{right:.0%}", refresh=False)
                epoch, rest = divmod(self.progress.step, per_epoch)
                if rest == 0 and (epoch % self.options.measure_every == 0 or epoch == self.options.epochs):
                    self._measure(epoch)
                    saved = self._save()
                elif time.monotonic() - saved > CHECKPOINT_SECONDS:
                    saved = self._save()
        # Stopped early, it has learnt its animals by heart since the best measurement. Otherwise the last average is
        # the one: so few validation animals tell trainings from failures, but not an epoch from the next.
        if self.early_stop.is_over and self.progress.best:
            self.averaged.load_state_dict(self.progress.best)
        return self.progress.measured

    @torch.no_grad()
    def average_with(self, other: dict[str, Any]) -> None:
        """Half of this training's weights and half of another's that began alike: better than either (M. Wortsman et
        al., "Model soups", ICML 2022). Raises CannotTrain when they are no weights of this network."""
        partner = copy.deepcopy(self.averaged)
        try:
            partner.load_state_dict(other)
        except RuntimeError as error:
            raise CannotTrain(f"The other training's weights do not fit: {error}") from error
        for mine, its in zip(self.averaged.parameters(), partner.parameters(), strict=True):
            mine.lerp_(its, 0.5)

    def embed(self, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """[n,512] of length one: the averaged model on pictures and their mirror images."""
        self.averaged.eval()
        mean = self._pooled(self.averaged, self.pictures, places)
        with torch.no_grad():
            return normalised(self.averaged.project(torch.from_numpy(mean).to(self.device)).cpu().numpy())

    def _pooled(self, model: Recogniser, pictures: Pictures, places: NDArray[np.int64]) -> NDArray[np.float32]:
        """[n,1280], mean of each picture and its mirror image. Half precision will do to start from and to choose the
        epoch by; what is reported of the result is measured on its file (``shipping``)."""
        rows = [np.empty((0, BACKBONE_FEATURES), np.float32)]
        with torch.no_grad(), torch.autocast(self.device.split(":")[0], torch.bfloat16, enabled=model.in_half):
            for start in range(0, len(places), EMBED_BATCH):
                pixels = np.asarray(pictures.pixels[places[start : start + EMBED_BATCH]])
                images = network_input(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).to(self.device)
                mean = (model.features(images) + model.features(images.flip(3))) / 2
                rows.append(mean.float().cpu().numpy())
        return np.concatenate(rows)

    def _start_head(self) -> Any:
        """Fits the first head; returns the animals' mean vectors, which ArcFace's centres start from."""
        self.say("Fitting the first head on the untrained features.")
        features = self._pooled(self.model.eval(), self.pictures, self.places)
        head = fit_head(features, DIMENSIONS)
        self.model.set_head(head)
        vectors = normalised(head(features).astype(np.float32))
        return torch.from_numpy(
            np.stack([vectors[self.labels == label].mean(0) for label in range(int(self.labels.max()) + 1)])
        )

    def _optimiser(self) -> Any:
        options = self.options
        head = set(self.model.head.parameters())
        backbone = [one for one in self.model.parameters() if one.requires_grad and one not in head]
        groups = []
        for parameters, rate in ((backbone, options.backbone_rate), (list(head), options.head_rate)):
            matrices = [one for one in parameters if one.ndim > 1]
            biases = [one for one in parameters if one.ndim <= 1]
            groups.append({"params": matrices, "full_rate": rate, "weight_decay": options.weight_decay})
            groups.append({"params": biases, "full_rate": rate, "weight_decay": 0.0})
        groups.append(
            {"params": list(self.arcface.parameters()), "full_rate": 3 * options.head_rate, "weight_decay": 0.0}
        )
        return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.99))

    def _spoiled(self, step: int) -> Any:
        """A step's pictures, seeded by it, so that a resumed training spoils them as an uninterrupted one would."""
        generator = torch.Generator().manual_seed(self.options.seed * 1_000_003 + step)
        return augment(np.asarray(self.pictures.pixels[self.places[self.batches.batch(step)]]), generator)

    def _step(self, step: int, images: Any) -> tuple[float, float]:
        """(loss, part of the batch whose nearest centre is the right one)."""
        torch.manual_seed(self.options.seed * 1_000_003 + step)
        images = images.to(self.device)
        labels = torch.from_numpy(self.labels[self.batches.batch(step)]).to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = group["full_rate"] * self.schedule.rate(step)
        self.model.train()
        vectors = functional.normalize(self.model(images), dim=1)
        loss, right = self.arcface(vectors, labels, self.schedule.margin_at(step))
        total = loss + self.options.multi_similarity * multi_similarity(vectors, labels)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_([one for one in self.model.parameters() if one.requires_grad], MAX_GRADIENT)
        self.optimiser.step()
        self._average(step)
        return float(loss.detach()), float(right)

    @torch.no_grad()
    def _average(self, step: int) -> None:
        kept = averaging_weight(step, LONGEST_AVERAGE)
        for average, current in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
            if current.requires_grad:
                average.lerp_(current, 1 - kept)

    def _measure(self, epoch: int) -> None:
        figures = self.figures(self.split.validation)
        self.progress.measured.append({"epoch": epoch, **figures})
        top1, eer = figures["top1"], figures["eer"]
        if top1 is None or eer is None:
            return  # Too few animals to choose by: the last model counts.
        self.say(f"epoch {epoch}: validation top-1 {top1:.4f}, EER {eer:.4f}")
        # EER moves smoothly where top-1 jumps by whole photos.
        if self.early_stop.is_better(top1 - eer):
            self.progress.best = copy.deepcopy(self.averaged.state_dict())
            self.progress.best_epoch = epoch

    def figures(self, animals: tuple[str, ...]) -> dict[str, float | None]:
        """Leave-one-out top-1 and EER among these animals; None where there are no pairs to tell them from."""
        places = self.pictures.of(animals)
        return leave_one_out(self.embed(places), self.pictures.labels[places])

    def _save(self) -> float:
        progress = self.progress
        progress.model, progress.averaged = self.model.state_dict(), self.averaged.state_dict()
        progress.arcface, progress.optimiser = self.arcface.state_dict(), self.optimiser.state_dict()
        progress.early_stop = (self.early_stop.best, self.early_stop.since)
        checkpoints.save(self.checkpoint, progress)
        return time.monotonic()

    def _go_on_from(self, progress: Progress) -> None:
        self.model.load_state_dict(progress.model)
        self.averaged.load_state_dict(progress.averaged)
        self.arcface.load_state_dict(progress.arcface)
        self.optimiser.load_state_dict(progress.optimiser)
        self.early_stop.best, self.early_stop.since = progress.early_stop
        self.say(f"Going on after step {progress.step} of {self.schedule.steps}.")


def leave_one_out(vectors: NDArray[np.float32], labels: Labels) -> dict[str, float | None]:
    """Top-1 and EER of vectors of length one; None where there are no pairs to tell them from."""
    if not len(vectors):
        return {"top1": None, "eer": None}
    found = identify(vectors, labels, vectors, labels, own=np.arange(len(vectors)))
    pairs = count_pairs_within(vectors, labels)
    if not (pairs.same.any() and pairs.different.any()):
        return {"top1": None, "eer": None}
    return {"top1": round(found.top(1), 5), "eer": round(roc_of(pairs).equal_error_rate, 5)}


def described(options: Options) -> dict[str, Any]:
    return asdict(options)
