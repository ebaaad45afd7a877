// A place: where the device says it is, a pin on a map, or two numbers, which are all that is sent. What a device or a
// search for addresses says is a proposal: somebody has to look at the pin. Without JavaScript the fields are typed.
for (const picker of document.querySelectorAll("[data-place-picker]")) {
  const part = (name) => picker.querySelector(`[data-${name}]`);
  const form = picker.closest("form");
  const { latitude, longitude, radius_km: radius } = form.elements;
  const box = part("place-here"), said = part("place-said"), right = part("pin-right"), tick = part("pin-box");
  const { create, marker, setup, whereAmI } = pawMaps;
  const say = (name) => { said.textContent = name ? said.dataset[name] : ""; };
  let map, pin, circle, handle, opening;

  const typed = () => {
    const at = [latitude, longitude].map((field) => (field.value.trim() === "" ? NaN : Number(field.value)));
    return at.every(Number.isFinite) && Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180 ? at : null;
  };
  const unsure = () => { // Until somebody says that the pin is right, the form is not sent.
    right.hidden = false;
    tick.required = true;
    tick.checked = false;
  };
  const written = ({ lat, lng }) => {
    const place = L.latLng(Math.max(-85, Math.min(85, lat)), lng).wrap();
    for (const field of [latitude, longitude]) field.disabled = false;
    latitude.value = place.lat.toFixed(6);
    longitude.value = place.lng.toFixed(6);
    for (const field of [latitude, longitude]) field.removeAttribute("aria-invalid");
    unsure();
  };

  // --- the distance of a watched area ----------------------------------------------------------------------------
  const metres = () => Number(radius.value) * 1000;
  const edge = () => {
    const { lat, lng } = pin.getLatLng();
    const degrees = metres() / 6371008.8 * 180 / Math.PI;
    return L.latLng(lat, lng + degrees / Math.max(0.05, Math.cos(lat * Math.PI / 180)));
  };
  const around = () => {
    if (!circle) return;
    circle.setLatLng(pin.getLatLng()).setRadius(metres());
    handle.setLatLng(edge());
  };
  const chosen = (km) => {
    const limited = Math.max(0.5, Math.min(100, km));
    const rounded = limited < 10 ? Math.round(limited * 2) / 2 : Math.round(limited);
    let option = [...radius.options].find((one) => Number(one.value) === rounded);
    if (!option) {
      option = radius.querySelector("[data-own]") ?? Object.assign(document.createElement("option"), {});
      option.dataset.own = "";
      option.value = rounded;
      option.textContent = `${rounded} km`;
      const after = [...radius.options].find((one) => one !== option && Number(one.value) > rounded);
      radius.insertBefore(option, after ?? null);
    }
    radius.value = option.value;
  };
  const ringed = () => {
    circle = L.circle(pin.getLatLng(), { radius: metres(), className: "map-area", interactive: false }).addTo(map);
    handle = marker(edge(), { className: "handle", words: "↔", label: setup.handle, draggable: true, size: 40 }).addTo(map);
    handle.on("drag", () => {
      chosen(map.distance(pin.getLatLng(), handle.getLatLng()) / 1000);
      circle.setRadius(metres());
    });
    handle.on("dragend", () => { around(); radius.dispatchEvent(new Event("change", { bubbles: true })); });
    handle.getElement().addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      chosen(Number(radius.value) + step * (Number(radius.value) < 10 ? 0.5 : 1));
      around();
    });
    radius.addEventListener("change", () => { around(); map.fitBounds(circle.getBounds().pad(0.1)); });
  };

  // --- the pin ----------------------------------------------------------------------------------------------------
  const put = (place, zoom) => {
    if (!pin) {
      pin = marker(place, { className: "pin", words: "", label: setup.pin, draggable: true, size: 44 }).addTo(map);
      pin.on("drag", around);
      pin.on("dragend", () => { written(pin.getLatLng()); say("moved"); });
      pin.getElement().addEventListener("keydown", (event) => {
        const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
        if (!step) return;
        event.preventDefault();
        event.stopPropagation();
        const far = event.shiftKey ? 1 : 12;
        const point = map.latLngToContainerPoint(pin.getLatLng()).add(L.point(step).multiplyBy(far));
        pin.setLatLng(map.containerPointToLatLng(point));
        map.panInside(pin.getLatLng(), { padding: [40, 40] });
        written(pin.getLatLng());
        around();
      });
      if (radius) ringed();
    }
    pin.setLatLng(place);
    around();
    if (zoom && circle) map.fitBounds(circle.getBounds().pad(0.1));
    else if (zoom) map.setView(place, Math.max(zoom, map.getZoom()));
    else map.panInside(place, { padding: [40, 40] });
  };
  const open = async (at) => {
    opening ??= (async () => {
      box.hidden = part("place-how").hidden = false;
      map = await create(box);
      const start = at ?? typed();
      map.setView(start ?? [20, 10], start ? 12 : 2);
      if (start) put(start, 12);
      map.on("click", ({ latlng }) => { put(latlng); written(latlng); say("moved"); });
      // A tap on the map is its middle on a keyboard.
      box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target !== box) return;
        event.preventDefault();
        put(map.getCenter());
        written(map.getCenter());
        say("moved");
      });
    })();
    try {
      await opening;
    } catch {
      opening = undefined;
      box.hidden = part("place-how").hidden = true;
      say("noMap");
      throw new Error("no map");
    }
  };
  const propose = async (place, zoom) => {
    await open(place).catch((error) => { // Without a map somebody has to look at the numbers.
      [latitude.value, longitude.value] = place;
      unsure();
      throw error;
    });
    put(place, zoom);
    written(L.latLng(place));
  };

  const device = part("place"), byMap = part("place-map");
  byMap.hidden = false;
  byMap.addEventListener("click", async () => {
    await open().catch(() => {});
    box.scrollIntoView({ block: "nearest" });
    box.focus({ preventScroll: true });
  });
  if (device && "geolocation" in navigator) {
    device.hidden = false;
    device.addEventListener("click", async () => {
      device.disabled = true;
      say("asking");
      try {
        const place = await whereAmI({ exact: true });
        say("known");
        await propose(place, 15).catch(() => {});
      } catch {
        say("refused");
      }
      device.disabled = false;
    });
  }
  for (const field of [latitude, longitude]) {
    field.addEventListener("change", () => {
      const place = typed();
      if (place && map) put(place, 12);
      tick.required = false; // Typed by hand.
      right.hidden = true;
    });
  }

  // --- the search for addresses, where the operator has set one -----------------------------------------------------
  const address = part("address");
  if (address) {
    const text = part("address-text"), list = part("address-found");
    const find = async () => {
      if (!text.value.trim()) return;
      const answer = await fetch("/api/v1/places/search/", {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify({ text: text.value }),
      }).catch(() => null);
      if (!answer?.ok) { said.textContent = text.dataset.down; return; }
      const { results } = await answer.json();
      said.textContent = results.length ? "" : text.dataset.none;
      list.replaceChildren(...results.map((result) => {
        const item = document.createElement("li"), button = document.createElement("button");
        button.type = "button";
        button.className = "quiet slim";
        button.textContent = result.name;
        button.addEventListener("click", () => {
          list.replaceChildren();
          say("known");
          propose([result.latitude, result.longitude], 16).catch(() => {});
        });
        item.append(button);
        return item;
      }));
    };
    address.hidden = part("address-find").hidden = false;
    part("address-find").addEventListener("click", find);
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); find(); }
    });
  }
}
