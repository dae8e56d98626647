// Keep what is typed into text areas while other forms of the page are sent, until their own is.
//
//   [data-keep]   everything within is kept under this name, in this tab alone

for (const room of document.querySelectorAll("[data-keep]")) {
  for (const area of room.querySelectorAll("textarea[id]")) {
    const key = `keep ${room.dataset.keep} ${area.id}`;
    const kept = sessionStorage.getItem(key);
    if (!area.value && kept) {
      area.value = kept;
      area.closest("details")?.setAttribute("open", "");
    }
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    area.form?.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
}
