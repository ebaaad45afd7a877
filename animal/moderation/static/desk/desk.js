// The two lists of rights that Django's SelectFilter2.js makes on load have signs with a name and no role, which a screen
// reader passes over. Its own listener came first.
addEventListener("load", () => {
  for (const sign of document.querySelectorAll(".search-label-icon[aria-label]")) sign.setAttribute("role", "img");
});
