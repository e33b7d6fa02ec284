"""How each facing looks when it is known to be full, or empty: what a crop is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from endcap.models.gaps.states import Known


@dataclass(frozen=True, slots=True)
class Reference:
    """A crop of one facing, RGB uint8 [side, side, 3], that a person or time vouched for."""

    camera: str
    facing: str
    state: Known
    crop: NDArray[np.uint8]
    taken_at: datetime


class References(Protocol):
    """Keeps the newest reference of each facing and state; they never leave the store.

    `keep` replaces; a facing whose place or item changed in the planogram loses its references.
    Those of a facing that the planogram does not know yet are its own once it does.
    """

    async def of(self, camera: str) -> Mapping[str, Mapping[Known, Reference]]: ...

    async def keep(self, references: tuple[Reference, ...]) -> None: ...
