// Lists of a form, ordered by drag at a handle, and by their buttons without asking the server, so
// that the keyboard stays where it was: the order of the rows in the page is the order that is sent.

for (const list of document.querySelectorAll("[data-order]")) {
  let dragged = null;
  for (const row of list.children) {
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.draggable = true;
    handle.setAttribute("aria-hidden", "true"); // the buttons do the same
    row.prepend(handle);
    row.classList.add("can-move");
    handle.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", ""); // or Firefox drags nothing
      event.dataTransfer.setDragImage(row, 0, 0);
    });
    handle.addEventListener("dragend", () => {
      row.classList.remove("dragged");
      dragged = null;
    });
    row.addEventListener("dragover", (event) => {
      if (dragged === null) return;
      event.preventDefault();
      if (dragged === row) return;
      const box = row.getBoundingClientRect();
      const after = event.clientY > box.top + box.height / 2;
      list.insertBefore(dragged, after ? row.nextSibling : row);
    });
  }
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    const row = button?.closest("[data-order] > li");
    if (row?.parentElement !== list) return; // of a list within this one
    const verb = button.value.split(":", 1)[0];
    if (verb !== "up" && verb !== "down") return;
    event.preventDefault();
    if (verb === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
  });
}
