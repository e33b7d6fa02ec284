import numpy as np
import pytest

from endcap.models.shopper.history import FADING, faded


def test_a_purchase_fades_by_e_in_its_time() -> None:
    found = faded(np.array([0.0, FADING.days, -1.0]))
    assert found.tolist() == pytest.approx([1.0, 0.36788, 1.0], abs=1e-5)
