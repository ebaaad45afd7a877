"""What people send to sign up and sign in, and what they get."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import DataExport, Session, User
from accounts.services.passwords import MAX_PASSWORD_LENGTH
from animal.core.text import PlainTextField


class PasswordField(serializers.CharField):
    """A password as typed: blanks at its ends belong to it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "trim_whitespace": False,
                "max_length": MAX_PASSWORD_LENGTH,
                "write_only": True,
                "style": {"input_type": "password"},
                **kwargs,
            }
        )


class UserSerializer(serializers.ModelSerializer[User]):
    """A person's own account, shown to that person only."""

    class Meta:
        model = User
        fields = ["id", "username", "email"]
        read_only_fields = fields


class SignUpSerializer(serializers.Serializer[User]):
    username = PlainTextField(max_length=150)
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    confirm_password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["password"] != attrs.pop("confirm_password"):
            raise serializers.ValidationError({"confirm_password": [_("The two passwords differ.")]})
        return attrs


class SignInSerializer(serializers.Serializer[User]):
    # Any text: an address that nobody can have gets the same answer as one that nobody has.
    email = serializers.CharField(max_length=254)
    password = PasswordField()


class UsernameChangeSerializer(serializers.Serializer[User]):
    username = PlainTextField(max_length=150)


class MagicRequestSerializer(serializers.Serializer[User]):
    email = serializers.EmailField(max_length=254)


class TokenObtainSerializer(serializers.Serializer[User]):
    username = serializers.CharField(max_length=254, help_text="The e-mail address or the display name.")
    password = PasswordField()


class MagicConsumeSerializer(serializers.Serializer[User]):
    token = serializers.CharField(max_length=200)
    new_password = PasswordField(required=False, help_text="For a link that resets the password.")


class GoogleSignInSerializer(serializers.Serializer[User]):
    credential = serializers.CharField(max_length=8192, required=False, help_text="The ID token.")
    id_token = serializers.CharField(max_length=8192, required=False, help_text="The same, by its other name.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("credential") or attrs.get("id_token")):
            raise serializers.ValidationError(_("Google sent no credential. Please try again."))
        return attrs


class EmailSerializer(serializers.Serializer[User]):
    email = serializers.EmailField(max_length=254)


class VerifyEmailSerializer(serializers.Serializer[User]):
    uid = serializers.CharField(max_length=40)
    token = serializers.CharField(max_length=200)


class PasswordResetSerializer(VerifyEmailSerializer):
    new_password = PasswordField()


class AccountMessageSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class VerifiedSerializer(AccountMessageSerializer):
    access = serializers.CharField(help_text="JWT for the Authorization header; empty after a GET.")


class SignedUpSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    user = UserSerializer()


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="JWT for the Authorization header: `Bearer <access>`.")


class SignedInSerializer(AccessSerializer):
    user = UserSerializer()


class GoogleSignedInSerializer(SignedInSerializer):
    created = serializers.BooleanField(help_text="Whether this opened a new account.")


class SentenceSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class UserCountSerializer(serializers.Serializer[Any]):
    user_count = serializers.IntegerField()


class PasswordChangeSerializer(serializers.Serializer[User]):
    current_password = PasswordField(
        required=False, allow_blank=True, default="", help_text="When the account has one."
    )
    new_password = PasswordField()


class EmailChangeSerializer(serializers.Serializer[User]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField(required=False, allow_blank=True, default="", help_text="When the account has one.")


class SessionSerializer(serializers.ModelSerializer[Session]):
    is_current = serializers.SerializerMethodField(help_text="Whether this request comes from it.")

    class Meta:
        model = Session
        fields = ["id", "user_agent", "created_at", "last_seen_at", "expires_at", "is_current"]
        read_only_fields = fields

    def get_is_current(self, session: Session) -> bool:
        return bool(session.pk == self.context.get("session_id"))


class DeletionSerializer(serializers.Serializer[User]):
    password = PasswordField(required=False, allow_blank=True, default="", help_text="When the account has one.")


class DeletionRequestedSerializer(SentenceSerializer):
    deletion_due_at = serializers.DateTimeField(help_text="Until then, signing in takes the deletion back.")


class DataExportSerializer(serializers.ModelSerializer[DataExport]):
    downloads = serializers.SerializerMethodField(help_text="Addresses of the ZIP files; they need the bearer token.")

    class Meta:
        model = DataExport
        fields = ["id", "state", "created_at", "ready_at", "expires_at", "downloads"]
        read_only_fields = fields

    def get_downloads(self, export: DataExport) -> list[str]:
        if export.state != DataExport.State.READY:
            return []
        request = self.context["request"]
        paths = (f"/api/v1/me/export/{export.pk}/{part}/" for part in range(1, export.parts + 1))
        return [request.build_absolute_uri(path) for path in paths]
