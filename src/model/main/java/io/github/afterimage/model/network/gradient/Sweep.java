package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** One reverse sweep over a graph: the emitted nodes, and the cotangents of each tensor so far. */
final class Sweep {
    private static final int OPSET_OF_AXES_AS_INPUT = 13;

    private final GraphProto.Builder additions = GraphProto.newBuilder();
    private final Map<String, List<String>> cotangents = new HashMap<>();
    private final Map<TensorProto, String> constantsMade = new HashMap<>(); // names by values
    private final Map<String, String> shapesMade = new HashMap<>(); // by tensor
    private final Set<String> dependent = new HashSet<>();
    private final Map<String, long[]> shapes;
    private final Map<String, TensorProto> constants = new HashMap<>();
    private final int opset;
    private int names;

    Sweep(GraphProto graph, String input, Map<String, long[]> shapes, int opset) {
        this.shapes = shapes;
        this.opset = opset;
        graph.getInitializerList().forEach(tensor -> constants.put(tensor.getName(), tensor));
        dependent.add(input);
        for (NodeProto node : graph.getNodeList()) { // in topological order, as ONNX requires
            if (node.getInputList().stream().anyMatch(dependent::contains)) {
                dependent.addAll(node.getOutputList());
            }
            if (node.getOpType().equals("Constant") && node.getAttribute(0).hasT()) {
                constants.put(node.getOutput(0), node.getAttribute(0).getT());
            }
        }
    }

    GraphProto.Builder additions() {
        return additions;
    }

    int opset() {
        return opset;
    }

    /** {@return whether a tensor depends on the image} */
    boolean depends(String tensor) {
        return dependent.contains(tensor);
    }

    /** {@return the shape of a tensor; the batch is first if the tensor depends on the image} */
    long[] shape(String tensor) {
        long[] shape = shapes.get(tensor);
        if (shape == null) {
            TensorProto constant = constants.get(tensor);
            if (constant == null) {
                throw new IllegalArgumentException("the shape of tensor \"" + tensor + "\" is not known");
            }
            shape = constant.getDimsList().stream().mapToLong(Long::longValue).toArray();
        }
        return shape;
    }

    /** {@return the value of a constant of the graph; null for any other tensor} */
    @Nullable
    TensorProto constant(String tensor) {
        return constants.get(tensor);
    }

    /** {@return whether a tensor has contributions} */
    boolean hasCotangent(String tensor) {
        return cotangents.containsKey(tensor);
    }

    /** Emits the sum of the contributions to a tensor, which must have some. */
    String cotangent(String tensor) {
        List<String> terms = cotangents.getOrDefault(tensor, List.of());
        if (terms.size() > 1) {
            String sum = emit("Sum", terms);
            terms.clear();
            terms.add(sum);
        }
        return terms.get(0);
    }

    /**
     * Adds a term, of the tensor's shape, to the cotangent of a tensor; does nothing if the tensor does not depend on the image.
     */
    void contribute(String tensor, String cotangent) {
        if (depends(tensor)) {
            cotangents.computeIfAbsent(tensor, absent -> new ArrayList<>()).add(cotangent);
        }
    }

    /** Adds a node with one output, and returns the name of the output. */
    String emit(String operator, List<String> inputs, AttributeProto... attributes) {
        String output = GraphGradient.PREFIX + operator + names++;
        additions.addNode(NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    String emit(String operator, String... inputs) {
        return emit(operator, List.of(inputs));
    }

    String scalar(float value) {
        return floats(new float[] {value});
    }

    /** Adds a float32 constant, a scalar if there are no dimensions, and returns its name. */
    String floats(float[] values, long... dimensions) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(TensorProto.DataType.FLOAT, bytes, dimensions);
    }

    /** Adds an int64 vector, and returns its name. */
    String integers(long... values) {
        return integers(values, values.length);
    }

    String integers(long[] values, long... dimensions) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return constant(TensorProto.DataType.INT64, bytes, dimensions);
    }

    private String constant(TensorProto.DataType type, ByteBuffer bytes, long... dimensions) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setDataType(type.getNumber()).setRawData(ByteString.copyFrom(bytes));
        for (long dimension : dimensions) {
            tensor.addDims(dimension);
        }
        return constantsMade.computeIfAbsent(tensor.build(), absent -> {
            String name = GraphGradient.PREFIX + "constant" + names++;
            additions.addInitializer(tensor.setName(name));
            return name;
        });
    }

    /** Emits the shape of a tensor, for any batch. */
    String shapeOf(String tensor) {
        return shapesMade.computeIfAbsent(tensor, absent -> emit("Shape", tensor));
    }

    /** Emits the same values in the shape of another tensor. */
    String reshapedLike(String values, String tensor) {
        return emit("Reshape", values, shapeOf(tensor));
    }

    /** Emits the sum over axes, which keep the length 1. */
    String sum(String values, long... axes) {
        return opset >= OPSET_OF_AXES_AS_INPUT
                ? emit("ReduceSum", values, integers(axes))
                : emit("ReduceSum", List.of(values), Attributes.of("axes", axes));
    }

    /** Emits the sum of a result's cotangent over the axes along which an operand was repeated. */
    String unbroadcast(String cotangent, String operand, String result) {
        return unbroadcast(cotangent, operand, shape(result), 0);
    }

    /** Emits the same sum for matrices, whose last two axes are kept. */
    String unbroadcastMatrices(String cotangent, String operand, String result) {
        return unbroadcast(cotangent, operand, shape(result), 2);
    }

    private String unbroadcast(String cotangent, String operand, long[] full, int kept) {
        long[] mine = shape(operand);
        int missing = full.length - mine.length;
        long[] axes = LongStream.range(0, full.length - kept)
                .filter(axis -> axis < missing || mine[(int) axis - missing] == 1 && full[(int) axis] != 1)
                .toArray();
        if (axes.length == 0) {
            return cotangent;
        }
        String summed = sum(cotangent, axes);
        return missing == 0 ? summed : reshapedLike(summed, operand);
    }
}
