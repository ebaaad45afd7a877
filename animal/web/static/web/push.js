// Asks the browser to tell of news, once its person presses the button. Where it cannot, there is no button.
const form = document.querySelector("form[data-push]");

const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const subscribe = async (key) => {
  await navigator.serviceWorker.register("/sw.js");
  const worker = await navigator.serviceWorker.ready;
  const before = await worker.pushManager.getSubscription();
  // One of an earlier key of ours is told nothing any more.
  if (before) await before.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
};

if (form && "serviceWorker" in navigator && "PushManager" in window) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = "";
    try {
      const { endpoint, keys } = (await subscribe(form.dataset.push)).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.submit();
    } catch {
      said.textContent = said.dataset.said;
      button.disabled = false;
    }
  });
}
