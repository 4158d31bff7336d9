// Sliders and lists over a grid of frames that the run computed. See jielong.teaching.figures.explorer for the data.

const merge = (same, own) => {
  if (own === undefined) return same;
  if (same === undefined || Array.isArray(own) || typeof own !== "object" || own === null) return own;
  const out = { ...same };
  for (const key of Object.keys(own)) out[key] = merge(same[key], own[key]);
  return out;
};

const PANELS = {
  numbers: (items, word) => make("div", { class: "jl-numbers" }, ...items.map((item) => make("div", { class: "jl-number" },
    make("small", { text: say(item.label) }),
    make("output", { "aria-live": "off", text: number(item.value, item.format) }),
    ...(item.control === undefined ? [] : [make("small", { text: `${say(item.control_label ?? word("control"))} ${number(item.control, item.format)}` })])))),
  bars: (content, word, width) => barChart({ ...content, width }),
  lines: (content, word, width) => lineChart({ ...content, width, height: Math.max(190, Math.min(260, width * 0.5)) }),
  heatmap: (content) => grid({ ...content, label: content.values.map((row, i) => `${say(content.rows?.[i] ?? i + 1)}: ${row.map((v) => number(v, content.format ?? ".2f")).join(" ")}`).join("; ") }),
  images: (items) => make("div", { class: "jl-images" }, ...items.map((item) => make("figure", {},
    grid({ values: item.pixels, range: [0, item.most], cell: 12, label: say(item.label) }),
    make("figcaption", { text: say(item.label) })))),
  text: (content) => make("p", { text: say(content) }),
};

function panel(name, content, word, width) {
  const box = make("div", { "data-panel": name });
  if (content.title) box.append(make("p", { class: "jl-title", text: say(content.title) }));
  box.append(PANELS[name.split(" ")[0]](content, word, width));
  return box;
}

/** What a frame says in one sentence, for who listens instead of looks. */
function summary(frame) {
  const numbers = Object.entries(frame).filter(([name]) => name.startsWith("numbers")).flatMap(([, items]) => items);
  const said = numbers.map((item) => `${say(item.label)}: ${number(item.value, item.format)}`);
  for (const [name, content] of Object.entries(frame)) if (name.startsWith("text")) said.push(say(content));
  return said.join("; ");
}

function render({ model, el }) {
  const { controls, same, frames, panels: order } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  const place = controls.map((c) => c.start);
  const panels = make("div", { class: "jl-panels" });
  const paint = () => {
    const frame = merge(same, frames[place.join(",")]);
    panels.replaceChildren(...order.filter((name) => name in frame).map((name) => panel(name, frame[name], word, width())));
    return frame;
  };
  const show = () => {
    const frame = paint();
    announce(summary(frame) || [...panels.querySelectorAll("[role=img]")].map((p) => p.getAttribute("aria-label")).join("; "));
  };
  const build = (c, k) => {
    const change = (position) => { place[k] = position; show(); };
    const common = { label: c.label, start: c.start, change, name: c.name };
    return c.options ? select({ ...common, options: c.options }) : slider({ ...common, count: c.values.length, show: (i) => number(c.values[i], c.format) });
  };
  root.append(make("div", { class: "jl-controls" }, ...controls.map((c, k) => build(c, k).element)), panels);
  paint();
  refit(paint);
}
export default spoken(render);
