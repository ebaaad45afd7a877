"""EfficientNet-Lite2 and the head in PyTorch: the same graph as ``efficientnet.py`` builds for ONNX.

Batch normalisation is folded into the convolutions before training: the batches of a fine-tuning are too small and too
alike to estimate its statistics, and what is trained is then exactly what is exported.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from animal.recognition.efficientnet import LEAST_ACTIVATION, Weights, block_strides, has_shortcut
from animal.recognition.training.initial_head import Head
from animal.recognition.unit_vectors import BACKBONE_FEATURES, DIMENSIONS

DROPOUT = 0.2
# Blocks are skipped at random in training, the last with this chance, the first never (G. Huang et al., ECCV 2016).
BLOCK_DROP = 0.1


def has_half_precision(device: str) -> bool:
    """Whether it multiplies in bfloat16 by itself: then a training step takes a fifth less. A processor that only
    pretends to takes fifteen times as long (1.6 s in place of 0.1 s a picture, AMD EPYC with AVX2)."""
    if torch.device(device).type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    asked = getattr(torch.cpu, "get_capabilities", dict)  # Not in the oldest PyTorch that will do.
    can: dict[str, Any] = asked() if torch.device(device).type == "cpu" else {}
    return any(can.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))  # The last one as ARM calls it.


class Convolution(nn.Module):
    """With TensorFlow's SAME padding. In training 1x1 kernels multiply in bfloat16 where ``in_half`` says so."""

    in_half = False

    def __init__(self, weights: Weights, name: str, *, stride: int = 1, depthwise: bool = False, relu6: bool = True):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weights[f"{name}/w"]).float())
        self.bias = nn.Parameter(torch.tensor(weights[f"{name}/b"]).float())
        self.stride, self.relu6 = stride, relu6
        self.groups = self.weight.shape[0] if depthwise else 1
        self.side = int(self.weight.shape[-1])

    def forward(self, x: Any) -> Any:
        if self.side > 1:
            wide, high = (self._padding(length) for length in (x.shape[-1], x.shape[-2]))
            if wide % 2 or high % 2:
                x = functional.pad(x, [side for total in (wide, high) for side in (total // 2, total - total // 2)])
                wide = high = 0
            x = functional.conv2d(x, self.weight, self.bias, self.stride, (high // 2, wide // 2), 1, self.groups)
        elif self.in_half and self.training and x.dtype == torch.float32:
            pixels = x.permute(0, 2, 3, 1).bfloat16()
            flat = functional.linear(pixels, self.weight.flatten(1).bfloat16(), self.bias.bfloat16())
            x = flat.float().permute(0, 3, 1, 2)
        else:
            x = functional.conv2d(x, self.weight, self.bias)
        return functional.relu6(x) if self.relu6 else x

    def _padding(self, length: int) -> int:
        return max((math.ceil(length / self.stride) - 1) * self.stride + self.side - length, 0)


class Block(nn.Module):
    """One inverted bottleneck."""

    def __init__(self, weights: Weights, index: int, drop: float):
        super().__init__()
        prefix = f"_blocks.{index}._"
        self.expand = Convolution(weights, f"{prefix}expand_conv") if f"{prefix}expand_conv/w" in weights else None
        self.depthwise = Convolution(weights, f"{prefix}depthwise_conv", stride=block_strides()[index], depthwise=True)
        self.project = Convolution(weights, f"{prefix}project_conv", relu6=False)
        self.shortcut, self.drop = has_shortcut(weights, index), drop

    def forward(self, x: Any) -> Any:
        flow = x if self.expand is None else self.expand(x)
        flow = self.project(self.depthwise(flow))
        if not self.shortcut:
            return flow
        if self.training and self.drop:
            kept = torch.rand(len(flow), 1, 1, 1, device=flow.device) >= self.drop
            flow = flow * kept / (1 - self.drop)
        return x + flow


class Recogniser(nn.Module):
    """Pictures [n,3,side,side] to vectors [n,512], not yet of length one.

    ``weights`` are folded. Blocks before ``first_tuned`` stay as they are; all of them and the stem when it is 0.
    ``in_half`` as `has_half_precision` says of the device.
    """

    def __init__(self, weights: Weights, *, first_tuned: int, in_half: bool = False) -> None:
        super().__init__()
        self.in_half = in_half
        count = len(block_strides())
        self.first_tuned = first_tuned
        self.stem = Convolution(weights, "_conv_stem", stride=2)
        drops = [BLOCK_DROP * index / count if index >= first_tuned else 0.0 for index in range(count)]
        self.blocks = nn.ModuleList([Block(weights, index, drop) for index, drop in enumerate(drops)])
        self.last = Convolution(weights, "_conv_head")
        self.register_buffer("mean", torch.zeros(BACKBONE_FEATURES))
        self.register_buffer("scale", torch.ones(()))
        self.dropout = nn.Dropout(DROPOUT)
        self.head = nn.Linear(BACKBONE_FEATURES, DIMENSIONS)
        frozen = [*self.blocks[:first_tuned], *([self.stem] if first_tuned else [])]
        for module in frozen:
            module.requires_grad_(False)
        for module in self.modules():
            if isinstance(module, Convolution):
                module.in_half = in_half

    def set_head(self, head: Head) -> None:
        """Starts from this head. Its weights are kept as large as a fresh layer's, for the sake of the rate."""
        scale = math.sqrt(float((head.matrix**2).mean()) * BACKBONE_FEATURES)
        with torch.no_grad():
            self.mean.copy_(torch.tensor(head.mean))
            self.scale.fill_(scale)
            self.head.weight.copy_(torch.tensor(head.matrix / scale))
            self.head.bias.copy_(torch.tensor(head.offset))

    def features(self, x: Any) -> Any:
        """[n,1280]: the generalised mean (exponent 3) of the last feature map (F. Radenovic et al., TPAMI 2019)."""
        if self.first_tuned:
            # Nothing is learnt here, so half precision is good enough in training.
            with torch.no_grad(), torch.autocast(x.device.type, torch.bfloat16, enabled=self.in_half and self.training):
                x = self._run(self.stem(x), 0, self.first_tuned)
            flow = self._run(x.float(), self.first_tuned, len(self.blocks))
        else:
            flow = self._run(self.stem(x), 0, len(self.blocks))
        activations = self.last(flow).float().clamp(min=LEAST_ACTIVATION)
        return activations.pow(3).mean((2, 3)).pow(1 / 3)

    def project(self, features: Any) -> Any:
        return self.head(self.dropout(features - self.mean) * self.scale)

    def forward(self, x: Any) -> Any:
        return self.project(self.features(x))

    def _run(self, x: Any, start: int, stop: int) -> Any:
        for block in self.blocks[start:stop]:
            x = block(x)
        return x

    def convolutions(self) -> dict[str, NDArray[np.float64]]:
        """Folded weights by the names that they came under."""
        named = {"_conv_stem": self.stem, "_conv_head": self.last}
        for index, block in enumerate(self.blocks):
            for part in ("expand", "depthwise", "project"):
                if (convolution := getattr(block, part)) is not None:
                    named[f"_blocks.{index}._{part}_conv"] = convolution
        result = {}
        for name, convolution in named.items():
            result[f"{name}/w"], result[f"{name}/b"] = _numbers(convolution.weight), _numbers(convolution.bias)
        return result


def _numbers(tensor: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = tensor.detach().cpu().double().numpy()
    return values
