"""The web site and the deeds: everything once, and words that the model knows as one token."""

from jielong.lessons.the_inner_theatre import deeds, website
from jielong.pretrained import load_smollm2


def test_every_word_stands_on_one_shelf_and_is_one_token():
    words, names = website.all_words(), website.names()
    assert len(words) == len(set(words)) == 96
    assert len(names) == len(set(names)) == 30
    _, tokenizer = load_smollm2()
    assert [word for word in words if len(tokenizer.encode(" " + word)) > 1] == []


def test_links_lead_down_to_shelves_and_only_these_have_words():
    sections = website.links(())
    shelves = [(section, shelf) for section in sections for shelf in website.links((section,))]
    assert len(sections) == 6
    assert len(shelves) == 24
    assert website.names() == [*sections, *(shelf for _, shelf in shelves)]
    assert all(website.links(page) == [] and len(website.words(page)) == 4 for page in shelves)
    assert website.words(()) == website.words(("music",)) == []
    assert "guitar" in website.words(("music", "instruments"))


def test_as_many_deeds_with_a_way_back_as_without():
    assert len(set(deeds.GONE)) == len(set(deeds.BACK)) == 24
    assert not set(deeds.GONE) & set(deeds.BACK)
