// Keeps the board live: swaps changed rows in place and says loudly when it cannot.
"use strict";

(() => {
  const SILENT_AFTER_MS = 12000;
  const alarm = document.getElementById("alarm");
  const alarmText = document.getElementById("alarm-text");
  let lastHeard = Date.now();
  let stream = null;

  const clock = (when) => new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

  function heard() {
    lastHeard = Date.now();
    alarm.hidden = true;
    document.body.classList.remove("cut-off");
  }

  function lost(why) {
    alarmText.textContent = `${why} What stands below is from ${clock(lastHeard)} and may be wrong now.`;
    alarm.hidden = false;
    document.body.classList.add("cut-off");
  }

  function swap(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("main");
    const main = document.getElementById("main");
    if (!fresh || !main) return;
    const opened = [...main.querySelectorAll("details[open]")].map((item) => item.id);
    const focused = document.activeElement && document.activeElement.closest("details");
    for (const id of opened) {
      const item = fresh.querySelector(`[id="${CSS.escape(id)}"]`);
      if (item) item.open = true;
    }
    const rows = main.querySelector("#lanes");
    const freshRows = fresh.querySelector("#lanes");
    if (rows && freshRows) {
      for (const part of [...main.children]) if (part !== rows) part.remove();
      for (const part of [...fresh.children]) {
        if (part === freshRows) continue;
        if (part.compareDocumentPosition(freshRows) & Node.DOCUMENT_POSITION_FOLLOWING) main.insertBefore(part, rows);
        else main.append(part);
      }
      morph(rows, freshRows);
    } else {
      main.replaceChildren(...fresh.childNodes);
    }
    if (focused) document.getElementById(focused.id)?.querySelector("summary")?.focus({ preventScroll: true });
    const trouble = Number(fresh.dataset.trouble);
    document.title = (trouble ? `(${trouble}) ` : "") + "Tailback";
    const icon = document.getElementById("icon");
    const href = `/static/${fresh.dataset.icon}.svg`;
    if (icon && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
  }

  function morph(rows, freshRows) {
    const old = new Map([...rows.children].map((row) => [row.id, row]));
    let place = rows.firstElementChild;
    for (const fresh of [...freshRows.children]) {
      let row = old.get(fresh.id);
      old.delete(fresh.id);
      if (row && row.outerHTML !== fresh.outerHTML) {
        const at = row === place;
        row.replaceWith(fresh);
        if (at) place = fresh;
        row = fresh;
      }
      row = row || fresh;
      if (row === place) place = place.nextElementSibling;
      else rows.insertBefore(row, place);
    }
    for (const gone of old.values()) gone.remove();
  }

  function connect() {
    if (stream) stream.close();
    stream = new EventSource("/board/stream");
    stream.addEventListener("board", (event) => { swap(event.data); heard(); });
    stream.addEventListener("tick", heard);
  }

  setInterval(() => {
    if (document.hidden) return;
    if (Date.now() - lastHeard > SILENT_AFTER_MS) {
      lost(navigator.onLine ? "The server does not answer." : "This device is offline.");
      if (!stream || stream.readyState === EventSource.CLOSED) connect();
    }
  }, 2000);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (stream) stream.close(); stream = null; }
    else { lastHeard = Math.max(lastHeard, Date.now() - SILENT_AFTER_MS + 4000); connect(); }
  });

  connect();
})();
