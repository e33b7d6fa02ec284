"""What a person may do with a proposal, and what comes of it: a table.

    open      accept -> accepted     change -> changed     reject -> rejected     lapse -> over
    over      lapse  -> over         propose -> open
    decided   propose -> as it was, but for a task that began anew, which is open again

A decision that is told twice is the same decision; another one on a proposal that is decided, or
over, is refused with the reason. Keeps nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from edge_agent.core.stock.proposals import DECIDED_ON, Proposal
from endcap.wire.events import ProposalDecided

Decision = Literal["accept", "change", "reject"]
State = Literal["open", "accepted", "changed", "rejected", "over"]

AFTER: dict[Decision, State] = {"accept": "accepted", "change": "changed", "reject": "rejected"}
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says to a proposal; `amount` for a change alone, `reason` as they like."""

    decision: Decision
    amount: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A proposal and where it stands; `decided` is the amount that was agreed to, if any."""

    proposal: Proposal
    state: State = "open"
    decided: float | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that cannot be taken: `over` when it comes too late, else it is not allowed."""

    over: bool
    reason: str
    hint: str


def decide(standing: Standing, answer: Answer, at: datetime) -> Standing | Refusal:
    """Return where the proposal stands after `answer`; the same standing when told twice."""
    proposal, wanted = standing.proposal, _amount(standing.proposal, answer)
    if proposal.what not in DECIDED_ON:
        return Refusal(over=False, reason="there is nothing to agree to", hint=_TASKS)
    if standing.state == AFTER[answer.decision] and _same(standing.decided, wanted):
        return standing
    if standing.state != "open":
        return Refusal(over=True, reason=f"it is {standing.state} already", hint=_LATE)
    if at >= proposal.until:
        return Refusal(over=True, reason=f"it was over at {proposal.until:%H:%M} UTC", hint=_LATE)
    problem = _problem(proposal, wanted) if answer.decision == "change" else ""
    if problem:
        return Refusal(over=False, reason=problem, hint="say another amount, or reject it")
    return Standing(proposal, AFTER[answer.decision], wanted, at)


_TASKS = "do it: count the item with POST /v1/stock, or wait for its delivery"
_LATE = "see what is proposed now with GET /v1/proposals"


def told(standing: Standing, reason: str) -> ProposalDecided:
    """Return the event that tells a decision."""
    proposal = standing.proposal
    return ProposalDecided.model_validate(
        {
            "proposal": proposal.id,
            "what": proposal.what,
            "gtin": proposal.gtin,
            "day": proposal.day,
            "proposed": proposal.amount,
            "decided": standing.decided,
            "reason": reason,
        }
    )


def renewed(standing: Standing | None, proposal: Proposal) -> Standing:
    """Return where a proposal stands once it was worked out again.

    One that is decided stays as it was, unless what it answers began after the decision: a shelf
    that is empty again on the same day wants another refill.
    """
    if standing is None or standing.state in ("open", "over") or standing.decided_at is None:
        return Standing(proposal)
    if proposal.since is not None and proposal.since > standing.decided_at:
        return Standing(proposal)
    return standing


def lapsed(standing: Standing) -> Standing:
    """Return where a proposal stands once it is proposed no more."""
    if standing.state == "open":
        return Standing(standing.proposal, "over")
    return standing


def _amount(proposal: Proposal, answer: Answer) -> float | None:
    """Return what was agreed to: the amount proposed, the person's own, or none."""
    if answer.decision == "accept":
        return proposal.amount
    return answer.amount if answer.decision == "change" else None


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < _ROUNDING


def _problem(proposal: Proposal, wanted: float | None) -> str:
    """Return why a person's own amount cannot be had; an empty text when it can."""
    if wanted is None or wanted < 0:
        return "an amount of 0 or more is wanted"
    case = proposal.figures.get("case_pack")
    if proposal.what == "order" and isinstance(case, float):
        cases = wanted / case
        if abs(cases - round(cases)) > _ROUNDING:
            return f"{wanted:g} is no whole number of cases of {case:g}"
    price = proposal.figures.get("price")
    if proposal.what == "markdown" and isinstance(price, float) and not 0 < wanted <= price:
        return f"a price above 0 and not above {price:g} is wanted"
    return ""
