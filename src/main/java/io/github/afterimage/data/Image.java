package io.github.afterimage.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Objects;
import javax.imageio.ImageIO;

/**
 * A decoded picture: float32 values of shape (3, height, width), channels red, green, blue, each value in 0..1 unless it
 * was {@link #computed}.
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
    private final float[] values; // (3, height, width)

    private Image(int width, int height, float[] values) {
        this.width = width;
        this.height = height;
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
        return new Image(width, height, values.clone());
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
        return new Image(width, height, values.clone());
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
        float[] values = new float[CHANNELS * width * height];
        for (int i = 0; i < values.length; i++) {
            values[i] = UNIT[samples[offset + i] & 0xff];
        }
        return new Image(width, height, values);
    }

    /** Takes the array over, unchecked. */
    static Image owning(int width, int height, float[] values) {
        return new Image(width, height, values);
    }

    /**
     * Decodes a PNG, JPEG, BMP or GIF file (of a GIF its first frame). Transparency is dropped, and the orientation
     * noted by a camera is not applied.
     *
     * @param file the picture
     * @return it, decoded
     * @throws CorruptDataException if the file is not such a picture
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
        int sample = Math.round(values[place] * 255);
        if (sample < 0 || sample > 255 || values[place] != UNIT[sample]) {
            throw new IllegalArgumentException("value " + values[place] + ": expected a multiple of 1/255 in 0..1");
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
        return values[(channel * height + row) * width + column];
    }

    /** {@return a copy of the values, (3, height, width)} */
    public float[] values() {
        return values.clone();
    }

    /**
     * Puts the values at the target's position, which moves on.
     *
     * @param target (3, height, width) float32; heap or direct
     * @throws java.nio.BufferOverflowException if it has no room
     */
    public void copyTo(FloatBuffer target) {
        target.put(values);
    }

    /** {@return the same picture with left and right exchanged} */
    public Image mirrored() {
        float[] mirror = new float[values.length];
        for (int start = 0; start < values.length; start += width) {
            for (int column = 0; column < width; column++) {
                mirror[start + column] = values[start + width - 1 - column];
            }
        }
        return new Image(width, height, mirror);
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

    static float unit(int sample) {
        return UNIT[sample];
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
