// Signs this browser in: with a key that is typed once, or with what a link holds behind its #,
// which no server, log or referrer ever gets to see.
import { ask, notice } from "/page/shared/endcap.js";

async function enter(key) {
  try {
    await ask("/v1/session", { key });
    const to = new URLSearchParams(location.search).get("to") || "/";
    location.replace(/^\/[a-z-]*$/.test(to) ? to : "/"); // never to somewhere else
  } catch (error) {
    notice("enter", `Not signed in: ${error.message}.`, "bad");
  }
}

document.getElementById("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(new FormData(event.target).get("key"));
});

if (location.hash.length > 1) {
  const key = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  enter(key);
}
