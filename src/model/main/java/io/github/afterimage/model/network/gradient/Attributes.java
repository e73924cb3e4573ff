package io.github.afterimage.model.network.gradient;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads attributes of nodes, and creates attributes. */
public final class Attributes {
    private Attributes() {}

    /** {@return a whole number; {@code absent} if the node does not have it} */
    public static long integer(NodeProto node, String name, long absent) {
        return find(node, name).map(AttributeProto::getI).orElse(absent);
    }

    static float number(NodeProto node, String name, float absent) {
        return find(node, name).map(AttributeProto::getF).orElse(absent);
    }

    static String text(NodeProto node, String name, String absent) {
        return find(node, name).map(found -> found.getS().toStringUtf8()).orElse(absent);
    }

    /** {@return the values of an attribute; null if the node does not have it} */
    static long @Nullable [] integers(NodeProto node, String name) {
        return find(node, name)
                .map(found ->
                        found.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(null);
    }

    private static Optional<AttributeProto> find(NodeProto node, String name) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals(name))
                .findFirst();
    }

    public static AttributeProto of(String name, long value) {
        return named(name, AttributeProto.AttributeType.INT).setI(value).build();
    }

    static AttributeProto of(String name, float value) {
        return named(name, AttributeProto.AttributeType.FLOAT).setF(value).build();
    }

    static AttributeProto of(String name, String value) {
        return named(name, AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    public static AttributeProto of(String name, long[] values) {
        return named(name, AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    private static AttributeProto.Builder named(String name, AttributeProto.AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }
}
