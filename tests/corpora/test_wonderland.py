"""The book to learn from stays as it is: every race on it can be compared with every other."""

from __future__ import annotations

import hashlib

from jielong import corpora, tokens


def test_the_book_is_frozen_and_whole():
    book = corpora.wonderland()
    digest = hashlib.sha256(book.encode()).hexdigest()
    assert digest == "77f95b4d209661aa9448ffdbd32afebf9b5e4c14f0094783c4a7ab470e7f90d8"
    assert book.startswith("CHAPTER I. Down the Rabbit-Hole\n")
    assert book.endswith("and the happy summer days.")
    assert [line for line in book.split("\n") if line.startswith("CHAPTER ")][-1] == "CHAPTER XII. Alice's Evidence"
    assert tokens.decode_text(tokens.encode_text(book)) == book


def test_the_opening_is_frozen():
    text = corpora.wonderland_opening()
    assert text.startswith("Alice was beginning to get very tired of sitting by her sister on the bank")
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "d08ca72036e91a16de735fe867f049590edcc0d15a49c743f37fbe7cf291e707"
    assert corpora.wonderland_opening(blank_lines=True).split("\n\n") == text.split("\n")


def test_the_opening_is_of_another_edition_which_leaves_out_headings_and_capitals():
    short, book = corpora.wonderland_opening(), corpora.wonderland()
    assert short[:800] != book[book.index("Alice was") :][:800]
    assert short.lower().split()[100:400] == book[book.index("Alice was") :].lower().split()[100:400]
