package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.model.network.Preprocessing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * An image classifier that mixes a network with a cache: p = (1 - λ) p_net + λ p_mem, equation (3) of the paper.
 *
 * <pre>{@code
 * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"))) {
 *     Classification answer = model.classify(Image.read(Path.of("horse.png")));
 *     System.out.println(answer.name() + " " + answer.probability());
 * }
 * }</pre>
 *
 * <p>An index may record that its network has other classes. Then the cache answers alone, and λ is 1.
 *
 * <p>Threads: thread-safe. Lifetime: owns its network and its index and closes both. Closing waits for running calls; later
 * calls throw {@link IllegalStateException}; closing twice is harmless.
 */
public final class CacheModel implements AutoCloseable {
    private final Network network;
    private final CacheIndex index;
    private final Hyperparameters hyperparameters;
    private final List<String> names;
    private final boolean cacheOnly; // the network has other classes than the index

    private CacheModel(Network network, CacheIndex index, Hyperparameters hyperparameters) {
        this.network = network;
        this.index = index;
        this.hyperparameters = hyperparameters;
        names = index.classNames();
        cacheOnly = KeySource.isCacheOnly(index);
        if (cacheOnly && hyperparameters.lambda() != 1) {
            throw new IllegalArgumentException("lambda " + hyperparameters.lambda()
                    + ": expected 1, since the network's classes are not the index's and the cache answers alone");
        }
    }

    /**
     * Opens a network and the index that was built with it, with the θ and λ that {@code tune --save} stored in the index.
     *
     * @throws IllegalArgumentException if the index was built with another network, or was not tuned
     * @throws IOException if a file cannot be read or is damaged
     */
    public static CacheModel open(Path network, Path index) throws IOException {
        return open(network, index, CacheModel::tuned);
    }

    /**
     * Opens a network and the index that was built with it, with other θ and λ than {@link #open(Path, Path)}.
     *
     * @throws IllegalArgumentException also if λ is not 1 and the network has other classes than the index
     */
    public static CacheModel open(Path network, Path index, Hyperparameters hyperparameters) throws IOException {
        return open(network, index, opened -> hyperparameters);
    }

    private static CacheModel open(Path network, Path index, Function<CacheIndex, Hyperparameters> hyperparameters)
            throws IOException {
        CacheIndex opened = CacheIndex.open(index);
        try {
            Hyperparameters chosen = hyperparameters.apply(opened);
            Network source = network(network, opened, NetworkSettings.defaults());
            try {
                return new CacheModel(source, opened, chosen);
            } catch (RuntimeException e) {
                source.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Opens a network with the layers and the preprocessing that are stored in an index.
     *
     * @throws IllegalArgumentException if the index was not built with this network
     */
    public static Network network(Path file, CacheIndex index, NetworkSettings settings) throws IOException {
        KeySource source = source(file, index);
        return Network.open(file, source.layers(), settings(source, settings));
    }

    /** Returns the source of an index's keys after a check that it is this network. */
    static KeySource source(Path file, CacheIndex index) throws IOException {
        KeySource source = KeySource.of(index)
                .orElseThrow(() -> new IllegalArgumentException(
                        "the index was made from features, not with a network: query it with features"));
        String sha256 = Network.sha256(file);
        if (!sha256.equals(source.sha256())) {
            throw new IllegalArgumentException(file + " has sha256 " + sha256
                    + ": expected the network that the index was made with, " + source.sha256());
        }
        return source;
    }

    static NetworkSettings settings(KeySource source, NetworkSettings settings) {
        return settings.withPreprocessing(Preprocessing.parse(source.preprocessing()))
                .withOutput(source.output());
    }

    /**
     * Returns the θ and λ that are stored in an index.
     *
     * @throws IllegalArgumentException if the index was not tuned; the message names the remedy
     */
    public static Hyperparameters tuned(CacheIndex index) {
        String theta = index.attributes().get(Hyperparameters.THETA);
        String lambda = index.attributes().get(Hyperparameters.LAMBDA);
        if (theta == null || lambda == null) {
            throw new IllegalArgumentException(
                    "the index has no theta and lambda: run tune --save, or give them yourself");
        }
        return new Hyperparameters(Double.parseDouble(theta), Double.parseDouble(lambda));
    }

    /** {@return θ and λ as attributes of an index} */
    public static Map<String, String> tunedAttributes(Hyperparameters hyperparameters) {
        return Map.of(
                Hyperparameters.THETA,
                Double.toString(hyperparameters.theta()),
                Hyperparameters.LAMBDA,
                Double.toString(hyperparameters.lambda()));
    }

    /** {@return θ and λ of this model} */
    public Hyperparameters hyperparameters() {
        return hyperparameters;
    }

    /** {@return the index of this model; keys may be added to it while the model is in use} */
    public CacheIndex index() {
        return index;
    }

    /**
     * Classifies one image.
     *
     * @throws IllegalArgumentException if the image does not fit the network
     */
    public Classification classify(Image image) {
        return classify(List.of(image)).get(0);
    }

    /**
     * Classifies a batch of images.
     *
     * @throws IllegalArgumentException if an image does not fit the network; the message gives its place in the list
     */
    public List<Classification> classify(List<Image> images) {
        FloatBuffer features = buffer(images.size(), network.dim());
        FloatBuffer probabilities = probabilities(images.size());
        network.run(images, features, probabilities);
        return classifications(features.flip(), probabilities);
    }

    /**
     * Classifies inputs that are preprocessed already.
     *
     * @param inputs {@code (batch, 3, height, width)} or {@code (batch, height, width, 3)}, as the network reads them, float32
     *     row-major, from the buffer's position to its limit
     * @throws IllegalArgumentException if the length is not a multiple of the network's input size
     */
    public List<Classification> classify(FloatBuffer inputs) {
        if (inputs.remaining() % network.inputSize() != 0) {
            throw new IllegalArgumentException("inputs hold " + inputs.remaining()
                    + " values: expected a multiple of the network's " + network.inputSize());
        }
        int batch = inputs.remaining() / network.inputSize();
        FloatBuffer features = buffer(batch, network.dim());
        FloatBuffer probabilities = probabilities(batch);
        network.run(batch, inputs.duplicate(), features, probabilities);
        return classifications(features.flip(), probabilities);
    }

    /** {@return a buffer for the network's probabilities; null if the cache answers alone} */
    private @Nullable FloatBuffer probabilities(int batch) {
        return cacheOnly ? null : FloatBuffer.allocate(batch * network.classes());
    }

    private List<Classification> classifications(FloatBuffer features, @Nullable FloatBuffer probabilities) {
        List<Classification> classifications = new ArrayList<>();
        if (features.remaining() == 0) {
            return classifications;
        }
        Distributions cache = index.query(features, hyperparameters.theta());
        int classes = cache.classes();
        for (int row = 0; row < cache.batch(); row++) {
            int number = row;
            int first = row * classes;
            IntToDoubleFunction p = c -> probabilities == null
                    ? cache.probability(number, c)
                    : Mixture.of(hyperparameters.lambda(), probabilities.get(first + c), cache.probability(number, c));
            int best = Mixture.best(classes, p);
            classifications.add(new Classification(
                    best,
                    names.get(best),
                    p.applyAsDouble(best),
                    probabilities == null ? Double.NaN : probabilities.get(first + best),
                    cache.probability(row, best)));
        }
        return classifications;
    }

    private static FloatBuffer buffer(int rows, int columns) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(rows, Math.multiplyExact(columns, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    @Override
    public void close() {
        network.close();
        index.close();
    }

    @Override
    public String toString() {
        return "CacheModel[" + network + ", " + index + ", " + hyperparameters + "]";
    }
}
