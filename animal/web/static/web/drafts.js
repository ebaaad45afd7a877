// Reports that could not be sent for lack of a network: kept in this browser, and sent later, once. Pages and the
// service worker both run this.
"use strict";
(() => {
  // The server knows the key of what it filed again for 24 hours (animal/core/idempotency.py). Later, one that did
  // arrive but whose answer was lost would be filed twice: then its person is asked first.
  const SURE_FOR = 23 * 3600 * 1000;
  const DROPPED_AFTER = 30 * 24 * 3600 * 1000;
  const NEEDS_ACCOUNT = "/report";

  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const inStore = async (mode, work) => {
    const opening = indexedDB.open("pawgle", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drafts", { keyPath: "id" });
    const database = await done(opening);
    try {
      const transaction = database.transaction("drafts", mode);
      const finished = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
      const result = await done(work(transaction.objectStore("drafts")));
      await finished;
      return result;
    } finally {
      database.close();
    }
  };
  const keep = (draft) => inStore("readwrite", (store) => store.put(draft));
  const forget = (id) => inStore("readwrite", (store) => store.delete(id));
  const all = async () => {
    const kept = await inStore("readonly", (store) => store.getAll());
    const old = kept.filter((draft) => Date.now() - draft.at > DROPPED_AFTER);
    for (const draft of old) await forget(draft.id);
    return kept.filter((draft) => !old.includes(draft)).sort((one, other) => one.at - other.at);
  };
  const forgetThose = async (isMeant) => {
    for (const draft of await all()) if (isMeant(draft)) await forget(draft.id);
  };

  // Who is signed in here now, and a token for a form: that of the page it was typed on may be long void.
  const ticket = async () => {
    const answer = await fetch("/drafts/ticket", { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
    return answer.json();
  };

  // {next} where it was filed, {problems} where it never will be as it is, nothing where another time may do. Throws
  // without a network. The key makes a second try of the same words and photos the same report.
  const post = async (draft, token) => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token);
    for (const [name, value, file] of draft.fields) file ? body.append(name, value, file) : body.append(name, value);
    const headers = { Accept: "application/json", "Idempotency-Key": draft.id };
    const answer = await fetch(draft.action, { method: "POST", body, headers, redirect: "manual" });
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return answer.json();
    return answer.status === 404 || answer.status === 413 ? { problems: [] } : {};
  };

  // What was sent is no longer kept, but for the link to what became of it.
  const attempt = async (draft, token) => {
    const { next, problems } = await post(draft, token);
    if (next) await keep({ id: draft.id, label: draft.label, account: draft.account, at: Date.now(), next });
    else if (problems) await keep({ ...draft, problems });
    return { next, problems };
  };
  const mayBeSentUnasked = (draft, account) =>
    !draft.next && !draft.problems && draft.account === account && Date.now() - draft.at < SURE_FOR
    && (account !== "" || draft.action !== NEEDS_ACCOUNT);

  // A page and the worker may both notice that the network is back; where there are no locks, the key is enough.
  const alone = (work) => (self.navigator.locks ? navigator.locks.request("pawgle-drafts", work) : work());
  const sendAll = () => alone(async () => {
    const waiting = (await all()).filter((draft) => !draft.next && !draft.problems);
    if (!waiting.length) return [];
    const { account, token } = await ticket();
    const sent = [];
    for (const draft of waiting.filter((one) => mayBeSentUnasked(one, account))) {
      if ((await attempt(draft, token)).next) sent.push(draft.id);
    }
    return sent;
  });
  // Asked for by its person, however old it is. One that was made signed out goes by whoever is signed in now.
  const sendOne = (id) => alone(async () => {
    const draft = (await all()).find((one) => one.id === id && !one.next);
    if (!draft) return {};
    const { account, token } = await ticket();
    if (draft.action === NEEDS_ACCOUNT && account === "") return { signIn: true };
    if (draft.account !== "" && draft.account !== account) return { signIn: true };
    return attempt(draft, token);
  });

  self.drafts = { all, keep, forget, forgetThose, post, sendAll, sendOne };
})();
