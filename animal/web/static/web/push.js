// Asks the browser to tell of news, once its person presses the button. Where it cannot, there is no button.
const form = document.querySelector("form[data-push]");

const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const subscription = async () => (await navigator.serviceWorker.getRegistration())?.pushManager.getSubscription();

const subscribe = async (key) => {
  await navigator.serviceWorker.register("/sw.js");
  const worker = await navigator.serviceWorker.ready;
  const before = await worker.pushManager.getSubscription();
  if (before) await before.unsubscribe();
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
};

// The list knows a browser by the digest of its address, with which nobody can send to it.
const removal = async (endpoint) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  const name = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return document.querySelector(`form[data-push-told="${name}"]`);
};

// One of an earlier key of ours is told nothing, so that its person may add it anew.
const isOfKey = (told, key) => {
  const used = new Uint8Array(told.options.applicationServerKey ?? []);
  return used.length === 0 || String(used) === String(bytes(key));
};

const markThisOne = async (key) => {
  const told = await subscription();
  const remove = told && await removal(told.endpoint);
  if (!remove) return false;
  remove.parentElement.querySelector("[data-push-this]").hidden = false;
  remove.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What the service forgets, the browser keeps: it would go on listening for nothing.
    await told.unsubscribe().catch(() => {});
    remove.submit();
  }, { once: true });
  return isOfKey(told, key);
};

if (form && "serviceWorker" in navigator && "PushManager" in window) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  markThisOne(form.dataset.push).catch(() => false).then((isTold) => { form.hidden = isTold; });
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
