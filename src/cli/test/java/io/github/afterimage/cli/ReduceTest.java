package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReduceTest {
    private static final int ROWS = 600;

    @TempDir
    private Path folder;

    private Path index(String name, Object... more) throws IOException {
        Path file = folder.resolve(name);
        String keys = Clusters.write(folder.resolve("keys.npz"), ROWS, 1);
        Run.done("build --data %s --out %s", keys, file, more);
        return file;
    }

    private String examples() throws IOException {
        return Clusters.write(folder.resolve("examples.npz"), 300, 2);
    }

    private Map<String, Object> evaluate(Path index, String examples) throws IOException {
        return Run.json("evaluate --index %s --data %s --theta 10 --lambda 0.5", index, examples);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gaussian:16",
                "hadamard:16:seed=7",
                "pca:16",
                "pca:16:seed=3",
                "whiten:16",
                "whiten:16:epsilon=0.3:seed=3"
            })
    void buildsEveryReductionAndSaysSo(String reduction) throws IOException {
        Path file = index("reduced", "--reduce", reduction);
        boolean learned = reduction.startsWith("pca") || reduction.startsWith("whiten");
        Map<String, Object> info = Run.json("info %s", file);
        assertThat(info)
                .containsEntry("dim", Clusters.DIM)
                .containsEntry("keyDim", 16)
                .containsEntry("reduction", reduction);
        assertThat(info.containsKey("energy")).isEqualTo(learned);
        assertThat(info.get("epsilon"))
                .isEqualTo(reduction.startsWith("whiten") ? reduction.contains("0.3") ? 0.3 : 1.0 : null);
        Run.printed("info %s", file).contains("16 (" + reduction + " of 40)");
        Run.done("check %s", file);
        assertThat(evaluate(file, examples())).containsEntry("keyDim", 16).containsEntry("reduction", reduction);
        assertThat((Double) evaluate(file, examples()).get("memoryError")).isLessThan(0.1);
    }

    /** Two classes that differ in the first value, which varies little, and share the others, which vary much. */
    private String hidden(String name, int rows, long seed) throws IOException {
        Random random = new Random(seed);
        float[] features = new float[8 * rows];
        int[] labels = new int[rows];
        for (int i = 0; i < features.length; i++) {
            labels[i / 8] = i / 8 % 2;
            features[i] = (float) random.nextGaussian() * (i % 8 == 0 ? 0.1f : 1) + (i % 8 == 0 ? labels[i / 8] : 0);
        }
        return NpzFile.features(folder.resolve(name), features, labels);
    }

    @Test
    void autoWhitensWhereThatIsClearlyBetterAndSaysSo() throws IOException {
        Path file = folder.resolve("chosen.safetensors");
        Object[] command = {
            "build --reduce auto --dtype bf16 --out %s --data %s --tuning %s",
            file,
            hidden("keys.npz", 400, 1),
            hidden("tuning.npz", 300, 2)
        };
        assertThat((String) Run.json(command).get("choice"))
                .startsWith("Keys of whiten:8")
                .contains("their error on 300 tuning examples is ")
                .contains("with plain cosines, all 8 values, bf16, it is ")
                .endsWith("%, more than one standard error worse.");
        assertThat((String) Run.json("info %s", file).get("reduction")).startsWith("whiten:8");
    }

    @Test
    void autoKeepsPlainCosinesWhereWhiteningIsNotClearlyBetterOrCannotBeLearned() throws IOException {
        Path file = folder.resolve("plain");
        String keys = Clusters.write(folder.resolve("keys.npz"), ROWS, 1);
        assertThat((String) Run.json("build --data %s --out %s --reduce auto --tuning %s", keys, file, examples())
                        .get("choice"))
                .startsWith("Keys of all 40 values, f32 were taken: their error on 300 tuning examples is ")
                .contains("no whitened keys are better by more than one standard error");
        Run.reported("info %s", file).doesNotContainKey("reduction");
        Run.printed("build --data %s#[0:30] --out %s --reduce auto --tuning %s", keys, file, examples())
                .contains("there are too few keys to learn a whitening");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --reduce auto | --reduce auto: add --tuning DATA
                    --reduce pca:4 --tuning features:x.npz | --tuning is for --reduce auto: leave it out
                    --tuning features:x.npz | --tuning is for --reduce auto: leave it out
                    --reduce auto --tuning images:x | expected features: of both, or images of both
                    """)
    void autoNeedsExamplesToChooseOn(String options, String message) throws IOException {
        Run.refused("build --data %s --out %s " + options, examples(), folder.resolve("none.safetensors"))
                .contains(message);
    }

    @Test
    void learnsFromASampleAndReportsTheStages() throws IOException {
        String keys = Clusters.write(folder.resolve("keys.npz"), ROWS, 1);
        Object[] command = {"build --data %s --reduce pca:4 --out %s --sample 50", keys, folder.resolve("i")};
        Run.reported(command).containsEntry("sampled", 50).containsKeys("sampleSeconds", "learnSeconds", "energy");
        Run.printed(command).contains("sample", "learn", "of the energy", "dim 4 (pca:4 of 40)");
    }

    @Test
    void refusesReductionsThatDoNotFit() throws IOException {
        String keys = Clusters.write(folder.resolve("keys.npz"), ROWS, 1);
        Path out = folder.resolve("out");
        Object[] build = {"build --data %s --out %s", keys, out};
        Run.refused(build, "--reduce", "pcb:3").contains("pcb");
        Run.refused(build, "--reduce", "gaussian:41").contains("41", "40");
        Run.refused(build, "--reduce", "gaussian:4", "--sample", 9).contains("--sample");
        Run.failed(ExitCode.FAILED, build, "--reduce", "pca:30", "--sample", 20).contains("at least 30", "20");
        assertThat(out).doesNotExist();
    }

    @Test
    void convertsAsItBuildsAndDropsTheta() throws IOException {
        Path full = index("full");
        String examples = examples();
        Run.done("tune --index %s --data %s --save", full, examples);
        for (String reduction : List.of("hadamard:16", "gaussian:16", "pca:16", "whiten:16")) {
            Path built = index("built", "--reduce", reduction);
            Path converted = folder.resolve("converted");
            Run.reported("convert %s --reduce %s --out %s", full, reduction, converted)
                    .containsEntry("ruleDropped", true)
                    .containsEntry("keyDim", 16)
                    .containsEntry("keys", ROWS);
            Run.printed("convert %s --reduce %s --out %s", full, reduction, converted)
                    .contains("left out", "tune --save");
            Run.done("check %s", converted);
            assertThat((Double) evaluate(converted, examples).get("memoryError"))
                    .isCloseTo((Double) evaluate(built, examples).get("memoryError"), within(0.011));
            Run.refused("convert %s --reduce pca:4 --out %s", converted, folder.resolve("x"))
                    .contains("reduced already", reduction);
        }
    }

    @Test
    void whitensComponentsWithoutTheOriginalRows() throws IOException {
        Path components = index("components", "--reduce", "pca:15");
        Path built = index("built", "--reduce", "whiten:15:epsilon=0.3");
        Path converted = folder.resolve("converted");
        Run.reported("convert %s --reduce whiten:15:epsilon=0.3 --out %s", components, converted)
                .containsEntry("keyDim", 15)
                .containsEntry("dim", Clusters.DIM)
                .containsEntry("sampled", ROWS);
        Run.done("check %s", converted);
        assertThat(evaluate(converted, examples()).get("memoryErrors"))
                .isEqualTo(evaluate(built, examples()).get("memoryErrors"));
        Map<String, Object> found = Run.json(
                "measure reductions --index %s --data %s --reduce whiten:15:epsilon=0.3,whiten:15",
                components, examples());
        assertThat(Run.objects(found, "reductions"))
                .extracting(row -> row.get("reduction"))
                .containsExactly("pca:15", "whiten:15:epsilon=0.3", "whiten:15");
    }

    @Test
    void featuresOfAnotherReductionAreRefused() throws IOException {
        Path components = index("components", "--reduce", "pca:15");
        Path whitened = index("whitened", "--reduce", "whiten:15");
        Path features = folder.resolve("features.safetensors");
        Run.done("features --index %s --data %s --out %s", components, examples(), features);
        Run.failed(
                        ExitCode.FAILED,
                        "evaluate --index %s --data features:%s --theta 10 --lambda 0.5",
                        whitened,
                        features)
                .contains("reduced by pca:15, and the keys of the index by whiten:15");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32 pca:15", "f16 pca:15", "bf16 pca:15", "f32 whiten:15", "f32 whiten:40"})
    void featuresOfAnIndexGiveTheSameErrorsWithoutReducing(String how) throws IOException {
        String type = how.split(" ")[0];
        String reduction = how.split(" ")[1];
        Path file = index("reduced", "--reduce", reduction);
        String examples = examples();
        Path features = folder.resolve("features.safetensors");
        Run.reported("features --index %s --data %s --dtype %s --out %s", file, examples, type, features)
                .containsEntry("examples", 300)
                .containsEntry("keyDim", Integer.valueOf(reduction.split(":")[1]))
                .containsEntry("bytes", (int) Files.size(features));
        Map<String, Object> before = evaluate(file, examples);
        Map<String, Object> after = evaluate(file, "features:" + features);
        assertThat(after.get("networkErrors")).isEqualTo(before.get("networkErrors"));
        assertThat((Integer) after.get("memoryErrors"))
                .isBetween((Integer) before.get("memoryErrors") - 2, (Integer) before.get("memoryErrors") + 2);
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void comparesReductionsOnTheSameExamples() throws IOException {
        Path full = index("full");
        Object[] command = {"measure reductions --index %s --data %s --reduce gaussian:16,pca:8", full, examples()};
        Map<String, Object> found = Run.json(command);
        List<Map<String, Object>> rows = Run.objects(found, "reductions");
        assertThat(rows).extracting(row -> row.get("reduction")).containsExactly("none", "gaussian:16", "pca:8");
        assertThat(rows).extracting(row -> row.get("bytesPerKey")).containsExactly(160, 64, 32);
        Map<String, Object> tuned =
                Run.json("tune --index %s --data %s --theta 5,7,10,14,20,28,40,56,80,112,160", full, examples());
        Map<?, ?> together = (Map<?, ?>) ((Map<?, ?>) tuned.get("oneView")).get("together");
        assertThat(rows.get(0).get("togetherError")).isEqualTo(together.get("error"));
        assertThat(rows.get(0).get("logLoss")).isEqualTo(together.get("logLoss"));
        Run.printed(command).contains("| none | 40 |", "| pca:8 | 8 |");
        Run.refused(
                        "measure reductions --index %s --data %s --reduce pca:4",
                        index("reduced", "--reduce", "pca:8"), examples())
                .contains("reduced already");
        String others = TwoClasses.examples(folder);
        Run.failed(ExitCode.FAILED, "measure reductions --index %s --data %s --reduce pca:4", full, others)
                .startsWith("afterimage: " + others + ": the data have dim 2");
    }
}
