/** Line-drawn icons on a grid of 24. */

const NAMESPACE = "http://www.w3.org/2000/svg";

/** @satisfies {Record<string, string>} */
const PATHS = {
  alert: "M12 8v5m0 3.2v.1M10.3 4 2.6 17.4A2 2 0 0 0 4.3 20.4h15.4a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z",
  app: "M5 4h6v6H5zM13 4h6v6h-6zM5 14h6v6H5zM13 14h6v6h-6z",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chevron: "M9 5l7 7-7 7",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  close: "M6 6l12 12M18 6L6 18",
  codes: "M4 6h16M4 12h16M4 18h10",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  download: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14",
  info: "M12 11v5.5M12 7.6v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  key: "M14.5 9.5m-5 0a5 5 0 1 0 10 0 5 5 0 1 0-10 0M11 13l-7 7m3-3l2.5 2.5",
  laptop: "M5 5h14v10H5zM2.5 19h19",
  mail: "M3.5 5.5h17v13h-17zM4 6l8 7 8-7",
  menu: "M12 5.5v.1M12 12v.1M12 18.5v.1",
  passkey: "M9.5 11a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM3 20c0-4 2.8-6.4 6.5-6.4 1.2 0 2.3.2 3.2.7M17.5 15.5a2.7 2.7 0 1 0-1.2 0V21l1.4-1.3-.9-1.2.9-1.2",
  phone: "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3ZM11 18h2",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  shield: "M12 3l7.5 3v5.5c0 4.6-3.1 8-7.5 9.5-4.4-1.5-7.5-4.9-7.5-9.5V6z",
  sms: "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5",
  tablet: "M5.5 3h13v18h-13zM11 18h2",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.6-6 7.5-6s6.900 2 7.500 6",
  wifi: "M3 3l18 18M5 12.500a10 10 0 0 1 4-2.400m6 .3a10 10 0 0 1 4 2.100M8.500 16a5 5 0 0 1 7 0M12 19.500v.1",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * @param {IconName} name
 * @param {number} [size]
 */
export function icon(name, size = 20) {
  const svg = drawn(PATHS[name], size);
  if (name === "back" || name === "chevron") svg.classList.add("flips");
  return svg;
}

/**
 * An icon of one line that is drawn elsewhere, on the same grid.
 *
 * @param {string} d
 * @param {number} [size]
 */
export function drawn(d, size = 20) {
  const svg = drawing("0 0 24 24", size);
  svg.append(path(d));
  return svg;
}

/**
 * @param {string} box
 * @param {number} size
 */
function drawing(box, size) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  const attributes = {
    viewBox: box,
    width: String(size),
    height: String(size),
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.75",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  return svg;
}

/** @param {string} d */
function path(d) {
  const line = document.createElementNS(NAMESPACE, "path");
  line.setAttribute("d", d);
  return line;
}

/** The check that is drawn once: something has worked. */
export function drawnCheck() {
  const svg = drawing("0 0 48 48", 72);
  svg.classList.add("drawn");
  const circle = document.createElementNS(NAMESPACE, "circle");
  for (const [name, value] of [["cx", "24"], ["cy", "24"], ["r", "24"]]) circle.setAttribute(name ?? "", value ?? "");
  svg.append(circle, path("M14 25l7 7 14-15"));
  return svg;
}

/** The mark of a product that has no logo of its own: a lamp and its light. */
export function mark() {
  const svg = drawing("7 2 18 26", 32);
  svg.classList.add("logo");
  svg.append(path("M10 13a6 6 0 0 1 12 0l2 5H8zM16 18v8M11 27h10M16 3v1.500"));
  return svg;
}
