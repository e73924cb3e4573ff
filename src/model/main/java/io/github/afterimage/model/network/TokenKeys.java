package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.afterimage.model.network.gradient.Attributes;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The keys of a layer of tokens that are one token long: {@code NAME@class}, the class token, which is the first, and {@code
 * NAME@mean}, the mean over all tokens. Nodes that are added to the graph compute them.
 */
final class TokenKeys {
    static final String CLASS = "@class";
    static final String MEAN = "@mean";
    private static final String ZERO = "@0";
    private static final String ONE = "@1"; // also the axis of tokens
    private static final int OPSET_OF_AXES_AS_INPUT = 18;

    private TokenKeys() {}

    /** {@return whether a layer is such a key, or a tensor of the graph that is called so} */
    static boolean named(String layer) {
        return layer.endsWith(CLASS) || layer.endsWith(MEAN);
    }

    static String tokens(String layer) {
        return layer.substring(0, layer.lastIndexOf('@'));
    }

    /** {@return the nodes and constants to append for those layers that the graph does not have} */
    static GraphProto nodes(GraphProto graph, long opset, Collection<String> layers) {
        Set<String> present = new HashSet<>();
        graph.getNodeList().forEach(node -> present.addAll(node.getOutputList()));
        List<String> added = layers.stream()
                .filter(layer -> named(layer) && !present.contains(layer) && present.contains(tokens(layer)))
                .toList();
        GraphProto.Builder nodes = GraphProto.newBuilder();
        if (!added.isEmpty()) {
            nodes.addInitializer(integer(ZERO, 0)).addInitializer(integer(ONE, 1));
        }
        for (String layer : added) {
            String tokens = tokens(layer);
            if (layer.endsWith(CLASS)) {
                String first = layer + " alone";
                nodes.addNode(node("Slice", first, tokens, ZERO, ONE, ONE));
                tokens = first;
            }
            AttributeProto flat = Attributes.of("keepdims", 0);
            nodes.addNode(
                    opset < OPSET_OF_AXES_AS_INPUT
                            ? node("ReduceMean", layer, tokens)
                                    .addAttribute(flat)
                                    .addAttribute(Attributes.of("axes", new long[] {1}))
                            : node("ReduceMean", layer, tokens, ONE).addAttribute(flat));
        }
        return nodes.build();
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private static TensorProto integer(String name, long value) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(1)
                .addInt64Data(value)
                .build();
    }
}
