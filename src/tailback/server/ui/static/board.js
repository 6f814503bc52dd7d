// Keeps the board live: swaps changed rows in place and says loudly when it cannot.
"use strict";

(() => {
  const SILENT_AFTER_MS = 12000;
  const LATE_AFTER_S = 15;
  const alarm = document.getElementById("alarm");
  const alarmText = document.getElementById("alarm-text");
  const find = document.getElementById("find");
  const body = document.body;
  let lastHeard = Date.now();
  let stream = null;
  let unfolded = false;

  const clock = (when) => new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const lanes = () => document.getElementById("lanes");

  function heard() {
    lastHeard = Date.now();
    if (alarm.hidden) return;
    alarm.hidden = true;
    body.classList.remove("cut-off");
  }

  function lost(text) {
    if (alarmText.textContent !== text) alarmText.textContent = text;
    alarm.hidden = false;
    body.classList.add("cut-off");
    const icon = document.getElementById("icon");
    icon.setAttribute("href", "/static/mark-blind.svg");
    document.title = "(?) Tailback";
  }

  function ticked(event) {
    const late = JSON.parse(event.data).late_s || 0;
    if (late <= LATE_AFTER_S) { heard(); return; }
    lastHeard = Date.now();
    lost(`Tailback itself is behind: nothing was judged for ${Math.floor(late)} s. What stands below is old and may be wrong now.`);
  }

  function swap(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    const main = document.getElementById("main");
    if (!fresh || !main) return;
    const focused = document.activeElement && document.activeElement.closest("details");
    const rows = lanes();
    const freshRows = fresh.querySelector("#lanes");
    if (rows && freshRows) {
      if (freshRows.dataset.fold) rows.dataset.fold = freshRows.dataset.fold;
      else delete rows.dataset.fold;
      morph(rows, freshRows);
      around(main, rows, fresh, freshRows);
    } else {
      main.replaceChildren(...fresh.childNodes);
    }
    main.dataset.version = fresh.dataset.version;
    if (focused && !document.activeElement.closest("details")) document.getElementById(focused.id)?.querySelector("summary")?.focus({ preventScroll: true });
    const trouble = Number(fresh.dataset.trouble);
    document.title = (trouble ? `(${trouble}) ` : "") + "Tailback";
    const icon = document.getElementById("icon");
    const href = `/static/${fresh.dataset.icon}.svg`;
    if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
    fold();
    filter();
  }

  // What stands before and after the rows: replaced only where it differs, so that nothing flickers.
  function around(main, rows, fresh, freshRows) {
    const known = new Map([...main.children].filter((part) => part !== rows).map((part) => [part.id, part]));
    for (const part of [...fresh.children]) {
      if (part === freshRows) continue;
      const old = known.get(part.id);
      known.delete(part.id);
      if (part.id === "foldline" && old) continue;
      if (old) { if (old.outerHTML !== part.outerHTML) old.replaceWith(part); continue; }
      if (part.compareDocumentPosition(freshRows) & Node.DOCUMENT_POSITION_FOLLOWING) main.insertBefore(part, rows);
      else main.append(part);
    }
    for (const gone of known.values()) gone.remove();
  }

  function reading(row) {
    const chosen = getSelection();
    return !chosen.isCollapsed && row.contains(chosen.anchorNode);
  }

  function morph(rows, freshRows) {
    const old = new Map([...rows.children].map((row) => [row.id, row]));
    let place = rows.firstElementChild;
    for (const fresh of [...freshRows.children]) {
      let row = old.get(fresh.id);
      old.delete(fresh.id);
      if (fresh.hasAttribute("data-same")) {
        if (!row) { stream.close(); connect(); return; }
      } else if (!row) {
        row = fresh;
      } else if (!reading(row)) {
        const details = fresh.querySelector("details");
        details.open = row.querySelector("details").open;
        const at = row === place;
        row.replaceWith(fresh);
        if (at) place = fresh;
        row = fresh;
      }
      if (row === place) place = place.nextElementSibling;
      else rows.insertBefore(row, place);
    }
    for (const gone of old.values()) gone.remove();
  }

  function fold() {
    const button = document.getElementById("fold");
    const number = Number(lanes()?.dataset.fold || 0);
    body.classList.toggle("folded", number > 0 && !unfolded);
    if (!button) return;
    const text = `${unfolded ? "Fold" : "Show"} ${number} healthy lanes`;
    if (button.lastElementChild.textContent !== text) button.lastElementChild.textContent = text;
    button.hidden = false;
    button.setAttribute("aria-expanded", String(unfolded));
  }

  function filter() {
    const wanted = find ? find.value.trim().toLowerCase() : "";
    body.classList.toggle("filtered", wanted !== "");
    for (const row of lanes()?.children || []) {
      row.hidden = wanted !== "" && !row.querySelector(".what").textContent.toLowerCase().includes(wanted);
    }
  }

  function wall() {
    body.classList.toggle("wall");
    const url = new URL(location.href);
    if (body.classList.contains("wall")) url.searchParams.set("wall", "1");
    else url.searchParams.delete("wall");
    history.replaceState(null, "", url);
  }

  function toggleFold() { unfolded = !unfolded; fold(); }

  const keys = {
    o: () => document.activeElement.closest?.("li.lane")?.querySelector("a.button")?.click(),
    h: toggleFold,
    w: wall,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target === find) { find.value = ""; filter(); }
    const act = keys[event.key];
    if (!act || event.target.closest("input, textarea, select, dialog")) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#fold")) toggleFold();
  });
  find?.addEventListener("input", filter);

  function connect() {
    if (stream) stream.close();
    stream = new EventSource("/board/stream");
    stream.addEventListener("board", (event) => { swap(event.data); heard(); });
    stream.addEventListener("tick", ticked);
  }

  setInterval(() => {
    if (document.hidden || Date.now() - lastHeard <= SILENT_AFTER_MS) return;
    const why = navigator.onLine ? "The server does not answer." : "This device is offline.";
    lost(`${why} What stands below is from ${clock(lastHeard)} and may be wrong now.`);
    if (!stream || stream.readyState === EventSource.CLOSED) connect();
  }, 2000);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (stream) stream.close(); stream = null; }
    else { lastHeard = Math.max(lastHeard, Date.now() - SILENT_AFTER_MS + 4000); connect(); }
  });

  fold();
  connect();
})();
