// A report about a pet of one's own: what it is called and is stands with the pet already, and is not asked again.
// Without JavaScript the server takes it from there as well.
for (const form of document.querySelectorAll("form[data-steps]")) {
  const { pet_id: pet, type } = form.elements;
  if (!pet) continue;
  const follow = () => {
    const isOwn = pet.value !== "";
    for (const part of form.querySelectorAll("[data-animal]")) part.hidden = isOwn;
    for (const part of form.querySelectorAll("[data-pet-says]")) part.hidden = !isOwn;
    for (const part of form.querySelectorAll("[data-pet-only]")) {
      part.hidden = !isOwn;
      for (const field of part.querySelectorAll("input")) field.disabled = !isOwn; // What is not asked is not sent.
    }
    for (const part of form.querySelectorAll("[data-lost-already]")) {
      part.hidden = part.dataset.lostAlready !== pet.value;
      part.querySelector("input").disabled = part.hidden;
    }
    type.required = !isOwn;
  };
  pet.addEventListener("change", follow);
  follow();
}
