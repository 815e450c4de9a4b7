"use strict";

(() => {
  const { Picture, cards, make, plain } = Diagram;
  const part = (id) => document.getElementById(id);
  const SIGNS = { holds: "●", violated: "✕", open: "○", vacuous: "–" };
  const WORDS = { holds: "holds", violated: "violated", open: "not asked here", vacuous: "says nothing" };
  const MOST = 300; // how many choices are listed at a time
  const ORIGIN = ["found by", "recorded by"]; // what says nothing of a walk that is being made
  const KINDS = ["own", "delivery", "byzantine"];

  document.documentElement.classList.add("scripted");
  let start = null; // what the server said once
  let walk = { acts: [], at: 0, round: 0 };
  let shown = null; // what it said last of the walk
  let picture = null;
  let drawn = null; // the acts that the picture is of, as text
  let asked = 0;
  const past = [];

  async function ask(path, request) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
    });
    const value = await answer.json();
    if (!answer.ok) throw new Error(value.error);
    return value;
  }

  function notice(text, wrong = false) {
    part("notice").textContent = text;
    part("notice").classList.toggle("wrong", wrong);
  }

  /** Take `next` for the walk, and show it; refused, the walk stays what it was. */
  async function become(next) {
    const number = ++asked;
    try {
      const draw = JSON.stringify(next.acts) !== drawn;
      const told = await ask("/api/walk", { ...next, draw });
      if (number !== asked) return false;
      walk = { ...next, round: told.round };
      shown = { ...told, picture: told.picture ?? shown.picture };
      render();
      return true;
    } catch (error) {
      if (number === asked) notice(error.message, true);
      return false;
    }
  }

  /** The same, so that it can be undone. */
  async function change(next) {
    const before = walk;
    if (await become(next)) past.push(before);
    part("undo").disabled = past.length === 0;
  }

  function roundAt(at) {
    return at ? walk.acts[at - 1].round : 0;
  }

  function go(at) {
    if (at < 0 || at > walk.acts.length) return;
    notice("");
    become({ acts: walk.acts, at, round: roundAt(at) });
  }

  function choose(choice) {
    notice("");
    const acts = [...walk.acts.slice(0, walk.at), choice.act];
    change({ acts, at: acts.length, round: choice.act.round });
  }

  function endRound() {
    if (!start.rounds || part("end").disabled) return;
    notice("");
    change({ acts: walk.acts.slice(0, walk.at), at: walk.at, round: walk.round + 1 });
  }

  function undo() {
    if (!past.length) return;
    notice("");
    become(past.pop());
    part("undo").disabled = past.length === 0;
  }

  function render() {
    const told = shown.picture;
    const acts = JSON.stringify(walk.acts);
    if (acts !== drawn) {
      picture?.retire();
      picture = new Picture(part("picture"), told, go);
      picture.filter(true);
      part("picture").classList.toggle("many", told.lanes.length > 5);
      drawn = acts;
    }
    picture.choose(walk.at);
    for (const { number, item } of picture.rows) item.classList.toggle("ahead", number > walk.at);
    const item = picture.item(walk.at);
    if (picture.list.contains(document.activeElement)) item.focus({ preventScroll: true });
    if (matchMedia("(min-width: 1041px)").matches) item.scrollIntoView({ block: "nearest" });
    const place = walk.at ? `step ${walk.at} of ${walk.acts.length}` : "at the start";
    part("place").replaceChildren(
      ...(walk.at ? [make("span", "word", "step "), `${walk.at} of ${walk.acts.length}`] : [place]),
    );
    part("when").textContent = walk.at ? `after step ${walk.at}` : "at the start";
    part("spoken").textContent = `${place}: ${item.querySelector(".words").textContent}`;
    part("previous").disabled = walk.at === 0;
    part("next").disabled = walk.at === walk.acts.length;
    part("facts").replaceChildren(
      ...told.facts
        .filter(({ key }) => !ORIGIN.includes(key))
        .flatMap(({ key, value }) => [make("dt", "", key), make("dd", "", value)]),
    );
    part("cards").replaceChildren(...cards(told, walk.at));
    renderStandings();
    renderChoices();
  }

  function renderStandings() {
    part("standings").replaceChildren(
      ...shown.standings.map((standing) => {
        const item = make("li", standing.verdict);
        item.title = standing.meaning;
        const sign = make("span", "sign", SIGNS[standing.verdict]);
        sign.setAttribute("aria-hidden", "true");
        const words = make("span", "", make("span", "verdict-word", WORDS[standing.verdict]));
        if (standing.since !== null) words.append(` since step ${standing.since}`);
        if (standing.why) words.append(make("span", "why", `: ${standing.why}`));
        item.append(sign, make("span", "", standing.name), words);
        return item;
      }),
    );
  }

  /** What can happen next, as it is filtered, in the order in which it is listed. */
  function listed() {
    const wanted = part("filter").value.trim().toLowerCase();
    const words = ({ what, changes, sent }) => plain([what, ...changes, ...sent].join("; ")).toLowerCase();
    return shown.choices
      .filter((choice) => words(choice).includes(wanted))
      .map((choice, place) => [choice.node, KINDS.indexOf(choice.kind), place, choice])
      .sort((one, other) => one[0] - other[0] || one[1] - other[1] || one[2] - other[2])
      .map((entry) => entry[3]);
  }

  function renderChoices() {
    const focused = part("choices").contains(document.activeElement);
    const all = listed();
    const groups = new Map();
    for (const choice of all.slice(0, MOST)) {
      if (!groups.has(choice.node)) groups.set(choice.node, []);
      groups.get(choice.node).push(choice);
    }
    part("choices").replaceChildren(
      ...[...groups].map(([node, choices]) => {
        const group = make("div", "choices-of", make("h3", "", `at node ${node}`));
        for (const choice of choices) {
          const button = make("button", `choice ${choice.kind}`);
          if (choice.owed) button.append(make("span", "owed", "this round"));
          button.append(make("span", "what", choice.what));
          const fact = choice.changes.some((change) => /^(DECIDES|REJECTS)/.test(change));
          button.append(make("span", fact ? "then fact" : "then", choice.changes.join("; ")));
          for (const sent of choice.sent) button.append(make("span", "then", `sends ${sent}`));
          button.addEventListener("click", () => choose(choice));
          group.append(button);
        }
        return group;
      }),
    );
    if (focused) part("choices").querySelector("button")?.focus({ preventScroll: true });
    part("more").textContent = !all.length
      ? "Nothing else can happen that would change a node."
      : all.length > MOST
        ? `${(all.length - MOST).toLocaleString("en")} more are not listed; filter them.`
        : "";
    part("rounds").hidden = !start.rounds;
    part("round").textContent = `round ${walk.round}`;
    part("end").disabled = !shown.can_end_round;
    part("end").title = shown.can_end_round ? "go on to the next round (e)" : "something must happen in this round first";
  }

  async function search() {
    if (part("search").disabled) return;
    const property = part("property").value;
    part("search").disabled = true;
    notice(`The checker looks for a run that violates ${property}, for ${start.seconds} s at most ...`);
    try {
      const found = await ask("/api/search", { property });
      const states = `${found.states.toLocaleString("en")} states`;
      if (found.acts) {
        await change({ acts: found.acts, at: found.acts.length, round: found.acts.at(-1)?.round ?? 0 });
        notice(`A shortest run that violates ${property} (${states}).`);
      } else if (found.verdict === "holds") notice(`${property} holds in every run of this setting (${states}).`);
      else notice(`No run that violates ${property} was found in ${start.seconds} s (${states}); it may still have one.`);
    } catch (error) {
      notice(error.message, true);
    }
    part("search").disabled = false;
  }

  function openSaving() {
    const breaks = shown.standings.filter(
      ({ verdict, since }) => verdict === "violated" && (since === null || since === walk.at),
    );
    const option = (value, text) => {
      const entry = make("option", "", text);
      entry.value = value;
      return entry;
    };
    part("breach").replaceChildren(
      ...breaks.map(({ name }) => option(name, `a counterexample to ${name}`)),
      option("", "an ordinary walk"),
    );
    part("name").value ||= "walk.itf.json";
    part("wrong").textContent = "";
    part("where").textContent = `${walk.at === 1 ? "1 step" : `${walk.at} steps`}, ${start.folder === null ? "as a download" : `into the folder ${start.folder}`}`;
    part("saving").showModal();
  }

  async function save() {
    try {
      const saved = await ask("/api/save", {
        acts: walk.acts.slice(0, walk.at),
        property: part("breach").value || null,
        name: part("name").value,
      });
      if (saved.path === null) {
        const link = make("a");
        link.href = URL.createObjectURL(new Blob([saved.text], { type: "application/json" }));
        link.download = saved.name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      }
      part("saving").close();
      notice(`saved as ${saved.path ?? saved.name}; poqi show ${saved.path ?? saved.name}`);
    } catch (error) {
      part("wrong").textContent = error.message;
    }
  }

  function turn() {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  }

  const keys = {
    ArrowDown: () => go(walk.at + 1),
    ArrowRight: () => go(walk.at + 1),
    j: () => go(walk.at + 1),
    ArrowUp: () => go(walk.at - 1),
    ArrowLeft: () => go(walk.at - 1),
    k: () => go(walk.at - 1),
    Home: () => go(0),
    End: () => go(walk.acts.length),
    "/": () => part("filter").focus(),
    e: endRound,
    u: undo,
    c: search,
    s: openSaving,
    t: turn,
    "?": () => part("help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !shown) return;
    if (part("saving").open) {
      if (event.key === "Enter" && event.target === part("name")) save();
      return;
    }
    if (part("help").open || event.target instanceof HTMLSelectElement) return;
    if (event.target === part("filter")) {
      if (event.key !== "Escape") return;
      part("filter").value = "";
      renderChoices();
      part("filter").blur();
    } else if (/^[1-9]$/.test(event.key)) {
      const choice = listed()[Number(event.key) - 1];
      if (choice) choose(choice);
    } else if (Object.hasOwn(keys, event.key)) keys[event.key]();
    else return;
    event.preventDefault();
  });

  const press = {
    previous: () => go(walk.at - 1),
    next: () => go(walk.at + 1),
    undo,
    search,
    save: openSaving,
    write: save,
    cancel: () => part("saving").close(),
    end: endRound,
    theme: turn,
    ask: () => part("help").showModal(),
    understood: () => part("help").close(),
  };
  for (const [id, action] of Object.entries(press)) part(id).addEventListener("click", action);
  part("filter").addEventListener("input", renderChoices);

  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--bar", `${part("bar").offsetHeight}px`);
  }).observe(part("bar"));

  part("undo").disabled = true;
  ask("/api/start", {}).then(
    (told) => {
      start = told;
      for (const name of told.properties) part("property").append(make("option", "", name));
      return become({ acts: told.acts, at: told.acts.length, round: told.acts.at(-1)?.round ?? 0 });
    },
    (error) => notice(error.message, true),
  );
})();
