"""A real OpenID Connect provider on loopback: allauth's, in a process of its own, with people, a client, and faults.

``python -m tests.oidc_provider FOLDER PORT`` serves it. ``/control/client/?redirect=URL`` makes the one client,
``/control/fault/NAME/`` makes the following identity tokens faulty in one way, or sound again (``none``).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

CLIENT, SECRET, PASSWORD = "onelot", "secret-of-the-client", "provider-password-1"
PEOPLE = {
    "rita": ("rita@acme.example", True), "twin": ("twin@acme.example", True), "liar": ("ralf@acme.example", False),
    "stranger": ("stranger@elsewhere.example", True), "hilde": ("hilde@acme.example", True),
}  # fmt: skip
"""User name: e-mail, and whether the provider has verified it."""
FAULTS = ("none", "audience", "issuer", "expired", "key", "no_email")


@contextmanager
def provider(folder: Path) -> Iterator[str]:
    """The address of a provider in a process that ends with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.oidc_provider", str(folder), str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"{address}/.well-known/openid-configuration").close()
            except URLError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                break
        yield address
    finally:
        process.terminate()
        process.wait(30)


def control(address: str, what: str) -> None:
    urlopen(f"{address}/control/{what}").close()


def configuration_of(address: str) -> dict[str, Any]:
    """What onelot is told of it, as Django's settings."""
    app = {
        "provider_id": "sso", "name": "Acme sign-on", "client_id": CLIENT, "secret": SECRET,
        "settings": {"server_url": address, "fetch_userinfo": False},
    }  # fmt: skip
    return {
        "ONELOT_OIDC_ISSUER": address, "ONELOT_OIDC_NAME": "Acme sign-on",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}},
    }  # fmt: skip


def _key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _serve(folder: Path, port: int) -> None:
    from django.conf import settings

    settings.configure(
        SECRET_KEY="provider", ALLOWED_HOSTS=["127.0.0.1"], USE_TZ=True, ROOT_URLCONF="tests.oidc_provider_faults",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
            "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware", "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"], SESSION_COOKIE_NAME="provider",
        CSRF_COOKIE_NAME="provider-csrf", ACCOUNT_EMAIL_VERIFICATION="none", ACCOUNT_RATE_LIMITS=False,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        IDP_OIDC_PRIVATE_KEY=_key(), IDP_OIDC_ADAPTER="tests.oidc_provider_faults.Adapter",
    )  # fmt: skip
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for name, (email, verified) in PEOPLE.items():
        user = User.objects.create_user(name, email, PASSWORD)
        EmailAddress.objects.create(user=user, email=email, verified=verified, primary=True)
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    make_server("127.0.0.1", port, get_wsgi_application(), Server, Quiet).serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
