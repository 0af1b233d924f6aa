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
