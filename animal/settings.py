"""Settings, grouped by part. Every value that an operator may change comes from the environment (.env.example)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from dotenv import load_dotenv
from whitenoise.compress import Compressor

from animal.core.api_tags import ENUM_NAMES, TAGS
from animal.core.cache_settings import REDIS_OPTIONS
from animal.core.database_settings import database_settings, database_timeout
from animal.core.dev_key import development_key
from animal.core.env import (
    MISSING_KEY,
    env_bool,
    env_choice,
    env_float,
    env_int,
    env_list,
    env_origin,
    env_redis,
    env_str,
)
from animal.core.mail_settings import mail_transport
from animal.core.map_settings import map_settings
from animal.core.observation_settings import observation_settings
from animal.core.operation_settings import operation_settings
from animal.core.push_settings import push_settings
from animal.core.storage_settings import file_settings

BASE_DIR = Path(__file__).resolve().parent.parent
_env_file = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
if _env_file:
    load_dotenv(_env_file)

VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))

# --- Security -------------------------------------------------------------------------------------------------------
DEBUG = env_bool("DEBUG", False)
# Django raises at the first look at an empty key, long before the check that says in a sentence what to do can run.
SECRET_KEY = env_str("SECRET_KEY") or (development_key(VAR_DIR) if DEBUG else MISSING_KEY)
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
NUM_PROXIES = env_int("NUM_PROXIES", 0, minimum=0, maximum=5)
# Cookies and HSTS follow the scheme that people use to reach us, which the operator states in SITE_URL.
SITE_URL = env_origin("SITE_URL")
FRONTEND_URL = env_origin("FRONTEND_URL")
# Where this service itself is reached, if a separate web client has SITE_URL or FRONTEND_URL.
API_URL = env_origin("API_URL")
PORT = env_int("PORT", 8000, minimum=1, maximum=65535)
_HTTPS = (SITE_URL or FRONTEND_URL).startswith("https://")
SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 31_536_000 if _HTTPS else 0, minimum=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "pawgle_session"
CSRF_COOKIE_SECURE = _HTTPS
X_FRAME_OPTIONS = "DENY"
# Where the admin is, without slashes around it.
ADMIN_URL = env_str("ADMIN_URL", "admin").strip("/")
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}

# Our own page of a new password leads back to the web client, and browsers hold redirections of a form to this list.
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += sorted({SITE_URL, FRONTEND_URL} - {""})

# --- Applications ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "js_lib_leaflet",
    "animal.core",
    "accounts",
    "animal.alerts",
    "animal.images",
    "animal.recognition",
    "animal.pets",
    "animal.reports",
    "animal.chat",
    "animal.matching",
    "animal.moderation",
    "animal.ops",
    "animal.web",
    "animal.demo",
    "animal.bench",
    "animal.moderation.desk_app.DeskConfig",  # Behind ours, whose templates take the place of its own.
]
MIDDLEWARE = [
    "animal.ops.requests.RequestWatch",
    "animal.ops.health.HealthProbes",
    "animal.core.middleware.CollapseSlashes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "animal.core.languages.BrowserLanguage",
    "animal.core.middleware.PrivateAnswers",
    "animal.core.middleware.ApiErrorsInJson",
    "animal.core.bodies.WholeBodies",
    "csp.middleware.CSPMiddleware",
    "animal.core.middleware.PermissionsPolicy",
    "animal.ops.maintenance.Maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "animal.core.middleware.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PageViewer",
    "accounts.middleware.AccountLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "animal.urls"
WSGI_APPLICATION = "animal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "animal.web.languages.language_switch",
                "animal.web.viewers.unread_messages",
            ],
        },
    },
]
# auth.W004 wants `email` itself to be unique; `email_key`, its normalised form, is, on every database alike.
# security.W005 and W021: whether every subdomain is https, and whether browsers should ship the domain in their
# preload list, are for the owner of the domain to say; neither can be taken back quickly.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "security.W005", "security.W021"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCESS_TOKEN_LIFETIME = timedelta(minutes=env_int("JWT_ACCESS_TOKEN_LIFETIME_MINUTES", 30, minimum=1))
REFRESH_TOKEN_LIFETIME = timedelta(days=env_int("JWT_REFRESH_TOKEN_LIFETIME_DAYS", 14, minimum=1))
SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME, "REFRESH_TOKEN_LIFETIME": REFRESH_TOKEN_LIFETIME}
# A browser on our own pages stays signed in as long as a device of the API does, counted from its last visit.
SESSION_COOKIE_AGE = int(REFRESH_TOKEN_LIFETIME.total_seconds())
REFRESH_COOKIE_NAME = env_str("REFRESH_COOKIE_NAME", "pawgle_refresh")
REFRESH_COOKIE_SECURE = env_bool("REFRESH_COOKIE_SECURE", _HTTPS)
REFRESH_COOKIE_SAMESITE = env_choice("REFRESH_COOKIE_SAMESITE", "Lax", ["Lax", "Strict", "None"])
REFRESH_COOKIE_DOMAIN = env_str("REFRESH_COOKIE_DOMAIN") or None
REFRESH_COOKIE_PATH = env_str("REFRESH_COOKIE_PATH", "/")
MAGIC_LINK_LIFETIME = timedelta(minutes=15)
ACCOUNT_DELETION_GRACE_DAYS = env_int("ACCOUNT_DELETION_GRACE_DAYS", 14, minimum=0, maximum=365)
GOOGLE_OAUTH_CLIENT_ID = env_str("GOOGLE_OAUTH_CLIENT_ID")
GOOGLE_OAUTH_CLIENT_SECRET = env_str("GOOGLE_OAUTH_CLIENT_SECRET")
GOOGLE_KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"
GOOGLE_SIGN_IN_URL = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"

# --- Rows -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": database_settings(var_dir=VAR_DIR)}
# Only of web processes, and of workers in another measure: a migration or a backup takes its time.
DATABASE_TIMEOUT_SECONDS = database_timeout()

# --- Pictures -------------------------------------------------------------------------------------------------------
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
MAX_UPLOAD_SIZE_MB = env_int("MAX_UPLOAD_SIZE_MB", 15, minimum=1, maximum=100)
MAX_IMAGE_MEGAPIXELS = env_int("MAX_IMAGE_MEGAPIXELS", 64, minimum=1, maximum=200)
IMAGE_MASTER_SIZE_PX = env_int("IMAGE_MASTER_SIZE_PX", 2048, minimum=640, maximum=8192)
MAX_PET_PHOTOS = 10
STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "animal.web.basemap.BasemapFinder",
]
STATIC_ROOT = VAR_DIR / "static"
# Every page names files by their hash, and source maps are for developers' tools. Compressing what nobody fetches took
# two thirds of `collectstatic`.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
_files = file_settings(var_dir=VAR_DIR, debug=DEBUG)
STORAGES = _files.storages
CLOUDFLARE_S3_API, R2_PUBLIC_URL, BACKUPS_IN = _files.s3_endpoint, _files.public_url, _files.backups_in
if _files.pictures_origin:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(_files.pictures_origin)
# The image service enforces MAX_UPLOAD_SIZE_MB per file; Django's own limit concerns form text only.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Maps -----------------------------------------------------------------------------------------------------------
_maps = map_settings()
MAP_TILE_URL, MAP_ATTRIBUTION, GEOCODER_URL = _maps.tile_url, _maps.attribution, _maps.geocoder_url
if _maps.tile_origin:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(_maps.tile_origin)

# --- Recognition ----------------------------------------------------------------------------------------------------
EMBEDDING_PROVIDER = env_str("EMBEDDING_PROVIDER", "onnx")
HUGGINGFACE_SPACE = env_str("HUGGINGFACE_SPACE").rstrip("/")
HUGGINGFACE_API_TOKEN = env_str("HUGGINGFACE_API_TOKEN")
HUGGINGFACE_SPACE_VERSION = env_str("HUGGINGFACE_SPACE_VERSION")
MODEL_DIR = Path(env_str("MODEL_DIR", str(BASE_DIR / "animal" / "recognition" / "weights")))
QDRANT_CLUSTER_ENDPOINT = env_origin("QDRANT_CLUSTER_ENDPOINT")
QDRANT_API_KEY = env_str("QDRANT_API_KEY")
QDRANT_PETS_COLLECTION = env_str("QDRANT_PETS_COLLECTION", "pawgle_pets")
QDRANT_REPORTS_COLLECTION = env_str("QDRANT_REPORTS_COLLECTION", "pawgle_reports")

# --- Matching -------------------------------------------------------------------------------------------------------
AUTOMATCH_MIN_SIMILARITY = env_float("AUTOMATCH_MIN_SIMILARITY", 0.6, minimum=0, maximum=1)
AUTOMATCH_MAX_DISTANCE_KM = env_float("AUTOMATCH_MAX_DISTANCE_KM", 50, minimum=0.1, maximum=20_000)
AUTOMATCH_CANDIDATE_LIMIT = env_int("AUTOMATCH_CANDIDATE_LIMIT", 10, minimum=1, maximum=100)

# --- Queue ----------------------------------------------------------------------------------------------------------
Q_WORKERS = env_int("Q_WORKERS", 1, minimum=1, maximum=64)
# timeout < lease < retry: a task is stopped before its lease ends, and its lease has ended before it comes back.
TASK_TIMEOUT_SECONDS = env_int("TASK_TIMEOUT_SECONDS", 20, minimum=2)
TASK_LEASE_SECONDS = env_int("TASK_LEASE_SECONDS", TASK_TIMEOUT_SECONDS + 10, minimum=3)
# How long a task waits for a part that is down before it looks again.
TASK_WAIT_SECONDS = env_int("TASK_WAIT_SECONDS", 30, minimum=1, maximum=3600)
# What tells workers that there is work: looking ten times a second, or a word through Redis.
Q_BROKER = env_choice("Q_BROKER", "orm", ["orm", "redis"])
Q_CLUSTER = {
    "name": "pawgle",
    "orm": "default",
    "broker_class": f"animal.core.queue_broker.{'WokenOrm' if Q_BROKER == 'redis' else 'PatientOrm'}",
    "workers": Q_WORKERS,
    "bulk": 1,
    "queue_limit": Q_WORKERS,
    "timeout": TASK_TIMEOUT_SECONDS,
    "retry": TASK_LEASE_SECONDS + 10,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0 if Q_BROKER == "redis" else 0.1,
    "recycle": 500,
    "max_rss": 420_000,
    "log_level": env_choice("Q_LOG_LEVEL", "WARNING", ["DEBUG", "INFO", "WARNING", "ERROR"]),
}

WEB_CONCURRENCY = env_int("WEB_CONCURRENCY", 1, minimum=1, maximum=256)

# --- Cache and throttles --------------------------------------------------------------------------------------------
REDIS_URL = env_redis("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "animal.core.caches.CountedRedisCache", "LOCATION": REDIS_URL, "OPTIONS": REDIS_OPTIONS}
    if REDIS_URL
    # Room for everybody's counts: Django's default of 300 entries forgets an hour's count within minutes.
    else {"BACKEND": "animal.core.caches.CountedLocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}
}
_THROTTLE_DEFAULTS = {
    "anon": "60/min",
    "user": "300/min",
    "login": "10/min",
    "signup": "5/min",
    "password_reset": "5/hour",
    "email_verification": "5/hour",
    "pet_search": "20/min",
    "pet_write": "30/min",
    "report_pet": "10/min",
    "contact_owner": "10/hour",
    "data_export": "5/hour",
    "tag_report": "10/hour",
    "follow_up": "60/hour",
    "chat_poll": "60/min",
    "unsubscribe": "300/min",
    "map": "240/min",
    "geocode": "20/min",
}
THROTTLE_RATES = {scope: env_str(f"THROTTLE_{scope.upper()}_RATE", rate) for scope, rate in _THROTTLE_DEFAULTS.items()}

# --- API ------------------------------------------------------------------------------------------------------------
CORS_ALLOWED_ORIGINS = env_list("CORS_ALLOWED_ORIGINS", ["http://localhost:3000", "http://127.0.0.1:3000"])
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "x-client-build", "x-client-version", "x-request-id")
CORS_EXPOSE_HEADERS = ("idempotent-replayed", "retry-after", "x-request-id")
CORS_URLS_REGEX = r"^/+(api|media)/.*$"
CSRF_TRUSTED_ORIGINS = CORS_ALLOWED_ORIGINS
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "animal.core.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "animal.core.negotiation.AlwaysAnswers",
    "DEFAULT_THROTTLE_CLASSES": ["animal.core.throttles.RequestThrottle"],
    "DEFAULT_THROTTLE_RATES": THROTTLE_RATES,
    "DEFAULT_SCHEMA_CLASS": "animal.core.openapi.OperationSchema",
    "EXCEPTION_HANDLER": "animal.core.errors.exception_handler",
    "NUM_PROXIES": NUM_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PawGle",
    "DESCRIPTION": (BASE_DIR / "animal/core/api_guide.md").read_text(),
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "TAGS": TAGS,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "animal.core.openapi_hooks.complete_description",
        "animal.core.openapi_links.link_operations",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # The labels of most choices say no more than the choices themselves.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
}

# --- Mail -----------------------------------------------------------------------------------------------------------
# Through Resend, else a mail server, else into files.
_mail = mail_transport(task_timeout=TASK_TIMEOUT_SECONDS)
EMAIL_BACKEND, EMAIL_TIMEOUT = _mail.backend, _mail.timeout
RESEND_API_KEY, RESEND_API_URL = _mail.resend_api_key, _mail.resend_api_url
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.host, _mail.port, _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "PawGle <no-reply@localhost>")
REPLIES_EMAIL = env_str("REPLIES_EMAIL")
FORWARD_REPLY_SECRET = env_str("FORWARD_REPLY_SECRET")
# What browsers are told without a mail.
_push = push_settings()
VAPID_PRIVATE_KEY, VAPID_SUBJECT, PUSH_OWN_SERVICES = _push.private_key, _push.subject, _push.own_services

# --- Operation ------------------------------------------------------------------------------------------------------
_operation = operation_settings()
RELEASE, BACKUP_PICTURES, BACKUP_ENCRYPTION_KEYS = _operation.release, _operation.pictures, _operation.encryption_keys
BACKUP_KEEP_DAYS, BACKUP_KEEP_COUNT = _operation.keep_days, _operation.keep_count
RETENTION_DAYS = _operation.retention_days
CLIENT_VERSION_REQUIRED, CLIENT_VERSION_RECOMMENDED = _operation.clients

# --- Time, language, logs, metrics ------------------------------------------------------------------------------------
TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
# In their own words, as in a list of languages that one chooses from.
LANGUAGES = [("en", "English"), ("es", "Español"), ("de", "Deutsch"), ("fr", "Français"), ("hi", "हिन्दी")]
LANGUAGE_COOKIE_NAME = "pawgle_language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SECURE = _HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "animal" / "locale"]
FORMAT_MODULE_PATH = ["animal.formats"]
USE_I18N = True
_observation = observation_settings(debug=DEBUG, var_dir=VAR_DIR)
LOGGING = _observation.logging
SLOW_REQUEST_SECONDS, SLOW_QUERY_SECONDS = _observation.slow_request, _observation.slow_query
METRICS_TOKEN, METRICS_FOLDER = _observation.metrics_token, _observation.metrics_folder

# --- Errors to Sentry -----------------------------------------------------------------------------------------------
SENTRY_DSN = env_str("SENTRY_DSN")
SENTRY_ENVIRONMENT = env_str("SENTRY_ENVIRONMENT", "development")
SENTRY_TRACES_SAMPLE_RATE = env_float("SENTRY_TRACES_SAMPLE_RATE", 0.1, minimum=0, maximum=1)
SENTRY_PROFILES_SAMPLE_RATE = env_float("SENTRY_PROFILES_SAMPLE_RATE", 0, minimum=0, maximum=1)

# --- Drills ---------------------------------------------------------------------------------------------------------
# Names a checkpoint (animal.core.faults) at which this process kills itself. Refused when DEBUG is off.
FAULT_KILL_AT = env_str("FAULT_KILL_AT") if DEBUG else ""
