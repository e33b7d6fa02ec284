// The basket: what is in it, what goes well with it, and adding by the number under the bars.

import { el } from "/page/shared/endcap.js";
import { ask, quietly, report } from "./asking.js";
import { line, priceOf, reasonWords, renew } from "./cards.js";
import { money, say } from "./words.js";
import { shownIn, visit } from "./visit.js";

const IDEAS = 4;
const ASKED_WITH = 100;
let acts = {};
let ideas = new Set();

/** Begin; `actions` are open(item), toggle(item) and question(body). */
export function beginBasket(actions) {
  acts = actions;
  document.getElementById("scan").addEventListener("submit", (event) => { event.preventDefault(); quietly(scan); });
  drawBasket();
}

/** Put an item in, or take it out, and say so. */
export function toggle(item) {
  const there = visit.basket.delete(item.gtin);
  if (!there) visit.basket.set(item.gtin, item);
  document.getElementById("basket-said").textContent = say(there ? "was-taken" : "was-added", { name: item.name });
  drawBasket();
}

/** Tell whether one of `gtins` is in the basket or among the ideas; null means any. */
export const holds = (gtins) => gtins === null || gtins.some((one) => visit.basket.has(one) || ideas.has(one));

export function drawBasket() {
  const items = [...visit.basket.values()];
  renew("basket", items, () => items.length ? items.map((item) => line(item, acts))
    : el("li", { class: "empty" }, say("basket-empty")));
  const prices = items.map(priceOf);
  const total = prices.length && !prices.includes(null) ? prices.reduce((sum, one) => sum + one, 0) : null;
  const sum = total === null ? "" : money(total, items[0].currency);
  document.getElementById("total").textContent = sum;
  const way = document.getElementById("to-basket");
  way.hidden = items.length === 0;
  way.replaceChildren(el("span", {}, `${say("basket")} (${items.length})`), el("span", {}, sum));
}

/** Ask what goes with the basket, and what of the basket has changed since. */
export async function drawIdeas() {
  const panel = document.getElementById("ideas-panel");
  panel.hidden = visit.basket.size === 0;
  if (panel.hidden) { ideas = new Set(); return; }
  const basket = [...visit.basket.keys()].slice(-ASKED_WITH);
  const answer = await ask("/v1/recommendations", acts.question({ basket, limit: IDEAS }));
  ideas = new Set(answer.items.map(({ item }) => item.gtin));
  shownIn(answer.answer, ideas);
  const nameOf = (gtin) => visit.basket.get(gtin)?.name;
  renew("ideas", answer.items, () => answer.items.length
    ? answer.items.map((one) => line(one.item, liking, reasonWords(one, nameOf)))
    : el("li", { class: "empty" }, say("nothing-yet")));
  document.getElementById("ideas-note").textContent = answer.degraded ? say("simple") : "";
}

const liking = {
  open: (item) => { report(item.gtin, "tapped"); acts.open(item); },
  toggle: (item) => { report(item.gtin, "tapped"); acts.toggle(item); },
};

/** Look again at what is in the basket: prices and shelves move. */
export async function lookAgain() {
  const gtins = [...visit.basket.keys()].slice(-24);
  await Promise.all(gtins.map(async (gtin) => {
    const answer = await ask(`/v1/products/${gtin}`);
    if (visit.basket.has(gtin)) visit.basket.set(gtin, answer.item);
  }));
  drawBasket();
}

async function scan() {
  const field = document.getElementById("gtin");
  const said = document.getElementById("scan-said");
  const typed = field.value.replace(/\D/g, "");
  said.textContent = "";
  if (!typed) return;
  try {
    const { item } = await ask(`/v1/products/${typed}`);
    field.value = "";
    if (!visit.basket.has(item.gtin)) acts.toggle(item);
  } catch (error) {
    if (error.unreachable) throw error;
    said.textContent = say("unknown-gtin");
    field.select();
  }
}
