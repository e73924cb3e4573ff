package io.github.afterimage.serve.grpc;

import com.google.common.primitives.Floats;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.afterimage.serve.grpc.proto.InferTensorContents;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse;
import io.github.afterimage.serve.grpc.proto.ModelInferResponse.InferOutputTensor;
import io.github.afterimage.serve.protocol.InferenceResponse;
import io.github.afterimage.serve.protocol.RawValues;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;

/** Writes answers as messages. */
final class MessageWriter {
    private MessageWriter() {}

    /**
     * Writes an answer.
     *
     * @param raw whether outputs are bytes, as the inputs of the request were
     * @throws RequestException if it takes more than {@code maxBytes}
     */
    static ModelInferResponse response(InferenceResponse answer, String version, boolean raw, long maxBytes) {
        ModelInferResponse.Builder message = ModelInferResponse.newBuilder()
                .setModelName(answer.model())
                .setModelVersion(version)
                .setId(answer.id());
        RawValues.requireFew(answer.outputs(), maxBytes);
        for (Tensor output : answer.outputs()) {
            InferOutputTensor.Builder tensor = InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(output.type().name());
            output.shape().forEach(tensor::addShape);
            if (raw) {
                // The array is not changed later, so it needs no copy.
                message.addRawOutputContents(UnsafeByteOperations.unsafeWrap(RawValues.write(output)));
            } else {
                tensor.setContents(contents(output));
            }
            message.addOutputs(tensor);
        }
        return message.build();
    }

    private static InferTensorContents contents(Tensor output) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        if (output.values() instanceof float[] floats) {
            contents.addAllFp32Contents(Floats.asList(floats));
        } else {
            output.elements().forEach(element -> contents.addBytesContents(ByteString.copyFrom(element)));
        }
        return contents.build();
    }
}
