"""What owners are told of photos. Kept in English, read in each reader's language."""

from __future__ import annotations

from animal.core.sentences import sentence

NO_ANIMAL = sentence("We could not find an animal in the photo. Please add one that shows your pet clearly.")
NO_PHOTO = sentence("Please add at least one photo.")
GAVE_UP = sentence("We could not read the photos. Please try again later, or add other ones.")
RECOGNISABLE = sentence("%(name)s can now be recognised on photos.")
ABOUT_PET = sentence("%(name)s: %(why_sentence)s")
