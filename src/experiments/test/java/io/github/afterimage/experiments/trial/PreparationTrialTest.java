package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.afterimage.Progress;
import io.github.afterimage.experiments.trial.PreparationTrial.Tried;
import io.github.afterimage.experiments.trial.TrialResult.Input;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ReadableImages.Size;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparationTrialTest {
    private static final int PICTURES = 160;

    @TempDir
    private Path folder;

    /** A preparation whose wrong pictures are those from one to another. */
    private static Tried tried(String name, int from, int to) {
        BitSet wrong = new BitSet();
        wrong.set(from, to);
        return new Tried(name, name + " steps", wrong, new BitSet());
    }

    private static Input found(Tried... tried) {
        return new PreparationTrial(
                        Path.of("net.onnx"),
                        List.of(3, 32, 32),
                        NetworkSettings.defaults(),
                        null,
                        Set.of(new Size(32, 32)))
                .found(List.of(tried), PICTURES, PICTURES);
    }

    /**
     * Writes a network whose logits are the means of the channels; it cannot run pictures with a mean of 3 or more.
     *
     * @param height 0 for open
     * @param width likewise
     */
    private Path means(long height, long width) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .addInitializer(TensorProto.newBuilder()
                        .setName("table")
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(3)
                        .addAllFloatData(List.of(0f, 0f, 0f)))
                .addNode(node("GlobalAveragePool", "means", "image"))
                .addNode(node("Flatten", "flat", "means"))
                .addNode(node("Cast", "index", "flat")
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("to")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(TensorProto.DataType.INT64_VALUE)))
                .addNode(node("Gather", "zeros", "table", "index"))
                .addNode(node("Add", "logits", "flat", "zeros"));
        return write(graph, height, width);
    }

    private static NodeProto.Builder node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(List.of(inputs))
                .addOutput(output);
    }

    private Path write(GraphProto.Builder graph, long height, long width) throws IOException {
        ValueInfoProto.Builder image = ValueInfoProto.newBuilder().setName("image");
        TypeProto.Tensor.Builder type = image.getTypeBuilder().getTensorTypeBuilder();
        type.setElemType(TensorProto.DataType.FLOAT_VALUE);
        for (long side : new long[] {0, 3, height, width}) {
            TensorShapeProto.Dimension.Builder dimension =
                    type.getShapeBuilder().addDimBuilder();
            if (side == 0) {
                dimension.setDimParam("open" + type.getShape().getDimCount());
            } else {
                dimension.setDimValue(side);
            }
        }
        return Files.write(
                folder.resolve("net.onnx"),
                ModelProto.newBuilder()
                        .setIrVersion(8)
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                        .setGraph(graph.setName("net")
                                .addInput(image)
                                .addOutput(ValueInfoProto.newBuilder().setName("logits")))
                        .build()
                        .toByteArray());
    }

    /** Tries a network on grey pictures. */
    private static Input run(Path network, int width, int height) throws IOException {
        byte[] grey = new byte[3 * width * height];
        Arrays.fill(grey, (byte) 128);
        Image image = Image.ofBytes(width, height, grey);
        ImageSet pictures = new ImageSet("grey", List.of("a", "b"), new int[] {0, 1, 0, 1}, i -> "grey", i -> image);
        return PreparationTrial.of(network, NetworkSettings.defaults(), null, Set.of(new Size(width, height)))
                .run(pictures, Progress.NONE);
    }

    private static List<String> steps(Input input) {
        return input.tried().stream().map(TrialResult.Preparation::steps).toList();
    }

    @Test
    void anOpenNetworkIsTriedOnSmallPicturesOfTheirOwnSizeAndOnLargeOnesOnlyIfNothingElseSuits() throws IOException {
        Path open = means(0, 0);
        assertThat(steps(run(open, 40, 30))).contains("resize=256,crop=224", "resize=40x30");
        assertThat(steps(run(open, 300, 20))).contains("resize=256,crop=224").doesNotContain("resize=300x20");
        assertThat(run(open, 300, 20).shape()).isEqualTo("(3, 0, 0)");
        Path only = write(
                GraphProto.newBuilder()
                        .addInitializer(TensorProto.newBuilder()
                                .setName("weights")
                                .setDataType(TensorProto.DataType.FLOAT_VALUE)
                                .addDims(1800)
                                .addDims(2)
                                .addAllFloatData(Collections.nCopies(3600, 1f)))
                        .addNode(node("Flatten", "flat", "image"))
                        .addNode(node("MatMul", "logits", "flat", "weights")),
                0,
                0);
        assertThat(steps(run(only, 300, 2))).containsExactly("resize=300x2");
    }

    @Test
    void aNetworkWithOneOpenSideIsTriedAtTheOther() throws IOException {
        Input input = run(means(64, 0), 300, 64);
        assertThat(input.shape()).isEqualTo("(3, 64, 0)");
        assertThat(steps(input)).contains("resize=64,crop=64", "resize=64x64").doesNotContain("resize=300x64");
        assertThat(steps(run(means(0, 64), 64, 30))).contains("resize=64,crop=64", "resize=64x30");
    }

    @Test
    void aPreparationThatTheNetworkFailsOnDoesNotSuit() throws IOException {
        assertThat(steps(run(means(8, 8), 8, 8))).contains("resize=8").doesNotContain("resize=8,scale=255");
    }

    @Test
    void theMostUsualPreparationIsTakenOfThoseThatAreWorseByAtMostOneStandardError() {
        Input close = found(tried("usual", 0, 12), tried("other", 2, 14), tried("best", 4, 14));
        assertThat(close.chosen()).isEqualTo("usual steps"); // 4 against 2
        assertThat(close.reason())
                .isEqualTo(
                        "Preparation \"usual\" was taken, because it is more usual than \"best\", which is better by at"
                                + " most one standard error.");
        assertThat(close.tried()).extracting(TrialResult.Preparation::name).containsExactly("best", "usual", "other");
        Input clear = found(tried("usual", 0, 14), tried("best", 4, 14));
        assertThat(clear.chosen()).isEqualTo("best steps"); // 4 against 0
        assertThat(clear.reason()).isEqualTo("Preparation \"best\" was taken, because it has the fewest errors.");
        Input third = found(tried("worst", 0, 90), tried("usual", 0, 12), tried("best", 1, 12));
        assertThat(third.chosen()).isEqualTo("usual steps"); // 1 against 0
    }

    @Test
    void asManyPicturesAreLookedAtAsTheTimeAllowsButAtLeastFiftyAndTheReasonTellsHowMany() throws IOException {
        assertThat(PreparationTrial.affordable(4, 0.01, 6, 200)).isEqualTo(200);
        assertThat(PreparationTrial.affordable(32, 2, 6, 200)).isEqualTo(96);
        assertThat(PreparationTrial.affordable(4, 2, 6, 200)).isEqualTo(50);
        assertThat(PreparationTrial.affordable(4, 2, 6, 20)).isEqualTo(20);
        Image grey = Image.ofBytes(8, 8, new byte[3 * 64]);
        ImageSet pictures = new ImageSet("grey", List.of("a", "b"), new int[100], i -> "grey", i -> grey);
        List<Long> reported = new ArrayList<>();
        try (Network network = Network.open(means(8, 8), List.of(), NetworkSettings.defaults())) {
            NetworkAnswers answers = NetworkAnswers.of(
                    network, pictures, done -> 50, (done, total) -> reported.addAll(List.of(done, total)));
            assertThat(answers.labels()).hasSize(50);
            assertThat(answers.probabilities()).hasSize(50 * answers.outputs());
        }
        assertThat(reported).startsWith(0L, 100L, 4L, 50L, 8L, 50L, 16L, 50L).endsWith(50L, 50L);
        Input few = PreparationTrial.of(means(8, 8), NetworkSettings.defaults(), null, Set.of(new Size(8, 8)))
                .found(List.of(tried("only", 0, 9)), PICTURES, 500);
        assertThat(few.reason())
                .isEqualTo("Preparation \"only\" was taken, because it has the fewest errors on 160 pictures (all 500"
                        + " would take longer than a minute).");
    }
}
