// What happens when the page opens, and before it is printed.

// On A4, between the margins, at 96 px an inch.
const PAPER_PX = 688;

// On paper the whole table is there, the settings are, and the map is as wide as the paper.
function setWhole(isWhole) {
  if (TABLE.isWhole === isWhole) return;
  TABLE.isWhole = isWhole;
  document.querySelectorAll("textarea").forEach((area) => {
    area.style.height = isWhole ? `${area.scrollHeight + 4}px` : "";
  });
  byId("settings").open = isWhole;
  renderTable();
  if (isWhole) sizeMap(PAPER_PX);
  else sizeMapToScreen();
}

// A picture that is not there yet would be missing on paper.
async function printPage() {
  setWhole(true);
  const pictures = [...document.querySelectorAll("#rows img")];
  await Promise.allSettled(pictures.map((picture) => picture.decode()));
  window.print();
}

function start() {
  byId("findings").hidden = false;
  setUpTable();
  setUpView();
  byId("print").addEventListener("click", printPage);
  window.addEventListener("beforeprint", () => setWhole(true));
  window.addEventListener("afterprint", () => setWhole(false));
  matchMedia("print").addEventListener("change", (event) => setWhole(event.matches));
  followAddress();
  // The table is what one waits for.
  setTimeout(setUpMap);
}

start();
