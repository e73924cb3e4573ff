package io.github.afterimage.experiments.relatives;

import io.github.afterimage.model.data.Image;
import java.util.Arrays;

/**
 * A picture of 32 x 32 pixels, which is enough to compare pictures: the whole picture, squeezed to a square.
 *
 * <p>Threads: safe. Takes 3 KB.
 */
public final class Miniature {
    static final int SIDE = 32;
    static final int PIXELS = SIDE * SIDE;

    /** The number of {@link #statistics}. */
    public static final int STATISTICS = 6;

    private static final int COLOURS = 4;

    /** Smaller pictures have too little detail to be told apart from others of their kind. */
    private static final int LEAST_SIDE = 16;

    /** Levels that an encoding may change in a picture of one colour. */
    private static final int MOST_PLAIN = 2;

    private final boolean detailed;
    private final byte[] samples; // (3, SIDE, SIDE)

    private Miniature(boolean detailed, byte[] samples) {
        this.detailed = detailed;
        this.samples = samples;
    }

    /** Takes the mean of the pixels below each of the miniature's. */
    public static Miniature of(Image image) {
        byte[] samples = new byte[Image.CHANNELS * PIXELS];
        int width = image.width();
        int height = image.height();
        float[] row = new float[width];
        double[] columns = new double[SIDE];
        double[] sums = new double[PIXELS];
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            Arrays.fill(sums, 0);
            for (int y = 0; y < height; y++) {
                image.copyRow(channel, y, row);
                squeeze(row, columns);
                spread(columns, sums, (double) y * SIDE / height, (y + 1.0) * SIDE / height);
            }
            for (int i = 0; i < PIXELS; i++) {
                samples[channel * PIXELS + i] = (byte) Math.round(255 * Math.max(0, Math.min(1, sums[i])));
            }
        }
        return new Miniature(Math.min(width, height) >= LEAST_SIDE, samples);
    }

    private static void squeeze(float[] row, double[] columns) {
        double scale = (double) row.length / SIDE;
        for (int x = 0; x < SIDE; x++) {
            double from = x * scale;
            double to = (x + 1) * scale;
            double sum = 0;
            for (int i = (int) from; i < Math.min(row.length, Math.ceil(to)); i++) {
                sum += row[i] * (Math.min(to, i + 1) - Math.max(from, i));
            }
            columns[x] = sum / scale;
        }
    }

    /** Adds a row to the rows of the miniature that it covers, from one height to another. */
    private static void spread(double[] columns, double[] sums, double from, double to) {
        for (int y = (int) from; y < Math.min(SIDE, Math.ceil(to)); y++) {
            double share = Math.min(to, y + 1) - Math.max(from, y);
            for (int x = 0; x < SIDE; x++) {
                sums[y * SIDE + x] += share * columns[x];
            }
        }
    }

    boolean isDetailed() {
        return detailed;
    }

    /** Returns whether all pixels have nearly the same colour. */
    public boolean isPlain() {
        for (int i = 0; i < samples.length; i++) {
            if (Math.abs((samples[i] & 0xff) - (samples[i - i % PIXELS] & 0xff)) > MOST_PLAIN) {
                return false;
            }
        }
        return true;
    }

    /** Returns what the camera and the light decide: the mean colour, and the contrast, sharpness and grain, as logarithms. */
    public float[] statistics() {
        float[] statistics = new float[STATISTICS];
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            for (float value : channel(channel)) {
                statistics[channel] += value / 64 / PIXELS;
            }
        }
        float[] grey = grey();
        double mean = 0;
        double squares = 0;
        double steps = 0;
        double grain = 0;
        for (int i = 0; i < PIXELS; i++) {
            mean += grey[i] / PIXELS;
            squares += grey[i] * grey[i] / PIXELS;
            if (i % SIDE > 0 && i % SIDE < SIDE - 1 && i >= SIDE && i < PIXELS - SIDE) {
                steps += (Math.abs(grey[i + 1] - grey[i]) + Math.abs(grey[i + SIDE] - grey[i])) / 2 / PIXELS;
                double edge = grey[i] - (grey[i - 1] + grey[i + 1] + grey[i - SIDE] + grey[i + SIDE]) / 4;
                grain += edge * edge / PIXELS;
            }
        }
        double contrast = Math.sqrt(Math.max(0, squares - mean * mean)) + 1;
        statistics[3] = (float) Math.log(contrast);
        statistics[4] = (float) Math.log((steps + 0.5) / contrast);
        statistics[5] = (float) Math.log((Math.sqrt(grain) + 0.5) / (steps + 0.5));
        return statistics;
    }

    /** Returns one channel, values from 0 to 255. */
    float[] channel(int channel) {
        float[] values = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            values[i] = samples[channel * PIXELS + i] & 0xff;
        }
        return values;
    }

    /** Returns the mean colours of 16 parts, (3, 4, 4), 0 to 255. */
    float[] colours() {
        float[] colours = new float[Image.CHANNELS * COLOURS * COLOURS];
        int part = SIDE / COLOURS;
        for (int i = 0; i < samples.length; i++) {
            int row = i / SIDE / part; // of all channels, one below the other
            colours[row * COLOURS + i % SIDE / part] += (samples[i] & 0xff) / (float) (part * part);
        }
        return colours;
    }

    /** Returns the brightness of each pixel, 0 to 255. */
    float[] grey() {
        float[] grey = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            grey[i] = 0.299f * (samples[i] & 0xff)
                    + 0.587f * (samples[PIXELS + i] & 0xff)
                    + 0.114f * (samples[2 * PIXELS + i] & 0xff);
        }
        return grey;
    }
}
