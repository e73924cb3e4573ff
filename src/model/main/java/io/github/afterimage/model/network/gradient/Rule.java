package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;

/** Differentiates one operator. */
@FunctionalInterface
interface Rule {
    /**
     * Adds the contributions of a node's first output to the cotangents of its inputs.
     *
     * @param node a node whose first output has a cotangent
     * @throws IllegalArgumentException if there is no rule for this form of the operator; the message gives the reason
     */
    void apply(NodeProto node, Sweep sweep);
}
