package io.github.afterimage.model.network;

import static io.github.afterimage.Refusals.assertIllegalArgument;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.github.afterimage.model.data.Image;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchFeaturesTest {
    private static final int HEIGHT = 4;
    private static final int WIDTH = 6;
    private static final float TOLERANCE = 1e-5f;

    @TempDir
    private Path folder;

    @Test
    void aRowHoldsTheChannelsOfAPositionAtUnitLength() throws IOException {
        SmallModel model = SmallModel.classifier(0, HEIGHT, WIDTH).output("logits");
        Image image = SmallModel.image(WIDTH, HEIGHT, 3);
        double[] relu = model.relu(image.values());
        try (Network network = Network.open(model.write(folder.resolve("net.onnx")), List.of("relu*2"))) {
            PatchFeatures features = new PatchFeatures(network);
            assertThat(List.of(features.height(), features.width(), features.dim()))
                    .containsExactly(HEIGHT, WIDTH, SmallModel.CHANNELS);
            float[] rows = features.rows("image", image);
            for (int position = 0; position < HEIGHT * WIDTH; position++) {
                double[] expected = unit(relu, position, HEIGHT * WIDTH);
                for (int c = 0; c < SmallModel.CHANNELS; c++) {
                    assertThat(rows[position * SmallModel.CHANNELS + c])
                            .isCloseTo((float) (2 * expected[c]), within(TOLERANCE));
                }
            }
        }
    }

    /** Between the centres of coarse positions, two and two, a fine position has three quarters of the nearer one. */
    @Test
    void aCoarserLayerIsInterpolatedOnTheGridOfTheFinest() throws IOException {
        SmallModel model = SmallModel.classifier(0, HEIGHT, WIDTH)
                .node("AveragePool", List.of("relu"), "coarse", List.of(ints("kernel_shape"), ints("strides")))
                .output("logits");
        Image image = SmallModel.image(WIDTH, HEIGHT, 4);
        double[] relu = model.relu(image.values());
        double[] expected = new double[SmallModel.CHANNELS];
        double[][] weights = {{9.0 / 16, 3.0 / 16}, {3.0 / 16, 1.0 / 16}};
        for (int c = 0; c < SmallModel.CHANNELS; c++) {
            for (int row = 0; row < HEIGHT; row++) {
                for (int column = 0; column < 4; column++) {
                    expected[c] += weights[row / 2][column / 2] * relu[(c * HEIGHT + row) * WIDTH + column] / 4;
                }
            }
        }
        try (Network network = Network.open(model.write(folder.resolve("net.onnx")), List.of("coarse", "relu"))) {
            PatchFeatures features = new PatchFeatures(network);
            assertThat(features.dim()).isEqualTo(2 * SmallModel.CHANNELS);
            float[] rows = features.rows("image", image);
            int secondOfSecondRow = (WIDTH + 1) * features.dim();
            double[] unit = unit(expected, 0, 1);
            for (int c = 0; c < SmallModel.CHANNELS; c++) {
                assertThat(rows[secondOfSecondRow + c]).isCloseTo((float) unit[c], within(TOLERANCE));
            }
        }
    }

    @Test
    void aPatchWithoutADirectionIsNamedByImageAndPlace() throws IOException {
        Path file = SmallModel.classifier(0, HEIGHT, WIDTH).output("logits").write(folder.resolve("net.onnx"));
        Image image = SmallModel.image(WIDTH, HEIGHT, 3);
        try (Network network = Network.open(file, List.of("relu"))) {
            PatchFeatures features = new PatchFeatures(network);
            float[] rows = features.rows("street.png", image);
            int zeros = 0;
            while (IntStream.range(zeros * features.dim(), (zeros + 1) * features.dim())
                    .anyMatch(i -> rows[i] != 0)) {
                zeros++;
            }
            assertIllegalArgument(() -> features.keys("street.png", image))
                    .hasMessageContaining("street.png: the patch in row " + zeros / WIDTH + " and column "
                            + zeros % WIDTH + " of 4 x 6 is all zeros in ");
        }
    }

    @Test
    void refusesALayerWithoutPositions() throws IOException {
        Path file = SmallModel.classifier(0, HEIGHT, WIDTH).output("logits").write(folder.resolve("net.onnx"));
        try (Network network = Network.open(file, List.of("flat"))) {
            assertIllegalArgument(() -> new PatchFeatures(network))
                    .hasMessageContaining("layer \"flat\" has the shape [4]: expected (channels, height, width)");
        }
        try (Network network = Network.open(file, List.of())) {
            assertIllegalArgument(() -> new PatchFeatures(network)).hasMessageContaining("no layers");
        }
    }

    private static AttributeProto ints(String name) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(List.of(2L, 2L))
                .build();
    }

    private static double[] unit(double[] planes, int position, int plane) {
        double[] row = new double[SmallModel.CHANNELS];
        double squares = 0;
        for (int c = 0; c < row.length; c++) {
            row[c] = planes[c * plane + position];
            squares += row[c] * row[c];
        }
        for (int c = 0; c < row.length; c++) {
            row[c] /= squares == 0 ? 1 : Math.sqrt(squares);
        }
        return row;
    }
}
