"""What people are told of matches. Kept in English, read in each reader's language."""

from __future__ import annotations

from animal.core.sentences import sentence, stand_in

YOUR_ANIMAL, YOUR_ANIMAL_WITHIN = stand_in("Your animal"), stand_in("your animal")
SOMEBODYS = stand_in("somebody’s")

QUESTION = sentence("Somebody found an animal that looks like %(name)s. Is it %(name)s?")
OWN_MAY_BE_FOUND = sentence("%(name)s may have been found. Compare the photos and talk to the finder.")
FOUND_MAY_BE = sentence("The animal that you found may be %(name)s. You can talk to the owner.")
OWN_FOUND_BY_CHIP = sentence("%(name)s has very likely been found: the chip numbers are the same.")
FOUND_IS_BY_CHIP = sentence("The animal that you found is very likely %(name)s: the chip numbers are the same.")
RECOGNISED = sentence("The owner recognised the animal that you found. You can talk to each other.")
HOME_AGAIN = sentence(
    "The animal that you found is home again. Thank you for your help! Please close your report, too."
)
NO_LONGER_MISSING = sentence("The animal that you may have found is no longer missing: its owner closed the report.")
FINDER_CLOSED = sentence("The finder of your animal closed the report.")
POSSIBLE_FINDER_CLOSED = sentence("The finder of an animal that may be yours closed the report.")
