// An open chat shows what is written meanwhile, and leaves alone what is being typed. Without JavaScript the link below
// the chat does it. Times are shown as they are where the reader is.
{
  const SOON = 8_000, LATER = 30_000; // Milliseconds: after something came, and at most.
  const spoken = document.documentElement.lang;
  const locale = navigator.languages.find((each) => each.startsWith(`${spoken}-`)) ?? spoken; // 24 hours, or am and pm.
  const local = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const localise = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) time.textContent = local.format(new Date(time.dateTime));
  };
  localise(document.querySelector("main"));

  const thread = document.querySelector("[data-thread]");
  const frame = document.querySelector("[data-follow]");
  const form = frame?.querySelector("form:has(textarea)");
  let wait = SOON, timer = 0, isAsking = false, isOver = false;

  const show = (fresh) => {
    const there = new Map([...thread.children].map((line) => [line.dataset.at, line]));
    const held = form?.getBoundingClientRect().top;
    const stays = new Set();
    const come = [];
    for (const line of [...fresh.children]) {
      stays.add(line.dataset.at);
      if (there.has(line.dataset.at)) continue;
      localise(line);
      thread.append(line);
      come.push(line);
    }
    for (const [at, line] of there) if (!stays.has(at)) line.remove();
    // Whoever writes keeps the form where it is; whoever reads further up is left there.
    if (held !== undefined && held < window.innerHeight) window.scrollBy(0, form.getBoundingClientRect().top - held);
    const theirs = come.filter((line) => !line.classList.contains("mine"));
    if (!theirs.length) return;
    frame.querySelector("[data-news]").textContent = theirs
      .map((line) => `${frame.dataset.follow}: ${line.querySelector(".words").textContent}`).join(" ");
    document.querySelector("[data-answered]")?.classList.add("done");
  };

  const ask = async () => {
    if (isAsking || isOver) return;
    isAsking = true;
    clearTimeout(timer);
    const query = new URLSearchParams({ part: "thread", last: thread.lastElementChild?.dataset.at ?? "" });
    wait = Math.min(wait * 1.5, LATER);
    try {
      const answer = await fetch(`${location.pathname}?${query}`, { cache: "no-store" });
      // Signed out, or the link was ended: the page says so when it is loaded again.
      if (answer.redirected || [401, 403, 404, 410].includes(answer.status)) isOver = true;
      else if (answer.status === 200) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        show(page.querySelector("[data-thread]"));
        wait = SOON;
      } else if (answer.headers.has("Retry-After")) wait = Math.max(LATER, 1000 * answer.headers.get("Retry-After"));
    } catch {
      // No network: it is asked again later.
    }
    isAsking = false;
    if (!document.hidden && !isOver) timer = setTimeout(ask, wait);
  };

  if (thread && frame) {
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (!document.hidden) {
        wait = SOON;
        ask();
      }
    });
    frame.querySelector("[data-ask]").addEventListener("click", (event) => {
      if (isOver) return; // Then it loads the page.
      event.preventDefault();
      wait = SOON;
      ask();
    });
    if (!document.hidden) timer = setTimeout(ask, wait);
  }
}
