// One query among keys, turned by hand. See jielong.teaching.figures.query for the data.

const STEP = 5, TENTHS = 60; // degrees; the longest query is 6

function render({ model, el }) {
  const { keys, values, names, asks, start } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  const reach = 1.25 * Math.max(...keys.flat().map(Math.abs)), span = 1.35 * Math.max(...values.flat().map(Math.abs));
  const read = () => {
    const angle = (turn.get() * STEP * Math.PI) / 180, long = stretch.get() / 10;
    const q = [long * Math.cos(angle), long * Math.sin(angle)];
    const logits = keys.map((k) => (q[0] * k[0] + q[1] * k[1]) / Math.SQRT2), most = Math.max(...logits);
    const raw = logits.map((l) => Math.exp(l - most)), sum = raw.reduce((a, b) => a + b);
    const weights = raw.map((w) => w / sum);
    return { q, weights, output: [0, 1].map((d) => weights.reduce((total, w, i) => total + w * values[i][d], 0)) };
  };
  const pair = (v) => v.map((x) => number(x, ".2f")).join(", ");
  const said = ({ weights, output }) => `${names.map((name, i) => `${name} ${number(weights[i], ".2f")}`).join(", ")}; ${say(word("output"))} ${pair(output)}`;

  /** A square plane with its two axes, and the place of a vector in it. */
  const plane = (size, most, spoken) => {
    const svg = picture(size, size, spoken), at = ([x, y]) => [(1 + x / most) * (size / 2), (1 - y / most) * (size / 2)];
    for (const [a, b] of [[[-most, 0], [most, 0]], [[0, -most], [0, most]]]) svg.append(draw("line", { x1: at(a)[0], y1: at(a)[1], x2: at(b)[0], y2: at(b)[1], stroke: "currentColor", opacity: 0.18 }));
    return [svg, at];
  };
  const arrow = (svg, [ax, ay], [bx, by], color, thick) => {
    const d = Math.hypot(bx - ax, by - ay) || 1, [ux, uy] = [(bx - ax) / d, (by - ay) / d], h = Math.min(10, d);
    const tip = [[bx, by], [bx - h * ux - 0.5 * h * uy, by - h * uy + 0.5 * h * ux], [bx - h * ux + 0.5 * h * uy, by - h * uy - 0.5 * h * ux]];
    svg.append(draw("line", { x1: ax, y1: ay, x2: bx - 0.8 * h * ux, y2: by - 0.8 * h * uy, stroke: color, "stroke-width": thick }), draw("polygon", { points: tip.map((p) => p.map((v) => v.toFixed(1))).join(" "), fill: color }));
  };
  const name = (svg, [x, y], text, hue) => svg.append(draw("text", { x, y, "text-anchor": "middle", "font-size": 12.5, "font-weight": 600, style: hue && inked(hue), text }));

  const drawKeys = (size, now) => {
    const [svg, at] = plane(size, reach, `${say(word("keys"))}: ${said(now)}`), zero = at([0, 0]);
    keys.forEach((k, i) => { const [x, y] = at(k); arrow(svg, zero, [x, y], HUES[i], 2.5); name(svg, [x, y + (k[1] < 0 ? 16 : -7)], names[i], HUES[i]); });
    const long = Math.hypot(...now.q), [x, y] = at(now.q.map((v) => v * Math.min(1, reach / (long || 1)))); // it may be longer than the picture
    arrow(svg, zero, [x, y], "currentColor", 3.5);
    name(svg, [Math.min(size - 12, x + 12), y + 16], asks);
    dress(svg, { "data-part": "keys", style: `max-width:${size}px;cursor:grab;touch-action:none` }, []);
    svg.addEventListener("pointerdown", (event) => { held = true; drag(event); event.preventDefault(); });
    return svg;
  };
  const drawValues = (size, { weights, output }) => {
    const [svg, at] = plane(size, span, `${say(word("values"))}: ${say(word("output"))} ${pair(output)}`), [ox, oy] = at(output);
    values.forEach((v, i) => {
      const [x, y] = at(v);
      svg.append(draw("line", { x1: x, y1: y, x2: ox, y2: oy, stroke: HUES[i], "stroke-width": 0.5 + 6 * weights[i], opacity: 0.6 }), draw("circle", { cx: x, cy: y, r: 6, fill: HUES[i] }));
      name(svg, [x, y - 11], names[i], HUES[i]);
    });
    svg.append(draw("circle", { cx: ox, cy: oy, r: 6.5, fill: "currentColor", stroke: "var(--jl-page)", "stroke-width": 1.5, "data-part": "output" }));
    name(svg, [ox, oy + 20], say(word("output")));
    return svg;
  };

  const panels = make("div", { class: "jl-panels" });
  const titled = (part, child) => make("div", { "data-panel": part }, make("p", { class: "jl-title", text: say(word(part)) }), child);
  const paint = () => {
    const now = read(), wide = width(), size = Math.min(270, wide < 500 ? wide : wide / 2 - 12);
    const planes = make("div", { class: "jl-row", style: "gap:24px" }, titled("keys", drawKeys(size, now)), titled("values", drawValues(size, now)));
    panels.replaceChildren(planes, titled("weights", barChart({ labels: names, values: now.weights, range: [0, 1], tints: HUES, width: wide })));
    return now;
  };
  const move = () => announce(said(paint()));
  const turn = slider({ label: word("angle"), name: "angle", count: 360 / STEP, start: Math.round(start[0] / STEP), show: (i) => `${i * STEP}°`, change: move });
  const stretch = slider({ label: word("length"), name: "length", count: TENTHS + 1, start: Math.round(start[1] * 10), show: (i) => number(i / 10, ".1f"), change: move });

  let held = false; // the arrow itself can be taken, too
  const drag = (event) => {
    const box = panels.querySelector("[data-part=keys]").getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width - 0.5) * 2 * reach, y = (0.5 - (event.clientY - box.top) / box.height) * 2 * reach;
    turn.set((Math.round((Math.atan2(y, x) * 180) / Math.PI / STEP) + 360 / STEP) % (360 / STEP));
    stretch.set(Math.min(TENTHS, Math.round(10 * Math.hypot(x, y))));
    move();
  };
  panels.addEventListener("pointermove", (event) => { if (held) drag(event); });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) panels.addEventListener(end, () => { held = false; });
  root.append(make("div", { class: "jl-controls" }, turn.element, stretch.element), panels);
  paint();
  refit(paint);
}
export default spoken(render);
