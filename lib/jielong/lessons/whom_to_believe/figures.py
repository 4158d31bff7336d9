"""What the lesson shows: when a model goes with a document, what a date does, and facts of a namesake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.lessons.whom_to_believe.documents import CITIES, instead
from jielong.teaching.figures import Explorer, bars, lines, show
from jielong.teaching.figures.explorer import Frame
from jielong.teaching.figures.rich import Html

KINDS = {"another city": "該國的另一個城市", "another capital": "別國的首都", "no city at all": "根本不是城市"}
DATES = {"": ("no date", "沒有日期"), " from 1924": ("1924", "1924 年"), " from 2024": ("2024", "2024 年")}


def goes_with_the_document(real: Float[Tensor, " kinds"], nowhere: Float[Tensor, " kinds"]) -> Html:
    """How often the model goes with each kind of document, for real countries and for some that exist nowhere."""
    follows, follows_nowhere = (dict(zip(KINDS, shares.tolist(), strict=True)) for shares in (real, nowhere))
    return show(
        bars(follows, follows_nowhere, label="goes with the document", number=".0%"),
        alt=(
            "Goes with the document: "
            + ", ".join(f"{kind} {v:.0%}" for kind, v in follows.items())
            + "; of countries that exist nowhere: "
            + ", ".join(f"{v:.0%}" for v in follows_nowhere.values())
            + ".",
            "照文件說的比例："
            + "、".join(f"{KINDS[kind]} {v:.0%}" for kind, v in follows.items())
            + "；不存在的國家："
            + "、".join(f"{v:.0%}" for v in follows_nowhere.values())
            + "。",
        ),
        zh=KINDS | {"goes with the document": "照文件說的比例", "control": "對照組"},
        caption=("Blue: real countries. Grey: countries that exist nowhere.", "藍色：真的國家。灰色：不存在的國家。"),
    )


def by_years_from_the_truth(
    far: Sequence[int], real: Float[Tensor, " distances"], made_up: Float[Tensor, " distances"]
) -> Html:
    """How often the model goes with a document's year, by how far that is from the true one."""
    years = "years between document and truth"
    return show(
        lines(
            far,
            {"real events": real},
            {"made-up events": made_up},
            log_x=True,
            x_label=years,
            y_label="goes with the document",
        ),
        alt=(
            "Goes with the document, by distance in years: "
            + ", ".join(f"{d}: {v:.0%}" for d, v in zip(far, real, strict=True))
            + ".",
            "照文件說的比例，依相差的年數："
            + "、".join(f"{d} 年 {v:.0%}" for d, v in zip(far, real, strict=True))
            + "。",
        ),
        zh={"real events": "真的事件", "made-up events": "編造的事件", years: "文件跟事實差幾年"}
        | {"goes with the document": "照文件說的比例"},
    )


def whom_it_believes(countries: Sequence[str], leans: Mapping[str, Float[Tensor, "countries kinds"]]) -> Explorer:
    """Whom the model believes, by country, document and date. leans: towards the document, in nats, by its date."""

    def frame(country: str, kind: str, date: str) -> Frame:
        lean = leans[date][countries.index(country), list(KINDS).index(kind)]
        said, truth = instead(country, countries.index(country))[list(KINDS).index(kind)], CITIES[country][0]
        share, wins = lean.sigmoid().item(), said if lean > 0 else truth
        return {
            "text": (
                f"“Document{date}: The capital of {country} is {said}.” The model goes with {wins}.",
                f"「Document{date}: The capital of {country} is {said}.」模型說的是 {wins}。",
            ),
            "bars": {"labels": [said, truth], "values": [share, 1 - share], "format": ".0%", "verbatim": True}
            | {"range": [0, 1], "title": ("the document against what it knows", "文件跟自己知道的")},
        }

    return Explorer(
        [
            choice("country", ("country", "國家"), [(country, (country, country)) for country in countries]),
            choice("kind", ("the document says", "文件說的是"), [(kind, (kind, zh)) for kind, zh in KINDS.items()]),
            choice("date", ("dated", "文件的日期"), DATES.items()),
        ],
        frame,
        alt=("Whom the model believes, by country, document and date", "模型相信誰，依國家、文件和日期"),
    )


def choice(name: str, label: tuple[str, str], options: Iterable[tuple[str, tuple[str, str]]]) -> Frame:
    """A list to choose from: values, and their words."""
    values, words = zip(*options, strict=True)
    return {"name": name, "label": label, "values": list(values), "options": list(words)}


def push_of_the_larger_number(date: Mapping[str, Float[Tensor, " countries"]]) -> Html:
    """How much the document with the larger number gains by it, in nats. date: of each way to name them."""
    zh = {"two dates": "兩個日期", "two rooms": "兩個房間號碼", "pointed at": "直接指名"}
    push = {way: x.mean().item() for way, x in date.items()}
    return show(
        bars(push, label="push of the larger number, in nats"),
        alt=(
            "Push of the larger number, in nats: " + ", ".join(f"{way} {x:.2f}" for way, x in push.items()) + ".",
            "數字較大那份得到的推力（nat）：" + "、".join(f"{zh[way]} {x:.2f}" for way, x in push.items()) + "。",
        ),
        zh=zh | {"push of the larger number, in nats": "數字較大那份得到的推力（nat）"},
    )


def facts_of_the_other(other: Mapping[str, float], wrong: Mapping[str, float]) -> Html:
    """Facts taken from the other person. wrong: people told with at least one such fact."""
    zh = {
        "one name": "同名",
        "two names": "不同名",
        "one name, key in each line": "同名，每句都標明是誰",
        "one name, one page": "同名，只給一頁",
    }
    return show(
        bars(other, wrong, label="facts of the other person", number=".0%"),
        alt=(
            "Facts taken from the other person: " + ", ".join(f"{arm} {v:.0%}" for arm, v in other.items()) + ".",
            "拿到另一個人的事：" + "、".join(f"{zh[arm]} {v:.0%}" for arm, v in other.items()) + "。",
        ),
        zh=zh | {"facts of the other person": "拿到另一個人的事"},
        caption=(
            "Blue: facts that belong to the other. Grey: people told with at least one such fact.",
            "藍色：其實是另一個人的事。灰色：至少有一件說錯的人。",
        ),
    )
