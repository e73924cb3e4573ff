package io.github.afterimage.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Answer;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.RealData;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.NormalizedMirrors;
import io.github.afterimage.model.evaluation.Prediction;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The paper's ResNet20 on real CIFAR-10 images, against numbers that NumPy and ONNX Runtime's Python gave. */
class RealImagesTest {
    private static final Path NETWORK = RealData.folder().resolve("models/cifar10_resnet20.onnx");
    private static final Path EXPECTED = RealData.folder().resolve("reference/small_cifar10_resnet20.json");
    private static final List<String> LAYERS = List.of("activation_14", "activation_16", "activation_18");
    private static final int QUERIES = 50;

    @BeforeAll
    static void needsRealData() {
        RealData.require("models/cifar10_resnet20.onnx");
        RealData.require("reference/small_cifar10_resnet20.json");
        RealData.require("cifar-10-batches-bin");
    }

    private static Examples images(Network network, String part) throws IOException {
        return Examples.of(network, ImageSets.open("cifar10:" + RealData.folder() + part));
    }

    private static CacheIndex keys(Network network, int count) throws IOException {
        CacheIndex index = new CacheIndexBuilder(network.dim(), 10).build();
        IndexFiller.fill(index, images(network, "#train[0:" + count + "]"), Progress.NONE);
        return index;
    }

    @Test
    void everyEngineGivesWhatNumPyGives() throws IOException {
        Map<String, Object> expected = JSON.std.mapFrom(EXPECTED.toFile());
        List<?> rows = (List<?>) expected.get("p_cache");
        try (Network network = Network.open(NETWORK, LAYERS);
                CacheIndex index = keys(network, 1000)) {
            assertThat(index.dim()).isEqualTo(12_288);
            for (Engine engine : Engines.available()) {
                images(network, "#test[0:50]").forEachBatch(QUERIES, Progress.NONE, batch -> {
                    Answer cache = index.withEngine(engine)
                            .answer(Query.of(batch.features()).thetas(50));
                    for (int query = 0; query < QUERIES; query++) {
                        List<?> row = (List<?>) rows.get(query);
                        for (int c = 0; c < 10; c++) {
                            double p = ((Number) row.get(c)).doubleValue();
                            assertThat((double) cache.row(query).probability(c))
                                    .as("%s, query %d, class %d", engine, query, c)
                                    .isCloseTo(p, within(1e-4));
                        }
                    }
                });
            }
        }
    }

    @Test
    void predictionsAreThoseOfTheReference() throws IOException {
        Map<String, Object> expected = JSON.std.mapFrom(EXPECTED.toFile());
        try (Network network = Network.open(NETWORK, LAYERS);
                CacheIndex index = keys(network, 1000)) {
            new Evaluation(index, images(network, "#test[0:50]"))
                    .predict(mixture(50, 0.5), new Mixture(50, 1), Progress.NONE, prediction -> {
                        assertThat(prediction.label()).isEqualTo(at(expected, "labels", prediction));
                        assertThat(prediction.network()).isEqualTo(at(expected, "predicted_network", prediction));
                        assertThat(prediction.memory()).isEqualTo(at(expected, "predicted_cache", prediction));
                        assertThat(prediction.together()).isEqualTo(at(expected, "predicted_mixed", prediction));
                    });
        }
    }

    private static Calibration mixture(double theta, double lambda) {
        return Calibration.of(new Mixture(theta, lambda), 1);
    }

    private static Object at(Map<String, Object> expected, String name, Prediction prediction) {
        return ((List<?>) expected.get(name)).get(prediction.example());
    }

    @Test
    void theGridOfThePaperCountsWhatSinglePassesCount() throws IOException {
        try (Network network = Network.open(NETWORK, LAYERS);
                CacheIndex index = keys(network, 300)) {
            Examples validation = images(network, "#train[45000:45100]");
            double[] thetas = PaperGrid.values(10, 90, 3);
            double[] lambdas = PaperGrid.values(0.1, 0.9, 2);
            PaperGrid grid = new PaperGrid(thetas, lambdas);
            grid.count(new Evaluation(index, validation), Progress.NONE);
            for (int t = 0; t < 3; t++) {
                for (int l = 0; l < 2; l++) {
                    int[] errors = new int[3];
                    Mixture alone = new Mixture(thetas[t], 1);
                    Calibration point = mixture(thetas[t], lambdas[l]);
                    new Evaluation(index, validation).predict(point, alone, Progress.NONE, prediction -> {
                        errors[0] += prediction.network() == prediction.label() ? 0 : 1;
                        errors[1] += prediction.together() == prediction.label() ? 0 : 1;
                        errors[2] += prediction.memory() == prediction.label() ? 0 : 1;
                    });
                    assertThat(grid.networkError()).isEqualTo(errors[0] / 100.0);
                    assertThat(grid.error(t, l)).isEqualTo(errors[1] / 100.0);
                    assertThat(grid.aloneError(t)).isEqualTo(errors[2] / 100.0);
                }
            }
        }
    }

    @Test
    void mirrorsAfterTheNormalisationAreMirrorImagesOfWhatTheNetworkSees() throws IOException {
        ImageSet images = ImageSets.open("cifar10:" + RealData.folder() + "#train[0:3]");
        ImageSet mirrored = NormalizedMirrors.of(images, NETWORK, "input_1", NetworkSettings.defaults());
        assertThat(mirrored.size()).isEqualTo(6);
        try (Network network = Network.open(NETWORK, List.of("input_1"))) {
            FloatBuffer seen = FloatBuffer.allocate(6 * 3072);
            network.run(mirrored, 0, 6, seen, null);
            for (int i = 0; i < 3 * 3072; i++) {
                int opposite = i - i % 32 + 31 - i % 32;
                assertThat(seen.get(3 * 3072 + i)).isCloseTo(seen.get(opposite), within(1e-4f));
            }
        }
        assertThatThrownBy(() -> NormalizedMirrors.of(images, NETWORK, "activation_18", NetworkSettings.defaults()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4096 values");
    }
}
