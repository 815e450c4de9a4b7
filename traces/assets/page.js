"use strict";

(() => {
  const { Picture, cards, make } = Diagram;
  const part = (id) => document.getElementById(id);
  const told = JSON.parse(part("told").textContent);
  document.documentElement.classList.add("scripted");

  const picture = new Picture(part("picture"), told, go);
  const search = part("search");
  let hits = [];
  let cursor = 0;

  /** Put the cursor on step `number`. */
  function go(number, { scroll = true } = {}) {
    const item = picture.item(number);
    if (item.hidden) show(true);
    cursor = number;
    const inList = document.activeElement === document.body || picture.list.contains(document.activeElement);
    picture.choose(number);
    if (inList && scroll) item.focus({ preventScroll: true });
    if (scroll) item.scrollIntoView({ block: "nearest" });
    part("cards").replaceChildren(...cards(told, number));
    const place = number ? `step ${number} of ${told.rows.length}` : "at the start";
    part("place").replaceChildren(
      ...(number ? [make("span", "word", "step "), `${number} of ${told.rows.length}`] : [place]),
    );
    part("when").textContent = number ? `after step ${number}` : "at the start";
    part("spoken").textContent = inList ? "" : `${place}: ${item.querySelector(".words").textContent}`;
    part("previous").disabled = number === picture.shown()[0];
    part("next").disabled = number === picture.shown().at(-1);
    count();
  }

  function move(by) {
    const shown = picture.shown();
    const place = shown.indexOf(cursor) + by;
    if (place >= 0 && place < shown.length) go(shown[place]);
  }

  /** Show every step, or only those that the violation depends on. */
  function show(everything) {
    picture.filter(everything);
    part("everything").setAttribute("aria-pressed", String(everything));
    go(picture.item(cursor).hidden ? picture.shown().findLast((number) => number <= cursor) : cursor);
  }

  function find() {
    hits = picture.find(search.value.trim());
    count();
  }

  function count() {
    const shown = hits.filter((number) => !picture.item(number).hidden);
    const hidden = hits.length - shown.length;
    const where = shown.indexOf(cursor);
    let text = "";
    if (search.value.trim()) {
      text = shown.length === 0 ? "no hit" : where < 0 ? `${shown.length} hits` : `${where + 1} of ${shown.length}`;
      if (shown.length === 1 && where < 0) text = "1 hit";
      if (hidden) text += `, ${hidden} left out`;
    }
    part("hits").textContent = text;
    part("hit-before").disabled = part("hit-after").disabled = shown.length === 0;
  }

  /** Go to the next hit, or the one before; round the end. */
  function hit(by) {
    const shown = hits.filter((number) => !picture.item(number).hidden);
    if (!shown.length) return;
    const beyond = by > 0 ? shown.find((number) => number > cursor) : shown.findLast((number) => number < cursor);
    go(beyond ?? shown.at(by > 0 ? 0 : -1));
  }

  function turn() {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  function states() {
    const open = part("states").classList.toggle("open");
    part("unfold").setAttribute("aria-expanded", String(open));
    document.documentElement.classList.toggle("unfolded", open);
    picture.item(cursor).scrollIntoView({ block: "nearest" });
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowRight: () => move(1),
    j: () => move(1),
    ArrowUp: () => move(-1),
    ArrowLeft: () => move(-1),
    k: () => move(-1),
    Home: () => go(picture.shown()[0]),
    End: () => go(picture.shown().at(-1)),
    "/": () => search.focus(),
    n: () => hit(1),
    N: () => hit(-1),
    a: () => part("everything").hidden || show(!picture.everything),
    s: states,
    t: turn,
    "?": () => part("help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || part("help").open) return;
    if (event.target === part("cards") && event.key.startsWith("Arrow")) return; // they scroll there
    if (event.target === search) {
      if (event.key === "Enter") hit(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") {
        search.value = "";
        find();
        picture.item(cursor).focus({ preventScroll: true });
      } else return;
    } else if (Object.hasOwn(keys, event.key)) keys[event.key]();
    else return;
    event.preventDefault();
  });

  const press = {
    previous: () => move(-1),
    next: () => move(1),
    "hit-before": () => hit(-1),
    "hit-after": () => hit(1),
    everything: () => show(!picture.everything),
    theme: turn,
    unfold: states,
    ask: () => part("help").showModal(),
    understood: () => part("help").close(),
  };
  for (const [id, action] of Object.entries(press)) part(id).addEventListener("click", action);
  search.addEventListener("input", find);

  const bar = part("bar");
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--bar", `${bar.offsetHeight}px`);
  }).observe(bar);

  part("everything").hidden = told.rows.every((row) => row.step.needed);

  /** The step that the address names. */
  function addressed() {
    const number = /^#step-(\d+)$/.exec(location.hash)?.[1];
    return number !== undefined && Number(number) <= told.rows.length ? Number(number) : null;
  }
  addEventListener("hashchange", () => {
    const number = addressed();
    if (number !== null) go(number);
  });
  show(part("everything").getAttribute("aria-pressed") === "true" && !part("everything").hidden);
  const first = addressed();
  go(first ?? picture.shown()[Math.min(1, picture.shown().length - 1)], { scroll: first !== null });
})();
