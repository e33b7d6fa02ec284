// One product, large: price, place, stock and how old that is, the next delivery, and what to take instead.

import { el } from "/page/shared/endcap.js";
import { ask, quietly, report } from "./asking.js";
import { about, isGone, line, priceTag, putButton, reasonWords, renew, stateOf } from "./cards.js";
import { ago, day, number, percent, say, time } from "./words.js";
import { shownIn } from "./visit.js";

const sheet = document.getElementById("sheet");
const SIDES = { left: "left", middle: "centre", right: "right" };
let acts = {};
let gtin = null;
let last = null;

/** Begin; `actions` are toggle(item) and question(body). */
export function beginSheet(actions) {
  acts = actions;
  sheet.addEventListener("close", () => { gtin = null; });
  sheet.addEventListener("click", (event) => { if (event.target === sheet) sheet.close(); });
}

/** Show an item; what is not known yet comes when it is. */
export async function openSheet(wanted) {
  gtin = wanted;
  last = null;
  await lookAtSheet();
  if (!sheet.open && last) sheet.showModal();
}

/** Tell whether the sheet shows one of `gtins`, or what stands in for it. */
export const sheetShows = (gtins) => gtin !== null && (gtins === null || gtins.includes(gtin) || (last?.gtins ?? []).some((one) => gtins.includes(one)));

/** Ask again for what the sheet shows. */
export const lookAtSheet = () => quietly(async () => {
  const mine = gtin;
  if (mine === null) return;
  const [told, offers] = await Promise.all([
    ask(`/v1/products/${mine}`), ask("/v1/recommendations", acts.question({ basket: [mine], limit: 3 })).catch(() => null)]);
  if (mine !== gtin) return;
  last = { told, offers, gtins: [...told.substitutes, ...(offers?.items ?? []).map((one) => one.item)].map((item) => item.gtin) };
  shownIn(offers?.answer, (offers?.items ?? []).map(({ item }) => item.gtin));
  draw();
});

/** Draw the sheet anew, because the basket or the language changed. */
export function draw() {
  if (!last || gtin === null) return;
  renew("sheet", [last, acts.chosen()], () => el("div", { class: "inner" }, parts(last)));
}

function parts({ told, offers }) {
  const { item } = told;
  const promotion = item.promotion
    ? el("p", {}, el("b", {}, say("offer", { share: percent(item.promotion.discount) })), item.promotion.until ? ` ${say("until", { day: day(item.promotion.until) })}` : "") : null;
  return [
    el("div", { class: "head", "data-gtin": item.gtin },
      el("div", {}, el("h2", { id: "sheet-title" }, item.name), el("p", { class: "note" }, about(item))),
      el("button", { class: "quiet close", type: "button", "aria-label": say("close"), onclick: () => sheet.close() }, "×")),
    el("div", { class: "head", "data-gtin": item.gtin }, el("div", {}, priceTag(item, "big"), promotion), putButton(item, acts.toggle)),
    el("dl", { class: "facts" },
      el("dt", {}, say("where")), el("dd", {}, stateOf(item), placeLines(told.places)),
      el("dt", {}, say("stock")), el("dd", {}, item.stock === null ? say("no-stock") : say("counted", { n: number(Math.max(0, item.stock)), ago: ago(told.stock_age_s ?? 0) })),
      el("dt", {}, say("next")), el("dd", {}, told.delivery ? say("due", { day: day(told.delivery.day), n: number(told.delivery.units) }) : say("no-due"))),
    told.substitutes.length ? part(isGone(item) ? "instead" : "like-it", told.substitutes.map((one) => line(one, going()))) : null,
    offers?.items.length ? part("goes-with", offers.items.map((one) => line(one.item, going(), reasonWords(one, () => item.name)))) : null,
    el("p", { class: "note" }, say("as-of", { time: time(told.at) })),
  ];
}

const going = () => ({ open: (item) => { report(item.gtin, "tapped"); openSheet(item.gtin); }, toggle: (item) => { report(item.gtin, "tapped"); acts.toggle(item); } });

const part = (title, lines) => el("section", {}, el("h3", {}, say(title)), el("ul", { class: "lines" }, lines));

function placeLines(places) {
  if (!places.length) return el("span", {}, say("no-place"));
  return places.map((one) => {
    const aisle = one.aisle.replace(/^Aisle (\S+)$/, (_, n) => say("aisle", { n }));
    const where = say("place", { aisle, height: say(one.height), side: say(SIDES[one.side]) });
    return el("span", {}, `${where}: ${say(`place-${one.state}`, { ago: ago(one.age_s ?? 0) })}`);
  });
}
