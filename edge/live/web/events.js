// The newest events.

async function loadEvents(changes) {
  const events = await load("/api/events");
  if (events === null) return;
  showEvents(events);
  PAGE.eventChanges = changes;
}

function showEvents(events) {
  const list = byId("event-list");
  const known = new Map([...list.children].map((item) => [item.dataset.id, item]));
  events.forEach((event, place) => {
    let item = known.get(event.id);
    if (!item) item = makeItem(event);
    known.delete(event.id);
    fillItem(item, event);
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] || null);
  });
  for (const item of known.values()) item.remove();
  byId("no-events").hidden = events.length > 0;
  say(byId("events-count"), events.length ? `(${events.length})` : "");
}

function makeItem(event) {
  const top = make("p", { class: "top" }, make("span", { class: "score-of" }), make("span", { class: "badge" }));
  const link = make("a", {}, make("img", { alt: "", loading: "lazy" }), top,
    make("p", {}, make("time")), make("p", { class: "note" }));
  link.addEventListener("click", (click) => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    openLarge(link);
  });
  return make("li", { "data-id": event.id }, link);
}

function fillItem(item, event) {
  const link = item.firstElementChild;
  const [picture, top, time, last] = link.children;
  const began = new Date(event.began_at);
  const isOpen = event.ended_at === null;
  if (picture.getAttribute("src") !== event.thumbnail) picture.setAttribute("src", event.thumbnail);
  link.href = event.picture;
  say(top.firstElementChild, `score ${event.peak_score.toFixed(2)}`);
  top.lastElementChild.className = `badge ${isOpen ? "crack" : "waiting"}`;
  top.lastElementChild.hidden = !isOpen;
  say(top.lastElementChild, isOpen ? "in view" : "");
  time.firstElementChild.setAttribute("datetime", event.began_at);
  say(time.firstElementChild, dayAndTime(began));
  const count = event.regions.length;
  const regions = `${count} ${count === 1 ? "region" : "regions"}`;
  say(last, isOpen ? regions : `lasted ${duration(event.duration_s)}, ${regions}`);
  link.dataset.title = `Crack, peak score ${event.peak_score.toFixed(2)}, ${dayAndTime(began)}`;
  link.setAttribute("aria-label", `${link.dataset.title}: open the picture`);
}

function openLarge(link) {
  say(byId("large-title"), link.dataset.title);
  byId("large-picture").setAttribute("src", link.getAttribute("href"));
  byId("large-picture").setAttribute("alt", link.dataset.title);
  byId("large").showModal();
}
