package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.afterimage.model.data.Image;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The only image input of a graph.
 *
 * @param name the name of the tensor
 * @param dimensions four dimensions; 0 for one that the model leaves open
 */
record GraphInput(String name, List<Long> dimensions) {
    static GraphInput find(String place, GraphProto graph) throws ModelException {
        Set<String> initializers =
                graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
        List<ValueInfoProto> inputs = graph.getInputList().stream()
                .filter(input -> !initializers.contains(input.getName()))
                .toList();
        if (inputs.size() != 1) {
            throw new ModelException(place + " has " + inputs.size() + " inputs "
                    + inputs.stream().map(ValueInfoProto::getName).toList() + ": expected one, an image");
        }
        ValueInfoProto only = inputs.get(0);
        TypeProto.Tensor type = only.getType().getTensorType();
        GraphInput input = new GraphInput(
                only.getName(),
                type.getShape().getDimList().stream()
                        .map(TensorShapeProto.Dimension::getDimValue)
                        .map(value -> Math.max(value, 0))
                        .toList());
        if (!only.getType().hasTensorType() || type.getElemType() != TensorProto.DataType.FLOAT_VALUE) {
            throw new ModelException("input \"" + only.getName() + "\" of " + place + " is "
                    + (only.getType().hasTensorType()
                            ? TensorProto.DataType.forNumber(type.getElemType())
                            : "no tensor")
                    + ": expected float32; convert the model");
        }
        boolean channels = input.dimensions.size() == 4
                && (input.canBeChannels(1) || input.canBeChannels(3))
                && input.dimensions.stream().allMatch(value -> value <= 1 << 14);
        if (!channels) {
            throw new ModelException("input " + input + " of " + place
                    + " is not an image: expected (batch, 3, height, width) or (batch, height, width, 3)");
        }
        return input;
    }

    private boolean canBeChannels(int dimension) {
        return dimensions.get(dimension) == Image.CHANNELS || dimensions.get(dimension) == 0;
    }

    /**
     * Tells whether the channels are the last dimension.
     *
     * @param wanted the layout in the preprocessing; null if it has none
     * @throws IllegalArgumentException if the layout contradicts the input, or is missing and the input is ambiguous
     */
    boolean channelsLast(@Nullable Boolean wanted) {
        if (wanted != null) {
            if (!canBeChannels(wanted ? 3 : 1)) {
                throw new IllegalArgumentException("input " + this + " cannot have layout=" + (wanted ? "nhwc" : "nchw")
                        + ": its channel dimension would not be 3");
            }
            return wanted;
        }
        if (dimensions.get(1) == Image.CHANNELS || dimensions.get(3) == Image.CHANNELS) {
            return dimensions.get(1) != Image.CHANNELS;
        }
        throw new IllegalArgumentException("input " + this
                + " does not tell where its channels are: set layout=nchw or layout=nhwc in the preprocessing");
    }

    /** {@return the batch size; 0 if open} */
    int fixedBatch() {
        return Math.toIntExact(dimensions.get(0));
    }

    /** {@return the number of rows; 0 if open} */
    long height(boolean channelsLast) {
        return dimensions.get(channelsLast ? 1 : 2);
    }

    /** {@return the number of columns; 0 if open} */
    long width(boolean channelsLast) {
        return dimensions.get(channelsLast ? 2 : 3);
    }

    @Override
    public String toString() {
        return "\"" + name + "\" "
                + dimensions.stream()
                        .map(value -> value == 0 ? "?" : value.toString())
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}
