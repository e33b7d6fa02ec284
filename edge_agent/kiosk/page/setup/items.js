// Finds an item while its name is typed. A number, typed or scanned, is an item's code as it is.

import { ask, el } from "/page/shared/endcap.js";

const PAUSE_MS = 120;
const CODE = /^\d{6,14}$/;

/** What is wrong with a typed or scanned code: its last digit must follow from the others. */
export function flawOf(code) {
  if (code.length < 12) return ""; // shorter ones have more than one meaning; the store knows them
  const sum = [...code.slice(0, -1)].reverse().reduce((all, digit, at) => all + Number(digit) * (at % 2 ? 1 : 3), 0);
  const due = (10 - (sum % 10)) % 10;
  return due === Number(code.at(-1)) ? "" : `${code} cannot be right: it would end in ${due}. Type or scan it again.`;
}

/** Let `input` find items into `list`; `take(gtin, name)` is told which one was meant, `tell` what
    is wrong with what was typed, or "". */
export function findItems(input, list, take, tell) {
  let found = [];
  let at = -1;
  let asked = 0;
  let timer = null;

  function show(items) {
    [found, at] = [items, items.length ? 0 : -1];
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(items.length > 0));
    list.replaceChildren(...items.map((one, place) => el("li", { role: "option", id: `found-${place}`,
      "aria-selected": String(place === at), onclick: () => choose(place) }, one.name, " ", el("span", { class: "note" }, one.gtin))));
    mark();
  }

  function mark() {
    [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `found-${at}`);
  }

  function choose(place) {
    const one = found[place];
    show([]);
    if (one) take(one.gtin, one.name);
  }

  async function look(words) {
    const turn = (asked += 1);
    try {
      const answer = words ? await ask(`/v1/suggest?q=${encodeURIComponent(words)}&limit=8`) : { suggestions: [] };
      if (turn !== asked) return;
      show(answer.suggestions);
      tell(words && !answer.suggestions.length ? `Nothing is called ${words}; its number works too.` : "");
    } catch (error) {
      if (turn === asked) { show([]); tell(`Names cannot be looked up: ${error.message}.`); }
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const words = input.value.trim();
    if (CODE.test(words)) { asked += 1; show([]); return; }
    timer = setTimeout(() => look(words), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const words = input.value.trim();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (found.length) at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      mark();
    } else if (event.key === "Escape") show([]);
    else if (event.key === "Enter" && CODE.test(words)) {
      const flaw = flawOf(words);
      if (flaw) tell(flaw); else take(words, "");
    }
    else if (event.key === "Enter" && at >= 0) choose(at);
    else return;
    event.preventDefault();
  });
  return { clear: () => { clearTimeout(timer); asked += 1; show([]); }, offer: show };
}
