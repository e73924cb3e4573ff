package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkInputTest {
    @TempDir
    Path folder;

    private void assertRefuses(SmallModel model, String reason) throws IOException {
        Path file = model.write(folder.resolve("m.onnx"));
        assertThatThrownBy(() -> Network.open(file, List.of()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("m.onnx")
                .hasMessageContaining(reason)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
    }

    private static SmallModel identity(TensorProto.DataType type, long... dimensions) {
        return SmallModel.empty()
                .input("x", type, dimensions)
                .node("Identity", List.of("x"), "y")
                .output("y");
    }

    @Test
    void refusesModelsWithoutOneImageInput() throws IOException {
        assertRefuses(identity(TensorProto.DataType.FLOAT, 0, 10), "input \"x\" (?, 10) of");
        assertRefuses(
                identity(TensorProto.DataType.FLOAT, 0, 1, 28, 28),
                "is not an image: expected (batch, 3, height, width)");
        assertRefuses(identity(TensorProto.DataType.UINT8, 0, 3, 8, 8), "is UINT8: expected float32");
        assertRefuses(
                identity(TensorProto.DataType.FLOAT, 0, 3, 8, 8).input("z", TensorProto.DataType.FLOAT, 1),
                "has 2 inputs [x, z]: expected one, an image");
    }

    @Test
    void refusesFilesThatAreMissingOrNotModels() throws IOException {
        assertThatThrownBy(() -> Network.open(folder.resolve("absent.onnx"), List.of()))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("absent.onnx: no such model file");
        Path text = Files.writeString(folder.resolve("readme.txt"), "This is not a model, but some text.");
        assertThatThrownBy(() -> Network.layers(text, NetworkSettings.defaults()))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("readme.txt is not an ONNX file");
    }

    @Test
    void passesOnWhatOnnxRuntimeSaysInOneLine() throws IOException {
        assertRefuses(
                SmallModel.empty()
                        .input("x", TensorProto.DataType.FLOAT, 0, 3, 8, 8)
                        .node("NoSuchOperator", List.of("x"), "y")
                        .output("y"),
                "ONNX Runtime cannot load " + folder.resolve("m.onnx") + ": This is an invalid model.");
        assertRefuses(
                identity(TensorProto.DataType.FLOAT, 0, 3, 8, 8)
                        .shape("s", 1, 192)
                        .node("Reshape", List.of("x", "s"), "fixed")
                        .output("fixed"),
                "set batch to 1): Non-zero status code returned while running Reshape node.");
    }

    @Test
    void refusesAnOperatorSetThatOnnxRuntimeDoesNotHave() throws IOException {
        Path file = identity(TensorProto.DataType.FLOAT, 0, 3, 8, 8).write(folder.resolve("m.onnx"));
        byte[] imported = {0x42, 2, 0x10, 26};
        Files.write(file, imported, StandardOpenOption.APPEND);
        Network.layers(file, NetworkSettings.defaults());
        imported[3]++;
        Files.write(file, imported, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> Network.declaredShape(file))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        file
                                + " needs operator set 27: ONNX Runtime has those up to 26; export the model with one of these");
    }

    @Test
    void refusesTheAveragePoolThatOnnxRuntimeComputesWrongly() throws IOException {
        assertRefuses(
                pooled("image", "ceil_mode", "count_include_pad"),
                "AveragePool at \"average\" wrongly (ceil_mode and count_include_pad in operator set 17)");
        Path file = pooled("image", "count_include_pad").write(folder.resolve("m.onnx"));
        assertThat(Network.layers(file, NetworkSettings.defaults()))
                .extracting(Layer::name)
                .contains("average");
    }

    @Test
    void anAveragePoolThatRoundsUpIsNotFusedWithThePaddingBeforeIt() throws IOException {
        SmallModel model = pooled("padded", "ceil_mode").shape("pads", 0, 0, 0, 1, 0, 0, 0, 1);
        try (Network network = Network.open(model.write(folder.resolve("m.onnx")), List.of("average"))) {
            float[] values = new float[18];
            for (int i = 0; i < 18; i++) {
                values[i] = i % 6 / 10f;
            }
            float[] means = new float[12];
            network.run(List.of(Image.of(6, 1, values)), FloatBuffer.wrap(means), null);
            // Of 0 | 0 .1 .2 .3 .4 .5 | 0, padded, the last window has .5 and one zero.
            assertThat(Arrays.copyOf(means, 4))
                    .containsExactly(new float[] {0.1f / 3, 0.2f, 0.4f, 0.25f}, within(1e-6f));
        }
    }

    /** Builds a classifier with an additional average pool: windows of three columns, stride two. */
    private static SmallModel pooled(String input, String... settings) {
        SmallModel model = SmallModel.classifier(0, 1, 6).output("logits");
        if (!input.equals("image")) {
            model.node("Pad", List.of("image", "pads"), input);
        }
        List<AttributeProto> attributes = new ArrayList<>(List.of(
                integers("kernel_shape", 1, 3),
                integers("strides", 1, 2),
                integers("pads", 0, input.equals("image") ? 1 : 0, 0, input.equals("image") ? 1 : 0)));
        for (String setting : settings) {
            attributes.add(AttributeProto.newBuilder()
                    .setName(setting)
                    .setType(AttributeProto.AttributeType.INT)
                    .setI(1)
                    .build());
        }
        return model.node("AveragePool", List.of(input), "average", attributes);
    }

    private static AttributeProto integers(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    @Test
    void asksForTheLayoutWhereNothingTellsIt() throws IOException {
        Path file = SmallModel.classifier(0, 0, 0).output("logits").write(folder.resolve("m.onnx"));
        NetworkSettings wrong = NetworkSettings.defaults().withPreprocessing(Preprocessing.parse("crop=8,layout=nhwc"));
        assertThat(Network.layers(file, wrong.withPreprocessing(Preprocessing.parse("crop=8,layout=nchw"))))
                .hasSize(5);
        // (?, 3, ?, ?) could be 3 rows
        assertIllegalArgument(() -> Network.layers(file, wrong))
                .hasMessageContaining("gives a height of 8")
                .hasMessageContaining("takes 3");
        Path open = SmallModel.empty()
                .input("x", TensorProto.DataType.FLOAT, 0, 0, 0, 0)
                .node("Relu", List.of("x"), "y")
                .output("y")
                .write(folder.resolve("open.onnx"));
        assertIllegalArgument(() -> Network.layers(open, NetworkSettings.defaults()))
                .hasMessageContaining("set layout=nchw or layout=nhwc");
    }

    @Test
    void refusesPreprocessingThatContradictsTheInput() throws IOException {
        Path file = SmallModel.classifier(0, 4, 6).output("logits").write(folder.resolve("m.onnx"));
        for (String text : List.of("crop=6", "resize=6x5", "layout=nhwc")) {
            assertThatThrownBy(() -> Network.open(
                            file, List.of(), NetworkSettings.defaults().withPreprocessing(Preprocessing.parse(text))))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("(?, 3, 4, 6)");
        }
    }

    @Test
    void refusesSettingsOutOfRange() {
        NetworkSettings defaults = NetworkSettings.defaults();
        assertThatThrownBy(() -> defaults.withThreads(0)).hasMessage("threads 0 is outside 1..1024");
        assertThatThrownBy(() -> defaults.withBatch(70_000)).hasMessage("batch 70000 is outside 1..65536");
        assertIllegalArgument(() -> defaults.withConcurrency(-1));
        assertThat(defaults.withThreads(3).withBatch(5).withConcurrency(7).withOutput("x"))
                .satisfies(s -> assertThat(List.of(
                                s.threads(),
                                s.batch(),
                                s.concurrency(),
                                s.output().orElseThrow()))
                        .isEqualTo(List.of(3, 5, 7, "x")));
    }
}
