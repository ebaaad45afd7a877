"""What can go wrong in recognition, in words that a person who operates the service can act on."""

from __future__ import annotations


class ModelUnavailable(RuntimeError):
    """A model file is missing, unreadable or damaged.

    Nothing remembers this failure: the next call tries again, so mending the file is enough.
    """


class IndexUnavailable(RuntimeError):
    """The gallery cannot be searched now: the database or Qdrant does not answer."""


class CollectionMissing(IndexUnavailable):
    """Qdrant answers and knows nothing of these vectors: it is new, or somebody dropped the collection."""
