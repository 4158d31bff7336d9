// A picture written pixel by pixel. See jielong.teaching.figures.pixels for the data.

/** The pixels written so far, the place of the next one outlined. */
function canvas({ pixels, width, levels, step, spoken }) {
  const cell = 24, height = Math.ceil(pixels.length / width), svg = picture(width * cell, height * cell, spoken);
  svg.append(draw("rect", { width: width * cell, height: height * cell, fill: "var(--jl-soft)", rx: 3 }));
  pixels.slice(0, step).forEach((v, i) => {
    if (v > 0) svg.append(draw("rect", { x: (i % width) * cell, y: Math.floor(i / width) * cell, width: cell + 0.3, height: cell + 0.3, fill: "currentColor", "fill-opacity": v / (levels - 1) }));
  });
  if (step < pixels.length) svg.append(draw("rect", { x: (step % width) * cell + 1.5, y: Math.floor(step / width) * cell + 1.5, width: cell - 3, height: cell - 3, fill: "none", stroke: HUES[1], "stroke-width": 3 }));
  return svg;
}

/** Upright bars, one for each grey level over its own grey; the one that was drawn in orange. */
function levelBars({ percent, chosen, spoken, ends }) {
  const wide = 20, high = 120, svg = picture(wide * percent.length, high + 44, spoken);
  percent.forEach((p, level) => {
    const h = Math.max(p > 0 ? 1 : 0, (p / 100) * high), x = level * wide;
    svg.append(
      draw("rect", { x: x + 2, y: high + 12 - h, width: wide - 4, height: h, rx: 2, fill: level === chosen ? HUES[1] : HUES[0] }),
      draw("rect", { x, y: high + 15, width: wide + 0.3, height: 10, fill: "currentColor", "fill-opacity": 0.03 + (0.97 * level) / (percent.length - 1) }),
    );
  });
  svg.append(label(0, high + 39, ends[0], "start"), label(wide * percent.length, high + 39, ends[1], "end"));
  return svg;
}

function render({ model, el }) {
  const { samples, width, levels, start } = model.get("data"), { root, announce, word } = stage(model, el);
  const count = samples[0].pixels.length;
  let sample = samples[0], timer = null;
  const left = make("div", { class: "jl-canvas" }), right = make("div", { class: "jl-levels" }), said = make("p", { "data-part": "drawn" });
  const show = (step) => {
    const { pixels, percent } = sample, done = step >= count, chosen = pixels[step];
    left.replaceChildren(canvas({ pixels, width, levels, step, spoken: fill(word("picture"), { step, count }) }));
    said.textContent = done ? say(word("done")) : fill(word("drawn"), { level: chosen, most: levels - 1, chance: `${percent[step][chosen]}%` });
    right.replaceChildren(make("p", { class: "jl-title", text: say(word("distribution")) }),
      levelBars({ percent: done ? Array(levels).fill(0) : percent[step], chosen, spoken: said.textContent, ends: [say(word("page")), say(word("ink"))] }));
    if (timer === null) announce(`${fill(word("picture"), { step, count })}. ${said.textContent}`);
  };
  const stop = () => { clearInterval(timer); timer = null; play.textContent = say(word("play")); };
  const go = (step) => { place.set(Math.min(count, step)); show(place.get()); };
  const tick = () => { go(place.get() + 1); if (place.get() >= count) { stop(); show(count); } };
  const toggle = () => {
    if (timer !== null) return stop();
    if (place.get() >= count) go(0);
    if (calm()) return go((Math.floor(place.get() / width) + 1) * width); // a row at a press, nothing moves by itself
    timer = setInterval(tick, 90);
    play.textContent = say(word("pause"));
  };
  const choose = select({ label: word("sample"), name: "sample", options: samples.map((s) => s.label), change: (i) => { sample = samples[i]; show(place.get()); } });
  const place = slider({ label: word("step"), name: "step", count: count + 1, start: Math.min(start, count), show: String, change: (i) => { stop(); show(i); } });
  const play = button({ label: word(calm() ? "row" : "play"), name: "play", main: true, press: toggle });
  const next = button({ label: word("next"), name: "next", press: () => { stop(); go(place.get() + 1); } });
  root.append(make("div", { class: "jl-controls" }, choose.element, place.element), make("div", { class: "jl-row" }, play, next), make("div", { class: "jl-pixels" }, left, make("div", {}, right, said)));
  show(place.get());
}
export default spoken(render);
