package io.github.afterimage.model.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;

/** Converts an image that ImageIO decoded to an upright image of red, green and blue. */
final class DecodedPixels {
    private static final int BYTE_BITS = 8;
    private static final int MAX_BITS = 16;
    private static final int BYTE_MAXIMUM = 255;

    private DecodedPixels() {}

    /**
     * Converts an image.
     *
     * @param orientation as {@link TiffTag#orientation} returns it
     * @param inks whether four samples are cyan, magenta, yellow and black, even if ImageIO reports RGB and transparency
     * @param check called before each row; may throw
     * @throws IllegalArgumentException if a grey or CMYK sample has more than 16 bits
     */
    static Image of(BufferedImage picture, int orientation, boolean inks, Runnable check) {
        Placement placement = Placement.of(orientation, picture.getWidth(), picture.getHeight());
        int bits = picture.getRaster().getSampleModel().getSampleSize(0);
        boolean grey = isGrey(picture);
        boolean cmyk = picture.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_CMYK
                || inks && picture.getRaster().getNumBands() == 4;
        if ((grey || cmyk) && bits > MAX_BITS) {
            throw new IllegalArgumentException("samples of " + bits + " bits");
        }
        if (grey && bits > BYTE_BITS) {
            return deepGrey(picture.getRaster(), (1 << bits) - 1, placement, check);
        }
        byte[] samples = new byte[Image.CHANNELS * placement.width * placement.height];
        for (int row = 0; row < picture.getHeight(); row++) {
            check.run();
            if (grey) {
                putGrey(picture.getRaster(), (1 << bits) - 1, row, placement, samples);
            } else if (cmyk) {
                putCmyk(picture.getRaster(), (1 << bits) - 1, row, placement, samples);
            } else {
                putRgb(picture, row, placement, samples);
            }
        }
        return Image.owning(placement.width, placement.height, samples);
    }

    /** {@return whether samples are grey values; getRGB would treat them as linear light and brighten them} */
    private static boolean isGrey(BufferedImage picture) {
        return picture.getColorModel().getNumColorComponents() == 1
                && picture.getRaster().getNumBands() <= 2
                && picture.getType() != BufferedImage.TYPE_BYTE_INDEXED
                && picture.getType() != BufferedImage.TYPE_BYTE_BINARY;
    }

    private static Image deepGrey(Raster raster, float maximum, Placement placement, Runnable check) {
        int plane = placement.width * placement.height;
        float[] values = new float[Image.CHANNELS * plane];
        int[] line = new int[raster.getWidth()];
        for (int row = 0; row < raster.getHeight(); row++) {
            check.run();
            raster.getSamples(0, row, line.length, 1, 0, line);
            for (int column = 0; column < line.length; column++) {
                int place = placement.place(row, column);
                for (int channel = 0; channel < Image.CHANNELS; channel++) {
                    values[channel * plane + place] = line[column] / maximum;
                }
            }
        }
        return Image.owning(placement.width, placement.height, values);
    }

    /** Puts one row of grey samples; the result is exact, because a maximum of 1, 3, 15 or 255 divides 255. */
    private static void putGrey(Raster raster, int maximum, int row, Placement placement, byte[] samples) {
        int[] line = raster.getSamples(0, row, raster.getWidth(), 1, 0, (int[]) null);
        for (int column = 0; column < line.length; column++) {
            int value = line[column] * BYTE_MAXIMUM / maximum;
            placement.put(row, column, value, value, value, samples);
        }
    }

    /** Puts one row of CMYK samples, converted without a colour profile as in Pillow and ImageMagick. */
    private static void putCmyk(Raster raster, int maximum, int row, Placement placement, byte[] samples) {
        int bands = raster.getNumBands();
        int[] line = raster.getPixels(0, row, raster.getWidth(), 1, (int[]) null);
        float scale = BYTE_MAXIMUM / ((float) maximum * maximum);
        for (int column = 0; column < raster.getWidth(); column++) {
            int start = column * bands;
            float light = (maximum - line[start + 3]) * scale;
            placement.put(
                    row,
                    column,
                    Math.round((maximum - line[start]) * light),
                    Math.round((maximum - line[start + 1]) * light),
                    Math.round((maximum - line[start + 2]) * light),
                    samples);
        }
    }

    private static void putRgb(BufferedImage picture, int row, Placement placement, byte[] samples) {
        int[] line = picture.getRGB(0, row, picture.getWidth(), 1, null, 0, picture.getWidth());
        for (int column = 0; column < line.length; column++) {
            placement.put(row, column, line[column] >> 16, line[column] >> 8, line[column], samples);
        }
    }

    /** Maps a decoded pixel to its place in the upright image of this size. */
    private record Placement(int width, int height, int start, int rowStep, int columnStep) {
        static Placement of(int orientation, int columns, int rows) {
            int last = columns * rows - 1;
            return switch (orientation) {
                case 2 -> new Placement(columns, rows, columns - 1, columns, -1);
                case 3 -> new Placement(columns, rows, last, -columns, -1);
                case 4 -> new Placement(columns, rows, last - columns + 1, -columns, 1);
                case 5 -> new Placement(rows, columns, 0, 1, rows);
                case 6 -> new Placement(rows, columns, rows - 1, -1, rows);
                case 7 -> new Placement(rows, columns, last, -1, -rows);
                case 8 -> new Placement(rows, columns, last - rows + 1, 1, -rows);
                default -> new Placement(columns, rows, 0, columns, 1);
            };
        }

        int place(int row, int column) {
            return start + row * rowStep + column * columnStep;
        }

        void put(int row, int column, int red, int green, int blue, byte[] samples) {
            int plane = width * height;
            int place = place(row, column);
            samples[place] = (byte) red;
            samples[plane + place] = (byte) green;
            samples[2 * plane + place] = (byte) blue;
        }
    }
}
