package io.github.afterimage.experiments.relatives;

import static io.github.afterimage.experiments.relatives.Miniature.PIXELS;
import static io.github.afterimage.experiments.relatives.Miniature.SIDE;

/**
 * Short descriptions of a picture and of its parts: one of the whole, and nine of windows of three quarters of its side. Pictures
 * that were shifted or cropped have a window that looks like one of the other.
 */
final class Windows {
    static final int COUNT = 10;
    private static final int CELLS = 8;
    private static final int COLOUR_CELLS = 4;
    static final int DIM = CELLS * CELLS + 2 * COLOUR_CELLS * COLOUR_CELLS;
    private static final int PART = SIDE * 3 / 4;
    private static final int STEP = (SIDE - PART) / 2;

    private static final float COLOUR = 0.5f;

    /** Light and shade that are wider, in pixels, tell little. */
    private static final double SMOOTH = 5;

    private Windows() {}

    /** Returns the descriptions of a picture, or of its mirror image, (COUNT, DIM). */
    static float[] of(Miniature picture, boolean mirrored) {
        float[] red = picture.channel(0);
        float[] green = picture.channel(1);
        float[] blue = picture.channel(2);
        float[] grey = picture.grey();
        float[] smooth = EdgeMap.blurred(grey, SMOOTH);
        float[] shade = new float[PIXELS];
        float[] warm = new float[PIXELS];
        float[] greenish = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            int from = mirrored ? i - i % SIDE + SIDE - 1 - i % SIDE : i;
            shade[i] = grey[from] - smooth[from];
            warm[i] = red[from] - blue[from];
            greenish[i] = green[from] - (red[from] + blue[from]) / 2;
        }
        float[] all = new float[COUNT * DIM];
        write(shade, warm, greenish, 0, 0, SIDE, all, 0);
        for (int i = 1; i < COUNT; i++) {
            write(shade, warm, greenish, (i - 1) % 3 * STEP, (i - 1) / 3 * STEP, PART, all, i * DIM);
        }
        return all;
    }

    private static void write(
            float[] shade, float[] warm, float[] greenish, int left, int top, int size, float[] target, int offset) {
        int cells = CELLS * CELLS;
        int colours = COLOUR_CELLS * COLOUR_CELLS;
        means(shade, left, top, size, CELLS, target, offset, 1);
        means(warm, left, top, size, COLOUR_CELLS, target, offset + cells, COLOUR);
        means(greenish, left, top, size, COLOUR_CELLS, target, offset + cells + colours, COLOUR);
    }

    private static void means(
            float[] plane, int left, int top, int size, int cells, float[] target, int offset, float weight) {
        int cell = size / cells;
        float mean = 0;
        for (int i = 0; i < cells * cells; i++) {
            float sum = 0;
            for (int y = top + i / cells * cell; y < top + (i / cells + 1) * cell; y++) {
                for (int x = left + i % cells * cell; x < left + (i % cells + 1) * cell; x++) {
                    sum += plane[y * SIDE + x];
                }
            }
            target[offset + i] = weight * sum / (cell * cell);
            mean += target[offset + i] / (cells * cells);
        }
        for (int i = 0; i < cells * cells; i++) {
            target[offset + i] -= mean;
        }
    }
}
