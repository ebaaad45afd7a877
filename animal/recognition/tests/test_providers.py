"""The setting EMBEDDING_PROVIDER chooses the embedder."""

from __future__ import annotations

import pytest

from animal.recognition.embedder import OnnxEmbedder
from animal.recognition.providers import get_embedder


class OtherEmbedder:
    name = "other"
    version = "1"


def test_the_bundled_embedder_is_the_default_and_one_per_process() -> None:
    assert isinstance(get_embedder(), OnnxEmbedder)
    assert get_embedder() is get_embedder()


def test_a_dotted_path_names_a_class_of_ones_own_and_the_setting_may_change(settings) -> None:
    default = get_embedder()
    settings.EMBEDDING_PROVIDER = f"{__name__}.OtherEmbedder"
    assert isinstance(get_embedder(), OtherEmbedder)
    settings.EMBEDDING_PROVIDER = "onnx"
    assert get_embedder() is default


def test_a_path_that_leads_nowhere_is_an_error_and_is_not_remembered(settings) -> None:
    settings.EMBEDDING_PROVIDER = "nowhere.Embedder"
    with pytest.raises(ImportError):
        get_embedder()
    settings.EMBEDDING_PROVIDER = f"{__name__}.OtherEmbedder"
    assert get_embedder().name == "other"
