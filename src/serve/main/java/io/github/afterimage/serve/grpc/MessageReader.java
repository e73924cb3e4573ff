package io.github.afterimage.serve.grpc;

import com.google.common.collect.Lists;
import com.google.common.primitives.Floats;
import com.google.common.primitives.UnsignedLong;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.github.afterimage.serve.grpc.proto.InferParameter;
import io.github.afterimage.serve.grpc.proto.InferTensorContents;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest;
import io.github.afterimage.serve.grpc.proto.ModelInferRequest.InferInputTensor;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RawValues;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads messages as requests for inference. */
final class MessageReader {
    /** No request has as many inputs, outputs and parameters together. */
    private static final int MAX_FIELDS = 300;
    /** As in JSON requests: empty elements of BYTES become objects. */
    private static final long HEAP_OF_RAW = 7;
    /** Elements of one byte, 3 bytes with tag and length, become two objects and their place in a list. */
    private static final long HEAP_OF_FIELDS = 20;

    private MessageReader() {}

    /**
     * Returns the bytes of the heap that a message takes, as bytes and read.
     *
     * @throws RequestException if it has more inputs or outputs than any request
     * @throws IOException if it is no message
     */
    static long heapBytes(byte[] message) throws IOException {
        CodedInputStream fields = CodedInputStream.newInstance(message);
        long raw = 0;
        int others = 0;
        for (int tag = fields.readTag(); tag != 0; tag = fields.readTag()) {
            if (WireFormat.getTagFieldNumber(tag) == ModelInferRequest.RAW_INPUT_CONTENTS_FIELD_NUMBER
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int length = fields.readRawVarint32();
                fields.skipRawBytes(length);
                raw += length;
            } else if (!fields.skipField(tag)) {
                throw new InvalidProtocolBufferException("a group ends that has not begun");
            } else {
                others++;
            }
        }
        if (others > MAX_FIELDS) {
            throw RequestException.bad("the message has " + others + " fields: expected at most " + MAX_FIELDS);
        }
        return message.length + HEAP_OF_RAW * raw + HEAP_OF_FIELDS * (message.length - raw);
    }

    /** @throws RequestException if the message is not a request; names the place */
    static InferenceRequest request(ModelInferRequest message) {
        List<ByteString> raw = message.getRawInputContentsList();
        if (!raw.isEmpty() && raw.size() != message.getInputsCount()) {
            throw RequestException.bad("raw_input_contents has " + raw.size()
                    + " elements: expected one for each of the " + message.getInputsCount() + " inputs, or none");
        }
        List<Tensor> inputs = new ArrayList<>();
        for (InferInputTensor input : message.getInputsList()) {
            InferenceRequest.requireInline("input " + input.getName(), parameters(input.getParametersMap()));
            inputs.add(raw.isEmpty() ? typed(input) : raw(input, raw.get(inputs.size())));
        }
        return new InferenceRequest(
                message.getId(),
                parameters(message.getParametersMap()),
                inputs,
                message.getOutputsList().stream()
                        .map(output -> InferenceRequest.Output.of(
                                output.getName(), parameters(output.getParametersMap()), true))
                        .toList());
    }

    private static Tensor raw(InferInputTensor input, ByteString bytes) {
        if (input.hasContents()) {
            throw RequestException.bad(
                    "input " + input.getName() + " has contents and raw_input_contents: expected one of them");
        }
        return RawValues.read(input.getName(), type(input), shape(input), bytes.asReadOnlyByteBuffer());
    }

    private static Tensor typed(InferInputTensor input) {
        InferTensorContents contents = input.getContents();
        Object values =
                switch (type(input)) {
                    case BYTES ->
                        contents.getBytesContentsList().stream()
                                .map(ByteString::toByteArray)
                                .toList();
                    case FP32 -> Floats.toArray(contents.getFp32ContentsList());
                    case FP64 -> Floats.toArray(contents.getFp64ContentsList());
                    case INT64 -> Floats.toArray(contents.getInt64ContentsList());
                    case UINT64 ->
                        Floats.toArray(Lists.transform(
                                contents.getUint64ContentsList(),
                                value -> UnsignedLong.fromLongBits(value).doubleValue()));
                    case UINT8, UINT16, UINT32 ->
                        Floats.toArray(Lists.transform(contents.getUintContentsList(), Integer::toUnsignedLong));
                    case BOOL ->
                        Floats.toArray(Lists.transform(contents.getBoolContentsList(), value -> value ? 1 : 0));
                    case FP16, BF16 ->
                        throw RequestException.bad("input " + input.getName() + " is of type " + type(input)
                                + ", for which there are no contents: expected raw_input_contents");
                    case INT8, INT16, INT32 -> Floats.toArray(contents.getIntContentsList());
                };
        return Tensor.of(input.getName(), type(input), shape(input), values);
    }

    private static DataType type(InferInputTensor input) {
        return DataType.named(input.getDatatype());
    }

    private static List<Integer> shape(InferInputTensor input) {
        List<Integer> shape = new ArrayList<>();
        input.getShapeList().forEach(size -> Tensor.addSize(shape, Long.toString(size)));
        return shape;
    }

    private static Map<String, Object> parameters(Map<String, InferParameter> messages) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        messages.forEach((name, message) -> parameters.put(
                name,
                switch (message.getParameterChoiceCase()) {
                    case BOOL_PARAM -> message.getBoolParam();
                    case INT64_PARAM -> message.getInt64Param();
                    case STRING_PARAM -> message.getStringParam();
                    case DOUBLE_PARAM -> message.getDoubleParam();
                    case UINT64_PARAM -> message.getUint64Param();
                    case PARAMETERCHOICE_NOT_SET ->
                        throw RequestException.bad(
                                "parameter " + name + " has no value: expected a string, a number, true or false");
                }));
        return parameters;
    }
}
