// Fills in where the person is, when they ask for it. Without JavaScript the fields are typed.
for (const button of document.querySelectorAll("button[data-place]")) {
  if (!("geolocation" in navigator)) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      button.form.latitude.value = coords.latitude.toFixed(6);
      button.form.longitude.value = coords.longitude.toFixed(6);
    });
  });
}
