package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Evaluates an ONNX graph in double precision, from the definitions of the operators. Gradients are compared with it. */
public final class DoubleGraph {
    private final GraphProto graph;
    private final int opset;
    private final Map<String, Tensor> constants = new HashMap<>();

    public DoubleGraph(GraphProto graph, int opset) {
        this.graph = graph;
        this.opset = opset;
        graph.getInitializerList().forEach(tensor -> constants.put(tensor.getName(), Tensor.of(tensor)));
    }

    /** Computes every tensor of the graph. */
    Map<String, Tensor> run(String input, Tensor image) {
        Map<String, Tensor> tensors = new HashMap<>(constants);
        tensors.put(input, image);
        for (NodeProto node : graph.getNodeList()) {
            tensors.put(node.getOutput(0), evaluate(node, tensors));
        }
        return tensors;
    }

    /** Computes the values of some tensors. */
    public List<double[]> values(List<String> tensors, String input, double[] image, int[] shape) {
        Map<String, Tensor> all = run(input, new Tensor(image, shape));
        return tensors.stream().map(tensor -> all.get(tensor).values()).toList();
    }

    /**
     * Computes the derivative of Σ ⟨cotangent, tensor⟩ along a direction, by central differences.
     *
     * @param image (1, 3, height, width)
     * @param cotangents of tensors, by name
     */
    public double derivative(
            String input,
            double[] image,
            int[] shape,
            double[] direction,
            double step,
            Map<String, float[]> cotangents) {
        return (along(input, image, shape, direction, step, cotangents)
                        - along(input, image, shape, direction, -step, cotangents))
                / (2 * step);
    }

    private double along(
            String input,
            double[] image,
            int[] shape,
            double[] direction,
            double step,
            Map<String, float[]> cotangents) {
        double[] moved = new double[image.length];
        Arrays.setAll(moved, i -> image[i] + step * direction[i]);
        Map<String, Tensor> tensors = run(input, new Tensor(moved, shape));
        double sum = 0;
        for (Map.Entry<String, float[]> cotangent : cotangents.entrySet()) {
            double[] values = tensors.get(cotangent.getKey()).values();
            for (int i = 0; i < values.length; i++) {
                sum += cotangent.getValue()[i] * values[i];
            }
        }
        return sum;
    }

    private Tensor evaluate(NodeProto node, Map<String, Tensor> tensors) {
        List<Tensor> in = node.getInputList().stream().map(tensors::get).toList();
        Tensor x = in.isEmpty() ? null : in.get(0);
        return switch (node.getOpType()) {
            case "Constant" -> Tensor.of(node.getAttribute(0).getT());
            case "Add" -> x.combine(in.get(1), Double::sum);
            case "Sum" ->
                in.stream().reduce((a, b) -> a.combine(b, Double::sum)).orElseThrow();
            case "Sub" -> x.combine(in.get(1), (a, b) -> a - b);
            case "Mul" -> x.combine(in.get(1), (a, b) -> a * b);
            case "Div" -> x.combine(in.get(1), (a, b) -> a / b);
            case "Neg" -> x.map(a -> -a);
            case "Exp" -> x.map(Math::exp);
            case "Relu" -> x.map(a -> Math.max(0, a));
            case "LeakyRelu" -> {
                double alpha = Attributes.number(node, "alpha", 0.01f);
                yield x.map(a -> a > 0 ? a : alpha * a);
            }
            case "Sigmoid" -> x.map(a -> 1 / (1 + Math.exp(-a)));
            case "Tanh" -> x.map(Math::tanh);
            case "Clip" -> {
                double least = in.size() > 1 && in.get(1) != null ? in.get(1).values()[0] : -Double.MAX_VALUE;
                double most = in.size() > 2 ? in.get(2).values()[0] : Double.MAX_VALUE;
                yield x.map(a -> Math.min(most, Math.max(least, a)));
            }
            case "Identity", "Dropout" -> x;
            case "Softmax" -> softmax(node, x);
            case "LogSoftmax" -> softmax(node, x).map(Math::log);
            case "BatchNormalization" -> batchNormalization(node, in);
            case "Gemm" -> gemm(node, in);
            case "MatMul" -> matMul(x, in.get(1));
            case "Conv" -> DoubleWindows.convolution(node, in);
            case "ConvTranspose" -> DoubleWindows.transposedConvolution(node, in);
            case "MaxPool" -> DoubleWindows.pool(node, x, true);
            case "AveragePool" -> DoubleWindows.pool(node, x, false);
            case "GlobalAveragePool" -> reduce(x, IntStream.range(2, x.rank()).toArray(), true, true);
            case "ReduceMean", "ReduceSum" ->
                reduce(
                        x,
                        axes(node, in, x.rank()),
                        Attributes.integer(node, "keepdims", 1) != 0,
                        node.getOpType().equals("ReduceMean"));
            case "Flatten" -> {
                int axis = (int) Attributes.integer(node, "axis", 1);
                int rows = Tensor.size(Arrays.copyOf(x.shape(), axis));
                yield x.reshaped(rows, x.values().length / rows);
            }
            case "Reshape" -> reshape(x, in.get(1).integers());
            case "Squeeze" -> squeeze(x, axes(node, in, x.rank()));
            case "Unsqueeze" -> unsqueeze(x, axes(node, in, x.rank() + axisCount(node, in)));
            case "Transpose" -> transpose(node, x);
            case "Concat" -> concat(in, x.axis(Attributes.integer(node, "axis", 0)));
            case "Pad" -> pad(x, in);
            case "Slice" -> slice(in);
            default -> throw new IllegalArgumentException(node.getOpType());
        };
    }

    private Tensor softmax(NodeProto node, Tensor x) {
        int axis = x.axis(Attributes.integer(node, "axis", opset >= 13 ? -1 : 1));
        int[] axes = IntStream.range(axis, opset >= 13 ? axis + 1 : x.rank()).toArray();
        Tensor e = x.map(Math::exp);
        return e.combine(reduce(e, axes, true, false), (a, b) -> a / b);
    }

    private static Tensor batchNormalization(NodeProto node, List<Tensor> in) {
        Tensor x = in.get(0);
        double epsilon = Attributes.number(node, "epsilon", 1e-5f);
        return Tensor.from(x.shape(), index -> {
            int c = index[1];
            return (x.at(index) - in.get(3).values()[c])
                            / Math.sqrt(in.get(4).values()[c] + epsilon)
                            * in.get(1).values()[c]
                    + in.get(2).values()[c];
        });
    }

    private static Tensor gemm(NodeProto node, List<Tensor> in) {
        Tensor a = Attributes.integer(node, "transA", 0) != 0 ? swapped(in.get(0)) : in.get(0);
        Tensor b = Attributes.integer(node, "transB", 0) != 0 ? swapped(in.get(1)) : in.get(1);
        double alpha = Attributes.number(node, "alpha", 1);
        double beta = Attributes.number(node, "beta", 1);
        Tensor product = matMul(a, b).map(value -> alpha * value);
        return in.size() < 3 ? product : product.combine(in.get(2), (p, c) -> p + beta * c);
    }

    private static Tensor swapped(Tensor matrix) {
        return Tensor.from(
                new int[] {matrix.shape()[1], matrix.shape()[0]}, index -> matrix.at(new int[] {index[1], index[0]}));
    }

    private static Tensor matMul(Tensor a, Tensor b) {
        int rank = Math.max(a.rank(), b.rank());
        Tensor left = a.padded(rank);
        Tensor right = b.padded(rank);
        int[] shape = new int[rank];
        Arrays.setAll(shape, i -> Math.max(left.shape()[i], right.shape()[i]));
        shape[rank - 2] = left.shape()[rank - 2];
        shape[rank - 1] = right.shape()[rank - 1];
        return Tensor.from(shape, index -> {
            int[] i = index.clone();
            int[] j = index.clone();
            double sum = 0;
            for (int k = 0; k < left.shape()[rank - 1]; k++) {
                i[rank - 1] = k;
                j[rank - 2] = k;
                sum += left.at(i) * right.at(j);
            }
            return sum;
        });
    }

    private static Tensor reduce(Tensor x, int[] axes, boolean keep, boolean mean) {
        int[] kept = x.shape().clone();
        for (int axis : axes) {
            kept[axis] = 1;
        }
        Tensor sums = Tensor.zeros(kept);
        int[] strides = sums.strides();
        int[] all = x.strides();
        for (int place = 0; place < x.values().length; place++) {
            int target = 0;
            for (int i = 0; i < kept.length; i++) {
                target += kept[i] == 1 ? 0 : place / all[i] % x.shape()[i] * strides[i];
            }
            sums.values()[target] += x.values()[place];
        }
        double count = mean ? (double) x.values().length / sums.values().length : 1;
        Tensor result = sums.map(sum -> sum / count);
        return keep ? result : squeeze(result, axes);
    }

    private static int axisCount(NodeProto node, List<Tensor> in) {
        return in.size() > 1 ? in.get(1).values().length : Attributes.integers(node, "axes").length;
    }

    private static int[] axes(NodeProto node, List<Tensor> in, int rank) {
        long[] given = Attributes.integers(node, "axes");
        int[] axes = in.size() > 1
                ? in.get(1).integers()
                : given == null
                        ? IntStream.range(0, rank).toArray()
                        : Arrays.stream(given).mapToInt(axis -> (int) axis).toArray();
        return Arrays.stream(axes).map(axis -> Math.floorMod(axis, rank)).toArray();
    }

    private static Tensor reshape(Tensor x, int[] shape) {
        int[] to = shape.clone();
        int known = 1;
        for (int i = 0; i < to.length; i++) {
            to[i] = to[i] == 0 ? x.shape()[i] : to[i];
            known *= Math.max(1, to[i]);
        }
        for (int i = 0; i < to.length; i++) {
            to[i] = to[i] < 0 ? x.values().length / known : to[i];
        }
        return x.reshaped(to);
    }

    private static Tensor squeeze(Tensor x, int[] axes) {
        return x.reshaped(IntStream.range(0, x.rank())
                .filter(i -> Arrays.stream(axes).noneMatch(axis -> axis == i))
                .map(i -> x.shape()[i])
                .toArray());
    }

    private static Tensor unsqueeze(Tensor x, int[] axes) {
        int[] shape = new int[x.rank() + axes.length];
        int next = 0;
        for (int i = 0; i < shape.length; i++) {
            int axis = i;
            shape[i] = Arrays.stream(axes).anyMatch(a -> a == axis) ? 1 : x.shape()[next++];
        }
        return x.reshaped(shape);
    }

    private static Tensor transpose(NodeProto node, Tensor x) {
        long[] given = Attributes.integers(node, "perm");
        int[] permutation = IntStream.range(0, x.rank())
                .map(i -> given == null ? x.rank() - 1 - i : (int) given[i])
                .toArray();
        int[] shape = Arrays.stream(permutation).map(axis -> x.shape()[axis]).toArray();
        return Tensor.from(shape, index -> {
            int[] source = new int[index.length];
            for (int i = 0; i < index.length; i++) {
                source[permutation[i]] = index[i];
            }
            return x.at(source);
        });
    }

    private static Tensor concat(List<Tensor> in, int axis) {
        int[] shape = in.get(0).shape().clone();
        shape[axis] = in.stream().mapToInt(tensor -> tensor.shape()[axis]).sum();
        return Tensor.from(shape, index -> {
            int[] source = index.clone();
            for (Tensor tensor : in) {
                if (source[axis] < tensor.shape()[axis]) {
                    return tensor.at(source);
                }
                source[axis] -= tensor.shape()[axis];
            }
            throw new IllegalStateException();
        });
    }

    private static Tensor pad(Tensor x, List<Tensor> in) {
        int[] pads = in.get(1).integers();
        double value = in.size() > 2 && in.get(2) != null ? in.get(2).values()[0] : 0;
        int[] axes = in.size() > 3
                ? in.get(3).integers()
                : IntStream.range(0, x.rank()).toArray();
        int[] begin = new int[x.rank()];
        int[] shape = x.shape().clone();
        for (int i = 0; i < axes.length; i++) {
            begin[x.axis(axes[i])] = pads[i];
            shape[x.axis(axes[i])] += pads[i] + pads[axes.length + i];
        }
        return Tensor.from(shape, index -> {
            int[] source = new int[index.length];
            for (int i = 0; i < index.length; i++) {
                source[i] = index[i] - begin[i];
                if (source[i] < 0 || source[i] >= x.shape()[i]) {
                    return value;
                }
            }
            return x.at(source);
        });
    }

    private static Tensor slice(List<Tensor> in) {
        Tensor x = in.get(0);
        int[] starts = in.get(1).integers();
        int[] ends = in.get(2).integers();
        int[] axes = in.size() > 3
                ? in.get(3).integers()
                : IntStream.range(0, starts.length).toArray();
        int[] begin = new int[x.rank()];
        int[] step = new int[x.rank()];
        Arrays.fill(step, 1);
        int[] shape = x.shape().clone();
        for (int i = 0; i < axes.length; i++) {
            int axis = x.axis(axes[i]);
            int length = x.shape()[axis];
            int by = in.size() > 4 ? in.get(4).integers()[i] : 1;
            int from = starts[i] < 0 ? starts[i] + length : starts[i];
            int to = ends[i] < 0 ? (ends[i] < -length ? -1 : ends[i] + length) : ends[i];
            begin[axis] = Math.max(0, Math.min(from, by > 0 ? length : length - 1));
            step[axis] = by;
            int end = by > 0 ? Math.min(to, length) : Math.max(to, -1);
            shape[axis] = (int) Math.ceil((end - begin[axis]) / (double) by);
        }
        return Tensor.from(shape, index -> {
            int[] source = new int[index.length];
            for (int i = 0; i < index.length; i++) {
                source[i] = begin[i] + index[i] * step[i];
            }
            return x.at(source);
        });
    }
}
