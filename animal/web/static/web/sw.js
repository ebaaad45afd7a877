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
  if (page.origin === self.location.origin) event.waitUntil(self.clients.openWindow(page.href));
});
