// Surfaces to be turned by hand, drawn as shaded meshes. See jielong.teaching.figures.surface for the data.

const TALL = 1.3; // the highest height, where the plane runs from -1 to 1

function render({ model, el }) {
  const data = model.get("data"), { root, announce, word, width, refit } = stage(model, el);
  let turn = data.turn, tilt = data.tilt, own = data.own, meshes = [];
  const hint = fresh("hint");
  const holder = make("div", { tabindex: 0, role: "group", "aria-label": say(model.get("alt")), "aria-describedby": hint, "data-part": "view",
    style: "display:flex;flex-wrap:wrap;gap:.6rem 1rem;cursor:grab;touch-action:pan-y;user-select:none;border-radius:.4rem" });
  const seen = () => fill(word("view"), { turn, tilt });
  const paint = () => { meshes.forEach((mesh) => mesh.show(turn, tilt, seen())); };
  const build = () => {
    const room = width(), each = room >= 480 ? (room - 16 * (data.surfaces.length - 1)) / data.surfaces.length : room;
    meshes = data.surfaces.map((surface) => meshOf({ ...surface, z: surface.z[own], ticks: surface.ticks[own] }, data, word, Math.min(each, 340)));
    holder.replaceChildren(...meshes.map((mesh) => mesh.figure));
    paint();
  };
  const look = (nextTurn, nextTilt) => {
    [turn, tilt] = [((Math.round(nextTurn) % 360) + 360) % 360, Math.min(90, Math.max(0, Math.round(nextTilt)))];
    around.set(turn);
    above.set(tilt);
    paint();
    announce(seen());
  };
  const degrees = (i) => `${i}°`;
  const around = slider({ label: word("turn"), name: "turn", count: 360, start: turn, show: degrees, change: (i) => look(i, tilt) });
  const above = slider({ label: word("tilt"), name: "tilt", count: 91, start: tilt, show: degrees, change: (i) => look(turn, i) });
  const heights = select({ label: word("scale"), name: "scale", start: own, options: [word("shared"), word("own")], change: (i) => { own = i; build(); announce(say([word("shared"), word("own")][i])); } });
  byHand(holder, () => [turn, tilt], look);
  root.append(make("div", { class: "jl-controls" }, around.element, above.element, heights.element), holder, make("p", { id: hint, style: "font-size:.9rem;opacity:.85", text: say(word("hint")) }));
  build();
  refit(build);
}

/** Drags and arrow keys. A finger that moves up or down scrolls the page, as everywhere. */
function byHand(holder, now, look) {
  const steps = { ArrowLeft: [5, 0], ArrowRight: [-5, 0], ArrowUp: [0, 5], ArrowDown: [0, -5] };
  holder.addEventListener("keydown", (event) => {
    const step = steps[event.key], [turn, tilt] = now();
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    look(turn + step[0], tilt + step[1]);
  });
  let held = null;
  holder.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX, y: event.clientY, from: now() };
    holder.setPointerCapture(event.pointerId);
  });
  holder.addEventListener("pointermove", (event) => {
    if (held) look(held.from[0] - 0.6 * (event.clientX - held.x), held.from[1] + 0.6 * (event.clientY - held.y));
  });
  for (const end of ["pointerup", "pointercancel"]) holder.addEventListener(end, () => { held = null; });
}

/** One surface: its picture, and show(turn, tilt, words), which draws it as seen from there. */
function meshOf({ label: name, z, ticks, low, high }, { full, quantity, middle }, word, size) {
  const n = z.length - 1, tall = Math.round(size * 0.9), unit = size / 3.2;
  const point = (i, j) => [(2 * j) / n - 1, (2 * i) / n - 1, (TALL * z[i][j]) / full];
  const range = fill(word("range"), { low, high });
  const svg = draw("svg", { viewBox: `0 0 ${Math.round(size)} ${tall}`, role: "img", style: `max-width:${Math.round(size)}px` });
  const cells = z.slice(1).map((_, i) => z.slice(1).map((_, j) => draw("path", { style: `fill:${paintOf(z, i, j, full)}`, stroke: "currentColor", "stroke-width": 0.5, "stroke-opacity": 0.22 })));
  const floor = draw("path", { fill: "none", stroke: "currentColor", "stroke-opacity": 0.4 }), mesh = draw("g"), scale = draw("g");
  const dot = draw("circle", { r: 4, fill: "currentColor", stroke: "var(--jl-page)", "stroke-width": 1.5, "data-part": "middle" }, draw("title", { text: say(middle) }));
  svg.append(floor, scale, mesh, dot);
  let order = "";
  const show = (turn, tilt, view) => {
    const [c, s, up, across] = [Math.cos, Math.sin].map((f) => f((turn * Math.PI) / 180)).concat([Math.cos, Math.sin].map((f) => f((tilt * Math.PI) / 180)));
    const at = ([x, y, h]) => [size / 2 + 8 + unit * (x * c - y * s), tall * 0.5 + unit * ((x * s + y * c) * across - (h - TALL / 2) * up)];
    const text = (points) => `M${points.map((p) => at(p).map((v) => v.toFixed(1)).join(",")).join("L")}`;
    // The far rows and columns first, so that the near ones cover them.
    if (order !== `${s > 0}${c > 0}`) {
      order = `${s > 0}${c > 0}`;
      const rows = c > 0 ? cells : [...cells].reverse();
      mesh.replaceChildren(...rows.flatMap((row) => (s > 0 ? row : [...row].reverse())));
    }
    cells.forEach((row, i) => row.forEach((cell, j) => cell.setAttribute("d", `${text([point(i, j), point(i, j + 1), point(i + 1, j + 1), point(i + 1, j)])}Z`)));
    const corners = [[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], left = corners.reduce((a, b) => (at(b)[0] < at(a)[0] ? b : a));
    floor.setAttribute("d", `${text(corners)}Z`);
    scale.replaceChildren(...(tilt > 75 ? [] : rule(left, ticks, full, at)));
    const [x, y] = at(point(n / 2, n / 2));
    dot.setAttribute("cx", x.toFixed(1));
    dot.setAttribute("cy", y.toFixed(1));
    svg.setAttribute("aria-label", `${say(name)}: ${say(quantity)} ${range}; ${view}`);
  };
  const caption = make("p", { class: "jl-title", style: "text-align:center;margin:0" }, make("span", { text: say(name) }), make("br"), make("span", { style: "font-weight:400", text: `${say(quantity)} ${range}` }));
  return { figure: make("div", { style: `flex:0 0 ${Math.round(size)}px`, "data-part": "surface" }, svg, caption), show };
}

/** The vertical scale, at a corner of the floor. */
function rule([x, y], ticks, full, at) {
  const ends = [at([x, y, 0]), at([x, y, TALL])];
  const line = draw("line", { x1: ends[0][0], y1: ends[0][1], x2: ends[1][0], y2: ends[1][1], stroke: "currentColor", "stroke-opacity": 0.5 });
  const marks = ticks.flatMap((tick) => {
    const [left, top] = at([x, y, (TALL * tick.at) / full]);
    return [draw("line", { x1: left - 4, x2: left, y1: top, y2: top, stroke: "currentColor", "stroke-opacity": 0.5 }), label(left - 7, top + 4, tick.text, "end")];
  });
  return [line, ...marks];
}

/** A cell's colour: blue in the valleys, orange on the heights, lit from one side. */
function paintOf(z, i, j, full) {
  const n = z.length - 1, corners = [z[i][j], z[i][j + 1], z[i + 1][j], z[i + 1][j + 1]].map((v) => (TALL * v) / full), [a, b, c, d] = corners;
  const slope = [((b + d - a - c) * n) / 4, ((c + d - a - b) * n) / 4], long = Math.hypot(...slope, 1);
  const light = (0.5 * slope[0] + 0.35 * slope[1] + 0.79) / long; // 1 where it faces the light
  const height = Math.round((100 * corners.reduce((sum, v) => sum + v)) / (4 * TALL));
  const shade = Math.round(45 * (0.85 - light)), tone = shade > 0 ? "#000" : "#fff";
  return `color-mix(in srgb, ${tone} ${Math.min(60, Math.abs(shade))}%, color-mix(in oklab, var(--jl-orange) ${height}%, var(--jl-blue)))`;
}
export default spoken(render);
