"""People: accounts, sign-in sessions, one-time links."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from animal.core.text import normalised_key


class AccountManager(UserManager["User"]):
    def create_user(self, username: str, email: str | None = None, password: str | None = None, **extra: Any) -> User:
        if not email:
            raise ValueError("An e-mail address is required.")
        return super().create_user(username, email, password, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email_key=normalised_key(username or ""))


class User(AbstractUser):
    """An account. People sign in with the e-mail address; `username` is the display name, in any script.

    `email_key` and `username_key` hold the normalised forms, whose uniqueness no collation can bend.
    """

    username = models.CharField("display name", max_length=150)
    username_key = models.CharField(max_length=191, unique=True, editable=False)
    email = models.EmailField("e-mail address", max_length=254)
    email_key = models.CharField(max_length=254, unique=True, editable=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_test = models.BooleanField(
        default=False, db_index=True, help_text="A demo account: what it files is test data and never meets real data."
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
    objects = AccountManager()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.username_key = normalised_key(self.username)
        self.email_key = normalised_key(self.email)
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        return self.username


class Session(models.Model):
    """One sign-in on one device: a family of refresh tokens of which only hashes are kept.

    The newest token is valid; the one before it stays good while its successor has never been used, and for a short
    grace period, because several tabs refresh at once. An older one is a replay and ends the family.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_digest = models.CharField(max_length=64, unique=True)
    previous_digest = models.CharField(max_length=64, blank=True, db_index=True)
    # The successor, sealed with the previous token itself, so that parallel refreshes get one and the same answer
    # and the database alone yields no token.
    sealed_successor = models.TextField(blank=True)
    rotated_at = models.DateTimeField()
    current_used = models.BooleanField(default=False)
    user_agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "ended_at"], name="session_user_ended")]


class OneTimeToken(models.Model):
    """A link that works once, for one purpose. Only its SHA-256 is stored."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        VERIFY_EMAIL = "verify_email"
        RESET_PASSWORD = "reset_password"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="one_time_tokens")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
