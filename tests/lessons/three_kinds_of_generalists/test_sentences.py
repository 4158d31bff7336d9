"""The small language keeps to its rules, which are read off its word lists here once more."""

from collections import Counter

from jielong.lessons.three_kinds_of_generalists import sentences


def lists(groups, places):
    return {word: name for name, group in groups.items() for k in places for word in group[k].split()}


TOPIC, MOOD = lists(sentences.TOPICS, (0, 1, 2)), lists(sentences.MOODS, (0, 1))


def test_no_word_has_two_meanings():
    assert len(set(sentences.TOKENS)) == len(sentences.TOKENS) == len(TOPIC) + len(MOOD) + 2


def test_every_sentence_keeps_to_one_topic_and_one_mood():
    made = sentences.sentences(seed=4, count=300)
    for ids, topic, mood in zip(*made, strict=True):
        words = sentences.text(ids).split()
        assert len(words) == 8
        assert {TOPIC[w] for w in words if w in TOPIC} == {list(sentences.TOPICS)[topic]}
        assert {MOOD[w] for w in words if w in MOOD} == {list(sentences.MOODS)[mood]}
        assert sum(w in TOPIC for w in words) == 3
        assert sum(w in MOOD for w in words) == 3


def test_any_six_in_a_row_have_every_topic_in_every_mood():
    made = sentences.sentences(seed=0, count=12)
    assert set(Counter(zip(made.topic.tolist()[:6], made.mood.tolist()[:6], strict=True)).values()) == {1}


def test_a_seed_is_a_text():
    one, two, other = (sentences.sentences(seed, 50).ids for seed in (1, 1, 2))
    assert one.equal(two)
    assert not one.equal(other)
