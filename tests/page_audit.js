// What is wrong with the page that is open; tests/page_audit.py asks it.
(() => {
  const wrong = [];
  const top = document.querySelector("dialog[open]") ?? document.body;
  const shown = (one) => one.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    && !one.closest(".unseen, .skip") && one.getClientRects().length > 0;
  const text = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
  const name = (one) => (one.getAttribute("aria-label") || text(one.getAttribute("aria-labelledby") ?? "")
    || [...(one.labels ?? [])].map((label) => label.textContent).join(" ") || one.getAttribute("alt") || one.textContent).trim();
  const tell = (one, what) => wrong.push(`${one.tagName.toLowerCase()}${one.id ? "#" + one.id : ""}.${one.className}: ${what}`);

  for (const one of top.querySelectorAll("button, a, input, select, [role=option], dialog, section, aside, search, nav")) {
    if (shown(one) && !name(one)) tell(one, "has no name");
  }
  for (const one of top.querySelectorAll("button, a, input:not([type=checkbox]), [role=option]")) {
    if (!shown(one)) continue;
    const box = one.matches(".item .name") ? one.closest(".item").getBoundingClientRect() : one.getBoundingClientRect();
    const least = 47.5;
    if (box.height < least || box.width < least && !one.matches("a, .lines .name")) tell(one, `is ${Math.round(box.width)} x ${Math.round(box.height)} px`);
  }
  for (const one of document.querySelectorAll("[aria-controls], [aria-labelledby], [aria-describedby], [aria-activedescendant], label[for]")) {
    for (const said of ["aria-controls", "aria-labelledby", "aria-describedby", "aria-activedescendant", "for"]) {
      for (const id of (one.getAttribute(said) ?? "").split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id) && !one.matches("dialog:not([open]), [hidden]")) tell(one, `${said} names ${id}, which is not there`);
      }
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) wrong.push(`the id ${id} is there twice`);
  for (const image of document.querySelectorAll("img")) if (!image.hasAttribute("alt")) tell(image, "has no alt");
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) => shown(one) && !one.closest("dialog")).map((one) => Number(one.tagName[1]));
  if (levels.filter((one) => one === 1).length !== 1) wrong.push(`there are ${levels.filter((one) => one === 1).length} h1`);
  levels.forEach((one, at) => { if (at && one > levels[at - 1] + 1) wrong.push(`a heading jumps from ${levels[at - 1]} to ${one}`); });
  if (!document.documentElement.lang) wrong.push("the page has no language");
  if (!document.querySelector("main")) wrong.push("there is no main landmark");
  if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push(`the page is ${document.documentElement.scrollWidth} px wide on ${innerWidth}`);

  const parts = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (front, back) => ({ r: front.r * front.a + back.r * (1 - front.a), g: front.g * front.a + back.g * (1 - front.a), b: front.b * front.a + back.b * (1 - front.a), a: 1 });
  const ground = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) {
      const colour = parts(getComputedStyle(at).backgroundColor);
      if (colour.a > 0) layers.push(colour);
      if (colour.a === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => [r, g, b].map((one) => one / 255).map((one) => one <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [.2126, .7152, .0722][at], 0);
  const walker = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(one) || one.closest("noscript, [disabled]")) continue;
    const style = getComputedStyle(one);
    const back = ground(one);
    const [a, b] = [light(over(parts(style.color), back)), light(back)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    if (ratio < (large ? 3 : 4.5)) tell(one, `contrast ${ratio.toFixed(2)}: ${walker.currentNode.textContent.trim().slice(0, 30)}`);
  }
  return [...new Set(wrong)];
})()
