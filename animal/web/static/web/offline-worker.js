// The part of the service worker for a phone without a network. `VERSION` and `FILES` stand before it.
//
// Pages come from the network, always; without one there is the page that says so. Nothing that a person sees is kept:
// no page of theirs, no answer of the API, no photo. The few files kept are named by their content, so an old worker
// can show nothing outdated beside a new page: a new one takes over at once and waits for no tab to be closed.
{
  const CACHE = `pawgle-${VERSION}`;
  const OFFLINE = "/offline";
  const anyway = { ignoreVary: true };

  const renew = async () => {
    const answer = await fetch(OFFLINE, { cache: "no-cache" });
    if (answer.ok && !answer.redirected) await (await caches.open(CACHE)).put(OFFLINE, answer);
  };
  self.addEventListener("install", (event) => event.waitUntil((async () => {
    await (await caches.open(CACHE)).addAll([OFFLINE, ...FILES]);
    await self.skipWaiting();
  })()));
  self.addEventListener("activate", (event) => event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("pawgle-") && name !== CACHE) await caches.delete(name);
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  })()));

  const page = async (event) => {
    let answer;
    try {
      answer = (await event.preloadResponse) ?? await fetch(event.request);
    } catch {
      return (await caches.match(OFFLINE, anyway)) ?? Response.error();
    }
    event.waitUntil(speakAlike(answer).catch(() => {}));
    return answer;
  };
  // Whoever changes the language reads the kept page in it, too.
  const speakAlike = async (answer) => {
    const spoken = answer.headers.get("Content-Language");
    const kept = await caches.match(OFFLINE, anyway);
    if (answer.ok && spoken && kept && kept.headers.get("Content-Language") !== spoken) await renew();
  };
  self.addEventListener("fetch", (event) => {
    const { request } = event, address = new URL(request.url);
    if (request.method !== "GET" || address.origin !== self.location.origin) return;
    if (request.mode === "navigate" && !address.pathname.startsWith("/api/")) event.respondWith(page(event));
    else if (FILES.includes(address.pathname)) {
      event.respondWith(caches.match(address.pathname, anyway).then((kept) => kept ?? fetch(request)));
    }
  });

  // Background Sync: the network is back, and there may be no page. Throwing has the browser try again.
  self.addEventListener("sync", (event) => {
    if (event.tag === "drafts") event.waitUntil(sendKept());
  });
  const sendKept = async () => {
    const before = new Map((await drafts.all()).map((draft) => [draft.id, draft]));
    const sent = await drafts.sendAll();
    const pages = await self.clients.matchAll({ type: "window" });
    for (const one of pages) one.postMessage({ drafts: sent });
    if (pages.length || Notification.permission !== "granted") return; // Else the next page says so.
    for (const kept of await drafts.all()) {
      if (!sent.includes(kept.id)) continue;
      const told = { body: kept.label, icon: ICON, tag: kept.next, data: { link: kept.next } };
      await self.registration.showNotification(before.get(kept.id).sentSaid, told);
    }
  };
}
