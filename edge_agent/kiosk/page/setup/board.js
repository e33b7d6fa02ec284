// The picture with its facings: drawn, dragged and typed upon. What a gesture does to the draft is
// draft.js's; the page is told by `changed` after every step.

import { svg } from "/page/shared/endcap.js";

const WIDE = 1000;
const STEP = 0.004;
const NEAR = 26;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Board {
  constructor(place, draft, changed, wishes) {
    Object.assign(this, { place, draft, changed, wishes, high: 562, picture: null, gesture: null, count: 0 });
    place.addEventListener("pointerdown", (event) => this.#press(event));
    place.addEventListener("pointermove", (event) => this.#drag(event));
    place.addEventListener("pointerup", (event) => this.#release(event));
    place.addEventListener("pointercancel", () => { this.gesture = null; this.draw(); });
    place.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Show another picture, of this size in pixels. */
  show(address, width, height) {
    this.picture = address;
    this.high = Math.round((WIDE * height) / width);
    this.place.setAttribute("viewBox", `0 0 ${WIDE} ${this.high}`);
    this.draw();
  }

  draw() {
    const focused = document.activeElement?.closest?.("#board g")?.dataset.facing;
    const image = this.picture ? svg("image", { href: this.picture, width: WIDE, height: this.high, preserveAspectRatio: "none" }) : null;
    const drawing = this.gesture?.kind === "draw" && this.gesture.to ? this.#rect(corners(this.gesture.from, this.gesture.to), "drawing") : null;
    this.place.replaceChildren(...[image, ...this.draft.facings.map((one) => this.#facing(one)), drawing].filter(Boolean));
    if (focused) this.focus(this.draft.one ? this.draft.chosen : focused);
  }

  focus(name) {
    const found = [...this.place.querySelectorAll("g")].find((one) => one.dataset.facing === name);
    found?.focus({ preventScroll: true });
  }

  #facing(one) {
    const chosen = one.facing === this.draft.chosen;
    const kinds = ["facing", one.stands === "full" ? "" : one.stands, one.gtin ? "named" : "", chosen ? "chosen" : ""];
    const label = `${one.facing}: ${one.name || one.gtin || "no item"}, ${one.stands}`;
    const entry = this.draft.one ? chosen : one === this.draft.facings[0]; // one stop of Tab for all of them
    const group = svg("g", { class: kinds.join(" "), tabindex: entry ? 0 : -1, role: "button", "aria-pressed": String(chosen), "aria-label": label, "data-facing": one.facing },
      this.#rect(one, "box"), one.w * WIDE > 60 ? svg("text", { x: one.x * WIDE + 5, y: one.y * this.high + 18 }, cut(one.name || one.facing, one.w * WIDE)) : null);
    group.addEventListener("focus", () => this.#choose(one.facing));
    if (chosen) for (const [x, y] of this.#corners(one)) group.append(svg("circle", { class: "corner", cx: x * WIDE, cy: y * this.high, r: 8 }));
    return group;
  }

  #rect(box, kind) {
    return svg("rect", { class: kind, x: box.x * WIDE, y: box.y * this.high, width: box.w * WIDE, height: box.h * this.high });
  }

  #corners(one) {
    return [[one.x, one.y], [one.x + one.w, one.y], [one.x + one.w, one.y + one.h], [one.x, one.y + one.h]];
  }

  #choose(name) {
    if (this.draft.chosen === name) return;
    this.draft.chosen = name;
    this.changed();
  }

  #at(event) {
    const box = this.place.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  #press(event) {
    if (!this.picture || (event.button !== undefined && event.button > 0)) return;
    this.count += 1;
    const at = this.#at(event);
    const name = event.target.closest("g")?.dataset.facing;
    const corner = this.draft.one && this.#cornerNear(at, event.pointerType === "touch" ? 1.7 : 1);
    if (corner) this.gesture = { kind: "corner", fixed: corner, name: `corner-${this.count}` };
    else if (name) {
      this.#choose(name);
      this.gesture = { kind: "move", last: at, name: `move-${this.count}` };
    } else this.gesture = { kind: "draw", from: at };
    this.place.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (name) this.focus(name);
  }

  /** Where the corner opposite of the one near `at` is; null when none is near. */
  #cornerNear(at, reach) {
    const box = this.place.getBoundingClientRect();
    const all = this.#corners(this.draft.one);
    const far = (one) => Math.hypot((one[0] - at.x) * box.width, (one[1] - at.y) * box.height);
    const near = all.findIndex((one) => far(one) < (NEAR * reach) / 2);
    return near < 0 ? null : { x: all[(near + 2) % 4][0], y: all[(near + 2) % 4][1] };
  }

  #drag(event) {
    const now = this.gesture;
    if (!now) return;
    const at = this.#at(event);
    if (now.kind === "corner") this.draft.corner(now.fixed, at, now.name);
    else if (now.kind === "move") {
      this.draft.moveBy(at.x - now.last.x, at.y - now.last.y, now.name);
      now.last = at;
    } else now.to = at;
    if (now.kind === "draw") this.draw();
    else this.changed();
  }

  #release() {
    const done = this.gesture;
    this.gesture = null;
    if (done?.kind === "draw" && done.to) this.draft.draw(done.from, done.to);
    if (done) this.changed();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ARROWS[event.key];
    const wish = this.wishes[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (way && this.draft.one) {
      const [dx, dy] = way.map((one) => one * STEP);
      if (event.shiftKey) this.draft.growBy(dx, dy, "keys");
      else this.draft.moveBy(dx, dy, "keys");
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      this.draft.chooseNext(() => true, event.key === "PageUp");
    } else if (wish) wish();
    else return;
    event.preventDefault();
    this.changed();
  }
}

const corners = (a, b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) });

function cut(text, width) {
  const most = Math.max(2, Math.floor(width / 9));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
