
/** Quoted text: the stronger a token, the deeper its colour; a line under the strong ones, for eyes that see none. */
const passage = ({ tokens, strengths }) => make("p", {}, ...tokens.map((token, i) => {
  const deep = Math.round(62 * strengths[i]);
  if (!deep) return document.createTextNode(token);
  return make(strengths[i] >= 0.5 ? "mark" : "span", { style: `background:color-mix(in srgb, ${HUES[0]} ${deep}%, transparent)`, title: number(strengths[i], ".2f"), text: token });
}));
PANELS.passages = (items) => make("div", { class: "jl-passages", lang: "mul" }, ...items.map(passage));
