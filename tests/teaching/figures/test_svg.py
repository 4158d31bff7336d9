import base64
import io
import re

import numpy as np
import pytest
from jielong.teaching.figures import colors, heatmap, show, subplots
from jielong.teaching.figures.data import FIGURE_MIME, MOST
from jielong.teaching.text import Text
from lxml import html as lxml
from PIL import Image

ALT = Text("accuracy rises to 0.90", "正確率升到 0.90")
ZH = {"accuracy": "正確率", "steps": "步數"}


def curve(last: float = 0.9):
    fig, ax = subplots()
    ax.plot([0, 1, 2], [0.1, 0.5, last], color="black", marker="o", markeredgecolor="white")
    ax.set(xlabel="steps", ylabel="accuracy")
    return fig


def parse(output):
    return lxml.fragment_fromstring(output.markup)


def test_same_figure_same_bytes():
    assert show(curve(), ALT, ZH).markup == show(curve(), ALT, ZH).markup


def test_a_changed_number_changes_the_line_and_not_the_names():
    one, other = show(curve(), ALT, ZH).markup, show(curve(0.8999), ALT, ZH).markup
    ids = [set(re.findall(r'id="(\w+)"', markup)) for markup in (one, other)]
    assert one != other
    assert ids[0] == ids[1]


def test_figures_on_one_page_share_no_id_and_refer_to_their_own():
    one = show(curve(), ALT, ZH).markup
    other = show(curve(), ("another", "另一張"), ZH).markup
    for markup in (one, other):
        ids, used = re.findall(r'id="(\w+)"', markup), re.findall(r'(?:href="|url\()#(\w+)', markup)
        assert len(ids) == len(set(ids))
        assert set(used) == set(ids)
    assert not set(re.findall(r'id="(\w+)"', one)) & set(re.findall(r'id="(\w+)"', other))


def test_each_label_is_there_in_both_languages_at_the_same_place():
    root = parse(show(curve(), ALT, ZH))
    pairs = {(t.text, t.getnext().text) for t in root.xpath(".//text[@lang='en']")}
    assert pairs == set(ZH.items())
    for text in root.xpath(".//text[@lang='en']"):
        twin = text.getnext()
        assert twin.get("lang") == "zh-Hant-TW"
        assert twin.get("display") == "none"
        assert text.get("display") is None
        assert {k: text.get(k) for k in ("x", "y", "transform")} == {k: twin.get(k) for k in ("x", "y", "transform")}
    svg = root.find("svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == ALT.en
    assert svg.get("data-zh-aria-label") == ALT.zh


def test_a_label_without_chinese_is_named():
    with pytest.raises(ValueError, match="'accuracy'"):
        show(curve(), ALT, {"steps": "步數"})
    assert show(curve(), ALT, {"steps": "步數"}, same=["accuracy"]).markup.count(">accuracy<") == 1


def test_an_alt_in_one_language_is_refused():
    with pytest.raises(TypeError, match="alt"):
        show(curve(), "accuracy", ZH)


def test_ink_is_the_page_s_and_nothing_is_styled_outside():
    markup = show(curve(), ALT, ZH).markup
    assert "#000000" not in markup
    assert "#ffffff" not in markup
    assert "<style" not in markup
    assert "font-family:'" not in markup
    assert "stroke:currentColor" in markup
    assert "stroke:var(--pst-color-background" in markup


def test_numbers_are_short():
    markup = re.sub(r"data:[^\"]+", "", show(curve(), ALT, ZH).markup)
    assert not re.search(r"\d\.\d{5}", markup)


def test_the_line_is_where_the_data_is():
    """Independently of the drawing: points on a straight line stay on one, at equal steps."""
    fig, ax = subplots()
    ax.plot([0, 1, 2, 3], [0, 1, 2, 3], color=colors.blue)
    path = next(p for p in parse(show(fig, ALT)).iter("path") if f"stroke:{colors.blue}" in p.get("style", ""))
    points = np.array(re.findall(r"[ML] ([\d.]+) ([\d.]+)", path.get("d")), dtype=float)
    assert len(points) == 4
    assert np.allclose(np.diff(points, axis=0), np.diff(points, axis=0)[0], atol=0.011)
    assert points[-1, 0] > points[0, 0]
    assert points[-1, 1] < points[0, 1]


def test_labels_of_several_lines_and_formulas():
    fig, ax = subplots()
    ax.set_title("two\nlines")
    ax.set_ylabel("grows like $2^n$")
    ax.set_xlabel("$2^n$")
    root = parse(show(fig, ALT, {"two\nlines": "兩行\n字", "grows like $2^n$": "像 2ⁿ 一樣長"}))
    assert [t.text for t in root.xpath(".//text[@lang='zh-Hant-TW']")] == ["像 2ⁿ 一樣長", "兩行", "字"]


def test_more_lines_than_the_label_has_are_refused():
    with pytest.raises(ValueError, match="2 lines"):
        show(curve(), ALT, {"steps": "步\n數", "accuracy": "正確率"})


def test_tokens_on_a_heat_map_are_quoted_and_its_pixels_are_the_values():
    values = np.array([[0.0, 0.5], [1.0, 0.25]])
    root = parse(show(heatmap(values, ["The", "cat"], [" sat", " on"]), ALT))
    assert not root.xpath(".//text[@lang]")
    assert "cat" in root.text_content()
    image = root.find(".//image")
    assert "pixelated" in image.get("style")
    png = base64.b64decode(image.get("href").partition(",")[2])
    alpha = np.asarray(Image.open(io.BytesIO(png)))[..., 3]
    assert alpha.shape == values.shape
    assert np.array_equal(alpha.ravel().argsort(), values.ravel().argsort())


def test_caption_and_volatile():
    output = show(curve(), ALT, ZH, caption=("so it is", "就是這樣"), volatile=True)
    caption = parse(output).find("figcaption")
    assert [(s.get("lang"), s.text) for s in caption] == [("en", "so it is"), ("zh-Hant-TW", "就是這樣")]
    data, metadata = output._repr_mimebundle_()
    assert metadata == {"jielong": {"volatile": True}}
    assert data["text/plain"] == ALT.en


def data_of(fig):
    return show(fig, ALT, ZH)._repr_mimebundle_()[0][FIGURE_MIME]["axes"]


def test_the_data_of_a_figure_is_kept_in_the_units_of_its_axes():
    fig, (left, right) = subplots(1, 2)
    left.plot([0, 1, 2], [0.1, 0.5, 0.912345678])
    left.barh([0, 1], [0.25, 0.75], height=0.5)
    left.fill_between([0, 1], [0.125, 0.25], [0.5, 0.5])
    right.scatter([1, 2], [0.3, 0.4], c=[5.0, 7.0])
    right.set_title("0.5", loc="left")  # a text is in the drawing
    first, second = data_of(fig)
    assert first["lines"] == [{"x": [0.0, 1.0, 2.0], "y": [0.1, 0.5, 0.9123]}]
    assert first["shapes"] == [{"x": [0.0, width], "y": [y - 0.25, 0.5]} for y, width in enumerate((0.25, 0.75))]
    assert {0.125, 0.25, 0.5} == set(first["points"][0]["y"])
    assert second == {"points": [{"x": [1.0, 2.0], "y": [0.3, 0.4]}], "values": [[5.0, 7.0]]}


def test_a_log_axis_keeps_five_digits_of_each_point():
    fig, ax = subplots()
    ax.plot([1, 10], [1.23456789e-6, 0.1])
    ax.set_yscale("log")
    assert data_of(fig) == [{"lines": [{"x": [1.0, 10.0], "y": [1.2346e-6, 0.1]}]}]


def test_small_pictures_keep_their_values_and_large_ones_their_pixels():
    assert data_of(heatmap([[0.0, 1 / 3], [np.nan, 1.0]], "ab", "cd")) == [{"values": [[0.0, 0.3333, None, 1.0]]}]
    fig, ax = subplots()
    ax.imshow(np.zeros((MOST, 2)))
    assert data_of(fig) == [{}]
