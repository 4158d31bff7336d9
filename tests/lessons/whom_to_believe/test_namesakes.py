"""Two people have nothing but a name in common, and both pages say everything about their own."""

from jielong.lessons.whom_to_believe.namesakes import document, full_name, pairs, prompt


def test_a_pair_shares_its_name_and_nothing_else():
    for same in (True, False):
        for one, other in pairs(same_name=same):
            assert (one.name == other.name) == same
            assert not {one.job, *one.facts()} & {other.job, *other.facts()}


def test_a_page_says_all_of_one_person_in_either_order():
    one = pairs()[0][0]
    text = "Anna Berg is a physicist. Anna Berg lives in Oslo. Anna Berg loves rice. Anna Berg owns a dog."
    assert document(one) == text
    assert document(one, backwards=True) == " ".join(f"{part}." for part in reversed(text.rstrip(".").split(". ")))


def test_with_the_key_in_each_line_every_sentence_says_who_is_meant():
    for one, _ in pairs():
        keyed = document(one, named=full_name(one))
        assert keyed.count(f"{one.name} the {one.job}") == keyed.count(".") == 3


def test_the_prompt_ends_with_whom_is_asked_about():
    one, other = pairs()[1]
    assert prompt([document(one), document(other)], other).endswith(f"{document(other)}\nAnswer: Peter Novak the baker")
