"""The table of words: one row is one thing, and no two words begin alike."""

from __future__ import annotations

from jielong.lessons.between_the_layers.translations import LANGUAGES, TABLE, translation_prompts, word_tokens


def test_the_table_has_whole_rows():
    assert {len(words) for words in TABLE.values()} == {27}
    rows = list(zip(*TABLE.values(), strict=True))
    assert rows[0] == ("cat", "gato", "chat", "Katze", "猫")
    assert rows[-1] == ("eye", "ojo", "oeil", "Auge", "眼")


def test_within_a_language_no_two_words_begin_with_the_same_token(smollm2):
    _, tokenizer = smollm2
    for language in LANGUAGES[:4]:
        assert len(set(word_tokens(tokenizer, language, range(27)))) == 27
    assert tokenizer.decode(word_tokens(tokenizer, "English", [0, 3])) == " cat book"


def test_asking_by_example():
    prefix, left, tails = translation_prompts("French", "Chinese", [1, 0])
    assert prefix == "\nFrançais: chien\n中文: 狗\n\nFrançais: chat\n中文: 猫\n\nFrançais:"
    assert left == list(range(2, 27))
    assert tails[0] == " maison\n中文:"
