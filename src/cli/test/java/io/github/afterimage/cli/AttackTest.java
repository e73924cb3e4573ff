package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands attack and jacobian, on the network and the index of this repository. */
class AttackTest {
    private static final String MODEL = "models/cifar10_resnet.onnx";
    private static final String INDEX = "models/cifar10.safetensors";
    private static final Object[] QUERIED = {"--theta 30 --lambda 0.5 --threads 1"};

    @TempDir
    private Path folder;

    private String data;

    @BeforeEach
    void write() throws IOException {
        Random random = new Random(4);
        float[] values = new float[4 * 3072];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + 0.3f * (float) Math.sin(i % 32 * (i / 3072 + 1) / 5.0) + 0.1f * random.nextFloat();
        }
        data = NpzFile.images(folder.resolve("images.npz"), values, 32, 0, 3, 5, 9);
    }

    private Object[] command(Object... command) {
        return new Object[] {command, "--model", MODEL, "--index", INDEX, "--data", data, QUERIED};
    }

    @Test
    void changesImagesAndSavesThemForEvaluation() throws IOException {
        Path page = folder.resolve("page.html");
        Map<String, Object> report = Run.json(command(
                "reproduce attacks --count 3 --attacks fgsm,ifgsm,blur --against network,mixed --space pixels --save %s --page %s",
                folder.resolve("sets"), page));
        assertThat(report).containsEntry("least", 0.0).containsEntry("greatest", 1.0);
        List<Map<String, Object>> rows = Run.objects(report, "attacks");
        assertThat(rows)
                .extracting(row -> row.get("attacked") + " " + row.get("attack"))
                .containsExactly(
                        "network FGSM",
                        "network I-FGSM",
                        "network Gaussian blur",
                        "mixed FGSM",
                        "mixed I-FGSM",
                        "mixed Gaussian blur");
        Map<String, Object> iterative = rows.get(1);
        assertThat(iterative).containsEntry("changed", 3);
        assertThat((Double) iterative.get("meanSize")).isPositive().isLessThan((Double)
                rows.get(2).get("meanSize"));
        Map<?, ?> accuracy = (Map<?, ?>) iterative.get("accuracy");
        assertThat(Files.readString(page)).contains("I-FGSM on the mixed", "data:image/png;base64,");

        Path saved = folder.resolve("sets").resolve("network-ifgsm.npz");
        Map<String, Object> evaluated =
                Run.json("evaluate --model %s --index %s --data npz:%s", MODEL, INDEX, saved, QUERIED);
        assertThat(evaluated).containsEntry("examples", 3);
        assertThat(1 - (Double) evaluated.get("networkError"))
                .isCloseTo((Double) accuracy.get("network"), within(1e-9));
    }

    @Test
    void countsWhatTheModelHadWrongBefore() throws IOException {
        Map<String, Object> report = Run.json(command(
                "reproduce attacks --count 4 --attacks ifgsm,pgd --values 10 --against network,mixed --space pixels"));
        assertThat(Run.objects(report, "attacks")).hasSize(4).allSatisfy(row -> assertThat(
                        (Integer) row.get("wrongBefore"))
                .isBetween(0, (Integer) row.get("changed")));
    }

    @Test
    void aTensorWithTheNormalisedInputIsASpace() throws IOException {
        Map<String, Object> report = Run.json(command(
                "reproduce attacks --count 2 --attacks fgsm,pgd --against cache --pgd-count 1 --space /network/Div_output_0 --save %s",
                folder.resolve("sets")));
        assertThat((Double) report.get("least")).isLessThan(0);
        assertThat(Run.objects(report, "attacks"))
                .extracting(row -> row.get("attack"))
                .containsExactly("FGSM", "PGD");
        assertThat(folder.resolve("sets").resolve("cache-pgd.npz")).exists();
        Run.refused(command("reproduce attacks --count 2 --space stage3_block2"))
                .contains("tensor \"stage3_block2\" has")
                .contains("expected the input's 3072, normalised");
    }

    @Test
    void measuresTheJacobian() throws IOException {
        Map<String, Object> report = Run.json(command("reproduce jacobian --count 3"));
        for (String name : List.of("network", "mixed", "cache")) {
            Map<?, ?> one = (Map<?, ?>) report.get(name);
            List<?> values = (List<?>) one.get("meanSingularValues");
            assertThat(values).hasSize(10);
            assertThat((Double) values.get(0)).isPositive().isLessThanOrEqualTo((Double) one.get("meanNorm"));
            assertThat((Double) values.get(9)).as("probabilities sum to 1").isLessThan((Double) values.get(0) * 1e-2);
        }
    }

    @Test
    void theMemoryAloneHasItsTheta() throws IOException {
        Map<String, Object> jacobian = Run.json(command("reproduce jacobian --count 2 --cache-theta 30"));
        Map<String, Object> alone = Run.json(
                "reproduce jacobian --count 2 --model %s --index %s --data %s --theta 30 --lambda 1 --threads 1",
                MODEL, INDEX, data);
        assertThat(jacobian.get("cache")).isEqualTo(alone.get("mixed")).isEqualTo(alone.get("cache"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    attacks --values 0 | --values 0: expected a positive number
                    attacks --attacks rain | --attacks "rain": expected fgsm, ifgsm, pixel, blur or pgd
                    attacks --against all | '--against' (MODEL): expected one of [NETWORK, MIXED, CACHE] (case-insensitive) but was 'all'
                    jacobian --count 5 | count 5: expected 1 to 4, the number of images in the data
                    """)
    void saysWhatItExpects(String options, String message) {
        Run.refused(command("reproduce " + options)).contains(message);
    }
}
