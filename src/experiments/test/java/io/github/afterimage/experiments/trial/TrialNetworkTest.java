package io.github.afterimage.experiments.trial;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.Progress;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialNetworkTest {
    @Test
    void aNetworkOfOtherClassesKnowsNothing() throws IOException {
        TrialNetwork network =
                new TrialNetwork(Path.of("models/cifar10_resnet.onnx"), NetworkSettings.defaults(), true);
        ImageSet images = new ImageSet(
                "grey", List.of("a", "b"), new int[] {0, 1}, index -> "", index -> Image.of(32, 32, new float[3072]));
        try (Network opened = network.open(List.of("gap"))) {
            Examples answered = network.answered(opened, images).select(new int[] {1});
            assertThat(answered.classes()).isEqualTo(2);
            answered.forEachBatch(
                    1, Progress.NONE, batch -> assertThat(batch.network(0)).containsExactly(0.5f, 0.5f));
        }
    }
}
