package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Numbers in double precision with a shape, row-major. */
record Tensor(double[] values, int[] shape) {
    Tensor {
        if (values.length != size(shape)) {
            throw new IllegalArgumentException(values.length + " values of shape " + Arrays.toString(shape));
        }
    }

    static Tensor zeros(int... shape) {
        return new Tensor(new double[size(shape)], shape);
    }

    static Tensor of(TensorProto proto) {
        int[] shape = proto.getDimsList().stream().mapToInt(Long::intValue).toArray();
        double[] values = new double[size(shape)];
        ByteBuffer raw = ByteBuffer.wrap(proto.getRawData().toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        boolean isRaw = raw.hasRemaining();
        for (int i = 0; i < values.length; i++) {
            values[i] = proto.getDataType() == TensorProto.DataType.FLOAT.getNumber()
                    ? isRaw ? raw.getFloat() : proto.getFloatData(i)
                    : isRaw ? raw.getLong() : proto.getInt64Data(i);
        }
        return new Tensor(values, shape);
    }

    static int size(int[] shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    int rank() {
        return shape.length;
    }

    int axis(long axis) {
        return (int) Math.floorMod(axis, (long) rank());
    }

    /** Returns the part with consecutive indices of each axis. */
    int[] strides() {
        int[] strides = new int[rank()];
        int stride = 1;
        for (int i = rank() - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= shape[i];
        }
        return strides;
    }

    int[] integers() {
        return Arrays.stream(values)
                .mapToInt(value -> (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, value)))
                .toArray();
    }

    Tensor reshaped(int... to) {
        return new Tensor(values, to);
    }

    Tensor map(DoubleUnaryOperator function) {
        return new Tensor(Arrays.stream(values).map(function).toArray(), shape);
    }

    Tensor combine(Tensor other, DoubleBinaryOperator function) {
        int rank = Math.max(rank(), other.rank());
        Tensor a = padded(rank);
        Tensor b = other.padded(rank);
        int[] full = new int[rank];
        Arrays.setAll(full, i -> Math.max(a.shape[i], b.shape[i]));
        return from(full, index -> function.applyAsDouble(a.at(index), b.at(index)));
    }

    /** Prepends axes of length 1. */
    Tensor padded(int rank) {
        int[] to = new int[rank];
        Arrays.fill(to, 1);
        System.arraycopy(shape, 0, to, rank - rank(), rank());
        return reshaped(to);
    }

    /** Returns the value at an index; axes of length 1 are repeated. */
    double at(int[] index) {
        int place = 0;
        for (int i = 0; i < rank(); i++) {
            place = place * shape[i] + (shape[i] == 1 ? 0 : index[i]);
        }
        return values[place];
    }

    interface Element {
        double at(int[] index);
    }

    static Tensor from(int[] shape, Element element) {
        Tensor result = zeros(shape);
        int[] index = new int[shape.length];
        for (int place = 0; place < result.values.length; place++) {
            int rest = place;
            for (int i = shape.length - 1; i >= 0; i--) {
                index[i] = rest % shape[i];
                rest /= shape[i];
            }
            result.values[place] = element.at(index);
        }
        return result;
    }
}
