// Photos are dropped as well as chosen, shown before they are sent, and sent with a bar that says how far they are.
// Without JavaScript the same form is sent as it is.
for (const form of document.querySelectorAll("form[data-photos]")) {
  const input = form.elements.photos;
  const drop = form.querySelector("[data-drop]");
  const chosen = form.querySelector("[data-chosen]");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const said = progress.querySelector("label");
  const box = document.querySelector("[data-problems]");
  [...form.querySelectorAll("button")].at(-1).before(progress); // Where somebody looks who has just sent it.

  const draw = async (file, item) => {
    // Drawn, since the Content-Security-Policy lets no picture in that does not come from the service.
    const picture = await createImageBitmap(file);
    const canvas = document.createElement("canvas");
    const side = Math.min(picture.width, picture.height);
    canvas.width = canvas.height = 160;
    canvas.className = "photo";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", file.name);
    canvas.getContext("2d").drawImage(
      picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 160, 160);
    picture.close();
    item.firstChild.replaceWith(canvas);
  };
  const without = (gone) => {
    const files = new DataTransfer();
    for (const file of input.files) if (file !== gone) files.items.add(file);
    input.files = files.files;
    show();
    (chosen.querySelector("button") ?? input).focus();
  };
  const show = () => {
    chosen.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      const remove = document.createElement("button"), unseen = document.createElement("span");
      remove.type = "button";
      remove.className = "quiet slim";
      unseen.className = "unseen";
      unseen.textContent = `: ${file.name}`;
      remove.append(chosen.dataset.remove, unseen);
      remove.addEventListener("click", () => without(file));
      item.append(file.name, remove); // The name stays for a kind that the browser cannot draw, such as HEIC.
      draw(file, item).catch(() => {});
      return item;
    }));
  };
  const refuse = (problems) => {
    box.querySelector("ul").replaceChildren(...problems.map((problem) => {
      const item = document.createElement("li");
      item.textContent = problem;
      return item;
    }));
    box.hidden = false;
    box.scrollIntoView({ block: "center" });
    progress.hidden = true;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  };

  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    // What was chosen before stays: people drop one photo after the other.
    const files = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) files.items.add(file);
    input.files = files.files;
    show();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.hidden = true;
    bar.removeAttribute("value");
    said.textContent = said.dataset.said;
    progress.hidden = false;
    progress.scrollIntoView({ block: "nearest" });
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    const request = new XMLHttpRequest(); // fetch() tells nothing of how far an upload is.
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      if (loaded === total) said.textContent = said.dataset.done;
    };
    request.onerror = () => refuse([said.dataset.failed]);
    request.onload = () => {
      const answer = request.response;
      if (answer?.next) location.assign(answer.next);
      else if (answer?.problems) refuse(answer.problems);
      else form.submit(); // Whatever else there is to say (signed out, too often) is a page.
    };
    request.send(new FormData(form));
  });
}

// Photos that are being looked at: the page shows what was seen in them as soon as they are read, and leaves the rest of
// it, where somebody may be typing, as it is.
if (document.querySelector("[data-reading]")) {
  const OFTEN = 3_000, SELDOM = 30_000; // Milliseconds.
  const renew = async (wait) => {
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (answer?.redirected || answer?.status === 404) return;
    if (answer?.ok && !document.hidden) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-reading]")) {
        for (const part of document.querySelectorAll("[data-read]")) {
          part.replaceChildren(...page.querySelector(`[data-read="${part.dataset.read}"]`)?.childNodes ?? []);
        }
        return;
      }
    }
    setTimeout(renew, wait, Math.min(wait * 1.5, SELDOM));
  };
  setTimeout(renew, OFTEN, OFTEN);
}
