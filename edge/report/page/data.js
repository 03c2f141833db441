"use strict";

// What the scan found, as columns: PHOTOS.name[3] is the name of the fourth photo.
const DATA = JSON.parse(byId("data").textContent);
const { photos: PHOTOS, findings: FINDINGS, triages: TRIAGES } = DATA;
const NOT_INSPECTED = TRIAGES.indexOf("not inspected");
const CLEAR = TRIAGES.indexOf("clear");
// Findings, and photos without one; in the order of the scan.
const ROWS = listRows();
const UNKNOWN = "–";

function byId(id) {
  return document.getElementById(id);
}

// All that is shown goes through make and draw: as text and attributes, never as HTML.
function make(tag, facts = {}, ...content) {
  return fill(document.createElement(tag), facts, content);
}

function draw(tag, facts = {}, ...content) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), facts, content);
}

function fill(element, facts, content) {
  for (const [key, value] of Object.entries(facts)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...content);
  return element;
}

// A button that cannot be used hears no keys: what had the focus hands it on.
function disable(button, isDisabled, next) {
  const hadFocus = document.activeElement === button;
  button.disabled = isDisabled;
  if (isDisabled && hadFocus) next.focus();
}

function listRows() {
  const rows = [];
  let finding = 0;
  for (let photo = 0; photo < PHOTOS.name.length; photo += 1) {
    const first = finding;
    for (; FINDINGS.photo[finding] === photo; finding += 1) {
      rows.push({ photo, finding, triage: FINDINGS.triage[finding], score: FINDINGS.score[finding] });
    }
    // What was found on a photo that could hardly be judged does not make it inspected.
    if (finding === first || PHOTOS.triage[photo] === NOT_INSPECTED) {
      rows.push({ photo, finding: -1, triage: PHOTOS.triage[photo], score: null });
    }
  }
  rows.forEach((row, index) => { row.index = index; });
  return rows;
}

function ofFinding(key, row) {
  return row.finding < 0 ? null : FINDINGS[key][row.finding];
}

function nameOf(row) {
  const name = PHOTOS.name[row.photo];
  return row.finding < 0 ? name : `${name} #${FINDINGS.number[row.finding]}`;
}

function hashOf(row) {
  const number = row.finding < 0 ? "" : `.${FINDINGS.number[row.finding]}`;
  return `#f=${row.photo}${number}`;
}

function rowOfHash(hash) {
  const match = /^#f=(\d+)(?:\.(\d+))?$/.exec(hash);
  if (!match) return null;
  const ofPhoto = ROWS.filter((row) => row.photo === Number(match[1]));
  const number = match[2] === undefined ? null : Number(match[2]);
  return (
    ofPhoto.find((row) => number === (row.finding < 0 ? null : FINDINGS.number[row.finding])) ||
    (number === null ? ofPhoto[0] : null) || null
  );
}

const FORMATS = [0, 1, 2, 3].map(
  (digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }),
);
// With all digits: lengths below one another look alike.
const EVEN = [0, 1, 2].map((digits) => new Intl.NumberFormat(
  "en", { minimumFractionDigits: digits, maximumFractionDigits: digits },
));

function figure(value, digits = 0) {
  return value === null || value === undefined ? UNKNOWN : FORMATS[digits].format(value);
}

// Figure and unit stay on one line.
function withUnit(value, digits, unit) {
  return `${figure(value, digits)}\u00a0${unit}`;
}

function evenly(value, digits, unit) {
  return `${EVEN[digits].format(value)}\u00a0${unit}`;
}

// Two digits of what is small, whole numbers of what is large.
function measure(value, unit) {
  return evenly(value, value < 1 ? 2 : value < 10 ? 1 : 0, unit);
}

// Rounded down: a score just below a threshold must not look as if it reached it.
function scoreOf(value) {
  return (Math.floor(value * 100 + 1e-6) / 100).toFixed(2);
}

function scoreText(row) {
  return row.score === null ? UNKNOWN : scoreOf(row.score);
}

function lengthText(row) {
  const mm = ofFinding("length_mm", row);
  if (mm !== null) return mm < 1000 ? measure(mm, "mm") : evenly(mm / 1000, mm < 10000 ? 2 : 1, "m");
  const px = ofFinding("length_px", row);
  return px ? withUnit(px, 0, "px") : UNKNOWN;
}

function areaText(row) {
  const mm2 = ofFinding("area_mm2", row);
  if (mm2 !== null) {
    if (mm2 < 100) return measure(mm2, "mm²");
    return mm2 < 1e6 ? measure(mm2 / 100, "cm²") : evenly(mm2 / 1e6, 1, "m²");
  }
  const px = ofFinding("area_px", row);
  return px === null ? UNKNOWN : withUnit(px, 0, "px²");
}

function angleText(row) {
  const degrees = ofFinding("orientation_deg", row);
  return degrees === null ? UNKNOWN : `${figure(degrees)}°`;
}

// Of the finding itself, or else of the camera.
function placeOf(row) {
  const own = ofFinding("lonlat", row);
  if (own) return { lonlat: own, of: "" };
  const camera = PHOTOS.lonlat[row.photo];
  const of = PHOTOS.kind[row.photo] === "map" ? "middle of the photo" : "camera";
  return camera ? { lonlat: camera, of } : null;
}

function degreesText(lonlat) {
  return `${lonlat[1].toFixed(5)}, ${lonlat[0].toFixed(5)}`;
}

function placeText(row) {
  const place = placeOf(row);
  if (!place) return UNKNOWN;
  return degreesText(place.lonlat) + (place.of ? ` (${place.of})` : "");
}

// A width just above the limit must not look like the limit.
function finely(mm) {
  return withUnit(mm, mm < 1 ? 3 : mm < 10 ? 2 : 0, "mm");
}

function smallestText(row) {
  if (!isSeen(row)) return UNKNOWN;
  const mm = PHOTOS.smallest_mm[row.photo];
  if (mm === null) return "scale unknown";
  const isCoarse = PHOTOS.is_fine[row.photo] === false;
  return finely(mm) + (isCoarse ? `: too coarse for ${finely(DATA.crack_width_mm)}` : "");
}

function isSeen(row) {
  return PHOTOS.triage[row.photo] !== NOT_INSPECTED || row.finding >= 0;
}

function badge(triage) {
  const name = TRIAGES[triage];
  return make("span", { class: `badge ${name.replace(" ", "-")}` }, name);
}

// A picture that travels inside the page, as a link; null if it does not.
function embedded(kind, photo) {
  const element = byId(`${kind}-${photo}`);
  return element && `data:image/jpeg;base64,${element.textContent}`;
}

// Findings of a photo share its thumbnail.
const THUMBNAILS = new Map();

function thumbnailOf(photo) {
  if (!THUMBNAILS.has(photo)) {
    THUMBNAILS.set(photo, embedded("thumbnail", photo) || PHOTOS.thumbnail[photo]);
  }
  return THUMBNAILS.get(photo);
}
