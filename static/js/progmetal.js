/* Relative times, the theme button, and what a sync's fragments cannot say themselves. */
(() => {
  "use strict";

  // Times ---------------------------------------------------------------------------------

  const MINUTE = 60;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  // The same steps and words as the filter `timeago` on the server.
  const UNITS = [["year", 365 * DAY], ["month", 30 * DAY], ["day", DAY], ["hour", HOUR], ["minute", MINUTE]];

  const timeago = (moment) => {
    const seconds = Math.floor((Date.now() - moment.getTime()) / 1000);
    const [unit, length] = UNITS.find(([, size]) => seconds >= size) ?? [];
    if (!unit) return "just now";
    const count = Math.floor(seconds / length);
    if (unit === "day" && count === 1) return "yesterday";
    return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  };

  const setText = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const writtenOut = (moment) => moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

  const updateTimeago = () => {
    for (const element of document.querySelectorAll("time.timeago[data-timestamp]")) {
      const moment = new Date(element.dataset.timestamp);
      if (Number.isNaN(moment.getTime())) continue;
      setText(element, timeago(moment));
      element.title = writtenOut(moment);
    }
  };

  const clockTime = (moment) => {
    const clock = moment.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
    const midnight = new Date().setHours(0, 0, 0, 0);
    const days = Math.floor((new Date(moment).setHours(12) - midnight) / (DAY * 1000));
    if (days === 0) return `at ${clock}`;
    if (days === 1) return `tomorrow at ${clock}`;
    return `on ${moment.toLocaleDateString(undefined, { day: "numeric", month: "short" })} at ${clock}`;
  };

  const updateTimes = () => {
    updateTimeago();
    for (const element of document.querySelectorAll("time.clocktime")) {
      setText(element, clockTime(new Date(element.dateTime)));
    }
    for (const element of document.querySelectorAll("time.momenttime")) {
      setText(element, writtenOut(new Date(element.dateTime)));
    }
  };

  // Theme ---------------------------------------------------------------------------------

  const root = document.documentElement;
  const prefersLight = matchMedia("(prefers-color-scheme: light)");

  const currentTheme = () => root.dataset.theme ?? (prefersLight.matches ? "light" : "dark");

  const labelThemeButton = () => {
    const button = document.getElementById("theme-toggle");
    if (!button) return;
    const label = `Switch to ${currentTheme() === "dark" ? "light" : "dark"} theme`;
    button.setAttribute("aria-label", label);
    button.title = label;
  };

  const toggleTheme = () => {
    root.dataset.theme = currentTheme() === "dark" ? "light" : "dark";
    labelThemeButton();
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  };

  // Sync ----------------------------------------------------------------------------------

  const NOTES = {
    polling: "Connection lost, trying again…",
    sending: "The server could not be reached. Try again in a moment.",
    refused: "The server did not accept that. Try again in a moment.",
    reload: "Your visit has expired. Reload the page, then try again.",
  };

  const region = () => document.getElementById("sync-status");
  const syncButton = () => document.querySelector("#sync-button button");
  const isRunning = () => region()?.dataset.active === "true";
  const isSyncSource = (element) => Boolean(element?.closest?.("#sync-status, #sync-button"));
  const carriesStatus = (ctx) => Boolean(ctx.text?.includes('id="sync-status"'));

  let announced = "";
  let buttonHadFocus = false;

  const showNote = (text) => {
    const note = document.getElementById("sync-note");
    if (!note) return;
    setText(note, text);
    note.hidden = !text;
  };

  const noteFor = (ctx) => {
    const status = ctx.response?.status;
    if (status === 403) return NOTES.reload;
    if (ctx.request?.method === "GET") return NOTES.polling;
    return status ? NOTES.refused : NOTES.sending;
  };

  // The live region speaks when the stage changes and at the end, not at each number.
  const announce = () => {
    const sentence = region()?.dataset.announce ?? "";
    if (sentence === announced) return;
    announced = sentence;
    const live = document.getElementById("sync-live");
    if (live) setText(live, sentence);
    // The tiles of a first sync need not wait for Spotify.
    if (isRunning() && document.querySelector("#album-results[data-empty]")) {
      document.body.dispatchEvent(new CustomEvent("catalogFilling", { bubbles: true }));
    }
  };

  // A button that was disabled has lost the focus; it gets it back if nobody took it.
  const restoreFocus = () => {
    const button = syncButton();
    if (!buttonHadFocus || !button || button.disabled) return;
    buttonHadFocus = false;
    if (document.activeElement === document.body) button.focus({ preventScroll: true });
  };

  const onRequest = ({ detail: { ctx } }) => {
    if (!isSyncSource(ctx.sourceElement) || ctx.request.method === "GET") return;
    const button = ctx.sourceElement.querySelector("button");
    buttonHadFocus = document.activeElement === button;
    // htmx's own hx-disable would enable the button again after the answer disabled it.
    if (ctx.sourceElement.id === "sync-button") button.disabled = true;
  };

  // A proxy's or a login page must not replace a region, whatever its status.
  const onBeforeSwap = (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement?.id === "run-watch" && !ctx.text?.includes('id="run-watch"')) event.preventDefault();
    if (!isSyncSource(ctx.sourceElement)) return;
    if (carriesStatus(ctx)) showNote("");
    else event.preventDefault();
  };

  const onRequestEnd = ({ detail: { ctx } }) => {
    if (!isSyncSource(ctx.sourceElement)) return;
    const wasReplaced = ctx.request.signal?.aborted && ctx.request.signal.reason !== "timeout";
    if (!carriesStatus(ctx) && !wasReplaced) showNote(noteFor(ctx));
    const button = syncButton();
    if (button && !isRunning()) button.disabled = false;
    restoreFocus();
  };

  const onSwapped = () => {
    updateTimes();
    announce();
  };

  const start = () => {
    updateTimes();
    labelThemeButton();
    announced = region()?.dataset.announce ?? "";
    document.getElementById("theme-toggle")?.addEventListener("click", toggleTheme);
    prefersLight.addEventListener("change", labelThemeButton);
    document.addEventListener("htmx:before:request", onRequest);
    document.addEventListener("htmx:before:swap", onBeforeSwap);
    document.addEventListener("htmx:after:swap", onSwapped);
    document.addEventListener("htmx:finally:request", onRequestEnd);
    setInterval(updateTimes, MINUTE * 1000);
  };

  window.updateTimeago = updateTimeago;
  start();
})();
