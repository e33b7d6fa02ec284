// What the pages of both faces share: asking, drawing, refreshing. Text is only ever set as text,
// so that no name of an item or a camera can become markup.

const SVG = "http://www.w3.org/2000/svg";
const GIVE_UP_MS = 8000;

/** Make an element: `el("td", {class: "number"}, "12")`. Children are elements or text. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Put `children` in the place of what `id` holds. */
export function put(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat().filter(Boolean));
}

/** Ask the server; give up after `patience` ms. Throws an Error whose message a person can read; it
    has the `status` and the problem's `code` that were answered, or is `unreachable`. */
export async function ask(path, body, method = body === undefined ? "GET" : "POST", patience = GIVE_UP_MS) {
  const request = body === undefined ? { method } : {
    method, body: JSON.stringify(body), headers: { "content-type": "application/json" },
  };
  let answer;
  try {
    answer = await fetch(path, { ...request, signal: AbortSignal.timeout(patience) });
  } catch {
    throw Object.assign(new Error("no answer; see whether the system is on, and try again"), { unreachable: true });
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const why = [said.detail || `status ${answer.status}`, said.hint].filter(Boolean).join("; ");
    throw Object.assign(new Error(why), { status: answer.status, code: said.type?.split(":").pop() });
  }
  return said;
}

/** Run `work` now and every `seconds`; tell when it begins to fail, and when it is well again. */
export function refresh(seconds, work) {
  let last = null;
  const round = async () => {
    try {
      await work();
      last = new Date();
      notice("reach", null);
    } catch (error) {
      const from = last ? `What you see is from ${clock(last)}.` : "Nothing could be shown yet.";
      const why = error.unreachable ? "The system does not answer." : `Something is wrong: ${error.message}.`;
      notice("reach", `${why} ${from} Trying again.`, "bad");
    }
    setTimeout(round, seconds * 1000);
  };
  round();
}

/** Show or take back a line below the header. */
export function notice(id, text, kind = "") {
  const place = document.getElementById("notices");
  let line = document.getElementById(`notice-${id}`);
  if (!text) { line?.remove(); return; }
  if (!line) { line = el("p", { id: `notice-${id}` }); place.append(line); }
  line.className = `notice ${kind}`;
  if (line.textContent !== text) line.textContent = text;
}

/** A small coloured label: good, warn, bad, or nothing. */
export const badge = (text, kind = "") => el("span", { class: `badge ${kind}` }, text);

/** One large number and what it counts. */
export const figure = (value, label, kind = "") =>
  el("div", { class: `figure ${kind}` }, el("b", {}, String(value)), el("span", {}, label));

/** A table: columns are [title, class] pairs, rows are lists of cells. */
export function table(columns, rows, caption) {
  const head = columns.map(([title, kind]) => el("th", { scope: "col", class: kind }, title));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, at) => el("td", { class: columns[at][1] }, cell ?? "–"))));
  return el("div", { class: "scroll" }, el("table", {}, el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** A moment as a clock shows it, with the day when it is not today's. */
export function clock(moment) {
  const at = new Date(moment);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  return at.toDateString() === new Date().toDateString()
    ? time : `${at.toLocaleDateString([], { day: "numeric", month: "short" })} ${time}`;
}

/** A length of time in words: "3 min", "2 h 5 min", "4 days". */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "unknown";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 60 * 36) return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
  return `${Math.round(minutes / 1440)} days`;
}

/** A number with at most `digits` decimals; a dash where it is not known. */
export const number = (value, digits = 0) => value === null || value === undefined
  ? "–" : value.toLocaleString("en", { maximumFractionDigits: digits });

/** A price, in the store's currency when it has one. */
export const money = (value, currency) => value === null || value === undefined ? "" :
  currency ? value.toLocaleString([], { style: "currency", currency }) :
    value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
