package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The gradient of an ONNX graph with respect to its image: for cotangents g_t of some of its tensors,
 * ∂/∂image Σ_t ⟨g_t, t(image)⟩, as nodes that are added to the graph.
 *
 * <p>Guarantees: the batch may be of any size; where the graph treats images one by one, so does the gradient. The rules
 * hold for opset {@value #OLDEST_OPSET} and later and for float32.
 */
public final class GraphGradient {
    /** The oldest operator set whose nodes are understood and written. */
    public static final int OLDEST_OPSET = 11;

    /** The output that holds the gradient, of the image's shape. */
    public static final String OUTPUT = "gradient/image";

    static final String PREFIX = "gradient/";
    private static final String COTANGENT = "gradient/cotangent of ";

    private GraphGradient() {}

    /** The input that takes the cotangent of a tensor, of the tensor's shape. */
    public static String cotangent(String tensor) {
        return COTANGENT + tensor;
    }

    /**
     * What to add to a graph, as a graph of the additions alone: inputs, constants and nodes, to be appended.
     *
     * @param graph nodes in topological order; one float32 input that is not an initializer
     * @param opset the version of the default operator set that the graph uses
     * @param input the image
     * @param tensors where cotangents enter; float32, dependent on the image
     * @param shapes of every tensor that a node of the graph makes, and of the image, for a batch of more than one image
     *     unless the graph is bound to one
     * @throws IllegalArgumentException if an operator between the image and the tensors has no rule, named with its node;
     *     if a tensor does not depend on the image; or if the opset is too old
     */
    public static GraphProto of(
            GraphProto graph, long opset, String input, Collection<String> tensors, Map<String, long[]> shapes) {
        if (opset < OLDEST_OPSET) {
            throw new IllegalArgumentException("the graph is of opset " + opset + ": a gradient needs " + OLDEST_OPSET
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
        String gradient = sweep.cotangent(input);
        if (gradient == null) {
            throw new IllegalArgumentException("no value of " + tensors + " changes with the image");
        }
        sweep.additions()
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput(gradient)
                        .addOutput(OUTPUT));
        return sweep.additions()
                .addOutput(value(OUTPUT, sweep.shape(input).length))
                .build();
    }

    private static void apply(NodeProto node, Sweep sweep) {
        boolean reached = node.getInputList().stream().anyMatch(sweep::depends);
        for (int output = 0; reached && output < node.getOutputCount(); output++) {
            if (sweep.cotangent(node.getOutput(output)) == null) {
                continue;
            }
            Rule rule = Rules.of(node);
            if (rule == null) {
                throw new IllegalArgumentException("operator " + node.getOpType() + " at \"" + node.getOutput(output)
                        + "\" has no rule of differentiation; there are rules for " + Rules.names());
            }
            if (output > 0) {
                throw new IllegalArgumentException("a cotangent reaches output " + output + " of " + node.getOpType()
                        + " at \"" + node.getOutput(output) + "\": only the first can be differentiated");
            }
            try {
                rule.apply(node, sweep);
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
