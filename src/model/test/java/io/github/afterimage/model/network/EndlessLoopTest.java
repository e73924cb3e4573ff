package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs with an endless or very long loop are stopped; graphs with a short loop run. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EndlessLoopTest {
    private static final long EVER = Long.MAX_VALUE;

    private final NetworkSettings settings =
            NetworkSettings.defaults().withThreads(1).withTimeLimit(Duration.ofSeconds(1));

    @TempDir
    Path folder;

    /**
     * Passes the logits through a loop of {@code turns} iterations, each with an inner loop of {@code inner} iterations, if any.
     */
    private Path looped(String turns, long inner) throws IOException {
        SmallModel model = SmallModel.classifier(0, 2, 2)
                .scalar("ever", EVER)
                .scalar("thrice", 3)
                .scalar("inner", inner)
                .truth("go");
        NodeProto body = node("Add", List.of("value", "value"), "next");
        if (inner > 0) {
            GraphProto turn = body("2", node("Add", List.of("value2", "value2"), "next2"));
            body = loop(List.of("inner", "go", "value"), "next", turn, "inner_loop");
        }
        return model.node(loop(List.of(turns, "go", "logits"), "rounded", body("", body), "loop"))
                .output("rounded")
                .write(folder.resolve("loop.onnx"));
    }

    private static NodeProto node(String operator, List<String> inputs, String output) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .build();
    }

    private static NodeProto loop(List<String> inputs, String output, GraphProto body, String name) {
        return node("Loop", inputs, output).toBuilder()
                .setName(name)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("body")
                        .setType(AttributeProto.AttributeType.GRAPH)
                        .setG(body))
                .build();
    }

    /** Builds the body of a loop that computes {@code next} from {@code value}; all names end with the suffix. */
    private static GraphProto body(String suffix, NodeProto node) {
        return GraphProto.newBuilder()
                .setName("body" + suffix)
                .addInput(SmallModel.value("turn" + suffix, DataType.INT64))
                .addInput(SmallModel.value("on" + suffix, DataType.BOOL))
                .addInput(SmallModel.value("value" + suffix, DataType.FLOAT, 0, 5))
                .addNode(node("Identity", List.of("on" + suffix), "still" + suffix))
                .addNode(node)
                .addOutput(SmallModel.value("still" + suffix, DataType.BOOL))
                .addOutput(SmallModel.value("next" + suffix, DataType.FLOAT, 0, 5))
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ever", ""})
    void openingANetworkWithAnEndlessLoopFailsAfterTheTimeLimit(String turns) throws IOException {
        Path file = looped(turns, 0);
        assertThatThrownBy(() -> Network.open(file, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("loop.onnx ran longer than 1 s for each of 1 images")
                .hasMessageContaining("Loop node. Name:'loop'")
                .hasMessageContaining("-Dafterimage.network.timeLimit");
        assertThatThrownBy(() -> Network.layers(file, settings)).isInstanceOf(ModelException.class);
        assertThatThrownBy(() -> DifferentiableNetwork.open(file, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("ran longer");
    }

    @Test
    void aLoopInALoopIsStopped() throws IOException {
        Path file = looped("thrice", EVER);
        assertThatThrownBy(() -> Network.open(file, List.of("conv"), settings))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("ran longer than 1 s");
    }

    @Test
    void aLoopOfThreeTurnsRuns() throws IOException {
        NetworkSettings unhurried = settings.withTimeLimit(Duration.ofMinutes(1));
        try (Network network = Network.open(looped("thrice", 0), List.of("logits", "rounded"), unhurried)) {
            Image image = SmallModel.image(2, 2, 7);
            float[] values = new float[10];
            for (int i = 0; i < 3; i++) {
                network.run(List.of(image), FloatBuffer.wrap(values), null);
                assertThat(values[5]).isEqualTo(8 * values[0]);
            }
        }
    }

    @Test
    void theTimeLimitIsRefusedOutsideItsRange() {
        assertIllegalArgument(() -> settings.withTimeLimit(Duration.ZERO));
        System.setProperty(NetworkSettings.TIME_LIMIT_PROPERTY, "soon");
        try {
            assertThatThrownBy(NetworkSettings::defaults)
                    .hasMessage("-Dafterimage.network.timeLimit=soon: expected whole seconds, 1 to 86400");
            System.setProperty(NetworkSettings.TIME_LIMIT_PROPERTY, "5");
            assertThat(NetworkSettings.defaults().timeLimit()).isEqualTo(Duration.ofSeconds(5));
        } finally {
            System.clearProperty(NetworkSettings.TIME_LIMIT_PROPERTY);
        }
    }
}
