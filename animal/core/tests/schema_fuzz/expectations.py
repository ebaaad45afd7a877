"""What the run holds the service to, and what it cannot, each with its reason."""

from __future__ import annotations

LEAST_CASES = 5000
LEAST_GOOD = 5
"""How many 2xx an operation must reach to count as reached."""
LEAST_REACHED = 0.9

UNREACHED: dict[str, str] = {}
"""Operations that are never answered 2xx, each with the reason. One that is not listed fails the run, and one that is
reached."""

# Checks that are off, and why.
OFF = {
    # Forms carry text alone, so REST framework takes 1, "yes" and numbers where a switch or a text is meant, in JSON as
    # well; and the wire contract has notes and lists that cannot be read count as none. What must be refused is tried
    # field by field in animal/core/tests/bad_input.
    "negative_data_rejection",
}

NOT_ALL_IN_THE_DESCRIPTION = {
    "GET /api/auth/verify-email/": "the link has to be one that was mailed",
    "GET /api/auth/pets/locations/": "a pattern cannot say that south lies south of north",
    "GET /api/auth/pets/lost/locations/": "as above",
    "GET /api/auth/pets/found/locations/": "as above",
    "GET /api/v1/reports/": "as above",
    "GET /api/v1/map/": "as above",
    "GET /api/v1/pets/{pet_id}/poster.pdf": "a place is in words: text that can be seen, without digits",
    "GET /api/v1/reports/{report_id}/poster.pdf": "as above",
    "POST /api/auth/pets/{pet_id}/retry-features/": "only what failed is tried again",
    "POST /api/v1/reports/{report_id}/retry-features/": "only what failed is tried again",
}
"""Operations without a body of which valid requests may be refused. Of those with a body that is so in general: a text
must have something to be seen, a picture must be one, a password must be hard to guess, a link must be fresh."""
