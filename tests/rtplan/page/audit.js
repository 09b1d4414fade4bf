// What WCAG 2.2 AA asks of these pages and a machine can see: names, labels, order of headings, contrast.
function audit() {
  const wrong = [];
  const shown = (node) => node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const name = (node) =>
    (node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent || node.title || "").trim();
  const what = (node) => node.outerHTML.slice(0, 90);

  if (!document.documentElement.lang) wrong.push("the page says no language");
  if (!document.title.trim()) wrong.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) wrong.push("not exactly one main part");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not exactly one first heading");
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const here = Number(heading.tagName[1]);
    if (here > level + 1) wrong.push(`a heading jumps from ${level} to ${here}: ${what(heading)}`);
    level = here;
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids.filter((one, place) => ids.indexOf(one) !== place)) wrong.push(`two things have the id ${id}`);
  for (const node of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (shown(node) && !name(node)) wrong.push(`no name: ${what(node)}`);
    if (node.tabIndex > 0) wrong.push(`an order of its own: ${what(node)}`);
  }
  for (const node of document.querySelectorAll("img:not([alt])")) wrong.push(`no words for a picture: ${what(node)}`);
  for (const node of document.querySelectorAll("svg")) {
    if (shown(node) && !node.closest("[aria-hidden=true]") && !node.getAttribute("aria-label") && !node.querySelector("title")) {
      wrong.push(`no words for a drawing: ${what(node)}`);
    }
  }
  for (const node of document.querySelectorAll("table")) {
    if (shown(node) && !node.querySelector("th[scope]")) wrong.push(`a table without headings: ${what(node)}`);
  }

  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const brightness = ([r, g, b]) =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const colour = (text) => {
    const parts = (text.match(/[\d.]+/g) || []).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const behind = (node) => {
    for (let here = node; here; here = here.parentElement) {
      const found = colour(getComputedStyle(here).backgroundColor);
      if (found.alpha === 1) return found.rgb;
    }
    return [255, 255, 255];
  };
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !shown(node) || node.closest(".skip, svg, option, script, noscript, [aria-hidden=true]")) continue;
    const style = getComputedStyle(node);
    const [light, dark] = [brightness(colour(style.color).rgb), brightness(behind(node))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${what(node)}`);
  }
  return wrong;
}
