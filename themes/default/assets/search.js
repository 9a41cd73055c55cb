// The search: opens with the button, `/` or Ctrl-K, asks find.js, shows what it found. Without scripts there is no button.
(function () {
  "use strict";
  const dialog = document.querySelector(".search");
  const button = document.querySelector(".search-button");
  if (!dialog || !button) return;
  const own = document.currentScript.src;
  const base = new URL(dialog.dataset.index, document.baseURI).href;
  const part = (name) => dialog.querySelector(".search-" + name);
  const [input, list, status, note, more] = ["input", "results", "status", "note", "more"].map(part);
  const selects = Array.from(dialog.querySelectorAll("select"));
  const AT_ONCE = 8;
  let finder = null;

  // The part that finds is loaded when it is first needed.
  function ready() {
    if (!finder) {
      finder = new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.src = own.replace(/search\.js([?#].*)?$/, "find.js$1");
        script.onload = () => done(window.proofbookFinder(base));
        script.onerror = failed;
        document.head.append(script);
      }).then((found) => found.about().then((known) => { offer(known); return found; }));
      finder.catch(() => { finder = null; });
    }
    return finder;
  }

  // Filters are offered where there is a choice.
  function offer(known) {
    const choices = { kind: known.kinds.names, state: known.states.names, tag: known.tags.map(([tag]) => [tag, tag]) };
    for (const select of selects) {
      const names = choices[select.name];
      select.hidden = names.length < (select.name === "kind" ? 2 : 1);
      if (select.options.length === 1) names.forEach(([value, word]) => select.add(new Option(word, value)));
    }
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.focus();
    input.select();
    ask();
  }
  const close = () => dialog.close();
  button.addEventListener("click", open);
  part("close").addEventListener("click", close);
  // What is clicked outside is the ground behind the dialog.
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  document.addEventListener("keydown", function (event) {
    const isKey = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isKey && !isSlash) return;
    if (dialog.open ? isSlash : event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    if (dialog.open) input.focus();
    else open();
  });

  // One question at a time: an answer to an older one is dropped. Enter before the answer is there waits for it.
  let asked = 0, answer = null, shown = 0, active = -1, wantsFirst = false;
  function ask() {
    asked += 1;
    const number = asked;
    list.setAttribute("aria-busy", "true");
    const query = input.value.trim() && input.value;
    const filter = {};
    for (const select of selects) filter[select.name] = select.value;
    answer = null;
    const answered = async function (isAgain) {
      const found = await ready();
      if (isAgain) await found.again();
      const result = await found.find(query, filter);
      const rows = await Promise.all(result.hits.slice(0, AT_ONCE).map((hit) => found.show(hit, result)));
      if (number === asked) show({ ...result, query, isFiltered: Object.values(filter).some(Boolean) }, rows);
    };
    answered(false).catch(() => number === asked && answered(true)).catch(function () {
      if (number !== asked) return;
      clear();
      tell("The search could not be loaded.", "Load the page again and try once more. The menu leads to every page all the same.");
    });
  }
  let timer = 0;
  input.addEventListener("input", function () {
    wantsFirst = false;
    clearTimeout(timer);
    answer = null;
    list.setAttribute("aria-busy", "true");
    timer = setTimeout(ask, 120);
  });
  selects.forEach((select) => select.addEventListener("change", ask));

  function clear() {
    list.replaceChildren();
    list.hidden = true;
    more.hidden = true;
    shown = 0;
    choose(-1);
  }
  function tell(words, hint) {
    list.setAttribute("aria-busy", "false");
    status.textContent = words;
    note.textContent = hint;
    note.hidden = !hint;
  }
  function show(result, rows) {
    clear();
    answer = result;
    const count = result.hits.length;
    const quoted = result.missing.map((word) => "“" + word + "”").join(", ");
    const results = count === 1 ? "1 result" : count + " results";
    const filters = result.isFiltered ? " Or choose other filters." : "";
    if (!result.query && !result.isFiltered) {
      tell("", "Type a word, an error message, a table, a command or a part of one. The arrow keys move, Enter opens, Escape closes.");
    } else if (!count) {
      tell("No results", "Nothing here has these words. Try fewer or other ones, or a part of a name." + filters);
    } else if (quoted) {
      tell(results + " without " + quoted, "");
    } else {
      tell(results + (result.isPartial ? ": no page has all of these words" : ""), "");
    }
    append(rows);
    if (count) choose(0);
    if (wantsFirst && active >= 0) go(list.children[0]);
    wantsFirst = false;
  }

  // Rows.
  function element(name, className, ...content) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  }
  function piece({ text, code, marked }) {
    const inner = marked ? element("mark", "", text) : text;
    return code ? element("code", "", inner) : inner;
  }
  function append(rows) {
    for (const row of rows) {
      const about = element("span", "search-about");
      if (row.kind) about.append(row.kind[1]);
      if (row.state) about.append(row.kind ? " · " : "", element("span", "search-state " + row.state[0], row.state[1]));
      const link = element("a", "search-result",
        element("span", "search-heading", ...row.heading.map(piece)), " ", about, " ",
        element("span", "search-place", row.place.join(" / ")), " ",
        element("span", "search-excerpt", ...row.excerpt.map(piece)));
      link.href = new URL("../" + row.address, base).href;
      link.id = "page:result-" + shown;
      link.tabIndex = -1;
      link.setAttribute("role", "option");
      link.setAttribute("aria-selected", "false");
      list.append(link);
      shown += 1;
    }
    list.hidden = shown === 0;
    more.hidden = !answer || shown >= answer.hits.length;
    input.setAttribute("aria-expanded", shown > 0);
  }
  async function showMore() {
    const result = answer;
    if (!result || shown >= result.hits.length) return;
    const found = await ready();
    const from = shown;
    const rows = await Promise.all(result.hits.slice(from, from + AT_ONCE).map((hit) => found.show(hit, result)));
    if (answer !== result || shown !== from) return;
    append(rows);
    choose(from);
  }
  more.addEventListener("click", function () {
    input.focus();
    showMore();
  });

  // The focus stays in the field; the row that Enter opens is the active one.
  function choose(at) {
    const before = list.children[active];
    if (before) before.setAttribute("aria-selected", "false");
    active = at;
    const now = list.children[at];
    if (now) {
      now.setAttribute("aria-selected", "true");
      now.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", now.id);
    } else {
      input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-expanded", "false");
    }
  }
  function go(link) {
    close();
    link.click();
  }
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && !event.ctrlKey && !event.metaKey && !event.shiftKey) close();
  });
  input.addEventListener("keydown", function (event) {
    if (event.isComposing) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves && shown) {
      event.preventDefault();
      const to = active + moves[event.key];
      if (to >= shown && shown < answer.hits.length) showMore();
      else choose(Math.max(0, Math.min(shown - 1, to)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (answer && active >= 0) go(list.children[active]);
      else wantsFirst = true;
    }
  });
  // The field itself would take the first Escape to empty itself.
  dialog.addEventListener("keydown", function (event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    close();
  });
  dialog.addEventListener("close", function () {
    wantsFirst = false;
    asked += 1;
    clearTimeout(timer);
  });
})();
