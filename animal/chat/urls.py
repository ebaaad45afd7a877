"""Routes of conversations."""

from __future__ import annotations

from django.urls import path

from animal.chat import address_api, api, inbound_api, tag_api

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
    path("api/v1/found/<str:tag>/report/", tag_api.TagReportApi.as_view(), name="tag-report"),
    path("api/v1/follow-up/<str:token>/", tag_api.FollowUpApi.as_view(), name="follow-up-api"),
    path("api/auth/pets/contact-owner/", api.ContactOwnerApi.as_view(), name="contact-owner"),
    path("api/auth/email/forward-reply/", inbound_api.ForwardReplyApi.as_view(), name="forward-reply"),
    path("api/auth/api/auth/conversations/share-info/", address_api.ShareInfoApi.as_view(), name="share-info"),
    path(
        "api/auth/share-contact/<uuid:conversation_id>/<str:user_type>/<str:answer>/",
        address_api.ShareContactApi.as_view(),
        name="share-contact",
    ),
]
