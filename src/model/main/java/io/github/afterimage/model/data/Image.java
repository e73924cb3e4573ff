package io.github.afterimage.model.data;

import io.github.afterimage.tensors.CorruptDataException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import javax.imageio.ImageIO;

/**
 * A decoded picture: float32 values of shape (3, height, width), channels red, green, blue, each value in 0..1 unless it
 * was {@link #computed}. One of 8-bit samples takes 3 bytes a pixel, any other 12.
 *
 * <p>Guarantees: immutable; an 8-bit sample b is exactly {@code b / 255f}.
 *
 * <p>Threads: safe.
 */
public final class Image {
    /** Red, green and blue. */
    public static final int CHANNELS = 3;

    private static final float[] UNIT = unitValues();

    private final int width;
    private final int height;
    // (3, height, width): one of the two, the other is null
    private final byte[] samples;
    private final float[] values;

    private Image(int width, int height, byte[] samples, float[] values) {
        this.width = width;
        this.height = height;
        this.samples = samples;
        this.values = values;
    }

    /**
     * A picture of the given values, which are copied.
     *
     * @param width columns
     * @param height rows
     * @param values (3, height, width), each in 0..1
     * @return the picture
     * @throws IllegalArgumentException if the length does not fit the size, or a value is outside 0..1 or not a number
     */
    public static Image of(int width, int height, float[] values) {
        requireLength(width, height, values.length);
        for (int i = 0; i < values.length; i++) {
            if (!(values[i] >= 0f && values[i] <= 1f)) {
                int plane = width * height;
                throw new IllegalArgumentException("value " + values[i] + " at channel " + i / plane + ", row "
                        + i % plane / width + ", column " + i % width + " is outside 0..1");
            }
        }
        return new Image(width, height, null, values.clone());
    }

    /**
     * A picture of values that were computed and may leave 0..1 a little, which are copied.
     *
     * @param width columns
     * @param height rows
     * @param values (3, height, width), each finite
     * @return the picture
     * @throws IllegalArgumentException if the length does not fit the size, or a value is not finite
     */
    public static Image computed(int width, int height, float[] values) {
        requireLength(width, height, values.length);
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("value " + value + " of a picture: expected a finite number");
            }
        }
        return new Image(width, height, null, values.clone());
    }

    /**
     * A picture of 8-bit samples.
     *
     * @param width columns
     * @param height rows
     * @param samples (3, height, width), each an unsigned byte
     * @return the picture
     * @throws IllegalArgumentException if the length does not fit the size
     */
    public static Image ofBytes(int width, int height, byte[] samples) {
        requireLength(width, height, samples.length);
        return ofBytes(width, height, samples, 0);
    }

    static Image ofBytes(int width, int height, byte[] samples, int offset) {
        return owning(width, height, Arrays.copyOfRange(samples, offset, offset + CHANNELS * width * height));
    }

    /** Takes the array over, unchecked. */
    static Image owning(int width, int height, float[] values) {
        return new Image(width, height, null, values);
    }

    /** Takes the array over, unchecked. */
    static Image owning(int width, int height, byte[] samples) {
        return new Image(width, height, samples, null);
    }

    /**
     * Decodes a PNG, JPEG, BMP, GIF, TIFF or WebP file, of several pictures the first. It is turned upright as its EXIF
     * orientation says. Transparency is dropped. CMYK becomes RGB without its colour profile. WebP needs the optional
     * dependency {@code com.twelvemonkeys.imageio:imageio-webp}, whose values of lossy pictures differ from libwebp's, by 4 of
     * 255 in the mean at quality 75.
     *
     * <p>A picture of more than 64,000,000 pixels is refused before it is decoded, whatever the size of its file, since
     * decoding takes 6 bytes a pixel and more. The system property {@code afterimage.maxPixels} sets another limit.
     *
     * @param file the picture
     * @return it, decoded
     * @throws CorruptDataException if the file is not such a picture, is cut off, or has too many pixels
     * @throws IllegalStateException if it is WebP and the library for it is missing
     * @throws IOException if it cannot be read
     */
    public static Image read(Path file) throws IOException {
        return ImageDecoder.decode(Objects.requireNonNull(file, "file"));
    }

    /**
     * Decodes the bytes of such a file; otherwise as {@link #read}.
     *
     * @param name what the picture is called; for messages
     */
    public static Image decode(String name, byte[] bytes) throws IOException {
        return ImageDecoder.decode(name, bytes);
    }

    /**
     * This picture as the bytes of a BMP file, from which {@link #decode} makes the same one.
     *
     * @throws IllegalArgumentException if a value is not one of the 256 that a byte stands for
     */
    public byte[] encoded() {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        int plane = width * height;
        for (int i = 0; i < plane; i++) {
            int rgb = sample(i) << 16 | sample(plane + i) << 8 | sample(2 * plane + i);
            picture.setRGB(i % width, i / width, rgb);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "bmp", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private int sample(int place) {
        float value = at(place);
        int sample = Math.round(value * 255);
        if (sample < 0 || sample > 255 || value != UNIT[sample]) {
            throw new IllegalArgumentException("value " + value + ": expected a multiple of 1/255 in 0..1");
        }
        return sample;
    }

    /** {@return the number of columns} */
    public int width() {
        return width;
    }

    /** {@return the number of rows} */
    public int height() {
        return height;
    }

    /**
     * One value.
     *
     * @param channel 0 (red), 1 (green) or 2 (blue)
     * @param row 0 to height - 1, from the top
     * @param column 0 to width - 1, from the left
     * @return the value, in 0..1
     * @throws IndexOutOfBoundsException if it is not in the picture
     */
    public float value(int channel, int row, int column) {
        Objects.checkIndex(channel, CHANNELS);
        Objects.checkIndex(row, height);
        Objects.checkIndex(column, width);
        return at((channel * height + row) * width + column);
    }

    private float at(int place) {
        return samples == null ? values[place] : UNIT[samples[place] & 0xff];
    }

    /** {@return a copy of the values, (3, height, width)} */
    public float[] values() {
        if (samples == null) {
            return values.clone();
        }
        float[] copy = new float[samples.length];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = UNIT[samples[i] & 0xff];
        }
        return copy;
    }

    /**
     * Copies one row of one channel.
     *
     * @param channel 0 (red), 1 (green) or 2 (blue)
     * @param row 0 to height - 1, from the top
     * @param target takes the values, (width)
     * @throws IndexOutOfBoundsException if the row is not in the picture, or the target is shorter than a row
     */
    public void copyRow(int channel, int row, float[] target) {
        Objects.checkIndex(channel, CHANNELS);
        Objects.checkIndex(row, height);
        Objects.checkFromIndexSize(0, width, target.length);
        int first = (channel * height + row) * width;
        if (samples == null) {
            System.arraycopy(values, first, target, 0, width);
        } else {
            for (int column = 0; column < width; column++) {
                target[column] = UNIT[samples[first + column] & 0xff];
            }
        }
    }

    /**
     * Puts the values at the target's position, which moves on.
     *
     * @param target (3, height, width) float32; heap or direct
     * @throws java.nio.BufferOverflowException if it has no room
     */
    public void copyTo(FloatBuffer target) {
        target.put(samples == null ? values : values());
    }

    /** {@return the same picture with left and right exchanged} */
    public Image mirrored() {
        float[] mirror = samples == null ? new float[values.length] : null;
        byte[] mirrorSamples = samples == null ? null : new byte[samples.length];
        for (int start = 0; start < CHANNELS * width * height; start += width) {
            for (int column = 0; column < width; column++) {
                if (samples == null) {
                    mirror[start + column] = values[start + width - 1 - column];
                } else {
                    mirrorSamples[start + column] = samples[start + width - 1 - column];
                }
            }
        }
        return new Image(width, height, mirrorSamples, mirror);
    }

    private static void requireLength(int width, int height, int length) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("image size " + width + "x" + height + ": both must be at least 1");
        }
        long expected = Math.multiplyExact((long) CHANNELS * width, (long) height);
        if (length != expected) {
            throw new IllegalArgumentException(length + " values for an image of " + width + "x" + height
                    + " with 3 channels: expected " + expected);
        }
    }

    private static float[] unitValues() {
        float[] values = new float[256];
        for (int b = 0; b < values.length; b++) {
            values[b] = b / 255f;
        }
        return values;
    }

    @Override
    public String toString() {
        return "Image[" + width + "x" + height + "]";
    }
}
