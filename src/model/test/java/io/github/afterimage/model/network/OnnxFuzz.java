package io.github.afterimage.model.network;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.github.afterimage.fuzz.FuzzFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;

/** Fuzz target: reads a model's graph and adds outputs; does not call ONNX Runtime. */
public final class OnnxFuzz {
    private OnnxFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try {
            ModelFile file = ModelFile.read(FuzzFile.of(input));
            GraphInput declared = GraphInput.find("model", file.graph);
            Graph graph = new Graph("model", file.graph, declared.name());
            ClassOutput.candidates(graph, file.graph.getOutputList(), null);
            graph.tensors().forEach(graph::computingOperator);
            ModelProto edited = ModelProto.parseFrom(file.with(file.outputs(graph.tensors())));
            if (edited.getGraph().getOutputCount() < graph.tensors().size()) {
                throw new AssertionError("outputs are missing from the edited model");
            }
        } catch (ModelException | NoSuchFileException expected) {
            // refused; external weights of a fuzzed name do not exist
        }
    }
}
