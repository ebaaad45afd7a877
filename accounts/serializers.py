"""What people send to sign up and sign in, and what they get."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import User
from animal.core.text import PlainTextField

# Nobody types more, and the validators take quadratic time.
MAX_PASSWORD_LENGTH = 256


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
            raise serializers.ValidationError({"confirm_password": ["The two passwords differ."]})
        return attrs


class SignInSerializer(serializers.Serializer[User]):
    # Any text: an address that nobody can have gets the same answer as one that nobody has.
    email = serializers.CharField(max_length=254)
    password = PasswordField()


class MagicRequestSerializer(serializers.Serializer[User]):
    email = serializers.EmailField(max_length=254)


class MagicConsumeSerializer(serializers.Serializer[User]):
    token = serializers.CharField(max_length=200)


class SignedUpSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    user = UserSerializer()


class AccessSerializer(serializers.Serializer[Any]):
    access = serializers.CharField(help_text="JWT for the Authorization header: `Bearer <access>`.")


class SignedInSerializer(AccessSerializer):
    user = UserSerializer()


class SentenceSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class UserCountSerializer(serializers.Serializer[Any]):
    user_count = serializers.IntegerField()
