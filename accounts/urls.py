from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from accounts import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/auth/signup/", api.UserSignUpApi.as_view()),
    path("api/auth/login/", api.SessionSignInApi.as_view()),
    path("api/auth/logout/", api.SessionSignOutApi.as_view()),
    path("api/auth/magic/request/", api.MagicRequestApi.as_view()),
    path("api/auth/magic/consume/", api.MagicConsumeApi.as_view()),
    path("api/auth/users/count/", api.UserCountApi.as_view()),
    path("api/token/refresh/", api.SessionRefreshApi.as_view()),
]
