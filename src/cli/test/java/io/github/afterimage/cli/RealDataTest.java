package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.model.data.RealData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The paper's network on real images, from the command line, against predictions made with NumPy. */
class RealDataTest {
    @TempDir
    private Path folder;

    @Test
    void predictsWhatNumPyPredicts() throws IOException {
        Path model = RealData.require("models/cifar10_resnet20.onnx");
        Path reference = RealData.require("reference/small_cifar10_resnet20.json");
        String images = "cifar10:" + RealData.require("cifar-10-batches-bin").getParent();
        Map<String, Object> expected = JSON.std.mapFrom(Files.readString(reference));
        Path index = folder.resolve("index.safetensors");
        Path csv = folder.resolve("predictions.csv");
        Run.json(
                "build --model %s --layers activation_14,activation_16,activation_18 --data %s#train[0:1000] --out %s",
                model, images, index);
        Map<String, Object> found = Run.json(
                "evaluate --index %s --model %s --data %s#test[0:50] --theta 50 --lambda 0.5 --predictions %s",
                index, model, images, csv);
        assertThat(found)
                .containsEntry("examples", 50)
                .containsEntry("keys", 1000)
                .containsEntry("dim", 12_288);

        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(51);
        for (int i = 0; i < 50; i++) {
            String[] cells = lines.get(i + 1).split(",");
            int label = (Integer) list(expected, "labels").get(i);
            assertThat(cells[1]).isEqualTo(String.valueOf(label));
            assertThat(cells[2])
                    .isEqualTo(list(expected, "predicted_network").get(i).toString());
            assertThat(cells[3])
                    .isEqualTo(list(expected, "predicted_cache").get(i).toString());
            assertThat(cells[4])
                    .isEqualTo(list(expected, "predicted_mixed").get(i).toString());
            double cache = ((Number) ((List<?>) list(expected, "p_cache").get(i)).get(label)).doubleValue();
            assertThat(Double.parseDouble(cells[5])).isCloseTo(cache, within(2e-5));
        }
    }

    @Test
    void theWholeOfCifarIsNotDivided() throws IOException {
        String images = "cifar10:" + RealData.require("cifar-10-batches-bin").getParent();
        Run.refused("try models/cifar10_resnet.onnx --data %s --splits 5 --out %s", images, folder)
                .contains("--splits 5: " + images + " has its own training and test images, which are not divided");
        assertThat(folder).isEmptyDirectory();
    }

    private static List<?> list(Map<String, Object> object, String name) {
        return (List<?>) object.get(name);
    }
}
