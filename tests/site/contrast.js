// Every piece of text that stands out too little from what is behind it, as WCAG counts it: 4.5 to 1, or 3 to 1 if it is
// large. Text inside of drawings, formulas' hidden twins and disabled controls are left out.
() => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => v * a + under[i] * (1 - a));
  const paper = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const light = (color) => color.map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const found = new Map();
  for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
    const element = walker.currentNode.parentElement, style = getComputedStyle(element);
    const skip = !walker.currentNode.textContent.trim() || !element.checkVisibility({visibilityProperty: true, opacityProperty: true});
    if (skip || element.closest('svg, script, style, option, :disabled, .katex-mathml, .jl-sr, .headerlink')) continue;
    const under = paper(element);
    const [a, b] = [light(over(rgba(style.color), under)), light(under)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) found.set(`${element.tagName}.${element.className}`, `${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 30)}`);
  }
  return [...found].map(([key, value]) => `${key}: ${value}`);
}
