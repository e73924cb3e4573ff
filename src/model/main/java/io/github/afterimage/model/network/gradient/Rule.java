package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.NodeProto;

/** How one operator is differentiated. */
@FunctionalInterface
interface Rule {
    /**
     * Adds to the cotangents of a node's inputs what follows from that of its first output.
     *
     * @param node one whose first output has a cotangent
     * @throws IllegalArgumentException if this node's form has no derivative here; says why
     */
    void apply(NodeProto node, Sweep sweep);
}
