"""What the comparison of outputs lets pass, and what it does not."""

import base64
import io

import numpy as np
import pytest
from compare import Tolerance, differences
from jielong.teaching.claims import CLAIM_MIME as CLAIM
from jielong.teaching.figures import show, subplots
from lessons import WIDGET_VIEW
from PIL import Image


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def rich(volatile=False, **data):
    metadata = {"jielong": {"volatile": True}} if volatile else {}
    return {
        "output_type": "display_data",
        "metadata": metadata,
        "data": {k.replace("_", "/"): v for k, v in data.items()},
    }


@pytest.mark.parametrize(
    ("stored", "now", "tolerance", "same"),
    [
        ("accuracy 0.33", "accuracy 0.34", 0, True),  # 0.335 rounds either way
        ("accuracy 0.33", "accuracy 0.35", 0, False),
        ("accuracy 0.7", "accuracy 0.8", 0, False),  # one decimal is no rounding noise
        ("accuracy 80%", "accuracy 81%", 0, True),
        ("accuracy 80%", "accuracy 82%", 0, False),
        ("accuracy 80%", "accuracy 84%", 0.05, True),
        ("loss 1.23456", "loss 1.23555", 0, True),
        ("loss 1.23456", "loss 1.23700", 0, False),
        ("loss 2.00", "loss 2.11", 0.05, True),
        ("loss 2.00", "loss 2.18", 0.05, False),
        ("49,152 tokens", "49,153 tokens", 0, False),  # counts are exact
        ("49,152 tokens", "49,153 tokens", 0.05, True),
        ("-0.001", "0.0005", 0, False),
        ("1e-07", "3e-07", 0, True),  # the rounding error of a zero
        ("0.05", "0.06", 0, False),  # a fifth is no rounding
        ("5%", "6%", 0, False),
        ("0.09", "0.10", 0, True),
        ("accuracies 0.45 0.36 0.41", "accuracies 0.57 0.48 0.53", 0, False),
        ("#1f77b4", "#2078b5", 0.5, False),  # colours are exact
        ("[1,2]", "[1,3]", 0, False),
        ("a b\nc", "a  b c", 0, True),
        ("the cat", "the dog", 0.5, False),
        ("layer7", "layer8", 0.5, False),  # a name, not a number
        ("<object at 0x7f0012345678>", "<object at 0x7f00aaaa5678>", 0, True),
        ("", "0.5", 0.5, False),
        ("nan", "0.5", 0.5, False),
    ],
)
def test_texts(stored, now, tolerance, same):
    tolerance = Tolerance(relative=tolerance)
    assert (differences([stream(stored)], [stream(now)], tolerance) == []) is same
    assert (differences([rich(text_plain=stored)], [rich(text_plain=now)], tolerance) == []) is same


def test_a_difference_names_the_numbers_and_what_was_allowed():
    (line,) = differences([rich(text_plain="loss 2.00")], [rich(text_plain="loss 2.50")], Tolerance(relative=0.05))
    assert line == "output 1, text/plain: stored 2.00, now 2.50 (differs by 0.5; 0.11 is allowed)"


def test_other_words_are_shown_where_they_begin_to_differ():
    (line,) = differences([stream("the cat sat")], [stream("the dog sat")])
    assert "stored “…the cat sat…”, now “…the dog sat…”" in line


def test_stderr_and_missing_outputs_are_differences():
    assert differences([], [stream("a warning", "stderr")])
    assert differences([rich(text_plain="1")], []) == ["output 1 is there only in the stored notebook"]
    assert differences([], [rich(text_plain="1")]) == ["output 1 is there only now"]
    assert "kinds of data" in differences([rich(text_plain="1")], [rich(text_html="1")])[0]


def test_order_of_streams_and_displays_does_not_matter_but_that_of_displays_does():
    one, two = rich(text_plain="one"), rich(text_plain="two")
    assert differences([stream("x"), one, two], [one, stream("x"), two]) == []
    assert differences([one, two], [two, one])


FIGURE = (
    '<svg viewBox="0 0 400 200" aria-label="rises to 0.90"><defs><path id="m{id}" d="M 0 0 L 0 3"/></defs>'
    '<path d="M {x} 100 L 300 50" style="stroke:{colour};opacity:0.5"/>'
    '<text x="{x}" y="190">{tick}</text><use href="#m{id}" x="{x}"/><rect width="{width}"/></svg>'
)


def figure(x="100", tick="1.00", colour="#1f77b4", id="a1", width="50"):
    return [rich(text_html=FIGURE.format(x=x, tick=tick, colour=colour, id=id, width=width))]


@pytest.mark.parametrize(
    ("change", "tolerance", "same"),
    [
        ({"x": "103"}, 0, True),  # less than 0.8 % of 400
        ({"x": "103.4"}, 0, False),
        ({"width": "53"}, 0, True),
        ({"width": "53.4"}, 0, False),
        ({"x": "112"}, 0.05, True),
        ({"x": "140"}, 0.05, False),
        ({"tick": "1.25"}, 0, False),
        ({"tick": "one"}, 0.05, False),
        ({"colour": "#2078b5"}, 0, False),
        ({"colour": "#ff7f0e"}, 0.05, False),
        ({"id": "b2"}, 0, True),  # made from the path's content; what it refers to is compared
    ],
)
def test_figures(change, tolerance, same):
    tolerance = Tolerance(relative=tolerance)
    assert (differences(figure(), figure(**change), tolerance) == []) is same


def test_an_element_more_or_less_is_a_difference():
    stored, now = [rich(text_html="<p>a <b>1</b></p>")], [rich(text_html="<p>a <b>1</b><i>2</i></p>")]
    assert differences(stored, now) == ["output 1, text/html: stored </p>, now <i>"]
    assert "stored <p class>, now <p>" in differences([rich(text_html="<p class='x'>")], [rich(text_html="<p>")])[0]


def test_volatile_parts_are_not_compared_and_nothing_else_escapes():
    card = "<p>took <span data-volatile><b>{}</b><br>s</span> at {}</p>"
    stored, faster = [rich(text_html=card.format("1.5", "0.5"))], [rich(text_html=card.format("0.1", "0.5"))]
    assert differences(stored, faster) == []
    assert differences(stored, [rich(text_html=card.format("1.5", "0.9"))])
    assert differences([rich(True, text_plain="1.5")], [rich(True, text_plain="9.9")]) == []


def png(*pixels):
    buffer = io.BytesIO()
    Image.fromarray(np.array(pixels, dtype=np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_pictures_are_compared_by_their_pixels_even_inside_a_figure():
    stored, same, other = png([0, 100], [200, 255]), png([3, 99], [200, 252]), png([0, 160], [200, 255])
    for wrap in (
        lambda data: [{**rich(), "data": {"image/png": data}}],
        lambda data: [rich(text_html=f'<svg><image href="data:image/png;base64,{data}"/></svg>')],
    ):
        assert differences(wrap(stored), wrap(same)) == []
        assert "1 pixels of 4 differ" in differences(wrap(stored), wrap(other))[0]
    assert (
        "pixels, the one drawn now"
        in differences(
            [{**rich(), "data": {"image/png": stored}}], [{**rich(), "data": {"image/png": png([1, 2, 3])}}]
        )[0]
    )


def claim(**record):
    return [
        {**rich(), "data": {CLAIM: {"id": "1.3", "measured": 0.8, "bar": {"en": "half"}, "volatile": False, **record}}}
    ]


def test_a_tolerance_is_what_the_cell_states():
    stated = {"tolerance": {"absolute": 0.02, "reason": "a tie"}}
    assert Tolerance.stated(stated) == Tolerance(absolute=0.02)
    assert Tolerance.stated({}) == Tolerance()
    near, far = [stream("share 0.150")], [stream("share 0.18")]
    assert differences([stream("share 0.165")], near, Tolerance.stated(stated)) == []
    assert differences([stream("share 0.150")], far, Tolerance.stated(stated))
    assert differences([stream("share 0.165")], near)


def test_claims_are_compared():
    assert differences(claim(), claim(measured=0.8004)) == []
    assert differences(claim(), claim(measured=0.81)) == [
        "output 1, claim.measured: stored 0.800000, now 0.810000 (differs by 0.01; 0.0008 is allowed)"
    ]
    assert differences(claim(measured=[0.2, 0.12]), claim(measured=[0.2, 0.1202]))  # six digits, not two
    assert differences(claim(limits={"most": 0.5, "gap": 0.2}), claim(limits={"most": 0.5, "gap": 0.21}))
    assert differences(claim(id="4.17"), claim(id="4.18")) == ["output 1, claim.id: stored '4.17', now '4.18'"]
    assert differences(claim(), claim(bar={"en": "a third"}))
    assert differences(claim(volatile=True), claim(volatile=True, measured=3.0)) == []
    assert differences(claim(volatile=True), claim(volatile=True, measured=3.0, bar={"en": "a third"}))


def test_in_float64_a_millionth_is_allowed():
    run, loads = ({"jielong": {"run": {"seconds": 3, **weights}}} for weights in ({}, {"weights": "SmolLM2"}))
    double = Tolerance.stated({}, run)
    assert double == Tolerance(share=1e-6)
    assert Tolerance.stated({}, loads) == Tolerance.stated({}) == Tolerance()
    for now, same in ((0.8000004, True), (0.8004, False)):
        stored = claim(measured=0.8)
        assert (differences(stored, claim(measured=now), double) == []) is same
    assert differences([stream("loss 0.66")], [stream("loss 0.67")], double) == []
    assert differences([stream("loss 0.661234")], [stream("loss 0.661236")], double)
    assert differences(claim(measured=3e-16), claim(measured=9e-16), double) == []


def test_numbers_that_once_passed_are_differences():
    """The defects that were planted, and passed, when a cell's tolerance was wide."""
    card = '<td class="claim-number">{}</td>'
    row = "<tr><td>the error: <strong>{}</strong></td><td>0.84</td></tr>"
    for markup, before, after in ((card, "0.19", "0.23"), (row, "0.01", "0.42")):
        stored, now = (
            [rich(text_html=markup.format(number), text_plain=f"Claim 1.3: {number}")] for number in (before, after)
        )
        assert len(differences(stored, now)) == 2


def curve(*y, colour="C0"):
    fig, ax = subplots()
    ax.plot(range(len(y)), y, color=colour)
    ax.set_ylim(0, 1)
    return [{**rich(), "data": show(fig, ("a curve", "一條線"))._repr_mimebundle_()[0]}]


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (curve(0.1234, 0.3, 0.9), True),
        (curve(0.1234, 0.30004, 0.9), True),
        (curve(0.1234, 0.324, 0.9), False),  # 8 %
        (curve(0.1234, 0.3007, 0.9), False),  # less than a pixel
        (curve(0.9, 0.3, 0.1234), False),
        (curve(0.1234, 0.3, 0.9, colour="C1"), False),
    ],
)
def test_the_points_of_a_figure_are_compared_in_their_own_units(now, same):
    assert (differences(curve(0.1234, 0.3, 0.9), now) == []) is same


def widget(model, **state):
    return [{**rich(), "data": {WIDGET_VIEW: {"model_id": model}}}], {model: {"state": {"_esm": "draw()", **state}}}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"data": {"y": [0.5, 1.0]}}, None),
        ({"data": {"y": [0.50001, 1]}}, None),
        ({"data": {"y": [0.5, 1.0]}, "extra": None}, None),
        ({"data": {"y": [0.5, 1.0]}, "_model_module_version": "0.9.13"}, None),  # of a package, not of the picture
        ({"data": {"y": [0.49, 1.0]}}, None),  # 0.495 was rounded to two places, and is written without its zero
        ({"data": {"y": [0.5005, 1.0]}}, None),
        ({"data": {"y": [0.6, 1.0]}}, "widget.data.y[0]: stored 0.5, now 0.6"),
        ({"data": {"y": [0.5]}}, "stored a list of 2, now a list of 1"),
        ({"data": {"x": [0.5, 1.0]}}, "keys only stored ['y'], only now ['x']"),
        ({"data": {"y": [0.5, True]}}, "stored 1.0, now True"),
        ({"data": {"y": [0.5, 1.0]}, "_esm": "paint()"}, "code is not the code in this tree"),
    ],
)
def test_widgets_are_compared_by_what_they_draw(state, words):
    stored, models = widget("0" * 32, data={"y": [0.5, 1.0]}, _model_module_version="0.11")
    now, models_now = widget("f" * 32, **state)
    found = differences(stored, now, models=(models, models_now))
    assert found == [] if words is None else words in found[0]


def test_a_widget_inside_a_widget_is_compared_too():
    def box(value):
        outer, inner = "a" * 32, "b" * 32
        shown, models = widget(outer, children=[f"IPY_MODEL_{inner}"])
        return shown, {**models, inner: {"state": {"value": value}}}

    (stored, models), (now, models_now) = box(1), box(2)
    assert differences(stored, stored, models=(models, models)) == []
    assert "widget.value: stored 1, now 2" in differences(stored, now, models=(models, models_now))[0]


def test_a_widget_that_sent_no_state_is_a_difference():
    stored, models = widget("0" * 32)
    assert "not sent now" in differences(stored, stored, models=(models, {}))[0]
