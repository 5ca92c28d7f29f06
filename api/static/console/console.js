// The console works without this: it draws charts, remembers the colours, knows a key and sends a form once.
"use strict";

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(figure) {
  const canvas = figure.querySelector("canvas");
  const said = JSON.parse(document.getElementById(canvas.dataset.of).textContent);
  const axis = { stacked: said.stacked, grid: { color: style("--line") }, ticks: { color: style("--text"), precision: 0 }, border: { display: false } };
  canvas.parentElement.hidden = false;
  const old = Chart.getChart(canvas);
  if (old) old.destroy();
  new Chart(canvas, {
    type: said.kind,
    data: {
      labels: said.labels,
      datasets: said.series.map((one, n) => ({
        label: one.name, data: one.values, borderRadius: 3, tension: 0.25,
        backgroundColor: style(`--chart-${(n % 6) + 1}`), borderColor: style(`--chart-${(n % 6) + 1}`),
      })),
    },
    options: {
      maintainAspectRatio: false, animation: false, scales: { x: axis, y: { ...axis, beginAtZero: true } },
      plugins: { legend: { display: said.series.length > 1, position: "bottom", labels: { color: style("--text") } } },
    },
  });
  figure.querySelector("details").open = false;
}

function drawAll() {
  if (window.Chart) document.querySelectorAll(".chart[data-drawn]").forEach(draw);
}

function switchTheme() {
  const dark = document.documentElement.dataset.theme === "dark"
    || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
  drawAll();
}

// A table that is wider than its place is scrolled with the arrow keys as well, and has a name when it is reached.
function reachable(sheet) {
  const wide = sheet.scrollWidth > sheet.clientWidth;
  const heading = sheet.closest("section, article, main").querySelector("h1, h2, h3");
  for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", heading?.textContent.trim() ?? ""]]) {
    if (wide) sheet.setAttribute(name, value); else sheet.removeAttribute(name);
  }
}

// The page stays where a file comes: a later press is another one, and the code that was given still counts.
function renew(form) {
  delete form.dataset.sent;
  form.querySelector(".code-field")?.remove();
  if (crypto.randomUUID) form.querySelector("[name=once]").value = crypto.randomUUID();  // https or this machine
}

// What runs by itself is looked at again for two minutes, unless somebody is about to do something.
function refresh(element) {
  const looked = Number(sessionStorage.getItem(location.pathname)) + 1;
  if (looked > 24) return;
  setTimeout(() => {
    if (document.activeElement !== document.body) return;
    sessionStorage.setItem(location.pathname, looked);
    location.replace(location.pathname);
  }, element.dataset.refresh * 1000);
}

function key(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const field = document.querySelector("[data-find]");
  if (field) { event.preventDefault(); field.focus(); }
}

document.addEventListener("DOMContentLoaded", () => {
  drawAll();
  const sheets = new ResizeObserver((seen) => seen.forEach((one) => reachable(one.target.closest(".sheet"))));
  document.querySelectorAll(".sheet").forEach((one) => { reachable(one); sheets.observe(one); sheets.observe(one.firstElementChild); });
  document.querySelectorAll("[data-refresh]").forEach(refresh);
  document.querySelector("[data-theme-switch]")?.addEventListener("click", switchTheme);
  document.addEventListener("keydown", key);
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "yes";
    if (event.target.dataset.download !== undefined) { setTimeout(() => renew(event.target), 3000); return; }
    setTimeout(() => event.target.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
  });
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => {
  delete form.dataset.sent;
  form.querySelectorAll("button").forEach((one) => { one.disabled = false; });
}));
