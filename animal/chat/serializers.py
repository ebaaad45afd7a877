"""Shapes of conversations and messages on the wire."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from animal.chat.examples import (
    CONTACT_OWNER_EXAMPLE,
    CONTACTED_EXAMPLE,
    CONVERSATION_EXAMPLE,
    CONVERSATION_START_EXAMPLE,
    MESSAGE_EXAMPLE,
    MESSAGE_INPUT_EXAMPLE,
    MESSAGES_EXAMPLE,
)
from animal.chat.models import Message, MessageAttachment
from animal.chat.selectors import message_read_at
from animal.chat.services import MAX_BODY
from animal.core.serializers import ErrorSerializer
from animal.core.text import LongTextField, PlainTextField
from animal.images.selectors import image_url

LARGEST_ID = 2**63 - 1


@extend_schema_serializer(examples=[CONVERSATION_EXAMPLE])
class ConversationSerializer(serializers.Serializer):
    """See `animal.chat.cards`."""

    id = serializers.UUIDField()
    pet_location_id = serializers.IntegerField()
    pet_name = serializers.CharField()
    pet_image_url = serializers.CharField(allow_null=True)
    last_message_at = serializers.DateTimeField(allow_null=True)
    last_message_preview = serializers.CharField(allow_null=True)
    unread_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    is_test = serializers.BooleanField()


class AttachmentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_url(self, attachment: MessageAttachment) -> str:
        return image_url(attachment.image, size="rendition", request=self.context.get("request"))


@extend_schema_serializer(examples=[MESSAGE_EXAMPLE])
class MessageSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    sender_id = serializers.IntegerField(allow_null=True)
    sender_name = serializers.CharField()
    body = serializers.CharField()
    attachments = AttachmentSerializer(many=True)
    created_at = serializers.DateTimeField()
    read_at = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_read_at(self, message: Message) -> Any:
        read_at = message_read_at(message, self.context["viewer"])
        return serializers.DateTimeField().to_representation(read_at) if read_at else None


@extend_schema_serializer(examples=[MESSAGES_EXAMPLE], component_name="MessageList")
class MessagesSerializer(serializers.Serializer):
    messages = MessageSerializer(many=True)
    server_time = serializers.CharField()


class MessageInputSerializer(serializers.Serializer):
    body = LongTextField(max_length=MAX_BODY, allow_blank=True, required=False, default="")


@extend_schema_serializer(examples=[MESSAGE_INPUT_EXAMPLE])
class MessageFormSerializer(MessageInputSerializer):
    attachments = serializers.ListField(
        child=serializers.FileField(), required=False, help_text="At most six; `image` is another name for one."
    )


@extend_schema_serializer(examples=[CONVERSATION_START_EXAMPLE])
class ConversationStartSerializer(serializers.Serializer):
    pet_location_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class ContactOwnerSerializer(serializers.Serializer):
    """The phone number is checked and dropped: nobody is shown it, so it is not kept."""

    pet_location_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    message = LongTextField(max_length=MAX_BODY)
    contact_name = PlainTextField(max_length=100)
    contact_email = serializers.EmailField(max_length=254)
    contact_phone = PlainTextField(max_length=40, allow_blank=True, required=False, default="")


@extend_schema_serializer(examples=[CONTACT_OWNER_EXAMPLE])
class ContactOwnerFormSerializer(ContactOwnerSerializer):
    image = serializers.FileField(required=False, help_text="A photo to go with the message.")


@extend_schema_serializer(examples=[CONTACTED_EXAMPLE])
class ContactOwnerAnswerSerializer(serializers.Serializer):
    success = serializers.BooleanField()
    message = serializers.CharField()


class ContactOwnerErrorSerializer(ErrorSerializer):
    """As every error, with a `success` that is false; without it when the body could not even be read."""

    success = serializers.BooleanField(required=False, help_text="False.")
