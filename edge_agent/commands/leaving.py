"""What the doctor says of who may see pictures, in the store and outside, and what that means."""

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


def unmasked(own: EdgeConfig, at_work: EdgeConfig) -> Iterator[Finding]:
    """Tell which cameras the device's `own` file does not name and nobody drew a mask for.

    Of these nothing leaves the store: `review` cannot be set from afar.
    """
    known = {one.name for one in own.cameras}
    strange = [one.name for one in at_work.cameras if one.name not in known and not one.mask]
    if strange:
        seen = (
            f"{', '.join(strange)}: named by the centre alone, without a mask; no picture of it "
            "leaves the store, and staff with a key see it whole on /shelf-setup"
        )
        advice = "name it in the device's own file, with a mask, if people are to see less"
        yield Finding("privacy", "warn", seen, advice)
