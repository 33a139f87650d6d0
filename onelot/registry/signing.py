"""Signing: who signs proves to be the person, sees what is signed, and says what it means (decision D7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib.auth import authenticate
from django.http import HttpRequest

from onelot.kernel.canonical import canonical
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.events import Event
from onelot.kernel.ids import new_id
from onelot.kernel.refusals import refuse
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.models import Account
from onelot.registry.signature_events import Meaning, SignatureMade, SignatureRefused


@dataclass(frozen=True)
class Credentials:
    """What the signer entered. A user name is asked for at the first signing of a session (21 CFR 11.200(a)(1)(i))."""

    password: str
    user_name: str | None = None


@dataclass(frozen=True)
class Signing:
    """One signing by one person in one request."""

    ledger: Ledger
    evidence: EvidenceStore
    account: Account
    request: HttpRequest
    time_zone: str = "UTC"
    """The zone in which the signer sees times."""
    clock: Clock = system_clock

    def sign(
        self, *, credentials: Credentials, meaning: Meaning, content: object, tags: Sequence[str],
        acts: Callable[[str], Sequence[Event]], unless: Query | None = None, after: int = 0, reason: str = "",
    ) -> range:  # fmt: skip
        """Append the signature of ``content`` and the acts that it signs, all or none; their positions.

        ``acts`` makes the signed events from the signature's identifier. Raises Refused
        (``registry.signature_failed``, after recording the attempt) and what ``Ledger.append`` raises.
        """
        self._check_person(credentials, meaning, tags)
        signature = new_id()
        made = SignatureMade(
            signature=signature, person=self.account.person, name=self.account.name, meaning=meaning,
            content=self.evidence.put(canonical(content)), factors=_factors(credentials),
            time_zone=self.time_zone,
        )  # fmt: skip
        who, now = f"person:{self.account.person}", self.clock()
        about = (*tags, f"signature:{signature}")
        drafts = [
            Draft(event=event, actor=who, occurred_at=now, tags=about, reason=reason)
            for event in (made, *acts(signature))
        ]
        return self.ledger.append(drafts, unless=unless, after=after)

    def _check_person(self, credentials: Credentials, meaning: Meaning, tags: Sequence[str]) -> None:
        named = credentials.user_name is None or credentials.user_name.strip().lower() == self.account.person
        found = authenticate(self.request, username=self.account.person, password=credentials.password)
        if named and found == self.account:
            return
        why: SignatureRefused = SignatureRefused(
            person=self.account.person, meaning=meaning, why="wrong_password" if named else "wrong_user_name"
        )
        self.ledger.append(
            [
                Draft(
                    event=why, actor=f"person:{self.account.person}", occurred_at=self.clock(),
                    tags=(*tags, f"person:{self.account.person}"),
                )
            ]
        )  # fmt: skip
        raise refuse(
            "registry.signature_failed",
            "That is not your user name and password, so nothing was signed.",
            where="signature",
            hint="Try again; the attempt was recorded, and after a few more the account is locked.",
        )


def _factors(credentials: Credentials) -> tuple[str, ...]:
    return ("password",) if credentials.user_name is None else ("user_name", "password")
