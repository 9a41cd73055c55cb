// The same step for several engines: one is shown, the others are a tab away. What a reader chooses is remembered and holds
// for every step of every page. Without scripts, and on paper, all stand below each other.
(function () {
  "use strict";
  const KEY = "proofbook-engine";
  const root = document.documentElement;
  const engines = (panel) => panel.dataset.engines.split(" ");

  const groups = Array.from(document.querySelectorAll(".variants"), function (group, number) {
    const list = group.querySelector(".tabs");
    const panels = Array.from(group.querySelectorAll(":scope > .variant"));
    const tabs = panels.map(function (panel, at) {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.textContent = panel.dataset.label;
      tab.id = "page:tab-" + number + "-" + at;
      panel.id = "page:variant-" + number + "-" + at;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => choose(tab, panel));
      return tab;
    });
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Database");
    list.append(...tabs);
    list.addEventListener("keydown", function (event) {
      const at = tabs.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (at < 0 || to === undefined) return;
      event.preventDefault();
      const tab = tabs[(to + tabs.length) % tabs.length];
      tab.focus();
      tab.click();
    });
    group.classList.add("ready");
    return { panels, tabs };
  });

  function show({ panels, tabs }, chosen) {
    panels.forEach(function (panel, at) {
      panel.hidden = panel !== chosen;
      tabs[at].setAttribute("aria-selected", panel === chosen);
      tabs[at].tabIndex = panel === chosen ? 0 : -1;
    });
  }
  const showAll = (engine) => groups.forEach(function (group) {
    const chosen = group.panels.find((panel) => engines(panel).includes(engine));
    // A step without the engine stays as it is, at first with its first variant.
    if (chosen) show(group, chosen);
    else if (!group.panels.some((panel) => panel.hidden)) show(group, group.panels[0]);
  });

  function choose(tab, panel) {
    const before = tab.getBoundingClientRect().top;
    const names = engines(panel);
    if (!names.includes(root.dataset.engine)) root.dataset.engine = names[0];
    // Without storage the choice holds for this page only.
    try { localStorage.setItem(KEY, root.dataset.engine); } catch (error) {}
    showAll(root.dataset.engine);
    // The steps above may have become longer or shorter; what the reader looks at stays where it is.
    scrollBy({ top: tab.getBoundingClientRect().top - before, behavior: "instant" });
  }

  // A link to a variant that is not shown opens its tab, which is no choice for other steps.
  function reveal() {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch (error) {}
    const target = id && document.getElementById(id);
    const panel = target && target.closest(".variant");
    if (!panel || !panel.hidden) return;
    show(groups.find((group) => group.panels.includes(panel)), panel);
    target.scrollIntoView();
  }

  showAll(root.dataset.engine);
  reveal();
  addEventListener("hashchange", reveal);
  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) reveal();
  });
})();
