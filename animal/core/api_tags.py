"""The subjects of the API, in the order in which its documentation shows them, and the names of its enums."""

from __future__ import annotations

TAGS = [
    {"name": "sign-in", "description": "Accounts: sign up, sign in and out, links that come by mail."},
    {"name": "account", "description": "Your own account: profile, password, address, sessions, export, deletion."},
    {"name": "pets", "description": "Your pets, their photos and their QR tags; what anybody may see of pets."},
    {"name": "reports", "description": "Lost and found animals, and the map."},
    {"name": "matches", "description": "Which lost animal may be which found one; search by photo."},
    {"name": "chat", "description": "Conversations between the two sides of a report."},
    {"name": "alerts", "description": "Areas that you watch."},
    {"name": "notifications", "description": "What happened that concerns you."},
    {"name": "pictures", "description": "Your own uploads, and edited pictures."},
    {"name": "moderation", "description": "Complaints and blocks; what staff may hide."},
    {"name": "service", "description": "How the service itself is."},
]

# Several fields are called `status` or `side`; unnamed, their enums would be called Status893Enum.
ENUM_NAMES = {
    "ReportSideEnum": "animal.reports.models.Report.Side",
    "ReportStatusEnum": "animal.reports.models.Report.Status",
    "MatchStatusEnum": "animal.matching.models.PetMatch.Status",
    "AbuseKindEnum": "animal.moderation.models.Kind",
    "HideKindEnum": "animal.moderation.models.HideKind",
}
