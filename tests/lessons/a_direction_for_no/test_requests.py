"""The requests: twins about the same thing, and three parts that share nobody."""

from jielong.lessons.a_direction_for_no.requests import CHOOSE, LEARN, PAIRS, REPORT, fine, mischief


def test_parts_cover_all_pairs_and_share_none():
    for ask in (fine, mischief):
        parts = [set(ask(part)) for part in (LEARN, CHOOSE, REPORT)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == len(PAIRS)


def test_nothing_is_both_fine_and_a_mischief():
    assert not {pair.fine for pair in PAIRS} & {pair.mischief for pair in PAIRS}
    assert mischief(slice(0, 1)) == ["\nHow to steal a bike:"]
