package io.github.afterimage.experiments.images;

/**
 * The bounds and the layout of the values that attacks change.
 *
 * @param min the lower bound of every value
 * @param max the upper bound of every value
 * @param channelsLast whether an image is (height, width, channels) rather than (channels, height, width)
 */
public record ImageSpace(float min, float max, int channels, int height, int width, boolean channelsLast) {
    /** @throws IllegalArgumentException if {@code min} is not less than {@code max} */
    public ImageSpace {
        if (!(min < max)) {
            throw new IllegalArgumentException("bounds " + min + ".." + max + ": expected the lesser first");
        }
    }

    /** Returns the number of values of an image. */
    public int values() {
        return channels * height * width;
    }

    public float range() {
        return max - min;
    }

    public float clip(float value) {
        return Math.min(max, Math.max(min, value));
    }

    /** Returns the position of a value within an image. */
    public int offset(int channel, int row, int column) {
        return channelsLast ? (row * width + column) * channels + channel : (channel * height + row) * width + column;
    }
}
