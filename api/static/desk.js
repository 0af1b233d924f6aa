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

// Nobody has to leave a field of many lines to send it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.tagName !== "TEXTAREA") return;
  const around = event.target.closest(".sheet") ?? event.target.form;
  around?.querySelector("button:not(.sr)")?.click();
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
// Who speaks to the machine would press them without meaning to.
const keysOn = document.getElementById("keys-on");
if (keysOn) {
  keysOn.checked = localStorage.getItem("punnet_keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("punnet_keys", keysOn.checked ? "on" : "off"));
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keysOn?.checked || !document.querySelector("[data-queue]")) return;
  const act = keys[event.key] ?? ("edsar".includes(event.key) ? () => queue.act(event.key) : null);
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("focusin", (event) => {
  if (!event.target.matches("[data-opens-flag]")) return;
  queue.here()?.classList.remove("here");
  event.target.closest("[data-flag]").classList.add("here");
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-queue]");
  const told = form?.querySelector("[data-ticked]");
  if (!told) return;
  const n = form.querySelectorAll('input[name="flag"]:checked').length;
  told.textContent = told.dataset.ticked.replace("{n}", n);
});

// --- after a deed: on to the flag that stands in its place, else to what it came to ---
const notices = document.getElementById("notices");
const came = sessionStorage.getItem("punnet_at");
sessionStorage.removeItem("punnet_at");
document.addEventListener("submit", () => {
  const first = queue.flags().findIndex((flag) => queue.box(flag)?.checked);
  if (first >= 0) sessionStorage.setItem("punnet_at", first);
});
if (notices?.firstElementChild && !document.querySelector("[autofocus]")) {
  const next = came === null ? null : queue.flags().at(Math.min(came, queue.flags().length - 1));
  if (next) {
    queue.stand(next);
    // Only what changes in a live region is said aloud.
    setTimeout(() => notices.append(notices.firstElementChild), 300);
  } else notices.focus();
}

// --- plots: drawn of the table that says the same ---------------------------------
const drawn = new Map();
// The page's colours as they are now, light or dark.
function colours() {
  const probe = document.createElement("i");
  document.body.append(probe);
  const of = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  return { of, done: () => probe.remove() };
}
function draw(canvas) {
  const table = document.getElementById(canvas.dataset.plot);
  const style = getComputedStyle(document.documentElement);
  const { of: colour, done } = colours();
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
  done();
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
  if (!window.Chart) return;
  document.querySelectorAll("canvas[data-plot]").forEach(draw);
  document.querySelectorAll("canvas[data-scatter]").forEach(scatter);
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

// --- alternatives: cost against evidence, drawn of the table that says the same ------
const named = {
  id: "named",
  afterDatasetsDraw(chart) {
    const { ctx, data } = chart;
    ctx.font = `600 12px ${getComputedStyle(document.body).fontFamily}`;
    ctx.fillStyle = data.ink;
    const taken = [];
    data.datasets.forEach((set, at) => chart.getDatasetMeta(at).data.forEach((point, n) => {
      const told = set.data[n];
      if (!told.named) return;
      const width = ctx.measureText(told.mode).width;
      const x = Math.min(Math.max(point.x - width / 2, chart.chartArea.left), chart.width - width);
      let y = point.y - 14;
      while (taken.some((one) => Math.abs(one.y - y) < 15 && one.x < x + width + 6 && x < one.x + one.width + 6)) y -= 15;
      taken.push({ x, y, width });
      ctx.fillText(told.mode, x, y);
    }));
  },
};
function scatter(canvas) {
  const rows = [...document.getElementById(canvas.dataset.scatter).tBodies[0].rows];
  const least = Math.min(...rows.map((row) => Number(row.dataset.point)).filter((cost) => cost > 0));
  const named_ = new Set();
  const points = rows.filter((row) => row.dataset.point !== "None").map((row) => ({
    x: Math.max(Number(row.dataset.point), least / 2), y: 100 * Number(row.dataset.evidence),
    sort: row.dataset.sort, mode: row.dataset.mode, label: row.cells[0].innerText.trim(), cost: row.cells[2].innerText,
  }));
  // One name for each way: that of its strongest point.
  points.toSorted((one, other) => (other.sort === "chosen") - (one.sort === "chosen") || other.y - one.y).forEach((point) => {
    point.named = !named_.has(point.mode);
    named_.add(point.mode);
  });
  const { of, done } = colours();
  const set = (sort, more) => ({ data: points.filter((point) => point.sort === sort), borderWidth: 2, ...more });
  const [accent, edge, soft, line] = ["--accent", "--edge", "--soft", "--line"].map(of);
  const data = {
    ink: of("--ink"),
    datasets: [
      set("chosen", { pointStyle: "rectRot", radius: 9, hoverRadius: 11, backgroundColor: accent, borderColor: accent }),
      set("possible", { radius: 6, hoverRadius: 8, backgroundColor: edge, borderColor: edge }),
      set("ruled-out", { radius: 5, hoverRadius: 7, backgroundColor: "transparent", borderColor: edge }),
    ],
  };
  done();
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new Chart(canvas, {
    type: "scatter", data, plugins: [named],
    options: {
      animation: false, maintainAspectRatio: false, responsive: true,
      clip: false, layout: { padding: { right: 16, top: 48 } },
      plugins: { legend: { display: false }, tooltip: { callbacks: { label: ({ raw }) => `${raw.label}: ${raw.cost}, ${Math.round(raw.y)}%` } } },
      scales: {
        x: { type: "logarithmic", title: { display: true, text: canvas.dataset.x, color: soft }, ticks: { color: soft, maxRotation: 0, autoSkipPadding: 16, callback: (value, _, all) => all.length < 9 || [1, 2, 5].includes(Number(value.toExponential(6).split("e")[0])) ? value.toLocaleString(document.documentElement.lang, { maximumSignificantDigits: 1 }) : null }, grid: { color: line }, border: { color: line } },
        y: { min: 0, max: 100, title: { display: true, text: canvas.dataset.y, color: soft }, ticks: { color: soft, stepSize: 25, callback: (value) => `${value}%` }, grid: { color: line }, border: { display: false } },
      },
    },
  }));
}

// --- a run while it runs: the server sends what the page shows -------------------------
const following = document.querySelector("[data-follow]");
if (following) {
  const told = document.getElementById("run-told");
  const events = new EventSource(following.dataset.follow);
  let spoke = 0;
  const show = (event) => {
    following.innerHTML = event.data;
    const now = following.firstElementChild;
    const ends = event.type === "end";
    // Not at every step: who listens would hear nothing else.
    if (ends || Date.now() - spoke > 5000) { told.textContent = now.dataset.told; spoke = Date.now(); }
    if (ends) events.close();
    // The brake's form stands outside of what is sent.
    if (now.dataset.state === "needs_confirmation" && !document.querySelector(".brake")) location.reload();
  };
  events.addEventListener("run", show);
  events.addEventListener("end", show);
}

// --- files that are dropped or chosen are uploaded one by one, large ones too ----------
const uploading = document.querySelector("[data-upload]");
if (uploading) {
  const field = uploading.querySelector("input[type=file]");
  const drop = uploading.querySelector(".drop");
  const told = uploading.querySelector("[data-told]");
  const token = JSON.parse(document.body.getAttribute("hx-headers"));
  const send = async (files) => {
    let place = "";
    for (const [n, file] of files.entries()) {
      told.textContent = `${file.name} (${n + 1}/${files.length}) …`;
      const form = new FormData();
      form.append("files", file);
      const answer = await fetch(uploading.action, { method: "POST", body: form, headers: token });
      if (!answer.ok) { told.textContent = `${uploading.dataset.failed} ${file.name}`; return; }
      place = answer.url;
    }
    location.assign(place);
  };
  uploading.addEventListener("submit", (event) => { event.preventDefault(); send([...field.files]); });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) send([...event.dataTransfer.files]);
    });
  }
}

// --- secrets are copied by a button -----------------------------------------------------
document.querySelectorAll("[data-copies]").forEach((button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.querySelector("span").textContent = button.dataset.done;
  });
});
