"use strict";
// Waits for the next save, and then puts the new letter in the place of the old one.
const open = () => [...document.querySelectorAll("details")].map((each) => each.open);
async function follow() {
  const state = document.getElementById("state");
  for (;;) {
    try {
      const { version, changed } = document.body.dataset;
      const answer = await fetch(`${changed}?since=${version}`);
      if (!answer.ok) throw new Error(answer.status);
      if ((await answer.text()) === version) continue;
      const page = await fetch(location.href);
      if (!page.ok) throw new Error(page.status);
      const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
      const opened = open();
      document.getElementById("main").replaceWith(fresh.getElementById("main"));
      [...document.querySelectorAll("details")].forEach((each, n) => { each.open = Boolean(opened[n]); });
      document.body.dataset.version = fresh.body.dataset.version;
      document.title = fresh.title;
      const now = new Date().toLocaleTimeString("en-GB");
      state.textContent = document.querySelector(".fault") ? `An error since ${now}` : `Shown as saved at ${now}`;
    } catch {
      state.textContent = "The preview has ended: start the command again.";
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}
follow();
