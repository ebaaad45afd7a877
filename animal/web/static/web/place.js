// Fills in where the person is, when they ask for it. Without JavaScript the fields are typed.
for (const button of document.querySelectorAll("button[data-place]")) {
  if (!("geolocation" in navigator)) continue;
  const said = button.form.querySelector("[data-place-said]");
  const say = (name) => { said.textContent = name ? said.dataset[name] : ""; };
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    say("asking");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      button.form.latitude.value = coords.latitude.toFixed(6);
      button.form.longitude.value = coords.longitude.toFixed(6);
      button.disabled = false;
      say("known");
    }, () => {
      button.disabled = false;
      say("refused");
    }, { enableHighAccuracy: true, timeout: 15000 });
  });
}
