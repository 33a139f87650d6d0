"""Django's settings. SQLite by default; PostgreSQL when ONELOT_DATABASE_URL names one."""

from __future__ import annotations

from pathlib import Path

from onelot.settings.configuration import configuration
from onelot.settings.databases import database_settings
from onelot.settings.mail import mail_server

DEBUG = configuration.debug
SECRET_KEY = configuration.secret_key.get_secret_value()
_PUBLIC = configuration.public_url
ALLOWED_HOSTS = [*configuration.allowed_hosts, *([_PUBLIC.host] if _PUBLIC and _PUBLIC.host else [])]
INSTALLED_APPS = [
    "onelot.ledger",
    "onelot.registry",
    "onelot.jobs",
    "onelot.registry.people",
    "onelot.registry.vault",
    "onelot.recipes.documents",
    "onelot.deviations",
    "onelot.identity",
    "onelot.review.desk",
    "onelot.disposition",
    "onelot.jsonapi",
    "onelot.disposition.dossier",
    "onelot.disposition.board",
    "onelot.partners",
    "onelot.audit",
    "onelot.notices",
    "onelot.review.renewal",
    "onelot.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "onelot.web.measuring.MeasureMiddleware",
    "onelot.registry.access.guards.ProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "onelot.registry.access.guards.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "onelot.jsonapi.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "onelot.registry.access.continuity.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "onelot.registry.access.guards.RateMiddleware",
    "axes.middleware.AxesMiddleware",
    "onelot.web.middleware.PersonMiddleware",
    "onelot.disposition.board.attention.AttentionMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "onelot.registry.access.continuity.ContinuityMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onelot.web.context.navigation",
                "onelot.registry.access.panel.signer",
            ],
        },
    },
]
ROOT_URLCONF = "onelot.web.urls"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("person", "name", "email")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "onelot.registry.access.passwords.NotUsedBefore"},
]  # fmt: skip
AXES_USERNAME_FORM_FIELD = "username"
AXES_HANDLER = "onelot.registry.access.locking.AttemptHandler"
AXES_FAILURE_LIMIT = configuration.failures
AXES_LOCKOUT_PARAMETERS = [
    "username"
]  # a plant or a hospital is one address to us: it is not locked for one person
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_COOLOFF_TIME = configuration.lock_minutes / 60  # hours
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nobody keeps another locked by going on
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "onelot.registry.access.locking.locked_response"
PASSWORD_RESET_TIMEOUT = configuration.link_hours * 3600
ONELOT_PASSWORD_DAYS = configuration.password_days
ONELOT_PASSWORD_HISTORY = configuration.password_history
ONELOT_IDLE_SECONDS = configuration.idle_minutes * 60
ONELOT_SESSION_SECONDS = configuration.session_hours * 3600
ONELOT_SECOND_FACTOR_ROLES = configuration.roles_with_second_factor
ONELOT_ROLE_CURRICULA = configuration.role_curricula
ONELOT_COI_FORMAT = configuration.chosen_coi_format
ONELOT_POSTS_A_MINUTE = configuration.posts_a_minute
ONELOT_SIGN_INS_A_MINUTE = configuration.sign_ins_a_minute
ONELOT_TRUSTED_PROXIES = [str(network) for network in configuration.trusted_proxies]
ACCOUNT_ADAPTER = "onelot.registry.access.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "person"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = [
    "username*",
    "password1*",
]  # nobody signs up; allauth wants the two settings to agree
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key"}  # for codes; passwords are counted by axes
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if configuration.is_https else "http"
MFA_ADAPTER = "onelot.registry.access.adapters.FactorAdapter"
MFA_FORMS = {
    "add_webauthn": "onelot.registry.access.key_forms.AddKeyForm",
    "authenticate_webauthn": "onelot.registry.access.key_forms.UseKeyForm",
    "reauthenticate_webauthn": "onelot.registry.access.key_forms.ConfirmKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute wrong
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses come from the registry
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (
    not configuration.is_https
)  # 127.0.0.1 without https: the demo, the tests
SOCIALACCOUNT_ADAPTER = "onelot.registry.access.single_sign_on.SubjectAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # form-action 'self' lets no form lead to another site; a link does
SOCIALACCOUNT_STORE_TOKENS = False
ONELOT_OIDC_ISSUER = str(configuration.oidc_issuer).rstrip("/") if configuration.oidc_issuer else ""
ONELOT_OIDC_NAME = configuration.oidc_name
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": ONELOT_OIDC_NAME,
                "client_id": configuration.oidc_client_id,
                "secret": configuration.oidc_client_secret.get_secret_value(),
                "settings": {"server_url": ONELOT_OIDC_ISSUER, "fetch_userinfo": False},
            }
        ],
    }
}
CACHES = {  # shared by all processes: a one-time code is taken once, whichever process takes it
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "onelot_cache"},
    "charts": {  # drawings, each under the digest of what it was drawn from; any may go at any time
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": configuration.home.absolute() / "charts",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
SESSION_COOKIE_AGE = 2 * 24 * 3600  # ContinuityMiddleware suspends and ends sessions long before
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = configuration.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [str(_PUBLIC).rstrip("/")] if _PUBLIC else []
SECURE_SSL_REDIRECT = configuration.is_https
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked for on the machine itself, not through the proxy
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if configuration.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = configuration.is_https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if configuration.trusted_proxies else None
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    },
}
API_REQUESTS_A_MINUTE = configuration.api_requests_a_minute
_MAIL = mail_server(configuration.mail_url.get_secret_value())
ONELOT_MAIL = _MAIL is not None
ONELOT_PUBLIC_URL = str(_PUBLIC).rstrip("/") if _PUBLIC else ""
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _MAIL else 'dummy'}.EmailBackend"
if _MAIL:
    EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL.uses_starttls, _MAIL.uses_tls
EMAIL_TIMEOUT = 20  # seconds, for each step
DEFAULT_FROM_EMAIL = configuration.mail_from
WEBHOOK_KEY_FILE = configuration.webhook_key_file or configuration.home / "keys" / "webhooks.key"
WEBHOOK_NETWORKS = [str(network) for network in configuration.webhook_networks]
FILE_UPLOAD_HANDLERS = [
    "onelot.web.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Called with the bytes and the name of a document that is put forward; each raises Refused where it is not sound.
ONELOT_DOCUMENT_CHECKS = ["onelot.review.findings.check_policy_file"]
# Modules that say what work there is.
ONELOT_JOBS = [
    "onelot.jobs.tasks",
    "onelot.audit.tasks",
    "onelot.review.renewal.tasks",
    "onelot.disposition.dossier.tasks",
    "onelot.jsonapi.tasks",
    "onelot.notices.tasks",
]
STATIC_URL = "static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "onelot.web.statics.DigestStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 365 * 24 * 3600  # every page names each file with the digest of its content
AUTH_USER_MODEL = "registry.Account"
DATABASES = {"default": database_settings(configuration)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [Path(__file__).parents[1] / "web" / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
