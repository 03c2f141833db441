"use strict";

// What the parts of the page share.

// A picture is shown as the present for so long; after it the page says that it is old.
const OLD_MS = 3500;
const RETRY_MS = 1000;
const ANSWER_MS = 5000;
// How often a page that nobody sees asks for the state.
const HIDDEN_MS = 5000;
const UNKNOWN = "–";

const PAGE = {
  answered: null, // when the server answered last, as people read it
  partAt: -Infinity, // when the newest picture came
  streamAt: -Infinity, // when the stream was asked for
  stream: null, // ends the stream
  threshold: { isMoving: false, setAt: -Infinity },
  eventChanges: null,
  isLost: false,
};

function byId(id) {
  return document.getElementById(id);
}

// Names come from outside: all text goes in as text.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function make(tag, facts = {}, ...content) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(facts)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

function figure(value, digits = 0) {
  if (value === null || value === undefined) return UNKNOWN;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[Math.floor(whole / 86400), "d"], [Math.floor(whole / 3600) % 24, "h"]];
  parts.push([Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]);
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0\u00a0s";
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}\u00a0${unit}`).join(" ");
}

function clockTime(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

function dayAndTime(date) {
  const isToday = date.toDateString() === new Date().toDateString();
  const day = date.toLocaleDateString([], { day: "numeric", month: "short", year: "numeric" });
  return isToday ? `today, ${clockTime(date)}` : `${day}, ${clockTime(date)}`;
}

function wait(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
