package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.model.network.Layer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerChoiceTest {
    private static Layer layer(String name, String operator, int values) {
        return new Layer(name, operator, List.of(values), values);
    }

    @Test
    void activationsOfTheLaterHalfAreProposedWithoutTheScores() {
        List<Layer> layers = List.of(
                layer("conv1", "Conv", 4096),
                layer("relu1", "Relu", 4096),
                layer("conv2", "Conv", 2048),
                layer("relu2", "Relu", 2048),
                layer("add", "Add", 2048), // the next one is its activation
                layer("relu3", "Relu", 2048),
                layer("large", "Relu", 50_000),
                layer("gap", "GlobalAveragePool", 64),
                layer("logits", "Gemm", 10),
                layer("probabilities", "Softmax", 10));
        assertThat(LayerChoice.candidates(layers, 10)).containsExactly("relu3", "gap");
    }

    @Test
    void manyLayersAreThinnedOutButTheLastIsKept() {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            layers.add(layer("relu" + i, "Relu", 100));
        }
        List<String> chosen = LayerChoice.candidates(layers, 10);
        assertThat(chosen).hasSize(10).endsWith("relu199").startsWith("relu109");
    }

    @Test
    void tokensGiveTheirClassTokenAndTheirMean() {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            layers.add(new Layer("block" + i, "Add", List.of(197, 384), 197 * 384));
        }
        assertThat(LayerChoice.candidates(layers, 10))
                .hasSize(10)
                .startsWith("block14@class", "block14@mean")
                .endsWith("block23@class", "block23@mean");
    }

    @Test
    void picturesThatWereLeftOutAreCountedWithTheReason() {
        assertThat(LayerChoice.sampled(44_771, 45_000, " memory"))
                .contains("compared with 44,771 of the 45,000 memory pictures", "would take long");
        assertThat(LayerChoice.sampled(100, 100, " memory")).isEmpty();
    }

    @Test
    void anUnusualNetworkGivesItsSmallestLateLayer() {
        assertThat(LayerChoice.candidates(List.of(layer("a", "Gemm", 8), layer("b", "Gemm", 6)), 3))
                .containsExactly("b");
        assertThat(LayerChoice.candidates(List.of(layer("logits", "Gemm", 3)), 3))
                .isEmpty();
    }
}
