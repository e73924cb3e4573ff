package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.MAP;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluateTest {
    @TempDir
    private Path folder;

    private Object[] command(Object... more) throws IOException {
        String evaluate = "evaluate --index %s --data %s --theta %s --lambda 0.5";
        return new Object[] {evaluate, TwoClasses.index(folder), TwoClasses.examples(folder), TwoClasses.THETA, more};
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "reference", "blas"})
    void countsWhatIsCountedByHand(String engine) throws IOException {
        Map<String, Object> found = Run.json(command("--engine %s", engine));
        assertThat(found)
                .containsEntry("examples", 5)
                .containsEntry("keys", 2)
                .containsEntry("dim", 2)
                .containsEntry("classes", 2)
                .containsEntry("theta", TwoClasses.THETA)
                .containsEntry("lambda", 0.5)
                .containsEntry("networkError", 0.4)
                .containsEntry("togetherError", 0.4)
                .containsEntry("memoryError", 0.6)
                .containsEntry("networkErrors", 2)
                .containsEntry("togetherErrors", 2)
                .containsEntry("memoryErrors", 3)
                .containsEntry("corrected", 1)
                .containsEntry("broken", 1)
                .containsKeys("engine", "seconds", "queriesPerSecond", "peakBytes");
        assertThat(found.get("engine")).isNotEqualTo("auto");
        assertThat(Run.objects(found, "classErrors"))
                .singleElement()
                .asInstanceOf(MAP)
                .containsEntry("label", 0)
                .containsEntry("examples", 5)
                .containsEntry("networkErrors", 2)
                .containsEntry("togetherErrors", 2)
                .containsEntry("memoryErrors", 3);
        assertThat(Run.objects(found, "confusions"))
                .containsExactly(Map.of("label", 0, "answer", 1, "network", 2, "together", 2, "memory", 3));
        double seconds = ((Number) found.get("seconds")).doubleValue();
        assertThat(((Number) found.get("queriesPerSecond")).doubleValue())
                .isCloseTo(5 / seconds, within(1e-6 / seconds));
        assertThat(((Number) found.get("peakBytes")).longValue()).isPositive();
    }

    @Test
    void tellsPeopleTheSame() throws IOException {
        Run.printed(command())
                .contains("5 examples of features:")
                .containsPattern("network +40\\.00 % +2 +0\\.568")
                .containsPattern("together +40\\.00 % +2 +1 +1 +0\\.689")
                .containsPattern("memory alone +60\\.00 % +3 +1 +2")
                .contains("surest 90 %: ", "surest 80 %: ", "Which classes have errors?")
                .containsPattern("class 0 +5 +40\\.00 % +60\\.00 % +40\\.00 %")
                .containsPattern("class 0 +class 1 +2 +3 +2")
                .contains("peak memory");
    }

    @Test
    void writesThePredictionsOfEveryExample() throws IOException {
        Path csv = folder.resolve("predictions.csv");
        Run.done(command("--predictions %s", csv));
        assertThat(Files.readAllLines(csv))
                .containsExactly(
                        "index,label,network,memory,together,p_memory_label,p_together_label,name",
                        "0,0,0,0,0,0.750000,0.825000,examples.npz row 0",
                        "1,0,1,0,0,0.750000,0.575000,examples.npz row 1",
                        "2,0,0,1,1,0.250000,0.425000,examples.npz row 2",
                        "3,0,0,1,0,0.250000,0.575000,examples.npz row 3",
                        "4,0,1,1,1,0.250000,0.275000,examples.npz row 4");
    }

    @Test
    void refusesAPipeForItsPredictionsBeforeItOpensTheIndex() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "there is no mkfifo");
        Run.failed(
                        ExitCode.FAILED,
                        "evaluate --index %s --data %s --predictions %s",
                        folder.resolve("nowhere"),
                        TwoClasses.examples(folder),
                        pipe)
                .isEqualTo("afterimage: " + pipe + ": is not a regular file; expected the name of a file to write");
        assertThat(pipe).exists();
    }

    @Test
    void answersByTheUsualRuleAndSaysThatNobodyTunedTheIndex() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = TwoClasses.examples(folder);
        Map<String, Object> found = Run.json("evaluate --index %s --data %s", index, data);
        assertThat(found)
                .containsEntry("tuned", false)
                .containsEntry("theta", 40.0)
                .containsEntry("lambda", null)
                .containsEntry("weights", Map.of("network", 0.5, "memory", 0.25, "directions", 0.0))
                .containsEntry("networkErrors", 2)
                .containsEntry("memoryErrors", 3)
                .containsKeys(
                        "examples",
                        "keys",
                        "dim",
                        "classes",
                        "engine",
                        "networkError",
                        "togetherError",
                        "memoryError",
                        "seconds",
                        "queriesPerSecond",
                        "peakBytes");
        Run.printed("evaluate --index %s --data %s", index, data)
                .contains("weights 0.5 of the network, 0.25 of the memory and 0 of class directions")
                .contains("nobody tuned the index");
    }

    @Test
    void answersByTheRuleOfTheIndexOrByEquationThree() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = TwoClasses.examples(folder);
        Run.refused("evaluate --index %s --data %s --theta 2", index, data)
                .contains("--theta 2.0: add --lambda L for equation (3)");
        Run.refused("evaluate --index %s --data %s --lambda 0.5", index, data)
                .contains("the index has no theta", "add --theta T");
        Run.done("tune --index %s --data %s --theta 1.5 --save", index, data);
        Run.reported("evaluate --index %s --data %s", index, data)
                .containsEntry("theta", 1.5)
                .containsEntry("tuned", true)
                .containsEntry("lambda", null);
        Run.reported("evaluate --index %s --data %s --lambda 0.25", index, data)
                .containsEntry("theta", 1.5)
                .containsEntry("lambda", 0.25);
        Run.printed("evaluate --index %s --data %s --theta 2 --lambda 0.25", index, data)
                .contains("equation (3), theta 2, lambda 0.25");
    }

    /** The mirror image turns the second answer of the network, which then has one error less. */
    @Test
    void showsTheNetworkOnBothViewsBesideTheAnswer() throws IOException {
        String data = "features:"
                + new NpzFile()
                        .floats("features", new float[] {1, 0, 2, 0, 0, 1}, 3, 2)
                        .floats("probabilities", new float[] {.9f, .1f, .4f, .6f, .3f, .7f}, 3, 2)
                        .floats("mirror_probabilities", new float[] {.9f, .1f, .8f, .2f, .3f, .7f}, 3, 2)
                        .labels(0, 0, 0)
                        .write(folder.resolve("views.npz"));
        Path index = TwoClasses.index(folder);
        Run.printed("evaluate --index %s --data %s", index, data)
                .contains("the network on two views and the memory together")
                .containsPattern("network +66\\.67 % +2 +0\\.742")
                .containsPattern("network, two views +33\\.33 % +1 +1 +0 +0\\.596")
                .containsPattern("together +33\\.33 % +1 +1 +0")
                .containsPattern("memory alone +33\\.33 % +1 +1 +0");
        Run.reported("evaluate --index %s --data %s", index, data)
                .containsEntry("views", 2)
                .containsEntry("twoViewsErrors", 1);
        Run.reported("evaluate --index %s --data %s --theta 0 --lambda 0", index, data)
                .as("equation (3) is of one view")
                .containsEntry("views", 1)
                .containsEntry("togetherErrors", 2);
    }

    @Test
    void refusesDataThatDoNotFit() throws IOException {
        Path index = TwoClasses.index(folder);
        Run.refused("evaluate --index %s --data %s --theta 1 --lambda 0.5", index, TwoClasses.keys(folder))
                .contains("probabilities");
        String wide = NpzFile.features(folder.resolve("wide.npz"), new float[] {1, 0, 0}, new float[] {1, 0}, 0);
        Run.failed(ExitCode.FAILED, "evaluate --index %s --data %s --theta 1 --lambda 0.5", index, wide)
                .contains(wide + ": the data have dim 3", "dim 2");
    }

    @Test
    void refusesStrangeLabelsAndWarnsOfLabelsThatNoKeyHas() throws IOException {
        Path index = TwoClasses.index(folder);
        String command = "evaluate --index %s --data %s";
        String beyond = NpzFile.features(folder.resolve("beyond.npz"), new float[] {1, 2, 1, 3}, 0, 7);
        Run.failed(ExitCode.FAILED, command, index, beyond)
                .contains("beyond.npz: the data have labels up to 7: expected 0..1, the classes of the index");
        Run.done("remove --index %s --label 1 --save", index);
        String both = NpzFile.features(folder.resolve("both.npz"), new float[] {1, 2, 1, 3, 1, 4}, 0, 1, 1);
        Run.warned("2 of 3 examples have labels that no key has (class 1)", command, index, both);
        Run.failed(ExitCode.FAILED, command, index, both + "#[1:3]")
                .contains("no key has the label of any example: the examples are of class 1, the keys of class 0");
        Run.warned("all keys and all examples are of class 0", command, index, both + "#[0:1]");
    }

    @Test
    void namesTheExampleThatCannotBeUsedAndLeavesNoPredictions() throws IOException {
        String bad = NpzFile.features(
                folder.resolve("bad.npz"), new float[] {1, 0, 1, Float.NaN}, new float[] {1, 0, 1, 0}, 0, 0);
        Path csv = Files.writeString(folder.resolve("predictions.csv"), "what was there\n");
        Run.failed(
                        ExitCode.CORRUPT,
                        "evaluate --index %s --theta 1 --lambda 0.5 --data %s --predictions %s",
                        TwoClasses.index(folder),
                        bad,
                        csv)
                .contains("row 1 of \"features\" in ", "/bad.npz has NaN at column 1");
        assertThat(csv).hasContent("what was there\n");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void refusesProbabilitiesThatAreLogits() throws IOException {
        String bad = NpzFile.features(folder.resolve("bad.npz"), new float[] {1, 0}, new float[] {7, -3}, 0);
        Run.failed(
                        ExitCode.CORRUPT,
                        "evaluate --index %s --theta 1 --lambda 0.5 --data %s",
                        TwoClasses.index(folder),
                        bad)
                .contains("bad.npz", "logits");
    }
}
