// What a page does beyond being read. Everything here is an addition: without it all text and navigation are there.
(function () {
  "use strict";
  const root = document.documentElement;
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  // The colour scheme: automatic, light, dark. scheme.js has applied the stored one.
  const schemes = { auto: "Automatic", light: "Light", dark: "Dark" };
  const schemeButton = document.querySelector(".scheme-button");
  function showScheme() {
    const scheme = root.dataset.scheme || "auto";
    schemeButton.setAttribute("aria-label", "Colour scheme: " + schemes[scheme]);
    schemeButton.querySelector("span").textContent = schemes[scheme];
    schemeButton.dataset.shown = scheme;
  }
  if (schemeButton) {
    showScheme();
    schemeButton.addEventListener("click", function () {
      const names = Object.keys(schemes);
      const next = names[(names.indexOf(root.dataset.scheme || "auto") + 1) % names.length];
      if (next === "auto") delete root.dataset.scheme;
      else root.dataset.scheme = next;
      // Without storage the choice holds for this page only.
      try { localStorage.setItem("proofbook-scheme", next); } catch (error) {}
      showScheme();
    });
  }

  // The menu and, on narrow screens, the contents: a button that shows what it controls; Escape closes it. While the
  // menu covers the page, the page behind it cannot be reached.
  function disclosure(button, target, behind = []) {
    if (!button || !target) return;
    function show(open) {
      target.classList.toggle("open", open);
      button.setAttribute("aria-expanded", open);
      behind.forEach((part) => { part.inert = open; });
    }
    const isOpen = () => target.classList.contains("open");
    button.addEventListener("click", () => show(!isOpen()));
    target.addEventListener("click", (event) => { if (event.target.closest("a")) show(false); });
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Escape" || !isOpen()) return;
      show(false);
      button.focus();
    });
    matchMedia("(width >= 60rem)").addEventListener("change", () => show(false));
  }
  disclosure(document.querySelector(".menu-button"), document.querySelector(".sidebar"), all(".main, .site-foot"));
  disclosure(document.querySelector(".toc-button"), document.querySelector(".toc"));

  // The contents follow the reader: the last heading that has passed the window's upper part is the current one.
  const links = new Map(all(".toc a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const headings = all(".content h2[id], .content h3[id]").filter((heading) => links.has(heading.id));
  if (headings.length && "IntersectionObserver" in window) {
    let current = null;
    const follow = function () {
      const above = headings.filter((heading) => heading.getBoundingClientRect().top < window.innerHeight * 0.25);
      const link = links.get((above[above.length - 1] || headings[0]).id);
      if (link === current) return;
      if (current) current.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      current = link;
      const box = link.closest(".toc");
      if (box.scrollHeight > box.clientHeight) box.scrollTop = link.offsetTop - box.clientHeight / 2;
    };
    const observer = new IntersectionObserver(follow, { rootMargin: "0px 0px -75% 0px" });
    headings.forEach((heading) => observer.observe(heading));
  }

  // Copying takes what is typed: not the prompts and the output of a transcript, not the results.
  function typed(block) {
    const text = block.querySelector("code").textContent.replace(/^\n+|\n+$/g, "");
    if (!block.querySelector(".prompt")) return text;
    return text.match(/^\$ .*(\n>( .*)?$)*/gm).join("\n").replace(/^[$>] ?/gm, "");
  }
  function write(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "offscreen";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }
  all(".code, .snippet:not(.setup, .fault)").forEach(function (figure) {
    const blocks = all("pre.copy", figure);
    if (!blocks.length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy-button";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", function () {
      const say = function (word) {
        button.textContent = word;
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      };
      // Without a line ending, so that pasting into a shell does not run the last line yet.
      write(blocks.map(typed).join("\n")).then(() => say("Copied"), () => say("Not copied"));
    });
    (figure.querySelector("figcaption") || figure).append(button);
  });

  // What scrolls sideways can be reached with the keyboard, where it does scroll; looked at when the window changes, and when
  // a fold or a tab opens.
  function reach({ target: box }) {
    const scrolls = box.scrollWidth > box.clientWidth;
    const say = (name, value) => scrolls ? box.setAttribute(name, value) : box.removeAttribute(name);
    say("tabindex", "0");
    say("role", "group");
    say("aria-label", "Scrolls sideways");
  }
  const sizes = new ResizeObserver((changes) => changes.forEach(reach));
  all(".scroll, pre").forEach(function (box) {
    reach({ target: box });
    sizes.observe(box);
  });

  // On paper nothing can be opened, so everything but the faults is. The style sheet says the same to newer browsers.
  let opened = [];
  addEventListener("beforeprint", function () {
    opened = all("details:not([open]):not(:has(> .fault))");
    opened.forEach((box) => { box.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((box) => { box.open = false; }));
})();
