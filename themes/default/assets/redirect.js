/* An earlier address of a page: goes on to the present one, and to the place on it that was asked for. Without scripts the
   page itself leads on, to the top. */
(() => {
  "use strict";
  location.replace(document.currentScript.dataset.to + location.hash);
})();
