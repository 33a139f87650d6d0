"""``onelot access``: the first administrator, and links for who cannot get one otherwise. For who runs the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from onelot.kernel.refusals import refuse

if TYPE_CHECKING:
    from onelot.ledger.store import Ledger

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="First administrator; links to set a password."
)
Checked = Annotated[
    str, typer.Option("--identity", help="How the person's identity was checked; it is recorded.")
]


@app.command()
def begin(
    person: Annotated[str, typer.Argument(help="User name, for ever this person's.")],
    name: Annotated[str, typer.Option("--name", help="Printed name.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Code of the sponsor.")],
    organisation_name: Annotated[str, typer.Option("--organisation-name", help="Name of the sponsor.")],
    identity: Checked,
) -> None:
    """Make the first administrator of an installation, and print the link by which they set a password."""
    from onelot.settings.stores import open_ledger

    ledger = open_ledger()
    from onelot.registry.models import Grant
    from onelot.registry.service import Registry

    if Grant.objects.filter(role="administrator").exists():
        raise refuse(
            "registry.begun", "There is an administrator already, who makes the others.", where="onelot access begin",
            hint="`onelot access link PERSON` makes a link where no administrator can.",
        )  # fmt: skip
    registry = Registry(ledger, None)
    registry.register_organisation(code=organisation, name=organisation_name, kind="sponsor")
    registry.register_person(person=person, name=name, organisation=organisation)
    registry.grant_role(person=person, role="administrator")
    _print_link(ledger, person, identity)


@app.command()
def link(person: Annotated[str, typer.Argument(help="User name.")], identity: Checked) -> None:
    """Stop a person's password and print a link by which they set a new one, once."""
    from onelot.settings.stores import open_ledger

    _print_link(open_ledger(), person, identity)


def _print_link(ledger: Ledger, person: str, identity: str) -> None:
    import os

    from django.conf import settings
    from django.urls import reverse

    from onelot.registry.access.service import Access
    from onelot.settings.configuration import configuration
    from onelot.settings.stores import secret_key

    # The link must be good for the server, whose key is kept beside the checkpoint key.
    settings.SECRET_KEY = os.environ["ONELOT_SECRET_KEY"] = secret_key()
    token = Access(ledger, None).issue_password_link(person=person, identity_checked=identity)
    site = str(configuration.public_url or "http://127.0.0.1:8000").rstrip("/")
    print(f"{site}{reverse('password_link', args=[person, token])}")
