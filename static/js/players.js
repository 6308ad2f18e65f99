/* A service's player takes its button's place when a visitor asks for it, and not before. */
(() => {
  "use strict";
  const frameFor = ({ dataset }) => {
    const frame = document.createElement("iframe");
    frame.src = dataset.player;
    frame.title = dataset.title;
    frame.height = dataset.height;
    frame.allow = "autoplay; encrypted-media; fullscreen";
    frame.className = "player-frame";
    return frame;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-player]");
    if (!button) return;
    const frame = frameFor(button);
    button.replaceWith(frame);
    frame.focus();
  });
})();
