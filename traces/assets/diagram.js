"use strict";

/* A space-time diagram in the page: a row a step, its words as text, lanes and arrows drawn over. */
const Diagram = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const FLIGHT = 12; // how far above its arrival a faulty node's message sets out, in pixels

  /** An element with a class, text and children. */
  function make(tag, style = "", ...children) {
    const element = document.createElement(tag);
    if (style) element.className = style;
    element.append(...children);
    return element;
  }

  /** `text` as one types it: with common spaces and hyphens. */
  function plain(text) {
    return text.replaceAll("\u00a0", " ").replaceAll("\u2011", "-");
  }

  function shape(tag, style, attributes) {
    const element = document.createElementNS(SVG, tag);
    element.setAttribute("class", style);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function corners(points) {
    return points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  }

  /** A line that ends, with a head, just before the mark at its end. */
  function arrow(style, x1, y1, x2, y2) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const dx = (x2 - x1) / length, dy = (y2 - y1) / length;
    const tipX = x2 - dx * 6, tipY = y2 - dy * 6;
    const baseX = tipX - dx * 8, baseY = tipY - dy * 8;
    const group = shape("g", style, {});
    group.append(
      shape("line", style, { x1, y1, x2: baseX, y2: baseY }),
      shape("polygon", `tip ${style}`, {
        points: corners([
          [tipX, tipY],
          [baseX - dy * 3.2, baseY + dx * 3.2],
          [baseX + dy * 3.2, baseY - dx * 3.2],
        ]),
      }),
    );
    return group;
  }

  function diamond(x, y) {
    const r = 5.5;
    return shape("polygon", "forged", { points: corners([[x, y - r], [x + r, y], [x, y + r], [x - r, y]]) });
  }

  function cross(x, y) {
    const r = 5.5;
    return shape("path", "cross", { d: `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}` });
  }

  class Picture {
    /** Build the diagram inside `root`; `select` is called with the number of a row that is chosen. */
    constructor(root, told, select) {
      this.told = told;
      this.everything = false;
      this.current = 0;
      this.rows = [];
      this.texts = [];
      this.heads = [];
      this.select = select;
      root.replaceChildren();
      root.style.setProperty("--lanes", told.lanes.length);
      root.append(this.buildHead(), this.buildList());
      this.gaps = [];
      this.overlay = shape("svg", "overlay", { "aria-hidden": "true", focusable: "false" });
      this.list.prepend(make("li", "canvas"));
      this.list.firstChild.setAttribute("role", "presentation");
      this.list.firstChild.append(this.overlay);
      this.observer = new ResizeObserver(() => this.draw());
      this.observer.observe(this.list);
      this.filter(false);
    }

    /** Give the diagram up; another takes its place. */
    retire() {
      this.observer.disconnect();
    }

    buildHead() {
      const head = make("div", "heads");
      head.append(make("span", "number"));
      for (const lane of this.told.lanes) {
        const name = make("span", "name", make("span", "word", "node "), String(lane.node));
        const role = lane.byzantine
          ? make("span", "role byzantine", "◆", make("span", "word", ` ${lane.role}`))
          : make("span", "role", lane.predicted);
        const cell = make("span", "head", name, role);
        cell.title = lane.byzantine ? `node ${lane.node} is ${lane.role}` : `node ${lane.node} predicts ${lane.predicted}`;
        this.heads.push(cell);
        head.append(cell);
      }
      return head;
    }

    buildList() {
      this.list = make("ol", "steps");
      this.list.setAttribute("role", "list");
      this.list.append(this.buildRow(0, null));
      for (const row of this.told.rows) this.list.append(this.buildRow(row.step.number, row));
      const claim = this.told.claim;
      if (claim) {
        this.verdict = make("li", "verdict");
        const words = make("div", "words");
        words.append(
          this.text("p", "what", `${claim.property} breaks: ${claim.but}`),
          this.text("p", "sent", `promised: ${claim.promised}`),
        );
        this.verdict.append(make("span", "number"), make("span", "track"), words);
        this.list.append(this.verdict);
      }
      return this.list;
    }

    /** An element whose text can be searched. */
    text(tag, style, text) {
      const element = make(tag, style, text);
      this.texts.push({ element, text });
      return element;
    }

    buildRow(number, row) {
      const item = make("li", "step");
      item.id = `step-${number}`;
      item.tabIndex = -1;
      const link = make("a", "number", String(number));
      link.href = `#step-${number}`;
      link.tabIndex = -1;
      link.setAttribute("aria-label", `step ${number}`);
      const words = make("div", "words");
      if (row === null) {
        words.append(this.text("p", "what quiet", "at the start"));
      } else {
        if (row.step.byzantine !== null) item.classList.add("byzantine");
        words.append(this.text("p", "what", row.step.what));
        const changes = make("p", "changes");
        row.step.changes.forEach((change, place) => {
          const fact = row.fact && /^[A-Z]{2}/.test(change);
          changes.append(place ? "; " : "", this.text("span", fact ? "change fact" : "change", change));
        });
        words.append(changes);
        for (const sent of row.step.sent) words.append(this.text("p", "sent", `sends ${sent}`));
      }
      item.append(link, make("span", "track"), words);
      item.addEventListener("click", () => this.select(number));
      this.rows.push({ number, row, item });
      return item;
    }

    isShown({ row }) {
      return this.everything || row === null || row.step.needed;
    }

    /** The numbers of the rows that are shown, in order. */
    shown() {
      return this.rows.filter((entry) => this.isShown(entry)).map(({ number }) => number);
    }

    /** Show every step, or those alone that the violation depends on. */
    filter(everything) {
      this.everything = everything;
      for (const gap of this.gaps) gap.remove();
      this.gaps = [];
      let skipped = 0, round = -1;
      for (const entry of this.rows) {
        const shown = this.isShown(entry);
        entry.item.hidden = !shown;
        if (!shown) skipped += 1;
        else {
          if (skipped) this.note(entry.item, "gap", skipped === 1 ? "1 step left out" : `${skipped} steps left out`);
          skipped = 0;
          if (entry.row && this.told.in_rounds && entry.row.step.round !== round) {
            round = entry.row.step.round;
            this.note(entry.item, "round", `round ${round}`);
          }
        }
      }
      if (skipped) this.note(this.verdict ?? null, "gap", skipped === 1 ? "1 step left out" : `${skipped} steps left out`);
      this.draw();
    }

    note(before, style, text) {
      const item = make("li", `note ${style}`, make("span", "number"), make("span", "track"), make("span", "words", text));
      this.list.insertBefore(item, before);
      this.gaps.push(item);
    }

    /** Put the cursor on the row of step `number`. */
    choose(number) {
      this.current = number;
      for (const entry of this.rows) {
        const here = entry.number === number;
        entry.item.tabIndex = here ? 0 : -1;
        if (here) entry.item.setAttribute("aria-current", "step");
        else entry.item.removeAttribute("aria-current");
      }
      this.emphasise();
    }

    item(number) {
      return this.rows[number].item;
    }

    draw() {
      const box = this.list.getBoundingClientRect();
      if (!box.width) return;
      const xs = this.heads.map((cell) => {
        const place = cell.getBoundingClientRect();
        return place.left + place.width / 2 - box.left;
      });
      this.overlay.setAttribute("width", Math.ceil(xs[xs.length - 1] + 40));
      this.overlay.setAttribute("height", Math.ceil(box.height));
      const height = (item) => {
        const line = item.querySelector(".what");
        const place = line.getBoundingClientRect();
        const first = parseFloat(getComputedStyle(line).lineHeight);
        return place.top - box.top + first / 2;
      };
      const ys = new Map();
      for (const entry of this.rows) if (!entry.item.hidden) ys.set(entry.number, height(entry.item));
      const lines = [], messages = [], marks = [];
      for (const lane of this.told.lanes) {
        const x = xs[lane.node];
        lines.push(shape("line", lane.byzantine ? "lane byzantine" : "lane", { x1: x, y1: 0, x2: x, y2: box.height }));
      }
      this.arrows = [];
      for (const { number, row } of this.rows) {
        if (row === null || !ys.has(number)) continue;
        const x = xs[row.step.node], y = ys.get(number);
        if (row.arrow !== null) {
          const from = xs[row.arrow.sender], at = row.arrow.sent_at;
          let drawn = null;
          if (at === null) {
            drawn = arrow("message byzantine", from, y - FLIGHT, x, y);
            marks.push(diamond(from, y - FLIGHT));
          } else if (ys.has(at)) drawn = arrow("message", from, ys.get(at), x, y);
          if (drawn) {
            messages.push(drawn);
            this.arrows.push({ drawn, from: at, to: number });
          }
        }
        const style = row.fact ? "mark fact" : row.idle ? "mark idle" : "mark";
        marks.push(shape("circle", style, { cx: x, cy: y, r: row.fact ? 6 : 4.5 }));
      }
      if (this.verdict) {
        const y = height(this.verdict);
        for (const node of this.told.concerned) marks.push(cross(xs[node], y));
      }
      this.overlay.replaceChildren(...lines, ...messages, ...marks);
      this.emphasise();
    }

    /** Make the messages stand out that the step at the cursor receives or sends. */
    emphasise() {
      for (const { drawn, from, to } of this.arrows ?? []) {
        drawn.classList.toggle("chosen", to === this.current || from === this.current);
      }
    }

    /** Mark every occurrence of `query`; the numbers of the rows that hold one, shown or not. */
    find(query) {
      const wanted = query.toLowerCase();
      const hits = new Set();
      for (const { element, text } of this.texts) {
        const parts = [];
        let from = 0;
        const lower = plain(text).toLowerCase();
        const comparable = lower.length === text.length;
        for (let at = wanted && comparable ? lower.indexOf(wanted) : -1; at >= 0; at = lower.indexOf(wanted, from)) {
          parts.push(text.slice(from, at), make("mark", "", text.slice(at, at + wanted.length)));
          from = at + wanted.length;
        }
        element.replaceChildren(...parts, text.slice(from));
        const item = element.closest(".step");
        if (from && item) hits.add(Number(item.id.slice("step-".length)));
      }
      return [...hits].sort((one, other) => one - other);
    }
  }

  /** How each node stands after step `number`: its words, and those before if it has just moved. */
  function standings(told, number) {
    const now = [...told.start];
    let moved = null, before = null;
    for (const row of told.rows) {
      if (row.step.number > number) break;
      before = now[row.step.node];
      now[row.step.node] = row.standing;
      moved = row.step.node;
    }
    return { now, moved: number > 0 ? moved : null, before };
  }

  /** Cards with the state of every node after step `number`. */
  function cards(told, number) {
    const { now, moved, before } = standings(told, number);
    return told.lanes.map((lane) => {
      const standing = now[lane.node];
      const card = make("section", "card");
      const title = make("h3", "", `node ${lane.node}`);
      card.append(title);
      if (standing === null) {
        card.classList.add("byzantine");
        title.append(make("span", "tag", `◆ ${lane.role}`));
        card.append(make("p", "quiet", lane.role === "Byzantine"
          ? "It has no state: it may send anything it can sign, to anyone, at any time."
          : "It sends nothing."));
        return card;
      }
      const news = lane.node === moved ? before : null;
      if (lane.node === moved) {
        card.classList.add("moved");
        title.append(make("span", "tag", "this step"));
      }
      const list = make("ul");
      const add = (words, old) => {
        const item = make("li", "", words);
        if (news && !old.includes(words)) {
          item.className = "new";
          item.prepend(make("span", "sign", "+ "));
        }
        list.append(item);
      };
      for (const part of ["position", "decided", "rewards"]) add(standing[part], news ? [news[part]] : []);
      for (const words of standing.remembers) add(words, news ? news.remembers : []);
      card.append(list);
      return card;
    });
  }

  return { Picture, cards, make, plain };
})();
