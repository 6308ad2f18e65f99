/* The catalog's search and filters: clean addresses, panels that stay as they are, chips. */
(() => {
  "use strict";

  const SHORTEST_SEARCH = 3;
  const FAILED = "The albums could not be loaded; these are the ones from before. Try again in a moment.";
  const REFRESHES = new Set(["syncCompleted", "syncFailed", "catalogFilling"]);
  const isWide = matchMedia("(min-width: 48rem)");

  const form = () => document.getElementById("browse-form");
  const isForm = (element) => element?.id === "browse-form";
  const openPanels = () => document.querySelectorAll(".facet[open]");

  // Addresses -----------------------------------------------------------------------------

  const isDefault = (name, value) => {
    if (name === "q") return value.length < SHORTEST_SEARCH;
    return value === "" || value === form().elements[name].dataset?.default;
  };

  const wantedState = (body) => {
    const trimmed = [...body].map(([name, value]) => [name, value.trim()]);
    return new URLSearchParams(trimmed.filter(([name, value]) => !isDefault(name, value)));
  };

  const inOrder = (params) => [...params].map(String).sort().join("&");

  // The form alone asks for albums, always with all that it holds, so that no answer is about
  // anything else. What asks for nothing new is not sent.
  const onConfig = (event) => {
    const { ctx } = event.detail;
    if (!isForm(ctx.sourceElement)) return;
    const shown = new URLSearchParams(location.search);
    const page = shown.get("page");
    shown.delete("page");
    const wanted = wantedState(ctx.request.body);
    const isNew = inOrder(wanted) !== inOrder(shown);
    if (!isNew && REFRESHES.has(ctx.sourceEvent.type)) {
      ctx.push = "false";
      if (page) wanted.append("page", page);
    } else if (!isNew) {
      event.preventDefault();
      ctx.sourceElement.dispatchEvent(new CustomEvent("htmx:abort"));
    }
    for (const name of [...ctx.request.body.keys()]) ctx.request.body.delete(name);
    for (const [name, value] of wanted) ctx.request.body.append(name, value);
  };

  // A chip and its like are links; with the script they set the form instead.
  const setForm = (params) => {
    for (const control of form().elements) {
      if (control.type === "checkbox") control.checked = params.getAll(control.name).includes(control.value);
    }
    form().elements.q.value = params.get("q") ?? "";
  };

  let lostChip = -1;

  const onClick = (event) => {
    const link = event.target.closest("a[data-query]");
    if (!link || !form() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lostChip = Math.max(0, [...document.querySelectorAll("#chips a")].indexOf(link));
    setForm(new URLSearchParams(link.search));
    form().requestSubmit();
  };

  // The focus moves on to the chip that took the place of the one removed.
  const restoreFocus = () => {
    if (lostChip >= 0 && document.activeElement === document.body) {
      const chips = [...document.querySelectorAll("#chips .chip")];
      (chips[lostChip] ?? chips.at(-1) ?? document.getElementById("result-count"))?.focus({ preventScroll: true });
    }
    lostChip = -1;
  };

  // Answers -------------------------------------------------------------------------------

  const showNote = (text) => {
    const note = document.getElementById("browse-note");
    if (!note) return;
    note.textContent = text;
    note.hidden = !text;
  };

  const isPage = (ctx) => Boolean(ctx.response?.raw.ok && ctx.text?.includes('id="album-results"'));

  const panelOf = (element) => element?.closest?.(".panel");

  // Counts of a group do not depend on what is chosen in it. So the panel that somebody is
  // using stays as it is, and what was chosen does not move away under the pointer.
  const panelInUse = ({ type, target }) => panelOf(REFRESHES.has(type) ? document.activeElement : target);

  const onBeforeSwap = (event) => {
    const { ctx } = event.detail;
    if (!isForm(ctx.sourceElement)) return;
    if (!isPage(ctx)) {
      event.preventDefault();
      return;
    }
    panelInUse(ctx.sourceEvent)?.setAttribute("hx-morph-skip", "");
  };

  const onAlbums = () => {
    const kept = document.querySelector("[hx-morph-skip]");
    kept?.removeAttribute("hx-morph-skip");
    for (const finder of document.querySelectorAll(".option-finder")) {
      if (panelOf(finder) !== kept && finder !== document.activeElement) finder.value = "";
      narrow(finder);
    }
    showHint();
    restoreFocus();
  };

  // The link that asked for the other choices is gone, and so may be the focus.
  const onOptions = (finder) => {
    narrow(finder);
    if (document.activeElement === document.body) finder.focus();
  };

  const onAfterSwap = ({ detail: { ctx } }) => {
    const finder = finderBeside(ctx.target);
    if (isForm(ctx.sourceElement)) onAlbums();
    else if (finder) onOptions(finder);
  };

  const onRequestEnd = ({ detail: { ctx } }) => {
    if (!isForm(ctx.sourceElement)) return;
    const wasReplaced = ctx.request.signal?.aborted && ctx.request.signal.reason !== "timeout";
    if (!wasReplaced) showNote(isPage(ctx) ? "" : FAILED);
  };

  // Search --------------------------------------------------------------------------------

  const showHint = () => {
    const search = document.getElementById("search");
    if (!search) return;
    const length = search.value.trim().length;
    document.getElementById("search-hint").hidden = length === 0 || length >= SHORTEST_SEARCH;
  };

  // Panels --------------------------------------------------------------------------------

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const finderBeside = (element) => panelOf(element)?.querySelector(".option-finder");

  const narrow = (finder) => {
    const panel = panelOf(finder);
    const wanted = folded(finder.value.trim());
    let shown = 0;
    for (const option of panel.querySelectorAll(".options li")) {
      option.hidden = !folded(option.querySelector("span").textContent).includes(wanted);
      shown += option.hidden ? 0 : 1;
    }
    const none = panel.querySelector(".options-none");
    if (none) none.hidden = shown > 0;
  };

  const onInput = ({ target }) => {
    if (target.matches(".option-finder")) narrow(target);
    if (target.id === "search") showHint();
  };

  const onKeyDown = (event) => {
    const panel = event.target.closest?.("#browse details[open]");
    // The first Escape empties a search field.
    if (event.key !== "Escape" || !panel || (event.target.type === "search" && event.target.value)) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  };

  // On a narrow screen panels lie one below the other and cover nothing.
  const closeOthers = ({ target }) => {
    if (!isWide.matches) return;
    for (const panel of openPanels()) if (!panel.contains(target)) panel.open = false;
  };

  document.addEventListener("htmx:config:request", onConfig);
  document.addEventListener("htmx:before:swap", onBeforeSwap);
  document.addEventListener("htmx:after:swap", onAfterSwap);
  document.addEventListener("htmx:finally:request", onRequestEnd);
  document.addEventListener("click", onClick);
  document.addEventListener("input", onInput);
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("pointerdown", closeOthers);
  document.addEventListener("focusin", closeOthers);
  showHint();
})();
