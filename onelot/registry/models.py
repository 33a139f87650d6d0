"""Read models of the registry, and the accounts with their credentials, which are in no ledger."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


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
