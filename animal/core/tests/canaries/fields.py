"""What every field of every model holds, classified by hand. A new field fails a test until it stands here.

    public      shown to everybody, in its place
    person      of the person only, and of those whom the world below names
    point       half of a true place
    secret      shown to nobody, its owner included
    structural  ids, states, times and counts, which say nothing of a person on their own

Staff see more: complaints and the audit trail are theirs, and the admin shows accounts and texts. That is exempt here,
but for what is secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import models


@dataclass(frozen=True, kw_only=True)
class Held:
    """Names of fields, separated by blanks."""

    public: str = ""
    person: str = ""
    point: str = ""
    secret: str = ""
    structural: str = ""

    def of(self, kind: str) -> list[str]:
        names: str = getattr(self, kind)
        return names.split()


KINDS = ("public", "person", "point", "secret", "structural")
FIELDS: dict[str, Held] = {
    "core.IdempotencyRecord": Held(
        person="answer",
        secret="digest fingerprint",
        structural="id user claim lease_until created_object status created_at",
    ),
    "core.BackgroundTask": Held(
        structural="id key name target state requests claim failures interruptions run_at woken_at lease_until error "
        "request_id created_at finished_at",
    ),
    "core.WorkerHeartbeat": Held(structural="id cluster host workers busy started_at beat_at"),
    "core.OutgoingMail": Held(
        person="to_email subject text html unsubscribe_url", structural="id key topic reader_id created_at sent_at"
    ),
    "accounts.User": Held(
        person="email email_key username username_key first_name last_name",
        secret="password",
        structural="id last_login is_superuser is_staff is_active date_joined email_verified_at is_test "
        "language password_contested sign_in_epoch deletion_due_at locked_at groups user_permissions",
    ),
    "accounts.Session": Held(
        person="id user_agent",
        secret="current_digest previous_digest salt",
        structural="user rotated_at current_used created_at last_seen_at expires_at ended_at ended_reason",
    ),
    "accounts.OneTimeToken": Held(
        person="new_email", secret="digest", structural="id user purpose created_at expires_at used_at"
    ),
    "accounts.SignInRequest": Held(person="email", structural="id purpose next_path created_at"),
    "accounts.GoogleIdentity": Held(person="sub", structural="id user created_at"),
    "accounts.SignInTally": Held(secret="key", structural="id failures blocked_until succeeded_at changed_at"),
    "accounts.DataExport": Held(structural="id user state parts pictures_packed created_at ready_at expires_at"),
    "alerts.AlertSubscription": Held(
        person="label",
        point="center_lat center_lon",
        structural="id user radius_km band_resolution center_cell status_filter is_active created_at",
    ),
    "alerts.Notification": Held(
        person="description target_name",
        structural="id recipient verb link target_id dedupe_key is_read is_muted created_at",
    ),
    "alerts.PushDevice": Held(
        person="endpoint user_agent",
        secret="browser_key browser_secret",
        structural="id user session endpoint_digest sign_in_epoch created_at",
    ),
    "alerts.NotificationChoice": Held(structural="id user kind channel is_on"),
    "images.EditedPetImage": Held(
        person="edited_image metadata summary",
        structural="id owner file_key metadata_file created_at",
    ),
    "images.Image": Held(
        person="id sha256 master rendition thumbnail private_taken_at camera_make camera_model",
        point="private_latitude private_longitude",
        structural="uploader source original_format original_bytes width height hints looked_for_animals created_at",
    ),
    "recognition.PhotoEmbedding": Held(
        secret="vector", structural="id image model version species species_score box breeds created_at"
    ),
    "recognition.GalleryEntry": Held(
        public="latitude longitude type breed category",
        secret="vector",
        structural="id kind object_id slot version species species_detected side owner_id is_public is_test pet_id "
        "is_live change",
    ),
    "recognition.ChangeCounter": Held(structural="id name value epoch"),
    "recognition.ModelVersion": Held(
        structural="id version model calibration serving_since pass_started_at pass_finished_at pass_total pass_phase "
        "pass_cursor",
    ),
    "pets.Pet": Held(
        public="type category breed",
        person="name additional_info animal_id chip_number medical_note temperament_note",
        structural="id owner species sex size colours is_public show_notes suggested_species suggested_breeds "
        "feature_status feature_error is_lost public_while_lost place_latitude place_longitude is_test registered_at "
        "deleted_at images",
    ),
    "pets.PetPhoto": Held(structural="id pet image position"),
    "pets.OlderTag": Held(person="animal_id", structural="id pet created_at"),
    "reports.Report": Held(
        public="pet_name pet_type pet_breed pet_category description public_latitude public_longitude last_seen_date "
        "last_seen_time",
        person="contact_name contact_phone contact_email chip_number",
        point="latitude longitude",
        structural="id reporter pet tag_pet side status species sex size colours cell_r4 cell_r5 cell_r6 cell_r7 image "
        "suggested_species suggested_breeds feature_status feature_error is_test reported_at resolved_at hidden_at",
    ),
    "reports.ReportPhoto": Held(structural="id report image position"),
    "reports.ReportEvent": Held(structural="id report what actor detail created_at"),
    "chat.Conversation": Held(
        person="guest_name guest_email last_message_preview",
        structural="id report pair_key guest_language is_test created_at last_message_at follow_up_ended_at "
        "is_guest_shut_out",
    ),
    "chat.Participant": Held(
        person="withheld_preview",
        structural="id conversation user joined_at is_hidden withheld_at shares_address_at mailed_at",
    ),
    "chat.Message": Held(
        person="sender_name body", structural="id conversation sender created_at is_withheld", secret="mail_digest"
    ),
    "chat.MessageAttachment": Held(structural="id message image created_at"),
    "chat.MessageReceipt": Held(structural="id message conversation user read_at"),
    "matching.PetMatch": Held(
        person="reasons",
        structural="id pair_key lost_pet lost_report found_report owner finder is_question similarity cosine "
        "distance_meters days_apart status settled_by settled_at conversation notified_at created_at",
    ),
    "moderation.AbuseReport": Held(
        person="text evidence", structural="id key reporter kind object_id reason state created_at"
    ),
    "moderation.Block": Held(person="name", structural="id blocker blocked created_at"),
    "moderation.ModerationAct": Held(person="actor_name reason", structural="id actor act kind object_id created_at"),
    "ops.OperationLock": Held(structural="id name holder taken_at lease_until"),
    "ops.ImportedRow": Held(structural="id kind older_id object_id pictures_lacking created_at"),
    "ops.Deployment": Held(
        structural="id state release release_before migrations_before backup started_at finished_at"
    ),
}
# Nothing in the world fills these, for the reason given.
EMPTY = {
    "core.OutgoingMail.unsubscribe_url": "emptied as the mail is sent",
    "alerts.PushDevice.browser_secret": "too short to be told from other text; browser_key stands beside it",
}


def our_models() -> dict[str, type[models.Model]]:
    ours = [model for model in apps.get_models() if model.__module__.startswith(("animal.", "accounts."))]
    return {model._meta.label: model for model in ours}


def fields_of(model: type[models.Model]) -> list[str]:
    return [field.name for field in model._meta.get_fields() if field.concrete]


def classified(kind: str) -> list[tuple[str, str]]:
    """(label of the model, field)."""
    return [(label, name) for label, held in FIELDS.items() for name in held.of(kind)]
