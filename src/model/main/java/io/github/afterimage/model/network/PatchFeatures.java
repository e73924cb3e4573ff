package io.github.afterimage.model.network;

import io.github.afterimage.model.data.Image;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The features of the patches of an image: a row of activations for each position of spatial layers, whose shape is
 * (channels, height, width).
 *
 * <pre>{@code
 * NetworkSettings settings = NetworkSettings.defaults().withPreprocessing(Preprocessing.parse("resize=480x352"));
 * try (Network network = Network.open(Path.of("mobilenet_v2.onnx"), List.of("add_8", "add_10"), settings)) {
 *     PatchFeatures patches = new PatchFeatures(network);
 *     float[] rows = patches.rows("street", Image.read(Path.of("street.png"))); // (height x width, dim)
 * }
 * }</pre>
 *
 * <p>The grid is that of the layer with the most positions; the others are interpolated. Each layer's part of a row is scaled
 * to unit length and multiplied by the layer's weight, so that no layer outweighs another by the size of its activations.
 *
 * <p>Threads: safe. Lifetime: uses the network, which the caller closes.
 */
public final class PatchFeatures {
    private static final int SPATIAL = 3;

    private final Network network;
    private final List<Double> weights;
    private final int height;
    private final int width;
    private final int dim;

    /** @throws IllegalArgumentException if there is no layer, or one is not spatial */
    public PatchFeatures(Network network) {
        List<Layer> layers = network.layers();
        for (Layer layer : layers) {
            if (layer.shape().size() != SPATIAL) {
                throw new IllegalArgumentException("layer \"" + layer.name() + "\" has the shape " + layer.shape()
                        + ": expected (channels, height, width); \"layers MODEL\" lists shapes");
            }
        }
        List<Integer> finest = layers.stream()
                .map(Layer::shape)
                .max(Comparator.comparing(shape -> shape.get(1) * shape.get(2)))
                .orElseThrow(() -> new IllegalArgumentException("no layers: patches need at least one spatial layer"));
        this.network = network;
        this.weights = KeyLayers.parse(network.layerTerms()).weights();
        this.height = finest.get(1);
        this.width = finest.get(2);
        this.dim = layers.stream().mapToInt(layer -> layer.shape().get(0)).sum();
    }

    /** {@return the rows of the grid} */
    public int height() {
        return height;
    }

    /** {@return the columns of the grid} */
    public int width() {
        return width;
    }

    /** {@return the number of patches of an image} */
    public int positions() {
        return height * width;
    }

    /** {@return the length of a row} */
    public int dim() {
        return dim;
    }

    /**
     * Runs the network on an image.
     *
     * @param name of the image in messages, such as its file
     * @param image of the network's input size, or of a size that the preprocessing changes to it
     * @return (positions, dim), the grid row by row
     * @throws IllegalArgumentException if the image does not fit; the message begins with its name
     */
    public float[] rows(String name, Image image) {
        float[] activations = new float[network.dim()];
        network.run(name, image, FloatBuffer.wrap(activations));
        float[] rows = new float[positions() * dim];
        int start = 0;
        int column = 0;
        for (int i = 0; i < weights.size(); i++) {
            Layer layer = network.layers().get(i);
            int end = start + Math.toIntExact(layer.values());
            Planes planes = new Planes(
                    layer.shape().get(0),
                    layer.shape().get(1),
                    layer.shape().get(2),
                    Arrays.copyOfRange(activations, start, end));
            write(planes.resized(height, width), weights.get(i), rows, column);
            start = end;
            column += planes.channels();
        }
        return rows;
    }

    /**
     * Runs the network on an image whose patches become keys or queries, which need a direction.
     *
     * @return as {@link #rows}
     * @throws IllegalArgumentException as {@link #rows}, and if a patch is all zeros; the message names its place
     */
    public float[] keys(String name, Image image) {
        float[] rows = rows(name, image);
        for (int position = 0; position < positions(); position++) {
            int start = position * dim;
            if (IntStream.range(start, start + dim).allMatch(i -> rows[i] == 0)) {
                throw new IllegalArgumentException(name + ": the patch in row " + position / width + " and column "
                        + position % width + " of " + height + " x " + width + " is all zeros in "
                        + network.layerTerms()
                        + " and has no direction: leave the image out, or choose other layers, such as those before"
                        + " a ReLU");
            }
        }
        return rows;
    }

    private void write(Planes planes, double weight, float[] rows, int column) {
        int plane = positions();
        for (int position = 0; position < plane; position++) {
            double squares = 0;
            for (int channel = 0; channel < planes.channels(); channel++) {
                float value = planes.values()[channel * plane + position];
                squares += (double) value * value;
            }
            double scale = squares == 0 ? 0 : weight / Math.sqrt(squares);
            for (int channel = 0; channel < planes.channels(); channel++) {
                rows[position * dim + column + channel] = (float) (scale * planes.values()[channel * plane + position]);
            }
        }
    }

    @Override
    public String toString() {
        return "PatchFeatures[" + network.layerTerms() + ", " + height + " x " + width + " patches, dim " + dim + "]";
    }
}
