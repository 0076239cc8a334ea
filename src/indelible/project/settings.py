"""Django's settings, made from the home alone: no setting changes what is recorded, signed or allowed."""

from __future__ import annotations

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from indelible.infra import database, environment, home

try:
    environment.check()
except environment.Unknown as problem:
    raise ImproperlyConfigured(str(problem)) from None

HOME = home.from_environment()
_settings = HOME.read() if HOME.exists() else home.fresh_settings("sqlite", "production")

ENVIRONMENT = _settings.environment
SECRET_KEY = _settings.secret
DEBUG = False
ALLOWED_HOSTS = environment.listed("INDELIBLE_HOSTS")
ROOT_URLCONF = "indelible.project.urls"
WSGI_APPLICATION = "indelible.project.wsgi.application"

DATABASES: dict[str, Any]
if _settings.database == "sqlite":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME.database_file),
            "OPTIONS": database.SQLITE_OPTIONS,
        }
    }
else:
    DATABASES = {"default": dj_database_url.parse(_settings.database, conn_max_age=600, conn_health_checks=True)}
    # A server that is gone without a word is noticed while somebody still waits for the answer.
    patience = {"connect_timeout": 5, "tcp_user_timeout": 10_000}
    given = DATABASES["default"].get("OPTIONS", {})
    planning = {"prepare_threshold": database.PLANNED_AFTER, "options": database.session(given.get("options", ""))}
    DATABASES["default"]["OPTIONS"] = {**given, **patience, **planning}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "indelible.kernel",
    "indelible.practice",
    "indelible.faces.web",
    "indelible.project",
]
MIDDLEWARE = [
    "indelible.project.arrival.Arrival",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "indelible.faces.web.sessions.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "indelible.faces.web.middleware.Faces",  # before CSRF, which reads the body: first who asks, then what is sent
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "indelible.faces.web.shell.context",
            ]
        },
    }
]

AUTH_USER_MODEL = "kernel.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "indelible.faces.web.fresh.FreshSignIns",  # as the next one:
    "indelible.faces.web.factors.Passkeys",  # for one statement at a time, never for a session
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"  # as `authenticate` is called at sign-in and at signing, whatever the form says
AXES_CLIENT_IP_CALLABLE = "indelible.faces.web.guessing.address"
AXES_LOCKOUT_CALLABLE = "indelible.faces.web.login.as_answered"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_URL = "/login"
CSRF_FAILURE_VIEW = "indelible.faces.web.answers.old_page"
SESSION_COOKIE_AGE = 24 * 3600  # the longest that a company's policies can allow; they end sessions earlier
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
TLS = environment.is_on("INDELIBLE_TLS")
PUBLIC_URL = environment.text("INDELIBLE_URL")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
COOKIE_PREFIX = "__Host-" if TLS else ""  # such a cookie no other host and no unencrypted page can have set
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}indelible_session"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}indelible_csrf"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
)  # `arrival` lets it through from proxies alone
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "indelible.faces.web.assets.OfThisBuild"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["indelible.faces.web.files.Limited"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "indelible.infra.logs.Line"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://indelible.infra.logs.out"}
    },
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "indelible": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = ["axes.W001"]
