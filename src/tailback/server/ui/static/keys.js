// The keys of every page: to the search box, along a list, and the help that says so.
"use strict";

(() => {
  const PLACES = "#lanes > li > details > summary, main table:not(.map) > tbody > tr, main .episodes > li";
  const help = document.getElementById("help");
  const find = document.getElementById("find") || document.getElementById("q");

  function move(step) {
    const shown = [...document.querySelectorAll(PLACES)].filter((place) => place.offsetParent);
    const at = shown.findIndex((place) => place.contains(document.activeElement));
    const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.max(0, Math.min(shown.length - 1, at + step))];
    if (!next) return;
    const target = next.matches("summary") ? next : next.querySelector("a[href]") || next;
    if (target === next && !next.matches("summary")) next.tabIndex = -1;
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    "?": () => (help.open ? help.close() : help.showModal()),
    "/": () => find?.focus(),
    Escape: () => document.activeElement?.blur(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select");
    if (typing && event.key !== "Escape") return;
    const act = keys[event.key];
    if (!act || (help.open && event.key !== "?")) return;
    event.preventDefault();
    act();
  });
  document.getElementById("keys").addEventListener("click", () => help.showModal());
  document.documentElement.classList.add("js");
})();
