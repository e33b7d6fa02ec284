from endcap.models.search.ranking import Found, Weights, in_order


def test_what_answers_more_of_the_question_comes_first() -> None:
    found = [Found("rare", 5.0, ("saffron",)), Found("both", 4.5, ("saffron", "rice"))]
    assert [id_ for id_, _ in in_order(("saffron", "rice"), found, {"saffron": 2}, 100)] == [
        "both",
        "rare",
    ]


def test_words_kept_together_come_first_and_plurals_count() -> None:
    found = [
        Found("apart", 3.0, ("ice", "bucket", "cream")),
        Found("together", 3.0, ("vanilla", "ice", "creams")),
    ]
    assert in_order(("ice", "cream"), found, {}, 10)[0][0] == "together"


def test_equals_come_in_order_of_their_ids() -> None:
    found = [Found("b", 1.0, ("tea",)), Found("a", 1.0, ("tea",))]
    assert [id_ for id_, _ in in_order(("tea",), found, {}, 2)] == ["a", "b"]


def test_what_counts_may_be_set() -> None:
    found = [Found("rare", 5.0, ("saffron",)), Found("both", 4.5, ("saffron", "rice"))]
    weights = Weights(coverage=0.0, neighbours=0.0)
    asked = ("saffron", "rice")
    assert in_order(asked, found, {"saffron": 2}, 100, weights)[0] == ("rare", 5.0)


def test_nothing_found_is_nothing() -> None:
    assert in_order((), [], {}, 0) == []
