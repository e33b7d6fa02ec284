// A drafted shelf: its facings, and every step back. It knows no page and asks nobody. A facing is
// {facing, gtin, name, x, y, w, h, stands}; places are shares of the picture.

const LEAST = 0.008;
const MOST_STEPS = 200;
const inside = (value, low, high) => Math.min(Math.max(value, low), high);

export class Draft {
  constructor() {
    this.start([]);
  }

  /** Begin with these facings; nothing is left to undo. */
  start(facings) {
    this.facings = facings;
    this.past = [];
    this.future = [];
    this.chosen = null;
  }

  get one() {
    return this.facings.find((one) => one.facing === this.chosen) ?? null;
  }

  /** Put other facings in place, so that it can be undone; steps of one `gesture` are one step. */
  become(facings, gesture = null) {
    if (gesture === null || gesture !== this.gesture) {
      this.past = [...this.past.slice(1 - MOST_STEPS), { facings: this.facings, chosen: this.chosen }];
    }
    this.gesture = gesture;
    this.future = [];
    this.facings = facings;
    if (!this.one) this.chosen = null;
  }

  undo() { this.#step(this.past, this.future); }

  redo() { this.#step(this.future, this.past); }

  #step(from, to) {
    const found = from.pop();
    if (!found) return;
    to.push({ facings: this.facings, chosen: this.chosen });
    this.facings = found.facings;
    this.chosen = found.chosen;
    this.gesture = null;
    if (!this.one) this.chosen = null;
  }

  /** Change the chosen facing. */
  edit(changes, gesture = null) {
    const one = this.one;
    if (!one) return;
    const next = { ...one, ...changes };
    this.become(this.facings.map((other) => (other === one ? next : other)), gesture);
    this.chosen = next.facing;
  }

  moveBy(dx, dy, gesture) {
    const one = this.one;
    if (one) this.edit({ x: inside(one.x + dx, 0, 1 - one.w), y: inside(one.y + dy, 0, 1 - one.h) }, gesture);
  }

  growBy(dw, dh, gesture) {
    const one = this.one;
    if (one) this.edit({ w: inside(one.w + dw, LEAST, 1 - one.x), h: inside(one.h + dh, LEAST, 1 - one.y) }, gesture);
  }

  /** Put one corner of the chosen facing elsewhere; the opposite one stays. */
  corner(fixed, at, gesture) {
    this.edit(between(fixed, at), gesture);
  }

  /** Draw a facing between two corners; too small a one is none. */
  draw(from, to) {
    const box = between(from, to);
    if (box.w <= LEAST || box.h <= LEAST) return;
    const one = { facing: this.freeName(box), gtin: null, name: "", stands: "full", ...box };
    this.become([...this.facings, one]);
    this.chosen = one.facing;
  }

  remove() {
    const at = this.facings.indexOf(this.one);
    if (at < 0) return;
    const left = this.facings.filter((_, place) => place !== at);
    this.become(left);
    this.chosen = left[Math.min(at, left.length - 1)]?.facing ?? null;
  }

  /** Make two of the chosen facing, side by side, with the same item. */
  split() {
    const one = this.one;
    if (!one || one.w < 2 * LEAST) return;
    const left = { ...one, w: one.w / 2 };
    const right = { ...left, x: one.x + left.w, facing: this.freeName(one) };
    this.become(this.facings.flatMap((other) => (other === one ? [left, right] : [other])));
  }

  /** Repeat the chosen facing to its right, until the next facing of its row or the picture's end. */
  copyAlong() {
    const one = this.one;
    if (!one) return;
    const middle = one.y + one.h / 2;
    const next = this.facings.filter((other) => other !== one && other.x >= one.x + one.w - 0.3 * one.w
      && other.y < middle && middle < other.y + other.h).map((other) => other.x);
    const end = Math.min(1, ...next);
    const names = new Set(this.facings.map((other) => other.facing));
    const copies = [];
    for (let x = one.x + one.w; x + 0.85 * one.w <= end; x += one.w) {
      const facing = freeOf(names, one);
      names.add(facing);
      copies.push({ ...one, facing, x, w: Math.min(one.w, 1 - x) });
    }
    if (copies.length) this.become([...this.facings, ...copies]);
  }

  /** Add places that no facing stands for yet; return how many. */
  propose(places) {
    const facings = [...this.facings];
    const names = new Set(facings.map((one) => one.facing));
    for (const { row, place, box } of inRows(places)) {
      if (this.facings.some((one) => shared(one, box) > 0.3)) continue;
      const facing = freeOf(names, box, `r${row}-${place}`);
      names.add(facing);
      facings.push({ facing, gtin: null, name: "", stands: "full", ...box });
    }
    const added = facings.length - this.facings.length;
    if (added) this.become(facings);
    return added;
  }

  freeName(box) {
    return freeOf(new Set(this.facings.map((one) => one.facing)), box);
  }

  /** Choose the next facing in reading order for which `wanted` is true. */
  chooseNext(wanted, back = false) {
    const order = inRows(this.facings).map(({ box }) => box);
    if (back) order.reverse();
    const at = order.findIndex((one) => one.facing === this.chosen);
    const found = [...order.slice(at + 1), ...order.slice(0, at + 1)].find(wanted);
    if (found) this.chosen = found.facing;
    return Boolean(found);
  }
}

function between(a, b) {
  const [x0, x1] = [a.x, b.x].map((v) => inside(v, 0, 1)).sort((p, q) => p - q);
  const [y0, y1] = [a.y, b.y].map((v) => inside(v, 0, 1)).sort((p, q) => p - q);
  return { x: x0, y: y0, w: Math.max(x1 - x0, LEAST), h: Math.max(y1 - y0, LEAST) };
}

function freeOf(names, box, wanted = `at-${String(Math.round(100 * (box.x + box.w / 2))).padStart(2, "0")}-${String(Math.round(100 * (box.y + box.h / 2))).padStart(2, "0")}`) {
  let name = wanted;
  for (let number = 2; names.has(name); number += 1) name = `${wanted}.${number}`;
  return name;
}

/** How much of two boxes is shared: intersection over union. */
export function shared(a, b) {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return w > 0 && h > 0 ? (w * h) / (a.w * a.h + b.w * b.h - w * h) : 0;
}

/** Boxes in reading order with their row and place, counted from 1. */
export function inRows(boxes) {
  const rows = [];
  for (const box of [...boxes].sort((a, b) => a.y + a.h - b.y - b.h)) {
    const middle = box.y + box.h / 2;
    const row = rows.slice(-2).find((one) => one.at(-1).y < middle && middle < one.at(-1).y + one.at(-1).h);
    if (row) row.push(box);
    else rows.push([box]);
  }
  return rows.flatMap((row, number) => row.sort((a, b) => a.x - b.x)
    .map((box, place) => ({ row: number + 1, place: place + 1, box })));
}
