// The map: drawn anew in px of the screen at each zoom, so that marks keep their size.

const MAP = DATA.map;
const SITE = { middle: [0, 0], pxPerM: 1, fitPxPerM: 1, width: 0, height: 0, spots: [], pointers: new Map() };
const BORDER_PX = 34;
const MAX_PX_PER_M = 2000;
const TOUCH_PX = 16;
// Marks nearer to one another than this are one place to a finger.
const SAME_PX = 4;
const MAX_LISTED = 24;
// Large marks to tell apart and to hit; small ones where there are more than that on the screen.
const MARK_PX = 7;
const CROWD_PX = 3;
const CROWD = 1500;
const MARKS = {
  crack: (r) => `m0-${r}l${r} ${r}l-${r} ${r}l-${r}-${r}z`,
  review: (r) => `m0-${r}l${r} ${1.7 * r}h-${2 * r}z`,
  "not-inspected": (r) => `m-${0.7 * r}-${0.7 * r}l${1.4 * r} ${1.4 * r}m0-${1.4 * r}l-${1.4 * r} ${1.4 * r}`,
  clear: (r) => {
    const half = `a${0.6 * r} ${0.6 * r} 0 1 0`;
    return `m-${0.6 * r} 0${half} ${1.2 * r} 0${half}-${1.2 * r} 0z`;
  },
};

function cssOf(triage) {
  return TRIAGES[triage].replace(" ", "-");
}

// Where a row lies, metres east and south: of the finding itself, or else of its camera.
function spotOf(row) {
  return (row.finding >= 0 && MAP.findings[row.finding]) || MAP.photos[row.photo];
}

function corners(photo) {
  const flat = MAP.footprints[photo] || [];
  const pairs = [];
  for (let at = 0; at < flat.length; at += 2) pairs.push([flat[at], flat[at + 1]]);
  return pairs;
}

function fitMap() {
  const xs = [];
  const ys = [];
  const add = ([x, y]) => { xs.push(x); ys.push(y); };
  [...MAP.photos, ...MAP.findings].filter(Boolean).forEach(add);
  MAP.footprints.forEach((_, photo) => corners(photo).forEach(add));
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  // A single place is shown with some metres around it.
  const spanX = Math.max(most(xs) - least(xs), 10);
  const spanY = Math.max(most(ys) - least(ys), 10);
  SITE.middle = [(least(xs) + most(xs)) / 2, (least(ys) + most(ys)) / 2];
  SITE.pxPerM = Math.min(
    (SITE.width - 2 * BORDER_PX) / spanX, (SITE.height - 2 * BORDER_PX) / spanY,
  );
  SITE.fitPxPerM = SITE.pxPerM;
}

function toScreen([x, y]) {
  return [
    (x - SITE.middle[0]) * SITE.pxPerM + SITE.width / 2,
    (y - SITE.middle[1]) * SITE.pxPerM + SITE.height / 2,
  ];
}

function isOnScreen([x, y]) {
  return x > -20 && y > -20 && x < SITE.width + 20 && y < SITE.height + 20;
}

function point([x, y]) {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}

function zoomMap(factor, at = [SITE.width / 2, SITE.height / 2]) {
  const before = SITE.pxPerM;
  SITE.pxPerM = Math.min(Math.max(before * factor, SITE.fitPxPerM / 2), MAX_PX_PER_M);
  const share = 1 / before - 1 / SITE.pxPerM;
  SITE.middle[0] += (at[0] - SITE.width / 2) * share;
  SITE.middle[1] += (at[1] - SITE.height / 2) * share;
  drawMap();
}

function moveMap(dx, dy) {
  SITE.middle[0] -= dx / SITE.pxPerM;
  SITE.middle[1] -= dy / SITE.pxPerM;
  drawMap();
}

function drawMap() {
  SITE.spots = TABLE.shown.flatMap((row) => {
    const spot = spotOf(row);
    return spot ? [{ row, at: toScreen(spot) }] : [];
  });
  const shown = new Set(TABLE.shown.map((row) => row.photo));
  const seen = SITE.spots.filter(({ at }) => isOnScreen(at));
  const isCrowd = seen.length > CROWD;
  byId("map").classList.toggle("crowd", isCrowd);
  byId("map").replaceChildren(
    draw("path", { class: "all-footprints", d: footprintPath(() => true) }),
    draw("path", { class: "footprints", d: footprintPath((photo) => shown.has(photo)) }),
    draw("path", { class: "wedges", d: isCrowd ? "" : wedgePath(shown) }),
    draw("path", { class: "cameras", d: isCrowd ? "" : cameraPath(shown) }),
    ...markPaths(seen, isCrowd ? CROWD_PX : MARK_PX),
    ...scaleBar(),
    ...northArrow(),
  );
  byId("map").classList.toggle("zoomed", SITE.pxPerM > SITE.fitPxPerM * 1.01);
  byId("here").replaceChildren();
  byId("map-words").textContent =
    `${figure(SITE.spots.length)} of the ${figure(TABLE.shown.length)} rows shown above are on the map. ` +
    "Select a mark to open it.";
}

function footprintPath(isWanted) {
  const rings = MAP.footprints.map((_, photo) => (isWanted(photo) ? corners(photo).map(toScreen) : []));
  return rings.filter((ring) => ring.some(isOnScreen) || crossesScreen(ring))
    .map((ring) => `M${ring.map(point).join("L")}z`).join("");
}

function crossesScreen(ring) {
  if (!ring.length) return false;
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  return Math.min(...xs) < SITE.width && Math.max(...xs) > 0 &&
    Math.min(...ys) < SITE.height && Math.max(...ys) > 0;
}

// Where a camera looks: a piece of a pie of 50 degrees.
function wedgePath(shown) {
  return [...shown].map((photo) => {
    const direction = MAP.directions[photo];
    if (direction === null || !MAP.photos[photo]) return "";
    const from = toScreen(MAP.photos[photo]);
    if (!isOnScreen(from)) return "";
    const [a, b] = [direction - 25, direction + 25].map((degrees) => {
      const turn = (degrees * Math.PI) / 180;
      return [from[0] + 26 * Math.sin(turn), from[1] - 26 * Math.cos(turn)];
    });
    return `M${point(from)}L${point(a)}A26 26 0 0 1 ${point(b)}z`;
  }).join("");
}

// Cameras whose findings have marks of their own.
function cameraPath(shown) {
  const apart = new Set(TABLE.shown.filter(
    (row) => row.finding >= 0 && MAP.findings[row.finding] && MAP.photos[row.photo],
  ).map((row) => row.photo));
  return [...shown].filter((photo) => apart.has(photo)).map((photo) => toScreen(MAP.photos[photo]))
    .filter(isOnScreen).map((at) => `M${point(at)}m-2.5 0h5m-2.5-2.5v5`).join("");
}

// The most urgent on top.
function markPaths(seen, size) {
  const marks = TRIAGES.map((_, triage) => MARKS[cssOf(triage)](size));
  const paths = TRIAGES.map(() => new Set());
  seen.forEach(({ row, at }) => paths[row.triage].add(`M${point(at)}${marks[row.triage]}`));
  return paths.map(
    (parts, triage) => draw("path", { class: `mark ${cssOf(triage)}`, d: [...parts].join("") }),
  ).reverse();
}

function scaleBar() {
  const most = Math.min(160, SITE.width / 3) / SITE.pxPerM;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((length) => length <= most) || power;
  const words = metres >= 1000 ? `${figure(metres / 1000)} km` : metres >= 1
    ? `${figure(metres)} m` : `${figure(metres * 100, 1)} cm`;
  const [x, y] = [14, SITE.height - 14];
  const end = x + metres * SITE.pxPerM;
  return [
    draw("rect", { class: "plate", x: 6, y: y - 24, width: end - x + 16, height: 32, rx: 4 }),
    draw("path", { class: "bar", d: `M${x} ${y - 5}v5H${end.toFixed(1)}v-5` }),
    draw("text", { x, y: y - 9 }, words),
  ];
}

function northArrow() {
  const x = SITE.width - 22;
  return [
    draw("rect", { class: "plate", x: x - 14, y: 6, width: 28, height: 46, rx: 4 }),
    draw("path", { class: "north", d: `M${x} 12l7 18l-7-5l-7 5z` }),
    draw("text", { x, y: 47, "text-anchor": "middle" }, "N"),
  ];
}

function screenPoint(event) {
  const box = byId("map").getBoundingClientRect();
  const scale = SITE.width / Math.max(box.width, 1);
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
}

function chooseAt(at) {
  const far = (spot) => Math.hypot(spot.at[0] - at[0], spot.at[1] - at[1]);
  const near = SITE.spots.map((spot) => ({ row: spot.row, px: far(spot) }))
    .filter(({ px }) => px <= TOUCH_PX).sort((a, b) => a.px - b.px || compareUrgency(a.row, b.row));
  const here = near.filter(({ px }) => px <= near[0].px + SAME_PX).map(({ row }) => row);
  if (here.length === 1) location.hash = hashOf(here[0]);
  else listHere(here);
}

function listHere(rows) {
  const items = rows.sort(compareUrgency).slice(0, MAX_LISTED).map((row) => make(
    "li", {}, badge(row.triage), " ", make("a", { href: hashOf(row) }, nameOf(row)),
    row.score === null ? "" : ` score ${scoreText(row)}`,
  ));
  const more = rows.length - items.length;
  if (more > 0) items.push(make("li", {}, `and ${figure(more)} more: zoom in, or filter the findings`));
  byId("here").replaceChildren(...(rows.length
    ? [make("p", {}, `${figure(rows.length)} marks at this place:`), make("ul", {}, ...items)] : []));
}

// One finger or the mouse moves the map, two fingers zoom it.
function followPointers(map) {
  let travelled = 0;
  map.addEventListener("pointerdown", (event) => {
    if (!SITE.pointers.size) travelled = 0;
    SITE.pointers.set(event.pointerId, screenPoint(event));
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    const before = SITE.pointers.get(event.pointerId);
    if (!before) return;
    const now = screenPoint(event);
    const other = [...SITE.pointers].find(([id]) => id !== event.pointerId);
    SITE.pointers.set(event.pointerId, now);
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (travelled < 6) return;
    if (other) {
      const apart = (at) => Math.max(20, Math.hypot(at[0] - other[1][0], at[1] - other[1][1]));
      zoomMap(apart(now) / apart(before), other[1]);
    } else if (event.pointerType === "mouse" || map.classList.contains("zoomed")) {
      moveMap(now[0] - before[0], now[1] - before[1]);
    }
  });
  map.addEventListener("pointerup", (event) => {
    const wasAlone = SITE.pointers.size === 1;
    if (SITE.pointers.delete(event.pointerId) && wasAlone && travelled < 6) chooseAt(screenPoint(event));
  });
  map.addEventListener("pointercancel", (event) => SITE.pointers.delete(event.pointerId));
  map.addEventListener("wheel", (event) => {
    // The wheel alone scrolls the page.
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomMap(event.deltaY < 0 ? 1.25 : 0.8, screenPoint(event));
  }, { passive: false });
}

function followKeys(event) {
  const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
  if (step) moveMap(...step);
  else if (event.key === "+" || event.key === "=") zoomMap(1.5);
  else if (event.key === "-") zoomMap(1 / 1.5);
  else return;
  event.preventDefault();
}

// What was in view stays in view when the screen is turned, or the map goes onto paper.
function sizeMap(width) {
  if (!MAP || !width || width === SITE.width) return;
  const ratio = SITE.width ? width / SITE.width : 0;
  SITE.width = width;
  SITE.height = Math.round(Math.min(520, Math.max(280, width * 0.55)));
  byId("map").setAttribute("viewBox", `0 0 ${SITE.width} ${SITE.height}`);
  const { pxPerM, middle } = SITE;
  fitMap();
  if (ratio) Object.assign(SITE, { pxPerM: pxPerM * ratio, middle });
  drawMap();
}

function sizeMapToScreen() {
  if (!TABLE.isWhole) sizeMap(Math.round(byId("map").getBoundingClientRect().width));
}

function setUpMap() {
  if (!MAP) return;
  const map = byId("map");
  byId("site").hidden = false;
  const marks = TRIAGES.map((name, triage) => [MARKS[cssOf(triage)](MARK_PX), `mark ${cssOf(triage)}`, name]);
  const signs = [
    ...marks,
    ["m-3 0h6m-3-3v6", "cameras", "camera", MAP.findings],
    ["M0 7L-5-5A13 13 0 0 1 5-5z", "wedges", "camera's direction", MAP.directions],
    ["M-8-5H8V5H-8z", "footprints", "ground in the photo", MAP.footprints],
  ].filter(([, , , drawn]) => !drawn || drawn.some((one) => one !== null));
  byId("legend").append(...signs.map(([d, css, words]) => {
    const mark = draw("path", { class: css, d });
    const facts = { viewBox: "-9 -9 18 18", "aria-hidden": "true" };
    return make("li", {}, draw("svg", facts, mark), words);
  }));
  byId("map-in").addEventListener("click", () => zoomMap(1.6));
  byId("map-out").addEventListener("click", () => zoomMap(1 / 1.6));
  byId("map-fit").addEventListener("click", () => { fitMap(); drawMap(); });
  map.addEventListener("keydown", followKeys);
  followPointers(map);
  TABLE.listeners.push(() => { if (SITE.width) drawMap(); });
  new ResizeObserver(sizeMapToScreen).observe(map);
}
