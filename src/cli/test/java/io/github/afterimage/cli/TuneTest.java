package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuneTest {
    @TempDir
    private Path folder;

    /** Without the example that the cache breaks: of 4, 2 errors at λ = 0.2, where p(0) = 0.8·0.4 + 0.2·0.75, and 1 at 0.5. */
    private String fourExamples() throws IOException {
        return NpzFile.features(
                folder.resolve("four.npz"),
                new float[] {1, 0, 1, 0, 0, 1, 0, 1},
                new float[] {.9f, .1f, .4f, .6f, .9f, .1f, .3f, .7f},
                0,
                0,
                0,
                0);
    }

    private Map<String, Object> tune(Path index, Object... more) throws IOException {
        String tune = "tune --index %s --data %s --theta %s --lambda 0.2,0.5";
        return Run.json(tune, index, fourExamples(), TwoClasses.THETA, more);
    }

    @Test
    void findsTheBestPointOfTheGrid() throws IOException {
        assertThat(tune(TwoClasses.index(folder)))
                .containsEntry("examples", 4)
                .containsEntry("networkError", 0.5)
                .containsEntry(
                        "best", Map.of("theta", TwoClasses.THETA, "lambda", 0.5, "beta", 0.0, "mixedError", 0.25))
                .containsEntry("bestCacheOnly", Map.of("theta", TwoClasses.THETA, "beta", 0.0, "cacheOnlyError", 0.5))
                .containsEntry("lambdas", List.of(0.2, 0.5))
                .containsEntry("mixedErrors", List.of(List.of(0.5, 0.25)))
                .containsEntry("cacheOnlyErrors", List.of(0.5))
                .containsEntry("saved", false)
                .containsKeys("seconds", "networkSeconds", "cacheSeconds", "peakBytes");
    }

    @Test
    void savesTheBestPointAndNothingElse() throws IOException {
        Path index = TwoClasses.index(folder);
        Map<String, Object> before = Run.json("info %s", index);
        assertThat(Run.done("info %s", index).out()).containsPattern("refusal threshold +none; tune --save stores one");
        assertThat(tune(index, "--save")).containsEntry("saved", true);
        Map<String, Object> after = Run.json("info %s", index);
        Map<?, ?> attributes = (Map<?, ?>) after.get("attributes");
        assertThat(attributes.get("theta")).isEqualTo(Double.toString(TwoClasses.THETA));
        assertThat(attributes.get("lambda")).isEqualTo("0.5");
        // All examples are keys: the distance from their class is 0, and the network's doubt counts no more.
        assertThat((double) after.get("noveltyMost")).isCloseTo(0, within(1e-6));
        assertThat(Run.done("info %s", index).out())
                .containsPattern("refusal threshold +novelty 0\\.00; it is more for");
        assertThat(attributes.get("data")).isEqualTo(((Map<?, ?>) before.get("attributes")).get("data"));
        assertThat(after.get("keys")).isEqualTo(before.get("keys"));
        Run.done("check %s", index);
    }

    @Test
    void savesTheShareOfExamplesThatMayBeAboveTheThreshold() throws IOException {
        Path index = TwoClasses.index(folder);
        tune(index, "--save", "--refused", 0.5);
        assertThat(Run.json("info %s", index))
                .containsEntry("noveltyShare", 0.5)
                .containsKey("noveltyMost");
        assertThat(Run.failure(
                        ExitCode.USAGE, "tune --index %s --data %s --refused 1", index, TwoClasses.examples(folder)))
                .contains("--refused 1.0: expected a share, 0 or more and less than 1, such as 0.01");
    }

    @Test
    void changesNothingUnlessToldToSave() throws IOException {
        Path index = TwoClasses.index(folder);
        byte[] before = Files.readAllBytes(index);
        tune(index);
        assertThat(index).hasBinaryContent(before);
    }

    @Test
    void searchesFromTheNetworkAloneToTheCacheAloneByDefault() throws IOException {
        Run run = Run.done("tune --index %s --data %s", TwoClasses.index(folder), fourExamples());
        assertThat(run.out())
                .contains("4 examples", "at 9,471 points", "not saved; --save")
                .containsPattern("best mixture +25\\.00 % +10 +0\\.175")
                .containsPattern("network +50\\.00 %")
                .contains("The gain is within chance. Of 4 answers the memory corrects 1 and breaks 0", "p = 1");
        Map<String, Object> found =
                Run.json("tune --index %s --data %s", folder.resolve("index.safetensors"), fourExamples());
        assertThat(found)
                .containsEntry("verdict", "within-chance")
                .containsEntry("p", 1.0)
                .containsEntry("corrected", 1)
                .containsEntry("broken", 0)
                .containsEntry("widenings", 0);
        List<?> lambdas = (List<?>) found.get("lambdas");
        assertThat(lambdas.get(0)).isEqualTo(0.0);
        assertThat(lambdas.get(40)).isEqualTo(1.0);
    }

    /**
     * Features whose directions hardly differ: at θ = 90 the cache, right nine times in ten, is so unsure that a network
     * that is surely wrong overrules it at any λ below 1.
     */
    @Test
    void takesTheCacheAloneWhereTheNetworkOnlyHarms() throws IOException {
        Path index = folder.resolve("close.safetensors");
        Run.done(
                "build --data %s --out %s",
                NpzFile.features(folder.resolve("close.npz"), new float[] {100, 1, 0, 100, 0, 1}, 0, 1), index);
        int rows = 200;
        float[] features = new float[rows * 3];
        float[] probabilities = new float[rows * 2];
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = i % 2;
            features[3 * i] = 100;
            features[3 * i + 1 + (i % 20 < 2 ? 1 - labels[i] : labels[i])] = 1;
            boolean right = i % 5 < 2;
            probabilities[2 * i + labels[i]] = right ? 1 : 0;
            probabilities[2 * i + 1 - labels[i]] = right ? 0 : 1;
        }
        String data = NpzFile.features(folder.resolve("wrong.npz"), features, probabilities, labels);
        Map<String, Object> found = Run.of("tune --index %s --data %s --beta 0 --save --json", index, data)
                .object();
        assertThat(found).containsEntry("networkError", 0.6).containsEntry("verdict", "cache-alone");
        assertThat((Map<?, ?>) found.get("best"))
                .isEqualTo(Map.of("theta", 10.0, "lambda", 1.0, "beta", 0.0, "mixedError", 0.1));
        assertThat(Run.of("evaluate --index %s --data %s --json", index, data).object())
                .containsEntry("mixedError", 0.1);
        assertThat(Run.of("tune --index %s --data %s --beta 0 --save", index, data)
                        .out())
                .contains("Lambda is 1: the memory alone is best", "lambda 1, with which the memory answers alone");
    }

    @Test
    void saysWhereTheMemoryDoesNotHelp() throws IOException {
        String data = NpzFile.features(
                folder.resolve("against.npz"),
                new float[] {1, 0, 0, 1, 1, 0},
                new float[] {.4f, .6f, .6f, .4f, .4f, .6f},
                1,
                0,
                1);
        Path index = TwoClasses.index(folder);
        assertThat(Run.json("tune --index %s --data %s", index, data))
                .containsEntry("verdict", "no-help")
                .containsEntry("best", Map.of("theta", 10.0, "lambda", 0.0, "beta", 0.0, "mixedError", 0.0));
        assertThat(Run.done("tune --index %s --data %s --save", index, data).out())
                .contains("The memory does not help", "lambda 0, with which the network answers alone");
    }

    /** A cache that is right and unsure, of p / (1 - p) = exp(θ / 901): 40 examples each need another θ, from 88 to 1,470. */
    @Test
    void widensTheGridOfThetaWhoseEdgeIsBest() throws IOException {
        Path index = folder.resolve("close.safetensors");
        Run.done(
                "build --data %s --out %s",
                NpzFile.features(folder.resolve("close.npz"), new float[] {30, 1, 0, 30, 0, 1}, 0, 1), index);
        int rows = 100;
        float[] features = new float[rows * 3];
        float[] probabilities = new float[rows * 2];
        for (int i = 0; i < rows; i++) {
            features[3 * i] = 30;
            features[3 * i + 1] = 1;
            probabilities[2 * i] = i < 40 ? 0.4755f - 0.008f * i : 0.99f;
            probabilities[2 * i + 1] = 1 - probabilities[2 * i];
        }
        Object[] tune = {
            "tune --index %s --data %s --lambda 0.5 --beta 0",
            index,
            NpzFile.features(folder.resolve("unsure.npz"), features, probabilities, new int[rows])
        };
        Map<String, Object> found = Run.json(tune);
        double theta = ((Number) ((Map<?, ?>) found.get("best")).get("theta")).doubleValue();
        assertThat(theta).isGreaterThan(1000);
        assertThat((Map<?, ?>) found.get("best")).extracting("mixedError").isEqualTo(0.0);
        assertThat(found).containsEntry("widenings", 2).containsEntry("verdict", "helps");
        assertThat(((List<?>) found.get("thetas")).toArray())
                .hasSize(33 + 2 * 16)
                .contains(10.0, 90.0, 720.0, 5760.0);
        assertThat(Run.done(tune).out())
                .contains("The best theta was at the edge of its grid, which was widened to 10 to");
        assertThat(Run.done(tune, "--theta", "10:90:3").out())
                .contains("The best theta is at the edge of its grid: a wider --theta may find a better one.");
    }

    @Test
    void tunesTheCacheAloneOnFeaturesWithoutProbabilities() throws IOException {
        Path index = TwoClasses.index(folder);
        String data = NpzFile.features(folder.resolve("alone.npz"), new float[] {1, 0, 1, 0, 0, 1}, 0, 0, 0);
        assertThat(Run.failure(ExitCode.USAGE, "evaluate --index %s --data %s", index, data))
                .endsWith("run tune --save, or add --theta T");
        Map<String, Object> found = Run.json("tune --index %s --data %s --save", index, data);
        assertThat(found)
                .containsEntry("verdict", "cache-alone")
                .containsEntry("bestCacheOnly", Map.of("theta", 10.0, "beta", 0.0, "cacheOnlyError", 1 / 3.0))
                .doesNotContainKeys("networkError", "best", "mixedErrors", "p", "corrected");
        assertThat((Map<?, ?>) Run.json("info %s", index).get("attributes"))
                .extracting("theta", "lambda")
                .containsExactly("10.0", "1.0");
        assertThat(Run.json("evaluate --index %s --data %s", index, data))
                .containsEntry("cacheOnlyErrors", 1)
                .containsEntry("theta", 10.0)
                .doesNotContainKeys("networkError", "mixedError", "corrected");
        Path csv = folder.resolve("predictions.csv");
        assertThat(Run.done("evaluate --index %s --data %s --predictions %s", index, data, csv)
                        .out())
                .contains("the memory answers alone")
                .doesNotContain("mixed");
        assertThat(Files.readAllLines(csv))
                .element(3)
                .asString()
                .startsWith("2,0,,1,,")
                .endsWith(",,alone.npz row 2");
        assertThat(Run.failure(ExitCode.USAGE, "evaluate --index %s --data %s --lambda 0.5", index, data))
                .contains("--lambda 0.5", "the memory answers alone");
    }

    @Test
    void refusesWhatIsNotAGrid() throws IOException {
        Path index = TwoClasses.index(folder);
        for (String grid : List.of("1:2", "1:2:0", "a:b:3", "1:2:3:4", "", "1,,2", "1:2:100000")) {
            assertThat(Run.failure(ExitCode.USAGE, "tune --index %s --data %s --theta %s", index, fourExamples(), grid))
                    .contains("--theta \"" + grid + "\"", "FIRST:LAST:COUNT");
        }
        assertThat(Run.failure(ExitCode.USAGE, "tune --index %s --data %s --lambda 0:2:3", index, fourExamples()))
                .startsWith("afterimage: --lambda 2.0: expected 0 to 1");
    }

    @Test
    void refusesLambdasWhereNothingIsMixed() throws IOException {
        String data = TwoClasses.keys(folder);
        assertThat(Run.failure(
                        ExitCode.USAGE,
                        "tune --index %s --data %s --lambda 0.5 --beta 0",
                        TwoClasses.index(folder),
                        data))
                .startsWith("afterimage: --lambda 0.5: leave it out, since the memory answers alone");
    }

    @Test
    void refusesAGridThatWouldTakeForEver() throws IOException {
        String tune = "tune --index %s --data %s --theta 10:90:1000 --beta 0:80:1000";
        assertThat(Run.failure(ExitCode.USAGE, tune, TwoClasses.index(folder), fourExamples()))
                .contains("--theta and --beta: 1000000 pairs, expected at most 10000");
    }
}
