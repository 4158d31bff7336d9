// Finds the sections of the book that answer what a reader types. No page here: dialog.js shows what is found.
//
//   bookSearch.load(index)     makes ready what site/bookpages/search.py wrote, bit by bit; once, when search opens
//   bookSearch.ready           a promise: the index is ready
//   bookSearch.find(query)     {sections, library}: what is found, best first, the library in a group of its own
//
// A text becomes pieces: an English word its stem, a run of Chinese its pairs of letters, in their simplest form. A
// section is ranked by BM25 over its fields, and by how much of the question it has; whoever asks for a term of the
// book, by any of its names, is led to where it is at home.
const bookSearch = (() => {
  const HAN = "\u3400-\u9fff\uf900-\ufaff";
  const LATIN = `(?:(?![${HAN}])[\\p{L}\\p{N}])+`;
  const PIECE = new RegExp(`[${HAN}]+|${LATIN}(?:[-_.'’]${LATIN})*`, "gu");
  const ANY_HAN = new RegExp(`[${HAN}]`, "g");
  const FIRST_HAN = new RegExp(`^[${HAN}]`);
  const FIELDS = { heading: 4, terms: 3, claims: 1.5, prose: 1.2, lesson: 0.8, code: 0.3 };
  const KINDS = { exercise: 0.75, summary: 0.4, record: 0.4 };   // a section that only repeats comes after the others
  const COMMON = new Set(("a about an and are as at be by can could did do does for from had has have how i if in into is it its " +
    "me my of on or our should so than that the their them there these they this to us vs was we were what when where which " +
    "who why will with would you your use used using get explain mean means meaning work works versus between " +
    "什么 为什么 怎么 怎样 怎么样 如何 为何 哪个 哪些 哪里 是不是 有没有 可以 能不能 要不要 是 的 了 吗 呢 吧 会 把 跟 和 与 对 在 有 " +
    "不 也 都 就 到 从 我 你 它 他 这 那 一个 什么样 意思 请问 哪 几 好 还是 比较 到底").split(" "));
  const NEAR = 0.6, EXPANDED = 0.35, ACROSS = 0.3, ALONE = 0.3, LEAST = 0.03;
  // Weights: a typo's word, another name of what was asked, a pair across words, a letter where no word is there;
  // and what share of the best score is still an answer.
  const SLICE = 30;   // milliseconds for which the page may stand still while the index is made ready
  let isReady;
  const ready = new Promise((resolve) => { isReady = resolve; });
  let letters, engine, sections, terms, rarity, stem, wordPieces, segmenter;

  // ---- pieces ----

  const isHan = (text) => FIRST_HAN.test(text);
  const simplest = (run) => run.replace(ANY_HAN, (letter) => letters.get(letter) ?? letter);
  const plain = (text) => text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
  const fold = (text) => (/^[a-z\d]*$/.test(text) ? text : simplest(plain(text)));

  // The pieces of a text with the place of each; of a word with a hyphen its parts, and all of it.
  function* pieces(text) {
    for (const { 0: run, index } of text.matchAll(PIECE)) {
      const end = index + run.length;
      if (isHan(run)) {
        const folded = simplest(run);
        if (folded.length === 1) yield { piece: folded, start: index, end };
        for (let i = 0; i + 1 < folded.length; i++) yield { piece: folded.slice(i, i + 2), start: index + i, end: index + i + 2 };
        continue;
      }
      for (const piece of wordPieces(run)) yield { piece, start: index, end };
    }
  }
  const partsOf = (word) => fold(word).replace(/['’]s$/, "").split(/[-_.'’]/).filter(Boolean);
  const joinedToo = (parts) => (parts.length > 1 ? [...parts, parts.join("")] : parts);

  function piecesOf(text) {
    const found = [];
    for (const [run] of text.matchAll(PIECE)) {
      if (!isHan(run)) {
        found.push(...wordPieces(run));
        continue;
      }
      const folded = simplest(run);
      if (folded.length === 1) found.push(folded);
      for (let i = 0; i + 1 < folded.length; i++) found.push(folded.slice(i, i + 2));
    }
    return found;
  }

  // ---- the index ----

  async function load(index) {
    letters = new Map(Array.from({ length: index.letters.length / 2 }, (_, i) => [index.letters[2 * i], index.letters[2 * i + 1]]));
    const porter = new PorterStemmer();
    wordPieces = remember((word) => joinedToo(partsOf(word)).map(stem));
    stem = remember((word) => (/^[a-z]{3,}$/.test(word) ? porter.stemWord(word) : word));
    segmenter = globalThis.Intl?.Segmenter ? new Intl.Segmenter("zh-Hant", { granularity: "word" }) : undefined;
    sections = index.sections.map(([page, anchor, heading, prose, claims, code, kind], id) => {
      const [address, title, lecture] = index.pages[page];
      return { id, address, anchor, heading, lesson: title, lecture, prose, claims, code, kind, terms: "" };
    });
    terms = index.terms.map(([says, home, names]) => ({ says, home, names: names.map((name) => named(name)) }));
    for (const [i, { home }] of terms.entries()) if (home >= 0) sections[home].terms += ` ${index.terms[i][2].join(" . ")}`;
    let own = new Set();
    const tokenize = (text) => piecesOf(text).map((piece) => (own.add(piece), piece));
    engine = new MiniSearch({
      fields: Object.keys(FIELDS), tokenize, processTerm: (piece) => piece, autoVacuum: false,
      extractField: (section, field) => field === "lesson" && section.heading === section.lesson ? "" : section[field],
    });
    const often = new Map();
    let since = performance.now();
    for (const section of sections) {
      if (performance.now() - since > SLICE) {
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
      own = new Set();
      engine.add(section);
      for (const piece of own) often.set(piece, (often.get(piece) ?? 0) + 1);
    }
    const inverse = (count) => Math.log(1 + (sections.length - count + 0.5) / (count + 0.5));
    rarity = new Map(Array.from(often, ([piece, count]) => [piece, inverse(count)]));
    isReady();
  }

  function remember(call) {
    const known = new Map();
    return (word) => {
      if (!known.has(word)) known.set(word, call(word));
      return known.get(word);
    };
  }

  // ---- a question ----

  const squeeze = (text) => fold(text).replace(/[\s\p{P}]+/gu, "");
  const named = (name) => ({ squeezed: squeeze(name), pieces: piecesOf(name), stems: piecesOf(name).filter((piece) => !isHan(piece)) });

  // The words of a query, common ones left out unless there are no others: Chinese as Intl.Segmenter cuts it.
  function wordsOf(query) {
    const words = [];
    for (const { 0: run } of query.matchAll(PIECE)) {
      const cut = isHan(run) && segmenter ? Array.from(segmenter.segment(run), ({ segment }) => segment) : [run];
      words.push(...cut.map((word) => ({ word, folded: fold(word), run })));
    }
    const telling = words.filter(({ folded }) => !COMMON.has(folded));
    return telling.length ? telling : words;
  }

  // piece -> weight. What the book does not have is taken for a slip of the finger, if it has something close.
  function asked(query) {
    const words = wordsOf(query);
    const weights = new Map();
    const put = (piece, weight) => weights.set(piece, Math.max(weight, weights.get(piece) ?? 0));
    words.forEach(({ word, folded }, at) => {
      if (isHan(word)) {
        if (folded.length === 1) put(folded, 1);
        for (const piece of piecesOf(word)) put(piece, 1);
        const next = words[at + 1];
        if (next && isHan(next.word)) put(folded.at(-1) + next.folded[0], ACROSS);
        return;
      }
      for (const piece of piecesOf(word)) known(piece, put);
      const next = words[at + 1];
      if (next && !isHan(next.word)) {
        const joined = stem(folded + next.folded);
        if (rarity.has(joined)) put(joined, 0.8);
      }
    });
    return weights;
  }

  function known(piece, put) {
    if (rarity.has(piece) || piece.length < 4) return put(piece, 1);
    const close = nearest(piece);
    put(close ?? piece, close ? NEAR : 1);
  }

  function nearest(piece) {
    const most = piece.length < 7 ? 1 : 2;
    let best, least = most + 1;
    for (const [other, rare] of rarity) {
      if (isHan(other) || Math.abs(other.length - piece.length) > most) continue;
      const apart = distance(piece, other, least);
      if (apart < least || (apart === least && best && rare < rarity.get(best))) [best, least] = [other, apart];
    }
    return best;
  }

  // How many letters have to be changed, put in, left out or exchanged with their neighbour; `limit` is enough.
  function distance(a, b, limit) {
    let before = [], last = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const row = [i];
      for (let j = 1; j <= b.length; j++) {
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      if (Math.min(...row) > limit) return limit + 1;
      [before, last] = [last, row];
    }
    return last[b.length];
  }

  // How much of a question the name of a term is, from 0 to 1; a word that is being typed counts by its beginning.
  function share(name, said) {
    if (!said.whole) return 0;
    if (name.squeezed === said.whole || name.squeezed === said.all) return 1;
    const latin = name.stems.length > 0, stems = name.stems.join(" ");
    if (latin && stems === said.stems.join(" ") && !han(name.squeezed + said.whole)) return 1;
    if (latin ? ` ${said.everyStem.join(" ")} `.includes(` ${stems} `) && said.all.includes(han(name.squeezed)) : said.all.includes(name.squeezed))
      return Math.min(0.95, weigh(name.squeezed) / weigh(said.whole));
    if (said.whole.length > 2 && name.squeezed.startsWith(said.whole)) return 0.9 * weigh(said.whole) / weigh(name.squeezed);
    return 0;
  }
  const han = (text) => (text.match(ANY_HAN) ?? []).join("");
  const weigh = (text) => Array.from(text).reduce((sum, letter) => sum + (isHan(letter) ? 2.5 : 1), 0);

  function meant(query) {
    const words = wordsOf(query);
    const mended = (word) => piecesOf(word).map((piece) => (isHan(piece) || rarity.has(piece) ? piece : nearest(piece) ?? piece));
    const all = Array.from(query.matchAll(PIECE), ({ 0: run }) => run);
    const said = {
      whole: words.map(({ folded }) => squeeze(folded)).join(""), all: squeeze(query),
      stems: words.filter(({ word }) => !isHan(word)).flatMap(({ word }) => mended(word)),
      everyStem: all.filter((run) => !isHan(run)).flatMap(mended),
    };
    const found = terms.map((term) => ({ term, share: Math.max(...term.names.map((name) => share(name, said))) }));
    return found.filter(({ share }) => share >= 0.3).sort((a, b) => b.share - a.share).slice(0, 4);
  }

  // ---- what is found ----

  function find(query) {
    const weights = asked(query);
    if (!weights.size) return { sections: [], library: [] };
    const first = meant(query);
    if (!first.length && ![...weights.keys()].some((piece) => rarity.has(piece)))
      for (const letter of fold(query).match(ANY_HAN) ?? []) weights.set(letter, ALONE);
    const wide = new Map(weights);
    for (const { term, share } of first) {
      for (const name of term.names.slice(0, 2))
        for (const piece of name.pieces) if (!wide.has(piece)) wide.set(piece, EXPANDED * share);
    }
    const typing = /[\p{L}\p{N}]$/u.test(query) ? [...weights.keys()].at(-1) : undefined;
    const whole = [...weights].reduce((sum, [piece, weight]) => sum + weight * (rarity.get(piece) ?? 0), 0) || 1;
    const rarest = [...weights.keys()].filter((piece) => rarity.has(piece)).sort((a, b) => rarity.get(b) - rarity.get(a))[0];
    const hits = engine.search([...wide.keys()].join(" "), {
      tokenize: (text) => text.split(" "), boost: FIELDS, boostTerm: (piece) => wide.get(piece),
      prefix: (piece) => (piece === typing && piece.length > 2) || (isHan(piece) && piece.length === 1), weights: { fuzzy: 0, prefix: 0.35 },
    });
    const scores = new Map();
    for (const { id, score, queryTerms } of hits) {
      const has = queryTerms.reduce((sum, piece) => sum + (weights.get(piece) ?? 0) * (rarity.get(piece) ?? 0), 0) / whole;
      const lacks = rarest && !queryTerms.includes(rarest) ? 0.6 : 1;
      scores.set(id, score * (0.25 + 0.75 * has) * lacks * (KINDS[sections[id].kind] ?? 1));
    }
    const top = Math.max(0, ...Array.from(scores, ([id, score]) => (sections[id].kind === "library" ? 0 : score))) || 1;
    for (const { term, share } of first) {
      if (term.home >= 0) scores.set(term.home, (scores.get(term.home) ?? 0) + 1.3 * top * share * share);
    }
    const ranked = [...scores].filter(([, score]) => score >= LEAST * top).sort(([a, x], [b, y]) => y - x || a - b).map(([id]) => sections[id]);
    const answers = new Map(first.map(({ term }) => [term.home, term.says]));
    const show = (section) => result(section, weights, wide, answers.get(section.id));
    return {
      sections: ranked.filter(({ kind }) => kind !== "library").slice(0, 10).map(show),
      library: ranked.filter(({ kind }) => kind === "library").slice(0, 5).map(show),
    };
  }

  const SENTENCE = /.+?(?:[.?!]+[”’")]*(?=\s|$)|[。？！；]+[』」）]*|$)/gmu;

  // The sentence of a section that has most of what was asked; where none has any, what the term is.
  function result(section, weights, wide, says) {
    const worth = (sentence) => {
      const own = new Set(piecesOf(sentence));
      let sum = 0;
      for (const [piece, weight] of wide) if (own.has(piece)) sum += weight * (rarity.get(piece) ?? 0) * (weights.has(piece) ? 1 : 0.5);
      return sum;
    };
    let best = "", most = 0;
    for (const text of [section.prose, section.claims]) {
      if (most) break;
      for (const [sentence] of text.matchAll(SENTENCE)) {
        const sum = worth(sentence) / (sentence.length > 300 ? 2 : 1);
        if (sum > most) [best, most] = [sentence, sum];
      }
    }
    if (says && worth(says) >= most) best = says;
    best ||= says ?? section.prose.match(SENTENCE)?.[0] ?? "";
    return {
      href: `${section.address}#${section.anchor}`, heading: marked(section.heading, wide), lesson: section.lesson,
      lecture: section.lecture, kind: section.kind, sentence: marked(shortened(best.trim(), wide), wide),
    };
  }

  function shortened(text, wide, most = 240) {
    if (text.length <= most) return text;
    const first = [...pieces(text)].find(({ piece }) => wide.has(piece))?.start ?? 0;
    const from = Math.max(0, Math.min(first - 60, text.length - most));
    return (from ? "… " : "") + text.slice(from, from + most) + (from + most < text.length ? " …" : "");
  }

  // [[text, whether it is marked], …]
  function marked(text, wide) {
    const spans = [];
    for (const { piece, start, end } of pieces(text)) {
      if (!wide.has(piece)) continue;
      if (spans.length && start <= spans.at(-1)[1]) spans.at(-1)[1] = Math.max(end, spans.at(-1)[1]);
      else spans.push([start, end]);
    }
    const parts = [];
    let at = 0;
    for (const [start, end] of spans) {
      if (start > at) parts.push([text.slice(at, start), false]);
      parts.push([text.slice(start, end), true]);
      at = end;
    }
    if (at < text.length) parts.push([text.slice(at), false]);
    return parts;
  }

  return { load, find, piecesOf, ready };
})();
