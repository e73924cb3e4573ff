package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.afterimage.model.data.Softmax;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The output that holds the class scores, and its conversion to probabilities.
 *
 * @param layer the tensor
 * @param chosen the positions of the classes in play among the scores; empty for all
 */
record ClassOutput(Layer layer, Kind kind, List<Integer> chosen) {
    enum Kind {
        PROBABILITIES,
        LOG_PROBABILITIES,
        LOGITS
    }

    // The sum of a float32 softmax over 1000 classes is off by less than 1e-5, with float16 weights by more.
    private static final double SUM_TOLERANCE = 1e-3;
    private static final String SETTING = "the setting output";

    String name() {
        return layer.name();
    }

    /** {@return the number of scores of an image} */
    int scores() {
        return Math.toIntExact(layer.values());
    }

    /** {@return the positions of the classes among the scores} */
    int[] classes() {
        return chosen.isEmpty()
                ? IntStream.range(0, scores()).toArray()
                : chosen.stream().mapToInt(Integer::intValue).toArray();
    }

    /** {@return the graph outputs that may hold class scores, before their shapes are known} */
    static List<String> candidates(Graph graph, List<ValueInfoProto> outputs, @Nullable String chosen) {
        if (chosen != null) {
            graph.require("output", chosen);
            return List.of(chosen);
        }
        return outputs.stream().map(ValueInfoProto::getName).filter(graph::has).toList();
    }

    /**
     * Chooses an output among candidates: softmax before log-softmax before logits.
     *
     * @param layers the candidates that are float32 with the batch first
     * @param settings may name the output, and the classes in play
     */
    static ClassOutput choose(String place, Graph graph, Map<String, Layer> layers, NetworkSettings settings)
            throws ModelException {
        String chosen = settings.output().orElse(null);
        List<Layer> vectors =
                layers.values().stream().filter(ClassOutput::isVector).toList();
        if (chosen != null && vectors.isEmpty()) {
            Layer found = layers.get(chosen);
            throw new IllegalArgumentException("output \"" + chosen + "\" of " + place
                    + " does not hold class scores: expected float32 of shape (batch, classes), found "
                    + (found == null ? "another type or a shape without the batch" : found.shape() + " per image"));
        }
        for (Kind kind : Kind.values()) {
            List<Layer> ofKind = vectors.stream()
                    .filter(layer -> kind(graph, layer.name()) == kind)
                    .toList();
            if (ofKind.size() == 1) {
                Layer only = ofKind.get(0);
                String operator = graph.computingOperator(only.name());
                if (operator.equals("Sigmoid") || operator.equals("HardSigmoid")) {
                    throw new ModelException("output \"" + only.name() + "\" of " + place + " is made by " + operator
                            + ", one yes or no per class: expected logits or softmax");
                }
                requireScores(place, only, settings.classes());
                return new ClassOutput(only, kind, settings.classes());
            }
            if (ofKind.size() > 1) {
                throw new ModelException(place + " has several outputs that can be class scores "
                        + ofKind.stream().map(Layer::name).toList() + ": name one with " + SETTING);
            }
        }
        throw new ModelException(
                place + " has no output of shape (batch, classes), with two classes or more: name the tensor with the"
                        + " class scores with " + SETTING);
    }

    private static void requireScores(String place, Layer layer, List<Integer> classes) {
        for (int k = 0; k < classes.size(); k++) {
            if (classes.get(k) >= layer.values()) {
                throw new IllegalArgumentException("class " + k + " is output " + classes.get(k) + " of " + place
                        + ": expected 0 to " + (layer.values() - 1) + ", since \"" + layer.name() + "\" has "
                        + layer.values() + " values");
            }
        }
    }

    /** {@return the tensor that holds the logits: this one, or the input of its softmax} */
    String logits(Graph graph) {
        return kind == Kind.LOGITS ? name() : graph.computedFrom(name());
    }

    private static boolean isVector(Layer layer) {
        return layer.values() >= 2
                && layer.shape().stream().filter(dimension -> dimension > 1).count() == 1;
    }

    private static Kind kind(Graph graph, String tensor) {
        return switch (graph.computingOperator(tensor)) {
            case "Softmax" -> Kind.PROBABILITIES;
            case "LogSoftmax" -> Kind.LOG_PROBABILITIES;
            default -> Kind.LOGITS;
        };
    }

    /**
     * Converts one image's scores to probabilities of the classes in play. They are computed in double precision, and equal if
     * the network gives none of these classes any.
     *
     * @param scores {@link #scores()} values from {@code offset} on
     * @param image its number, for messages
     */
    void probabilities(FloatBuffer scores, int offset, int image, float[] result) {
        FloatBuffer all = scores.slice(offset, scores());
        requireFinite(all, image);
        double[] probabilities = ofAll(all);
        requireDistribution(probabilities, image);
        if (!chosen.isEmpty()) {
            probabilities = ofChosen(all);
        }
        for (int c = 0; c < probabilities.length; c++) {
            result[c] = (float) probabilities[c];
        }
    }

    /** Copies one image's scores of the classes in play, from {@code offset} on. */
    void copy(FloatBuffer scores, int offset, float[] result) {
        for (int c = 0; c < result.length; c++) {
            result[c] = scores.get(offset + (chosen.isEmpty() ? c : chosen.get(c)));
        }
    }

    private double[] ofAll(FloatBuffer all) {
        if (kind == Kind.LOGITS) {
            return Softmax.of(all);
        }
        double[] probabilities = new double[scores()];
        for (int c = 0; c < probabilities.length; c++) {
            probabilities[c] = kind == Kind.LOG_PROBABILITIES ? Math.exp(all.get(c)) : all.get(c);
        }
        return probabilities;
    }

    private double[] ofChosen(FloatBuffer all) {
        double[] probabilities;
        if (kind == Kind.PROBABILITIES) {
            double sum = chosen.stream().mapToDouble(all::get).sum();
            probabilities =
                    chosen.stream().mapToDouble(output -> all.get(output) / sum).toArray();
        } else {
            FloatBuffer scores = FloatBuffer.allocate(chosen.size());
            chosen.forEach(output -> scores.put(all.get(output)));
            probabilities = Softmax.of(scores.flip());
        }
        if (Double.isNaN(probabilities[0])) { // none of these classes has any
            Arrays.fill(probabilities, 1.0 / probabilities.length);
        }
        return probabilities;
    }

    private void requireFinite(FloatBuffer all, int image) {
        float maximum = Float.NEGATIVE_INFINITY;
        for (int c = 0; c < scores(); c++) {
            float score = all.get(c);
            if (Float.isNaN(score) || score == Float.POSITIVE_INFINITY) {
                throw notFinite(image, c, score);
            }
            maximum = Math.max(maximum, score);
        }
        if (maximum == Float.NEGATIVE_INFINITY) {
            throw notFinite(image, 0, maximum);
        }
    }

    private void requireDistribution(double[] probabilities, int image) {
        double sum = 0;
        for (double probability : probabilities) {
            sum += probability >= 0 ? probability : Double.NaN;
        }
        if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
            throw new IllegalArgumentException("output \"" + name() + "\" for image " + image
                    + " is not a distribution over " + scores() + " classes (sum " + sum
                    + "): name the tensor with the logits with " + SETTING);
        }
    }

    private IllegalArgumentException notFinite(int image, int column, float score) {
        return new IllegalArgumentException("output \"" + name() + "\" for image " + image + " is " + score
                + " at class " + column + ": expected finite scores; check the image's values and the preprocessing");
    }
}
