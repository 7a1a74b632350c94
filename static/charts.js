/* The dashboard's charts: what stands in each chart's <script type="application/json">, drawn by Chart.js in the page's colours.
   Without JavaScript, or where the script fails, the table beneath says the same. */

"use strict";

(() => {
  const amounts = new Intl.NumberFormat("es-EC", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const money = (value) => `$ ${amounts.format(value)}`;
  const probe = document.body.appendChild(document.createElement("span"));
  probe.hidden = true;

  /* A custom property holds light-dark(…), which only a real property resolves. */
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };

  function settings(data, reduced) {
    const [ink, line] = [colour("ink-2"), colour("line")];
    const now = { label: "Este período", data: data.now, backgroundColor: colour("petrol"), borderRadius: 3, order: 2 };
    const before = {
      label: "Período anterior", data: data.before, type: "line", borderColor: colour("warn"), borderWidth: 1.5,
      borderDash: [4, 3], pointRadius: 0, pointHitRadius: 8, tension: 0.25, order: 1,
    };
    const ticks = { color: ink, maxRotation: 0, autoSkipPadding: 12 };
    return {
      type: "bar",
      data: { labels: data.labels, datasets: [now, before] },
      options: {
        responsive: true, maintainAspectRatio: false, animation: reduced ? false : { duration: 300 },
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { reverse: true, labels: { color: ink, boxWidth: 12, boxHeight: 12 } },
          tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${money(item.parsed.y)}` } },
        },
        scales: {
          x: { ticks, grid: { display: false }, border: { color: line } },
          y: { beginAtZero: true, ticks: { ...ticks, maxTicksLimit: 5, callback: (value) => `$ ${value.toLocaleString("es-EC")}` }, grid: { color: line }, border: { display: false } },
        },
      },
    };
  }

  const drawn = [];

  function draw() {
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const chart of drawn.splice(0)) chart.destroy();
    for (const card of document.querySelectorAll("[data-chart]")) {
      const box = card.querySelector(".chart-box");
      box.hidden = false;
      drawn.push(new Chart(box.querySelector("canvas"), settings(JSON.parse(document.getElementById(card.dataset.chart).textContent), reduced)));
    }
  }

  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  Chart.defaults.font.size = 12;
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
