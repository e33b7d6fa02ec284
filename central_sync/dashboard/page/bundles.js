// The reports that stores brought: a list, each a file to download. What is in them is never shown.

import { ask, clock, el, number, put, table } from "/page/shared/endcap.js";

export async function drawBundles() {
  const { bundles } = await ask("/v1/bundles?limit=10");
  put("bundles", bundles.length ? table([["Store", ""], ["Came", ""], ["Bytes", "number"], ["", ""]],
    bundles.map((one) => [el("b", {}, one.store), clock(one.received), number(one.size),
      el("a", { href: `/v1/stores/${encodeURIComponent(one.store)}/bundles/${one.counter}`, download: "" }, "download")]),
    "The last reports of stores") : el("p", { class: "empty" }, "No store was asked for a report."));
}
