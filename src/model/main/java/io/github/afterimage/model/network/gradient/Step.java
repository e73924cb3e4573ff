package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.List;

/** A node whose first output has a cotangent: x is its first input, y its first output, g the cotangent. */
record Step(NodeProto node, Sweep sweep) {
    String x() {
        return input(0);
    }

    String input(int number) {
        return node.getInput(number);
    }

    String y() {
        return node.getOutput(0);
    }

    String g() {
        return sweep.cotangent(y());
    }

    /** {@return whether the node has this input and the input depends on the image} */
    boolean depends(int number) {
        return number < node.getInputCount() && sweep.depends(input(number));
    }

    long integer(String attribute, long absent) {
        return Attributes.integer(node, attribute, absent);
    }

    String scalar(String attribute, float absent) {
        return sweep.scalar(Attributes.number(node, attribute, absent));
    }

    String emit(String operator, String... inputs) {
        return sweep.emit(operator, List.of(inputs));
    }

    String emit(String operator, List<String> inputs, AttributeProto... attributes) {
        return sweep.emit(operator, inputs, attributes);
    }

    /** Adds a term to the cotangent of x. */
    void contribute(String cotangent) {
        sweep.contribute(x(), cotangent);
    }

    /** Adds a term to the cotangent of an input that the operator has repeated to the shape of y. */
    void contribute(int number, String cotangent) {
        if (depends(number)) {
            sweep.contribute(input(number), sweep.unbroadcast(cotangent, input(number), y()));
        }
    }
}
