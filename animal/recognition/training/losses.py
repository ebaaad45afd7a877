"""What training minimises: ArcFace over the training animals, and multi-similarity within a batch."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

SCALE = 30.0
# Multi-similarity's own constants, as published but for the slope on same pairs' similarities.
SAME_SLOPE, DIFFERENT_SLOPE, MIDDLE, MINING_GAP = 2.0, 40.0, 0.5, 0.1


class ArcFace(nn.Module):
    """J. Deng et al., "ArcFace" (CVPR 2019): cross entropy over angles, the true one made larger by a margin.

    ``centres`` [animals,512] are where the animals' vectors start from.
    """

    def __init__(self, centres: Any) -> None:
        super().__init__()
        self.centres = nn.Parameter(functional.normalize(centres, dim=1).clone())

    def forward(self, vectors: Any, labels: Any, margin: float) -> tuple[Any, Any]:
        """(loss, the part of the vectors that are nearest to their own animal's centre); vectors have length one."""
        cosines = vectors @ functional.normalize(self.centres, dim=1).T
        true = cosines.gather(1, labels[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        angles = torch.acos(true)
        # Past pi the cosine would rise again; there the margin is taken off the cosine instead.
        with_margin = torch.where(
            angles + margin < math.pi, torch.cos(angles + margin), true - margin * math.sin(margin)
        )
        loss = functional.cross_entropy(cosines.scatter(1, labels[:, None], with_margin) * SCALE, labels)
        return loss, (cosines.argmax(1) == labels).float().mean()


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
