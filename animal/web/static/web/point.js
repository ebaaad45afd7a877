// Small maps of one place, `data-point`: a dot, or with `data-around` what lies so many metres around it. Without
// JavaScript there is a link beside them. Nothing of a map is loaded before somebody comes to see it.
{
  const { create, setup } = pawMaps;
  const show = async (box) => {
    const place = box.dataset.point.split(",").map(Number), around = Number(box.dataset.around ?? 0);
    const map = await create(box, { scrollWheelZoom: false });
    // Without streets there is nothing to see from so near.
    map.setView(place, setup.tiles ? (around ? 14 : 16) : 8, { animate: false });
    if (around && setup.tiles) L.circle(place, { radius: around, className: "map-area", interactive: false }).addTo(map);
    else L.circleMarker(place, { radius: around ? 14 : 8, className: around ? "map-area" : "map-dot", interactive: false }).addTo(map);
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      show(target).catch(() => { target.hidden = true; });
    }
  }, { rootMargin: "200px" });
  for (const box of document.querySelectorAll("[data-point]")) {
    if (!setup.leaflet) continue;
    box.hidden = false;
    seen.observe(box);
  }
}
