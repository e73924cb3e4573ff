package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Differentiates an ONNX graph with respect to its image. For cotangents g_t of some tensors t, the result is
 * ∂/∂image Σ_t ⟨g_t, t(image)⟩, as nodes to add to the graph.
 *
 * <p>Guarantees: the batch may have any size. If the graph computes each image independently, the gradient does so too. The
 * rules are for opset {@value #MIN_OPSET} and later and for float32.
 */
public final class GraphGradient {
    /** The oldest operator set that is supported. */
    public static final int MIN_OPSET = 11;

    /** The name of the output that holds the gradient; it has the image's shape. */
    public static final String OUTPUT = "gradient/image";

    static final String PREFIX = "gradient/";
    private static final String COTANGENT = "gradient/cotangent of ";

    private GraphGradient() {}

    /** {@return the name of the input for the cotangent of a tensor; it has the tensor's shape} */
    public static String cotangent(String tensor) {
        return COTANGENT + tensor;
    }

    /**
     * Creates the additions to a graph.
     *
     * @param graph a graph with nodes in topological order, and with one float32 input that is not an initializer
     * @param opset the version of the graph's default operator set
     * @param input the name of the image
     * @param tensors the tensors that get a cotangent; they are float32 and depend on the image
     * @param shapes the shapes of the image and of every output of a node, for a batch of two or more images, or of one image
     *     if the graph accepts one only
     * @return a graph of the additions alone: inputs, constants and nodes to append
     * @throws IllegalArgumentException if an operator between the image and the tensors has no rule, if a tensor does not
     *     depend on the image, or if the opset is too old
     */
    public static GraphProto of(
            GraphProto graph, long opset, String input, Collection<String> tensors, Map<String, long[]> shapes) {
        if (opset < MIN_OPSET) {
            throw new IllegalArgumentException("the graph is of opset " + opset + ": a gradient needs " + MIN_OPSET
                    + " or later; convert the model");
        }
        Sweep sweep = new Sweep(graph, input, shapes, (int) opset);
        for (String tensor : tensors) {
            if (!sweep.depends(tensor)) {
                throw new IllegalArgumentException("tensor \"" + tensor + "\" does not depend on the image");
            }
            sweep.additions().addInput(value(cotangent(tensor), sweep.shape(tensor).length));
            sweep.contribute(tensor, cotangent(tensor));
        }
        List<NodeProto> nodes = graph.getNodeList();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            apply(nodes.get(i), sweep);
        }
        if (!sweep.hasCotangent(input)) {
            throw new IllegalArgumentException("no value of " + tensors + " changes with the image");
        }
        sweep.additions()
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput(sweep.cotangent(input))
                        .addOutput(OUTPUT));
        return sweep.additions()
                .addOutput(value(OUTPUT, sweep.shape(input).length))
                .build();
    }

    private static void apply(NodeProto node, Sweep sweep) {
        boolean reached = node.getInputList().stream().anyMatch(sweep::depends);
        for (int output = 0; reached && output < node.getOutputCount(); output++) {
            if (!sweep.hasCotangent(node.getOutput(output))) {
                continue;
            }
            Consumer<Step> rule = Rules.of(node);
            if (rule == null) {
                throw new IllegalArgumentException("operator " + node.getOpType() + " at \"" + node.getOutput(output)
                        + "\" has no rule of differentiation; there are rules for " + Rules.names());
            }
            if (output > 0) {
                throw new IllegalArgumentException("a cotangent reaches output " + output + " of " + node.getOpType()
                        + " at \"" + node.getOutput(output) + "\": only the first can be differentiated");
            }
            try {
                rule.accept(new Step(node, sweep));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "operator " + node.getOpType() + " at \"" + node.getOutput(0) + "\": " + e.getMessage(), e);
            }
        }
    }

    private static ValueInfoProto value(String name, int rank) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < rank; i++) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam(name + " " + i));
        }
        ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
        value.getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(TensorProto.DataType.FLOAT_VALUE)
                .setShape(shape);
        return value.build();
    }
}
