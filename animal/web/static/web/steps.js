// A long form one part at a time. Without JavaScript, and when something was wrong with it, it stands there whole.
for (const form of document.querySelectorAll("form[data-steps]")) {
  const steps = [...form.querySelectorAll("[data-step]")];
  const said = form.querySelector("[data-step-said]");
  const actions = form.querySelector("[data-step-actions]");
  const send = form.querySelector("[data-send]");
  if (form.querySelector("[aria-invalid]")) continue;

  const button = (words, className) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.className = className;
    return made;
  };
  const back = button(form.dataset.back, "quiet"), next = button(form.dataset.next, "");
  actions.prepend(back, next);
  let now = 0;
  const show = (step, { focus = true } = {}) => {
    now = step;
    steps.forEach((part, index) => { part.hidden = index !== step; });
    back.hidden = step === 0;
    next.hidden = step === steps.length - 1;
    send.hidden = !next.hidden;
    said.hidden = false;
    said.textContent = form.dataset.said.replace("{step}", step + 1).replace("{steps}", steps.length);
    if (!focus) return;
    form.scrollIntoView({ block: "start" });
    steps[step].querySelector("input, select, textarea, button:not([hidden])")?.focus({ preventScroll: true });
  };
  const isRight = (part) => [...part.elements].every((field) => field.reportValidity());
  next.addEventListener("click", () => { if (isRight(steps[now])) show(now + 1); });
  back.addEventListener("click", () => show(now - 1));
  form.addEventListener("keydown", (event) => {
    // Enter goes on, and sends only at the end.
    if (event.key !== "Enter" || !["INPUT", "SELECT"].includes(event.target.tagName) || next.hidden) return;
    event.preventDefault();
    if (!event.target.closest("[data-address]")) next.click();
  });
  show(0, { focus: false });
}
