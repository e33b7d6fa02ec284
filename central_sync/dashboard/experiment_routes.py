"""GET /v1/experiments: what is tried in the stores, and what it has shown so far. Reads only."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from central_sync.core.experiments.showing import plainly
from central_sync.ports.reads import ExperimentReads
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.wire.identifiers import NAME_PATTERN

Named = Annotated[str, Path(pattern=NAME_PATTERN)]


def experiment_routes(reads: ExperimentReads) -> APIRouter:
    """Return the routes about experiments."""
    router = APIRouter(prefix="/v1/experiments", tags=["experiments"])

    @router.get("")
    async def experiments() -> dict[str, list[dict[str, Any]]]:
        """Every experiment, the newest first; bounds hold at every look at once."""
        return {"experiments": [plainly(one) for one in await reads.experiments()]}

    @router.get("/{name}", responses=documented(404))
    async def experiment(name: Named) -> dict[str, Any]:
        """One experiment: its plan, its figures by arm, its journal."""
        found = await reads.experiments(name)
        if not found:
            hint = "see /v1/experiments for those there are"
            raise Problem(404, "unknown-experiment", f"no experiment {name}", hint)
        return plainly(found[0])

    return router
