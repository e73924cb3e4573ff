package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import io.github.afterimage.model.data.ImageNetClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputNamesTest {
    private static final OutputNames IMAGENET = new OutputNames(ImageNetClasses.lines(), "");

    @TempDir
    private Path folder;

    private Path network(String key, String value) throws IOException {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .setGraph(GraphProto.newBuilder().addNode(NodeProto.newBuilder().setOpType("Relu")))
                .addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value))
                .build();
        return Files.write(folder.resolve("net.onnx"), model.toByteArray());
    }

    private static int[] outputs(OutputNames names, String... classes) {
        return names.outputs(List.of(classes));
    }

    @Test
    void theNamesInTheNetworkComeBeforeThoseOfAFileAndThoseOfImageNet() throws IOException {
        Path network = network("names", "{0: 'sea lion', 1: \"fisherman's bend\", 2: 'ant'}");
        Files.writeString(folder.resolve("labels.txt"), "a\nb\n\nc\n");
        List<OutputNames> known = OutputNames.of(network, 3);
        assertThat(known).extracting(OutputNames::source).containsExactly("its metadata", "labels.txt");
        assertThat(known.get(0).names()).containsExactly("sea lion", "fisherman's bend", "ant");
        assertThat(known.get(1).names()).containsExactly("a", "b", "c");
        assertThat(OutputNames.of(network, 5)).isEmpty();
        assertThat(OutputNames.of(network, 1000))
                .extracting(OutputNames::source)
                .containsExactly("the order of ImageNet");
    }

    @Test
    void withOneNameFewerTheFirstOutputIsTheBackground() throws IOException {
        OutputNames known = OutputNames.of(network("stride", "32"), 1001).get(0);
        assertThat(outputs(known, "n01440764", "n15075141")).containsExactly(1, 1000);
        assertThat(known.words(0)).isEmpty();
    }

    @Test
    void aClassIsFoundByItsIdOrByItsWords() {
        assertThat(outputs(IMAGENET, "n01443537", "goose (n01855672)", "n02085620-Chihuahua", "great_white_shark"))
                .containsExactly(1, 99, 151, 2);
        assertThat(outputs(IMAGENET, "Carassius auratus", "Granny Smith")).containsExactly(1, 948);
        OutputNames numbered = new OutputNames(List.of("0: cat", "1, dog", "2 bird"), "");
        assertThat(outputs(numbered, "bird", "cat", "Dog")).containsExactly(2, 0, 1);
    }

    @Test
    void whatMayBeSeveralOutputsIsNone() {
        assertThat(outputs(IMAGENET, "crane", "maillot", "n02012849")).containsExactly(-1, -1, 134);
        assertThat(outputs(IMAGENET, "panther", "wolf"))
                .as("a second name of two, and of none")
                .containsExactly(-1, -1);
        assertThat(outputs(IMAGENET, "leopard", "tench", "Tinca tinca")).containsExactly(288, -1, -1);
        assertThat(IMAGENET.words(134)).isEqualTo("crane");
    }
}
