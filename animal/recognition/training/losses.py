"""What training minimises: ArcFace over its animals and some between them, and multi-similarity within a batch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

SCALE = 30.0
# Both parameters of the beta distribution, as published: most points lie near one of the two animals.
MIXING = 0.4
# Multi-similarity's own constants, as published but for the slope on same pairs' similarities.
SAME_SLOPE, DIFFERENT_SLOPE, MIDDLE, MINING_GAP = 2.0, 40.0, 0.5, 0.1


class ArcFace(nn.Module):
    """J. Deng et al., "ArcFace" (CVPR 2019): cross entropy over angles, the true one made larger by a margin.

    ``centres`` [animals,512] are where the animals' vectors start from. Beside them stand animals that do not exist:
    see `between`. Only hundreds exist here, which a network learns by heart.
    """

    def __init__(self, centres: Any) -> None:
        super().__init__()
        self.centres = nn.Parameter(functional.normalize(centres, dim=1).clone())

    def forward(self, vectors: Any, labels: Any, margin: float) -> tuple[Any, Any]:
        """(loss, the part of the vectors that are nearest to their own animal's centre); vectors have length one."""
        centres = functional.normalize(self.centres, dim=1)
        made, made_centres = between(vectors, centres[labels], labels)
        own = torch.cat([labels, len(centres) + torch.arange(len(made), device=labels.device)])
        cosines = torch.cat([vectors, made]) @ torch.cat([centres, made_centres]).T
        loss = functional.cross_entropy(with_margin(cosines, own, margin) * SCALE, own)
        return loss, (cosines[: len(labels), : len(centres)].argmax(1) == labels).float().mean()


def between(vectors: Any, centres: Any, labels: Any) -> tuple[Any, Any]:
    """Animals between two of a batch: vectors [m,512] and centres [m,512] of length one, m at most n.

    ``vectors`` and ``centres`` [n,512], the own animal's, are both taken at the same point between two animals: G. Gu,
    B. Ko, H.-G. Kim, "Proxy Synthesis: Learning with Synthetic Classes for Deep Metric Learning" (AAAI 2021). Who goes
    with whom, and where between them, is drawn; where for each pair, not for the batch as there.
    """
    partner = torch.randperm(len(labels), device=labels.device)
    share = torch.distributions.Beta(MIXING, MIXING).sample((len(labels), 1)).to(vectors.device)
    differ = labels != labels[partner]
    made, made_centres = (
        functional.normalize(share * rows + (1 - share) * rows[partner], dim=1)[differ] for rows in (vectors, centres)
    )
    return made, made_centres


def with_margin(cosines: Any, labels: Any, margin: float) -> Any:
    """Cosines [n,k] with the margin added to the angle of each row's own place ``labels`` [n]."""
    true = cosines.gather(1, labels[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
    angles = torch.acos(true)
    # Past pi the cosine would rise again; there the margin is taken off the cosine instead.
    widened = torch.where(angles + margin < math.pi, torch.cos(angles + margin), true - margin * math.sin(margin))
    return cosines.scatter(1, labels[:, None], widened)


def multi_similarity(vectors: Any, labels: Any) -> Any:
    """X. Wang et al., "Multi-Similarity Loss" (CVPR 2019), over the hard pairs of a batch; vectors have length one."""
    cosines = vectors @ vectors.T
    same = labels[:, None] == labels[None]
    others = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    hardest_same = cosines.masked_fill(~others, math.inf).min(1, keepdim=True).values
    hardest_different = cosines.masked_fill(same, -math.inf).max(1, keepdim=True).values
    same_pairs = others & (cosines - MINING_GAP < hardest_different)
    different_pairs = ~same & (cosines + MINING_GAP > hardest_same)
    pull = torch.log1p((torch.exp(-SAME_SLOPE * (cosines - MIDDLE)) * same_pairs).sum(1)) / SAME_SLOPE
    push = torch.log1p((torch.exp(DIFFERENT_SLOPE * (cosines - MIDDLE)) * different_pairs).sum(1)) / DIFFERENT_SLOPE
    return (pull + push).mean()
