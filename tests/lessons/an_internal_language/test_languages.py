"""Seven languages: a sentence by hand, which roads are open, and the measures on vectors with known answers."""

import itertools

import pytest
import torch
from jielong.lessons.an_internal_language import languages
from jielong.lessons.an_internal_language.languages import FERRY, HELD_OUT, HOME, KNOWN, LANGUAGES, NEW, SIZE, TRADED
from jielong.model import Config, LanguageModel
from jielong.toys.models import small_model


def test_a_sentence_in_each_word_order():
    cat, sees, boat = 0, 5, 13
    for number, language in enumerate(LANGUAGES):
        own = {"S": cat, "V": sees, "O": boat}
        assert [i - number * SIZE for i in languages.say((cat, sees, boat), number)] == [own[c] for c in language.order]
    assert {language.order for language in LANGUAGES[:5]} == {"SVO", "SOV", "VSO", "OVS", "OSV"}


def test_every_word_is_spelled_differently():
    assert len(set(languages.WORDS)) == len(languages.WORDS) == languages.VOCABULARY


def test_the_meanings_are_split_and_every_idea_is_practised():
    assert len(NEW) == 20
    assert len(KNOWN) == 80
    assert not set(NEW) & set(KNOWN)
    for part in range(3):
        assert {m[part] for m in KNOWN} == {m[part] for m in languages.MEANINGS}


def test_no_training_pair_is_a_closed_road_or_crosses_the_sea():
    assert len(TRADED) == 15
    assert len(HELD_OUT) == 5
    assert len(FERRY) == 20
    assert not set(TRADED) & set(HELD_OUT)
    trained = {
        (a, b) for batch, _ in itertools.islice(languages.translations(0, TRADED + HOME), 20) for a, b in roads(batch)
    }
    assert trained == set(TRADED + HOME)


def roads(batch):
    return [(int(row[0]) // SIZE, int(row[4]) // SIZE) for row in batch]


def test_training_translates_known_meanings_and_learns_the_target_only():
    ids, learn = next(languages.translations(1, TRADED, count=50))
    for row in ids.tolist():
        ideas = [sorted(token % SIZE for token in part) for part in (row[:3], row[4:7])]
        assert ideas[0] == ideas[1]
        assert tuple(ideas[0]) in KNOWN
        assert row[3] == languages.WANT + row[4] // SIZE
        assert row[7] == languages.END
    assert learn.tolist() == [[False] * 4 + [True] * 4] * 50


def test_nearest_sentences_are_found_by_direction():
    one = torch.tensor([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.1]])
    assert languages.found(one, 5 * one) == 1
    assert languages.found(one, one[[0, 2, 1]]) == pytest.approx(1 / 3)


def test_a_long_vector_is_no_nearer_for_its_length():
    one, other = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    assert (one @ other.T).argmax(1).tolist() == [1, 1]  # cosines: 1 and 0.6, 0 and 0.8
    assert languages.found(one, other) == 1
    assert languages.found(10 * one, other) == 1


def test_sentence_vectors_are_the_stream_after_one_layer():
    model = small_model(languages.VOCABULARY, 0, layers=1)
    meanings = NEW[:4]
    ids = torch.tensor([languages.say(m, 2) for m in meanings])
    with torch.no_grad():
        stream = model.hidden(ids)[0]  # the final norm of the same stream: equal up to the length of each word's vector
        ours = languages.sentence_vectors(model, 2, meanings)
        block, _ = model.blocks[0](model.embed(ids), model.shared(4, 3))
    torch.testing.assert_close(ours, block.mean(1))
    torch.testing.assert_close(model.norm(block), stream)


def test_a_random_model_translates_nothing():
    assert languages.fluency(small_model(languages.VOCABULARY, 0), (0, 1)) == 0


class Interpreter(LanguageModel):
    """A model that knows every translation by heart, but in every fourth meaning writes another token at ``place``."""

    def __init__(self, pair, place):
        super().__init__(Config(languages.VOCABULARY, width=4, layers=1, heads=1))
        rows = [languages.example(meaning, *pair) for meaning in NEW]
        for row in rows[::4]:
            row[place] = (row[place] + 1) % languages.VOCABULARY
        self.rows = {tuple(row[:4]): row for row in rows}

    def hidden(self, new, state=None, padding=None):
        read = new if state is None else torch.cat((state, new), 1)
        said = [self.rows[tuple(row[:4])][len(row)] for row in read.tolist()]
        return torch.nn.functional.one_hot(torch.tensor(said), languages.VOCABULARY).float()[:, None], read

    def unembed(self, hidden):
        return hidden


@pytest.mark.parametrize("place", [4, 5, 6, 7])
def test_a_translation_with_one_wrong_token_is_a_mistake(place):
    assert languages.fluency(Interpreter((1, 3), place), (1, 3)) == 0.75


def test_with_nothing_said_a_sentence_is_looked_at_after_its_first_layer():
    model = small_model(languages.VOCABULARY, 0, layers=3)
    ids = torch.tensor([languages.say(m, 2) for m in NEW])
    with torch.no_grad():
        block, _ = model.blocks[0](model.embed(ids), model.shared(*ids.shape))
        torch.testing.assert_close(languages.sentence_vectors(model, 2), block.mean(1))
