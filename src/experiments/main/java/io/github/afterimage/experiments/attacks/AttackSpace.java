package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The space in which images are attacked. Its values z follow from the network's input, value by value: z = offset + scale ×
 * input. It is the space of the pixels, of the network's input, or of a tensor that holds the normalised input.
 */
final class AttackSpace {
    /** The name of the space of pixels, 0..1. */
    static final String PIXELS = "pixels";
    /** The name of the space of the network's input. */
    static final String INPUT = "input";

    private static final float TOLERANCE = 1e-3f;

    private final DifferentiableNetwork network;
    private final ImageSpace space;
    private final Affine ofInput; // from the network's input to z
    private final Affine pixel; // from a pixel to the network's input at the same place
    private final boolean blueFirst;

    private AttackSpace(
            DifferentiableNetwork network, ImageSpace space, Affine ofInput, Affine pixel, boolean blueFirst) {
        this.network = network;
        this.space = space;
        this.ofInput = ofInput;
        this.pixel = pixel;
        this.blueFirst = blueFirst;
    }

    /** {@code offset + scale x}, value by value. */
    private record Affine(float[] offset, float[] scale) {
        static Affine through(float[] atZeros, float[] atOnes) {
            float[] scale = new float[atZeros.length];
            for (int i = 0; i < scale.length; i++) {
                scale[i] = atOnes[i] - atZeros[i];
            }
            return new Affine(atZeros, scale);
        }

        float[] of(float[] x) {
            float[] y = new float[x.length];
            for (int i = 0; i < y.length; i++) {
                int place = i % scale.length;
                y[i] = offset[place] + scale[place] * x[i];
            }
            return y;
        }

        float[] inverse(float[] y) {
            float[] x = new float[y.length];
            for (int i = 0; i < x.length; i++) {
                int place = i % scale.length;
                x[i] = (y[i] - offset[place]) / scale[place];
            }
            return x;
        }
    }

    /**
     * Makes a space of a network. Except for pixels, its bounds are the least and the greatest value of the images in it.
     *
     * @param name {@value #PIXELS}, {@value #INPUT}, or a tensor that is (input - mean) / deviation of each value
     * @throws IllegalArgumentException if there is no such tensor, or the images have another size than the input
     */
    static AttackSpace of(DifferentiableNetwork network, ImageSet images, String name) throws IOException {
        List<Integer> shape = network.inputShape();
        boolean channelsLast = shape.get(2) == Image.CHANNELS && shape.get(0) != Image.CHANNELS;
        int height = shape.get(channelsLast ? 0 : 1);
        int width = shape.get(channelsLast ? 1 : 2);
        Image first = images.image(0);
        if (first.width() != width || first.height() != height) {
            throw new IllegalArgumentException("images of " + first.width() + "x" + first.height()
                    + " cannot be attacked before they are resized: expected the network's " + width + "x" + height);
        }
        Affine pixel = Affine.through(input(network, plain(width, height, 0)), input(network, plain(width, height, 1)));
        Affine ofInput = new Affine(new float[network.inputSize()], filled(network.inputSize()));
        if (name.equals(PIXELS)) {
            float[] scale = pixel.inverse(filled(network.inputSize()));
            ofInput = Affine.through(pixel.inverse(new float[scale.length]), scale);
        } else if (!name.equals(INPUT)) {
            ofInput = tensor(network, name, input(network, first));
        }
        float least = 0;
        float greatest = 1;
        if (!name.equals(PIXELS)) {
            least = Float.POSITIVE_INFINITY;
            greatest = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < images.size(); i++) {
                for (float value : ofInput.of(input(network, images.image(i)))) {
                    least = Math.min(least, value);
                    greatest = Math.max(greatest, value);
                }
            }
        }
        return new AttackSpace(
                network,
                new ImageSpace(least, greatest, Image.CHANNELS, height, width, channelsLast),
                ofInput,
                pixel,
                isBlueFirst(network, width, height, pixel));
    }

    private static Affine tensor(DifferentiableNetwork network, String name, float[] example) throws IOException {
        int size = network.inputSize();
        FloatBuffer inputs = FloatBuffer.allocate(3 * size);
        inputs.put(new float[size]).put(filled(size)).put(example).flip();
        float[] values = new float[3 * size];
        try (Network opened = Network.open(network.path(), List.of(name), network.settings())) {
            if (opened.dim() != size) {
                throw new IllegalArgumentException("tensor \"" + name + "\" has " + opened.dim()
                        + " values: expected the input's " + size + ", normalised");
            }
            opened.run(3, inputs, FloatBuffer.wrap(values), null);
        }
        Affine affine = Affine.through(Arrays.copyOf(values, size), Arrays.copyOfRange(values, size, 2 * size));
        float[] expected = affine.of(example);
        for (int i = 0; i < size; i++) {
            if (!(Math.abs(values[2 * size + i] - expected[i]) <= TOLERANCE) || affine.scale[i] == 0) {
                throw new IllegalArgumentException("tensor \"" + name
                        + "\" is not (input - mean) / deviation: expected the network's normalised input");
            }
        }
        return affine;
    }

    private static Image plain(int width, int height, float value) {
        float[] values = new float[Image.CHANNELS * width * height];
        Arrays.fill(values, value);
        return Image.of(width, height, values);
    }

    /** Returns whether the first channel of the input is the last of an image. */
    private static boolean isBlueFirst(DifferentiableNetwork network, int width, int height, Affine pixel)
            throws IOException {
        float[] red = new float[Image.CHANNELS * width * height];
        Arrays.fill(red, 0, width * height, 1);
        float[] pixels = pixel.inverse(input(network, Image.of(width, height, red)));
        return pixels[0] < 0.5f;
    }

    private static float[] input(DifferentiableNetwork network, Image image) {
        float[] input = new float[network.inputSize()];
        network.input(image, FloatBuffer.wrap(input));
        return input;
    }

    private static float[] filled(int size) {
        float[] ones = new float[size];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Returns the bounds and the layout of the values. */
    ImageSpace space() {
        return space;
    }

    /** Returns an image in this space. */
    float[] of(Image image) {
        return ofInput.of(input(network, image));
    }

    /** Converts {@code (n, values)} of this space to inputs of the network. */
    FloatBuffer inputs(float[] values) {
        return FloatBuffer.wrap(ofInput.inverse(values));
    }

    /** Converts gradients with respect to inputs to gradients with respect to values of this space. */
    float[] gradients(float[] ofInputs) {
        float[] gradients = new float[ofInputs.length];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = ofInputs[i] / ofInput.scale[i % ofInput.scale.length];
        }
        return gradients;
    }

    /** Converts one row of this space to an image, whose values may lie slightly outside 0..1. */
    Image image(float[] values) {
        float[] pixels = pixel.inverse(ofInput.inverse(values));
        float[] planar = new float[pixels.length];
        int plane = space.height() * space.width();
        for (int i = 0; i < planar.length; i++) {
            int channel = i / plane;
            int source = blueFirst ? Image.CHANNELS - 1 - channel : channel;
            planar[i] = pixels[space.channelsLast() ? i % plane * Image.CHANNELS + source : source * plane + i % plane];
        }
        return Image.computed(space.width(), space.height(), planar);
    }
}
