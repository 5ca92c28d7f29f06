"""All settings, read from the environment. docs/settings.md names each; a test compares the two."""

from __future__ import annotations

from pathlib import Path

from api.configuration import env, extras
from api.configuration.broker import celery_settings
from api.configuration.databases import ROLES, databases
from api.configuration.home_folder import folders_of, secret_key
from api.configuration.static_file_headers import ask_each_time
from governance.vocabulary import Handling

BASE_DIR = Path(__file__).resolve().parent.parent
MEMSTORE_HOME = Path(env.text("MEMSTORE_HOME", str(BASE_DIR / ".memstore"))).absolute()

DEBUG = False
ALLOWED_HOSTS = env.names("MEMSTORE_ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
SECRET_KEY = env.secret("MEMSTORE_SECRET_KEY") or secret_key(MEMSTORE_HOME)
PORT = env.integer("PORT", 8000, low=1, high=65535)
HOST = env.text("HOST", "127.0.0.1")
MEMSTORE_WEB_WORKERS = env.integer("MEMSTORE_WEB_WORKERS", 2, low=1, high=64)
# The system user of web, worker and scheduler when they are started by root.
MEMSTORE_RUN_AS = env.text("MEMSTORE_RUN_AS", "memstore-app")
MEMSTORE_DEMO = env.flag("MEMSTORE_DEMO", default=True)
MEMSTORE_DEMO_LIFE = env.flag("MEMSTORE_DEMO_LIFE", default=True)

# The serving role owns nothing: the role decides whether this process may change the schema.
MEMSTORE_DB_ROLE = env.choice("MEMSTORE_DB_ROLE", "app", tuple(ROLES))
# Celery closes a pool at each task boundary (celery issue 10554), so only the web process asks for one.
MEMSTORE_DB_POOL = env.integer("MEMSTORE_DB_POOL", 0, low=0, high=100)
DATABASES = databases(home=MEMSTORE_HOME, role=MEMSTORE_DB_ROLE, pool_size=MEMSTORE_DB_POOL)
MEMSTORE_EMBEDDED = not env.postgres_url("DATABASE_URL")
DATABASE_ROUTERS = ["governance.keyring.router.KeysRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The keeper of the root key: a file, AWS KMS or the transit engine of Vault. A name has a key per epoch.
MEMSTORE_ROOT_KEY = env.choice("MEMSTORE_ROOT_KEY", "local", ("local", "aws", "vault"))
MEMSTORE_ROOT_KEY_NAME = env.text("MEMSTORE_ROOT_KEY_NAME", "memstore")
MEMSTORE_ROOT_KEY_DELETION_DAYS = env.integer("MEMSTORE_ROOT_KEY_DELETION_DAYS", 7, low=7, high=30)
MEMSTORE_VAULT_MOUNT = env.text("MEMSTORE_VAULT_MOUNT", "transit")
VAULT_ADDR = env.http_url("VAULT_ADDR")
VAULT_TOKEN = env.secret("VAULT_TOKEN")
VAULT_NAMESPACE = env.text("VAULT_NAMESPACE")
if MEMSTORE_ROOT_KEY == "vault" and not (VAULT_ADDR and VAULT_TOKEN):
    raise env.BadSetting(
        "VAULT_ADDR", "an address (and VAULT_TOKEN or VAULT_TOKEN_FILE), since Vault keeps the root key"
    )
if MEMSTORE_ROOT_KEY in extras.MODULES:
    extras.require("MEMSTORE_ROOT_KEY", MEMSTORE_ROOT_KEY)
# The root key of the embedded profile; created with mode 0600 on the first start.
MEMSTORE_ROOT_KEY_FILE = Path(env.text("MEMSTORE_ROOT_KEY_FILE", str(MEMSTORE_HOME / "root.key")))
MEMSTORE_KEY_CACHE_SECONDS = env.integer("MEMSTORE_KEY_CACHE_SECONDS", 60, low=0, high=60)

# The protective ledger: protections that a restored backup must not take back, outside both databases.
MEMSTORE_LEDGER = env.ledger("MEMSTORE_LEDGER", MEMSTORE_HOME / "ledger" / "protections.jsonl")
if MEMSTORE_LEDGER[0] == "s3":
    extras.require("MEMSTORE_LEDGER", "s3")

# The days for which backups of each database are kept, as the operator declares them; 0 means not declared.
# Certificates state from it when the last copy of a destroyed key is gone.
MEMSTORE_BACKUP_DAYS = env.integer("MEMSTORE_BACKUP_DAYS", 0, low=0, high=36_500)
MEMSTORE_KEYS_BACKUP_DAYS = env.integer("MEMSTORE_KEYS_BACKUP_DAYS", 0, low=0, high=36_500)

# The places of signed tree heads, how often they are put there at most, and for how long S3 locks them.
MEMSTORE_AUDIT_ANCHORS = env.anchors("MEMSTORE_AUDIT_ANCHORS", f"file:{MEMSTORE_HOME / 'anchors'}")
if any(kind == "s3" for kind, _ in MEMSTORE_AUDIT_ANCHORS):
    extras.require("MEMSTORE_AUDIT_ANCHORS", "s3")
MEMSTORE_AUDIT_ANCHOR_SECONDS = env.integer("MEMSTORE_AUDIT_ANCHOR_SECONDS", 60, low=0, high=86_400)
MEMSTORE_AUDIT_ANCHOR_DAYS = env.integer("MEMSTORE_AUDIT_ANCHOR_DAYS", 3_650, low=1, high=36_500)
# The youngest month of events that may be dropped is so many months old; 84 covers 45 CFR 164.528's six years.
MEMSTORE_AUDIT_KEEP_MONTHS = env.integer("MEMSTORE_AUDIT_KEEP_MONTHS", 84, low=1, high=1_200)
MEMSTORE_AUDIT_CHECK_HOURS = env.integer("MEMSTORE_AUDIT_CHECK_HOURS", 24, low=1, high=744)
# The second witness: a copy of every audit event, outside the databases.
MEMSTORE_WITNESS = env.sink("MEMSTORE_WITNESS", MEMSTORE_HOME / "witness" / "events.jsonl")
MEMSTORE_WITNESS_BACKLOG = env.integer("MEMSTORE_WITNESS_BACKLOG", 10_000, low=100, high=1_000_000)
MEMSTORE_WITNESS_MAX_MB = env.integer("MEMSTORE_WITNESS_MAX_MB", 256, low=1, high=65_536)
# The proxies whose X-Forwarded-For counts, and the token that lets others than this machine read the metrics.
MEMSTORE_TRUSTED_PROXIES = env.networks("MEMSTORE_TRUSTED_PROXIES")
MEMSTORE_METRICS_TOKEN = env.token("MEMSTORE_METRICS_TOKEN")

# Processors: nothing leaves the machine unless one of the two OPENAI settings names where to.
OPENAI_API_KEY = env.secret("OPENAI_API_KEY")
OPENAI_BASE_URL = env.http_url("OPENAI_BASE_URL")
_PROVIDER = "openai" if OPENAI_API_KEY or OPENAI_BASE_URL else "local"
MEMSTORE_RECONCILE = env.flag("MEMSTORE_RECONCILE", default=True)
MEMSTORE_EXTRACTOR = env.choice("MEMSTORE_EXTRACTOR", _PROVIDER, ("local", "openai", "fake"))
MEMSTORE_LLM_MODEL = env.text("MEMSTORE_LLM_MODEL", "gpt-5-mini")
MEMSTORE_EMBEDDER = env.choice("MEMSTORE_EMBEDDER", "local", ("local", "openai", "fake"))
MEMSTORE_EMBEDDING_MODEL = env.text("MEMSTORE_EMBEDDING_MODEL", "text-embedding-3-small")
MEMSTORE_EMBEDDING_DIMENSIONS = env.integer("MEMSTORE_EMBEDDING_DIMENSIONS", 384, low=8, high=4096)
MEMSTORE_PROVIDER_TIMEOUT_SECONDS = env.integer("MEMSTORE_PROVIDER_TIMEOUT_SECONDS", 30, low=1, high=300)
if "openai" in (MEMSTORE_EXTRACTOR, MEMSTORE_EMBEDDER) and not (OPENAI_API_KEY or OPENAI_BASE_URL):
    raise env.BadSetting("OPENAI_API_KEY", "a key (or OPENAI_BASE_URL), since a provider of kind openai is chosen")

# The console: a session ends when it is not used for so long, and after eight hours in any case.
MEMSTORE_CONSOLE_IDLE_MINUTES = env.integer("MEMSTORE_CONSOLE_IDLE_MINUTES", 30, low=2, high=480)
# Single sign-on for one organisation's staff, through its own OpenID Connect provider (extra `oidc`).
MEMSTORE_OIDC_ISSUER = env.http_url("MEMSTORE_OIDC_ISSUER")
MEMSTORE_OIDC_CLIENT_ID = env.text("MEMSTORE_OIDC_CLIENT_ID")
MEMSTORE_OIDC_CLIENT_SECRET = env.secret("MEMSTORE_OIDC_CLIENT_SECRET")
MEMSTORE_OIDC_TENANT = env.text("MEMSTORE_OIDC_TENANT")
MEMSTORE_OIDC_AMR = env.names("MEMSTORE_OIDC_AMR", ())
MEMSTORE_OIDC_ACR = env.names("MEMSTORE_OIDC_ACR", ())
if MEMSTORE_OIDC_ISSUER and not (MEMSTORE_OIDC_CLIENT_ID and MEMSTORE_OIDC_TENANT):
    raise env.BadSetting("MEMSTORE_OIDC_ISSUER", "MEMSTORE_OIDC_CLIENT_ID and MEMSTORE_OIDC_TENANT beside it")

if MEMSTORE_OIDC_ISSUER:
    extras.require("MEMSTORE_OIDC_ISSUER", "oidc")

# Limits of one request. A body over the limit is refused unread, and so is one that does not arrive in time.
MEMSTORE_MAX_BODY_BYTES = env.integer("MEMSTORE_MAX_BODY_BYTES", 4 * 2**20, low=1024, high=64 * 2**20)
# From the head of a request to the last byte of its body.
MEMSTORE_BODY_SECONDS = env.integer("MEMSTORE_BODY_SECONDS", 20, low=1, high=600)
MEMSTORE_RATE_LIMIT_PER_MINUTE = env.integer("MEMSTORE_RATE_LIMIT_PER_MINUTE", 12_000, low=1, high=10_000_000)
MEMSTORE_RATE_LIMIT_STORE = env.text("MEMSTORE_RATE_LIMIT_STORE", "memory://")
extras.require_scheme("MEMSTORE_RATE_LIMIT_STORE", MEMSTORE_RATE_LIMIT_STORE, extras.STORES)
MEMSTORE_JOB_LEASE_SECONDS = env.integer("MEMSTORE_JOB_LEASE_SECONDS", 120, low=2, high=3600)
# An identity that nothing needs any more is closed after so many days; at once when the last thing was taken away.
MEMSTORE_IDENTITY_DAYS = env.integer("MEMSTORE_IDENTITY_DAYS", 90, low=1, high=36_500)
DATA_UPLOAD_MAX_MEMORY_SIZE = MEMSTORE_MAX_BODY_BYTES

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "auditlog",
    "governance",
    "governance.keyring",
    "memstore",
]
MIDDLEWARE = [
    "api.web.middleware.RequestRecord",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",  # for the console and the portal; the APIs take no cookie
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "api.urls"
WSGI_APPLICATION = "api.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"console": "api.console.tags", "portal": "api.portal.tags"},
            "builtins": ["django.templatetags.i18n"],
        },
    }
]
APPEND_SLASH = False  # Mem0's client follows no redirect
STATIC_URL = "/static/"
# The design is unfold's: fonts, icons, colours and the chart library (ADR 24).
STATICFILES_DIRS = [BASE_DIR / "api" / "static", *folders_of("unfold", "static")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
# A file under a name without its hash may change with the next version: browsers ask each time whether it has.
WHITENOISE_ADD_HEADERS_FUNCTION = ask_each_time
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
USE_TZ = True
TIME_ZONE = "UTC"
ATOMIC_REQUESTS = False  # a rolled-back request would take the refusal's audit event with it
SECURE_CONTENT_TYPE_NOSNIFF = True
# The public address. With https:// every other request is redirected there, and browsers are told to remember it.
MEMSTORE_PUBLIC_URL = env.http_url("MEMSTORE_PUBLIC_URL")
SECURE_SSL_REDIRECT = MEMSTORE_PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SSL_REDIRECT else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked by this machine, without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SSL_REDIRECT else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_TRUSTED_ORIGINS = [MEMSTORE_PUBLIC_URL.rstrip("/")] if SECURE_SSL_REDIRECT else []
CSRF_FAILURE_VIEW = "api.web.pages.forged"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.web.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.web.authentication.HasPrincipal"],
    "DEFAULT_THROTTLE_CLASSES": ["api.web.throttling.KeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.web.json_parser.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.governance.openapi_schema.Schema",
    "EXCEPTION_HANDLER": "api.web.errors.handle",
    "UNAUTHENTICATED_USER": None,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "memstore",
    "DESCRIPTION": "A governed memory store for AI assistants. Mem0's own client works against it unchanged.",
    "VERSION": "0.5.0",
    "OAS_VERSION": "3.1.1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "HandlingEnum": [(one.value, one.value) for one in Handling],
        "CompellingGroundEnum": "governance.models.subjects.CompellingGround",
        "GroundEnum": "governance.models.requests.Ground",
    },
}

vars().update(celery_settings(database=DATABASES["default"]))

# Changes of configuration: only those of models that governance/accountability/configuration_changes.py lists, and
# nothing that a client can set.
AUDITLOG_LOGENTRY_MODEL = "governance.AdminChange"
AUDITLOG_INCLUDE_ALL_MODELS = False
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CID_HEADER = None
AUDITLOG_CID_GETTER = "governance.context.request_id"
AUDITLOG_MASK_CALLABLE = "governance.accountability.configuration_changes.redact"
AUDITLOG_STORE_JSON_CHANGES = False
AUDITLOG_USE_FK_STRING_REPRESENTATION = False
MIGRATION_MODULES = {"auditlog": None}  # its own table is swapped for ours
AUTH_USER_MODEL = "governance.StaffUser"  # what auditlog's own table would refer to, were it there

# Paths and query strings hold people's ids, so Django's own request lines stay off; RequestRecord writes ours.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "api.web.logs.JsonFormatter"}},
    "handlers": {
        "nowhere": {"class": "logging.NullHandler"},
        "out": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "root": {
        "handlers": ["out"],
        "level": env.choice("MEMSTORE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
    "loggers": {
        "django.request": {"handlers": ["nowhere"], "propagate": False},
        "django.server": {"handlers": ["nowhere"], "propagate": False},
        "django.security": {"handlers": ["nowhere"], "propagate": False},
        "django.db.backends": {"handlers": ["nowhere"], "propagate": False},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}

env.refuse_unknown()
