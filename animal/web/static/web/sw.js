// Runs in a browser without a page: shows what was pushed, and opens the page that it is about.
self.addEventListener("push", (event) => {
  const news = event.data.json();
  event.waitUntil(self.registration.showNotification(news.title, {
    icon: ICON,
    tag: news.link, // What is pushed twice, or again about one page, is shown once.
    data: { link: news.link },
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const page = new URL(event.notification.data.link, self.location.origin);
  if (page.origin === self.location.origin) event.waitUntil(show(page));
});

// A tab that shows the page already is brought to the front; it would be there twice. A talk shows by itself what is
// new, and may hold what is being typed; another page is loaded again.
const show = async (page) => {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = open.find((one) => one.url.split("#")[0] === page.href.split("#")[0]);
  if (!there) return self.clients.openWindow(page.href);
  const shown = await there.focus();
  return page.pathname.startsWith("/chat/") ? shown : shown.navigate(page.href.split("#")[0]);
};
