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

/** One reverse sweep over a graph: the nodes it emits, and the cotangents it has gathered for each tensor. */
final class Sweep {
    private static final int REDUCE_SUM_TAKES_AXES_AS_INPUT = 13;

    private final GraphProto.Builder additions = GraphProto.newBuilder();
    private final Map<String, List<String>> cotangents = new HashMap<>();
    private final Map<TensorProto, String> constantsMade = new HashMap<>(); // their names by their values
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
        for (NodeProto node : graph.getNodeList()) { // in topological order, as ONNX demands
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

    /** Whether a tensor depends on the image. */
    boolean depends(String tensor) {
        return dependent.contains(tensor);
    }

    /** Whether a node has this input and it depends on the image. */
    boolean depends(NodeProto node, int input) {
        return input < node.getInputCount() && depends(node.getInput(input));
    }

    /** The shape of a tensor, the batch first where it depends on the image. */
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

    /** The value of a tensor that is written in the graph, or null. */
    TensorProto constant(String tensor) {
        return constants.get(tensor);
    }

    /** The sum of what was contributed to a tensor, or null where nothing was. */
    String cotangent(String tensor) {
        List<String> terms = cotangents.get(tensor);
        if (terms == null) {
            return null;
        }
        if (terms.size() > 1) {
            String sum = emit("Sum", terms);
            terms.clear();
            terms.add(sum);
        }
        return terms.get(0);
    }

    /** Adds to the cotangent of a tensor, if the image can be reached from there; of the tensor's shape. */
    void contribute(String tensor, String cotangent) {
        if (depends(tensor)) {
            cotangents.computeIfAbsent(tensor, absent -> new ArrayList<>()).add(cotangent);
        }
    }

    /** Adds a node with one output, whose name is returned. */
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

    /** A float32 constant; without dimensions a scalar. */
    String floats(float[] values, long... dimensions) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return constant(TensorProto.DataType.FLOAT, bytes, dimensions);
    }

    /** An int64 vector. */
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

    /** The shape of a tensor as a tensor, whatever the batch. */
    String shapeOf(String tensor) {
        return shapesMade.computeIfAbsent(tensor, absent -> emit("Shape", tensor));
    }

    /** The same values in the shape of another tensor. */
    String reshapedLike(String values, String tensor) {
        return emit("Reshape", values, shapeOf(tensor));
    }

    /** With the summed axes kept. */
    String sum(String values, long... axes) {
        return opset >= REDUCE_SUM_TAKES_AXES_AS_INPUT
                ? emit("ReduceSum", values, integers(axes))
                : emit("ReduceSum", List.of(values), Attributes.of("axes", axes));
    }

    /** Sums the cotangent of a result over the axes along which an operand was repeated. */
    String unbroadcast(String cotangent, String operand, String result) {
        return unbroadcast(cotangent, operand, shape(result), 0);
    }

    /** The same, except for the last two axes of each, which are matrices. */
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
