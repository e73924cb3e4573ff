// A file as a picture that the server can read, and that a slow connection can carry.

const LONGEST_SIDE = 1024;
/** Formats that the server decodes; the browser converts others. */
const KNOWN = ["image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp", "image/tiff"];
const SMALL = 48;

/**
 * Reads a file. A picture that is neither too large nor of another format than the server knows stays as it is, byte for byte.
 *
 * @param size [width, height] if the network takes this size only, else null
 * @return name, data (base64), url to show, pixels (true if it is so small that its pixels are worth seeing), and note
 */
export async function read(file, size) {
  const bitmap = await decoded(file);
  if (bitmap === null) {
    return finished(file, file, { pixels: false, note: "This browser cannot show the file; the server gets it as it is." });
  }
  const { width, height } = bitmap;
  const [target, how] = targetSize(width, height, size);
  const from = `${width} × ${height} pixels`;
  if (how === null && KNOWN.includes(file.type)) {
    return finished(file, file, { pixels: Math.max(width, height) <= SMALL, note: `${from}, sent as it is` });
  }
  const blob = await redrawn(bitmap, target, file.type === "image/jpeg" ? "image/jpeg" : "image/png");
  const note = how === null ? `${from}, sent as PNG` : `${from}, ${how} to ${target.join(" × ")}`;
  return finished(file, blob, { pixels: Math.max(...target) <= SMALL, note });
}

async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
}

function targetSize(width, height, size) {
  if (size !== null) {
    const fits = width === size[0] && height === size[1];
    const isShape = width * size[1] === height * size[0];
    return [size, fits ? null : isShape ? "scaled" : "cropped and scaled"];
  }
  const scale = LONGEST_SIDE / Math.max(width, height);
  return scale >= 1
    ? [[width, height], null]
    : [[width, height].map(side => Math.max(1, Math.round(side * scale))), "scaled"];
}

/** Draws the middle of a picture in another size; halves it step by step, because one large step makes coarse pixels. */
async function redrawn(bitmap, [width, height], type) {
  const shape = Math.min(bitmap.width / width, bitmap.height / height);
  let [w, h] = [Math.round(width * shape), Math.round(height * shape)];
  let canvas = cut(bitmap, (bitmap.width - w) / 2, (bitmap.height - h) / 2, w, h, w, h);
  while (w !== width || h !== height) {
    const [nextW, nextH] = w > 2 * width ? [Math.ceil(w / 2), Math.ceil(h / 2)] : [width, height];
    canvas = cut(canvas, 0, 0, w, h, nextW, nextH);
    [w, h] = [nextW, nextH];
  }
  return new Promise(resolve => canvas.toBlob(resolve, type, 0.92));
}

function cut(source, x, y, w, h, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // behind transparent pixels
  context.fillRect(0, 0, width, height);
  context.drawImage(source, x, y, w, h, 0, 0, width, height);
  return canvas;
}

async function finished(file, blob, { pixels, note }) {
  return { name: file.name || "picture", data: await base64(blob), url: URL.createObjectURL(blob), pixels, note };
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The browser cannot read this file."));
    reader.readAsDataURL(blob);
  });
}
