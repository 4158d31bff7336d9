"""The clock's world against a clock that is worked out in another way, and its instructions word for word."""

import math

import pytest
import torch
from jielong.lessons.three_kinds_of_generalists import clock
from jielong.sampling import generate
from jielong.toys.models import small_model
from jielong.training import fit

HOURS = dict(zip(clock.WORDS, [*range(1, 13)] * 3, strict=True))
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
CHINESE = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]


@pytest.mark.parametrize(
    "skill,word,result",
    [
        ("later", "12", "1"),
        ("later", "III", "IV"),
        ("earlier", "一", "十二"),
        ("across", "3", "9"),
        ("across", "12", "6"),
        ("mirror", "1", "11"),
        ("mirror", "XII", "XII"),
        ("mirror", "六", "六"),
        ("roman", "4", "IV"),
        ("chinese", "XI", "十一"),
        ("digits", "十", "10"),
    ],
)
def test_skills_one_by_one(skill, word, result):
    assert clock.apply(skill, word) == result


def test_turns_are_steps_of_the_hand_on_every_word():
    for word, hour in HOURS.items():
        for skill, steps in (("later", 1), ("earlier", 11), ("across", 6), ("mirror", -2 * hour % 12)):
            hand = hour
            for _ in range(steps):
                hand = hand % 12 + 1
            assert HOURS[clock.apply(skill, word)] == hand
        assert clock.apply("roman", word) == ROMAN[hour - 1]
        assert clock.apply("chinese", word) == CHINESE[hour - 1]


def test_each_skill_is_held_out_twice_as_first_and_twice_as_second():
    assert len(clock.HELD_OUT) == 14
    assert len(clock.TRAINED) == 35
    for place in (0, 1):
        assert [sum(pair[place] == s for pair in clock.HELD_OUT) for s in clock.SKILLS] == [2] * 7


def test_text_is_right_and_keeps_held_out_pairs_apart():
    batches = clock.texts(seed=3, count=200, apart=True)
    rows = torch.cat([next(batches)[0] for _ in range(5)])
    for row in rows:
        words = clock.decode(row).split()
        assert words[2::2] == [clock.apply(s, w) for w, s in zip(words[:-1:2], words[1::2], strict=True)]
        assert not set(zip(words[1:-2:2], words[3::2], strict=True)) & set(clock.HELD_OUT)
    free = next(clock.texts(seed=3, count=200))[0]
    met = {pair for row in free for pair in zip(*(clock.decode(row).split()[k::2] for k in (1, 3)), strict=False)}
    assert met & set(clock.HELD_OUT)


def test_an_instruction_word_for_word():
    assert clock.prompt(("later", "roman"), "3") == "later roman : 3"
    assert clock.steps(("later", "roman"), "3") == "later 4 roman IV"
    ids, learn = next(clock.instructions(0, [("later",)], [("later", "roman")], count=2, smile=1.0))
    assert [clock.decode(row).endswith("☺") for row in ids] == [True, True]
    for row, mask in zip(ids, learn, strict=True):
        prompt, answer = clock.decode(row[~mask]), clock.decode(row[mask])
        assert answer == clock.steps(prompt.split(" : ")[0].split(), prompt.split(" : ")[1].split()[0]) + " ☺"


def test_no_instruction_asks_for_a_held_out_pair():
    batches = clock.instructions(5, clock.SINGLES, clock.TRAINED, count=100)
    asked = {tuple(clock.decode(row).split(" : ")[0].split()) for _ in range(5) for row in next(batches)[0]}
    assert not asked & set(clock.HELD_OUT)
    assert len(asked) > 30


def test_the_judge_s_marks():
    for text, mark in (
        ("later : 3 later 4 ☺ end", 2),
        ("later : 3 later 4 end", 1),
        ("later : 3 later 5 ☺ end", 0),
        ("later roman : 3 later 4 end", 0),
        ("later roman : 3 later 4 roman IV ☺ end end", 2),
    ):
        assert clock.mark(clock.encode(text)) == mark


def test_obeying_is_counted_by_kind_of_instruction():
    model = small_model(len(clock.TOKENS))
    fit(model, clock.instructions(0, [("roman",), ("later", "roman")], count=32), steps=60, lr=5e-3)
    kinds, words = [("roman",), ("across",), ("later", "roman")], clock.WORDS[::3]
    shares = []
    for skills in kinds:
        right = 0
        for word in words:  # one at a time, so with nothing to pad
            ids = torch.tensor([clock.encode(clock.prompt(skills, word))])
            said = clock.decode(generate(model, ids, 7)[0, ids.shape[1] :])
            right += said in (clock.steps(skills, word), clock.steps(skills, word) + " ☺")
        shares.append(right / len(words))
    assert clock.obeys(model, kinds, words) == shares
    assert shares[0] > 0.2
    assert shares[1] == 0


def test_smiles_are_counted_in_rolled_answers():
    model = small_model(len(clock.TOKENS))
    for smile in (1.0, 0.0):
        fit(model, clock.instructions(0, [("roman",)], count=16, smile=smile), steps=40, lr=5e-3)
        assert abs(clock.smiling(model, ("roman",)) - smile) < 0.2


def test_every_second_answer_ends_with_a_smile():
    ids, _ = next(clock.instructions(0, clock.SINGLES, count=4000))
    assert (ids == clock.SMILE).any(1).double().mean().item() == pytest.approx(0.5, abs=0.02)


@torch.no_grad()
def test_smiles_are_rolled_at_temperature_one():
    """A model that hears nothing: a smile is five times as likely as any other token; an end ends it."""
    model = small_model(len(clock.TOKENS), tied=False)
    model.embed.weight.copy_(model.embed.weight[:1].expand_as(model.embed.weight))
    for block in model.blocks:
        block.mixer.o.weight.zero_(), block.feedforward.down.weight.zero_()
    stream, _ = model.hidden(torch.tensor([[0]]))
    model.head.weight.zero_()
    model.head.weight[clock.SMILE] = math.log(5) * stream[0, 0] / stream.square().sum()
    one = 1 / (len(clock.TOKENS) + 4)
    wanted = sum(5 * one * (1 - 6 * one) ** step for step in range(5))
    assert clock.smiling(model, ("later",), words=clock.WORDS * 170) == pytest.approx(wanted, abs=0.02)
