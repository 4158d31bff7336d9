"""What "Everything is tokens" shows: one vocabulary for three media, what the model draws, plays and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from jielong.teaching.figures import Explorer, Html, colors, images, lines, show, subplots, table
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.pixels import Pixels
from jielong.teaching.text import Text
from jielong.tokens import FIRST_GREY, FIRST_LEVEL, GREYS, LEVELS, SIDE, TEXT, decode_sound, encode_sound
from jielong.toys.media import RATE, player

Picture = Int[np.ndarray, "8 8"]
Wave = Float[np.ndarray, " time"]
Law = tuple[Callable[[Wave, int], np.ndarray], Callable[[np.ndarray, int], Wave]]  # cut into steps, and join again


def vocabulary() -> Html:
    """A table: which ids are characters, greys, levels of sound and signs."""
    parts = [
        (("characters", "字元"), 0, FIRST_GREY),
        (("greys", "灰階"), FIRST_GREY, GREYS),
        (("levels of sound", "聲音的大小"), FIRST_LEVEL, LEVELS),
        (("signs", "記號"), TEXT, 4),
    ]
    return table(
        [(name, first, first + count - 1, count) for name, first, count in parts],
        [("what", "種類"), ("from id", "從"), ("to id", "到"), ("how many", "幾個")],
    )


def three_and_note(three: Picture, note: Wave) -> Html:
    """A handwritten three, and the beginning of a plucked note with the steps that stand for it."""
    figure, (left, right) = subplots(1, 2, size=(6.4, 2.4), width_ratios=[1, 2.4])
    left.imshow(three, cmap=colors.sequential)
    left.set_axis_off()
    start = note[:48]
    right.plot(start, color=colors.grey, linewidth=1)
    right.step(range(48), decode_sound(encode_sound(start)), where="mid", color=colors.blue, linewidth=1.5)
    right.set(xlabel="sample", ylabel="pressure")
    return show(
        figure,
        zh={"sample": "第幾個樣本", "pressure": "壓力"},
        alt=(
            "Left: a handwritten three, 8 by 8 pixels. Right: a plucked note as a fading wave, "
            "and the same in 32 steps, which are fine near zero and coarse far from it.",
            "左：手寫的 3，8 乘 8 個像素。右：撥弦聲是一條漸弱的波，疊上只有 32 階的版本；"
            "階梯在零附近很細，遠離零的地方很粗。",
        ),
    )


def noise_and_digits(noise: Sequence[Picture], pictures: Sequence[Picture]) -> Html:
    """Five pictures of noise and five of digits."""
    alt = (
        "Ten small pictures: five of pure noise, then handwritten 0, 1, 2, 3 and 4.",
        "十張小圖：五張純雜訊，接著是手寫的 0、1、2、3、4。",
    )
    return show(images([*noise, *pictures], most=GREYS - 1), alt)


LAWS = {
    "μ-law": (("μ-law", "μ-law"), ("μ-law, dB", "μ-law（dB）")),
    "equal steps": (("equal steps", "等距"), ("equal steps, dB", "等距（dB）")),
}


def two_laws(wave: Wave, laws: Mapping[str, Law], survives: Callable[[str, float, int], float]) -> Explorer:
    """A wave and its two quantised copies, at the loudness and number of levels that the reader picks."""

    def hear(loudness: float, levels: int) -> Frame:
        series = [{"label": ("the wave", "原本的波"), "y": np.clip(wave, -2, 2), "control": False}]
        loss = []
        for name, (cut, join) in laws.items():
            copy = np.clip(join(cut(loudness * wave, levels), levels) / loudness, -2, 2)
            series.append({"label": LAWS[name][0], "y": copy, "control": name == "equal steps"})
            loss.append({"label": LAWS[name][1], "value": survives(name, loudness, levels), "format": ".0f"})
        curves = {
            "x": np.arange(len(wave)),
            "series": series,
            "range": [-2, 2],
            "x_label": ("sample", "第幾個樣本"),
            "y_label": ("relative to its own loudness", "相對於自己的音量"),
        }
        return {"lines": curves, "numbers": loss}

    controls = [
        {"name": "loudness", "label": ("loudness", "音量"), "values": [0.01, 0.03, 0.1, 0.3, 1], "start": 1},
        {"name": "levels", "label": ("levels", "幾階"), "values": [8, 32, 256], "start": 32},
    ]
    alt = (
        "A wave and its two quantised copies, at the chosen loudness and number of levels",
        "一條波和它的兩種量化版本，可以選音量和階數",
    )
    return Explorer(controls, hear, alt)


def page(lines: Sequence[str]) -> Html:
    """Lines as they were written, one below the other."""
    text = "\n".join(lines)
    return Html(f"<pre>{text.replace('<', '&lt;')}</pre>", text)


def drawings(pixels: Int[np.ndarray, "count 64"], digits: Sequence[int]) -> Html:
    """The model's first twenty drawings, each under the digit that it was asked for."""
    names = [str(digit) for digit in digits[:20]]
    alt = (
        "Twenty digits that the model drew when asked for 0 to 9, twice.",
        "請模型從 0 畫到 9，畫了兩輪的二十張數字。",
    )
    return show(images(_square(pixels[:20]), names=names, most=GREYS - 1), alt)


def foggy_digits(pixels: Int[np.ndarray, "10 64"]) -> Html:
    """One digit of each kind whose pixels were drawn one by one."""
    alt = (
        "Ten foggy digits, 0 to 9, each pixel drawn by itself: the shapes are there, the strokes are not.",
        "十個霧濛濛的數字，0 到 9，每個像素各自獨立：大概的形狀在，筆畫不見了。",
    )
    return show(images(_square(pixels), names=[str(k) for k in range(10)], most=GREYS - 1), alt)


def _square(pixels: Int[np.ndarray, "count 64"]) -> Int[np.ndarray, "count 8 8"]:
    return pixels.reshape(-1, SIDE, SIDE)


def pixel_by_pixel(samples: Sequence[tuple[int, Int[np.ndarray, " 64"], Float[np.ndarray, "64 greys"]]]) -> Pixels:
    """Digits as they appear, pixel by pixel. samples: the digit, its greys, and what the model expected of each."""
    shown = [
        {"label": (f"asked for a {digit}", f"請它畫 {digit}"), "pixels": greys, "probabilities": expected}
        for digit, greys, expected in samples
    ]
    alt = (
        "A digit appears pixel by pixel beside the model's distribution over the next grey",
        "數字一個像素一個像素地出現，旁邊是模型對下一個灰階的機率分布",
    )
    return Pixels(shown, alt)


def bits_by_row(model: Sequence[float], apart: Sequence[float]) -> Html:
    """Lines: how surprised the model is by each row of a digit, and the control, which takes each pixel by itself."""
    first, last = (apart[row] - model[row] for row in (0, -1))
    fig = lines(
        range(1, len(model) + 1),
        {"the model": model},
        control={"pixels apart": apart},
        x_label="row",
        y_label="bits per pixel",
    )
    return show(
        fig,
        zh={"the model": "模型", "pixels apart": "像素獨立", "row": "第幾列", "bits per pixel": "每個像素幾個 bit"},
        alt=(
            f"Bits per pixel by row. The model needs {first:.1f} bits less than pixels apart in the first row, "
            f"and {last:.1f} less in the last.",
            f"每一列的每像素 bit 數。第一列模型比像素獨立少 {first:.1f} bit，最後一列少 {last:.1f} bit。",
        ),
    )


ARTISTS = {
    "people (other ones)": "真人（另一批）",
    "the model": "模型",
    "pixels apart, digit known": "像素獨立，知道是哪個數字",
    "pixels apart": "像素獨立",
}


def verdicts(right: Mapping[str, float], caught: Mapping[str, float]) -> Html:
    """A table: for each artist, how often the digit is right, and how often the work is told from people's."""
    rows = [
        ((who, ARTISTS[who]), f"{right[who]:.2f}" if who in right else "—", f"{share:.2f}")
        for who, share in caught.items()
    ]
    return table(rows, [("artist", "作者"), ("digit is right", "數字對不對"), ("caught", "被抓包")])


def two_songs(by_model: Wave, original: Wave) -> Html:
    """Two recordings of a song to listen to: the model's, and of the notes that it learned from."""
    rows = [
        (Text("the model plays", "模型演奏"), by_model),
        (Text("what it learned from", "它學的原音"), original),
    ]
    markup = "".join(f"<p>{player(samples, RATE, words)} {words.html()}</p>" for words, samples in rows)
    return Html(markup, "two recordings of a song")
