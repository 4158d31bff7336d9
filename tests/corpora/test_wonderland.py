"""The book to learn from stays as it is: every race on it can be compared with every other."""

from __future__ import annotations

import hashlib

from jielong import corpora, tokens
from jielong.toys import media


def test_the_book_is_frozen_and_whole():
    book = corpora.wonderland()
    digest = hashlib.sha256(book.encode()).hexdigest()
    assert digest == "77f95b4d209661aa9448ffdbd32afebf9b5e4c14f0094783c4a7ab470e7f90d8"
    assert book.startswith("CHAPTER I. Down the Rabbit-Hole\n")
    assert book.endswith("and the happy summer days.")
    assert [line for line in book.split("\n") if line.startswith("CHAPTER ")][-1] == "CHAPTER XII. Alice's Evidence"
    assert tokens.decode_text(tokens.encode_text(book)) == book


def test_it_begins_as_the_short_text_does():
    first = media.alice().split("\n")[1]
    assert first in corpora.wonderland().split("\n")
