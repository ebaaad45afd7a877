from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from accounts import api, data_api, links_api, me_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/signup/", api.UserSignUpApi.as_view()),
    path("api/auth/login/", api.SessionSignInApi.as_view()),
    path("api/auth/logout/", api.SessionSignOutApi.as_view()),
    path("api/auth/google/", api.GoogleSignInApi.as_view()),
    path("api/auth/users/count/", api.UserCountApi.as_view()),
    path("api/token/", api.TokenObtainApi.as_view()),
    path("api/token/refresh/", api.SessionRefreshApi.as_view()),
    path("api/auth/magic/request/", links_api.MagicRequestApi.as_view()),
    path("api/auth/magic/consume/", links_api.MagicConsumeApi.as_view()),
    path("api/auth/verify-email/", links_api.VerifyEmailApi.as_view()),
    path("api/auth/resend-verification/", links_api.VerificationResendApi.as_view()),
    path("api/auth/forgot-password/", links_api.PasswordForgottenApi.as_view()),
    path("api/auth/reset-password/", links_api.PasswordResetApi.as_view()),
    path("api/v1/me/", data_api.MeApi.as_view()),
    path("api/v1/me/export/", data_api.DataExportApi.as_view()),
    path("api/v1/me/export/<uuid:export_id>/<int:part>/", data_api.DataExportPartApi.as_view()),
    path("api/v1/me/password/", me_api.PasswordChangeApi.as_view()),
    path("api/v1/me/email/", me_api.EmailChangeApi.as_view()),
    path("api/v1/sessions/", me_api.SessionListApi.as_view()),
    path("api/v1/sessions/<uuid:session_id>/", me_api.SessionDetailApi.as_view()),
]
