// The pages' only script of our own: starts GOV.UK Frontend, and asks again for the part of a page
// that changes. Every page works without it.
import { initAll } from "../03560aaedbb4/govuk-frontend.min.js";

const FASTEST = 2000; // milliseconds between two looks while something changes
const SLOWEST = 30000;
const LIVE = '[hx-trigger="tick"]'; // the last answer of a run comes without hx-trigger, which ends it

let wait = FASTEST;
let timer = 0;

function look() {
  clearTimeout(timer);
  const region = document.querySelector(LIVE);
  if (region && !document.hidden) region.dispatchEvent(new Event("tick"));
}

function lookLater() {
  clearTimeout(timer);
  if (document.querySelector(LIVE) && !document.hidden) timer = setTimeout(look, wait);
}

// Once the visit has ended, the server leads to the sign-in page, which is not to stand in the region.
document.addEventListener("htmx:before:response", (event) => {
  if (event.detail.ctx.response.raw.redirected) event.preventDefault();
});

// 204 says that nothing changed. Any other answer than 200 is the server's trouble: wait longer too.
document.addEventListener("htmx:finally:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (!sourceElement.matches(LIVE)) return;
  const changed = response && response.status === 200 && !response.raw.redirected;
  wait = changed ? FASTEST : Math.min(wait * 2, SLOWEST);
  lookLater();
});

document.addEventListener("visibilitychange", () => {
  wait = FASTEST;
  look();
});

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
lookLater();
