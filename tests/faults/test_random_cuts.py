"""A link that breaks at random bytes: nothing bad is installed, and hardly a byte comes twice.

100 cuts on every run, 1,000 with ENDCAP_FAULTS=full; once with answers that are spoilt as well.
"""

import asyncio
import itertools
import random
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from central_sync.core.shortcuts import pieces
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_releases import Source, TufReleases
from edge_agent.ports.updates import UpdateError
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.wire.release_paths import files_of
from tests.conftest import Figure
from tests.fakes.http_folder import serving
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.tiny_models import NOON, release, tiny
from tests.faults.cutting_proxy import Rules, cutting
from tests.faults.effort import effort

CUTS = effort(100, 1_000)
MODEL = tiny(2.0, ballast=500_000)  # 2 MB: eight pieces
RELEASE = release(1, MODEL).model_copy(
    update={"chunks": {MODEL.manifest.model.sha256: pieces(MODEL.model)}}
)
FILES = {sha256_of(content): content for content in (MODEL.model, MODEL.golden)}
MOST_TRIES = 500


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Centre:
    made = asyncio.run(centre(tmp_path_factory.mktemp("centre")))
    asyncio.run(made.publish(RELEASE, [MODEL]))
    return made


@pytest.mark.parametrize(("spoil_share", "most"), [(0.0, 1.1), (0.2, 2.0)])
def test_a_link_that_breaks_installs_nothing_bad(
    published: Centre, tmp_path: Path, figure: Figure, spoil_share: float, most: float
) -> None:
    with serving(published.folder) as http:
        port = urlsplit(http.url).port or 0
        rules = Rules(("127.0.0.1", port), len(MODEL.model) // 4, spoil_share, random.Random(5))
        with cutting(rules) as url:
            stores = 0
            while rules.cuts < CUTS:
                stores += 1
                bring(tmp_path / str(stores), url, published)
    size = stores * sum(file.length for file in files_of(RELEASE).values())
    times = rules.carried / size
    figure(
        f"cuts: {rules.cuts}, answers spoilt: {rules.spoilt}, installs: {stores}, bad: 0,"
        f" bytes on the wire: {times:.3f} of the files'"
    )
    assert times <= most


def bring(folder: Path, url: str, made: Centre) -> None:
    """Let a new store fetch until it has the release; look at its files after every try."""
    source = Source(url, made.repository.root(), "0.1.0", replace(QUICK, immediate=50), reserve=0)
    models = ModelFolder(folder / "models")
    with httpx.Client(timeout=5) as client:
        releases = TufReleases(source, folder / "metadata", models, client, SystemClock())
        for tries in itertools.count(1):
            try:
                assert asyncio.run(releases.fetch(1, NOON)) == RELEASE
            except UpdateError:
                assert tries < MOST_TRIES, "it never came"
                assert installed(models) <= FILES.items()
            else:
                assert installed(models) == FILES.items()
                return


def installed(models: ModelFolder) -> set[tuple[str, bytes]]:
    """Return the files that lie there as models, whatever their name says."""
    paths = (path for path in models.folder.glob("*") if path.suffix != ".part")
    return {(path.name, path.read_bytes()) for path in paths if path.is_file()}
