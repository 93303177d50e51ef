// Compare a file with the digests of all letters, which the table below the form has. The file is
// read here and goes nowhere: the page's policy lets it open no connection.
"use strict";
(function () {
  const LARGEST = 100 * 1024 * 1024;
  const form = document.getElementById("check");
  const input = document.getElementById("file");
  const answers = Array.from(document.querySelectorAll(".answer"));
  const digest = document.getElementById("digest");
  const letters = new Map(Array.from(
    document.querySelectorAll("[data-sha256]"), row => [row.dataset.sha256, row]));
  let asked = 0;

  async function sha256(file) {
    const octets = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(octets), each => each.toString(16).padStart(2, "0")).join("");
  }

  function say(within, words) {
    for (const each of within.querySelectorAll("[data-say]")) {
      each.textContent = words[each.dataset.say] || "";
    }
  }

  function show(name, words, row) {
    for (const each of answers) { each.hidden = each.id !== name; }
    const chosen = document.getElementById(name);
    if (chosen) { say(chosen, words); }
    if (chosen && row) {
      chosen.querySelector("[data-link]").href = row.querySelector("a").getAttribute("href");
    }
    digest.hidden = !words.digest;
    say(digest, words);
  }

  function of(row) {
    return {
      name: row.querySelector("th").textContent.trim(),
      date: row.dataset.date,
      version: row.dataset.version,
      replaced: row.dataset.replaced,
    };
  }

  async function look(files) {
    const turn = asked += 1;
    if (files.length !== 1) { show(files.length ? "several" : "", {}); return; }
    const words = { file: files[0].name };
    if (files[0].size > LARGEST) { show("large", words); return; }
    show("", {});
    try {
      words.digest = await sha256(files[0]);
    } catch {
      // There is no crypto.subtle without https, and a folder is not a file.
      if (turn === asked) { show("unread", words); }
      return;
    }
    if (turn !== asked) { return; }  // another file was chosen meanwhile
    const row = letters.get(words.digest);
    if (!row) { show("no", words); return; }
    show(row.dataset.replaced ? "older" : "yes", { ...words, ...of(row) }, row);
  }

  form.hidden = false;
  document.getElementById("unscripted").hidden = true;
  document.getElementById("list").open = false;
  input.addEventListener("change", function () { look(input.files); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  // A file that is dropped beside the form would be opened in place of this page.
  window.addEventListener("dragover", function (event) { event.preventDefault(); });
  window.addEventListener("drop", function (event) {
    event.preventDefault();
    input.value = "";
    look(event.dataTransfer.files);
  });
  // A link to the list, or to a letter in it, opens it.
  window.addEventListener("hashchange", function () {
    if (location.hash === "#letters") { document.getElementById("list").open = true; }
  });
  if (input.files.length) { look(input.files); }  // a browser that comes back has it still
}());
