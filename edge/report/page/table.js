// The table: which rows are shown, in which order, and a page of them at a time.

const PAGE_ROWS = 50;
// Some twelve fit on a sheet of paper: from here on one is told before printing.
const MANY_ROWS = 300;
const BY_NAME = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const NAME_RANKS = rankNames();
const TABLE = {
  column: null,
  isDown: false,
  page: 0,
  isWhole: false,
  // Rows that the filter lets through, in their order.
  shown: [],
  // Called when they change.
  listeners: [],
};

// key: what rows are sorted by, null comes last; then: what sorts those without a key; isWanted:
// whether any row has something to show.
const COLUMNS = [
  { id: "picture", label: "Picture", key: (row) => row.index, cell: pictureCell,
    words: ["in scan order", "in reverse scan order"] },
  { id: "photo", label: "Photo", key: (row) => NAME_RANKS[row.photo], cell: nameCell,
    words: ["A to Z", "Z to A"] },
  { id: "number", label: "No.", key: (row) => ofFinding("number", row),
    cell: (row) => figure(ofFinding("number", row)) },
  { id: "triage", label: "Result", key: (row) => row.triage, cell: (row) => badge(row.triage),
    words: ["most urgent first", "least urgent first"] },
  { id: "score", label: "Score", key: (row) => row.score, isDown: true, cell: scoreText },
  { id: "length", label: "Length", key: (row) => ofFinding("length_mm", row),
    then: (row) => ofFinding("length_px", row), isDown: true, cell: lengthText },
  { id: "angle", label: "Angle", key: (row) => ofFinding("orientation_deg", row),
    cell: angleText },
  { id: "place", label: "Position", key: (row) => (placeOf(row) ? placeOf(row).lonlat[1] : null),
    cell: placeText, isWanted: () => ROWS.some(placeOf) },
  { id: "smallest", label: "Finest visible crack",
    key: (row) => (isSeen(row) ? PHOTOS.smallest_mm[row.photo] : null), cell: smallestCell,
    isWanted: () => PHOTOS.smallest_mm.some((mm) => mm !== null) },
].filter((column) => !column.isWanted || column.isWanted());

function rankNames() {
  const order = PHOTOS.name.map((_, photo) => photo);
  order.sort((a, b) => BY_NAME.compare(PHOTOS.name[a], PHOTOS.name[b]) || a - b);
  const ranks = new Array(order.length);
  order.forEach((photo, rank) => { ranks[photo] = rank; });
  return ranks;
}

function smallestCell(row) {
  const isCoarse = isSeen(row) && PHOTOS.is_fine[row.photo] === false;
  return make("span", { class: isCoarse ? "coarse" : null }, smallestText(row));
}

// A long name may break where it has parts.
function nameCell(row) {
  const parts = PHOTOS.name[row.photo].match(/[^/_ -]+[/_ -]*|[/_ -]+/g) || [];
  const name = parts.flatMap((part, at) => (at ? [make("wbr"), part] : [part]));
  return make("a", { href: hashOf(row), "aria-label": `Open ${nameOf(row)}` }, ...name);
}

// The thumbnail with a frame where the finding is.
function pictureCell(row) {
  const link = thumbnailOf(row.photo);
  const box = make("div", { class: "thumbnail" });
  if (!link) {
    box.append(make("span", { class: "absent" }, "no picture"));
    return box;
  }
  const lazy = link.startsWith("data:") || TABLE.isWhole ? null : "lazy";
  const picture = make("img", { loading: lazy, decoding: "async", alt: "", src: link });
  const [width, height] = PHOTOS.size[row.photo];
  picture.width = 256;
  picture.height = Math.max(1, Math.round((256 * height) / Math.max(width, 1)));
  picture.addEventListener("error", () => {
    box.replaceChildren(make("span", { class: "absent" }, "picture missing"));
  });
  box.append(picture);
  const sides = ofFinding("xyxy", row);
  if (sides) {
    const frame = make("span", { class: "frame" });
    const share = (value, of) => `${(100 * value) / of}%`;
    frame.style.left = share(sides[0], width);
    frame.style.top = share(sides[1], height);
    frame.style.width = share(sides[2] - sides[0], width);
    frame.style.height = share(sides[3] - sides[1], height);
    box.append(frame);
  }
  return box;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// The most urgent first, of these the highest score.
function compareUrgency(a, b) {
  return a.triage - b.triage || (b.score ?? 0) - (a.score ?? 0) || a.index - b.index;
}

function sortRows(rows, column, isDown) {
  const sign = isDown ? -1 : 1;
  const by = (key) => (a, b) => {
    if (a[key] === null || b[key] === null) return compare(a[key] === null, b[key] === null);
    return sign * compare(a[key], b[key]);
  };
  const [byFirst, bySecond] = [by("first"), by("second")];
  const keyed = rows.map((row) => ({
    row, first: column.key(row), second: column.then ? column.then(row) : null,
  }));
  keyed.sort((a, b) => byFirst(a, b) || bySecond(a, b) || compareUrgency(a.row, b.row));
  return keyed.map((one) => one.row);
}

function readFilter() {
  const boxes = [...document.querySelectorAll("#triages input:checked")];
  return {
    triages: new Set(boxes.map((box) => Number(box.value))),
    score: Number(byId("score").value),
    name: byId("name").value.trim().toLowerCase(),
  };
}

function filterRows(filter) {
  // The slider stands on hundredths, the lowest score may lie just below one.
  const least = filter.score <= Number(byId("score").min) ? -1 : filter.score;
  const fits = PHOTOS.name.map((name) => name.toLowerCase().includes(filter.name));
  return ROWS.filter((row) => (
    filter.triages.has(row.triage) && fits[row.photo] && (row.score === null || row.score >= least)
  ));
}

function update() {
  TABLE.shown = sortRows(filterRows(readFilter()), TABLE.column, TABLE.isDown);
  TABLE.page = 0;
  renderTable();
  TABLE.listeners.forEach((listener) => listener());
}

function pageOf(row) {
  const place = TABLE.shown.indexOf(row);
  return place < 0 ? null : Math.floor(place / PAGE_ROWS);
}

function renderTable() {
  const { shown } = TABLE;
  const from = TABLE.isWhole ? 0 : TABLE.page * PAGE_ROWS;
  const rows = TABLE.isWhole ? shown : shown.slice(from, from + PAGE_ROWS);
  document.querySelector("#rows tbody").replaceChildren(...rows.map(renderRow));
  document.querySelectorAll("#rows th").forEach((head) => {
    const isSorted = head.dataset.column === TABLE.column.id;
    const words = TABLE.isDown ? "descending" : "ascending";
    if (isSorted) head.setAttribute("aria-sort", words);
    else head.removeAttribute("aria-sort");
  });
  byId("order").value = TABLE.column.id;
  byId("turn").textContent = `${TABLE.isDown ? "↓" : "↑"} ${describeOrder()}`;
  const many = shown.length > MANY_ROWS ? ` ${figure(shown.length)} rows` : "";
  byId("print").textContent = `Print${many} or save as PDF`;
  byId("rows").hidden = !shown.length;
  byId("nothing").hidden = shown.length > 0;
  byId("status").textContent = describeShown();
  const pages = Math.max(1, Math.ceil(shown.length / PAGE_ROWS));
  byId("pager").hidden = pages === 1;
  byId("page").textContent =
    `rows ${figure(from + 1)} to ${figure(from + rows.length)} of ${figure(shown.length)}`;
  disable(byId("earlier"), TABLE.page === 0, byId("later"));
  disable(byId("later"), TABLE.page >= pages - 1, byId("earlier"));
}

function renderRow(row) {
  const cells = COLUMNS.map((column) => make(
    "td", { role: "cell", class: column.id, "data-label": column.label }, column.cell(row),
  ));
  return make("tr", { role: "row", "data-hash": hashOf(row) }, ...cells);
}

function describeOrder() {
  return (TABLE.column.words || ["lowest first", "highest first"])[Number(TABLE.isDown)];
}

function describeShown() {
  const filter = readFilter();
  const names = TRIAGES.filter((_, triage) => filter.triages.has(triage));
  const words = [`Showing ${figure(TABLE.shown.length)} of ${figure(ROWS.length)} rows`];
  words.push(names.join(", ") || "no result is ticked");
  if (filter.score > Number(byId("score").min)) words.push(`score at least ${filter.score.toFixed(2)}`);
  if (filter.name) words.push(`name contains “${filter.name}”`);
  words.push(`sorted by ${TABLE.column.label.toLowerCase()}, ${describeOrder()}`);
  return `${words.join("; ")}.`;
}

function sortBy(id, isDown) {
  TABLE.column = COLUMNS.find((column) => column.id === id);
  TABLE.isDown = isDown ?? Boolean(TABLE.column.isDown);
  update();
}

function showAll() {
  document.querySelectorAll("#triages input").forEach((box) => { box.checked = true; });
  byId("score").value = byId("score").min;
  byId("name").value = "";
  updateFilter();
}

function updateFilter() {
  byId("score-shown").textContent = Number(byId("score").value).toFixed(2);
  update();
}

function turnPage(step) {
  TABLE.page += step;
  renderTable();
  byId("status").scrollIntoView({ block: "start" });
}

function setUpTable() {
  const counts = TRIAGES.map((_, triage) => ROWS.filter((row) => row.triage === triage).length);
  const hasUrgent = ROWS.some((row) => row.triage !== CLEAR);
  byId("triages").append(...TRIAGES.map((_, triage) => {
    const box = make("input", { type: "checkbox", value: triage });
    box.checked = triage !== CLEAR || !hasUrgent;
    box.addEventListener("change", updateFilter);
    return make("label", {}, box, badge(triage), ` ${figure(counts[triage])}`);
  }));
  const slider = byId("score");
  slider.min = Math.floor(DATA.review_threshold * 100) / 100;
  slider.max = 1;
  slider.value = slider.min;
  slider.addEventListener("input", updateFilter);
  byId("name").addEventListener("input", updateFilter);
  byId("reset").addEventListener("click", showAll);
  byId("nothing").querySelector("button").addEventListener("click", showAll);
  byId("earlier").addEventListener("click", () => turnPage(-1));
  byId("later").addEventListener("click", () => turnPage(1));
  byId("order").append(...COLUMNS.map(({ id, label }) => make("option", { value: id }, label)));
  byId("order").addEventListener("change", (event) => sortBy(event.target.value));
  byId("turn").addEventListener("click", () => sortBy(TABLE.column.id, !TABLE.isDown));
  document.querySelector("#rows thead tr").append(...COLUMNS.map((column) => {
    const button = make("button", { type: "button" }, column.label);
    button.addEventListener("click", () => {
      const isAgain = TABLE.column === column;
      sortBy(column.id, isAgain ? !TABLE.isDown : undefined);
    });
    const facts = { "data-column": column.id, "data-label": column.label };
    return make("th", { role: "columnheader", scope: "col", ...facts }, button);
  }));
  document.querySelector("#rows tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a")) location.hash = row.dataset.hash;
  });
  TABLE.column = COLUMNS.find((column) => column.id === "triage");
  updateFilter();
}
