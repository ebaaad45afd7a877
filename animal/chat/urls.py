"""Routes of conversations."""

from __future__ import annotations

from django.urls import path

from animal.chat import api

urlpatterns = [
    path("api/auth/chat/conversations/", api.ConversationListApi.as_view(), name="conversation-list"),
    path("api/auth/chat/conversations/start/", api.ConversationStartApi.as_view(), name="conversation-start"),
    path(
        "api/auth/chat/conversations/<uuid:conversation_id>/",
        api.ConversationDetailApi.as_view(),
        name="conversation-detail",
    ),
    path(
        "api/auth/chat/conversations/<uuid:conversation_id>/messages/",
        api.MessageListCreateApi.as_view(),
        name="message-list",
    ),
    path("api/auth/pets/contact-owner/", api.ContactOwnerApi.as_view(), name="contact-owner"),
]
