"""The documents contradict, and their distances are what they are said to be."""

from jielong.lessons.whom_to_believe.documents import CITIES, UNHEARD, YEARS, instead, moved, nowhere
from jielong.toys.capitals import CAPITALS
from jielong.toys.facts import INVENTED, REAL


def test_each_document_says_something_else_than_the_capital():
    for k, (country, (capital, _, other)) in enumerate(CITIES.items()):
        assert len({capital, *instead(country, k)}) == 4
        assert REAL.get(country, capital) == capital
        assert other not in REAL.get(country, capital)
    assert all(CITIES[country][0] == capital for country, capital in CAPITALS.items() if country in CITIES)


def test_countries_that_exist_nowhere_borrow_documents_of_real_ones():
    assert [name for name, _ in nowhere(3)] == INVENTED[:3]
    assert all(real in CITIES for _, real in nowhere(5))


def test_years_move_by_just_that_much_and_never_into_the_future():
    for year in YEARS.values():
        for far in (1, 10, 100, 400):
            assert abs(moved(year, far) - year) == far
            assert 1000 < moved(year, far) < 2020
    assert set(UNHEARD.values()) <= set(YEARS.values())
