package io.github.afterimage.experiments.relatives;

import static io.github.afterimage.experiments.relatives.Miniature.PIXELS;
import static io.github.afterimage.experiments.relatives.Miniature.SIDE;

import io.github.afterimage.model.data.Image;
import java.util.BitSet;
import java.util.List;

/**
 * Small parts that two pictures have in common nearly pixel by pixel, wherever they are, such as one thing on two backgrounds, or a
 * mark. Noise of 5 levels and other encodings do not hide them; other sizes, turns, light and places between pixels often do.
 */
public final class CommonParts {
    /** Of 300 pictures of CIFAR-10 that a network has wrong, 4 % have such a part in common with three alike of their class. */
    private static final int PART = 5;

    private static final int STEP = 2;
    private static final int AREA = PART * PART;
    private static final int ENDS = SIDE - PART + 1;
    private static final double LEAST_VARIANCE = 30 * 30 * Image.CHANNELS * AREA;
    private static final double MOST_DIFFERENT = 0.05;

    private CommonParts() {}

    /** Returns the parts that a picture has in common with one of others, by their first pixels; none where it is too small. */
    public static BitSet of(Miniature picture, List<Miniature> others) {
        BitSet parts = new BitSet(PIXELS);
        if (!picture.isDetailed()) {
            return parts;
        }
        float[][] channels = channels(picture);
        float[][] means = means(channels);
        for (Miniature other : others) {
            if (other.isDetailed()) {
                add(channels, means, channels(other), parts);
            }
        }
        return parts;
    }

    /** Returns which ninth of a picture, (3, 3) row-major, is in the middle of parts, one or more. */
    public static int place(BitSet parts) {
        int across = parts.stream().map(start -> 2 * (start % SIDE) + PART).sum();
        int down = parts.stream().map(start -> 2 * (start / SIDE) + PART).sum();
        return third(down, parts.cardinality()) * 3 + third(across, parts.cardinality());
    }

    private static int third(int twice, int parts) {
        return twice * 3 / (2 * SIDE * parts);
    }

    private static float[][] channels(Miniature picture) {
        return new float[][] {picture.channel(0), picture.channel(1), picture.channel(2)};
    }

    private static void add(float[][] picture, float[][] means, float[][] other, BitSet parts) {
        float[][] otherMeans = means(other);
        for (int y = 0; y < ENDS; y += STEP) {
            for (int start = y * SIDE; start < y * SIDE + ENDS; start += STEP) {
                double most = MOST_DIFFERENT * variance(picture, means, start);
                if (!parts.get(start)
                        && most >= MOST_DIFFERENT * LEAST_VARIANCE
                        && isIn(picture, means, start, other, otherMeans, most)) {
                    parts.set(start);
                }
            }
        }
    }

    /** Returns the mean of each channel of the part that begins at each pixel. */
    private static float[][] means(float[][] picture) {
        float[][] means = new float[Image.CHANNELS][PIXELS];
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            for (int start = 0; start <= (ENDS - 1) * (SIDE + 1); start++) {
                float sum = 0;
                for (int i = 0; i < AREA; i++) {
                    sum += picture[channel][start + i / PART * SIDE + i % PART];
                }
                means[channel][start] = sum / AREA;
            }
        }
        return means;
    }

    private static double variance(float[][] picture, float[][] means, int start) {
        double squares = 0;
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            for (int i = 0; i < AREA; i++) {
                double difference = picture[channel][start + i / PART * SIDE + i % PART] - means[channel][start];
                squares += difference * difference;
            }
        }
        return squares;
    }

    /** Returns whether a part is somewhere in another picture, with a sum of squared differences that is at most so large. */
    private static boolean isIn(
            float[][] picture, float[][] means, int start, float[][] other, float[][] otherMeans, double most) {
        for (int y = 0; y < ENDS; y++) {
            for (int place = y * SIDE; place < y * SIDE + ENDS; place++) {
                double least = 0; // the means alone differ by so much, which rules nearly all places out
                for (int channel = 0; channel < Image.CHANNELS; channel++) {
                    double difference = means[channel][start] - otherMeans[channel][place];
                    least += AREA * difference * difference;
                }
                if (least <= most && difference(picture, start, other, place, most) <= most) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Returns the sum of squared differences of two parts, or one that is too large. */
    private static double difference(float[][] picture, int start, float[][] other, int place, double most) {
        double squares = 0;
        for (int row = 0; row < Image.CHANNELS * PART && squares <= most; row++) {
            int offset = row % PART * SIDE;
            for (int x = 0; x < PART; x++) {
                double difference = picture[row / PART][start + offset + x] - other[row / PART][place + offset + x];
                squares += difference * difference;
            }
        }
        return squares;
    }
}
