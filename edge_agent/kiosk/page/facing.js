// One facing of the store's page: what it is and was, and what a person who stands there says of it.

import { ask, badge, clock, el, notice, put, table } from "/page/shared/endcap.js";

export const KINDS = { full: "good", low: "warn", gap: "bad", unknown: "" };

const TURNS = 12;
const ANSWERS = [
  ["empty", "It is empty"],
  ["low", "It is nearly empty"],
  ["full", "It is full"],
  ["unsure", "Not sure"],
];
const REASONS = {
  hidden: "hidden for long",
  camera: "camera not believed",
  together: "half of the shelf at once",
  replanned: "planned anew",
  unsure: "not sure",
  confirmed: "confirmed",
};

const pathOf = (one) => `/v1/facings/${encodeURIComponent(one.camera)}/${encodeURIComponent(one.facing)}`;

/** What to do about a facing, in a line. */
export function advice(one) {
  if (one.state === "gap") return "Refill it; if it is not empty, say so here.";
  if (one.state === "low") return "Refill it soon: no gap yet.";
  if (one.state === "unknown") return `${one.reason}. Look at the shelf, or at the camera.`;
  return "";
}

function past(turns) {
  return table([["When", ""], ["What", ""], ["Seen by", ""]], turns.map((turn) => [
    clock(turn.since),
    [turn.state.replace("gap_unseen", "gap, out of sight"), REASONS[turn.reason]].filter(Boolean).join(", "),
    turn.frames ? `${turn.seer}, ${turn.frames} pictures` : turn.seer,
  ]), "What this facing was");
}

async function say(one, answer, buttons) {
  for (const button of buttons) button.disabled = true;
  try {
    await ask(`${pathOf(one)}/answer`, { answer });
    await draw(one);
    tell("Kept. Thank you.");
    document.querySelector("#facing form button").focus(); // what had the focus was drawn anew
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    tell(`That was not kept: ${error.message}.`);
    buttons.find((button) => button.dataset.said === answer)?.focus();
  }
}

/** Say something in the dialog: what lies behind it is neither seen nor read aloud. */
function tell(words) {
  document.getElementById("facing-said").textContent = words;
}

async function draw(place) {
  const { facing: one, turns } = await ask(`${pathOf(place)}?limit=${TURNS}`);
  const buttons = ANSWERS.map(([answer, words]) =>
    el("button", { type: "button", class: answer === "unsure" ? "plain" : "", "data-said": answer, onclick: () => say(one, answer, buttons) }, words));
  put("facing",
    el("header", {}, el("h2", { id: "facing-title" }, one.name ?? one.gtin ?? one.facing), badge(one.state, KINDS[one.state])),
    el("p", { class: "note" }, [`${one.camera} / ${one.facing}`, one.since ? `since ${clock(one.since)}` : ""].filter(Boolean).join(", ")),
    el("p", {}, advice(one)),
    el("div", { class: "answers", role: "group", "aria-label": "What do you see?" }, buttons),
    el("p", { id: "facing-said", role: "status" }),
    turns.length ? past(turns) : el("p", { class: "empty" }, "Nothing was seen of it yet."),
    el("form", { method: "dialog" }, el("button", { class: "plain" }, "Close")));
}

/** Show one facing on top of the page. */
export async function openFacing(place) {
  const dialog = document.getElementById("facing");
  try {
    await draw(place);
    if (!dialog.open) dialog.showModal();
  } catch (error) {
    notice("facing", error.message, "bad");
  }
}
