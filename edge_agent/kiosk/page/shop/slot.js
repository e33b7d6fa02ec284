// The place for an offer of the store, or of who pays for it, and then it says so. Each time it is
// asked for counts as one showing, so it is asked when there is something new to fit it to, not by the clock.

import { el } from "/page/shared/endcap.js";
import { ask, report } from "./asking.js";
import { line, renew } from "./cards.js";
import { say } from "./words.js";

const PLACE = "kiosk.home";
const REST_MS = 15_000;
const panel = document.getElementById("slot");
let acts = {};
let last = null;
let asked = -REST_MS;

/** Begin; `actions` are open(item), toggle(item) and question(body). */
export function beginSlot(actions) { acts = actions; }

/** Tell whether the place shows one of `gtins`; null means any. */
export const slotShows = (gtins) => last !== null && (gtins === null || gtins.includes(last.item.gtin));

/** Ask what to show, unless that was just asked; `now` asks all the same. */
export async function fillSlot(now = false) {
  if (document.hidden || (!now && performance.now() - asked < REST_MS)) return;
  asked = performance.now();
  try {
    const { places } = await ask("/v1/media/slot", acts.question({ slot: PLACE, basket: acts.chosen().slice(-100) }));
    last = places[0] ?? null;
  } catch (error) {
    if (error.unreachable) return; // what is there stays
    last = null; // a store without media shows none
  }
  drawSlot();
}

/** Show nothing any more: what is shown may be gone, or its shopper is. */
export function emptySlot() {
  last = null;
  asked = -REST_MS;
  drawSlot();
}

export function drawSlot() {
  panel.hidden = last === null;
  if (last === null) return;
  const { item, sponsored, advertiser, headline, text, play } = last;
  const told = () => { if (play) report(item.gtin, "tapped", play); };
  const deeds = { open: (one) => { told(); acts.open(one); }, toggle: (one) => { told(); acts.toggle(one); } };
  panel.classList.toggle("ad", sponsored);
  renew("slot", [last, acts.chosen().includes(item.gtin)], () => [
    el("span", { id: "slot-label", class: "label" }, sponsored ? [say("ad"), advertiser].filter(Boolean).join(": ") : say("ours")),
    headline ? el("h2", {}, headline) : null,
    text ? el("p", { class: "note" }, text) : null,
    el("ul", { class: "lines" }, line(item, deeds))]);
}
