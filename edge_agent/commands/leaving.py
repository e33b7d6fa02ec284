"""What the doctor says of pictures that may leave the store, and what that means."""

from collections.abc import Iterator

from edge_agent.commands.examination import Finding
from edge_agent.config import EdgeConfig


def pictures(config: EdgeConfig) -> Iterator[Finding]:
    """Tell which cameras ask people about facings; none is the rule, and says nothing.

    Without a centre nothing leaves, whatever is set.
    """
    asking = [one.name for one in config.cameras if one.review]
    if not asking:
        return
    hours = config.privacy.keep_pictures.total_seconds() / 3600
    seen = (
        f"pictures of single facings leave of {', '.join(asking)} (review = true): all grey but "
        f"the shelf where nothing moves; kept {hours:g} h here"
    )
    yield Finding("privacy", "ok", seen)
