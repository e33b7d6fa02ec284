// What happens while nobody types: the store changes (server-sent events), and shoppers walk away.

import { answered, isSilent, unanswered } from "./asking.js";

const TOPICS = ["shelves", "stock", "prices", "models", "media", "health"];
const SETTLE_MS = 250;
const AGAIN_MS = 4000;
const LOOK_ANYWAY_MS = 60_000;

/** Call `changed(topics, gtins)` soon after the store changed; both null: look at everything. */
export function listen(changed) {
  let topics = new Set();
  let gtins = new Set();
  let settling = 0;
  const tell = () => {
    settling = 0;
    changed(topics, gtins && [...gtins]);
    [topics, gtins] = [new Set(), new Set()];
  };
  const note = (topic, named) => {
    topics = topic === null || topics === null ? null : topics.add(topic);
    gtins = named === null || gtins === null ? null : new Set([...gtins, ...named]);
    settling ||= setTimeout(tell, SETTLE_MS);
  };
  const connect = () => {
    const stream = new EventSource("/v1/updates");
    stream.addEventListener("open", answered);
    stream.addEventListener("reset", () => note(null, null));
    for (const topic of TOPICS) stream.addEventListener(topic, (event) => note(topic, JSON.parse(event.data).gtins));
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) { stream.close(); setTimeout(connect, AGAIN_MS); }
      knock();
    });
  };
  connect();
  setInterval(() => note(null, null), LOOK_ANYWAY_MS);
  setInterval(() => { if (isSilent()) knock(); }, AGAIN_MS);
}

/** Find out whether the kiosk is there at all: a stream may end for other reasons. */
async function knock() {
  try {
    const answer = await fetch("/v1/health/live", { signal: AbortSignal.timeout(3000) });
    if (answer.ok) answered();
  } catch {
    unanswered();
  }
}

/** Ask whether somebody is there after `idle` seconds of silence; call `gone` when nobody answers.
    `busy` tells whether there is anything to forget at all. */
export function watchIdle(idle, busy, ask, gone) {
  let since = Date.now();
  let asking = false;
  const patience = Math.min(20, idle);
  const stirred = () => { since = Date.now(); if (asking) { asking = false; ask(null); } };
  for (const kind of ["pointerdown", "keydown", "wheel"]) document.addEventListener(kind, stirred, { passive: true });
  setInterval(() => {
    const quiet = (Date.now() - since) / 1000;
    if (!busy() || quiet < idle) return;
    const left = Math.ceil(idle + patience - quiet);
    asking = left > 0;
    ask(asking ? left : null);
    if (!asking) { since = Date.now(); gone(); }
  }, 500);
}
