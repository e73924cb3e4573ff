package io.github.afterimage.model;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Query;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * <p>Guarantee: all parts of an answer, its neighbours too, are from the keys of one moment.
 *
 * <p>Threads: thread-safe. Lifetime: owns its network and its index and closes both. Closing waits for running calls; later
 * calls throw {@link IllegalStateException}; closing twice is harmless.
 */
public final class CacheModel implements AutoCloseable {
    private final Network network;
    private final CacheIndex index;
    private final Hyperparameters hyperparameters;
    private final List<String> classNames;
    private final boolean cacheOnly; // the network has other classes than the index

    /**
     * Mixes an open network with an open index; takes over both, unless it throws.
     *
     * @throws IllegalArgumentException if the index was built with another network, other layers or another preprocessing; if
     *     the length of a key or the number of classes differs; or if λ is not 1 and the network has other classes
     */
    public CacheModel(Network network, CacheIndex index, Hyperparameters hyperparameters) {
        this.network = network;
        this.index = index;
        this.hyperparameters = hyperparameters;
        classNames = index.classNames();
        Optional<KeySource> source = KeySource.of(index);
        source.ifPresent(expected -> expected.requireSame(network));
        cacheOnly = source.map(KeySource::cacheOnly).orElse(false);
        if (cacheOnly && hyperparameters.lambda() != 1) {
            throw new IllegalArgumentException("lambda " + hyperparameters.lambda()
                    + ": expected 1, since the network's classes are not the index's and the cache answers alone");
        }
        if (network.dim() != index.dim() || !cacheOnly && network.classes() != index.classes()) {
            throw new IllegalArgumentException("the network gives " + network.dim() + " features and "
                    + network.classes() + " classes: expected the index's " + index.dim() + " and " + index.classes()
                    + "; use the network that the index was built with");
        }
    }

    /**
     * Opens a network and the index that was built with it, with the θ and λ that {@code tune --save} stored in the index.
     *
     * @throws IllegalArgumentException if the index was built with another network, or was not tuned
     * @throws IOException if a file cannot be read or is damaged
     */
    public static CacheModel open(Path network, Path index) throws IOException {
        return open(network, index, new ModelOptions());
    }

    /**
     * Opens a network and the index that was built with it.
     *
     * @throws IllegalArgumentException if the index was built with another network; if it was not tuned and the options have no
     *     θ and λ; or if λ is not 1 and the network has other classes than the index
     * @throws IOException if a file cannot be read or is damaged
     */
    public static CacheModel open(Path network, Path index, ModelOptions options) throws IOException {
        CacheIndex opened = CacheIndex.open(index, options.index());
        try {
            return open(network, opened, options);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Opens a network for an open index, which the model takes over unless it throws. The options of the index have no effect.
     *
     * @throws IllegalArgumentException as {@link #open(Path, Path, ModelOptions)}
     * @throws IOException if the network cannot be read or is damaged
     */
    public static CacheModel open(Path network, CacheIndex index, ModelOptions options) throws IOException {
        Hyperparameters chosen = options.hyperparameters().orElseGet(() -> Hyperparameters.of(index));
        Network source = KeySource.network(network, index, options.network());
        try {
            return new CacheModel(source, index, chosen);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** {@return θ and λ of this model} */
    public Hyperparameters hyperparameters() {
        return hyperparameters;
    }

    /** {@return the index of this model; keys may be added to it while the model is in use} */
    public CacheIndex index() {
        return index;
    }

    /** {@return the network of this model} */
    public Network network() {
        return network;
    }

    /** {@return whether the network has other classes than the index, so that the cache answers alone} */
    public boolean isCacheOnly() {
        return cacheOnly;
    }

    /**
     * Classifies one image.
     *
     * @throws IllegalArgumentException if the image does not fit the network
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public Classification classify(Image image) {
        return classify(List.of(image), 0).get(0);
    }

    /** Classifies a batch of images without neighbours; see {@link #classify(List, int)}. */
    public List<Classification> classify(List<Image> images) {
        return classify(images, 0);
    }

    /**
     * Classifies a batch of images.
     *
     * @param neighbors number of nearest keys to return for each image; 0 for none, which saves a pass over the keys
     * @return one for each image, in order; none for no images
     * @throws IllegalArgumentException if an image does not fit the network, with its place in the list, or the number of
     *     neighbours is negative
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public List<Classification> classify(List<Image> images, int neighbors) {
        Outputs outputs = new Outputs(images.size());
        network.run(images, outputs.features, outputs.probabilities);
        return outputs.classifications(neighbors);
    }

    /** Classifies one image from an array; see {@link #classify(FloatBuffer, int)}. */
    public List<Classification> classify(float[] inputs) {
        return classify(FloatBuffer.wrap(inputs), 0);
    }

    /** Classifies inputs without neighbours; see {@link #classify(FloatBuffer, int)}. */
    public List<Classification> classify(FloatBuffer inputs) {
        return classify(inputs, 0);
    }

    /**
     * Classifies inputs that are preprocessed already, as {@link Network#input} does.
     *
     * @param inputs {@code (batch, 3, height, width)} or {@code (batch, height, width, 3)}, as the network reads them, float32
     *     row-major, from the buffer's position to its limit; heap or direct
     * @param neighbors as in {@link #classify(List, int)}
     * @throws IllegalArgumentException if the length is not a multiple of the network's input size
     * @throws IllegalStateException if the model is closed, or the index is empty
     */
    public List<Classification> classify(FloatBuffer inputs, int neighbors) {
        if (inputs.remaining() % network.inputSize() != 0) {
            throw new IllegalArgumentException("inputs hold " + inputs.remaining()
                    + " values: expected a multiple of the network's " + network.inputSize());
        }
        Outputs outputs = new Outputs(inputs.remaining() / network.inputSize());
        network.run(outputs.batch, inputs, outputs.features, outputs.probabilities);
        return outputs.classifications(neighbors);
    }

    /** The activations and probabilities of a batch. */
    private final class Outputs {
        final int batch;
        final FloatBuffer features;
        /** Null if the cache answers alone. */
        final @Nullable FloatBuffer probabilities;

        Outputs(int batch) {
            this.batch = batch;
            features = FloatBuffer.allocate(Math.multiplyExact(batch, network.dim()));
            probabilities = cacheOnly ? null : FloatBuffer.allocate(Math.multiplyExact(batch, network.classes()));
        }

        List<Classification> classifications(int neighbors) {
            List<Classification> classifications = new ArrayList<>();
            Query query =
                    Query.of(features.flip()).thetas(hyperparameters.theta()).neighbors(neighbors);
            if (batch == 0) {
                return classifications;
            }
            Answer answer = index.answer(query);
            for (int row = 0; row < batch; row++) {
                classifications.add(new Classification(
                        classNames, hyperparameters.lambda(), network(row), answer, row, neighbors > 0));
            }
            return classifications;
        }

        private float @Nullable [] network(int row) {
            if (probabilities == null) {
                return null;
            }
            float[] values = new float[classNames.size()];
            probabilities.get(row * values.length, values);
            return values;
        }
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
