"""Every field of every model is classified: whoever adds one has to say what it holds and who may see it."""

from __future__ import annotations

from animal.core.tests.canaries.fields import EMPTY, FIELDS, KINDS, classified, fields_of, our_models


def test_every_field_of_every_model_is_classified_once() -> None:
    models = our_models()
    assert set(FIELDS) == set(models)
    for label, model in models.items():
        names = [name for kind in KINDS for name in FIELDS[label].of(kind)]
        assert sorted(names) == sorted(fields_of(model)), label


def test_what_is_left_empty_is_a_field_that_there_is() -> None:
    there = {f"{label}.{name}" for kind in KINDS for label, name in classified(kind)}
    assert set(EMPTY) <= there
