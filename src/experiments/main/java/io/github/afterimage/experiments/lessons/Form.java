package io.github.afterimage.experiments.lessons;

import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.experiments.images.ImageSpace;
import io.github.afterimage.model.data.Image;
import java.awt.geom.AffineTransform;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * A picture that was taught, and 14 altered forms in which it may come again. Lengths are those of a picture of 32 pixels, and grow with
 * it; what comes in from outside repeats the pixels of the edge.
 */
enum Form {
    SAME("the same picture", (image, random) -> image),
    MIRRORED("mirrored", (image, random) -> image.mirrored()),
    SHIFTED("shifted by 1 pixel of 32", (image, random) -> shifted(image, 1, random)),
    SHIFTED_FAR("shifted by 3 pixels", (image, random) -> shifted(image, 3, random)),
    NEARER("15 % nearer", (image, random) -> turned(image, 1.15, 0)),
    FARTHER("15 % farther", (image, random) -> turned(image, 0.85, 0)),
    NEAREST("30 % nearer", (image, random) -> turned(image, 1.3, 0)),
    DARKER("darker", (image, random) -> changed(image, value -> 0.7 * value)),
    LIGHTER("lighter", (image, random) -> changed(image, value -> 1.3 * value)),
    NOISY("with noise", (image, random) -> changed(image, value -> value + 0.04 * random.nextGaussian())),
    BLURRED("blurred", (image, random) -> blurred(image, 0.7)),
    CUT("a square of 8 pixels cut out", (image, random) -> cut(image, 8, random)),
    ROTATED("rotated by 8 degrees", (image, random) -> turned(image, 1, random.nextBoolean() ? 8 : -8)),
    ROTATED_FAR("rotated by 15 degrees", (image, random) -> turned(image, 1, random.nextBoolean() ? 15 : -15)),
    BOTH("mirrored and shifted by 2", (image, random) -> shifted(image.mirrored(), 2, random));

    private static final double SIDE = 32;
    private static final float GREY = 0.5f;

    private final String text;
    private final Alteration alteration;

    private interface Alteration {
        Image of(Image image, Random random);
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
        return alteration.of(image, new Random(seed));
    }

    /** Returns how many pixels a pixel of 32 is. */
    private static double unit(Image image) {
        return Math.min(image.width(), image.height()) / SIDE;
    }

    private static Image shifted(Image image, int pixels, Random random) {
        double length = pixels * unit(image) * (random.nextBoolean() ? 1 : -1);
        boolean sideways = random.nextBoolean();
        return moved(image, AffineTransform.getTranslateInstance(sideways ? length : 0, sideways ? 0 : length));
    }

    private static Image turned(Image image, double nearer, double degrees) {
        double column = image.width() / 2.0;
        double row = image.height() / 2.0;
        AffineTransform source = AffineTransform.getRotateInstance(Math.toRadians(degrees), column, row);
        source.translate(column, row);
        source.scale(1 / nearer, 1 / nearer);
        source.translate(-column, -row);
        return moved(image, source);
    }

    /** @param source where the value of each place comes from */
    private static Image moved(Image image, AffineTransform source) {
        float[] moved = image.values();
        ImageSpace space = space(image);
        double[] place = new double[2];
        for (int row = 0; row < image.height(); row++) {
            for (int column = 0; column < image.width(); column++) {
                place[0] = column + 0.5;
                place[1] = row + 0.5;
                source.transform(place, 0, place, 0, 1);
                for (int channel = 0; channel < Image.CHANNELS; channel++) {
                    moved[space.offset(channel, row, column)] = between(image, channel, place[1] - 0.5, place[0] - 0.5);
                }
            }
        }
        return Image.of(image.width(), image.height(), moved);
    }

    /** Interpolates between four pixels. */
    private static float between(Image image, int channel, double row, double column) {
        double y = Math.max(0, Math.min(image.height() - 1, row));
        double x = Math.max(0, Math.min(image.width() - 1, column));
        int top = (int) y;
        int left = (int) x;
        int bottom = Math.min(top + 1, image.height() - 1);
        int right = Math.min(left + 1, image.width() - 1);
        double above = image.value(channel, top, left) * (left + 1 - x) + image.value(channel, top, right) * (x - left);
        double below =
                image.value(channel, bottom, left) * (left + 1 - x) + image.value(channel, bottom, right) * (x - left);
        return clipped(above * (top + 1 - y) + below * (y - top));
    }

    private static Image changed(Image image, DoubleUnaryOperator change) {
        float[] values = image.values();
        for (int i = 0; i < values.length; i++) {
            values[i] = clipped(change.applyAsDouble(values[i]));
        }
        return Image.of(image.width(), image.height(), values);
    }

    private static Image blurred(Image image, double pixels) {
        float[] blurred = GaussianFilter.blurred(image.values(), space(image), pixels * unit(image));
        return Image.of(image.width(), image.height(), blurred);
    }

    private static Image cut(Image image, int pixels, Random random) {
        int side = Math.max(1, (int) Math.round(pixels * unit(image)));
        int top = random.nextInt(image.height() - side + 1);
        int left = random.nextInt(image.width() - side + 1);
        float[] values = image.values();
        for (int i = 0; i < Image.CHANNELS * side * side; i++) {
            values[space(image).offset(i / side / side, top + i / side % side, left + i % side)] = GREY;
        }
        return Image.of(image.width(), image.height(), values);
    }

    private static ImageSpace space(Image image) {
        return new ImageSpace(0, 1, Image.CHANNELS, image.height(), image.width(), false);
    }

    private static float clipped(double value) {
        return (float) Math.max(0, Math.min(1, value));
    }
}
