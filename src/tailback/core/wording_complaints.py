"""What is said about complaints of users, and whether the team knew before them."""

from tailback.core.complaints import LeadWeek
from tailback.core.wording import count, duration

NO_COMPLAINT = "Nobody complained."


def lead(lead_s: float) -> str:
    """Return whether the team or its users knew first, and by how much."""
    if lead_s > 0:
        return f"the team was told {duration(lead_s)} before the first complaint"
    return f"users complained {duration(-lead_s)} before the team was told"


def unseen() -> str:
    """Return what is said of a complaint that no problem explains."""
    return "no problem was known"


def week(found: LeadWeek) -> str:
    """Return how a week of complaints went."""
    parts = [f"{count(found.complaints, 'complaint')}"]
    if found.problems:
        parts.append(
            f"the team knew first of {found.knew_first} of {count(found.problems, 'problem')}"
        )
    if found.median_lead_s is not None:
        sign = "before" if found.median_lead_s > 0 else "after"
        parts.append(f"usually {duration(abs(found.median_lead_s))} {sign} the first complaint")
    if found.unseen:
        parts.append(f"{found.unseen} about no problem that was known")
    return "; ".join(parts)


def no_lane(name: str) -> str:
    """Say that a complaint names no lane that is there."""
    return f"lane: no lane is called {name!r}; see /api/v1/lanes."


def no_text(path: str) -> str:
    """Say that the text of a complaint is not where it should be."""
    return f"{path}: there is no text; say in `text=` where the body holds it, as ticket.subject."
