// How the whole is doing, asked again and again.

async function ask(path, options = {}) {
  const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_MS) : undefined;
  const answer = await fetch(path, { cache: "no-store", signal, ...options });
  // The token is another one now: the server shows its form.
  if (answer.status === 401) location.reload();
  return answer;
}

async function load(path) {
  try {
    const answer = await ask(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function keepState() {
  for (;;) {
    const asked = performance.now();
    const state = await load("/api/state");
    setLost(state === null);
    if (state !== null) {
      showState(state, asked);
      if (state.event_changes !== PAGE.eventChanges) await loadEvents(state.event_changes);
    }
    markOld();
    const pause = state === null ? RETRY_MS : 1000 * state.poll_s;
    await wait(document.hidden ? Math.max(pause, HIDDEN_MS) : pause);
  }
}

function setLost(isLost) {
  PAGE.isLost = isLost;
  if (!isLost) PAGE.answered = new Date();
  const banner = byId("lost");
  if (isLost) {
    say(banner, PAGE.answered ? `Connection to crack-edge lost at ${clockTime(PAGE.answered)}. What you see is no longer live.`
      : "Not connected to crack-edge yet.");
    showBadge("waiting", "no connection", "");
    document.title = "✕ no connection · crack-edge live";
  }
  banner.hidden = !isLost;
  // Figures of a while ago must not look like those of now.
  document.body.classList.toggle("gone", isLost);
}

function showBadge(kind, words, since) {
  byId("badge").className = `badge ${kind}`;
  say(byId("badge"), words);
  say(byId("since"), since);
}

function showStatus(state) {
  const { status, camera } = state;
  if (state.absence !== null) {
    const cut = state.absence.indexOf(": ");
    const isWaiting = status === "starting" || camera.status === "opening";
    showBadge(isWaiting ? "waiting" : "none", state.absence.slice(cut + 2), state.absence.slice(0, cut));
  } else if (state.event_id !== null) {
    showBadge("crack", "crack in view", "");
  } else {
    showBadge("", "watching", "");
  }
  document.title = state.absence !== null ? "✕ no picture · crack-edge live"
    : `${state.event_id !== null ? "◆ crack in view · " : ""}crack-edge live`;
}

function tile(id, value, words, isWarm = false) {
  const element = byId(id);
  say(element.querySelector("b"), value);
  say(element.querySelector("small"), words);
  element.classList.toggle("warm", isWarm);
}

function showState(state, asked) {
  const { camera, heat } = state;
  showStatus(state);
  say(byId("source"), `Source: ${camera.source}`);
  const target = state.target_fps === null ? "as fast as possible" : `at most ${figure(state.target_fps, 1)}\u00a0/s`;
  tile("rate", `${figure(state.fps, 1)}\u00a0/s`, heat.is_slowed ? `${target}, slowed to cool down` : target, heat.is_slowed);
  const half = state.latency_p50_ms;
  tile("latency", half === null ? UNKNOWN : `${figure(half)}\u00a0ms`,
    half === null ? "not measured yet" : `90% within ${figure(state.latency_p90_ms)}\u00a0ms`);
  const degrees = heat.temperature_c === null ? UNKNOWN : `${figure(heat.temperature_c)}\u00a0°C`;
  const calm = heat.temperature_c === null ? "no sensor" : "processor not throttled";
  tile("temperature", degrees, heat.limits.join(", ") || calm, heat.limits.length > 0);
  tile("dropped", figure(camera.dropped), `of ${figure(camera.frames)} received`);
  const isCrack = state.event_id !== null;
  say(byId("score-shown"), figure(state.absence === null ? state.smoothed : null, 2));
  byId("score-fill").style.width = `${100 * (state.absence === null ? state.smoothed || 0 : 0)}%`;
  byId("score-mark").style.left = `${100 * state.wanted_threshold}%`;
  document.querySelector(".score").classList.toggle("crack", isCrack);
  followThreshold(state.wanted_threshold, asked);
  showFacts(state);
}

const SINKS = { record: "Recording", mqtt: "MQTT", page: "This page" };

function partOf(state) {
  if (state.roi === null) return "";
  return state.roi === "center" ? ", centre window only" : `, part ${state.roi}`;
}

function showFacts(state) {
  const { camera } = state;
  const size = camera.size_wh ? `, ${camera.size_wh.join("\u00a0×\u00a0")}\u00a0px` : "";
  const times = camera.losses === 1 ? "once" : `${figure(camera.losses)}\u00a0times`;
  const isLost = camera.status === "lost";
  // That it is lost now says the first time.
  const lost = camera.losses <= Number(isLost) ? "" : isLost ? `, ${times} so far` : `, lost ${times}`;
  const bad = camera.bad ? `, ${figure(camera.bad)} unreadable` : "";
  const rows = [
    ["Camera", `${camera.status}${size}${lost}${bad}`, isLost],
    ["Checked", `${figure(state.frames)} frames, ${state.view} view${partOf(state)}`],
    ["Events", figure(state.events)],
    ["Model", `${state.model} on ${state.backend}`],
    ["Running for", duration(state.uptime_s)],
    ["Viewers", figure(state.viewers)],
  ];
  for (const sink of state.sinks) {
    if (sink.name === "page" && sink.status === "working") continue;
    const dropped = sink.dropped ? `, ${figure(sink.dropped)} dropped` : "";
    const waiting = sink.waiting ? `, ${figure(sink.waiting)} waiting` : "";
    const reason = sink.reason ? `: ${sink.reason}` : "";
    rows.push([SINKS[sink.name] || sink.name, `${sink.status}${reason}${waiting}${dropped}`, sink.status !== "working"]);
  }
  const key = JSON.stringify(rows);
  const facts = byId("facts");
  if (facts.dataset.key !== key) {
    facts.dataset.key = key;
    facts.replaceChildren(...rows.flatMap(([name, text, isBad]) => [
      make("dt", {}, name), make("dd", isBad ? { class: "bad" } : {}, text),
    ]));
  }
  say(byId("footer"), `crack-edge ${state.version}`);
}
