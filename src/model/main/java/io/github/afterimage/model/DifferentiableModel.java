package io.github.afterimage.model;

import io.github.afterimage.CacheReader;
import io.github.afterimage.Normalization;
import io.github.afterimage.answer.AnswerRule;
import io.github.afterimage.answer.ArgMax;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Query;
import io.github.afterimage.model.data.Softmax;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A classifier of a network and a memory, which answer together by an {@link AnswerRule} for one view of an image, and its derivative with
 * respect to the network's input.
 *
 * <pre>{@code
 * Path file = Path.of("resnet20.onnx");
 * try (CacheIndex index = CacheIndex.open(Path.of("cifar10.safetensors"));
 *         DifferentiableNetwork network = DifferentiableModel.network(file, index, NetworkSettings.defaults())) {
 *     DifferentiableModel model = new DifferentiableModel(network, index, new Mixture(90, 0.4));
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
 * vanish at probabilities that round to 0 or 1 in float32. Where the rule gives the network or the memory no weight, its part is not computed.
 *
 * <p>Threads: thread-safe. Lifetime: holds nothing. It does not own the network and the index; they must outlive it.
 */
public final class DifferentiableModel {
    private final DifferentiableNetwork network;
    private final CacheReader index;
    private final AnswerRule rule;

    /**
     * Mixes a network with an index. A {@link Pool} answers without recognition, and with the weights for the present number of keys.
     *
     * @param network a network that was opened with the layers of the index's keys
     * @throws IllegalArgumentException if dim or classes of the two differ
     */
    public DifferentiableModel(DifferentiableNetwork network, CacheReader index, AnswerRule rule) {
        if (network.dim() != index.dim() || network.classes() != index.classes()) {
            throw new IllegalArgumentException("the network gives " + network.dim() + " features and "
                    + network.classes() + " classes: expected the index's " + index.dim() + " and " + index.classes());
        }
        this.network = network;
        this.index = index;
        this.rule = rule instanceof Pool pool ? pool.forKeys(index.size()).withBackground(Pool.NO_RECOGNITION) : rule;
    }

    /**
     * Opens a differentiable network with the layers and the preprocessing that are stored in an index.
     *
     * @throws IllegalArgumentException if the index was not built with this network, or has other or spare classes
     */
    public static DifferentiableNetwork network(Path file, CacheReader index, NetworkSettings settings)
            throws IOException {
        KeySource source = KeySource.require(file, index);
        if (source.memoryAlone()) {
            throw new IllegalArgumentException("the index is of other classes than its network " + file
                    + ": there is no answer of both to differentiate");
        }
        if (index.format().spareClasses() > 0) {
            throw new IllegalArgumentException("the index has " + index.format().spareClasses()
                    + " spare classes, which the gradient of its network does not know: use an index without them");
        }
        return DifferentiableNetwork.open(file, source.layers(), source.settings(settings));
    }

    /** {@return a model of the same network and keys with another rule} */
    public DifferentiableModel withRule(AnswerRule other) {
        return new DifferentiableModel(network, index, other);
    }

    /** {@return the rule of this model} */
    public AnswerRule rule() {
        return rule;
    }

    private boolean usesMemory() {
        return rule instanceof Mixture mixture ? mixture.lambda() > 0 : true;
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
        private final @Nullable FloatBuffer activations; // (count, dim); null if the memory has no weight
        private final double[] network; // (count, classes)
        private final double[] together; // (count, classes)
        private final io.github.afterimage.answer.@Nullable Answer memory;

        private Answer(int count, FloatBuffer inputs, @Nullable FloatBuffer activations, double[] network) {
            this.count = count;
            this.inputs = inputs;
            this.activations = activations;
            this.network = network;
            memory = activations == null || !usesMemory()
                    ? null
                    : index.answer(asked(activations).evidence(rule.needsEvidence()));
            together = together();
        }

        private double[] together() {
            if (memory == null) {
                return network;
            }
            double[] all = new double[network.length];
            for (int row = 0; row < count; row++) {
                double[] own = Arrays.copyOfRange(network, row * classes(), (row + 1) * classes());
                System.arraycopy(rule.probabilities(own, memory.row(row)), 0, all, row * classes(), classes());
            }
            return all;
        }

        private Query asked(FloatBuffer rows) {
            return Query.of(rows).thetas(rule.theta());
        }

        /**
         * Computes the answer for the same inputs with another rule. Does not run the network again.
         *
         * @throws IllegalStateException if this answer gives the memory no weight and the other rule does, because the network did not
         *     compute the layers then
         */
        public Answer withRule(AnswerRule other) {
            DifferentiableModel model = DifferentiableModel.this.withRule(other);
            if (activations == null && model.usesMemory()) {
                throw new IllegalStateException(
                        "the layers were not asked for with lambda 0: expected a rule with weight for the memory");
            }
            return model.new Answer(count, inputs, activations, network);
        }

        @Override
        public String toString() {
            return "Answer[" + count + " inputs, " + classes() + " classes, " + rule + "]";
        }

        /** {@return p(c|x) of one input} */
        public double probability(int input, int label) {
            return together[input * classes() + label];
        }

        /** {@return the most probable class of one input; the first one if several are equal} */
        public int best(int input) {
            return ArgMax.of(classes(), c -> probability(input, c));
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
            float[] ofMemory = new float[cotangents.length]; // of p_mem, or of log E_c
            float[] ofDirections = new float[cotangents.length];
            float[] ofLogits = new float[cotangents.length];
            for (int first = 0; first < cotangents.length; first += classes) {
                double[] of = rule instanceof Pool ? together : network;
                double mean = 0;
                for (int i = first; i < first + classes; i++) {
                    mean += cotangents[i] * of[i];
                }
                for (int i = first; i < first + classes; i++) {
                    double slope = of[i] * (cotangents[i] - mean); // of the log of p(c), or of the logit
                    if (rule instanceof Pool pool) {
                        ofLogits[i] = (float) (pool.network() * slope);
                        ofMemory[i] = (float) (pool.memory() * slope);
                        ofDirections[i] = (float) (pool.direction() * slope);
                    } else if (rule instanceof Mixture mixture) {
                        ofLogits[i] = (float) ((1 - mixture.lambda()) * slope);
                        ofMemory[i] = (float) (mixture.lambda() * cotangents[i]);
                    }
                }
            }
            float[] ofActivations = null;
            if (memory != null && activations != null) {
                ofActivations = rule instanceof Pool
                        ? index.gradient(asked(activations), ofMemory, ofDirections)
                        : index.gradient(asked(activations), ofMemory);
                Normalization.pullBack(activations, network().dim(), ofActivations);
            }
            float[] gradients = new float[count * inputSize()];
            network()
                    .gradient(
                            count,
                            inputs,
                            ofActivations,
                            rule.needsNetwork() ? ofLogits : null,
                            FloatBuffer.wrap(gradients));
            return gradients;
        }
    }

    private DifferentiableNetwork network() {
        return network;
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
        FloatBuffer activations = usesMemory() ? Network.buffer(count, network.dim()) : null;
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
        return "DifferentiableModel[" + network + ", " + index + ", " + rule + "]";
    }
}
