package io.github.afterimage.experiments.robustness;

/**
 * Where an attack moves images.
 *
 * @param least of any value, and {@code greatest} likewise
 * @param channelsLast whether an image is (height, width, channels) rather than (channels, height, width)
 */
public record Space(float least, float greatest, int channels, int height, int width, boolean channelsLast) {
    /** @throws IllegalArgumentException if the bounds are not in order */
    public Space {
        if (!(least < greatest)) {
            throw new IllegalArgumentException("bounds " + least + ".." + greatest + ": expected the lesser first");
        }
    }

    /** Values of an image. */
    public int values() {
        return channels * height * width;
    }

    float range() {
        return greatest - least;
    }

    float clipped(float value) {
        return Math.min(greatest, Math.max(least, value));
    }

    /** Where a value of an image is. */
    int place(int channel, int row, int column) {
        return channelsLast ? (row * width + column) * channels + channel : (channel * height + row) * width + column;
    }
}
