// What scripts add to the desk; every page works without them.
"use strict";

// Times are told in the reader's own zone from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `punnet_zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;

// A filter that is chosen needs no button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-at-once]");
  if (form) form.requestSubmit();
});

// A click elsewhere, or Escape, closes what opened over the page.
const shut = (except) => document.querySelectorAll("details.pop[open]").forEach((open) => {
  if (open !== except) open.open = false;
});
document.addEventListener("click", (event) => shut(event.target.closest("details.pop")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details.pop[open]");
  shut(null);
  open?.querySelector("summary")?.focus();
});

// Enter in a sheet means the sheet's own button, not the form's first one.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
  const button = event.target.closest(".sheet")?.querySelector("button");
  if (!button) return;
  event.preventDefault();
  button.click();
});

// --- dialogs ---------------------------------------------------------------------
document.querySelectorAll("[data-opens]").forEach((button) => { button.hidden = false; });
document.addEventListener("click", (event) => {
  const opens = event.target.closest?.("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens).showModal();
});

// --- the queue by keyboard -------------------------------------------------------
const queue = {
  flags: () => [...document.querySelectorAll("[data-flag]")],
  here: () => document.querySelector("[data-flag].here"),
  stand(flag) {
    if (!flag) return;
    this.here()?.classList.remove("here");
    flag.classList.add("here");
    flag.querySelector("[data-opens-flag]").focus({ preventScroll: true });
    flag.scrollIntoView({ block: "nearest" });
  },
  move(by) {
    const flags = this.flags();
    const at = flags.indexOf(this.here());
    this.stand(flags[at < 0 ? 0 : Math.min(Math.max(at + by, 0), flags.length - 1)]);
  },
  box: (flag) => flag?.querySelector('input[name="flag"]'),
  tick() {
    const box = this.box(this.here());
    if (!box) return;
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  },
  // Acts on what is ticked; where nothing is, on the flag where one stands.
  act(key) {
    const doing = document.querySelector(`[data-queue] .bulk [data-key="${key}"]`);
    if (!doing) return;
    if (!document.querySelector('[data-queue] input[name="flag"]:checked')) {
      if (!this.here()) return;
      this.tick();
    }
    if (doing.tagName !== "DETAILS") return doing.click();
    doing.open = true;
    doing.querySelector("textarea, select, input").focus();
  },
};
const keys = {
  j: () => queue.move(1),
  k: () => queue.move(-1),
  x: () => queue.tick(),
  o: () => queue.here()?.querySelector("[data-opens-flag]").click(),
  "?": () => document.getElementById("keys")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !document.querySelector("[data-queue]")) return;
  const act = keys[event.key] ?? ("edsa".includes(event.key) ? () => queue.act(event.key) : null);
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-queue]");
  const told = form?.querySelector("[data-ticked]");
  if (!told) return;
  const n = form.querySelectorAll('input[name="flag"]:checked').length;
  told.textContent = told.dataset.ticked.replace("{n}", n);
});

// --- plots: drawn of the table that says the same ---------------------------------
const drawn = new Map();
function draw(canvas) {
  const table = document.getElementById(canvas.dataset.plot);
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("i");
  document.body.append(probe);
  const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.tBodies[0].rows];
  const series = heads.map((head, at) => ({
    label: head.textContent,
    data: rows.map((row) => Number(row.cells[at + 1].textContent)),
    backgroundColor: colour(head.dataset.colour),
    borderRadius: 3,
    maxBarThickness: 14,
  }));
  const [soft, line] = [colour("--soft"), colour("--line")];
  probe.remove();
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new Chart(canvas, {
    type: "bar",
    data: { labels: rows.map((row) => row.cells[0].textContent), datasets: series },
    options: {
      animation: false, maintainAspectRatio: false, responsive: true,
      font: { family: style.fontFamily },
      plugins: { legend: { display: false } },
      scales: {
        x: { ticks: { color: soft }, grid: { display: false }, border: { color: line } },
        y: { ticks: { color: soft, precision: 0, maxTicksLimit: 5 }, grid: { color: line }, border: { display: false }, beginAtZero: true, suggestedMax: 4 },
      },
    },
  }));
}
function drawAll() {
  if (window.Chart) document.querySelectorAll("canvas[data-plot]").forEach(draw);
}
document.addEventListener("DOMContentLoaded", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

// Where the pages' names do not fit, the one that is open comes into view.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Words that are selected in a text become the quote of a report on it.
const quoting = document.querySelector("[data-quotes]");
document.addEventListener("selectionchange", () => {
  const chosen = document.getSelection();
  const words = chosen.toString().trim();
  const text = quoting && document.getElementById(quoting.dataset.quotes);
  if (words && text?.contains(chosen.anchorNode) && text.contains(chosen.focusNode)) quoting.value = words;
});
