package io.github.afterimage.experiments.shift;

import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.images.GaussianFilter;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A way in which images change after the training, by a formula, at five strengths. The formulas and parameters are those of
 * CIFAR-10-C (Hendrycks and Dietterich, 2019); the files of CIFAR-10-C differ by their random numbers, by bytes in place of real
 * values, and by the libraries for blur and JPEG. Values x of an image are in 0..1, and so are the results, clipped. Lengths are in
 * thirty-seconds of the shorter side, which are the pixels of CIFAR-10.
 *
 * <table>
 *   <caption>The corruptions</caption>
 *   <tr><th>name</th><th>formula</th><th>parameters at the strengths 1 to 5</th></tr>
 *   <tr><td>{@code noise}</td><td>x + σ g, a number g of the standard normal distribution for each value</td>
 *     <td>σ = 0.04, 0.06, 0.08, 0.09, 0.10</td></tr>
 *   <tr><td>{@code blur}</td><td>the mean of the pixels around, weighted by a Gaussian</td>
 *     <td>σ = 0.4, 0.6, 0.7, 0.8, 1</td></tr>
 *   <tr><td>{@code motion}</td><td>the mean of the pixels along a line, as of a camera that moves</td>
 *     <td>radius 6, 6, 6, 8, 9; σ = 1, 1.5, 2, 2, 2.5</td></tr>
 *   <tr><td>{@code fog}</td><td>(x + c f) m / (m + c), with the greatest value m of the image and a {@link PlasmaFractal} f</td>
 *     <td>c = 0.2, 0.5, 0.75, 1, 1.5; decay 3, 3, 2.5, 2, 1.75</td></tr>
 *   <tr><td>{@code brightness}</td><td>v + c in place of v, the greatest value of a pixel, in HSV</td>
 *     <td>c = 0.05, 0.1, 0.15, 0.2, 0.3</td></tr>
 *   <tr><td>{@code contrast}</td><td>(x - m) c + m, with the mean m of the channel</td>
 *     <td>c = 0.75, 0.5, 0.4, 0.3, 0.15</td></tr>
 *   <tr><td>{@code jpeg}</td><td>written as a JPEG file and read again</td><td>quality 80, 65, 58, 50, 40</td></tr>
 * </table>
 *
 * @param name one word, as options name it
 * @param title what it is, as in a sentence
 * @param parameters (strengths, 1 or 2): those of the filter
 * @param filter changes an image
 */
public record Corruption(String name, String title, double[][] parameters, Filter filter) {
    private static final double SIDE = 32;

    /** All corruptions. */
    public static final List<Corruption> ALL = List.of(
            new Corruption(
                    "noise",
                    "Gaussian noise",
                    new double[][] {{0.04}, {0.06}, {0.08}, {0.09}, {0.10}},
                    (image, is, random) -> ChangedImages.noisy(image, is[0], random)),
            new Corruption(
                    "blur",
                    "Gaussian blur",
                    new double[][] {{0.4}, {0.6}, {0.7}, {0.8}, {1}},
                    (image, is, random) -> GaussianFilter.blurred(image, is[0] * unit(image))),
            new Corruption(
                    "motion",
                    "motion blur",
                    new double[][] {{6, 1}, {6, 1.5}, {6, 2}, {8, 2}, {9, 2.5}},
                    (image, is, random) -> moved(
                            image,
                            is[0] * unit(image),
                            is[1] * unit(image),
                            random.nextDouble(-Math.PI / 4, Math.PI / 4))),
            new Corruption(
                    "fog",
                    "fog",
                    new double[][] {{0.2, 3}, {0.5, 3}, {0.75, 2.5}, {1, 2}, {1.5, 1.75}},
                    (image, is, random) -> fog(image, is[0], PlasmaFractal.covering(image, is[1], random))),
            new Corruption(
                    "brightness",
                    "brightness",
                    new double[][] {{0.05}, {0.1}, {0.15}, {0.2}, {0.3}},
                    (image, is, random) -> brighter(image, is[0])),
            new Corruption(
                    "contrast",
                    "low contrast",
                    new double[][] {{0.75}, {0.5}, {0.4}, {0.3}, {0.15}},
                    (image, is, random) -> flatter(image, is[0])),
            new Corruption(
                    "jpeg",
                    "JPEG",
                    new double[][] {{80}, {65}, {58}, {50}, {40}},
                    (image, is, random) -> rereadJpeg(image, (int) is[0])));

    /**
     * Returns the corruptions of these names, in the order of {@link #ALL}.
     *
     * @throws IllegalArgumentException if there is no corruption of a name
     */
    public static List<Corruption> named(List<String> names) {
        List<String> known = ALL.stream().map(Corruption::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "corruption \"" + name + "\": expected some of " + String.join(",", known));
            }
        }
        return ALL.stream().filter(each -> names.contains(each.name())).toList();
    }

    private static double unit(Image image) {
        return Math.min(image.width(), image.height()) / SIDE;
    }

    private static Image fog(Image image, double density, PlasmaFractal fractal) {
        float[] values = image.values();
        int plane = image.width() * image.height();
        float greatest = 0;
        for (float value : values) {
            greatest = Math.max(greatest, value);
        }
        for (int i = 0; i < values.length; i++) {
            double fog = fractal.value(i % plane / image.width(), i % image.width());
            values[i] = clipped((values[i] + density * fog) * greatest / (greatest + density));
        }
        return Image.of(image.width(), image.height(), values);
    }

    /** Adds to the value of HSV, which multiplies the three values of a pixel by the same number. */
    private static Image brighter(Image image, double more) {
        float[] values = image.values();
        int plane = image.width() * image.height();
        for (int i = 0; i < plane; i++) {
            float value = Math.max(values[i], Math.max(values[plane + i], values[2 * plane + i]));
            double brighter = Math.min(1, value + more);
            for (int place = i; place < values.length; place += plane) {
                values[place] = clipped(value == 0 ? brighter : values[place] * brighter / value);
            }
        }
        return Image.of(image.width(), image.height(), values);
    }

    private static Image flatter(Image image, double contrast) {
        float[] values = image.values();
        int plane = image.width() * image.height();
        for (int first = 0; first < values.length; first += plane) {
            double sum = 0;
            for (int i = first; i < first + plane; i++) {
                sum += values[i];
            }
            double mean = sum / plane;
            for (int i = first; i < first + plane; i++) {
                values[i] = clipped((values[i] - mean) * contrast + mean);
            }
        }
        return Image.of(image.width(), image.height(), values);
    }

    static float clipped(double value) {
        return (float) Math.min(1, Math.max(0, value));
    }

    private static Image rereadJpeg(Image image, int quality) {
        try {
            return Image.decode("JPEG file", Thumbnail.jpeg(image, quality));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory does not fail
        }
    }

    /** The number of strengths, which count from 1. */
    public static final int STRENGTHS = 5;

    /** Changes an image. */
    public interface Filter {
        /** @param random decides what differs between images that change in the same way */
        Image apply(Image image, double[] parameters, SplittableRandom random);
    }

    /** Returns the name, and the parameters at a strength: {@code noise 0.04}. */
    String at(int strength) {
        return name + " " + parameterText(strength);
    }

    String parameterText(int strength) {
        return Arrays.stream(parameters[strength - 1])
                .mapToObj(Double::toString)
                .collect(Collectors.joining(" "));
    }

    /** @param strength 1 to {@value #STRENGTHS} */
    Image apply(Image image, int strength, SplittableRandom random) {
        return filter.apply(image, parameters[strength - 1], random);
    }

    /**
     * Blurs as a camera that moves along a line: the mean of the pixels at the distances 0, 1, … up to the radius in one direction,
     * rounded to whole pixels, with the weights exp(-d² / 2σ²). Beyond its edge an image goes on with its last pixels.
     *
     * @param radius in pixels
     * @param angle of the direction from the horizontal, in radians; corruptions draw -45 to 45 degrees
     */
    static Image moved(Image image, double radius, double sigma, double angle) {
        int width = image.width();
        int height = image.height();
        float[] values = image.values();
        double[] sums = new double[values.length];
        double total = 0;
        for (int d = 0; d <= Math.round(radius); d++) {
            double weight = Math.exp(-d * d / (2 * sigma * sigma));
            total += weight;
            int down = (int) Math.round(d * Math.sin(angle));
            int right = (int) Math.round(d * Math.cos(angle));
            for (int i = 0; i < values.length; i++) {
                int line = i / width; // of all channels
                int row = Math.max(0, Math.min(height - 1, line % height + down));
                int column = Math.max(0, Math.min(width - 1, i % width + right));
                sums[i] += weight * values[(line / height * height + row) * width + column];
            }
        }
        float[] blurred = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            blurred[i] = clipped(sums[i] / total);
        }
        return Image.of(width, height, blurred);
    }
}
