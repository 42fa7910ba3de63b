// Adds to a page that reads completely without it: filters by status, area and text, and a button that copies a line.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const cases = [...document.querySelectorAll(".case")].map((element) => ({ element, text: null }));
  const groups = [...document.querySelectorAll(".group, .gap")];
  const lists = [...document.querySelectorAll(".list")];
  const shown = form.querySelector(".shown");

  // Reading the text of ten thousand cases takes a moment, so it waits for the first search.
  const textOf = (entry) => {
    const remedy = entry.element.closest(".gap")?.querySelector(":scope > .remedy");
    return (entry.text ??= `${entry.element.textContent} ${remedy?.textContent ?? ""}`.toLowerCase());
  };

  const apply = () => {
    const data = new FormData(form);
    const statuses = new Set(data.getAll("status"));
    const area = data.get("area");
    const words = data.get("text").toLowerCase().split(/\s+/).filter(Boolean);
    const all = form.querySelectorAll("[name=status]").length;
    const narrowed = area !== "" || words.length > 0 || statuses.size < all;
    let visible = 0;
    for (const entry of cases) {
      const { status, area: of } = entry.element.dataset;
      const keep =
        statuses.has(status) && (area === "" || of === area) && words.every((word) => textOf(entry).includes(word));
      entry.element.hidden = !keep;
      if (keep) visible += 1;
    }
    for (const group of groups) {
      group.hidden = narrowed && !group.querySelector(".case:not([hidden])");
    }
    for (const list of lists) {
      if (list.dataset.was === undefined) list.dataset.was = list.open ? "open" : "closed";
      list.open = area !== "" || words.length > 0 ? true : list.dataset.was === "open";
    }
    shown.textContent = narrowed ? `${visible} of ${cases.length} cases shown` : "";
  };

  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(apply, 120);
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon);
  form.addEventListener("reset", soon);

  // A link to a closed list should show what it promises.
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.localName === "details") at.open = true;
    }
    target.querySelector(":scope > .list")?.setAttribute("open", "");
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  for (const line of document.querySelectorAll(".curl")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(line.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(line);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    line.before(button);
  }
})();
