package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Normalization;
import io.github.afterimage.Query;
import io.github.afterimage.model.data.Softmax;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A classifier that mixes a network with a cache, p = (1 - λ) p_net + λ p_mem, and its derivative with respect to the
 * network's input.
 *
 * <pre>{@code
 * Path file = Path.of("resnet20.onnx");
 * try (CacheIndex index = CacheIndex.open(Path.of("cifar10.safetensors"));
 *         DifferentiableNetwork network = DifferentiableModel.network(file, index, NetworkSettings.defaults())) {
 *     DifferentiableModel model = new DifferentiableModel(network, index, new Hyperparameters(90, 0.4));
 *     FloatBuffer input = FloatBuffer.allocate(model.inputSize());
 *     network.input(Image.read(Path.of("horse.png")), input);
 *     DifferentiableModel.Answer answer = model.answer(input.flip());
 *     double[] cotangents = new double[model.classes()];
 *     cotangents[answer.best(0)] = 1;
 *     float[] gradient = answer.gradient(cotangents);         // of the probability of the best class
 * }
 * }</pre>
 *
 * <p>Guarantees: the network's probabilities are computed from its logits in double precision. A gradient therefore does not
 * vanish at probabilities that round to 0 or 1 in float32. λ = 0 does not use the keys; λ = 1 does not use the logits.
 *
 * <p>Threads: thread-safe. Lifetime: holds nothing. It does not own the network and the index; they must outlive it.
 */
public final class DifferentiableModel {
    private final DifferentiableNetwork network;
    private final CacheIndex index;
    private final Hyperparameters hyperparameters;

    /**
     * Mixes a network with an index.
     *
     * @param network a network that was opened with the layers of the index's keys
     * @throws IllegalArgumentException if dim or classes of the two differ
     */
    public DifferentiableModel(DifferentiableNetwork network, CacheIndex index, Hyperparameters hyperparameters) {
        if (network.dim() != index.dim() || network.classes() != index.classes()) {
            throw new IllegalArgumentException("the network gives " + network.dim() + " features and "
                    + network.classes() + " classes: expected the index's " + index.dim() + " and " + index.classes());
        }
        this.network = network;
        this.index = index;
        this.hyperparameters = hyperparameters;
    }

    /**
     * Opens a differentiable network with the layers and the preprocessing that are stored in an index.
     *
     * @throws IllegalArgumentException if the index was not built with this network, or has other or spare classes
     */
    public static DifferentiableNetwork network(Path file, CacheIndex index, NetworkSettings settings)
            throws IOException {
        KeySource source = KeySource.require(file, index);
        if (source.cacheOnly()) {
            throw new IllegalArgumentException("the index is of other classes than its network " + file
                    + ": there is no mixture to differentiate");
        }
        if (index.format().spareClasses() > 0) {
            throw new IllegalArgumentException("the index has " + index.format().spareClasses()
                    + " spare classes, which the gradient of its network does not know: use an index without them");
        }
        return DifferentiableNetwork.open(file, source.layers(), source.settings(settings));
    }

    /** {@return a model of the same network and keys with another θ, λ and β} */
    public DifferentiableModel withHyperparameters(Hyperparameters other) {
        return new DifferentiableModel(network, index, other);
    }

    /** {@return θ, λ and β of this model} */
    public Hyperparameters hyperparameters() {
        return hyperparameters;
    }

    /** {@return the number of classes} */
    public int classes() {
        return network.classes();
    }

    /** {@return the number of values of an input} */
    public int inputSize() {
        return network.inputSize();
    }

    /** The model's probabilities for some inputs, and their gradients. Immutable; network and index must stay open. */
    public final class Answer {
        private final int count;
        private final FloatBuffer inputs;
        private final @Nullable FloatBuffer activations; // (count, dim); null if λ = 0
        private final double[] networkProbabilities; // (count, classes)
        private final double[] mixed; // (count, classes)

        private Answer(
                int count, FloatBuffer inputs, @Nullable FloatBuffer activations, double[] networkProbabilities) {
            this.count = count;
            this.inputs = inputs;
            this.activations = activations;
            this.networkProbabilities = networkProbabilities;
            mixed = mixed();
        }

        private double[] mixed() {
            double lambda = hyperparameters.lambda();
            if (lambda == 0 || activations == null) {
                return networkProbabilities;
            }
            io.github.afterimage.Answer memory = index.answer(asked(activations));
            double[] mixed = new double[networkProbabilities.length];
            for (int i = 0; i < mixed.length; i++) {
                double ofMemory = memory.row(i / classes()).probability(i % classes());
                mixed[i] = Mixture.of(lambda, networkProbabilities[i], ofMemory);
            }
            return mixed;
        }

        private Query asked(FloatBuffer rows) {
            return Query.of(rows).thetas(hyperparameters.theta()).classFactor(hyperparameters.beta());
        }

        /**
         * Computes the answer for the same inputs with another θ, λ and β. Does not run the network again.
         *
         * @throws IllegalStateException if this answer has λ = 0 and the other λ is positive, because a network that runs with
         *     λ = 0 does not compute the layers
         */
        public Answer withHyperparameters(Hyperparameters other) {
            if (activations == null && other.lambda() > 0) {
                throw new IllegalStateException("the layers were not asked for with lambda 0: expected a positive one");
            }
            return DifferentiableModel.this.withHyperparameters(other)
            .new Answer(count, inputs, activations, networkProbabilities);
        }

        @Override
        public String toString() {
            return "Answer[" + count + " inputs, " + classes() + " classes, " + hyperparameters + "]";
        }

        /** {@return p(c|x) of one input} */
        public double probability(int input, int label) {
            return mixed[input * classes() + label];
        }

        /** {@return the most probable class of one input; the first one if several are equal} */
        public int best(int input) {
            return Mixture.best(classes(), c -> probability(input, c));
        }

        /**
         * Computes the gradient of Σ_c g_c p(c|x) with respect to each input.
         *
         * @param cotangents g, {@code (count, classes)} row-major
         * @return {@code (count, inputSize)} row-major
         */
        public float[] gradient(double[] cotangents) {
            int classes = classes();
            if (cotangents.length != count * classes) {
                throw new IllegalArgumentException("cotangents hold " + cotangents.length + " values: expected " + count
                        + " inputs x " + classes + " classes");
            }
            double lambda = hyperparameters.lambda();
            float[] ofActivations = null;
            float[] ofLogits = null;
            if (lambda > 0 && activations != null) {
                float[] scaled = new float[cotangents.length];
                for (int i = 0; i < scaled.length; i++) {
                    scaled[i] = (float) (lambda * cotangents[i]);
                }
                ofActivations = index.gradient(asked(activations), scaled);
                Normalization.pullBack(activations, network.dim(), ofActivations);
            }
            if (lambda < 1) {
                ofLogits = new float[cotangents.length];
                for (int first = 0; first < ofLogits.length; first += classes) {
                    double mean = 0;
                    for (int i = first; i < first + classes; i++) {
                        mean += cotangents[i] * networkProbabilities[i];
                    }
                    for (int i = first; i < first + classes; i++) {
                        ofLogits[i] = (float) ((1 - lambda) * networkProbabilities[i] * (cotangents[i] - mean));
                    }
                }
            }
            float[] gradients = new float[count * network.inputSize()];
            network.gradient(count, inputs, ofActivations, ofLogits, FloatBuffer.wrap(gradients));
            return gradients;
        }
    }

    /**
     * Computes the probabilities of some inputs.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major, preprocessed, from the buffer's position to its limit; they
     *     are copied
     * @throws IllegalArgumentException if the length is not a positive multiple of the input size, or a result is not finite
     */
    public Answer answer(FloatBuffer inputs) {
        if (inputs.remaining() == 0 || inputs.remaining() % network.inputSize() != 0) {
            throw new IllegalArgumentException("inputs hold " + inputs.remaining()
                    + " values: expected a positive multiple of the network's " + network.inputSize());
        }
        int count = inputs.remaining() / network.inputSize();
        FloatBuffer copied = Network.buffer(count, network.inputSize())
                .put(inputs.duplicate())
                .flip();
        FloatBuffer activations = hyperparameters.lambda() > 0 ? Network.buffer(count, network.dim()) : null;
        FloatBuffer logits = FloatBuffer.allocate(count * classes());
        network.run(count, copied, activations, logits);
        return new Answer(
                count, copied, activations == null ? null : activations.flip(), softmax(logits.array(), classes()));
    }

    private static double[] softmax(float[] logits, int classes) {
        double[] probabilities = new double[logits.length];
        for (int first = 0; first < logits.length; first += classes) {
            double[] row = Softmax.of(FloatBuffer.wrap(logits, first, classes));
            System.arraycopy(row, 0, probabilities, first, classes);
        }
        return probabilities;
    }

    @Override
    public String toString() {
        return "DifferentiableModel[" + network + ", " + index + ", " + hyperparameters + "]";
    }
}
