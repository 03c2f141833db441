// What a viewer can do: set the threshold, save a snapshot.

// Another viewer may have moved it; an answer from before our own change says nothing.
function followThreshold(value, asked) {
  const slider = byId("threshold");
  slider.disabled = false;
  if (PAGE.threshold.isMoving || asked < PAGE.threshold.setAt) return;
  slider.value = value;
  showThreshold(value);
}

function showThreshold(value) {
  say(byId("threshold-shown"), Number(value).toFixed(2));
}

async function setThreshold() {
  const slider = byId("threshold");
  const value = Number(slider.value);
  try {
    const answer = await ask("/api/threshold", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ threshold: value }),
    });
    if (!answer.ok) throw new Error((await answer.json()).error);
    say(byId("said"), `Threshold set to ${value.toFixed(2)}.`);
  } catch (error) {
    say(byId("said"), `Could not set the threshold: ${error.message}`);
  }
  PAGE.threshold.setAt = performance.now();
  // It may be on its way to the next value already.
  if (Number(slider.value) === value) PAGE.threshold.isMoving = false;
}

function snapshotName(now) {
  const two = (value) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `crack-edge ${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".")}.jpg`;
}

async function saveSnapshot() {
  const button = byId("snapshot");
  button.disabled = true;
  try {
    const answer = await ask("/snapshot.jpg");
    if (!answer.ok) throw new Error((await answer.json()).error);
    const link = make("a", { download: snapshotName(new Date()) });
    link.href = URL.createObjectURL(await answer.blob());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(byId("said"), `Saved as ${link.download}.`);
  } catch (error) {
    say(byId("said"), `Could not save a snapshot: ${error.message}`);
  }
  button.disabled = false;
  button.focus();
}
