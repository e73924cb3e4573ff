package io.github.afterimage.experiments.lessons;

import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.experiments.images.ImageSpace;
import io.github.afterimage.model.data.Image;
import java.awt.geom.AffineTransform;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;

/**
 * A picture that was taught, and 14 altered forms in which it may come again. Lengths are those of a picture of 32 pixels, and grow with
 * it; what comes in from outside repeats the pixels of the edge.
 */
enum Form {
    SAME("the same picture", (image, random) -> image),
    MIRRORED("mirrored", (image, random) -> image.mirrored()),
    SHIFTED("shifted by 1 pixel of 32", (image, random) -> shifted(image, signed(1, random), random)),
    SHIFTED_FAR("shifted by 3 pixels", (image, random) -> shifted(image, signed(3, random), random)),
    NEARER("15 % nearer", (image, random) -> turned(image, 1.15, 0)),
    FARTHER("15 % farther", (image, random) -> turned(image, 0.85, 0)),
    NEAREST("30 % nearer", (image, random) -> turned(image, 1.3, 0)),
    DARKER("darker", (image, random) -> changed(image, value -> 0.7 * value)),
    LIGHTER("lighter", (image, random) -> changed(image, value -> 1.3 * value)),
    NOISY("with noise", (image, random) -> changed(image, value -> value + 0.04 * random.nextGaussian())),
    BLURRED("blurred", (image, random) -> blurred(image, 0.7)),
    CUT("a square of 8 pixels cut out", (image, random) -> cut(image, 8, random)),
    ROTATED("rotated by 8 degrees", (image, random) -> turned(image, 1, signed(8, random))),
    ROTATED_FAR("rotated by 15 degrees", (image, random) -> turned(image, 1, signed(15, random))),
    BOTH("mirrored and shifted by 2", (image, random) -> shifted(image.mirrored(), signed(2, random), random));

    private static final double SIDE = 32;
    private static final float GREY = 0.5f;

    private final String text;
    private final Alteration alteration;

    private interface Alteration {
        Image of(Image image, RandomGenerator random);
    }

    Form(String text, Alteration alteration) {
        this.text = text;
        this.alteration = alteration;
    }

    String text() {
        return text;
    }

    /** Returns this form of a picture; the same one for the same seed. */
    Image of(Image image, long seed) {
        return alteration.of(image, new SplittableRandom(seed));
    }

    private static double signed(double value, RandomGenerator random) {
        return random.nextBoolean() ? value : -value;
    }

    /** Returns how many pixels a pixel of 32 is. */
    private static double unit(Image image) {
        return Math.min(image.width(), image.height()) / SIDE;
    }

    private static Image shifted(Image image, double pixels, RandomGenerator random) {
        double length = pixels * unit(image);
        boolean sideways = random.nextBoolean();
        return moved(image, AffineTransform.getTranslateInstance(sideways ? length : 0, sideways ? 0 : length));
    }

    private static Image turned(Image image, double nearer, double degrees) {
        double column = image.width() / 2.0;
        double row = image.height() / 2.0;
        AffineTransform source = AffineTransform.getRotateInstance(Math.toRadians(degrees), column, row);
        source.translate(column * (1 - 1 / nearer), row * (1 - 1 / nearer));
        source.scale(1 / nearer, 1 / nearer);
        return moved(image, source);
    }

    /** @param source where the value of each place comes from */
    private static Image moved(Image image, AffineTransform source) {
        float[] moved = image.values();
        double[] place = new double[2];
        for (int i = 0; i < moved.length; i++) {
            int row = i / image.width() % image.height();
            place[0] = i % image.width() + 0.5;
            place[1] = row + 0.5;
            source.transform(place, 0, place, 0, 1);
            int channel = i / image.width() / image.height();
            double y = Math.max(0, Math.min(image.height() - 1, place[1] - 0.5));
            double above = inRow(image, channel, (int) y, place[0] - 0.5);
            double below = inRow(image, channel, Math.min((int) y + 1, image.height() - 1), place[0] - 0.5);
            moved[i] = (float) (above + (y - (int) y) * (below - above));
        }
        return changed(Image.computed(image.width(), image.height(), moved), value -> value);
    }

    /** Interpolates between two pixels of a row. */
    private static double inRow(Image image, int channel, int row, double column) {
        double x = Math.max(0, Math.min(image.width() - 1, column));
        float left = image.value(channel, row, (int) x);
        float right = image.value(channel, row, Math.min((int) x + 1, image.width() - 1));
        return left + (x - (int) x) * (right - left);
    }

    private static Image changed(Image image, DoubleUnaryOperator change) {
        float[] values = image.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(0, Math.min(1, change.applyAsDouble(values[i])));
        }
        return Image.of(image.width(), image.height(), values);
    }

    private static Image blurred(Image image, double pixels) {
        ImageSpace space = new ImageSpace(0, 1, Image.CHANNELS, image.height(), image.width(), false);
        float[] values = GaussianFilter.blurred(image.values(), space, pixels * unit(image));
        return Image.of(image.width(), image.height(), values);
    }

    private static Image cut(Image image, int pixels, RandomGenerator random) {
        int side = Math.max(1, (int) Math.round(pixels * unit(image)));
        int top = random.nextInt(image.height() - side + 1);
        int left = random.nextInt(image.width() - side + 1);
        float[] values = image.values();
        for (int row = 0; row < Image.CHANNELS * side; row++) {
            int first = (row / side * image.height() + top + row % side) * image.width() + left;
            Arrays.fill(values, first, first + side, GREY);
        }
        return Image.of(image.width(), image.height(), values);
    }
}
