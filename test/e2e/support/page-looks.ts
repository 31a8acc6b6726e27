/** Questions to a page in a browser, as text that runs in it: what is seen, and whether it can be told from what is behind. */

/** Texts, edges and signs without enough contrast (WCAG 2.2, 1.4.3 and 1.4.11), a line each. */
export const lowContrast = `(() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = ([red, green, blue, alpha], below) =>
    [red, green, blue].map((value, at) => value * alpha + below[at] * (1 - alpha));
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const told = [];
  const want = (least, colour, element, what, opacity = 1) => {
    const below = behind(element);
    const [red, green, blue, alpha] = rgba(colour);
    const ratio = contrast(over([red, green, blue, alpha * opacity], below), below);
    if (ratio < least) told.push(what + ": " + ratio.toFixed(2) + ", wanted " + least);
  };
  const isOff = (element) => element.closest(":disabled, [aria-disabled=true]") !== null;
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || isOff(element)) continue;
    const style = getComputedStyle(element);
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join(" ");
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (own.trim() !== "" && element.closest("svg") === null)
      want(isLarge ? 3 : 4.5, style.color, element, JSON.stringify(own.trim().slice(0, 40)));
    if (element.matches("input, select, .total, .tools button, .pages button"))
      want(3, style.borderTopColor, element.parentElement, "edge of " + element.tagName + " " + element.className);
    if (element.matches("svg.mark, rect")) want(3, style.fill, element.parentElement, element.tagName + " " + element.className.baseVal);
    for (const pseudo of ["::before", "::after"]) {
      const sign = getComputedStyle(element, pseudo);
      if (!["none", "normal"].includes(sign.content))
        want(sign.content.includes(":") ? 4.5 : 3, sign.color, element, pseudo + " " + sign.content, Number(sign.opacity));
    }
  }
  return [...new Set(told)];
})()`;

/** The element that has the focus: what it is, and whether its frame is seen once the page has scrolled there. */
export const focused = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const at = (x, y) => element.contains(document.elementFromPoint(x, y)) || document.elementFromPoint(x, y)?.contains(element);
  return {
    place: [...document.querySelectorAll("a[href], button, input, select")].indexOf(element),
    name: element.id || element.textContent.trim(),
    hasFrame: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    isSeen: box.width > 4 && box.height > 4 && box.left >= 0 && box.right <= innerWidth + 1 && box.top >= 0 && box.bottom <= innerHeight &&
      at(box.left + box.width / 2, box.top + box.height / 2) === true,
  };
})`;

/** How many elements can have the focus. */
export const focusable = `[...document.querySelectorAll("a[href], button, input, select")].filter((element) => !element.disabled && element.checkVisibility()).length`;

/** Elements that are wider than their place, or stick out of the page. */
export const cutOff = `[...document.querySelectorAll("body *")].filter((element) => {
  if (!element.checkVisibility() || element.closest("svg, .aside, .skip") !== null) return false;
  const box = element.getBoundingClientRect();
  return box.right > document.documentElement.clientWidth + 1 || box.left < -1 ||
    (getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1);
}).map((element) => element.outerHTML.slice(0, 120))`;
