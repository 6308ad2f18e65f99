/* Runs before the first paint: the visitor's theme, and covers that do not load. */
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the theme then follows the system.
  }
  // Errors of images do not bubble, so they are caught on the way down. The drawn
  // placeholder lies beneath the image.
  document.addEventListener(
    "error",
    (event) => {
      if (event.target instanceof HTMLImageElement && event.target.closest(".cover")) event.target.remove();
    },
    true,
  );
})();
