"""People: accounts, sign-in sessions, one-time links."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from animal.core.text import has_visible_character, normalised_key, without_hidden_characters

# The right of staff whose work needs it, since people write to them from these addresses.
SEE_ADDRESSES = "accounts.view_address"

# The same rule as PlainTextField's, for the doors that have no serializer (admin, command line).
no_markup = RegexValidator(
    r'[\x00-\x1f\x7f<>"]',
    gettext_lazy('Please leave out control characters and < > and ".'),
    code="markup",
    inverse_match=True,
)


def some_visible_character(text: str) -> None:
    """A name of nothing but joiners would look like no name at all, one with hidden characters like somebody else's."""
    if not has_visible_character(text) or without_hidden_characters(text) != text:
        raise ValidationError(_("Please choose a name that can be seen."), code="invisible")


class AccountManager(UserManager["User"]):
    def create_user(self, username: str, email: str | None = None, password: str | None = None, **extra: Any) -> User:
        if not email:
            raise ValueError("An e-mail address is required.")
        return super().create_user(username, email, password, **extra)

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> User:
        extra.setdefault("email_verified_at", timezone.now())  # Whoever has a shell on the server vouches for it.
        # `createsuperuser` looks for a taken address only when `email` itself is the unique column.
        User(username=username, email=email or "").full_clean(exclude=[*User.DERIVED, "password"])
        return super().create_superuser(username, email, password, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_key=normalised_key(username or ""))


class User(AbstractUser):
    """An account. People sign in with the e-mail address; `username` is the display name, in any script.

    `email_key` and `username_key` hold the normalised forms, whose uniqueness no collation can bend.
    """

    DERIVED = ("username_key", "email_key")

    username = models.CharField("display name", max_length=150, validators=[no_markup, some_visible_character])
    username_key = models.CharField(max_length=191, unique=True, editable=False)
    email = models.EmailField("e-mail address", max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    email_verified_at = models.DateTimeField("address proven at", null=True, blank=True)
    is_test = models.BooleanField(
        "test account",
        default=False,
        db_index=True,
        help_text="A demo account: what it files is test data and never meets real data.",
    )
    # Chosen by the person; empty as long as each browser's own is good. Checked where it is set, and where it is used.
    language = models.CharField(max_length=12, blank=True, default="", editable=False)
    password_contested = models.BooleanField(
        default=False,
        editable=False,
        help_text="Two people signed up with this unproven address: its proof drops the password.",
    )
    sign_in_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text="Raised by signing out everywhere: ends the pages' sessions."
    )
    deletion_due_at = models.DateTimeField(
        "to be deleted at",
        null=True,
        blank=True,
        db_index=True,
        help_text="Its owner asked for deletion: disabled until then, and restored by signing in.",
    )
    locked_at = models.DateTimeField(
        "disabled by staff at",
        null=True,
        blank=True,
        editable=False,
        help_text="Signs in no more. If its owner asked for deletion, it is still deleted at that date.",
    )

    class Meta(AbstractUser.Meta):
        permissions = [("view_address", "Can see e-mail addresses")]
        indexes = [models.Index(fields=["date_joined"], name="user_joined")]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
    objects: ClassVar[AccountManager] = AccountManager()

    def clean(self) -> None:
        super().clean()
        self.username, self.email = self.username.strip(), self.email.strip()
        self._derive()
        taken = User.objects.exclude(pk=self.pk)
        errors = {}
        # NFKC lengthens some characters up to eighteen times.
        if len(self.username_key) > 191:
            errors["username"] = ValidationError(_("This name is too long."), code="max_length")
        elif taken.filter(username_key=self.username_key).exists():
            errors["username"] = ValidationError(_("This name is taken. Please choose another one."), code="unique")
        if len(self.email_key) > 254:
            errors["email"] = ValidationError(_("This address is too long."), code="max_length")
        elif taken.filter(email_key=self.email_key).exists():
            errors["email"] = ValidationError(_("There is an account with this address already."), code="unique")
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._derive()
        fields: Iterable[str] | None = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields} | {f"{name}_key" for name in fields if name in ("username", "email")}
        if self._state.adding and self.email_key.endswith(".test"):
            self.is_test = True  # .test is reserved for tests (RFC 2606): nobody can have such an address.
        # Django keeps the raw password here until it is saved, and not when it only strengthens an old hash. Tested
        # here rather than in a service, so that `changepassword` and the admin end the sessions too.
        new_password = not self._state.adding and getattr(self, "_password", None) is not None
        super().save(*args, **kwargs)
        if new_password:
            now = timezone.now()
            self.sessions.filter(ended_at=None).update(ended_at=now, ended_reason=Session.Reason.PASSWORD_CHANGED)

    @property
    def may_sign_in(self) -> bool:
        """Not disabled by staff. An account that waits for its deletion is restored by signing in."""
        if self.locked_at is not None:
            return False
        return self.is_active or (self.deletion_due_at is not None and self.deletion_due_at > timezone.now())

    @property
    def is_proven(self) -> bool:
        """Active, and its address proven: what it files is shown to others. `accounts.selectors.proven` is the same
        in a query."""
        return self.is_active and self.email_verified_at is not None

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """As Django's, with the epoch: what the cookies of our own pages are bound to."""
        signed = f"{self.password}:{self.sign_in_epoch}"
        return salted_hmac("accounts.User.sessions", signed, secret=secret, algorithm="sha256").hexdigest()

    def _derive(self) -> None:
        self.username_key = normalised_key(self.username)
        self.email_key = normalised_key(self.email)

    def __str__(self) -> str:
        return self.username


class Session(models.Model):
    """One sign-in on one device: a family of refresh tokens of which only SHA-256 digests are kept; or one in a browser
    on our own pages, see `accounts.page_sessions`, whose token nobody holds.

    The newest token is valid. The one before it stays good while its successor has never been used (the answer may
    have been lost), and for REFRESH_GRACE after the rotation, because several tabs refresh at once. An older one is
    a replay and ends the family. The id is random, so nobody can end somebody else's session with an invented token.
    """

    class Reason(models.TextChoices):
        SIGNED_OUT = "signed_out"
        REPLAY = "replay"
        DEACTIVATED = "deactivated"
        ENDED_BY_STAFF = "ended_by_staff"
        CLOSED = "closed"
        PASSWORD_CHANGED = "password_changed"
        ENDED_BY_OWNER = "ended_by_owner"
        EVERYWHERE = "everywhere"
        ADDRESS_PROVEN = "address_proven"
        ADDRESS_CHANGED = "address_changed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_digest = models.CharField(max_length=64)
    previous_digest = models.CharField(max_length=64, blank=True)
    # The current token is derived from the previous one and this salt, so that parallel refreshes with the previous
    # one get one and the same answer, and the database alone yields no token.
    salt = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField()
    current_used = models.BooleanField(default=False)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=20, blank=True, choices=Reason.choices)

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"], name="session_user_ended")]


class OneTimeToken(models.Model):
    """A link that works once, for one purpose. Only its SHA-256 is stored."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        VERIFY_EMAIL = "verify_email"
        RESET_PASSWORD = "reset_password"
        CHANGE_EMAIL = "change_email"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="one_time_tokens")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    new_email = models.EmailField(max_length=254, blank=True, help_text="What a change of address changes it to.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class SignInRequest(models.Model):
    """Somebody asked for a link of this purpose for this address. The worker looks up whether it belongs to an account,
    so that the answer to the one who asked takes the same time either way, and deletes the row."""

    email = models.EmailField(max_length=254)
    purpose = models.CharField(
        max_length=20, choices=OneTimeToken.Purpose.choices, default=OneTimeToken.Purpose.SIGN_IN
    )
    next_path = models.CharField(max_length=300, blank=True, help_text="Where the link leads on to.")
    created_at = models.DateTimeField(auto_now_add=True)


class GoogleIdentity(models.Model):
    """A Google account that signs in as this person. `sub` is what Google calls it for ever; addresses change hands."""

    sub = models.CharField(max_length=255, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="google_identities")
    created_at = models.DateTimeField(auto_now_add=True)


class SignInTally(models.Model):
    """Failed sign-ins by password, for an account or for an account from one client address. See `services.lockout`.

    `key` is a keyed digest, of addresses that nobody has as well, so that the table lists nobody.
    """

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(db_index=True)


class DataExport(models.Model):
    """All that we hold of one person, packed by the worker for that person alone, for a few days."""

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_exports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    parts = models.PositiveSmallIntegerField(default=0, help_text="ZIP files written so far.")
    pictures_packed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
