// The map, its filters and its list. Without JavaScript the list and the form say the same, page by page.
{
  const box = document.querySelector("[data-map]");
  const form = document.querySelector("[data-filters]");
  const { create, marker, setup, whereAmI } = pawMaps;
  const words = box.dataset;
  // As the pages of the list write dates.
  const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
  const FEW = 12; // A cluster of so many opens as a list where zooming would not part it.
  let map, pins, circle, asked = 0;
  let byHand = false, moved = false; // The list follows the map from when somebody has moved it.

  const filters = () => {
    const values = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...values]) if (!value.trim()) values.delete(name);
    if (!values.has("near")) values.delete("distance_km");
    return values;
  };
  const near = () => {
    const found = /^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(form.elements.near.value);
    return found && [Number(found[1]), Number(found[2])];
  };
  const fetched = async (extra) => {
    const values = filters();
    if (words.test) values.set("test", words.test);
    for (const [name, value] of Object.entries(extra)) values.set(name, value);
    const answer = await fetch(`${words.api}?${values}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    return answer.json();
  };
  const bounds = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east < west ? east + 360 : east]);
  const shownBox = () => {
    const seen = map.getBounds();
    if (seen.getEast() - seen.getWest() >= 360) return "-180,-90,180,90";
    const turn = (longitude) => ((longitude + 540) % 360 + 360) % 360 - 180;
    const edge = (latitude) => Math.max(-90, Math.min(90, latitude));
    return [turn(seen.getWest()), edge(seen.getSouth()), turn(seen.getEast()), edge(seen.getNorth())]
      .map((side) => side.toFixed(4)).join(",");
  };

  // --- pins -----------------------------------------------------------------------------------------------------
  // The filter has the words for kinds in the reader's language.
  const kind = (species) => [...form.elements.species.options].find(({ value }) => value && value === species)?.textContent;
  const named = ({ name, species, type }) => name || kind(species) || type || words.nameless;
  const element = (name, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };
  const row = (report) => {
    const link = report.url ? new URL(report.url).pathname : "/report?status=lost";
    const said = element("span", {},
      element("span", { className: `badge ${report.status}`, textContent: words[report.status] }), " ",
      ...(report.is_test ? [element("span", { className: "badge test", textContent: words.testData })] : []),
      element("strong", { textContent: named(report) }),
      element("span", { className: "small", textContent: report.seen_on
        ? new Date(`${report.seen_on}T12:00`).toLocaleDateString(language, { dateStyle: "long" }) : "" }),
      element("span", { className: "small link", textContent: report.status === "lost" ? words.open : words.yours }));
    const photo = report.thumbnail
      ? [element("img", { src: report.thumbnail, alt: "", loading: "lazy", width: 72, height: 72 })] : [];
    return element("a", { className: "map-card", href: link }, ...photo, said);
  };
  const popup = (reports) => L.popup({ maxHeight: 280, minWidth: 210, maxWidth: 260 })
    .setContent(element("div", { className: "map-cards" }, ...reports.map(row)));
  const openCluster = async ({ bbox, geometry, properties }) => {
    const wide = bounds(bbox);
    const closer = map.getBoundsZoom(wide.pad(0.3));
    const place = L.latLng(geometry.coordinates[1], geometry.coordinates[0]);
    if (map.getZoom() < map.getMaxZoom() && (properties.count > FEW || closer - map.getZoom() < 6) && closer > map.getZoom()) {
      map.fitBounds(wide.pad(0.3));
      return;
    }
    const { features } = await fetched({ bbox: bbox.join(",") });
    popup(features.map((feature) => feature.properties)).setLatLng(place).openOn(map);
  };
  const short = (count) => (count < 1000 ? count : `${Math.floor(count / 100) / 10}k`);
  const pin = (feature) => {
    const [longitude, latitude] = feature.geometry.coordinates;
    const middle = map.getCenter().lng;
    const place = [latitude, longitude + 360 * Math.round((middle - longitude) / 360)];
    const { count, lost, status } = feature.properties;
    if (count) {
      const side = lost === count ? "lost" : lost ? "both" : "found";
      const size = count < 10 ? 40 : count < 100 ? 46 : 54;
      const label = words.several.replace("{count}", count);
      return marker(place, { className: `several ${side}`, words: short(count), label, size })
        .on("click keypress", (event) => { if (event.type === "click" || event.originalEvent.key === "Enter") openCluster(feature); });
    }
    const label = `${words[status]}: ${named(feature.properties)}`;
    return marker(place, { className: status, words: status === "lost" ? "?" : "!", label, size: 34 })
      .bindPopup(() => popup([feature.properties]).getContent(), { minWidth: 210, maxWidth: 260 });
  };
  const drawPins = async () => {
    const mine = ++asked;
    const answer = await fetched({ bbox: shownBox(), zoom: Math.round(map.getZoom()) });
    if (mine !== asked) return; // The map was moved on meanwhile.
    const hadFocus = box.contains(document.activeElement);
    const open = map._popup?.isOpen() ? map._popup.getLatLng() : null;
    const kept = open && map.getBounds().contains(open);
    if (!kept) pins.clearLayers();
    else for (const layer of pins.getLayers()) if (!layer.isPopupOpen?.()) pins.removeLayer(layer);
    for (const feature of answer.features) pin(feature).addTo(pins);
    document.querySelector("[data-map-cut]").hidden = answer.is_whole;
    // Whoever went to a pin by the keyboard goes on from the map, though that pin is another one now.
    if (hadFocus && !box.contains(document.activeElement)) box.focus({ preventScroll: true });
  };

  // --- the list -------------------------------------------------------------------------------------------------
  const drawList = async () => {
    const values = filters();
    if (moved) values.set("bbox", shownBox());
    values.set("part", "list");
    const answer = await fetch(`/pet/map?${values}`);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const list = page.getElementById("map-list");
    if (!list) return;
    document.getElementById("map-list").replaceWith(list);
    document.querySelector("[data-count-said]").textContent = list.querySelector("h2").textContent;
  };
  let soon;
  const refresh = ({ list = true } = {}) => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      drawPins().catch(() => {});
      if (list) drawList().catch(() => {});
    }, 200);
  };

  // --- what is looked at ----------------------------------------------------------------------------------------
  const showAll = async () => {
    circle?.remove();
    circle = undefined;
    const here = near();
    if (here) {
      const metres = Number(form.elements.distance_km.value) * 1000;
      circle = L.circle(here, { radius: metres, className: "map-area", interactive: false }).addTo(map);
      map.fitBounds(circle.getBounds(), { animate: false });
      return;
    }
    const { features } = await fetched({ zoom: 6 });
    const all = L.latLngBounds([]);
    for (const { bbox, geometry } of features) {
      if (bbox) all.extend(bounds(bbox)); else all.extend([geometry.coordinates[1], geometry.coordinates[0]]);
    }
    if (all.isValid()) map.fitBounds(all.pad(0.15), { maxZoom: setup.tiles ? 13 : 10, animate: false });
    else map.setView([20, 10], 2, { animate: false });
  };
  const begin = async () => {
    box.hidden = false;
    map = await create(box);
    pins = L.layerGroup().addTo(map);
    map.on("click", () => map.closePopup());
    await showAll();
    await drawPins();
    for (const name of ["wheel", "pointerdown", "keydown"]) {
      box.addEventListener(name, () => { byHand = true; }, { passive: true, capture: true });
    }
    map.on("moveend", () => {
      moved ||= byHand;
      refresh({ list: moved });
    });
  };
  const ask = async () => {
    byHand = moved = false;
    const values = filters();
    for (const name of ["near", "distance_km"]) values.delete(name); // Where somebody is has no place in an address that is kept.
    if (location.pathname === "/pet/map") history.replaceState(null, "", values.size ? `?${values}` : location.pathname);
    await showAll().catch(() => {});
    refresh();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  form.addEventListener("change", ask);
  form.querySelector("[data-show]").hidden = true;
  const said = form.querySelector("[data-near-said]");
  const button = form.querySelector("[data-near]");
  button.hidden = !("geolocation" in navigator);
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = said.dataset.asking;
    try {
      const here = await whereAmI({ exact: false });
      form.elements.near.value = here.join(", ");
      said.textContent = said.dataset.known;
      await ask();
    } catch {
      said.textContent = said.dataset.refused;
    }
    button.disabled = false;
  });
  if (setup.leaflet) begin().catch(() => { box.hidden = true; });
}
