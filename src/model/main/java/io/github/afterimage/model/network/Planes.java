package io.github.afterimage.model.network;

/**
 * Values of shape (channels, height, width), such as the activations of a spatial layer.
 *
 * <p>The array is not copied: do not change it.
 *
 * @param values row-major
 */
public record Planes(int channels, int height, int width, float[] values) {
    /** @throws IllegalArgumentException if the length of the array is not the product of the shape */
    public Planes {
        if (values.length != (long) channels * height * width) {
            throw new IllegalArgumentException(values.length + " values for the shape (" + channels + ", " + height
                    + ", " + width + "): expected as many as their product");
        }
    }

    /** {@return the planes of rows, (height × width, channels)} */
    public static Planes ofRows(float[] rows, int height, int width) {
        int plane = height * width;
        int channels = rows.length / plane;
        float[] values = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            values[i % channels * plane + i / channels] = rows[i];
        }
        return new Planes(channels, height, width, values);
    }

    /** {@return these planes in another size: interpolated bilinearly between the centres of positions, averaged if smaller} */
    public Planes resized(int newHeight, int newWidth) {
        if (newHeight == height && newWidth == width) {
            return this;
        }
        float[] resized = Resampler.resample(
                Interpolation.BILINEAR,
                channels,
                height,
                width,
                (channel, row, target) -> System.arraycopy(values, (channel * height + row) * width, target, 0, width),
                new Resampler.Crop(newWidth, newHeight, 0, 0, newWidth, newHeight));
        return new Planes(channels, newHeight, newWidth, resized);
    }
}
