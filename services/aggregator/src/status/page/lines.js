// Draws figures over time as a line.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [100, 24, 2];

/** @param {Element} place  @param {readonly (number | null)[]} figures the oldest first  @param {string} name */
export function drawLine(place, figures, name, intervalMs) {
  const svg = place.querySelector("svg") ?? place.appendChild(emptyDrawing());
  svg.querySelector("path").setAttribute("d", pathOf(figures));
  svg.setAttribute("aria-label", inWords(figures, name, intervalMs));
}

function emptyDrawing() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.append(document.createElementNS(SVG, "path"));
  return svg;
}

/** What is not known leaves a gap; from 0 on, so that small changes look small. */
function pathOf(figures) {
  const most = Math.max(1, ...figures.map((figure) => figure ?? 0));
  const step = WIDTH / Math.max(1, figures.length - 1);
  let isGap = true;
  const steps = figures.map((figure, i) => {
    if (figure === null) {
      isGap = true;
      return "";
    }
    const letter = isGap ? "M" : "L";
    isGap = false;
    const y = HEIGHT - MARGIN - (figure / most) * (HEIGHT - 2 * MARGIN);
    return `${letter}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  return steps.join("");
}

function inWords(figures, name, intervalMs) {
  const known = figures.filter((figure) => figure !== null);
  if (known.length === 0) return `${name}: not known yet`;
  const seconds = Math.round((figures.length * intervalMs) / 1000);
  return `${name} in the last ${seconds} seconds: between ${Math.min(...known)} and ${Math.max(...known)}`;
}
