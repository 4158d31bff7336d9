// Points that move from frame to frame. See jielong.teaching.figures.cloud for the data.

function render({ model, el }) {
  const { places, slider: axis, groups, follow, texts, said } = model.get("data");
  const { root, announce, word, width, refit } = stage(model, el);
  let frame = axis.start, colour = 0, chosen = -1;
  const holder = make("div"), line = make("p", { "data-part": "said" });
  const paint = () => {
    const wide = width(), high = Math.round(wide * 0.62), group = groups[colour];
    const at = ([x, y]) => [14 + (x / 1000) * (wide - 28), 14 + (1 - y / 1000) * (high - 28)];
    const svg = picture(wide, high, `${say(model.get("alt"))}; ${say(said[frame])}`);
    const joined = chosen < 0 ? [] : places[frame].filter((_, i) => groups[follow].of[i] === chosen).map(at);
    const middle = [0, 1].map((k) => joined.reduce((sum, p) => sum + p[k], 0) / joined.length);
    const spokes = joined.map((p) => `M${middle.map((v) => v.toFixed(1))}L${p.map((v) => v.toFixed(1))}`).join("");
    if (spokes) svg.append(draw("path", { d: spokes, stroke: "currentColor", "stroke-width": 1.5, "data-part": "followed" }));
    places[frame].forEach((place, i) => {
      const [x, y] = at(place), picked = chosen >= 0 && groups[follow].of[i] === chosen;
      svg.append(draw("circle", { cx: x, cy: y, r: picked ? 7 : 5, fill: HUES[group.of[i] % HUES.length], "fill-opacity": chosen < 0 || picked ? 0.85 : 0.3, stroke: "var(--jl-page)", "stroke-width": 1 }, draw("title", { text: texts[i] })));
    });
    const key = make("p", { class: "jl-row" }, ...group.names.map((name, k) => make("span", {}, make("span", { class: "jl-dot", style: `background:${HUES[k % HUES.length]}` }), make("span", { text: say(name) }))));
    holder.replaceChildren(svg, key);
    line.textContent = say(said[frame]);
  };
  const show = () => { paint(); announce(line.textContent); };
  const step = slider({ label: axis.label, name: "frame", count: places.length, start: frame, show: (i) => String(axis.values[i]), change: (i) => { frame = i; show(); } });
  const by = select({ label: word("colour"), name: "colour", options: groups.map((g) => g.label), change: (i) => { colour = i; show(); } });
  const controls = [step, by];
  if (follow >= 0) controls.push(select({ label: word("follow"), name: "follow", options: [word("nothing"), ...groups[follow].names], change: (i) => { chosen = i - 1; show(); } }));
  root.append(make("div", { class: "jl-controls" }, ...controls.map((c) => c.element)), holder, line);
  paint();
  refit(paint);
}
export default spoken(render);
