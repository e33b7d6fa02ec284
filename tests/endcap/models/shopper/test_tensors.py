import numpy as np

from endcap.models.shopper.tensors import feed, scored


def test_gtins_become_numbers_and_come_back() -> None:
    fed = feed(["04006381333931", "04006381333931"], {"00000096385074": 1.5})
    assert fed["basket"].tolist() == [4006381333931]
    assert fed["history_weight"].dtype == np.float32
    answer = {"items": fed["history"], "scores": fed["history_weight"]}
    assert scored(answer) == {"00000096385074": 1.5}


def test_nothing_known_is_still_a_question() -> None:
    fed = feed([], {})
    assert [(a.shape, str(a.dtype)) for a in fed.values()] == [
        ((0,), "int64"),
        ((0,), "int64"),
        ((0,), "float32"),
    ]
