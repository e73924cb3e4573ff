package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The paper's experiments on features, which need no network. */
class ExperimentsTest {
    @TempDir
    private Path folder;

    private String training;
    private String test;

    @BeforeEach
    void write() throws IOException {
        training = Clusters.write(folder.resolve("training.npz"), 300, 1);
        test = Clusters.write(folder.resolve("test.npz"), 201, 2);
    }

    private Map<String, Object> run(String command, Object... more) throws IOException {
        return Run.json(command + " --data %s --test %s --work %s", training, test, work(), more);
    }

    private Path work() {
        return folder.resolve("work");
    }

    @Test
    void tableOneCountsWhatEvaluateCounts() throws IOException {
        Path index = folder.resolve("index.safetensors");
        Run.done("build --data %s --out %s", training, index);
        Map<String, Object> expected = Run.json("evaluate --index %s --data %s --theta 1.5 --lambda 0.3", index, test);
        Map<String, Object> found =
                run("reproduce table1", "--hold-out", 60, "--theta", "1.5", "--lambda", "0.3", "--neighbors", 9);
        Map<String, Object> block = Run.objects(found, "blocks").get(0);
        assertThat(block).containsEntry("keys", 300).containsEntry("examples", 201);
        List<Map<String, Object>> methods = Run.objects(block, "methods");
        assertThat(methods)
                .extracting(method -> method.get("name"))
                .containsExactly("network", "network, temperature", "mixed", "cache only", "k nearest");
        assertThat(methods.get(0)).containsEntry("error", expected.get("networkError"));
        assertThat(methods.get(1)).containsEntry("error", expected.get("networkError"));
        assertThat(methods.get(2))
                .containsEntry("error", expected.get("togetherError"))
                .containsEntry("corrected", expected.get("corrected"))
                .containsEntry("broken", expected.get("broken"));
        assertThat(methods.get(3)).containsEntry("error", expected.get("memoryError"));
        assertThat((Double) methods.get(4).get("error")).isLessThan(0.1);
        assertThat(methods).allSatisfy(method -> assertThat((Double) method.get("riskAt90"))
                .isLessThanOrEqualTo((Double) method.get("error")));
    }

    @Test
    void tableOneSaysWhereTheSearchForATemperatureEnded() throws IOException {
        assertThat(text("reproduce table1")).doesNotContain("edge");
        training = Clusters.writeRight(folder.resolve("right.npz"), 300, 1);
        Path page = folder.resolve("page.html");
        assertThat(text("reproduce table1", "--page", page)).contains("; temperature 0.01 (the search's edge)");
        assertThat(Files.readString(page))
                .contains("; temperature 0.01 (the search's edge)")
                .as("temperature, whose predictions are all in one bin")
                .contains("<circle class=\"line s2\"");
    }

    @Test
    void tableOneWithoutHeldOutExamplesReportsOnOneHalfOfTheTest() throws IOException {
        Map<String, Object> block = Run.objects(run("reproduce table1", "--per-class", 40, "--neighbors", 0), "blocks")
                .get(0);
        assertThat(block).containsEntry("keys", 120).containsEntry("examples", 101);
        assertThat(((Map<?, ?>) block.get("tuning")).get("examples")).isEqualTo(100);
        assertThat(Run.objects(block, "methods")).hasSize(4);
    }

    @Test
    void testExamplesThatAreCopiesOfTrainingExamplesAreCountedAndWarnedOf() throws IOException {
        Object[] command = {"reproduce table1 --data %s --test %s[0:60] --work %s --json", training, training, work()};
        Run run = Run.of(command);
        assertThat(run.object()).containsEntry("copies", Map.of("training", 0, "others", 60));
        assertThat(run.err())
                .contains(
                        "60 of 60 tuning and test examples equal training examples or each other",
                        "training.npz row 2; and 7 more)")
                .hasLineCount(1);
        assertThat(Run.of(command).err()).isEqualTo(run.err()); // counted once, and warned of again
    }

    @Test
    void goesOnWhereItWasAndComputesOtherSettingsAnew() throws IOException {
        Map<String, Object> first = run("reproduce size", "--hold-out", 60, "--sizes", "0,50,100", "--repeats", 2);
        assertThat(first).containsEntry("partsComputed", 6).containsEntry("partsReused", 0);
        Map<String, Object> again = run("reproduce size", "--hold-out", 60, "--sizes", "0,50,100", "--repeats", 3);
        assertThat(again).containsEntry("partsComputed", 1).containsEntry("partsReused", 6);
        Map<String, Object> other = run("reproduce size", "--hold-out", 61, "--sizes", "0,100");
        assertThat(other).containsEntry("partsComputed", 2).containsEntry("partsReused", 2);
    }

    @Test
    void anInterruptedExperimentGoesOnFromItsFinishedPartsToTheSameResult() throws Exception {
        Object[] sweep = {"--hold-out 60 --sizes 10,30,90 --repeats 20"};
        Thread worker = Thread.currentThread();
        Thread watcher = new Thread(() -> {
            while (finishedParts() < 5) {
                Thread.onSpinWait();
            }
            worker.interrupt();
        });
        watcher.start();
        Run stopped = Run.of("reproduce size --data %s --test %s --work %s", training, test, work(), sweep);
        Thread.interrupted(); // a command ends its process, which forgets it as well
        watcher.join();
        assertThat(stopped.exitCode()).as(stopped.err()).isEqualTo(ExitCode.INTERRUPTED);
        long kept = finishedParts();
        Map<String, Object> resumed = run("reproduce size", sweep);
        assertThat(resumed)
                .containsEntry("partsReused", (int) kept)
                .containsEntry("partsComputed", 2 + 3 * 20 - (int) kept);
        Map<String, Object> atOnce = Run.json(
                "reproduce size --data %s --test %s --work %s", training, test, folder.resolve("another"), sweep);
        assertThat(resumed.get("sizes")).isEqualTo(atOnce.get("sizes"));
    }

    private long finishedParts() {
        try (Stream<Path> files = Files.list(work())) {
            return files.filter(file -> file.toString().endsWith(".json")).count();
        } catch (IOException e) {
            return 0; // the folder is not there yet
        }
    }

    @Test
    void everyExperimentSaysWhatItTook() throws IOException {
        for (String command : List.of("reproduce table1", "reproduce size")) {
            Map<String, Object> found = run(command, "--hold-out", 60);
            assertThat((Double) found.get("seconds")).as(command).isPositive();
            assertThat((Double) found.get("processorSeconds")).as(command).isPositive();
            assertThat(((Number) found.get("peakBytes")).longValue())
                    .as(command)
                    .isGreaterThan(1L << 20);
            Run.printed(command + " --data %s --test %s --hold-out 60 --work %s", training, test, work())
                    .as(command)
                    .containsPattern("s \\(.* of processors\\) and at most .*B of memory in all; 0 parts computed");
        }
    }

    private String text(String command, Object... more) {
        String all = command + " --data %s --test %s --work %s --hold-out 60";
        return Run.done(all, training, test, work(), more).out();
    }

    @Test
    void saysHowManyExamplesAReductionLearnedFrom() throws IOException {
        Path page = folder.resolve("page.html");
        assertThat(text("reproduce table1", "--reduce", "pca:4", "--page", page))
                .contains("300 of dim 4, pca:4 learned from 240 examples, f32");
        assertThat(Files.readString(page)).contains("of dim 4, pca:4 learned from 240 examples, f32");
        assertThat(text("reproduce size", "--reduce", "pca:4")).contains("pca:4 learned from 300 examples, f32;");
        assertThat(text("reproduce size", "--reduce", "pca:4", "--sample", 100, "--dtype", "bf16"))
                .contains("pca:4 learned from 100 examples, bf16;");
        assertThat(text("reproduce size", "--reduce", "gaussian:4")).contains("gaussian:4 f32;");
        assertThat(text("reproduce size", "--reduce", "pca:256")).contains("full f32;");
        assertThat(text("reproduce size")).contains("full f32;");
    }

    @Test
    void moreKeysDoNotMakeClustersHarder() throws IOException {
        Map<String, Object> found = run("reproduce size", "--hold-out", 60, "--sizes", "0,5,100", "--repeats", 3);
        List<Map<String, Object>> sizes = Run.objects(found, "sizes");
        assertThat(sizes.get(0)).containsEntry("keys", 0).containsEntry("mixedError", found.get("networkError"));
        assertThat(sizes.get(1)).containsEntry("keys", 15);
        assertThat(sizes.get(2)).containsEntry("keys", 300);
        assertThat((Double) sizes.get(2).get("mixedError"))
                .isLessThan((Double) sizes.get(0).get("mixedError"));
        assertThat((Double) sizes.get(1).get("mixedStandardError")).isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    table1 --data TRAIN | --test
                    table1 --data TRAIN --test TEST --paper 8.33 | --paper has 1 values
                    size --data TRAIN --test TEST --sizes 120 | 120 is outside 0..100
                    table1 --data TRAIN --test TEST --hold-out 300 | --hold-out 300 of 300 training examples leaves no keys
                    layers --data TRAIN --test TEST | features have no layers
                    layers --data images:a --test images:b --memory 0 | --memory 0: expected a positive number of bytes, such as 2g
                    layers --data images:a --test images:b --memory -1 | --memory=-1: expected bytes, such as
                    layers --data images:a --test images:b --memory 2GB | --memory=2GB: expected bytes, such as
                    layers --data images:a --test images:b --flip --flip-after input_1 | --flip with --flip-after input_1: leave out
                    """)
    void saysWhatIsWrongWithACommandLine(String options, String message) {
        String command = options.replace("TRAIN", training).replace("TEST", test);
        Run.refused("reproduce " + command, "--work", work()).contains(message);
    }
}
