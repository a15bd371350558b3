"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  form.hidden = false;
  const rows = [...document.querySelectorAll("[data-row], details.case")];
  const text = rows.map((row) => {
    const parts = row.dataset.row === undefined ? row.querySelectorAll("summary:first-child, .finding, .rule, .body > p") : [row];
    return [...parts].map((part) => part.textContent).join(" ").toLowerCase();
  });
  const shown = document.getElementById("shown");
  const fits = (row, i, q, picked, selects) =>
    q.every((word) => text[i].includes(word)) &&
    (!picked || picked.has(row.dataset.verdict)) &&
    selects.every((s) => !s.value || row.dataset[s.name] === s.value || (s.name === "which" && row.dataset.which.split(" ").includes(s.value)));
  const apply = () => {
    const q = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const boxes = [...form.querySelectorAll("input[name=verdict]")];
    const picked = boxes.length ? new Set(boxes.filter((b) => b.checked).map((b) => b.value)) : null;
    const selects = [...form.querySelectorAll("select")];
    let n = 0;
    rows.forEach((row, i) => {
      const fit = fits(row, i, q, picked, selects);
      row.hidden = !fit;
      n += fit;
    });
    shown.textContent = n + " of " + rows.length + " cases are shown.";
  };
  let due = 0;
  form.addEventListener("input", () => {
    clearTimeout(due);
    due = setTimeout(apply, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  const showAll = () => {
    form.reset();
    for (const box of form.querySelectorAll("input[name=verdict]")) box.checked = true;
    for (const select of form.querySelectorAll("select")) select.value = "";
    apply();
  };
  const on = (id, act) => {
    const button = document.getElementById(id);
    if (button) button.addEventListener("click", act);
  };
  on("all", showAll);
  on("close", () => rows.forEach((row) => { row.open = false; }));
  for (const button of document.querySelectorAll("button[data-set]")) {
    button.title = "Show these cases";
    button.addEventListener("click", () => {
      showAll();
      form.elements[button.dataset.set].value = button.dataset.value;
      apply();
      const cases = document.getElementById("cases");
      cases.scrollIntoView();
      cases.focus({ preventScroll: true });
    });
  }
  const visit = () => {
    const row = /^#case-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!row) return;
    row.hidden = false;
    row.open = true;
    row.scrollIntoView();
    row.querySelector("summary").focus({ preventScroll: true });
  };
  window.addEventListener("hashchange", visit);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href='" + location.hash + "']");
    if (link && location.hash) setTimeout(visit);
  });
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("button.copy")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(button.previousElementSibling.textContent).then(() => {
          button.textContent = "Copied";
          setTimeout(() => { button.textContent = "Copy"; }, 2000);
        });
      });
    }
  }
  apply();
  visit();
})();
