// Finds what a reader asks for in the scripts of the folder `search`, which src/render/search writes. search.js loads it
// when it is first needed and shows what it finds. Nothing is fetched: a site opened from the disk could not.
window.proofbookFinder = function (base) {
  "use strict";

  // Cutting and folding, by the rules of src/render/search/token.rs: a word, the parts of an identifier, the whole of it.
  const SIGN = "\\u3040-\\u30ff\\u3400-\\u9fff\\uf900-\\ufaff";
  const LETTER = "[\\p{Alphabetic}\\p{N}]";
  const pattern = function (letter) {
    const word = `(?:(?![${SIGN}])${letter})+`;
    return `(?=${letter})[${SIGN}]|${word}(?:[_:./@+-]{1,2}${word})*`;
  };
  const COMPOUND = new RegExp(pattern(LETTER), "gu");
  const WRITTEN = new RegExp(pattern("[\\p{Alphabetic}\\p{N}\\p{M}]"), "gu");
  const CAPITAL = /(?<=[^\p{Uppercase}])(?=\p{Uppercase})|(?<=\p{Uppercase})(?=\p{Uppercase}\p{Lowercase})/u;
  const PLAIN = { ß: "ss", ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe", ð: "d", þ: "th", ı: "i" };
  const bare = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "");
  const fold = (text) => bare(text).toLowerCase().replace(/[ßøłđæœðþı]/g, (letter) => PLAIN[letter]);
  function cut(text) {
    return (bare(text).match(COMPOUND) || []).map(function (compound) {
      const words = compound.match(new RegExp(`${LETTER}+`, "gu"));
      return { whole: fold(compound), words: words.map((word) => ({ whole: fold(word), parts: word.split(CAPITAL).map(fold) })) };
    });
  }
  function terms(text) {
    const found = [];
    for (const { whole, words } of cut(text)) {
      for (const word of words) found.push(word.whole, ...(word.parts.length > 1 ? word.parts : []));
      if (words.length > 1) found.push(whole);
    }
    return found.filter((term) => Array.from(term).length <= 64);
  }

  // Loading. Each file is a script that hands over its name and what it holds. The files beside index.js are named by
  // their content, so one that is missing means that the site was published anew: search.js asks for the index again.
  const arrived = new Map();
  const files = new Map();
  let index;
  window.proofbookSearch = (name, value) => arrived.set(name, value);
  function insert(address, name) {
    return new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => { script.remove(); done(arrived.get(name)); };
      script.onerror = () => { script.remove(); failed(new Error("not loaded: " + address)); };
      document.head.append(script);
    });
  }
  function open(again) {
    files.clear();
    index = insert(base + "index.js" + again, "index").then(unpacked);
    index.catch(() => { index = null; });
    return index;
  }
  const opened = () => index || open("");
  function file(name, unpack) {
    if (!files.has(name)) {
      files.set(name, opened().then((known) => insert(base + known.folder + "/" + name + ".js", name)).then(unpack));
    }
    return files.get(name);
  }

  // Numbers as base-64 digits of five bits; rising ones as distances.
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  function numbers(text) {
    const found = [];
    let number = 0, shift = 0;
    for (const digit of text) {
      const value = DIGITS.indexOf(digit);
      number += (value & 31) * 2 ** shift;
      shift += 5;
      if (value < 32) { found.push(number); number = 0; shift = 0; }
    }
    return found;
  }
  function rising(text) {
    let at = -1;
    return numbers(text).map((distance) => (at += distance + 1));
  }
  function unpacked(known) {
    const first = [], page = [], section = [];
    const continued = new Set(rising(known.continued));
    numbers(known.passages).forEach(function (count, number) {
      first.push(page.length);
      for (; count > 0; count -= 1) {
        section.push(continued.has(page.length) ? section[page.length - 1] : page.length);
        page.push(number);
      }
    });
    const of = (classes) => (number) => classes.names[parseInt(classes.of[number], 10)] || null;
    const tags = known.tags.map(([tag, pages]) => [tag, new Set(rising(pages))]);
    return { ...known, starts: rising(known.texts), first, page, section, kind: of(known.kinds), state: of(known.states), tagged: new Map(tags) };
  }
  function unpackedTerms(text) {
    const found = new Map();
    let before = "";
    for (const entry of text.split(";")) {
      if (!entry) break;
      const space = entry.indexOf(" ");
      before = Array.from(before).slice(0, parseInt(entry[0], 36)).join("") + entry.slice(1, space);
      found.set(before, entry.slice(space + 1));
    }
    return found;
  }
  function unpackedWords(text) {
    let before = "";
    return Array.from(text.matchAll(/([0-9A-Z])([^0-9A-Z]*)/g), ([, shared, rest]) =>
      (before = Array.from(before).slice(0, parseInt(shared, 36)).join("") + rest));
  }

  // What stands at a passage, as a reader sees it, and where that is.
  async function row(passage) {
    const known = await opened();
    const number = known.starts.reduce((last, start, at) => (start <= passage ? at : last), 0);
    const rows = await file("text-" + number, (pages) => pages.flatMap((of) => of[3].map((row) => [...of, ...row])));
    const [title, address, above, , id, heading, lines] = rows[passage - known.starts[number]];
    return { title, address, above, id, heading, lines: lines.split("\n").filter(Boolean) };
  }

  // The forms of a word: `delete`, `deleted`, `deletes`, `deleting`, `deletion`; `query`, `queries`; `drop`, `dropped`.
  const ENDING = /^(?:|e|s|es|d|ed|ing|ings|er|ers|ion|ions|y|ies|ied|ying)$/;
  function stem(word) {
    if (!/^[a-z]{5,}$/.test(word)) return word;
    const short = word.replace(/(?:(?<=.{3})(?:ies|ied|ying|y)|(?<=.{4})(?:ings?|ions?|ers?|ed|es|s|e|d))$/, "");
    return short !== word && /([^aeiouls])\1$/.test(short) ? short.slice(0, -1) : short;
  }
  function isForm(term, root) {
    if (!term.startsWith(root)) return false;
    const rest = term.slice(root.length);
    return ENDING.test(rest) || (rest[0] === root[root.length - 1] && ENDING.test(rest.slice(1)));
  }

  // How many letters two words differ in, neighbours in exchanged places counted once; more than `most` is as good as all.
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) return Infinity;
    let older = [], old = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= b.length; j += 1) {
        const same = a[i - 1] === b[j - 1];
        row[j] = Math.min(old[j] + 1, row[j - 1] + 1, old[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], older[j - 2] + 1);
      }
      if (Math.min(...row) > most) return Infinity;
      [older, old] = [old, row];
    }
    return old[b.length] <= most ? old[b.length] : Infinity;
  }

  // What says how much about a passage: the word itself, a form of it, what it is the start of, what it may be a slip of.
  // Where there is nothing better, the start or the slip is what was meant.
  const EXACT = 1, FORM = 0.85, START = 0.45, MEANT = 0.8;

  // Whether a term comes after another, in the order of their characters.
  function isAfter(a, b) {
    const [left, right] = [Array.from(a), Array.from(b)];
    const at = left.findIndex((letter, place) => letter !== right[place]);
    return at >= 0 && (at >= right.length || left[at].codePointAt(0) > right[at].codePointAt(0));
  }

  // Where a word stands: passages with how much it says about each, and the terms it was found as with the share each has.
  async function lookUp(word, isOpen, maySlip) {
    const known = await opened();
    const found = { at: new Map(), terms: new Map(), everywhere: false };
    const root = stem(word);
    const last = (term) => known.terms.reduce((at, start, number) => (isAfter(start, term) ? at : number), 0);
    // A word of one letter starts too many.
    const open = isOpen && Array.from(word).length > 1;
    const end = open || root !== word || word.length > 3 ? last(root + "\u{10ffff}") : last(word);
    const numbers = [];
    const most = word.length > 3 ? 3 : 2;
    for (let number = last(root); number <= end && numbers.length < most; number += 1) numbers.push(number);
    if (!numbers.includes(last(word))) numbers.push(last(word));
    for (const list of await Promise.all(numbers.map((number) => file("terms-" + number, unpackedTerms)))) {
      for (const [term, groups] of list) {
        if (term === word) add(found, term, groups, EXACT);
        else if (word.length > 3 && isForm(term, root)) add(found, term, groups, FORM);
        else if (open && term.startsWith(word)) add(found, term, groups, START);
      }
    }
    if (!found.terms.size && maySlip) await slips(known, word, found);
    const best = Math.max(0, ...found.terms.values());
    if (best && best < MEANT) join(found, found, MEANT / best);
    return found;
  }
  function add(found, term, groups, share) {
    found.terms.set(term, share);
    for (const group of groups.split(",")) {
      if (group === "*") { found.everywhere = true; continue; }
      const weight = parseInt(group[0], 36) * share;
      for (const passage of rising(group.slice(1))) {
        if (weight > (found.at.get(passage) || 0)) found.at.set(passage, weight);
      }
    }
  }
  function join(found, other, share) {
    other.terms.forEach((of, term) => found.terms.set(term, Math.max(of * share, found.terms.get(term) || 0)));
    other.at.forEach((weight, passage) => found.at.set(passage, Math.max(weight * share, found.at.get(passage) || 0)));
  }
  // One slip in a word of four letters, two in one of eight. Numbers and codes are taken at their word.
  async function slips(known, word, found) {
    const length = Array.from(word).length;
    if (length < 4 || !/^\p{Alphabetic}+$/u.test(word)) return;
    const most = length >= 8 ? 2 : 1;
    const longest = known.words[known.words.length - 1];
    const lengths = known.words.filter((other) => Math.abs(Math.min(length, longest) - other) <= most);
    const lists = await Promise.all(lengths.map((other) => file("words-" + other, unpackedWords)));
    const near = [];
    for (const other of lists.flat()) {
      const far = distance(word, other, most);
      if (far <= most) near.push({ other, far: far + (other[0] === word[0] ? 0 : 0.5) });
    }
    near.sort((a, b) => a.far - b.far);
    const best = near.filter(({ far }) => far < near[0].far + 1).slice(0, 3);
    for (const { other, far } of best) {
      join(found, await lookUp(other, false, false), 1 / Math.max(1, far));
    }
  }

  // An identifier is found as a whole, and where all its parts stand; those places come after the whole.
  async function match({ whole, words }, isOpen) {
    const parts = words.length > 1 ? words.map((word) => word.whole) : words[0].parts;
    if (parts.length < 2) return lookUp(whole, isOpen, true);
    const found = await lookUp(whole, isOpen, false);
    if (found.terms.size && words.length < 2) return found;
    const each = await Promise.all(parts.map((part, at) => lookUp(part, isOpen && at === parts.length - 1, true)));
    const most = found.terms.size ? 1 : Infinity;
    const together = { at: new Map(), terms: new Map(each.flatMap((part) => Array.from(part.terms))) };
    for (const passage of each[0].at.keys()) {
      const least = Math.min(...each.map((part) => part.everywhere ? 1 : part.at.get(passage) || 0));
      if (least) together.at.set(passage, Math.min(least, most / START));
    }
    join(found, together, START);
    return found;
  }

  // Words that a question holds whatever it is about. They only count where they stand in a heading, and only in a short
  // question: in a long one there are others to go by.
  const SMALL = new Set(("a an and are as at be but by can could did do does for from get had has have how i if in into is it " +
    "its me my no not of on or our should so than that the their then there these they this to was we were what when where " +
    "which who why will with would you your").split(" "));
  const ON_PAGE = 0.3, ALONE = 0.25, PER_PAGE = 4, STEPS = 1.05, SHORT = 5, HEADING = 10, BESIDE = 0.3;

  // A sentence that was copied, as that of an error: of the first hits, which are loaded to be shown anyway, those that
  // hold much of it word by word come first.
  const LOOKED_AT = 8, SENTENCE = 4;
  async function sentenceFirst(hits, all) {
    const written = (compounds) => compounds.flatMap(({ words }) => words.map((word) => word.whole));
    const asked = written(all);
    if (asked.length < SENTENCE) return hits;
    const first = await Promise.all(hits.slice(0, LOOKED_AT).map(async function ({ score, passage }) {
      const { heading, lines } = await row(passage);
      const most = Math.max(...[heading, ...lines].map((line) => together(asked, written(cut(line)))));
      return { passage, score: score * (most < SENTENCE ? 1 : 1 + most / asked.length) };
    }));
    return first.sort((a, b) => b.score - a.score).concat(hits.slice(LOOKED_AT));
  }
  // How many words of one text follow each other in another, too.
  function together(asked, said) {
    let most = 0, before = [];
    for (const word of said) {
      before = asked.map((other, at) => (other === word ? 1 + (at && before[at - 1] || 0) : 0));
      most = Math.max(most, ...before);
    }
    return most;
  }

  async function ranked(query, filter) {
    const known = await opened();
    const all = cut(query);
    const isSmall = ({ whole }) => SMALL.has(whole) || /^[a-z]$/.test(whole);
    const big = all.filter((compound) => !isSmall(compound));
    const asked = big.length && all.length > SHORT ? big : all;
    const isOpen = !/\s$/.test(query);
    const words = await Promise.all(asked.map(async function (compound) {
      const isBeside = big.length > 0 && isSmall(compound);
      const isLast = compound === all[all.length - 1];
      const found = isBeside ? await lookUp(compound.whole, false, false) : await match(compound, isOpen && isLast);
      const rare = Math.log(1 + known.page.length / Math.max(1, found.at.size));
      return { ...found, isBeside, rare, written: compound.whole };
    }));
    const isAllowed = (page) =>
      (!filter.kind || (known.kind(page) || [])[0] === filter.kind) &&
      (!filter.state || (known.state(page) || [])[0] === filter.state) &&
      (!filter.tag || known.tagged.get(filter.tag).has(page));
    if (!words.length) {
      const pages = filter.kind || filter.state || filter.tag ? known.first.map((_, page) => page).filter(isAllowed) : [];
      return { hits: pages.map((page) => known.first[page]), words, missing: [], isPartial: false };
    }
    // What stands nearly everywhere is kept only where it says something: it counts there and is not demanded.
    const missing = words.filter((word) => !word.everywhere && !word.isBeside && !word.at.size);
    let demanded = words.filter((word) => !word.everywhere && !word.isBeside && word.at.size);
    if (!demanded.length && !missing.length) demanded = words;
    const beside = words.filter((word) => !demanded.includes(word));

    // A page must have all that is demanded, or as much of it as any; a section of it at least one word.
    const onPage = demanded.map(function (word) {
      const most = new Map();
      word.at.forEach(function (weight, passage) {
        const page = known.page[passage];
        if (isAllowed(page) && weight > (most.get(page) || 0)) most.set(page, weight);
      });
      return most;
    });
    const counts = new Map();
    for (const most of onPage) for (const page of most.keys()) counts.set(page, (counts.get(page) || 0) + 1);
    const full = Math.max(0, ...counts.values());
    const whole = demanded.reduce((sum, word) => sum + word.rare, 0);
    const scores = new Map();
    for (const passage of new Set(demanded.flatMap((word) => Array.from(word.at.keys())))) {
      const page = known.page[passage];
      if (!full || counts.get(page) !== full) continue;
      let score = 0, own = 0;
      demanded.forEach(function (word, at) {
        const here = word.at.get(passage) || 0;
        if (here) own += word.rare;
        score += word.rare * Math.max(here, ON_PAGE * (onPage[at].get(page) || 0));
      });
      score *= ALONE + (1 - ALONE) * own / whole;
      // Who searches in a hurry is after the steps.
      if ((known.kind(page) || [])[0] === "runbook") score *= STEPS;
      for (const word of beside) score += (word.at.get(passage) || 0) * (word.at.get(passage) >= HEADING ? BESIDE : 0);
      const section = known.section[passage];
      if (score > (scores.get(section) || { score: 0 }).score) scores.set(section, { score, passage });
    }
    const perPage = new Map();
    const inOrder = Array.from(scores.values())
      .sort((a, b) => b.score - a.score || a.passage - b.passage)
      .filter(function ({ passage }) {
        const page = known.page[passage];
        perPage.set(page, (perPage.get(page) || 0) + 1);
        return perPage.get(page) <= PER_PAGE;
      });
    const hits = (await sentenceFirst(inOrder, all)).map(({ passage }) => passage);
    return { hits, words, missing: missing.map((word) => word.written), isPartial: full < demanded.length };
  }

  // A text in pieces, those that were asked for marked.
  function marked(text, code, words) {
    const pieces = [];
    let done = 0;
    const push = function (start, end) {
      if (start > done) pieces.push({ text: text.slice(done, start), code });
      pieces.push({ text: text.slice(start, end), code, marked: true });
      done = end;
    };
    const isAsked = (part) => words.some((word) => word.terms.has(fold(part)));
    for (const { 0: compound, index: start } of text.matchAll(WRITTEN)) {
      if (isAsked(compound)) { push(start, start + compound.length); continue; }
      for (const { 0: word, index: at } of compound.matchAll(/[\p{Alphabetic}\p{N}\p{M}]+/gu)) {
        if (isAsked(word)) { push(start + at, start + at + word.length); continue; }
        let part = start + at;
        for (const piece of word.split(CAPITAL)) {
          if (piece !== word && isAsked(piece)) push(part, part + piece.length);
          part += piece.length;
        }
      }
    }
    if (done < text.length) pieces.push({ text: text.slice(done), code });
    return pieces;
  }
  // How well a word is found among pieces.
  function held(pieces, word) {
    const found = pieces.filter((piece) => piece.marked).flatMap((piece) => terms(piece.text));
    return found.reduce((most, term) => Math.max(most, word.terms.get(term) || 0), 0);
  }
  // The line that holds the most of what was asked for, from a little before the first of it.
  function excerpt(lines, heading, words) {
    // What the heading says already tells no line from another.
    const inHeading = words.map((word) => held(heading, word));
    let best = null;
    for (const line of lines) {
      const isCode = line[0] === "\t";
      const pieces = (isCode ? [line.slice(1)] : line.split("`"))
        .flatMap((part, at) => marked(part, isCode || at % 2 === 1, words.filter((word) => !word.isBeside)));
      const says = (word, at) => word.rare * Math.max(0, held(pieces, word) - inHeading[at]);
      const score = words.reduce((sum, word, at) => sum + says(word, at), isCode ? -0.1 : 0);
      if (!best || score > best.score) best = { score, pieces };
    }
    if (!best) return [];
    const { pieces } = best;
    const first = pieces.findIndex((piece) => piece.marked);
    const before = pieces.slice(0, Math.max(0, first)).map((piece) => piece.text).join("");
    let away = before.length < 60 ? 0 : before.indexOf(" ", before.length - 50) + 1;
    if (!away) return pieces;
    while (away >= pieces[0].text.length) away -= pieces.shift().text.length;
    return [{ text: "… " }, { ...pieces[0], text: pieces[0].text.slice(away) }, ...pieces.slice(1)];
  }

  return {
    terms,
    // What can be filtered by.
    about: opened,
    // What is found: the places, best first, to be shown one by one with `show`.
    find: ranked,
    // Loads the index anew, past any cache.
    again: () => open("?again=" + Date.now()),
    // A place that was found, as it is shown.
    async show(passage, { words }) {
      const known = await opened();
      const page = known.page[passage];
      const { title, address, above, id, heading, lines } = await row(passage);
      const named = marked(heading || title, false, words);
      return {
        address: address + (id && "#" + encodeURIComponent(id)),
        heading: named,
        place: heading ? [...above, title] : above,
        kind: known.kind(page),
        state: known.state(page),
        excerpt: excerpt(lines, named, words),
      };
    },
  };
};
