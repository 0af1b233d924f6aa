"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const charts = [];
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const faint = (hex) => hex + "55";
  const per = (value) => Math.round(value * 100) + " %";
  const words = (name) => name.replaceAll("_", " ");

  function draw(id, config) {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    canvas.closest("figure").hidden = false;
    if (!canvas.parentElement.classList.contains("frame")) {
      const frame = document.createElement("div");
      frame.className = "frame";
      canvas.replaceWith(frame);
      frame.append(canvas);
    }
    charts.push(new Chart(canvas, config));
  }

  const shares = (title) => ({
    min: 0, max: 1, title: { display: !!title, text: title }, grid: { color: color("--grid") },
    ticks: { callback: per, stepSize: 0.2, maxRotation: 0 },
  });

  function ranking() {
    const rows = data.retrieval.filter((one) => one.value !== null && !one.name.startsWith("evidence"));
    if (!rows.length) return;
    draw("pages", {
      type: "bar",
      data: {
        labels: rows.map((one) => one.name),
        datasets: [
          { label: "value", data: rows.map((one) => one.value), backgroundColor: faint(color("--c1")), grouped: false, barPercentage: 0.75 },
          { label: "95 % interval", data: rows.map((one) => [one.low, one.high]), backgroundColor: color("--c1"), grouped: false, barThickness: 3 },
        ],
      },
      options: { indexAxis: "y", scales: { x: shares(), y: { grid: { display: false } } }, plugins: { legend: { display: false } } },
    });
  }

  function evidence() {
    const rows = data.retrieval.filter((one) => one.value !== null && one.name.startsWith("evidence"));
    if (!rows.length) return;
    const line = (key, more) => ({ label: key, data: rows.map((one) => one[key]), borderColor: color("--c1"), pointRadius: 0, borderWidth: 0, ...more });
    draw("pieces", {
      type: "line",
      data: {
        labels: rows.map((one) => one.name.split("@")[1]),
        datasets: [
          line("value", { borderWidth: 2.5, pointRadius: 4, backgroundColor: color("--c1") }),
          line("low", { fill: "+1", backgroundColor: color("--c1") + "22" }),
          line("high", {}),
        ],
      },
      options: { clip: false, scales: { y: shares(), x: { title: { display: true, text: "tokens" }, grid: { display: false } } }, plugins: { legend: { display: false } } },
    });
  }

  function reliability(at, bins) {
    const most = Math.max(1, ...bins.map((one) => one.n));
    draw("bins-" + at, {
      type: "bubble",
      data: {
        datasets: [
          { label: "questions", data: bins.map((one) => ({ x: one.estimated, y: one.held, r: 4 + 12 * Math.sqrt(one.n / most), n: one.n })), backgroundColor: faint(color("--c0")), borderColor: color("--c0") },
          { type: "line", label: "right", data: [{ x: 0, y: 0 }, { x: 1, y: 1 }], borderColor: color("--quiet"), borderDash: [5, 5], borderWidth: 1.5, pointRadius: 0 },
        ],
      },
      options: {
        clip: false,
        scales: { x: shares("estimated"), y: shares("held") },
        plugins: { legend: { display: false }, tooltip: { callbacks: { label: ({ raw }) => `estimated ${per(raw.x)}, held ${per(raw.y)}` + (raw.n ? `, ${raw.n} questions` : "") } } },
      },
    });
  }

  function modes(at, rows) {
    const types = [...new Set(rows.map((one) => one.type))];
    const names = ["none", "snippets", "expanded", "documents", "scoped", "full"].filter((mode) => rows.some((one) => one.mode === mode));
    const of = (type, mode) => rows.find((one) => one.type === type && one.mode === mode);
    const hues = { none: "--c5", snippets: "--c1", expanded: "--c3", documents: "--c2", scoped: "--c4", full: "--c0" };
    draw("shares-" + at, {
      type: "bar",
      data: {
        labels: types.map((type) => words(type) || "all"),
        datasets: names.map((mode) => ({ label: mode, data: types.map((type) => of(type, mode)?.share ?? 0), backgroundColor: color(hues[mode]), stack: "all" })),
      },
      options: {
        indexAxis: "y",
        scales: { x: { ...shares(), stacked: true }, y: { stacked: true, grid: { display: false }, ticks: { autoSkip: false } } },
        plugins: { legend: { position: "bottom" }, tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${per(item.raw)} (${of(types[item.dataIndex], item.dataset.label)?.n ?? 0})` } } },
      },
    });
  }

  function traffic(id, rows, key, scale) {
    const rates = [...new Set(rows.map((one) => one.per_hour))];
    const rules = [...new Set(rows.map((one) => one.rule))];
    const marks = ["circle", "rect", "triangle", "rectRot", "star", "cross"];
    draw(id, {
      type: "line",
      data: {
        labels: rates.map((rate) => rate + " an hour"),
        datasets: rules.map((rule, index) => ({
          label: rule,
          data: rates.map((rate) => rows.find((one) => one.rule === rule && one.per_hour === rate)[key]),
          borderColor: color("--c" + (index % 6)), backgroundColor: color("--c" + (index % 6)),
          borderWidth: index ? 1.75 : 3.5, pointStyle: marks[index % 6], pointRadius: index ? 4 : 5, order: index,
        })),
      },
      options: {
        scales: { y: { grid: { color: color("--grid") }, ...scale }, x: { grid: { display: false } } },
        plugins: { legend: { position: "bottom", labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 14 } } },
      },
    });
  }

  function all() {
    charts.splice(0).forEach((chart) => chart.destroy());
    Chart.defaults.color = color("--quiet");
    Chart.defaults.borderColor = color("--grid");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.animation = false;
    Chart.defaults.maintainAspectRatio = false;
    ranking();
    evidence();
    data.models.forEach((model, at) => {
      if (model.bins.length) reliability(at, model.bins);
      if (model.shares.length) modes(at, model.shares);
      const priced = model.simulated.filter((one) => one.usd_per_1000 !== null);
      if (priced.length) traffic("cost-" + at, priced, "usd_per_1000", { type: "logarithmic", ticks: { callback: (value) => "$" + value, maxTicksLimit: 7 } });
      if (model.simulated.length) traffic("wait-" + at, model.simulated, "ttft_p95_s", { beginAtZero: true, ticks: { callback: (value) => value + " s" } });
    });
  }

  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
