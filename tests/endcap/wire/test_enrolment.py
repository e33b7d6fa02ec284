"""Tokens: whatever a person does to one, it is read as it was meant, or refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from endcap.wire.enrolment import (
    EnrolRequest,
    Token,
    grouped,
    mark_of,
    read_token,
    renewal_text,
    write_token,
)
from endcap.wire.errors import UnreadableError

tokens = st.builds(Token, st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(tokens)
def test_a_token_comes_back_as_it_was_written(token: Token) -> None:
    text = write_token(token)
    assert read_token(text) == token
    slips = str.maketrans("01", "oI")
    assert read_token(text.lower().replace("-", " ").translate(slips)) == token


@given(tokens, st.integers(0, 54), st.sampled_from(ALPHABET))
def test_a_slip_of_the_fingers_is_found(token: Token, place: int, letter: str) -> None:
    letters = list(write_token(token).replace("-", ""))
    if letters[place] == letter:
        return
    letters[place] = letter
    # The check has 16 bits: a slip that it misses makes another token, which no centre has made.
    with contextlib.suppress(UnreadableError):
        assert read_token("".join(letters)) != token


@pytest.mark.parametrize("text", ["", "hello", "A" * 54, "A" * 56, "U" * 55, "é" * 55])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="letters and digits"):
        read_token(text)


def test_the_letters_that_are_left_over_must_be_none() -> None:
    text = write_token(Token(bytes(16), bytes(16)))
    assert text.endswith("0")
    with pytest.raises(UnreadableError, match="wrong"):
        read_token(text[:-1] + "1")


@given(tokens)
def test_the_hash_does_not_tell_the_secret(token: Token) -> None:
    assert token.secret.hex() not in token.hash
    assert token.hash == Token(token.secret, bytes(16)).hash, "the mark is no secret"


def test_a_mark_is_half_a_fingerprint() -> None:
    assert len(mark_of(b"certificate")) == 16
    assert grouped(b"") == ""


def test_a_renewal_names_what_it_replaces_and_by_what() -> None:
    assert renewal_text("a" * 64, b"x") != renewal_text("b" * 64, b"x")
    assert renewal_text("a" * 64, b"x") != renewal_text("a" * 64, b"y")


@pytest.mark.parametrize(
    "store", ["", "ab", "a/b", "a+b", "#", "A-Store", "store\n", "a\0bc", "ä-1"]
)
def test_a_store_of_a_wrong_name_is_refused(store: str) -> None:
    with pytest.raises(ValidationError):
        EnrolRequest(store=store, csr="-----BEGIN CERTIFICATE REQUEST-----")
