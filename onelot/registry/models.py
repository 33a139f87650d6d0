"""Read models of the registry, and the accounts with their credentials, which are in no ledger."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac


class Organisation(models.Model):
    """A legal entity."""

    code = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)


class Site(models.Model):
    """A place of an organisation."""

    code = models.CharField(max_length=64, primary_key=True)
    organisation = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    time_zone = models.CharField(max_length=64)


class Grant(models.Model):
    """One role of one person, and where it holds."""

    grant = models.CharField(max_length=64, primary_key=True)
    person = models.CharField(max_length=64, db_index=True)
    role = models.CharField(max_length=16)
    organisation = models.CharField(max_length=64, blank=True)
    site = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=64, blank=True)
    valid_until = models.DateTimeField(null=True)


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by user name, in small letters."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account of a user name, however it was typed."""
        return self.get(person=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """A person who may sign in. Rows are never deleted.

    All but ``password`` and ``last_login`` is said by the ledger.
    """

    person = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    organisation = models.CharField(max_length=64, db_index=True)
    is_active = models.BooleanField(default=False)
    password_set_at = models.DateTimeField(null=True)
    """When the person last set the password; None: never, or before onelot kept it."""
    statement = models.CharField(max_length=16, blank=True, default="")
    """Version of the statement on electronic signatures that the person accepted last."""
    session_epoch = models.PositiveIntegerField(default=0)
    """Counts up when all sessions of the person must end."""

    USERNAME_FIELD = "person"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = AccountManager()

    def get_full_name(self) -> str:
        """The printed name."""
        return self.name

    def get_short_name(self) -> str:
        """The user name."""
        return self.person

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Sessions end at once when the password changes, or when an administrator takes factors away."""
        said = f"{self.password}:{self.session_epoch}"
        return salted_hmac(
            "onelot.registry.Account.session", said, secret=secret, algorithm="sha256"
        ).hexdigest()


class PasswordUsed(models.Model):
    """Passwords a person had before, hashed, so that none is used again; in no ledger."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    encoded = models.CharField(max_length=128)
    at = models.DateTimeField()


class Subject(models.Model):
    """Who a person is at the identity provider."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    person = models.CharField(max_length=64, db_index=True)

    class Meta:
        """A subject belongs to one person."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=("issuer", "subject"), name="one_person_a_subject")
        ]


class AccessNotice(models.Model):
    """What administrators are told about accounts: locks, refused signatures, links, changed factors."""

    position = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    person = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=24, db_index=True)
    detail = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120)
    reason = models.CharField(max_length=4000, blank=True)
    is_urgent = models.BooleanField(default=False)
    until = models.DateTimeField(null=True)


class SignatureCard(models.Model):
    """One electronic signature, as it is shown wherever its record is shown (21 CFR 11.50)."""

    signature = models.CharField(max_length=64, primary_key=True)
    person = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=16)
    content = models.CharField(max_length=64)
    factors = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    position = models.BigIntegerField(unique=True)
    reason = models.CharField(max_length=4000, blank=True)


class SignatureTag(models.Model):
    """What a signature is about, as the ledger's tags say."""

    key = models.CharField(max_length=300, primary_key=True)
    card = models.ForeignKey(SignatureCard, on_delete=models.CASCADE, related_name="about")
    tag = models.CharField(max_length=200, db_index=True)


class Attempts(models.Model):
    """How often something was tried within a stretch of time, for rate limits; in no ledger."""

    key = models.CharField(max_length=160, primary_key=True)
    until = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)
