// What all maps of ours have in common. Leaflet and the base map are loaded when a map is first wanted, from here alone.
globalThis.pawMaps = (() => {
  const setup = document.querySelector("[data-map-setup]")?.dataset ?? {};
  let loading;

  const added = (name, attributes) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(name), attributes);
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
  const load = () => {
    loading ??= Promise.all([
      added("link", { rel: "stylesheet", href: setup.leafletCss }),
      added("script", { src: setup.leaflet }),
    ]);
    return loading;
  };

  // --- the bundled outlines, drawn tile by tile -----------------------------------------------------------------
  // Web Mercator, the world as the unit square: https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames
  const lines = (rows, units) => rows.map((row) => {
    const points = new Float64Array(row.length);
    let x = 0, y = 0, west = Infinity, east = -Infinity, north = Infinity, south = -Infinity;
    for (let i = 0; i < row.length; i += 2) {
      x += row[i];
      y += row[i + 1];
      const sine = Math.sin(Math.max(-85.06, Math.min(85.06, y / units)) * Math.PI / 180);
      const across = x / units / 360 + 0.5;
      const down = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
      points[i] = across;
      points[i + 1] = down;
      west = Math.min(west, across);
      east = Math.max(east, across);
      north = Math.min(north, down);
      south = Math.max(south, down);
    }
    return { points, west, east, north, south };
  });
  let outlines;
  const outlinesRead = () => {
    outlines ??= fetch(setup.basemap).then((answer) => answer.json()).then(
      ({ units, land, rivers }) => ({ land: lines(land, units), rivers: lines(rivers, units) }));
    return outlines;
  };
  const trace = (pen, line, scale, left, top) => {
    const { points } = line;
    let lastX = Infinity, lastY = Infinity;
    for (let i = 0; i < points.length; i += 2) {
      const x = points[i] * scale - left, y = points[i + 1] * scale - top;
      // Nobody sees less than half a pixel.
      if (i && i < points.length - 2 && Math.abs(x - lastX) < 0.5 && Math.abs(y - lastY) < 0.5) continue;
      if (i) pen.lineTo(x, y); else pen.moveTo(x, y);
      lastX = x;
      lastY = y;
    }
  };
  const draw = (tile, { x, y, z }, { land, rivers }) => {
    const side = 256, scale = side * 2 ** z, sharp = Math.min(2, devicePixelRatio || 1);
    tile.width = tile.height = side * sharp;
    const pen = tile.getContext("2d");
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    pen.scale(sharp, sharp);
    pen.fillStyle = colour("--map-sea");
    pen.fillRect(0, 0, side, side);
    const each = (list, then) => {
      for (const line of list) {
        for (const turn of [-1, 0, 1]) { // The world begins again where it ends.
          const left = (x - turn * 2 ** z) * side, top = y * side;
          if (line.east * scale < left || line.west * scale > left + side) continue;
          if (line.south * scale < top || line.north * scale > top + side) continue;
          pen.beginPath();
          trace(pen, line, scale, left, top);
          then();
        }
      }
    };
    pen.lineJoin = "round";
    pen.lineWidth = 1;
    pen.fillStyle = colour("--map-land");
    pen.strokeStyle = colour("--map-border");
    each(land, () => { pen.fill("evenodd"); pen.stroke(); });
    pen.strokeStyle = colour("--map-sea");
    pen.lineWidth = z > 5 ? 1.5 : 0.75;
    if (z > 2) each(rivers, () => pen.stroke());
  };
  const bundledLayer = () => {
    const Outlines = L.GridLayer.extend({
      createTile(coords, done) {
        const tile = document.createElement("canvas");
        outlinesRead().then((world) => { draw(tile, coords, world); done(null, tile); }, (error) => done(error, tile));
        return tile;
      },
    });
    const layer = new Outlines({ attribution: text(setup.outlines), maxZoom: 18 });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => layer.redraw());
    return layer;
  };
  const text = (words) => {
    const element = document.createElement("span");
    element.textContent = words;
    return element.innerHTML;
  };
  const baseLayer = () => {
    if (!setup.tiles) return bundledLayer();
    // Servers of tiles ask where their pictures are shown; they are told the site and not the page.
    return L.tileLayer(setup.tiles, { attribution: text(setup.attribution), maxZoom: 19, referrerPolicy: "origin" });
  };

  const create = async (element, options = {}) => {
    await load();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(element, {
      zoomControl: false, worldCopyJump: true, minZoom: 1, maxZoom: 18,
      zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, ...options,
    });
    map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: setup.zoomIn, zoomOutTitle: setup.zoomOut }).addTo(map);
    L.control.scale({ imperial: false, position: "topright" }).addTo(map);
    baseLayer().addTo(map);
    return map;
  };

  // A marker of ours is an element with words; `className` is a class of the stylesheet.
  const marker = (place, { className, words, label, size = 36, ...options }) => {
    const face = document.createElement("span");
    face.textContent = words;
    const icon = L.divIcon({ html: face, className: `marker ${className}`, iconSize: [size, size] });
    const made = L.marker(place, { icon, keyboard: true, ...options });
    made.on("add", () => {
      made.getElement().setAttribute("aria-label", label);
      made.getElement().title = label;
    });
    return made;
  };

  // Where the browser says that it is, when somebody asks by a click; to about a kilometre unless `exact`.
  const whereAmI = ({ exact }) => new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) { reject(new Error("none")); return; }
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const digits = exact ? 6 : 2;
      resolve([Number(coords.latitude.toFixed(digits)), Number(coords.longitude.toFixed(digits))]);
    }, reject, { enableHighAccuracy: exact, timeout: 15000 });
  });

  return { create, marker, setup, whereAmI };
})();
