// What every widget shares. Concatenated before each widget's own file into one module that imports nothing.

// ---- words and numbers

let language = ""; // the notebook's, where it says so; else the page's
const zh = () => (language || document.documentElement.lang).startsWith("zh");
/** What a widget exports: its render, in the language that its model asks for. */
const spoken = (render) => ({
  render(context) {
    language = context.model.get("language") || "";
    return render(context);
  },
});
/** The reader's language of a text: [English, Chinese], or a string that is the same in both. */
const say = (text) => (Array.isArray(text) ? text[zh() ? 1 : 0] : String(text ?? ""));
/** A template with {names} filled in, in the reader's language. */
const fill = (text, values) => say(text).replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A number as Python's format(value, spec) writes it, for the specs "", "d", ",d", ".2f", ".0%"; ties go to even. */
function number(value, spec = "") {
  if (typeof value !== "number") return say(value);
  const [, comma, digits, kind] = /^(,?)(?:\.(\d+))?([fd%]?)$/.exec(spec) ?? [];
  if (kind === undefined) throw new Error(`unknown number format ${spec}`);
  let text = kind === "" ? String(value) : fixed(kind === "%" ? value * 100 : value, kind === "d" ? 0 : Number(digits ?? 6));
  if (comma) text = text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  return text + (kind === "%" ? "%" : "");
}
function fixed(value, digits) {
  const exact = Math.abs(value).toFixed(Math.min(100, digits + 55));
  const tie = /^50*$/.test(exact.slice(exact.length - Math.min(55, 100 - digits)));
  const cut = exact.slice(0, exact.length - Math.min(55, 100 - digits)).replace(/\.$/, "");
  const text = tie && "02468".includes(cut.at(-1)) ? cut : Math.abs(value).toFixed(digits);
  return (value < 0 || Object.is(value, -0) ? "-" : "") + text;
}

// ---- elements

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
let serial = 0;
const fresh = (name) => `jl-${name}-${++serial}-${Math.random().toString(36).slice(2, 7)}`;

/** An HTML element: make("p", {class: "x", text: "..."}, child, ...). */
function make(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}
/** An SVG element, likewise. */
function draw(tag, attributes = {}, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function dress(element, { text, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    element.setAttribute(name, typeof value === "number" ? Math.round(value * 100) / 100 : value === true ? "" : value);
  }
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

/** A slider over positions 0..count-1. show(position) is its reading; change(position) is called as it moves. */
function slider({ label, count, start = 0, show, change, name }) {
  const id = fresh("slider");
  const output = make("output", { for: id, "aria-live": "off" }); // the slider speaks it itself
  const input = make("input", { id, type: "range", min: 0, max: count - 1, step: 1, value: start, "data-name": name });
  const read = () => {
    output.textContent = show(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
    input.style.setProperty("--at", `${(100 * input.value) / Math.max(1, count - 1)}%`);
  };
  input.addEventListener("input", () => { read(); change(Number(input.value)); });
  read();
  const element = make("div", { class: "jl-control" }, make("label", { for: id, text: say(label) }), output, input);
  return { element, input, get: () => Number(input.value), set: (position) => { input.value = position; read(); } };
}

/** A drop-down list; change(position) is called when another option is chosen. */
function select({ label, options, start = 0, change, name }) {
  const id = fresh("select");
  const input = make("select", { id, "data-name": name }, ...options.map((o, i) => make("option", { value: i, text: say(o), selected: i === start })));
  input.addEventListener("change", () => change(input.selectedIndex));
  const element = make("div", { class: "jl-control" }, make("label", { for: id, text: say(label) }), input);
  return { element, input, get: () => input.selectedIndex, set: (position) => { input.selectedIndex = position; } };
}

function button({ label, press, main = false, name }) {
  const element = make("button", { type: "button", class: main ? "jl-main" : "", "data-name": name, text: say(label) });
  element.addEventListener("click", press);
  return element;
}

/** The widget's frame on the page, and a line for screen readers that speaks after the hand has come to rest. */
function stage(model, el) {
  const root = make("div", { class: "jl", role: "group", "aria-label": say(model.get("alt")) });
  const live = make("p", { class: "jl-sr", role: "status", "aria-live": "polite" });
  root.append(live);
  el.append(root);
  let timer = 0;
  const announce = (text) => { clearTimeout(timer); timer = setTimeout(() => { live.textContent = text; }, 400); };
  const words = model.get("labels");
  const width = () => (root.clientWidth ? Math.min(640, Math.max(250, Math.round(root.clientWidth - 36))) : 560);
  /** Call again when the room for pictures has changed, so that their text keeps its size on a phone. */
  const refit = (redraw) => {
    let drawn = width();
    new ResizeObserver(() => { if (drawn !== width()) { drawn = width(); redraw(); } }).observe(root);
  };
  return { root, announce, width, refit, word: (name) => words[name] ?? name };
}

// ---- pictures

const HUES = ["blue", "orange", "green", "purple", "red", "gold"].map((name) => `var(--jl-${name})`);
const GREY = "var(--jl-grey)";

/** An SVG picture of width x height units with a spoken description. */
const picture = (width, height, label) => draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, style: `max-width:${Math.round(width)}px` });
/** A hue for words: nearer to the page's ink, so that it can be read on white and on black. */
const inked = (hue) => `fill:color-mix(in srgb, ${hue} 65%, currentColor)`;

/** Horizontal bars with their numbers. range: [low, high]; control: thin grey bars; marks: positions to highlight. */
function barChart({ labels, values, control, format = ".2f", range, marks = [], tints, width = 560 }) {
  const step = control ? 36 : 25, left = Math.min(width * 0.42, 12 + 7.4 * Math.max(...labels.map((l) => wide(say(l)))));
  const [low, high] = range ?? [Math.min(0, ...values), Math.max(...values, ...(control ?? []))];
  const at = (v) => left + ((v - low) / (high - low || 1)) * (width - left - 58);
  const svg = picture(width, step * values.length + 4, values.map((v, i) => `${say(labels[i])} ${number(v, format)}`).join(", "));
  const bar = (v, y, h, color) => draw("rect", { x: at(Math.min(v, Math.max(0, low))), y, width: Math.max(0.5, Math.abs(at(v) - at(Math.max(0, low)))), height: h, rx: 2, fill: color });
  values.forEach((v, i) => {
    const y = i * step + 3;
    svg.append(
      draw("text", { x: left - 8, y: y + 13, "text-anchor": "end", "font-size": 13, "font-weight": marks.includes(i) ? 700 : 400, text: say(labels[i]) }),
      bar(v, y, 17, marks.includes(i) ? HUES[1] : tints?.[i] ?? HUES[0]),
      draw("text", { x: at(Math.max(v, low)) + 6, y: y + 13, "font-size": 12.5, class: "jl-value", text: number(v, format) }),
    );
    if (control) svg.append(bar(control[i], y + 19, 7, GREY), draw("text", { x: at(control[i]) + 6, y: y + 27, "font-size": 10.5, opacity: 0.85, text: number(control[i], format) }));
  });
  return svg;
}
/** Width of a text in letters; a Chinese character is two. */
const wide = (text) => [...text].reduce((sum, c) => sum + (c > "⺀" ? 1.75 : 1), 0);

/** Round numbers between low and high, about count of them. */
function ticks(low, high, count = 4) {
  const rough = (high - low) / count, size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * size >= 0.85 * rough) * size;
  const all = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) all.push(Number((k * step).toPrecision(6)));
  return all;
}

/** Lines (or dots) over one x axis, each named at its end; `at`: the x that is looked at; points: places to mark. */
function lineChart({ x, series, at, range, x_label, y_label, points = [], format = ".2f", log_x = false, width = 560, height = 240 }) {
  const names = series.map((s) => say(s.label)), right = 16 + 6.6 * Math.max(...names.map(wide)), box = [46, 20, width - right, height - 38];
  const fx = (v) => (log_x ? Math.log2(v) : v), [x0, x1] = [fx(Math.min(...x)), fx(Math.max(...x))];
  const [low, high] = pad(range ?? [Math.min(...series.flatMap((s) => s.y)), Math.max(...series.flatMap((s) => s.y))]);
  const px = (v) => box[0] + ((fx(v) - x0) / (x1 - x0 || 1)) * (box[2] - box[0]), py = (v) => box[3] - ((v - low) / (high - low)) * (box[3] - box[1]);
  const clip = fresh("clip"), inside = draw("g", { "clip-path": `url(#${clip})` });
  const near = at === undefined ? -1 : x.reduce((best, v, i) => (Math.abs(v - at) < Math.abs(x[best] - at) ? i : best), 0);
  const svg = picture(width, height, series.map((s, k) => `${names[k]}: ${number(near < 0 ? s.y.at(-1) : s.y[near], format)}`).join(", "));
  svg.append(draw("clipPath", { id: clip }, draw("rect", { x: box[0] - 6, y: box[1] - 4, width: box[2] - box[0] + 12, height: box[3] - box[1] + 8 })));
  for (const v of ticks(low, high)) svg.append(draw("line", { x1: box[0], x2: box[2], y1: py(v), y2: py(v), stroke: "currentColor", opacity: 0.14 }), label(box[0] - 7, py(v) + 4, String(v), "end"));
  for (const v of log_x && x.length < 10 ? x : ticks(Math.min(...x), Math.max(...x), width < 400 ? 3 : 5)) svg.append(label(px(v), box[3] + 17, String(v), "middle"));
  svg.append(label((box[0] + box[2]) / 2, height - 4, say(x_label), "middle"), label(2, 11, say(y_label), "start"));
  if (near >= 0) svg.append(draw("line", { x1: px(x[near]), x2: px(x[near]), y1: box[1], y2: box[3], stroke: "currentColor", opacity: 0.35, "stroke-dasharray": "3 3" }));
  svg.append(inside);
  const ends = spread(series.map((s) => Math.min(box[3], Math.max(box[1], py(s.y.at(-1))))), 15);
  series.forEach((s, k) => {
    const color = s.control ? GREY : HUES[k % HUES.length];
    if (s.dots) s.y.forEach((v, i) => inside.append(draw("circle", { cx: px(x[i]), cy: py(v), r: 3, fill: color, opacity: 0.75 })));
    else inside.append(draw("polyline", { points: s.y.map((v, i) => `${px(x[i]).toFixed(1)},${py(v).toFixed(1)}`).join(" "), fill: "none", stroke: color, "stroke-width": 2.2, "stroke-linejoin": "round", "stroke-dasharray": s.control ? "5 4" : undefined }));
    svg.append(draw("text", { x: box[2] + 7, y: ends[k] + 4, "font-size": 12, "font-weight": 600, style: inked(color), text: names[k] }));
    if (near >= 0) inside.append(draw("circle", { cx: px(x[near]), cy: py(s.y[near]), r: 4.5, fill: color, stroke: "var(--jl-page)", "stroke-width": 1.5 }));
  });
  for (const [a, b] of points) inside.append(draw("circle", { cx: px(a), cy: py(b), r: 3.5, fill: "currentColor", stroke: "var(--jl-page)", "stroke-width": 1.2 }));
  return svg;
}
const label = (x, y, text, anchor) => draw("text", { x, y, "text-anchor": anchor, "font-size": 11.5, opacity: 0.85, text });
const pad = ([low, high]) => [low - 0.03 * (high - low), high + 0.03 * (high - low)];
/** Places moved apart until no two are closer than gap. */
function spread(places, gap) {
  const order = places.map((y, i) => [y, i]).sort((a, b) => a[0] - b[0]);
  for (let k = 1; k < order.length; k++) order[k][0] = Math.max(order[k][0], order[k - 1][0] + gap);
  return order.reduce((out, [y, i]) => { out[i] = y; return out; }, []);
}

/** A grid of cells, values in range; 0 is the page, the largest full colour, negative values orange if diverging. */
function grid({ values, rows, columns, range, format, diverging = false, cell = 30, label: spoken }) {
  const longest = (names) => Math.max(...names.map((name) => wide(say(name))));
  const left = rows ? 10 + 7.2 * longest(rows) : 0, slanted = columns && 7 * longest(columns) > cell - 2;
  const top = !columns ? 0 : slanted ? 14 + 6 * longest(columns) : 22;
  const most = Math.max(Math.abs(range[0]), Math.abs(range[1])) || 1, [height, width] = [values.length, values[0].length];
  const svg = picture(left + width * cell, top + height * cell, spoken);
  columns?.forEach((c, j) => {
    const name = label(left + (j + 0.5) * cell, top - 8, say(c), slanted ? "start" : "middle");
    if (slanted) name.setAttribute("transform", `rotate(-62 ${left + (j + 0.5) * cell} ${top - 8})`);
    svg.append(name);
  });
  values.forEach((row, i) => {
    if (rows) svg.append(label(left - 7, top + (i + 0.5) * cell + 4, say(rows[i]), "end"));
    row.forEach((v, j) => {
      const strength = diverging ? Math.abs(v) / most : (v - Math.min(0, range[0])) / (range[1] - Math.min(0, range[0]) || 1);
      svg.append(draw("rect", { x: left + j * cell, y: top + i * cell, width: cell + 0.3, height: cell + 0.3, fill: diverging && v < 0 ? HUES[1] : HUES[0], "fill-opacity": 0.04 + 0.96 * strength }));
      if (format) svg.append(draw("text", { x: left + (j + 0.5) * cell, y: top + (i + 0.5) * cell + 4, "text-anchor": "middle", "font-size": 11, text: number(v, format) }));
    });
  });
  return svg;
}
