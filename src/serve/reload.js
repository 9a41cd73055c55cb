// Proofbook's preview, in the page: reloads it when there is a new site and shows what is wrong with the pages.
// It is put into pages by `proofbook serve` only; a built site does not have it.
(() => {
  "use strict";
  const version = document.currentScript.dataset.version;
  const place = "proofbook-preview";

  // --- Where the reader was ------------------------------------------------------------------------------------

  const folds = () => [...document.querySelectorAll("details")];

  function remember() {
    const open = folds().map((fold) => fold.open);
    sessionStorage.setItem(place, JSON.stringify({ path: location.pathname, x: scrollX, y: scrollY, open }));
  }

  function goBack() {
    const text = sessionStorage.getItem(place);
    sessionStorage.removeItem(place);
    const was = text && JSON.parse(text);
    if (!was || was.path !== location.pathname) return;
    const there = folds();
    if (there.length === was.open.length) there.forEach((fold, at) => (fold.open = was.open[at]));
    scrollTo({ left: was.x, top: was.y, behavior: "instant" });
  }

  // Pictures still move the page until it has loaded.
  if (document.readyState === "complete") goBack();
  else addEventListener("load", goBack, { once: true });

  // --- What is wrong -------------------------------------------------------------------------------------------

  // In a shadow tree: the site's styles do not reach it, and its own do not reach the site.
  const host = document.createElement("div");
  host.id = place;
  const tree = host.attachShadow({ mode: "open" });
  const style = make("link", { rel: "stylesheet", href: "/_proofbook/reload.css" });
  const root = make("div", { className: "preview", hidden: true });
  root.setAttribute("role", "status");
  style.addEventListener("load", () => (root.hidden = false));
  tree.append(style, root);

  let shown = ""; // what is on the panel, so that the same problems do not open it again
  let closed = false;
  let problems = [];
  let failed = false;
  let lost = false;

  // Texts become text, never markup.
  function make(name, properties, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  function count() {
    return problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  }

  function heading() {
    if (!failed) return count();
    return version ? `${count()}: this is the last good version` : `${count()}: the site cannot be built`;
  }

  function drawn(problem) {
    const part = make("section", {}, make("h2", { textContent: problem.message }));
    if (problem.place) part.append(make("p", {}, make("code", { textContent: problem.place })));
    // Focusable, so that a long line can be scrolled with the keyboard.
    if (problem.text) part.append(make("pre", { textContent: problem.text, tabIndex: 0 }));
    return part;
  }

  function draw() {
    const parts = [];
    if (problems.length > 0 && closed) {
      const again = make("button", { type: "button", className: failed ? "pill failed" : "pill", textContent: count() });
      again.addEventListener("click", () => toggle(false));
      parts.push(again);
    } else if (problems.length > 0) {
      const close = make("button", { type: "button", className: "close", textContent: "Close" });
      close.addEventListener("click", () => toggle(true));
      const title = make("p", { className: "title", textContent: heading() });
      const panel = make("aside", { className: failed ? "panel failed" : "panel" });
      panel.setAttribute("aria-label", "Problems in the pages");
      panel.append(make("header", {}, title, close), make("div", { className: "list" }, ...problems.map(drawn)));
      parts.push(panel);
    } else if (lost) {
      parts.push(make("p", { className: "pill", textContent: "The preview has stopped; this page may be old." }));
    }
    root.replaceChildren(...parts);
    if (parts.length > 0) document.body.append(host);
    else host.remove();
  }

  function toggle(close) {
    closed = close;
    draw();
    tree.querySelector(".close, .pill").focus();
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || closed || problems.length === 0) return;
    closed = true;
    draw();
  });

  // --- What the server says ------------------------------------------------------------------------------------

  let source = null;
  let retry = 0;

  function show(state) {
    if (state.version && state.version !== version) {
      remember();
      location.reload();
      return;
    }
    const now = JSON.stringify(state);
    if (now === shown && !lost) return;
    if (now !== shown) closed = false;
    shown = now;
    lost = false;
    ({ problems, failed } = state);
    draw();
  }

  function connect() {
    if (source) return;
    source = new EventSource("/_proofbook/events");
    source.addEventListener("state", (event) => show(JSON.parse(event.data)));
    source.addEventListener("open", patient);
    source.addEventListener("error", () => {
      // The browser tries again every second. A restarted server is back soon; one that stays away is worth a word.
      retry ||= setTimeout(() => {
        patient();
        if (!source || source.readyState === EventSource.OPEN) return;
        lost = true;
        draw();
        // After an answer that is no stream it would not try again by itself.
        if (source.readyState === EventSource.CLOSED) {
          disconnect();
          connect();
        }
      }, 3000);
    });
  }

  function patient() {
    clearTimeout(retry);
    retry = 0;
  }

  function disconnect() {
    patient();
    if (source) source.close();
    source = null;
  }

  // A browser opens six connections to a server; a stream in each of six hidden tabs would leave none to load pages.
  function listen() {
    if (document.visibilityState === "visible") connect();
    else disconnect();
  }

  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", listen);
  listen();
})();
