// What happens when the page opens.

function start() {
  const slider = byId("threshold");
  slider.addEventListener("input", () => {
    PAGE.threshold.isMoving = true;
    showThreshold(slider.value);
  });
  slider.addEventListener("change", setThreshold);
  byId("snapshot").addEventListener("click", saveSnapshot);
  byId("large-close").addEventListener("click", () => byId("large").close());
  byId("large").addEventListener("click", (click) => {
    if (click.target === byId("large")) byId("large").close();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && PAGE.stream) PAGE.stream.abort();
    // What comes back into view is what was shown then.
    PAGE.partAt = Math.min(PAGE.partAt, performance.now() - OLD_MS - 1);
    markOld();
  });
  setInterval(markOld, 500);
  keepStream();
  keepState();
}

start();
