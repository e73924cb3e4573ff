package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictionSetsTest {
    private static final String COMMAND = "measure sets --index %s --data %s --theta %s --lambda 0.5";

    @TempDir
    private Path folder;

    /**
     * The network's scores of class 0 are 0.1, 0.6, 0.4, 0.1 and 0.7, so the third smallest is 0.4. Its sets are {0}, {1}, {0},
     * {0} and {1}.
     */
    @Test
    void countsWhatIsCountedByHand() throws IOException {
        String data = TwoClasses.examples(folder);
        Map<String, Object> found = Run.warned(
                        "the coverage of these says nothing about new examples; use others",
                        COMMAND + " --calibration %s --alpha 0.5,0.1,0.5 --json",
                        TwoClasses.index(folder),
                        data,
                        TwoClasses.THETA,
                        data)
                .object();
        assertThat(found).containsEntry("examples", 5).containsEntry("calibrationExamples", 5);
        List<Map<String, Object>> results = Run.objects(found, "results");
        assertThat(results)
                .extracting(result -> result.get("model"))
                .containsExactly("network", "mixed", "cacheOnly", "network", "mixed", "cacheOnly");
        assertThat(results.get(0))
                .containsEntry("alpha", 0.5)
                .containsEntry("coverage", 0.6)
                .containsEntry("meanSize", 1.0)
                .containsEntry("singleShare", 1.0)
                .containsEntry("worstClassCoverage", 0.6)
                .containsEntry("unlimitedClasses", List.of());
        assertThat(results.get(1)).containsEntry("coverage", 0.6);
        assertThat(results.get(3))
                .containsEntry("coverage", 1.0)
                .containsEntry("meanSize", 2.0)
                .containsEntry("unlimitedClasses", List.of("class 0", "class 1"));
    }

    @Test
    void calibratesWithHalfOfTheDataAndExplainsFullSets() throws IOException {
        String text = Run.done(COMMAND, TwoClasses.index(folder), TwoClasses.examples(folder), TwoClasses.THETA)
                .out();
        assertThat(text)
                .contains("3 examples of features:", "calibrated with 2 examples of its other half, seed 1")
                .containsPattern("0\\.05 +cache only +100\\.00 %")
                .contains(
                        "alpha 0.1: all classes are in every set, because fewer than 9 calibration examples are too few");
    }

    @Test
    void theCacheAloneHasItsOwnBeta() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("training.npz"), 60, 1), index);
        String data = Clusters.write(folder.resolve("test.npz"), 300, 2);
        assertThat(ofCache(index, data, "--theta 9 --cache-theta 0 --cache-beta 3"))
                .isEqualTo(ofCache(index, data, "--theta 0 --beta 3"))
                .isNotEqualTo(ofCache(index, data, "--theta 9 --cache-theta 0"));
    }

    @Test
    void setsThatTuneSavedHoldTheirPromiseAndPredictNamesThem() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("training.npz"), 60, 1), index);
        String tuning = Clusters.write(folder.resolve("tuning.npz"), 300, 2);
        String test = Clusters.write(folder.resolve("test.npz"), 300, 3);
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "predict --index %s --data %s --theta 9 --lambda 0.5 --coverage 0.3",
                        index,
                        test))
                .contains("coverage 0.3: expected 0.5 or more");
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "predict --index %s --data %s --theta 9 --lambda 0.5 --coverage 0.9",
                        index,
                        test))
                .contains("the index has no prediction sets: run tune --save");
        Run.done("tune --index %s --data %s --save", index, tuning);
        assertThat(Run.done("info %s", index).out()).containsPattern("sets +promised from [0-9]+ examples");
        Map<String, Object> counted = Run.objects(
                        Run.json("measure sets --stored --index %s --data %s --alpha 0.1", index, test), "results")
                .get(0);
        assertThat((double) counted.get("coverage")).isGreaterThan(0.85);
        List<Map<String, Object>> predictions =
                Run.objects(Run.json("predict --index %s --data %s --coverage 0.9", index, test), "predictions");
        double size = predictions.stream()
                .mapToInt(each -> Run.objects(each, "set").size())
                .average()
                .orElseThrow();
        assertThat(size).isEqualTo((double) counted.get("meanSize"));
        assertThat(Run.done("predict --index %s --data %s --coverage 0.9", index, test)
                        .out())
                .contains("90 % sure: class ");
        assertThat(Run.objects(Run.json("predict --index %s --data %s --coverage 0.5", index, test), "predictions"))
                .as("the answer is in its set, also where the true class mostly is more probable")
                .allSatisfy(
                        each -> assertThat(Run.objects(each, "set").get(0)).containsEntry("name", each.get("name")));
        assertThat(Run.done("predict --index %s --data %s --coverage 0.9 --csv -", index, test)
                        .out())
                .contains("familiar,novelty,set,neighbor1_id");
        assertThat(Run.failure(ExitCode.USAGE, "predict --index %s --data %s --coverage 0.9999", index, test))
                .contains("examples that tune had", "give at most 0.99");
        assertThat(Run.failure(ExitCode.USAGE, "predict --index %s --data %s --coverage 0.9 --theta 1.5", index, test))
                .contains("the prediction sets of the index are for theta ", "not for theta 1.5");
    }

    @Test
    void aChangeOfTheKeysWarnsThatTheSetsAreThoseOfTheKeysBefore() throws IOException {
        Path index = folder.resolve("clusters.safetensors");
        Run.done("build --data %s --out %s", Clusters.write(folder.resolve("training.npz"), 60, 1), index);
        String more = Clusters.write(folder.resolve("more.npz"), 60, 4);
        Run.done("add --index %s --data %s", index, more);
        String tune = "tune --index %s --data %s --save";
        String tuning = Clusters.write(folder.resolve("tuning.npz"), 300, 2);
        Run.done(tune, index, tuning);
        String changed = "keys have changed since";
        assertThat(Run.done("info %s", index).out()).contains("promised from").doesNotContain(changed);
        String warning = "their coverage may not hold any more: run tune --save again";
        Run.warned(warning, "add --index %s --data %s", index, Clusters.write(folder.resolve("new.npz"), 60, 5));
        assertThat(Run.done("info %s", index).out()).contains(changed);
        Run.warned(warning, "remove --index %s --ids 0", index);
        Run.warned(warning, "remove --index %s --ids 1 --forget", index);
        Run.warned(warning, "weigh %s --weight 0.5 --ids 2", index);
        Run.warned(warning, "weigh %s --agreement", index);
        Run.warned(ExitCode.FAILED, "no key matches", "remove --index %s --ids 0", index);
        Run.done(tune, index, tuning);
        assertThat(Run.done("info %s", index).out()).contains("promised from").doesNotContain(changed);
    }

    private static List<Map<String, Object>> ofCache(Path index, String data, String options) throws IOException {
        List<Map<String, Object>> results = Run.objects(
                Run.json("measure sets --index %s --data %s --lambda 0.5 " + options, index, data), "results");
        return results.stream()
                .filter(result -> result.get("model").equals("cacheOnly"))
                .toList();
    }

    @Test
    void makesSetsOfTheCacheAloneWhereThereIsNoNetwork() throws IOException {
        Map<String, Object> found = Run.warned(
                        "these find themselves",
                        "measure sets --index %s --data %s --theta 1 --alpha 0.5 --score aps --per-class --json",
                        TwoClasses.index(folder),
                        TwoClasses.keys(folder))
                .object();
        assertThat(Run.objects(found, "results"))
                .extracting(result -> result.get("model"))
                .containsExactly("cacheOnly");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --alpha 0.1,1 | --alpha 1.0: expected 0.000001 to less than 1, such as 0.1
                    --alpha 0 | --alpha 0.0: expected 0.000001 to less than 1, such as 0.1
                    --alpha NaN | --alpha NaN: expected 0.000001 to less than 1, such as 0.1
                    --score raps | '--score': expected one of lac, aps but was 'raps'
                    --calibration images:x | expected features: of both, or images of both
                    """)
    void refusesWhatHasNoAnswer(String option, String message) throws IOException {
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        COMMAND,
                        TwoClasses.index(folder),
                        TwoClasses.examples(folder),
                        TwoClasses.THETA,
                        option.split(" ")))
                .contains(message);
    }

    @Test
    void namesTheFileThatDoesNotFit() throws IOException {
        String wide = NpzFile.features(folder.resolve("wide.npz"), new float[] {1, 0, 0}, new float[] {1, 0}, 0);
        assertThat(Run.failure(
                        ExitCode.FAILED,
                        COMMAND + " --calibration %s",
                        TwoClasses.index(folder),
                        TwoClasses.examples(folder),
                        TwoClasses.THETA,
                        wide))
                .startsWith("afterimage: " + wide + ": the data have dim 3: expected the index's dim 2");
    }

    @Test
    void refusesDataThatCannotBeDivided() throws IOException {
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        COMMAND,
                        TwoClasses.index(folder),
                        TwoClasses.examples(folder) + "#[0:1]",
                        TwoClasses.THETA))
                .contains("have 1 and 0 examples: expected at least one of each");
    }
}
