"""The rules of ordering as a document: who is eligible, how long a thawed product may wait, what follows an
infusion."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from onelot.identity.events import Answer
from onelot.kernel.refusals import Refusal, Refused

AnswerCode = Literal["yes", "no", "not_applicable"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Scoped(_Part):
    products: tuple[str, ...] = Field((), description="codes of products; left out: every product")
    markets: tuple[str, ...] = Field((), description="markets; left out: every market")

    def holds_for(self, product: str, market: str) -> bool:
        """Whether this part of the document is about the product and the market."""
        return (not self.products or product in self.products) and (
            not self.markets or market in self.markets
        )


class Item(_Scoped):
    """One question of the eligibility checklist."""

    id: str
    title: str
    title_de: str = ""
    accepts: tuple[AnswerCode, ...] = Field(
        ("yes",), min_length=1, description="with any other: not eligible"
    )


class ThawLimit(_Scoped):
    """Longest time from the start of thawing to the end of the infusion, where the master batch record has no clock."""

    limit: timedelta


class Milestone(_Scoped):
    """When somebody looks at the patient after the infusion."""

    id: str
    title: str
    title_de: str = ""
    after: timedelta


class OrderingRules(_Part):
    """The whole document."""

    format: Literal["onelot-ordering/1"]
    version: str
    products: tuple[str, ...] = Field((), description="what may be ordered; left out: any product code")
    eligibility: tuple[Item, ...]
    thaw_limits: tuple[ThawLimit, ...] = ()
    follow_up: tuple[Milestone, ...] = ()

    def checklist(self, product: str, market: str) -> tuple[Item, ...]:
        """What is asked before this product is ordered for this market."""
        return tuple(item for item in self.eligibility if item.holds_for(product, market))

    def thaw_limit(self, product: str, market: str) -> timedelta | None:
        """The first limit that is about the product and the market."""
        found = (item.limit for item in self.thaw_limits if item.holds_for(product, market))
        return next(found, None)

    def milestones(self, product: str, market: str) -> tuple[Milestone, ...]:
        """What follows an infusion."""
        return tuple(item for item in self.follow_up if item.holds_for(product, market))


def check_eligible(items: Iterable[Item], answers: Iterable[Answer]) -> None:
    """Raises Refused with every question that has no answer or one that makes the patient not eligible.

    ``identity.unanswered``, ``identity.not_eligible``, ``identity.answer_unknown``.
    """
    given = {answer.item: answer for answer in answers}
    known = {item.id: item for item in items}
    faults = [
        Refusal("identity.answer_unknown", "The checklist has no such question.", where=item)
        for item in given
        if item not in known
    ]
    for item in known.values():
        answer = given.get(item.id)
        if answer is None:
            faults.append(Refusal("identity.unanswered", "A question has no answer.", where=item.title))
        elif answer.answer not in item.accepts:
            faults.append(
                Refusal(
                    "identity.not_eligible", "With this answer the therapy cannot be ordered.", where=item.title,
                    expected=" or ".join(item.accepts).replace("_", " "), got=answer.answer.replace("_", " "),
                )
            )  # fmt: skip
    if faults:
        raise Refused(faults)
