package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.afterimage.model.data.Softmax;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The output that holds the class scores, and its conversion to probabilities.
 *
 * @param layer the tensor
 */
record ClassOutput(Layer layer, Kind kind) {
    enum Kind {
        PROBABILITIES,
        LOG_PROBABILITIES,
        LOGITS
    }

    // The sum of a float32 softmax over 1000 classes is off by less than 1e-5, with float16 weights by more.
    private static final double SUM_TOLERANCE = 1e-3;

    String name() {
        return layer.name();
    }

    int classes() {
        return Math.toIntExact(layer.values());
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
     * @param chosen the name in the settings; null if there is none
     */
    static ClassOutput choose(String place, Graph graph, Map<String, Layer> layers, @Nullable String chosen)
            throws ModelException {
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
                return new ClassOutput(only, kind);
            }
            if (ofKind.size() > 1) {
                throw new ModelException(place + " has several outputs that can be class scores "
                        + ofKind.stream().map(Layer::name).toList() + ": name one with the setting output");
            }
        }
        throw new ModelException(
                place + " has no output of shape (batch, classes): name the tensor with the class scores "
                        + "with the setting output");
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
     * Converts one image's scores to probabilities. The softmax of logits is computed in double precision.
     *
     * @param scores {@code classes} values from {@code offset} on
     * @param image its number, for messages
     */
    void probabilities(FloatBuffer scores, int offset, int image, float[] result) {
        int classes = classes();
        double maximum = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < classes; c++) {
            float score = scores.get(offset + c);
            if (Float.isNaN(score) || score == Float.POSITIVE_INFINITY) {
                throw notFinite(image, c, score);
            }
            maximum = Math.max(maximum, score);
        }
        if (maximum == Double.NEGATIVE_INFINITY) {
            throw notFinite(image, 0, Float.NEGATIVE_INFINITY);
        }
        if (kind == Kind.LOGITS) {
            double[] probabilities = Softmax.of(scores.slice(offset, classes));
            for (int c = 0; c < classes; c++) {
                result[c] = (float) probabilities[c];
            }
            return;
        }
        double sum = 0;
        for (int c = 0; c < classes; c++) {
            float score = scores.get(offset + c);
            result[c] = kind == Kind.LOG_PROBABILITIES ? (float) Math.exp(score) : score;
            sum += result[c] >= 0 ? result[c] : Double.NaN;
        }
        if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
            throw new IllegalArgumentException("output \"" + name() + "\" for image " + image
                    + " is not a distribution over " + classes + " classes (sum " + sum
                    + "): name the tensor with the logits with the setting output");
        }
    }

    private IllegalArgumentException notFinite(int image, int column, float score) {
        return new IllegalArgumentException("output \"" + name() + "\" for image " + image + " is " + score
                + " at class " + column + ": expected finite scores; check the image's values and the preprocessing");
    }
}
