"""What the lesson shows: charts, maps, and memories to step through, with their words in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.lessons.the_art_of_forgetting.hotel import Events
from jielong.mixers import gated, linear_attention
from jielong.teaching.figures import Explorer, Html, Memory, colors, lines, show, subplots
from jielong.toys.recall import told, watch

FRIENDS = [("Ann", "小安"), ("Ben", "小明"), ("Cleo", "小莉")]
STREETS = {"Oak St": "橡樹", "Elm St": "榆樹", "Fig St": "榕樹", "Bay St": "海灣", "Sun St": "太陽"}
TASKS = {"told once": "只說一次", "move rarely": "很少搬家", "move at times": "偶爾搬家", "move each time": "每次都搬"}
EVENTS = {"night": "夜晚", "idle": "沒事"}
TOKENS = EVENTS | {"rooms": "房間", "guests": "客人"}


def two_address_books(
    story: Sequence[tuple[Any, ...]],
    names: Float[Tensor, "3 d"],
    fading: Callable[[float], Float[Tensor, " time"]],
    gammas: Sequence[float],
) -> Memory:
    """Three friends who move, in an address book of ink and in one that fades, for every gamma.

    story: see `told`; addresses are those of `STREETS`. names: the keys of `FRIENDS`. fading: gamma -> the share that
    is kept at each step.
    """
    places = torch.eye(len(STREETS))
    towns = [(f"{n} {en}", f"{zh}路 {n} 號") for n, (en, zh) in enumerate(STREETS.items(), start=1)]
    k, v = told(story, names, places)
    ink = {"name": ("ink", "墨水"), "memory": watch(linear_attention.recurrent, k, v)}
    return Memory(
        {"names": FRIENDS, "vectors": names},
        {"names": towns, "vectors": places},
        story,
        [ink, _fading(k, v, [fading(gamma) for gamma in gammas])],
        alt=("Two address books: in one the old addresses fade", "兩本通訊錄，其中一本的舊地址會褪色"),
        start=6,
        dose={"label": ("gamma", "gamma"), "values": gammas, "format": ".2f", "start": 1.0},
    )


def _fading(
    k: Float[Tensor, "time d_k"], v: Float[Tensor, "time d_v"], kept: Sequence[Float[Tensor, " time"]]
) -> dict[str, Any]:
    return {
        "name": ("ink that fades", "會褪色的墨水"),
        "memory": torch.stack([watch(gated.recurrent, k, v, decay=gate.log()) for gate in kept]),
        "kept": torch.stack([gate[:, None] for gate in kept]),
    }


def remembered_by_gamma(gammas: Sequence[float], tried: Mapping[str, Float[Tensor, "seeds gammas"]]) -> Explorer:
    """How many present addresses a fading memory knows, by its gamma and by how often friends move."""
    means = {(name, TASKS[name]): rows.mean(0).tolist() for name, rows in tried.items()}
    curves = {"x": gammas, "series": [{"label": name, "y": shares} for name, shares in means.items()]}
    curves |= {"range": [0, 1], "x_label": ("gamma", "gamma"), "y_label": ("remembered", "記得")}
    title = ("present addresses remembered", "記得現在地址的比例")

    def frame(gamma: float) -> dict[str, Any]:
        values = [shares[gammas.index(gamma)] for shares in means.values()]
        return {
            "bars": {"labels": list(means), "values": values, "range": [0, 1], "title": title},
            "lines": curves | {"at": gamma},
        }

    return Explorer(
        [{"name": "gamma", "label": ("gamma", "gamma"), "values": gammas, "format": ".2f", "start": 0.9}],
        frame,
        alt=(
            "How many addresses a fading memory knows, by its gamma and by how often friends move",
            "會褪色的記憶記得多少地址，看 gamma，也看朋友多常搬家",
        ),
    )


def learned_gates(kept: Float[Tensor, "seeds 3"], constant: Sequence[float]) -> Html:
    """What the learned gates keep at night, when idle and when a room is let; and the gate that is always the same."""
    same = sum(constant) / len(constant)
    fig, ax = subplots(size=(6.4, 2.0))
    ax.barh(range(3), kept.mean(0), color=colors.blue, height=0.55)
    for shares in kept:
        ax.plot(shares, range(3), "o", color="black", markersize=3)
    ax.axvline(same, color=colors.control, linestyle="--")
    ax.text(same - 0.02, -0.62, "always the same", color=colors.control, fontsize=9, ha="right")
    ax.set_yticks(range(3), ["night", "idle", "room let"])
    ax.invert_yaxis()
    ax.set(xlabel="share of the memory that is kept", xlim=(0, 1.02))
    night, idle, let = kept.mean(0)
    zh = {"room let": "有人入住", "always the same": "永遠一樣", "share of the memory that is kept": "記憶留下的比例"}
    return show(
        fig,
        zh=EVENTS | zh,
        alt=(
            f"Kept by the learned gates: night {night:.2f}, idle {idle:.2f}, room let {let:.2f}; the gate that is "
            f"always the same: {same:.2f}.",
            f"學到的閘門留下多少：夜晚 {night:.2f}，沒事 {idle:.2f}，有人入住 {let:.2f}；永遠一樣的閘門：{same:.2f}。",
        ),
    )


def kept_by_heads(groups: Mapping[str, Float[Tensor, "seeds heads"]]) -> Html:
    """What each head keeps at each kind of token, one colour for each seed."""
    fig, ax = subplots(size=(6.4, 2.2))
    for y, values in enumerate(groups.values()):
        for seed, shares in enumerate(values):
            height = [y - 0.15 + 0.15 * seed] * len(shares)
            ax.plot(shares, height, "o", color=colors.cycle[seed], markersize=6, alpha=0.85)
    ax.set_yticks(range(len(groups)), list(groups))
    ax.invert_yaxis()
    ax.grid(axis="x")
    label = "share that each head keeps (a colour for each seed)"
    ax.set(xlabel=label, xlim=(-0.03, 1.03))
    means = {name: values.mean() for name, values in groups.items()}
    return show(
        fig,
        zh=TOKENS | {label: "每個 head 留下的比例（一個種子一種顏色）"},
        alt=(
            "Kept by the two heads, averaged over three seeds: "
            + ", ".join(f"{name} {kept:.2f}" for name, kept in means.items())
            + ".",
            "兩個 head 留下的比例，三個種子平均："
            + "，".join(f"{TOKENS[name]} {kept:.2f}" for name, kept in means.items())
            + "。",
        ),
    )


def rooms_and_flats(
    share: Float[Tensor, "places rows"], kept: Float[Tensor, " rows"], flats: float, rooms: float
) -> Html:
    """In which rows of the memory the addresses of rooms and flats lie, and what each row keeps at night.

    flats, rooms: how much of their addresses lies in rows that are kept at night.
    """
    fig, (top, ax) = subplots(rows=2, size=(4.6, 4.2), gridspec_kw={"height_ratios": [1, 10], "hspace": 0.1})
    for a, values in ((top, kept[None]), (ax, share)):
        a.imshow(values, cmap=colors.sequential, vmin=0, vmax=1, aspect="auto")
        a.set_xticks([])
        a.tick_params(length=0)
    top.set_yticks([0], ["kept at night"])
    names = {f"room {n}": f"房間 {n}" for n in range(1, 7)} | {f"flat {n}": f"公寓 {n}" for n in range(7, 11)}
    ax.set_yticks(range(10), list(names))
    ax.set_xlabel("rows of the memory")
    return show(
        fig,
        zh=names | {"kept at night": "夜晚留下", "rows of the memory": "記憶的列"},
        alt=(
            f"Of the flats' addresses {flats:.0%} lie in rows that are kept at night, of the rooms' addresses "
            f"{rooms:.0%}.",
            f"公寓的地址有 {flats:.0%} 落在夜晚留下來的列，房間的地址只有 {rooms:.0%}。",
        ),
    )


def event_in_words(kind: int, place: int, guest: int, guests: Sequence[str]) -> tuple[str, str]:
    """What happened, in words: a night, nothing, or a guest in a room or a flat."""
    if kind < 2:
        return ("night", "-")[kind], ("夜晚", "沒事")[kind]
    en, zh = (("room", "房"), ("flat", "公寓"))[kind - 2]
    return f"{guests[guest]} in {en} {place + 1}", f"{guests[guest]} 住進 {place + 1} 號{zh}"


def event_by_event(
    days: Events, guests: Sequence[str], moment: Callable[[int, str], tuple[Tensor, Tensor]]
) -> Explorer:
    """A hotel's memory, event by event, with one gate for each row or one for all.

    moment: (how many events, "rows" or "one") -> the memory, and what its gates keep of each row in the last event.
    """
    title = ("the memory; at its left, what its gates keep in this step", "記憶；左邊是這一步閘門留下的比例")

    def frame(step: int, gate: str) -> dict[str, Any]:
        memory, keeps = moment(step, gate)
        kind, place, guest = (int(part[..., step - 1].flatten()[0]) for part in days[:3])
        cells = {"values": memory.tolist(), "rows": [f"{share:.2f}" for share in keeps.tolist()], "columns": guests}
        return {
            "text": event_in_words(kind, place, guest, guests),
            "heatmap": cells | {"diverging": True, "title": title},
        }

    options = [("one for each row", "每一列一個"), ("one for all", "全部共用一個")]
    steps = list(range(1, len(days.kind) + 1))
    return Explorer(
        [
            {"name": "step", "label": ("event", "事件"), "values": steps, "start": 4},
            {"name": "gate", "label": ("gates", "閘門"), "values": ["rows", "one"], "options": options},
        ],
        frame,
        alt=(
            "A hotel's memory, event by event, with one gate for each row or one for all",
            "飯店的記憶，一個事件一個事件看：每列一個閘門，或全部共用",
        ),
    )


def right_by_days(days: Sequence[int], score: Mapping[str, Float[Tensor, "seeds days 2"]]) -> Html:
    """Right answers about rooms and flats, by the days since the opening: with a gate a row, and with one gate.

    score: by "rows" and "one".
    """
    many, one = score["rows"], score["one"]
    series = {"flats, a gate a row": many[..., 1], "rooms, a gate a row": many[..., 0]}
    plain = {"flats, one gate": one[..., 1].mean(0), "rooms, one gate": one[..., 0].mean(0)}
    label = "days since the opening (in training up to 8)"
    (rooms, flats), (rooms_one, flats_one) = (some[:, days.index(16)].mean(0) for some in (many, one))
    return show(
        lines(days, series, control=plain, x_label=label, y_label="right", log_x=True),
        zh={
            "flats, a gate a row": "公寓，每列一個閘門",
            "rooms, a gate a row": "房間，每列一個閘門",
            "flats, one gate": "公寓，一個閘門",
            "rooms, one gate": "房間，一個閘門",
            label: "開幕之後幾天（訓練時最多 8 天）",
            "right": "答對",
        },
        alt=(
            f"After 16 days, flats: {flats:.2f} right with a gate a row, {flats_one:.2f} with one gate. Rooms: "
            f"{rooms:.2f} and {rooms_one:.2f}.",
            f"16 天之後，公寓：每列一個閘門答對 {flats:.2f}，一個閘門 {flats_one:.2f}。房間：{rooms:.2f} 與 "
            f"{rooms_one:.2f}。",
        ),
    )
