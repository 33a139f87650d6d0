"""What a sponsor's COI identifiers look like: a pattern, and a check where the identifier itself carries one.

``isbt_128`` is structure 040 of ISBT 128 (ST-001, v6.2.2): ``CH``, the issuer's facility number, the year, six
characters. The use of ISBT 128 needs a registration with ICCBBA; onelot ships none of its tables, and only checks
the form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from onelot.identity.domain.check_character import check_character, is_guarded_by
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

Check = Literal["none", "mod37_2"]
ANY = r"[A-Za-z0-9][A-Za-z0-9._:/+-]{0,58}[A-Za-z0-9]"
"""What every COI identifier has in common: it can be a tag, an address and a symbol."""


@dataclass(frozen=True)
class CoiFormat:
    """One format. ``pattern`` matches the whole identifier."""

    name: str
    pattern: str
    check: Check = "none"
    """``mod37_2``: the last character guards the capital letters and digits before it."""
    template: str = ""
    """How new ones are made: ``{year}`` (four digits), ``{yy}``, ``{number}`` (six digits); empty: issued elsewhere."""

    def check_form(self, identifier: str) -> None:
        """Raises Refused (``identity.coi_form``) where this cannot be one."""
        if re.fullmatch(ANY, identifier) is None or re.fullmatch(self.pattern, identifier) is None:
            raise refuse(
                "identity.coi_form",
                "This cannot be a COI identifier of this sponsor.",
                where="COI identifier",
                expected=said("the format {name}: {pattern}", name=self.name, pattern=self.pattern),
                got=identifier[:80],
            )
        text = _letters_and_digits(identifier)
        if self.check == "mod37_2" and not is_guarded_by(text[:-1], text[-1]):
            raise refuse(
                "identity.coi_check", "The check character of this COI identifier is wrong.", where="COI identifier",
                expected=said("the format {name} with its check character", name=self.name), got=identifier,
                hint="Read the identifier again, character by character.",
            )  # fmt: skip

    def fits(self, identifier: str) -> bool:
        """Whether this has the form, whatever its check says."""
        return (
            re.fullmatch(ANY, identifier) is not None and re.fullmatch(self.pattern, identifier) is not None
        )

    def make(self, today: date, number: int) -> str:
        """A new identifier. Raises Refused (``identity.coi_not_made_here``) where the format has no template."""
        if not self.template:
            raise refuse(
                "identity.coi_not_made_here", "COI identifiers of this format are issued elsewhere.",
                where="COI identifier", expected="the identifier that was issued", hint="Enter it.",
            )  # fmt: skip
        made = self.template.format(year=f"{today:%Y}", yy=f"{today:%y}", number=f"{number:06}")
        if self.check == "mod37_2":
            made += check_character(_letters_and_digits(made))
        self.check_form(made)
        return made


def _letters_and_digits(identifier: str) -> str:
    return re.sub(r"[^0-9A-Z*]", "", identifier.upper())


ISBT_128 = CoiFormat("isbt_128", r"CH[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{2}[0-9]{2}[A-Z0-9]{6}")
PLAIN = CoiFormat("plain", ANY, template="COI-{year}-{number}")
BUILT_IN = {item.name: item for item in (ISBT_128, PLAIN)}
