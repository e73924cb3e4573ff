// Small drawings, for a visitor without a picture. Their coordinates are those of a square of 32 x 32.

function sky(pen, above, below) {
  const colors = pen.createLinearGradient(0, 0, 0, 32);
  colors.addColorStop(0, above);
  colors.addColorStop(1, below);
  rectangle(pen, colors, 0, 0, 32, 32);
}

function rectangle(pen, color, x, y, width, height) {
  pen.fillStyle = color;
  pen.fillRect(x, y, width, height);
}

function shape(pen, color, path) {
  pen.fillStyle = color;
  pen.fill(new Path2D(path));
}

const DRAWINGS = {
  dog(pen) {
    rectangle(pen, "#c9b7a2", 0, 0, 32, 22);
    rectangle(pen, "#8f7a62", 0, 22, 32, 10);
    shape(pen, "#3a2a24", "M7.5 33 C7.5 24 10.5 20 15 20 C19.5 20 23 24 23.3 33 Z");
    shape(pen, "#efe7d7", "M11.6 25.5 a3.6 4.6 0 1 0 7.2 0 a3.6 4.6 0 1 0 -7.2 0 Z");
    shape(pen, "#3a2a24", "M7.6 13 a7.2 7 0 1 0 14.4 0 a7.2 7 0 1 0 -14.4 0 Z");
    shape(pen, "#231915", "M9.5 6.6 C5.5 6 4 12 4.8 18.6 C7 19.5 8.3 15 9.6 10 Z M20 6.6 C24 6 25.6 12 24.9 18.6 C22.6 19.5 21.3 15 20 10 Z");
    shape(pen, "#4b372f", "M10.4 16.3 a4.4 3.8 0 1 0 8.8 0 a4.4 3.8 0 1 0 -8.8 0 Z");
    shape(pen, "#151316", "M13 15 a1.8 1.3 0 1 0 3.6 0 a1.8 1.3 0 1 0 -3.6 0 Z");
    shape(pen, "#d0726c", "M13.5 18 H16.3 V21 C16 22.3 13.8 22.3 13.5 21 Z");
    for (const x of [11.9, 17.7]) {
      shape(pen, "#121114", `M${x - 1} 12 a1 1.1 0 1 0 2 0 a1 1.1 0 1 0 -2 0 Z`);
      shape(pen, "#ffffff", `M${x} 11.6 a0.35 0.35 0 1 0 0.7 0 a0.35 0.35 0 1 0 -0.7 0 Z`);
    }
  },
  ship(pen) {
    sky(pen, "#9cb9d2", "#dfe6e8");
    rectangle(pen, "#3f6583", 0, 21, 32, 11);
    rectangle(pen, "#56809c", 0, 24, 32, 1);
    shape(pen, "#7c2f2b", "M3 17 H30 L26 23 H6 Z");
    rectangle(pen, "#efece4", 9, 12, 12, 5);
    rectangle(pen, "#d9d4c8", 11, 9, 6, 3);
    rectangle(pen, "#2d2b2a", 18, 7, 3, 5);
    rectangle(pen, "#4a4a4a", 25, 8, 1, 9);
  },
  airplane(pen) {
    sky(pen, "#6fa3d8", "#c6def2");
    shape(pen, "#e9ecef", "M2 16 C6 13 24 13 30 15 C31 16 30 17 28 17.5 C20 18.5 6 18.5 2 16 Z");
    shape(pen, "#b9c2cb", "M13 16 L20 16 L12 25 L9 25 Z");
    shape(pen, "#cdd4db", "M14 14 L19 14 L14 8 L12 8 Z");
    shape(pen, "#c9423c", "M2 16 L7 14.5 L4 9 L2 9 Z");
  },
  truck(pen) {
    sky(pen, "#c9d6df", "#eceae4");
    rectangle(pen, "#77756f", 0, 24, 32, 8);
    rectangle(pen, "#d8d4ca", 2, 8, 18, 15);
    shape(pen, "#b4352c", "M21 12 H27 L30 17 V23 H21 Z");
    shape(pen, "#2f3c46", "M23 13.5 H26.5 L28.5 17 H23 Z");
    for (const x of [6.5, 13, 25.5]) {
      shape(pen, "#1f1f1f", `M${x - 2.7} 24 a2.7 2.7 0 1 0 5.4 0 a2.7 2.7 0 1 0 -5.4 0 Z`);
    }
  },
  deer(pen) {
    sky(pen, "#a8bfae", "#6f8f4e");
    rectangle(pen, "#5f7f3c", 0, 22, 32, 10);
    shape(pen, "#9a6a3e", "M6 15 C9 13 19 14 21 13 L24 7 L29 9 L28 11 L25 11.5 L23 18 L21 20 L21 29 H19.5 L19 20 H10 L9 29 H7.5 L7 20 Z");
    shape(pen, "#7d5330", "M24 8 L22 5 L25 6 Z");
    pen.strokeStyle = "#d9c7a3";
    pen.stroke(new Path2D("M25 7 L23 2 M24.2 4.5 L26 2 M26 7 L28.5 2.5 M27.2 4.8 L30 4"));
    shape(pen, "#f2ebdd", "M5.5 15 L7.5 15 L7 18 Z");
  },
  frog(pen) {
    sky(pen, "#8a7a52", "#6c5f3c");
    shape(pen, "#5c8f2e", "M5 24 C3 14 11 10 17 11 C25 10 30 17 27 25 Z");
    shape(pen, "#79ad3f", "M9 22 C9 17 13 14 17 14 C22 14 25 18 24 23 Z");
    shape(pen, "#47751f", "M2 26 C6 21 11 24 11 27 Z M21 27 C22 23 28 22 31 27 Z");
    for (const x of [11, 21]) {
      shape(pen, "#6da035", `M${x - 3} 10.5 a3 3 0 1 0 6 0 a3 3 0 1 0 -6 0 Z`);
      shape(pen, "#181a10", `M${x - 1.4} 10 a1.4 1.4 0 1 0 2.8 0 a1.4 1.4 0 1 0 -2.8 0 Z`);
    }
  },
  house(pen) {
    sky(pen, "#a9c7e0", "#e4ecef");
    rectangle(pen, "#7d9a58", 0, 25, 32, 7);
    rectangle(pen, "#e6dcc6", 7, 14, 18, 13);
    shape(pen, "#8d4a36", "M4 15 L16 4 L28 15 Z");
    rectangle(pen, "#5a3b2a", 14, 19, 4, 8);
    for (const x of [9, 20]) {
      rectangle(pen, "#4d6b80", x, 17, 3, 4);
    }
  }
};

/** Draws all of them in a size, as files of PNG images. */
export function all(size) {
  return Promise.all(Object.keys(DRAWINGS).map(name => drawn(name, size)));
}

async function drawn(name, [width, height]) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  pen.scale(width / 32, height / 32);
  DRAWINGS[name](pen);
  const blob = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
  return new File([blob], `drawn ${name}.png`, { type: "image/png" });
}
