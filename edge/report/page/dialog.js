// One finding, or a photo without one: its picture and all its facts. The address names it.

const VIEW = {
  row: null,
  // "near", "whole": how much of the photo is shown.
  reach: "near",
  isHeat: false,
  // Whether the way back leads to this page without the dialog.
  hasOpened: false,
};
// Around a finding: of its longer side, and so many px at least, about a window of the model.
const MARGIN = 0.4;
const MIN_AROUND_PX = 224;

function followAddress() {
  const row = rowOfHash(location.hash);
  const dialog = byId("view");
  if (!row) {
    if (dialog.open) dialog.close();
    return;
  }
  VIEW.row = row;
  VIEW.reach = row.finding < 0 ? "whole" : "near";
  VIEW.isHeat = false;
  renderView();
  if (!dialog.open) {
    dialog.showModal();
    byId("view-name").focus();
  }
}

function leaveView() {
  if (!rowOfHash(location.hash)) return;
  const page = pageOf(VIEW.row);
  if (VIEW.hasOpened) history.back();
  else history.replaceState(null, "", "#");
  VIEW.hasOpened = false;
  if (page !== null && page !== TABLE.page && !TABLE.isWhole) {
    TABLE.page = page;
    renderTable();
  }
  const hash = hashOf(VIEW.row);
  const link = document.querySelector(`#rows tr[data-hash="${hash}"] a`);
  if (link) link.focus();
}

// Other findings take the place of this one: one way back leads out.
function turnView(step) {
  const place = TABLE.shown.indexOf(VIEW.row);
  const next = place < 0 ? TABLE.shown[0] : TABLE.shown[place + step];
  if (!next) return;
  history.replaceState(null, "", hashOf(next));
  followAddress();
}

function renderView() {
  const { row } = VIEW;
  byId("view-name").textContent = nameOf(row);
  const score = row.score === null ? "" : ` score ${scoreText(row)}`;
  byId("view-badge").replaceChildren(badge(row.triage), score);
  renderPicture();
  renderLinks();
  renderFacts();
  const place = TABLE.shown.indexOf(row);
  byId("view-place").textContent = place < 0
    ? "hidden by the filter"
    : `${figure(place + 1)} of ${figure(TABLE.shown.length)}`;
  disable(byId("view-earlier"), place <= 0, byId("view-name"));
  disable(byId("view-later"), place === TABLE.shown.length - 1, byId("view-name"));
  document.querySelector(".view-body").scrollTop = 0;
}

function picturesOf(photo) {
  if (VIEW.isHeat) return [PHOTOS.heat_map[photo]].filter(Boolean);
  return [embedded("preview", photo), PHOTOS.overlay[photo], thumbnailOf(photo)].filter(Boolean);
}

function renderPicture() {
  const { row } = VIEW;
  const [width, height] = PHOTOS.size[row.photo];
  const picture = byId("view-picture");
  const links = picturesOf(row.photo);
  const isNear = VIEW.reach === "near" && row.finding >= 0;
  const box = isNear ? around(ofFinding("xyxy", row), width, height) : [0, 0, width, height];
  picture.setAttribute("viewBox", box.join(" "));
  const what = VIEW.isHeat ? "Heat map" : "Photo with its findings";
  picture.setAttribute("aria-label", `${what}: ${nameOf(row)}`);
  picture.replaceChildren();
  if (width && height) showFirst(links, picture, width, height);
  else tellMissing(true);
  if (isNear && links[0] === embedded("preview", row.photo)) {
    sharpen(PHOTOS.overlay[row.photo], picture, width, height);
  }
  if (row.finding >= 0) picture.append(...outlines(row));
  byId("view-near").hidden = row.finding < 0;
  byId("view-near").setAttribute("aria-pressed", isNear);
  byId("view-whole").setAttribute("aria-pressed", !isNear);
  byId("view-heat").hidden = !PHOTOS.heat_map[row.photo];
  byId("view-heat").setAttribute("aria-pressed", VIEW.isHeat);
}

// Show the first of several pictures that is there.
function showFirst(links, picture, width, height) {
  tellMissing(!links.length);
  if (!links.length) return;
  const image = draw("image", { href: links[0], width, height, preserveAspectRatio: "none" });
  image.addEventListener("error", () => {
    if (!image.isConnected) return;
    image.remove();
    showFirst(links.slice(1), picture, width, height);
  });
  picture.prepend(image);
}

// Lay the larger picture beside the page over the one in it. Not on a phone, where it would not be.
function sharpen(link, picture, width, height) {
  if (!link || !matchMedia("(min-width: 40rem)").matches) return;
  const image = draw("image", { href: link, width, height, preserveAspectRatio: "none" });
  image.addEventListener("error", () => image.remove());
  picture.append(image);
}

function tellMissing(isMissing) {
  const note = byId("view-missing");
  note.hidden = !isMissing;
  const folder = VIEW.isHeat ? "heatmaps" : "overlays";
  note.textContent = PHOTOS.size[VIEW.row.photo][0]
    ? `This picture is missing. Keep the folder ${folder} beside this page.`
    : "There is no picture: the photo could not be scanned.";
}

function around([left, top, right, bottom], width, height) {
  const side = Math.max(right - left, bottom - top);
  const margin = Math.max(MARGIN * side, (MIN_AROUND_PX - side) / 2);
  const from = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const to = [Math.min(width, right + margin), Math.min(height, bottom + margin)];
  return [...from, to[0] - from[0], to[1] - from[1]];
}

// Yellow on black shows on any wall.
function outlines(row) {
  const [left, top, right, bottom] = ofFinding("xyxy", row);
  const path = ofFinding("outline", row) || `M${left} ${top}H${right}V${bottom}H${left}z`;
  return ["outline-dark", "outline-bright"].map((css) => draw("path", { class: css, d: path }));
}

function renderLinks() {
  const { photo } = VIEW.row;
  const links = [];
  for (const [link, words] of [
    [PHOTOS.overlay[photo], "Open the marked photo"],
    [PHOTOS.heat_map[photo], "Open the heat map"],
  ]) {
    if (link) links.push(make("a", { href: link, target: "_blank", rel: "noopener" }, words), " ");
  }
  byId("view-links").replaceChildren(...links);
}

function renderFacts() {
  for (const [name, facts] of [
    ["view-facts", listFacts(VIEW.row)],
    ["view-origin", listOrigin(VIEW.row.photo)],
  ]) {
    const entries = facts.filter(([, value]) => (value ?? UNKNOWN) !== UNKNOWN);
    byId(name).replaceChildren(...entries.flatMap(
      ([key, value]) => [make("dt", {}, key), make("dd", {}, value)],
    ));
  }
}

function listFacts(row) {
  const { photo } = row;
  const box = ofFinding("xyxy", row);
  const angle = angleText(row);
  return [
    ["Result", describeTriage(row)],
    ["Not inspected", PHOTOS.reasons[photo].join("; ") || null],
    ["Length", withPx(lengthText(row), ofFinding("length_px", row), "px")],
    ["Angle", angle === UNKNOWN ? null : `${angle} counter-clockwise from horizontal`],
    ["Area", withPx(areaText(row), ofFinding("area_px", row), "px²")],
    ["In the photo", box && `left ${box[0]}, top ${box[1]}, right ${box[2]}, bottom ${box[3]} px`],
    ["Scale", describeScale(row)],
    ["Finest visible crack", smallestText(row)],
    ["Position", describePosition(row)],
    ["Position from", PHOTOS.place[photo] || null],
    ["Camera", describeCamera(photo)],
    ["Taken", PHOTOS.taken[photo]?.replace("T", " ")],
    ["Unusable", describeQuality(photo)],
  ];
}

// What one needs to find the photo's file, or to scan it again.
function listOrigin(photo) {
  return [
    ["Photo size", PHOTOS.size[photo][0] ? `${PHOTOS.size[photo].join(" × ")} px` : null],
    ["File", PHOTOS.path[photo]],
    ["SHA-256", PHOTOS.sha256[photo]],
    ["Scan again", make("code", {}, commandOf(photo))],
  ];
}

function describeTriage(row) {
  const review = scoreOf(DATA.review_threshold);
  const crack = scoreOf(DATA.crack_threshold);
  return {
    crack: `crack: the score is ${crack} or more`,
    review: `review: the score is ${review} or more; check the picture`,
    clear: `clear: nothing scored ${review} or more`,
    "not inspected": "not inspected: the scan says nothing about this photo",
  }[TRIAGES[row.triage]];
}

function withPx(text, px, unit) {
  const words = px && withUnit(px, 0, unit);
  return !words || text === words ? text : `${text} (${words})`;
}

function describeScale(row) {
  const mm = ofFinding("gsd_mm", row) ?? PHOTOS.gsd_mm[row.photo];
  const words = mm === null ? "unknown" : `${finely(mm)} per px`;
  return `${words} (${PHOTOS.gsd_from[row.photo]})`;
}

function describePosition(row) {
  const place = placeOf(row);
  if (!place) return "unknown";
  const [longitude, latitude] = place.lonlat;
  const link = make("a", { href: `geo:${latitude},${longitude}` }, degreesText(place.lonlat));
  return make("span", {}, link, place.of ? ` (${place.of})` : "");
}

function describeCamera(photo) {
  const facts = [
    PHOTOS.camera[photo],
    before(PHOTOS.altitude_m[photo], " m above sea level"),
    before(PHOTOS.height_m[photo], " m above take-off"),
    before(PHOTOS.direction_deg[photo], "° clockwise from north"),
    before(PHOTOS.pitch_deg[photo], "° pitch (-90° is straight down)"),
  ];
  return facts.filter(Boolean).join(", ") || null;
}

function before(value, words) {
  return value === null ? null : `${figure(value, 1)}${words}`;
}

function describeQuality(photo) {
  const shares = [
    [PHOTOS.blurred[photo], "blurred"],
    [PHOTOS.dark[photo], "too dark"],
    [PHOTOS.bright[photo], "washed out"],
  ];
  const words = shares.filter(([share]) => share > 0).map(
    ([share, what]) => `${figure(100 * share, 1)}% ${what}`,
  );
  return words.join(", ") || null;
}

// In the words of a POSIX shell.
function commandOf(photo) {
  const quoted = `'${PHOTOS.path[photo].replaceAll("'", "'\\''")}'`;
  return DATA.command.replace("PHOTO", () => quoted);
}

function setUpView() {
  const dialog = byId("view");
  const reach = (name) => () => { VIEW.reach = name; renderPicture(); };
  byId("view-near").addEventListener("click", reach("near"));
  byId("view-whole").addEventListener("click", reach("whole"));
  byId("view-heat").addEventListener("click", () => { VIEW.isHeat = !VIEW.isHeat; renderPicture(); });
  byId("view-close").addEventListener("click", () => dialog.close());
  byId("view-earlier").addEventListener("click", () => turnView(-1));
  byId("view-later").addEventListener("click", () => turnView(1));
  dialog.addEventListener("close", leaveView);
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      turnView(step);
    }
  });
  window.addEventListener("hashchange", (event) => {
    const before = new URL(event.oldURL).hash;
    if (!rowOfHash(before) && rowOfHash(location.hash)) VIEW.hasOpened = true;
    followAddress();
  });
}
