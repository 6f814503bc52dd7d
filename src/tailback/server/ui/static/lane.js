// The page of a lane: the chart, and the facts refreshed while somebody looks.
"use strict";

(() => {
  const EVERY_MS = 15000;
  const chart = document.getElementById("chart");
  const span = Number(chart.dataset.span);
  const STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000];
  let plot = null;
  let data = null;
  let zoomed = false;

  const paint = (name) => getComputedStyle(chart).getPropertyValue(name).trim();

  function two(whole, big, bigWord, small, smallWord) {
    const rest = Math.floor((whole % big) / small);
    return `${Math.floor(whole / big)} ${bigWord}` + (rest ? ` ${rest} ${smallWord}` : "");
  }

  function duration(seconds) {
    const whole = Math.floor(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 600) return two(whole, 60, "min", 1, "s");
    if (whole < 3600) return `${Math.floor(whole / 60)} min`;
    if (whole < 86400) return two(whole, 3600, "h", 60, "min");
    return two(whole, 86400, "d", 3600, "h");
  }

  function moment(at, incr) {
    const when = new Date(at * 1000);
    const day = when.toLocaleDateString([], { day: "numeric", month: "short" });
    const midnight = when.getHours() === 0 && when.getMinutes() === 0;
    if (incr >= 86400 || midnight) return day;
    return when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  function marks(u) {
    const { ctx, bbox } = u;
    const dpr = devicePixelRatio;
    ctx.save();
    ctx.lineWidth = 1.5 * dpr;
    ctx.strokeStyle = paint("--soft");
    ctx.setLineDash([6 * dpr, 5 * dpr]);
    const y = Math.round(u.valToPos(data.promise_s, "age", true));
    ctx.beginPath(); ctx.moveTo(bbox.left, y); ctx.lineTo(bbox.left + bbox.width, y); ctx.stroke();
    ctx.font = `${12 * dpr}px system-ui, sans-serif`;
    ctx.fillStyle = paint("--soft");
    ctx.textAlign = "right";
    ctx.fillText(`promise ${duration(data.promise_s)}`, bbox.left + bbox.width - 4 * dpr, y - 5 * dpr);
    ctx.setLineDash([2 * dpr, 3 * dpr]);
    ctx.strokeStyle = ctx.fillStyle = paint("--deploy");
    ctx.textAlign = "left";
    for (const deploy of data.deploys) {
      const x = Math.round(u.valToPos(deploy.at, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height); ctx.stroke();
      ctx.fillText(deploy.release.slice(0, 10), x + 5 * dpr, bbox.top + 12 * dpr);
    }
    ctx.restore();
  }

  function options() {
    const grid = { stroke: paint("--line"), width: 1 };
    const axis = { stroke: paint("--soft"), font: "12px system-ui, sans-serif", ticks: { show: false } };
    const bars = uPlot.paths.bars({ size: [0.7, 40], align: 1 });
    const top = (max) => Math.max(4, Math.ceil(max * 1.9));
    return {
      width: chart.clientWidth,
      height: innerWidth < 600 ? 240 : 320,
      padding: [12, 4, 0, 0],
      cursor: { y: false, drag: { x: true, y: false, uni: 10 } },
      legend: { live: true },
      scales: {
        x: { time: true },
        count: { range: (_u, _min, max) => [0, top(max || 0)] },
        age: { range: (_u, _min, max) => [0, Math.max(data.promise_s * 1.25, (max || 0) * 1.08)] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, values: (_u, splits, _i, _space, incr) => splits.map((at) => moment(at, incr)) },
        { ...axis, scale: "age", grid, size: 78, incrs: STEPS, space: 44, values: (_u, splits) => splits.map((value) => (value ? duration(value) : "0")) },
        { ...axis, scale: "count", side: 1, grid: { show: false }, size: 44 },
      ],
      series: [
        { label: "at", value: (_u, v) => (v == null ? "—" : moment(v, 60)) },
        { label: "finished", scale: "count", paths: bars, fill: paint("--done"), points: { show: false }, value: (_u, v) => (v == null ? "—" : v.toLocaleString()) },
        { label: "failed attempts", scale: "count", paths: bars, fill: paint("--failed"), points: { show: false }, value: (_u, v) => (v == null ? "—" : v.toLocaleString()) },
        { label: "normal", scale: "age", fill: paint("--usual"), points: { show: false }, value: (_u, v) => (v == null ? "not known yet" : `up to ${duration(v)}`) },
        { label: "oldest job", scale: "age", stroke: paint("--accent"), width: 2.2, points: { size: 4, fill: paint("--accent") }, value: (_u, v) => (v == null ? "not measured" : duration(v)) },
      ],
      hooks: {
        draw: [marks],
        setScale: [(u, key) => { if (key === "x") zoomed = u.scales.x.max - u.scales.x.min < span * 0.98; }],
      },
    };
  }

  function draw() {
    const column = (name) => data.points.map((point) => point[name]);
    const columns = [column("at"), column("completions"), column("failures"), column("baseline_high_s"), column("oldest_age_s")];
    if (plot && zoomed) { plot.setData(columns, false); return; }
    if (plot) plot.destroy();
    chart.replaceChildren();
    plot = new uPlot(options(), columns, chart);
  }

  async function load() {
    const to = Math.floor(Date.now() / 60000) * 60 + 60;
    const url = `${chart.dataset.url}?from=${to - span}&to=${to}`;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(String(answer.status));
    data = await answer.json();
    draw();
  }

  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      if (!getSelection().isCollapsed && part.contains(getSelection().anchorNode)) continue;
      const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
      if (next && !part.contains(document.activeElement)) part.replaceWith(next);
    }
  }

  function cutOff(is) {
    document.body.classList.toggle("cut-off", is);
    let alarm = document.getElementById("alarm");
    if (is && !alarm) {
      alarm = document.createElement("div");
      alarm.id = "alarm";
      alarm.className = "alarm";
      alarm.setAttribute("role", "alert");
      alarm.textContent = "Not live: the server does not answer. What stands below may be wrong now.";
      document.body.prepend(alarm);
    } else if (!is) alarm?.remove();
  }

  async function look() {
    if (document.hidden) return;
    try { await load(); await refresh(); cutOff(false); } catch { cutOff(true); }
  }

  load().catch(() => { chart.firstElementChild.textContent = "The chart could not be loaded; the numbers below are from the same range."; });
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => data && requestAnimationFrame(() => { zoomed = false; draw(); }));
  let width = innerWidth;
  addEventListener("resize", () => { if (data && innerWidth !== width) { width = innerWidth; zoomed = false; draw(); } });
})();
