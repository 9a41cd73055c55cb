// What the tests ask of an open page; an expression with one object of functions.
({
  // How wide it is, and the innermost elements that stick out of a window of `wanted` pixels without being scrolled
  // in a box of their own.
  width(wanted = 390) {
    const page = Math.max(innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth);
    const scrolled = (part) => part.closest("pre, .scroll");
    const out = [...document.querySelectorAll("body *")].filter((part) => {
      const box = part.getBoundingClientRect();
      return box.width > 0 && box.right > wanted + 1 && !scrolled(part) && part.checkVisibility({ visibilityProperty: true });
    });
    const inner = out.filter((part) => !out.some((other) => other !== part && part.contains(other)));
    return { page, out: inner.slice(0, 3).map((part) => part.outerHTML.slice(0, 200)) };
  },

  // Elements of the text that a reader cannot see, outside of what is folded and can be opened.
  hidden() {
    const parts = document.querySelectorAll("main h1, main h2, main h3, main p, main li, main pre, main td, main th");
    const folded = (part) => part.closest("details:not([open])") && !part.closest("summary");
    const hidden = [...parts].filter((part) => part.textContent.trim() && !folded(part) && !part.checkVisibility());
    return { count: parts.length, hidden: hidden.map((part) => part.textContent.trim().slice(0, 60)) };
  },

  // The words a reader sees, without what scripts add.
  words() {
    const copy = document.querySelector("main").cloneNode(true);
    copy.querySelectorAll(".copy-button, .toc-button, .tabs").forEach((button) => button.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  },

  // Texts whose colour stands out too little from what is behind them (WCAG 2.2, 1.4.3).
  faint() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const paint = (...colours) => {
      canvas.clearRect(0, 0, 1, 1);
      for (const colour of colours) {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
      }
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (channel) => (channel <= 10.31 ? channel / 3294.6 : ((channel / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
    const behind = (element) => {
      const layers = [];
      for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
      return ["Canvas", ...layers];
    };
    const found = new Map();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let count = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const style = getComputedStyle(element);
      const layers = behind(element);
      const pair = [luminance(paint(...layers)), luminance(paint(...layers, style.color))].sort((a, b) => b - a);
      const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
      count += 1;
      if (ratio < (large ? 3 : 4.5)) found.set(`${node.data.trim().slice(0, 40)} (${element.className || element.tagName})`, ratio);
    }
    return { count, faint: [...found].map(([text, ratio]) => `${text}: ${ratio.toFixed(2)}`) };
  },

  // What the scheme button says, and how the page looks.
  scheme() {
    const button = document.querySelector(".scheme-button");
    const label = button && button.checkVisibility() ? button.textContent.trim() : null;
    return { label, name: button && button.getAttribute("aria-label"), ground: getComputedStyle(document.body).backgroundColor };
  },

  // Every address the page refers to, in full.
  references() {
    const parts = document.querySelectorAll("a[href], link[href], script[src], img[src]");
    return [...parts].map((part) => part.href || part.src);
  },
})
