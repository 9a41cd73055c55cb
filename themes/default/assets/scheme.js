// Runs before the page is drawn, so that it never flashes in the wrong colours: applies what a reader chose (scheme, engine),
// and tells the style sheet that scripts run (without them the menu is a link and the contents stay open).
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var scheme = localStorage.getItem("proofbook-scheme");
    if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme;
    var engine = localStorage.getItem("proofbook-engine");
    if (engine) root.dataset.engine = engine;
  } catch (error) {
    // Storage may be refused, as for files opened from disk: the system's scheme it is.
  }
})();
