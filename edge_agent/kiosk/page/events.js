// Events near the store: what is known, and a form to tell of one.

import { ask, badge, el, notice, number, put, refresh, table } from "/page/shared/endcap.js";

const WHO = { store: "told here", file: "from a file", document: "from a file", centre: "from the centre", provider: "from a provider" };
const form = document.getElementById("tell");

const day = (one) => new Date(`${one.day}T12:00:00`).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const effect = (one) => one.effect === null ? "learned from past days"
  : `${one.effect > 0 ? "+" : ""}${number(100 * one.effect)} %`;

function takeBack(one) {
  if (one.source !== "store") return "";
  return el("button", { type: "button", "aria-label": `Take back ${one.name} on ${day(one)}`, onclick: () => remove(one) }, "Take back");
}

function draw(answer) {
  put("known", answer.events.length ? table(
    [["Day", ""], ["What happens", ""], ["Sales", "number"], ["Who told", ""], ["", ""]],
    answer.events.map((one) => [day(one), one.name, effect(one), badge(WHO[one.source] ?? one.source), takeBack(one)]),
    "Events near the store") : el("p", { class: "empty" }, "No event is known."));
  const names = [...new Set(answer.events.map((one) => one.name))];
  put("names", names.map((name) => el("option", { value: name })));
}

async function remove(one) {
  try {
    const answer = await fetch(`/v1/events/${one.day}?name=${encodeURIComponent(one.name)}`, { method: "DELETE" });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    notice("told", `${one.name} on ${day(one)} is taken back.`);
    draw(await ask("/v1/events"));
  } catch (error) {
    notice("told", `It could not be taken back: ${error.message}.`, "bad");
  }
}

form.addEventListener("submit", async (sent) => {
  sent.preventDefault();
  const said = new FormData(form);
  const percent = said.get("effect");
  try {
    const one = await ask("/v1/events", { day: said.get("day"), name: said.get("name"), effect: percent === "" ? null : Number(percent) / 100 });
    notice("told", `${one.name} on ${day(one)} is known now; the forecast follows within a minute.`);
    form.reset();
    draw(await ask("/v1/events"));
  } catch (error) {
    notice("told", `It could not be told: ${error.message}.`, "bad");
  }
});

refresh(30, async () => draw(await ask("/v1/events")));
