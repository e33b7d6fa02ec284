// The shopper's page: search, basket, ideas. The basket lives in this page only and is gone with it.

import { ask, badge, el, money, notice, put, refresh } from "/page/shared/endcap.js";

const FORGET_AFTER_MS = 5 * 60 * 1000;
const WAIT_MS = 180;
const SHELF = {
  "on shelf": ["on the shelf", "good"],
  "gap": ["shelf is empty", "bad"],
  "unknown": ["ask our staff", "warn"],
  "no facing": ["ask our staff", ""],
};
const basket = new Map();
let query = "";
let waiting = 0;
let asked = 0;
let quiet = 0;

function priceOf(item) {
  const now = item.promotion ? item.price * (1 - item.promotion.discount) : item.price;
  return item.price === null ? null : now;
}

function priceTag(item) {
  const now = money(priceOf(item), item.currency);
  const was = item.promotion?.discount > 0 ? el("s", {}, money(item.price, item.currency)) : null;
  return el("span", { class: "price" }, was, now);
}

function card(item) {
  const [where, kind] = SHELF[item.shelf];
  const chosen = basket.has(item.gtin);
  return el("li", { class: "item" },
    el("div", { class: "about" },
      el("h3", {}, item.name),
      el("span", { class: "note" }, [item.brand, item.size].filter(Boolean).join(" · ") || item.department),
      el("span", { class: "where" }, badge(where, kind), item.promotion ? badge("on offer", "warn") : null)),
    el("div", { class: "buy" },
      priceTag(item),
      el("button", { class: "add", type: "button", "aria-pressed": String(chosen), onclick: () => toggle(item) },
        chosen ? "Added ✓" : "Add", el("span", { class: "unseen" }, ` ${item.name}`))));
}

function toggle(item) {
  if (basket.has(item.gtin)) basket.delete(item.gtin);
  else basket.set(item.gtin, item);
  drawBasket();
  quietly(search);
  quietly(ideas);
}

function drawBasket() {
  const lines = [...basket.values()].map((item) => el("li", {},
    el("span", { class: "what alone" }, item.name),
    el("span", { class: "cost" }, money(priceOf(item), item.currency)),
    el("button", { type: "button", "aria-label": `Take out ${item.name}`, onclick: () => toggle(item) }, "×")));
  put("basket", lines.length ? lines : el("li", { class: "empty" }, "Empty. Add what you find."));
  const prices = [...basket.values()].map(priceOf);
  const currency = basket.values().next().value?.currency;
  put("total", prices.length && !prices.includes(null)
    ? money(prices.reduce((sum, one) => sum + one, 0), currency) : "");
}

async function ideas() {
  document.getElementById("ideas-card").hidden = basket.size === 0;
  if (basket.size === 0) return;
  const answer = await ask("/v1/recommendations", { basket: [...basket.keys()].slice(0, 100), limit: 4 });
  const lines = answer.items.map(({ item, reasons }) => el("li", {},
    el("span", { class: "what" }, item.name),
    el("span", { class: "cost" }, money(priceOf(item), item.currency)),
    el("button", { type: "button", "aria-label": `Add ${item.name}`, onclick: () => toggle(item) }, "+"),
    el("span", { class: "why" }, reasons.map((one) => one.text).join(" · "))));
  put("ideas", lines.length ? lines : el("li", { class: "empty" }, "No ideas yet."));
  put("ideas-note", answer.degraded ? "bestsellers for now" : "");
}

async function search() {
  const mine = ++asked;
  if (!query) {
    const answer = await ask("/v1/recommendations", { basket: [], limit: 12 });
    if (mine === asked) show(answer.items.map((one) => one.item), "Nothing to show yet: the catalogue is empty.");
    put("suggestions", el("span", { class: "note" }, "Popular now. Type to search."));
    return;
  }
  const words = encodeURIComponent(query);
  const [found, like] = await Promise.all([
    ask(`/v1/search?q=${words}&limit=24`), ask(`/v1/suggest?q=${words}&limit=6`)]);
  if (mine !== asked) return;
  show(found.items, `Nothing found for “${query}”. Try fewer or other words.`);
  put("suggestions",
    like.suggestions.map((one) => one.name).filter((text) => text !== query).map((text) =>
      el("button", { type: "button", onclick: () => type(text) }, text)));
}

function show(items, otherwise) {
  put("found", items.length ? items.map(card) : el("li", { class: "empty" }, otherwise));
}

function type(text) {
  document.getElementById("q").value = text;
  changed();
}

const quietly = (work) => work().catch((error) =>
  notice("ask", error.unreachable ? null : `That did not work: ${error.message}`, "bad"));

function changed() {
  query = document.getElementById("q").value.trim();
  clearTimeout(waiting);
  waiting = setTimeout(() => quietly(search), WAIT_MS);
}

function stirred() {
  clearTimeout(quiet);
  quiet = setTimeout(() => { basket.clear(); drawBasket(); type(""); }, FORGET_AFTER_MS);
}

document.getElementById("q").addEventListener("input", changed);
document.getElementById("form").addEventListener("submit", (event) => { event.preventDefault(); changed(); });
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, stirred);

drawBasket();
type(new URLSearchParams(location.search).get("q") ?? "");
refresh(10, async () => {
  const status = await ask("/v1/status");
  document.getElementById("name").textContent = status.name || status.store;
  document.title = `Find it at ${status.name || status.store}`;
  await Promise.all([ideas(), search()]);
});
