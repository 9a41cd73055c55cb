// Makes the sidebar complete. A page holds its own branch of the navigation; the whole tree comes once, as a script that
// calls the function below. What stands there stays where it is: entries are only added.
(function () {
  "use strict";
  const sidebar = document.querySelector(".sidebar");
  const list = sidebar && sidebar.querySelector("ul");
  if (!list) return;
  const current = list.querySelector("[aria-current]");
  const here = current && current.href;

  const make = function (name, properties, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // An entry of the tree as src/render/tree.rs writes it: `[title, name, mark or 0, entries of a section]`.
  function read([title, name, mark, entries], folder, trail) {
    const words = trail + " " + folded(title);
    const inner = folder + name + "/";
    return {
      title, mark, words, own: folded(title),
      href: entries ? inner + "index.html" : folder + name + ".html",
      entries: entries && entries.map((entry) => read(entry, inner, words)),
    };
  }

  function link(node) {
    const link = make("a", { href: node.href, className: node.entries ? "section" : "" }, node.title);
    if (node.mark) link.append(" ", make("span", { className: "mark " + node.mark }, node.mark));
    if (node.href === here) link.setAttribute("aria-current", "page");
    return link;
  }

  // A section unfolds; what lies in it is made when it does so for the first time.
  function unfolding(item, node) {
    if (!node.entries || !node.entries.length) return;
    const inside = () => item.querySelector(":scope > ul");
    const button = make("button", { type: "button", className: "unfold" });
    button.setAttribute("aria-label", "Pages in " + node.title);
    button.setAttribute("aria-expanded", !!inside());
    button.addEventListener("click", function () {
      const open = button.getAttribute("aria-expanded") !== "true";
      if (inside()) inside().hidden = !open;
      else item.append(make("ul", {}, ...node.entries.map(entry)));
      button.setAttribute("aria-expanded", open);
    });
    item.querySelector(":scope > a").after(button);
  }

  function entry(node) {
    const item = make("li", {}, link(node));
    unfolding(item, node);
    return item;
  }

  // Adds to a list of the page what of its section is missing, in order.
  function complete(list, nodes) {
    const there = new Map(Array.from(list.children, (item) => [item.querySelector("a").href, item]));
    let next = list.firstElementChild;
    nodes.forEach(function (node) {
      const item = there.get(node.href);
      if (!item) return list.insertBefore(entry(node), next);
      const inner = item.querySelector(":scope > ul");
      if (inner) complete(inner, node.entries || []);
      const more = item.querySelector(":scope > .more");
      if (more) more.remove();
      unfolding(item, node);
      next = item.nextElementSibling;
    });
  }

  // The filter: words of titles, with or without accents; those of the sections around a page count, too.
  function folded(text) {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  }
  function filter(nodes) {
    const field = sidebar.querySelector(".filter input");
    const status = sidebar.querySelector(".filter [role=status]");
    if (!field || !status) return;
    let found = null;
    function matching(nodes, words, count) {
      const items = [];
      nodes.forEach(function (node) {
        const inner = node.entries ? matching(node.entries, words, count) : [];
        const is = words.every((word) => node.words.includes(word)) && words.some((word) => node.own.includes(word));
        if (is) count.found += 1;
        if (is || inner.length) items.push(make("li", {}, link(node), ...(inner.length ? [make("ul", {}, ...inner)] : [])));
      });
      return items;
    }
    function show() {
      const words = folded(field.value).split(/\s+/).filter(Boolean);
      const count = { found: 0 };
      if (found) found.remove();
      found = words.length ? make("ul", { className: "found" }, ...matching(nodes, words, count)) : null;
      list.hidden = !!found;
      if (found) list.after(found);
      status.textContent = !found ? "" : !count.found ? "No title has these words" : count.found + (count.found === 1 ? " page" : " pages");
    }
    field.addEventListener("input", show);
    field.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && field.value) {
        event.preventDefault();
        // The menu of a phone stays open.
        event.stopPropagation();
        field.value = "";
        show();
      }
      const first = found && words(found);
      if (event.key === "Enter" && first) first.click();
    });
    // The first entry that was looked for, not a section that only leads to it.
    function words(found) {
      const wanted = folded(field.value).split(/\s+/).filter(Boolean);
      return Array.from(found.querySelectorAll("a")).find((link) => wanted.some((word) => folded(link.textContent).includes(word)));
    }
    field.disabled = false;
    // A page that the reader comes back to shows what the browser has kept in the field.
    show();
  }

  window.proofbookNavigation = function (tree) {
    const root = document.currentScript.src.replace(/[^/]*$/, "");
    const nodes = tree.map((entry) => read(entry, root, ""));
    const top = () => (current ? current.getBoundingClientRect().top : 0);
    const before = top();
    complete(list, nodes);
    sidebar.scrollTop += top() - before;
    const box = sidebar.getBoundingClientRect();
    if (current && box.height && top() > box.bottom - 40) sidebar.scrollTop += top() - box.top - box.height / 2;
    filter(nodes);
  };
})();
