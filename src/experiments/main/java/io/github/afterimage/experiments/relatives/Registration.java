package io.github.afterimage.experiments.relatives;

import static io.github.afterimage.experiments.relatives.EdgeMap.PLACES;
import static io.github.afterimage.experiments.relatives.EdgeMap.WINDOW;
import static io.github.afterimage.experiments.relatives.Miniature.SIDE;

import java.util.Arrays;

/**
 * Lays one picture, or its mirror image, on others: finds the shift, scale and turn with which their edges agree best.
 *
 * <p>Not thread-safe.
 */
final class Registration {
    private static final double[] SCALES = {0.75, 0.825, 0.91, 1, 1.1, 1.21, 1.333};
    private static final int TEMPLATES = SCALES.length;
    private static final double MIDDLE = (SIDE - 1) / 2.0;

    /** The templates that are refined. */
    private static final int REFINED = 2;

    /** Windows that agree less are not refined. */
    private static final double PROMISING = 0.7;

    /** The part of the picture that both must show. */
    private static final double LEAST_OVERLAP = 0.4;

    /** A position that agrees less after its first steps is given up. */
    private static final double HOPELESS = 0.5;

    private static final int TAPS = 8;

    /** The first steps of a refinement: pixels across and down, the logarithm of the scale, radians. */
    private static final double[] STEPS = {0.7, 0.7, 0.05, 0.06};

    private static final int HALVINGS = 4;

    private final EdgeMap moved;
    private final boolean mirrored;
    private final float[][] templates = new float[TEMPLATES][];
    private final float[] products = new float[PLACES * SIDE];

    Registration(EdgeMap moved, boolean mirrored) {
        this.moved = moved;
        this.mirrored = mirrored;
        for (int i = 0; i < TEMPLATES; i++) {
            templates[i] = template(i);
        }
    }

    /** Returns the middle of the picture, scaled, less its mean and of unit length; zeros if it has no detail. */
    private float[] template(int number) {
        double scale = SCALES[number];
        float[] values = new float[WINDOW * WINDOW];
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            double x = (i % WINDOW - (WINDOW - 1) / 2.0) / scale;
            int row = i / WINDOW;
            double y = (row - (WINDOW - 1) / 2.0) / scale;
            values[i] = EdgeMap.at(moved.values, (float) (MIDDLE + (mirrored ? -x : x)), (float) (MIDDLE + y));
            sum += values[i];
            squares += values[i] * values[i];
        }
        double mean = sum / values.length;
        double variance = squares / values.length - mean * mean;
        double unit = EdgeMap.isNoise(variance) ? 0 : 1 / Math.sqrt(values.length * variance);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((values[i] - mean) * unit);
        }
        return values;
    }

    /** Returns how well this picture agrees with another where both overlap, as a correlation: 1 is best. */
    double agreement(EdgeMap fixed) {
        double[] best = new double[TEMPLATES];
        int[] places = new int[TEMPLATES];
        for (int i = 0; i < TEMPLATES; i++) {
            correlate(templates[i], fixed.values);
            for (int y = 0; y < PLACES; y++) {
                for (int x = 0; x < PLACES; x++) {
                    int place = y * SIDE + x;
                    double value = products[place] * fixed.scale[place];
                    if (value > best[i]) {
                        best[i] = value;
                        places[i] = place;
                    }
                }
            }
        }
        double agreement = 0;
        for (int turn = 0; turn < REFINED; turn++) {
            int template = 0;
            for (int i = 1; i < TEMPLATES; i++) {
                template = best[i] > best[template] ? i : template;
            }
            if (best[template] < PROMISING) {
                break;
            }
            best[template] = 0;
            agreement = Math.max(agreement, refined(fixed, template, places[template]));
        }
        return agreement;
    }

    /** Computes the product of a template with the window at each place; the last places of a line are of no use. */
    private void correlate(float[] template, float[] values) {
        Arrays.fill(products, 0);
        for (int y = 0; y < WINDOW; y++) {
            for (int x = 0; x < WINDOW; x += TAPS) {
                add(values, y * SIDE + x, template, y * WINDOW + x);
            }
        }
    }

    private void add(float[] values, int offset, float[] template, int first) {
        float[] sums = products;
        float a = template[first];
        float b = template[first + 1];
        float c = template[first + 2];
        float d = template[first + 3];
        float e = template[first + 4];
        float f = template[first + 5];
        float g = template[first + 6];
        float h = template[first + 7];
        int length = (PLACES - 1) * SIDE + PLACES;
        for (int i = 0; i < length; i++) {
            sums[i] += a * values[offset + i]
                    + b * values[offset + i + 1]
                    + c * values[offset + i + 2]
                    + d * values[offset + i + 3]
                    + e * values[offset + i + 4]
                    + f * values[offset + i + 5]
                    + g * values[offset + i + 6]
                    + h * values[offset + i + 7];
        }
    }

    /** Improves a position step by step: across, down, scale, turn. */
    private double refined(EdgeMap fixed, int template, int place) {
        int row = place / SIDE;
        double[] position = {place % SIDE + (WINDOW - 1) / 2.0, row + (WINDOW - 1) / 2.0, Math.log(SCALES[template]), 0
        };
        double[] steps = STEPS.clone();
        double best = overlap(fixed, position);
        for (int halving = 0; halving < HALVINGS && (halving == 0 || best > HOPELESS); halving++) {
            for (int turn = 0; turn < 2 * position.length; turn++) {
                int i = turn % position.length;
                double before = position[i];
                double least = best;
                for (int sign = -1; sign <= 1 && best == least; sign += 2) {
                    position[i] = before + sign * steps[i];
                    best = Math.max(best, overlap(fixed, position));
                }
                if (best == least) {
                    position[i] = before;
                }
            }
            Arrays.setAll(steps, i -> steps[i] / 2);
        }
        return best;
    }

    /** Returns the correlation of both pictures where they overlap; 0 if that is too little. */
    private double overlap(EdgeMap fixed, double[] position) {
        double cos = Math.cos(position[3]) / Math.exp(position[2]);
        double sin = Math.sin(position[3]) / Math.exp(position[2]);
        float side = mirrored ? -1 : 1;
        int count = 0;
        float sumA = 0;
        float sumB = 0;
        float squaresA = 0;
        float squaresB = 0;
        float products = 0;
        for (int y = 0; y < SIDE; y++) {
            float dy = (float) (y - position[1]);
            for (int x = 0; x < SIDE; x++) {
                float dx = (float) (x - position[0]);
                float ax = (float) (MIDDLE + side * (cos * dx - sin * dy));
                float ay = (float) (MIDDLE + sin * dx + cos * dy);
                if (ax < 0 || ay < 0 || ax > SIDE - 1 || ay > SIDE - 1) {
                    continue;
                }
                float a = EdgeMap.at(moved.values, ax, ay);
                float b = fixed.values[y * SIDE + x];
                count++;
                sumA += a;
                sumB += b;
                squaresA += a * a;
                squaresB += b * b;
                products += a * b;
            }
        }
        if (count < LEAST_OVERLAP * SIDE * SIDE) {
            return 0;
        }
        double varianceA = squaresA - sumA * sumA / count;
        double varianceB = squaresB - sumB * sumB / count;
        double covariance = products - sumA * sumB / count;
        return EdgeMap.isNoise(varianceA / count) || EdgeMap.isNoise(varianceB / count)
                ? 0
                : covariance / Math.sqrt(varianceA * varianceB);
    }
}
