package io.github.afterimage.model;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.Normalization;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;

/**
 * A classifier with a memory, p = (1 - λ) p_net + λ p_mem, and its derivative with respect to the network's input.
 *
 * <p>Of several indexes, p_mem is the mean: with the same keys reduced by several seeds, the expectation over the seed. The
 * network is run once for all of them.
 *
 * <p>Guarantees: probabilities of the network are computed from its logits in double precision, so that a gradient does not
 * vanish where they round to 0 or 1 in float32. With λ = 0 the keys, with λ = 1 the logits are not asked.
 *
 * <p>Threads: thread-safe. Lifetime: holds nothing; the network and the index, which it does not own, must outlive it.
 */
public final class DifferentiableModel {
    private final DifferentiableNetwork network;
    private final List<CacheIndex> indexes;
    private final Hyperparameters hyperparameters;

    /**
     * @param network opened with the layers that make a key of the index
     * @throws IllegalArgumentException if the two do not fit
     */
    public DifferentiableModel(DifferentiableNetwork network, CacheIndex index, Hyperparameters hyperparameters) {
        this(network, List.of(index), hyperparameters);
    }

    /**
     * @param network opened with the layers that make a key of each index
     * @throws IllegalArgumentException if one does not fit, or there is none
     */
    public DifferentiableModel(
            DifferentiableNetwork network, List<CacheIndex> indexes, Hyperparameters hyperparameters) {
        if (indexes.isEmpty()) {
            throw new IllegalArgumentException("no index: expected one or more");
        }
        for (CacheIndex index : indexes) {
            if (network.dim() != index.dim() || network.classes() != index.classes()) {
                throw new IllegalArgumentException(
                        "the network gives " + network.dim() + " features and " + network.classes()
                                + " classes: expected the index's " + index.dim() + " and " + index.classes());
            }
        }
        this.network = network;
        this.indexes = List.copyOf(indexes);
        this.hyperparameters = hyperparameters;
    }

    /**
     * Opens a network for derivatives, with the layers and the preprocessing that an index records.
     *
     * @throws IllegalArgumentException if the index does not come from this network, or is of other classes
     */
    public static DifferentiableNetwork network(Path file, CacheIndex index, NetworkSettings settings)
            throws IOException {
        KeySource source = CacheModel.source(file, index);
        if (source.cacheOnly()) {
            throw new IllegalArgumentException("the index is of other classes than its network " + file
                    + ": there is no mixture to differentiate");
        }
        return DifferentiableNetwork.open(file, source.layers(), CacheModel.settings(source, settings));
    }

    /** The same network and keys with another θ and λ. */
    public DifferentiableModel with(Hyperparameters other) {
        return new DifferentiableModel(network, indexes, other);
    }

    /** θ and λ. */
    public Hyperparameters hyperparameters() {
        return hyperparameters;
    }

    /** How many classes there are. */
    public int classes() {
        return network.classes();
    }

    /** Values of an input. */
    public int inputSize() {
        return network.inputSize();
    }

    /**
     * What the model says of inputs, and how that changes with them. Immutable; usable while network and index are open.
     */
    public final class Answer {
        private final int count;
        private final FloatBuffer inputs;
        private final FloatBuffer activations; // (count, dim), or null with λ = 0
        private final double[] ofNetwork; // (count, classes)
        private final double[] mixed; // (count, classes)

        private Answer(int count, FloatBuffer inputs) {
            this.count = count;
            this.inputs =
                    direct(count, network.inputSize()).put(inputs.duplicate()).flip();
            activations = hyperparameters.lambda() > 0 ? direct(count, network.dim()) : null;
            FloatBuffer logits = FloatBuffer.allocate(count * classes());
            network.run(count, this.inputs, activations, logits);
            if (activations != null) {
                activations.flip();
            }
            ofNetwork = softmax(logits.array(), classes());
            mixed = mixed();
        }

        private Answer(int count, FloatBuffer inputs, FloatBuffer activations, double[] ofNetwork) {
            this.count = count;
            this.inputs = inputs;
            this.activations = activations;
            this.ofNetwork = ofNetwork;
            mixed = mixed();
        }

        private double[] mixed() {
            double lambda = hyperparameters.lambda();
            if (lambda == 0) {
                return ofNetwork;
            }
            double[] mixed = new double[ofNetwork.length];
            for (CacheIndex index : indexes) {
                Distributions one = index.query(activations, hyperparameters.theta());
                for (int i = 0; i < mixed.length; i++) {
                    mixed[i] += one.probability(i / classes(), i % classes()) / (double) indexes.size();
                }
            }
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] = Mixture.of(lambda, ofNetwork[i], mixed[i]);
            }
            return mixed;
        }

        /**
         * What the same network and keys say of the same inputs with another θ and λ; the network is not run again.
         *
         * @throws IllegalStateException if this answer has λ = 0, so that there is nothing to ask the keys
         */
        public Answer with(Hyperparameters other) {
            if (activations == null && other.lambda() > 0) {
                throw new IllegalStateException("the layers were not asked for with lambda 0: expected a positive one");
            }
            return DifferentiableModel.this.with(other).new Answer(count, inputs, activations, ofNetwork);
        }

        /** How many inputs. */
        public int count() {
            return count;
        }

        @Override
        public String toString() {
            return "Answer[" + count + " inputs, " + classes() + " classes, " + hyperparameters + "]";
        }

        /** p(c|x) of one input. */
        public double probability(int input, int label) {
            return mixed[input * classes() + label];
        }

        /** The most probable class of one input, the first of equals. */
        public int best(int input) {
            return Mixture.best(classes(), c -> probability(input, c));
        }

        /**
         * The gradient of Σ_c g_c p(c|x) with respect to each input.
         *
         * @param cotangents g: {@code (count, classes)} row-major
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
            if (lambda > 0) {
                float[] scaled = new float[cotangents.length];
                for (int i = 0; i < scaled.length; i++) {
                    scaled[i] = (float) (lambda / indexes.size() * cotangents[i]);
                }
                ofActivations = new float[count * network.dim()];
                for (CacheIndex index : indexes) {
                    float[] one = index.gradient(activations, hyperparameters.theta(), scaled);
                    for (int i = 0; i < one.length; i++) {
                        ofActivations[i] += one[i];
                    }
                }
                Normalization.pullBack(activations, network.dim(), ofActivations);
            }
            if (lambda < 1) {
                ofLogits = new float[cotangents.length];
                for (int first = 0; first < ofLogits.length; first += classes) {
                    double mean = 0;
                    for (int i = first; i < first + classes; i++) {
                        mean += cotangents[i] * ofNetwork[i];
                    }
                    for (int i = first; i < first + classes; i++) {
                        ofLogits[i] = (float) ((1 - lambda) * ofNetwork[i] * (cotangents[i] - mean));
                    }
                }
            }
            float[] gradients = new float[count * network.inputSize()];
            network.gradient(count, inputs, ofActivations, ofLogits, FloatBuffer.wrap(gradients));
            return gradients;
        }
    }

    /**
     * Asks the model.
     *
     * @param inputs {@code (count, inputSize)} float32 row-major, preprocessed, from the buffer's position to its limit;
     *     copied
     * @throws IllegalArgumentException if the length does not fit or a result is not finite
     */
    public Answer answer(FloatBuffer inputs) {
        if (inputs.remaining() == 0 || inputs.remaining() % network.inputSize() != 0) {
            throw new IllegalArgumentException("inputs hold " + inputs.remaining()
                    + " values: expected a positive multiple of the network's " + network.inputSize());
        }
        return new Answer(inputs.remaining() / network.inputSize(), inputs);
    }

    private static double[] softmax(float[] logits, int classes) {
        double[] probabilities = new double[logits.length];
        for (int first = 0; first < logits.length; first += classes) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int i = first; i < first + classes; i++) {
                greatest = Math.max(greatest, logits[i]);
            }
            double sum = 0;
            for (int i = first; i < first + classes; i++) {
                probabilities[i] = Math.exp(logits[i] - greatest);
                sum += probabilities[i];
            }
            for (int i = first; i < first + classes; i++) {
                probabilities[i] /= sum;
            }
        }
        return probabilities;
    }

    private static FloatBuffer direct(int rows, int columns) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(rows, Math.multiplyExact(columns, Float.BYTES)))
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    @Override
    public String toString() {
        return "DifferentiableModel[" + network + ", " + (indexes.size() == 1 ? indexes.get(0) : indexes) + ", "
                + hyperparameters + "]";
    }
}
