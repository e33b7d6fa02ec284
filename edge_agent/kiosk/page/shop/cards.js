// Draws items: what each costs, whether it is there, and the buttons to look at it and to take it.

import { el } from "/page/shared/endcap.js";
import { knows, money, percent, say } from "./words.js";
import { visit } from "./visit.js";

const STATES = { "on shelf": ["state-here", "good"], "unknown": ["state-unknown", "open"], "no facing": ["state-nowhere", "open"] };

/** Tell whether an item is known to be gone: its shelf is empty, or its stock was counted out. */
export const isGone = (item) => item.shelf === "gap" || (item.stock !== null && item.stock <= 0);

/** What an item costs now; null where that is not known. */
export const priceOf = (item) => item.price === null ? null : item.price * (1 - (item.promotion?.discount ?? 0));

/** Whether an item is there, in words that never claim more than is known. */
export function stateOf(item) {
  const [words, kind] = isGone(item) ? ["state-gone", "bad"] : STATES[item.shelf];
  return el("span", { class: `state ${kind}` }, say(words));
}

/** The price, with what it was before. */
export function priceTag(item, kind = "") {
  if (item.price === null) return el("span", { class: "note" }, say("no-price"));
  const was = item.promotion?.discount > 0
    ? el("s", {}, el("span", { class: "unseen" }, `${say("offer", { share: percent(item.promotion.discount) })}; `), money(item.price, item.currency)) : null;
  return el("span", { class: `price ${kind}` }, was, money(priceOf(item), item.currency));
}

/** What is worth saying of an item in a line: brand and size, or where it belongs. */
export const about = (item) => [item.brand, item.size].filter(Boolean).join(" · ") || item.category || item.department;

/** The button that puts an item into the basket, or takes it out. */
export function putButton(item, toggle) {
  const chosen = visit.basket.has(item.gtin);
  const label = say(chosen ? "take-out" : "add-one", { name: item.name });
  return el("button", { class: "put", type: "button", "aria-pressed": String(chosen), "aria-label": label, onclick: () => toggle(item) },
    chosen ? `✓ ${say("added")}` : say("add"));
}

const nameButton = (item, open) => el("button", { class: "name", type: "button", onclick: () => open(item) }, item.name);

/** An item among others. */
export function card(item, { open, toggle }, reasons = []) {
  return el("li", { class: isGone(item) ? "item gone" : "item", "data-gtin": item.gtin },
    el("h3", {}, nameButton(item, open)),
    el("span", { class: "note" }, about(item)),
    reasons.length ? el("span", { class: "why" }, reasons.join(" · ")) : null,
    stateOf(item),
    el("div", { class: "foot" }, priceTag(item), putButton(item, toggle)));
}

/** An item in a list beside: a line, with one button. */
export function line(item, { open, toggle }, reasons = []) {
  const chosen = visit.basket.has(item.gtin);
  const label = say(chosen ? "take-out" : "add-one", { name: item.name });
  const price = priceOf(item);
  return el("li", { "data-gtin": item.gtin },
    el("span", { class: "what" }, nameButton(item, open), reasons.length ? el("span", { class: "why" }, reasons.join(" · ")) : null,
      chosen && isGone(item) ? stateOf(item) : null),
    el("span", { class: "cost" }, price === null ? "–" : money(price, item.currency)),
    el("button", { type: "button", class: "quiet", "aria-label": label, onclick: () => toggle(item) }, chosen ? "×" : "+"));
}

const REASONS = 1; // the first is the strongest, and more of them are read by nobody

/** Why an item is offered, in the reader's language where there are words for it. */
export function reasonWords(offer, nameOf) {
  return offer.reasons.slice(0, REASONS).map(({ code, text }) => {
    const name = code === "instead-of" ? nameOf(offer.instead_of) : null;
    const key = code === "instead-of" && !name ? "why-instead-of-any" : `why-${code}`;
    return knows(key) ? say(key, { name }) : text;
  });
}

const faces = new WeakMap();

/** Put `children` into the place of what `id` holds, unless `face` says that they look the same.
    Whoever stood on a button of an item stands on the same button again. */
export function renew(id, face, children) {
  const list = document.getElementById(id);
  const now = JSON.stringify([document.documentElement.lang, face]);
  if (faces.get(list) === now) return false;
  faces.set(list, now);
  const at = list.contains(document.activeElement) ? document.activeElement : null;
  const key = at?.closest("[data-gtin]")?.dataset.gtin;
  const kind = at?.classList[0];
  list.replaceChildren(...[children()].flat(2).filter(Boolean));
  if (at) (key && list.querySelector(`[data-gtin="${key}"] ${kind ? `.${kind}` : "button"}`) || list.querySelector("button"))?.focus();
  return true;
}
