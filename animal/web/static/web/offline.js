// What pages do for a phone without a network: have the service worker, keep a report that cannot be sent, show what is
// kept, and send it when the network is back. `drafts.js` does the keeping and sending.
"use strict";
(() => {
  const box = document.querySelector("[data-drafts]");
  if (!box || !("indexedDB" in window)) return;
  const LAST = "pawgle-account"; // Who was signed in last here: the kept page of having no network cannot ask.
  const shown = document.body.dataset.account; // Nothing on pages that are the same for all.
  const remembered = () => { try { return localStorage.getItem(LAST) ?? ""; } catch { return ""; } };
  const account = shown ?? remembered();
  const say = (words) => { box.querySelector("[data-drafts-said]").textContent = words; };

  // --- what is kept -----------------------------------------------------------------------------------------------
  let edited = new URLSearchParams(location.hash.slice(1)).get("draft");
  const form = document.querySelector("form[data-draft]");
  const editPage = (draft) => {
    const status = draft.fields.find(([name]) => name === "status")?.[1] ?? "";
    const page = draft.action === "/report" ? `/report?status=${status}` : draft.action.replace(/\/report$/, "");
    return `${page}#draft=${encodeURIComponent(draft.id)}`;
  };
  const card = (draft) => {
    const item = box.querySelector("template").content.cloneNode(true).firstElementChild;
    const part = (name) => item.querySelector(`[data-draft-${name}]`);
    const words = box.dataset, isOld = Date.now() - draft.at > 23 * 3600 * 1000;
    part("label").textContent = draft.label;
    part("at").textContent = new Date(draft.at).toLocaleString(document.documentElement.lang);
    const states = { sent: draft.next, refused: draft.problems, unsigned: draft.account !== account, old: isOld };
    part("state").textContent = words[Object.keys(states).find((state) => states[state]) ?? "waiting"];
    part("problems").replaceChildren(...(draft.problems ?? []).map((problem) => {
      const line = document.createElement("li");
      line.textContent = problem;
      return line;
    }));
    const link = part("link"), send = part("send"), edit = part("edit");
    link.hidden = !draft.next;
    send.hidden = edit.hidden = Boolean(draft.next);
    if (draft.next) {
      link.href = draft.next;
      // Followed and forgotten, in this order: by then the page has begun to load.
      link.addEventListener("click", (event) => {
        event.preventDefault();
        drafts.forget(draft.id).finally(() => location.assign(draft.next));
      });
    } else {
      edit.href = editPage(draft);
    }
    send.addEventListener("click", async () => {
      send.disabled = true;
      say(words.sending);
      const answer = await drafts.sendOne(draft.id).catch(() => null);
      if (answer?.next) return drafts.forget(draft.id).finally(() => location.assign(answer.next));
      say(answer === null ? words.noNetwork : answer.signIn ? words.signIn : answer.problems ? "" : words.later);
      return show();
    });
    part("discard").addEventListener("click", async () => {
      if (!draft.next && !window.confirm(words.sure)) return;
      await drafts.forget(draft.id);
      await show();
    });
    return item;
  };
  const show = async () => {
    const kept = await drafts.all();
    const own = kept.filter((draft) => (draft.account === "" || draft.account === account) && draft.id !== edited);
    const others = box.querySelector("[data-drafts-others]");
    others.hidden = account !== "" || own.length === kept.length || Boolean(edited);
    box.querySelector("[data-drafts-list]").replaceChildren(...own.map(card));
    box.hidden = !own.length && others.hidden;
  };
  const sendKept = async () => {
    const sent = await drafts.sendAll().catch(() => []); // No network yet: the next page, or the browser, tries again.
    await arrived(sent);
  };
  const arrived = async (sent) => {
    await show();
    if (!sent.length) return;
    say(box.dataset.sent); // Not what was said when it was kept.
    const head = document.querySelector("[data-network]"); // Of the page that says that there is none.
    if (head) head.textContent = head.dataset.back;
  };

  // --- a form that cannot be sent -----------------------------------------------------------------------------------
  const TOKEN = "csrfmiddlewaretoken";
  const written = (id) => ({
    id,
    at: Date.now(),
    account,
    action: new URL(form.action).pathname,
    label: form.dataset.draft || document.querySelector("h1").textContent,
    sentSaid: box.dataset.sent,
    fields: [...new FormData(form)]
      .filter(([name, value]) => name !== TOKEN && (typeof value === "string" || value.size))
      .map(([name, value]) => (typeof value === "string" ? [name, value] : [name, value, value.name])),
  });
  const refuse = (problems) => {
    const list = document.createElement("ul");
    list.append(...problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
    const said = document.createElement("div");
    said.className = "error";
    said.setAttribute("role", "alert");
    const head = document.createElement("p"), strong = document.createElement("strong");
    strong.textContent = box.dataset.check;
    head.append(strong);
    said.append(head, list);
    document.querySelector("main .error")?.remove();
    form.before(said);
    said.scrollIntoView({ block: "center" });
  };
  const keepWritten = async (draft) => {
    try {
      await drafts.keep(draft);
    } catch {
      refuse([box.dataset.full]); // No room, or a private window: the page itself still has it.
      return;
    }
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.sync?.register("drafts").catch(() => {});
    form.reset();
    form.hidden = true;
    await show();
    say(box.dataset.kept);
    box.scrollIntoView({ block: "start" });
    box.querySelector("h2").focus();
  };
  const submitted = async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
    for (const button of buttons) button.disabled = true;
    const token = form.elements[TOKEN]?.value ?? "";
    const draft = written(edited ?? (token || [...crypto.getRandomValues(new Uint8Array(24))].join("-")));
    try {
      if (token && navigator.onLine) {
        const answer = await drafts.post(draft, token);
        if (answer.next) {
          if (edited) await drafts.forget(edited);
          location.assign(answer.next);
        } else if (answer.problems?.length) {
          refuse(answer.problems);
        } else {
          form.submit(); // Whatever else there is to say (signed out, too often) is a page; the token is the same key.
        }
        return;
      }
    } catch { /* Gone on the way: whether it arrived is not known, and the key makes it the same report. */ }
    finally {
      for (const button of buttons) button.disabled = false;
    }
    await keepWritten(draft);
    if (!token) await sendKept(); // The kept page may be open with a network.
  };
  const filled = async () => {
    const draft = (await drafts.all()).find((one) => one.id === edited && !one.next);
    const isOthers = !draft || (draft.account !== "" && draft.account !== account);
    if (isOthers || draft.action !== new URL(form.action).pathname) {
      edited = null; // Gone by now; or this is the page of having no network, in place of that of a tag.
      return;
    }
    for (const field of form.elements) {
      const values = draft.fields.filter(([name]) => name === field.name);
      if (field.type === "file") {
        const files = new DataTransfer();
        for (const [, photo, name] of values) files.items.add(new File([photo], name, { type: photo.type }));
        field.files = files.files;
      } else if (["radio", "checkbox"].includes(field.type)) {
        field.checked = values.some(([, value]) => value === field.value);
      } else if (values.length && field.name !== TOKEN) {
        [[, field.value]] = values;
      }
    }
    form.elements.pet_id?.dispatchEvent(new Event("change"));
    if (draft.problems?.length) refuse(draft.problems);
  };

  // --- when -------------------------------------------------------------------------------------------------------
  const begin = async () => {
    if (shown !== undefined) {
      try { localStorage.setItem(LAST, shown); } catch { /* A private window: then it is asked for each time. */ }
      // Another person at the same browser finds nothing of the one before.
      if (shown) await drafts.forgetThose((draft) => draft.account !== "" && draft.account !== shown);
      const gone = left();
      if (gone) await drafts.forgetThose((draft) => draft.account === gone);
    }
    if (form) {
      form.addEventListener("submit", submitted);
      const date = form.querySelector("[data-today]");
      if (date) date.valueAsDate = new Date();
      if (edited) await filled();
    }
    await show();
    await sendKept();
  };
  // Deleting the account may be refused, so it is known only on the page after it.
  const left = () => {
    try {
      const whose = sessionStorage.getItem(LAST);
      sessionStorage.removeItem(LAST);
      return shown === "" ? whose : null;
    } catch {
      return null;
    }
  };
  document.querySelector("form[action='/settings/delete']")?.addEventListener("submit", () => {
    try { sessionStorage.setItem(LAST, account); } catch { /* Then it is dropped by its age. */ }
  });
  for (const leaving of document.querySelectorAll("form[action='/sign-out']")) {
    leaving.addEventListener("submit", (event) => {
      event.preventDefault();
      try { localStorage.removeItem(LAST); } catch { /* Nothing was written either. */ }
      drafts.forgetThose((draft) => draft.account !== "").finally(() => leaving.submit());
    });
  }
  window.addEventListener("online", sendKept);
  navigator.serviceWorker?.addEventListener("message", (event) => { if (event.data?.drafts) arrived(event.data.drafts); });
  navigator.serviceWorker?.register("/sw.js").catch(() => {}); // Without it everything works but a page offline.
  begin().catch(() => {}); // A browser that refuses to keep anything: the forms are sent as they always were.
})();
