from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from animal.web import about_views, case_views, tag_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("favicon.ico", views.favicon),
    path("auth/magic", views.magic_link, name="magic-link"),
    # Where mails and notifications lead; a separate web client has a page of one's own pets there.
    path("user", RedirectView.as_view(pattern_name="home", http_method_names=["get", "head"])),
    path("sign-in", views.sign_in, name="sign-in"),
    path("forgot-password", views.forgot_password, name="forgot-password"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("found/<str:tag>", tag_views.found_tag, name="found-tag"),
    path("found/<str:tag>/", tag_views.found_tag),
    path("found/<str:tag>/report", tag_views.found_report, name="found-report"),
    # What printed tags say: short, and in capitals, for which a QR code needs less room.
    path("T/<str:tag>", case_views.short_tag),
    path("lost/<int:case_id>", case_views.case, name="case"),
    path("lost/<int:case_id>/message", case_views.case_message, name="case-message"),
    path("lost/<int:case_id>/share.jpg", case_views.case_picture, name="case-picture"),
    path("follow-up/<str:token>", tag_views.follow_up, name="follow-up"),
    path("privacy", about_views.privacy, name="privacy"),
    path("terms", about_views.terms, name="terms"),
    path("pet/map", views.pet_map, name="pet-map"),
    path("report", views.report_new, name="report-new"),
    path("matches/<int:match_id>/<str:answer>", views.match_answer, name="match-answer"),
    path("chat/<uuid:conversation_id>", views.chat, name="chat"),
]
