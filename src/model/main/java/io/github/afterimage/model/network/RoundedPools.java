package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;

/**
 * Average pools whose number of windows is rounded up ({@code ceil_mode}). Before operator set 19, ONNX Runtime 1.28 divides
 * by too many values if a window extends beyond the padding and the padding counts.
 */
final class RoundedPools {
    /** The first operator set whose average pools ONNX Runtime computes correctly. */
    private static final long CORRECT_OPSET = 19;

    private RoundedPools() {}

    /**
     * Tells whether a model has such pools. ONNX Runtime must not fuse them with a padding that precedes them.
     *
     * @throws ModelException if ONNX Runtime would compute one of them wrongly
     */
    static boolean in(ModelFile model) throws ModelException {
        if (model.opset >= CORRECT_OPSET) {
            return false;
        }
        List<NodeProto> pools = model.nodes.stream()
                .filter(node -> node.getOpType().equals("AveragePool") && integer(node, "ceil_mode") != 0)
                .toList();
        for (NodeProto pool : pools) {
            if (integer(pool, "count_include_pad") != 0) {
                throw new ModelException(model.path + ": ONNX Runtime computes the AveragePool at \""
                        + pool.getOutput(0) + "\" wrongly (ceil_mode and count_include_pad in operator set "
                        + model.opset + "): export the model with operator set " + CORRECT_OPSET + " or later");
            }
        }
        return !pools.isEmpty();
    }

    private static long integer(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .mapToLong(AttributeProto::getI)
                .findFirst()
                .orElse(0);
    }
}
