// Show only the rows that have every word looked for, and where they are on the map. Without scripts
// the whole table is there.
"use strict";
(function () {
  const form = document.getElementById("search");
  const words = document.getElementById("words");
  const group = document.getElementById("group");
  const year = document.getElementById("year");
  const count = document.getElementById("count");
  const jumps = document.getElementById("jumps");
  const rows = Array.from(document.querySelectorAll("#letters tbody tr"));

  // "King's Lynn & West Norfolk" is found by "kings lynn and west", and "Môn" by "mon".
  function plain(text) {
    return " " + text.normalize("NFD").replace(/[\u0300-\u036f'\u2019.]/g, "").toLowerCase()
      .replace(/&/g, " and ").replace(/[^a-z0-9]+/g, " ").trim();
  }

  // The hexagons of each authority, by the page that they lead to, as the list does.
  const map = document.querySelector(".map");
  const drawn = new Map();
  for (const each of document.querySelectorAll(".panels a")) {
    const page = new URL(each.getAttribute("href"), location.href).href;
    drawn.set(page, [...(drawn.get(page) || []), each]);
  }

  const known = rows.map(function (row) {
    return {
      row: row,
      text: plain(row.textContent),
      group: row.cells[1].textContent,
      hexagons: drawn.get(row.querySelector("th a").href) || [],
      letters: Array.from(row.querySelectorAll("[data-year]")),
    };
  });
  const years = new Set(known.flatMap(each => each.letters.map(letter => letter.dataset.year)));

  function show() {
    const wanted = plain(words.value).split(" ").filter(Boolean);
    // A year among the words means the same as the year chosen: its letters alone are shown.
    const named = wanted.filter(word => years.has(word));
    const chosen = year && year.value ? [year.value] : named;
    let found = 0;
    for (const each of known) {
      for (const letter of each.letters) {
        letter.hidden = chosen.length > 0 && !chosen.includes(letter.dataset.year);
      }
      const isWanted = wanted.every(word => each.text.includes(" " + word))
        && (!group.value || each.group === group.value)
        && each.letters.some(letter => !letter.hidden);
      each.row.hidden = !isWanted;
      for (const hexagon of each.hexagons) { hexagon.classList.toggle("found", isWanted); }
      found += isWanted;
    }
    const isAll = found === rows.length;
    jumps.hidden = !isAll;
    if (map) { map.classList.toggle("searched", !isAll); }
    count.textContent = isAll ? rows.length + " authorities"
      : found ? found + " of " + rows.length + (rows.length === 1 ? " authority" : " authorities")
      : "No authority has these words in its name. Try fewer words, or another group or year.";
  }

  function note() {
    const wanted = words.value.trim();
    history.replaceState(null, "", wanted ? "#" + new URLSearchParams({ q: wanted }) : "#");
  }

  // Whatever a link has behind #q= is words to look for: this reads "%" as it is written.
  function take() {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("q");
    if (wanted !== null) { words.value = wanted.slice(0, 200); }
    show();
  }

  form.hidden = false;
  form.addEventListener("input", function () { show(); note(); });
  form.addEventListener("reset", function () {
    setTimeout(function () { show(); note(); words.focus(); });
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const first = document.querySelector("#letters tr:not([hidden]) [data-year]:not([hidden]) a");
    if (first) { first.focus(); }
  });
  window.addEventListener("hashchange", take);
  window.addEventListener("pageshow", take);  // a browser that comes back fills the fields again
}());
