/* Marks without accounts: listened, later, not for me. They stay in this browser and are sent nowhere. */
(() => {
  "use strict";

  const STORED = "marks";
  const SHOWN = "marks-shown";
  const FORMAT = "progmetal-marks";
  const VERSION = 1;
  const MARKS = ["listened", "later", "not-for-me"];
  const LONGEST_KEY = 400;
  const LARGEST_FILE = 10 * 1024 * 1024;
  const NOT_KEPT = "Your browser did not keep that: its storage for this site is full or switched off.";
  const BAD_FILE = "This file holds no marks of progmetal. Nothing was changed.";
  const FILTERS = {
    all: () => true,
    wanted: (mark) => mark !== "not-for-me",
    unmarked: (mark) => !mark,
    later: (mark) => mark === "later",
    listened: (mark) => mark === "listened",
    "not-for-me": (mark) => mark === "not-for-me",
  };

  // Entries -------------------------------------------------------------------------------

  const shortText = (value) => (typeof value === "string" ? value.slice(0, 2 * LONGEST_KEY) : "");

  // Whatever a file says comes through here: known fields alone, of the right type and size.
  const cleaned = (entry) => {
    const keys = [entry?.artist_key, entry?.title_key];
    const isNamed = keys.every((key) => typeof key === "string" && key && key.length <= LONGEST_KEY);
    const markedAt = new Date(entry?.marked_at ?? 0);
    if (!isNamed || !MARKS.includes(entry.mark) || Number.isNaN(markedAt.getTime())) return null;
    return {
      name: shortText(entry.name),
      artist_key: keys[0],
      title_key: keys[1],
      spotify_id: shortText(entry.spotify_id),
      album_id: shortText(entry.album_id),
      mark: entry.mark,
      marked_at: markedAt.toISOString(),
    };
  };

  const parsed = (text) => {
    try {
      const data = JSON.parse(text);
      const isOurs = data?.format === FORMAT && data.version === VERSION && Array.isArray(data.marks);
      return isOurs ? { entries: data.marks.map(cleaned).filter(Boolean), total: data.marks.length } : null;
    } catch {
      return null;
    }
  };

  const written = (entries, indent = 0) =>
    JSON.stringify({ format: FORMAT, version: VERSION, marks: entries }, null, indent);

  const nameOf = ({ artist_key, title_key }) => JSON.stringify([artist_key, title_key]);

  // The sheet's own rule of which rows are one album: the same name, unless both are on Spotify
  // and differ there. Numbers of albums hold within one catalog, names also beyond it.
  const isSame = (one, other) =>
    nameOf(one) === nameOf(other) &&
    (!one.spotify_id || !other.spotify_id || one.spotify_id === other.spotify_id);

  const isRenamed = (one, other) =>
    Boolean(one.spotify_id) && one.spotify_id === other.spotify_id && one.album_id === other.album_id;

  class Collection {
    constructor(entries) {
      this.byName = new Map();
      this.byId = new Map();
      for (const entry of entries) this.put(entry);
    }

    get entries() {
      return [...this.byName.values()].flat();
    }

    find(album) {
      const named = this.byName.get(nameOf(album))?.find((entry) => isSame(entry, album));
      const numbered = this.byId.get(album.album_id);
      return named ?? (numbered && isRenamed(numbered, album) ? numbered : undefined);
    }

    // An entry without a mark only takes the place of the one before.
    put(entry) {
      const before = this.find(entry);
      if (before) this.byName.set(nameOf(before), this.byName.get(nameOf(before)).filter((other) => other !== before));
      if (before) this.byId.delete(before.album_id);
      if (!entry.mark) return;
      this.byName.set(nameOf(entry), [...(this.byName.get(nameOf(entry)) ?? []), entry]);
      this.byId.set(entry.album_id, entry);
    }
  }

  // Storage -------------------------------------------------------------------------------

  const read = (key) => {
    try {
      return localStorage.getItem(key) ?? "";
    } catch {
      return ""; // Forbidden storage is empty; keeping something in it will say so.
    }
  };

  const keep = (key, value) => {
    try {
      localStorage.setItem(key, value);
      return true;
    } catch {
      showNote(NOT_KEPT);
      return false;
    }
  };

  let known = { text: "", marks: new Collection([]) };

  // Reading costs time where there are thousands of marks, so it is done once for all tiles.
  const refresh = () => {
    const text = read(STORED);
    if (text !== known.text) known = { text, marks: new Collection(parsed(text)?.entries ?? []) };
    return known.marks;
  };

  const keepAfter = (change) => {
    const changed = new Collection(refresh().entries);
    const result = change(changed);
    return keep(STORED, written(changed.entries)) ? (result ?? true) : null;
  };

  // The page ------------------------------------------------------------------------------

  const showNote = (text) => {
    document.getElementById("marks-note").textContent = text;
  };

  const albumOf = (group) => ({
    name: group.dataset.name,
    artist_key: group.dataset.artistKey,
    title_key: group.dataset.titleKey,
    spotify_id: group.dataset.spotifyId,
    album_id: group.dataset.albumId,
  });

  const markOf = (group) => known.marks.find(albumOf(group))?.mark ?? "";

  const fill = (element, template) => {
    if (!element.firstElementChild) element.append(document.getElementById(template).content.cloneNode(true));
  };

  // One stop for the Tab key; the arrow keys lead on within the group.
  const setStop = (group, stop) => {
    for (const button of group.querySelectorAll(".mark")) button.tabIndex = button === stop ? 0 : -1;
  };

  const showMark = (group) => {
    fill(group, "marks-buttons");
    group.setAttribute("role", "toolbar");
    group.setAttribute("aria-label", `Marks for ${group.dataset.name}`);
    const mark = markOf(group);
    for (const button of group.querySelectorAll(".mark")) {
      button.setAttribute("aria-pressed", String(button.dataset.mark === mark));
    }
    setStop(group, group.querySelector('.mark[tabindex="0"]') ?? group.querySelector(".mark"));
  };

  const chosenFilter = () => (Object.hasOwn(FILTERS, read(SHOWN)) ? read(SHOWN) : "all");

  const showFilter = () => {
    const bar = document.getElementById("marks-bar");
    if (!bar) return;
    fill(bar, "marks-controls");
    const filter = chosenFilter();
    bar.querySelector("select").value = filter;
    const tiles = [...document.querySelectorAll("#album-results .album-grid > li")];
    for (const tile of tiles) tile.hidden = !FILTERS[filter](markOf(tile.querySelector(".marks")));
    const hidden = tiles.filter((tile) => tile.hidden).length;
    const text = hidden ? `${hidden} of the ${tiles.length} albums on this page hidden` : "";
    const status = document.getElementById("marks-hidden");
    if (status.textContent !== text) status.textContent = text;
  };

  const showAll = () => {
    refresh();
    document.querySelectorAll(".marks").forEach(showMark);
    showFilter();
  };

  // A tile that its new mark hides hands the focus on to the next one.
  const passFocusOn = (tile) => {
    if (!tile?.hidden) return;
    const tiles = [...tile.parentElement.children];
    const others = [...tiles.slice(tiles.indexOf(tile)), ...tiles.slice(0, tiles.indexOf(tile)).reverse()];
    const next = others.find((other) => !other.hidden)?.querySelector(".mark") ?? document.getElementById("marks-shown");
    next.focus({ preventScroll: true });
  };

  const toggle = (button) => {
    const group = button.closest(".marks");
    const mark = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.mark;
    const entry = { ...albumOf(group), mark, marked_at: new Date().toISOString() };
    if (!keepAfter((marks) => marks.put(entry))) return;
    setStop(group, button);
    showAll();
    passFocusOn(group.closest("li"));
  };

  // Files ---------------------------------------------------------------------------------

  const exportFile = () => {
    const { entries } = refresh();
    if (!entries.length) {
      showNote("There are no marks to save yet.");
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([written(entries, 1)], { type: "application/json" }));
    link.download = `progmetal-marks-${new Date().toISOString().slice(0, 10)}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  // Of two marks for one album the later one holds.
  const merge = (entries) => (marks) => {
    const counts = { added: 0, changed: 0 };
    for (const entry of entries) {
      const before = marks.find(entry);
      if (before && before.marked_at >= entry.marked_at) continue;
      if (!before) counts.added += 1;
      else if (before.mark !== entry.mark) counts.changed += 1;
      marks.put(entry);
    }
    return counts;
  };

  const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  const importFile = async (input) => {
    const file = input.files[0];
    const found = file.size <= LARGEST_FILE ? parsed(await file.text()) : null;
    input.value = ""; // The same file can be chosen again.
    if (!found || (found.total && !found.entries.length)) {
      showNote(BAD_FILE);
      return;
    }
    const counts = keepAfter(merge(found.entries));
    if (!counts) return;
    showAll();
    const left = found.total - found.entries.length;
    const leftOut = left ? ` ${counted(left, "entry", "entries")} made no sense and stayed out.` : "";
    const read = counted(found.entries.length, "mark", "marks");
    showNote(`${read} read: ${counts.added} new, ${counts.changed} changed.${leftOut}`);
  };

  // Events --------------------------------------------------------------------------------

  const onClick = ({ target }) => {
    const button = target.closest(".mark, #marks-export");
    if (!target.closest("#marks-import, .marks-import")) showNote("");
    if (button?.id === "marks-export") exportFile();
    else if (button) toggle(button);
  };

  const onChange = ({ target }) => {
    if (target.id === "marks-import" && target.files.length) importFile(target);
    if (target.id === "marks-shown" && keep(SHOWN, target.value)) showFilter();
  };

  const onKeyDown = (event) => {
    const group = event.target.closest?.(".marks");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!group || !step) return;
    event.preventDefault();
    const buttons = [...group.querySelectorAll(".mark")];
    const next = buttons.at((buttons.indexOf(event.target) + step) % buttons.length);
    setStop(group, next);
    next.focus();
  };

  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("htmx:after:swap", showAll);
  // Another tab has marked something, or this page comes back as it was left.
  window.addEventListener("storage", showAll);
  window.addEventListener("pageshow", (event) => event.persisted && showAll());
  showAll();
})();
